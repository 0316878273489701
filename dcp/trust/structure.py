"""An XML signature taken apart: exactly the expected elements, attributes and order, or a Fault.

What is signed is found by its place alone, so that nothing can be wrapped around it or set beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import cast

from lxml import etree

from dcp.dataclass import dataclass
from dcp.errors import CertificateError
from dcp.patterns import pattern
from dcp.suite import suite_for
from dcp.texts.catalogue import Text
from dcp.trust.certificate import Certificate, known_certificate
from dcp.trust.order import leaves_of
from dcp.xml.parse import XMLDSIG, elements, local_name, namespace_of, reparsed, text_of
from dcp.xml.values import BLANKS, parse_base64

ETM = "http://www.smpte-ra.org/schemas/430-3/2006/ETM"
KDM_PARTS = (
    ("AuthenticatedPublic", "ID_AuthenticatedPublic"),
    ("AuthenticatedPrivate", "ID_AuthenticatedPrivate"),
)
"""The signed children of a key message, each with its Id."""

MAX_CHAIN = 16
EVIDENCE_SIGNATURE = "urn:dcpkit:evidence-signature:1"
"""The namespace of what signs a bundle of evidence, in the form of a CPL's signature."""
FACILITY_LIST = "FacilityListMessage"  # of any namespace; its Signer may be left out
MAX_KNOWN, MAX_KNOWN_BYTES = 128, 32 * 1024  # KeyInfos remembered, and the size of the largest

_ENTRY = ("X509IssuerSerial", "X509Certificate", "X509SubjectName")

_DS = f"{{{XMLDSIG}}}"
_MESSAGE = f"{{{ETM}}}DCinemaSecurityMessage"
_MESSAGE_CHILDREN = [*(f"{{{ETM}}}{name}" for name, _ in KDM_PARTS), f"{_DS}Signature"]
_ID_ATTRIBUTES = frozenset(("id", "{http://www.w3.org/xml/1998/namespace}id"))  # in small letters
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_TWO_LETTERS = etree.XPath("//@*[string-length(local-name()) = 2]")
_SERIAL = pattern(r"[+-]?\d{1,60}", re.ASCII)


class Fault(Exception):
    """What a step fails with, by its id in the catalogue and its places, and the element at fault."""

    def __init__(self, id: str | Text, element: etree._Element | None = None, /, **places: object) -> None:
        super().__init__(id)
        self.text = id if isinstance(id, Text) else Text(id, places)
        self.element = element


@dataclass(frozen=True)
class Reference:
    uri: str
    transforms: tuple[str, ...]
    digest_method: str
    digest: bytes
    element: etree._Element


@dataclass(frozen=True)
class Parts:
    """The signature taken apart; its structure is right."""

    signature: etree._Element
    signed_info: etree._Element
    canonicalization: str
    signature_method: str
    references: tuple[Reference, ...]
    value: bytes
    entries: tuple[KeyEntry, ...]
    key_info: etree._Element
    signer: SignerName


@dataclass(frozen=True)
class KeyEntry:
    """One X509Data: what it says of the certificate, and the certificate. place: which child of KeyInfo."""

    issuer: str
    serial: int
    subject: str | None
    certificate: Certificate
    place: int


@dataclass(frozen=True)
class SignerName:
    issuer: str
    serial: int
    subject: str | None
    element: etree._Element


def take_apart(root: etree._Element, *, enveloped: bool) -> Parts:
    """The parts of a document's one signature. Fault when the structure is any other than the expected."""
    _unique_ids(root)
    signatures = list(root.iter(f"{_DS}Signature"))
    if not signatures:
        raise Fault("SIG-001.not-signed", root)
    if len(signatures) > 1:
        raise Fault("SIG-001.several", signatures[1])
    signature = signatures[0]
    children = elements(root)
    if not children or children[-1] is not signature:
        raise Fault("SIG-001.not-last", signature)
    signer = _document(root, children, enveloped)
    info, value, key_info = _children(signature, "SignedInfo", "SignatureValue", "KeyInfo")
    method, signature_method, *references = _signed_info(info)
    return Parts(
        signature=signature,
        signed_info=info,
        canonicalization=_algorithm(method),
        signature_method=_algorithm(signature_method),
        references=tuple(_reference(reference) for reference in references),
        value=_base64(value),
        entries=(entries := _key_entries(key_info)),
        key_info=key_info,
        signer=signer or _only_leaf(entries, key_info),
    )


