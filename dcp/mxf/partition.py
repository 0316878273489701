"""Partition packs and the random index pack (ST 377-1; sheet 1.2)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Literal

from dcp.dataclass import dataclass
from dcp.errors import TrackFileError
from dcp.mxf import klv
from dcp.mxf.labels import (
    GENERIC_STREAM_PARTITION,
    PARTITION_STEM,
    RANDOM_INDEX,
    UL,
    UL_SIZE,
    VERSION_BYTE,
    same,
)
from dcp.texts.catalogue import text

PartitionKind = Literal["header", "body", "footer", "generic_stream"]
KINDS: dict[int, PartitionKind] = {2: "header", 3: "body", 4: "footer"}
CLOSED_COMPLETE = 4
GENERIC_STREAM_STATUS = 0x11

_FIXED = struct.Struct(">HHIQQQQQIQI16sII")
MIN_PACK = _FIXED.size
MAX_CONTAINERS = 64
MAX_PACK = MIN_PACK + MAX_CONTAINERS * UL_SIZE
MAX_PARTITIONS = 65536
RIP_PAIR = 12
MAX_RIP = MAX_PARTITIONS * RIP_PAIR + klv.HEADER_SIZE + 9


@dataclass(frozen=True)
class Partition:
    """A partition pack. Field names as in ST 377-1; status 4 is closed and complete."""

    kind: PartitionKind
    this_partition: int
    previous_partition: int
    footer_partition: int
    operational_pattern: UL
    essence_containers: tuple[UL, ...]
    header_byte_count: int = 0
    index_byte_count: int = 0
    index_sid: int = 0
    body_offset: int = 0
    body_sid: int = 0
    status: int = CLOSED_COMPLETE
    major_version: int = 1
    minor_version: int = 2
    kag_size: int = 1

    @property
    def closed(self) -> bool:
        return self.status in (2, 4, GENERIC_STREAM_STATUS)

    @property
    def complete(self) -> bool:
        return self.status in (3, 4, GENERIC_STREAM_STATUS)


def is_partition(key: bytes | memoryview) -> bool:
    """Is this the key of a partition pack of any kind?"""
    return kind_of(key) is not None


def kind_of(key: bytes | memoryview) -> PartitionKind | None:
    stem = bytes(key[:13])
    if stem[:VERSION_BYTE] != PARTITION_STEM[:VERSION_BYTE] or stem[8:] != PARTITION_STEM[8:]:
        return None
    if same(key, GENERIC_STREAM_PARTITION):
        return "generic_stream"
    return KINDS.get(key[13])


def read_partition(key: bytes, value: bytes, *, place: int) -> Partition:
    """place: the file offset of the pack, for messages."""
    kind = kind_of(key)
    if kind is None:
        raise TrackFileError("mxf.no-partition-pack", where=text("place.byte", byte=place))
    if len(value) < MIN_PACK:
        raise TrackFileError(
            "mxf.partition-pack-short", where=text("place.byte", byte=place), n=len(value), least=MIN_PACK
        )
    (
        major,
        minor,
        kag,
        this,
        previous,
        footer,
        header,
        index,
        index_sid,
        body_offset,
        body_sid,
        pattern,
        *b,
    ) = _FIXED.unpack_from(value)
    count, size = b
    if count and (size != UL_SIZE or count > MAX_CONTAINERS or MIN_PACK + count * size > len(value)):
        raise TrackFileError("mxf.partition-labels", where=text("place.byte", byte=place))
    labels = tuple(UL(value[MIN_PACK + at * UL_SIZE : MIN_PACK + (at + 1) * UL_SIZE]) for at in range(count))
    return Partition(
        kind=kind,
        this_partition=this,
        previous_partition=previous,
        footer_partition=footer,
        operational_pattern=UL(pattern),
        essence_containers=labels,
        header_byte_count=header,
        index_byte_count=index,
        index_sid=index_sid,
        body_offset=body_offset,
        body_sid=body_sid,
        status=key[14],
        major_version=major,
        minor_version=minor,
        kag_size=kag,
    )


def write_partition(partition: Partition) -> bytes:
    """The whole KLV: 140 bytes with two container labels."""
    if partition.kind == "generic_stream":
        key = bytes(GENERIC_STREAM_PARTITION)
    else:
        number = next(number for number, kind in KINDS.items() if kind == partition.kind)
        key = PARTITION_STEM + bytes((number, partition.status, 0))
    value = _FIXED.pack(
        partition.major_version,
        partition.minor_version,
        partition.kag_size,
        partition.this_partition,
        partition.previous_partition,
        partition.footer_partition,
        partition.header_byte_count,
        partition.index_byte_count,
        partition.index_sid,
        partition.body_offset,
        partition.body_sid,
        bytes(partition.operational_pattern),
        len(partition.essence_containers),
        UL_SIZE,
    )
    return klv.encode(key, value + b"".join(partition.essence_containers))


def read_random_index(data: bytes, *, place: int) -> tuple[tuple[int, int], ...]:
    """(BodySID, offset) of every partition. data: the whole KLV, found by the length at its end."""
    if len(data) < klv.HEADER_SIZE or not same(data[:UL_SIZE], RANDOM_INDEX):
        raise TrackFileError("mxf.no-random-index", where=text("place.byte", byte=place))
    length, size = klv.decode_ber(data, UL_SIZE)
    value = data[UL_SIZE + size :]
    if length != len(value) or length < 4 or (length - 4) % RIP_PAIR:
        raise TrackFileError("mxf.random-index-length", where=text("place.byte", byte=place))
    return tuple(struct.unpack_from(">IQ", value, at) for at in range(0, length - 4, RIP_PAIR))


def write_random_index(pairs: Sequence[tuple[int, int]]) -> bytes:
    value = b"".join(struct.pack(">IQ", *pair) for pair in pairs)
    total = klv.HEADER_SIZE + len(value) + 4
    return klv.encode(RANDOM_INDEX, value + total.to_bytes(4, "big"))
