"""How many bits a sample is coded with: by what is lost, as it was measured on frames of the same shot.

A sample of 12 - k bits costs less to code, and where the grain of a picture is above the steps of 2^k codes,
next to nothing is lost. One frame in `ANCHOR_EVERY` and the first of every shot, an anchor, is coded once for
each of its `candidates`; each is decoded and held against what was drawn (`measured`), and `chosen` says
which k is taken, for the anchor and those after it. All of it is known before the first of them is coded, so
that they may be coded side by side, and nothing depends on who codes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log10
from typing import TYPE_CHECKING, Literal, get_args

from dcp.dataclass import dataclass
from dcp.picture.codec import BIT_DEPTH, LEAST_BITS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dcp.picture.codec import Codec

Coding = Literal["exact", "fine", "fast"]
CODINGS: tuple[Coding, ...] = get_args(Coding)
ANCHOR_EVERY = 48
"""Frames from one anchor to the next within a shot."""
MOST_FEWER = BIT_DEPTH - LEAST_BITS
"""The largest k."""
_FIRST = (0, 2, 3, MOST_FEWER)
_PEAK = (1 << BIT_DEPTH) - 1
_LEAST = 1e-9


@dataclass(frozen=True)
class Allowed:
    """What a coding may lose. loss: dB beside what all 12 bits give; psnr: dB that are enough, whatever the
    loss, of 12-bit codes (peak 4095)."""

    loss: float
    psnr: float


ALLOWED: Mapping[Coding, Allowed] = {"fine": Allowed(0.25, 60.0), "fast": Allowed(0.5, 58.0)}


def candidates(coding: Coding, last_k: int | None) -> tuple[int, ...]:
    """Which k an anchor is coded with: 0, then the k of the frames before and its neighbours, ascending.

    last_k: of the frame before, of this shot or another; None where there is none, at the begin of a film.
    """
    if coding == "exact":
        return (0,)
    if last_k is None:
        return _FIRST
    near = min(max(last_k, 1), MOST_FEWER - 1)
    return (0, near, near + 1)


def chosen(coding: Coding, measured: Mapping[int, float]) -> int:
    """The largest k that loses no more than the coding allows; 0 where none of them does.

    measured: the mean square error by k, in codes squared, 0 among them. A k between those that were measured
    is judged by `expected_error`, one above them is not taken.
    """
    if coding == "exact" or 0 not in measured:
        return 0
    allowed = ALLOWED[coding]
    exact = measured[0]
    for k in range(max(measured), 0, -1):
        error = measured[k] if k in measured else expected_error(measured, k)
        if decibels(error, exact) <= allowed.loss or psnr(error) >= allowed.psnr:
            return k
    return 0


def expected_error(measured: Mapping[int, float], k: int) -> float:
    """The mean square error that k would have, if it was not measured: D + c 4^k / 12, D that of k = 0.

    c is 1, or what the next larger k that was measured had, where that was more: in clean pictures the
    coarser steps of the coder come on top.
    """
    exact = measured[0]
    above = min((each for each in measured if each > k), default=None)
    factor = 1.0 if above is None else max(1.0, (measured[above] - exact) * 12 / 4**above)
    return float(exact + factor * 4**k / 12)


def decibels(error: float, exact: float) -> float:
    """What `error` loses beside `exact`, both mean square errors, in dB."""
    return 10 * log10(max(error, _LEAST) / max(exact, _LEAST))


def psnr(error: float) -> float:
    """dB of a mean square error in codes of 12 bits."""
    return 10 * log10(_PEAK**2 / max(error, _LEAST))


def measured(codestream: bytes, drawn: NDArray[np.uint16], codec: Codec) -> float:
    """The mean square error of the decoded codestream in codes squared. drawn: what it was made of, X'Y'Z'
    codes of 12 bits, (height, width, 3).

    CodestreamError when it does not decode, ValueError when it is a picture of another size.
    """
    import numpy as np

    decoded = codec.decode(codestream)
    if decoded.shape != drawn.shape:
        raise ValueError(f"a picture of {decoded.shape} beside one of {drawn.shape}")
    total = 0
    for first in range(0, len(drawn), _ROWS):
        rows = slice(first, first + _ROWS)
        difference = np.subtract(decoded[rows], drawn[rows], dtype=np.int32).ravel()
        total += int(np.einsum("i,i->", difference, difference, dtype=np.int64))
    return total / drawn.size


_ROWS = 64
"""Rows that are compared at a time: what lies between stays in the processor's cache."""
