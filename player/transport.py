"""What is played next: play, pause, step, seek, loop, stop, as commands from any thread.

A state without a clock: the show asks what is to be read, whether a frame may be shown, says when one was.
A command that makes what was read ahead void raises the generation; a frame of an older one is never shown.
"""

from __future__ import annotations

import threading
from collections import deque
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

ON = "on"
"""The first subtitles of a reel are drawn."""

NO_MARKERS: Mapping[str, int] = MappingProxyType({})


def _nobody() -> None:
    """Nobody listens."""


def _anything(choice: str) -> None:
    """All is well."""


@dataclass(frozen=True)
class Wanted:
    """A frame that is to be read. generation: of the commands; a frame of an older one is void. subtitles:
    the text that is drawn into it. edition: of what is read ahead, which is void more often: what the screen
    was handed of an older one is shown."""

    generation: int
    frame: int
    subtitles: str = ON
    edition: int = 0


@dataclass(frozen=True)
class State:
    """frame: that on the screen, or the one that a seek goes to; None before the first. subtitles: what is
    drawn from now on."""

    generation: int
    frame: int | None
    playing: bool
    loop: bool
    stopped: bool
    subtitles: str = ON


class Transport:
    """Frames `first` to `last`, both included. start: where it begins. playing: or paused at `start`. stays:
    at the last frame it pauses, until it is stopped; else it is over there.

    markers: frames by label. subtitles: which text is drawn at first; check: UsageError for one that there
    is not. UsageError for a start outside.
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
        subtitles: str = ON,
        check: Callable[[str], None] = _anything,
    ) -> None:
        begin = first if start is None else start
        if not first <= begin <= last:
            raise UsageError("play.no-such-frame", value=str(begin), first=first, last=last)
        self.first, self.last, self.stays = first, last, stays
        self._markers = {label.lower(): frame for label, frame in markers.items()}
        self._changed = threading.Condition()
        self._generation = self._edition = 0
        self._subtitles, self._check = subtitles, check
        self._seen: int | None = None  # on the screen
        self._sought: int | None = None if playing else begin  # sought, not seen yet
        self._target = self._sought  # sought, not handed over yet
        self._handed: int | None = None  # the last one handed over, of this generation
        self._out: deque[Wanted] = deque()  # handed over, not seen yet
        self._from = begin  # where this generation's reading begins
        self._next = begin  # to be read
        self._ahead = 0  # read, not handed over yet
        self._pausing: int | None = None  # the generation that a pause made void
        self._playing, self._loop, self._stopped = playing, loop, False
        self._posted = 0
        self._told: Callable[[], None] = _nobody

    # --- from any thread -----

    def post(self, command: Command) -> None:
        """Obey a command; it counts from the next frame on. UsageError for a marker, or a text, that there is
        not."""
        if isinstance(command, Subtitles):
            self._check(command.choice)
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
            return State(
                self._generation, self._here, self._playing, self._loop, self._stopped, self._subtitles
            )

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
        """Whether a frame that was read may be handed over now. False for a void one for ever."""
        with self._changed:
            return self._is_current(wanted) and (self._playing or wanted.frame == self._target)

    def void(self, wanted: Wanted) -> bool:
        """Whether a command made this frame void that was read, and is not handed over."""
        with self._changed:
            return not self._is_current(wanted)

    def recalled(self, wanted: Wanted) -> bool:
        """Whether a command made this frame void that was handed over: the screen need not show it."""
        with self._changed:
            return self._stopped or wanted.generation != self._generation

    def handed(self, wanted: Wanted) -> None:
        """A frame is handed over to the screen, or left out because it would come too late."""
        with self._changed:
            if self._is_current(wanted):
                self._handed, self._target = wanted.frame, None
                self._ahead -= 1
                self._out.append(wanted)

    def passed(self, wanted: Wanted) -> None:
        """A frame that was handed over was shown, or left out because it was late: it is where the show
        stands now, unless one behind it was named before."""
        with self._changed:
            if self._stopped:
                return
            if self._is_out(wanted):
                while self._out.popleft() is not wanted:
                    pass
                self._seen, self._sought = wanted.frame, None
                if self.stays and not self._loop and wanted.frame == self.last:
                    self._playing = False
            elif wanted.generation == self._pausing and self._stands_still:
                # it was seen while the pause was on its way
                self._seen = wanted.frame
                self._from = self._next = self._after(wanted.frame)

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

    @property
    def _here(self) -> int | None:
        return self._seen if self._sought is None else self._sought

    @property
    def _stands_still(self) -> bool:
        """Paused, and nothing was read or sought since."""
        return not self._playing and self._sought is None and self._handed is None and not self._ahead

    def _is_current(self, wanted: Wanted) -> bool:
        newest = self._generation, self._edition
        return not self._stopped and (wanted.generation, wanted.edition) == newest

    def _wanted(self) -> Wanted | None:
        if self._stopped or not (self._playing or (self._target is not None and not self._ahead)):
            return None
        frame = self._next
        if frame > self.last:
            if not self._loop:
                return None
            frame = self.first
        return Wanted(self._generation, frame, self._subtitles, self._edition)

    def _is_out(self, wanted: Wanted) -> bool:
        return any(each is wanted for each in self._out)

    def _after(self, frame: int) -> int:
        """One beyond the last is none, or the first of a loop."""
        return self.first if frame >= self.last and self._loop else frame + 1

    def _obey(self, command: Command) -> None:
        if self._stopped:
            return
        here = self._here
        if isinstance(command, Play):
            if not self._playing and here == self.last and self._sought is None and not self._loop:
                self._go(self.first)
            self._playing = True
        elif isinstance(command, Pause):
            self._pause()
        elif isinstance(command, Step):
            self._playing = False
            self._go((self._from if here is None else here) + command.count)
        elif isinstance(command, Seek):
            self._go(command.frame)
        elif isinstance(command, Loop):
            self._set_loop(command.on)
        elif isinstance(command, Subtitles):
            self._set_subtitles(command.choice)
        elif isinstance(command, Stop):
            self._stopped = True
            self._generation += 1

    def _go(self, frame: int) -> None:
        frame = min(max(frame, self.first), self.last)
        self._renew(frame)
        self._target = self._sought = frame

    def _renew(self, frame: int) -> None:
        """What was read and handed over is void; reading begins here."""
        self._generation += 1
        self._edition += 1
        self._from = self._next = frame
        self._target = self._sought = self._handed = self._pausing = None
        self._ahead = 0
        self._out.clear()

    def _pause(self) -> None:
        """The frame on the screen stays: those that were handed over beyond it are void, and come again."""
        if not self._playing:
            return
        self._playing = False
        if self._target is not None or not (self._out or self._seen is None):
            return
        if self._sought is not None or self._seen is None:
            if len(self._out) > 1:  # the first of them is what is to be seen
                self._go(self._from)
            elif not self._out:
                self._target = self._sought = self._from  # not a frame was shown: the first one will be
            return
        before = self._generation
        self._renew(self._after(self._seen))
        self._pausing = before

    def _set_loop(self, on: bool) -> None:
        """Without a loop what was read beyond the last frame is void."""
        was, self._loop = self._loop, on
        if not was or on or not self._ahead:
            return
        here = self._from if self._handed is None else self._handed + 1
        if self._target is not None:
            here = self._target
        if here + self._ahead > self.last + 1:
            self._read_again(here)

    def _read_again(self, frame: int) -> None:
        """What was read ahead is void; what the screen has, it shows."""
        self._edition += 1
        self._next = frame
        self._ahead = 0

    def _set_subtitles(self, choice: str) -> None:
        if choice == self._subtitles:
            return
        self._subtitles = choice
        here = self._here
        following = self._from if self._handed is None else self._after(self._handed)
        if self._target is not None:
            self._read_again(self._target)
        elif self._playing and (following <= self.last or here is None):
            self._read_again(following)
        elif here is not None:
            self._go(here)

    def _marker(self, label: str) -> int:
        frame = self._markers.get(label.lower())
        if frame is None:
            known = ", ".join(self._markers).upper() or text("word.none")
            raise UsageError("play.no-such-marker", label=label[:40], known=known)
        return frame
