"""XML signatures written: enveloped ones for CPL and PKL, and the form of a KDM.

For many KDMs with one signer `kdm.signing` writes the canonical forms directly.
"""

from __future__ import annotations

import base64
from datetime import datetime

from lxml import etree

from dcp.errors import CertificateError, SignatureError
from dcp.suite import KDM_SUITE, Suite, suite_for
from dcp.trust.canonical import canonical_element, canonical_without
from dcp.trust.certificate import Certificate
from dcp.trust.judging import failures, judge_chain
from dcp.trust.signer import Signer
from dcp.trust.structure import ETM, KDM_PARTS
from dcp.xml.build import add
from dcp.xml.parse import XMLDSIG, elements, local_name, namespace_of, parse_xml, reparsed, text_of
from dcp.xml.values import parse_date_time

_DS = f"{{{XMLDSIG}}}"
_DOCUMENT_PREFIX = "dsig"  # an old Doremi takes no other in playlists and packing lists
_MESSAGE_PREFIX = "ds"


def sign_document(
    document: etree._Element | bytes,
    signer: Signer,
    *,
    suite: Suite | None = None,
    now: datetime | None = None,
) -> bytes:
    """A CPL or PKL with Signer and Signature as its last children, whole, ready to be written.

    document: unsigned, indented as it shall stay; an element is not changed. suite: that of the document's
    namespace without it. now: the instant at which the chain must be valid, the IssueDate without it.
    CertificateError when the chain is not one that signs such documents, SignatureError when the document
    cannot be signed.
    """
    root = _copy(document)
    namespace = namespace_of(root)
    suite = suite or suite_for(namespace)
    if suite is None:
        raise SignatureError("sign.namespace", namespace=namespace)
    if any(local_name(child) in ("Signer", "Signature") for child in elements(root)):
        raise SignatureError("sign.already", where=local_name(root))
    check_signer(signer, at=now or _issue_date(root), suite=suite)
    declared = {_DOCUMENT_PREFIX: XMLDSIG}
    _open_last(root)
    holder = etree.SubElement(root, f"{{{namespace}}}Signer", nsmap=declared)
    data = etree.SubElement(holder, f"{_DS}X509Data")
    _add_issuer_serial(data, signer.leaf)
    add(data, "X509SubjectName", signer.leaf.subject)
    etree.indent(holder, "  ", level=1)
    holder.tail = "\n  "
    return _sign(root, signer, suite, prefix=_DOCUMENT_PREFIX, references=("",))


def sign_kdm(document: etree._Element | bytes, signer: Signer) -> bytes:
    """A key message of AuthenticatedPublic and AuthenticatedPrivate with its Signature.

    SignatureError when these are not its children.
    """
    root = _copy(document)
    if [(child.tag, child.get("Id")) for child in elements(root)] != [
        (f"{{{ETM}}}{name}", id) for name, id in KDM_PARTS
    ]:
        raise SignatureError("sign.no-key-message", where=local_name(root))
    _open_last(root)
    references = tuple(f"#{id}" for _, id in KDM_PARTS)
    return _sign(root, signer, KDM_SUITE, prefix=_MESSAGE_PREFIX, references=references)


def check_signer(signer: Signer, *, at: datetime, suite: Suite) -> None:
    """CertificateError when a reader would refuse what this chain signs at that instant."""
    steps = judge_chain(signer.chain, at=(at,), profile=suite.profile, role="CS")
    failed = failures(steps)
    if failed:
        raise CertificateError(
            "sign.chain-unfit", where=signer.leaf.label, rule=failed[0].id, fault=failed[0]
        )


def _copy(document: etree._Element | bytes) -> etree._Element:
    if isinstance(document, bytes):
        return parse_xml(document, where="the document to sign")
    return reparsed(etree.tostring(document.getroottree(), encoding="utf-8"))


def _issue_date(root: etree._Element) -> datetime:
    text = next((text_of(child) for child in elements(root) if local_name(child) == "IssueDate"), None)
    instant = parse_date_time(text) if text else None
    if instant is None or instant.tzinfo is None:
        raise SignatureError("sign.no-issue-date", where=local_name(root))
    return instant


def _open_last(root: etree._Element) -> None:
    """Indent for a further child."""
    if len(root):
        root[-1].tail = "\n  "
    else:
        root.text = "\n  "


def _sign(
    root: etree._Element, signer: Signer, suite: Suite, *, prefix: str, references: tuple[str, ...]
) -> bytes:
    signature = etree.SubElement(root, f"{_DS}Signature", nsmap={prefix: XMLDSIG})
    info = etree.SubElement(signature, f"{_DS}SignedInfo")
    add(info, "CanonicalizationMethod", Algorithm=suite.canonicalization)
    add(info, "SignatureMethod", Algorithm=suite.signature_method)
    digests = []
    for uri in references:
        reference = add(info, "Reference", URI=uri)
        if suite.transforms:
            transforms = add(reference, "Transforms")
            for transform in suite.transforms:
                add(transforms, "Transform", Algorithm=transform)
        add(reference, "DigestMethod", Algorithm=suite.digest_method)
        digests.append(add(reference, "DigestValue", " "))
    value = add(signature, "SignatureValue", " ")
    key_info = add(signature, "KeyInfo")
    for certificate in signer.chain:
        data = add(key_info, "X509Data")
        _add_issuer_serial(data, certificate)
        add(data, "X509Certificate", _lines(certificate.der))
    etree.indent(signature, "  ", level=1)
    signature.tail = "\n"
    for uri, digest in zip(references, digests, strict=True):
        digest.text = base64.b64encode(suite.digest(_target(root, uri))).decode("ascii")
    form = canonical_element(info, with_comments=suite.with_comments)
    value.text = _lines(suite.sign(signer.private_key, form))
    return bytes(etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)) + b"\n"


def _target(root: etree._Element, uri: str) -> bytes:
    if uri:
        (target,) = (child for child in elements(root) if child.get("Id") == uri[1:])
        return canonical_element(target, with_comments=False)
    return canonical_without(root, list(elements(root))[-1])


def _add_issuer_serial(parent: etree._Element, certificate: Certificate) -> None:
    entry = add(parent, "X509IssuerSerial")
    add(entry, "X509IssuerName", certificate.issuer)
    add(entry, "X509SerialNumber", certificate.serial)


def _lines(value: bytes) -> str:
    text = base64.b64encode(value).decode("ascii")
    return "\n".join(text[place : place + 76] for place in range(0, len(text), 76))
