"""Reads the structure of a track file, tolerantly: what is wrong is kept for those who judge, not refused.

Nothing is allocated before its length was held against the file and against what may be read in all; what
refers to something is not followed, so that no circle has an effect.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from dcp.errors import TrackFileError
from dcp.mxf import klv
from dcp.mxf.labels import FILL, PRIMER, RANDOM_INDEX, UL, UL_PREFIX, UL_SIZE, any_version
from dcp.mxf.layout import HEAD_SIZE, MAX_HEADER, MAX_INDEX
from dcp.mxf.partition import (
    CLOSED_COMPLETE,
    MAX_PACK,
    MAX_PARTITIONS,
    MAX_RIP,
    MIN_PACK,
    RIP_PAIR,
    is_partition,
    read_partition,
)
from dcp.mxf.structure.values import (
    Fill,
    Foreign,
    Pack,
    PartitionRead,
    Primer,
    RandomIndex,
    RawItem,
    RawSet,
)
from dcp.mxf.structure.view import Structure, view_of
from dcp.system import pread
from dcp.texts.catalogue import Text, text

MAX_KLVS = 100_000
"""KLVs in the metadata of one file; a header with 30,000 resources has fewer."""
MAX_BYTES = MAX_HEADER + MAX_INDEX
"""Of metadata in one file."""
MAX_ITEMS = 300_000
"""Items of sets in the metadata of one file, and entries of its primers: each takes a hundred
times the memory that its four bytes take in the file."""
OF_A_SET = 2
"""As much as so many items takes a set by itself."""
TOO_MUCH = "mxf.structure-too-much"
MAX_BEHIND = 1024 * 1024
"""Bytes behind the end that are looked at."""

_WINDOW = 64 * 1024
_GLANCE = 1024
_FILL, _PRIMER, _RANDOM_INDEX = (any_version(each) for each in (FILL, PRIMER, RANDOM_INDEX))
_TRIPLET = bytes.fromhex("060e2b34020401")
_GENERIC = bytes.fromhex("060e2b34010101")
_GENERIC_TAIL = bytes.fromhex("0d010509")


def read_structure(path: Path, most: int = MAX_ITEMS) -> Structure | None:
    """What stands in the file; None when it cannot be read or does not begin with a partition pack. most:
    items of sets that are read."""
    try:
        with path.open("rb", buffering=0) as stream:
            return structure_of(stream.fileno(), os.fstat(stream.fileno()).st_size, most)
    except OSError:
        return None


def structure_of(descriptor: int, size: int, most: int = MAX_ITEMS) -> Structure | None:
    """The same of an open file."""
    reader = _Reader(descriptor, size, most)
    header = reader.partition(0)
    if header is None:
        return None
    random_index = reader.random_index_at_end()
    read: dict[int, PartitionRead] = {0: header}
    astray: list[int] = []
    wanted = [] if random_index is None else [offset for _, offset in random_index.pairs]
    wanted.append(header.pack.partition.footer_partition)
    for offset in wanted[: 2 * MAX_PARTITIONS]:
        reader.follow(offset, read, astray)
    if random_index is None:
        _back(reader, read, astray)
        random_index = reader.random_index(max(read.values(), key=lambda each: each.pack.offset).end)
        for _, offset in random_index.pairs if random_index is not None else ():
            reader.follow(offset, read, astray)
    partitions = tuple(read[offset] for offset in sorted(read))
    end = max(partitions[-1].end, random_index.end if random_index is not None else 0)
    behind = max(size - end, 0)
    metadata = view_of(_that_counts(partitions))
    return Structure(
        size,
        partitions,
        random_index,
        tuple(dict.fromkeys(astray)),
        behind,
        reader.zero(end, min(behind, MAX_BEHIND)) is None,
        metadata,
        tuple(
            each
            for partition in partitions
            if partition.index
            for each in view_of(partition, index=True, primer=metadata.primer).sets
        ),
    )


def _that_counts(partitions: tuple[PartitionRead, ...]) -> PartitionRead:
    """The header, or the last partition that repeats closed and complete what a header left open has."""
    header = partitions[0]
    if header.pack.partition.status == CLOSED_COMPLETE:
        return header
    repeated = (
        each
        for each in reversed(partitions[1:])
        if each.sets and each.primers and each.pack.partition.status == CLOSED_COMPLETE
    )
    return next(repeated, header)


def _back(reader: _Reader, read: dict[int, PartitionRead], astray: list[int]) -> None:
    """From the footer on the way that the packs' PreviousPartition leads, to the header."""
    last = max(read)
    for _ in range(MAX_PARTITIONS):
        before = read[last].pack.partition.previous_partition
        if before >= last or before in read or not reader.follow(before, read, astray):
            return
        last = before


