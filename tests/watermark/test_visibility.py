from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watermark.carrier import COLUMNS, ROWS, spread
from watermark.visibility import (
    AMPLITUDE,
    CARRIER_POWER,
    FLAT_LIMIT,
    MAX_STRENGTH,
    strength_of_small,
    threshold,
)


@pytest.mark.parametrize(
    ("cycles", "hertz", "percent"),
    # worked out by hand from the formula, 45 degrees
    [(4, 3, 1.34), (8, 3, 1.14), (8, 1.5, 2.22), (8, 0.75, 4.53), (8, 6, 0.88)],
)
def test_the_threshold_of_contrast(cycles: float, hertz: float, percent: float) -> None:
    assert 100 * threshold(cycles, hertz) == pytest.approx(percent, abs=0.006)


def test_the_threshold_is_a_matter_of_degrees_not_of_widths() -> None:
    assert threshold(8, 3, degrees=45) == pytest.approx(threshold(4, 3, degrees=22.5))


def test_the_strongest_grating_that_the_signs_can_make_stays_below_the_threshold() -> None:
    """Stripes of a cell that change sign with every chip: a cosine in space; in time its first harmonic."""
    phase = (np.arange(4800) + 0.5) / 2400 % 2
    from_edge = np.minimum(phase % 1, 1 - phase % 1)
    share = np.where(from_edge >= 0.25, 1, np.sin(2 * np.pi * from_edge))
    wave = np.where(phase < 1, share, -share)
    for harmonic in (1, 3, 5):
        there = 2 * abs((wave * np.exp(-1j * np.pi * harmonic * phase)).mean())
        assert FLAT_LIMIT * there < 0.8 * threshold(8, 3 * harmonic)


def test_the_carrier_never_passes_its_nominal_value() -> None:
    signs = np.random.default_rng(1).choice([-1.0, 1.0], (200, ROWS, COLUMNS))
    field = spread(ROWS, 180) @ signs @ spread(COLUMNS, 320).T
    assert np.abs(field).max() <= 1 + 1e-6
    inside = field[:, 10:-10, 10:-10]  # the outer half cells continue to the border
    assert (inside**2).mean() == pytest.approx(CARRIER_POWER, rel=0.02)


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 144), st.floats(0, 0.5), st.integers(0, 2**32 - 1))
def test_the_law_spends_no_more_than_the_frame_can_bear(
    low: float, high: float, edge: int, grain: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    small = np.full((144, 256), low, np.float32)
    small[edge:] = high
    small = np.clip(small + grain * rng.standard_normal(small.shape), 0, 1).astype(np.float32)
    factor = strength_of_small(small)
    assert factor.shape == (36, 64) and (factor > 0).all() and factor.max() <= MAX_STRENGTH + 1e-5
    square = (small.reshape(36, 4, 64, 4) ** 2).mean(axis=(1, 3))
    change = CARRIER_POWER * (AMPLITUDE / 2.6) ** 2 * float((square * factor**2).mean())
    assert -10 * math.log10(max(change, 1e-12)) >= 60
