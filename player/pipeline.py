"""The show, frame by frame: read, decrypt and check in order, render on all cores, show in order.

Units are read on the caller's thread, ahead of the screen by a bounded window; a damaged one becomes black.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import field
from datetime import datetime

from dcp.dataclass import dataclass
from dcp.mxf.reader import MicPolicy, TrackFile
from dcp.picture.codec import Codec
from dcp.system import cores
from kdm.steps import overrun_end
from player.log.journal import Journal
from player.picture import Frame, Mark, Renderer, Shown, reduced
from player.plan import ReelPlan, ShowPlan
from player.reading import TrackRun
from player.report import ReelReport
from player.screen.screen import Screen, Signal
from player.window import map_in_order


class Stopped(Exception):
    """The show was ended before its last frame; the message says by what."""


@dataclass
class ReelRun:
    """One reel being played."""

    plan: ReelPlan
    tracks: Sequence[TrackRun]
    shown: int = 0
    black: int = 0

    @property
    def picture(self) -> TrackRun | None:
        return next((run for run in self.tracks if run.track is self.plan.picture), None)

    def report(self) -> ReelReport:
        return ReelReport(
            number=self.plan.number,
            id=str(self.plan.id),
            first_frame=self.plan.first,
            duration=self.plan.duration,
            frames_shown=self.shown,
            frames_black=self.black,
            tracks=tuple(run.report() for run in self.tracks),
        )


@dataclass
class Show:
    """One showing of a plan; `reels` tells, at any moment, what was played.

    mark: embeds into the pictures of encrypted tracks, or None. until: the end of the KDM's window.
    workers: threads that decode; None for one a core.
    """

    plan: ShowPlan
    codec: Codec
    journal: Journal
    mark: Mark | None = None
    mic: MicPolicy = "require"
    reduce: int = 0
    workers: int | None = None
    until: datetime | None = None
    cancel: Callable[[], bool] = lambda: False
    reels: list[ReelRun] = field(init=False)

    def __post_init__(self) -> None:
        self.reels = [self._reel(reel) for reel in self.plan.reels]

    def _reel(self, reel: ReelPlan) -> ReelRun:
        tracks = [TrackRun(track, reel=reel, mic=self.mic, journal=self.journal) for track in reel.tracks]
        return ReelRun(reel, tracks)

    @property
    def shown(self) -> int:
        return sum(reel.shown for reel in self.reels)

    def play(self, screen: Screen, *, progress: Callable[[int, int], None] | None = None) -> None:
        """Play it to the screen. Stopped when `cancel` says so or the KDM's window is long over.

        Errors of reading, of the screen and of the log come out as they are; no output is left then.
        """
        plan = self.plan
        width, height = reduced(plan.width, plan.height, self.reduce)
        signal = Signal(width, height, plan.rate, screen.encoding, plan.first, plan.frames)
        with screen.showing(signal) as showing, closing(self._frames()) as frames:
            renderer = Renderer(
                codec=self.codec,
                width=plan.width,
                height=plan.height,
                reduce=self.reduce,
                encoding=screen.encoding,
                showing=showing,
                mark=self.mark,
            )
            with closing(map_in_order(renderer.render, frames, workers=self.workers or cores())) as results:
                for done, frame in enumerate(results, 1):
                    self._may_go_on(frame.number)  # when it is shown, not when it was read ahead
                    showing.show(frame.number, frame.prepared)
                    self._book(frame)
                    if progress is not None:
                        progress(done, plan.frames)

    def _frames(self) -> Generator[Frame]:
        """What the workers get, frame by frame."""
        for place, reel in enumerate(self.reels):
            first = max(reel.plan.first, self.plan.first)
            last = min(reel.plan.first + reel.plan.duration - 1, self.plan.last)
            if first > last:
                continue
            with ExitStack() as files:
                for run in reel.tracks:
                    if run.track.header is None:
                        run.begin_loose(first, last)
                    else:
                        run.begin(files.enter_context(TrackFile.open(run.track.path)), first, last)
                for number in range(first, last + 1):
                    units = [(run, run.step(number)) for run in reel.tracks]
                    picture = next((data for run, data in units if run is reel.picture), None)
                    encrypted = reel.plan.picture is not None and reel.plan.picture.encrypted
                    yield Frame(number, place, picture, mark=encrypted)

    def _may_go_on(self, number: int) -> None:
        if self.cancel():
            raise Stopped(f"stopped before frame {number}")
        if self.until is not None and self.journal.clock() > overrun_end(self.until):
            raise Stopped(f"the KDM's window ended more than 6 hours before frame {number}")

    def _book(self, frame: Shown) -> None:
        """A frame was shown; with a reel's last one, log what was played of the reel."""
        reel = self.reels[frame.reel]
        reel.shown += 1
        reel.black += frame.black
        picture = reel.picture
        if picture is not None:
            picture.marked = picture.marked or frame.marked
            if frame.problem is not None:
                picture.undecodable(frame.number, frame.problem.what)
        if frame.number == min(reel.plan.first + reel.plan.duration - 1, self.plan.last):
            self._log(reel)

    def log_rest(self) -> None:
        """Log what was played of the reel in which the show ended early."""
        for reel in self.reels:
            if reel.shown > 0 and reel.plan.first + reel.plan.duration > self.plan.first + self.shown:
                self._log(reel)

    def _log(self, reel: ReelRun) -> None:
        first = max(reel.plan.first, self.plan.first)
        last = first + reel.shown - 1
        for run in reel.tracks:
            track = run.track
            self.journal.note(
                "Playout",
                "FrameSequencePlayed",
                f"reel {reel.plan.number}, {track.kind}: frames {first} to {last}"
                + (f", {len(run.damage)} damaged runs" if run.damage else ""),
                reel=reel.plan.number,
                track_file_id=str(track.asset_id),
                key_id=str(track.key.id) if track.key else None,
                first_frame=first,
                last_frame=last,
                units=run.units_read,
                mic=run.integrity,
                marked=run.marked,
            )
