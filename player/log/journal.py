"""The journal of one show: numbers events, stamps them, keeps them for the report, appends them to a file.

An event that cannot be written stops the show: a media block that cannot log must not play (DCSS 9.4.6.3).
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from io import BytesIO, FileIO
from pathlib import Path

from dcp.errors import DcpError
from dcp.texts.system import why
from player.log.event import SUBTYPES, Event, EventType, Parameter

Clock = Callable[[], datetime]

BLOCK = 64 * 1024
BEGIN = b'{"sequence": 1, "time": "'
FIRST = 64 * 1024
"""Bytes that the first line has at most."""

KEPT = 10_000
"""Events held in memory for the report; the file gets all of them."""


class Journal:
    """clock: an aware instant a call. content_id: the composition, once it is chosen. told: is called with
    every event, on the thread that noted it."""

    def __init__(self, clock: Clock, stream: FileIO | None = None) -> None:
        self.clock = clock
        self._stream = stream
        self._sequence = 0
        self.content_id: str | None = None
        self.events: list[Event] = []
        self.left_out = 0
        self.told: Callable[[Event], None] = lambda event: None
        self._one = threading.Lock()

    def note(
        self,
        type: EventType,
        subtype: str,
        message: str,
        *,
        exception: str | None = None,
        **parameters: Parameter,
    ) -> Event:
        """Record one event now; any thread. DcpError when the log cannot be written."""
        assert subtype in SUBTYPES[type], (type, subtype)
        with self._one:
            event = self._noted(type, subtype, message, exception, parameters)
        self.told(event)
        return event

    def _noted(
        self,
        type: EventType,
        subtype: str,
        message: str,
        exception: str | None,
        parameters: Mapping[str, Parameter],
    ) -> Event:
        self._sequence += 1
        event = Event(
            sequence=self._sequence,
            time=self.clock(),
            type=type,
            subtype=subtype,
            message=message,
            exception=exception,
            content_id=self.content_id,
            parameters=parameters,
        )
        if len(self.events) < KEPT:
            self.events.append(event)
        else:
            self.left_out += 1
        if self._stream is not None:
            _append(self._stream, event)
        return event


@contextmanager
def open_journal(clock: Clock, path: Path | None = None) -> Iterator[Journal]:
    """A journal that appends one JSON line an event to `path`, unbuffered.

    An existing log is continued, never rewritten; only half a line at its end, left by a run that was killed
    while it wrote, is taken away, and that is the first event. DcpError when it cannot be opened or written.
    """
    if path is None:
        yield Journal(clock)
        return
    try:
        if path.is_file() and not _is_log(path):
            raise DcpError("play.no-log", where=path)
        stream = FileIO(path, "a")
    except OSError as error:
        raise _refused(str(path), error) from None
    with stream:
        journal = Journal(clock, stream)
        half = _cut_half_line(path, stream)
        if half:
            journal.note(
                "Player", "LogMended", f"half a line ({half} bytes) at the end of the log was removed"
            )
        yield journal


def _is_log(path: Path) -> bool:
    """Whether an existing file is a log that may be continued."""
    with path.open("rb") as stream:
        first = stream.readline(FIRST)
    if not first.endswith(b"\n"):  # killed while it wrote its first line
        return len(first) < FIRST and BEGIN.startswith(first[: len(BEGIN)])
    try:
        event = json.loads(first)
    except ValueError:
        return False
    return isinstance(event, dict) and {"sequence", "type", "subtype"} <= event.keys()


def _cut_half_line(path: Path, stream: FileIO) -> int:
    """Bytes taken from the end of a plain file that ends within a line."""
    try:
        size = path.stat().st_size if path.is_file() else 0
        with path.open("rb") if size else BytesIO() as written:
            place = size
            while place:
                start = max(place - BLOCK, 0)
                written.seek(start)
                found = written.read(place - start).rfind(b"\n")
                place = start + found + 1
                if found >= 0:
                    break
        if place < size:
            stream.truncate(place)
    except OSError as error:
        raise _refused(str(path), error) from None
    return size - place


def _append(stream: FileIO, event: Event) -> None:
    """One line or nothing: of a line that does not fit on the disk nothing stays."""
    line = json.dumps(event.document(), ensure_ascii=False).encode() + b"\n"
    written = 0
    try:
        while written < len(line):
            written += stream.write(line[written:])
    except OSError as error:
        if written:
            with suppress(OSError):
                stream.truncate(os.fstat(stream.fileno()).st_size - written)
        raise _refused(str(stream.name), error) from None


def _refused(path: str, error: OSError) -> DcpError:
    return DcpError("play.log-not-written", where=path, why=why(error))
