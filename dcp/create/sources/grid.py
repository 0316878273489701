"""The grid that time stamps lie on: which rate, where holes are, whether there is one at all."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WHOLE = (24, 25, 30, 48, 50, 60, 72, 96, 100, 120)
_SLOW = (Fraction(10), Fraction(12), Fraction(25, 2), Fraction(15), Fraction(12_000, 1001))
NAMED_RATES = tuple(
    sorted(
        {
            *map(Fraction, _WHOLE),
            *_SLOW,
            *(Fraction(rate * 1000, 1001) for rate in (*_WHOLE, 15) if rate % 25),
        }
    )
)
"""Rates that have a name, frames a second: those of film and video, and what runs 1000/1001 of them."""
NEAR = Fraction(4, 10_000)
"""How far from a named rate, in parts of it, a stated one is still meant as it: 23.98 is 24000/1001, while
24 and 24000/1001 are 1/1001 apart."""
_CLOSE = Fraction(1, 200)
_HALF_A_FRAME = 0.5
_HOLE = 1.6
"""A step of more frames than this has a hole in it; those of telecine are of 1 and 1.5 in turn."""
_HOLES_IN = 100
"""So many frames may have one hole and are still of constant rate, two in any case."""


@dataclass(frozen=True)
class Grid:
    """rate: frames a second, None where one frame alone tells nothing. variable: some frame lies more than
    half a frame from where the rate would have it.
    """

    rate: Fraction | None
    variable: bool


def named(rate: Fraction) -> Fraction:
    """The named rate that is meant, exactly; `rate` itself where none is near."""
    nearest = min(NAMED_RATES, key=lambda one: abs(one - rate))
    return nearest if abs(nearest - rate) <= NEAR * nearest else rate


def grid_of(times: array[int], time_base: Fraction, stated: Sequence[Fraction]) -> Grid:
    """The rate of time stamps, ascending, in units of `time_base`. stated: what the file says, best first.

    What the file says holds where the stamps agree with it to their own precision; else the rate that they
    lie on best. Named rates are given exactly, as long as no frame lies off them.
    """
    import numpy as np

    stated = [rate for rate in stated if rate > 0]
    if len(times) < 2 or times[-1] == times[0]:
        return Grid(named(stated[0]) if stated else None, False)
    stamps = np.frombuffer(times, dtype=np.int64)
    steps: NDArray[np.int64] = np.diff(stamps)
    usual = 1 / (Fraction(int(np.median(steps[steps > 0]))) * time_base)
    holes = steps > int(Fraction(_HOLE) / (time_base * usual))
    if int(np.count_nonzero(holes)) > min(max(2, len(times) // _HOLES_IN), len(times) // 8):
        return Grid(named(usual), True)
    held = steps[~holes]
    span = int(held.sum()) * time_base
    measured = len(held) / span if span else usual
    best, least = usual, np.inf
    close = sorted((abs(rate / measured - 1), rate) for rate in (*NAMED_RATES, Fraction(round(measured))))
    for rate in (*stated, *(rate for off, rate in close if off < _CLOSE), measured, usual):
        off, precision = _distance(stamps, holes, time_base * rate)
        if off <= precision:
            best, least = rate, off
            break
        if off < least:
            best, least = rate, off
    exact = named(best)
    if exact != best and _distance(stamps, holes, time_base * exact)[0] <= _HALF_A_FRAME:
        return Grid(exact, False)
    if least > _HALF_A_FRAME:
        return Grid(named(usual), True)
    return Grid(best, False)


def slots(times: array[int], time_base: Fraction, rate: Fraction) -> NDArray[np.int64]:
    """The place of each frame on the grid, from 0: its number, and more by the frames missing before it."""
    import numpy as np

    stamps = np.frombuffer(times, dtype=np.int64)
    frames = (stamps[1:] - stamps[:-1]) * float(time_base * rate)
    missing = np.where(frames > _HOLE, np.rint(frames).astype(np.int64) - 1, 0)
    places = np.arange(len(times), dtype=np.int64)
    places[1:] += np.cumsum(missing)
    return places


def _distance(stamps: NDArray[np.int64], holes: NDArray[np.bool_], frames: Fraction) -> tuple[float, float]:
    """How far the worst frame is from the grid, in frames, whatever holes last; and how far stamps are when
    nothing is wrong. frames: in a unit of the stamps.
    """
    import numpy as np

    places = (stamps - stamps[0]) * float(frames)
    places[1:] -= np.cumsum(np.where(holes, np.diff(places) - 1, 0))
    off = places - np.arange(len(places))
    return float(off.max() - off.min()) / 2, 0.5 * float(frames) + 1e-6
