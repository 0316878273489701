"""Shows of which coding passes are left out: pictures, marks, report and log."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcp.picture.codec import codec_by_name
from dcp.picture.limits import frame_limits
from player.page import page
from player.play import play
from player.report import write_report
from player.source import Source
from player.stages.thin import psnr
from watermark.secret import Secret

NOW = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)
WIDTH, HEIGHT = 256, 144
SECRET = Secret(value=b"q" * 32, operator="test")


@cache
def grainy(number: int) -> bytes:
    dice = np.random.default_rng(number)
    frame = 1200 + 4 * np.arange(WIDTH)[None, :, None] + dice.normal(0, 130, (HEIGHT, WIDTH, 3))
    return codec_by_name().encode(frame.clip(0, 4095).astype(np.uint16), limits=frame_limits(Fraction(24)))


@pytest.fixture
def film(make: Callable[..., Any]) -> Any:
    return make(lengths=(3, 3), damage=lambda number, _: grainy(number))


@pytest.fixture
def shown(catcher: Any) -> Callable[..., tuple[Any, Any]]:
    """The screen and the report of a show."""

    def show(made: Any, **options: Any) -> tuple[Any, Any]:
        screen = type(catcher)()
        report = play(made.root, now=NOW, keyring=made.keyring, screen=screen, **options)
        assert report.verdict == "complete" and screen.order == list(range(6))
        return screen, report

    return show


Show = Callable[..., tuple[Any, Any]]


def test_what_is_shown_is_as_near_as_was_asked(film: Any, shown: Show, tmp_path: Path) -> None:
    whole, exact = shown(film)
    thinned, report = shown(film, quality=40.0, log=tmp_path / "log")
    distances = [psnr(thinned.images[n], whole.images[n]) for n in range(6)]
    said = report.document()["quality"]
    assert (said["asked"], said["thinned_frames"], said["measured_frames"]) == ("40", 6, 1)
    assert min(distances) >= said["least_db"] - 0.2 >= 37 and max(distances) < 46
    assert said["measured_db"] == pytest.approx(distances[0], abs=0.1)
    assert sum(run["last"] - run["first"] + 1 for run in said["settings"]) == 6
    assert all(run["passes"] > 0 for run in said["settings"])
    assert any("coding passes left out" in line for line in report.lines())
    assert any("编码通道" in line for line in report.lines("zh"))
    events = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert sum(event.get("subtype") == "Quality" for event in events) == 2
    said = exact.document()["quality"]
    assert (said["asked"], said["thinned_frames"], said["least_db"]) == ("exact", 0, None)
    assert {run["passes"] for run in said["settings"]} == {0}


def test_the_page_says_it(film: Any, shown: Show, tmp_path: Path) -> None:
    _, report = shown(film, quality=40.0)
    write_report(report, tmp_path / "report.html")
    assert "coding passes left out" in (tmp_path / "report.html").read_text()
    assert "Quality" not in str(page(shown(film)[1], language="en", made="test"))


def test_without_a_pace_smooth_is_42_db(film: Any, shown: Show) -> None:
    smooth, report = shown(film, quality="smooth")
    fixed, _ = shown(film, quality=42.0)
    assert report.document()["quality"]["asked"] == "smooth"
    assert all(np.array_equal(smooth.images[n], fixed.images[n]) for n in range(6))


def test_what_is_left_out_is_no_matter_of_how_fast_it_was_measured(
    film: Any, shown: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(of: Callable[..., Any]) -> Callable[..., Any]:
        def slowly(*given: Any) -> Any:
            time.sleep(0.15)
            return of(*given)

        return slowly

    with monkeypatch.context() as reading:
        reading.setattr(Source, "read", slow(Source.read))
        soon, _ = shown(film, quality=42.0)
    monkeypatch.setattr("player.stages.thin.psnr", slow(psnr))
    later, report = shown(film, quality=42.0)
    assert report.document()["quality"]["measured_frames"] == 1
    assert all(np.array_equal(soon.images[n], later.images[n]) for n in range(6))


def test_the_mark_goes_into_what_is_left(film: Any, shown: Show) -> None:
    """The thinned picture is marked, and not the mark thinned: it is the same one."""
    plain, _ = shown(film, quality=36.0)
    marked, report = shown(film, quality=36.0, location=3, secret=SECRET)
    whole, _ = shown(film)
    whole_marked, _ = shown(film, location=3, secret=SECRET)
    assert report.marked
    for number in (0, 5):
        mark = marked.images[number].astype(float) - plain.images[number]
        whole_mark = whole_marked.images[number].astype(float) - whole.images[number]
        assert np.corrcoef(mark.ravel(), whole_mark.ravel())[0, 1] > 0.9


def test_another_kind_of_codestream_is_decoded_whole_and_said_once(
    make: Callable[..., Any], shown: Show, tmp_path: Path
) -> None:
    """Its packets in another order: nothing is left out, and it is shown."""
    other = make(lengths=(6,), damage=lambda number, _: reordered(grainy(number)))
    whole, _ = shown(other)
    asked, report = shown(other, quality=35.0, log=tmp_path / "log")
    assert all(np.array_equal(asked.images[n], whole.images[n]) for n in range(6))
    said = report.document()["quality"]
    assert (said["thinned_frames"], said["whole_frames"], said["least_db"]) == (0, 6, None)
    assert len(said["not_thinned"]) == 1 and "CPRL" in said["not_thinned"][0]
    events = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [event["parameters"]["frame"] for event in events if event["subtype"] == "NotThinned"] == [0]


def reordered(data: bytes) -> bytes:
    """Said to be RPCL, which of one precinct a resolution and equal headers is as good for decoding nothing
    else than itself: both shows decode the same bytes."""
    made = bytearray(data)
    made[data.index(b"\xff\x52") + 5] = 2
    return bytes(made)


def test_a_paced_show_is_smooth_unless_told_otherwise(film: Any, catcher: Any) -> None:
    for quality, asked in ((None, "smooth"), ("exact", "exact"), (50.0, "50")):
        screen = type(catcher)()
        screen.lead = 0.05
        report = play(film.root, now=NOW, keyring=film.keyring, screen=screen, quality=quality)
        said = report.document()["quality"]
        assert said["asked"] == asked
        assert bool(said["thinned_frames"]) == (quality != "exact")
