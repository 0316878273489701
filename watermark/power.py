"""Whether a recording would have shown a mark, had there been one: only then does silence clear a screen.

Power says how likely a mark at nominal strength would have been read, given the noise that was measured.
Noise alone is not enough: a copy that was rounded or coded until nothing of a mark was left is quiet too. So
the film's own changes that are as small as a mark have to be seen to come through the copy (`Carried`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Text, text
from watermark.rounding import Rounded

Floats = NDArray[np.float32]

HEADROOM = 4.0
"""How many times the score that is needed has to be expected before silence means anything. Coders drop a
mark where they carry noise that is a little stronger: scores of a third of what is expected were seen."""
LEAST_GAIN = 0.5
"""Share of the film's small changes that must have come through, beyond the error of measuring it."""
LEAST_LIKENESS = 0.5
"""How much like a mark that must be which a plain rounding leaves of it."""
LEAST_COVER = 0.2
"""Share of the picture and time over which that must have been seen."""
_SMALL = 0.002
"""Change of a tile within a second, as a fraction of its code, below which nothing moves there."""
_LEAST_CHANGE = 1e-5  # a film that is still to this shows nothing about a channel
_CHIP = 1 / 6
_LONGEST = 4 * 3600.0  # seconds: no recording is longer
_MARGIN = 0.55
"""Share of the nominal strength that is counted on. Marks made under the first law have 0.005 / 0.007 of it;
a place is never exact, and the slow part is taken off."""


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
    rounded: Rounded | None = None

    def __add__(self, other: Carried) -> Carried:
        return Carried(
            changes=self.changes + other.changes,
            energy=self.energy + other.energy,
            squares=self.squares + other.squares,
            cross=self.cross + other.cross,
            fourth=self.fourth + other.fourth,
            pieces=self.pieces + other.pieces,
            whole=self.whole + other.whole,
            rounded=_worse(self.rounded, other.rounded),
        )

    def beside(self, rounded: Rounded) -> Carried:
        """The same, with what a plain rounding would have left."""
        return replace(self, rounded=rounded)

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


def _worse(one: Rounded | None, other: Rounded | None) -> Rounded | None:
    return one.least(other) if one is not None and other is not None else one or other


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


def expected(soft: NDArray[np.float64], nominal: NDArray[np.float64], carried: Carried | None) -> float:
    """The score that the right word would have had: soft symbols as they were seen, and what a mark adds.

    Once as the recording carries it, and once as if it had been rounded plainly before: the worse counts.
    """
    gain = carried.least if carried is not None else 1.0
    hoped = gain * _MARGIN * nominal
    noise, mark = float((soft**2).sum()), float((hoped**2).sum())
    if noise + mark <= 0:
        return 0.0
    carried_score = float(hoped.sum()) / math.sqrt(noise + mark)
    rounded = carried.rounded if carried is not None else None
    if rounded is None:
        return carried_score
    if rounded.likeness <= 0:
        return 0.0
    left = mark * rounded.gain**2
    return float(hoped.sum()) * rounded.gain / math.sqrt(noise + left / rounded.likeness**2)


def power(expected_scores: tuple[float, float], needed: tuple[float, float], seconds: float) -> Power:
    """expected_scores, needed: of the location and the time; a score spreads by 1 about what is expected."""
    likelihood = 1.0
    longer: float | None = 0.0
    for hoped, least in zip(expected_scores, needed, strict=True):
        likelihood *= 0.5 * math.erfc((least - hoped) / math.sqrt(2))
        if hoped < 0.05:
            longer = None
        elif longer is not None:
            longer = max(longer, seconds * (HEADROOM * least / hoped) ** 2)
    return Power(likelihood, *expected_scores, seconds=seconds, needed_seconds=longer if seconds else None)


def small_changes(rest: Floats, slope: Floats, film: Floats, rate: float, chunks: Sequence[slice]) -> Carried:
    """What of the film's small changes came through.

    rest: (frames, tiles), what the film did not explain, without its slow part; where a change did not come
    through, the film's stands in it, negative. slope: how a relative change of the film shows. film: its
    codes. chunks: of about a second.
    """
    width = max(1, round(rate * _CHIP))
    light = np.maximum(film, 0.02)
    changes = _smooth(light, width)
    # As fast as chips are: what is slower comes through a filter over time that a mark would not survive.
    fast = (changes - _smooth(light, 3 * width)) / light
    rest = _smooth(rest, width) - _smooth(rest, 3 * width)
    total = Carried()
    for chunk in chunks:
        lean = fast[chunk] * slope[chunk]
        part = rest[chunk]
        still = np.ptp(changes[chunk] / light[chunk].mean(axis=0), axis=0) < _SMALL
        still &= np.abs(slope[chunk]).max(axis=0) > 0
        still &= fast[chunk].std(axis=0) > _LEAST_CHANGE
        # One weight for all tiles: a tile's own would be larger where chance left less.
        weight = max(float(np.median(part.std(axis=0)[still])), 1e-6) ** -2 if still.any() else 0.0
        mine = weight * ((part + lean) * lean).sum(axis=0)[still]
        energy = weight * (lean**2).sum(axis=0)[still]
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


def doubts(
    power: Power | None, carried: Carried | None, *, placed: bool, depth: int, coded: bool = True
) -> tuple[Text, ...]:
    """Why the absence of a mark means nothing here; empty when it does mean something.

    carried: None without a film. placed: whether the film itself showed where the recording lies. depth: bits
    of the film's samples. coded: whether the recording went through a video coder. H.264 at CRF 28 was seen
    to drop a mark and keep the film's own changes of that size: nothing measured here shows that, so a coded
    recording is never said to have sufficed.
    """
    if carried is None:
        return (text("mark.doubt.film"),)
    if not placed or power is None:
        return (text("mark.doubt.place"),)
    found = []
    rounded = carried.rounded
    if depth <= 8:
        found.append(text("mark.doubt.depth"))
    elif rounded is None or rounded.likeness < LEAST_LIKENESS or rounded.gain < LEAST_GAIN:
        found.append(text("mark.doubt.rounded"))
    if carried.least < LEAST_GAIN or carried.cover < LEAST_COVER:
        found.append(text("mark.doubt.carried"))
    elif power.needed_seconds is None or power.needed_seconds > _LONGEST:
        found.append(text("mark.doubt.damaged"))
    elif power.needed_seconds > power.seconds:
        needed = math.ceil(power.needed_seconds)
        found.append(text("mark.doubt.short", seconds=round(power.seconds, 1), needed=needed))
    if coded:
        found.append(text("mark.doubt.coder"))
    return tuple(found)
