"""What the caller of a long work is told and asked, from whichever thread: one call at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

from dcp.create.job.values import Essence
from dcp.create.makers.protocol import Progress
from dcp.create.planning.plan import Plan
from dcp.create.work.executor import Cancel

Track = tuple[Essence, int]
"""A kind of essence, and the number of the plan's track of that kind."""


class Told:
    """progress: frames coded; writing: edit units in track files, told while no picture is coded, so that one
    of the two goes on at a time; checking: bytes of what an earlier run left; each with how many there are.
    """

    def __init__(
        self,
        plan: Plan,
        progress: Progress | None = None,
        writing: Progress | None = None,
        checking: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> None:
        self._progress, self._writing, self._checking, self._cancel = progress, writing, checking, cancel
        self._lock = Lock()
        self._filled: int | None = None
        self._coding = False
        self._frames = {number: track.frames for number, track in enumerate(plan.pictures)}
        self._units: Mapping[Track, int] = {
            **{("picture", number): frames for number, frames in self._frames.items()},
            **{("sound", number): track.frames for number, track in enumerate(plan.sounds)},
            **{("aux", number): track.frames for number, track in enumerate(plan.auxes)},
        }
        self._coded: dict[int, int] = {}
        self._written: dict[Track, int] = {}
        self._checked = self._to_check = 0

    def coded(self, number: int, done: int, total: int) -> None:
        """So many parts of a picture track's frames are done."""
        with self._lock:
            self._coding = self._coding or number == self._filled
            self._coded[number] = done * self._frames[number] // max(total, 1)
            if self._progress is not None:
                self._progress(sum(self._coded.values()), sum(self._frames.values()))

    def wrote(self, kind: Essence, number: int, done: int, total: int) -> None:
        """So many parts of a track are in its file."""
        with self._lock:
            self._written[kind, number] = done * self._units[kind, number] // max(total, 1)
            if self._writing is not None and not self._coding:
                self._writing(sum(self._written.values()), sum(self._units.values()))

    def to_check(self, count: int) -> None:
        """So many bytes are to be checked in all."""
        self._to_check = count

    def checked(self, count: int) -> None:
        """So many bytes more were checked."""
        with self._lock:
            self._checked += count
            if self._checking is not None:
                self._checking(self._checked, max(self._checked, self._to_check))

    def checking(self) -> Callable[[int, int], None]:
        """The same for one file, told how far it is."""
        before = 0

        def tell(done: int, total: int) -> None:
            nonlocal before
            self.checked(done - before)
            before = done

        return tell

    def stopped(self) -> bool:
        """Whether the caller wants it to end."""
        if self._cancel is None:
            return False
        with self._lock:
            return self._cancel()

    @contextmanager
    def coding(self, number: int) -> Iterator[None]:
        """Frames of a picture that are told meanwhile are coded; those told later are passed on."""
        with self._lock:
            self._filled = number
        try:
            yield
        finally:
            with self._lock:
                self._filled, self._coding = None, False
