"""Who says how frames are decoded: settings from a number, and a pace that is kept without swinging."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest

from dcp.errors import UsageError
from player.governor import RUNGS, Budget, Exact, Fixed, Governor, Smooth, governor_for
from player.setting import EXACT, LEAST_DB, MOST_DB, Quality, Setting, quality_of

PERIOD = 1 / 24

Recorded = Sequence[tuple[float, float]]
"""dB to the whole decode and CPU milliseconds of the decoder, the whole first."""
FULL: Recorded = [(99, 265), (52, 230), (47, 190), (44, 150), (42, 130), (40, 105), (38, 86), (36, 75)]
HALF: Recorded = [(99, 109), (59, 105), (53, 89), (49, 70), (47, 58), (44, 50), (42, 42), (40, 36), (36, 25)]
"""Of 2K frames with grain at 250 Mbit/s."""
STAGES = (60.0, 22.0)
"""Milliseconds of mark, colour and packing, full and half."""


def milliseconds(recorded: Recorded, least_db: float | None) -> float:
    if least_db is None:
        return recorded[0][1]
    for (above, dear), (below, cheap) in pairwise(recorded):
        if least_db >= below:
            return cheap + (dear - cheap) * min((least_db - below) / (above - below), 1)
    return recorded[-1][1]


def cost(setting: Setting, weight: float = 1.0) -> float:
    """CPU seconds of a frame of film; weight: how much more it has to decode than those recorded."""
    recorded, stages = (HALF, STAGES[1]) if setting.reduce else (FULL, STAGES[0])
    return (milliseconds(recorded, setting.least_db) * weight + stages) / 1000


@dataclass
class Run:
    """settings: asked of each frame. late: seconds, of each."""

    settings: list[Setting]
    late: list[float]

    def rungs(self, begin: float = 0) -> list[float]:
        return [setting.least_db or 99.0 for setting in self.settings[round(begin / PERIOD) :]]

    def turns(self, begin: float = 0) -> int:
        """How often it went down after it had gone up."""
        count, rising = 0, False
        rungs = self.rungs(begin)
        for was, now in pairwise(rungs):
            count += rising and now < was
            rising = now > was or (rising and now == was)
        return count

    def frames_late(self, begin: float = 0) -> int:
        return sum(late > 0 for late in self.late[round(begin / PERIOD) :])


def simulated(
    governor: Governor,
    seconds: float,
    *,
    cores: int,
    costs: Callable[[int, Setting], float] = lambda _, setting: cost(setting),
    slower: Callable[[float], float] = lambda _: 1.0,
    ready: int = 8,
    thinned: bool = True,
) -> Run:
    """A paced show: frames are given to the cores as soon as one was shown, and shown in order when due.

    slower: how many times longer a frame takes at a moment, for what else the machine does.
    """
    frames = round(seconds / PERIOD)
    window = ready + cores
    free = [0.0] * cores
    run = Run([], [])
    done: list[float] = []
    shown: list[float] = []
    told: list[tuple[float, int, Setting, float]] = []
    start: float | None = None
    for frame in range(frames):
        now = shown[frame - window] if frame >= window else 0.0
        while told and told[0][0] <= now:
            _, number, used, took = heapq.heappop(told)
            governor.took(number, used, took)
        before = [n for n in range(max(len(shown) - window, 0), len(shown)) if shown[n] <= now]
        late = run.late[before[-1]] if before else 0.0
        queued = sum(1 for n in range(max(frame - window, 0), frame) if done[n] <= now < shown[n])
        setting = governor.setting(frame, ready if start is None else queued, late)
        run.settings.append(setting)
        used = setting if thinned else Setting(setting.reduce)
        if used.least_db is not None:
            used = Setting(used.reduce, 18, used.least_db, used.measured)
        took = costs(frame, used) + (costs(frame, Setting(used.reduce)) if used.measured else 0.0)
        begin = max(heapq.heappop(free), now)
        end = begin + took * slower(begin)
        heapq.heappush(free, end)
        heapq.heappush(told, (end, frame, used, took))
        done.append(max(end, done[-1]) if done else end)
        if start is None and frame + 1 == window:  # the clock starts when frames stand ready
            start = done[ready - 1]
            for number in range(window):
                shown.append(max(start + number * PERIOD, done[number]))
                run.late.append(done[number] - (start + number * PERIOD))
        elif start is not None:
            due = start + frame * PERIOD
            shown.append(max(due, done[frame]))
            run.late.append(done[frame] - due)
    return run


def smooth(cores: int, *, reduce: int = 1, smaller: int = 0, ready: int = 8) -> Smooth:
    return Smooth(Budget(PERIOD, ready, cores, smaller), reduce=reduce)


# --- the simple ones ---


@pytest.mark.parametrize("reduce", [0, 2])
def test_exact_never_leaves_anything_out(reduce: int) -> None:
    governor = Exact(reduce)
    assert {governor.setting(n, 0, 9.0) for n in range(1000)} == {Setting(reduce)}


def test_a_number_is_what_it_says_at_every_frame() -> None:
    run = simulated(Fixed(40, 1), 20, cores=1)
    assert {(each.reduce, each.least_db) for each in run.settings} == {(1, 40)}
    assert [n for n, each in enumerate(run.settings) if each.measured] == [0, 240]


@pytest.mark.parametrize(
    ("asked", "quality"), [("exact", "exact"), ("smooth", "smooth"), ("30", 30), ("60.0", 60), ("42.5", 42.5)]
)
def test_what_can_be_asked(asked: str, quality: Quality) -> None:
    assert quality_of(asked) == quality


@pytest.mark.parametrize("asked", ["", "29.9", "61", "nan", "inf", "-42", "fast", "42 dB", "4_2e400"])
def test_nonsense_is_refused(asked: str) -> None:
    with pytest.raises(UsageError) as refused:
        quality_of(asked)
    assert (refused.value.id, refused.value.places["least"]) == ("play.no-quality", LEAST_DB)


def test_the_governor_for_what_was_asked() -> None:
    assert governor_for("exact").setting(0, 0, 0) == EXACT
    without = governor_for("smooth", reduce=1).setting(1, 0, 0)
    assert (without.reduce, without.least_db) == (1, 42)
    assert governor_for(MOST_DB).setting(1, 0, 0).least_db == MOST_DB
    assert isinstance(governor_for("smooth", budget=Budget(PERIOD, 8, 2)), Smooth)


# --- the pace ---


def test_two_cores_hold_half_the_size() -> None:
    """24 frames a second of marked film at half the size, and no frame late."""
    run = simulated(smooth(2), 60, cores=2)
    assert run.frames_late(2) == 0
    assert min(run.rungs(5)) >= 41 and run.turns(5) <= 3
    assert {setting.reduce for setting in run.settings} == {1}


def test_many_cores_leave_nothing_out_in_the_end() -> None:
    run = simulated(smooth(16, reduce=0), 30, cores=16)
    assert run.frames_late() == 0
    assert set(run.rungs(20)) == {99} and run.turns() == 0


def test_six_cores_hold_the_full_size() -> None:
    run = simulated(smooth(6, reduce=0, smaller=1), 60, cores=6)
    assert run.frames_late(2) == 0 and min(run.rungs(5)) >= 40
    assert {setting.reduce for setting in run.settings} == {0}


def test_too_few_cores_get_a_smaller_picture() -> None:
    """Passes first, and only then the size; it then stays small rather than swing."""
    run = simulated(smooth(2, reduce=0, smaller=1), 120, cores=2)
    first = next(n for n, setting in enumerate(run.settings) if setting.reduce)
    assert run.rungs()[first - 1] == RUNGS[-1]
    assert {setting.reduce for setting in run.settings[first:]} == {1}
    assert run.frames_late(5) == 0


@pytest.mark.parametrize("phase", range(4))
def test_a_busy_scene_is_followed_step_by_step(phase: int) -> None:
    """Scenes of ten seconds, each second one dearer by four tenths."""

    def costs(frame: int, setting: Setting) -> float:
        return cost(setting, 1.4 if (frame + 60 * phase) // 240 % 2 else 1.0)

    run = simulated(smooth(3), 60, cores=3, costs=costs)
    rungs = [RUNGS.index(setting.least_db) for setting in run.settings]
    assert max(abs(a - b) for a, b in pairwise(rungs)) <= 1
    assert run.frames_late(3) <= 3


def test_other_work_on_the_machine_is_felt() -> None:
    """Frames take longer while something else runs, though they cost the same."""
    run = simulated(smooth(3), 90, cores=3, slower=lambda now: 1.7 if 30 < now < 60 else 1.0)
    before, during, after = run.rungs(20)[:200], run.rungs(40)[:400], run.rungs(85)
    assert max(during) < min(before) and min(after) > max(during)
    assert run.frames_late(3) <= 48 and run.frames_late(65) == 0


@pytest.mark.parametrize("weight", [0.8, 1.0, 1.15, 1.3])
@pytest.mark.parametrize("ready", [4, 8, 16])
def test_a_steady_film_does_not_swing(weight: float, ready: int) -> None:
    """However the cost falls between two rungs: the better one is tried ever more rarely."""
    run = simulated(
        smooth(2, ready=ready), 240, cores=2, ready=ready, costs=lambda _, setting: cost(setting, weight)
    )
    assert run.turns(30) <= 4 and run.turns(120) <= 2
    assert len(set(run.rungs(30))) <= 3
    assert run.frames_late(30) <= 4


@pytest.mark.parametrize("slower", [1.2, 1.35, 1.5])
def test_a_busy_machine_does_not_make_it_swing(slower: float) -> None:
    """What a frame costs says that there is time for more, and there is not: it is tried ever more rarely."""
    run = simulated(smooth(3), 400, cores=3, slower=lambda _: slower)
    assert run.turns(20) <= 7 and run.turns(200) <= 3
    assert run.frames_late(20) <= 12


def test_nothing_more_is_left_out_while_frames_are_coming_in() -> None:
    governor = smooth(2)
    asked = [governor.setting(n, n // 4 % 8, 0.0).least_db for n in range(12)]
    assert asked[0] == 42 and asked[-1] == 41


def test_film_that_cannot_be_thinned_is_made_smaller() -> None:
    run = simulated(smooth(4, reduce=0, smaller=1), 60, cores=4, thinned=False)
    assert {setting.reduce for setting in run.settings[-400:]} == {1}
    assert len({setting.least_db for setting in run.settings if not setting.reduce}) <= 4
    assert run.frames_late(10) == 0


def test_measuring_waits_for_time() -> None:
    plenty = simulated(smooth(3), 60, cores=3)
    assert 2 <= sum(setting.measured for setting in plenty.settings) <= 6
    assert not any(setting.measured for setting in simulated(smooth(1), 60, cores=1).settings)
