"""Whether a still goes on to its end, by what its headers promise: thousands are asked before work begins.

What cannot be told this way (tiled EXR, BigTIFF, a picture coded wrongly) comes out when it is decoded.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

from dcp.errors import SourceError
from dcp.texts.system import why

_TAIL = 65_536
_MOST_PIECES = 1_000_000
_MAX_HEADER = 1 << 20
_DPX_BITS_AT, _DPX_DATA_AT = 803, 4
_EXR_LINES = {0: 1, 1: 1, 2: 1, 3: 16, 4: 32, 5: 16, 6: 32, 7: 32, 8: 32, 9: 256}
"""Scan lines in a chunk, by the number of the compression."""
_EXR_ODD = 0x1A00  # tiled, deep or of several parts


def check_whole(path: Path) -> None:
    """SourceError for a file that ends before its picture does."""
    try:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            head = stream.read(8)
            try:
                whole = _whole(stream, head, size)
            except (struct.error, ValueError):  # headers that are cut off themselves
                whole = False
    except OSError as error:
        raise SourceError("file.cannot-read", where=path, why=why(error)) from None
    if not whole:
        raise SourceError("still.cut-short", where=path)


def _whole(stream: BinaryIO, head: bytes, size: int) -> bool:
    if head.startswith(b"\x89PNG"):
        return b"IEND\xaeB`\x82" in _last(stream, size)
    if head.startswith(b"\xff\xd8"):
        end = b"\xff\xd9"
        if end in _last(stream, size):
            return True
        stream.seek(0)
        return end in stream.read()  # a phone's film may follow the picture
    if head[:4] in (b"II*\0", b"MM\0*"):
        return _tiff_end(stream, "<" if head[0] == ord("I") else ">", head) <= size
    if head[:4] == b"\x76\x2f\x31\x01":
        return _exr_whole(stream, head, size)
    if head[:4] in (b"SDPX", b"XPDS"):
        return _dpx_end(stream, ">" if head[0] == ord("S") else "<") <= size
    if head.startswith(b"BM"):
        return int(struct.unpack_from("<I", head, 2)[0]) <= size
    return True


def _last(stream: BinaryIO, size: int) -> bytes:
    stream.seek(max(0, size - _TAIL))
    return stream.read(_TAIL)


def padded_dpx(path: Path, line: int, height: int) -> tuple[int, int] | None:
    """(first byte, bytes from line to line) of a DPX whose lines begin at whole words of four bytes.

    line: bytes of its samples. FFmpeg and others write them so without saying it in the header; only the
    file's size tells. None where the lines follow one another, or the header itself says how they lie.
    """
    stride = -(-line // 4) * 4
    with path.open("rb") as stream:
        header = stream.read(2048)
        size = os.fstat(stream.fileno()).st_size
    order = ">" if header[:4] == b"SDPX" else "<"
    start, said = (struct.unpack_from(order + "I", header, at)[0] for at in (_DPX_DATA_AT, 812))
    held = size - start
    if stride == line or said not in (0, 0xFFFFFFFF) or held == line * height or held < stride * height:
        return None
    return start, stride


# --- TIFF -----


def _tiff_end(stream: BinaryIO, order: str, head: bytes) -> int:
    """Where the last strip or tile of the first page ends."""
    (at,) = struct.unpack_from(order + "I", head, 4)
    stream.seek(at)
    (count,) = struct.unpack(order + "H", stream.read(2))
    directory = stream.read(12 * count)
    found: dict[int, list[int]] = {}
    for number in range(count):
        tag, kind, values = struct.unpack_from(order + "HHI", directory, 12 * number)
        if tag in (273, 279, 324, 325) and kind in (3, 4):  # offsets and lengths, of strips and of tiles
            found[tag] = _values(stream, order, directory[12 * number + 8 :][:4], kind, values)
    starts, lengths = found.get(273, found.get(324, [])), found.get(279, found.get(325, []))
    return max((start + length for start, length in zip(starts, lengths, strict=False)), default=0)


def _values(stream: BinaryIO, order: str, field: bytes, kind: int, count: int) -> list[int]:
    if count > _MOST_PIECES:
        return []
    code, width = ("H", 2) if kind == 3 else ("I", 4)
    data = field
    if count * width > 4:
        stream.seek(struct.unpack(order + "I", field)[0])
        data = stream.read(count * width)
    return list(struct.unpack_from(f"{order}{count}{code}", data))


# --- EXR, DPX -----


def _exr_whole(stream: BinaryIO, head: bytes, size: int) -> bool:
    """Whether every chunk of scan lines has its place, and the last of them is there."""
    (version,) = struct.unpack_from("<I", head, 4)
    if version & _EXR_ODD:
        return True
    data = stream.read(_MAX_HEADER)
    at, compression, lines = 0, -1, 0
    while data[at : at + 1] != b"\0":
        end = data.index(b"\0", at)
        name, at = data[at:end], data.index(b"\0", end + 1) + 1
        (length,) = struct.unpack_from("<i", data, at)
        if name == b"compression":
            compression = data[at + 4]
        elif name == b"dataWindow":
            _, top, _, bottom = struct.unpack_from("<4i", data, at + 4)
            lines = bottom - top + 1
        at += 4 + max(length, 0)
    if compression not in _EXR_LINES or not 0 < lines < _MOST_PIECES:
        return True
    count = -(-lines // _EXR_LINES[compression])
    stream.seek(8 + at + 1)
    places = struct.unpack(f"<{count}Q", stream.read(8 * count))
    last = max(places)
    if not min(places) or last + 8 > size:
        return False
    stream.seek(last)
    _, length = struct.unpack("<ii", stream.read(8))
    return bool(last + 8 + length <= size)


def _dpx_end(stream: BinaryIO, order: str) -> int:
    """Where the packed samples of the first element end at the earliest."""
    stream.seek(0)
    header = stream.read(2048)
    (start,) = struct.unpack_from(order + "I", header, _DPX_DATA_AT)
    width, height = struct.unpack_from(order + "II", header, 772)
    samples = width * {50: 3, 51: 4, 52: 4}.get(header[800], 1)
    bits, (filled, coded) = header[_DPX_BITS_AT], struct.unpack_from(order + "HH", header, 804)
    if coded or bits > 64:  # run lengths
        return int(start)
    line = samples * bits // 8
    if filled and bits in (10, 12):  # three samples in four bytes, one in two
        line = -(-samples // 3) * 4 if bits == 10 else samples * 2
    return int(start + height * line)
