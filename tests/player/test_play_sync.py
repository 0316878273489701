"""Picture and sound of what comes out stay together: a flash and a click, reels with entry points."""

from __future__ import annotations

import functools
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shows import run, track_of

from dcp.picture.codec import codec_by_name
from dcp.picture.limits import frame_limits
from dcp.sound.riff import read_pcm_wav
from player.report import PlayReport, Samples
from player.screen.registry import screens_for

Make = Callable[..., Any]
SIZE, REDUCE = (64, 36), 2
SAMPLE_RATE = 48_000
NTSC = Fraction(24000, 1001)


@functools.cache
def flat(bright: bool) -> bytes:
    image = np.full((SIZE[1], SIZE[0], 3), 3800 if bright else 100, np.uint16)
    return codec_by_name().encode(image, limits=frame_limits(Fraction(24)))


def film(make: Make, rate: Fraction, lengths: tuple[int, ...], flashes: set[int], *, entry: int) -> Any:
    """Frames that are white and begin with a click; what lies before an entry point clicks too."""
    firsts = [sum(lengths[:place]) for place in range(len(lengths))]
    reel = -1

    def picture(number: int, width: int, height: int) -> bytes:
        return flat(number in flashes)

    def click(number: int, unit: bytes) -> bytes:
        nonlocal reel
        reel += number == 0
        block = bytearray(len(unit))
        if number < entry or firsts[reel] + number - entry in flashes:
            block[: 3 * 2 * 24] = b"\x00\x00\x60" * 2 * 24
        return bytes(block)

    return make(
        lengths=lengths, entry=entry, rate=rate, size=SIZE, picture=picture, sound_unit=click,
        encrypted=("picture", "sound"),
    )  # fmt: skip


def flashes_of(path: Path, rate: Fraction) -> list[Fraction]:
    """When a frame is bright behind a dark one, in seconds."""
    data = path.read_bytes()
    head = data.index(b"\n") + 1
    width, height = -(-SIZE[0] >> REDUCE), -(-SIZE[1] >> REDUCE)
    size = 3 * width * height
    frames = np.frombuffer(data, np.uint8, offset=head).reshape(-1, 6 + size)[:, 6 : 6 + width * height]
    bright = frames.mean(axis=1) > 120
    assert len(bright) > 1
    return [place / rate for place in np.flatnonzero(bright & ~np.concatenate([[False], bright[:-1]]))]


def clicks_of(path: Path) -> list[Fraction]:
    """When the sound rises from silence, in seconds."""
    data = np.memmap(path, np.uint8, "r")
    start = bytes(data[:200]).index(b"data") + 8
    loud = data[start + 2 :: 6][: (len(data) - start) // 6] > 0x40
    rising = np.flatnonzero(loud & ~np.concatenate([[False], loud[:-1]]))
    return [Fraction(int(place), SAMPLE_RATE) for place in rising]


def played(made: Any, folder: Path, **options: Any) -> tuple[PlayReport, Path, Path]:
    video, sound = folder / "out.y4m", folder / "out.wav"
    report = run(made, screens_for([f"y4m:{video}", f"wav:{sound}"]), reduce=REDUCE, **options)
    return report, video, sound


@pytest.mark.parametrize(
    ("rate", "seconds"),
    [
        (Fraction(24), 20), (Fraction(25), 4), (Fraction(30), 4), (Fraction(48), 3), (NTSC, 4),
        *(pytest.param(Fraction(rate), 600, marks=pytest.mark.soak) for rate in (24, 25, 30, 48, NTSC)),
    ],
)  # fmt: skip
def test_flash_and_click_stay_together(make: Make, tmp_path: Path, rate: Fraction, seconds: int) -> None:
    total = int(seconds * rate)
    first = total // 3
    lengths = (first, total - first)
    every = max(7, total // 60)
    flashes = {0, first - 2, first, total - 1, *range(5, total - 5, every)} - {first - 1, first + 1}
    lone = {frame for frame in flashes if frame - 1 not in flashes}
    made = film(make, rate, lengths, lone, entry=3)
    report, video, sound = played(made, tmp_path)
    assert (report.verdict, report.frames_shown) == ("complete", total)
    seen, heard = flashes_of(video, rate), clicks_of(sound)
    assert seen == [frame / rate for frame in sorted(lone)]
    assert len(heard) == len(seen)
    worst = max(abs(one - other) for one, other in zip(seen, heard, strict=True))
    assert worst <= 1 / rate / 2
    assert worst * SAMPLE_RATE <= 1  # a sample, for what is no whole number of them
    per = SAMPLE_RATE / rate
    for place, length in enumerate(lengths):
        assert track_of(report, "Sound", reel=place).samples == Samples(int(per * length), 0)
    wav = read_pcm_wav(sound)
    assert wav is not None and wav.size == int(per * total) * 2 * 3


def test_a_part_of_it_too(make: Make, tmp_path: Path) -> None:
    made = film(make, Fraction(24), (20, 20), {10, 20, 30}, entry=4)
    _, video, sound = played(made, tmp_path, frames=(8, 33))
    seen = flashes_of(video, Fraction(24))
    assert seen == clicks_of(sound) == [Fraction(frame - 8, 24) for frame in (10, 20, 30)]


def test_a_damaged_unit_moves_nothing(make: Make, tmp_path: Path) -> None:
    made = film(make, Fraction(24), (20, 20), {5, 25, 35}, entry=2)
    path = made.files["sound1.mxf"]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    report, video, sound = played(made, tmp_path)
    assert report.verdict == "damaged" and track_of(report, "Sound").samples == Samples(38_000, 2_000)
    assert flashes_of(video, Fraction(24)) == clicks_of(sound)
