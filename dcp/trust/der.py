"""DER, read leniently and written strictly (ITU-T X.690), as far as certificates need it.

Reading notes what is not DER instead of refusing it: a certificate with one wrong byte must still tell its
name and thumbprint. Depth and number of elements are bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache, wraps
from typing import NamedTuple, TypeVar

from dcp.errors import CertificateError
from dcp.texts.catalogue import Text, text

MAX_DEPTH = 24
MAX_ELEMENTS = 4096

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
UTF8, NUMERIC, PRINTABLE, T61, IA5, BMP, UNIVERSAL = 0x0C, 0x12, 0x13, 0x14, 0x16, 0x1E, 0x1C
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31

MAX_KNOWN, MAX_KNOWN_BYTES = 1024, 512
"""Values that are remembered by their bytes, and the size of the largest; together a bound for the memory."""

LOOSE_BOOLEAN = text("der.boolean-loose")

_K = TypeVar("_K", bytes, "Element")
_T = TypeVar("_T")


class DerError(CertificateError):
    """Bytes that are no tag, length and value at all."""


class Walk:
    """What one reading has met: `defects` are departures from DER that did not stop it. left: how many
    elements may still come."""

    __slots__ = ("defects", "left")

    def __init__(self, left: int = MAX_ELEMENTS) -> None:
        self.defects: list[Text] = []
        self.left = left

    def note(self, defect: Text) -> None:
        """Keep a defect, once."""
        if defect not in self.defects:
            self.defects.append(defect)


class Element(NamedTuple):
    """A tag, its content, and the whole as it stands in the buffer."""

    tag: int
    raw: bytes
    content: bytes


def remembered(read: Callable[[_K, Walk], _T]) -> Callable[[_K, Walk], _T]:
    """`read`, remembering a bounded number of values by the exact bytes that they were read from: the same
    issuers, algorithms and usages stand in all certificates of an order.

    What is refused or departs from DER is read anew each time, and so told each time. The walk is charged
    with the elements all the same.
    """

    @lru_cache(maxsize=MAX_KNOWN)
    def known(source: _K) -> tuple[_T, int] | None:
        walk = Walk()
        try:
            value = read(source, walk)
        except CertificateError:
            return None
        return None if walk.defects else (value, MAX_ELEMENTS - walk.left)

    @wraps(read)
    def reading(source: _K, walk: Walk) -> _T:
        size = len(source) if isinstance(source, bytes) else len(source.raw)
        found = known(source) if size <= MAX_KNOWN_BYTES else None
        if found is None or found[1] > walk.left:
            return read(source, walk)
        walk.left -= found[1]
        return found[0]

    return reading


def read_one(data: bytes, walk: Walk) -> tuple[Element, bytes]:
    """The first element and what follows it. DerError when there is none."""
    return _read(data, walk, 0)


def read_all(data: bytes, walk: Walk) -> list[Element]:
    """The elements one after the other, as in the content of a SEQUENCE."""
    found: list[Element] = []
    new, place, size, left = tuple.__new__, 0, len(data), walk.left
    while place < size:
        start = place + 2
        if start <= size and left > 0:  # an element under 64 KiB in DER, as nearly all are, without a copy
            tag, length = data[place], data[place + 1]
            if length == 0x81 and start < size and data[start] >= 0x80:
                length, start = data[start], start + 1
            elif length == 0x82 and start + 1 < size and data[start]:
                length, start = data[start] << 8 | data[start + 1], start + 2
            elif length >= 0x80:
                length = size  # what else it may be is told below
            end = start + length
            if tag & 0x1F != 0x1F and end <= size:
                left -= 1
                found.append(new(Element, (tag, data[place:end], data[start:end])))
                place = end
                continue
        walk.left = left
        element, rest = _read(data[place:], walk, 0)
        left = walk.left
        found.append(element)
        place = size - len(rest)
    walk.left = left
    return found


def read_integer(content: bytes, walk: Walk) -> int:
    """An INTEGER's value. DerError when it has no content."""
    if not content:
        raise DerError("der.integer-empty")
    if len(content) > 1 and content[0] in (0x00, 0xFF) and (content[0] & 0x80) == (content[1] & 0x80):
        walk.note(text("der.integer-long"))
    return int.from_bytes(content, "big", signed=True)


