"""Cuts out of timelines: OpenTimelineIO's .otio and edit decision lists (.edl). Cuts only.

One video track of whole frames is taken. What would need more than copying frames (transitions, changes of
speed, nested timelines, several tracks at once) is refused with its name and its place on the timeline.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from dcp.create.job.values import Gaps
from dcp.create.sources.facts import PictureFacts
from dcp.create.sources.media_paths import (
    find_media,
    is_single,
    media_path,
    numbers_in_folder,
    start_timecode,
)
from dcp.create.sources.timeline_files import parse_edl, parse_otio, text_of
from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.extras import need
from dcp.texts.catalogue import Text, text

TIMELINES = (".otio", ".edl")
MAX_CUTS = 10_000  # a film has some 2,000
MAX_FRAMES = 10_000_000  # four days

_ASSUMED_RATE = Fraction(24)
_NEAR = Fraction(1, 200)  # frames a second
_WHOLE = 0.01  # frames
_MOST_DIGITS = 40


@dataclass(frozen=True)
class Cut:
    """Frames [start, end) of a source, counted from its first; shown from frame `record` of the timeline.

    source: a file, or the folder of a sequence; None: black. name: that of the clip. still: the source is one
    picture that is held, `end` - `start` long.
    """

    source: Path | None
    start: int
    end: int
    record: int
    name: str = ""
    still: bool = False

    @property
    def frames(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class Timeline:
    """The cuts in order, one after another without a gap. rate: frames a second of all of them."""

    path: Path
    name: str
    rate: Fraction
    cuts: tuple[Cut, ...]
    decisions: tuple[Text, ...] = ()

    @property
    def frames(self) -> int:
        return sum(cut.frames for cut in self.cuts)

    @property
    def sources(self) -> tuple[Path, ...]:
        """Each source once, in order."""
        return tuple(dict.fromkeys(cut.source for cut in self.cuts if cut.source is not None))


def is_timeline(path: Path) -> bool:
    return path.suffix.lower() in TIMELINES


def read_timeline(path: Path, *, rate: Fraction | None = None, gaps: Gaps | None = None) -> Timeline:
    """The cuts of a timeline.

    rate: of an EDL, which does not say it; 24 is assumed without one. gaps: `black` fills gaps of the
    timeline, which are refused otherwise. SourceError for whatever is no cut, with its clip and record
    position, and for media that are not there or are no local files.
    """
    need("create", where=str(path))
    data = text_of(path)
    notes: list[Text] = []
    if path.suffix.lower() == ".edl":
        if rate is None:
            rate = _ASSUMED_RATE
            notes.append(text("plan.edl-rate", rate=_ASSUMED_RATE))
        timeline = parse_edl(path, data, rate)
    else:
        timeline = parse_otio(path, data)
    track = _video_track(path, timeline, notes)
    reading = _Reading(path, gaps, notes, edl=path.suffix.lower() == ".edl")
    cuts = tuple(reading.cuts(track))
    if not cuts:
        raise SourceError("timeline.empty", where=path)
    assert reading.rate is not None
    _sound(timeline, track, notes)
    return Timeline(path, str(timeline.name or path.stem), reading.rate, cuts, tuple(notes))


def check_cut(cut: Cut, facts: PictureFacts, timeline: Path) -> None:
    """SourceError where a cut wants frames that its source, now probed, has not."""
    if not cut.still and cut.end > facts.frames:
        raise SourceError(
            "timeline.past-end",
            where=timeline,
            clip=cut.name,
            record=cut.record,
            source=facts.path.name,
            last=cut.end - 1,
            n=facts.frames,
        )


# --- tracks -----


def _video_track(path: Path, timeline: Any, notes: list[Text]) -> Any:
    """The one video track that is on. SourceError for several, or for what is no track."""
    import opentimelineio as otio

    tracks, off = [], 0
    if timeline.tracks is None:
        raise SourceError("timeline.empty", where=path)
    for child in timeline.tracks:
        if not isinstance(child, otio.schema.Track):
            raise SourceError("timeline.nested", where=path, clip=child.name or "?", record=0)
        if child.kind == otio.schema.TrackKind.Video and len(child):
            if child.enabled:
                tracks.append(child)
            else:
                off += 1
    if off:
        notes.append(text("plan.timeline-tracks-off", n=off))
    if not tracks:
        raise SourceError("timeline.empty", where=path)
    if len(tracks) > 1:
        names = [track.name or f"V{number}" for number, track in enumerate(tracks, 1)]
        raise SourceError("timeline.several-tracks", where=path, names=names)
    return tracks[0]


def _sound(timeline: Any, video: Any, notes: list[Text]) -> None:
    """A line where the timeline's sound is not simply that of its pictures."""
    import opentimelineio as otio

    def shape(track: Any) -> list[tuple[str, str]]:
        return [(child.name, str(getattr(child, "source_range", None))) for child in track]

    sound = [
        each
        for each in timeline.tracks
        if isinstance(each, otio.schema.Track) and each.kind == otio.schema.TrackKind.Audio and len(each)
    ]
    if any(shape(each) != shape(video) for each in sound):
        notes.append(text("plan.timeline-sound-left", n=len(sound)))


