"""Reading with the film at hand: where a recording lies in the film, and what it says there.

The film says which part of it each piece of a recording is, and how the picture lies in the picture. It does
not have the last word about time: water, fog and things at rest look like themselves at any time. So a piece
is read along the path that fits the film best and along the straight line, earlier and later and wherever
else the film looks the same, and the pilots, which know nothing of the words, choose. `read` does what needs
no secret; `informed_candidates` gives the judge few whole hypotheses, each of which counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Text, text
from watermark.carrier import (
    LOCATION_CELLS,
    SEGMENT_SECONDS,
    TIME_CELLS,
    Schedule,
    chip_mixes,
    schedule,
)
from watermark.features import Features
from watermark.fitting import (
    Geometry,
    Registered,
    find_geometry,
    guess_of,
    in_step,
    line,
    registered,
    registered_spans,
    sane,
    settle,
    track,
)
from watermark.index import FilmIndex
from watermark.judge import pilot_score
from watermark.observation import Candidate, Observation, Place, joined
from watermark.observe import observe
from watermark.placing import SPEEDS, Piece, View, pieces_of, views_of
from watermark.recorded import Recorded
from watermark.secret import Secret

Tell = Callable[[Text], None]

_SPAN_SECONDS = 60.0  # pieces are read in parts of that length at the most
_VIEWS = 4  # that features are tried at, the most similar first
_SURE_INLIERS = 60
_ROUNDS = 2  # of geometry and time in turns
_BENT = 0.25  # frames that a path is off the straight line, on the average, to be read along both
_TIMES = 24  # steps a second in which pilots look for a time
_SHIFT_SECONDS = 2.0
_BETTER = 1.0  # by which pilots must be stronger elsewhere
_PLACES = 3  # times that pilots propose for a piece
_GUESS_SECONDS = 300  # of a place that was found without the film, at the most


@dataclass(frozen=True)
class Track:
    """One way to read a part of a recording. path: film frame of each recorded frame, NaN where none."""

    piece: Piece
    path: NDArray[np.float64]
    similarity: float
    observed: Observation


@dataclass(frozen=True)
class Part:
    """Some frames of a recording, registered, and the ways they were read; the first is the film's own."""

    piece: Piece
    seen: Registered
    tracks: tuple[Track, ...]


@dataclass(frozen=True)
class Reading:
    """What a recording says with a film, before any secret is asked."""

    recorded: Recorded
    film: FilmIndex
    geometry: Geometry
    mirrored: bool
    parts: tuple[Part, ...]


def informed_candidates(
    recorded: Recorded, film: FilmIndex, secret: Secret, guesses: Sequence[Place] = ()
) -> list[Candidate]:
    """Whole hypotheses about a recording, few, the most likely first; none where it is not like the film.

    guesses: places that were found without the film, best first.
    """
    return candidates(read(recorded, film), secret, guesses)


def read(recorded: Recorded, film: FilmIndex, *, progress: Tell | None = None) -> Reading:
    """Place a recording in a film, register and read it. SourceError where a file is damaged."""
    tell = progress or (lambda stage: None)
    tell(text("mark.stage.place"))
    tried: list[tuple[Geometry, View, list[Piece]]] = []
    known: dict[tuple[int, bool], Features] = {}
    for _, view in _apart(views_of(recorded, film)):
        pieces = pieces_of(recorded, film, view)
        if not tried:
            tell(text("mark.stage.geometry"))
        guess = guess_of(view, recorded.box)
        geometry = find_geometry(recorded, film, pieces, guess=guess, mirrored=view.mirrored, known=known)
        tried.append((geometry, view, pieces))
        if geometry.inliers >= _SURE_INLIERS or len(tried) == _VIEWS:
            break
    best = max(each[0].inliers for each in tried)
    # Without features that agree the most similar view stands.
    geometry, view, pieces = next(each for each in tried if each[0].inliers == best)
    if pieces:
        main = max(range(len(pieces)), key=lambda n: pieces[n].last - pieces[n].first)
        moved = _stepped(recorded, film, view, pieces[main], known)
        if moved is not None:
            stepped = [*pieces[:main], moved, *pieces[main + 1 :]]
            guess = geometry.matrix if geometry.inliers else guess_of(view, recorded.box)
            other = find_geometry(recorded, film, stepped, guess=guess, mirrored=view.mirrored, known=known)
            if other.inliers > geometry.inliers:
                geometry, pieces = other, stepped
    if geometry.inliers:
        for _ in range(_ROUNDS):
            before = geometry
            geometry, pieces = _again(recorded, film, geometry, view, pieces, known)
            if geometry is before:
                break
    tell(text("mark.stage.difference"))
    with ThreadPoolExecutor(max_workers=2) as threads:
        spans = _spans(pieces, float(recorded.rate))
        each = registered_spans(recorded, geometry.matrix, [(span.first, span.last) for span in spans])
        parts = list(threads.map(lambda piece, seen: _part(film, piece, seen), spans, each))
    return Reading(recorded, film, geometry, view.mirrored, tuple(part for part in parts if part))


