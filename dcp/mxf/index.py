"""Index tables (ST 377-1; sheet 1.5): where edit unit n starts, counted from the first essence KLV.

Pictures, text and data have an entry an edit unit (VBE), eight bytes each in memory; sound has one size for
all (CBE).
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from uuid import UUID, uuid5

from dcp.dataclass import dataclass
from dcp.errors import TrackFileError
from dcp.mxf.items import Rational
from dcp.mxf.sets import IndexTableSegment

ENTRY = struct.Struct(">bbBQ")
FLAG_RANDOM_ACCESS = 0x80  # some readers refuse 0x00 (asdcplib issue 16)
SEGMENT_ENTRIES = 5000  # an item has at most 65,535 bytes, so 5,956; asdcplib takes 5000
INDEX_SID = 129
BODY_SID = 1


@dataclass(frozen=True)
class IndexTable:
    """unit_size: bytes of every edit unit with key and length, 0 when they differ and `offsets` counts."""

    unit_size: int
    offsets: Sequence[int]
    duration: int
    edit_rate: Fraction | None = None

    def offset(self, edit_unit: int) -> int | None:
        """The stream offset of an edit unit; None when the table does not reach that far."""
        if self.unit_size:
            inside = edit_unit < self.duration or self.duration == 0
            return edit_unit * self.unit_size if inside else None
        return self.offsets[edit_unit] if edit_unit < len(self.offsets) else None

    def next_after(self, stream_offset: int) -> tuple[int, int] | None:
        """(edit unit, stream offset) of the first edit unit that starts behind `stream_offset`."""
        if self.unit_size:
            edit_unit = stream_offset // self.unit_size + 1
            offset = self.offset(edit_unit)
            return None if offset is None else (edit_unit, offset)
        edit_unit = bisect_right(self.offsets, stream_offset)
        return (edit_unit, self.offsets[edit_unit]) if edit_unit < len(self.offsets) else None


def read_index(segments: Iterable[IndexTableSegment]) -> IndexTable | None:
    """The table that these segments make up, None without any. TrackFileError when they contradict."""
    table: IndexTable | None = None
    offsets = array("Q")
    for segment in sorted(segments, key=lambda each: each.index_start_position or 0):
        rate = segment.index_edit_rate.fraction if segment.index_edit_rate else None
        duration = max(segment.index_duration or 0, 0)
        start = segment.index_start_position or 0
        if segment.edit_unit_byte_count:
            if table is None:
                table = IndexTable(segment.edit_unit_byte_count, (), duration, rate)
            continue
        if segment.index_entry_array is None:
            continue
        if start < len(offsets):
            continue  # the same segment again, as IMF writers repeat it in the footer
        if start > len(offsets):
            raise TrackFileError("mxf.index-gap", first=len(offsets), last=start - 1)
        offsets.extend(_entries(segment.index_entry_array))
        table = IndexTable(0, offsets, len(offsets), rate)
    if offsets and any(after < before for before, after in pairwise(offsets)):
        raise TrackFileError("mxf.index-order")
    return table


def index_segments(
    *, seed: UUID, edit_rate: Fraction, offsets: Sequence[int], unit_size: int = 0, duration: int
) -> Iterator[IndexTableSegment]:
    """The segments that a writer puts into the footer. offsets: of VBE edit units; else unit_size counts."""
    common = IndexTableSegment(
        instance_uid=uuid5(seed, "IndexTableSegment/0"),
        index_edit_rate=Rational.of(edit_rate),
        index_start_position=0,
        index_duration=duration,
        edit_unit_byte_count=unit_size,
        index_sid=INDEX_SID,
        body_sid=BODY_SID,
        slice_count=0,
        pos_table_count=0,
        index_entry_array=struct.pack(">II", 0, ENTRY.size),
    )
    if unit_size:
        yield common
        return
    common = replace(common, delta_entry_array=struct.pack(">IIbBI", 1, 6, 0, 0, 0))
    for number, start in enumerate(range(0, max(duration, 1), SEGMENT_ENTRIES)):
        part = offsets[start : start + SEGMENT_ENTRIES]
        yield replace(
            common,
            instance_uid=uuid5(seed, f"IndexTableSegment/{number}"),
            index_start_position=start,
            index_duration=len(part),
            index_entry_array=struct.pack(">II", len(part), ENTRY.size)
            + b"".join(ENTRY.pack(0, 0, FLAG_RANDOM_ACCESS, offset) for offset in part),
        )


def index_size(*, duration: int, constant: bool) -> int:
    """Bytes that `index_segments` come to as KLVs, known before the first of them is made."""
    if constant:
        return SEGMENT_BYTES_CONSTANT
    segments = max(-(-duration // SEGMENT_ENTRIES), 1)
    return segments * SEGMENT_BYTES_VARIABLE + duration * ENTRY.size


SEGMENT_BYTES_CONSTANT = 20 + 20 + 12 + 12 + 12 + 8 + 8 + 8 + 5 + 5 + 12
SEGMENT_BYTES_VARIABLE = SEGMENT_BYTES_CONSTANT + 18  # the delta entry


def _entries(data: bytes) -> Iterator[int]:
    if len(data) < 8:
        raise TrackFileError("mxf.index-no-count")
    count, size = struct.unpack_from(">II", data)
    if count == 0:
        return iter(())
    if size < ENTRY.size or count * size != len(data) - 8:
        raise TrackFileError("mxf.index-count", bytes=len(data), n=count, size=size)
    return (entry[0] for entry in struct.iter_unpack(f">3xQ{size - ENTRY.size}x", data[8:]))
