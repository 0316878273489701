"""Frames of immersive sound made by hand: beds, objects and sounds that say nothing, sizes that add up."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from dcp.auxdata.iab import (
    AUDIO_DLC,
    BED,
    BIT_DEPTHS,
    FRAME,
    FRAME_RATES,
    IA_FRAME,
    OBJECT,
    PREAMBLE,
    SAMPLE_RATES,
    VERSION,
)


class Written:
    """Bits in a row."""

    def __init__(self) -> None:
        self.text = ""

    def add(self, value: int, bits: int) -> Written:
        self.text += f"{value:0{bits}b}" if bits else ""
        return self

    def plex(self, value: int, bits: int) -> Written:
        while value >= (1 << bits) - 1:
            self.add((1 << bits) - 1, bits)
            bits *= 2
        return self.add(value, bits)

    def bytes(self) -> bytes:
        self.text += "0" * (-len(self.text) % 8)
        return int(self.text or "0", 2).to_bytes(len(self.text) // 8, "big")


def element(id: int, value: bytes) -> bytes:
    return Written().plex(id, 8).plex(len(value), 8).bytes() + value


def bed(
    channels: Sequence[tuple[int, int]],
    *,
    id: int = 1,
    use_case: int | None = None,
    within: Sequence[bytes] = (),
) -> bytes:
    """channels: ChannelID, AudioDataID; every second one has a gain and a decorrelation of its own."""
    bits = Written().plex(id, 8).add(use_case is not None, 1)
    if use_case is not None:
        bits.add(use_case, 8)
    bits.plex(len(channels), 4)
    for number, (channel, audio) in enumerate(channels):
        bits.plex(channel, 4).plex(audio, 8)
        if number % 2:
            bits.add(2, 2).add(700, 10).add(1, 1).add(0, 4).add(2, 2).add(99, 8)
        else:
            bits.add(0, 2).add(0, 1)
    head = bits.add(0, 10).bytes()
    return element(BED, head + b"\x80Bed\0" + bytes((len(within),)) + b"".join(within))


def moving(
    audio: int, *, id: int = 1, rate: int = 24, use_case: int | None = None, within: Sequence[bytes] = ()
) -> bytes:
    """An object that has another place in every second part of the frame."""
    bits = Written().plex(id, 8).plex(audio, 8).add(use_case is not None, 1)
    if use_case is not None:
        bits.add(0, 1).add(use_case, 8)
    bits.add(0, 1)
    for number in range(8 if rate <= 30 else 4 if rate <= 60 else 2):
        if number:
            bits.add(number % 2, 1)
        if number % 2 or not number:
            bits.add(0, 2).add(0, 3).add(40_000, 16).add(1, 16).add(65_535, 16)
            bits.add(1, 1).add(1, 1).add(4095, 12).add(0, 1)
            bits.add(1, 1)
            for zone in range(9):
                bits.add(zone % 2, 2)
            spread = number % 4
            bits.add(spread, 2).add(0, (8, 0, 12, 36)[spread]).add(0, 4).add(1, 2)
    return element(OBJECT, bits.bytes() + b"\x02" + bytes((len(within),)) + b"".join(within))


def sound(id: int, size: int = 100) -> bytes:
    return element(AUDIO_DLC, Written().plex(id, 8).bytes() + bytes(size))


def frame(
    elements: Sequence[bytes] | None = None,
    *,
    rate: Fraction = Fraction(24),
    depth: int = 24,
    sample_rate: int = 48_000,
    max_rendered: int | None = None,
    version: int = VERSION,
    preamble: bytes = bytes(7),
    marked: int = 0,
) -> bytes:
    """A frame; by default a bed of two channels and an object. marked: tells one frame from another."""
    if elements is None:
        made = [bed([(0, 1), (4, 2)]), moving(3, rate=int(rate)), *map(sound, (1, 2, 3))]
        elements, max_rendered = [*made, element(0x300, marked.to_bytes(4, "big"))], 3
    codes = SAMPLE_RATES.index(sample_rate) << 6 | BIT_DEPTHS.index(depth) << 4 | FRAME_RATES.index(rate)
    head = Written().add(version, 8).add(codes, 8).plex(max_rendered or 0, 8).plex(len(elements), 8).bytes()
    held = element(FRAME, head + b"".join(elements))
    first = bytes((PREAMBLE,)) + len(preamble).to_bytes(4, "big") + preamble
    return first + bytes((IA_FRAME,)) + len(held).to_bytes(4, "big") + held


def frames(count: int, rate: Fraction = Fraction(24)) -> list[bytes]:
    """All different, of different sizes."""
    return [frame(rate=rate, marked=number, preamble=bytes(number % 50)) for number in range(count)]


def folder_of(folder: Path, made: Sequence[bytes], *, suffix: str = ".iab") -> Path:
    """The frames in files of their own."""
    folder.mkdir()
    for number, each in enumerate(made):
        (folder / f"f_{number:06}{suffix}").write_bytes(each)
    return folder
