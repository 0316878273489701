"""Reels of another size or rate: the screen is told in between, or they are refused where that is asked."""

from __future__ import annotations

import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shows import SECRET, merge, run

from dcp.errors import DcpError, UsageError
from player.plan import ShowPlan
from player.screen.registry import screen_for
from player.timeline import timeline_of

Make = Callable[..., Any]


class Told:
    """What a screen was told, and the shape of every frame, in order."""

    def __init__(self, catcher: Any) -> None:
        self.catcher, self.forms = catcher, []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.catcher, name)

    def showing(self, signal: Any) -> Any:
        self.forms.append((0, signal))
        catcher, changed = self.catcher, self.catcher.changed

        def note(form: Any) -> None:
            self.forms.append((len(catcher.order), form))
            changed(form)

        catcher.changed = note
        return catcher.showing(signal)


@pytest.fixture
def sizes(make: Make) -> Any:
    return merge(make(lengths=(3,)), make(lengths=(2,), size=(320, 180), first_code=3))


@pytest.fixture
def rates(make: Make) -> Any:
    return merge(make(lengths=(3,)), make(lengths=(2,), rate=Fraction(48), first_code=3))


def test_a_reel_of_another_size(sizes: Any, catcher: Any) -> None:
    told = Told(catcher)
    report = run(sizes, told)
    assert (report.verdict, catcher.codes()) == ("complete", [0, 1, 2, 3, 4])
    assert [(frame, form.width, form.height) for frame, form in told.forms] == [(0, 256, 144), (3, 320, 180)]
    assert [image.shape for image in catcher.images.values()] == [(144, 256, 3)] * 3 + [(180, 320, 3)] * 2
    assert [(form.width, form.height) for form in told.forms[0][1].later] == [(320, 180)]
    assert [reel["size"] for reel in report.document()["reels"]] == [[256, 144], [320, 180]]
    assert "from reel 2 on: 320x180, 24 frames/s" in report.lines()


def test_a_reel_of_another_rate(rates: Any, catcher: Any) -> None:
    told = Told(catcher)
    report = run(rates, told)
    assert (report.verdict, catcher.codes()) == ("complete", [0, 1, 2, 3, 4])
    assert [(frame, form.rate) for frame, form in told.forms] == [(0, 24), (3, 48)]
    assert [reel["rate"] for reel in report.document()["reels"]] == ["24 1", "48 1"]
    assert "from reel 2 on: 256x144, 48 frames/s" in report.lines()


def test_nothing_is_said_where_only_one_of_them_is_played(sizes: Any, catcher: Any) -> None:
    told = Told(catcher)
    report = run(sizes, told, frames=(3, 4), strict=True)
    assert [(form.width, form.later) for _, form in told.forms] == [(320, ())]
    assert (catcher.codes(), report.size) == ([3, 4], (320, 180))
    assert not [line for line in report.lines() if line.startswith("from reel")]


def test_a_start_in_the_second_reel_tells_its_form_first(sizes: Any, catcher: Any) -> None:
    told = Told(catcher)
    run(sizes, told, start=4)
    assert [form.width for _, form in told.forms] == [320]
    assert catcher.codes() == [4]


@pytest.mark.parametrize("kind", ["sizes", "rates"])
def test_refused_where_that_is_asked(kind: str, catcher: Any, request: pytest.FixtureRequest) -> None:
    said = {"sizes": "256x144, reel 2 has 320x180", "rates": "24 frames/s, reel 2 at 48"}[kind]
    with pytest.raises(DcpError, match=said):
        run(request.getfixturevalue(kind), catcher, strict=True)
    assert catcher.signal is None


@pytest.mark.parametrize("kind", ["sizes", "rates"])
def test_a_form_that_has_only_one_is_refused_before_the_first_frame(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    made = request.getfixturevalue(kind)
    with pytest.raises(UsageError, match="y4m has one size and rate"):
        run(made, screen_for(f"y4m:{tmp_path / 'out.y4m'}"))
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]


def test_files_of_frames_have_each_its_size(sizes: Any, tmp_path: Path) -> None:
    run(sizes, screen_for(f"tiff:{tmp_path / 'out'}"))
    sides = [path.stat().st_size for path in sorted((tmp_path / "out").iterdir())]
    assert len(sides) == 5 and sides[0] == sides[2] < sides[3] == sides[4]


def test_the_sound_of_a_reel_of_another_rate_is_whole(rates: Any, tmp_path: Path) -> None:
    run(rates, screen_for(f"wav:{tmp_path / 'out.wav'}"))
    with wave.open(str(tmp_path / "out.wav")) as read:
        assert read.getnframes() == 3 * 2000 + 2 * 1000


def test_marks_go_by_the_size_of_the_reel(sizes: Any, catcher: Any) -> None:
    report = run(sizes, catcher, location=3, secret=SECRET)
    assert report.marked and all(reel.tracks[0].marked for reel in report.reels)
    assert all(np.ptp(image) > 0 for image in catcher.images.values())


def test_a_time_is_no_frame_where_rates_differ(rates: Any, catcher: Any) -> None:
    with pytest.raises(UsageError, match="is a time, and the reels go at different rates"):
        run(rates, catcher, start="00:00:00:03")
    run(rates, catcher, start="3")
    assert catcher.codes() == [3, 4]


def test_units_go_by_the_reel_s_rate(rates: Any, monkeypatch: pytest.MonkeyPatch, catcher: Any) -> None:
    plans: list[ShowPlan] = []
    from player import play

    planned = play.plan_show

    def plan_show(*given: Any, **options: Any) -> ShowPlan:
        plans.append(planned(*given, **options))
        return plans[-1]

    monkeypatch.setattr(play, "plan_show", plan_show)
    run(rates, catcher)
    (plan,) = plans
    line = timeline_of(plan)
    assert [line.unit_of(plan.reels[1].tracks[0], frame) for frame in (3, 4)] == [0, 1]
    assert (plan.rate, plan.fastest) == (24, 48)
