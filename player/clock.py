"""When a frame is due: never, as fast as they come, or by the wall clock.

A pace has no thread and does not sleep: it says when, and the show waits. After a pause or a seek it is based
anew on the frame that comes first.
"""

from __future__ import annotations

import threading
import time
from collections import deque
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


MOST_APART = 500e-6
"""By how much a clock that is steered goes faster or slower at most: 0.5 ms a second."""

ASTRAY = 1.0
"""Seconds: sound that is further from the clock is not followed; its page finds its place anew."""

_SETTLING = 15.0  # seconds in which what is wrong shrinks to a third
_MIDDLE = 5  # reports of which the middle one counts
_STALE = 5.0  # seconds after which an error is not worked off any more


class SteeredClock:
    """A clock that goes after the sound of a page, slowly: whose crystal is another one's than this
    machine's. clock: seconds, never back. Any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._since = self._at = clock()
        self._drift = 0.0  # how much faster the sound goes, as far as is known
        self._catching = 0.0  # what is added to that, until the error is gone
        self._errors: deque[float] = deque(maxlen=_MIDDLE)
        self._told: float | None = None

    def __call__(self) -> float:
        """Seconds, never back."""
        with self._lock:
            return self._now(self._clock())

    @property
    def rate(self) -> float:
        """How fast it goes beside this machine's clock: 1.0001 is 100 ppm faster."""
        with self._lock:
            fresh = self._clock() - self._since < _STALE
            return 1 + self._drift + (self._catching if fresh else 0.0)

    def follow(self, server: float, page: float) -> None:
        """When this clock said `server`, the sound was at `page` of it. What cannot be is left aside."""
        with self._lock:
            now = self._clock()
            here = self._now(now)
            if abs(page - server) > ASTRAY or abs(server - here) > _STALE:
                return
            gone = min(max(now - self._told, 0.0), _STALE) if self._told is not None else 0.0
            self._since, self._at, self._told = now, here, now
            self._errors.append(page - server)
            error = sorted(self._errors)[len(self._errors) // 2]
            self._drift = _within(self._drift + error * gone / (2 * _SETTLING) ** 2)
            self._catching = _within(self._drift + error / _SETTLING) - self._drift

    def forget(self) -> None:
        """Another page, with a clock of its own: nothing is known of how fast it goes."""
        with self._lock:
            now = self._clock()
            self._since, self._at = now, self._now(now)
            self._drift = self._catching = 0.0
            self._errors.clear()
            self._told = None

    def _now(self, now: float) -> float:
        gone = now - self._since
        return self._at + gone * (1 + self._drift) + min(gone, _STALE) * self._catching


def _within(rate: float) -> float:
    return min(max(rate, -MOST_APART), MOST_APART)


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
