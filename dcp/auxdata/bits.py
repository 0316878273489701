"""Numbers of some bits out of bytes, the highest bit first; beyond the bounds there is nothing to read."""

from __future__ import annotations

from dcp.errors import SourceError


class Bits:
    """A place among the bits of data[start:end]."""

    def __init__(self, data: bytes | memoryview, start: int, end: int) -> None:
        self._data, self._at, self._end = data, start * 8, min(end, len(data)) * 8

    def read(self, count: int) -> int:
        """The next `count` bits. SourceError where there are fewer."""
        at, behind = self._at, self._at + count
        if behind > self._end:
            raise SourceError("iab.ends-early", byte=at // 8)
        self._at = behind
        last = -(-behind // 8)
        word = int.from_bytes(self._data[at // 8 : last], "big")
        return word >> (last * 8 - behind) & (1 << count) - 1

    def plex(self, count: int) -> int:
        """A number of `count` bits, or of twice as many behind all ones, up to 32."""
        while True:
            value = self.read(count)
            if value < (1 << count) - 1:
                return value
            if count >= 32:
                raise SourceError("iab.number", byte=self._at // 8)
            count *= 2

    @property
    def byte(self) -> int:
        """The place in bytes, of a whole byte."""
        return -(-self._at // 8)

    def align(self) -> None:
        """On to the next whole byte."""
        self._at = self.byte * 8
