"""The screen `web`: a page in a browser, near by or in the hall, that shows and says what it showed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Language
from player.media_block import MediaBlock
from player.pipeline import Show
from player.report import PlayReport
from player.screen.screen import XYZ, Encoding, Showing, Signal

PORT = 8470
"""Where it is served when nothing else is said."""


@dataclass(frozen=True)
class Place:
    """Where the page is: addresses to open; pin: what a stranger is asked for, None for nothing."""

    addresses: tuple[str, ...]
    pin: str | None = field(repr=False)


def _nobody(place: Place) -> None:
    """Nobody is told."""


@dataclass
class WebScreen:
    """port: 0 for any that is free. listen: an address of this machine, or None for this machine alone.
    pin: six digits, None for one made here where one is needed. remote_picture: whether the picture and the
    sound of an encrypted show may leave this machine. language: of the page. tell: where it is, once it is.
    clock: the show's, in seconds."""

    port: int = PORT
    listen: str | None = None
    pin: str | None = field(default=None, repr=False)
    remote_picture: bool = False
    language: Language = "en"
    tell: Callable[[Place], None] = _nobody
    clock: Callable[[], float] = time.monotonic
    name: str = field(default="web", init=False)
    encoding: Encoding = field(default=XYZ, init=False)
    target: str | None = field(default=None, init=False)
    sees: bool = field(default=True, init=False)
    hears: bool = field(default=True, init=False)
    lead: float | None = field(default=0.5, init=False)
    attended: bool = field(default=True, init=False)
    copies: int = field(default=8, init=False)

    def attend(self, show: Show, block: MediaBlock, report: Callable[[], PlayReport]) -> None:
        """The show that is told of."""
        self._show, self._block, self._report = show, block, report

    @contextmanager
    def showing(self, signal: Signal) -> Iterator[Showing]:
        """UsageError when the port is taken, or the address is none of this machine."""
        raise NotImplementedError
        yield
