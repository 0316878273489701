"""The text of X509IssuerName and X509SubjectName read: RFC 2253, and the slash form of older log records.

Vendors order and escape the same name differently, so two names are equal when they hold the same attributes,
whatever their order, escapes, and spelling of the attribute types.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache

from dcp.errors import CertificateError
from dcp.patterns import pattern
from dcp.trust import der
from dcp.trust.names import (
    COMMON_NAME,
    DN_QUALIFIER,
    MAX_ATTRIBUTES,
    ORGANIZATION,
    ORGANIZATIONAL_UNIT,
    TYPE_NAMES,
    Attribute,
    Name,
    decode_string,
)

MAX_TEXT = 4096

_TYPES_BY_NAME = {name.upper(): oid for oid, name in TYPE_NAMES.items()} | {
    "DNQ": DN_QUALIFIER,
    "COMMONNAME": COMMON_NAME,
    "ORGANIZATIONNAME": ORGANIZATION,
    "ORGANIZATIONALUNITNAME": ORGANIZATIONAL_UNIT,
    "S": "2.5.4.8",
    "EMAILADDRESS": "1.2.840.113549.1.9.1",
    "E": "1.2.840.113549.1.9.1",
    "SERIALNUMBER": "2.5.4.5",
}

_DOTTED = pattern(r"[0-2](?:\.(?:0|[1-9]\d{0,18})){1,20}", re.ASCII)
_BYTES = pattern(r"#((?:[0-9A-Fa-f]{2})+)")
_HEX_PAIR = pattern(r"[0-9A-Fa-f]{2}")
# A base64 value may hold a slash and end with an equals sign, so only known types begin a new attribute.
_SLASH = pattern(rf"(?<!\\)/(?=(?:{'|'.join(_TYPES_BY_NAME)}|[0-2](?:\.\d+)+)=)", re.IGNORECASE)


def names_equal(one: str | Name, other: str | Name) -> bool:
    """Whether both name the same entity. A text that is no name equals nothing.

    A `+` in a dnQualifier is taken as the sign of base64 that it is where that makes them equal: some makers
    of KDMs do not escape it, so that by RFC 2253 another attribute would begin there (`has_bare_plus`).
    """
    try:
        if _as_name(one) == _as_name(other):
            return True
    except CertificateError:
        pass
    readings = [_readings(each) for each in (one, other)]
    return any(mine == theirs for mine in readings[0] for theirs in readings[1])


def has_bare_plus(text: str, name: str | Name) -> bool:
    """Whether the text names this entity, but only when a `+` in its dnQualifier is read as text."""
    try:
        strict = _strictly(text) == _as_name(name)
    except CertificateError:
        strict = False
    return not strict and names_equal(text, name)


def _readings(name: str | Name) -> tuple[Name, ...]:
    """The ways in which a name may be meant."""
    if isinstance(name, Name):
        return (name,)
    found = []
    for read in (_strictly, _loosely):
        with suppress(CertificateError):
            found.append(read(name))
    return tuple(found)


def parse_name(text: str) -> Name:
    """Read RFC 2253 text, escapes, quotes and `#hex` included, or the slash form of older log records.

    A bounded number of texts is remembered with the name that each says: the same few stand in every message.
    CertificateError when it is no name, not even with a `+` in a dnQualifier read as text.
    """
    try:
        return _strictly(text)
    except CertificateError:
        if "+" not in text[:MAX_TEXT]:
            raise
        with suppress(CertificateError):
            return _loosely(text)
        raise


def _strictly(text: str) -> Name:
    return _read_name(_bounded(text), False)


def _loosely(text: str) -> Name:
    return _read_name(_bounded(text), True)


def _bounded(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise CertificateError("name.too-long", most=MAX_TEXT)
    return text


@lru_cache(maxsize=1024)
def _read_name(text: str, plus_is_text: bool) -> Name:
    text = text.strip(" \t\r\n") if not text.rstrip().endswith("\\") else text.lstrip(" \t\r\n")
    if not text:
        return Name(())
    if text.startswith("/"):
        return _parse_slashes(text)
    return Name(tuple(reversed(_Scanner(text, plus_is_text).rdns())))


def _as_name(name: str | Name) -> Name:
    return name if isinstance(name, Name) else parse_name(name)


def _type_of(text: str) -> str:
    text = text.strip()
    if text.upper().startswith("OID."):
        text = text[4:]
    found = _TYPES_BY_NAME.get(text.upper())
    if found is None and _DOTTED.fullmatch(text):
        found = text
    if found is None:
        raise CertificateError("name.unknown-type", type=text[:40])
    return found


def _parse_slashes(text: str) -> Name:
    rdns = []
    for part in _SLASH.split(text)[1:]:
        type_text, _, value = part.partition("=")
        rdns.append((Attribute(_type_of(type_text), value.replace("\\/", "/")),))
    if not rdns or len(rdns) > MAX_ATTRIBUTES:
        raise CertificateError("name.none", where=text[:80])
    return Name(tuple(rdns))


class _Scanner:
    """One pass over RFC 2253 text. plus_is_text: in a dnQualifier, which is base64."""

    def __init__(self, text: str, plus_is_text: bool) -> None:
        self.text = text
        self.plus_is_text = plus_is_text
        self.place = 0

    def rdns(self) -> list[tuple[Attribute, ...]]:
        rdns: list[tuple[Attribute, ...]] = []
        attributes: list[Attribute] = []
        while True:
            attributes.append(self._attribute())
            stop = self.text[self.place : self.place + 1]
            self.place += 1
            if stop != "+":
                rdns.append(tuple(attributes))
                attributes = []
            if not stop:
                return rdns
            if len(rdns) > MAX_ATTRIBUTES:
                raise CertificateError("name.too-many-attributes", most=MAX_ATTRIBUTES)

    def _attribute(self) -> Attribute:
        equals = self.text.find("=", self.place)
        if equals < 0:
            raise CertificateError("name.none", where=self.text[:80])
        type = _type_of(self.text[self.place : equals])
        self.place = equals + 1
        while self._next() == " ":
            self.place += 1
        if self._next() == "#":
            return Attribute(type, *self._hex_value())
        return Attribute(type, self._quoted() if self._next() == '"' else self._plain(type))

    def _next(self) -> str:
        return self.text[self.place : self.place + 1]

    def _plain(self, type: str) -> str:
        out = bytearray()
        ends = ",;" if self.plus_is_text and type == DN_QUALIFIER else ",;+"
        kept = 0  # up to here, blanks are part of the value
        while (character := self._next()) and character not in ends:
            if character == "\\":
                out += self._escaped()
                kept = len(out)
                continue
            if character == '"':
                raise CertificateError("name.quote-within", where=self.text[:80])
            self.place += 1
            out += character.encode("utf-8", "surrogatepass")
            if character != " ":
                kept = len(out)
        return _utf8(bytes(out[:kept]))

    def _quoted(self) -> str:
        self.place += 1
        out = bytearray()
        while (character := self._next()) != '"':
            if not character:
                raise CertificateError("name.quote-open", where=self.text[:80])
            if character == "\\":
                out += self._escaped()
                continue
            self.place += 1
            out += character.encode("utf-8", "surrogatepass")
        self.place += 1
        self._blanks_until_separator()
        return _utf8(bytes(out))

    def _escaped(self) -> bytes:
        pair = self.text[self.place + 1 : self.place + 3]
        if _HEX_PAIR.fullmatch(pair):
            self.place += 3
            return bytes.fromhex(pair)
        if not pair:
            raise CertificateError("name.escape-cut", where=self.text[:80])
        self.place += 2
        return pair[0].encode("utf-8", "surrogatepass")

    def _hex_value(self) -> tuple[str, int]:
        match = _BYTES.match(self.text, self.place)
        if match is None:
            raise CertificateError("name.bad-hex", where=self.text[:80])
        self.place = match.end()
        self._blanks_until_separator()
        element, rest = der.read_one(bytes.fromhex(match[1]), der.Walk())
        if rest:
            raise CertificateError("name.bad-hex", where=self.text[:80])
        return decode_string(element), element.tag

    def _blanks_until_separator(self) -> None:
        while self._next() == " ":
            self.place += 1
        if self._next() not in ("", ",", ";", "+"):
            raise CertificateError("name.none", where=self.text[:80])


def _utf8(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise CertificateError("name.no-utf8") from None
