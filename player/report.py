"""What was played, frame-accurate: as JSON (`dcpkit.play/1`), as HTML, as lines for a terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from dcp.dataclass import dataclass
from dcp.output import write_finished
from dcp.package.outline import CompositionOutline
from dcp.texts.catalogue import Language, Text, text
from kdm.checklist import KdmReport
from player.gamut import ColourReport
from player.ingest import Ingest
from player.kdm_store import KdmUse
from player.log.event import Event
from player.quality import QualityReport

SCHEMA = "dcpkit.play/1"
MOST_KDM_LINES = 8
"""KDMs that are named on a terminal; the files of the report name more."""
MOST_SWITCHES = 20
"""Of subtitles, as lines of their own."""
MOST_WRONG_FILES = 20
"""Files that are not as packed, named on a terminal."""

Verdict = Literal["complete", "damaged", "stopped", "refused"]
"""complete: to the end, and every unit was right; damaged: to the end, and some were not."""
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
class Samples:
    """Of each channel of a sound track, in the frames that were presented: those that were right, and those
    that silence stands for. A frame that was presented twice counts twice."""

    played: int
    silent: int

    @property
    def expected(self) -> int:
        return self.played + self.silent

    def document(self) -> dict[str, int]:
        """As JSON."""
        return {"expected": self.expected, "played": self.played, "silent": self.silent}


@dataclass(frozen=True)
class SoundReport:
    """How sound was heard. route: as it was asked for; channels: that were heard, of `sample_rate`. clipped:
    samples that sums would have had beyond full scale and that stand at it. said: what the route does."""

    route: str
    channels: int
    sample_rate: int
    clipped: int
    said: tuple[Text, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {**vars(self), "said": [str(each) for each in self.said]}


@dataclass(frozen=True)
class TrackReport:
    """One track file of a reel, as far as it was played. Edit units count from the start of the file.

    mic: how the integrity of its units stood: "ok" all checked and right, "failed", "none" the file
    carries no codes, "off" not asked for, "clear" the track is not encrypted, "unread". samples: of sound.
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
    samples: Samples | None = None


@dataclass(frozen=True)
class ReelReport:
    """One reel: first_frame in the composition, its duration, its rate, the size of its picture, and how many
    of its frames were shown."""

    number: int
    id: str
    first_frame: int
    duration: int
    rate: Fraction
    size: tuple[int, int]
    frames_shown: int
    frames_black: int
    tracks: tuple[TrackReport, ...]
    frames_late: int = 0


@dataclass(frozen=True)
class MarkReport:
    """picture, sound: whether any frame or sample was marked; `why_not` says why when it was not. dither:
    that marked frames came to 8 or 10 bits with dither, how and why."""

    picture: bool
    sound: bool
    picture_why_not: Text | None
    sound_why_not: Text | None
    location: int | None = None
    time_index: int | None = None
    dither: Text | None = None