def candidates(reading: Reading, secret: Secret, guesses: Sequence[Place] = ()) -> list[Candidate]:
    """The hypotheses that pilots make of a reading. guesses: as of `informed_candidates`."""
    deal = schedule(secret)
    wave = _pilot_wave(deal)
    ways = [_ranked(reading, part, deal, wave) for part in reading.parts]
    found = []
    if ways:
        found.append(_joined(reading, [each[0] for each in ways], deal))
        own = _joined(reading, [part.tracks[0] for part in reading.parts], deal)
        found.append(own)
        main = max(range(len(ways)), key=lambda n: ways[n][0].piece.last - ways[n][0].piece.first)
        for other in ways[main][1:_PLACES]:
            chosen = [each[0] for each in ways]
            chosen[main] = other
            found.append(_joined(reading, chosen, deal))
    for guess in guesses:
        found += _guessed(reading, guess, deal)
    return _distinct(found)


def _stepped(
    recorded: Recorded, film: FilmIndex, view: View, piece: Piece, known: dict[tuple[int, bool], Features]
) -> Piece | None:
    """The piece at the time at which its features agree, None where it is there or nothing is to be told."""
    shift = in_step(recorded, film, piece, mirrored=view.mirrored, known=known)
    return replace(piece, start=piece.start + shift) if shift else None


def _apart(views: list[tuple[float, View]]) -> Iterator[tuple[float, View]]:
    """Views that are worth a look: the best of each handedness first, then the others."""
    first = views[0]
    yield first
    other = next((each for each in views if each[1].mirrored != first[1].mirrored), None)
    if other is not None and other[0] > first[0] - 0.15:
        yield other
    for each in views[1:]:
        if each is not other:
            yield each


def _again(
    recorded: Recorded,
    film: FilmIndex,
    geometry: Geometry,
    view: View,
    pieces: list[Piece],
    known: dict[tuple[int, bool], Features],
) -> tuple[Geometry, list[Piece]]:
    """Once more with frames that belong together, where the first pairs were off by a frame and more."""
    settled, off = list(pieces), 0.0
    seconds = float(recorded.rate)
    # what is not held is decoded up to there: so not far
    several = range(len(pieces) if recorded.held is not None else min(3, len(pieces)))
    for place in sorted(several, key=lambda n: pieces[n].first - pieces[n].last)[:3]:
        piece = pieces[place]
        part = replace(piece, last=min(piece.last, piece.first + round(10 * seconds)))
        seen = registered(recorded, geometry.matrix, part.first, part.last)
        sure = settle(seen, film, part)
        middle = (part.first + part.last) / 2 / seconds
        moved = abs(sure.start - piece.start + middle * (sure.speed - piece.speed))
        off = max(off, moved * float(film.rate))
        settled[place] = replace(piece, start=sure.start, speed=sure.speed)
    if off <= 1:
        return geometry, pieces
    better = find_geometry(
        recorded, film, settled, guess=geometry.matrix, mirrored=view.mirrored, known=known
    )
    return (better if better.inliers >= 0.7 * geometry.inliers else geometry), settled


