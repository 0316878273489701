"""When silence means something: small changes that came through, rounding, headroom; what is said of it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from watermark.power import HEADROOM, Carried, Power, doubts, expected, power, small_changes
from watermark.rounding import Rounded, rounded_plainly

GOOD = Carried(changes=95.0, energy=100.0, squares=91.0, cross=95.0, fourth=100.0, pieces=60, whole=100)
KEPT = GOOD.beside(Rounded(0.9, 0.95))
LONG = Power(1.0, 60.0, 50.0, seconds=40.0, needed_seconds=30.0)


def observed(gain: float, *, seed: int = 1) -> Carried:
    """Two seconds of 400 tiles with grain, of which the share `gain` came through, and noise."""
    rng = np.random.default_rng(seed)
    film = (0.4 * (1 + 0.0005 * rng.standard_normal((48, 400)))).astype(np.float32)
    slope = film.copy()  # a recording like the film: a relative change shows as itself
    change = film - film.mean(axis=0)
    rest = (gain - 1) * change + 0.0001 * rng.standard_normal(change.shape)
    return small_changes(rest.astype(np.float32), slope, film, 24.0, [slice(0, 24), slice(24, 48)])


@pytest.mark.parametrize("gain", [1.0, 0.5, 0.0])
def test_the_share_of_small_changes_that_came_through_is_measured(gain: float) -> None:
    seen = observed(gain)
    assert seen.gain == pytest.approx(gain, abs=max(0.05, 4 * seen.error))
    assert seen.error < 0.05 and seen.cover == 1
    both = seen + observed(gain, seed=2)
    assert both.whole == 2 * seen.whole and both.error < seen.error


def test_a_film_without_small_changes_shows_nothing() -> None:
    film = np.full((48, 400), 0.4, np.float32)
    rest = (0.001 * np.random.default_rng(1).standard_normal(film.shape)).astype(np.float32)
    seen = small_changes(rest, film.copy(), film, 24.0, [slice(0, 48)])
    assert seen.least == 0 and seen.cover == 0 and seen.error == math.inf
    moving = film * np.linspace(0.5, 1.5, 48, dtype=np.float32)[:, None]
    assert small_changes(rest, moving.copy(), moving, 24.0, [slice(0, 48)]).cover == 0


def test_only_what_was_still_covers_the_picture_and_the_error_is_taken_off() -> None:
    rng = np.random.default_rng(1)
    film = (0.4 * (1 + 0.0005 * rng.standard_normal((48, 400)))).astype(np.float32)
    film[:, :200] *= np.linspace(0.5, 1.5, 48, dtype=np.float32)[:, None]
    rest = np.zeros_like(film)
    assert small_changes(rest, film.copy(), film, 24.0, [slice(0, 48)]).cover == 0.5
    assert GOOD.error == pytest.approx(math.sqrt(0.75) / 100)
    assert GOOD.least == pytest.approx(0.95 - 3 * math.sqrt(0.75) / 100)


def test_of_pieces_the_worst_rounding_counts() -> None:
    both = GOOD.beside(Rounded(0.9, 0.3)) + GOOD.beside(Rounded(0.2, 0.95))
    assert both.rounded == Rounded(0.2, 0.3)
    assert (GOOD + KEPT).rounded == KEPT.rounded


def test_only_grain_and_fractions_survive_a_plain_rounding() -> None:
    rng = np.random.default_rng(1)
    whole = np.rint(rng.uniform(60, 200, (144, 256))).astype(np.float32) / 255
    assert rounded_plainly(whole, xyz=False) == Rounded(0.0, 0.0), "whole codes stay what they were"
    grain = whole + rng.uniform(-0.5, 0.5, whole.shape).astype(np.float32) / 255
    kept = rounded_plainly(grain, xyz=False)
    assert kept.gain > 0.8 and kept.likeness > 0.9
    flat = np.full((144, 256), 100.2 / 255, np.float32)
    assert rounded_plainly(flat, xyz=False).gain == 0


def test_expected_scores_grow_with_the_mark_and_fall_with_what_was_lost() -> None:
    noise = np.random.default_rng(1).standard_normal(2048)
    nominal = np.full(2048, 0.5)
    free = expected(noise, nominal, None)
    assert 8 < free < math.sqrt(2048)
    mark = 0.55 * 0.5  # of the nominal strength no more is counted on
    noise_power = float((noise**2).sum())
    assert free == pytest.approx(2048 * mark / math.sqrt(noise_power + 2048 * mark**2))
    assert expected(noise, nominal, KEPT) < free
    assert expected(noise, nominal, GOOD.beside(Rounded(0.0, 0.0))) == 0
    assert expected(np.zeros(2048), np.zeros(2048), None) == 0


def test_power_says_how_likely_and_how_long() -> None:
    met = power((9.0, 40.0), (9.0, 8.0), 10.0)
    assert met.likelihood == pytest.approx(0.5)
    assert met.needed_seconds == pytest.approx(10 * HEADROOM**2)
    assert power((0.0, 9.0), (9.0, 8.0), 10.0).needed_seconds is None
    assert power((90.0, 90.0), (9.0, 8.0), 10.0).likelihood == pytest.approx(1)


def test_silence_means_something_only_without_any_doubt() -> None:
    def ids(*args: object, **named: object) -> list[str]:
        return [each.id for each in doubts(*args, coded=False, **named)]  # type: ignore[arg-type]

    assert ids(LONG, KEPT, placed=True, depth=12) == []
    assert ids(LONG, None, placed=True, depth=12) == ["mark.doubt.film"]
    assert ids(LONG, KEPT, placed=False, depth=12) == ["mark.doubt.place"]
    assert ids(None, KEPT, placed=True, depth=12) == ["mark.doubt.place"]
    assert ids(LONG, KEPT, placed=True, depth=8) == ["mark.doubt.depth"]
    assert ids(LONG, GOOD, placed=True, depth=12) == ["mark.doubt.rounded"], "it was not looked at"
    assert ids(LONG, GOOD.beside(Rounded(0.9, 0.2)), placed=True, depth=12) == ["mark.doubt.rounded"]
    assert ids(LONG, GOOD.beside(Rounded(0.3, 0.95)), placed=True, depth=12) == ["mark.doubt.rounded"]
    endless = Power(1.0, 20.0, 20.0, seconds=20_000.0, needed_seconds=15_000.0)
    assert ids(endless, KEPT, placed=True, depth=12) == ["mark.doubt.damaged"], "no recording is so long"
    weak = Carried(changes=30.0, energy=100.0, squares=9.0, cross=30.0, fourth=100.0, pieces=60, whole=100)
    few = Carried(changes=95.0, energy=100.0, squares=91.0, cross=95.0, fourth=100.0, pieces=2, whole=100)
    for each in (weak, few):
        assert ids(LONG, each.beside(Rounded(0.9, 0.95)), placed=True, depth=12) == ["mark.doubt.carried"]
    short = Power(1.0, 20.0, 20.0, seconds=2.0, needed_seconds=12.2)
    (said,) = doubts(short, KEPT, placed=True, depth=12, coded=False)
    assert said.id == "mark.doubt.short" and "2.0 s" in said.say() and "13 s" in said.say()
    assert [each.id for each in doubts(LONG, KEPT, placed=True, depth=12)] == ["mark.doubt.coder"]
    hopeless = Power(0.0, 0.0, 0.0, seconds=2.0, needed_seconds=None)
    assert ids(hopeless, KEPT, placed=True, depth=12) == ["mark.doubt.damaged"]
