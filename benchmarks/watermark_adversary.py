"""What one who knows all but the secret can do to a mark: JSON lines for docs/watermark-adversary.md.

    python benchmarks/watermark_adversary.py [estimation] [framing] [collusion]

It works on what a reader is left with, a value for each cell and chip, and scores all 2^19 words; attacks on
pictures are in watermark_adversary_pictures.py. All is drawn from SEED.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from watermark.carrier import (
    CELLS,
    LOCATION_CELLS,
    PILOT_CELLS,
    SEGMENT_CHIPS,
    TIME_CELLS,
    WORD_BLOCK,
    chips,
    location_words,
    schedule,
)
from watermark.judge import THRESHOLD, Searched, false_positive_probability, symbols
from watermark.observation import Observation
from watermark.payload import LOCATIONS, TIME_STEPS, Payload
from watermark.secret import Secret
from watermark.words import best_time, scores

SEED = 1907
ASKED, ROUNDS = 40, 8
"""Questions a round, and rounds."""
Floats = NDArray[np.float32]
Pattern = NDArray[np.float32]
"""(chips, 144)"""
_ONE = Searched(LOCATIONS, TIME_STEPS, 1, 1)


def tell(part: str, **values: Any) -> None:
    """A line of JSON."""
    print(json.dumps({"part": part, **values}), flush=True)


def secret_of(number: int) -> Secret:
    return Secret(value=np.random.default_rng((SEED, number)).bytes(32))


def payloads_of(rng: np.random.Generator, count: int) -> list[Payload]:
    return [Payload(int(rng.integers(LOCATIONS)), int(rng.integers(TIME_STEPS))) for _ in range(count)]


def carrier_of(secret: Secret, payload: Payload) -> Pattern:
    return chips(secret, payload).reshape(SEGMENT_CHIPS, CELLS)


def observed(pattern: Floats, sigma: float, rng: np.random.Generator) -> Observation:
    """A reader's cells in the middle of each chip, with noise in units of the mark's amplitude."""
    places = np.arange(len(pattern))
    cells = (pattern + sigma * rng.standard_normal(pattern.shape)).astype(np.float32)
    cells -= cells.mean(axis=0)
    return Observation(places, (places + 0.5) / 6, cells, np.ones_like(cells))


def answers(secret: Secret, seen: Sequence[Observation], guilty: Sequence[set[int]]) -> Iterator[Any]:
    """For each: whether a mark is found, of whom, the scores, and the best word that nobody there has."""
    deal = schedule(secret)
    soft = [symbols(each, deal) for each in seen]
    stacked = np.stack([each.location for each in soft])
    blocks = 64
    every = np.concatenate(
        [
            scores(stacked, np.concatenate([location_words(secret, first + n) for n in range(blocks)]))
            for first in range(0, LOCATIONS // WORD_BLOCK, blocks)
        ]
    )
    for number, mine in enumerate(guilty):
        word = int(every[:, number].argmax())
        time = best_time(secret, word, soft[number].time[None])
        score = float(every[word, number])
        chance = false_positive_probability(score, time.score, _ONE)
        every[list(mine), number] = -np.inf
        yield {
            "found": chance <= THRESHOLD,
            "innocent": chance <= THRESHOLD and word not in mine,
            "z": [round(score, 2), round(time.score, 2)],
            "best_innocent": round(float(every[:, number].max()), 2),
        }


def in_turns(copies: Floats, rng: np.random.Generator, *, chips_each: int, cells: bool = False) -> Floats:
    """One copy after the other by chance, in blocks of chips, all cells together or each by itself."""
    count, length, _ = copies.shape
    lots = rng.integers(count, size=(length, CELLS if cells else 1))
    lots = np.repeat(lots[::chips_each], chips_each, axis=0)[:length]
    taken = np.take_along_axis(copies, np.broadcast_to(lots, (length, CELLS))[None], axis=0)[0]
    return np.asarray(taken, dtype=np.float32)


JOINS: dict[str, Callable[[Floats, np.random.Generator], Floats]] = {
    "mean": lambda copies, rng: copies.mean(axis=0),
    "middle of extremes": lambda copies, rng: (copies.max(axis=0) + copies.min(axis=0)) / 2,
    "median": lambda copies, rng: np.median(copies, axis=0),
    "darkest": lambda copies, rng: copies.min(axis=0),
    "brightest": lambda copies, rng: copies.max(axis=0),
    "a copy a cell and chip": partial(in_turns, chips_each=1, cells=True),
    "a copy a chip": partial(in_turns, chips_each=1),
    "a copy a second": partial(in_turns, chips_each=6),
}


def collusion(secrets: int = 2, seconds: int = 60) -> None:
    """Copies of many locations joined: who is accused."""
    for number in range(secrets):
        rng, secret = np.random.default_rng((SEED, 1, number)), secret_of(number)
        who = payloads_of(rng, 20)
        copies = np.stack([carrier_of(secret, each)[: 6 * seconds] for each in who])
        plan = list(product(JOINS, (2, 3, 5, 6, 10, 20), (0.0, 2.0)))
        seen = [observed(JOINS[way](copies[:count], rng), sigma, rng) for way, count, sigma in plan]
        guilty = [{each.location for each in who[:count]} for _, count, _ in plan]
        for (way, count, sigma), found in zip(plan, answers(secret, seen, guilty), strict=True):
            tell("collusion", secret=number, way=way, copies=count, noise=sigma, **found)


def pilots_of(secret: Secret) -> Pattern:
    """The pilots alone: what ten copies against the film tell."""
    deal, first = schedule(secret), LOCATION_CELLS + TIME_CELLS
    truth = np.zeros((SEGMENT_CHIPS, CELLS), dtype=np.float32)
    np.put_along_axis(truth, deal.cells[:, first:], deal.signs[:, first:].astype(np.float32), axis=1)
    return truth


def estimated_pilots(secret: Secret, count: int, rng: np.random.Generator, chips_long: int = 60) -> Any:
    """The mean of so many copies against the film: what it tells of pilots. (pattern, truth, mean)"""
    truth = pilots_of(secret)
    total = sum(carrier_of(secret, each)[:chips_long] for each in payloads_of(rng, count))
    mean = np.asarray(total, dtype=np.float32) / np.float32(count)
    order = np.argsort(-np.abs(mean) + 1e-3 * rng.random(mean.shape), axis=1)[:, :PILOT_CELLS]
    guess = np.zeros_like(mean)
    np.put_along_axis(guess, order, np.sign(np.take_along_axis(mean, order, axis=1)), axis=1)
    return guess, truth[:chips_long], mean


def estimation() -> None:
    """What copies of many payloads, each against the clean film, tell of the pilots."""
    rng, secret = np.random.default_rng((SEED, 2)), secret_of(0)
    for count in (1, 2, 5, 10, 100):
        guess, truth, mean = estimated_pilots(secret, count, rng)
        other = carrier_of(secret, payloads_of(rng, 1)[0])[: len(truth)]
        tell(
            "estimation",
            copies=count,
            with_pilots=round(float(np.corrcoef(mean.ravel(), truth.ravel())[0, 1]), 3),
            with_another_copy=round(float(np.corrcoef(mean.ravel(), other.ravel())[0, 1]), 3),
            pilots_named_rightly=round(float((guess * truth).sum() / np.abs(truth).sum()), 3),
            words_left=round(float(np.mean((other - guess)[truth == 0] ** 2)), 3),
        )


def framing() -> None:
    """Location of one, time of another; an innocent built by asking a reader that tells scores."""
    rng, secret = np.random.default_rng((SEED, 3)), secret_of(0)
    mine, other = payloads_of(rng, 2)
    deal, one, two = schedule(secret), carrier_of(secret, mine)[:360], carrier_of(secret, other)[:360]
    times = deal.cells[:360, LOCATION_CELLS : LOCATION_CELLS + TIME_CELLS]
    mixed = one.copy()
    np.put_along_axis(mixed, times, np.take_along_axis(two, times, axis=1), axis=1)
    for found in answers(secret, [observed(mixed, 0.5, rng)], [{mine.location}]):
        tell("framing", what="location of one copy, time of another", **found)
    made = rng.standard_normal((60, CELLS)).astype(np.float32)
    for questions in range(0, ROUNDS * ASKED + 1, ASKED):
        for found in answers(secret, [observed(made, 0.0, rng)], [set()]):
            tell("framing", what="asking for scores", questions=questions, **found)
        if questions < ROUNDS * ASKED:
            made = asked(secret, made, rng)


def asked(secret: Secret, start: Floats, rng: np.random.Generator) -> Floats:
    """A pattern that accuses more of whoever fits `start` best, learned from the scores of some variants."""
    steps = rng.choice(np.array([-0.2, 0.2], dtype=np.float32), size=(ASKED, *start.shape))
    seen = [observed(start + step, 0.0, rng) for step in (np.zeros_like(start), *steps)]
    told = np.array([each["z"] for each in answers(secret, seen, [set[int]()] * len(seen))])
    sure = told[0, 0] > 8  # the location stands: now its time word, too
    grown = (told.sum(axis=1) if sure else told[:, 0]).astype(np.float32)[1:]
    learned = np.tensordot(grown - grown.mean(), steps, axes=1)
    return np.asarray(start + 0.5 * learned / learned.std(), dtype=np.float32)


PARTS = {"estimation": estimation, "framing": framing, "collusion": collusion}


def main() -> None:
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
