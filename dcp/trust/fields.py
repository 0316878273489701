"""The fields of an X.509 certificate, read one by one from its DER.

A field that is missing or malformed is noted and the rest still read: the strict parsers of libraries refuse
certificates that stand in real documents, and a report on a bad certificate must name its fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from dcp.errors import CertificateError
from dcp.suite import RSA_ENCRYPTION, SHA1_WITH_RSA, SHA256_WITH_RSA
from dcp.trust import der
from dcp.trust.names import Name, decode_name

MAX_CERTIFICATE_BYTES = 64 * 1024
MAX_EXTENSIONS = 64
MAX_NUMBER_BYTES = 24
"""Of what is written in figures: no more than the 60 that the serial numbers of messages are read in."""

BASIC_CONSTRAINTS, KEY_USAGE = "2.5.29.19", "2.5.29.15"
SUBJECT_KEY_IDENTIFIER, AUTHORITY_KEY_IDENTIFIER = "2.5.29.14", "2.5.29.35"

KEY_USAGES = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)
"""By bit number (RFC 5280, 4.2.1.3)."""

BYTES_FOLLOW = "bytes follow after the certificate"
ENCODED_DEFAULT = "a default value is written out"

_WITHOUT_PARAMETERS = (RSA_ENCRYPTION, SHA1_WITH_RSA, SHA256_WITH_RSA)
_CONTEXT_0, _CONTEXT_1, _CONTEXT_2, _CONTEXT_3 = 0xA0, 0xA1, 0xA2, 0xA3
_UTC = re.compile(rb"(\d\d)(\d{8})(\d\d)?(?:Z|([+-])(\d\d)(\d\d))")
_GENERALIZED = re.compile(rb"(\d{4})(\d{8})(\d\d)?(?:\.\d+)?(?:Z|([+-])(\d\d)(\d\d))?")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Time:
    """instant: aware, UTC. is_utc: written as DER wants it, with seconds and Z."""

    instant: datetime
    is_utc: bool


@dataclass(frozen=True)
class BasicConstraints:
    is_ca: bool
    path_len: int | None


@dataclass(frozen=True)
class AuthorityKeyIdentifier:
    key_id: bytes | None
    issuer: Name | None
    serial: int | None


@dataclass(frozen=True)
class Extension:
    oid: str
    critical: bool
    value: bytes


@dataclass(frozen=True)
class Fields:
    """None stands for a field that is missing or malformed; `missing` names those that must be there.

    defects: departures from DER, and why a field could not be read.
    """

    tbs: bytes
    version: int | None
    serial: int | None
    inner_algorithm: str | None
    outer_algorithm: str | None
    issuer: Name | None
    subject: Name | None
    not_before: Time | None
    not_after: Time | None
    spki: bytes | None
    public_key: bytes | None
    public_key_algorithm: str | None
    modulus: int | None
    exponent: int | None
    signature: bytes | None
    extensions: tuple[Extension, ...]
    basic_constraints: BasicConstraints | None
    key_usage: frozenset[str] | None
    subject_key_identifier: bytes | None
    authority_key_identifier: AuthorityKeyIdentifier | None
    missing: tuple[str, ...]
    defects: tuple[str, ...]

    def extension(self, oid: str) -> Extension | None:
        return next((extension for extension in self.extensions if extension.oid == oid), None)


def parse_fields(data: bytes) -> Fields:
    """CertificateError when the bytes are not even a SEQUENCE that holds one, or too many."""
    if len(data) > MAX_CERTIFICATE_BYTES:
        raise CertificateError(f"a certificate has more than {MAX_CERTIFICATE_BYTES} bytes")
    walk = der.Walk()
    whole, trailing = der.read_one(data, walk)
    if whole.tag != der.SEQUENCE:
        raise CertificateError("this is no certificate")
    if trailing:
        walk.note(BYTES_FOLLOW)
    outer = der.read_all(whole.content, walk)
    if not outer or outer[0].tag != der.SEQUENCE:
        raise CertificateError("this is no certificate")
    reader = _Reader(walk)
    tbs = reader.tbs(der.read_all(outer[0].content, walk))
    rest = outer[1:]
    algorithm = rest.pop(0) if rest and rest[0].tag == der.SEQUENCE else None
    outer_algorithm = reader.get("signatureAlgorithm", _algorithm, algorithm, walk)
    inner = reader.inner_algorithm
    if algorithm and inner and algorithm.raw != inner.raw and outer_algorithm == tbs["inner_algorithm"]:
        walk.note("the algorithm identifiers inside and outside are written differently")
    value = rest.pop(0) if rest and rest[0].tag == der.BIT_STRING else None
    signature = reader.get("signatureValue", _bit_string, value, walk)
    if rest:
        walk.note("fields follow after the signature")
    return Fields(
        tbs=outer[0].raw,
        outer_algorithm=outer_algorithm,
        signature=signature,
        missing=tuple(reader.missing),
        defects=tuple(walk.defects),
        **tbs,  # type: ignore[arg-type]
    )


class _Reader:
    """Takes the fields in their order, by their shape, so that one that is missing spoils no other."""

    def __init__(self, walk: der.Walk) -> None:
        self.walk = walk
        self.missing: list[str] = []
        self.inner_algorithm: der.Element | None = None

    def get(
        self,
        name: str,
        read: Callable[[der.Element, der.Walk], _T],
        element: der.Element | None,
        walk: der.Walk,
    ) -> _T | None:
        value = _quiet(read, element, walk)
        if value is None:
            self.missing.append(name)
        return value

    def tbs(self, parts: list[der.Element]) -> dict[str, object]:
        walk = self.walk
        left = list(parts)

        def take(fits: Callable[[der.Element], bool]) -> der.Element | None:
            return left.pop(0) if left and fits(left[0]) else None

        version = take(lambda element: element.tag == _CONTEXT_0)
        serial = take(lambda element: element.tag == der.INTEGER)
        algorithm = self.inner_algorithm = take(_looks_like_algorithm)
        issuer = take(_looks_like_name)
        validity = take(_looks_like_validity)
        subject = take(_looks_like_name)
        spki = take(_looks_like_key)
        for tag in (0x81, 0x82, _CONTEXT_1, _CONTEXT_2):
            if take(lambda element, tag=tag: element.tag == tag):  # type: ignore[misc]
                walk.note("a unique identifier stands where ST 430-2 has none")
        extensions = take(lambda element: element.tag == _CONTEXT_3)
        if left:
            walk.note("fields stand where none belong")

        window = _quiet(_validity, validity, walk) or (None, None)
        for name, value in zip(("notBefore", "notAfter"), window, strict=True):
            if value is None:
                self.missing.append(name)
        key = self.get("subjectPublicKeyInfo", _public_key, spki, walk)
        numbers = _rsa_numbers(key[1], walk) if key else None
        found = _quiet(_extensions, extensions, walk) or ()
        values = {extension.oid: extension.value for extension in reversed(found)}
        return {
            "version": self.get("version", _version, version, walk) if version else 1,
            "serial": self.get("serialNumber", _integer, serial, walk),
            "inner_algorithm": self.get("signature", _algorithm, algorithm, walk),
            "issuer": self.get("issuer", _name, issuer, walk),
            "subject": self.get("subject", _name, subject, walk),
            "not_before": window[0],
            "not_after": window[1],
            "spki": spki.raw if spki and key else None,
            "public_key": key[1] if key else None,
            "public_key_algorithm": key[0] if key else None,
            "modulus": numbers[0] if numbers else None,
            "exponent": numbers[1] if numbers else None,
            "extensions": found,
            "basic_constraints": _extension(_basic_constraints, values.get(BASIC_CONSTRAINTS), walk),
            "key_usage": _extension(_key_usage, values.get(KEY_USAGE), walk),
            "subject_key_identifier": _extension(_octets, values.get(SUBJECT_KEY_IDENTIFIER), walk),
            "authority_key_identifier": _extension(_authority, values.get(AUTHORITY_KEY_IDENTIFIER), walk),
        }


def _quiet(
    read: Callable[[der.Element, der.Walk], _T], element: der.Element | None, walk: der.Walk
) -> _T | None:
    if element is None:
        return None
    try:
        return read(element, walk)
    except CertificateError as error:
        walk.note(error.what)
        return None


def _extension(read: Callable[[der.Element, der.Walk], _T], value: bytes | None, walk: der.Walk) -> _T | None:
    if value is None:
        return None
    try:
        element, rest = der.read_one(value, walk)
    except CertificateError as error:
        walk.note(error.what)
        return None
    if rest:
        walk.note("bytes follow after an extension's value")
    return _quiet(read, element, walk)


# --- shapes ---


def _first_tag(element: der.Element) -> int:
    return element.content[0] if element.content else -1


def _looks_like_algorithm(element: der.Element) -> bool:
    return element.tag == der.SEQUENCE and _first_tag(element) == der.OID


def _looks_like_name(element: der.Element) -> bool:
    return element.tag == der.SEQUENCE and _first_tag(element) in (der.SET, -1)


def _looks_like_validity(element: der.Element) -> bool:
    return element.tag == der.SEQUENCE and _first_tag(element) in (der.UTC_TIME, der.GENERALIZED_TIME)


def _looks_like_key(element: der.Element) -> bool:
    return element.tag == der.SEQUENCE and _first_tag(element) == der.SEQUENCE


# --- readers ---


def _children(element: der.Element, tag: int, walk: der.Walk) -> list[der.Element]:
    if element.tag != tag:
        raise CertificateError("a field has another type than it should")
    return der.read_all(element.content, walk)


def _integer(element: der.Element, walk: der.Walk) -> int:
    if element.tag != der.INTEGER:
        raise CertificateError("a field is no INTEGER")
    return _number(element.content, walk)


def _number(content: bytes, walk: der.Walk) -> int:
    """A version, path length or serial number. One that Python would not write out is not read at all."""
    if len(content) > MAX_NUMBER_BYTES:
        raise CertificateError("a number has more bytes than any of the field")
    return der.read_integer(content, walk)


def _version(element: der.Element, walk: der.Walk) -> int:
    parts = _children(element, _CONTEXT_0, walk)
    if len(parts) != 1:
        raise CertificateError("the version is malformed")
    return _integer(parts[0], walk) + 1


def _algorithm(element: der.Element, walk: der.Walk) -> str:
    parts = _children(element, der.SEQUENCE, walk)
    if not parts or len(parts) > 2 or parts[0].tag != der.OID:
        raise CertificateError("an algorithm identifier is malformed")
    oid = der.read_oid(parts[0].content)
    # The outer identifier is outside what is signed: whatever else stands in it must not pass unseen.
    if oid in _WITHOUT_PARAMETERS and len(parts) == 2 and parts[1].raw != b"\x05\x00":
        walk.note("an RSA algorithm identifier has parameters")
    return oid


def _name(element: der.Element, walk: der.Walk) -> Name:
    if element.tag != der.SEQUENCE:
        raise CertificateError("a name is malformed")
    return decode_name(element.content, walk)


def _validity(element: der.Element, walk: der.Walk) -> tuple[Time | None, Time | None]:
    parts = _children(element, der.SEQUENCE, walk)
    if len(parts) != 2:
        raise CertificateError("the validity is malformed")
    return _quiet(_time, parts[0], walk), _quiet(_time, parts[1], walk)


def _time(element: der.Element, walk: der.Walk) -> Time:
    pattern = {der.UTC_TIME: _UTC, der.GENERALIZED_TIME: _GENERALIZED}.get(element.tag)
    match = pattern.fullmatch(element.content) if pattern else None
    if match is None:
        raise CertificateError("a time is malformed")
    year = int(match[1])
    if element.tag == der.UTC_TIME:
        year += 1900 if year >= 50 else 2000
    month, day, hour, minute = (int(match[2][place : place + 2]) for place in range(0, 8, 2))
    try:
        instant = datetime(year, month, day, hour, minute, int(match[3] or 0), tzinfo=UTC)
        if match[4]:
            offset = timedelta(hours=int(match[5]), minutes=int(match[6]))
            instant += offset if match[4] == b"-" else -offset
    except (ValueError, OverflowError):
        raise CertificateError("a time is not one of the calendar") from None
    is_utc = match[3] is not None and match[0].endswith(b"Z") and b"." not in match[0]
    if element.tag == der.GENERALIZED_TIME and year < 2050:
        walk.note("a time before 2050 is a GeneralizedTime")
    return Time(instant, is_utc)


def _bit_string(element: der.Element, walk: der.Walk) -> bytes:
    if element.tag != der.BIT_STRING or not element.content:
        raise CertificateError("a BIT STRING is malformed")
    if element.content[0]:
        raise CertificateError("a BIT STRING of bytes has unused bits")
    return element.content[1:]


def _public_key(element: der.Element, walk: der.Walk) -> tuple[str, bytes]:
    parts = _children(element, der.SEQUENCE, walk)
    if len(parts) != 2:
        raise CertificateError("the public key is malformed")
    return _algorithm(parts[0], walk), _bit_string(parts[1], walk)


def _rsa_numbers(key: bytes, walk: der.Walk) -> tuple[int, int] | None:
    """Modulus and exponent, when it is an RSAPublicKey."""
    quiet = der.Walk()
    try:
        element, rest = der.read_one(key, quiet)
        parts = _children(element, der.SEQUENCE, quiet)
        if rest or [part.tag for part in parts] != [der.INTEGER, der.INTEGER]:
            return None
        return der.read_integer(parts[0].content, quiet), der.read_integer(parts[1].content, quiet)
    except CertificateError:
        return None
    finally:
        for defect in quiet.defects:
            walk.note(defect)


def _extensions(element: der.Element, walk: der.Walk) -> tuple[Extension, ...]:
    outer = _children(element, _CONTEXT_3, walk)
    if len(outer) != 1:
        raise CertificateError("the extensions are malformed")
    found = []
    for entry in _children(outer[0], der.SEQUENCE, walk):
        parts = _children(entry, der.SEQUENCE, walk)
        critical = False
        if len(parts) == 3 and parts[1].tag == der.BOOLEAN:
            critical = der.read_boolean(parts.pop(1).content, walk)
            if not critical:
                walk.note(ENCODED_DEFAULT)
        if len(parts) != 2 or parts[0].tag != der.OID or parts[1].tag != der.OCTET_STRING:
            raise CertificateError("an extension is malformed")
        found.append(Extension(der.read_oid(parts[0].content), critical, parts[1].content))
        if len(found) > MAX_EXTENSIONS:
            raise CertificateError("there are more extensions than any certificate has")
    return tuple(found)


def _basic_constraints(element: der.Element, walk: der.Walk) -> BasicConstraints:
    parts = _children(element, der.SEQUENCE, walk)
    is_ca = False
    if parts and parts[0].tag == der.BOOLEAN:
        is_ca = der.read_boolean(parts.pop(0).content, walk)
        if not is_ca:
            walk.note(ENCODED_DEFAULT)
    path_len = _integer(parts.pop(0), walk) if parts else None
    if parts:
        raise CertificateError("the basic constraints are malformed")
    return BasicConstraints(is_ca, path_len)


def _key_usage(element: der.Element, walk: der.Walk) -> frozenset[str]:
    content = element.content
    if element.tag != der.BIT_STRING or not content or content[0] > 7 or len(content) > 3:
        raise CertificateError("the key usage is malformed")
    chosen = [
        place
        for place in range(8 * (len(content) - 1) - content[0])
        if content[place // 8 + 1] >> (7 - place % 8) & 1
    ]
    if der.named_bits(chosen) != element.raw:
        walk.note("the key usage has other bits than DER gives it")
    return frozenset(KEY_USAGES[place] for place in chosen if place < len(KEY_USAGES))


def _octets(element: der.Element, walk: der.Walk) -> bytes:
    if element.tag != der.OCTET_STRING:
        raise CertificateError("the subject key identifier is malformed")
    return element.content


def _authority(element: der.Element, walk: der.Walk) -> AuthorityKeyIdentifier:
    key_id, issuer, serial = None, None, None
    parts = _children(element, der.SEQUENCE, walk)
    if len({part.tag for part in parts}) != len(parts):
        raise CertificateError("the authority key identifier is malformed")
    for part in parts:
        if part.tag == 0x80:
            key_id = part.content
        elif part.tag == _CONTEXT_1:
            names = der.read_all(part.content, walk)
            if len(names) == 1 and names[0].tag == 0xA4:
                inner, rest = der.read_one(names[0].content, walk)
                issuer = _name(inner, walk) if not rest else None
        elif part.tag == 0x82:
            serial = _number(part.content, walk)
        else:
            raise CertificateError("the authority key identifier is malformed")
    return AuthorityKeyIdentifier(key_id, issuer, serial)
