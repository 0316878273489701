"""Rates: which the package has, how fast the source runs, which frame is shown when."""

from __future__ import annotations

from array import array
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from dcp.create.planning.clock import timecode
from dcp.create.planning.rates import DCP_RATES, RatePlan, Takes, plan_rate, select, shown_frames, time_map
from dcp.create.sources.facts import ColourTags, PictureFacts
from dcp.errors import DcpError, SourceError, UsageError

PULLED = Fraction(1001, 1000)
FILM = Fraction(24_000, 1001)
VIDEO = Fraction(30_000, 1001)


def source(
    rate: Fraction | int | None,
    times: list[int] | None = None,
    *,
    frames: int = 0,
    time_base: Fraction = Fraction(1, 1000),
    end: int = 0,
) -> PictureFacts:
    return PictureFacts(
        path=Path("film.mov"),
        kind="video",
        width=64,
        height=36,
        rate=Fraction(rate) if rate is not None else None,
        frames=len(times) if times is not None else frames,
        tags=ColourTags("ycbcr"),
        depth=8,
        times=array("q", times or []),
        time_base=time_base,
        end=end,
    )


def ids(plan: RatePlan | Takes) -> list[str]:
    return [decision.id for decision in plan.decisions]


@pytest.mark.parametrize("rate", DCP_RATES)
def test_a_rate_of_a_dcp_stays(rate: Fraction) -> None:
    assert plan_rate(rate, False, None, None) == RatePlan(rate)


@pytest.mark.parametrize("rate", [24, 30, 48, 60, 96, 120])
def test_what_runs_slower_by_a_thousandth_is_pulled_up(rate: int) -> None:
    plan = plan_rate(rate / PULLED, False, None, None)
    assert (plan.rate, plan.speed, plan.mode, plan.step, plan.hold) == (rate, PULLED, "frames", 1, 1)
    assert ids(plan) == ["plan.pulled"]
    assert plan_rate(rate / PULLED, False, Fraction(rate), "drop") == plan


def test_a_rate_that_is_nearly_so_runs_at_its_own_speed() -> None:
    """Two hours at 23.98 are 1.2 s shorter than at 24000/1001; picture and sound keep together."""
    plan = plan_rate(Fraction(2398, 100), False, None, None)
    assert (plan.rate, plan.speed) == (24, Fraction(2400, 2398))


@pytest.mark.parametrize(
    ("rate", "shown", "speed"),
    [
        (Fraction(12), 24, 1),
        (Fraction(25, 2), 25, 1),
        (Fraction(15), 30, 1),
        (Fraction(15_000, 1001), 30, PULLED),
        (Fraction(12_000, 1001), 24, PULLED),
    ],
)
def test_what_is_half_a_rate_is_shown_twice(rate: Fraction, shown: int, speed: Fraction) -> None:
    plan = plan_rate(rate, False, None, None)
    assert (plan.rate, plan.speed, plan.step, plan.hold) == (shown, speed, 1, 2)
    assert ids(plan)[-1] == "plan.each-shown"
    assert list(select(source(rate, frames=3), plan).first) == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("rate", "shown", "step", "speed"),
    [
        (Fraction(50), 25, 2, 1),
        (Fraction(60), 30, 2, 1),
        (60 / PULLED, 30, 2, PULLED),
        (Fraction(48), 24, 2, 1),
        (Fraction(120), 24, 5, 1),
    ],
)
def test_what_is_asked_at_half_its_rate_loses_every_other_frame(
    rate: Fraction, shown: int, step: int, speed: Fraction
) -> None:
    plan = plan_rate(rate, False, Fraction(shown), None)
    assert (plan.rate, plan.speed, plan.step, plan.hold) == (shown, speed, step, 1)
    assert ids(plan)[-1] == "plan.every-nth"
    assert list(select(source(rate, frames=2 * step + 1), plan).first) == [0, step, 2 * step]


def test_25_runs_slower_at_24_when_asked() -> None:
    plan = plan_rate(Fraction(25), False, Fraction(24), None)
    assert (plan.speed, plan.mode, ids(plan)) == (Fraction(24, 25), "frames", ["plan.slowed"])
    assert plan_rate(Fraction(25), False, None, None).rate == 25
    assert plan_rate(Fraction(25), False, Fraction(24), "drop").mode == "drop"


@pytest.mark.parametrize(
    ("rate", "wanted"),
    [(24, 25), (25, 30), (30, 24), (50, 24), (60, 25), (FILM, 25), (VIDEO, 24), (Fraction(2995, 100), 30)],
)
def test_other_pairs_need_to_be_told_how(rate: Fraction | int, wanted: int) -> None:
    with pytest.raises(SourceError, match="frame by frame") as caught:
        plan_rate(Fraction(rate), False, Fraction(wanted), None, where=Path("film.mov"))
    assert "--rate-conversion" in str(caught.value.remedy)
    assert caught.value.where == "film.mov"
    for conversion in ("drop", "blend"):
        plan = plan_rate(Fraction(rate), False, Fraction(wanted), conversion)  # type: ignore[arg-type]
        assert (plan.speed, plan.mode, ids(plan)) == (1, conversion, [f"plan.rate-{conversion}"])


