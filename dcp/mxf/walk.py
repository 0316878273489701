"""Stepping through the essence of a track file, from KLV to KLV, and finding the way again after damage."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Literal, NamedTuple

from dcp.errors import TrackFileError
from dcp.mxf import klv, labels, triplet
from dcp.mxf.element import Element, Fault, element_kind, element_of, unit_fault
from dcp.mxf.header import TrackHeader
from dcp.mxf.index import IndexTable
from dcp.mxf.labels import UL_PREFIX, UL_SIZE, any_version
from dcp.mxf.layout import HEAD_SIZE, Layout, Region, read_head
from dcp.mxf.stream import Direct, Stream
from dcp.system import pread
from dcp.texts.catalogue import Text, text

MAX_UNIT = 256 * 1024 * 1024
"""No unit of a DCP comes near; a font or image beside a timed text is the largest."""

MAX_LOST = 100_000
"""Units in a row that are looked for in vain, more than an hour of them; then the search is given up."""

SEEK_BACK = 64
"""Units before one that is damaged at its head, at which the way to it may begin."""

PEEK = 256
NOTHING = memoryview(b"")
_USUAL = b"\x83"  # a length of three bytes, as every writer of DCPs has it


class _Step(NamedTuple):
    """A KLV that lies whole in the data, from 0 to `end`. head: its key and length, before the value. base:
    where the data begin in the object that has their bytes."""

    kind: Literal["plain", "encrypted", "skip", "foreign"]
    data: memoryview
    head: bytes
    end: int
    base: int


class Head(NamedTuple):
    """What the head of a unit tells. length: bytes of its essence. sealed: bytes of the encrypted source
    value that holds it, the same as `length` in the clear. iv: its initialization vector. key: with the
    length behind it, as they stand."""

    offset: int
    length: int
    sealed: int
    iv: bytes
    key: bytes


class Walk:
    """The elements of a file, one read a unit: its value together with the head of the next one."""

    def __init__(
        self,
        fileno: Callable[[], int],
        layout: Layout,
        header: TrackHeader,
        *,
        index: Callable[[], IndexTable | None],
        bytes_of: Direct | Stream,
    ) -> None:
        self._fileno = fileno
        self._header = header
        self._regions = _regions_of(layout, header)
        self._index = index
        self._bytes_of = bytes_of
        element = element_of(header.container)
        self._element = element_kind(element) if element is not None else None
        self._atom = labels.same(header.operational_pattern, labels.OP_ATOM)
        self._last_key = b""  # keys repeat: the kind of the last one is remembered
        self._last_kind: Literal["plain", "encrypted", "skip", "foreign"] = "foreign"
        self._ahead = b""  # the head of the next unit, which came with the last one
        self._ahead_at = -1

    def elements(self, start: int = 0, last: int | None = None) -> Iterator[Element]:
        """From edit unit `start` on, up to the unit number `last` (not included)."""
        first = start * self._header.units_per_edit_unit
        if (last is not None and first >= last) or (start and start >= self._header.container_duration > 0):
            return
        ordinal = first
        regions: Iterator[tuple[Region, int]] = ((each, each.start) for each in self._regions)
        sought = self._seek(start) if start else None
        if sought is not None:
            number, position, found = sought
            ordinal = found * self._header.units_per_edit_unit
            regions = (
                (each, position if at == number else each.start)
                for at, each in enumerate(self._regions)
                if at >= number
            )
        else:
            ordinal = 0
        for region, position in regions:
            for element in self._region(region, position, ordinal):
                ordinal = element.ordinal + 1
                if element.ordinal >= first:
                    yield element
                if last is not None and ordinal >= last:
                    return

    def carries_mic(self) -> bool:
        """Whether any unit has integrity items; found out from the heads of the units, up to the first."""
        return any(triplet.holds_integrity(head, length) for head, length in self._heads())

    def peek(self, count: int) -> Iterator[memoryview]:
        """The first bytes of the values of the first `count` encrypted units; the walk stays where it is."""
        return (head for head, _ in islice(self._heads(), count))

    def heads(self) -> Iterator[Head]:
        """Every unit by its head alone. TrackFileError where the heads do not lead from the first unit to the
        last."""
        for region in self._regions:
            at = region.start
            while at < region.end:
                key, value, length = read_head(self._fileno(), at, region.end)
                kind = self._kind(region, key)
                own = pread(self._fileno(), value - at, at)
                if kind == "foreign" or length > MAX_UNIT:
                    raise TrackFileError("mxf.no-key")
                if kind == "encrypted":
                    start = memoryview(pread(self._fileno(), min(length, PEEK), value))
                    source_length, peeked = triplet.peek_source_length(start), triplet.peek_triplet(start)
                    if source_length is None or peeked is None:
                        raise TrackFileError("mxf.encrypted-length", bytes=length, expected=length)
                    sealed = triplet.esv_size(source_length, peeked[0])
                    if sealed > length:
                        raise TrackFileError("mxf.encrypted-length", bytes=length, expected=sealed)
                    yield Head(at, source_length, sealed, bytes(peeked[1][: triplet.BLOCK]), own)
                elif kind == "plain":
                    yield Head(at, length, length, b"", own)
                at = value + length

    def sizes(self) -> array[int] | None:
        """Bytes of essence of every unit, read from the heads of the units; None where those do not lead from
        the first unit to the last."""
        try:
            return array("Q", (each.length for each in self.heads()))
        except TrackFileError:
            return None

    def _heads(self) -> Iterator[tuple[memoryview, int]]:
        """(first bytes, length) of the values of the encrypted units, as far as their lengths lead."""
        for region in self._regions:
            at = region.start
            while at < region.end:
                try:
                    key, value, length = read_head(self._fileno(), at, region.end)
                except TrackFileError:
                    break
                if any_version(key) == _TRIPLET:
                    yield memoryview(pread(self._fileno(), min(length, PEEK), value)), length
                at = value + length

    def _seek(self, edit_unit: int) -> tuple[int, int, int] | None:
        """(number of the region, file offset, edit unit) of an edit unit, or of the nearest one before it
        that is not damaged at its head; None when the index does not lead to one near."""
        table = self._index() if self._header.essence != "timed_text" else None
        if table is None:
            return None
        for each in range(edit_unit, max(edit_unit - SEEK_BACK, -1), -1):
            found = self._place(table, each)
            if found is not None:
                return (*found, each)
        return None

    def _place(self, table: IndexTable, edit_unit: int) -> tuple[int, int] | None:
        offset = table.offset(edit_unit)
        if offset is None:
            return None
        for number, region in enumerate(self._regions):
            inside = offset - region.stream_offset
            if not region.generic and 0 <= inside < region.end - region.start:
                key = pread(self._fileno(), UL_SIZE, region.start + inside)
                usable = len(key) == UL_SIZE and self._kind(region, key) in ("plain", "encrypted")
                return (number, region.start + inside) if usable else None
        return None

    def _region(self, region: Region, position: int, ordinal: int) -> Iterator[Element]:
        lost = 0
        self._last_key, self._ahead_at = b"", -1
        while position < region.end:
            step = self._step(region, position, ordinal)
            if isinstance(step, Text):
                resume, after = self._resume(region, position, ordinal)
                for number in range(ordinal, min(resume, ordinal + MAX_LOST - lost)):
                    fault = Fault(reason="structure", text=step)
                    yield Element(number, position, region.body_sid, region.generic, False, NOTHING, fault)
                lost += resume - ordinal
                if lost >= MAX_LOST:
                    return
                ordinal, position = resume, after
                continue
            lost = 0
            kind, data, head, end, base = step
            if kind == "foreign" and self._atom:
                fault = unit_fault("mxf.foreign-unit", "structure")
                yield Element(ordinal, position, region.body_sid, region.generic, False, NOTHING, fault, head)
                ordinal += 1
            elif kind in ("plain", "encrypted"):
                yield Element(
                    ordinal,
                    position,
                    region.body_sid,
                    region.generic,
                    kind == "encrypted",
                    data[len(head) : end],
                    None,
                    head,
                    base + len(head),
                )
                ordinal += 1
            position += end

    def _step(self, region: Region, position: int, ordinal: int) -> _Step | Text:
        """Reads the KLV at `position`; what is wrong when it is broken."""
        room = region.end - position
        if room <= UL_SIZE:
            return text("mxf.essence-ends-in-key")
        if position == self._ahead_at:
            head = self._ahead
        else:
            head = bytes(self._bytes_of.view(position, min(HEAD_SIZE, room)))
        if head[:4] != UL_PREFIX:
            return text("mxf.no-key")
        if head[UL_SIZE : UL_SIZE + 1] == _USUAL and len(head) >= klv.HEADER_SIZE:
            value = klv.HEADER_SIZE
            length = int.from_bytes(head[UL_SIZE + 1 : value], "big")
        else:
            try:
                length, size = klv.decode_ber(head, UL_SIZE)
            except TrackFileError as error:
                return error.text
            value = UL_SIZE + size
        end = value + length
        if end > room or length > MAX_UNIT:
            return text("mxf.length-past-essence", bytes=length, room=room - value)
        ahead = min(HEAD_SIZE, room - end)
        buffer = self._bytes_of.view(position, end + ahead)
        base = self._bytes_of.base
        following = buffer[end:].tobytes()
        self._ahead, self._ahead_at = following, position + end
        if following[:4] != UL_PREFIX[:ahead] and self._astray(region, position, ordinal, end):
            return text("mxf.length-leads-astray")
        return _Step(self._kind(region, head[:UL_SIZE]), buffer, head[:value], end, base)

    def _astray(self, region: Region, position: int, ordinal: int, end: int) -> bool:
        """No key stands at `end` of the unit: is this unit's length wrong, or is the next unit damaged?

        The index tells. Of a pair it knows the left eye only, so there it can but say what is too far.
        """
        found = self._next_indexed(region, position)
        if found is None:
            return False
        expected = found[1] - position
        last_of_edit_unit = (ordinal + 1) % self._header.units_per_edit_unit == 0
        return end != expected if last_of_edit_unit else end > expected

    def _kind(self, region: Region, key: bytes) -> Literal["plain", "encrypted", "skip", "foreign"]:
        if key != self._last_key:
            self._last_key = key
            stem = any_version(key)
            if stem == _TRIPLET:
                self._last_kind = "encrypted"
            elif stem in _SKIPPED:
                self._last_kind = "skip"
            elif stem == _GENERIC if region.generic else element_kind(key) == self._element:
                self._last_kind = "plain"
            elif self._element is None and not region.generic:
                self._last_kind = "plain"  # essence that this package does not know is handed out as it is
            else:
                self._last_kind = "foreign"
        return self._last_kind

    def _resume(self, region: Region, position: int, ordinal: int) -> tuple[int, int]:
        """(unit number, file offset) to go on with after damage at `position`: what the index says."""
        found = self._next_indexed(region, position)
        if found is None:
            return ordinal + 1, region.end
        edit_unit, after = found
        number = edit_unit * self._header.units_per_edit_unit
        if not position < after < region.end or number <= ordinal:
            return ordinal + 1, region.end
        return number, after

    def _next_indexed(self, region: Region, position: int) -> tuple[int, int] | None:
        """(edit unit, file offset) of the first one that the index has behind `position`."""
        table = self._index() if not region.generic else None
        moved = region.start - region.stream_offset
        found = table.next_after(position - moved) if table is not None else None
        return None if found is None else (found[0], found[1] + moved)


def _regions_of(layout: Layout, header: TrackHeader) -> tuple[Region, ...]:
    """The regions of the one essence stream; of timed text the generic streams with its resources too."""
    stream = next((each.body_sid for each in layout.regions if not each.generic), None)
    with_resources = header.essence == "timed_text"
    return tuple(
        each for each in layout.regions if (with_resources if each.generic else each.body_sid == stream)
    )


_TRIPLET = any_version(labels.TRIPLET)
_GENERIC = any_version(labels.ELEMENT_GENERIC_STREAM)
_SKIPPED = frozenset((any_version(labels.FILL), any_version(labels.INDEX_SEGMENT)))
