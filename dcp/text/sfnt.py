"""What a font file is, as its tables say: read without any extra, for those who judge others' fonts.

Nothing is drawn here. That all tables lie in the file and those are there without which no player draws is
what `read_font` says; which signs have a glyph is looked up sign by sign, in the table as it stands.
"""

from __future__ import annotations

import struct
import sys
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.text.font_choice import joins_or_hides

MAX_TABLES = 256
_SINGLE = (b"\0\1\0\0", b"OTTO", b"true")
_COLLECTION = b"ttcf"
_NEEDED = ("cmap", "head", "hhea", "hmtx", "maxp")
_OUTLINES = (("glyf", "loca"), ("CFF ",), ("CFF2",))
_HEAD_MAGIC = 0x5F0F3CF5
_WHOLE = 0xB1B0AFBA
_MAPS = ((3, 10), (0, 6), (0, 4), (3, 1), (0, 3), (0, 2), (0, 1), (0, 0), (3, 0))
"""Platform and encoding of the tables of signs, the fullest first; (3, 0) is that of fonts of symbols."""
_SYMBOLS = 0xF000

Lookup = Callable[[int], int]
"""A code point to its glyph, 0 for none."""


@dataclass(frozen=True)
class FontFacts:
    """glyph: of a code point, 0 for none. collection: whether the file holds several faces. altered: names of
    the tables that do not have the checksum that the font states."""

    glyph: Lookup
    collection: bool
    altered: tuple[str, ...] = ()

    def lacking(self, signs: Iterable[str]) -> tuple[str, ...]:
        """Those of the signs that have no glyph, neither as they are nor taken apart, in their order."""
        return tuple(sign for sign in sorted(set(signs)) if not joins_or_hides(sign) and not self._has(sign))

    def _has(self, sign: str) -> bool:
        if self.glyph(ord(sign)):
            return True
        parts = unicodedata.normalize("NFD", sign)
        return parts != sign and all(self.glyph(ord(part)) for part in parts)


def read_font(data: bytes, where: str | Path) -> FontFacts:
    """The font of a file, the first one of a collection. where: its name, for messages.

    SourceError when it is no TrueType or OpenType font, when a table lies outside the file, when one is not
    there that players need, or when the table of signs cannot be read.
    """
    head = bytes(data[:4])
    at = 0
    if head == _COLLECTION:
        at = _number(data, ">I", 12, where)
        head = bytes(data[at : at + 4])
    if head not in _SINGLE:
        raise SourceError("sfnt.none", where=where)
    tables = _tables(data, at, where)
    lacking = [name for name in _NEEDED if name not in tables]
    if not any(all(name in tables for name in group) for group in _OUTLINES):
        lacking.append("glyf")
    if lacking:
        raise SourceError("sfnt.table", where=where, tables=", ".join(lacking))
    offset, length = tables["head"]
    if length < 54 or _number(data, ">I", offset + 12, where) != _HEAD_MAGIC:
        raise SourceError("sfnt.damaged", where=where, table="head")
    offset, length = tables["cmap"]
    try:
        glyph = _lookup(bytes(data[offset : offset + length]))
    except struct.error:
        glyph = None
    if glyph is None:
        raise SourceError("sfnt.damaged", where=where, table="cmap")
    return FontFacts(glyph, bytes(data[:4]) == _COLLECTION, _altered(data, at))


# --- how it is done -----


def _number(data: bytes, form: str, at: int, where: str | Path) -> int:
    try:
        (found,) = struct.unpack_from(form, data, at)
    except struct.error:
        raise SourceError("sfnt.cut", where=where) from None
    return int(found)


def _tables(data: bytes, at: int, where: str | Path) -> dict[str, tuple[int, int]]:
    count = _number(data, ">H", at + 4, where)
    if count > MAX_TABLES:
        raise SourceError("sfnt.damaged", where=where, table="sfnt")
    found = {}
    for number in range(count):
        place = at + 12 + 16 * number
        name = bytes(data[place : place + 4]).decode("latin-1")
        offset = _number(data, ">I", place + 8, where)
        length = _number(data, ">I", place + 12, where)
        if offset + length > len(data):
            raise SourceError("sfnt.cut", where=where)
        found[name] = (offset, length)
    return found


