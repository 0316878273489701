from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watermark.carrier import (
    CELLS,
    COLUMNS,
    LOCATION_CELLS,
    PILOT_CELLS,
    ROWS,
    SEGMENT_CHIPS,
    TIME_CELLS,
    chip_mix,
    chip_mixes,
    chips,
    location_words,
    schedule,
    spread,
    time_words,
)
from watermark.payload import LOCATIONS, TIME_STEPS, Payload
from watermark.secret import Secret

SECRET = Secret(value=bytes(range(32)))
OTHER = Secret(value=bytes(range(1, 33)))


def test_each_chip_deals_every_cell_once() -> None:
    deal = schedule(SECRET)
    assert LOCATION_CELLS + TIME_CELLS + PILOT_CELLS == CELLS
    assert deal.cells.shape == deal.signs.shape == deal.symbols.shape == (SEGMENT_CHIPS, CELLS)
    assert (np.sort(deal.cells, axis=1) == np.arange(CELLS)).all()
    assert set(np.unique(deal.signs)) == {-1, 1}


def test_words_and_deals_belong_to_their_secret() -> None:
    assert (schedule(SECRET).cells != schedule(OTHER).cells).mean() > 0.9
    assert abs((np.unpackbits(location_words(SECRET, 0) ^ location_words(OTHER, 0))).mean() - 0.5) < 0.01
    assert abs((np.unpackbits(time_words(SECRET, 1, 0) ^ time_words(SECRET, 2, 0))).mean() - 0.5) < 0.01


def test_words_are_balanced_and_unlike_each_other() -> None:
    signs = np.unpackbits(location_words(SECRET, 5), axis=1).astype(float) * 2 - 1
    products = signs @ signs.T / np.sqrt(signs.shape[1])
    others = products[~np.eye(len(signs), dtype=bool)]
    assert abs(others.std() - 1) < 0.03 and np.abs(others).max() < 6


@settings(max_examples=15, deadline=None)
@given(st.integers(0, LOCATIONS - 1), st.integers(0, TIME_STEPS - 1))
def test_the_pattern_holds_the_two_words(location: int, time_index: int) -> None:
    pattern = chips(SECRET, Payload(location=location, time_index=time_index)).reshape(SEGMENT_CHIPS, CELLS)
    deal = schedule(SECRET)
    dealt = np.take_along_axis(pattern, deal.cells, axis=1) * deal.signs
    bits = np.unpackbits(location_words(SECRET, location // 256)[location % 256]) * 2.0 - 1
    assert (dealt[:, :LOCATION_CELLS] == bits[deal.symbols[:, :LOCATION_CELLS]]).all()
    bits = np.unpackbits(time_words(SECRET, location, time_index // 256)[time_index % 256]) * 2.0 - 1
    timed = slice(LOCATION_CELLS, LOCATION_CELLS + TIME_CELLS)
    assert (dealt[:, timed] == bits[deal.symbols[:, timed]]).all()
    assert (dealt[:, LOCATION_CELLS + TIME_CELLS :] == 1).all()


def test_patterns_of_two_payloads_agree_in_the_pilots_only() -> None:
    one = chips(SECRET, Payload(location=5, time_index=9))
    two = chips(SECRET, Payload(location=6, time_index=9))
    expected = PILOT_CELLS / CELLS + (1 - PILOT_CELLS / CELLS) / 2
    assert abs((one == two).mean() - expected) < 0.01


@pytest.mark.parametrize(
    "rate", [Fraction(24), Fraction(25), Fraction(30), Fraction(24000, 1001), Fraction(60)]
)
def test_five_minutes_hold_every_chip_once_at_every_rate(rate: Fraction) -> None:
    count = int(rate * 300)
    seen = [chip_mix(index / rate)[0] for index in range(count)]
    assert set(seen) == set(range(SEGMENT_CHIPS))
    assert max(np.bincount(seen)) - min(np.bincount(seen)) <= 1


def test_the_pattern_comes_round_every_five_minutes() -> None:
    for index in (0, 1, 100, 7199):
        assert chip_mix(Fraction(index, 24)) == chip_mix(Fraction(index + 7200, 24))


@given(st.lists(st.floats(-700, 700, allow_nan=False), min_size=1, max_size=20))
def test_many_instants_at_once_are_as_one_by_one(seconds: list[float]) -> None:
    many = chip_mixes(np.array(seconds))
    for index, each in enumerate(seconds):
        chip, neighbour, share = chip_mix(each)
        assert (many[0][index], many[1][index]) == (chip, neighbour)
        assert many[2][index] == pytest.approx(share)


@given(st.floats(0, 600, allow_nan=False))
def test_the_cross_fade_is_continuous(seconds: float) -> None:
    def weights(at: float) -> np.ndarray:
        chip, neighbour, share = chip_mix(at)
        row = np.zeros(SEGMENT_CHIPS)
        row[chip] += share
        row[neighbour] += 1 - share
        return row

    now, next_ = weights(seconds), weights(seconds + 1e-4)
    assert np.abs(now - next_).max() < 0.01 and now.sum() == pytest.approx(1)
    assert now.max() >= 0.5


@pytest.mark.parametrize("samples", [36, 72, 144, 1080])
def test_interpolation_keeps_a_constant_and_passes_through_the_centres(samples: int) -> None:
    matrix = spread(ROWS, samples)
    assert np.allclose(matrix.sum(axis=1), 1, atol=1e-5)
    fine = spread(ROWS, ROWS * 7)
    assert np.allclose(fine[3::7], np.eye(ROWS), atol=1e-6)
    assert spread(COLUMNS, samples).shape == (samples, COLUMNS)
