"""What was played, frame-accurate: as JSON (`dcpkit.play/1`), as HTML, as lines for a terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from dcp.dataclass import dataclass
from dcp.output import write_finished
from player.log.event import Event

SCHEMA = "dcpkit.play/1"

Verdict = Literal["complete", "stopped", "refused"]
Integrity = Literal["ok", "failed", "none", "off", "clear", "unread"]


@dataclass(frozen=True)
class Damage:
    """A run of units with the same fault. Frames count over the composition, from 0, both ends included."""

    first_frame: int
    last_frame: int
    first_unit: int
    reason: str
    exception: str
    message: str
    shown_as: Literal["black", "silence", "nothing"]
    eye: str | None = None


@dataclass(frozen=True)
class TrackReport:
    """One track file of a reel, as far as it was played. Edit units count from the start of the file.

    mic: how the integrity of its units stood: "ok" all checked and right, "failed", "none" the file
    carries no codes, "off" not asked for, "clear" the track is not encrypted, "unread".
    """

    kind: str
    asset_id: str
    file: str | None
    encrypted: bool
    key_id: str | None
    edit_rate: Fraction
    entry_point: int
    duration: int
    units_read: int
    mic: Integrity
    rendered: bool
    marked: bool
    damaged: tuple[Damage, ...] = ()


@dataclass(frozen=True)
class ReelReport:
    """One reel: first_frame in the composition, its duration, and how many of its frames were shown."""

    number: int
    id: str
    first_frame: int
    duration: int
    frames_shown: int
    frames_black: int
    tracks: tuple[TrackReport, ...]


@dataclass(frozen=True)
class MarkReport:
    """picture, sound: whether any frame or sample was marked; `why_not` says why when it was not."""

    picture: bool
    sound: bool
    picture_why_not: str | None
    sound_why_not: str | None
    location: int | None = None
    time_index: int | None = None


@dataclass(frozen=True)
class PlayReport:
    """The answer of `play`. frames_dropped: asked for, not shown; damaged ones are shown black instead."""

    cpl_id: str
    title: str | None
    verdict: Verdict
    output: str
    encoding: str
    rate: Fraction | None
    size: tuple[int, int] | None
    first_frame: int
    frames_shown: int
    frames_dropped: int
    mark: MarkReport
    reels: tuple[ReelReport, ...]
    events: tuple[Event, ...]
    events_left_out: int = 0
    not_checked: tuple[str, ...] = ()
    not_rendered: tuple[str, ...] = ()
    kdm: dict[str, Any] | None = None

    @property
    def marked(self) -> bool:
        return self.mark.picture

    @property
    def damaged(self) -> bool:
        return any(track.damaged for reel in self.reels for track in reel.tracks)

    @property
    def exit_code(self) -> int:
        """0 when everything was shown as it should be, 1 otherwise."""
        return 0 if self.verdict == "complete" and not self.damaged else 1

    def document(self) -> dict[str, Any]:
        """The report as JSON of CLI.md."""
        return {
            "schema": SCHEMA,
            "cpl_id": self.cpl_id,
            "title": self.title,
            "verdict": self.verdict,
            "output": self.output,
            "encoding": self.encoding,
            "rate": _rate(self.rate),
            "size": list(self.size) if self.size else None,
            "first_frame": self.first_frame,
            "frames_shown": self.frames_shown,
            "frames_dropped": self.frames_dropped,
            "marked": self.marked,
            "mark": _plain(self.mark),
            "reels": [_reel(reel) for reel in self.reels],
            "events": [event.document() for event in self.events],
            "events_left_out": self.events_left_out,
            "not_checked": list(self.not_checked),
            "not_rendered": list(self.not_rendered),
            "kdm": self.kdm,
        }

    def lines(self) -> Sequence[str]:
        """The report for a terminal."""
        return [
            f"{self.title or self.cpl_id}: {self.verdict}, {self.frames_shown} frames shown"
            + (f", {self.frames_dropped} dropped" if self.frames_dropped else ""),
            *(_failed_steps(self.kdm) if self.kdm else ()),
            *(line for reel in self.reels for line in _reel_lines(reel)),
            "marked: "
            + (
                f"picture, location {self.mark.location}, time index {self.mark.time_index}"
                if self.marked
                else f"no ({self.mark.picture_why_not})"
            ),
            *(f"not rendered: {what}" for what in self.not_rendered),
            *(f"not checked: {what}" for what in self.not_checked),
        ]


def write_report(report: PlayReport, path: Path) -> None:
    """Write the report: HTML when the name ends in .html or .htm, JSON otherwise."""
    if path.suffix.lower() in (".html", ".htm"):
        text = to_html(report)
    else:
        text = json.dumps(report.document(), indent=1, ensure_ascii=False) + "\n"
    write_finished(path, text.encode())


def to_html(report: PlayReport) -> str:
    """The report as one self-contained page; every value is escaped."""
    import jinja2

    template = files("player").joinpath("templates/play.html.j2").read_text("utf-8")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template).render(report=report.document())


def _reel(reel: ReelReport) -> dict[str, Any]:
    return {
        "number": reel.number,
        "id": reel.id,
        "first_frame": reel.first_frame,
        "duration": reel.duration,
        "frames_shown": reel.frames_shown,
        "frames_black": reel.frames_black,
        "tracks": [
            {
                **_plain(track),
                "edit_rate": _rate(track.edit_rate),
                "damaged": [_plain(damage) for damage in track.damaged],
            }
            for track in reel.tracks
        ],
    }


def _plain(value: MarkReport | TrackReport | Damage) -> dict[str, Any]:
    return dict(vars(value))


def _rate(rate: Fraction | None) -> str | None:
    return f"{rate.numerator} {rate.denominator}" if rate is not None else None


def _reel_lines(reel: ReelReport) -> list[str]:
    keys = sum(track.encrypted for track in reel.tracks)
    head = (
        f"reel {reel.number}: {reel.frames_shown} of {reel.duration} frames,"
        f" {len(reel.tracks)} tracks, {keys} encrypted"
    )
    return [
        head,
        *(
            f"  {track.kind} frame {_span(damage)}: {damage.message} ({damage.exception}), {damage.shown_as}"
            for track in reel.tracks
            for damage in track.damaged
        ),
    ]


def _span(damage: Damage) -> str:
    if damage.first_frame == damage.last_frame:
        return str(damage.first_frame)
    return f"{damage.first_frame} to {damage.last_frame}"


def _failed_steps(kdm: dict[str, Any]) -> list[str]:
    """The steps of the KDM's checklist that failed, and what to do."""
    failed = [f"{step['id']}: {step['message']}" for step in kdm["steps"] if step["result"] == "fail"]
    return [*failed, f"what to do: {kdm['remedy']}"] if failed else []
