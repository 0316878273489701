"""What ST 430-2 asks of a single certificate: one function a rule, which notes what is wrong.

`dcp.trust.judging` has the rules about whole chains, and the order of all of them.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from dcp.dataclass import dataclass
from dcp.errors import CertificateError
from dcp.patterns import pattern
from dcp.suite import (
    INTEROP,
    SMPTE,
    Profile,
    algorithm_name,
)
from dcp.texts.catalogue import Text, text
from dcp.trust.certificate import Certificate
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
from dcp.trust.step import Result, Step, holds

if TYPE_CHECKING:
    from dcp.trust.deny import DenyList

LAST_SECOND_2038 = datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)
TEN_YEARS = timedelta(days=3653)
MOST_TOLD = 8  # faults of one rule
SERIAL_BITS = {"smpte": 64, "interop": 160}

_KNOWN_EXTENSIONS = {
    BASIC_CONSTRAINTS: "basicConstraints",
    KEY_USAGE: "keyUsage",
    SUBJECT_KEY_IDENTIFIER: "subjectKeyIdentifier",
    AUTHORITY_KEY_IDENTIFIER: "authorityKeyIdentifier",
}
_TOLERATED_DEFECTS = (ENCODED_DEFAULT, LOOSE_BOOLEAN)
_ROLE_TOKEN = pattern(r"[A-Z]{2,5}\d{0,2}")


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
    found: dict[Result, list[Text]] = field(default_factory=dict)

    def fail(self, id: str, certificate: Certificate | None = None, /, **places: object) -> None:
        """A fault, of a certificate or of the chain."""
        self.note("fail", certificate, Text(id, places))

    def warn(self, id: str, certificate: Certificate | None = None, /, **places: object) -> None:
        """A doubt."""
        self.note("warn", certificate, Text(id, places))

    def skip(self, id: str, certificate: Certificate | None = None, /, **places: object) -> None:
        """What could not be judged."""
        self.note("skipped", certificate, Text(id, places))

    def note(self, result: Result, certificate: Certificate | None, words: Text) -> None:
        if certificate is not None:
            words = text("step.about", certificate=certificate.called, what=words)
        self.found.setdefault(result, []).append(words)

    def step(self, id: str, clause: str | None) -> Step:
        """How the rule of that id came out."""
        worst: Sequence[Result] = ("fail", "warn", "skipped")
        result = next((one for one in worst if one in self.found), None)
        if result is None:
            return Step(id, "pass", holds(id), clause)
        texts = [words for one in worst for words in self.found.get(one, ())]
        if len(texts) == 1:
            return Step(id, result, texts[0], clause)
        told, more = tuple(texts[:MOST_TOLD]), len(texts) - MOST_TOLD
        words = text("step.many", all=told, more=more) if more > 0 else text("step.several", all=told)
        return Step(id, result, words, clause)


def each(judge: Callable[[Notes, Certificate, bool], None]) -> Callable[[Notes], None]:
    """A rule about every certificate by itself; the flag says whether it stands as the leaf."""

    def over_all(notes: Notes) -> None:
        for place, certificate in enumerate(notes.case.chain):
            try:
                judge(notes, certificate, place == 0)
            except CertificateError as error:
                notes.skip("step.see", certificate, why=error.text, rule="CER-003")

    return over_all


# --- form ---


def encoding(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    for defect in certificate.defects:
        notes.note("warn" if defect in _TOLERATED_DEFECTS else "fail", certificate, defect)
    if not certificate.defects and certificate.refused_by_library:
        notes.warn("CER-023.strict-readers", certificate, detail=certificate.refused_by_library)


def version(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    if certificate.fields.version != 3:
        found = certificate.fields.version
        notes.fail("CER-001.version", certificate, found=found if found else text("word.unreadable"))


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
        name = _KNOWN_EXTENSIONS.get(oid) or text("cert.extension", oid=oid)
        if present.count(oid) > 1:
            notes.fail("CER-002.twice", certificate, name=name)
        elif oid in present and oid in values and values[oid] is None:
            notes.fail("CER-002.malformed", certificate, name=name)
    for oid in (BASIC_CONSTRAINTS, KEY_USAGE):
        if oid not in present:
            notes.fail("CER-002.missing", certificate, name=_KNOWN_EXTENSIONS[oid])
    if SUBJECT_KEY_IDENTIFIER not in present:
        notes.warn("CER-002.no-subject-key-id", certificate)
    for extension in certificate.extensions:
        if extension.critical and extension.oid not in _KNOWN_EXTENSIONS:
            notes.fail("CER-002.unknown-critical", certificate, oid=extension.oid)


def authority_key_identifier(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    judge = notes.warn if certificate.is_self_issued and not leaf else notes.fail
    if certificate.fields.extension(AUTHORITY_KEY_IDENTIFIER) is None:
        judge("CER-022.missing", certificate)
        return
    named = certificate.authority_key_identifier
    # RFC 5280, 4.2.1.1: the key's identifier, or issuer and serial number together.
    if named and named.key_id is None and (named.issuer is None or named.serial is None):
        judge("CER-022.names-nobody", certificate)


def fields(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    if certificate.missing:
        notes.fail("CER-003.missing", certificate, fields=", ".join(certificate.missing))
    for what, name in (("subject", certificate.fields.subject), ("issuer", certificate.fields.issuer)):
        if name is None:
            continue
        common_names = name.values(COMMON_NAME)
        if len(common_names) != 1 or not common_names[0]:
            notes.note("fail", certificate, miscounted(what, common_names, text("name.common-name")))
        foreign = sorted({one.type_name for one in name if one.type not in _NAME_TYPES})
        if foreign:
            notes.warn("CER-003.foreign", certificate, what=what, types=", ".join(foreign))


_NAME_TYPES = (COMMON_NAME, ORGANIZATION, ORGANIZATIONAL_UNIT, DN_QUALIFIER)


def once(type: str) -> Callable[[Notes, Certificate, bool], None]:
    def judge(notes: Notes, certificate: Certificate, leaf: bool) -> None:
        for what, name in (("subject", certificate.subject_name), ("issuer", certificate.issuer_name)):
            values = name.values(type)
            if len(values) != 1 or not values[0].strip():
                notes.note("fail", certificate, miscounted(what, values, TYPE_NAMES[type]))

    return judge


def printable(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    others = sorted({one.type_name for one in certificate.subject_name if not one.is_printable})
    if others:
        notes.warn("CER-004.others", certificate, types=", ".join(others))


# --- what it may do ---


def basic_constraints(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    extension = certificate.fields.extension(BASIC_CONSTRAINTS)
    if extension is None or certificate.fields.basic_constraints is None:
        notes.skip("CER-005.none", certificate)
        return
    path_len = certificate.path_len
    if not extension.critical:
        notes.warn("CER-005.not-critical", certificate)
    if leaf:
        if certificate.is_ca:
            notes.fail("CER-005.authority-as-leaf", certificate)
        elif path_len == 0:
            notes.warn("CER-005.leaf-path-length", certificate, length=path_len)
        elif path_len is not None:
            notes.fail("CER-005.leaf-path-length", certificate, length=path_len)
    elif not certificate.is_ca:
        notes.fail("CER-005.no-authority", certificate)
    elif path_len is None or path_len < 0:
        notes.fail("CER-005.no-path-length", certificate)


def key_usage(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    usage = certificate.fields.key_usage
    if usage is None:
        notes.skip("CER-006.none", certificate)
        return
    if not leaf:
        if "keyCertSign" not in usage:
            notes.fail("CER-006.authority-lacks", certificate, use="keyCertSign")
        extra = usage - {"keyCertSign", "cRLSign"}
        if extra:
            notes.warn("CER-006.authority-has", certificate, uses=sorted(extra))
        return
    signs = usage & {"keyCertSign", "cRLSign"}
    if signs:
        notes.fail("CER-006.leaf-has", certificate, uses=sorted(signs))
    # Media blocks with two certificates: one receives keys (SM), the other signs logs (LS); DCSS 9.5.1.2.
    roles = certificate.roles
    if "digitalSignature" not in usage and not ("SM" in roles and "keyEncipherment" in usage):
        notes.fail("CER-006.leaf-lacks", certificate, use="digitalSignature")
    if "keyEncipherment" not in usage and not ("LS" in roles and "digitalSignature" in usage):
        notes.fail("CER-006.leaf-lacks", certificate, use="keyEncipherment")


def organization(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    once(ORGANIZATION)(notes, certificate, leaf)
    if certificate.organization != certificate.issuer_name.first(ORGANIZATION):
        notes.fail("CER-007.differs", certificate)


def roles(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    roles = certificate.roles
    if not leaf:
        if not certificate.common_name.startswith("."):
            notes.fail("CER-009.authority-without-dot", certificate)
        return
    judge = notes.fail if notes.case.role_strict else notes.warn
    if not roles:
        judge("CER-009.no-role", certificate)
    illegal = [token for token in roles if not _ROLE_TOKEN.fullmatch(token)]
    if illegal:
        judge("CER-009.illegal", certificate, role=illegal[0][:40])
    unknown = [token for token in roles if token not in ROLES and token not in illegal]
    if unknown:
        notes.warn("CER-009.unknown", certificate, roles=", ".join(unknown))
    absent = [token for token in notes.case.role if token not in roles]
    if absent:
        has = " ".join(roles) or text("word.none")
        judge("CER-009.absent", certificate, wanted=" ".join(absent), has=has)


# --- when ---


def utc(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    for name, time in (
        ("notBefore", certificate.fields.not_before),
        ("notAfter", certificate.fields.not_after),
    ):
        if time is not None and not time.is_utc:
            notes.fail("CER-014.not-utc", certificate, name=name)


def valid_at_each(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    start, end = certificate.not_before, certificate.not_after
    if end < start:
        notes.fail("CER-011.reversed", certificate)
    for instant in notes.case.at:
        if instant < start:
            judge = notes.fail if notes.case.early == "fail" else notes.warn
            judge("CER-011.too-early", certificate, start=when(start), instant=when(instant))
        elif instant > end:
            notes.fail("CER-011.too-late", certificate, end=when(end), instant=when(instant))


def date_overflow(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    end, now = certificate.not_after, notes.case.now
    if end > LAST_SECOND_2038:
        notes.warn("CER-013.beyond-2038", certificate, end=when(end))
    elif now is not None and end - now > TEN_YEARS:
        notes.warn("CER-013.ten-years", certificate, end=when(end))


# --- algorithms, key, numbers ---


def signature_algorithm(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    inner, outer = certificate.fields.inner_algorithm, certificate.fields.outer_algorithm
    allowed = (INTEROP if notes.case.profile == "interop" else SMPTE).certificate_signatures
    if inner != outer:
        notes.fail("CER-015.differ", certificate, outer=algorithm_name(outer), inner=algorithm_name(inner))
    elif outer not in allowed:
        notes.fail(
            "CER-015.not-allowed",
            certificate,
            found=algorithm_name(outer),
            wanted=algorithm_name(allowed[0]),
        )


def key(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    fields = certificate.fields
    if fields.public_key is None:
        notes.skip("CER-016.none", certificate)
    elif certificate.key_bits is None:
        notes.fail("CER-016.no-rsa", certificate, found=algorithm_name(fields.public_key_algorithm))
    else:
        if certificate.key_bits != 2048:
            notes.fail("CER-016.bits", certificate, found=certificate.key_bits)
        if fields.exponent is not None and fields.exponent.bit_length() > 64:  # figures without end
            notes.fail("CER-016.exponent-long", certificate)
        elif fields.exponent != 65537:
            notes.fail("CER-016.exponent", certificate, found=fields.exponent)


def key_digest(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    digest = certificate.public_key_thumbprint()
    if certificate.dn_qualifier != base64.b64encode(digest).decode("ascii"):
        notes.fail("CER-018.dn-qualifier", certificate)
    identifier = certificate.subject_key_identifier
    if identifier is not None and identifier != digest:
        notes.fail("CER-018.subject-key-id", certificate)


def serial(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    bits = SERIAL_BITS[notes.case.profile]
    if certificate.serial < 0:
        notes.fail("CER-020.negative", certificate)
    elif certificate.serial.bit_length() > bits:
        notes.fail("CER-020.too-long", certificate, most=bits)


def serial_hint(notes: Notes, certificate: Certificate, leaf: bool) -> None:
    if certificate.serial.bit_length() > 32:
        notes.warn("CER-021.long", certificate)


def miscounted(what: str, values: Sequence[str], type: str | Text) -> Text:
    """How often an attribute stands in the subject's or issuer's name, where that is not once."""
    if not values:
        return text("name.attribute-absent", what=what, type=type)
    if len(values) == 1:
        return text("name.attribute-empty", what=what, type=type)
    return text("name.attribute-several", what=what, type=type, number=len(values))


def when(instant: datetime) -> datetime | str:
    """An instant in a sentence; as it is written where its offset is not one of whole minutes."""
    offset = instant.utcoffset()
    whole = offset is not None and not offset % timedelta(minutes=1)
    return instant.replace(microsecond=0) if whole else instant.isoformat(timespec="seconds")
