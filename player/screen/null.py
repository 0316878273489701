"""The screen that shows nothing: every frame is read, checked, decoded and marked, then counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field

from dcp.dataclass import dataclass
from player.screen.screen import XYZ, Encoding, Image, Showing, Signal


@dataclass
class NullScreen:
    """shown: how many frames came, over all showings."""

    shown: int = field(default=0, init=False)
    name: str = field(default="null", init=False)
    encoding: Encoding = field(default=XYZ, init=False)
    target: str | None = field(default=None, init=False)
    sees: bool = field(default=True, init=False)
    hears: bool = field(default=False, init=False)

    @contextmanager
    def showing(self, signal: Signal) -> Iterator[Showing]:
        yield self

    def prepare(self, image: Image) -> None:
        return None

    def show(self, number: int, prepared: bytes | None, sound: bytes | None) -> None:
        self.shown += 1
