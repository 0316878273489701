"""Events are numbered without a gap, stamped, kept, and appended to the log line by line."""

from __future__ import annotations

import errno
import json
from datetime import datetime, timedelta, timezone
from io import FileIO
from pathlib import Path
from typing import Any

import pytest

from dcp.errors import DcpError
from player.log import journal as journal_module
from player.log import store as store_module
from player.log.event import exception_of
from player.log.journal import open_journal

AROUND = ("SPBStartup", "SPBShutdown")


def told(log: Path) -> list[dict[str, Any]]:
    """What happened between the beginning of the runs and their ends."""
    events = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    return [event for event in events if event["subtype"] not in AROUND]


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
        assert len(log.read_text().splitlines()) == 2, "written as it happens, not at the end"
        journal.note("Playout", "FrameSequencePlayed", "é", exception="FrameMICError", unit=7)
    first, second = told(log)
    tied = {name: first.pop(name) for name in ("event_id", "device", "previous", "body")}
    assert all(tied.values())
    assert first == {
        "sequence": 2,
        "time": "2028-06-01T10:00:01.000+00:00",
        "type": "Playout",
        "subtype": "CPLStart",
        "exception": None,
        "content_id": "urn",
        "message": "begun",
        "parameters": {"reels": 2},
    }
    assert (second["sequence"], second["exception"], second["message"]) == (3, "FrameMICError", "é")
    assert second["time"].startswith("2028-06-01T10:00:02")
    ends = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert [ends[0]["subtype"], ends[-1]["subtype"]] == [*AROUND]


def test_an_existing_log_is_continued(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    for _ in range(2):
        with open_journal(Ticking(), log) as journal:
            journal.note("Playout", "CPLStart", "begun")
    events = [json.loads(line) for line in log.read_text().splitlines()]
    # the second run's clock begins anew, which is told
    assert [event["sequence"] for event in events] == [1, 2, 3, 4, 5, 6, 7]
    assert [event["subtype"] for event in events][3:5] == ["SPBStartup", "SPBClockAdjust"]
    assert json.loads((tmp_path / "log.jsonl.counter").read_text())["sequence"] == 7


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
        assert [event.sequence for event in journal.events] == [2, 3, 4]
        assert journal.left_out == 2
    assert len(told(tmp_path / "log")) == 5


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


@pytest.mark.parametrize("size", [1, 20, 70_000, 200_000])
def test_half_a_line_of_a_killed_run_is_removed_and_told(size: int, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with open_journal(Ticking(), log) as journal:
        journal.note("Playout", "CPLStart", "begun")
    whole = log.read_bytes()
    log.write_bytes(whole + b"{" * size)
    with open_journal(Ticking(), log) as journal:
        journal.note("Playout", "CPLStart", "begun")
    assert log.read_bytes().startswith(whole)
    _, _, mended, begun = told(log)
    assert (mended["subtype"], begun["subtype"]) == ("LogMended", "CPLStart")
    assert f"({size} bytes)" in mended["message"]


def test_of_a_line_that_does_not_fit_nothing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log.jsonl"

    class Full(FileIO):
        room = 1500

        def write(self, data: bytes) -> int:  # type: ignore[override]
            if not self.room:
                raise OSError(errno.ENOSPC, "No space left on device")
            written = super().write(data[: self.room])
            self.room -= written
            return written

    monkeypatch.setattr(store_module, "FileIO", Full)
    with pytest.raises(DcpError, match="disk is full"), open_journal(Ticking(), log) as journal:
        journal.note("Playout", "CPLStart", "begun")
        journal.note("Playout", "FrameSequencePlayed", "x" * 4000)
    assert [event["message"] for event in told(log)] == ["begun"]
    assert log.read_bytes().endswith(b"\n")


@pytest.mark.parametrize("kept", [0, 1, 13, 40])
def test_a_run_killed_in_its_first_line_leaves_a_log(kept: int, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(b'{"sequence": 1, "time": "2028-06-01T10:00:00.000+00:00"'[:kept])
    with open_journal(Ticking(), log) as journal:
        journal.note("Playout", "CPLStart", "begun")
    assert [event["subtype"] for event in told(log)] == ["LogMended", "CPLStart"][kept == 0 :]


@pytest.mark.parametrize("rest", [b'[1, 2], "mine": 1}\n', b'1, "time": "' + b"2" * 300_000])
def test_what_only_begins_like_a_log_is_left_alone(rest: bytes, tmp_path: Path) -> None:
    mine = tmp_path / "mine.json"
    mine.write_bytes(b'{"sequence": ' + rest)
    with pytest.raises(DcpError) as refused, open_journal(Ticking(), mine):
        pass
    assert refused.value.id == "play.no-log" and mine.read_bytes() == b'{"sequence": ' + rest
