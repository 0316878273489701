"""Marked light on its way to 8 and 10 bits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from dcp.errors import UsageError
from watermark.dither import BLOCK, SAID, SIDE, Way, noise, rounded
from watermark.visibility import SCREEN_DEGREES, threshold

WAYS: tuple[Way, ...] = ("pixel", "block")


def flat(value: float, height: int = 2 * SIDE, width: int = 3 * SIDE) -> np.ndarray[Any, Any]:
    return np.full((height, width), value, np.float32)


def tile(index: int, way: Way = "pixel", rate: int = 24) -> np.ndarray[Any, Any]:
    found = noise(index, way=way, rate=Fraction(rate))
    assert found is not None
    return found


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("value", [0.02, 16.3, 100.5, 254.9])
def test_the_mean_keeps_what_lies_between_two_codes(way: Way, value: float) -> None:
    codes = [rounded(flat(value, 512, 512), noise(index, way=way)) for index in range(0, 80, 4)]
    assert {int(code) for each in codes for code in np.unique(each)} == {int(value), int(value) + 1}
    assert np.mean(codes) == pytest.approx(value, abs=0.01)


def test_per_pixel_noise_is_of_high_frequency_in_space_and_in_time() -> None:
    frames = np.stack([tile(index) for index in range(64)])
    spectrum = np.abs(np.fft.fft2(frames[0] - 0.5)) ** 2 / SIDE**2 * 12  # white noise has 1 everywhere
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE)))
    assert spectrum[frequency < 0.1].mean() < 0.01
    assert spectrum[frequency > 0.3].mean() > 1
    in_time = (np.abs(np.fft.fft(frames - 0.5, axis=0)) ** 2).mean(axis=(1, 2)) / 64 * 12
    assert in_time[1:6].mean() < 0.2 < 1 < in_time[16:32].mean()


def test_a_block_has_one_value_for_a_chip() -> None:
    first = tile(0, "block")
    blocks = first.reshape(SIDE, BLOCK, SIDE, BLOCK)
    assert (np.ptp(blocks, axis=(1, 3)) == 0).all()
    assert np.array_equal(first, tile(3, "block")) and not np.array_equal(first, tile(4, "block"))
    assert np.array_equal(tile(7, "block", 48), first)


@pytest.mark.parametrize("way", [*WAYS, "none"])
def test_whole_codes_stay_what_they_are(way: Way) -> None:
    ramp = np.tile(np.arange(256, dtype=np.float32), (SIDE, 1))
    assert np.array_equal(rounded(ramp, noise(5, way=way)), ramp)
    full = (np.tile(np.arange(256), (SIDE, 1)) * 257).astype(np.uint16)
    assert np.array_equal(rounded(full, noise(5, way=way)), full // 257)
    ends = np.array([[0, 65535]] * 64, np.uint16)
    assert np.array_equal(rounded(ends, noise(9, way=way), depth=10), np.array([[0, 1023]] * 64))


def test_codes_stay_within_the_range() -> None:
    wild = np.random.default_rng(1).uniform(-40, 300, (90, 130, 3)).astype(np.float32)
    codes = rounded(wild, noise(1), low=16, high=235)
    assert (codes.min(), codes.max()) == (16, 235)
    ten = rounded(4 * wild, noise(1), depth=10, low=64, high=940)
    assert ten.dtype == np.uint16 and (ten.min(), ten.max()) == (64, 940)
    assert rounded(wild, noise(1)).max() == 255


def test_without_dither_the_nearest_code_is_taken() -> None:
    samples = np.random.default_rng(2).uniform(0, 255, (70, 90)).astype(np.float32)
    assert np.array_equal(rounded(samples, noise(3, way="none")), np.floor(samples + np.float32(0.5)))


def test_channels_have_noise_of_their_own_and_planes_the_same() -> None:
    picture = np.random.default_rng(3).uniform(0, 255, (70, 150, 3)).astype(np.float32)
    together = rounded(picture, noise(4))
    for channel in range(3):
        plane = np.ascontiguousarray(picture[:, :, channel])
        assert np.array_equal(rounded(plane, noise(4), channel=channel), together[:, :, channel])
    grey = rounded(np.full((64, 64, 3), 99.5, np.float32), noise(4))
    assert not np.array_equal(grey[..., 0], grey[..., 1]) and not np.array_equal(grey[..., 1], grey[..., 2])


def test_the_same_on_any_thread_in_any_order() -> None:
    samples = np.random.default_rng(4).uniform(0, 255, (40, 70)).astype(np.float32)

    def one(index: int) -> bytes:
        return rounded(samples, noise(index)).tobytes()

    in_order = [one(index) for index in range(100)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(99, -1, -1))) == in_order[::-1]
    assert len(set(in_order)) == 100


def test_out_is_filled_and_no_other_shape_taken() -> None:
    out = np.zeros((40, 70), np.uint8)
    assert rounded(flat(7.5, 40, 70), noise(0), out=out) is out
    assert set(np.unique(out)) == {7, 8}
    wrong: list[tuple[Any, dict[str, Any]]] = [
        (flat(1.0), {"out": out}),
        (flat(1.0), {"depth": 9}),
        (flat(1.0).astype(np.float64), {}),
        (flat(1.0), {"out": np.zeros(flat(1.0).shape, np.uint16)}),
        (np.zeros((4, 4, 4), np.float32), {}),
    ]
    for samples, more in wrong:
        with pytest.raises(UsageError, match="cannot be rounded"):
            rounded(samples, noise(0), **more)


def test_every_way_has_its_words() -> None:
    assert {str(each) for each in SAID.values()} == {
        "dithered, one value for each pixel",
        "dithered, one value for each 8x8 block and 1/6 s",
        "rounded without dither",
    }


def seen(way: Way, *, code: float, width: int) -> float:
    """Of a flat field of Y' half-way between two codes of 8 bits, on a picture so wide: the noise weighted by
    the eye's sensitivity, as the amplitude of a grating in units of its threshold."""
    side, frames, rate = 128, 24, 24
    field = np.stack([rounded(flat(code, side, side), noise(n, way=way)) for n in range(frames)])
    contrast = (field - field.mean()) * 2.4 / (code - 16)
    power = np.abs(np.fft.fftn(contrast) / contrast.size) ** 2
    across = np.fft.fftfreq(side) * width
    cycles = np.hypot(across[:, None], across)
    hertz = np.abs(np.fft.fftfreq(frames, 1 / rate))
    total = 0.0
    edges = np.linspace(0, cycles.max() + 1, 25)
    for low, high in pairwise(edges):
        ring = (cycles > low) & (cycles <= high)
        for at, tremor in enumerate(hertz):
            middle = (low + high) / 2
            # an eye is never quite still: 0.15 degrees a second
            least = threshold(middle, max(float(tremor), 0.15 * middle / SCREEN_DEGREES))
            total += float(power[at][ring].sum()) / least**2
    return float(np.sqrt(2 * total))


def test_noise_per_pixel_is_below_what_an_eye_sees_and_that_of_blocks_above() -> None:
    assert seen("pixel", code=110.5, width=1920) < 0.6 < 2 < seen("block", code=110.5, width=1920)
    assert seen("pixel", code=60.5, width=1920) < 1
