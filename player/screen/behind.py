"""A file beside a screen that keeps time: it gets what that screen let be heard, when that is known.

Such a screen has its frames before they are due; a pause or a seek makes void what it was handed and did not
show. In the file it would stand twice.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from player.screen.screen import Ack, Frame, Outcome, Samples, Showing, Signal

MOST = 128
"""Frames that wait: more than the screen has before they are due."""


class Behind:
    """The showing of a screen without a pace. acknowledge: its own word, said at once."""

    def __init__(self, showing: Showing, acknowledge: Callable[[Frame], None]) -> None:
        self._showing, self._acknowledge = showing, acknowledge
        self._lock = threading.Lock()
        self._waiting: deque[Frame] = deque()
        self._words: dict[int, Outcome] = {}
        self._newest = 0

    def prepare(self, image: Samples) -> bytes | None:
        return self._showing.prepare(image)

    def show(self, frame: Frame) -> None:
        """What the screen has told of goes into the file; this one waits."""
        self._newest = max(self._newest, frame.generation)
        self._waiting.append(frame)
        self._acknowledge(frame)
        self._write()

    def changed(self, signal: Signal) -> None:
        self._showing.changed(signal)

    def word(self, ack: Ack) -> None:
        """What the screen says of a frame; any thread."""
        with self._lock:
            self._words.setdefault(ack.serial, ack.outcome)

    def finish(self) -> None:
        """Nothing follows: what there is word of goes into the file."""
        self._write(at_end=True)

    def _write(self, *, at_end: bool = False) -> None:
        with self._lock:
            words = dict(self._words)
        while self._waiting:
            frame = self._waiting[0]
            outcome = words.get(frame.serial)
            if outcome is None:
                return
            void = outcome == "late" and frame.generation < self._newest
            unsure = outcome == "late" and not void and not at_end and len(self._waiting) < MOST
            if unsure and not self._went_on(words):
                return  # it may be void: that is seen by what comes next
            self._waiting.popleft()
            with self._lock:
                del self._words[frame.serial]
            if not void:  # of a late picture the sound was heard
                self._showing.show(frame)

    def _went_on(self, words: dict[int, Outcome]) -> bool:
        """Whether a frame behind the first one was shown, of the same generation."""
        first = self._waiting[0].generation
        return any(
            words.get(each.serial) == "presented" for each in self._waiting if each.generation == first
        )
