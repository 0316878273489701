"""How marked light becomes 8 or 10 bits: rounded with dither, for the mark is a fraction of a code.

Rounded plainly, a picture without grain loses the mark before any coder sees it. Added before samples are cut
to whole codes, values between 0 and 1 keep it in the mean over some pixels or frames. They depend on nothing
but the frame's index: frames may be rounded in any order, on any thread. Samples that are whole codes stay
what they are, so black stays black, white white, and nothing leaves the range that the samples were in.
"""

from __future__ import annotations

import hashlib
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal

import numba
import numpy as np
from numpy.typing import NDArray

from dcp.errors import UsageError
from dcp.texts.catalogue import Text, text
from watermark.carrier import CHIPS_PER_SECOND

Floats = NDArray[np.float32]
Samples = NDArray[np.float32] | NDArray[np.uint16]
Codes = NDArray[np.uint8] | NDArray[np.uint16]

Way = Literal["pixel", "block", "none"]
"""pixel: a value for each pixel and frame, noise of high frequency, in space and in time. block: a value for
each 8x8 pixels and chip, which a coder keeps better and an eye sees sooner. none: rounded to the nearest."""
DITHER: Way = "pixel"
"""The way of everything that people look at."""

SIDE = 64
"""The noise comes again after so many pixels (or blocks) each way."""
BLOCK = 8
_CHANNELS = 3
_GOLDEN = (5**0.5 - 1) / 2
_SPREAD = 1.5  # sigma in pixels of what each value keeps away from itself
_FULL = {8: 255, 10: 1023, 12: 4095}


SAID: dict[Way, Text] = {
    "pixel": text("mark.dither-pixel"),
    "block": text("mark.dither-block"),
    "none": text("mark.dither-none"),
}
"""The ways in words."""


def noise(frame_index: int, *, way: Way = DITHER, rate: Fraction = Fraction(24)) -> Floats | None:
    """What is added to the samples of a frame, laid over it as tiles: (rows, columns), between 0 and 1.

    None for a picture that is rounded plainly. rate: frames a second, of which `block` makes chips. What is
    given is shared: it is not to be written to.
    """
    if way == "none":
        return None
    if way == "pixel":
        return _shifted(frame_index)
    return _blocks(int(frame_index / Fraction(rate) * CHIPS_PER_SECOND))


def ranks() -> NDArray[np.int64]:
    """The tile that `pixel` is made of, SIDE by SIDE, each number up to SIDE * SIDE once. Frame n adds
    round(n * golden section * SIDE * SIDE), modulo their count, and lies half a step above; for who dithers
    elsewhere. Shared: it is not to be written to."""
    return _ranks()


def rounded(
    samples: Samples,
    dither: Floats | None,
    *,
    depth: int = 8,
    scale: float | None = None,
    low: int = 0,
    high: int | None = None,
    channel: int = 0,
    out: Codes | None = None,
) -> Codes:
    """Samples with fractions as whole codes of `depth` bits.

    samples: (height, width), or (height, width, 3) with noise of its own for each channel; float32 in codes
    of `depth` bits, or uint16 over the whole range. scale: codes a unit of the samples, where it is another.
    dither: of `noise`. low, high: the least and the highest code; 0 and the depth's own unless given.
    channel: whose noise a plane by itself takes: 0 to 2. out: the same shape, uint8 up to 8 bits, else
    uint16. UsageError for other shapes, types or depths.
    """
    if depth not in _FULL or samples.dtype not in (np.float32, np.uint16):
        raise UsageError("mark.dither-form", depth=depth, type=samples.dtype)
    kind = np.uint8 if depth == 8 else np.uint16
    found = np.empty(samples.shape, kind) if out is None else out
    if found.shape != samples.shape or found.dtype != kind or not samples.size:
        raise UsageError("mark.dither-form", depth=depth, type=f"{found.dtype} {found.shape}")
    if scale is None:
        scale = 1.0 if samples.dtype == np.float32 else _FULL[depth] / 65535
    planes = samples.shape[2:]
    if samples.ndim not in (2, 3) or planes not in ((), (_CHANNELS,)):
        raise UsageError("mark.dither-form", depth=depth, type=str(samples.shape))
    _round(
        samples.reshape(samples.shape[0], -1),
        _HALF if dither is None else dither,
        np.float32(scale),
        np.float32(low),
        np.float32(_FULL[depth] if high is None else high),
        channel,
        _CHANNELS if planes else 1,
        found.reshape(samples.shape[0], -1),
    )
    return found


