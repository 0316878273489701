"""One track being played: its units read, decrypted and checked in step with the frames of the show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from dcp.mxf.reader import MicPolicy, TrackFile, Unit
from player.log.event import exception_of
from player.log.journal import Journal
from player.plan import ReelPlan, Role, Track
from player.report import Damage, Integrity, TrackReport
from player.texts import DOCUMENT, TextFile, loose_faults

Place = Literal["black", "silence", "nothing"]

IN_PLACE: dict[Role, Place] = {
    "picture": "black",
    "sound": "silence",
    "text": "nothing",
    "data": "nothing",
}
"""What is shown instead of a damaged unit: it is logged, and playback goes on (DCSS 9.7.7)."""

EYES_SHOWN = (None, "left")


class TrackRun:
    """The state of one track in one reel. Damaged units are logged as they are met and kept as runs."""

    def __init__(self, track: Track, *, reel: ReelPlan, mic: MicPolicy, journal: Journal) -> None:
        self.track = track
        self.units_read = 0
        self.damage: list[Damage] = []
        self.marked = False
        self._reel = reel
        self._mic = mic
        self._journal = journal
        self._states: set[str] = set()
        self._failed = False
        self._units: Iterator[Unit] = iter(())
        self._held: Unit | None = None  # read, but of a later frame

    def begin(self, file: TrackFile, first: int, last: int) -> None:
        """Go to composition frame `first`; `last` is the last that will be asked for in this reel."""
        track = self.track
        offset = track.entry_point - self._reel.first
        start, stop = (first + offset, last + offset + 1) if track.in_step else (0, None)
        self._units = file.units(start, stop, key=track.key, mic=self._mic)
        if track.role == "text" and track.header is not None:
            self._whole_text(TextFile(track.header), first, last)
        elif not track.in_step:
            for unit in self._units:
                self._take(unit, first, last)

    def begin_loose(self, first: int, last: int) -> None:
        """An Interop subtitle is no track file: its document is read, its fonts and pictures looked for."""
        faults, found = loose_faults(self.track.path)
        self.units_read += found
        self._failed = bool(faults)
        for reason, fault in faults:
            self._blame(first, last, 0, reason, fault.say(), None)

    def _whole_text(self, text: TextFile, first: int, last: int) -> None:
        """Of a text each unit stands for the whole reel."""
        for unit in self._units:
            if not self._take(unit, first, last):
                text.damaged(unit)
                continue
            fault = text.document(unit, self.track.path)
            if fault is not None:
                self._failed = True
                self._blame(first, last, unit.index, DOCUMENT, fault.say(), None)
        for reason, fault in text.missing():
            self._failed = True
            self._blame(first, last, self.units_read, reason, fault.say(), None)

    def step(self, frame: int) -> bytes | None:
        """Read what belongs to composition frame `frame`; returns the picture unit to show, if it is right.

        Of a stereoscopic pair both eyes are checked and the left is shown.
        """
        track = self.track
        if not track.in_step:
            return None
        shown = None
        number = frame - self._reel.first + track.entry_point
        for eye in ("left", "right") if track.stereo else (None,):
            unit = self._held or next(self._units, None)
            self._held = None
            if unit is None or (unit.index, unit.eye) != (number, eye):
                self._held = unit
                self._failed = True
                self._blame(frame, frame, number, "structure", "the file does not hold the unit", eye)
            elif self._take(unit, frame, frame) and track.role == "picture" and eye in EYES_SHOWN:
                shown = bytes(unit.data)
        return shown

    def undecodable(self, frame: int, message: str) -> None:
        """A picture unit that was right as bytes and is no picture."""
        unit = frame - self._reel.first + self.track.entry_point
        self._blame(frame, frame, unit, "codestream", message, None)

    def _take(self, unit: Unit, first: int, last: int) -> bool:
        """Count a unit; whether it is right."""
        self.units_read += 1
        if unit.fault is None:
            self._states.add(unit.mic)
            return True
        self._failed = True
        self._blame(first, last, unit.index, unit.fault.reason, unit.fault.message, unit.eye)
        return False

    def _blame(self, first: int, last: int, unit: int, reason: str, message: str, eye: str | None) -> None:
        track = self.track
        shown_as = IN_PLACE[track.role] if eye in EYES_SHOWN else "nothing"
        self._journal.note(
            "Playout",
            "FrameSequencePlayed",
            f"reel {self._reel.number}, {track.kind} unit {unit}: {message}",
            exception=exception_of(reason),
            reason=reason,
            track_file_id=str(track.asset_id),
            key_id=str(track.key.id) if track.key else None,
            first_frame=first,
            last_frame=last,
            unit=unit,
            eye=eye,
            shown_as=shown_as,
        )
        for place, run in enumerate(reversed(self.damage[-2:]), 1):
            # of a pair the left eye's run and the right eye's run grow side by side
            if (run.reason, run.eye, run.last_frame) == (reason, eye, first - 1):
                self.damage[-place] = replace(run, last_frame=last)
                return
        self.damage.append(
            Damage(
                first_frame=first,
                last_frame=last,
                first_unit=unit,
                reason=reason,
                exception=exception_of(reason),
                message=message,
                shown_as=shown_as,
                eye=eye,
            )
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

    def report(self) -> TrackReport:
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
            units_read=self.units_read,
            mic=self.integrity,
            rendered=track.role == "picture",
            marked=self.marked,
            damaged=tuple(sorted(self.damage, key=lambda run: run.first_frame)),
        )
