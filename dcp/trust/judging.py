"""The ordered checklist for a certificate chain (ST 430-2, DCSS 9.4.3.5 and 9.5.1), as named steps.

Every rule is a function that notes what is wrong; `RULES` gives the order, the ids of the project's table of
checks, and the clauses. No certificate, however malformed, makes a rule raise.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dcp.errors import CertificateError
from dcp.suite import (
    INTEROP,
    SMPTE,
    Profile,
    algorithm_name,
)
from dcp.trust.certificate import Certificate
from dcp.trust.der import LOOSE_BOOLEAN
from dcp.trust.fields import (
    AUTHORITY_KEY_IDENTIFIER,
    BASIC_CONSTRAINTS,
    ENCODED_DEFAULT,
    KEY_USAGE,
    SUBJECT_KEY_IDENTIFIER,
)
from dcp.trust.names import COMMON_NAME, DN_QUALIFIER, ORGANIZATION, ORGANIZATIONAL_UNIT, TYPE_NAMES, Name
from dcp.trust.order import CertificateChain, order_chain
from dcp.trust.roles import ROLES
from dcp.trust.step import Result, Step

LAST_SECOND_2038 = datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)
TEN_YEARS = timedelta(days=3653)
SERIAL_BITS = {"smpte": 64, "interop": 160}

_KNOWN_EXTENSIONS = {
    BASIC_CONSTRAINTS: "basicConstraints",
    KEY_USAGE: "keyUsage",
    SUBJECT_KEY_IDENTIFIER: "subjectKeyIdentifier",
    AUTHORITY_KEY_IDENTIFIER: "authorityKeyIdentifier",
}
_TOLERATED_DEFECTS = (ENCODED_DEFAULT, LOOSE_BOOLEAN)
_ROLE_TOKEN = re.compile(r"[A-Z]{2,5}\d{0,2}")


def judge_chain(
    certificates: Sequence[Certificate] | CertificateChain,
    *,
    at: Sequence[datetime],
    now: datetime | None = None,
    profile: Profile = "smpte",
    role: str | None = None,
    role_strict: bool = True,
    trust: Sequence[Certificate] | None = None,
    revoked: Sequence[Certificate] | None = None,
    content_authenticator: bool = False,
) -> list[Step]:
    """Every rule as a step, in order.

    at: the instants at which every certificate has to be valid: the IssueDate of a playlist, the ends of a
    KDM's window. now: to report what has expired since. role: tokens that the leaf has to have (`CS` alone
    where CS is asked). role_strict: False makes faults of the role warnings, as for the signer of a KDM; in the
    Interop profile they always are. trust: anchors, of which one has to be in the chain; None when there is no
    list. revoked: certificates that must not be in it. content_authenticator: the chain signed an encrypted
    playlist, and must hold a certificate that a KDM can name as ContentAuthenticator.
    """
    chain = certificates if isinstance(certificates, CertificateChain) else order_chain(certificates)
    case = _Case(
        chain=chain,
        at=tuple(at),
        now=now,
        profile=profile,
        role=tuple(role.split()) if role else (),
        role_strict=role_strict and profile == "smpte",
        trust=trust,
        revoked=revoked,
        content_authenticator=content_authenticator,
    )
    steps = []
    for rule in RULES:
        notes = _Notes(case)
        try:
            rule.judge(notes)
        except CertificateError as error:  # of a rule that looks at the chain as a whole
            notes.skip(None, f"{error.what} (CER-003)")
        steps.append(notes.step(rule))
    return steps


def failures(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if step.result == "fail"]


@dataclass(frozen=True)
class _Case:
    chain: CertificateChain
    at: tuple[datetime, ...]
    now: datetime | None
    profile: Profile
    role: tuple[str, ...]
    role_strict: bool
    trust: Sequence[Certificate] | None
    revoked: Sequence[Certificate] | None
    content_authenticator: bool


@dataclass(frozen=True)
class _Rule:
    id: str
    clause: str | None
    holds: str
    judge: Callable[[_Notes], None]


@dataclass
class _Notes:
    """What one rule found, about which certificate."""

    case: _Case
    found: dict[Result, list[str]] = field(default_factory=dict)

    def fail(self, certificate: Certificate | None, text: str) -> None:
        self._note("fail", certificate, text)

    def warn(self, certificate: Certificate | None, text: str) -> None:
        self._note("warn", certificate, text)

    def skip(self, certificate: Certificate | None, text: str) -> None:
        self._note("skipped", certificate, text)

    def _note(self, result: Result, certificate: Certificate | None, text: str) -> None:
        label = f"{certificate.label}: " if certificate is not None else ""
        self.found.setdefault(result, []).append(f"{label}{text}")

    def step(self, rule: _Rule) -> Step:
        worst: Sequence[Result] = ("fail", "warn", "skipped")
        result = next((one for one in worst if one in self.found), None)
        if result is None:
            return Step(rule.id, "pass", rule.holds, rule.clause)
        texts = [text for one in worst for text in self.found.get(one, ())]
        return Step(rule.id, result, "; ".join(texts[:8]) + ("; ..." if len(texts) > 8 else ""), rule.clause)


def _each(judge: Callable[[_Notes, Certificate, bool], None]) -> Callable[[_Notes], None]:
    """A rule about every certificate by itself; the flag says whether it stands as the leaf."""

    def over_all(notes: _Notes) -> None:
        for place, certificate in enumerate(notes.case.chain):
            try:
                judge(notes, certificate, place == 0)
            except CertificateError as error:
                notes.skip(certificate, f"{error.what} (CER-003)")

    return over_all


# --- form ---


def _encoding(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
    for defect in certificate.defects:
        (notes.warn if defect in _TOLERATED_DEFECTS else notes.fail)(certificate, defect)
    if not certificate.defects and certificate.refused_by_library:
        notes.warn(certificate, f"strict readers refuse it ({certificate.refused_by_library})")


def _version(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
    if certificate.fields.version != 3:
        notes.fail(certificate, f"the version is {certificate.fields.version or 'unreadable'}, not 3")


def _extensions(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
    fields = certificate.fields
    values = {
        BASIC_CONSTRAINTS: fields.basic_constraints,
        KEY_USAGE: fields.key_usage,
        SUBJECT_KEY_IDENTIFIER: fields.subject_key_identifier,
        AUTHORITY_KEY_IDENTIFIER: fields.authority_key_identifier,
    }
    present = [extension.oid for extension in certificate.extensions]
    for oid, name in _KNOWN_EXTENSIONS.items():
        if present.count(oid) > 1:
            notes.fail(certificate, f"{name} stands twice")
        elif oid in present and values[oid] is None:
            notes.fail(certificate, f"{name} is malformed")
    for oid in (BASIC_CONSTRAINTS, KEY_USAGE):
        if oid not in present:
            notes.fail(certificate, f"{_KNOWN_EXTENSIONS[oid]} is missing")
    if SUBJECT_KEY_IDENTIFIER not in present:
        notes.warn(certificate, "subjectKeyIdentifier is missing, as in some older certificates")
    for extension in certificate.extensions:
        if extension.critical and extension.oid not in _KNOWN_EXTENSIONS:
            notes.fail(certificate, f"an unknown extension ({extension.oid}) is critical")


def _authority_key_identifier(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
    if certificate.fields.extension(AUTHORITY_KEY_IDENTIFIER) is None:
        judge = notes.warn if certificate.is_self_issued and not leaf else notes.fail
        judge(certificate, "authorityKeyIdentifier is missing")


def _fields(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
    if certificate.missing:
        notes.fail(certificate, f"missing or malformed: {', '.join(certificate.missing)}")
    for what, name in (("subject", certificate.fields.subject), ("issuer", certificate.fields.issuer)):
        if name is None:
            continue
        common_names = name.values(COMMON_NAME)
        if len(common_names) != 1 or not common_names[0]:
            notes.fail(certificate, f"the {what} has {_count(common_names)} common name (CN)")
        foreign = sorted({one.type_name for one in name if one.type not in _NAME_TYPES})
        if foreign:
            notes.warn(
                certificate, f"the {what} holds more than O, OU, CN and dnQualifier: {', '.join(foreign)}"
            )


_NAME_TYPES = (COMMON_NAME, ORGANIZATION, ORGANIZATIONAL_UNIT, DN_QUALIFIER)


def _once(type: str) -> Callable[[_Notes, Certificate, bool], None]:
    def judge(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
        for what, name in (("subject", certificate.subject_name), ("issuer", certificate.issuer_name)):
            values = name.values(type)
            if len(values) != 1 or not values[0].strip():
                notes.fail(certificate, f"the {what} has {_count(values)} {TYPE_NAMES[type]}")

    return judge


def _printable(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
    others = sorted({one.type_name for one in certificate.subject_name if not one.is_printable})
    if others:
        notes.warn(certificate, f"not PrintableString: {', '.join(others)}")


# --- what it may do ---


def _basic_constraints(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
    extension = certificate.fields.extension(BASIC_CONSTRAINTS)
    if extension is None or certificate.fields.basic_constraints is None:
        notes.skip(certificate, "there are none to judge (CER-002)")
        return
    path_len = certificate.path_len
    if not extension.critical:
        notes.warn(certificate, "basicConstraints is not critical")
    if leaf:
        if certificate.is_ca:
            notes.fail(certificate, "an authority's certificate stands as the leaf")
        elif path_len == 0:
            notes.warn(certificate, "a leaf has a path length (0)")
        elif path_len is not None:
            notes.fail(certificate, f"a leaf has a path length ({path_len})")
    elif not certificate.is_ca:
        notes.fail(certificate, "it issued a certificate and is no authority")
    elif path_len is None or path_len < 0:
        notes.fail(certificate, "an authority has no path length of 0 or more")


def _key_usage(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
    usage = certificate.fields.key_usage
    if usage is None:
        notes.skip(certificate, "there is none to judge (CER-002)")
        return
    if not leaf:
        if "keyCertSign" not in usage:
            notes.fail(certificate, "an authority lacks keyCertSign")
        extra = usage - {"keyCertSign", "cRLSign"}
        if extra:
            notes.warn(certificate, f"an authority also has {', '.join(sorted(extra))}")
        return
    signs = usage & {"keyCertSign", "cRLSign"}
    if signs:
        notes.fail(certificate, f"a leaf has {', '.join(sorted(signs))}")
    # Media blocks with two certificates: one receives keys (SM), the other signs logs (LS); DCSS 9.5.1.2.
    roles = certificate.roles
    if "digitalSignature" not in usage and not ("SM" in roles and "keyEncipherment" in usage):
        notes.fail(certificate, "a leaf lacks digitalSignature")
    if "keyEncipherment" not in usage and not ("LS" in roles and "digitalSignature" in usage):
        notes.fail(certificate, "a leaf lacks keyEncipherment")


def _organization(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
    _once(ORGANIZATION)(notes, certificate, leaf)
    if certificate.organization != certificate.issuer_name.first(ORGANIZATION):
        notes.fail(certificate, "the organization (O) of the subject is not the issuer's")


def _roles(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
    roles = certificate.roles
    if not leaf:
        if not certificate.common_name.startswith("."):
            notes.fail(certificate, "an authority's common name does not begin with a dot")
        return
    judge = notes.fail if notes.case.role_strict else notes.warn
    if not roles:
        judge(certificate, "the leaf's common name carries no role")
    illegal = [token for token in roles if not _ROLE_TOKEN.fullmatch(token)]
    if illegal:
        judge(certificate, f"{illegal[0][:40]!r} is no role")
    unknown = [token for token in roles if token not in ROLES and token not in illegal]
    if unknown:
        notes.warn(certificate, f"unknown role: {', '.join(unknown)}")
    absent = [token for token in notes.case.role if token not in roles]
    if absent:
        judge(certificate, f"the role {' '.join(absent)} is demanded, the certificate has {_or_none(roles)}")


def _only_content_signer(notes: _Notes) -> None:
    leaf = notes.case.chain.leaf
    others = [token for token in leaf.roles if token != "CS"]
    if "CS" in leaf.roles and others:
        demanded = "CS" in notes.case.role and notes.case.role_strict
        (notes.fail if demanded else notes.warn)(leaf, f"a content signer also has {' '.join(others)}")


# --- when ---


def _utc(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
    for name, time in (
        ("notBefore", certificate.fields.not_before),
        ("notAfter", certificate.fields.not_after),
    ):
        if time is not None and not time.is_utc:
            notes.fail(certificate, f"{name} is not written in UTC to the second")


def _valid_at(notes: _Notes) -> None:
    if not notes.case.at:
        notes.skip(None, "no instant was given to judge the validity at")
    _each(_valid_at_each)(notes)


def _valid_at_each(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
    start, end = certificate.not_before, certificate.not_after
    if end < start:
        notes.fail(certificate, "its validity ends before it begins")
    for instant in notes.case.at:
        if instant < start:
            notes.fail(certificate, f"valid from {_when(start)}, which is after {_when(instant)}")
        elif instant > end:
            notes.fail(certificate, f"valid until {_when(end)}, which is before {_when(instant)}")


def _expired_now(notes: _Notes) -> None:
    now = notes.case.now
    if now is None:
        notes.skip(None, "the present time was not given")
        return
    for certificate in notes.case.chain:
        end = certificate.fields.not_after
        if end is not None and end.instant < now:
            notes.warn(certificate, f"it has expired by now, on {_when(end.instant)}")


def _date_overflow(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
    end, now = certificate.not_after, notes.case.now
    if end > LAST_SECOND_2038:
        notes.warn(certificate, f"valid until {_when(end)}, beyond the 2038 of some equipment")
    elif now is not None and end - now > TEN_YEARS:
        notes.warn(certificate, f"valid until {_when(end)}, more than ten years ahead")


# --- algorithms, key, numbers ---


def _signature_algorithm(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
    inner, outer = certificate.fields.inner_algorithm, certificate.fields.outer_algorithm
    allowed = (INTEROP if notes.case.profile == "interop" else SMPTE).certificate_signatures
    if inner != outer:
        notes.fail(
            certificate,
            f"signed as {algorithm_name(outer)} but says {algorithm_name(inner)} inside",
        )
    elif outer not in allowed:
        notes.fail(certificate, f"signed with {algorithm_name(outer)}, not {algorithm_name(allowed[0])}")


def _one_algorithm(notes: _Notes) -> None:
    used = {certificate.fields.outer_algorithm for certificate in notes.case.chain}
    if len(used) > 1:
        names = sorted(algorithm_name(one) for one in used)
        notes.fail(None, f"the chain mixes signature algorithms: {', '.join(names)}")


def _key(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
    fields = certificate.fields
    if fields.public_key is None:
        notes.skip(certificate, "there is no key to judge (CER-003)")
    elif certificate.key_bits is None:
        notes.fail(certificate, f"the key is {algorithm_name(fields.public_key_algorithm)}, not RSA")
    else:
        if certificate.key_bits != 2048:
            notes.fail(certificate, f"the key has {certificate.key_bits} bits, not 2048")
        if fields.exponent != 65537:
            notes.fail(certificate, f"the key's exponent is {str(fields.exponent)[:20]}, not 65537")


def _not_revoked(notes: _Notes) -> None:
    revoked = notes.case.revoked
    if revoked is None:
        notes.skip(None, "no list of revoked certificates was given")
        return
    keys = {one.fields.spki for one in revoked if one.fields.spki}
    names = {(one.fields.issuer, one.fields.serial) for one in revoked}
    for certificate in notes.case.chain:
        fields = certificate.fields
        if fields.spki in keys or (fields.issuer, fields.serial) in names:
            notes.fail(certificate, "it is on the list of revoked certificates")


def _key_digest(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
    digest = certificate.public_key_thumbprint()
    if certificate.dn_qualifier != base64.b64encode(digest).decode("ascii"):
        notes.fail(certificate, "dnQualifier is not the digest of the public key")
    identifier = certificate.subject_key_identifier
    if identifier is not None and identifier != digest:
        notes.fail(certificate, "subjectKeyIdentifier is not the digest of the public key")


def _serial(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
    bits = SERIAL_BITS[notes.case.profile]
    if certificate.serial < 0:
        notes.fail(certificate, "the serial number is negative")
    elif certificate.serial.bit_length() > bits:
        notes.fail(certificate, f"the serial number has more than {bits} bits")


def _serial_hint(notes: _Notes, certificate: Certificate, leaf: bool) -> None:
    if certificate.serial.bit_length() > 32:
        notes.warn(certificate, "the serial number has more than 32 bits, which some servers refuse")


# --- the chain ---


def _membership(notes: _Notes) -> None:
    for certificate in notes.case.chain.strangers:
        notes.fail(certificate, "it belongs to no place in the chain")
    for certificate in notes.case.chain.duplicates:
        notes.warn(certificate, "it stands there more than once")


def _length(notes: _Notes) -> None:
    length = len(notes.case.chain)
    if length == 1:
        notes.fail(None, "there is only one certificate")
    elif length == 2:
        notes.warn(None, "there are two certificates, with no intermediate authority")


def _one_root(notes: _Notes) -> None:
    root = notes.case.chain.root
    if root is None:
        last = notes.case.chain[-1]
        notes.fail(last, f"its issuer is not there: {_text(last.fields.issuer)}")
    elif not root.is_signed_by(root):
        notes.fail(root, "the root's own signature does not hold")


def _links(notes: _Notes) -> None:
    chain = notes.case.chain
    for place, (child, parent) in enumerate(zip(chain, chain[1:], strict=False)):
        if not child.is_signed_by(parent):
            notes.fail(child, f"its signature does not hold under the key of {parent.label}")
        authority = child.authority_key_identifier
        if authority is not None:
            own = parent.subject_key_identifier
            if own is None and parent.fields.public_key is not None:
                own = parent.public_key_thumbprint()
            if authority.key_id is not None and authority.key_id != own:
                notes.fail(child, "authorityKeyIdentifier names another key than its issuer's")
            if authority.serial is not None and authority.serial != parent.fields.serial:
                notes.fail(child, "authorityKeyIdentifier names another serial number than its issuer's")
            if authority.issuer is not None and authority.issuer != parent.fields.issuer:
                notes.fail(child, "authorityKeyIdentifier names another authority above its issuer")
        if parent.path_len is not None and parent.path_len < place:
            notes.fail(
                parent,
                f"its path length {parent.path_len} does not allow the {place} authorities below it",
            )
        if place + 1 < len(chain) and (
            child.not_before < parent.not_before or child.not_after > parent.not_after
        ):
            notes.warn(child, f"its validity is not inside that of {parent.label}")
    if chain.root is None:
        notes.skip(None, "the chain does not reach a root (SIG-011)")


def _trusted(notes: _Notes) -> None:
    trust = notes.case.trust
    if trust is None:
        notes.skip(None, "the root was not checked against a list")
        return
    anchors = {(anchor.fields.subject, anchor.fields.spki) for anchor in trust if anchor.fields.spki}
    if not any((one.fields.subject, one.fields.spki) in anchors for one in notes.case.chain):
        notes.fail(notes.case.chain[-1], "the chain leads to none of the trusted certificates")


def _authenticator(notes: _Notes) -> None:
    if not notes.case.content_authenticator:
        notes.skip(None, "the chain did not sign an encrypted playlist")
    elif not any(certificate.roles == ("CS",) for certificate in notes.case.chain):
        notes.fail(None, "no certificate has the role CS alone, so a KDM can name no ContentAuthenticator")


def _count(values: Sequence[str]) -> str:
    return f"{len(values)} times a" if len(values) > 1 else ("an empty" if values else "no")


def _or_none(roles: Sequence[str]) -> str:
    return " ".join(roles) or "none"


def _text(name: Name | None) -> str:
    return str(name)[:200] if name is not None else "unreadable"


def _when(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")


RULES: tuple[_Rule, ...] = (
    _Rule("CER-023", "ST 430-2; CTP A.5.3.9", "all certificates are DER", _each(_encoding)),
    _Rule("CER-001", "ST 430-2 6.2", "all are X.509 version 3", _each(_version)),
    _Rule(
        "CER-002",
        "ST 430-2 6.2",
        "required extensions are there, no unknown one is critical",
        _each(_extensions),
    ),
    _Rule("CER-022", "CTP A.5.3.19", "authorityKeyIdentifier is there", _each(_authority_key_identifier)),
    _Rule("CER-003", "ST 430-2 6.2", "all required fields are there", _each(_fields)),
    _Rule("CER-008", "ST 430-2 5.3", "one organizational unit each", _each(_once(ORGANIZATIONAL_UNIT))),
    _Rule("CER-019", "ST 430-2 5.3", "one dnQualifier each", _each(_once(DN_QUALIFIER))),
    _Rule("CER-004", "ST 430-2 5.3", "names are PrintableStrings", _each(_printable)),
    _Rule("CER-005", "ST 430-2 6.2", "basic constraints fit leaf and authorities", _each(_basic_constraints)),
    _Rule("CER-006", "ST 430-2 6.2", "key usage fits leaf and authorities", _each(_key_usage)),
    _Rule("CER-007", "ST 430-2 6.2", "one organization, the same along the chain", _each(_organization)),
    _Rule("CER-009", "ST 430-2 5.3; DCSS 9.5.1", "roles are on the leaf and on no authority", _each(_roles)),
    _Rule("CER-010", "DCSS 9.4.3.5", "a content signer has no other role", _only_content_signer),
    _Rule("CER-014", "ST 430-2 5.2", "validity is written in UTC", _each(_utc)),
    _Rule("CER-011", "ST 430-2 6.2; DCSS 9.4.3.5", "all were valid at the instants in question", _valid_at),
    _Rule("CER-012", "DCSS 9.4.3.5", "none has expired by now", _expired_now),
    _Rule("CER-013", None, "dates suit older equipment", _each(_date_overflow)),
    _Rule("CER-015", "ST 430-2 5.2", "signature algorithms are allowed ones", _each(_signature_algorithm)),
    _Rule("SIG-010", "ST 430-2 6.2", "one signature algorithm throughout", _one_algorithm),
    _Rule("CER-016", "ST 430-2 5.2", "keys are RSA 2048 with exponent 65537", _each(_key)),
    _Rule("CER-017", "ST 430-2 6.2", "none is on the list of revoked certificates", _not_revoked),
    _Rule("CER-018", "ST 430-2 5.4", "dnQualifier is the digest of the public key", _each(_key_digest)),
    _Rule("CER-020", "ST 430-2 5.2", "serial numbers are in range", _each(_serial)),
    _Rule("CER-021", None, "serial numbers fit 32 bits", _each(_serial_hint)),
    _Rule("SIG-013", "ST 430-2 6.2", "all certificates belong to the chain, once", _membership),
    _Rule("SIG-008", "ST 430-2 6.2", "the chain has at least three certificates", _length),
    _Rule("SIG-011", "ST 430-2 6.2", "the chain ends in one self-signed root", _one_root),
    _Rule("SIG-009", "ST 430-2 6.2", "names, signatures, path lengths and windows link up", _links),
    _Rule("SIG-014", "ST 430-2 6.2", "the chain leads to a trusted certificate", _trusted),
    _Rule("SIG-012", "DCSS 9.4.3.5", "a certificate can be named as ContentAuthenticator", _authenticator),
)
"""In the order of the steps."""
