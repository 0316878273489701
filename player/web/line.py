"""Frames on their way to one page: a few in flight, the others wait, and what is past is not sent at all."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from fractions import Fraction
from math import ceil

from player.screen.screen import Frame, Outcome

FEWEST = 3
"""Frames in flight, however slow the show is."""

A_SECOND = 8
"""The part of a second that may be in flight."""

STALL = 2.0
"""Seconds after it was due in which a frame has to be acknowledged. A page that is later gets no more until
it says something."""


def window_of(rate: Fraction) -> int:
    """How many pictures may be in flight; rate: of them, a second."""
    return max(FEWEST, ceil(rate / A_SECOND))


LAST = 2.0
"""Seconds for which the newest frame waits after it was due: behind a step or a seek it is the only one, and
what stays on the screen."""


class Line:
    """concluded: is told, once for every frame that was added, what became of it. most: frames that wait; of
    more the oldest is late. Times are of the show's clock. One thread."""

    def __init__(self, rate: Fraction, concluded: Callable[[int, Outcome], None], *, most: int) -> None:
        self.change(rate)
        self._concluded, self._most = concluded, most
        self._waiting: deque[Frame] = deque()
        self._flying: dict[int, float] = {}  # by serial: until when word of it may come
        self._generation = -1
        self.stalled = False

    def listen(self, concluded: Callable[[int, Outcome], None]) -> None:
        """Who is told from now on."""
        self._concluded = concluded

    def change(self, rate: Fraction) -> None:
        """Another rate."""
        self._window, self._period = window_of(rate), float(1 / rate)

    def add(self, frame: Frame) -> None:
        """One more; of an older generation than its own nothing waits any more."""
        if frame.generation > self._generation:
            self._generation = frame.generation
            self._drop(lambda each: True)
        self._waiting.append(frame)
        if len(self._waiting) > self._most:
            self._concluded(self._waiting.popleft().serial, "late")

    def renew(self, generation: int) -> None:
        """Of an older generation nothing that waits is sent any more."""
        self._drop(lambda each: each.generation < generation)

    def take(self, now: float) -> Frame | None:
        """The next one to be sent, which is in flight from now on; None where there is none, or no room."""
        self._drop(lambda frame: self._is_past(frame, now))
        if not self._waiting or self.stalled or len(self._flying) >= self._window:
            return None
        frame = self._waiting.popleft()
        due = frame.due if frame.due is not None else now
        self._flying[frame.serial] = max(due, now) + STALL
        return frame

    def acknowledge(self, serial: int, outcome: Outcome) -> None:
        """What the page says of a frame."""
        self.stalled = False
        if self._flying.pop(serial, None) is not None:
            self._concluded(serial, outcome)

    def look(self, now: float) -> None:
        """Give up what is past."""
        self._drop(lambda frame: self._is_past(frame, now))
        for serial in [serial for serial, until in self._flying.items() if until < now]:
            del self._flying[serial]
            self.stalled = True
            self._concluded(serial, "late")

    def has(self, serial: int) -> bool:
        """Whether word of this frame may still come."""
        return serial in self._flying or any(frame.serial == serial for frame in self._waiting)

    def _is_past(self, frame: Frame, now: float) -> bool:
        wait = LAST if frame is self._waiting[-1] else self._period
        return frame.due is not None and frame.due + wait < now

    def _drop(self, which: Callable[[Frame], bool]) -> None:
        for frame in [frame for frame in self._waiting if which(frame)]:
            self._waiting.remove(frame)
            self._concluded(frame.serial, "late")
