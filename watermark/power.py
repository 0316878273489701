"""Whether a recording would have shown a mark, had there been one: only then does silence clear a screen.

Power says how likely a mark at nominal strength would have been read, given the noise that was measured.
Noise alone is not enough: a copy that was rounded or coded until nothing of a mark was left is quiet too. So
the film's own changes that are as small as a mark have to be seen to come through the copy (`Carried`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Text, text

Floats = NDArray[np.float32]

ENOUGH = 0.999
"""How likely a mark must have been read before its absence means anything."""
LEAST_GAIN = 0.5
"""Share of the film's small changes that must have come through, beyond the error of measuring it."""
LEAST_COVER = 0.1
"""Share of the picture and time over which that must have been seen."""
_SMALL = 0.006
"""Change of a tile within a second, as a fraction of its code, below which nothing moves there."""
_LEAST_CHANGE = 1e-5  # a film that is still to this shows nothing about a channel
_CHIP = 1 / 6
_LONGEST = 4 * 3600.0  # seconds: no recording is longer
_MARGIN = 0.8
"""Scores come out lower than noise alone says: a place is never exact, and the slow part is taken off."""


@dataclass(frozen=True)
class Carried:
    """Sums over pieces of picture and time in which the film hardly changes: how much of that came through.

    changes, energy: of the recording's changes along the film's, and of the film's. squares, cross, fourth:
    sums of their squares and product, for the error. pieces, whole: how many pieces, of how many.
    """

    changes: float = 0.0
    energy: float = 0.0
    squares: float = 0.0
    cross: float = 0.0
    fourth: float = 0.0
    pieces: int = 0
    whole: int = 0

    def __add__(self, other: Carried) -> Carried:
        return Carried(
            changes=self.changes + other.changes,
            energy=self.energy + other.energy,
            squares=self.squares + other.squares,
            cross=self.cross + other.cross,
            fourth=self.fourth + other.fourth,
            pieces=self.pieces + other.pieces,
            whole=self.whole + other.whole,
        )

    @property
    def gain(self) -> float:
        """Share of the film's small changes that came through: 1 for a perfect copy."""
        return self.changes / self.energy if self.energy > 0 else 0.0

    @property
    def error(self) -> float:
        """One standard deviation of `gain`."""
        if self.energy <= 0:
            return math.inf
        left = self.squares - 2 * self.gain * self.cross + self.gain**2 * self.fourth
        return math.sqrt(max(left, 0.0)) / self.energy

    @property
    def least(self) -> float:
        """What came through at least, 0 to 1: three standard deviations below `gain`."""
        return min(max(self.gain - 3 * self.error, 0.0), 1.0) if self.energy > 0 else 0.0

    @property
    def cover(self) -> float:
        """Share of picture and time in which it was looked at."""
        return self.pieces / self.whole if self.whole else 0.0


@dataclass(frozen=True)
class Power:
    """likelihood: of reading a mark at nominal strength, 0 to 1. location_score, time_score: expected then.

    seconds: of recording that were looked at. needed_seconds: in all, at this noise; None when no length is
    known to do.
    """

    likelihood: float
    location_score: float
    time_score: float
    seconds: float
    needed_seconds: float | None


def expected(soft: NDArray[np.float64], nominal: NDArray[np.float64], gain: float = 1.0) -> float:
    """The score that the right word would have had: soft symbols as they were seen, and what a mark adds."""
    hoped = gain * _MARGIN * nominal
    norm = math.sqrt(float((soft**2).sum() + (hoped**2).sum()))
    return float(hoped.sum()) / norm if norm > 0 else 0.0


def power(expected_scores: tuple[float, float], needed: tuple[float, float], seconds: float) -> Power:
    """expected_scores, needed: of the location and the time; a score spreads by 1 about what is expected."""
    likelihood = 1.0
    longer: float | None = 0.0
    for hoped, least in zip(expected_scores, needed, strict=True):
        likelihood *= 0.5 * math.erfc((least - hoped) / math.sqrt(2))
        if hoped < 0.05:
            longer = None
        elif longer is not None:
            longer = max(longer, seconds * ((least + _DEVIATIONS) / hoped) ** 2)
    return Power(likelihood, *expected_scores, seconds=seconds, needed_seconds=longer if seconds else None)


_DEVIATIONS = 3.3  # ENOUGH, of both scores at once


def small_changes(rest: Floats, slope: Floats, film: Floats, rate: float, chunks: Sequence[slice]) -> Carried:
    """What of the film's small changes came through.

    rest: (frames, tiles), what the film did not explain, without its slow part; where a change did not come
    through, the film's stands in it, negative. slope: how a relative change of the film shows. film: its
    codes. chunks: of about a second.
    """
    width = max(1, round(rate * _CHIP))
    light = np.maximum(film, 0.02)
    changes = _smooth(light, width)
    fast = (changes - _smooth(light, max(3, round(1.5 * rate)))) / light
    rest = _smooth(rest, width)
    total = Carried()
    for chunk in chunks:
        lean = fast[chunk] * slope[chunk]
        part = rest[chunk]
        still = np.ptp(changes[chunk] / light[chunk].mean(axis=0), axis=0) < _SMALL
        still &= np.abs(slope[chunk]).max(axis=0) > 0
        still &= fast[chunk].std(axis=0) > _LEAST_CHANGE
        noise = np.maximum(part.std(axis=0), 1e-6)
        mine = ((part + lean) * lean).sum(axis=0)[still] / noise[still] ** 2
        energy = (lean**2).sum(axis=0)[still] / noise[still] ** 2
        total += Carried(
            changes=float(mine.sum()),
            energy=float(energy.sum()),
            squares=float((mine**2).sum()),
            cross=float((mine * energy).sum()),
            fourth=float((energy**2).sum()),
            pieces=int(still.sum()),
            whole=still.size,
        )
    return total


def _smooth(values: Floats, length: int) -> Floats:
    """The running mean over `length` frames; shorter at the ends."""
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])
    places = np.arange(len(values))
    first = np.maximum(places - length // 2, 0)
    last = np.minimum(places - length // 2 + length, len(values))
    mean: Floats = ((total[last] - total[first]) / (last - first)[:, None]).astype(np.float32)
    return mean


def doubts(power: Power | None, carried: Carried | None, *, placed: bool, depth: int) -> tuple[Text, ...]:
    """Why the absence of a mark means nothing here; empty when it does mean something.

    carried: None without a film. placed: whether the film itself showed where the recording lies. depth: bits
    of the film's samples.
    """
    if carried is None:
        return (text("mark.doubt.film"),)
    if not placed or power is None:
        return (text("mark.doubt.place"),)
    found = []
    if depth <= 8:
        found.append(text("mark.doubt.depth"))
    if carried.least < LEAST_GAIN or carried.cover < LEAST_COVER:
        found.append(text("mark.doubt.carried"))
    elif power.likelihood < ENOUGH:
        needed = power.needed_seconds
        if needed is None or needed > _LONGEST:
            found.append(text("mark.doubt.damaged"))
        else:
            found.append(text("mark.doubt.short", seconds=round(power.seconds, 1), needed=math.ceil(needed)))
    return tuple(found)
