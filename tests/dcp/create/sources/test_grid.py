"""Which rate time stamps have, and whether they have one."""

from __future__ import annotations

import random
from array import array
from fractions import Fraction

import pytest

from dcp.create.sources.grid import Grid, grid_of, named, slots

FILM = Fraction(24_000, 1001)
VIDEO = Fraction(30_000, 1001)
NTSC = Fraction(60_000, 1001)

pytestmark = pytest.mark.extra("picture")


def stamps(rate: Fraction, count: int, unit: int) -> array[int]:
    return array("q", (round(n / rate * unit) for n in range(count)))


@pytest.mark.parametrize(
    "said", [FILM, Fraction(2398, 100), Fraction(2997, 125), Fraction(11_988, 500), Fraction(23_976, 1000)]
)
@pytest.mark.parametrize("unit", [1000, 12_288, 24_000, 90_000])
def test_23976_is_named_exactly_whatever_the_file_says(said: Fraction, unit: int) -> None:
    assert named(said) == FILM
    for count in (24, 2_000):
        assert grid_of(stamps(FILM, count, unit), Fraction(1, unit), [said]) == Grid(FILM, False)


@pytest.mark.parametrize("rate", [24, 25, 30, 50, 60, FILM, VIDEO, NTSC, 12, Fraction(25, 2), 15, 18, 16])
def test_the_rate_is_the_file_s_or_the_time_stamps_own(rate: Fraction | int) -> None:
    rate = Fraction(rate)
    for unit in (1000, 90_000):
        for said in ([rate], [], [Fraction(25)], [Fraction(90_000)]):
            count = 3_000  # two minutes, in which 24 and 23.976 part
            assert grid_of(stamps(rate, count, unit), Fraction(1, unit), said) == Grid(rate, False)


def test_what_the_file_says_holds_where_the_time_stamps_cannot_tell() -> None:
    coarse = stamps(FILM, 6, 1000)
    assert grid_of(coarse, Fraction(1, 1000), [FILM]).rate == FILM
    assert grid_of(coarse, Fraction(1, 1000), [Fraction(24)]).rate == 24


def test_what_the_file_says_does_not_hold_where_they_can() -> None:
    for said, rate in ((Fraction(24), FILM), (FILM, Fraction(24)), (Fraction(30), VIDEO)):
        for unit in (1000, 24_000):  # a third of a frame off at the end
            assert grid_of(stamps(rate, 600, unit), Fraction(1, unit), [said]) == Grid(rate, False)


def test_a_clock_that_is_off_is_a_constant_rate_of_its_own() -> None:
    """23.98 in truth, for two hours: not 24000/1001, from which it is 28 frames off at the end."""
    rate = Fraction(2398, 100)
    assert grid_of(stamps(rate, 172_656, 2398), Fraction(1, 2398), [rate]) == Grid(rate, False)


def test_frames_off_by_more_than_half_a_frame_make_the_rate_variable() -> None:
    times = stamps(Fraction(30), 600, 90_000)
    drifting = array("q", (time + n * n // 10 for n, time in enumerate(times)))
    assert grid_of(drifting, Fraction(1, 90_000), [Fraction(30)]).variable
    shaken = array("q", sorted(time + random.Random(1).choice([-900, 0, 900]) for time in times))
    assert grid_of(shaken, Fraction(1, 90_000), [Fraction(30)]) == Grid(Fraction(30), False)


def test_telecine_flags_do_not() -> None:
    """23.976 on a DVD: frames of two and three fields in turn, tagged 29.97."""
    fields = [0]
    for n in range(999):
        fields.append(fields[-1] + (3 if n % 2 else 2))
    times = array("q", (round(n * 1001 / 60_000 * 90_000) for n in fields))
    assert grid_of(times, Fraction(1, 90_000), [VIDEO]) == Grid(FILM, False)


def test_one_hole_does_not_and_many_do() -> None:
    base = Fraction(1, 24)
    one = array("q", [*range(10), *range(13, 40)])
    assert grid_of(one, base, [Fraction(24)]) == Grid(Fraction(24), False)
    assert list(slots(one, base, Fraction(24))) == list(one)
    phone = [n if n < 8 else n + 2 * min(n - 8, 8) for n in range(24)]
    assert grid_of(array("q", phone), base, [Fraction(144, 10)]) == Grid(Fraction(24), True)


def test_one_frame_has_the_rate_that_the_file_says() -> None:
    assert grid_of(array("q", [0]), Fraction(1, 24), [Fraction(25)]) == Grid(Fraction(25), False)
    assert grid_of(array("q"), Fraction(1, 24), []) == Grid(None, False)