@dataclass(frozen=True)
class PlayReport:
    """The answer of `play`. frames_shown: one that is shown twice counts twice. frames_dropped: asked for,
    not shown; damaged ones are shown black instead. runs: (first, last) of what was played without a break,
    in the order of the show; late: of what was left out of it because it came too late. subtitles: (frame,
    choice), from which frame on which text was drawn, where a screen sees. quality: how
    the frames were decoded. colours: what of them the display lacked.

    kdm: the checklist's report as JSON, judged: the same as values. kdms: what became of each message that
    there was, the one that is meant first. ingest: how the files stood against the packing lists, None when
    that was not asked for. package: the folder's name.
    """

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
    not_checked: tuple[Text, ...] = ()
    not_rendered: tuple[Text, ...] = ()
    runs: tuple[tuple[int, int], ...] = ()
    late: tuple[tuple[int, int], ...] = ()
    runs_left_out: int = 0
    quality: QualityReport = QualityReport()
    colours: ColourReport = ColourReport()
    kdm: dict[str, Any] | None = None
    package: str | None = None
    film: CompositionOutline | None = None
    judged: KdmReport | None = field(default=None, repr=False)
    kdms: tuple[KdmUse, ...] = ()
    kdms_left_out: int = 0
    ingest: Ingest | None = None
    sound: SoundReport | None = None
    subtitles: tuple[tuple[int, str], ...] = ()

    @property
    def marked(self) -> bool:
        return self.mark.picture

    @property
    def damaged(self) -> bool:
        return any(track.damaged for reel in self.reels for track in reel.tracks)

    @property
    def exit_code(self) -> int:
        """0 when everything was shown as it should be, 1 otherwise."""
        return 0 if self.verdict == "complete" else 1

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
            "runs": [list(run) for run in self.runs],
            "late": [list(run) for run in self.late],
            "runs_left_out": self.runs_left_out,
            "quality": self.quality.document(),
            "colours": self.colours.document(),
            "marked": self.marked,
            "mark": _plain(self.mark),
            "reels": [_reel(reel) for reel in self.reels],
            "events": [event.document() for event in self.events],
            "events_left_out": self.events_left_out,
            "not_checked": [str(what) for what in self.not_checked],
            "not_rendered": [str(what) for what in self.not_rendered],
            "kdm": self.kdm,
            "kdms": [use.document() for use in self.kdms],
            "kdms_left_out": self.kdms_left_out,
            "sound": self.sound.document() if self.sound is not None else None,
            "ingest": self.ingest.document() if self.ingest is not None else None,
            "subtitles": [{"from": frame, "choice": choice} for frame, choice in self.subtitles],
        }

    def headline(self) -> Text:
        """The verdict in a few words."""
        return text("play.verdict." + self.verdict)

    def lines(self, language: Language = "en") -> Sequence[str]:
        """The report for a terminal: the verdict first."""
        shown = text("play.shown", n=self.frames_shown)
        dropped = self.missing()
        first = text(
            "play.headline", verdict=self.headline(), title=self.title or self.cpl_id, all=(shown, *dropped)
        )
        return [
            first.say(language),
            *(line.say(language) for line in self.left_lines()),
            *self._refusals(language),
            *(line.say(language) for line in self.kdm_lines()),
            *(line.say(language) for line in self.ingest_lines()),
            *(line.say(language) for reel in self.reels for line in _reel_lines(reel)),
            *(line.say(language) for line in self.form_lines()),
            self.marked_words().say(language),
            *([self.mark.dither.say(language)] if self.mark.dither is not None else []),
            *(line.say(language) for line in (*self.quality.lines(), *self.colours.lines())),
            *(line.say(language) for line in (*self.sound_lines(), *self.text_lines())),
            *(text("play.not-rendered-line", what=what).say(language) for what in self.not_rendered),
            *(text("play.not-checked-line", what=what).say(language) for what in self.not_checked),
        ]

    def missing(self) -> tuple[Text, ...]:
        """Of the frames that were asked for: how many were left out, and how many were never come to."""
        late = sum(reel.frames_late for reel in self.reels)
        rest = self.frames_dropped - late
        return (
            *((text("play.dropped", n=late),) if late else ()),
            *((text("play.not-reached", n=rest),) if rest else ()),
        )

    def left_lines(self) -> list[Text]:
        """That there is no file of a show that was stopped, where one was asked for."""
        files = [one for one in self.output.split(", ") if ":" in one and not one.endswith(":-")]
        return [text("play.no-output-left")] if self.verdict == "stopped" and files else []

    def marked_words(self) -> Text:
        """Whether the picture was marked, with what, or why not."""
        mark = self.mark
        if self.marked:
            return text("play.marked", location=mark.location, time_index=mark.time_index)
        return text("play.not-marked", why=mark.picture_why_not or "")

    def sound_lines(self) -> list[Text]:
        """What was done to the sound, where it is not heard as it stands."""
        sound = self.sound
        if sound is None:
            return []
        return [*sound.said, *((text("play.clipped", n=sound.clipped),) if sound.clipped else ())]

    def text_lines(self) -> list[Text]:
        """Which text was drawn from which frame on, where it was switched."""
        if len(self.subtitles) < 2:
            return []
        more = len(self.subtitles) - MOST_SWITCHES
        return [
            *(
                text("play.subtitles-from", choice=choice, frame=frame)
                for frame, choice in self.subtitles[:MOST_SWITCHES]
            ),
            *((text("play.subtitles-more", n=more),) if more > 0 else ()),
        ]

    def ingest_lines(self) -> list[Text]:
        """How the files stood against the packing lists; what to do when one is not as packed."""
        found = self.ingest
        if found is None:
            return []
        if not found.wrong:
            return [
                text("play.ingested", files=found.files, mb=found.bytes / 1e6, remembered=found.remembered)
            ]
        more = len(found.wrong) - MOST_WRONG_FILES
        return [
            *(
                text("play.wrong-file", file=each.file, why=each.why)
                for each in found.wrong[:MOST_WRONG_FILES]
            ),
            *((text("play.wrong-files-more", n=more),) if more > 0 else ()),
            text("play.what-to-do", remedy=text("play.copy-again")),
        ]

    def means(self) -> Text:
        """What the verdict is, in a sentence."""
        if self.verdict == "refused" and self.ingest is not None and self.ingest.wrong:
            return text("play.means-wrong-files", n=len(self.ingest.wrong))
        return text("play.means." + self.verdict)

    def form_lines(self) -> list[Text]:
        """Where size or rate changed from one reel to the next that was played."""
        played = [reel for reel in self.reels if reel.frames_shown]
        return [
            text(
                "play.form-changed",
                reel=reel.number,
                width=reel.size[0],
                height=reel.size[1],
                rate=str(reel.rate),
            )
            for before, reel in pairwise(played)
            if (before.size, before.rate) != (reel.size, reel.rate)
        ]

    def kdm_lines(self) -> list[Text]:
        """Which KDM is used and why the others are not; nothing where there was no choice."""
        if len(self.kdms) < 2 and not self.kdms_left_out:
            return []
        more = max(0, len(self.kdms) - MOST_KDM_LINES) + self.kdms_left_out
        return [
            *(text("play.kdm-line", file=use.file, why=use.why) for use in self.kdms[:MOST_KDM_LINES]),
            *((text("play.kdms-more", n=more),) if more else ()),
        ]

    def _refusals(self, language: Language) -> list[str]:
        """The steps of the KDM's checklist that failed, and what to do about the first."""
        if self.judged is None or not self.judged.refusals:
            return []
        refusals = self.judged.refusals
        said = [text("play.step", step=each.step, said=each.text(language)) for each in refusals]
        remedy = text("play.what-to-do", remedy=refusals[0].remedy(language))
        return [each.say(language) for each in (*said, remedy)]


