"""Encoded frames on their way into a track file: one growing file and the index of its frames.

A track file's header needs every size first, so frames wait here. What was appended stays valid when the
process dies: `Spool.reopen` goes on behind the last frame that is whole and right. A spool lies where its
maker is told to put it: what stands in a folder that outlives a failed run is there for the next one.

    DATA         the frames, one behind the other
    DATA.index   a record each: size and note, 4 bytes each, the SHA-256 of the frame, and 16 bytes that
                 check the record and, through those before it, its place in the spool of this name

A frame counts when its record's check and its digest are right and all before it count. A torn end, a byte
that came out otherwise, a record that was moved: from there on everything is made again.
"""

from __future__ import annotations

import hashlib
import os
import struct
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from dcp.errors import DcpError
from dcp.system import change_plain, open_plain
from dcp.texts.system import why

INDEX_SUFFIX = ".index"

_RECORD = struct.Struct(">II32s16s")
_CHECKED = 40
"""Bytes of a record that stand before its check."""
_PIECE = 1 << 20
Checking = Callable[[int, int], None]
"""Called with the bytes that are checked, and those that there are."""


class Spool:
    """A context manager. `sizes`: bytes of each frame so far; `notes`: what was said of each, unsigned and of
    32 bits, which means nothing here. kept: how many of them an earlier run left.
    """

    def __init__(
        self, path: Path, data: BinaryIO, index: BinaryIO, sizes: array[int], notes: array[int], chain: bytes
    ) -> None:
        self.path = path
        self.kept = len(sizes)
        self._data, self._index = data, index
        self._sizes, self._notes = sizes, notes
        self._chain = chain

    @classmethod
    def create(cls, path: Path) -> Spool:
        """An empty spool at `path`, its index beside it; both must not exist yet."""
        data = path.open("x+b", buffering=0)
        try:
            index = _index_of(path).open("x+b", buffering=0)
        except OSError:
            data.close()
            raise
        return cls(path, data, index, array("I"), array("I"), _first_link(path))

    @classmethod
    def reopen(cls, path: Path, *, check: bool = True, tell: Checking | None = None) -> Spool:
        """Go on with a spool that was left. What stands behind its last right frame is cut off.

        check: every frame is read and held against its digest; without it the index and the number of bytes
        are taken for enough. DcpError when there is none, or it is no plain file.
        """
        with ExitStack() as held:
            try:
                data = held.enter_context(change_plain(path))
                index = held.enter_context(change_plain(_index_of(path)))
                sizes, notes, chain = _right(path, data, index, tell if check else None, check=check)
                for stream, length in ((index, len(sizes) * _RECORD.size), (data, sum(sizes))):
                    stream.truncate(length)
                    stream.seek(length)
            except OSError as error:
                raise DcpError("spool.cannot-go-on", where=path, why=why(error)) from None
            held.pop_all()
        return cls(path, data, index, sizes, notes, chain)

    @classmethod
    def go_on(cls, path: Path, *, tell: Checking | None = None) -> Spool:
        """The spool at `path` as far as it is right, or an empty one where there is none.

        Half of one (a run was killed between its two files, or one was lost) is none. tell: see `reopen`.
        """
        places = path, _index_of(path)
        if all(map(os.path.lexists, places)):
            return cls.reopen(path, tell=tell)
        for place in places:
            place.unlink(missing_ok=True)
        return cls.create(path)

    @property
    def sizes(self) -> Sequence[int]:
        return self._sizes

    @property
    def notes(self) -> Sequence[int]:
        return self._notes

    def append(self, frame: bytes | memoryview, note: int = 0) -> None:
        """The frame first, then its record: a record stands for a frame that is there."""
        begin = _RECORD.pack(len(frame), note, hashlib.sha256(frame).digest(), b"")[:_CHECKED]
        link = _link(self._chain, begin)
        _write(self._data, frame)
        _write(self._index, begin + link[:16])
        self._chain = link
        self._sizes.append(len(frame))
        self._notes.append(note)

    def first(self) -> bytes:
        """The first frame. IndexError when there is none."""
        with open_plain(self.path) as stream:
            return stream.read(self._sizes[0])

    def frame(self, number: int) -> bytes:
        """One of them. IndexError when there is none."""
        size = self._sizes[number]
        with open_plain(self.path) as stream:
            stream.seek(sum(self._sizes[:number]))
            return stream.read(size)

    def frames(self) -> Iterator[memoryview]:
        """The frames in order, each borrowed until the next one."""
        buffer = memoryview(bytearray(max(self._sizes, default=0)))
        with open_plain(self.path) as stream:
            for size in self._sizes:
                if stream.readinto(buffer[:size]) != size:  # type: ignore[attr-defined]
                    raise DcpError("spool.became-shorter", where=self.path)
                yield buffer[:size]

    def remove(self) -> None:
        """Close it and take both files away."""
        self.close()
        self.path.unlink(missing_ok=True)
        _index_of(self.path).unlink(missing_ok=True)

    def close(self) -> None:
        self._data.close()
        self._index.close()

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


# --- how it is done -----


def _right(
    path: Path, data: BinaryIO, index: BinaryIO, tell: Checking | None, *, check: bool
) -> tuple[array[int], array[int], bytes]:
    """Sizes and notes of the frames that count, and the last link of the chain of their records."""
    sizes, notes, chain = array("I"), array("I"), _first_link(path)
    held, total = os.fstat(data.fileno()).st_size, 0
    buffer = memoryview(bytearray(_PIECE))
    for record in _records(index):
        size, note, digest, mark = _RECORD.unpack(record)
        link = _link(chain, record[:_CHECKED])
        if mark != link[:16] or size > held - total:
            break
        if check and _digest(data, size, buffer) != digest:
            break
        sizes.append(size)
        notes.append(note)
        chain, total = link, total + size
        if tell is not None:
            tell(total, held)
    return sizes, notes, chain


def _records(index: BinaryIO) -> Iterator[bytes]:
    """The whole records of an index, a bounded number read at a time."""
    room = _PIECE // _RECORD.size * _RECORD.size
    left = b""
    while piece := index.read(room):
        left += piece
        whole = len(left) // _RECORD.size * _RECORD.size
        for at in range(0, whole, _RECORD.size):
            yield left[at : at + _RECORD.size]
        left = left[whole:]


def _digest(data: BinaryIO, size: int, buffer: memoryview) -> bytes:
    """Of the next `size` bytes; of fewer where the file ends."""
    summed = hashlib.sha256()
    while size:
        count = data.readinto(buffer[: min(size, len(buffer))])  # type: ignore[attr-defined]
        if not count:
            break
        summed.update(buffer[:count])
        size -= count
    return summed.digest()


def _first_link(path: Path) -> bytes:
    return hashlib.sha256(path.name.encode("utf-8", "surrogateescape")).digest()


def _link(chain: bytes, record: bytes) -> bytes:
    return hashlib.sha256(chain + record).digest()


def _write(stream: BinaryIO, data: bytes | memoryview) -> None:
    left = memoryview(data)
    while left:
        left = left[stream.write(left) :]


def _index_of(path: Path) -> Path:
    return path.with_name(path.name + INDEX_SUFFIX)
