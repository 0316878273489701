"""Clipping, dead and repeated channels, silence, as a stream passes in blocks of any length."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.sound.inspection import Inspection, Inspector, unpacked

RATE = 48_000
TOP, BOTTOM = 0x7FFFFF, -0x800000


def noise(channels: int = 2, count: int = RATE, level: int = 100_000) -> NDArray[np.int32]:
    return np.random.default_rng(3).integers(-level, level, (channels, count), np.int32)


def looked_at(samples: NDArray[np.int32], *, block: int = 7000, left_out: tuple[int, ...] = ()) -> Inspection:
    """Of 24-bit numbers."""
    heard = tuple(each for each in range(len(samples)) if each not in left_out)
    inspector = Inspector(len(samples), RATE, heard=heard, left_out=frozenset(left_out))
    for start in range(0, samples.shape[1], block):
        inspector.add(samples[:, start : start + block] << 8)
    return inspector.result()


class TestClipping:
    def test_runs_are_counted_from_three_samples_on(self) -> None:
        samples = noise()
        samples[0, 100:102] = TOP
        samples[0, 200:203] = TOP
        samples[0, 300:350] = BOTTOM
        samples[1, 400:403] = [TOP, BOTTOM, TOP]
        found = looked_at(samples)
        assert [each.runs for each in found.channels] == [2, 0]
        assert found.clipped == (200, 300)

    @pytest.mark.parametrize("block", [1, 2, 101, 102, 103, 5000])
    def test_a_run_over_the_edge_of_a_block_is_one(self, block: int) -> None:
        samples = noise(count=5000)
        samples[0, 100:104] = TOP
        samples[0, 104:106] = BOTTOM
        assert [each.runs for each in looked_at(samples, block=block).channels] == [1, 0]

    def test_a_long_run_is_one(self) -> None:
        samples = noise()
        samples[1] = TOP
        assert looked_at(samples, block=1000).channels[1].runs == 1

    def test_a_stream_of_data_is_left_out(self) -> None:
        samples = noise()
        samples[1, ::2], samples[1, 1::2] = TOP, TOP
        assert looked_at(samples, left_out=(1,)).clipped == ()


class TestChannels:
    def test_the_same_and_the_same_upside_down(self) -> None:
        samples = noise(4)
        samples[2] = samples[0]
        samples[3] = -samples[1]
        found = looked_at(samples)
        assert (found.repeated, found.inverted) == (((0, 2),), ((1, 3),))

    def test_one_sample_makes_them_differ(self) -> None:
        samples = noise(2)
        samples[1] = samples[0]
        samples[1, -1] += 1
        assert looked_at(samples).repeated == ()

    def test_silent_channels_repeat_nothing(self) -> None:
        samples = noise(3)
        samples[1:] = 0
        found = looked_at(samples)
        assert found.repeated == () == found.inverted
        assert [each.silent for each in found.channels] == [False, True, True] and not found.silent

    def test_the_mean_is_of_full_scale(self) -> None:
        samples = noise(1) + (1 << 23) // 100
        assert looked_at(samples).channels[0].mean == pytest.approx(0.01, abs=1e-4)


class TestSilence:
    @pytest.mark.parametrize("block", [333, 4800, 7000, 200_000])
    def test_passages_by_tenths_of_a_second(self, block: int) -> None:
        samples = noise(2, RATE * 4)
        samples[:, RATE : RATE * 2 + 100] = 5
        samples[:, RATE * 3 + 1000 :] = 0
        found = looked_at(samples, block=block)
        assert found.quiet == ((RATE, RATE * 2), (RATE * 3 + 4800, RATE * 4))

    def test_the_last_step_may_be_short(self) -> None:
        samples = noise(1, 6000)
        samples[:, 4800:] = 0
        assert looked_at(samples, block=5000).quiet == ((4800, 6000),)

    def test_all_heard_channels_have_to_be_silent(self) -> None:
        samples = noise(2)
        samples[0] = 0
        assert looked_at(samples).quiet == ()
        assert looked_at(samples, left_out=(1,)).quiet == ((0, RATE),)


def test_unpacked_bytes_are_samples() -> None:
    samples = noise(3, 50, TOP)
    packed = b"".join(int(each).to_bytes(3, "little", signed=True) for each in samples.T.ravel())
    assert (unpacked(packed + b"\1\2", 3) == samples << 8).all()
