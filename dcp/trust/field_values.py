"""The values in a certificate's fields, read from their elements: numbers, names, times, keys, extensions.

CertificateError for what is none; what departs from DER and can be read all the same is noted in the walk.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from dcp.dataclass import dataclass
from dcp.errors import CertificateError
from dcp.patterns import pattern
from dcp.suite import RSA_ENCRYPTION, SHA1_WITH_RSA, SHA256_WITH_RSA
from dcp.texts.catalogue import text
from dcp.trust import der
from dcp.trust.names import Name, decode_name

MAX_EXTENSIONS = 64
MAX_NUMBER_BYTES = 24
"""Of what is written in figures: no more than the 60 that the serial numbers of messages are read in."""

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

ENCODED_DEFAULT = text("cert.default-written")

_WITHOUT_PARAMETERS = (RSA_ENCRYPTION, SHA1_WITH_RSA, SHA256_WITH_RSA)
CONTEXT_0, CONTEXT_1, CONTEXT_2, CONTEXT_3 = 0xA0, 0xA1, 0xA2, 0xA3
_UTC = pattern(rb"(\d\d)(\d{8})(\d\d)?(?:Z|([+-])(\d\d)(\d\d))")
_GENERALIZED = pattern(rb"(\d{4})(\d{8})(\d\d)?(?:\.\d+)?(?:Z|([+-])(\d\d)(\d\d))?")
_Z = ord("Z")
_TIMES = {der.UTC_TIME: _UTC, der.GENERALIZED_TIME: _GENERALIZED}
_T = TypeVar("_T")


@dataclass(frozen=True)
class Time:
    """instant: aware, UTC. is_utc: written as DER wants it, with seconds and Z."""

    instant: datetime
    is_utc: bool


@dataclass(frozen=True)
class BasicConstraints:
    """path_len: how many authorities may stand below; None without a bound."""

    is_ca: bool
    path_len: int | None


@dataclass(frozen=True)
class AuthorityKeyIdentifier:
    """issuer, serial: of the certificate of the authority; None where they are not told."""

    key_id: bytes | None
    issuer: Name | None
    serial: int | None


@dataclass(frozen=True)
class Extension:
    """oid: dotted. value: the DER within the OCTET STRING."""

    oid: str
    critical: bool
    value: bytes


def quietly(
    read: Callable[[der.Element, der.Walk], _T], element: der.Element | None, walk: der.Walk
) -> _T | None:
    """What `read` makes of an element; None, and noted, where it refuses it. None of none."""
    if element is None:
        return None
    try:
        return read(element, walk)
    except CertificateError as error:
        walk.note(error.text)
        return None


def children(element: der.Element, tag: int, walk: der.Walk) -> list[der.Element]:
    """The elements in an element of that tag."""
    if element.tag != tag:
        raise CertificateError("cert.field-type")
    return der.read_all(element.content, walk)


def read_integer(element: der.Element, walk: der.Walk) -> int:
    """A serial number, or another that is written in figures."""
    if element.tag != der.INTEGER:
        raise CertificateError("cert.field-no-integer")
    return _number(element.content, walk)


def _number(content: bytes, walk: der.Walk) -> int:
    """A version, path length or serial number. One that Python would not write out is not read at all."""
    if len(content) > MAX_NUMBER_BYTES:
        raise CertificateError("cert.number-long")
    return der.read_integer(content, walk)


@der.remembered
def read_version(element: der.Element, walk: der.Walk) -> int:
    """The version as people count: 3 for v3."""
    parts = children(element, CONTEXT_0, walk)
    if len(parts) != 1:
        raise CertificateError("cert.version-malformed")
    return read_integer(parts[0], walk) + 1


@der.remembered
def read_algorithm(element: der.Element, walk: der.Walk) -> str:
    """The object identifier of an AlgorithmIdentifier."""
    parts = children(element, der.SEQUENCE, walk)
    if not parts or len(parts) > 2 or parts[0].tag != der.OID:
        raise CertificateError("cert.algorithm-malformed")
    oid = der.read_oid(parts[0].content)
    # The outer identifier is outside what is signed: whatever else stands in it must not pass unseen.
    if oid in _WITHOUT_PARAMETERS and len(parts) == 2 and parts[1].raw != b"\x05\x00":
        walk.note(text("cert.rsa-parameters"))
    return oid


def read_name(element: der.Element, walk: der.Walk) -> Name:
    """A distinguished name."""
    if element.tag != der.SEQUENCE:
        raise CertificateError("cert.name-malformed")
    return decode_name(element.content, walk)


def read_validity(element: der.Element, walk: der.Walk) -> tuple[Time | None, Time | None]:
    """notBefore and notAfter, each None where it alone is malformed."""
    parts = children(element, der.SEQUENCE, walk)
    if len(parts) != 2:
        raise CertificateError("cert.validity-malformed")
    begin, end = parts
    return quietly(_time, begin, walk), quietly(_time, end, walk)


def _time(element: der.Element, walk: der.Walk) -> Time:
    pattern = _TIMES.get(element.tag)
    content = element.content
    if element.tag == der.UTC_TIME and len(content) == 13 and content[12] == _Z and content[:12].isdigit():
        year = 1900 + int(content[:2])  # as nearly all are written
        try:
            return Time(
                datetime(
                    year if year >= 1950 else year + 100,
                    int(content[2:4]),
                    int(content[4:6]),
                    int(content[6:8]),
                    int(content[8:10]),
                    int(content[10:12]),
                    tzinfo=UTC,
                ),
                True,
            )
        except ValueError:
            raise CertificateError("cert.time-not-of-calendar") from None
    match = pattern.fullmatch(content) if pattern else None
    if match is None:
        raise CertificateError("cert.time-malformed")
    digits, figures, second, sign, hours, minutes = match.groups()
    year = int(digits)
    if element.tag == der.UTC_TIME:
        year += 1900 if year >= 50 else 2000
    month, day = int(figures[:2]), int(figures[2:4])
    hour, minute = int(figures[4:6]), int(figures[6:])
    try:
        instant = datetime(year, month, day, hour, minute, int(second or 0), tzinfo=UTC)
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            instant += offset if sign == b"-" else -offset
    except (ValueError, OverflowError):
        raise CertificateError("cert.time-not-of-calendar") from None
    is_utc = second is not None and content.endswith(b"Z") and b"." not in content
    if element.tag == der.GENERALIZED_TIME and year < 2050:
        walk.note(text("cert.generalized-time"))
    return Time(instant, is_utc)


def read_bit_string(element: der.Element, walk: der.Walk) -> bytes:
    """The bytes of a BIT STRING without unused bits."""
    if element.tag != der.BIT_STRING or not element.content:
        raise CertificateError("cert.bit-string-malformed")
    if element.content[0]:
        raise CertificateError("cert.bit-string-unused-bits")
    return element.content[1:]


def read_public_key(element: der.Element, walk: der.Walk) -> tuple[str, bytes]:
    """The key's algorithm, and the content of subjectPublicKey."""
    parts = children(element, der.SEQUENCE, walk)
    if len(parts) != 2:
        raise CertificateError("cert.public-key-malformed")
    return read_algorithm(parts[0], walk), read_bit_string(parts[1], walk)