class _Reading:
    """One pass over a track; it holds the rate of all cuts and where the next one lies."""

    def __init__(self, path: Path, gaps: Gaps | None, notes: list[Text], *, edl: bool) -> None:
        self.path, self.gaps, self.notes, self.edl = path, gaps, notes, edl
        self.rate: Fraction | None = None
        self.record = 0
        self.left: dict[str, None] = {}
        self.begins: dict[Path, int] = {}
        self.folders: dict[Path, Mapping[str, int]] = {}

    def cuts(self, track: Any) -> Iterator[Cut]:
        """SourceError at the first child of the track that is no cut."""
        if not self.edl and track.source_range is not None and track.source_range != track.available_range():
            raise SourceError("timeline.trimmed-track", where=self.path, name=track.name or "?")
        self._effects(track, track.name or "?")
        if len(track) > MAX_CUTS:
            raise SourceError("timeline.too-long", where=self.path, cuts=MAX_CUTS, frames=MAX_FRAMES)
        for child in track:
            cut = self._cut(child)
            if cut is None or not cut.frames:
                continue
            self.record += cut.frames
            if self.record > MAX_FRAMES:
                raise SourceError("timeline.too-long", where=self.path, cuts=MAX_CUTS, frames=MAX_FRAMES)
            yield cut
        if self.left:
            self.notes.append(text("plan.timeline-effects-left", names=tuple(self.left)))

    def _refused(self, id: str, clip: str, **places: object) -> SourceError:
        return SourceError(id, where=self.path, clip=clip, record=self.record, **places)  # type: ignore[arg-type]

    def _cut(self, child: Any) -> Cut | None:
        import opentimelineio as otio

        name = str(child.name or "?")
        if isinstance(child, otio.schema.Transition):
            raise self._refused("timeline.transition", name, kind=child.transition_type or "?")
        if isinstance(child, otio.schema.Gap):
            return self._gap(self._span(child.source_range, name)[1], name)
        if not isinstance(child, otio.schema.Clip):
            raise self._refused("timeline.nested", name)
        self._effects(child, name)
        media = child.media_reference
        available = media.available_range if media is not None else None
        span = child.source_range or available
        if span is None:
            raise self._refused("timeline.no-range", name)
        start, frames = self._span(span, name)
        if not child.enabled:
            return self._gap(frames, name)
        if isinstance(media, otio.schema.GeneratorReference):
            if media.generator_kind == "black":
                return Cut(None, 0, frames, self.record, name)
            raise self._refused("timeline.generator", name, kind=media.generator_kind or "?")
        first = self._first(available, span.duration.rate, name) if available is not None else None
        return self._of_media(child, media, start, frames, first, name)

    def _of_media(self, clip: Any, media: Any, start: int, frames: int, first: int | None, name: str) -> Cut:
        """first: the position that the timeline gives the media's first frame, None where it says none."""
        import opentimelineio as otio

        if isinstance(media, otio.schema.ImageSequenceReference):
            folder = self._path(media.target_url_base, name)
            if not 0 <= media.frame_zero_padding <= _MOST_DIGITS:
                raise self._refused("timeline.media-absent", name, media=str(folder))
            number = media.start_frame + (start - (first or 0)) // max(media.frame_step, 1)
            file = f"{media.name_prefix}{number:0{media.frame_zero_padding}d}{media.name_suffix}"
            if folder not in self.folders:
                self.folders[folder] = numbers_in_folder(folder)
            place = self.folders[folder].get(file)
            if place is None:
                raise self._refused("timeline.media-absent", name, media=str(folder / file))
            return Cut(folder, place, place + frames, self.record, name)
        if isinstance(media, otio.schema.ExternalReference):
            source = self._path(media.target_url, name)
        else:
            reel = dict(clip.metadata.get("cmx_3600", {})).get("reel")
            names = [each for each in (name, reel) if isinstance(each, str)]
            found = find_media(self.path.parent, names)
            if len(found) != 1:
                id = "timeline.media-several" if found else "timeline.media-unnamed"
                raise self._refused(id, name, names=names, folder=self.path.parent.name)
            source = found[0]
            self.notes.append(text("plan.timeline-media-found", clip=name, file=source.name))
        if not source.exists():
            raise self._refused("timeline.media-absent", name, media=str(source))
        if is_single(source):
            return Cut(source, 0, frames, self.record, name, still=True)
        at = start - (first if first is not None else self._begin(source))
        if at < 0:
            raise self._refused("timeline.before-start", name, source=source.name)
        return Cut(source, at, at + frames, self.record, name)

    def _first(self, available: Any, rate: float, name: str) -> int:
        """The position that the timeline gives the media's first frame; writers count it at any rate."""
        begin = float(available.start_time.value_rescaled_to(rate))
        if not abs(begin) <= MAX_FRAMES * 10:  # nor a number at all
            raise self._refused("timeline.part-frames", name)
        return round(begin)

    def _begin(self, source: Path) -> int:
        """The frame number that the media's own time code gives its first frame, 0 without one."""
        assert self.rate is not None
        if source not in self.begins:
            self.begins[source] = start_timecode(source, self.rate)
        return self.begins[source]

    def _path(self, url: str | None, name: str) -> Path:
        path = media_path(url or "", self.path.parent)
        if path is None:
            raise self._refused("timeline.media-remote", name, media=url or "?")
        return path

    def _gap(self, frames: int, name: str) -> Cut | None:
        if not frames:
            return None
        if self.gaps != "black":
            raise SourceError("timeline.gap", where=self.path, record=self.record, n=frames)
        self.notes.append(text("plan.timeline-gap-black", record=self.record, n=frames))
        return Cut(None, 0, frames, self.record, name)

    def _effects(self, item: Any, name: str) -> None:
        """SourceError for a change of speed; other effects are left out, and said."""
        import opentimelineio as otio

        for effect in item.effects:
            if isinstance(effect, otio.schema.TimeEffect):
                if isinstance(effect, otio.schema.LinearTimeWarp) and effect.time_scalar == 1:
                    continue
                raise self._refused("timeline.speed", name)
            self.left.setdefault(str(effect.name or effect.effect_name or "?"))

    def _span(self, span: Any, name: str) -> tuple[int, int]:
        """(first frame, frames) of a range. SourceError unless they are whole, at the rate of all cuts."""
        if span is None:
            raise self._refused("timeline.no-range", name)
        if self.rate is None:
            self.rate = _rate(span.duration.rate)
        for time in (span.duration, span.start_time):
            if time.value and (found := _rate(time.rate)) != self.rate:  # a 0 has no rate
                raise self._refused("timeline.rates", name, found=_shown(found), expected=_shown(self.rate))
        values = [time.value for time in (span.start_time, span.duration)]
        if any(not abs(value) <= MAX_FRAMES * 10 or abs(value - round(value)) > _WHOLE for value in values):
            raise self._refused("timeline.part-frames", name)
        if values[1] < 0:
            raise self._refused("timeline.no-range", name)
        return round(values[0]), round(values[1])


def _rate(value: float) -> Fraction:
    """Frames a second, exact: what was written with a few digits is the rate that is meant."""
    if not 0 < value < 1000:
        return Fraction(0)
    for nominal in (24, 30, 48, 60, 96, 120):
        if abs(Fraction(value) - Fraction(nominal * 1000, 1001)) < _NEAR:
            return Fraction(nominal * 1000, 1001)
    return Fraction(value).limit_denominator(1001)


def _shown(rate: Fraction) -> str:
    return f"{float(rate):.6g}"
