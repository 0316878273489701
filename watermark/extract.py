"""Reading a mark: a recording, secrets and films in; payload and the probability of being wrong out.

Nothing else is given: which film it is, the place in it, geometry, tone curve and rate are found. With films
at hand they are asked first. Where nothing is found so, the pilots of each secret say where the recording
lies, the film refines that where it agrees, and the words are scored once more. Every secret, place and round
is counted, so that an unmarked recording or a wrong secret is found innocent with the probability stated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.texts.catalogue import Text, text
from watermark.carrier import WORD_BLOCK, location_words, schedule, time_words
from watermark.extraction import Excerpt, Extraction, Geometry, Hypothesis, Segment
from watermark.frames import Footage
from watermark.index import FilmIndex, index_of
from watermark.informed import Reading, candidates, read
from watermark.judge import THRESHOLD, Finding, judge, score_of, symbols
from watermark.observation import Candidate, Observation, Place
from watermark.power import Carried, Power, doubts
from watermark.recorded import Recorded, look_at
from watermark.secret import Secret
from watermark.words import scores

MAX_SECRETS, MAX_FILMS = 1000, 1000
"""More are refused: each costs a search."""
SURE_INLIERS = 60
"""Matched features from which a film is the one that was recorded."""
_SEGMENT_SECONDS = 10.0
_BLIND_RATE = Fraction(24)  # in which frames of a mark's five minutes are said where no film is
_PICTURES = 4
_KEPT_FILMS = 4  # each holds the recording in its own geometry

Tell = Callable[[Text], None]


@dataclass(frozen=True)
class _Read:
    """A candidate and the film that it is of, None without one."""

    candidate: Candidate
    film: int | None


@dataclass(frozen=True)
class _Case:
    """What is the same for every secret: the recording, the films and how it reads with those like it."""

    films: tuple[FilmIndex, ...]
    recorded: Recorded
    readings: Mapping[int, Reading]


@dataclass(frozen=True)
class _Silence:
    """Whether it means something that no mark is found. shown: the reading by which that is judged."""

    doubts: tuple[Text, ...]
    shown: _Read | None = None
    power: Power | None = None
    carried: Carried | None = None


def extract(
    recording: Footage,
    secrets: Sequence[Secret],
    films: Sequence[FilmIndex] = (),
    *,
    threshold: float = THRESHOLD,
    progress: Tell | None = None,
) -> Extraction:
    """Read the mark of a recording, with the films at hand or, when there are none, without.

    The answer is of the secret that was found, or of all: not found is said of every one of them. progress:
    told what begins; it may raise to cancel. SourceError when something cannot be looked at, UsageError
    without a secret.
    """
    if not 1 <= len(secrets) <= MAX_SECRETS or len(films) > MAX_FILMS:
        raise UsageError("mark.too-many-searched", secrets=MAX_SECRETS, films=MAX_FILMS)
    tell = progress or (lambda stage: None)
    tell(text("mark.stage.recording"))
    recorded = look_at(recording)
    case = _Case(tuple(films), recorded, _readings(recorded, films, tell))
    rounds = 2 if films else 1
    found: list[Extraction] = []
    if films:
        tell(text("mark.stage.scores"))
        found = [_informed(case, secrets, number, rounds, threshold) for number in range(len(secrets))]
    if not any(each.found for each in found) and not (found and all(each.conclusive for each in found)):
        found = _blind(case, secrets, rounds, threshold, tell)
    return _answer(found)


def extract_informed(
    recording: Footage,
    reference: Footage,
    secret: Secret,
    *,
    threshold: float = THRESHOLD,
    progress: Tell | None = None,
) -> Extraction:
    """Read the mark of a recording with one film at hand: the unmarked composition from its frame 0."""
    if progress is not None:
        progress(text("mark.stage.reference"))
    return extract(recording, [secret], [index_of(reference)], threshold=threshold, progress=progress)


def _readings(recorded: Recorded, films: Sequence[FilmIndex], tell: Tell) -> dict[int, Reading]:
    """How the recording reads with each film; of many films those that are most like it."""
    found: dict[int, Reading] = {}
    for number, film in enumerate(films):
        if len(films) > 1:
            tell(text("mark.stage.film", n=number + 1, of=len(films)))
        found[number] = read(recorded, film, progress=tell)
        if len(found) > _KEPT_FILMS:
            del found[min(found, key=lambda film: _likeness(found[film]))]
    return found


def _likeness(reading: Reading) -> tuple[int, float]:
    tracks = [part.tracks[0].similarity for part in reading.parts]
    return reading.geometry.inliers, float(np.mean(tracks)) if tracks else -1.0


def _informed(
    case: _Case, secrets: Sequence[Secret], number: int, rounds: int, threshold: float
) -> Extraction:
    reads = [
        _Read(candidate, film)
        for film, reading in case.readings.items()
        for candidate in candidates(reading, secrets[number])
    ]
    return _judged(case, reads, secrets, number, rounds, threshold)


def _blind(
    case: _Case, secrets: Sequence[Secret], rounds: int, threshold: float, tell: Tell
) -> list[Extraction]:
    from watermark.observe.blind import blind_field
    from watermark.search import blind_candidates, pilot_places

    tell(text("mark.stage.blind"))
    field = blind_field(case.recorded.footage, frames=case.recorded.frames)
    tell(text("mark.stage.pilots"))
    found = []
    for number, secret in enumerate(secrets):
        places = pilot_places(field, secret)
        reads = [
            _Read(candidate, film)
            for film, reading in case.readings.items()
            for candidate in candidates(reading, secret, places)
        ]
        reads += [_Read(candidate, None) for candidate in blind_candidates(field, secret, places)]
        found.append(_judged(case, reads, secrets, number, rounds, threshold))
    return found


def _answer(found: Sequence[Extraction]) -> Extraction:
    """Of several secrets the one that is surest; without any, the one that least excludes a mark."""
    if any(each.found for each in found):
        order = sorted((each for each in found if each.found), key=_probability)
        return replace(order[0], also=tuple(order[1:]))
    unsure = [each for each in found if not each.conclusive]
    if unsure:
        return min(unsure, key=lambda each: (-len(each.doubts), _probability(each)))
    return min(found, key=lambda each: each.power.likelihood if each.power else 0.0)


def _probability(extraction: Extraction) -> float:
    chance = extraction.false_positive_probability
    return 1.0 if chance is None else chance


def _judged(
    case: _Case, reads: list[_Read], secrets: Sequence[Secret], number: int, rounds: int, threshold: float
) -> Extraction:
    secret = secrets[number]
    finding = judge(
        [each.candidate for each in reads],
        secret,
        films=max(1, len(case.films)),
        secrets=len(secrets),
        rounds=rounds,
        threshold=threshold,
    )
    silence = _silence(case, reads, finding)
    chosen = silence.shown
    if finding.chosen is not None and (finding.found or chosen is None):
        chosen = reads[finding.chosen]
    film = chosen.film if chosen is not None else None
    rate = case.films[film].rate if film is not None else _BLIND_RATE
    observation = chosen.candidate.observation if chosen is not None else None
    path = np.full(case.recorded.frames, np.nan)
    if observation is not None:
        path[observation.frames] = observation.seconds * float(rate)
    informed = film is not None
    return Extraction(
        found=finding.found,
        payload=finding.payload,
        false_positive_probability=finding.probability,
        threshold=threshold,
        excerpt=_excerpt(path, rate) if informed else None,
        location_score=finding.location_score,
        time_score=finding.time_score,
        runner_up_score=finding.runner_up_score,
        searched=finding.searched,
        geometry=_geometry(case, chosen),
        hypotheses=tuple(
            _hypothesis(each, case.recorded.rate, score)
            for each, score in zip(reads, finding.pilot_scores, strict=True)
        ),
        segments=_segments(observation, finding, rate, case.recorded.rate, secret),
        recording_rate=case.recorded.rate,
        path=path,
        pictures=_pictures(case, path, film) if informed else (),
        mode="informed" if informed else "blind",
        conclusive=finding.found or not silence.doubts,
        power=silence.power,
        carried=silence.carried,
        doubts=() if finding.found else silence.doubts,
        secret=number,
        film=film,
    )


def _silence(case: _Case, reads: list[_Read], finding: Finding) -> _Silence:
    """What it would mean that nothing is found: with the film that answers best. Without films, nothing."""
    best: tuple[tuple[int, bool], _Silence] | None = None
    for film, reading in case.readings.items():
        # Where the film's smallest changes come through in step, there a mark would have been, too.
        shown, carried, power = None, Carried(), None
        for each, its_power in zip(reads, finding.powers, strict=True):
            its_carried = each.candidate.observation.carried
            if (
                each.film == film
                and its_carried is not None
                and (shown is None or its_carried.least > carried.least)
            ):
                shown, carried, power = each, its_carried, its_power
        placed = reading.geometry.inliers >= SURE_INLIERS and shown is not None
        coded = case.recorded.footage.coded
        unsure = doubts(power, carried, placed=placed, depth=case.films[film].depth, coded=coded)
        rank = len(unsure), not placed
        if best is None or rank < best[0]:
            best = rank, _Silence(unsure, shown, power, carried)
    return best[1] if best is not None else _Silence(doubts(None, None, placed=False, depth=8))


def _hypothesis(read_: _Read, rate: Fraction, score: float) -> Hypothesis:
    main = _longest(read_.candidate.places)
    return Hypothesis(
        start=main.start,
        speed=main.speed,
        overlap=float((main.last - main.first) / rate),
        similarity=main.similarity,
        pilot_score=score,
        mirrored=main.mirrored,
        pieces=len(read_.candidate.places),
        film=read_.film,
    )


def _longest(places: Sequence[Place]) -> Place:
    return max(places, key=lambda place: place.last - place.first)


def _geometry(case: _Case, chosen: _Read | None) -> Geometry:
    if chosen is None:
        return Geometry(np.eye(3), 0)
    matrix = _longest(chosen.candidate.places).matrix
    if chosen.film is None:
        return Geometry(matrix, 0)
    own = case.readings[chosen.film].geometry
    return Geometry(matrix, own.inliers if np.allclose(own.matrix, matrix) else 0)


def _segments(
    observation: Observation | None,
    finding: Finding,
    rate: Fraction,
    recording_rate: Fraction,
    secret: Secret,
) -> tuple[Segment, ...]:
    """The recording in pieces of about ten seconds, each scored against the two words that won."""
    if observation is None or finding.words is None or not observation.frames.size:
        return ()
    deal = schedule(secret)
    block, row = divmod(finding.words[0], WORD_BLOCK)
    location = location_words(secret, block)[row : row + 1]
    block, row = divmod(finding.words[1], WORD_BLOCK)
    time = time_words(secret, finding.words[0], block)[row : row + 1]
    frames = observation.frames
    parts = max(1, round(len(frames) / (float(recording_rate) * _SEGMENT_SECONDS)))
    edges = np.unique(np.linspace(0, len(frames), parts + 1).astype(int))
    segments = []
    for first, last in pairwise(edges):
        soft = symbols(observation, deal, slice(int(first), int(last)))
        segments.append(
            Segment(
                start_frame=int(frames[first]),
                frames=int(last - first),
                film_frame=max(0, round(float(observation.seconds[first]) * float(rate))),
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


def _pictures(
    case: _Case, path: NDArray[np.float64], film: int | None
) -> tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]:
    inside = np.flatnonzero(~np.isnan(path))
    if film is None or not inside.size:
        return ()
    pairs = []
    for frame in inside[np.linspace(0, inside.size - 1, _PICTURES).astype(int)]:
        for part in case.readings[film].parts:
            if part.piece.first <= frame < part.piece.first + len(part.seen.small):
                place = min(max(round(float(path[frame])), 0), len(case.films[film]) - 1)
                there = case.films[film].thumbnails(place, place + 1).luminance[0]
                mine = part.seen.small.luminance[frame - part.piece.first]
                pairs.append((mine.astype(np.float32), there.astype(np.float32)))
                break
    return tuple(pairs)
