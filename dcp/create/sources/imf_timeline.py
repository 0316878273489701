"""The virtual tracks of an IMF composition on one clock: which stretch of which track file plays when.

A segment's sequences last equally long (ST 2067-3), so that each segment begins at one time in all of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from dcp.create.sources.imf import ImfSource
from dcp.dataclass import dataclass
from dcp.documents.imf import IMAGE, MARKERS, SOUND, Resource
from dcp.documents.imf import Sequence as ImfSequence
from dcp.errors import SourceError


@dataclass(frozen=True)
class Part:
    """A resource with its file. place: in the playlist. start: seconds from the composition's beginning."""

    resource: Resource
    path: Path
    start: Fraction
    place: str


def check_own(part: Part, found: uuid.UUID | None) -> None:
    """SourceError for a file that is another than the playlist names: an asset map says what lies where, and
    nobody signs it. found: the id in the file."""
    expected = part.resource.track_file
    if found != expected:
        raise SourceError("rework.other-asset", where=part.path, found=found or "-", expected=expected)


@dataclass(frozen=True)
class VirtualTrack:
    """kind: of its sequences. segments: the parts of each segment."""

    id: uuid.UUID
    kind: str
    segments: tuple[tuple[Part, ...], ...]

    @property
    def parts(self) -> Iterator[Part]:
        return (part for segment in self.segments for part in segment)


@dataclass(frozen=True)
class LeftTrack:
    """A virtual track that is no picture, no sound and no markers. files: by name. whole: it is one file,
    played from its beginning, so that its times are those of the composition."""

    kind: str
    files: tuple[str, ...]
    whole: bool


@dataclass(frozen=True)
class ImfTimeline:
    """picture; sounds: in the order of the first segment. starts: of the segments, in seconds; seconds: of
    the whole. markers: label and seconds. left: all other tracks."""

    source: ImfSource
    picture: VirtualTrack
    sounds: tuple[VirtualTrack, ...]
    starts: tuple[Fraction, ...]
    seconds: Fraction
    markers: tuple[tuple[str, Fraction], ...]
    left: tuple[LeftTrack, ...]


def timeline_of(source: ImfSource) -> ImfTimeline:
    """What plays when. SourceError, DcpError for what is no film: no picture or several, a track that is not
    in every segment, sequences of a segment that differ in length, a file that is not there or encrypted."""
    segments = source.composition.segments
    kinds: dict[uuid.UUID, str] = {}
    rows: dict[uuid.UUID, list[ImfSequence | None]] = {}
    for number, segment in enumerate(segments):
        for sequence in segment.sequences:
            if kinds.setdefault(sequence.track, sequence.kind) != sequence.kind:
                raise SourceError(
                    "imf.track-of-two-kinds", where=source.at(sequence.place), one=kinds[sequence.track],
                    other=sequence.kind,
                )  # fmt: skip
            row = rows.setdefault(sequence.track, [None] * len(segments))
            row[number] = sequence
    images = [track for track, kind in kinds.items() if kind == IMAGE]
    if len(images) != 1:
        id = "imf.pictures" if images else "imf.no-picture"
        raise SourceError(id, where=source.path, n=len(images))
    starts, seconds = _starts(source, rows[images[0]])
    picture = _track(source, images[0], IMAGE, rows[images[0]], starts)
    sounds = tuple(
        _track(source, track, SOUND, rows[track], starts, _lengths(starts, seconds))
        for track, kind in kinds.items()
        if kind == SOUND
    )
    return ImfTimeline(
        source, picture, sounds, starts, seconds, tuple(_markers(source, starts)), tuple(_left(source))
    )


# --- how it is done -----


def _starts(source: ImfSource, row: Sequence[ImfSequence | None]) -> tuple[tuple[Fraction, ...], Fraction]:
    """When each segment begins, by its picture, and when the last one ends."""
    starts, at = [], Fraction(0)
    for number, sequence in enumerate(row, start=1):
        if sequence is None:
            raise SourceError("imf.segment-without", where=source.path, number=number, kind=IMAGE)
        starts.append(at)
        at += sequence.seconds
    return tuple(starts), at


def _lengths(starts: Sequence[Fraction], seconds: Fraction) -> tuple[Fraction, ...]:
    return tuple(end - start for start, end in zip(starts, (*starts[1:], seconds), strict=True))


def _track(
    source: ImfSource,
    id: uuid.UUID,
    kind: str,
    row: Sequence[ImfSequence | None],
    starts: Sequence[Fraction],
    lengths: Sequence[Fraction] | None = None,
) -> VirtualTrack:
    """lengths: of the segments' pictures, from which the track's may differ by less than a frame: where
    samples do not go into a frame, writers round."""
    frame = 1 / source.composition.edit_rate
    segments = []
    for number, (sequence, start) in enumerate(zip(row, starts, strict=True)):
        if sequence is None:
            raise SourceError("imf.segment-without", where=source.path, number=number + 1, kind=kind)
        if lengths is not None and abs(sequence.seconds - lengths[number]) >= frame:
            raise SourceError(
                "imf.lengths", where=source.at(sequence.place), sound=float(sequence.seconds),
                picture=float(lengths[number]),
            )  # fmt: skip
        segments.append(tuple(_parts(source, sequence, start)))
    return VirtualTrack(id, kind, tuple(segments))


def _parts(source: ImfSource, sequence: ImfSequence, start: Fraction) -> Iterator[Part]:
    for resource in sequence.resources:
        where = source.at(resource.place)
        if resource.stereo:
            raise SourceError("imf.stereo", where=where)
        if resource.key_id is not None:
            raise SourceError("imf.encrypted", where=where)
        if resource.track_file is None:
            raise SourceError("imf.no-track-file", where=where)
        yield Part(resource, source.file(resource.track_file, resource.place), start, resource.place)
        start += resource.seconds


def _markers(source: ImfSource, starts: Sequence[Fraction]) -> Iterator[tuple[str, Fraction]]:
    """Those that fall into what their resource plays."""
    for segment, start in zip(source.composition.segments, starts, strict=True):
        for sequence in segment.sequences:
            if sequence.kind != MARKERS:
                continue
            at = start
            for resource in sequence.resources:
                for marker in resource.markers:
                    inside = marker.offset - resource.entry_point
                    if 0 <= inside < resource.duration:
                        yield marker.label, at + inside / resource.edit_rate
                at += resource.seconds


def _left(source: ImfSource) -> Iterator[LeftTrack]:
    """A virtual track at a time; of a file that is not there the id."""
    found: dict[uuid.UUID, tuple[str, list[Resource]]] = {}
    for segment in source.composition.segments:
        for sequence in segment.sequences:
            if sequence.kind not in (IMAGE, SOUND, MARKERS):
                found.setdefault(sequence.track, (sequence.kind, []))[1].extend(sequence.resources)
    for kind, resources in found.values():
        paths = {
            each.track_file: source.package.locate(each.track_file)
            for each in resources
            if each.track_file is not None
        }
        names = tuple(path.name if path is not None else str(id) for id, path in paths.items())
        (first, *more) = resources
        yield LeftTrack(kind, names, not more and first.entry_point == 0 and first.repeat == 1)
