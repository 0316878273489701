"""The first sector of a drive: a master boot record with one primary partition.

ISDCF wants an MBR table (no GPT) with one partition in its first entry, which cinema servers of any age
know (docs/disk.md). The sector's fields: 440 bytes of boot code (none here), the drive's signature, four
entries of 16 bytes, and the mark 55 AA. An entry: status, first sector as cylinder, head and sector, type,
last sector alike, first sector and count of sectors as numbers of 32 bits.
"""

from __future__ import annotations

import struct

from dcp.dataclass import dataclass

SECTOR = 512
LINUX = 0x83
MARK = b"\x55\xaa"
MOST_SECTORS = 0xFFFF_FFFF

_SIGNATURE_AT, _ENTRIES_AT = 440, 446
_ENTRY = struct.Struct("<B3sB3sII")
_HEADS, _PER_TRACK, _CYLINDERS = 255, 63, 1024
_BEYOND = b"\xfe\xff\xff"


@dataclass(frozen=True)
class Partition:
    """One entry of the table. start, size: in bytes; sector: bytes of the drive's logical sector."""

    start: int
    size: int
    type: int = LINUX
    sector: int = SECTOR


def boot_record(partition: Partition, *, disk_id: int) -> bytes:
    """The drive's first 512 bytes. disk_id: the signature, 32 bits, not 0: Windows writes one where it is."""
    first = partition.start // partition.sector
    count = partition.size // partition.sector
    entry = _ENTRY.pack(
        0, _geometry(first), partition.type, _geometry(first + count - 1), first, min(count, MOST_SECTORS)
    )
    return bytes(_SIGNATURE_AT) + struct.pack("<IH", disk_id, 0) + entry + bytes(3 * _ENTRY.size) + MARK


def partitions_of(record: bytes, *, sector: int = SECTOR) -> tuple[Partition, ...]:
    """The entries in use of a boot record; none of what has not its mark."""
    if len(record) < SECTOR or record[SECTOR - 2 : SECTOR] != MARK:
        return ()
    found = []
    for place in range(_ENTRIES_AT, SECTOR - 2, _ENTRY.size):
        _, _, kind, _, first, count = _ENTRY.unpack_from(record, place)
        if kind and count:
            found.append(Partition(first * sector, count * sector, kind, sector))
    return tuple(found)


def _geometry(sector: int) -> bytes:
    """A sector as cylinder, head and sector of 255 heads with 63 sectors; what is beyond says so."""
    track, on_track = divmod(sector, _PER_TRACK)
    cylinder, head = divmod(track, _HEADS)
    if cylinder >= _CYLINDERS:
        return _BEYOND
    return bytes([head, (on_track + 1) | (cylinder >> 8 << 6), cylinder & 0xFF])
