"""Where things lie in a track file: partitions, essence regions, header sets, index segments.

Everything is bounded by the size of the file before it is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dcp.dataclass import dataclass
from dcp.errors import TrackFileError
from dcp.mxf import klv
from dcp.mxf.index import IndexTable, read_index
from dcp.mxf.labels import FILL, INDEX_SEGMENT, PRIMER, RANDOM_INDEX, UL, UL_PREFIX, UL_SIZE, same
from dcp.mxf.metadata import HeaderMetadata, read_header, read_set
from dcp.mxf.partition import (
    CLOSED_COMPLETE,
    MAX_PACK,
    MAX_PARTITIONS,
    MAX_RIP,
    Partition,
    is_partition,
    read_partition,
    read_random_index,
)
from dcp.mxf.sets import IndexTableSegment, SourcePackage
from dcp.system import pread
from dcp.texts.catalogue import text

MAX_HEADER = 4 * 1024 * 1024  # room for the resources of 30,000 images beside a timed text
MAX_INDEX = 32 * 1024 * 1024  # entries for 35 hours at 24 a second
MAX_STEPS = 2_000_000  # KLVs on the way through a file that nothing else leads into
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
    """rip_offset: where the last partition ends, with or without a random index behind it. metadata: the sets
    of the header, from the partition of that number: of a header that was left open, from the footer."""

    size: int
    partitions: tuple[Partition, ...]
    random_index: tuple[tuple[int, int], ...]
    regions: tuple[Region, ...]
    metadata: HeaderMetadata
    rip_offset: int
    has_random_index: bool = True
    metadata_partition: int = 0

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
    header, _ = _read_pack(descriptor, 0, size)
    if header.kind != "header":
        raise TrackFileError("mxf.no-header-partition")
    found = _find_partitions(descriptor, size, header)
    header = replace(header, this_partition=0)  # where it stands, whatever it says
    partitions = [header]
    for number, (_, offset) in enumerate(found.pairs):
        if number == 0:
            if offset != 0:
                raise TrackFileError("mxf.random-index-start")
            continue
        if offset <= partitions[-1].this_partition or offset >= found.end:
            raise TrackFileError("mxf.random-index-order", byte=offset)
        pack, _ = _read_pack(descriptor, offset, size)
        if pack.this_partition != offset:
            raise TrackFileError("mxf.partition-elsewhere", byte=offset, stated=pack.this_partition)
        partitions.append(pack)
    metadata, number = _metadata(descriptor, partitions, found.end, size)
    return Layout(
        size=size,
        partitions=tuple(partitions),
        random_index=found.pairs,
        regions=tuple(_regions(descriptor, partitions, found.end)),
        metadata=metadata,
        rip_offset=found.end,
        has_random_index=found.has_random_index,
        metadata_partition=number,
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


@dataclass(frozen=True)
class _Found:
    """The partitions as pairs of BodySID and offset, and where the last of them ends."""

    pairs: tuple[tuple[int, int], ...]
    end: int
    has_random_index: bool


def _find_partitions(descriptor: int, size: int, header: Partition) -> _Found:
    """By the random index at the end of the file. Without one, or with something behind it, from the footer
    that the header names; without that by going from KLV to KLV. What leads to no footer is cut short."""
    total = int.from_bytes(read_at(descriptor, size - 4, 4), "big")
    if klv.HEADER_SIZE - 3 <= total <= min(size, MAX_RIP):
        try:
            data = read_at(descriptor, size - total, total)
            return _Found(read_random_index(data, place=size - total), size - total, True)
        except TrackFileError:
            pass
    footer = header.footer_partition
    if 0 < footer < size:
        try:
            end, found = _end_of_footer(descriptor, size, footer)
            pairs = found or _pairs_back(descriptor, size, footer)
            if pairs is not None:
                return _Found(pairs, end, found is not None)
        except TrackFileError as error:
            if error.reason == "truncated":
                raise TrackFileError("mxf.cut-short", reason="truncated") from None
    return _step_through(descriptor, size)


def _end_of_footer(descriptor: int, size: int, footer: int) -> tuple[int, tuple[tuple[int, int], ...] | None]:
    """Where the footer ends, and what the random index that stands there says. TrackFileError when the file
    ends before the footer does."""
    pack, at = _read_pack(descriptor, footer, size)
    if pack.kind != "footer":
        raise TrackFileError("mxf.no-partition-pack", where=text("place.byte", byte=footer))
    while at < size:
        key = pread(descriptor, min(UL_SIZE, size - at), at)
        if len(key) < UL_SIZE:
            if RANDOM_INDEX.startswith(key):
                raise TrackFileError("mxf.cut-short", reason="truncated")
            break
        if same(key, RANDOM_INDEX):
            _, value, length = read_head(descriptor, at, size)
            if length > MAX_RIP:
                break
            data = read_at(descriptor, at, value + length - at)
            try:
                return at, read_random_index(data, place=at)
            except TrackFileError:
                break
        if not (same(key, FILL) or same(key, PRIMER) or (key[:4] == UL_PREFIX and key[4:6] == b"\x02\x53")):
            break
        _, value, length = read_head(descriptor, at, size)
        at = value + length
    return at, None


def _pairs_back(descriptor: int, size: int, footer: int) -> tuple[tuple[int, int], ...] | None:
    """From the footer back to the header, by what each pack says of the one before; None when that does not
    lead there."""
    pairs: list[tuple[int, int]] = []
    offset = footer
    while len(pairs) < MAX_PARTITIONS:
        found, _ = _read_pack(descriptor, offset, size)
        pairs.append((found.body_sid, offset))
        if offset == 0:
            return tuple(reversed(pairs))
        if found.previous_partition >= offset:
            return None
        offset = found.previous_partition
    return None


def _step_through(descriptor: int, size: int) -> _Found:
    """The partitions on the way from the first KLV to the last."""
    pairs: list[tuple[int, int]] = []
    at, footer = 0, False
    for _ in range(MAX_STEPS):
        start = pread(descriptor, len(UL_PREFIX), at)
        if start != UL_PREFIX[: len(start)]:
            break
        try:
            key, value, length = read_head(descriptor, at, size)
        except TrackFileError:
            footer = False
            break
        if is_partition(key):
            pack, _ = _read_pack(descriptor, at, size)
            pairs.append((pack.body_sid, at))
            footer = pack.kind == "footer"
        elif footer and same(key, RANDOM_INDEX):
            return _Found(tuple(pairs), at, True)
        at = value + length
        if at == size:
            break
    if not footer:
        raise TrackFileError("mxf.cut-short", reason="truncated")
    return _Found(tuple(pairs), at, False)


def _metadata(
    descriptor: int, partitions: list[Partition], end: int, size: int
) -> tuple[HeaderMetadata, int]:
    """The sets of the header and the number of the partition that they stand in.

    A header partition that was left open or incomplete gives way to the last partition that repeats its sets
    closed and complete.
    """
    metadata = _read_metadata(descriptor, partitions[0], end, size)
    if partitions[0].status == CLOSED_COMPLETE:
        return metadata, 0
    for number in range(len(partitions) - 1, 0, -1):
        partition = partitions[number]
        if not partition.header_byte_count or partition.status != CLOSED_COMPLETE:
            continue
        try:
            found = _read_metadata(descriptor, partition, end, size)
        except TrackFileError:
            continue
        if found.first(SourcePackage) is not None:
            return found, number
    return metadata, 0


def _read_metadata(descriptor: int, partition: Partition, end: int, size: int) -> HeaderMetadata:
    _, at = _read_pack(descriptor, partition.this_partition, size)
    at = _skip_fill(descriptor, at, end)
    if partition.header_byte_count > min(MAX_HEADER, end - at):
        raise TrackFileError(
            "mxf.header-too-long",
            reason="truncated" if partition.header_byte_count <= MAX_HEADER else "structure",
            bytes=partition.header_byte_count,
        )
    return read_header(read_at(descriptor, at, partition.header_byte_count), base=at)


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
