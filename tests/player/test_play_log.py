"""The log of a show, and what its report says was left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from shows import NOW, SECRET, run

from dcp.errors import DcpError

Make = Callable[..., Any]


def test_the_log_tells_the_show(make: Make, tmp_path: Path) -> None:
    ticks = iter(range(1000))
    log = tmp_path / "log"
    report = run(
        make(lengths=(2, 2)),
        location=3,
        secret=SECRET,
        log=log,
        clock=lambda: NOW + timedelta(seconds=next(ticks)),
    )
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["sequence"] for line in lines] == list(range(1, len(lines) + 1))
    assert (lines[0]["subtype"], lines[-1]["subtype"]) == ("SPBStartup", "SPBShutdown")
    events = lines[1:-1]
    assert events == [event.document() for event in report.events]
    names = [event["subtype"] for event in events]
    assert names[0] == "ForensicMark"
    start, end = names.index("CPLStart"), names.index("CPLEnd")
    assert names[start + 1 : end] == ["FrameSequencePlayed"] * 4
    assert names[end:] == ["CPLEnd", "PlayoutComplete"]
    played = events[start + 1]["parameters"]
    assert (played["first_frame"], played["last_frame"], played["marked"], played["mic"]) == (
        0,
        1,
        True,
        "ok",
    )
    assert {event["content_id"] for event in events} == {report.cpl_id}
    text = log.read_text() + json.dumps(report.document())
    assert SECRET.value.hex() not in text
    assert (b"\x01" * 16).hex() not in text


def test_a_show_that_cannot_be_logged_is_not_shown(make: Make, catcher: Any, tmp_path: Path) -> None:
    with pytest.raises(DcpError, match="log cannot be written"):
        run(make(lengths=(2,)), catcher, log=tmp_path / "no" / "log")
    assert catcher.signal is None


def test_the_report_says_what_was_left_out(make: Make) -> None:
    report = run(make(lengths=(2,)))
    assert any("hashes" in str(what) for what in report.not_checked)
    assert any("signature" in str(what) for what in report.not_checked)
    assert any(str(what).startswith("MainSound") for what in report.not_rendered)
