"""What ST 430-2 asks of a single certificate: one function a rule, which notes what is wrong.

`dcp.trust.judging` has the rules about whole chains, and the order of all of them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import Literal

from dcp.dataclass import dataclass
from dcp.errors import CertificateError
from dcp.suite import (
    INTEROP,
    SMPTE,
    Profile,
    algorithm_name,
)
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList
from dcp.trust.der import LOOSE_BOOLEAN
from dcp.trust.field_values import ENCODED_DEFAULT
from dcp.trust.fields import (
    AUTHORITY_KEY_IDENTIFIER,
    BASIC_CONSTRAINTS,
    KEY_USAGE,
    SUBJECT_KEY_IDENTIFIER,
)
from dcp.trust.names import COMMON_NAME, DN_QUALIFIER, ORGANIZATION, ORGANIZATIONAL_UNIT, TYPE_NAMES
from dcp.trust.order import CertificateChain
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


@dataclass(frozen=True)
class Case:
    chain: CertificateChain
    at: tuple[datetime, ...]
    now: datetime | None
    profile: Profile
    role: tuple[str, ...]
    role_strict: bool
    early: Literal["fail", "warn"]
    trust: tuple[Certificate, ...] | None
    revoked: DenyList | None
    content_authenticator: bool


@dataclass
class Notes:
    """What one rule found, about which certificate."""

    case: Case
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

    def step(self, id: str, clause: str | None, holds: str) -> Step:
        worst: Sequence[Result] = ("fail", "warn", "skipped")
        result = next((one for one in worst if one in self.found), None)
        if result is None:
            return Step(id, "pass", holds, clause)
        texts = [text for one in worst for text in self.found.get(one, ())]
        return Step(id, result, "; ".join(texts[:8]) + ("; ..." if len(texts) > 8 else ""), clause)


def each(judge: Callable[[Notes, Certificate, bool], None]) -> Callable[[Notes], None]:
    """A rule about every certificate by itself; the flag says whether it stands as the leaf."""

    def over_all(notes: Notes) -> None:
        for place, certificate in enumerate(notes.case.chain):
            try:
                judge(notes, certificate, place == 0)
            except CertificateError as error:
                notes.skip(certificate, f"{error.what} (CER-003)")

    return over_all


# --- form ---


def encoding(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    for defect in certificate.defects:
        (notes.warn if defect in _TOLERATED_DEFECTS else notes.fail)(certificate, defect)
    if not certificate.defects and certificate.refused_by_library:
        notes.warn(certificate, f"strict readers refuse it ({certificate.refused_by_library})")


def version(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    if certificate.fields.version != 3:
        notes.fail(certificate, f"the version is {certificate.fields.version or 'unreadable'}, not 3")


def extensions(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    fields = certificate.fields
    values = {
        BASIC_CONSTRAINTS: fields.basic_constraints,
        KEY_USAGE: fields.key_usage,
        SUBJECT_KEY_IDENTIFIER: fields.subject_key_identifier,
        AUTHORITY_KEY_IDENTIFIER: fields.authority_key_identifier,
    }
    present = [extension.oid for extension in certificate.extensions]
    for oid in dict.fromkeys((*_KNOWN_EXTENSIONS, *present)):
        name = _KNOWN_EXTENSIONS.get(oid, f"the extension {oid}")
        if present.count(oid) > 1:
            notes.fail(certificate, f"{name} stands twice")
        elif oid in present and oid in values and values[oid] is None:
            notes.fail(certificate, f"{name} is malformed")
    for oid in (BASIC_CONSTRAINTS, KEY_USAGE):
        if oid not in present:
            notes.fail(certificate, f"{_KNOWN_EXTENSIONS[oid]} is missing")
    if SUBJECT_KEY_IDENTIFIER not in present:
        notes.warn(certificate, "subjectKeyIdentifier is missing, as in some older certificates")
    for extension in certificate.extensions:
        if extension.critical and extension.oid not in _KNOWN_EXTENSIONS:
            notes.fail(certificate, f"an unknown extension ({extension.oid}) is critical")


def authority_key_identifier(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    judge = notes.warn if certificate.is_self_issued and not leaf else notes.fail
    if certificate.fields.extension(AUTHORITY_KEY_IDENTIFIER) is None:
        judge(certificate, "authorityKeyIdentifier is missing")
        return
    named = certificate.authority_key_identifier
    # RFC 5280, 4.2.1.1: the key's identifier, or issuer and serial number together.
    if named and named.key_id is None and (named.issuer is None or named.serial is None):
        judge(certificate, "authorityKeyIdentifier names no authority")


def fields(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    if certificate.missing:
        notes.fail(certificate, f"missing or malformed: {', '.join(certificate.missing)}")
    for what, name in (("subject", certificate.fields.subject), ("issuer", certificate.fields.issuer)):
        if name is None:
            continue
        common_names = name.values(COMMON_NAME)
        if len(common_names) != 1 or not common_names[0]:
            notes.fail(certificate, f"the {what} has {count(common_names)} common name (CN)")
        foreign = sorted({one.type_name for one in name if one.type not in _NAME_TYPES})
        if foreign:
            notes.warn(
                certificate, f"the {what} holds more than O, OU, CN and dnQualifier: {', '.join(foreign)}"
            )


_NAME_TYPES = (COMMON_NAME, ORGANIZATION, ORGANIZATIONAL_UNIT, DN_QUALIFIER)


def once(type: str) -> Callable[[Notes, Certificate, bool], None]:
    def judge(notes: Notes, certificate: Certificate, leaf: bool) -> None:
        for what, name in (("subject", certificate.subject_name), ("issuer", certificate.issuer_name)):
            values = name.values(type)
            if len(values) != 1 or not values[0].strip():
                notes.fail(certificate, f"the {what} has {count(values)} {TYPE_NAMES[type]}")

    return judge


def printable(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    others = sorted({one.type_name for one in certificate.subject_name if not one.is_printable})
    if others:
        notes.warn(certificate, f"not PrintableString: {', '.join(others)}")


# --- what it may do ---


def basic_constraints(notes: Notes, certificate: Certificate, leaf: bool) -> None:
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


def key_usage(notes: Notes, certificate: Certificate, leaf: bool) -> None:
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


def organization(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    once(ORGANIZATION)(notes, certificate, leaf)
    if certificate.organization != certificate.issuer_name.first(ORGANIZATION):
        notes.fail(certificate, "the organization (O) of the subject is not the issuer's")


def roles(notes: Notes, certificate: Certificate, leaf: bool) -> None:
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
        judge(certificate, f"the role {' '.join(absent)} is demanded, the certificate has {or_none(roles)}")


# --- when ---


def utc(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    for name, time in (
        ("notBefore", certificate.fields.not_before),
        ("notAfter", certificate.fields.not_after),
    ):
        if time is not None and not time.is_utc:
            notes.fail(certificate, f"{name} is not written in UTC to the second")


def valid_at_each(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    start, end = certificate.not_before, certificate.not_after
    if end < start:
        notes.fail(certificate, "its validity ends before it begins")
    for instant in notes.case.at:
        if instant < start:
            judge = notes.fail if notes.case.early == "fail" else notes.warn
            judge(certificate, f"valid from {when(start)}, which is after {when(instant)}")
        elif instant > end:
            notes.fail(certificate, f"valid until {when(end)}, which is before {when(instant)}")


def date_overflow(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    end, now = certificate.not_after, notes.case.now
    if end > LAST_SECOND_2038:
        notes.warn(certificate, f"valid until {when(end)}, beyond the 2038 of some equipment")
    elif now is not None and end - now > TEN_YEARS:
        notes.warn(certificate, f"valid until {when(end)}, more than ten years ahead")


# --- algorithms, key, numbers ---


def signature_algorithm(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    inner, outer = certificate.fields.inner_algorithm, certificate.fields.outer_algorithm
    allowed = (INTEROP if notes.case.profile == "interop" else SMPTE).certificate_signatures
    if inner != outer:
        notes.fail(
            certificate,
            f"signed as {algorithm_name(outer)} but says {algorithm_name(inner)} inside",
        )
    elif outer not in allowed:
        notes.fail(certificate, f"signed with {algorithm_name(outer)}, not {algorithm_name(allowed[0])}")


def key(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    fields = certificate.fields
    if fields.public_key is None:
        notes.skip(certificate, "there is no key to judge (CER-003)")
    elif certificate.key_bits is None:
        notes.fail(certificate, f"the key is {algorithm_name(fields.public_key_algorithm)}, not RSA")
    else:
        if certificate.key_bits != 2048:
            notes.fail(certificate, f"the key has {certificate.key_bits} bits, not 2048")
        if fields.exponent is not None and fields.exponent.bit_length() > 64:  # figures without end
            notes.fail(certificate, "the key's exponent has more than 64 bits and is not 65537")
        elif fields.exponent != 65537:
            notes.fail(certificate, f"the key's exponent is {fields.exponent}, not 65537")


def key_digest(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    digest = certificate.public_key_thumbprint()
    if certificate.dn_qualifier != base64.b64encode(digest).decode("ascii"):
        notes.fail(certificate, "dnQualifier is not the digest of the public key")
    identifier = certificate.subject_key_identifier
    if identifier is not None and identifier != digest:
        notes.fail(certificate, "subjectKeyIdentifier is not the digest of the public key")


def serial(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    bits = SERIAL_BITS[notes.case.profile]
    if certificate.serial < 0:
        notes.fail(certificate, "the serial number is negative")
    elif certificate.serial.bit_length() > bits:
        notes.fail(certificate, f"the serial number has more than {bits} bits")


def serial_hint(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    if certificate.serial.bit_length() > 32:
        notes.warn(certificate, "the serial number has more than 32 bits, which some servers refuse")


def count(values: Sequence[str]) -> str:
    return f"{len(values)} times a" if len(values) > 1 else ("an empty" if values else "no")


def or_none(roles: Sequence[str]) -> str:
    return " ".join(roles) or "none"


def when(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")