def _altered(data: bytes, at: int) -> tuple[str, ...]:
    """The tables, by name, whose words do not add up to what the directory at that place says; and `head`
    where the sum of the whole file is not the one that is stated there."""
    found = []
    (count,) = struct.unpack_from(">H", data, at + 4)
    for number in range(count):
        name, stated, offset, length = struct.unpack_from(">4sIII", data, at + 12 + 16 * number)
        table = bytes(data[offset : offset + length])
        if name == b"head":
            table = table[:8] + bytes(4) + table[12:]  # the sum of the whole file, which came later
            whole = _sum(data[:offset] + table + data[offset + length :])
            if bytes(data[:4]) != _COLLECTION and data[offset + 8 : offset + 12] != struct.pack(
                ">I", (_WHOLE - whole) % 2**32
            ):
                found.append("(all)")
        if _sum(table) != stated:
            found.append(name.decode("latin-1"))
    return tuple(found)


def _sum(data: bytes) -> int:
    data += bytes(-len(data) % 4)
    words = array("I", data)
    if sys.byteorder == "little":
        words.byteswap()
    return sum(words) % 2**32


def _lookup(cmap: bytes) -> Lookup | None:
    """Of the fullest table of signs that has a form known here; struct.error where it is cut."""
    (count,) = struct.unpack_from(">H", cmap, 2)
    parts = {}
    for number in range(min(count, MAX_TABLES)):
        platform, encoding, offset = struct.unpack_from(">HHI", cmap, 4 + 8 * number)
        parts[platform, encoding] = offset
    for key in _MAPS:
        if key in parts:
            made = _of_form(cmap, parts[key])
            if made is not None:
                return _of_symbols(made) if key == (3, 0) else made
    return None


def _of_symbols(plain: Lookup) -> Lookup:
    return lambda point: plain(point) or (plain(_SYMBOLS + point) if point < 0x100 else 0)


def _of_form(cmap: bytes, at: int) -> Lookup | None:
    (form,) = struct.unpack_from(">H", cmap, at)
    if form == 0:
        glyphs = struct.unpack_from(">256B", cmap, at + 6)
        return lambda point: glyphs[point] if point < 256 else 0
    if form == 4:
        return _segments(cmap, at)
    if form in (6, 10):
        first, count, start = (
            (*struct.unpack_from(">HH", cmap, at + 6), at + 10)
            if form == 6
            else (*struct.unpack_from(">II", cmap, at + 12), at + 20)
        )
        if start + 2 * count > len(cmap):
            raise struct.error

        def trimmed(point: int) -> int:
            inside = first <= point < first + count
            return int.from_bytes(cmap[(place := start + 2 * (point - first)) : place + 2]) if inside else 0

        return trimmed
    if form in (12, 13):
        return _groups(cmap, at, form == 12)
    return None


def _segments(cmap: bytes, at: int) -> Lookup:
    (doubled,) = struct.unpack_from(">H", cmap, at + 6)
    count = doubled // 2
    ends_at, starts_at = at + 14, at + 16 + doubled
    ends = struct.unpack_from(f">{count}H", cmap, ends_at)
    starts = struct.unpack_from(f">{count}H", cmap, starts_at)
    deltas = struct.unpack_from(f">{count}H", cmap, starts_at + doubled)
    ranges_at = starts_at + 2 * doubled
    ranges = struct.unpack_from(f">{count}H", cmap, ranges_at)

    def glyph(point: int) -> int:
        place = bisect_left(ends, point)
        if place >= count or starts[place] > point:
            return 0
        if not ranges[place]:
            return int(point + deltas[place]) & 0xFFFF
        where = ranges_at + 2 * place + ranges[place] + 2 * (point - starts[place])
        found = int.from_bytes(cmap[where : where + 2])
        return (found + deltas[place]) & 0xFFFF if found else 0

    return glyph


def _groups(cmap: bytes, at: int, counts: bool) -> Lookup:
    (count,) = struct.unpack_from(">I", cmap, at + 12)
    start = at + 16
    if count * 12 > len(cmap) - start:
        raise struct.error

    def glyph(point: int) -> int:
        low, high = 0, count
        while low < high:
            middle = (low + high) // 2
            first, last, found = struct.unpack_from(">III", cmap, start + 12 * middle)
            if point > last:
                low = middle + 1
            elif point < first:
                high = middle
            else:
                return int(found + (point - first if counts else 0))
        return 0

    return glyph