def _spans(pieces: Sequence[Piece], rate: float) -> list[Piece]:
    spans = []
    for piece in pieces:
        parts = max(1, -(-(piece.last - piece.first) // round(_SPAN_SECONDS * rate)))
        edges = np.linspace(piece.first, piece.last, parts + 1).astype(int)
        spans += [replace(piece, first=int(a), last=int(b)) for a, b in pairwise(edges)]
    return spans


def _part(film: FilmIndex, piece: Piece, seen: Registered) -> Part | None:
    piece = settle(seen, film, piece)
    path, similarity = track(seen, film, piece)
    straight = _inside(line(piece, float(seen.small.rate), float(film.rate)), len(film))
    both = ~np.isnan(path) & ~np.isnan(straight)
    if not both.any() or not seen.shown.any():
        return None
    tracks = [_read_along(film, piece, seen, path, similarity)]
    if float(np.abs(path - straight)[both].mean()) > _BENT:
        tracks.append(_read_along(film, piece, seen, straight, piece.similarity))
    return Part(piece, seen, tuple(tracks))


def _read_along(
    film: FilmIndex, piece: Piece, seen: Registered, path: NDArray[np.float64], similarity: float
) -> Track:
    first = max(0, int(np.nanmin(path)) - 2)
    there = film.thumbnails(first, int(np.nanmax(path)) + 4)
    found = observe(seen.small, seen.shown, there, path - first, seen.looks)
    observed = Observation(
        frames=found.frames + piece.first,
        seconds=path[found.frames] / float(film.rate),
        cells=found.cells,
        nominal=found.nominal,
        carried=found.carried.beside(film.rounded(first, int(np.nanmax(path)) + 1)),
    )
    return Track(piece, path, similarity, observed)


def _inside(path: NDArray[np.float64], frames: int) -> NDArray[np.float64]:
    path = path.copy()
    path[(path < -0.5) | (path > frames - 0.5)] = np.nan
    return np.clip(path, 0, frames - 1)


def _ranked(reading: Reading, part: Part, deal: Schedule, wave: NDArray[np.complex64]) -> list[Track]:
    """The ways to read a part, as the pilots like them."""
    film = reading.film
    ways = [(pilot_score(each.observed, deal), each) for each in part.tracks]
    spans = _spans_of_time(part, float(reading.recorded.rate))
    allowed = _allowed(spans)
    proposed: list[tuple[float, float, float]] = []
    middle = (part.piece.first + part.piece.last) / 2 / float(reading.recorded.rate)
    for _, way in ways[:]:
        usual: float | None = None
        for speed in dict.fromkeys((way.piece.speed, *(SPEEDS if _rests(spans) else ()))):
            turned = way.observed.seconds
            turned = turned + (turned - turned.mean()) * (speed / way.piece.speed - 1)
            found = _times(replace(way.observed, seconds=turned), wave)
            usual = float(found[0]) if usual is None else usual
            for step in np.argsort(-np.where(allowed, found, -np.inf))[:12]:
                shift = float(step if step < len(found) / 2 else step - len(found)) / _TIMES
                if found[step] < usual + _BETTER or not allowed[step]:
                    break
                if all(abs(shift - other) > 0.1 for _, other, _ in proposed) and (
                    abs(shift) > 0.03 or speed != way.piece.speed
                ):
                    proposed.append((float(found[step]), shift, speed))
    for _, shift, speed in sorted(proposed, reverse=True)[:_PLACES]:
        for nearby in _here(spans, shift, film):
            start = part.piece.start + nearby + middle * (part.piece.speed - speed)
            piece = replace(part.piece, start=start, speed=speed)
            path = _inside(line(piece, float(part.seen.small.rate), float(film.rate)), len(film))
            if np.isnan(path).all():
                continue
            way = _read_along(film, piece, part.seen, path, part.piece.similarity)
            ways.append((pilot_score(way.observed, deal), way))
    ways.sort(key=lambda each: -each[0])
    return [each[1] for each in ways]


def _spans_of_time(part: Part, rate: float) -> list[tuple[float, float]]:
    """Where the pilots may look for the part: near by, and where the film looks the same; seconds to add."""
    here = part.piece.start + part.piece.first / rate * part.piece.speed
    return [(-_SHIFT_SECONDS, _SHIFT_SECONDS), *((a - here, b - here) for a, b in part.piece.alike)]


def _rests(spans: Sequence[tuple[float, float]]) -> bool:
    """Does the film look the same for so long there that it cannot tell how fast it is played?"""
    return any(b - a > 2 * _SHIFT_SECONDS and a <= 1 and b >= -1 for a, b in spans[1:])


def _here(spans: Sequence[tuple[float, float]], shift: float, film: FilmIndex) -> list[float]:
    """Times of the film that are alike to the pilots, which come round: those that were allowed."""
    rounds = int(len(film) / float(film.rate) // SEGMENT_SECONDS) + 1
    times = [shift + SEGMENT_SECONDS * n for n in range(-rounds, rounds + 1)]
    return [each for each in times if any(a - 0.3 <= each <= b + 0.3 for a, b in spans)][:2]


def _allowed(spans: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
    """Which steps of time the pilots may propose."""
    count = SEGMENT_SECONDS * _TIMES
    allowed = np.zeros(count, dtype=bool)
    for first, last in spans:
        steps = np.arange(round((first - 0.3) * _TIMES), round((last + 0.3) * _TIMES) + 1)
        allowed[steps[: count + 1] % count] = True
    return allowed


def _pilot_wave(deal: Schedule) -> NDArray[np.complex64]:
    """The pilots of five minutes as they are seen, in steps of 1/24 s, for each cell: their spectrum."""
    pilots = np.zeros(deal.cells.shape, np.float32)
    places = slice(LOCATION_CELLS + TIME_CELLS, None)
    np.put_along_axis(pilots, deal.cells[:, places], deal.signs[:, places].astype(np.float32), axis=1)
    instants = (np.arange(SEGMENT_SECONDS * _TIMES) + 0.0) / _TIMES
    chip, neighbour, share = chip_mixes(instants + 1e-9)
    seen = share[:, None] * pilots[chip] + (1 - share)[:, None] * pilots[neighbour]
    return np.conj(np.fft.rfft(seen.astype(np.float32), axis=0)).astype(np.complex64)


def _times(observed: Observation, wave: NDArray[np.complex64]) -> NDArray[np.float64]:
    """The pilots' score when all is that many steps later than it was read; about 0 and 1 by chance."""
    count = SEGMENT_SECONDS * _TIMES
    binned = np.zeros((count, observed.cells.shape[1]), np.float32)
    np.add.at(binned, np.round(observed.seconds * _TIMES).astype(int) % count, observed.cells)
    spectrum = np.fft.rfft(binned, axis=0)
    total = np.fft.irfft(np.conj((spectrum * wave).sum(axis=1)), count)
    spread = 1.4826 * float(np.median(np.abs(total)))
    result: NDArray[np.float64] = total / max(spread, 1e-12)
    return result


def _joined(reading: Reading, ways: Sequence[Track], deal: Schedule) -> Candidate:
    observation = joined([way.observed for way in ways])
    places = tuple(
        Place(
            first=way.piece.first,
            last=way.piece.last,
            start=way.piece.start,
            speed=way.piece.speed,
            matrix=reading.geometry.matrix,
            mirrored=reading.mirrored,
            pilot_score=pilot_score(way.observed, deal),
            by="film",
            similarity=way.similarity,
        )
        for way in ways
    )
    return Candidate(observation, places, pilot_score(observation, deal))


def _guessed(reading: Reading, guess: Place, deal: Schedule) -> list[Candidate]:
    """A place that was found without the film: its straight line, where the film is like that."""
    recorded, film = reading.recorded, reading.film
    mirrored = float(np.linalg.det(guess.matrix[:2, :2])) < 0
    if not sane(guess.matrix, mirrored=mirrored):
        return []
    first = max(0, guess.first)
    last = min(recorded.frames, guess.last, first + round(_GUESS_SECONDS * recorded.rate))
    if last <= first:
        return []
    seen = registered(recorded, guess.matrix, first, last)
    found: list[tuple[float, Piece]] = []
    rate, film_rate = float(recorded.rate), float(film.rate)
    rounds = int(len(film) / film_rate // SEGMENT_SECONDS) + 2
    for turn in range(-1, rounds):
        start = guess.start + SEGMENT_SECONDS * turn
        piece = Piece(first, last, start, guess.speed, 0.0)
        path = _inside(line(piece, rate, film_rate), len(film))
        if np.isnan(path).mean() < 0.5:
            found.append((_similarity(seen, film, path), piece))
    candidates_ = []
    for similarity, piece in sorted(found, key=lambda each: -each[0])[:1]:
        geometry = find_geometry(recorded, film, [piece], guess=guess.matrix, mirrored=mirrored)
        here = registered(recorded, geometry.matrix, first, last) if geometry.inliers else seen
        path = _inside(line(piece, rate, film_rate), len(film))
        way = _read_along(film, piece, here, path, similarity)
        place = replace(
            guess,
            first=first,
            last=last,
            start=piece.start,
            matrix=geometry.matrix,
            mirrored=mirrored,
            similarity=similarity,
            pilot_score=pilot_score(way.observed, deal),
        )
        candidates_.append(Candidate(way.observed, (place,), place.pilot_score))
    return candidates_


def _similarity(seen: Registered, film: FilmIndex, path: NDArray[np.float64]) -> float:
    inside = np.flatnonzero(~np.isnan(path))
    few = inside[np.linspace(0, inside.size - 1, min(inside.size, 16)).astype(int)]
    values = []
    for frame in few:
        there = film.thumbnails(round(float(path[frame])), round(float(path[frame])) + 1).luminance[0]
        a = there.astype(np.float32)[seen.shown]
        b = seen.small.luminance[frame].astype(np.float32)[seen.shown]
        values.append(float(np.corrcoef(a, b)[0, 1]) if a.std() > 1e-4 and b.std() > 1e-4 else 0.0)
    return float(np.mean(values)) if values else 0.0


def _distinct(found: Sequence[Candidate]) -> list[Candidate]:
    """Without those that say the same as one before: they would be counted for nothing."""
    kept: list[Candidate] = []
    for each in found:
        if each.observation.frames.size and not any(
            _same(each.observation, other.observation) for other in kept
        ):
            kept.append(each)
    return kept


def _same(one: Observation, other: Observation) -> bool:
    return (
        one.frames.shape == other.frames.shape
        and bool((one.frames == other.frames).all())
        and float(np.abs(one.seconds - other.seconds).mean()) < 0.01
        and bool(np.allclose(one.cells, other.cells))
    )
