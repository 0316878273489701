"""The screen that shows nothing: every frame is read, checked, decoded and marked, then counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field

from dcp.dataclass import dataclass
from player.screen.screen import XYZ, Encoding, Frame, Image, Showing, Signal


@dataclass
class NullScreen:
    """shown: how many frames came, over all showings."""

    shown: int = field(default=0, init=False)
    name: str = field(default="null", init=False)
    encoding: Encoding = field(default=XYZ, init=False)
    target: str | None = field(default=None, init=False)
    sees: bool = field(default=True, init=False)
    hears: bool = field(default=False, init=False)
    lead: float | None = field(default=None, init=False)

    @contextmanager
    def showing(self, signal: Signal) -> Iterator[Showing]:
        yield _Counted(self, signal)


@dataclass(frozen=True)
class _Counted:
    screen: NullScreen
    signal: Signal

    def prepare(self, image: Image) -> None:
        return None

    def show(self, frame: Frame) -> None:
        self.screen.shown += 1
        self.signal.presented(frame)

    def changed(self, signal: Signal) -> None:
        """Of no matter to who does not look."""
