"""What was presented, when it was: counted for the report, and told to the log.

A frame that is shown twice counts twice. What is played without a break, within a reel, is logged as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace
from typing import Literal

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Text
from player.drawing import chosen
from player.log.event import exception_of
from player.log.journal import WHO, Journal
from player.plan import ReelPlan, Role, ShowPlan, Track
from player.report import Damage, Integrity, ReelReport, Samples, TrackReport
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

MOST_RUNS = 10_000
"""Of what was played without a break, and of what was left out."""

MOST_EXCEPTIONS = 100
"""In the record of what was played without a break; the others are counted."""

MOST_CHOICES = 1_000
"""Of the subtitles that were switched to."""


@dataclass
class Runs:
    """Frames in the order they came, as (first, last) of what went on without a break. left_out: how many
    runs there was no room for."""

    runs: list[tuple[int, int]] = field(default_factory=list)
    left_out: int = 0
    _last: int | None = None

    def add(self, frame: int) -> None:
        """One more frame."""
        on = self._last == frame - 1
        self._last = frame
        if on and not self.left_out:
            self.runs[-1] = self.runs[-1][0], frame
        elif not on and len(self.runs) < MOST_RUNS:
            self.runs.append((frame, frame))
        elif not on:
            self.left_out += 1


@dataclass
class _Faults:
    """Of one track in what is played without a break: runs of one fault, exceptions of its record."""

    runs: list[tuple[Fault, str, int]] = field(default_factory=list)  # the first, its token, the last frame
    left_out: int = 0

    def add(self, fault: Fault, token: str) -> bool:
        """Whether it goes on where one of the last two ended, of a pair one an eye."""
        for place, (first, known, last) in enumerate(reversed(self.runs[-2:]), 1):
            if (first.reason, first.eye, last) == (fault.reason, fault.eye, fault.first - 1):
                self.runs[-place] = first, known, fault.last
                return True
        if len(self.runs) < MOST_EXCEPTIONS:
            self.runs.append((fault, token, fault.last))
        else:
            self.left_out += 1
        return self.left_out > 0

    def exceptions(self) -> list[tuple[str, str]]:
        return [
            (token, f"frames {first.first} to {last}, from unit {first.unit} on: {first.message}")
            for first, token, last in self.runs
        ]


class TrackBook:
    """What was presented of one track in one reel. Damage is kept as runs. eyes: those that are shown."""

    def __init__(self, track: Track, reel: ReelPlan, journal: Journal, eyes: Sequence[str | None]) -> None:
        self.track = track
        self.units = 0
        self.played = self.silent = 0
        self.damage: list[Damage] = []
        self.marked = False
        self.run_faults = _Faults()
        self._reel, self._journal, self._eyes = reel, journal, eyes
        self._states: set[str] = set()
        self._failed = False
        self._whole = False  # what is read when the reel begins was taken
        self._known: set[tuple[int, str, str | None]] = set()

    def take(self, taken: Taken) -> None:
        self.units += taken.units
        self.played += taken.played
        self.silent += taken.silent
        self._states |= taken.states
        for fault in taken.faults:
            self._failed = True
            self.blame(fault)

    def take_whole(self, taken: Taken) -> None:
        """What was read when the reel began: once, however often that is."""
        if not self._whole:
            self._whole = True
            self.take(taken)

    def undecodable(self, frame: int, message: str, eye: Literal["left", "right"] | None) -> None:
        """A picture unit that was right as bytes and is no picture."""
        unit = frame - self._reel.first + self.track.entry_point
        self.blame(Fault(frame, frame, unit, "codestream", message, eye))

    def blame(self, fault: Fault) -> None:
        track, first, last, eye = self.track, fault.first, fault.last, fault.eye
        shown_as = IN_PLACE[track.role] if eye is None or eye in self._eyes else "nothing"
        exception = exception_of(fault.reason)
        if not self.run_faults.add(fault, exception):
            # at once, for who sits there; the record of what was played has all of them
            self._journal.note(
                "Player",
                "Damaged",
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
        known = fault.unit, fault.reason, eye
        if known in self._known:
            return  # the same unit, played again
        self._known.add(known)
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
            samples=Samples(self.played, self.silent) if track.role == "sound" else None,
            damaged=tuple(sorted(self.damage, key=lambda run: run.first_frame)),
        )


class ReelBook:
    """One reel: how many of its frames were shown, how many of these black."""

    def __init__(self, plan: ReelPlan, journal: Journal, eyes: Sequence[str | None]) -> None:
        self.plan = plan
        self.tracks = [TrackBook(track, plan, journal, eyes) for track in plan.tracks]
        self.shown = 0
        self.black = 0
        self.late = 0
        self.choices: set[str] = set()  # of subtitles, of frames that were shown

    @property
    def picture(self) -> TrackBook | None:
        return next((book for book in self.tracks if book.track is self.plan.picture), None)

    def of(self, track: Track) -> TrackBook:
        return next(book for book in self.tracks if book.track is track)


@dataclass
class _Run:
    """What is played without a break in a reel. before: its tracks' units and damaged runs as it began."""

    reel: ReelBook
    first: int
    last: int
    before: list[tuple[int, int]]
    late: int = 0


