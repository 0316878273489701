"""XML signatures of CPL and PKL (enveloped) and of KDMs (two references by Id): verified strictly.

What a signature covers is decided by structure alone: one Signature, in its one place, with exactly the
children, algorithms, references and transforms that such documents have. So nothing can be wrapped around
or beside what was signed. `examine_...` gives every step; `verify_...` raises on the first that fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from functools import lru_cache
from pathlib import Path

from lxml import etree

from dcp.dataclass import dataclass
from dcp.errors import CertificateError, SignatureError
from dcp.suite import FACILITY_LISTS, KDM_SUITE, SMPTE, Suite, algorithm_name, signature_fits, suite_for
from dcp.texts.catalogue import Text, text
from dcp.trust.canonical import CanonicalParts, canonical_element, canonical_without
from dcp.trust.certificate import Certificate
from dcp.trust.name_text import names_equal, parse_name
from dcp.trust.names import Name
from dcp.trust.order import CertificateChain, order_chain
from dcp.trust.step import Result, Step, holds
from dcp.trust.structure import KDM_PARTS, Fault, KeyEntry, Parts, Reference, SignerName, take_apart
from dcp.xml.parse import XMLDSIG, element_path, elements, namespace_of, parse_xml

__all__ = [
    "Examination",
    "VerifiedSignature",
    "examine_enveloped",
    "examine_kdm",
    "verify_enveloped",
    "verify_facility_list",
    "verify_kdm",
]

MAX_KDM_BYTES = 4 * 1024 * 1024

STEPS = ("SIG-003", "SIG-002", "SIG-004", "SIG-005", "SIG-006", "SIG-007", "SIG-001")
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

    The chain is put in order, its rules are not judged here: `dcp.trust.judging.judge_chain`.
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
            raise self.error or SignatureError("sign.does-not-hold")
        return self.verified


def verify_enveloped(data: bytes, *, where: str | Path) -> VerifiedSignature:
    """The signature of a CPL or PKL. SignatureError when it does not hold, DocumentError for hostile XML."""
    return examine_enveloped(data, where=where).require()


def verify_kdm(data: bytes, *, where: str | Path = "the KDM") -> VerifiedSignature:
    """The signature of a KDM. SignatureError when it does not hold, DocumentError for hostile XML."""
    return examine_kdm(data, where=where).require()


def verify_facility_list(data: bytes, *, where: str | Path) -> VerifiedSignature:
    """The signature of a facility list message: a CPL's form, its digest SHA-1 or SHA-256, Signer or none.

    SignatureError when it does not hold, DocumentError for hostile XML.
    """
    root = parse_xml(data, where=where)
    used = {method.get("Algorithm") for method in root.iter(f"{{{XMLDSIG}}}DigestMethod")}
    suite = next((each for each in FACILITY_LISTS if used == {each.digest_method}), SMPTE)
    return _Examiner(root, str(where), suite, enveloped=True).run().require()


def examine_enveloped(data: bytes, *, where: str | Path, suite: Suite | None = None) -> Examination:
    """DocumentError for hostile XML; everything else is a step. suite: that of the document's namespace
    without it."""
    root = parse_xml(data, where=where)
    suite = suite or suite_for(namespace_of(root)) or SMPTE
    return _Examiner(root, str(where), suite, enveloped=True).run()


def examine_kdm(document: bytes | etree._Element, *, where: str | Path = "the KDM") -> Examination:
    """A KDM, or the root that `dcp.xml.parse_xml` made of it. DocumentError for hostile XML; everything else
    is a step."""
    root = document
    if isinstance(root, bytes):
        root = parse_xml(root, where=where, max_bytes=MAX_KDM_BYTES)
    return _Examiner(root, str(where), KDM_SUITE, enveloped=False).run()


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
            parts = take_apart(self.root, enveloped=self.enveloped)
        except Fault as fault:
            self._fail("SIG-001", fault)
            for id in STEPS:
                if id != "SIG-001":
                    self._add(id, "skipped", text("step.not-looked-at", step="SIG-001"))
            return Examination(tuple(self.steps), None, self.error)
        signer: list[Certificate] = []
        judges: dict[str, Callable[[Parts], Text | None]] = {
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
                self._add(id, "skipped", text("step.not-computed", step=failed))
                break
            try:
                warning = judge(parts)
            except Fault as fault:
                self._fail(id, fault)
            except SignatureError as error:
                self._fail(id, Fault(error.text))
            else:
                self.steps.append(_step(id, "warn", warning) if warning else _passed(id))
        if self.error is not None:
            return Examination(tuple(self.steps), None, self.error)
        chain = order_chain((entry.certificate for entry in parts.entries), leaf=signer[0])
        verified = VerifiedSignature(signer[0], chain, self.suite, tuple(self.steps))
        return Examination(verified.findings, verified, None)

    def _add(self, id: str, result: Result, words: Text) -> None:
        self.steps.append(_step(id, result, words))

    def _fail(self, id: str, fault: Fault) -> None:
        self._add(id, "fail", fault.text)
        if self.error is None:
            place = f": {element_path(fault.element)}" if fault.element is not None else ""
            self.error = SignatureError.of(fault.text, where=f"{self.where}{place}")

    # --- the steps ---

    def _canonicalization(self, parts: Parts) -> None:
        if parts.canonicalization != self.suite.canonicalization:
            raise Fault(
                "SIG-003.other",
                parts.signed_info,
                found=algorithm_name(parts.canonicalization),
                wanted=algorithm_name(self.suite.canonicalization),
            )

    def _signature_method(self, parts: Parts) -> Text | None:
        used, allowed = parts.signature_method, self.suite.signature_methods
        if used not in allowed:
            found, wanted = algorithm_name(used), algorithm_name(allowed[0])
            raise Fault("SIG-002.other", parts.signed_info, found=found, wanted=wanted)
        if used != allowed[0]:
            found, usual = algorithm_name(used), algorithm_name(allowed[0])
            return text("SIG-002.unusual", found=found, standard=self.suite.name, usual=usual)
        return None

    def _references(self, parts: Parts) -> None:
        expected = [""] if self.enveloped else [f"#{id}" for _, id in KDM_PARTS]
        found = [reference.uri for reference in parts.references]
        if sorted(found) != sorted(expected):
            shown = ", ".join(repr(uri[:60]) for uri in found[:4])
            wanted = ", ".join(map(repr, expected))
            raise Fault("SIG-004.references", parts.signed_info, found=shown, wanted=wanted)
        for reference in parts.references:
            if reference.transforms != self.suite.transforms:
                none = text("word.none")
                found_ones = ", ".join(algorithm_name(uri) for uri in reference.transforms[:4]) or none
                expected_ones = ", ".join(map(algorithm_name, self.suite.transforms)) or none
                raise Fault("SIG-004.transforms", reference.element, found=found_ones, wanted=expected_ones)

    def _digest_method(self, parts: Parts) -> None:
        for reference in parts.references:
            if reference.digest_method != self.suite.digest_method:
                raise Fault(
                    "SIG-005.other",
                    reference.element,
                    found=algorithm_name(reference.digest_method),
                    wanted=algorithm_name(self.suite.digest_method),
                )

    def _issuers(self, parts: Parts) -> None:
        for entry in parts.entries:
            if not names_equal(entry.issuer, _issuer_of(entry)):
                raise Fault("SIG-006.issuer", _data(parts, entry))
            if entry.subject is not None and not names_equal(entry.subject, _subject_of(entry)):
                raise Fault("SIG-006.subject", _data(parts, entry))
        issuer, subject = _name(parts.signer.issuer, parts.signer), parts.signer.subject
        if not any(_issuer_of(entry) == issuer for entry in parts.entries):
            raise Fault("SIG-006.signer-issuer", parts.signer.element)
        if subject is not None and not any(
            names_equal(subject, _subject_of(entry)) for entry in _named(parts)
        ):
            raise Fault("SIG-006.signer-subject", parts.signer.element)

    def _serials(self, parts: Parts) -> None:
        for entry in parts.entries:
            if entry.serial != entry.certificate.fields.serial:
                raise Fault("SIG-007.serial", _data(parts, entry))
        named = _named(parts)
        if not named:
            raise Fault("SIG-007.signer-names-none", parts.signer.element)
        if any(entry.certificate != named[0].certificate for entry in named):
            raise Fault("SIG-007.signer-names-two", parts.signer.element)

    def _holds(self, parts: Parts, signer: list[Certificate]) -> None:
        certificate = _named(parts)[0].certificate
        try:
            key = certificate.rsa_public_key()
        except CertificateError as error:
            raise Fault(error.text, parts.signer.element) from None
        forms = None if self.enveloped else CanonicalParts(self.root)
        take = canonical_element if forms is None else forms.element
        form = take(parts.signed_info, with_comments=self.suite.with_comments)
        if not signature_fits(parts.signature_method, key, parts.value, form):
            raise Fault("SIG-001.value", parts.signature, certificate=certificate.called)
        for reference in parts.references:
            if forms is None:
                target = canonical_without(self.root, parts.signature)
            else:
                target = forms.element(_referenced(self.root, reference), with_comments=False)
            if self.suite.digest(target) != reference.digest:
                if reference.uri:
                    raise Fault("SIG-001.digest-of", reference.element, part=reference.uri[1:])
                raise Fault("SIG-001.digest", reference.element)
        signer.append(certificate)


def _referenced(root: etree._Element, reference: Reference) -> etree._Element:
    """The part of a KDM that a reference is to: by its place, which its Id was held against."""
    place = [id for _, id in KDM_PARTS].index(reference.uri[1:])
    return elements(root)[place]


def _name(words: str, signer: SignerName) -> Name:
    try:
        return parse_name(words)
    except CertificateError as error:
        raise Fault(error.text, signer.element) from None


def _step(id: str, result: Result, words: Text) -> Step:
    return Step(id, result, words, _CLAUSES.get(id))


@lru_cache(maxsize=len(STEPS))
def _passed(id: str) -> Step:
    return _step(id, "pass", holds(id))


def _data(parts: Parts, entry: KeyEntry) -> etree._Element:
    return elements(parts.key_info)[entry.place]


def _issuer_of(entry: KeyEntry) -> Name:
    return entry.certificate.fields.issuer or Name(())


def _subject_of(entry: KeyEntry) -> Name:
    return entry.certificate.fields.subject or Name(())


def _named(parts: Parts) -> list[KeyEntry]:
    """The entries whose certificate Signer names."""
    issuer, serial = _name(parts.signer.issuer, parts.signer), parts.signer.serial
    return [
        entry
        for entry in parts.entries
        if entry.certificate.fields.serial == serial and _issuer_of(entry) == issuer
    ]
