"""Which k a frame is coded with: what was measured decides, within what its coding may lose."""

from __future__ import annotations

from fractions import Fraction
from math import log10

import pytest
from hypothesis import given
from hypothesis import strategies as st
from needing import needing

from dcp.picture.coding import (
    ALLOWED,
    CODINGS,
    MOST_FEWER,
    Coding,
    candidates,
    chosen,
    decibels,
    expected_error,
    measured,
    psnr,
)
from dcp.picture.limits import frame_limits

ERRORS = st.floats(0, 1e5)
LAST = st.one_of(st.none(), st.integers(0, MOST_FEWER))


def error_of(decibels_of_psnr: float) -> float:
    return 4095**2 / 10 ** (decibels_of_psnr / 10)


@pytest.mark.parametrize("last", [None, 0, 1, 2, 3, 4])
@pytest.mark.parametrize("coding", CODINGS)
def test_the_candidates_hold_zero_the_last_one_and_its_neighbours(coding: Coding, last: int | None) -> None:
    found = candidates(coding, last)
    assert found[0] == 0 and list(found) == sorted(set(found)) and found[-1] <= MOST_FEWER
    if coding == "exact":
        assert found == (0,)
    else:
        assert len(found) == (4 if last is None else 3)
        assert last is None or {last, min(last + 1, MOST_FEWER)} <= set(found)
        assert last is not None or found[-1] == MOST_FEWER


@given(LAST, st.sampled_from(CODINGS), st.lists(ERRORS, min_size=4, max_size=4))
def test_none_above_those_measured_is_chosen_and_none_that_loses_more(
    last: int | None, coding: Coding, errors: list[float]
) -> None:
    tried = dict(zip(candidates(coding, last), sorted(errors), strict=False))
    k = chosen(coding, tried)
    assert 0 <= k <= max(tried)
    if coding == "exact":
        assert k == 0
    if k:
        error = tried.get(k, expected_error(tried, k))
        loses = decibels(error, tried[0])
        assert loses <= ALLOWED[coding].loss or psnr(error) >= ALLOWED[coding].psnr


@pytest.mark.parametrize(
    ("coding", "loss", "k"),
    [("fine", 0.24, 3), ("fine", 0.26, 2), ("fast", 0.49, 3), ("fast", 0.51, 2), ("exact", 0.0, 0)],
)
def test_what_may_be_lost_is_what_the_coding_says(coding: Coding, loss: float, k: int) -> None:
    noisy = error_of(50)
    assert chosen(coding, {0: noisy, 2: noisy, 3: noisy * 10 ** (loss / 10)}) == k


@pytest.mark.parametrize(
    ("coding", "reached", "k"),
    [("fine", 60.01, 3), ("fine", 59.99, 0), ("fast", 58.01, 3), ("fast", 57.99, 0), ("exact", 70, 0)],
)
def test_a_clean_picture_may_lose_more_as_long_as_it_stays_good(
    coding: Coding, reached: float, k: int
) -> None:
    assert chosen(coding, {0: error_of(90), 3: error_of(reached)}) in {k, k or 1, k or 2}
    assert chosen(coding, {0: error_of(90), 1: error_of(40), 2: error_of(40), 3: error_of(reached)}) == k


def test_one_between_those_measured_goes_by_the_formula() -> None:
    exact = 95.0
    tried = {0: exact, 4: exact + 20}  # less than the formula has: c is 1
    for k in (1, 2, 3):
        expected = 10 * log10(1 + 4**k / 12 / exact)
        assert decibels(expected_error(tried, k), exact) == pytest.approx(expected)
    assert chosen("fine", tried) == 3
    assert chosen("fine", {0: exact - 10, 4: exact + 20}) == 2


def test_where_the_next_one_measured_lost_more_than_the_formula_has_the_one_between_does_too() -> None:
    """A clean picture: three times what the formula says."""
    exact = 14.0
    tried = {0: exact, 3: exact + 3 * 64 / 12, 4: exact + 3 * 256 / 12}
    assert expected_error(tried, 2) == pytest.approx(exact + 3 * 16 / 12)
    assert chosen("fine", tried) == 1
    assert chosen("fine", {0: exact, 2: exact + 16 / 12, 3: tried[3]}) == 2


def test_nothing_measured_is_all_bits() -> None:
    assert chosen("fast", {}) == chosen("fast", {3: 0.0}) == 0


def test_a_picture_that_comes_back_whole_loses_nothing() -> None:
    assert chosen("fine", {0: 0.0, 2: 0.0, 3: 0.0}) == 3


def test_what_is_measured_is_the_mean_square_of_the_difference() -> None:
    needing("picture")
    import numpy as np

    from dcp.picture.codec import codec_by_name

    rng = np.random.default_rng(3)
    drawn = rng.integers(0, 4096, (130, 90, 3)).astype(np.uint16)
    codec = codec_by_name()
    data = codec.encode(drawn, limits=frame_limits(Fraction(24)), bits=9)
    wanted = np.mean((codec.decode(data).astype(float) - drawn) ** 2)
    assert measured(data, drawn, codec) == pytest.approx(wanted) and wanted > 1
    with pytest.raises(ValueError, match="beside"):
        measured(data, drawn[1:], codec)
