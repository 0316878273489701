"""What is played next: play, pause, step, seek, loop, stop, as commands from any thread.

A state without a clock: the show asks what is to be read, whether a frame may be shown, says when one was.
A command that makes what was read ahead void raises the generation; a frame of an older one is never shown.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.texts.catalogue import text


@dataclass(frozen=True)
class Play:
    """On from the frame on the screen; from the first one where the last was shown."""


@dataclass(frozen=True)
class Pause:
    """The frame on the screen stays."""


@dataclass(frozen=True)
class Step:
    """`count` frames on, or back where it is negative, and pause there."""

    count: int = 1


@dataclass(frozen=True)
class Seek:
    """To a frame of the composition; one outside of what is played is the nearest inside."""

    frame: int


@dataclass(frozen=True)
class Jump:
    """To a marker by its label."""

    label: str


@dataclass(frozen=True)
class Loop:
    """Whether the first frame follows the last."""

    on: bool = True


@dataclass(frozen=True)
class Subtitles:
    """Which text is drawn: `on`, `off` or a language. Of a show that stands the frame on the screen is drawn
    anew; one that plays goes on with it, without a gap."""

    choice: str


@dataclass(frozen=True)
class Stop:
    """The end, before the next frame."""


Command = Play | Pause | Step | Seek | Jump | Loop | Subtitles | Stop

NO_MARKERS: Mapping[str, int] = MappingProxyType({})


def _nobody() -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Wanted:
    """A frame that is to be read. generation: of the commands; a frame of an older one is void."""

    generation: int
    frame: int


@dataclass(frozen=True)
class State:
    """frame: that on the screen, or the one that a seek goes to; None before the first."""

    generation: int
    frame: int | None
    playing: bool
    loop: bool
    stopped: bool


class Transport:
    """Frames `first` to `last`, both included. start: where it begins. playing: or paused at `start`. stays:
    at the last frame it pauses, until it is stopped; else it is over there.

    markers: frames by label. UsageError for a start outside.
    """

    def __init__(
        self,
        first: int,
        last: int,
        *,
        start: int | None = None,
        loop: bool = False,
        playing: bool = True,
        stays: bool = False,
        markers: Mapping[str, int] = NO_MARKERS,
    ) -> None:
        begin = first if start is None else start
        if not first <= begin <= last:
            raise UsageError("play.no-such-frame", value=str(begin), first=first, last=last)
        self.first, self.last, self.stays = first, last, stays
        self._markers = {label.lower(): frame for label, frame in markers.items()}
        self._changed = threading.Condition()
        self._generation = 0
        self._current: int | None = None  # on the screen
        self._target: int | None = None if playing else begin  # sought, not shown yet
        self._from = begin  # where this generation's reading begins
        self._next = begin  # to be read
        self._ahead = 0  # read, not shown yet
        self._playing, self._loop, self._stopped = playing, loop, False
        self._posted = 0
        self._told: Callable[[], None] = _nobody

    # --- from any thread -----

    def post(self, command: Command) -> None:
        """Obey a command; it counts from the next frame on. UsageError for a marker that there is not."""
        with self._changed:
            if isinstance(command, Jump):
                command = Seek(self._marker(command.label))
            self._obey(command)
            self._posted += 1
            self._changed.notify_all()
            told = self._told
        told()

    @property
    def state(self) -> State:
        """How it stands."""
        with self._changed:
            frame = self._current if self._target is None else self._target
            return State(self._generation, frame, self._playing, self._loop, self._stopped)

    # --- for the show -----

    def wanted(self) -> Wanted | None:
        """What is to be read next; None where nothing is: paused, at the end or stopped."""
        with self._changed:
            return self._wanted()

    def take(self) -> Wanted | None:
        """The same, and it counts as read: the next call gives the frame after it."""
        with self._changed:
            wanted = self._wanted()
            if wanted is not None:
                self._ahead += 1
                self._next = wanted.frame + 1
            return wanted

    def admits(self, wanted: Wanted) -> bool:
        """Whether a frame that was read may be shown now. False for a void one for ever."""
        with self._changed:
            return self._current_generation(wanted) and (self._playing or wanted.frame == self._target)

    def void(self, wanted: Wanted) -> bool:
        """Whether a command made this frame void."""
        with self._changed:
            return not self._current_generation(wanted)

    def passed(self, wanted: Wanted) -> None:
        """A frame was shown, or left out because it was late: it is where the show stands now."""
        with self._changed:
            if self._current_generation(wanted):
                self._current, self._target = wanted.frame, None
                self._ahead -= 1
                if self.stays and not self._loop and wanted.frame == self.last:
                    self._playing = False

    def upcoming(self, count: int) -> int | None:
        """The frame that is read `count` frames after the next one, if nothing comes between, or None."""
        with self._changed:
            if self._stopped or not self._playing:
                return None
            frame = self._next + count
            if frame <= self.last:
                return frame
            return self.first + (frame - self.last - 1) % (self.last - self.first + 1) if self._loop else None

    @property
    def paused(self) -> bool:
        """Whether nothing is to be shown until a command comes."""
        with self._changed:
            return not self._playing and self._target is None

    @property
    def over(self) -> bool:
        """Whether nothing more will be read unless a command comes: stopped, or played to the end, where it
        does not stay."""
        with self._changed:
            at_end = self._playing and not self._loop and not self.stays and self._next > self.last
            return self._stopped or at_end

    @property
    def posted(self) -> int:
        """How many commands were obeyed: what `wait` counts from."""
        with self._changed:
            return self._posted

    def listen(self, told: Callable[[], None]) -> None:
        """Call this, on the thread that posts, after every command."""
        with self._changed:
            self._told = told

    def wait(self, timeout: float, *, since: int | None = None) -> bool:
        """Wait for a command, at most `timeout` seconds; True when one came. since: `posted` of before."""
        with self._changed:
            begin = self._posted if since is None else since
            return self._changed.wait_for(lambda: self._posted != begin, timeout)

    # --- how it is done; the lock is held -----

    def _current_generation(self, wanted: Wanted) -> bool:
        return not self._stopped and wanted.generation == self._generation

    def _wanted(self) -> Wanted | None:
        if self._stopped or not (self._playing or (self._target is not None and not self._ahead)):
            return None
        if self._next > self.last:
            if not self._loop:
                return None
            return Wanted(self._generation, self.first)
        return Wanted(self._generation, self._next)

    def _obey(self, command: Command) -> None:
        if self._stopped:
            return
        here = self._target if self._target is not None else self._current
        if isinstance(command, Play):
            if not self._playing and here == self.last and self._target is None and not self._loop:
                self._go(self.first)
            self._playing = True
        elif isinstance(command, Pause):
            if self._current is None and self._target is None:
                self._target = self._from  # not a frame was shown: the first one will be
            self._playing = False
        elif isinstance(command, Step):
            self._playing = False
            self._go((self._from if here is None else here) + command.count)
        elif isinstance(command, Seek):
            self._go(command.frame)
        elif isinstance(command, Loop):
            self._set_loop(command.on)
        elif isinstance(command, Stop):
            self._stopped = True
            self._generation += 1

    def _go(self, frame: int) -> None:
        frame = min(max(frame, self.first), self.last)
        self._generation += 1
        self._from = self._next = self._target = frame
        self._ahead = 0

    def _set_loop(self, on: bool) -> None:
        """Without a loop what was read beyond the last frame is void."""
        was, self._loop = self._loop, on
        if not was or on or not self._ahead:
            return
        here = self._from if self._current is None else self._current + 1
        if self._target is not None:
            here = self._target
        if here + self._ahead > self.last + 1:
            self._generation += 1
            self._from = self._next = here
            self._ahead = 0

    def _marker(self, label: str) -> int:
        frame = self._markers.get(label.lower())
        if frame is None:
            known = ", ".join(self._markers).upper() or text("word.none")
            raise UsageError("play.no-such-marker", label=label[:40], known=known)
        return frame
