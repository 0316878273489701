"""Files into an ext2 or ext3 file system that `mke2fs` has made: allocated in order, written once, by us.

`mke2fs -d` would want a folder that holds all of a drive already, with the drive's owners and modes. Here a
file goes from its source to its blocks in one pass, hashed on the way, and its name is bytes in a directory
and never a word of a script. Of the format there is no more than that takes: a superblock, groups of 32,768
blocks with a bitmap of blocks, one of inodes and a table of inodes, files as 12 direct pointers and trees
of three depths. `e2fsck` has the last word on every file system that was filled here.
"""

from __future__ import annotations

import io
import os
import re
import struct
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.system import pread

Fs = Literal["ext2", "ext3"]

BLOCK = 4096
INODE = 128
PER_GROUP = 32_768
ROOT = 2
FIRST_FREE_INODE = 12  # 11 is lost+found's
MAX_NAME = 255  # bytes
MAX_FILE = (1 << 32) * 512 - (1 << 32)  # bytes: sectors of 512, those of the pointers too, counted in 32 bits
LAST_TIME = 0x7FFF_FFFF  # seconds of an inode of 128 bytes

FEATURES: dict[Fs, tuple[str, ...]] = {
    "ext2": ("filetype", "sparse_super", "large_file"),
    "ext3": ("has_journal", "filetype", "sparse_super", "large_file"),
}
"""Those that Linux has known since 2.4, and no other."""

_BITS = {"has_journal": (0, 4), "filetype": (1, 2), "sparse_super": (2, 1), "large_file": (2, 2)}
_POINTERS = BLOCK // 4
_DIRECT = 12
_SUPER_AT = 1024
_DESCRIPTOR = 32
_STEP = 4 * 1024 * 1024 // BLOCK  # blocks that are read and written at once
_LEAST_TAIL = 64  # blocks beyond its tables that the last group needs; mke2fs drops one of fewer than 50
_FILE, _FOLDER = 0o100644, 0o040755
_INODE = struct.Struct("<HHIIIIIHHII4x15I28x")
_KIND_FILE, _KIND_FOLDER = 1, 2


@dataclass(frozen=True)
class Facts:
    """What a superblock says. features: their names, those that are not ours as `0:0x10` (word, bit)."""

    blocks: int
    free_blocks: int
    inodes: int
    inodes_per_group: int
    block_size: int
    inode_size: int
    features: tuple[str, ...]
    label: str
    id: uuid.UUID


def facts_of(superblock: bytes) -> Facts | None:
    """Of the 1,024 bytes of a superblock; None when they are none."""
    if len(superblock) < 1024 or superblock[56:58] != b"\x53\xef":
        return None
    inodes, blocks, _, free = struct.unpack_from("<4I", superblock, 0)
    words = struct.unpack_from("<3I", superblock, 92)
    names = [name for name, (word, bit) in _BITS.items() if words[word] & bit]
    known = [sum(bit for where, bit in _BITS.values() if where == word) for word in range(3)]
    names += [f"{word}:{words[word] & ~known[word]:#x}" for word in range(3) if words[word] & ~known[word]]
    return Facts(
        blocks=blocks,
        free_blocks=free,
        inodes=inodes,
        inodes_per_group=struct.unpack_from("<I", superblock, 40)[0],
        block_size=1024 << min(struct.unpack_from("<I", superblock, 24)[0], 10),
        inode_size=struct.unpack_from("<H", superblock, 88)[0],
        features=tuple(names),
        label=superblock[120:136].rstrip(b"\0").decode("utf-8", "replace"),
        id=uuid.UUID(bytes=superblock[104:120]),
    )


# --- how much room it takes -----