@pytest.mark.parametrize(
    ("rate", "variable", "wanted", "flag"),
    [
        (Fraction(18), False, None, "--picture-rate 24 --rate-conversion drop"),
        (Fraction(144, 10), True, None, "--picture-rate 24"),
        (Fraction(2993, 100), True, None, "--picture-rate 30"),
        (None, False, None, "--picture-rate"),
        (Fraction(24), False, Fraction(23), "--picture-rate"),
        (Fraction(24), False, FILM, "--picture-rate"),
    ],
)
def test_what_must_be_given_is_named(
    rate: Fraction | None, variable: bool, wanted: Fraction | None, flag: str
) -> None:
    with pytest.raises(DcpError) as caught:
        plan_rate(rate, variable, wanted, None)
    assert flag in str(caught.value.remedy)
    assert caught.value.say_remedy("zh")


def test_stills_have_the_rate_that_is_wanted() -> None:
    assert plan_rate(None, False, Fraction(48), None) == RatePlan(Fraction(48))
    assert list(select(source(None, frames=3), RatePlan(Fraction(48))).first) == [0, 1, 2]


# --- which frame is shown when -----


@pytest.mark.extra("picture")
def test_frames_of_variable_rate_are_shown_at_their_times() -> None:
    """Three frames of a twenty-fourth, one that lasts three, and so on."""
    facts = source(24, [0, 1, 2, 5, 6], time_base=Fraction(1, 24), end=7)
    plan = plan_rate(facts.rate, True, Fraction(24), None)
    assert plan.mode == "time"
    assert list(select(facts, plan).first) == [0, 1, 2, 2, 2, 3, 4]


@pytest.mark.extra("picture")
def test_time_stamps_that_tremble_do_not_matter() -> None:
    times = [round((n + 0.2 * (-1) ** n) * 1000 / 24) + 500 for n in range(100)]
    facts = source(24, times, end=times[-1] + 42)
    for mode in ("time", "drop"):
        assert list(select(facts, RatePlan(Fraction(24), mode=mode)).first) == list(range(100))  # type: ignore[arg-type]


@pytest.mark.extra("picture")
def test_frames_are_dropped_and_repeated_evenly() -> None:
    facts = source(30, frames=30)
    dropped = list(select(facts, RatePlan(Fraction(24), mode="drop")).first)
    assert len(dropped) == 24
    assert all(1 <= b - a <= 2 for a, b in pairwise(dropped))
    repeated = list(select(source(24, frames=24), RatePlan(Fraction(30), mode="drop")).first)
    assert len(repeated) == 30
    assert sorted(set(repeated)) == list(range(24))


@pytest.mark.extra("picture")
def test_a_blend_has_of_each_frame_what_is_shown_of_it() -> None:
    takes = select(source(24, frames=4), RatePlan(Fraction(30), mode="blend"))
    assert list(takes.first) == [0, 0, 1, 2, 3]
    assert list(takes.second) == [0, 1, 2, 3, 3]
    assert list(takes.weight) == pytest.approx([0, 0.75, 0.5, 0.25, 0])
    halves = select(source(60, frames=10), RatePlan(Fraction(24), mode="blend"))
    assert list(zip(halves.first, halves.second, strict=True)) == [(0, 1), (3, 4), (5, 6), (8, 9)]
    assert list(halves.weight) == pytest.approx([0.5] * 4)


@pytest.mark.extra("picture")
def test_a_hole_in_the_time_stamps_is_filled_and_said() -> None:
    facts = source(24, [*range(10), *range(13, 40)], time_base=Fraction(1, 24), end=40)
    takes = select(facts, RatePlan(Fraction(24)))
    assert list(takes.first) == [*range(9), 9, 9, 9, 9, *range(10, 37)]
    assert [str(one) for one in takes.decisions] == [
        "1 hole in the time stamps, the first after 0:00:00.375: "
        "the frame before is held, for 3 frames in all"
    ]
    assert shown_frames(facts, RatePlan(Fraction(24))) == 40
    for mode in ("drop", "blend"):
        assert select(facts, RatePlan(Fraction(25), mode=mode)).decisions == takes.decisions  # type: ignore[arg-type]


