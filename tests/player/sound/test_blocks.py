"""Samples of a frame at every rate; 24 bits as numbers and back."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from player.sound.blocks import is_block, rounded, samples_of, to_bytes, to_numbers


@pytest.mark.parametrize(
    ("rate", "samples"),
    [
        (Fraction(24), {2000}), (Fraction(25), {1920}), (Fraction(30), {1600}), (Fraction(48), {1000}),
        (Fraction(50), {960}), (Fraction(60), {800}), (Fraction(96), {500}), (Fraction(100), {480}),
        (Fraction(120), {400}), (Fraction(24000, 1001), {2002}), (Fraction(30000, 1001), {1601, 1602}),
        (Fraction(60000, 1001), {800, 801}),
    ],
)  # fmt: skip
def test_no_sample_is_lost_or_made_in_the_long_run(rate: Fraction, samples: set[int]) -> None:
    found = [samples_of(frame, 48_000, rate) for frame in range(30_000)]
    assert set(found) == samples
    assert sum(found) == 48_000 * 30_000 / rate // 1
    assert all(is_block(Fraction(each), 48_000, rate) for each in samples)
    assert not is_block(Fraction(min(samples) - 1), 48_000, rate)
    assert not is_block(Fraction(max(samples) + 1), 48_000, rate)
    assert not is_block(Fraction(2 * min(samples) + 1, 2), 48_000, rate)


def test_numbers_and_back() -> None:
    rng = np.random.default_rng(1)
    values = rng.integers(-(1 << 23), 1 << 23, (1000, 6), dtype=np.int32)
    values[:2] = [[-(1 << 23)] * 6, [(1 << 23) - 1] * 6]
    data = to_bytes(values)
    assert len(data) == 1000 * 6 * 3
    assert np.array_equal(to_numbers(data, 6), values)
    assert data[:3] == (-(1 << 23)).to_bytes(3, "little", signed=True)


def test_what_is_beyond_full_scale_stands_at_it_and_is_counted() -> None:
    samples, beyond = rounded(np.array([[8388607.4, 8388608.0, -8388608.4, -8388609.0, 0.5, 1.5]]))
    assert samples.tolist() == [[8388607, 8388607, -8388608, -8388608, 0, 2]]
    assert beyond == 2
