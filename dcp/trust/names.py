"""Distinguished names: as values, in the DER of certificates, and written as text (RFC 2253).

Two names are equal when they hold the same attributes, whatever their order. Texts are read in
`dcp.trust.name_text`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from dcp.dataclass import dataclass
from dcp.errors import CertificateError
from dcp.patterns import pattern
from dcp.trust import der

MAX_ATTRIBUTES = 64

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

_PRINTABLE = pattern(r"[A-Za-z0-9 '()+,\-./:=?]*")
_ESCAPED = pattern(r'[,+"\\<>;\x00-\x1f\x7f-\x9f\ufffe\uffff]|\A[ #]| \Z')
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


@der.remembered
def decode_name(content: bytes, walk: der.Walk) -> Name:
    """The content of a Name's SEQUENCE. CertificateError when it is none."""
    rdns: list[tuple[Attribute, ...]] = []
    for rdn in der.read_all(content, walk):
        if rdn.tag != der.SET:
            raise CertificateError("name.foreign-content")
        plain = _plain_attribute(rdn.content)
        if plain is not None and walk.left >= _PLAIN_ELEMENTS:
            walk.left -= _PLAIN_ELEMENTS
            rdns.append((plain,))
            continue
        attributes = []
        for entry in der.read_all(rdn.content, walk):
            parts = der.read_all(entry.content, walk) if entry.tag == der.SEQUENCE else []
            if len(parts) != 2 or parts[0].tag != der.OID:
                raise CertificateError("name.foreign-content")
            attributes.append(
                Attribute(der.read_oid(parts[0].content), decode_string(parts[1]), parts[1].tag)
            )
        rdns.append(tuple(attributes))
        if len(rdns) > MAX_ATTRIBUTES:
            raise CertificateError("name.too-many-attributes", most=MAX_ATTRIBUTES)
    return Name(tuple(rdns))


_PLAIN_ELEMENTS = 3
_X520 = b"\x06\x03\x55\x04"  # an identifier below 2.5.4


def _plain_attribute(content: bytes) -> Attribute | None:
    """What nearly all names consist of: one attribute below 2.5.4 with a short PrintableString or UTF8String,
    in exact DER. None for anything else."""
    size = len(content)
    if (
        9 <= size < 0x80
        and content[0] == der.SEQUENCE
        and content[1] == size - 2
        and content[2:6] == _X520
        and content[6] < 0x80
        and content[7] in (der.PRINTABLE, der.UTF8)
        and content[8] == size - 9
    ):
        tag = content[7]
        value = decode_string(der.Element(tag, content[7:], content[9:]))
        return Attribute(der.read_oid(content[4:7]), value, tag)
    return None


def decode_string(element: der.Element) -> str:
    """The text of a string of any type; Latin-1 where its bytes are none of that type."""
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
