"""Key, length, value (ST 336): BER lengths and a bounded walk over them.

Writers of DCP track files use the four-byte form 83 xx xx xx throughout (sheet 1); readers take every
definite form. A length is held against what is left before anything is read or allocated.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dcp.errors import TrackFileError
from dcp.mxf.labels import UL, UL_SIZE
from dcp.texts.catalogue import text

MAX_LENGTH = 0xFFFFFF
"""The longest value the four-byte form can carry: 16,777,215 bytes."""

BER_SIZE = 4
HEADER_SIZE = UL_SIZE + BER_SIZE


class Klv(NamedTuple):
    """One KLV of a buffer: its key, where it starts, and where its value lies."""

    key: UL
    offset: int
    value_offset: int
    length: int

    @property
    def end(self) -> int:
        return self.value_offset + self.length


def encode_ber(length: int) -> bytes:
    """The four-byte form. TrackFileError above 16,777,215 bytes, which no DCP file carries."""
    if not 0 <= length <= MAX_LENGTH:
        raise TrackFileError("mxf.value-too-long", bytes=length, most=MAX_LENGTH)
    return (0x83000000 | length).to_bytes(BER_SIZE, "big")


def decode_ber(data: bytes | bytearray | memoryview, offset: int = 0) -> tuple[int, int]:
    """(length, bytes that the length field takes). TrackFileError for an open or cut-off length."""
    if offset >= len(data):
        raise TrackFileError("mxf.ends-in-length", reason="truncated")
    first = data[offset]
    if first < 0x80:
        return first, 1
    count = first & 0x7F
    if not 1 <= count <= 8:
        raise TrackFileError("mxf.length-form", first=first)
    if offset + 1 + count > len(data):
        raise TrackFileError("mxf.ends-in-length", reason="truncated")
    return int.from_bytes(data[offset + 1 : offset + 1 + count], "big"), 1 + count


def encode(key: bytes, value: bytes) -> bytes:
    return key + encode_ber(len(value)) + value


def walk(data: bytes | memoryview, *, base: int = 0) -> Iterator[Klv]:
    """Every KLV of `data`, in order; offsets are counted from the start of `data`.

    base: where `data` lies in its file, for the messages. TrackFileError when a length leaves the data.
    """
    at = 0
    end = len(data)
    while at < end:
        if end - at < UL_SIZE + 1:
            raise TrackFileError("mxf.data-end-in-key", where=text("place.byte", byte=base + at))
        length, size = decode_ber(data, at + UL_SIZE)
        value = at + UL_SIZE + size
        if length > end - value:
            raise TrackFileError(
                "mxf.length-past-data",
                where=text("place.byte", byte=base + at),
                bytes=length,
                room=end - value,
            )
        yield Klv(UL(data[at : at + UL_SIZE]), at, value, length)
        at = value + length
