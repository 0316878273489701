"""Intervals of shares, uniformity of chances, tails of scores: what a bench's answers are judged by."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray


def interval(hits: int, trials: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's: the shares between which the true one lies, with at least this confidence."""
    if trials <= 0:
        return 0.0, 1.0
    rest = (1 - confidence) / 2
    low = 0.0 if hits == 0 else _share(lambda share: 1 - at_most(hits - 1, trials, share), rest)
    high = 1.0 if hits == trials else _share(lambda share: -at_most(hits, trials, share), -rest)
    return low, high


def at_most(hits: int, trials: int, share: float) -> float:
    """The chance of at most so many hits."""
    if share <= 0 or hits >= trials:
        return 1.0
    if share >= 1:
        return 0.0
    logs = [
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        + k * math.log(share) + (trials - k) * math.log1p(-share)
        for k in range(hits + 1)
    ]  # fmt: skip
    most = max(logs)
    return min(1.0, math.exp(most) * math.fsum(math.exp(each - most) for each in logs))


def uniformity(chances: Sequence[float]) -> tuple[float, float] | None:
    """Kolmogorov and Smirnov's: the largest distance from a uniform distribution, and how likely one as large
    is when they are uniform. None for fewer than five."""
    count = len(chances)
    if count < 5:
        return None
    values = np.sort(np.asarray(chances, dtype=np.float64))
    steps = np.arange(count + 1) / count
    distance = float(max((steps[1:] - values).max(), (values - steps[:-1]).max()))
    scaled = (math.sqrt(count) + 0.12 + 0.11 / math.sqrt(count)) * distance
    if scaled < 0.3:
        return distance, 1.0
    terms = (2 * (-1) ** (k - 1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 101))
    return distance, min(1.0, max(0.0, math.fsum(terms)))


def chance_of_best(score: float, hypotheses: int) -> float:
    """How likely the best of so many independent wrong words scores as high, were their scores normal: what
    should be uniform over wrong secrets. (The stated probability is a bound, and larger.)"""
    one = 0.5 * math.erfc(score / math.sqrt(2))
    return -math.expm1(hypotheses * math.log1p(-min(one, 1 - 1e-16)))


TAILS = tuple(round(2 + 0.5 * step, 1) for step in range(9))
"""Scores that wrong words are counted above."""


def tails(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """How many of the scores lie above each of `TAILS`."""
    return np.array([int((scores > tail).sum()) for tail in TAILS], dtype=np.int64)


def expected_tails(count: int) -> list[tuple[float, float, float]]:
    """Of so many scores: the score, how many lie above it were they normal, and the bound that is proved."""
    return [
        (tail, count * 0.5 * math.erfc(tail / math.sqrt(2)), count * math.exp(-(tail**2) / 2))
        for tail in TAILS
    ]


def _share(rising: Callable[[float], float], level: float) -> float:
    """Where a function that rises with the share passes the level."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if rising(middle) < level:
            low = middle
        else:
            high = middle
    return (low + high) / 2
