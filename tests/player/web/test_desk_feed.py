"""What the page is told of a show: its fields, their bounds, both languages, nothing secret."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from shows import distributor_and_theatre, with_kdm

import player.web
from dcp.documents.cpl import Marker, ReelAsset
from dcp.picture.codec import codec_by_name
from dcp.picture.limits import frame_limits
from dcp.texts.catalogue import LANGUAGES
from dcp.timecode import timecode_of
from player.play import play
from player.web.displays import display_document
from player.web.feed import MOST_RUNS, REC709, joined, show_document, state_document, timecodes

NOW = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)
Make = Callable[..., Any]
GREY = codec_by_name().encode(np.full((144, 256, 3), 2000, np.uint16), limits=frame_limits(Fraction(24)))


@pytest.fixture
def told(catcher: Any) -> Any:
    """A screen that is told of the show and plays it through: `show`, `block`, `report`, `begun`."""

    def attend(show: Any, block: Any, report: Any) -> None:
        catcher.show_of, catcher.block, catcher.report = show, block, report
        catcher.begun = state_document(show)

    catcher.attended, catcher.attend = False, attend
    return catcher


def documents(told: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Show and state, as JSON has them."""
    show = show_document(told.show_of, told.block, "en")
    state = state_document(told.show_of, queue=2)
    again: tuple[dict[str, Any], dict[str, Any]] = json.loads(json.dumps([show, state], allow_nan=False))
    return again


def with_markers(made: Any, *marks: tuple[str, int]) -> None:
    """In the first reel."""
    first, *others = made.cpl.reels
    markers = ReelAsset(
        kind="MainMarkers",
        id=uuid4(),
        edit_rate=Fraction(24),
        intrinsic_duration=1000,
        marker_list=tuple(Marker(label, offset) for label, offset in marks),
    )
    made.cpl = replace(made.cpl, reels=(replace(first, assets=(markers, *first.assets)), *others))
    made.write()


def test_what_a_show_is(make: Make, told: Any) -> None:
    made = make(lengths=(4, 3), entry=2)
    with_markers(made, ("FFOC", 1), ("LFOC", 3))
    play(made.root, now=NOW, keyring=made.keyring, screen=told, frames=(1, 6))
    show, state = documents(told)
    assert (show["id"], show["title"], show["package"]) == (str(made.cpl.id), "Player test", made.root.name)
    assert (show["first"], show["last"], show["start"], show["total"]) == (1, 6, 1, 7)
    assert show["rate"] == [24, 1]
    assert [(reel["number"], reel["first"], reel["last"]) for reel in show["reels"]] == [(1, 0, 3), (2, 4, 6)]
    assert [reel["counted"] for reel in show["reels"]] == [0, 4]
    picture, sound = show["reels"][1]["tracks"]
    assert (picture["role"], picture["encrypted"], picture["entry"], picture["units"]) == (
        "picture",
        True,
        2,
        3,
    )
    assert (sound["channels"], show["sound"]["reels"][0]["symbols"], show["sound"]["rate"]) == (
        ["L", "R"],
        ["L", "R"],
        48000,
    )
    assert show["markers"] == [{"label": "FFOC", "frame": 1}, {"label": "LFOC", "frame": 3}]
    assert (show["kdm"], show["encrypted"], show["marked"], show["stereo"]) == (None, True, False, False)
    assert show["subtitles"] == {"choices": ["off"], "captions": []}
    assert {each["name"] for each in show["displays"]} >= {"rec709", "p3-dci", "pq"}
    assert show["language"] == "en" and all(note.keys() == {*LANGUAGES} for note in show["notes"])
    assert any("--location" in note["zh"] or "散列值" in note["zh"] for note in show["notes"])
    assert state["frame"] == 6 and state["performance"]["shown"] == 6
    assert state["performance"]["queue"] == 2 and state["performance"]["unseen"] == 0
    assert (told.begun["performance"]["shown"], told.begun["performance"]["unseen"]) == (0, 6)


def test_nothing_secret_and_no_place_of_the_machine_is_told(make: Make, told: Any) -> None:
    made = make(lengths=(2,))
    play(made.root, now=NOW, keyring=made.keyring, screen=told)
    words = json.dumps(documents(told))
    assert str(made.root.parent) not in words
    for key in made.keyring.keys:
        assert key.value().hex() not in words.lower()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_checklist_has_one_sentence_a_step(make: Make, told: Any, language: str) -> None:
    begin, end = NOW - timedelta(hours=1), NOW + timedelta(days=7)
    made = make(lengths=(2,))
    request = with_kdm(made, distributor_and_theatre(begin), begin=begin, end=end)
    play(made.root, now=NOW, kdm=request, screen=told)
    kdm = documents(told)[0]["kdm"]
    assert kdm["verdict"] == "accept" and datetime.fromisoformat(kdm["until"]) == end
    steps = {each["step"]: each for each in kdm["checklist"]}
    assert len(steps) == len(kdm["checklist"]) > 25
    assert steps["KDM-101"]["ok"] and steps["KDM-101"]["result"] == "pass"
    assert all(each["sentence"][language] for each in steps.values())
    assert {each["ok"] for each in steps.values()} == {True, False}  # some are skipped
    assert all(each["ok"] == (each["result"] == "pass") for each in steps.values())
    assert any("\u4e00" <= sign <= "\u9fff" for sign in steps["KDM-101"]["sentence"]["zh"])


def test_damage_is_told_as_runs_of_frames(make: Make, told: Any) -> None:
    made = make(lengths=(8,), damage=lambda number, data: b"no picture" * 30 if number in (2, 3, 6) else data)
    play(made.root, now=NOW, keyring=made.keyring, screen=told)
    show, state = documents(told)
    assert show["damaged"] == state["damaged"] == [[2, 3], [6, 6]]


def test_runs_are_in_order_and_no_more_than_a_page_draws() -> None:
    assert joined([(5, 6), (1, 2), (3, 3), (9, 9), (5, 7)], 10) == [[1, 3], [5, 7], [9, 9]]
    many = [(n * n, n * n) for n in range(2, 1000)]
    few = joined(many, MOST_RUNS)
    assert len(few) == MOST_RUNS
    assert (few[0][0], few[-1]) == (4, [998001, 998001])
    assert all(any(first <= at <= last for first, last in few) for at, _ in many)
    assert joined(many, 1) == [[4, 998001]]


def test_the_places_of_a_frame(make: Make, told: Any) -> None:
    made = make(lengths=(30, 3), entry=5, sound=False, picture=lambda number, width, height: GREY)
    play(made.root, now=NOW, keyring=made.keyring, screen=told, frames=(29, 31))
    plan = told.show_of.plan
    assert timecodes(plan, 31) == {
        "composition": "00:00:01:07",
        "reel": {"number": 2, "frame": 1, "timecode": "00:00:00:01"},
        "file": {"unit": 6, "timecode": "00:00:00:06"},
    }
    first, second = plan.reels
    mixed = replace(plan, reels=(first, replace(second, rate=Fraction(48))))
    # thirty frames at 24 a second are sixty at 48
    assert timecodes(mixed, 31)["composition"] == timecode_of(61, Fraction(48))


def test_the_page_assumes_the_same_rec709_as_the_show() -> None:
    source = (Path(player.web.__file__).parent / "page" / "colour.js").read_text("utf-8")
    (found,) = re.findall(r"export const REC709 = \{.*?matrix: (\[.*?\]),\n\};", source, re.S)
    page = json.loads(re.sub(r",(\s*\])", r"\1", found))
    assert np.allclose(page, display_document(REC709)["matrix"], rtol=0, atol=1e-12)
