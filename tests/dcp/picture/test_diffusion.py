"""Fewer bits by error diffusion: sums kept, black and white whole, the same wherever it runs."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.picture.diffusion import diffuse

BITS = (11, 10, 9, 8)
FLAT = (
    0,
    1,
    2,
    3,
    5,
    8,
    13,
    100,
    101,
    2047,
    2048,
    3000,
    4079,
    4080,
    4087,
    4088,
    4091,
    4092,
    4093,
    4094,
    4095,
)
"""Codes of flat areas, every one near the ends."""


def reduced(picture: NDArray[np.uint16], bits: int) -> NDArray[np.int32]:
    """(3, height, width)."""
    planes = np.full((3, *picture.shape[:2]), -1, np.int32)
    diffuse([picture[:, :, number] for number in range(3)], list(planes), bits)
    return planes


def grainy(height: int = 216, width: int = 320, seed: int = 1, sigma: float = 40) -> NDArray[np.uint16]:
    rows, columns = np.mgrid[0:height, 0:width]
    soft = 2100 + 2100 * np.sin(columns / 47 + rows / 31)[..., None] * np.array([1, 0.9, 0.7])
    return (
        (soft + np.random.default_rng(seed).normal(0, sigma, (height, width, 3)))
        .clip(0, 4095)
        .astype(np.uint16)
    )


def by_the_book(plane: NDArray[np.uint16], fewer: int) -> NDArray[np.int32]:
    """Sample by sample: a quarter of what is owed goes to the next one; each line is moved in phase."""
    step, owed, before = 1 << fewer, 0, 0
    out = np.empty(plane.shape, np.int32)
    for y, line in enumerate(plane.tolist()):
        phase = int((y * 40503 % 65536) / 65536 * step)
        owed, before = owed + phase - before, phase
        for x, sample in enumerate(line):
            code = math.floor((sample + math.floor(owed / 4) + step / 2) / step)
            out[y, x] = {0: 0, 4095: 4096 // step}.get(sample, code)
            owed += sample - min(int(out[y, x]) * step, 4095)
    return out


@pytest.mark.parametrize("bits", BITS)
def test_it_is_what_its_page_says(bits: int) -> None:
    picture = grainy(40, 51)
    found = reduced(picture, bits)
    for number in range(3):
        assert (found[number] == by_the_book(picture[:, :, number], 12 - bits)).all()


@pytest.mark.parametrize("bits", BITS)
def test_planes_may_be_reduced_where_they_lie(bits: int) -> None:
    picture = grainy()
    planes = [np.ascontiguousarray(picture[:, :, number]).astype(np.int32) for number in range(3)]
    diffuse(planes, planes, bits)
    assert (np.array(planes) == reduced(picture, bits)).all()


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("code", FLAT)
def test_a_flat_area_keeps_its_mean(bits: int, code: int) -> None:
    step = 1 << 12 - bits
    planes = reduced(np.full((96, 128, 3), code, np.uint16), bits)
    shown = (planes * step).clip(0, 4095)
    blocks = shown.reshape(3, 3, 32, 4, 32).mean((2, 4))
    assert np.abs(blocks - code).max() <= step / 16
    assert abs(shown.mean() - code) <= step / 40
    if code in (0, 4095):
        assert (shown == code).all()
    assert planes.min() >= 0 and planes.max() <= 1 << bits


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("sigma", [0, 3, 40])
def test_the_means_of_small_areas_stay(sigma: float, bits: int) -> None:
    """Of a slow ramp that is not so by rounding: its steps would be seen."""
    picture = grainy(sigma=sigma)[:192]
    picture[:, 160:] = (150 + np.arange(192) / 32).astype(np.uint16)[:, None, None]
    step = 1 << 12 - bits

    def off(planes: NDArray[np.int32]) -> NDArray[np.float64]:
        wanted = picture.transpose(2, 0, 1).reshape(3, 6, 32, 10, 32).mean((2, 4))
        shown = (planes * step).clip(0, 4095)
        found: NDArray[np.float64] = np.abs(shown.reshape(3, 6, 32, 10, 32).mean((2, 4)) - wanted)
        return found

    assert off(reduced(picture, bits)).max() < step / 16
    rounded = (picture.transpose(2, 0, 1).astype(np.int32) + step // 2) // step
    assert off(rounded)[..., 5:].max() > 0.3 * step


@pytest.mark.parametrize("bits", BITS)
def test_black_bars_stay_black_and_white_ones_white(bits: int) -> None:
    picture = grainy()
    picture[:40], picture[-40:], picture[:, :30], picture[:, -30:] = 0, 4095, 0, 4095
    planes = reduced(picture, bits).transpose(1, 2, 0)
    assert (planes[picture == 0] == 0).all()
    assert (planes[picture == 4095] == 1 << bits).all()


@pytest.mark.parametrize("bits", BITS)
def test_any_samples_come_within_their_range(bits: int) -> None:
    """Ends and what lies next to them, where errors would drive a code out of range."""
    for seed in range(4):
        rng = np.random.default_rng(seed)
        ends = np.array([0, 1, 2, 4093, 4094, 4095])[rng.integers(0, 6, (80, 77, 3))].astype(np.uint16)
        for picture in (ends, rng.integers(0, 4096, ends.shape).astype(np.uint16)):
            planes = reduced(picture, bits)
            assert planes.min() >= 0 and planes.max() <= 1 << bits
            assert (planes.transpose(1, 2, 0)[picture == 0] == 0).all()


def test_nothing_is_lost_on_the_way() -> None:
    """But what is on its way behind the last sample."""
    picture = grainy(300, 401, sigma=400)
    for bits in BITS:
        step = 1 << 12 - bits
        shown = (reduced(picture, bits).astype(np.int64) * step).clip(0, 4095)
        left = picture.astype(np.int64).sum((0, 1)) - shown.sum((1, 2))
        assert np.abs(left).max() <= step * 402


def test_it_is_the_same_on_every_thread_and_machine() -> None:
    picture = grainy()
    with ThreadPoolExecutor(4) as pool:
        made = {planes.tobytes() for planes in pool.map(lambda _: reduced(picture, 9), range(8))}
    assert len(made) == 1
    ladder = np.arange(4096, dtype=np.uint16).reshape(64, 64, 1).repeat(3, 2)
    digest = sha256(reduced(ladder, 9).astype("<i4").tobytes()).hexdigest()
    assert digest == DIGEST


DIGEST = "1105d86f268ec70a0b940b2227639be7286129d737a512bc6a10ab247aec0fb6"


@pytest.mark.parametrize("bits", [7, 12, 13])
def test_other_depths_are_refused(bits: int) -> None:
    with pytest.raises(ValueError, match="bits"):
        reduced(grainy(8, 8), bits)
