"""From what was seen to an answer: soft symbols, the words they fit, and the probability of being wrong.

Every candidate that was scored against the words is counted, so that an unmarked recording or a wrong secret
is found innocent with the probability that is stated. Pilots know nothing of the words: what they choose or
reject costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from watermark.carrier import (
    LOCATION_CELLS,
    LOCATION_SYMBOLS,
    SEGMENT_CHIPS,
    TIME_CELLS,
    TIME_SYMBOLS,
    Schedule,
    chip_mixes,
    schedule,
)
from watermark.observation import Candidate, Observation
from watermark.payload import LOCATIONS, TIME_STEPS, Payload
from watermark.power import Power, expected, power
from watermark.secret import Secret
from watermark.words import best_location, best_time, chance

THRESHOLD = 1e-9
"""The probability of a false accusation that is taken."""


@dataclass(frozen=True)
class Searched:
    """What was counted: words times positions times geometries, for each of the secrets, in each round.

    positions: candidates that were scored, of all films. films: how many were looked at; they are in
    `positions`. rounds: as of `judge`.
    """

    locations: int
    times: int
    positions: int
    geometries: int
    secrets: int = 1
    films: int = 1
    rounds: int = 1

    @property
    def chances(self) -> int:
        """How often one word was, or may have been, scored."""
        return self.positions * self.geometries * self.secrets * self.rounds


@dataclass(frozen=True)
class Symbols:
    """Soft symbols: of the location word (2048), of the time word (1024), and every pilot that was seen.

    The other two: by how much a mark at nominal strength would have moved each symbol, 0 and up.
    """

    location: NDArray[np.float64]
    time: NDArray[np.float64]
    pilots: NDArray[np.float64]
    location_nominal: NDArray[np.float64]
    time_nominal: NDArray[np.float64]


@dataclass(frozen=True)
class Finding:
    """What the judge says of one secret.

    payload: None unless found. probability: that the best words are wrong ones, an upper bound; None when
    nothing could be scored. chosen: which candidate scored best. words: location and time index that did,
    found or not. pilot_scores, powers: of every candidate.
    """

    found: bool
    payload: Payload | None
    probability: float | None
    threshold: float
    location_score: float
    time_score: float
    runner_up_score: float
    searched: Searched
    chosen: int | None
    words: tuple[int, int] | None
    pilot_scores: tuple[float, ...]
    powers: tuple[Power, ...]


def judge(
    candidates: Sequence[Candidate],
    secret: Secret,
    *,
    films: int = 1,
    secrets: int = 1,
    rounds: int = 1,
    threshold: float = THRESHOLD,
) -> Finding:
    """Score all words at all candidates. candidates: of all films.

    films, secrets: how many are tried. rounds: how often the words may be scored before the answer stands: a
    search that goes on only where nothing was found has had as many chances to be wrong.
    """
    searched = Searched(LOCATIONS, TIME_STEPS, len(candidates), 1, secrets, films, rounds)
    if not candidates:
        return Finding(False, None, None, threshold, 0.0, 0.0, 0.0, searched, None, None, (), ())
    deal = schedule(secret)
    soft = [symbols(each.observation, deal) for each in candidates]
    best = best_location(secret, np.stack([each.location for each in soft]))
    # The time words are keyed by the location and so independent of how the candidate was chosen.
    time = best_time(secret, best.word, soft[best.row].time[None])
    probability = false_positive_probability(best.score, time.score, searched)
    found = probability <= threshold
    return Finding(
        found=found,
        payload=Payload(location=best.word, time_index=time.word) if found else None,
        probability=probability,
        threshold=threshold,
        location_score=best.score,
        time_score=time.score,
        runner_up_score=best.runner_up,
        searched=searched,
        chosen=best.row,
        words=(best.word, time.word),
        pilot_scores=tuple(score_of(each.pilots) for each in soft),
        powers=tuple(
            _power(each, candidate.observation, searched, threshold)
            for each, candidate in zip(soft, candidates, strict=True)
        ),
    )


def _power(soft: Symbols, observation: Observation, searched: Searched, threshold: float) -> Power:
    needed = (
        math.sqrt(2 * math.log(2 * searched.locations * searched.chances / threshold)),
        math.sqrt(2 * math.log(2 * searched.times * searched.secrets * searched.rounds / threshold)),
    )
    hoped = (
        expected(soft.location, soft.location_nominal, observation.carried),
        expected(soft.time, soft.time_nominal, observation.carried),
    )
    instants = observation.seconds
    step = float(np.median(np.abs(np.diff(instants)))) if len(instants) > 1 else 0.0
    return power(hoped, needed, len(instants) * step)


def false_positive_probability(location_score: float, time_score: float, searched: Searched) -> float:
    """An upper bound for the chance that the best words are wrong ones: every one tried is counted."""
    times = searched.times * searched.secrets * searched.rounds
    locations = searched.locations * searched.chances
    return min(1.0, chance(location_score, locations) + chance(time_score, times))


def symbols(observation: Observation, deal: Schedule, part: slice = slice(None)) -> Symbols:
    """The soft symbols that some frames come to. part: of the observation's frames."""
    values, nominal = observation.cells[part], observation.nominal[part]
    chip, neighbour, share = chip_mixes(observation.seconds[part] + 1e-9)
    cells = np.zeros((SEGMENT_CHIPS, values.shape[1]))
    expected = np.zeros_like(cells)
    for on, much in ((chip, share[:, None]), (neighbour, 1 - share[:, None])):
        np.add.at(cells, on, much * values)
        np.add.at(expected, on, much**2 * nominal)  # a share of the chip, taken with that share
    dealt = np.take_along_axis(cells, deal.cells, axis=1) * deal.signs
    hoped = np.take_along_axis(expected, deal.cells, axis=1)
    by_location, by_time = slice(LOCATION_CELLS), slice(LOCATION_CELLS, LOCATION_CELLS + TIME_CELLS)

    def summed(of: NDArray[np.float64], places: slice, size: int) -> NDArray[np.float64]:
        return np.bincount(deal.symbols[:, places].ravel(), of[:, places].ravel(), size).astype(float)

    return Symbols(
        location=summed(dealt, by_location, LOCATION_SYMBOLS),
        time=summed(dealt, by_time, TIME_SYMBOLS),
        pilots=dealt[:, LOCATION_CELLS + TIME_CELLS :].ravel(),
        location_nominal=summed(hoped, by_location, LOCATION_SYMBOLS),
        time_nominal=summed(hoped, by_time, TIME_SYMBOLS),
    )


def score_of(soft: NDArray[np.float64], word: NDArray[np.float64] | None = None) -> float:
    """How well soft symbols fit a word of +1 and -1; without one, +1 throughout, as pilots are."""
    norm = math.sqrt(float((soft**2).sum()))
    return float(soft.sum() if word is None else (soft * word).sum()) / norm if norm > 0 else 0.0


def pilot_score(observation: Observation, deal: Schedule) -> float:
    """How well the pilots fit; about 0, with a spread of about 1, where there is no mark."""
    return score_of(symbols(observation, deal).pilots)
