"""Scoring soft symbols against every word there is, with a bound on chance that holds for any content.

A score is sum(c * q) / sqrt(sum q^2), c a word's symbols and q what was observed. Words are pseudo-random
and know nothing of q, so P(score > z) <= exp(-z^2 / 2) for a wrong word, whatever the footage and whatever
was done to it (Hoeffding's inequality): a false-positive probability is that times the number of hypotheses
tried.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numba
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from watermark.carrier import WORD_BLOCK, location_words, time_words
from watermark.payload import LOCATIONS, TIME_STEPS
from watermark.secret import Secret

_TOGETHER = 8  # sets of symbols scored in one sweep: their tables stay in the second-level cache


@dataclass(frozen=True)
class Best:
    """The word that scores highest: the set of symbols, the word, its score, and the next word's score."""

    row: int
    word: int
    score: float
    runner_up: float


def best_location(secret: Secret, symbols: NDArray[np.float64]) -> Best:
    """The best of all 2^19 location words over all sets of symbols. symbols: (sets, 2048)."""
    return _best(symbols, LOCATIONS, lambda block: location_words(secret, block))


def best_time(secret: Secret, location: int, symbols: NDArray[np.float64]) -> Best:
    """The best of the 35,136 time words in use at a location. symbols: (sets, 1024)."""
    return _best(symbols, TIME_STEPS, lambda block: time_words(secret, location, block))


def scores(symbols: NDArray[np.float64], words: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scores of packed words (words, n / 8) against sets of symbols (sets, n): (words, sets), float32."""
    return np.concatenate([_score(words, table) for table in _tables(symbols)], axis=1)


def chance(score: float, hypotheses: int) -> float:
    """An upper bound for the probability that any of so many wrong hypotheses scores as high: 0 to 1."""
    if score <= 0:
        return 1.0
    return min(1.0, math.exp(min(0.0, math.log(hypotheses) - score**2 / 2)))


def _best(symbols: NDArray[np.float64], count: int, draw: Callable[[int], NDArray[np.uint8]]) -> Best:
    tables = list(_tables(symbols))
    top = Best(row=0, word=0, score=-math.inf, runner_up=-math.inf)
    for first in range(0, count, WORD_BLOCK):
        words = draw(first // WORD_BLOCK)[: count - first]
        block = np.concatenate([_score(words, table) for table in tables], axis=1)
        each = block.max(axis=1)
        low, high = np.argsort(each)[-2:] if len(each) > 1 else (0, 0)
        if each[high] > top.score:
            runner_up = max(float(each[low]), top.score)
            top = Best(int(block[high].argmax()), first + int(high), float(each[high]), runner_up)
        else:
            top = Best(top.row, top.word, top.score, max(top.runner_up, float(each[high])))
    return top


def _tables(symbols: NDArray[np.float64]) -> Iterator[NDArray[np.float32]]:
    """For each byte of a word and each value of it, its share of the scores: (n / 8, 256, sets)."""
    norm = np.sqrt((symbols**2).sum(axis=1, keepdims=True))
    unit = symbols / np.where(norm > 0, norm, 1)
    signs = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1) * 2.0 - 1
    for first in range(0, len(unit), _TOGETHER):
        octets = unit[first : first + _TOGETHER].reshape(-1, symbols.shape[1] // 8, 8)
        yield np.ascontiguousarray(np.einsum("sbo,vo->bvs", octets, signs), dtype=np.float32)


@numba.njit(nogil=True, cache=True)
def _score(words: NDArray[np.uint8], table: NDArray[np.float32]) -> NDArray[np.float32]:
    sets = table.shape[2]
    result = np.zeros((words.shape[0], sets), dtype=np.float32)
    for w in range(words.shape[0]):
        for b in range(words.shape[1]):
            share = table[b, words[w, b]]
            for s in range(sets):
                result[w, s] += share[s]
    return result
