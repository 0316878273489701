"""XML signatures of CPL and PKL (enveloped) and of KDMs (two references by Id): verified strictly.

What a signature covers is decided by structure alone: one Signature, in its one place, with exactly the
children, algorithms, references and transforms that such documents have. So nothing can be wrapped around
or beside what was signed. `examine_...` gives every step; `verify_...` raises on the first that fails.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from dcp.errors import CertificateError, SignatureError
from dcp.suite import KDM_SUITE, SMPTE, Suite, algorithm_name, signature_fits, suite_for
from dcp.trust.canonical import canonical_element, canonical_without
from dcp.trust.certificate import Certificate
from dcp.trust.names import Name, names_equal, parse_name
from dcp.trust.order import CertificateChain, order_chain
from dcp.trust.signing import ETM, KDM_PARTS, sign_document, sign_kdm
from dcp.trust.step import Step
from dcp.xml import XMLDSIG, element_path, elements, local_name, namespace_of, parse_xml, text_of

__all__ = [
    "Examination",
    "VerifiedSignature",
    "examine_enveloped",
    "examine_kdm",
    "sign_document",
    "sign_kdm",
    "verify_enveloped",
    "verify_kdm",
]

MAX_KDM_BYTES = 4 * 1024 * 1024
MAX_CHAIN = 16

_DS = f"{{{XMLDSIG}}}"
_ID_ATTRIBUTES = frozenset(("id", "{http://www.w3.org/XML/1998/namespace}id"))
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_SERIAL = re.compile(r"-?\d{1,60}", re.ASCII)

STEPS = {
    "SIG-003": "Canonicalization is the required one",
    "SIG-002": "The signature algorithm is the one the standard allows",
    "SIG-004": "References and transforms are exactly the required ones",
    "SIG-005": "The digest method is the required one",
    "SIG-006": "Issuer names written in the document are the certificates'",
    "SIG-007": "Serial numbers written in the document are the certificates'",
    "SIG-001": "Signature value and digests hold",
}
"""In the order in which they are taken: nothing is computed with a form that is not the expected one."""

_CLAUSES = {
    "SIG-001": "ST 429-7 6.13, ST 429-8 5.10, ST 430-3",
    "SIG-002": "RFC 4051",
    "SIG-006": "ST 429-7, ST 430-3",
    "SIG-007": "ST 429-7, ST 430-3",
}


@dataclass(frozen=True)
class VerifiedSignature:
    """A signature that holds. signer: the certificate that Signer names and whose key fits.

    The chain is put in order, its rules are not judged here: `dcp.trust.chain.judge_chain`.
    """

    signer: Certificate
    chain: CertificateChain
    suite: Suite
    findings: tuple[Step, ...]


@dataclass(frozen=True)
class Examination:
    """Every step, and the outcome when none failed. error: what the first failure says, and where."""

    steps: tuple[Step, ...]
    verified: VerifiedSignature | None
    error: SignatureError | None

    def require(self) -> VerifiedSignature:
        """SignatureError unless the signature holds."""
        if self.verified is None:
            raise self.error or SignatureError("the signature does not hold")
        return self.verified


def verify_enveloped(data: bytes, *, where: str | Path) -> VerifiedSignature:
    """The signature of a CPL or PKL. SignatureError when it does not hold, DocumentError for hostile XML."""
    return examine_enveloped(data, where=where).require()


def verify_kdm(data: bytes, *, where: str | Path = "the KDM") -> VerifiedSignature:
    """The signature of a KDM. SignatureError when it does not hold, DocumentError for hostile XML."""
    return examine_kdm(data, where=where).require()


def examine_enveloped(data: bytes, *, where: str | Path) -> Examination:
    """DocumentError for hostile XML; everything else is a step."""
    root = parse_xml(data, where=where)
    return _Examiner(root, str(where), suite_for(namespace_of(root)) or SMPTE, enveloped=True).run()


def examine_kdm(data: bytes, *, where: str | Path = "the KDM") -> Examination:
    """DocumentError for hostile XML; everything else is a step."""
    root = parse_xml(data, where=where, max_bytes=MAX_KDM_BYTES)
    return _Examiner(root, str(where), KDM_SUITE, enveloped=False).run()


class _Fault(Exception):
    """What a step fails with, and the element at fault."""

    def __init__(self, what: str, element: etree._Element | None = None, remedy: str | None = None) -> None:
        super().__init__(what)
        self.element = element
        self.remedy = remedy


@dataclass(frozen=True)
class _Reference:
    uri: str
    transforms: tuple[str, ...]
    digest_method: str
    digest: bytes
    element: etree._Element


@dataclass(frozen=True)
class _Parts:
    """The signature taken apart; its structure is right."""

    signature: etree._Element
    signed_info: etree._Element
    canonicalization: str
    signature_method: str
    references: tuple[_Reference, ...]
    value: bytes
    entries: tuple[_KeyEntry, ...]
    signer: _SignerName


@dataclass(frozen=True)
class _KeyEntry:
    """One X509Data: what it says of the certificate, and the certificate."""

    issuer: str
    serial: int
    certificate: Certificate
    element: etree._Element


@dataclass(frozen=True)
class _SignerName:
    issuer: str
    serial: int
    subject: str | None
    element: etree._Element


@dataclass
class _Examiner:
    root: etree._Element
    where: str
    suite: Suite
    enveloped: bool
    steps: list[Step] = field(default_factory=list)
    error: SignatureError | None = None

    def run(self) -> Examination:
        try:
            parts = self._parts()
        except _Fault as fault:
            self._fail("SIG-001", fault)
            for id in STEPS:
                if id != "SIG-001":
                    self._add(id, "skipped", "not looked at, because SIG-001 failed")
            return Examination(tuple(self.steps), None, self.error)
        signer: list[Certificate] = []
        judges: dict[str, Callable[[_Parts], str | None]] = {
            "SIG-003": self._canonicalization,
            "SIG-002": self._signature_method,
            "SIG-004": self._references,
            "SIG-005": self._digest_method,
            "SIG-006": self._issuers,
            "SIG-007": self._serials,
            "SIG-001": lambda parts: self._holds(parts, signer),
        }
        for id, judge in judges.items():
            if id == "SIG-001" and self.error is not None:
                failed = next(step.id for step in self.steps if step.result == "fail")
                self._add(id, "skipped", f"not computed, because {failed} failed")
                break
            try:
                warning = judge(parts)
            except _Fault as fault:
                self._fail(id, fault)
            else:
                self._add(id, "warn" if warning else "pass", warning or STEPS[id])
        if self.error is not None:
            return Examination(tuple(self.steps), None, self.error)
        chain = order_chain((entry.certificate for entry in parts.entries), leaf=signer[0])
        verified = VerifiedSignature(signer[0], chain, self.suite, tuple(self.steps))
        return Examination(verified.findings, verified, None)

    def _add(self, id: str, result: str, message: str) -> None:
        self.steps.append(Step(id, result, message, _CLAUSES.get(id)))  # type: ignore[arg-type]

    def _fail(self, id: str, fault: _Fault) -> None:
        self._add(id, "fail", str(fault))
        if self.error is None:
            place = f": {element_path(fault.element)}" if fault.element is not None else ""
            self.error = SignatureError(str(fault), where=f"{self.where}{place}", remedy=fault.remedy)

    # --- structure: what is signed, and by whom ---

    def _parts(self) -> _Parts:
        root = self.root
        _unique_ids(root)
        signatures = list(root.iter(f"{_DS}Signature"))
        if not signatures:
            raise _Fault("the document is not signed", root, "ask its maker for a signed one")
        if len(signatures) > 1:
            raise _Fault("there is more than one Signature", signatures[1])
        signature = signatures[0]
        children = list(elements(root))
        if children[-1] is not signature:
            raise _Fault("the Signature is not the last child of the document", signature)
        signer = self._document(children)
        info, value, key_info = _children(signature, "SignedInfo", "SignatureValue", "KeyInfo")
        method, signature_method, *references = _signed_info(info)
        return _Parts(
            signature=signature,
            signed_info=info,
            canonicalization=_algorithm(method),
            signature_method=_algorithm(signature_method),
            references=tuple(_reference(reference) for reference in references),
            value=_base64(value),
            entries=_key_entries(key_info),
            signer=signer,
        )

    def _document(self, children: Sequence[etree._Element]) -> _SignerName:
        root = self.root
        namespace = namespace_of(root)
        if not self.enveloped:
            names = [child.tag for child in children]
            expected = [f"{{{ETM}}}{name}" for name, _ in KDM_PARTS] + [f"{_DS}Signature"]
            if root.tag != f"{{{ETM}}}DCinemaSecurityMessage" or names != expected:
                wanted = "AuthenticatedPublic, AuthenticatedPrivate, Signature"
                raise _Fault(f"the message is not made of {wanted}", root)
            _blank_between(root)
            if any(not str(name).startswith(_XSI) for name in root.attrib):
                raise _Fault("an attribute of the message is outside what is signed", root)
            for child, (_, id) in zip(children, KDM_PARTS, strict=False):
                if child.get("Id") != id:
                    raise _Fault(f"its Id is not {id}", child)
            return _kdm_signer(children[0])
        if suite_for(namespace) is None:
            raise _Fault("this is no document of the SMPTE or Interop formats", root)
        signers = [child for child in children if child.tag == f"{{{namespace}}}Signer"]
        if len(signers) != 1 or children[-2] is not signers[0]:
            raise _Fault("one Signer has to stand just before the Signature", self.root)
        (data,) = _children(signers[0], "X509Data")
        parts = list(elements(data))
        _only(data, parts, ("X509IssuerSerial",), ("X509SubjectName",))
        issuer, serial = _issuer_serial(parts[0])
        return _SignerName(issuer, serial, _text(parts[1]) if len(parts) > 1 else None, data)

    # --- the steps ---

    def _canonicalization(self, parts: _Parts) -> None:
        if parts.canonicalization != self.suite.canonicalization:
            raise _Fault(
                f"the canonicalization is {algorithm_name(parts.canonicalization)},"
                f" not {algorithm_name(self.suite.canonicalization)}",
                parts.signed_info,
            )

    def _signature_method(self, parts: _Parts) -> str | None:
        used, allowed = parts.signature_method, self.suite.signature_methods
        if used not in allowed:
            raise _Fault(
                f"the signature method is {algorithm_name(used)}, not {algorithm_name(allowed[0])}",
                parts.signed_info,
            )
        if used != allowed[0]:
            usual = algorithm_name(allowed[0])
            return f"the signature method is {algorithm_name(used)}, {self.suite.name} uses {usual}"
        return None

    def _references(self, parts: _Parts) -> None:
        expected = [""] if self.enveloped else [f"#{id}" for _, id in KDM_PARTS]
        found = [reference.uri for reference in parts.references]
        if sorted(found) != sorted(expected):
            shown = ", ".join(repr(uri[:60]) for uri in found[:4])
            wanted = ", ".join(map(repr, expected))
            raise _Fault(f"the references are {shown}, not {wanted}", parts.signed_info)
        for reference in parts.references:
            if reference.transforms != self.suite.transforms:
                names = ", ".join(algorithm_name(uri) for uri in reference.transforms[:4]) or "none"
                wanted = ", ".join(map(algorithm_name, self.suite.transforms)) or "none"
                raise _Fault(f"the transforms are {names}, not {wanted}", reference.element)

    def _digest_method(self, parts: _Parts) -> None:
        for reference in parts.references:
            if reference.digest_method != self.suite.digest_method:
                raise _Fault(
                    f"the digest method is {algorithm_name(reference.digest_method)},"
                    f" not {algorithm_name(self.suite.digest_method)}",
                    reference.element,
                )

    def _issuers(self, parts: _Parts) -> None:
        for entry in parts.entries:
            if not names_equal(entry.issuer, _issuer_of(entry)):
                raise _Fault("the issuer's name is not that of the certificate beside it", entry.element)
        issuer, subject = _name(parts.signer.issuer, parts.signer), parts.signer.subject
        if not any(_issuer_of(entry) == issuer for entry in parts.entries):
            raise _Fault("Signer names an issuer of none of the certificates", parts.signer.element)
        if subject is not None and not any(
            names_equal(subject, entry.certificate.fields.subject or Name(())) for entry in _named(parts)
        ):
            raise _Fault("Signer names another subject than its certificate", parts.signer.element)

    def _serials(self, parts: _Parts) -> None:
        for entry in parts.entries:
            if entry.serial != entry.certificate.fields.serial:
                raise _Fault("the serial number is not that of the certificate beside it", entry.element)
        if not _named(parts):
            raise _Fault("Signer names none of the certificates", parts.signer.element)
        if len({entry.certificate for entry in _named(parts)}) > 1:
            raise _Fault("Signer names two different certificates", parts.signer.element)

    def _holds(self, parts: _Parts, signer: list[Certificate]) -> None:
        certificate = _named(parts)[0].certificate
        try:
            key = certificate.rsa_public_key()
        except CertificateError as error:
            raise _Fault(error.what, parts.signer.element) from None
        form = canonical_element(parts.signed_info, with_comments=self.suite.with_comments)
        if not signature_fits(parts.signature_method, key, parts.value, form):
            raise _Fault(
                f"the signature value does not hold under the key of {certificate.label}",
                parts.signature,
                "the document was changed after signing, or signed by someone else: ask for it anew",
            )
        for reference in parts.references:
            if self.suite.digest(self._target(parts, reference)) != reference.digest:
                what = f" ({reference.uri[1:]})" if reference.uri else ""
                raise _Fault(
                    f"the digest{what} does not hold: the document was changed after signing",
                    reference.element,
                    "get the document anew from where it was made",
                )
        signer.append(certificate)

    def _target(self, parts: _Parts, reference: _Reference) -> bytes:
        if self.enveloped:
            return canonical_without(self.root, parts.signature)
        place = [id for _, id in KDM_PARTS].index(reference.uri[1:])
        return canonical_element(list(elements(self.root))[place], with_comments=False)


# --- taking the signature apart ---


def _unique_ids(root: etree._Element) -> None:
    seen = set()
    for element in root.iter(etree.Element):
        for name, value in element.attrib.items():
            if str(name).lower() in _ID_ATTRIBUTES:
                if value in seen:
                    raise _Fault("an Id is given twice", element)
                seen.add(value)


def _children(parent: etree._Element, *names: str) -> list[etree._Element]:
    """Exactly these child elements, in this order, with nothing but blanks and comments around them."""
    found = list(elements(parent))
    _only(parent, found, names)
    return found


def _only(
    parent: etree._Element,
    found: Sequence[etree._Element],
    names: Sequence[str],
    optional: Sequence[str] = (),
) -> None:
    tags = [child.tag for child in found]
    required = [f"{_DS}{name}" for name in names]
    allowed = [f"{_DS}{name}" for name in optional]
    if tags != required and tags != required + allowed:
        raise _Fault(f"{local_name(parent)} is not made of {', '.join(names)}", parent)
    _blank_between(parent)


def _blank_between(parent: etree._Element) -> None:
    if (parent.text or "").strip() or any((child.tail or "").strip() for child in parent):
        raise _Fault("text stands between elements", parent)
    if any(child.tag is etree.Entity for child in parent):
        raise _Fault("an entity stands between elements", parent)


def _signed_info(info: etree._Element) -> list[etree._Element]:
    found = list(elements(info))
    if len(found) < 3:
        raise _Fault("SignedInfo is not complete", info)
    _only(info, found, ("CanonicalizationMethod", "SignatureMethod", *["Reference"] * (len(found) - 2)))
    if len(found) > 2 + len(KDM_PARTS):
        raise _Fault("there are more references than documents of this kind have", info)
    return found


def _reference(element: etree._Element) -> _Reference:
    found = list(elements(element))
    if found and found[0].tag == f"{_DS}Transforms":
        transforms = [_algorithm(child) for child in _transforms(found.pop(0))]
    else:
        transforms = []
    _only(element, found, ("DigestMethod", "DigestValue"))
    uri = element.get("URI")
    if uri is None or set(element.attrib) - {"URI", "Id"}:
        raise _Fault("a Reference has other attributes than a URI", element)
    return _Reference(str(uri), tuple(transforms), _algorithm(found[0]), _base64(found[1]), element)


def _transforms(element: etree._Element) -> list[etree._Element]:
    found = list(elements(element))
    _only(element, found, ("Transform",) * max(1, len(found)))
    return found


def _algorithm(element: etree._Element) -> str:
    """The Algorithm of a method that has no parameters."""
    if list(elements(element)) or (text_of(element) or "") or set(element.attrib) != {"Algorithm"}:
        raise _Fault(f"{local_name(element)} has other parameters than an Algorithm", element)
    return str(element.get("Algorithm"))


def _key_entries(key_info: etree._Element) -> tuple[_KeyEntry, ...]:
    found = list(elements(key_info))
    if not 1 <= len(found) <= MAX_CHAIN:
        raise _Fault(f"KeyInfo holds {len(found)} entries; 1 to {MAX_CHAIN} belong there", key_info)
    _only(key_info, found, ("X509Data",) * len(found))
    entries = []
    for data in found:
        issuer_serial, value = _children(data, "X509IssuerSerial", "X509Certificate")
        issuer, serial = _issuer_serial(issuer_serial)
        try:
            certificate = Certificate(_base64(value))
        except CertificateError as error:
            raise _Fault(f"not a certificate: {error.what}", value) from None
        entries.append(_KeyEntry(issuer, serial, certificate, data))
    return tuple(entries)


def _issuer_serial(element: etree._Element) -> tuple[str, int]:
    issuer, serial = _children(element, "X509IssuerName", "X509SerialNumber")
    digits = _text(serial)
    if not _SERIAL.fullmatch(digits):
        raise _Fault("this is no serial number", serial)
    return _text(issuer), int(digits)


def _kdm_signer(public: etree._Element) -> _SignerName:
    signers = [child for child in elements(public) if child.tag == f"{{{ETM}}}Signer"]
    if len(signers) != 1:
        raise _Fault("one Signer has to stand in AuthenticatedPublic", public)
    issuer, serial = _issuer_serial(signers[0])
    return _SignerName(issuer, serial, None, signers[0])


def _text(element: etree._Element) -> str:
    text = text_of(element)
    if text is None:
        raise _Fault("text was expected here, not elements", element)
    return text


def _base64(element: etree._Element) -> bytes:
    """Base64 in its one form: no stray characters, no stray bits."""
    text = "".join(_text(element).split())
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        value = b""
    if not value or base64.b64encode(value).decode("ascii") != text:
        raise _Fault("this is not base64", element)
    return value


def _name(text: str, signer: _SignerName) -> Name:
    try:
        return parse_name(text)
    except CertificateError as error:
        raise _Fault(error.what, signer.element) from None


def _issuer_of(entry: _KeyEntry) -> Name:
    return entry.certificate.fields.issuer or Name(())


def _named(parts: _Parts) -> list[_KeyEntry]:
    """The entries whose certificate Signer names."""
    return [
        entry
        for entry in parts.entries
        if entry.certificate.fields.serial == parts.signer.serial
        and names_equal(parts.signer.issuer, _issuer_of(entry))
    ]