@lru_cache(maxsize=256)  # the same dozen stands in every certificate
def read_oid(content: bytes) -> str:
    """Dotted text. DerError when it is empty, cut, padded, or has an arc over 64 bits."""
    if not content or content[-1] & 0x80 or len(content) > 64:
        raise DerError("der.oid-malformed")
    arcs, value, fresh = [], 0, True
    for byte in content:
        padded = fresh and byte == 0x80  # not even BER allows it
        value, fresh = value << 7 | byte & 0x7F, not byte & 0x80
        if padded or value >> 64:
            raise DerError("der.oid-malformed")
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))


def read_boolean(content: bytes, walk: Walk) -> bool:
    """A BOOLEAN's value. DerError when it is not one byte long."""
    if len(content) != 1:
        raise DerError("der.boolean-length")
    if content[0] not in (0x00, 0xFF):
        walk.note(LOOSE_BOOLEAN)
    return content[0] != 0


def _read(data: bytes, walk: Walk, depth: int) -> tuple[Element, bytes]:
    walk.left -= 1
    if walk.left < 0 or depth > MAX_DEPTH:
        raise DerError("der.too-many-elements")
    if len(data) < 2:
        raise DerError("der.cut-short")
    tag, first = data[0], data[1]
    if tag & 0x1F == 0x1F:
        raise DerError("der.tag-large")
    if first == 0x80:
        return _read_indefinite(data, walk, depth)
    start, length = 2, first
    if first & 0x80:
        count = first & 0x7F
        if count > 4 or len(data) < 2 + count:
            raise DerError("der.length-malformed")
        start = 2 + count
        length = int.from_bytes(data[2:start], "big")
        if length < 0x80 or data[2] == 0:
            walk.note(text("der.length-long"))
    if start + length > len(data):
        raise DerError("der.cut-short")
    end = start + length
    return Element(tag, data[:end], data[start:end]), data[end:]


def _read_indefinite(data: bytes, walk: Walk, depth: int) -> tuple[Element, bytes]:
    if not data[0] & 0x20:
        raise DerError("der.length-malformed")
    walk.note(text("der.length-open"))
    rest = data[2:]
    while rest[:2] != b"\x00\x00":
        _, rest = _read(rest, walk, depth + 1)
    end = len(data) - len(rest)
    return Element(data[0], data[: end + 2], data[2:end]), rest[2:]


# --- writing ---


def tlv(tag: int, content: bytes) -> bytes:
    """An element: tag of one byte, definite length in the fewest bytes, content."""
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE of encoded elements."""
    return tlv(SEQUENCE, b"".join(parts))


def integer(value: int) -> bytes:
    """An INTEGER in the fewest bytes."""
    magnitude = value if value >= 0 else ~value
    return tlv(INTEGER, value.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER out of dotted text."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return tlv(OID, b"".join(_base128(arc) for arc in (first * 40 + second, *rest)))


def octets(content: bytes) -> bytes:
    """An OCTET STRING."""
    return tlv(OCTET_STRING, content)


def bits(content: bytes, *, unused: int = 0) -> bytes:
    """A BIT STRING. unused: how many bits at the end of the last byte are none of it."""
    return tlv(BIT_STRING, bytes((unused,)) + content)


def named_bits(positions: Iterable[int]) -> bytes:
    """A BIT STRING of named bits, trailing zeros cut off as DER wants it."""
    chosen = set(positions)
    if not chosen:
        return bits(b"")
    last = max(chosen)
    value = sum(1 << (last - position) for position in chosen)
    unused = -(last + 1) % 8
    return bits((value << unused).to_bytes((last + 8) // 8, "big"), unused=unused)


def boolean(value: bool) -> bytes:
    """A BOOLEAN; true is FF."""
    return tlv(BOOLEAN, b"\xff" if value else b"\x00")


def time(value: datetime) -> bytes:
    """UTCTime before 2050, GeneralizedTime from then on (RFC 5280, 4.1.2.5)."""
    instant = value.astimezone(UTC)
    if 1950 <= instant.year < 2050:
        return tlv(UTC_TIME, instant.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(GENERALIZED_TIME, f"{instant.year:04}{instant:%m%d%H%M%S}Z".encode())


def _base128(value: int) -> bytes:
    out = bytearray((value & 0x7F,))
    while value := value >> 7:
        out.insert(0, 0x80 | value & 0x7F)
    return bytes(out)
