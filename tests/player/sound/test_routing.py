"""Fold-down by the coefficients of ITU-R BS.775; routes of one's own."""

from __future__ import annotations

import numpy as np
import pytest

from dcp.errors import UsageError
from dcp.sound.layout import GROUPS, SYMBOLS, assumed
from player.sound.blocks import to_bytes, to_numbers
from player.sound.routing import FOLDED, mixed, route_of

FIVE_ONE = GROUPS["51"]


def test_five_one_is_summed_as_the_recommendation_has_it() -> None:
    rng = np.random.default_rng(3)
    samples = rng.integers(-1_000_000, 1_000_000, (500, 6), dtype=np.int32)
    matrix = route_of("stereo").matrix(FIVE_ONE)
    assert matrix is not None
    heard, beyond = mixed(to_bytes(samples), matrix)
    left, right, centre, _, ls, rs = samples.astype(np.float64).T
    twin = np.stack([left + 0.70710678 * (centre + ls), right + 0.70710678 * (centre + rs)], axis=1)
    assert beyond == 0 and np.abs(to_numbers(heard, 2) - twin).max() <= 0.51


@pytest.mark.parametrize("field", list(GROUPS))
def test_each_soundfield_keeps_left_and_right_apart_and_lfe_out(field: str) -> None:
    matrix = route_of("stereo").matrix(GROUPS[field])
    assert matrix is not None and matrix.shape == (len(GROUPS[field]), 2)
    for symbol, (left, right) in zip(GROUPS[field], matrix, strict=True):
        assert (left, right) == FOLDED.get(symbol, (0, 0))
        if symbol == "LFE":
            assert not left and not right
        elif symbol.startswith(("L", "R")):
            assert bool(left) == symbol.startswith("L") and bool(right) == symbol.startswith("R")


def test_narration_and_data_are_left_out_and_said() -> None:
    symbols = assumed(16).channels
    route = route_of("stereo")
    matrix = route.matrix(symbols)
    assert matrix is not None and not matrix[6:].any()
    said = str(route.said(symbols))
    assert "BS.775" in said and "0.7071" in said and "LFE" in said.partition("left out")[2]
    assert "HI" in said.partition("left out")[2]


def test_what_does_not_fit_is_limited_and_counted() -> None:
    loud = np.full((10, 6), 8_000_000, np.int32)
    matrix = route_of("stereo").matrix(FIVE_ONE)
    assert matrix is not None
    heard, beyond = mixed(to_bytes(loud), matrix)
    assert beyond == 20 and (to_numbers(heard, 2) == (1 << 23) - 1).all()


def test_routes_by_number_by_symbol_and_silence() -> None:
    route = route_of("C, 1,-,VIN,9")
    samples = np.arange(60, dtype=np.int32).reshape(10, 6)
    matrix = route.matrix(FIVE_ONE)
    assert matrix is not None and route.outputs(6) == 5
    heard, _ = mixed(to_bytes(samples), matrix)
    expected = np.zeros((10, 5), np.int32)
    expected[:, 0], expected[:, 1] = samples[:, 2], samples[:, 0]
    assert np.array_equal(to_numbers(heard, 5), expected)


def test_all_is_not_touched() -> None:
    route = route_of("all")
    assert route.matrix(FIVE_ONE) is None and route.said(FIVE_ONE) is None and route.outputs(8) == 8


@pytest.mark.parametrize("wrong", ["", "mono", "L,R,X", "0", "17", "1;2", "²", ",".join("1" * 17)])
def test_no_route(wrong: str) -> None:
    with pytest.raises(UsageError):
        route_of(wrong)
    assert all(route_of(symbol) for symbol in SYMBOLS)
