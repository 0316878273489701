"""The screen `web`: a page in a browser, near by or in the hall, that shows and says what it showed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import Any

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.picture.colour.displays import Display, display_named
from dcp.texts.catalogue import Language
from dcp.version import VERSION
from player.clock import SteeredClock
from player.engine import Stopped
from player.log.journal import Journal
from player.media_block import MediaBlock
from player.pipeline import Show
from player.report import PlayReport
from player.screen.screen import XYZ, Encoding, Showing, Signal

PORT = 8470
"""Where it is served when nothing else is said."""


@dataclass(frozen=True)
class Place:
    """Where the page is: addresses to open; near: reached from this machine alone. pin: what a stranger is
    asked for, None for nothing."""

    addresses: tuple[str, ...]
    near: bool
    pin: str | None = field(repr=False)


def _nobody(place: Place) -> None:
    """Nobody is told."""


@dataclass
class WebScreen:
    """port: 0 for any that is free. listen: an address of this machine, or None for this machine alone.
    pin: six to twelve digits; None for one made here where `listen` is given, and for none where it is not.
    remote_picture: whether the picture and the sound of an encrypted show may leave this machine. language:
    of the page, until it chooses. tell: where it is, once it is. display: that the page assumes until it
    chooses another. clock: the show's, which follows the sound of the page that controls."""

    port: int = PORT
    listen: str | None = None
    pin: str | None = field(default=None, repr=False)
    remote_picture: bool = False
    language: Language = "en"
    tell: Callable[[Place], None] = _nobody
    display: Display = field(default_factory=lambda: display_named("rec709"))
    clock: SteeredClock = field(default_factory=SteeredClock, repr=False)
    name: str = field(default="web", init=False)
    encoding: Encoding = field(default=XYZ, init=False)
    target: str | None = field(default=None, init=False)
    sees: bool = field(default=True, init=False)
    hears: bool = field(default=True, init=False)
    lead: float | None = field(default=0.5, init=False)
    attended: bool = field(default=True, init=False)
    copies: int = field(default=8, init=False)
    _attending: tuple[Show, MediaBlock, Callable[[], PlayReport]] | None = field(default=None, init=False)

    def attend(self, show: Show, block: MediaBlock, report: Callable[[], PlayReport]) -> None:
        """The show that is told of. UsageError for 3D that the page makes itself."""
        if show.view == "anaglyph":
            raise UsageError("web.anaglyph")
        self._attending = show, block, report

    @contextmanager
    def showing(self, signal: Signal) -> Iterator[Showing]:
        """UsageError when the port is taken, or the address is none of this machine."""
        from player.web.access import Access, is_pin, made_pin
        from player.web.bind import bind
        from player.web.feed import show_document, state_document
        from player.web.hub import RECENT, Hub, Told
        from player.web.running import Running
        from player.web.server import Given

        assert self._attending is not None, "a show on the web is attended"
        show, block, report = self._attending
        if self.pin is not None and not is_pin(self.pin):
            raise UsageError("web.no-pin")
        bound = bind(self.listen, self.port)
        pin = self.pin if self.pin is not None or self.listen is None else made_pin()
        noted = Rationed(show.journal)
        hub = Hub(
            signal,
            Told(
                transport=show.transport,
                show=lambda: show_document(show, block, self.language, self.display),
                state=lambda queue: state_document(show, queue=queue),
                note=noted.note,
                clock=self.clock,
                ended=lambda: show.transport.state.stopped or show.cancel(),
            ),
            language=self.language,
            encrypted=any(track.encrypted for reel in show.plan.reels for track in reel.tracks),
            away=self.remote_picture,
        )
        given = Given(
            hub=hub,
            access=Access(pin),
            port=bound.port,
            language=self.language,
            note=noted.note,
            report=report,
            made=f"dcpkit {VERSION}",
        )
        running = Running(hub, given, bound)
        for event in show.journal.events[-RECENT:]:  # what came before there was a page
            hub.note(event)
        show.journal.told = running.told
        verdict = "error"
        try:
            running.begin()
            noted.note("WebServed", f"served at {', '.join(bound.addresses)}", pin=pin is not None)
            self.tell(Place(bound.addresses, bound.near, pin))
            yield running
            verdict = "damaged" if show.book.damaged else "complete"
        except Stopped:
            verdict = "stopped"
            if hub.failure is not None:
                raise hub.failure from None
            raise
        finally:
            running.end(verdict)
            show.journal.told = lambda event: None


BURST, EVERY = 20, 5.0
"""Events of a kind that are noted at once; and seconds for each beyond them."""


class Rationed:
    """Notes events, of each kind no more than a log has room for; of those left out the next one tells how
    many. Any thread."""

    def __init__(self, journal: Journal, clock: Callable[[], float] = time.monotonic) -> None:
        self._journal, self._clock = journal, clock
        self._one = threading.Lock()
        self._left: dict[str, tuple[float, float, int]] = {}

    def note(self, subtype: str, message: str, **parameters: Any) -> None:
        """DcpError when the log cannot be written."""
        with self._one:
            now = self._clock()
            room, at, left_out = self._left.get(subtype, (float(BURST), now, 0))
            room = min(room + (now - at) / EVERY, BURST)
            if room < 1:
                self._left[subtype] = room, now, left_out + 1
                return
            self._left[subtype] = room - 1, now, 0
        if left_out:
            parameters["left_out"] = left_out
        self._journal.note("Player", subtype, message, **parameters)