def _document(root: etree._Element, children: Sequence[etree._Element], enveloped: bool) -> SignerName | None:
    """What Signer says; None for a facility list without one."""
    namespace = namespace_of(root)
    if not enveloped:
        if root.tag != _MESSAGE or [child.tag for child in children] != _MESSAGE_CHILDREN:
            wanted = "AuthenticatedPublic, AuthenticatedPrivate, Signature"
            raise Fault("SIG-001.message-not-made-of", root, parts=wanted)
        _blank_between(root)
        if any(not str(name).startswith(_XSI) for name, _ in root.items()):
            raise Fault("SIG-001.attribute-outside", root)
        for child, (_, id) in zip(children, KDM_PARTS, strict=False):
            if child.get("Id") != id:
                raise Fault("SIG-001.other-id", child, wanted=id)
        return _kdm_signer(children[0])
    facility_list = local_name(root) == FACILITY_LIST
    if suite_for(namespace) is None and not facility_list and namespace != EVIDENCE_SIGNATURE:
        raise Fault("SIG-001.no-document", root)
    signers = [child for child in children if child.tag == f"{{{namespace}}}Signer"]
    if facility_list and not signers:
        return None
    if len(signers) != 1 or children[-2] is not signers[0]:
        raise Fault("SIG-001.no-signer-before", root)
    (data,) = _children(signers[0], "X509Data")
    parts = elements(data)
    _only(data, parts, ("X509IssuerSerial",), ("X509SubjectName",))
    issuer, serial = _issuer_serial(parts[0])
    return SignerName(issuer, serial, _text(parts[1]) if len(parts) > 1 else None, data)


def _only_leaf(entries: Sequence[KeyEntry], key_info: etree._Element) -> SignerName:
    """Where nobody says who signed: the one certificate that issued none of the others."""
    leaves = leaves_of(list(dict.fromkeys(entry.certificate for entry in entries)))
    if len(leaves) != 1:
        raise Fault("SIG-001.nobody-named", key_info)
    entry = next(entry for entry in entries if entry.certificate == leaves[0])
    return SignerName(entry.issuer, entry.serial, None, key_info)


# --- taking the signature apart ---


def _unique_ids(root: etree._Element) -> None:
    seen = set()
    for value in cast("list[etree._ElementUnicodeResult]", _TWO_LETTERS(root)):
        if str(value.attrname).lower() in _ID_ATTRIBUTES:
            if value in seen:
                raise Fault("SIG-001.id-twice", value.getparent())
            seen.add(value)


def _children(parent: etree._Element, *names: str) -> list[etree._Element]:
    """Exactly these child elements, in this order, with nothing but blanks and comments around them."""
    found = elements(parent)
    _only(parent, found, names)
    return found


def _only(
    parent: etree._Element,
    found: Sequence[etree._Element],
    names: tuple[str, ...],
    optional: tuple[str, ...] = (),
) -> None:
    tags = tuple([child.tag for child in found])
    if tags != (required := _tags(names)) and tags != required + _tags(optional):
        raise Fault("SIG-001.not-made-of", parent, name=local_name(parent), parts=", ".join(names))
    _blank_between(parent)


@lru_cache(maxsize=128)
def _tags(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_DS + name for name in names)


def _blank_between(parent: etree._Element) -> None:
    between, entity = [parent.text or ""], False
    for child in parent:
        between.append(child.tail or "")
        if child.tag is etree.Entity:
            entity = True
    if "".join(between).strip(BLANKS):
        raise Fault("SIG-001.text-between", parent)
    if entity:
        raise Fault("SIG-001.entity-between", parent)