@pytest.mark.extra("picture")
def test_a_hole_stays_where_it_is_when_frames_are_shown_twice_or_left_out() -> None:
    facts = source(12, [*range(10), *range(12, 40)], time_base=Fraction(1, 12), end=40)
    twice = select(facts, plan_rate(Fraction(12), False, None, None))
    assert list(twice.first)[18:28] == [9] * 6 + [10] * 2 + [11] * 2
    facts = source(50, [*range(10), *range(12, 40)], time_base=Fraction(1, 50), end=40)
    half = select(facts, plan_rate(Fraction(50), False, Fraction(25), None))
    assert list(half.first)[3:8] == [6, 8, 9, 10, 12]


@pytest.mark.extra("picture")
def test_time_stamps_that_jump_are_a_fault() -> None:
    facts = source(24, [*range(10), *range(10 + 24 * 61, 1500)], time_base=Fraction(1, 24), end=1500)
    for mode in ("frames", "drop", "blend"):
        with pytest.raises(SourceError, match=r"jump by 61 seconds after 0:00:00\.375"):
            select(facts, RatePlan(Fraction(24), mode=mode))  # type: ignore[arg-type]


@pytest.mark.extra("picture")
def test_what_lasts_more_than_a_day_is_a_fault() -> None:
    facts = source(24, [0, 1, 2, 24 * 90_000], time_base=Fraction(1, 24), end=24 * 90_001)
    with pytest.raises(SourceError, match="25 hours"):
        select(facts, RatePlan(Fraction(24), mode="time"))
    with pytest.raises(SourceError, match="frame by frame"):
        plan_rate(Fraction(1, 100), False, Fraction(24), None)


def test_a_part_of_the_source_is_taken() -> None:
    facts = source(24, frames=10)
    assert list(select(facts, RatePlan(Fraction(24)), start=3, stop=6).first) == [3, 4, 5]
    for start, stop in ((0, 11), (10, None), (5, 5), (-1, 3)):
        with pytest.raises(UsageError, match="are asked for"):
            select(facts, RatePlan(Fraction(24)), start=start, stop=stop)


@pytest.mark.extra("picture")
def test_sound_follows_the_picture() -> None:
    """Frame 4 of 23.976, 4004/24000 s after the picture's first, which is shown half a second late, is the
    package's frame 4.
    """
    facts = source(FILM, [12_000 + 1001 * n for n in range(10)], time_base=Fraction(1, 24_000), end=22_010)
    plan = plan_rate(FILM, False, None, None)
    clock = time_map(facts, plan)
    assert clock.shown(Fraction(1, 2) + Fraction(4004, 24_000)) == Fraction(4, 24)
    assert time_map(facts, plan, start=4).shown(Fraction(1, 2) + Fraction(4004, 24_000)) == 0
    assert time_map(source(25, frames=3), plan_rate(Fraction(25), False, Fraction(24), None)).taken(
        Fraction(1, 24)
    ) == Fraction(1, 25)


@pytest.mark.extra("picture")
@pytest.mark.parametrize("unit", [1000, 90_000])
@pytest.mark.parametrize("rate", [FILM, VIDEO, Fraction(24), Fraction(25), Fraction(15), 60 / PULLED])
def test_picture_and_sound_are_together_after_100_minutes(rate: Fraction, unit: int) -> None:
    """What sounds when a frame appears in the source sounds when it appears in the package."""
    frame, half = unit * rate.denominator, rate.numerator // 2
    times = [(n * frame + half) // rate.numerator for n in range(-3, int(6010 * rate))]
    facts = source(rate, times, time_base=Fraction(1, unit), end=times[-1] + round(unit / rate))
    plan = plan_rate(rate, False, None, None)
    clock, takes = time_map(facts, plan), select(facts, plan)
    assert clock.speed == plan.speed
    for n in (0, round(60 * plan.rate), round(6000 * plan.rate)):
        heard = clock.shown(times[takes.first[n]] * facts.time_base)
        assert abs(heard - n / plan.rate) <= Fraction(1, 1000)


@pytest.mark.extra("picture")
def test_a_clock_that_runs_away_takes_the_sound_with_it() -> None:
    """23.98 in truth, named 24000/1001: after two minutes the two are 20 ms apart."""
    times = [round(n / Fraction(2398, 100) * 90_000) for n in range(2_880)]
    facts = source(FILM, times, time_base=Fraction(1, 90_000), end=times[-1] + 3753)
    clock = time_map(facts, plan_rate(FILM, False, None, None))
    assert clock.speed != PULLED
    for n in (0, 1_000, 2_879):
        assert abs(clock.shown(Fraction(times[n], 90_000)) - Fraction(n, 24)) < Fraction(1, 2000)


def test_a_time_is_written_for_people() -> None:
    assert timecode(Fraction(3723_4567, 10_000)) == "1:02:03.457"
    assert timecode(Fraction(-1, 2)) == "-0:00:00.500"
