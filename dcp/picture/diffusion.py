"""Planes of 12 bits brought to fewer by error diffusion, in integers, along the lines.

What was lost by rounding is summed up, and a quarter of the sum is given to the next sample, so that the sum
of a picture is kept to the last unit: the means of small areas stay where they were, and no contours come up.
That adds a seventh to the noise that rounding makes; Floyd and Steinberg's weights, which give an error whole
to four samples, add a third and draw chequered patterns into clean areas, which cost bits. A line goes on
where the one before ended, its phase moved, so that what repeats along the lines does not stand as columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from dcp.picture.codec import BIT_DEPTH, LEAST_BITS

_SHARE = 2
"""Of what is owed: a quarter."""
_WHITE = (1 << BIT_DEPTH) - 1
_TURN = 40_503
"""Of 65,536: the golden ratio's part of a step, which lines that lie together are apart in phase."""


def diffuse(sources: Sequence[NDArray[Any]], planes: Sequence[NDArray[np.int32]], bits: int) -> None:
    """Three planes (height, width) of 12-bit codes into three of `bits` bits, 8 to 11; they may be the same.

    What comes out is the code divided by 2^(12 - bits). Black stays black, and white is white: 4095 becomes
    2^bits, one more than `bits` bits hold, which the coder takes, as it first subtracts half the range; what
    is decoded above 4095 is cut there, and errors are reckoned as it will be shown.
    """
    if not LEAST_BITS <= bits < BIT_DEPTH:
        raise ValueError(f"samples of {bits} bits")
    a, b, c = sources
    to_a, to_b, to_c = planes
    _diffuse(a, b, c, to_a, to_b, to_c, BIT_DEPTH - bits)


@numba.njit(nogil=True, cache=True)
def _diffuse(a, b, c, to_a, to_b, to_c, fewer):  # type: ignore[no-untyped-def]
    """All three in one loop: the steps of one wait for each other, those of three go side by side."""
    height, width = a.shape
    owed_a = owed_b = owed_c = 0
    phase = 0
    for y in range(height):
        moved = ((y * _TURN & 0xFFFF) << fewer) >> 16
        owed_a, owed_b, owed_c = owed_a + moved - phase, owed_b + moved - phase, owed_c + moved - phase
        phase = moved
        for x in range(width):
            code, owed_a = _reduced(a[y, x], owed_a, fewer)
            to_a[y, x] = code
            code, owed_b = _reduced(b[y, x], owed_b, fewer)
            to_b[y, x] = code
            code, owed_c = _reduced(c[y, x], owed_c, fewer)
            to_c[y, x] = code


@numba.njit(nogil=True, cache=True, inline="always")
def _reduced(sample, owed, fewer):  # type: ignore[no-untyped-def]
    """The code of fewer bits, and what is owed then."""
    sample = np.int64(sample)
    code = (sample + (owed >> _SHARE) + (1 << (fewer - 1))) >> fewer
    # black and white are kept whatever is owed
    code = max(min(code, sample), sample - _WHITE + ((_WHITE + 1) >> fewer))
    return code, owed + sample - min(code << fewer, _WHITE)