def ceil_div(number: int, by: int) -> int:
    return -(-number // by)


def blocks_of(size: int) -> int:
    """The blocks of a file of so many bytes, with those of its pointers."""
    data = ceil_div(size, BLOCK)
    return data + sum(
        ceil_div(max(0, data - first), each)
        for first, each in (
            (_DIRECT, _POINTERS),
            (_DIRECT + _POINTERS, _POINTERS**2),
            (_DIRECT + _POINTERS + _POINTERS**2, _POINTERS**3),
        )
    )


def folder_size(names: Sequence[bytes]) -> int:
    """The bytes of a directory with these entries, `.` and `..` beside them."""
    return len(_directory([(1, name, _KIND_FILE) for name in (b".", b"..", *names)]))


def partition_blocks(needed: int, inodes: int, *, journal: int) -> int:
    """The blocks of a partition in which so many are free for files. journal: blocks of the journal."""
    total = needed + journal
    while True:
        total = ceil_div(total, 256) * 256
        groups = ceil_div(total, PER_GROUP)
        tables = ceil_div(ceil_div(inodes, groups) * INODE, BLOCK)
        descriptors = ceil_div(groups * _DESCRIPTOR, BLOCK)
        copies = sum(map(_has_copy, range(groups)))
        taken = groups * (2 + tables) + copies * (1 + descriptors) + journal + journal // 512 + 80
        tail = total % PER_GROUP
        if total - taken >= needed and (not tail or tail >= 3 + tables + descriptors + _LEAST_TAIL):
            return total
        total = max(total + 256, min(taken + needed, total + PER_GROUP))


def _has_copy(group: int) -> bool:
    """Whether a group holds a copy of the superblock (`sparse_super`): 0, 1, powers of 3, 5 and 7."""
    if group <= 1:
        return True
    for base in (3, 5, 7):
        power = base
        while power < group:
            power *= base
        if power == group:
            return True
    return False


# --- how files come in -----


class ShortError(Exception):
    """A file gave fewer bytes than it was said to have."""


Read = Callable[[int], bytes]
"""The next so many bytes of a file: exactly as many, never beyond its size."""


class Filler:
    """A file system that mke2fs just made, as it is filled. `finish` writes what makes it whole."""

    def __init__(self, descriptor: int, offset: int, *, fs: Fs) -> None:
        """descriptor: of the image or drive, to read and write. offset: where the file system begins, bytes.

        DcpError when what stands there is not what was asked for.
        """
        self._descriptor, self._offset = descriptor, offset
        self._super = bytearray(pread(descriptor, 1024, offset + _SUPER_AT))
        facts = facts_of(bytes(self._super))
        if facts is None or (facts.block_size, facts.inode_size) != (BLOCK, INODE):
            raise DcpError("disk.other-file-system")
        if (
            set(facts.features) != set(FEATURES[fs])
            or struct.unpack_from("<I", self._super, 32)[0] != PER_GROUP
        ):
            raise DcpError("disk.other-file-system")
        self.facts = facts
        self._groups = ceil_div(facts.blocks, PER_GROUP)
        self._table = bytearray(self._read(1, ceil_div(self._groups * _DESCRIPTOR, BLOCK)))
        self._bitmaps: dict[tuple[int, int], int] = {}  # (0 blocks, 1 inodes; group): bits
        self._runs = self._free_runs()
        self._run = (0, 0)
        self._spare: list[int] = []  # blocks that were given back
        self._taken = 0  # blocks, by the file at hand
        self._next_inode = FIRST_FREE_INODE
        self._inodes_taken: list[int] = []
        self._folders: list[int] = []

    # what callers do

    def new_inode(self) -> int:
        """The number of a file or folder to come."""
        number = self._next_inode
        if number > self.facts.inodes:
            raise DcpError("disk.file-system-full")
        self._next_inode += 1
        self._inodes_taken.append(number)
        return number

    def add_file(self, inode: int, size: int, read: Read, *, time: int) -> None:
        """Write a file that `read` gives in order. time: of its last change, seconds of 1970."""
        self._put_inode(inode, _FILE, size, *self._store(size, read), links=1, time=time)

    def add_folder(
        self,
        inode: int,
        parent: int,
        files: Sequence[tuple[bytes, int]],
        folders: Sequence[tuple[bytes, int]],
        *,
        time: int,
    ) -> None:
        """Write a directory: names and inodes of what is in it. The root's keeps its lost+found."""
        entries = [(inode, b".", _KIND_FOLDER), (parent, b"..", _KIND_FOLDER)]
        links = 2 + len(folders)
        if inode == ROOT:
            entries.append((FIRST_FREE_INODE - 1, b"lost+found", _KIND_FOLDER))
            links += 1
            self._give_back_root()
        else:
            self._folders.append(inode)
        entries += [(number, name, _KIND_FOLDER) for name, number in folders]
        entries += [(number, name, _KIND_FILE) for name, number in files]
        data = _directory(entries)
        stored = self._store(len(data), io.BytesIO(data).read)
        self._put_inode(inode, _FOLDER, len(data), *stored, links=links, time=time)

    def finish(self, *, time: int) -> None:
        """Bitmaps, descriptors, superblock: as of now the file system is one."""
        for number in self._inodes_taken:
            group, bit = divmod(number - 1, self.facts.inodes_per_group)
            self._mark(1, group, bit, 1)
        for number in self._folders:
            self._count((number - 1) // self.facts.inodes_per_group, 16, 1)
        for (kind, group), bits in self._bitmaps.items():
            self._write(self._of_group(group)[kind], bits.to_bytes(BLOCK, "little"))
        self._write(1, bytes(self._table))
        free = [sum(self._number(group, at) for group in range(self._groups)) for at in (12, 14)]
        struct.pack_into("<II", self._super, 12, *free)
        struct.pack_into("<I", self._super, 48, max(0, min(time, LAST_TIME)))
        struct.pack_into("<I", self._super, 256, 0)  # default mount options: none, as servers of old have it
        self._write_at(_SUPER_AT, bytes(self._super))

    # blocks

    def _store(self, size: int, read: Read) -> tuple[list[int], int]:
        """The 15 pointers of an inode, and the blocks that its file takes in all."""
        self._taken, self._left, self._source = 0, size, read
        pointers = self._data(_DIRECT)
        pointers += [0] * (_DIRECT - len(pointers))
        pointers += [self._tree(depth) if self._left else 0 for depth in (1, 2, 3)]
        return pointers, self._taken

    def _tree(self, depth: int) -> int:
        """A block of pointers, which stands before the data that it leads to, and all below it."""
        block, _ = self._take(1)
        if depth == 1:
            entries = self._data(_POINTERS)
        else:
            entries = []
            while self._left and len(entries) < _POINTERS:
                entries.append(self._tree(depth - 1))
        entries += [0] * (_POINTERS - len(entries))
        self._write(block, struct.pack(f"<{_POINTERS}I", *entries))
        return block

    def _data(self, most: int) -> list[int]:
        """Up to so many blocks of the file, written; their numbers."""
        numbers: list[int] = []
        while self._left and len(numbers) < most:
            wanted = min(most - len(numbers), ceil_div(self._left, BLOCK), _STEP)
            block, count = self._take(wanted)
            size = min(count * BLOCK, self._left)
            data = self._source(size)
            if len(data) != size:
                raise ShortError
            self._left -= size
            self._write(block, data if size % BLOCK == 0 else data + bytes(-size % BLOCK))
            numbers += range(block, block + count)
        return numbers

    def _take(self, most: int) -> tuple[int, int]:
        """The next free blocks in a row: the first, and how many, at least one."""
        if self._spare:
            start, given = self._spare.pop(), 1
        else:
            while not self._run[1]:
                found = next(self._runs, None)
                if found is None:
                    raise DcpError("disk.file-system-full")
                self._run = found
            start, count = self._run
            given = min(most, count)
            self._run = (start + given, count - given)
        self._taken += given
        self._mark(0, start // PER_GROUP, start % PER_GROUP, given)
        return start, given

    def _free_runs(self) -> Iterator[tuple[int, int]]:
        for group in range(self._groups):
            bits = format(self._bitmap(0, group), f"0{PER_GROUP}b")[::-1]
            first = group * PER_GROUP
            last = min(PER_GROUP, self.facts.blocks - first)
            for run in re.finditer("0+", bits[:last]):
                yield first + run.start(), run.end() - run.start()

    def _give_back_root(self) -> None:
        """The block that mke2fs gave to the root's directory: the new one's first."""
        block = struct.unpack_from("<I", self._get_inode(ROOT), 40)[0]
        group, bit = divmod(block, PER_GROUP)
        self._spare.append(block)
        self._bitmaps[0, group] = self._bitmap(0, group) & ~(1 << bit)
        self._count(group, 12, 1)

    # tables

    def _put_inode(
        self, number: int, mode: int, size: int, pointers: list[int], blocks: int, *, links: int, time: int
    ) -> None:
        when = max(0, min(time, LAST_TIME))
        high = size >> 32 if mode == _FILE else 0
        fields = (mode, 0, size & 0xFFFF_FFFF, when, when, when, 0, 0, links, blocks * (BLOCK // 512), 0)
        data = bytearray(_INODE.pack(*fields, *pointers))
        struct.pack_into("<I", data, 108, high)
        self._write_at(self._inode_at(number), bytes(data))

    def _get_inode(self, number: int) -> bytes:
        return pread(self._descriptor, INODE, self._offset + self._inode_at(number))

    def _inode_at(self, number: int) -> int:
        group, index = divmod(number - 1, self.facts.inodes_per_group)
        return self._of_group(group)[2] * BLOCK + index * INODE

    def _of_group(self, group: int) -> tuple[int, int, int]:
        """The blocks of its bitmap of blocks, of its bitmap of inodes, and the first of its inodes."""
        return struct.unpack_from("<3I", self._table, group * _DESCRIPTOR)

    def _number(self, group: int, at: int) -> int:
        return int(struct.unpack_from("<H", self._table, group * _DESCRIPTOR + at)[0])

    def _count(self, group: int, at: int, change: int) -> None:
        """Free blocks (12), free inodes (14) or folders (16) of a group."""
        struct.pack_into("<H", self._table, group * _DESCRIPTOR + at, self._number(group, at) + change)

    def _bitmap(self, kind: int, group: int) -> int:
        if (kind, group) not in self._bitmaps:
            self._bitmaps[kind, group] = int.from_bytes(self._read(self._of_group(group)[kind], 1), "little")
        return self._bitmaps[kind, group]

    def _mark(self, kind: int, group: int, bit: int, count: int) -> None:
        self._bitmaps[kind, group] = self._bitmap(kind, group) | ((1 << count) - 1) << bit
        self._count(group, (12, 14)[kind], -count)

    # bytes

    def _read(self, block: int, count: int) -> bytes:
        data = pread(self._descriptor, count * BLOCK, self._offset + block * BLOCK)
        if len(data) != count * BLOCK:
            raise DcpError("disk.other-file-system")
        return data

    def _write(self, block: int, data: bytes) -> None:
        self._write_at(block * BLOCK, data)

    def _write_at(self, place: int, data: bytes) -> None:
        write_at(self._descriptor, data, self._offset + place)


def write_at(descriptor: int, data: bytes, place: int) -> None:
    """All of it, at a place of the file."""
    left = memoryview(data)
    while left:
        done = os.pwrite(descriptor, left, place)
        left, place = left[done:], place + done


def _directory(entries: Sequence[tuple[int, bytes, int]]) -> bytes:
    """Blocks of entries: inode, length of the entry, length of the name, kind, name. None crosses a block."""
    blocks: list[list[bytes]] = [[]]
    room = BLOCK
    for inode, name, kind in entries:
        entry = struct.pack("<IHBB", inode, 0, len(name), kind) + name
        entry += bytes(-len(entry) % 4)
        if len(entry) > room:
            blocks.append([])
            room = BLOCK
        blocks[-1].append(entry)
        room -= len(entry)
    return b"".join(map(_filled, blocks))


def _filled(entries: list[bytes]) -> bytes:
    """A directory's block: the last entry reaches to its end."""
    lengths = [len(entry) for entry in entries]
    lengths[-1] += BLOCK - sum(lengths)
    return b"".join(
        (entry[:4] + struct.pack("<H", length) + entry[6:]).ljust(length, b"\0")
        for entry, length in zip(entries, lengths, strict=True)
    )
