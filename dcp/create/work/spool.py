"""Encoded frames on their way into a track file: one growing file and the index of its frames' sizes.

A track file's header needs every size first, so frames wait here. What was appended stays valid when the
process dies: `Spool.reopen` goes on behind the last whole frame. A spool lies where its maker is told to put
it: what stands in a folder that outlives a failed run is there for the next one.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from dcp.errors import DcpError
from dcp.texts.system import why

_SIZE = struct.Struct(">I")
INDEX_SUFFIX = ".index"


class Spool:
    """A context manager. `sizes`: bytes of each frame so far."""

    def __init__(self, path: Path, data: BinaryIO, index: BinaryIO, sizes: array[int]) -> None:
        self.path = path
        self._data = data
        self._index = index
        self._sizes = sizes

    @classmethod
    def create(cls, path: Path) -> Spool:
        """An empty spool at `path`, its index beside it; both must not exist yet."""
        data = path.open("x+b", buffering=0)
        return cls(path, data, _index_of(path).open("x+b", buffering=0), array("I"))

    @classmethod
    def reopen(cls, path: Path) -> Spool:
        """Go on with a spool that was left. What stands behind its last whole frame is cut off.

        DcpError when there is none.
        """
        try:
            held = path.stat().st_size
            raw = _index_of(path).read_bytes()
            sizes, total = array("I"), 0
            for (size,) in _SIZE.iter_unpack(raw[: len(raw) // _SIZE.size * _SIZE.size]):
                if total + size > held:
                    break
                sizes.append(size)
                total += size
            data, index = path.open("r+b", buffering=0), _index_of(path).open("r+b", buffering=0)
        except OSError as error:
            raise DcpError("spool.cannot-go-on", where=path, why=why(error)) from None
        data.truncate(total)
        data.seek(total)
        index.truncate(len(sizes) * _SIZE.size)
        index.seek(0, 2)
        return cls(path, data, index, sizes)

    @classmethod
    def go_on(cls, path: Path) -> Spool:
        """The spool at `path` as far as it came, or an empty one where there is none."""
        return cls.reopen(path) if _index_of(path).exists() else cls.create(path)

    @property
    def sizes(self) -> Sequence[int]:
        return self._sizes

    def append(self, frame: bytes | memoryview) -> None:
        """The frame first, then its size: a size in the index stands for a frame that is there."""
        left = memoryview(frame)
        while left:
            left = left[self._data.write(left) :]
        self._index.write(_SIZE.pack(len(frame)))
        self._sizes.append(len(frame))

    def first(self) -> bytes:
        """The first frame. IndexError when there is none."""
        with self.path.open("rb") as stream:
            return stream.read(self._sizes[0])

    def frames(self) -> Iterator[memoryview]:
        """The frames in order, each borrowed until the next one."""
        buffer = memoryview(bytearray(max(self._sizes, default=0)))
        with self.path.open("rb") as stream:
            for size in self._sizes:
                if stream.readinto(buffer[:size]) != size:
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


def _index_of(path: Path) -> Path:
    return path.with_name(path.name + INDEX_SUFFIX)
