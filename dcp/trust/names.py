"""Distinguished names: in certificates, and as the text of X509IssuerName and X509SubjectName (RFC 2253).

Vendors order and escape the same name differently, so two names are equal when they hold the same attributes,
whatever their order, escapes, and spelling of the attribute types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property, lru_cache

from dcp.dataclass import dataclass
from dcp.errors import CertificateError
from dcp.trust import der

MAX_TEXT = 4096
MAX_ATTRIBUTES = 64
MAX_KNOWN_BYTES = 512  # of a name in DER that is remembered; with their number a bound for the memory

COMMON_NAME, ORGANIZATION, ORGANIZATIONAL_UNIT, DN_QUALIFIER = "2.5.4.3", "2.5.4.10", "2.5.4.11", "2.5.4.46"

TYPE_NAMES: Mapping[str, str] = {
    COMMON_NAME: "CN",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    ORGANIZATION: "O",
    ORGANIZATIONAL_UNIT: "OU",
    "2.5.4.6": "C",
    "2.5.4.9": "STREET",
    "0.9.2342.19200300.100.1.25": "DC",
    "0.9.2342.19200300.100.1.1": "UID",
    DN_QUALIFIER: "dnQualifier",
}
"""RFC 2253 names, and the one that digital cinema adds."""

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

_PRINTABLE = re.compile(r"[A-Za-z0-9 '()+,\-./:=?]*")
_DOTTED = re.compile(r"[0-2](?:\.(?:0|[1-9]\d{0,18})){1,20}", re.ASCII)
_HEX_PAIR = re.compile(r"[0-9A-Fa-f]{2}")
# A base64 value may hold a slash and end with an equals sign, so only known types begin a new attribute.
_SLASH = re.compile(rf"(?<!\\)/(?=(?:{'|'.join(_TYPES_BY_NAME)}|[0-2](?:\.\d+)+)=)", re.IGNORECASE)
_ESCAPED = re.compile(r'[,+"\\<>;\x00-\x1f\x7f-\x9f\ufffe\uffff]|\A[ #]| \Z')
_ENCODINGS = {der.UTF8: "utf-8", der.BMP: "utf-16-be", der.UNIVERSAL: "utf-32-be"}


@dataclass(frozen=True)
class Attribute:
    """type: dotted object identifier. tag: the string type in the certificate, PrintableString in a text."""

    type: str
    value: str
    tag: int = der.PRINTABLE

    @property
    def type_name(self) -> str:
        return TYPE_NAMES.get(self.type, self.type)

    @property
    def is_printable(self) -> bool:
        """A PrintableString that holds nothing else."""
        return self.tag == der.PRINTABLE and is_printable(self.value)


@dataclass(frozen=True, eq=False)
class Name:
    """rdns: in the order of the certificate, each mostly one attribute."""

    rdns: tuple[tuple[Attribute, ...], ...]

    @cached_property
    def _key(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        return tuple(sorted(tuple(sorted((a.type, a.value) for a in rdn)) for rdn in self.rdns))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Name) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @cached_property
    def _text(self) -> str:
        return ",".join("+".join(_attribute_text(a) for a in rdn) for rdn in reversed(self.rdns))

    def __str__(self) -> str:
        """RFC 2253: the last RDN first."""
        return self._text

    @cached_property
    def plain(self) -> str:
        """The same for people: values as they are, nothing escaped (a dnQualifier may hold `+` and `/`)."""
        return ",".join("+".join(f"{a.type_name}={a.value}" for a in rdn) for rdn in reversed(self.rdns))

    def __iter__(self) -> Iterator[Attribute]:
        return (attribute for rdn in self.rdns for attribute in rdn)

    def values(self, type: str) -> tuple[str, ...]:
        return tuple(attribute.value for attribute in self if attribute.type == type)

    def first(self, type: str) -> str:
        """The value of that type, the first of several; empty when there is none."""
        return next(iter(self.values(type)), "")

    def encode(self) -> bytes:
        """The DER of the name, every value a PrintableString or, where it cannot be, a UTF8String."""
        return der.sequence(
            *(
                der.tlv(der.SET, b"".join(sorted(_encode_attribute(attribute) for attribute in rdn)))
                for rdn in self.rdns
            )
        )


def make_name(*, organization: str, unit: str, common_name: str, dn_qualifier: str) -> Name:
    """The four attributes of ST 430-2 in the order in which writers of the field put them."""
    pairs = (
        (ORGANIZATION, organization),
        (ORGANIZATIONAL_UNIT, unit),
        (COMMON_NAME, common_name),
        (DN_QUALIFIER, dn_qualifier),
    )
    return Name(tuple((Attribute(type, value),) for type, value in pairs))


def is_printable(text: str) -> bool:
    """Whether a PrintableString can hold it."""
    return _PRINTABLE.fullmatch(text) is not None


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


def decode_name(content: bytes, walk: der.Walk) -> Name:
    """The content of a Name's SEQUENCE. CertificateError when it is none.

    A bounded number of names without a defect is remembered by their exact bytes: the same few issuers stand
    in all certificates of an order. The walk is charged with their elements all the same.
    """
    known = _known_name(content) if len(content) <= MAX_KNOWN_BYTES else None
    if known is None or known[1] > walk.left:
        return _decode_name(content, walk)
    walk.left -= known[1]
    return known[0]


@lru_cache(maxsize=1024)
def _known_name(content: bytes) -> tuple[Name, int] | None:
    """The name and how many elements it has; None for what is none or departs from DER: that is told anew
    each time."""
    walk = der.Walk()
    try:
        name = _decode_name(content, walk)
    except CertificateError:
        return None
    return None if walk.defects else (name, der.MAX_ELEMENTS - walk.left)


def _decode_name(content: bytes, walk: der.Walk) -> Name:
    rdns = []
    for rdn in der.read_all(content, walk):
        if rdn.tag != der.SET:
            raise CertificateError("name.foreign-content")
        attributes = []
        for entry in der.read_all(rdn.content, walk):
            parts = der.read_all(entry.content, walk) if entry.tag == der.SEQUENCE else []
            if len(parts) != 2 or parts[0].tag != der.OID:
                raise CertificateError("name.foreign-content")
            attributes.append(
                Attribute(der.read_oid(parts[0].content), _decode_string(parts[1]), parts[1].tag)
            )
        rdns.append(tuple(attributes))
        if len(rdns) > MAX_ATTRIBUTES:
            raise CertificateError("name.too-many-attributes", most=MAX_ATTRIBUTES)
    return Name(tuple(rdns))


def _as_name(name: str | Name) -> Name:
    return name if isinstance(name, Name) else parse_name(name)


def _decode_string(element: der.Element) -> str:
    try:
        return element.content.decode(_ENCODINGS.get(element.tag, "ascii"))
    except UnicodeDecodeError:
        return element.content.decode("latin-1")


def _encode_string(attribute: Attribute) -> bytes:
    try:
        return der.tlv(attribute.tag, attribute.value.encode(_ENCODINGS.get(attribute.tag, "latin-1")))
    except UnicodeEncodeError:
        return der.tlv(der.UTF8, attribute.value.encode("utf-8"))


def _encode_attribute(attribute: Attribute) -> bytes:
    tag = der.PRINTABLE if is_printable(attribute.value) else der.UTF8
    value = der.tlv(tag, attribute.value.encode("utf-8", "surrogatepass"))
    return der.sequence(der.oid(attribute.type), value)


def _attribute_text(attribute: Attribute) -> str:
    if attribute.type not in TYPE_NAMES:  # RFC 2253, 2.4: a type without a short name is written in hex
        return f"{attribute.type}=#{_encode_string(attribute).hex()}"
    return f"{attribute.type_name}={_escape(attribute.value)}"


def _escape(value: str) -> str:
    if _ESCAPED.search(value) is None:
        return value
    out = []
    for place, character in enumerate(value):
        edge = place in (0, len(value) - 1)
        if character in ',+"\\<>;' or (character == " " and edge) or (character == "#" and place == 0):
            out.append("\\" + character)
        elif character < " " or "\x7f" <= character <= "\x9f" or character in "\ufffe\uffff":
            out.append("".join(f"\\{byte:02X}" for byte in character.encode("utf-8")))
        else:
            out.append(character)
    return "".join(out)


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
        match = re.compile(r"#((?:[0-9A-Fa-f]{2})+)").match(self.text, self.place)
        if match is None:
            raise CertificateError("name.bad-hex", where=self.text[:80])
        self.place = match.end()
        self._blanks_until_separator()
        element, rest = der.read_one(bytes.fromhex(match[1]), der.Walk())
        if rest:
            raise CertificateError("name.bad-hex", where=self.text[:80])
        return _decode_string(element), element.tag

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
