"""A journal read back: the shows in it, each checked line by line before it is believed.

What can be seen in passing is seen: events that are missing, out of order or of no known kind, times that run
backwards, a show that never ended. Whether a log is whole is judged by `player.log.verify`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dcp.dataclass import dataclass
from dcp.errors import DcpError, UsageError
from dcp.patterns import pattern
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why
from player.log.event import SUBTYPES

MAX_LINE = 64 * 1024
MAX_BYTES = 512 << 20
MAX_SHOWS = 100_000
MAX_RUNS = 10_000
"""Runs of frames that are kept of one show."""
MAX_FAULTS = 20
_OF_PICTURE = pattern(r"reel \d+, Main\w*Picture: frames ")
_KNOWN: dict[str, frozenset[str]] = {str(type): names for type, names in SUBTYPES.items()}


@dataclass
class LoggedShow:
    """One show: what its events say. Lines count from 1. faults: what is wrong with its lines.

    mark: location and step of the year, None where no picture was marked. runs: (first, last) frames of the
    picture. kdms: ids of the messages whose keys were accepted.
    """

    first_line: int
    last_line: int = 0
    begin: datetime | None = None
    end: datetime | None = None
    content_id: str | None = None
    mark: tuple[int, int] | None = None
    runs: list[tuple[int, int]] = field(default_factory=list)
    kdms: list[str] = field(default_factory=list)
    started: bool = False
    complete: bool = False
    faults: list[Text] = field(default_factory=list)
    _sequence: int = 0

    def blame(self, fault: Text) -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(fault)


def read_shows(path: Path) -> list[LoggedShow]:
    """The shows of a journal, in its order, each with what is wrong with it.

    UsageError when it cannot be read, DcpError when it is no journal or too long to be read.
    """
    shows: list[LoggedShow] = []
    count = 0
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(iter(lambda: stream.readline(MAX_LINE + 1), b""), 1):
                count += len(line)
                if count > MAX_BYTES or len(shows) > MAX_SHOWS:
                    raise DcpError("play.log-too-long", where=path)
                event = _event(line)
                begins = event is not None and _begins(event)
                if not shows and not begins:
                    raise DcpError("play.not-a-log", where=path)
                if event is not None and begins:
                    shows.append(LoggedShow(number, _sequence=event["sequence"] - 1))
                _take(shows[-1], event, line, number)
    except OSError as error:
        raise UsageError("file.cannot-read", where=path, why=why(error)) from None
    if not shows:
        raise DcpError("play.not-a-log", where=path)
    return shows


def _begins(event: dict[str, Any]) -> bool:
    """Whether a show begins with it. Older journals counted each show from 1, without a startup."""
    return bool(event["sequence"] == 1 or event["subtype"] == "SPBStartup")


def _take(show: LoggedShow, event: dict[str, Any] | None, line: bytes, number: int) -> None:
    show.last_line = number
    if event is None:
        show.blame(text("play.log-line", line=number))
        return
    show._sequence += 1
    if event["sequence"] != show._sequence:
        show.blame(text("play.log-gap", line=number, wanted=show._sequence, found=event["sequence"]))
        show._sequence = event["sequence"]
    time: datetime = event["time"]
    show.begin = show.begin or time
    if show.end is not None and time < show.end - timedelta(milliseconds=1):
        show.blame(text("play.log-backwards", line=number))
    show.end = time
    content = event["content_id"]
    if content is not None and show.content_id not in (None, content):
        show.blame(text("play.log-other-content", line=number))
    show.content_id = show.content_id or content
    for fact in _facts(event):
        fact_of, value = fact
        if fact_of == "mark":
            show.mark = value
        elif fact_of == "kdm":
            show.kdms.append(value)
        elif fact_of == "run":
            if len(show.runs) < MAX_RUNS:
                show.runs.append(value)
        elif fact_of == "start":
            show.started = True
        else:
            show.complete = True


def _facts(event: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What an event says that matters for whose show it was."""
    about, said = event["subtype"], event["parameters"]
    if about == "ForensicMark" and said.get("picture") is True:
        mark = said.get("location"), said.get("time_index")
        if all(type(each) is int for each in mark):
            yield "mark", mark
    elif about == "KDMKeysReceived" and event["exception"] is None and type(said.get("message_id")) is str:
        yield "kdm", said["message_id"]
    elif about == "FrameSequencePlayed":
        first, last = said.get("first_frame"), said.get("last_frame")
        if type(first) is int and type(last) is int and _OF_PICTURE.match(event["message"]):
            yield "run", (first, last)
    elif about == "CPLStart":
        yield "start", None
    elif about == "PlayoutComplete":
        yield "complete", None


def _event(line: bytes) -> dict[str, Any] | None:
    """The event of a line; None when it is none, or not whole."""
    if len(line) > MAX_LINE or not line.endswith(b"\n"):
        return None
    try:
        event = json.loads(line)
        event["time"] = datetime.fromisoformat(event["time"])
        good = (
            type(event["sequence"]) is int
            and event["sequence"] >= 1
            and event["time"].utcoffset() is not None
            and event["subtype"] in _KNOWN.get(event["type"], ())
            and type(event["message"]) is str
            and isinstance(event["parameters"], dict)
            and isinstance(event["content_id"], str | None)
            and isinstance(event["exception"], str | None)
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return None
    return event if good else None
