"""When a frame is due: never, as fast as they come, or by the wall clock.

A pace has no thread and does not sleep: it says when, and the show waits. After a pause or a seek it is based
anew on the frame that comes first.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Protocol


class Pace(Protocol):
    """The pace of a show. Serials count the frames handed over, or left out because they were late."""

    @property
    def period(self) -> float | None:
        """Seconds of a frame; None where nothing is ever late."""

    def due(self, serial: int) -> float | None:
        """When a frame is to be seen, by the pace's clock; None at once, whenever that is."""

    def begin(self, serial: int, at: float) -> None:
        """Count from here: this frame is seen at `at`."""

    def change(self, serial: int, rate: Fraction) -> None:
        """From this frame on the show has another rate."""

    def forget(self) -> None:
        """The show pauses, or goes elsewhere: nothing is due until it begins anew."""

    def now(self) -> float: ...


class NoPace:
    """As fast as the frames come."""

    period: float | None = None

    def due(self, serial: int) -> float | None:
        """None."""
        return None

    def begin(self, serial: int, at: float) -> None:
        """Nothing is counted."""

    def change(self, serial: int, rate: Fraction) -> None:
        """Nothing is counted."""

    def forget(self) -> None:
        """Nothing was counted."""

    def now(self) -> float:
        """Seconds, by `time.monotonic`."""
        return time.monotonic()


class WallPace:
    """rate: frames a second. clock: seconds, never back."""

    def __init__(self, rate: Fraction, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self.now = clock
        self._base: tuple[int, float] | None = None

    @property
    def period(self) -> float:
        """Seconds of a frame."""
        return float(1 / self.rate)

    def due(self, serial: int) -> float | None:
        """None until a first frame was begun with."""
        if self._base is None:
            return None
        first, at = self._base
        return at + float((serial - first) / self.rate)

    def begin(self, serial: int, at: float) -> None:
        """This frame is seen at `at`, and every one after it by the rate."""
        self._base = serial, at

    def change(self, serial: int, rate: Fraction) -> None:
        """This frame is seen when it was due; those after it by the new rate."""
        at = self.due(serial)
        self.rate = rate
        if at is not None:
            self.begin(serial, at)

    def forget(self) -> None:
        """Nothing is due until `begin`."""
        self._base = None


class FilmClock:
    """The time of a show as its log tells it: `start`, and on from there with the film that was presented.

    A show that keeps time runs with the wall clock instead (`run`), so that a pause counts.
    """

    def __init__(self, start: datetime, clock: Callable[[], float] = time.monotonic) -> None:
        self._start, self._clock = start, clock
        self._since: float | None = None
        self._film = Fraction(0)

    def __call__(self) -> datetime:
        running = self._clock() - self._since if self._since is not None else float(self._film)
        return self._start + timedelta(seconds=running)

    def run(self) -> None:
        """Go by the wall clock from now on."""
        if self._since is None:
            self._since = self._clock() - float(self._film)

    def played(self, seconds: Fraction) -> None:
        """So much of the film was presented."""
        self._film += seconds