def write_report(report: PlayReport, path: Path, *, language: Language = "en", made: str = "dcpkit") -> None:
    """Write the report: HTML when the name ends in .html or .htm, JSON otherwise.

    language, made: of the page; made is by which tool and when, for its foot.
    """
    if path.suffix.lower() in (".html", ".htm"):
        words = to_html(report, language=language, made=made)
    else:
        words = json.dumps(report.document(), indent=1, ensure_ascii=False) + "\n"
    write_finished(path, words.encode())


def to_html(report: PlayReport, *, language: Language = "en", made: str = "dcpkit") -> str:
    """The report as one self-contained page; every value is escaped."""
    from dcp.reportpage.render import render
    from player.page import page

    return render(page(report, made=made, language=language), language)


def _reel(reel: ReelReport) -> dict[str, Any]:
    return {
        "number": reel.number,
        "id": reel.id,
        "first_frame": reel.first_frame,
        "duration": reel.duration,
        "rate": _rate(reel.rate),
        "size": list(reel.size),
        "frames_shown": reel.frames_shown,
        "frames_black": reel.frames_black,
        "frames_late": reel.frames_late,
        "tracks": [
            {
                **_plain(track),
                "edit_rate": _rate(track.edit_rate),
                "damaged": [_plain(damage) for damage in track.damaged],
                "samples": track.samples.document() if track.samples is not None else None,
            }
            for track in reel.tracks
        ],
    }


def _plain(value: MarkReport | TrackReport | Damage) -> dict[str, Any]:
    return {name: str(each) if isinstance(each, Text) else each for name, each in vars(value).items()}


def _rate(rate: Fraction | None) -> str | None:
    return f"{rate.numerator} {rate.denominator}" if rate is not None else None


def _reel_lines(reel: ReelReport) -> list[Text]:
    keys = sum(track.encrypted for track in reel.tracks)
    head = text(
        "play.reel-line",
        n=reel.number,
        shown=reel.frames_shown,
        all=reel.duration,
        tracks=len(reel.tracks),
        encrypted=keys,
    )
    return [
        head,
        *(
            text("play.damage-line", kind=track.kind, frames=span(damage), damage=damage_words(damage))
            for track in reel.tracks
            for damage in track.damaged
        ),
    ]


def damage_words(damage: Damage) -> Text:
    """What is wrong with the units, and what was shown instead."""
    return text(
        "play.damage",
        said=text("play.damage." + damage.reason.replace("_", "-")),
        exception=damage.exception,
        instead=text("play.instead." + damage.shown_as),
    )


def span(damage: Damage) -> Text:
    """Which frames of the composition it is."""
    one = damage.first_frame == damage.last_frame
    frames = text("play.frame" if one else "play.frames", first=damage.first_frame, last=damage.last_frame)
    return text("play.frames-eye." + damage.eye, frames=frames) if damage.eye else frames
