"""The show, frame by frame: units are read and checked in order, pictures rendered on all cores, shown in
order. A damaged one becomes black or silence.

Reading goes ahead of the screen by a bounded window; whether the show goes on is decided when a frame is
shown.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import field
from datetime import datetime

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.mxf.reader import MicPolicy
from dcp.picture.codec import Codec
from dcp.system import cores
from kdm.steps import overrun_end
from player.book import Book
from player.drawing import OFF, ON
from player.log.journal import Journal
from player.picture import Mark, Renderer, View, eyes_of, reduced
from player.plan import Role, ShowPlan
from player.screen.screen import Screen, Signal, Sound
from player.source import Presentation, presentations
from player.window import map_in_order


class Stopped(Exception):
    """The show was ended before its last frame; the message says by what."""


@dataclass
class Show:
    """One showing of a plan; `book` tells, at any moment, what was presented.

    mark: embeds into the pictures of encrypted tracks, or None. until: the end of the KDM's window. workers:
    threads that decode; None for one a core. view: which eyes of a pair are shown, and how. subtitles: which
    text is drawn, `on`, `off` or a language. stop: at the first damage.
    """

    plan: ShowPlan
    screen: Screen
    codec: Codec
    journal: Journal
    mark: Mark | None = None
    mic: MicPolicy = "require"
    reduce: int = 0
    view: View = "left"
    subtitles: str = ON
    workers: int | None = None
    until: datetime | None = None
    stop: bool = False
    cancel: Callable[[], bool] = lambda: False
    book: Book = field(init=False)

    def __post_init__(self) -> None:
        self.book = Book(
            self.plan, self.journal, rendered=self.rendered, eyes=eyes_of(self.view), subtitles=self.subtitles
        )

    @property
    def rendered(self) -> frozenset[Role]:
        """What the screen shows or lets hear."""
        roles: tuple[tuple[Role, bool], ...] = (("picture", self.screen.sees), ("sound", self.screen.hears))
        return frozenset(role for role, there in roles if there)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of what the screen gets."""
        width, height = reduced(self.plan.width, self.plan.height, self.reduce)
        both = self.view == "side-by-side" and any(reel.stereo for reel in self.plan.reels)
        return (2 * width if both else width), height

    def play(self, *, progress: Callable[[int, int], None] | None = None) -> None:
        """Play it. Stopped when `cancel` says so, the KDM's window is long over, or at damage if asked.

        Errors of reading, of the screen and of the log come out as they are; no output is left then.
        """
        plan, screen = self.plan, self.screen
        signal = Signal(*self.size, plan.rate, screen.encoding, plan.first, plan.frames, self._sound())
        with screen.showing(signal) as showing, closing(self._source()) as source:
            renderer = Renderer(
                codec=self.codec,
                width=plan.width,
                height=plan.height,
                reduce=self.reduce,
                encoding=screen.encoding,
                showing=showing if screen.sees else None,
                mark=self.mark,
                view=self.view,
            )
            with closing(map_in_order(renderer.render, source, workers=self.workers or cores())) as results:
                for done, frame in enumerate(results, 1):
                    what = frame.what
                    self._may_go_on(what.frame)
                    showing.show(what.frame, frame.prepared, what.sound)
                    self.book.presented(
                        what,
                        black=frame.black,
                        marked=frame.marked,
                        undecodable=frame.problems,
                        notes=frame.notes,
                    )
                    if progress is not None:
                        progress(done, plan.frames)
                    if self.stop and self.book.damaged:
                        raise Stopped(f"stopped at the damage of frame {what.frame}")

    def _source(self) -> Generator[Presentation]:
        subtitles = self.subtitles if self.screen.sees else OFF
        return presentations(self.plan, mic=self.mic, subtitles=subtitles)

    def _sound(self) -> Sound | None:
        """The form of the sound, where a reel has any. UsageError when one is to be heard and they differ."""
        tracks = [track for reel in self.plan.reels for track in reel.tracks if track.sound is not None]
        forms = list(
            dict.fromkeys((each.sound.channels, each.sound.sample_rate) for each in tracks if each.sound)
        )
        if not forms:
            return None
        if len(forms) > 1 and self.screen.hears:
            (channels, rate), (other, other_rate) = forms[:2]
            raise UsageError(
                "play.several-sounds",
                where=self.screen.target,
                channels=channels,
                rate=rate,
                other_channels=other,
                other_rate=other_rate,
            )
        return Sound(*forms[0], self.plan.rate)

    def _may_go_on(self, number: int) -> None:
        if self.cancel():
            raise Stopped(f"stopped before frame {number}")
        if self.until is not None and self.journal.clock() > overrun_end(self.until):
            raise Stopped(f"the KDM's window ended more than 6 hours before frame {number}")
