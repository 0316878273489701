"""What was presented, when it was: counted for the report, and told to the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from dcp.texts.catalogue import Text
from player.drawing import OFF, chosen
from player.log.event import exception_of
from player.log.journal import Journal
from player.plan import ReelPlan, Role, ShowPlan, Track
from player.report import Damage, Integrity, ReelReport, TrackReport
from player.source import Fault, Presentation, Taken

InPlace = Literal["black", "silence", "nothing"]
IN_PLACE: dict[Role, InPlace] = {
    "picture": "black",
    "sound": "silence",
    "text": "nothing",
    "data": "nothing",
}
"""What is shown instead of a damaged unit: it is logged, and playback goes on (DCSS 9.7.7)."""


MOST_NOTES = 100
"""Of text that could not be drawn."""


class TrackBook:
    """What was presented of one track in one reel. Damage is kept as runs. eyes: those that are shown."""

    def __init__(self, track: Track, reel: ReelPlan, journal: Journal, eyes: Sequence[str | None]) -> None:
        self.track = track
        self.units = 0
        self.damage: list[Damage] = []
        self.marked = False
        self._reel, self._journal, self._eyes = reel, journal, eyes
        self._states: set[str] = set()
        self._failed = False

    def take(self, taken: Taken) -> None:
        self.units += taken.units
        self._states |= taken.states
        for fault in taken.faults:
            self._failed = True
            self.blame(fault)

    def undecodable(self, frame: int, message: str, eye: Literal["left", "right"] | None) -> None:
        """A picture unit that was right as bytes and is no picture."""
        unit = frame - self._reel.first + self.track.entry_point
        self.blame(Fault(frame, frame, unit, "codestream", message, eye))

    def blame(self, fault: Fault) -> None:
        track, first, last, eye = self.track, fault.first, fault.last, fault.eye
        shown_as = IN_PLACE[track.role] if eye is None or eye in self._eyes else "nothing"
        exception = exception_of(fault.reason)
        self._journal.note(
            "Playout",
            "FrameSequencePlayed",
            f"reel {self._reel.number}, {track.kind} unit {fault.unit}: {fault.message}",
            exception=exception,
            reason=fault.reason,
            track_file_id=str(track.asset_id),
            key_id=str(track.key.id) if track.key else None,
            first_frame=first,
            last_frame=last,
            unit=fault.unit,
            eye=eye,
            shown_as=shown_as,
        )
        for place, run in enumerate(reversed(self.damage[-2:]), 1):
            # of a pair the left eye's run and the right eye's run grow side by side
            if (run.reason, run.eye, run.last_frame) == (fault.reason, eye, first - 1):
                self.damage[-place] = replace(run, last_frame=last)
                return
        self.damage.append(
            Damage(first, last, fault.unit, fault.reason, exception, fault.message, shown_as, eye)
        )

    @property
    def integrity(self) -> Integrity:
        if not self.track.encrypted:
            return "clear"
        if self._failed:
            return "failed"
        if not self._states:
            return "unread"
        if "none" in self._states:
            return "none"
        return "ok" if self._states == {"ok"} else "off"

    def report(self, *, rendered: bool) -> TrackReport:
        track = self.track
        return TrackReport(
            kind=track.kind,
            asset_id=str(track.asset_id),
            file=track.path.name,
            encrypted=track.encrypted,
            key_id=str(track.key.id) if track.key else None,
            edit_rate=track.edit_rate,
            entry_point=track.entry_point,
            duration=track.duration,
            units_read=self.units,
            mic=self.integrity,
            rendered=rendered,
            marked=self.marked,
            damaged=tuple(sorted(self.damage, key=lambda run: run.first_frame)),
        )


class ReelBook:
    """One reel: how many of its frames were shown, how many of these black."""

    def __init__(self, plan: ReelPlan, journal: Journal, eyes: Sequence[str | None]) -> None:
        self.plan = plan
        self.tracks = [TrackBook(track, plan, journal, eyes) for track in plan.tracks]
        self.shown = 0
        self.black = 0

    @property
    def picture(self) -> TrackBook | None:
        return next((book for book in self.tracks if book.track is self.plan.picture), None)

    def of(self, track: Track) -> TrackBook:
        return next(book for book in self.tracks if book.track is track)


class Book:
    """All of a show. rendered: the roles that the screen shows or lets hear. eyes: those of the pairs."""

    def __init__(
        self,
        plan: ShowPlan,
        journal: Journal,
        *,
        rendered: frozenset[Role] = frozenset({"picture"}),
        eyes: Sequence[str | None] = ("left",),
        subtitles: str = OFF,
    ) -> None:
        self._subtitles = subtitles
        self.plan = plan
        self.reels = [ReelBook(reel, journal, eyes) for reel in plan.reels]
        self.not_drawn: list[Text] = []
        self._journal, self._rendered = journal, rendered

    @property
    def shown(self) -> int:
        return sum(reel.shown for reel in self.reels)

    @property
    def damaged(self) -> bool:
        return any(track.damage for reel in self.reels for track in reel.tracks)

    @property
    def marked(self) -> bool:
        return any(track.marked for reel in self.reels for track in reel.tracks)

    def presented(
        self,
        what: Presentation,
        *,
        black: bool,
        marked: bool,
        undecodable: Sequence[tuple[Literal["left", "right"] | None, str]] = (),
        notes: Sequence[Text] = (),
    ) -> None:
        """A frame was shown; with a reel's last one, what was played of the reel is logged."""
        reel = self.reels[what.reel]
        for taken in what.taken:
            reel.of(taken.track).take(taken)
        for note in (*(said for _, said in what.notes), *notes):
            self._not_drawn(note)
        reel.shown += 1
        reel.black += black
        picture = reel.picture
        if picture is not None:
            picture.marked = picture.marked or marked
            for eye, message in undecodable:
                picture.undecodable(what.frame, message, eye)
        if what.frame == min(reel.plan.first + reel.plan.duration - 1, self.plan.last):
            self._log(reel)

    def _not_drawn(self, note: Text) -> None:
        """Once each, and no more than a report holds."""
        if note not in self.not_drawn and len(self.not_drawn) < MOST_NOTES:
            self.not_drawn.append(note)
            self._journal.note("Player", "NotRendered", str(note))

    def log_rest(self) -> None:
        """Log what was played of the reel in which the show ended early."""
        for reel in self.reels:
            if reel.shown > 0 and reel.plan.first + reel.plan.duration > self.plan.first + self.shown:
                self._log(reel)

    def _log(self, reel: ReelBook) -> None:
        first = max(reel.plan.first, self.plan.first)
        last = first + reel.shown - 1
        for book in reel.tracks:
            track = book.track
            self._journal.note(
                "Playout",
                "FrameSequencePlayed",
                f"reel {reel.plan.number}, {track.kind}: frames {first} to {last}"
                + (f", {len(book.damage)} damaged runs" if book.damage else ""),
                reel=reel.plan.number,
                track_file_id=str(track.asset_id),
                key_id=str(track.key.id) if track.key else None,
                first_frame=first,
                last_frame=last,
                units=book.units,
                mic=book.integrity,
                marked=book.marked,
            )

    def _is_rendered(self, reel: ReelPlan, book: TrackBook) -> bool:
        if book.track.role == "text":
            return "picture" in self._rendered and book.track is chosen(reel, self._subtitles)
        return book.track.role in self._rendered

    def report(self) -> tuple[ReelReport, ...]:
        return tuple(
            ReelReport(
                number=reel.plan.number,
                id=str(reel.plan.id),
                first_frame=reel.plan.first,
                duration=reel.plan.duration,
                frames_shown=reel.shown,
                frames_black=reel.black,
                tracks=tuple(
                    book.report(rendered=self._is_rendered(reel.plan, book)) for book in reel.tracks
                ),
            )
            for reel in self.reels
        )
