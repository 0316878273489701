"""Reading a mark: recording and reference in, payload and the probability of being wrong out.

Informed mode: the film itself is at hand. Nothing else is: the place in the film, the geometry, the tone
curve and the rate are found. The answer counts every hypothesis that was scored, so that an unmarked
recording or a wrong secret is found innocent with the probability that it states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field, replace
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Text, text
from watermark.align import (
    SPEEDS,
    Geometry,
    Position,
    find_geometry,
    find_positions,
    registered,
    settle,
    straight_path,
    track,
)
from watermark.carrier import WORD_BLOCK, Schedule, location_words, schedule, time_words
from watermark.frames import Footage, Thumbnails, thumbnails
from watermark.judge import THRESHOLD, Searched, judge, pilot_score, score_of, symbols
from watermark.observation import Candidate, Observation, Place
from watermark.observe import Observations, observe
from watermark.payload import Payload
from watermark.power import Carried, Power, doubts
from watermark.secret import Secret
from watermark.words import scores

_SEGMENT_SECONDS = 10.0
_SHIFT_SECONDS, _SHIFT_STEP = 2.0, 1 / 24
"""The pilots look so far around a place, in such steps."""
_ALIKE = 0.5  # frames: paths that lie closer than this on the average are one hypothesis


@dataclass(frozen=True)
class Excerpt:
    """Which part of the composition the recording shows: first frame, number of frames, frames a second."""

    start_frame: int
    frames: int
    rate: Fraction


@dataclass(frozen=True)
class Segment:
    """A piece of the recording and how well the payload's words fit there (scores; about 0 without a mark).

    start_frame, frames: of the recording. film_frame: where its first frame lies in the composition.
    """

    start_frame: int
    frames: int
    film_frame: int
    location_score: float
    time_score: float
    pilot_score: float


@dataclass(frozen=True)
class Hypothesis:
    """A position that was searched. similarity: mean correlation along its path. pilot_score: of the
    pilots."""

    position: Position
    similarity: float
    pilot_score: float


@dataclass(frozen=True)
class Extraction:
    """The answer. payload is None unless found; false_positive_probability is of the best that there was,
    None when nothing was scored. conclusive: found, or not found where a mark would have been read; doubts:
    why not.
    power: of this recording; carried: how much of the film's own small changes came through it.

    location_score, time_score: of the best words. paths: recorded frame to composition frame, NaN outside.
    pictures: some (recorded, film) pairs of registered 36x64 thumbnails, for a report.
    """

    found: bool
    payload: Payload | None
    false_positive_probability: float | None
    threshold: float
    excerpt: Excerpt | None
    location_score: float
    time_score: float
    runner_up_score: float
    searched: Searched
    geometry: Geometry
    hypotheses: tuple[Hypothesis, ...]
    segments: tuple[Segment, ...]
    recording_rate: Fraction
    path: NDArray[np.float64] = field(repr=False)
    pictures: tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...] = field(default=(), repr=False)
    mode: Literal["informed", "blind"] = "informed"
    conclusive: bool = False
    power: Power | None = None
    carried: Carried | None = None
    doubts: tuple[Text, ...] = ()


@dataclass(frozen=True)
class _Reading:
    """One position followed through: where it went and what was seen there."""

    position: Position
    similarity: float
    path: NDArray[np.float64]
    observed: Observations


def extract_informed(
    recording: Footage,
    reference: Footage,
    secret: Secret,
    *,
    threshold: float = THRESHOLD,
    progress: Callable[[Text], None] | None = None,
) -> Extraction:
    """Read the mark of a recording with the film at hand.

    reference: the unmarked composition from its frame 0. progress: told what begins; it may raise to cancel.
    SourceError when either cannot be looked at.
    """
    tell = progress or (lambda stage: None)
    tell(text("mark.stage.reference"))
    film = thumbnails(reference, with_strength=True)
    tell(text("mark.stage.recording"))
    raw = thumbnails(recording)
    tell(text("mark.stage.place"))
    positions = find_positions(raw, film)
    tell(text("mark.stage.geometry"))
    geometry = find_geometry(recording, reference, small=(raw, film), position=positions[0])
    seen, shown = registered(recording, geometry.matrix)
    first = settle(seen, shown, film, positions[0], speeds=SPEEDS)
    path, _ = track(seen, shown, film, first)
    guess = straight_path(positions[0], len(raw), raw.rate, film)
    both = ~np.isnan(path) & ~np.isnan(guess)
    if geometry.inliers and np.abs(path - guess)[both].sum() > both.sum():
        # Off by a frame and more: once more, with frames that belong together.
        geometry = find_geometry(recording, reference, small=(raw, film), position=positions[0], path=path)
        seen, shown = registered(recording, geometry.matrix)
    tell(text("mark.stage.difference"))
    settled = (settle(seen, shown, film, each, speeds=(first.speed,)) for each in positions)
    readings = _readings(seen, shown, film, settled)
    tell(text("mark.stage.scores"))
    return _judged(readings, seen, film, geometry, secret, threshold, reference.depth)


def _readings(
    seen: Thumbnails, shown: NDArray[np.bool_], film: Thumbnails, positions: Iterable[Position]
) -> list[_Reading]:
    readings: list[_Reading] = []
    worst = -1.0
    for position in positions:
        path, similarity = track(seen, shown, film, position)
        if not readings:
            worst = 1 - 1.5 * (1 - similarity) - 0.01
        # Seen closely, some places are not the film's (a static shot resembles itself): not searched, not
        # counted.
        if similarity >= worst and not any(_alike(path, other.path) for other in readings):
            readings.append(_Reading(position, similarity, path, observe(seen, shown, film, path)))
    return readings


def _judged(
    readings: list[_Reading],
    seen: Thumbnails,
    film: Thumbnails,
    geometry: Geometry,
    secret: Secret,
    threshold: float,
    depth: int,
) -> Extraction:
    deal = schedule(secret)
    readings = [timed for reading in readings for timed in _timed(reading, deal, film.rate)]
    candidates = [_candidate(each, geometry, len(seen), deal, film.rate) for each in readings]
    finding = judge(candidates, secret, threshold=threshold)
    assert finding.chosen is not None and finding.words is not None and finding.probability is not None
    reading, chosen = readings[finding.chosen], candidates[finding.chosen]
    carried = min((each.observed.carried for each in readings), key=lambda carried: carried.least)
    unsure = () if finding.found else doubts(finding.power, carried, placed=geometry.inliers > 0, depth=depth)
    return Extraction(
        found=finding.found,
        payload=finding.payload,
        false_positive_probability=finding.probability,
        threshold=threshold,
        excerpt=_excerpt(reading.path, film.rate),
        location_score=finding.location_score,
        time_score=finding.time_score,
        runner_up_score=finding.runner_up_score,
        searched=finding.searched,
        geometry=geometry,
        hypotheses=tuple(
            Hypothesis(each.position, each.similarity, score)
            for each, score in zip(readings, finding.pilot_scores, strict=True)
        ),
        segments=_segments(chosen.observation, deal, film.rate, seen.rate, secret, finding.words),
        recording_rate=seen.rate,
        path=reading.path,
        pictures=_pictures(reading.path, seen, film),
        conclusive=finding.found or not unsure,
        power=finding.power,
        carried=carried,
        doubts=unsure,
    )


def _candidate(
    reading: _Reading, geometry: Geometry, frames: int, deal: Schedule, rate: Fraction
) -> Candidate:
    observation = _observation(reading, rate)
    score = pilot_score(observation, deal)
    place = Place(
        first=0,
        last=frames,
        start=reading.position.start,
        speed=reading.position.speed,
        matrix=geometry.matrix,
        mirrored=False,
        pilot_score=score,
        by="film",
        similarity=reading.similarity,
    )
    return Candidate(observation, (place,), score)


def _observation(reading: _Reading, rate: Fraction) -> Observation:
    seen = reading.observed
    return Observation(
        seen.frames, reading.path[seen.frames] / float(rate), seen.cells, seen.nominal, seen.carried
    )


def _timed(reading: _Reading, deal: Schedule, rate: Fraction) -> list[_Reading]:
    """The reading, and the same read earlier or later when the pilots are clearly stronger there.

    Where a camera glides slowly, a second of film and a shift of the picture look the same, but the
    remainder is as good. Pilots know nothing of the words; what they propose is searched, and counted,
    besides.
    """
    moved = [
        replace(reading, path=reading.path + shift * float(rate))
        for shift in np.arange(-_SHIFT_SECONDS, _SHIFT_SECONDS + 1e-6, _SHIFT_STEP)
    ]
    strengths = [_pilot_score(each, deal, rate) for each in moved]
    best = int(np.argmax(strengths))
    if strengths[best] < _pilot_score(reading, deal, rate) + 1:
        return [reading]
    return [reading, moved[best]]


def _pilot_score(reading: _Reading, deal: Schedule, rate: Fraction) -> float:
    return pilot_score(_observation(reading, rate), deal)


def _segments(
    observation: Observation,
    deal: Schedule,
    rate: Fraction,
    recording_rate: Fraction,
    secret: Secret,
    words: tuple[int, int],
) -> tuple[Segment, ...]:
    """The recording in pieces of about ten seconds, each scored against the two words that won."""
    frames = observation.frames
    if not frames.size:
        return ()
    block, row = divmod(words[0], WORD_BLOCK)
    location = location_words(secret, block)[row : row + 1]
    block, row = divmod(words[1], WORD_BLOCK)
    time = time_words(secret, words[0], block)[row : row + 1]
    segments = []
    parts = max(1, round(len(frames) / (float(recording_rate) * _SEGMENT_SECONDS)))
    edges = np.linspace(0, len(frames), parts + 1).astype(int)
    for first, last in pairwise(edges):
        soft = symbols(observation, deal, slice(int(first), int(last)))
        segments.append(
            Segment(
                start_frame=int(frames[first]),
                frames=int(last - first),
                film_frame=max(0, round(float(observation.seconds[first] * float(rate)))),
                location_score=float(scores(soft.location[None], location)[0, 0]),
                time_score=float(scores(soft.time[None], time)[0, 0]),
                pilot_score=score_of(soft.pilots),
            )
        )
    return tuple(segments)


def _excerpt(path: NDArray[np.float64], rate: Fraction) -> Excerpt | None:
    inside = np.maximum(path[~np.isnan(path)], 0)
    if not inside.size:
        return None
    first = int(np.floor(inside.min() + 0.5))
    return Excerpt(start_frame=first, frames=int(np.floor(inside.max() + 0.5)) - first + 1, rate=rate)


def _alike(path: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    if (np.isnan(path) != np.isnan(other)).mean() > 0.05:
        return False
    both = ~np.isnan(path) & ~np.isnan(other)
    return bool(both.any()) and float(np.abs(path - other)[both].mean()) < _ALIKE


def _pictures(
    path: NDArray[np.float64], seen: Thumbnails, film: Thumbnails
) -> tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]:
    inside = np.flatnonzero(~np.isnan(path))
    chosen = inside[np.linspace(0, len(inside) - 1, 4).astype(int)] if inside.size else inside
    return tuple(
        (
            seen.luminance[i].astype(np.float32),
            film.luminance[_clipped(path[i], len(film))].astype(np.float32),
        )
        for i in chosen
    )


def _clipped(place: float, frames: int) -> int:
    return min(max(round(float(place)), 0), frames - 1)
