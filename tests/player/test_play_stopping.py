"""Shows that are stopped: no output is left, and the log says so."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from shows import run

from player.screen.registry import screen_for

Make = Callable[..., Any]


def test_a_cancelled_show_stops_and_leaves_no_output(make: Make, tmp_path: Path) -> None:
    seen: list[int] = []
    made = make(lengths=(30,))
    report = run(
        made,
        screen_for(f"frames:{tmp_path / 'out'}"),
        workers=1,
        progress=lambda done, total: seen.append(done),
        cancel=lambda: len(seen) >= 5,
    )
    assert (report.verdict, report.exit_code) == ("stopped", 1)
    assert report.frames_shown == 5
    (stop,) = [event.message for event in report.events if event.subtype == "Stopped"]
    assert stop == "stopped before frame 5"
    assert report.frames_shown + report.frames_dropped == 30
    assert not (tmp_path / "out").exists()
    assert report.lines()[1].startswith("no file of this show was left")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".out")]
    subtypes = [event.subtype for event in report.events]
    assert "Stopped" in subtypes
    assert "PlayoutComplete" not in subtypes
    played = next(event for event in report.events if event.subtype == "FrameSequencePlayed")
    assert played.parameters["last_frame"] == report.frames_shown - 1


def test_an_interrupt_leaves_no_output_and_is_logged(make: Make, tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(
            make(lengths=(8,)),
            screen_for(f"y4m:{tmp_path / 'out.y4m'}"),
            progress=interrupt,
            log=tmp_path / "log",
        )
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]
    last = json.loads((tmp_path / "log").read_text().splitlines()[-2])
    assert last["message"] == "interrupted (KeyboardInterrupt)"
    events = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    played = [each["parameters"] for each in events if each["subtype"] == "FrameSequencePlayed"]
    assert {(each["first_frame"], each["last_frame"]) for each in played} == {(0, 0)}
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("show")]