def _signed_info(info: etree._Element) -> list[etree._Element]:
    found = elements(info)
    if len(found) < 3:
        raise Fault("SIG-001.signed-info-incomplete", info)
    _only(info, found, ("CanonicalizationMethod", "SignatureMethod", *["Reference"] * (len(found) - 2)))
    if len(found) > 2 + len(KDM_PARTS):
        raise Fault("SIG-001.too-many-references", info)
    return found


def _reference(element: etree._Element) -> Reference:
    found = elements(element)
    if found and found[0].tag == f"{_DS}Transforms":
        transforms = [_algorithm(child) for child in _transforms(found.pop(0))]
    else:
        transforms = []
    _only(element, found, ("DigestMethod", "DigestValue"))
    uri = element.get("URI")
    if uri is None or not {"URI", "Id"}.issuperset(element.keys()):
        raise Fault("SIG-001.reference-attributes", element)
    return Reference(str(uri), tuple(transforms), _algorithm(found[0]), _base64(found[1]), element)


def _transforms(element: etree._Element) -> list[etree._Element]:
    found = elements(element)
    _only(element, found, ("Transform",) * max(1, len(found)))
    return found


def _algorithm(element: etree._Element) -> str:
    """The Algorithm of a method that has no parameters."""
    if text_of(element) != "" or element.keys() != ["Algorithm"]:
        raise Fault("SIG-001.other-parameters", element, name=local_name(element))
    return str(element.get("Algorithm"))


def _key_entries(key_info: etree._Element) -> tuple[KeyEntry, ...]:
    """The entries; those of a KeyInfo of the same bytes that was read before, when there was one."""
    text = bytes(etree.tostring(key_info, encoding="utf-8", with_tail=False))
    if len(text) <= MAX_KNOWN_BYTES:
        try:
            return _known_entries(text)
        except Fault:
            pass  # it has to name the element where it stands in its document
    return _read_entries(key_info)


@lru_cache(maxsize=MAX_KNOWN)
def _known_entries(text: bytes) -> tuple[KeyEntry, ...]:
    return _read_entries(reparsed(text))


def _read_entries(key_info: etree._Element) -> tuple[KeyEntry, ...]:
    found = elements(key_info)
    if not 1 <= len(found) <= MAX_CHAIN:
        raise Fault("SIG-001.key-info-entries", key_info, found=len(found), most=MAX_CHAIN)
    _only(key_info, found, ("X509Data",) * len(found))
    entries = []
    for place, data in enumerate(found):
        parts = {local_name(child): child for child in elements(data)}
        ordered = [parts[name] for name in _ENTRY if name in parts]
        if len(ordered) != len(elements(data)):
            raise Fault("SIG-001.data-not-made-of", data, parts=", ".join(_ENTRY))
        _only(data, ordered, ("X509IssuerSerial", "X509Certificate"), ("X509SubjectName",))
        issuer, serial = _issuer_serial(ordered[0])
        try:
            certificate = known_certificate(_base64(ordered[1]))
        except CertificateError as error:
            raise Fault("cert.not-one", ordered[1], why=error.text) from None
        subject = _text(ordered[2]) if len(ordered) > 2 else None
        entries.append(KeyEntry(issuer, serial, subject, certificate, place))
    return tuple(entries)


def _issuer_serial(element: etree._Element) -> tuple[str, int]:
    issuer, serial = _children(element, "X509IssuerName", "X509SerialNumber")
    digits = _text(serial)
    if not _SERIAL.fullmatch(digits):
        raise Fault("SIG-001.no-serial", serial)
    return _text(issuer), int(digits)


def _kdm_signer(public: etree._Element) -> SignerName:
    signers = list(public.iterchildren(f"{{{ETM}}}Signer"))
    if len(signers) != 1:
        raise Fault("SIG-001.no-signer-in", public)
    issuer, serial = _issuer_serial(signers[0])
    return SignerName(issuer, serial, None, signers[0])


def _text(element: etree._Element) -> str:
    text = text_of(element)
    if text is None:
        raise Fault("SIG-001.no-text", element)
    return text


def _base64(element: etree._Element) -> bytes:
    """Base64 in its one form: no stray characters, no stray bits."""
    value = parse_base64(_text(element))
    if not value:
        raise Fault("SIG-001.no-base64", element)
    return value