class _Reader:
    """The file, read in windows, and how much of it may still be read."""

    def __init__(self, descriptor: int, size: int, most: int) -> None:
        self.size = size
        self._descriptor = descriptor
        self._start, self._window = 0, b""
        self._ahead = _GLANCE  # where there is no metadata, a pack and the next key are all that is wanted
        self._bytes, self._klvs, self._items = MAX_BYTES, MAX_KLVS, most

    def read(self, offset: int, count: int) -> bytes:
        """What the file has of these; fewer at its end."""
        if not self._start <= offset <= offset + count <= self._start + len(self._window):
            want = max(count, min(self._ahead, self.size - offset))
            self._start, self._window = offset, _all(self._descriptor, offset, max(want, 0))
        at = offset - self._start
        return self._window[at : at + count]

    def zero(self, offset: int, count: int) -> int | None:
        """The offset of the first byte that is not zero; None when there is none."""
        end = offset + count
        while offset < end:
            part = self.read(offset, min(_WINDOW, end - offset))
            if not part:
                return None
            rest = part.lstrip(b"\0")
            if rest:
                return offset + len(part) - len(rest)
            offset += len(part)
        return None

    def head(self, offset: int) -> tuple[UL, int, int] | Text:
        """(key, bytes of the length, length) of the KLV at `offset`; what is wrong when there is none."""
        head = self.read(offset, min(HEAD_SIZE, max(self.size - offset, 0)))
        if len(head) <= UL_SIZE:
            return text("mxf.ends-in-key")
        if head[: len(UL_PREFIX)] != UL_PREFIX:
            return text("mxf.no-key")
        try:
            length, form = klv.decode_ber(head, UL_SIZE)
        except TrackFileError as error:
            return error.text
        if length > self.size - offset - UL_SIZE - form:
            return text("mxf.length-past-end", bytes=length)
        return UL(head[:UL_SIZE]), form, length

    def follow(self, offset: int, read: dict[int, PartitionRead], astray: list[int]) -> bool:
        """Reads the partition that something says begins here."""
        if offset in read or len(read) >= MAX_PARTITIONS:
            return True
        found = self.partition(offset) if 0 < offset < self.size else None
        if found is not None:
            read[offset] = found
        elif offset:
            astray.append(offset)
        return found is not None

    def partition(self, offset: int) -> PartitionRead | None:
        head = self.head(offset)
        if isinstance(head, Text) or not is_partition(head[0]) or not MIN_PACK <= head[2] <= MAX_PACK:
            return None
        key, form, length = head
        value = self.read(offset + UL_SIZE + form, length)
        try:
            parsed = read_partition(key, value, place=offset)
        except TrackFileError:
            return None
        item_size = int.from_bytes(value[84:88], "big")
        spare = length - MIN_PACK - len(parsed.essence_containers) * UL_SIZE
        pack = Pack(key, offset, UL_SIZE + form + length, form, parsed, item_size, spare)
        stated = pack.end + parsed.header_byte_count + parsed.index_byte_count
        self._ahead = _WINDOW if stated > pack.end else _GLANCE
        content: list[RawSet | Primer | Fill | Foreign] = []
        at, broken = pack.end, None
        while at < self.size:
            found = self._klv(at, stated)
            if found is None or isinstance(found, Text):
                broken = found
                break
            content.append(found)
            at += found.size
        return PartitionRead(pack, tuple(content), at, broken)

    def _klv(self, at: int, stated: int) -> RawSet | Primer | Fill | Foreign | Text | None:
        """The KLV of metadata at this place; None when something else begins here."""
        head = self.head(at)
        if isinstance(head, Text):
            return head if at < stated else None
        key, form, length = head
        plain = any_version(key)
        if is_partition(key) or plain == _RANDOM_INDEX or is_essence(key):
            return None
        a_set = key[4] == 0x02 and key[5] == 0x53
        if plain not in (_FILL, _PRIMER) and not a_set and at >= stated:
            return None
        self._klvs -= 1
        size, value = UL_SIZE + form + length, at + UL_SIZE + form
        if plain == _FILL:
            if self._klvs < 0:
                return text(TOO_MUCH)
            return Fill(key, at, size, form, self.zero(value, min(length, MAX_BEHIND)))
        self._bytes -= length
        if self._bytes < 0 or self._klvs < 0:
            return text(TOO_MUCH)
        if plain == _PRIMER:
            self._items -= min(length // 18, 1 << 16)
            if self._items < 0:
                return text(TOO_MUCH)
            return _primer(key, at, size, form, self.read(value, length))
        if a_set:
            items, whole = _items(self.read(value, length), value, self._items)
            self._items -= len(items) + OF_A_SET
            if items and self._items <= 0:
                return text(TOO_MUCH)
            return RawSet(key, at, size, form, items, whole)
        return Foreign(key, at, size, form)

    def random_index_at_end(self) -> RandomIndex | None:
        """The random index pack that the last four bytes of the file lead to."""
        total = int.from_bytes(self.read(self.size - 4, 4), "big")
        found = self.random_index(self.size - total) if klv.HEADER_SIZE <= total <= self.size else None
        return found if found is not None and found.end == self.size else None

    def random_index(self, offset: int) -> RandomIndex | None:
        head = self.head(offset)
        if isinstance(head, Text) or any_version(head[0]) != _RANDOM_INDEX or not 4 <= head[2] <= MAX_RIP:
            return None
        key, form, length = head
        value = self.read(offset + UL_SIZE + form, length)
        pairs = tuple(
            struct.unpack_from(">IQ", value, at) for at in range(0, length - 4 - RIP_PAIR + 1, RIP_PAIR)
        )
        total = int.from_bytes(value[-4:], "big")
        whole = (length - 4) % RIP_PAIR == 0
        return RandomIndex(key, offset, UL_SIZE + form + length, form, pairs[:MAX_PARTITIONS], total, whole)


def is_essence(key: bytes) -> bool:
    """Whether a KLV of this key is essence, plain or encrypted or of a generic stream."""
    if key[:7] == _TRIPLET and key[8:12] == b"\x0d\x01\x03\x01":
        return True
    if key[:7] == _GENERIC and key[8:12] == _GENERIC_TAIL:
        return True
    return key[4] == 0x01 and key[5] == 0x02


def _all(descriptor: int, offset: int, count: int) -> bytes:
    parts: list[bytes] = []
    while count > 0:
        part = pread(descriptor, count, offset)
        if not part:
            break
        parts.append(part)
        offset += len(part)
        count -= len(part)
    return b"".join(parts)


def _items(value: bytes, offset: int, most: int) -> tuple[tuple[RawItem, ...], bool]:
    """Two-byte tags and lengths, as far as they lead, and not more of them than `most`."""

    def found() -> Iterator[RawItem]:
        at = 0
        while len(value) - at >= 4:
            tag, length = struct.unpack_from(">HH", value, at)
            if length > len(value) - at - 4:
                return
            yield RawItem(tag, offset + at, value[at + 4 : at + 4 + length])
            at += 4 + length

    items = tuple(islice(found(), max(most, 0)))
    return items, sum(4 + len(each.value) for each in items) == len(value)


def _primer(key: UL, offset: int, size: int, form: int, value: bytes) -> Primer:
    count, item_size = struct.unpack(">II", value[:8]) if len(value) >= 8 else (0, 0)
    entries = tuple(
        (int.from_bytes(value[at : at + 2], "big"), UL(value[at + 2 : at + 18]))
        for at in range(8, min(8 + count * 18, len(value) - 17), 18)
    )
    return Primer(
        key, offset, size, form, count, item_size, entries, item_size == 18 and len(value) == 8 + count * 18
    )
