"""Where things lie in a track file: partitions, essence regions, header sets, index segments.

Everything is bounded by the size of the file before it is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcp.dataclass import dataclass
from dcp.errors import TrackFileError
from dcp.mxf import klv
from dcp.mxf.index import IndexTable, read_index
from dcp.mxf.labels import FILL, INDEX_SEGMENT, OP_ATOM, UL, UL_PREFIX, UL_SIZE, same
from dcp.mxf.metadata import HeaderMetadata, read_header, read_set
from dcp.mxf.partition import (
    MAX_PACK,
    MAX_PARTITIONS,
    MAX_RIP,
    Partition,
    is_partition,
    read_partition,
    read_random_index,
)
from dcp.mxf.sets import IndexTableSegment
from dcp.system import pread
from dcp.texts.catalogue import text

MAX_HEADER = 4 * 1024 * 1024  # room for the resources of 30,000 images beside a timed text
MAX_INDEX = 32 * 1024 * 1024  # entries for 35 hours at 24 a second
HEAD_SIZE = UL_SIZE + 9
"""Bytes that hold any key and length."""


@dataclass(frozen=True)
class Region:
    """Essence of one stream in one partition: file offsets [start, end); stream_offset is that of `start`."""

    body_sid: int
    start: int
    end: int
    stream_offset: int
    generic: bool


@dataclass(frozen=True)
class Layout:
    size: int
    partitions: tuple[Partition, ...]
    random_index: tuple[tuple[int, int], ...]
    regions: tuple[Region, ...]
    metadata: HeaderMetadata
    rip_offset: int

    @property
    def header(self) -> Partition:
        return self.partitions[0]


def read_at(descriptor: int, offset: int, size: int) -> bytes:
    """Exactly `size` bytes. TrackFileError (truncated) when the file ends before."""
    parts: list[bytes] = []
    left = size
    while left:
        part = pread(descriptor, left, offset)
        if not part:
            raise TrackFileError("mxf.ends-early", reason="truncated", n=left)
        parts.append(part)
        offset += len(part)
        left -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def read_head(descriptor: int, offset: int, end: int) -> tuple[UL, int, int]:
    """(key, offset of the value, length) of the KLV at `offset`, which must end by `end`."""
    room = end - offset
    if room < UL_SIZE + 1:
        raise TrackFileError("mxf.ends-in-key", reason="truncated", where=text("place.byte", byte=offset))
    head = pread(descriptor, min(HEAD_SIZE, room), offset)
    if len(head) < UL_SIZE + 1:
        raise TrackFileError("mxf.ends-in-key", reason="truncated", where=text("place.byte", byte=offset))
    length, size = klv.decode_ber(head, UL_SIZE)
    if length > room - UL_SIZE - size:
        raise TrackFileError(
            "mxf.length-past-end", reason="truncated", where=text("place.byte", byte=offset), bytes=length
        )
    return UL(head[:UL_SIZE]), offset + UL_SIZE + size, length


def read_layout(descriptor: int, size: int) -> Layout:
    """TrackFileError when the file is no MXF file, is cut short, or its partitions do not hang together."""
    header, at = _read_pack(descriptor, 0, size)
    if header.kind != "header":
        raise TrackFileError("mxf.no-header-partition")
    random_index, rip_offset = _find_random_index(descriptor, size, header)
    partitions = [header]
    for number, (_, offset) in enumerate(random_index):
        if number == 0:
            if offset != 0:
                raise TrackFileError("mxf.random-index-start")
            continue
        if offset <= partitions[-1].this_partition or offset >= rip_offset:
            raise TrackFileError("mxf.random-index-order", byte=offset)
        found, _ = _read_pack(descriptor, offset, size)
        if found.this_partition != offset:
            raise TrackFileError("mxf.partition-elsewhere", byte=offset, stated=found.this_partition)
        partitions.append(found)
    at = _skip_fill(descriptor, at, rip_offset)
    if header.header_byte_count > min(MAX_HEADER, rip_offset - at):
        raise TrackFileError(
            "mxf.header-too-long",
            reason="truncated" if header.header_byte_count <= MAX_HEADER else "structure",
            bytes=header.header_byte_count,
        )
    metadata = read_header(read_at(descriptor, at, header.header_byte_count), base=at)
    return Layout(
        size=size,
        partitions=tuple(partitions),
        random_index=random_index,
        regions=tuple(_regions(descriptor, partitions, rip_offset)),
        metadata=metadata,
        rip_offset=rip_offset,
    )


def read_index_table(descriptor: int, layout: Layout, body_sid: int) -> IndexTable | None:
    """The index of one essence stream, from whichever partitions carry it."""
    return read_index(
        segment
        for partition, end in _with_ends(layout.partitions, layout.rip_offset)
        if partition.index_byte_count
        for segment in _segments(descriptor, layout, partition, end)
        if segment.body_sid in (body_sid, 0, None)
    )


def _segments(descriptor: int, layout: Layout, partition: Partition, end: int) -> Iterator[IndexTableSegment]:
    _, at = _read_pack(descriptor, partition.this_partition, layout.size)
    at = _skip_fill(descriptor, at, end) + partition.header_byte_count
    stop = at + partition.index_byte_count
    if stop > end or partition.index_byte_count > MAX_INDEX:
        raise TrackFileError("mxf.index-past-partition", where=text("place.byte", byte=at))
    while at < stop:
        key, value, length = read_head(descriptor, at, stop)
        if same(key, INDEX_SEGMENT):
            found = read_set(key, read_at(descriptor, value, length), layout.metadata.primer, at)
            assert isinstance(found, IndexTableSegment)
            yield found
        at = value + length


def _read_pack(descriptor: int, offset: int, size: int) -> tuple[Partition, int]:
    """The partition pack at `offset` and where it ends."""
    head = pread(descriptor, UL_SIZE, offset)
    if offset == 0 and not is_partition(head):
        id = "mxf.empty" if size == 0 else "mxf.no-mxf"
        if len(head) < UL_SIZE and UL_PREFIX.startswith(head[:4]):
            raise TrackFileError("mxf.empty" if size == 0 else "mxf.cut-in-first-key", reason="truncated")
        raise TrackFileError(id)
    key, value, length = read_head(descriptor, offset, size)
    if not is_partition(key):
        raise TrackFileError("mxf.no-partition-pack", where=text("place.byte", byte=offset))
    if length > MAX_PACK:
        raise TrackFileError(
            "mxf.partition-pack-too-long", where=text("place.byte", byte=offset), bytes=length, most=MAX_PACK
        )
    pack = read_partition(key, read_at(descriptor, value, length), place=offset)
    return pack, value + length


def _skip_fill(descriptor: int, offset: int, end: int) -> int:
    """Where the KLV after the fill items at `offset` starts."""
    while end - offset > UL_SIZE and same(pread(descriptor, UL_SIZE, offset).ljust(UL_SIZE), FILL):
        _, value, length = read_head(descriptor, offset, end)
        offset = value + length
    return offset


def _find_random_index(
    descriptor: int, size: int, header: Partition
) -> tuple[tuple[tuple[int, int], ...], int]:
    """The random index and its offset.

    Every DCP track file ends with one; without it such a file is cut short. Other MXF files may go without:
    their footer is found from the header and the partitions back from there.
    """
    total = int.from_bytes(read_at(descriptor, size - 4, 4), "big")
    if klv.HEADER_SIZE - 3 <= total <= min(size, MAX_RIP):
        try:
            return read_random_index(
                read_at(descriptor, size - total, total), place=size - total
            ), size - total
        except TrackFileError:
            pass
    if same(header.operational_pattern, OP_ATOM) or not header.footer_partition:
        raise TrackFileError("mxf.cut-short", reason="truncated")
    pairs: list[tuple[int, int]] = []
    offset = header.footer_partition
    while len(pairs) < MAX_PARTITIONS:
        found, _ = _read_pack(descriptor, offset, size)
        pairs.append((found.body_sid, offset))
        if offset == 0:
            return tuple(reversed(pairs)), size
        if found.previous_partition >= offset:
            break
        offset = found.previous_partition
    raise TrackFileError("mxf.partitions-lead-nowhere")


def _with_ends(partitions: tuple[Partition, ...], rip_offset: int) -> Iterator[tuple[Partition, int]]:
    ends = [each.this_partition for each in partitions[1:]] + [rip_offset]
    return zip(partitions, ends, strict=True)


def _regions(descriptor: int, partitions: list[Partition], rip_offset: int) -> Iterator[Region]:
    for partition, end in _with_ends(tuple(partitions), rip_offset):
        if not partition.body_sid or partition.kind == "footer":
            continue
        _, at = _read_pack(descriptor, partition.this_partition, end)
        at = _skip_fill(descriptor, at, end)  # no part of the stream, so index offsets do not count it
        start = at + partition.header_byte_count + partition.index_byte_count
        if start > end:
            raise TrackFileError("mxf.partition-shorter", byte=partition.this_partition)
        yield Region(
            partition.body_sid, start, end, partition.body_offset, partition.kind == "generic_stream"
        )
