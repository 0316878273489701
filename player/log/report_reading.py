"""The records of a LogReport (ST 430-4), one at a time, in bounded memory: ours, and those of other makers.

Names, prefixes, scopes and the order of children may be others' (sheet 7.6 says how little is sure). What is
hashed is not read leniently: the inclusive canonical form of the element as it stands in its report.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, cast

from lxml import etree

from dcp.errors import CertificateError, DcpError, SignatureError, UsageError
from dcp.patterns import pattern
from dcp.suite import signature_fits
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why
from dcp.trust.canonical import canonical_element
from dcp.trust.certificate import Certificate, known_certificate
from dcp.trust.name_text import names_equal
from dcp.xml.values import parse_date_time
from player.log.event import Parameter
from player.log.line import open_log
from player.log.names import OWN, XMLDSIG
from player.log.record import digest
from player.log.seen import Seen, SeenSeal

MAX_RECORD = 16 << 20
"""Bytes of one record, or of what stands before the first."""
MOST_CERTIFICATES = 16
MOST_PAIRS = 4096
"""Parameters or exceptions of a record that are kept."""
_CHUNK = 64 * 1024
_RECORD = pattern(rb"<(?:[\w.-]+:)?(logrecordelement)[\s>/]", re.IGNORECASE)
_DS = f"{{{XMLDSIG}}}"
_RECORD_NAME = "logrecordelement"
_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_DIGESTS = {
    f"{XMLDSIG}sha1": hashlib.sha1,
    "http://www.w3.org/2001/04/xmlenc#sha256": hashlib.sha256,
}
_METHODS = ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", f"{XMLDSIG}rsa-sha1")


def read_report(path: Path, *, whole: bool = True) -> Iterator[Seen | None]:
    """Every record of a report, None for one that stands where records do not: another reader might take it
    for one. whole: with its parameters and its message. UsageError when it cannot be
    read; DcpError when it is no LogReport, has a document type, or a record that is too large."""
    try:
        with open_log(path) as stream:
            for place, element in enumerate(_records(stream, path), 1):
                if element is None:
                    yield None
                    continue
                yield _seen(element, place, whole)
                for _ in range(_forget(element)):
                    yield None
    except OSError as error:
        raise UsageError("file.cannot-read", where=path, why=why(error)) from None


def is_xml(path: Path) -> bool:
    """By its first bytes."""
    try:
        with open_log(path) as stream:
            return stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    except OSError as error:
        raise UsageError("file.cannot-read", where=path, why=why(error)) from None


# --- how it is done -----


def _records(stream: BinaryIO, path: Path) -> Iterator[etree._Element | None]:
    first = stream.read(_CHUNK)
    spelled = _RECORD.search(first)
    parser = etree.XMLPullParser(
        events=("end",),
        tag="{*}" + (spelled[1].decode("ascii") if spelled else "LogRecordElement"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,  # no hash covers them, and they would cut a text in two
    )
    since, checked = 0, False
    try:
        for chunk in chain((first,), iter(lambda: stream.read(_CHUNK), b"")):
            parser.feed(chunk)
            since += len(chunk)
            for _, found in parser.read_events():
                record = cast("etree._Element", found)  # no other events were asked for
                root = record.getparent()
                if root is None or root.getparent() is not None:
                    yield None  # inside of something else
                    continue
                if not checked:
                    _check_root(root, path)
                    checked = True
                since = 0
                yield record
            if since > MAX_RECORD:
                raise DcpError("log.record-too-large", where=path, most=MAX_RECORD >> 20)
        root = parser.close()
    except etree.XMLSyntaxError as error:
        raise DcpError("log.not-xml", where=path, why=str(error)[:200]) from None
    if not checked:
        _check_root(root, path)
    for each in root:
        yield from [None] * _strays(each)


def _check_root(root: etree._Element, path: Path) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise DcpError("log.doctype", where=path)
    if _name(root) != "logreport":
        raise DcpError("log.no-report", where=path, name=str(root.tag)[:80])


def _forget(element: etree._Element) -> int:
    """What was read goes, and what stands before it; how many records there are in that."""
    parent = element.getparent()
    element.clear()
    element.tag = "read"
    found = 0
    while parent is not None and element.getprevious() is not None:
        found += _strays(parent[0])
        del parent[0]
    return found


def _strays(element: etree._Element) -> int:
    """Records in an element that is none of those which were read, in whatever spelling."""
    return sum(_name(each) == _RECORD_NAME for each in element.iter()) if element.tag != "read" else 0


def _seen(record: etree._Element, place: int, whole: bool) -> Seen:
    parts = _by_name(record)
    head, rest = parts.get("logrecordheader"), parts.get("logrecordbody")
    seal = parts.get("logrecordsignature")
    said = _by_name(head) if head is not None else {}
    inside = _by_name(rest) if rest is not None else {}
    hashed = digest(_canonical(head)) if head is not None else None
    sequence = _text(said.get("eventsequence"))
    device = said.get("devicesourceid")
    return Seen(
        place=place,
        sequence=int(sequence) if sequence and sequence.isdigit() and len(sequence) < 19 else None,
        time=_time(_text(said.get("timestamp"))),
        type=_text(said.get("eventtype")) or "",
        subtype=_text(inside.get("eventsubtype")) or "",
        event_id=_uuid(_text(said.get("eventid"))),
        content_id=_uuid(_text(said.get("contentid"))),
        device=_text(device[0]) if device is not None and len(device) else None,
        previous=_text(said.get("previousheaderhash")),
        stated=_text(said.get("recordbodyhash")),
        found=digest(_canonical(rest)) if rest is not None else None,
        header=hashed,
        message=_message(inside.get("recordextensions")) if whole else "",
        exceptions=tuple((name, str(value)) for name, value in _pairs(inside.get("exceptions"))),
        parameters=_parameters(inside) if whole else {},
        seal=_seal(seal, hashed) if seal is not None else None,
        own=_own(inside.get("recordextensions")),
        twice=_twice(record, head, rest, seal),
    )


def _twice(*parents: etree._Element | None) -> str | None:
    """The name of a part that stands twice where it may stand once: readers would take one or the other."""
    record = parents[0]
    if record is not None and any(_name(each) == _RECORD_NAME for each in record):
        return _RECORD_NAME
    for parent in parents:
        names = [_name(child) for child in parent if _name(child)] if parent is not None else []
        if len(set(names)) != len(names):
            return next(name for name in names if names.count(name) > 1)
    return None


def _canonical(element: etree._Element) -> bytes:
    try:
        found = bytes(etree.tostring(element, method="c14n", with_comments=False, with_tail=False))
        # of an element in a default namespace the library's form declares too much
        return found if b'xmlns=""' not in found else canonical_element(element, with_comments=False)
    except (etree.LxmlError, SignatureError):
        return b""


def _name(element: etree._Element) -> str:
    tag = element.tag
    return _local(tag) if isinstance(tag, str) else ""


@lru_cache(maxsize=256)
def _local(tag: str) -> str:
    return tag[tag.rfind("}") + 1 :].lower()


def _by_name(parent: etree._Element) -> dict[str, etree._Element]:
    return {_local(tag): child for child in parent if isinstance(tag := child.tag, str)}


def _text(element: etree._Element | None) -> str | None:
    return (element.text or "").strip() if element is not None else None


def _time(words: str | None) -> datetime | None:
    """One without an offset is in UTC, as ST 430-4 has them all."""
    if not words:
        return None
    try:
        found: datetime | None = datetime.fromisoformat(words)
    except ValueError:
        found = parse_date_time(words)
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


def _uuid(words: str | None) -> str | None:
    return words.removeprefix("urn:uuid:").lower() if words else None


def _pairs(parent: etree._Element | None) -> Iterator[tuple[str, Parameter]]:
    for pair in islice(parent if parent is not None else (), MOST_PAIRS):
        held = _by_name(pair)
        if "name" in held:
            yield _text(held["name"]) or "", _text(held.get("value")) or ""


def _references(parent: etree._Element | None) -> Iterator[tuple[str, Parameter]]:
    for each in islice(parent if parent is not None else (), MOST_PAIRS):
        held = _by_name(each)
        yield _text(held.get("idname")) or "", _uuid(_text(held.get("idvalue"))) or ""


def _message(extensions: etree._Element | None) -> str:
    if extensions is None:
        return ""
    return next((_text(each) or "" for each in extensions.iter() if _name(each) == "description"), "")


def _parameters(inside: dict[str, etree._Element]) -> dict[str, Parameter]:
    found = dict(_pairs(inside.get("parameters")))
    found.update(_references(inside.get("referencedids")))
    return found


def _own(extensions: etree._Element | None) -> bool:
    first = extensions[0] if extensions is not None and len(extensions) else None
    return first is not None and str(first.get("id", "")).startswith(OWN)


# --- signatures -----


def _seal(element: etree._Element, header: str | None) -> SeenSeal:
    parts = _by_name(element)
    auth, signature = parts.get("recordauthdata"), element.find(f"{_DS}Signature")
    placement = (_text(parts.get("headerplacement")) or "").lower()
    length = _text(parts.get("sequencelength")) or ""
    count = int(length) if length.isdigit() and len(length) < 10 else None
    if auth is None or signature is None:
        return SeenSeal(placement, count, "", False, why=text("log.seal-no-auth"))
    held = _by_name(auth)
    stated = _text(held.get("recordheaderhash")) or ""
    chain = _chain(signature)
    leaf = next((each for each in chain if _is_signer(each, held.get("signercertinfo"))), None)
    if leaf is None:
        return SeenSeal(placement, count, stated, False, chain, why=text("log.seal-no-signer"))
    ordered = (leaf, *(each for each in chain if each != leaf))
    fault = _fault(signature, auth, leaf)
    return SeenSeal(placement, count, stated, fault is None, ordered, why=fault)


def _fault(signature: etree._Element, auth: etree._Element, leaf: Certificate) -> Text | None:
    """What is wrong with a signature; None of one that holds."""
    infos = signature.findall(f"{_DS}SignedInfo")
    if len(infos) != 1:
        return text("log.seal-signed-info")
    info = infos[0]
    method, form = info.find(f"{_DS}SignatureMethod"), info.find(f"{_DS}CanonicalizationMethod")
    references = info.findall(f"{_DS}Reference")
    if method is None or form is None or method.get("Algorithm") not in _METHODS:
        return text("log.seal-algorithm")
    if not str(form.get("Algorithm")).startswith(_C14N):
        return text("log.seal-canonical")
    if len(references) != 1 or references[0].get("URI") != f"#{auth.get('Id')}" or not auth.get("Id"):
        return text("log.seal-reference")
    reference = references[0]
    transforms = reference.findall(f"{_DS}Transforms/{_DS}Transform")
    if any(not str(each.get("Algorithm")).startswith(_C14N) for each in transforms):
        return text("log.seal-transform")
    how, stated = reference.find(f"{_DS}DigestMethod"), _bytes(reference.find(f"{_DS}DigestValue"))
    digested = _DIGESTS.get(str(how.get("Algorithm"))) if how is not None else None
    if digested is None:
        return text("log.seal-digest")
    if digested(_canonical(auth)).digest() != stated:
        return text("log.seal-auth-changed")
    value = _bytes(signature.find(f"{_DS}SignatureValue"))
    try:
        key = leaf.rsa_public_key()
    except CertificateError:
        return text("log.seal-no-rsa")
    if not signature_fits(str(method.get("Algorithm")), key, value, _canonical(info)):
        return text("log.seal-value")
    return None


def _chain(signature: etree._Element) -> tuple[Certificate, ...]:
    """The certificates of its KeyInfo; none when one is none, or is not the one that is named beside it."""
    found = []
    for data in islice(signature.iter(f"{_DS}X509Data"), MOST_CERTIFICATES):
        named = data.find(f"{_DS}X509IssuerSerial")
        try:
            certificate = known_certificate(_bytes(data.find(f"{_DS}X509Certificate")))
            if named is not None and not _names(certificate, named):
                return ()
        except CertificateError:
            return ()
        found.append(certificate)
    return tuple(found)


def _names(certificate: Certificate, named: etree._Element) -> bool:
    """Issuers are written in many ways, OpenSSL's one line among them: they are compared by their parts."""
    issuer, serial = named.find(f"{_DS}X509IssuerName"), named.find(f"{_DS}X509SerialNumber")
    return _text(serial) == str(certificate.serial) and names_equal(_text(issuer) or "", certificate.issuer)


def _is_signer(certificate: Certificate, info: etree._Element | None) -> bool:
    try:
        return info is not None and _names(certificate, info)
    except CertificateError:
        return False


def _bytes(element: etree._Element | None) -> bytes:
    """Of base64, written as only one way writes it; else nothing."""
    words = "".join((_text(element) or "").split())
    try:
        found = base64.b64decode(words, validate=True)
    except ValueError:
        return b""
    return found if base64.b64encode(found).decode("ascii") == words else b""
