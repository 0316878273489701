"""PNG files that subtitles show: what one is, and whether a cinema's player takes it.

They are shown pixel for pixel over the picture. Nothing is decoded here: the header says what counts, and the
check sums of all parts say whether the file is whole.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Literal

from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.picture.cinema import CONTAINERS
from dcp.texts.catalogue import Text, text

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LARGEST = max((size for size in CONTAINERS.values()), key=lambda size: size[0] * size[1])
"""(width, height) of the largest picture of a cinema, where the picture's own is not known."""

Colours = Literal["grey", "rgb", "palette", "grey-alpha", "rgba"]
_COLOURS: dict[int, tuple[Colours, tuple[int, ...]]] = {
    0: ("grey", (1, 2, 4, 8, 16)),
    2: ("rgb", (8, 16)),
    3: ("palette", (1, 2, 4, 8)),
    4: ("grey-alpha", (8, 16)),
    6: ("rgba", (8, 16)),
}
_HEADER = struct.Struct(">IIBBBBB")
_CHUNK = 12  # length, type and check sum


@dataclass(frozen=True)
class PngFacts:
    """width, height in pixels. transparent: whether some of it lets the picture through, by its header."""

    width: int
    height: int
    depth: int
    colours: Colours
    transparent: bool


def check_png(data: bytes, where: str | Path, *, size: tuple[int, int] | None = None) -> PngFacts:
    """What this PNG file is, when a player of cinemas takes it.

    size: of the picture that it is shown over, (width, height); the largest one of cinemas when None. where:
    the file, for messages. SourceError when it is no PNG, not whole, larger than the picture, interlaced, or
    has more than 8 bits a sample.
    """
    facts, interlaced = _header(data, where)
    across, down = size or LARGEST
    if facts.width > across or facts.height > down:
        raise SourceError(
            "png.over-large",
            where=where,
            width=facts.width,
            height=facts.height,
            across=across,
            down=down,
        )
    if facts.depth > 8:
        raise SourceError("png.depth", where=where, depth=facts.depth)
    if interlaced:
        raise SourceError("png.interlaced", where=where)
    return facts


def png_advice(facts: PngFacts, where: str | Path) -> tuple[Text, ...]:
    """What is better otherwise, though players of cinemas may take it."""
    advice = []
    if facts.colours != "rgba" or facts.depth != 8:
        advice.append(
            text("advice.png-form", file=Path(where).name, colours=facts.colours, depth=facts.depth)
        )
    if not facts.transparent:
        advice.append(text("advice.png-opaque", file=Path(where).name))
    return tuple(advice)


def _header(data: bytes, where: str | Path) -> tuple[PngFacts, bool]:
    """The facts, and whether it is interlaced; every part is walked over and summed up."""
    if data[:8] != SIGNATURE:
        raise SourceError("png.none", where=where)
    view, at = memoryview(data), len(SIGNATURE)
    seen: list[bytes] = []
    header = b""
    while not seen or seen[-1] != b"IEND":
        if len(data) - at < _CHUNK:
            raise SourceError("png.cut", where=where)
        length, kind = struct.unpack_from(">I4s", data, at)
        if length > len(data) - at - _CHUNK:
            raise SourceError("png.cut", where=where)
        body = view[at + 4 : at + 8 + length]
        (stated,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(body) != stated:
            raise SourceError("png.damaged", where=where, byte=at)
        if not seen:
            header = bytes(body[4:])
        if kind not in seen or kind == b"IEND":
            seen.append(kind)
        at += _CHUNK + length
    if seen[0] != b"IHDR" or len(header) != _HEADER.size or b"IDAT" not in seen:
        raise SourceError("png.none", where=where)
    width, height, depth, kind_of, compression, filtering, interlacing = _HEADER.unpack(header)
    colours, depths = _COLOURS.get(kind_of, ("rgba", ()))
    if not (width and height) or depth not in depths or compression or filtering or interlacing > 1:
        raise SourceError("png.none", where=where)
    transparent = colours in ("grey-alpha", "rgba") or b"tRNS" in seen
    return PngFacts(width, height, depth, colours, transparent), bool(interlacing)