# --- how it is done -----

_HALF: Floats = np.full((1, SIDE), 0.5, np.float32)


@lru_cache(maxsize=64)
def _shifted(frame_index: int) -> Floats:
    """The tile, each value moved on by the golden section a frame: noise of high frequency in time, too."""
    steps = SIDE * SIDE
    moved = (_ranks() + round(frame_index * _GOLDEN * steps)) % steps
    return _values(moved)


@lru_cache(maxsize=2)
def _blocks(chip: int) -> Floats:
    return np.repeat(np.repeat(_shifted(chip), BLOCK, axis=0), BLOCK, axis=1)


def _values(ranks: NDArray[np.int64]) -> Floats:
    """Half a step away from 0 and 1, so that a whole code that came out of float32 is still one."""
    values = ((ranks + 0.5) / ranks.size).astype(np.float32)
    margin = np.float32(1 / 512)
    return np.clip(values, margin, 1 - margin)


@lru_cache(maxsize=1)
def _ranks() -> NDArray[np.int64]:
    """Each number up to 4,095 once, so laid that those up to any one are spread evenly: void and cluster
    (Ulichney 1993) on a torus. In whole numbers: the same on every machine."""
    count = SIDE * SIDE
    away = np.minimum(np.arange(SIDE), SIDE - np.arange(SIDE))
    weight = np.rint(np.exp(-(away[:, None] ** 2 + away**2) / (2 * _SPREAD**2)) * (1 << 20)).astype(np.int64)
    wide = np.tile(weight, (2, 2))

    def around(place: int) -> NDArray[np.int64]:
        y, x = divmod(place, SIDE)
        return wide[SIDE - y : 2 * SIDE - y, SIDE - x : 2 * SIDE - x]

    def tightest() -> int:
        return int(np.argmax(np.where(taken, crowd, -1)))

    def emptiest() -> int:
        return int(np.argmin(np.where(taken, np.iinfo(np.int64).max, crowd)))

    def put(place: int, sign: int) -> None:
        taken.flat[place] = sign > 0
        crowd[...] += sign * around(place)

    lots = np.frombuffer(hashlib.shake_256(b"dither").digest(4 * count), "<u4")
    taken, crowd = np.zeros((SIDE, SIDE), bool), np.zeros((SIDE, SIDE), np.int64)
    first = count // 10
    for place in np.argsort(lots, kind="stable")[:first]:
        put(int(place), 1)
    while True:
        place = tightest()
        put(place, -1)
        free = emptiest()
        put(free, 1)
        if free == place:
            break
    ranks = np.zeros(count, np.int64)
    start, crowd_then = taken.copy(), crowd.copy()
    for rank in range(first - 1, -1, -1):
        place = tightest()
        put(place, -1)
        ranks[place] = rank
    taken[...], crowd[...] = start, crowd_then
    for rank in range(first, count):
        place = emptiest()
        put(place, 1)
        ranks[place] = rank
    return ranks.reshape(SIDE, SIDE)


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _round(
    samples: Any,
    dither: Floats,
    scale: np.float32,
    low: np.float32,
    high: np.float32,
    channel: int,
    channels: int,
    out: Any,
) -> None:
    """Rows of samples, those of `channels` channels in turn. A channel takes the tile from another row on."""
    height, length = samples.shape
    rows, columns = dither.shape
    apart = rows // (3 * BLOCK) * BLOCK
    width = length // channels
    added = np.empty(length, np.float32)
    for y in range(height):
        for each in range(channels):
            values = dither[(y + (channel + each) * apart) % rows]
            for begin in range(0, width, columns):
                for x in range(min(columns, width - begin)):
                    added[(begin + x) * channels + each] = values[x]
        source, target = samples[y], out[y]
        for i in range(length):
            code = np.float32(source[i]) * scale + added[i]
            code = code if code > low else low
            code = code if code < high else high
            target[i] = np.int32(code)
