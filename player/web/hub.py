"""Between the show's thread and the pages: who controls, whose page is the screen, what each gets.

The screen is the page of the controller, or, where that one gets no picture, the first page that does. Its
word is what counts as shown; the others get what they can take. Everything here happens on the server's
thread but what says otherwise.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from dcp.dataclass import dataclass
from dcp.errors import DcpError, UsageError
from dcp.texts.catalogue import LANGUAGES, Language
from dcp.version import VERSION
from player.beside import Line as Words
from player.clock import SteeredClock
from player.log.event import Event
from player.screen.screen import Ack, Frame, Outcome, Signal
from player.transport import Command, Seek, Stop, Transport
from player.web import wire
from player.web.line import Line
from player.web.peer import Form, Peer, sound_of
from player.web.preview import Picture

MOST_VIEWERS = 16
"""Pages beside the controller's."""

WAIT = 10.0
"""Seconds that the next frame waits while nobody is there to see it."""

RECENT = 200
"""Events of the log that a page gets when it comes."""

STATES = 0.1
"""Seconds between two states, when no command comes."""

MOST_OPEN = 128
"""Frames that wait for a page that is the screen: more than a show ever has out."""


@dataclass(frozen=True)
class Told:
    """What the hub asks of the show. show: what it is, as JSON has it; state: how it stands, told how many
    frames are out. note: takes a subtype of the log, a message, and parameters; any thread. clock: the
    show's, which follows the controller's sound. ended: whether it was told to end."""

    transport: Transport
    show: Callable[[], dict[str, Any]]
    state: Callable[[int], dict[str, Any]]
    note: Callable[..., None]
    clock: SteeredClock
    ended: Callable[[], bool]


