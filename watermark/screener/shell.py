"""HDR metadata of a picture, and a stream in memory that carries it: a pattern for the one that is written.

PyAV copies what a stream says of itself from another stream, and has no other way to say it. So the head of a
Matroska file is made, with one track that says it, and read.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dcp.dataclass import dataclass

_MASTERING = 88
"""Bytes of AVMasteringDisplayMetadata: ten ratios (red, green, blue, white; least, most light), two flags."""


@dataclass(frozen=True)
class Light:
    """ST 2086 and CTA-861.3. primaries: x and y of red, green, blue and white, or None; luminance: the least
    and the most, cd/m2, or None; levels: MaxCLL and MaxFALL, or None."""

    primaries: tuple[float, ...] | None
    luminance: tuple[float, float] | None
    levels: tuple[int, int] | None

    @staticmethod
    def of(mastering: bytes | None, levels: bytes | None) -> Light | None:
        """Of FFmpeg's side data of a frame. None where neither says anything."""
        places, light = None, None
        if mastering is not None and len(mastering) >= _MASTERING:
            ratios = struct.unpack_from("=20i", mastering)
            values = tuple(a / b if b else 0.0 for a, b in zip(ratios[::2], ratios[1::2], strict=True))
            has_primaries, has_luminance = struct.unpack_from("=2i", mastering, 80)
            places = values[:8] if has_primaries else None
            light = (values[8], values[9]) if has_luminance else None
        found = None
        if levels is not None and len(levels) >= 8:
            most, average = struct.unpack_from("=2I", levels)
            found = (most, average) if most or average else None
        return Light(places, light, found) if places or light or found else None

    def rounded(self) -> tuple[object, ...]:
        """As containers and coders have it, to be held against another."""
        places = tuple(round(value * 50_000) for value in self.primaries or ())
        return places, tuple(round(value * 10_000) for value in self.luminance or ()), self.levels

    def _display(self) -> str:
        """As x264 and x265 take it: green, blue, red, white in 1/50,000, light in 1/10,000 cd/m2."""
        assert self.primaries is not None and self.luminance is not None
        red, green, blue, white = (
            tuple(round(value * 50_000) for value in self.primaries[at : at + 2]) for at in (0, 2, 4, 6)
        )
        least, most = (round(value * 10_000) for value in self.luminance)
        places = "".join(f"{name}({x},{y})" for name, (x, y) in zip("GBR", (green, blue, red), strict=True))
        return f"{places}WP({white[0]},{white[1]})L({most},{least})"

    def x264(self) -> list[str]:
        """Its options."""
        said = [f"mastering-display={self._display()}"] if self.primaries and self.luminance else []
        return said + ([f"cll={self.levels[0]},{self.levels[1]}"] if self.levels else [])

    def x265(self) -> list[str]:
        """Its options."""
        said = [f"master-display={self._display()}"] if self.primaries and self.luminance else []
        return said + ([f"max-cll={self.levels[0]},{self.levels[1]}"] if self.levels else [])


_CODECS = {
    "h264": b"V_MPEG4/ISO/AVC",
    "hevc": b"V_MPEGH/ISO/HEVC",
    "prores": b"V_PRORES",
    "ffv1": b"V_FFV1",
}


@contextmanager
def pattern_stream(codec: str, width: int, height: int, light: Light | None) -> Iterator[Any]:
    """A video stream of that codec and size which carries `light`; it has no packets."""
    import av

    private = b"apch" if codec == "prores" else b""
    colour = _colour(light) if light else b""
    video = _number(0xB0, width) + _number(0xBA, height) + (_element(0x55B0, colour) if colour else b"")
    track = _number(0xD7, 1) + _number(0x73C5, 1) + _number(0x83, 1) + _element(0x86, _CODECS[codec])
    track += (_element(0x63A2, private) if private else b"") + _element(0xE0, video)
    head = _number(0x4286, 1) + _number(0x42F7, 1) + _number(0x42F2, 4) + _number(0x42F3, 8)
    head += _element(0x4282, b"matroska") + _number(0x4287, 4) + _number(0x4285, 2)
    info = _element(0x1549A966, _number(0x2AD7B1, 1_000_000))
    body = info + _element(0x1654AE6B, _element(0xAE, track)) + _element(0x1F43B675, _number(0xE7, 0))
    file = io.BytesIO(_element(0x1A45DFA3, head) + _element(0x18538067, body))
    with av.open(file, "r", format="matroska") as container:
        yield container.streams.video[0]


def _colour(light: Light) -> bytes:
    """The element Colour of Matroska."""
    said = b""
    if light.levels:
        said += _number(0x55BC, light.levels[0]) + _number(0x55BD, light.levels[1])
    display = b""
    if light.primaries:
        for at, value in enumerate(light.primaries):
            display += _real(0x55D1 + at, value)
    if light.luminance:
        display += _real(0x55D9, light.luminance[1]) + _real(0x55DA, light.luminance[0])
    return said + (_element(0x55D0, display) if display else b"")


def _element(name: int, content: bytes) -> bytes:
    return (
        name.to_bytes((name.bit_length() + 7) // 8, "big")
        + (len(content) | 1 << 56).to_bytes(8, "big")
        + content
    )


def _number(name: int, value: int) -> bytes:
    return _element(name, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def _real(name: int, value: float) -> bytes:
    return _element(name, struct.pack(">d", value))
