"""A composition's picture on a report's page: its bit rate over time with the limit, frames in small."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from dcp.package.outline import CompositionOutline, TrackOutline, role_of
from dcp.reportpage.page import Curve, Shot, Shots, Step, Timeline, Words
from dcp.reportpage.render import clock
from dcp.texts.catalogue import text
from dcp.verify.finding import PictureSeen

COLUMNS = 600
"""Columns of a plot over the whole of a composition; each is as high as its highest frame."""
MAX_SHOTS = 24
SHORT = 120
"""Seconds; the frames of what is shorter are told apart by tenths."""


def with_rates(line: Timeline, film: CompositionOutline, pictures: Sequence[PictureSeen]) -> Timeline:
    """The timeline with the bit rates of its pictures below, where they are known."""
    by_file = {seen.file: seen for seen in pictures if seen.rates is not None and seen.rates.sizes}
    tracks = [track for track in _picture_tracks(film) if track.file in by_file and track.duration > 0]
    if not tracks:
        return line
    steps = [step for track in tracks for step in _steps(track, by_file[str(track.file)], line.length)]
    limits = list(_limits(tracks, by_file))
    most = sorted({round(limit.value) for limit in limits})
    label = text("page.bit-rate", limit=[str(value) for value in most])
    notes = tuple(_notes(dict.fromkeys(str(track.file) for track in tracks), by_file))
    curve = Curve(label, tuple(steps), tuple(limits), alt=text("page.bit-rate-alt", limit=str(max(most))))
    return replace(line, curves=(curve,), notes=notes)


def shots(film: CompositionOutline, pictures: Sequence[PictureSeen]) -> Shots | None:
    """Frames of the composition, by their times; None where none was decoded."""
    by_file = {seen.file: seen for seen in pictures}
    found: list[tuple[Fraction, Shot]] = []
    step = Fraction(1, 10) if film.seconds < SHORT else 1
    for track in _picture_tracks(film):
        seen = by_file.get(track.file or "")
        for each in seen.thumbnails if seen is not None else ():
            if track.entry_point <= each.frame < track.entry_point + track.duration:
                at = track.start + (each.frame - track.entry_point) / track.rate
                found.append((at, Shot(each.jpeg, each.width, each.height, clock(at, step))))
    found.sort(key=lambda one: one[0])
    chosen = (
        [found[n * len(found) // MAX_SHOTS] for n in range(MAX_SHOTS)] if len(found) > MAX_SHOTS else found
    )
    return Shots(tuple(shot for _, shot in chosen)) if chosen else None


def _picture_tracks(film: CompositionOutline) -> Iterator[TrackOutline]:
    for reel in film.reels:
        yield from (track for track in reel.tracks if role_of(track.kind) == "picture")


def _steps(track: TrackOutline, seen: PictureSeen, length: Fraction) -> Iterator[Step]:
    rates = seen.rates
    assert rates is not None
    first, last = track.entry_point, min(track.entry_point + track.duration, len(rates.sizes))
    count = last - first
    if count <= 0:
        return
    columns = max(1, min(count, round(COLUMNS * track.seconds / length)))
    for number in range(columns):
        start, end = first + number * count // columns, first + (number + 1) * count // columns
        peak = max(range(start, end), key=lambda frame: rates.sizes[frame])
        at, until = ((frame - first) / track.rate + track.start for frame in (start, end))
        yield Step(at, until, rates.mbps(peak))


def _limits(tracks: Iterable[TrackOutline], by_file: Mapping[str, PictureSeen]) -> Iterator[Step]:
    for track in tracks:
        rates = by_file[str(track.file)].rates
        assert rates is not None
        yield Step(track.start, track.start + track.seconds, float(rates.most_mbps))


def _notes(files: Iterable[str], by_file: Mapping[str, PictureSeen]) -> Iterator[Words]:
    """The figures of all of it, and that they are not exact where they are not."""
    all_rates = [rates for file in files if (rates := by_file[file].rates) is not None]
    peak = max(rates.mbps(number) for rates in all_rates for number in _largest(rates.sizes))
    frames = sum(len(rates.sizes) for rates in all_rates)
    mean = sum(rates.mean_mbps * len(rates.sizes) for rates in all_rates) / frames
    yield text("page.bit-rate-is", mean=mean, peak=peak)
    if not all(rates.exact for rates in all_rates):
        yield text("page.bit-rate-inexact")


def _largest(sizes: Sequence[int]) -> tuple[int, ...]:
    return (max(range(len(sizes)), key=lambda number: sizes[number]),) if sizes else ()
