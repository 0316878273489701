"""Planes of 12 bits brought to fewer by error diffusion (Floyd and Steinberg's weights), in integers.

What a sample loses by being rounded is given to its neighbours whole: the sum of a picture is kept to the
last unit, so that the means of small areas stay where they were and no contours come up. What leaves a line
at its end goes on at the begin of the next, as if all lines were one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from dcp.picture.codec import BIT_DEPTH, LEAST_BITS

_UNIT = 8
"""Bits below a code that errors are kept with: sixteenths of them are whole units, or nearly."""
_WHITE = (1 << BIT_DEPTH) - 1


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
    below_a = np.zeros(width, np.int32)
    below_b = np.zeros(width, np.int32)
    below_c = np.zeros(width, np.int32)
    right_a = right_b = right_c = 0  # for the next sample
    under_a = under_b = under_c = 0  # for the one under this one, so far
    ahead_a = ahead_b = ahead_c = 0  # for the one under the next
    before = width - 1
    for y in range(height):
        for x in range(width):
            code, error = _reduced(a[y, x], right_a + below_a[x], fewer)
            to_a[y, x] = code
            right_a, left, under, ahead = _shares(error)
            below_a[before] = under_a + left
            under_a, ahead_a = under + ahead_a, ahead

            code, error = _reduced(b[y, x], right_b + below_b[x], fewer)
            to_b[y, x] = code
            right_b, left, under, ahead = _shares(error)
            below_b[before] = under_b + left
            under_b, ahead_b = under + ahead_b, ahead

            code, error = _reduced(c[y, x], right_c + below_c[x], fewer)
            to_c[y, x] = code
            right_c, left, under, ahead = _shares(error)
            below_c[before] = under_c + left
            under_c, ahead_c = under + ahead_c, ahead
            before = x


@numba.njit(nogil=True, cache=True, inline="always")
def _reduced(sample, error, fewer):  # type: ignore[no-untyped-def]
    """The code of fewer bits, and what is left over."""
    sample = np.int64(sample)
    value = (sample << _UNIT) + error
    code = (value + (1 << (_UNIT + fewer - 1))) >> (_UNIT + fewer)
    # no error is more than half a step, but by the last units of what was split: the ends are kept anyway
    code = max(min(code, sample), sample - _WHITE + ((_WHITE + 1) >> fewer))
    return code, value - (min(code << fewer, _WHITE) << _UNIT)


@numba.njit(nogil=True, cache=True, inline="always")
def _shares(error):  # type: ignore[no-untyped-def]
    """Of the next sample, and of the three below: left, under, right. They add up to the error."""
    right, left, under = error * 7 >> 4, error * 3 >> 4, error * 5 >> 4
    return right, left, under, error - right - left - under
