"""The journal of one show: stamps events, keeps them for the report, hands them to the log on the disk.

An event that cannot be written stops the show: a media block that cannot log must not play (DCSS 9.4.6.3).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.errors import DcpError
from player.log.event import SUBTYPES, Event, EventType, Parameter

if TYPE_CHECKING:
    from dcp.trust.signer import Signer
    from player.log.store import Found, Store

Clock = Callable[[], datetime]

KEPT = 10_000
"""Events held in memory for the report; the log gets all of them."""
LOOKS = 1.0
"""Seconds between two looks at whether a sequence of signed records is to be ended."""
WHO = "dcpkit"
"""AuthID: who let the show begin. Nobody logs in to a player."""


class Journal:
    """clock: an aware instant a call. content_id: the composition, once it is chosen; message_id: the KDM
    whose keys are used. told: is called with every event, on the thread that noted it."""

    def __init__(self, clock: Clock, store: Store | None = None) -> None:
        self.clock = clock
        self._store = store
        self._sequence = 0
        self.content_id: str | None = None
        self.message_id: str | None = None
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
        exceptions: Sequence[tuple[str, str]] = (),
        **parameters: Parameter,
    ) -> Event:
        """Record one event now; any thread. exception: a token, which the message explains; exceptions:
        several, each with its sentence. DcpError when the log cannot be written."""
        assert subtype in SUBTYPES[type], (type, subtype)
        with self._one:
            said = ((exception, message),) if exception is not None else tuple(exceptions)
            event = self._noted(type, subtype, message, said, parameters)
        self.told(event)
        return event

    def seal(self) -> None:
        """End a sequence of signed records that has been open for long enough."""
        store = self._store
        with self._one:
            if store is not None and store.due:
                self._noted("Player", "Sealed", "nothing followed for a while", (), {})

    def end(self) -> None:
        """The last record of the run."""
        with self._one:
            self._noted("Operations", "SPBShutdown", "the player ends", (), {}, last=True)

    def _noted(
        self,
        type: EventType,
        subtype: str,
        message: str,
        exceptions: tuple[tuple[str, str], ...],
        parameters: Mapping[str, Parameter],
        *,
        last: bool = False,
    ) -> Event:
        event = Event(
            sequence=self._sequence + 1,
            time=self.clock(),
            type=type,
            subtype=subtype,
            message=message,
            exceptions=exceptions,
            content_id=self.content_id,
            parameters=parameters,
        )
        if self._store is not None:
            event = self._store.take(event, last=last)
        self._sequence = event.sequence
        if type != "Operations" and subtype != "Sealed":  # they are the log's, not the show's
            if len(self.events) < KEPT:
                self.events.append(event)
            else:
                self.left_out += 1
        return event


@contextmanager
def open_journal(
    clock: Clock, path: Path | None = None, *, signer: Signer | None = None
) -> Iterator[Journal]:
    """A journal that appends one JSON line an event to the log at `path`, unbuffered.

    An existing log is continued, never rewritten: the first events tell what the runs before left (half a
    line, no end, a counter that is gone, a clock that was set back). signer: signs the sequences of records.
    DcpError when the log cannot be opened or written.
    """
    if path is None:
        yield Journal(clock)
        return
    from player.log.store import open_store

    with open_store(path, signer=signer) as store:
        journal = Journal(clock, store)
        _begin(journal, store.found)
        done = threading.Event()
        watch = threading.Thread(target=_watch, args=(journal, done), daemon=True, name="log")
        if signer is not None:
            watch.start()
        try:
            yield journal
        except BaseException:
            with suppress(DcpError):  # the log itself may be what is wrong
                journal.end()
            raise
        else:
            journal.end()
        finally:
            done.set()


# --- how it is done -----


def _begin(journal: Journal, found: Found) -> None:
    journal.note("Operations", "SPBStartup", "the player begins", version=_version())
    if found.time is not None:
        offset = round((journal.clock() - found.time).total_seconds(), 3)
        if offset < 0:
            journal.note(
                "Operations",
                "SPBClockAdjust",
                f"the clock stands {-offset:g} s before the last record's time",
                offset_s=str(offset),
            )
    if found.ended is False:
        journal.note("Player", "AbnormalEnd", "the run before did not come to its end")
    if found.half:
        journal.note(
            "Player", "LogMended", f"half a line ({found.half} bytes) at the end of the log was removed"
        )
    if found.counter in ("missing", "damaged"):
        journal.note(
            "Player", "CounterMended", f"the log's counter was {found.counter}: it goes on from the log"
        )
    elif found.counter is not None:
        said = f"{found.lost} records are gone" if found.counter == "ahead" else "the last record is another"
        journal.note("Player", "RecordsLost", f"{said}: the counter has come further", lost=found.lost)


def _watch(journal: Journal, done: threading.Event) -> None:
    while not done.wait(LOOKS):
        with suppress(DcpError):  # the next event tells of it, too
            journal.seal()


def _version() -> str:
    from dcp.version import VERSION

    return VERSION
