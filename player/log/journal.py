"""The journal of one show: numbers events, stamps them, keeps them for the report, appends them to a file.

An event that cannot be written stops the show: a media block that cannot log must not play (DCSS 9.4.6.3).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import FileIO
from pathlib import Path

from dcp.errors import DcpError
from dcp.texts.system import why
from player.log.event import SUBTYPES, Event, EventType, Parameter

Clock = Callable[[], datetime]

KEPT = 10_000
"""Events held in memory for the report; the file gets all of them."""


class Journal:
    """clock: an aware instant a call. content_id: the composition, once it is chosen."""

    def __init__(self, clock: Clock, stream: FileIO | None = None) -> None:
        self.clock = clock
        self._stream = stream
        self._sequence = 0
        self.content_id: str | None = None
        self.events: list[Event] = []
        self.left_out = 0

    def note(
        self,
        type: EventType,
        subtype: str,
        message: str,
        *,
        exception: str | None = None,
        **parameters: Parameter,
    ) -> Event:
        """Record one event now. DcpError when the log cannot be written."""
        assert subtype in SUBTYPES[type], (type, subtype)
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

    An existing log is continued, never rewritten. DcpError when it cannot be opened or written.
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
        yield Journal(clock, stream)


def _is_log(path: Path) -> bool:
    """Whether an existing file is a log that may be continued."""
    with path.open("rb") as stream:
        first = stream.readline(64 * 1024)
    if not first:
        return True
    try:
        event = json.loads(first)
    except ValueError:
        return False
    return isinstance(event, dict) and {"sequence", "type", "subtype"} <= event.keys()


def _append(stream: FileIO, event: Event) -> None:
    try:
        line = json.dumps(event.document(), ensure_ascii=False).encode() + b"\n"
        while line:
            line = line[stream.write(line) :]
    except OSError as error:
        raise _refused(str(stream.name), error) from None


def _refused(path: str, error: OSError) -> DcpError:
    return DcpError("play.log-not-written", where=path, why=why(error))
