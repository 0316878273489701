"""Events are numbered without a gap, stamped, kept, and appended to the log line by line."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from dcp.errors import DcpError
from player.log import journal as journal_module
from player.log.event import exception_of
from player.log.journal import open_journal

START = datetime(2028, 6, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))


class Ticking:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> datetime:
        self.calls += 1
        return START + timedelta(seconds=self.calls - 1)


def test_events_are_appended_as_json_lines(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with open_journal(Ticking(), log) as journal:
        journal.content_id = "urn"
        journal.note("Playout", "CPLStart", "begun", reels=2)
        assert len(log.read_text().splitlines()) == 1, "written as it happens, not at the end"
        journal.note("Playout", "FrameSequencePlayed", "é", exception="FrameMICError", unit=7)
    first, second = (json.loads(line) for line in log.read_text("utf-8").splitlines())
    assert first == {
        "sequence": 1,
        "time": "2028-06-01T10:00:00.000+00:00",
        "type": "Playout",
        "subtype": "CPLStart",
        "exception": None,
        "content_id": "urn",
        "message": "begun",
        "parameters": {"reels": 2},
    }
    assert (second["sequence"], second["exception"], second["message"]) == (2, "FrameMICError", "é")
    assert second["time"].startswith("2028-06-01T10:00:01")


def test_an_existing_log_is_continued(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    for _ in range(2):
        with open_journal(Ticking(), log) as journal:
            journal.note("Playout", "CPLStart", "begun")
    assert len(log.read_text().splitlines()) == 2


def test_a_log_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(DcpError, match="log cannot be written"),
        open_journal(Ticking(), tmp_path / "no" / "log"),
    ):
        pass


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_log_that_cannot_be_written_stops_the_show() -> None:
    with (
        pytest.raises(DcpError, match="the disk is full"),
        open_journal(Ticking(), Path("/dev/full")) as journal,
    ):
        journal.note("Playout", "CPLStart", "begun")


def test_memory_holds_a_bounded_number_of_events(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(journal_module, "KEPT", 3)
    with open_journal(Ticking(), tmp_path / "log") as journal:
        for _ in range(5):
            journal.note("Playout", "FrameSequencePlayed", "bad", exception="FrameMICError")
        assert [event.sequence for event in journal.events] == [1, 2, 3]
        assert journal.left_out == 2
    assert len((tmp_path / "log").read_text().splitlines()) == 5


@pytest.mark.parametrize(
    ("reason", "token"),
    [
        ("check_value", "CheckValueError"),
        ("mic", "FrameMICError"),
        ("mic_missing", "FrameMICError"),
        ("track_file_id", "TrackFileIDError"),
        ("sequence", "FrameSequenceError"),
        ("padding", "UnknownError"),
    ],
)
def test_faults_become_the_tokens_of_the_security_log(reason: str, token: str) -> None:
    assert exception_of(reason) == token