def rsa_numbers(key: bytes, walk: der.Walk) -> tuple[int, int] | None:
    """Modulus and exponent, when it is an RSAPublicKey."""
    quiet = der.Walk()
    try:
        element, rest = der.read_one(key, quiet)
        parts = children(element, der.SEQUENCE, quiet)
        if rest or [part.tag for part in parts] != [der.INTEGER, der.INTEGER]:
            return None
        return der.read_integer(parts[0].content, quiet), der.read_integer(parts[1].content, quiet)
    except CertificateError:
        return None
    finally:
        for defect in quiet.defects:
            walk.note(defect)


def read_extensions(element: der.Element, walk: der.Walk) -> tuple[Extension, ...]:
    """All extensions in their order, their values as they stand."""
    outer = children(element, CONTEXT_3, walk)
    if len(outer) != 1:
        raise CertificateError("cert.extensions-malformed")
    found = []
    for entry in children(outer[0], der.SEQUENCE, walk):
        found.append(_read_extension(entry, walk))
        if len(found) > MAX_EXTENSIONS:
            raise CertificateError("cert.too-many-extensions")
    return tuple(found)


@der.remembered
def _read_extension(entry: der.Element, walk: der.Walk) -> Extension:
    parts = children(entry, der.SEQUENCE, walk)
    critical = False
    if len(parts) == 3 and parts[1].tag == der.BOOLEAN:
        critical = der.read_boolean(parts.pop(1).content, walk)
        if not critical:
            walk.note(ENCODED_DEFAULT)
    if len(parts) != 2 or parts[0].tag != der.OID or parts[1].tag != der.OCTET_STRING:
        raise CertificateError("cert.extension-malformed")
    return Extension(der.read_oid(parts[0].content), critical, parts[1].content)


def read_basic_constraints(element: der.Element, walk: der.Walk) -> BasicConstraints:
    """The value of that extension."""
    parts = children(element, der.SEQUENCE, walk)
    is_ca = False
    if parts and parts[0].tag == der.BOOLEAN:
        is_ca = der.read_boolean(parts.pop(0).content, walk)
        if not is_ca:
            walk.note(ENCODED_DEFAULT)
    path_len = read_integer(parts.pop(0), walk) if parts else None
    if parts:
        raise CertificateError("cert.basic-constraints-malformed")
    return BasicConstraints(is_ca, path_len)


def read_key_usage(element: der.Element, walk: der.Walk) -> frozenset[str]:
    """The names of the bits that are set; those that have none are passed over."""
    content = element.content
    if element.tag != der.BIT_STRING or not content or content[0] > 7 or len(content) > 3:
        raise CertificateError("cert.key-usage-malformed")
    chosen = [
        place
        for place in range(8 * (len(content) - 1) - content[0])
        if content[place // 8 + 1] >> (7 - place % 8) & 1
    ]
    if der.named_bits(chosen) != element.raw:
        walk.note(text("cert.key-usage-bits"))
    return frozenset(KEY_USAGES[place] for place in chosen if place < len(KEY_USAGES))


def read_octets(element: der.Element, walk: der.Walk) -> bytes:
    """The subject key identifier."""
    if element.tag != der.OCTET_STRING:
        raise CertificateError("cert.subject-key-id-malformed")
    return element.content


def read_authority(element: der.Element, walk: der.Walk) -> AuthorityKeyIdentifier:
    """The authority key identifier; its issuer is read where it is one directory name."""
    key_id, issuer, serial = None, None, None
    parts = children(element, der.SEQUENCE, walk)
    if len({part.tag for part in parts}) != len(parts):
        raise CertificateError("cert.authority-key-id-malformed")
    for part in parts:
        if part.tag == 0x80:
            key_id = part.content
        elif part.tag == CONTEXT_1:
            names = der.read_all(part.content, walk)
            if len(names) == 1 and names[0].tag == 0xA4:
                inner, rest = der.read_one(names[0].content, walk)
                issuer = read_name(inner, walk) if not rest else None
        elif part.tag == 0x82:
            serial = _number(part.content, walk)
        else:
            raise CertificateError("cert.authority-key-id-malformed")
    return AuthorityKeyIdentifier(key_id, issuer, serial)
