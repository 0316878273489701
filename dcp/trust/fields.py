"""The fields of an X.509 certificate, read one by one from its DER.

A field that is missing or malformed is noted and the rest still read: the strict parsers of libraries refuse
certificates that stand in real documents, and a report on a bad certificate must name its fault.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from dcp.dataclass import dataclass
from dcp.errors import CertificateError
from dcp.suite import RSA_ENCRYPTION
from dcp.texts.catalogue import Text, text
from dcp.trust import der
from dcp.trust.field_values import (
    CONTEXT_0,
    CONTEXT_1,
    CONTEXT_2,
    CONTEXT_3,
    AuthorityKeyIdentifier,
    BasicConstraints,
    Extension,
    Time,
    quietly,
    read_algorithm,
    read_authority,
    read_basic_constraints,
    read_bit_string,
    read_extensions,
    read_integer,
    read_key_usage,
    read_name,
    read_octets,
    read_public_key,
    read_validity,
    read_version,
    rsa_numbers,
)
from dcp.trust.names import COMMON_NAME, DN_QUALIFIER, ORGANIZATION, ORGANIZATIONAL_UNIT, Name

MAX_CERTIFICATE_BYTES = 64 * 1024

BASIC_CONSTRAINTS, KEY_USAGE = "2.5.29.19", "2.5.29.15"
SUBJECT_KEY_IDENTIFIER, AUTHORITY_KEY_IDENTIFIER = "2.5.29.14", "2.5.29.35"

BYTES_FOLLOW = text("cert.bytes-follow")

_T = TypeVar("_T")


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
    defects: tuple[Text, ...]

    def extension(self, oid: str) -> Extension | None:
        """The first extension of that identifier; None without one."""
        return next((extension for extension in self.extensions if extension.oid == oid), None)


def parse_fields(data: bytes) -> Fields:
    """CertificateError when the bytes are not even a SEQUENCE that holds one, or too many."""
    if len(data) > MAX_CERTIFICATE_BYTES:
        raise CertificateError("cert.too-large", most=MAX_CERTIFICATE_BYTES)
    walk = der.Walk()
    whole, trailing = der.read_one(data, walk)
    if whole.tag != der.SEQUENCE:
        raise CertificateError("cert.none")
    if trailing:
        walk.note(BYTES_FOLLOW)
    outer = der.read_all(whole.content, walk)
    if not outer or outer[0].tag != der.SEQUENCE:
        raise CertificateError("cert.none")
    missing: list[str] = []

    def get(name: str, read: Callable[[der.Element, der.Walk], _T], element: der.Element | None) -> _T | None:
        if element is not None:
            try:
                return read(element, walk)
            except CertificateError as error:
                walk.note(error.text)
        missing.append(name)
        return None

    # The fields are taken in their order, by their shape, so that one that is missing spoils no other.
    left = der.read_all(outer[0].content, walk)
    version = _tagged(left, CONTEXT_0)
    serial = _tagged(left, der.INTEGER)
    inner = _sequence(left, _ALGORITHM)
    issuer = _sequence(left, _NAME)
    validity = _sequence(left, _VALIDITY)
    subject = _sequence(left, _NAME)
    spki = _sequence(left, _KEY)
    if left and left[0].tag != CONTEXT_3:
        for tag in (0x81, 0x82, CONTEXT_1, CONTEXT_2):
            if _tagged(left, tag):
                walk.note(text("cert.unique-identifier"))
    extensions = _tagged(left, CONTEXT_3)
    if left:
        walk.note(text("cert.stray-fields"))

    not_before, not_after = quietly(read_validity, validity, walk) or (None, None)
    if not_before is None:
        missing.append("notBefore")
    if not_after is None:
        missing.append("notAfter")
    key = get("subjectPublicKeyInfo", read_public_key, spki)
    key_algorithm, public_key = key or (None, None)
    # the point of an elliptic key is no DER, and may look like DER that is wrong
    numbers = rsa_numbers(key[1], walk) if key and key[0] == RSA_ENCRYPTION else None
    modulus, exponent = numbers or (None, None)
    found = quietly(read_extensions, extensions, walk) or ()
    values = {extension.oid: extension.value for extension in reversed(found)}
    version_number = get("version", read_version, version) if version else 1
    serial_number = get("serialNumber", read_integer, serial)
    inner_algorithm = get("signature", read_algorithm, inner)
    issuer_name = get("issuer", read_name, issuer)
    subject_name = get("subject", read_name, subject)
    basic_constraints = _extension(_basic_constraints, values.get(BASIC_CONSTRAINTS), walk)
    key_usage = _extension(_key_usage, values.get(KEY_USAGE), walk)
    subject_key = _extension(_subject_key, values.get(SUBJECT_KEY_IDENTIFIER), walk)
    authority_key = _extension(_authority, values.get(AUTHORITY_KEY_IDENTIFIER), walk)

    rest = outer[1:]
    algorithm = rest.pop(0) if rest and rest[0].tag == der.SEQUENCE else None
    outer_algorithm = get("signatureAlgorithm", read_algorithm, algorithm)
    if algorithm and inner and algorithm.raw != inner.raw and outer_algorithm == inner_algorithm:
        walk.note(text("cert.algorithms-differ"))
    value = rest.pop(0) if rest and rest[0].tag == der.BIT_STRING else None
    signature = get("signatureValue", read_bit_string, value)
    if rest:
        walk.note(text("cert.fields-follow"))
    return Fields(  # in their order: twice as fast as by name, and there are 22
        outer[0].raw,
        version_number,
        serial_number,
        inner_algorithm,
        outer_algorithm,
        issuer_name,
        subject_name,
        not_before,
        not_after,
        spki.raw if spki and key else None,
        public_key,
        key_algorithm,
        modulus,
        exponent,
        signature,
        found,
        basic_constraints,
        key_usage,
        subject_key,
        authority_key,
        tuple(missing),
        tuple(walk.defects),
    )


def is_usual(fields: Fields) -> bool:
    """Whether all of it was read, in exact DER, and nothing in it is out of the ordinary: a certificate with
    the four extensions of ST 430-2 and plain texts in its names, which no parser has reason to refuse."""
    if fields.missing or fields.defects or fields.version != 3 or fields.issuer is None:
        return False
    authority, constraints = fields.authority_key_identifier, fields.basic_constraints
    oids = [extension.oid for extension in fields.extensions]
    return (
        fields.serial is not None
        and 0 < fields.serial < 2**159
        and fields.subject is not None
        and all(_is_usual_name(name) for name in (fields.issuer, fields.subject))
        and set(oids) == _USUAL_EXTENSIONS
        and len(oids) == len(_USUAL_EXTENSIONS)
        and authority is not None
        and (constraints is not None and _is_usual_length(constraints))
        and bool(fields.key_usage)
        and fields.subject_key_identifier is not None
        and (authority.serial is None) == (authority.issuer is None)
        and (authority.serial is None or (0 < authority.serial < 2**159))
        and (authority.issuer is None or _is_usual_name(authority.issuer))
        and {fields.inner_algorithm, fields.outer_algorithm} <= _USUAL_ALGORITHMS
    )


_USUAL_EXTENSIONS = {BASIC_CONSTRAINTS, KEY_USAGE, SUBJECT_KEY_IDENTIFIER, AUTHORITY_KEY_IDENTIFIER}
_USUAL_ALGORITHMS = {"1.2.840.113549.1.1.11", "1.2.840.113549.1.1.5"}  # RSA with SHA-256, and Interop's SHA-1
_USUAL_ATTRIBUTES = {COMMON_NAME, ORGANIZATION, ORGANIZATIONAL_UNIT, DN_QUALIFIER}


def _is_usual_length(constraints: BasicConstraints) -> bool:
    """The path length of an authority; a leaf has none, and strict parsers mind one."""
    length = constraints.path_len
    return length is None or (constraints.is_ca and 0 <= length < 256)


def _is_usual_name(name: Name) -> bool:
    return all(
        attribute.is_printable and attribute.value and attribute.type in _USUAL_ATTRIBUTES
        for attribute in name
    )


def _whole(read: Callable[[der.Element, der.Walk], _T]) -> Callable[[bytes, der.Walk], _T]:
    """The same of the value of an extension, which should be one element and no more."""

    def reading(value: bytes, walk: der.Walk) -> _T:
        element, rest = der.read_one(value, walk)
        if rest:
            walk.note(text("cert.extension-bytes-follow"))
        return read(element, walk)

    return reading


_subject_key = _whole(read_octets)  # its own in each certificate, so there is nothing to remember
_authority = der.remembered(_whole(read_authority))
_basic_constraints = der.remembered(_whole(read_basic_constraints))
_key_usage = der.remembered(_whole(read_key_usage))


def _extension(read: Callable[[bytes, der.Walk], _T], value: bytes | None, walk: der.Walk) -> _T | None:
    if value is None:
        return None
    try:
        return read(value, walk)
    except CertificateError as error:
        walk.note(error.text)
        return None


# --- shapes ---

_ALGORITHM, _KEY = (der.OID,), (der.SEQUENCE,)
_NAME, _VALIDITY = (der.SET, -1), (der.UTC_TIME, der.GENERALIZED_TIME)
"""What a field's SEQUENCE begins with; -1 where it may be empty."""


def _tagged(left: list[der.Element], tag: int) -> der.Element | None:
    """The next field, taken, where it has this tag."""
    return left.pop(0) if left and left[0].tag == tag else None


def _sequence(left: list[der.Element], begins: tuple[int, ...]) -> der.Element | None:
    """The next field, taken, where it is a SEQUENCE that begins so."""
    if not left or left[0].tag != der.SEQUENCE:
        return None
    content = left[0].content
    return left.pop(0) if (content[0] if content else -1) in begins else None
