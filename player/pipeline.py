"""A show of a plan on a screen: its parts put together, and what ends it.

Whether the show goes on (the KDM's window, cancel, damage) is decided when a frame is presented, never when
it is read ahead. A damaged unit becomes black or silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from datetime import datetime
from math import ceil

from dcp.dataclass import dataclass
from dcp.mxf.reader import MicPolicy
from dcp.picture.codec import Codec
from dcp.system import cores
from kdm.steps import overrun_end
from player.book import Book
from player.clock import FilmClock, NoPace, Pace, WallPace
from player.drawing import OFF, ON, check_choice
from player.engine import Engine, Stopped, window_of
from player.gamut import ColourReport
from player.governor import Budget, governor_for
from player.log.journal import Journal
from player.picture import Dither, Mark, Renderer, Shown, reduced
from player.plan import ReelPlan, Role, ShowPlan
from player.quality import QualityBook
from player.screen.screen import XYZ, Screen, Signal, clock_of, is_attended
from player.setting import Quality
from player.sound.desk import Desk, form_of
from player.sound.routing import Route
from player.source import Presentation, Source
from player.timeline import timeline_of
from player.transport import Transport
from player.views import View, eyes_of


@dataclass
class Show:
    """One showing of a plan; `book` tells, at any moment, what was presented.

    mark: embeds into the pictures of encrypted tracks, or None; dither: of those, in 8 and 10 bits. until:
    the end of the KDM's window. workers: threads that decode; None for one a core. view: which eyes of a pair
    are shown, and how. subtitles: which text is drawn, `on`, `off` or a language. stop: at the first damage.
    start: the frame it begins with, None for the first; loop: the first frame follows the last. markers:
    frames by label, to jump to. film: the clock of the log, moved on by what is presented. quality: what of
    the pictures may be left out. route: which channel of the sound is heard where; desk: where it passes,
    while it is heard. attended: somebody sits at the screen: it begins paused and ends when it is told to.
    """

    plan: ShowPlan
    screen: Screen
    codec: Codec
    journal: Journal
    mark: Mark | None = None
    dither: Dither | None = None
    mic: MicPolicy = "require"
    reduce: int = 0
    view: View = "left"
    subtitles: str = ON
    workers: int | None = None
    until: datetime | None = None
    stop: bool = False
    cancel: Callable[[], bool] = lambda: False
    start: int | None = None
    loop: bool = False
    markers: Mapping[str, int] = field(default_factory=dict)
    film: FilmClock | None = None
    quality: Quality = "exact"
    route: Route = Route()
    desk: Desk | None = field(init=False, default=None)
    book: Book = field(init=False)
    qualities: QualityBook = field(init=False)
    colours: ColourReport = field(init=False)
    transport: Transport = field(init=False)
    attended: bool = field(init=False)

    def __post_init__(self) -> None:
        plan = self.plan
        self.attended = is_attended(self.screen)
        self.transport = Transport(
            plan.first,
            plan.last,
            start=self.start,
            loop=self.loop,
            playing=not self.attended,
            stays=self.attended,
            markers=self.markers,
            subtitles=self.subtitles if self.screen.sees else OFF,
            check=lambda choice: check_choice(plan, choice),
        )
        self._overrun = False
        self.qualities = QualityBook(self.quality)
        encoding = self.screen.encoding
        self.colours = ColourReport(encoding.colour if self.screen.sees and encoding != XYZ else None)
        self.book = Book(
            plan,
            self.journal,
            start=self.first,
            rendered=self.rendered,
            eyes=eyes_of(self.view),
            output=self.screen.name,
        )

    @property
    def first(self) -> int:
        """The frame that it begins with."""
        return self.plan.first if self.start is None else self.start

    @property
    def rendered(self) -> frozenset[Role]:
        """What the screen shows or lets hear."""
        roles: tuple[tuple[Role, bool], ...] = (("picture", self.screen.sees), ("sound", self.screen.hears))
        return frozenset(role for role, there in roles if there)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of what the screen gets first."""
        return self._size(self.plan.played[0])

    def _size(self, reel: ReelPlan) -> tuple[int, int]:
        width, height = reduced(reel.width, reel.height, self.reduce)
        return (2 * width if self.view == "side-by-side" and reel.stereo else width), height

    def play(self, *, progress: Callable[[int, int], None] | None = None) -> None:
        """Play it. Stopped when `cancel` says so, the KDM's window is long over, or at damage if asked.

        Errors of reading, of the screen and of the log come out as they are; no output is left then.
        progress: called with frames shown and frames in all; a loop has no such number, which is 0.
        """
        plan, screen = self.plan, self.screen
        paced = screen.lead is not None
        if self.film is not None and paced:
            self.film.run()
        done = 0

        def book(shown: Shown, late: bool) -> None:
            nonlocal done
            self._book(shown, late)
            done += 1
            if progress is not None:
                progress(done, 0 if self.loop else plan.last - self.first + 1)
            if self.stop and self.book.damaged:
                raise Stopped(f"stopped at the damage of frame {shown.what.frame}")

        heard = form_of(plan, self.route, heard=screen.hears, target=screen.target)
        desk = self.desk = Desk(plan, self.route, heard) if heard is not None and screen.hears else None

        def sound(what: Presentation) -> bytes | None:
            return desk.play(what.frame, what.reel, what.sound) if desk is not None else None

        engine: Engine
        pictures = 2 if self.view == "alternate" and screen.sees else 1
        forms = [
            Signal(
                *self._size(reel),
                pictures * reel.rate,
                screen.encoding,
                self.first,
                plan.last - self.first + 1,
                replace(heard, rate=reel.rate) if heard is not None else None,
                acknowledge=lambda ack: engine.acknowledge(ack),
                post=self.transport.post,
                pictures=pictures,
            )
            for reel in plan.reels
        ]
        form = forms[timeline_of(plan).reel_at(self.first).number - 1]
        pace: Pace = WallPace(form.rate / pictures, clock_of(screen)) if paced else NoPace()
        played = dict.fromkeys(forms[reel.number - 1] for reel in plan.played)
        signal = replace(form, later=tuple(other for other in played if other != form))
        with (
            screen.showing(signal) as showing,
            Source(plan, mic=self.mic, beside=self.attended) as source,
        ):
            renderers = [
                Renderer(
                    codec=self.codec,
                    width=reel.width,
                    height=reel.height,
                    reduce=self.reduce,
                    encoding=screen.encoding,
                    showing=showing if screen.sees else None,
                    mark=self.mark,
                    view=self.view,
                    hdr=reel.hdr,
                    dither=self.dither,
                )
                for reel in plan.reels
            ]
            engine = Engine(
                transport=self.transport,
                source=source,
                render=lambda what, setting: renderers[what.reel].render(what, setting),
                governor=governor_for(self.quality, reduce=self.reduce, budget=self._budget),
                book=book,
                admit=self._may_go_on,
                sound=sound,
                pace=pace,
                form=form,
                forms=forms,
                lead=screen.lead or 0.0,
                ahead=ceil(plan.fastest),
                workers=self._workers,
            )
            try:
                engine.run(showing)
                if self.transport.state.stopped:
                    raise Stopped(f"stopped by command after {done} frames")
            except Stopped:
                if not self._seen_to_its_end:
                    raise

    @property
    def _seen_to_its_end(self) -> bool:
        """Whether it was ended by who sits there, when he had seen all of it: then it is complete."""
        asked = self.transport.state.stopped or self.cancel()
        return self.attended and asked and self.book.seen_all

    @property
    def _workers(self) -> int:
        return self.workers or cores()

    @property
    def _budget(self) -> Budget | None:
        """What a paced show has for a frame; one frame of the window is being handed over."""
        if self.screen.lead is None:
            return None
        ready = window_of(self._workers, paced=True) - self._workers
        return Budget(float(1 / self.plan.fastest), ready, self._workers, smaller=1)

    def _book(self, frame: Shown, late: bool) -> None:
        if frame.setting is not None and not late:
            self._quality(frame)
        self.book.presented(
            frame.what,
            black=frame.black,
            marked=frame.marked,
            undecodable=frame.problems,
            notes=frame.notes,
            late=late,
        )
        if not late:
            self.colours = self.colours.with_frame(frame.pixels, frame.outside)
        if self.film is not None:
            self.film.played(1 / self.plan.reels[frame.what.reel].rate)

    def _quality(self, frame: Shown) -> None:
        assert frame.setting is not None
        number = frame.what.frame
        if self.qualities.add(number, frame.setting, frame.least_db, frame.measured_db, frame.whole):
            self.journal.note(
                "Player", "NotThinned", f"frame {number} is decoded whole: {frame.whole}", frame=number
            )

    def _may_go_on(self, number: int) -> None:
        if self.cancel():
            raise Stopped(f"stopped before frame {number}")
        if self.until is None:
            return
        now = self.journal.clock()
        if now > self.until and not self._overrun:
            self._overrun = True
            self.journal.note(
                "Player",
                "WindowEnded",
                f"the KDM's window ended before frame {number}; the show may run on for 6 hours",
                frame=number,
                until=self.until.isoformat(),
            )
        if now > overrun_end(self.until):
            raise Stopped(f"the KDM's window ended more than 6 hours before frame {number}")
