"""Journals read back: what a player wrote is believed where it is whole, and each fault has its line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from dcp.errors import DcpError
from player.log.journal import Journal, open_journal
from player.log.reading import read_shows

BEGIN = datetime(2026, 11, 27, 19, 40, tzinfo=UTC)


def play(path: Path, *, cpl: str = "cpl-1", mark: bool = True) -> None:
    ticks = count()
    with open_journal(lambda: BEGIN + timedelta(seconds=next(ticks)), path) as journal:
        events(journal, cpl, mark)


def events(journal: Journal, cpl: str, mark: bool) -> None:
    journal.content_id = cpl
    journal.note("Key", "KDMKeysReceived", "refused", exception="KDMFormatError", message_id="other")
    journal.note("Key", "KDMKeysReceived", "accepted, 2 keys", message_id="kdm-1", keys=2)
    journal.note("Player", "ForensicMark", "on", picture=mark, location=4711, time_index=31_758)
    journal.note("Playout", "CPLStart", "begins")
    journal.note(
        "Player",
        "Damaged",
        "reel 1, MainPicture unit 7: bad",
        exception="FrameMICError",
        first_frame=7,
        last_frame=7,
    )
    journal.note(
        "Playout", "FrameSequencePlayed", "reel 1, MainPicture: frames 0 to 47", first_frame=0, last_frame=47
    )
    journal.note(
        "Playout", "FrameSequencePlayed", "reel 1, MainSound: frames 0 to 47", first_frame=0, last_frame=47
    )
    journal.note("Playout", "PlayoutComplete", "played to the end")


def test_shows_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "show.log"
    play(path)
    play(path, cpl="cpl-2", mark=False)
    first, second = read_shows(path)
    assert (first.first_line, first.last_line, second.first_line) == (1, 10, 11)
    assert (first.content_id, first.mark, first.runs, first.kdms) == (
        "cpl-1",
        (4711, 31_758),
        [(0, 47)],
        ["kdm-1"],
    )
    assert first.begin == BEGIN and first.complete and not first.faults
    assert second.mark is None and not second.faults


@pytest.mark.parametrize(
    ("change", "id"),
    [
        (lambda lines: lines[:3] + lines[4:], "play.log-gap"),
        (lambda lines: [*lines[:3], b"nonsense\n", *lines[4:]], "play.log-line"),
        (lambda lines: [*lines[:-1], lines[-1][:-1]], "play.log-line"),
        (lambda lines: [*lines[:3], lines[3].replace(b"19:40", b"19:39"), *lines[4:]], "play.log-backwards"),
        (
            lambda lines: [*lines[:3], lines[3].replace(b"cpl-1", b"cpl-9"), *lines[4:]],
            "play.log-other-content",
        ),
        (lambda lines: [*lines[:3], b"x" * 70_000 + b"\n", *lines[4:]], "play.log-line"),
    ],
)
def test_a_fault_is_named_with_its_line(
    change: Callable[[list[bytes]], list[bytes]], id: str, tmp_path: Path
) -> None:
    path = tmp_path / "show.log"
    play(path)
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    (show,) = read_shows(path)
    assert id in [each.id for each in show.faults]
    assert all(each.say("zh") for each in show.faults)


@pytest.mark.parametrize("data", [b"", b"hello\n", b"{}\n", b"[" * 70_000, b'{"sequence": 2}\n', b"\xff\n"])
def test_what_is_no_journal_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "show.log"
    path.write_bytes(data)
    with pytest.raises(DcpError):
        read_shows(path)


def test_numbers_that_are_no_location_make_no_mark(tmp_path: Path) -> None:
    path = tmp_path / "show.log"
    play(path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[3]["parameters"]["location"] = "4711"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert read_shows(path)[0].mark is None