class Hub:
    """signal: of the show, whose frames come. encrypted: whether it is content that stays on this machine;
    away: whether it may leave it all the same."""

    def __init__(
        self,
        signal: Signal,
        told: Told,
        *,
        language: Language,
        encrypted: bool,
        away: bool,
    ) -> None:
        self._signal, self._told = signal, told
        self._language, self._encrypted, self._away = language, encrypted, away
        self.clock = told.clock
        self.peers: list[Peer] = []
        self.controller: Peer | None = None
        self.screen: Peer | None = None  # read by the show's threads, too
        self.wants_jpeg = False  # likewise
        self.failure: BaseException | None = None
        self._open: dict[int, Frame] = {}
        self._number = 0
        self._generation = -1
        self._last: Frame | None = None
        self._last_seen = True
        self._sought_again = -1  # the generation in which the last frame is sought once more
        self._held = False  # frames are out whose page is gone; another may come
        self._events: deque[Event] = deque(maxlen=RECENT)
        self._fresh: list[Event] = []
        self._state_at, self._state = 0.0, ""
        self._lines: tuple[Words, ...] | None = ()  # None: they are told anew
        self._since: float | None = None
        self._noted = False

    # --- on the show's threads -----

    def awaits(self) -> bool:
        """Whether the next frame waits: for ever while the show stands, WAIT seconds while it plays."""
        if self.failure is not None:
            raise self.failure
        if self.screen is not None or not self._told.transport.state.playing:
            self._since, self._noted = None, False
            return self.screen is None
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if now - self._since < WAIT:
            return True
        if not self._noted:
            self._noted = True
            self._told.note("NobodyThere", f"nobody came in {WAIT:g} seconds; the show goes on unseen")
        return False

    # --- frames -----

    def take(self, frame: Frame) -> None:
        """A frame as the show hands it over."""
        if frame.generation > self._generation:
            self._generation = frame.generation
            self._lines = None
            self._give_up(frame.generation)
            for peer in self.peers:
                peer.renew()
        form = self._signal.sound
        sound = sound_of(frame, form) if form is not None else None
        seen = isinstance(frame.prepared, Picture)
        self._last = frame if seen else self._last
        self._last_seen = False
        self._open[frame.serial] = frame
        self._number = frame.number
        for peer in list(self.peers):
            if peer.sees and sound is not None:
                peer.hear(sound)
            if peer.sees and seen:
                peer.see(frame)
        if frame.lines != self._lines:
            self._lines = frame.lines
            self.say(self._captions(frame.due), content=True)
        if self.screen is None or not seen:
            self._conclude(frame.serial, "late")

    def _captions(self, due: float | None) -> str:
        """The text beside the picture, from `due` on."""
        lines = [
            {"kind": line.kind, "language": line.language, "text": line.text} for line in self._lines or ()
        ]
        frame, generation = self._number, self._generation
        return wire.document("captions", frame=frame, generation=generation, due=due, lines=lines)

    def change(self, signal: Signal) -> None:
        """Another form of what follows."""
        self._signal = signal
        for peer in self.peers:
            peer.line.change(signal.rate)

    def line(self) -> Line:
        """For a page."""
        return Line(self._signal.rate, lambda serial, outcome: None, most=MOST_OPEN)

    def _concluded(self, peer: Peer, serial: int, outcome: Outcome) -> None:
        if peer is self.screen:
            self._conclude(serial, outcome)

    def _conclude(self, serial: int, outcome: Outcome) -> None:
        frame = self._open.pop(serial, None)
        if frame is None:
            return
        if self._last is frame and outcome == "presented":
            self._last_seen = True
        self._signal.acknowledge(Ack(serial, outcome, time.monotonic()))

    # --- pages -----

    @property
    def is_full(self) -> bool:
        """Whether another page is refused."""
        return len(self.peers) >= MOST_VIEWERS + (self.controller is not None)

    def form_for(self, *, near: bool, jpeg: bool) -> Form:
        """How a page gets pictures."""
        if not near and self._encrypted and not self._away:
            return "none"
        return "jpeg" if jpeg or not near else "xyz12"

    def join(self, peer: Peer) -> None:
        """A page that may look."""
        peer.line.listen(lambda serial, outcome: self._concluded(peer, serial, outcome))
        before = next((each for each in self.peers if peer.page is not None and each.page == peer.page), None)
        if before is not None:
            before.replaced = True
            self.leave(before)
            before.close()
        self.peers.append(peer)
        if self.controller is None:
            self.controller, peer.role = peer, "controller"
            self.clock.forget()
        self._told.note(
            "WebPage",
            f"a page at {peer.address} is there: {peer.role}",
            address=peer.address,
            role=peer.role,
            picture=peer.form,
        )
        if not peer.near and peer.sees and self._encrypted:
            message = f"pictures of encrypted content go to {peer.address}, as --allow-remote-picture says"
            self._told.note("RemotePicture", message, address=peer.address)
        peer.say(
            wire.document(
                "hello",
                schema=wire.SCHEMA,
                role=peer.role,
                picture=peer.form,
                language=self._language,
                version=VERSION,
            )
        )
        peer.say(self._show())
        peer.say(wire.document("log", events=[event.document() for event in self._events]))
        peer.state(self._said_state())
        if self._lines and peer.sees:
            peer.say(self._captions(None))
        sought = self._appoint()
        if not sought and self._last is not None and peer.sees:
            peer.see_again(self._last)
        if peer.role == "controller" and not (before is not None and before.role == "controller"):
            self._tell_roles()

    def leave(self, peer: Peer) -> None:
        """A page that is gone; what it did not acknowledge is late."""
        if peer not in self.peers:
            return
        self.peers.remove(peer)
        if peer is self.controller:
            self.controller = None
        message = f"the page at {peer.address} is gone: {peer.role}"
        self._told.note("WebPage", message, address=peer.address, role=peer.role)
        self._appoint()
        if self.controller is None and not peer.replaced:
            self._tell_roles()

    def hear(self, peer: Peer, text: str) -> None:
        """What a page says. WireError for what no page says."""
        said = wire.read(text)
        if not peer.may_ask(time.monotonic()):
            raise wire.WireError("too many messages")
        if isinstance(said, wire.Acked):
            stalled = peer.line.stalled
            peer.line.acknowledge(said.serial, said.outcome)
            if stalled and peer is self.screen and not self._last_seen:
                self._show_again()
            peer.wake()
        elif isinstance(said, wire.Pinged):
            peer.say(wire.document("clock", server=self.clock(), page=said.page))
        elif isinstance(said, wire.Controlled):
            self._control(peer)
        elif peer is not self.controller:
            self._told.note(
                "WebRefused", f"the page at {peer.address} does not control", address=peer.address
            )
            self._tell_role(peer)
        elif isinstance(said, wire.Clocked):
            self.clock.follow(said.server, said.page)
        else:
            self._command(peer, said.command)

    def tick(self, now: float) -> None:
        """Look what is past, and tell what is new; several times a second. now: of `time.monotonic`."""
        clock = self.clock()
        if self._noted or self._told.ended():
            self._give_up()
        for peer in list(self.peers):
            peer.line.look(clock)
            peer.wake()
        self._end_on_last()
        if self._fresh:
            fresh, self._fresh = self._fresh, []
            self.say(wire.document("log", events=[event.document() for event in fresh]))
        if now - self._state_at >= STATES and self.peers:
            self._state_at = now
            self._tell_state()

    def note(self, event: Event) -> None:
        """An event of the log."""
        self._events.append(event)
        self._fresh = [*self._fresh[-RECENT:], event]

    def say(self, text: str, *, content: bool = False) -> None:
        """JSON to all pages. content: of the show, which not every page gets."""
        for peer in list(self.peers):
            if peer.sees or not content:
                peer.say(text)

    def stop(self) -> None:
        """The show is to end, as if somebody had pressed Stop."""
        self._told.transport.post(Stop())

    def changed(self) -> None:
        """What the show is, is another."""
        self.say(self._show())

    # --- how it is done -----

    def _give_up(self, generation: int | None = None) -> None:
        """No word will come of frames whose page is gone: of all, or of those of an older generation."""
        for serial, frame in list(self._open.items()):
            if self._held and (generation is None or frame.generation < generation):
                self._conclude(serial, "late")
        self._held = self._held and bool(self._open)

    def _appoint(self) -> bool:
        """Whose page is the screen now. What the one before did not acknowledge goes to the next. Without one
        the show waits for another to come, which begins with it, while it plays; else it is late. True when
        the show goes to a frame for the new one."""
        seeing = [peer for peer in self.peers if peer.sees]
        self.wants_jpeg = any(peer.form == "jpeg" for peer in seeing)
        screen = self.controller if self.controller in seeing else next(iter(seeing), None)
        if screen is self.screen:
            return False
        before, self.screen = self.screen, screen
        transport = self._told.transport
        if screen is None:
            self._held = True
            if not transport.state.playing:
                self._give_up()
        elif before is None and self._held and self._open:
            # what is sought anew is neither shown nor late of before
            transport.post(Seek(next(iter(self._open.values())).number))
            self._give_up()
            return True
        elif before is None:
            self._held = False
            return self._show_again()
        else:
            for serial, frame in list(self._open.items()):  # a newer generation makes those before it void
                if serial in self._open and not screen.line.has(serial):
                    screen.see(frame)
        return False

    def _end_on_last(self) -> None:
        """A show that stays at its last frame shows that: once more, where it came too late to be seen."""
        transport = self._told.transport
        state = transport.state
        missed = self.screen is not None and not self._open and not self._last_seen
        if missed and state.frame == transport.last and state.generation != self._sought_again:
            self._show_again()
            self._sought_again = transport.state.generation

    def _show_again(self) -> bool:
        """The frame on the screen, once more, while the show stands; one that plays goes on by itself."""
        state = self._told.transport.state
        if state.frame is not None and not state.playing and self._last is not None:
            self._told.transport.post(Seek(state.frame))
            return True
        return False

    def _control(self, peer: Peer) -> None:
        if self.controller is None:
            self.controller, peer.role = peer, "controller"
            self.clock.forget()
            message = f"the page at {peer.address} controls the show"
            self._told.note("WebPage", message, address=peer.address, role=peer.role)
            self._appoint()
            self._tell_roles()
        elif peer is not self.controller:
            message = f"the page at {peer.address} asked for the controller's place, which is taken"
            self._told.note("WebRefused", message, address=peer.address)
            self._tell_role(peer)

    def _command(self, peer: Peer, command: Command) -> None:
        try:
            self._told.transport.post(command)
        except UsageError as error:
            peer.say(wire.document("refused", sentence={each: error.say(each) for each in LANGUAGES}))
        for other in self.peers:
            other.line.renew(self._told.transport.state.generation)
        self._tell_state()

    def _tell_role(self, peer: Peer) -> None:
        peer.say(wire.document("role", role=peer.role, free=self.controller is None))

    def _tell_roles(self) -> None:
        for peer in self.peers:
            self._tell_role(peer)

    def _show(self) -> str:
        return wire.document("show", **self._told.show())

    def _said_state(self) -> str:
        return wire.document("state", **self._told.state(len(self._open)))

    def _tell_state(self) -> None:
        state = self._said_state()
        if state != self._state:
            self._state = state
            for peer in self.peers:
                peer.state(state)


def failure_of(error: BaseException) -> DcpError:
    """What the show ends with when its server fails."""
    if isinstance(error, DcpError):
        return error
    return DcpError("web.failed", why=f"{type(error).__name__}: {error}")