class Book:
    """All of a show. start: the frame it begins with; those before it were not asked for. rendered: the roles
    that the screen shows or lets hear. eyes: those of the pairs. output: the screen's name. begun: whether
    anything was presented. subtitles: (frame, choice), from which frame on which text was over the pictures,
    in the order of the show."""

    def __init__(
        self,
        plan: ShowPlan,
        journal: Journal,
        *,
        start: int | None = None,
        rendered: frozenset[Role] = frozenset({"picture"}),
        eyes: Sequence[str | None] = ("left",),
        output: str = "null",
    ) -> None:
        self.begun = False
        self.subtitles: list[tuple[int, str]] = []
        self.plan = plan
        self.reels = [ReelBook(reel, journal, eyes) for reel in plan.reels]
        self.not_drawn: list[Text] = []
        self.runs, self.late_runs = Runs(), Runs()
        before = (start or plan.first) - plan.first
        self._passed = bytearray(b"\1" * before) + bytearray(plan.frames - before)
        self._seen = bytearray(self._passed)
        self._run: _Run | None = None
        self._journal, self._rendered = journal, rendered
        self._output = output

    @property
    def shown(self) -> int:
        return sum(reel.shown for reel in self.reels)

    @property
    def dropped(self) -> int:
        """Frames that were left out because they were late, and those that it never came to."""
        return sum(reel.late for reel in self.reels) + self._passed.count(0)

    @property
    def seen_all(self) -> bool:
        """Whether every frame that was asked for was shown at least once."""
        return not self._seen.count(0)

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
        late: bool = False,
    ) -> None:
        """A frame was shown, or left out because it was late; when what is played without a break ends, or
        its reel does, it is logged."""
        reel = self.reels[what.reel]
        if not self.begun:
            self._begin(what.frame)
        run = self._run_of(what.frame, reel)
        for taken in what.whole:
            reel.of(taken.track).take_whole(taken)
        for taken in what.taken:
            reel.of(taken.track).take(taken)
        for note in (*(said for _, said in what.notes), *notes):
            self._not_drawn(note)
        self.runs.add(what.frame)
        self._passed[what.frame - self.plan.first] = 1
        if late:
            self.late_runs.add(what.frame)
            reel.late += 1
            run.late += 1
        else:
            self._seen[what.frame - self.plan.first] = 1
            reel.shown += 1
            reel.black += black
            self._over_it(what, reel)
            picture = reel.picture
            if picture is not None:
                picture.marked = picture.marked or marked
                for eye, message in undecodable:
                    picture.undecodable(what.frame, message, eye)
        if what.frame == min(reel.plan.first + reel.plan.duration - 1, self.plan.last):
            self.finish()

    def finish(self) -> None:
        """Nothing follows on the last frame: log what was played up to it."""
        run, self._run = self._run, None
        if run is None:
            return
        for book, (units, damage) in zip(run.reel.tracks, run.before, strict=True):
            self._log(run, book, book.units - units, len(book.damage) - damage)

    def _begin(self, frame: int) -> None:
        self.begun = True
        self._journal.note(
            "Playout",
            "CPLStart",
            f"frames {frame} to {self.plan.last} to {self._output}",
            auth_id=WHO,
            first_frame=frame,
            last_frame=self.plan.last,
            output=self._output,
        )

    def _run_of(self, frame: int, reel: ReelBook) -> _Run:
        run = self._run
        if run is None or run.reel is not reel or frame != run.last + 1:
            self.finish()
            before = [(book.units, len(book.damage)) for book in reel.tracks]
            for book in reel.tracks:
                book.run_faults = _Faults()
            run = self._run = _Run(reel, frame, frame, before)
        run.last = frame
        return run

    def _over_it(self, what: Presentation, reel: ReelBook) -> None:
        """Which text was over a picture that was shown; that it was switched is logged."""
        choice = what.subtitles
        reel.choices.add(choice)
        before = self.subtitles[-1][1] if self.subtitles else None
        if choice == before or len(self.subtitles) >= MOST_CHOICES:
            return
        self.subtitles.append((what.frame, choice))
        if before is not None:
            message = f"subtitles {choice} from frame {what.frame} on, {before} before"
            self._journal.note("Player", "Subtitles", message, frame=what.frame, choice=choice)

    def _not_drawn(self, note: Text) -> None:
        """Once each, and no more than a report holds."""
        if note not in self.not_drawn and len(self.not_drawn) < MOST_NOTES:
            self.not_drawn.append(note)
            self._journal.note("Player", "NotRendered", str(note))

    def _log(self, run: _Run, book: TrackBook, units: int, damage: int) -> None:
        reel, track = run.reel, book.track
        self._journal.note(
            "Playout",
            "FrameSequencePlayed",
            f"reel {reel.plan.number}, {track.kind}: frames {run.first} to {run.last}"
            + (f", {damage} damaged runs" if damage else ""),
            exceptions=book.run_faults.exceptions(),
            auth_id=WHO,
            message_id=self._journal.message_id if track.encrypted else None,
            reel=reel.plan.number,
            track_file_id=str(track.asset_id),
            key_id=str(track.key.id) if track.key else None,
            first_frame=run.first,
            last_frame=run.last,
            units=units,
            mic=book.integrity,
            marked=book.marked,
            late=run.late,
            exceptions_left_out=book.run_faults.left_out or None,
        )

    def _is_rendered(self, reel: ReelBook, book: TrackBook) -> bool:
        if book.track.role == "text":
            drawn = any(book.track is chosen(reel.plan, choice) for choice in reel.choices)
            return "picture" in self._rendered and drawn
        return book.track.role in self._rendered

    def report(self) -> tuple[ReelReport, ...]:
        return tuple(
            ReelReport(
                number=reel.plan.number,
                id=str(reel.plan.id),
                first_frame=reel.plan.first,
                duration=reel.plan.duration,
                rate=reel.plan.rate,
                size=(reel.plan.width, reel.plan.height),
                frames_shown=reel.shown,
                frames_black=reel.black,
                frames_late=reel.late,
                tracks=tuple(book.report(rendered=self._is_rendered(reel, book)) for book in reel.tracks),
            )
            for reel in self.reels
        )
