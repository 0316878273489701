"""What a frame looks like, from a decode at an eighth of its size: black, clipped, beyond what screens show.

An eighth is enough for what fills a hundredth of the picture, and takes a thirtieth of the time. What is
smaller, and damage in the finer resolutions, is not seen here.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import CodestreamError
from dcp.picture.codec import Codec, codec_by_name
from dcp.picture.codestream import parse_codestream
from dcp.picture.colour.light import CODES, GAMMA, PEAK, WHITE, rgb_to_xyz

if TYPE_CHECKING:
    Luma = NDArray[np.int16]

WIDTH = 240
"""Pixels that are left of the width at least, where the codestream has so many resolutions."""
MOST_PIXELS = 2048 * 1080
"""What is larger in its smallest resolution is not looked at."""
DARKEST = 200
"""Y' of 0.02 cd/m2: a picture that has no more of it anywhere is black on any screen."""
HIGHEST = 4094
"""Codes from here on are taken as 4095: coding moves them a little."""
ABOVE_WHITE = 3990
"""Y' of 49 cd/m2; white has 48 (3960)."""
OUTSIDE = -0.03
"""Of the largest of R, G, B of P3 what the smallest may be below 0: coding moves them a little."""
_SEEN = 0.5 / WHITE  # of white's light: darker colours are not told apart
_ALIKE_MEAN, _ALIKE_MOST = 1.0, 24  # codes of Y'
SHIFTS = 6
_PLAIN = 40.0  # standard deviation of Y' below which a band shows nothing to measure by


@dataclass(frozen=True, eq=False)
class Look:
    """luma: Y' codes, (height, width) int16. black: no light anywhere. clipped, bright, beyond: parts of the
    picture, 0 to 1, with a code of 4095, with more light than white, with colours outside P3; None in HDR."""

    luma: Luma
    black: bool
    clipped: float | None = None
    bright: float | None = None
    beyond: float | None = None


def look(codestream: bytes | bytearray | memoryview, *, hdr: bool = False) -> Look:
    """CodestreamError when it does not decode."""
    return look_at(in_small(codestream, WIDTH), hdr=hdr)


def in_small(codestream: bytes | bytearray | memoryview, width: int) -> NDArray[np.uint16]:
    """The picture halved as often as `width` pixels are left of its own, or it has resolutions.

    CodestreamError when it does not decode, or is still larger than 2K then.
    """
    header = parse_codestream(codestream)
    least = min(header.style_of(number).levels for number in range(min(len(header.components), 4)))
    reduce = 0
    while reduce < least and header.width >> (reduce + 1) >= width:
        reduce += 1
    if (header.width >> reduce) * (header.height >> reduce) > MOST_PIXELS:
        raise CodestreamError("looks.too-large", width=header.width, height=header.height, n=least)
    return _codec().decode(codestream, reduce=reduce)


@cache
def _codec() -> Codec:
    """Asked for once, not for each frame: whether its libraries are here takes as long as a small picture."""
    return codec_by_name()


def look_at(codes: NDArray[np.uint16], *, hdr: bool = False) -> Look:
    """codes: X'Y'Z' of 12 bits, (height, width, 3); of fewer components the first is taken as Y'."""
    luma = codes[:, :, 1 if codes.shape[2] == 3 else 0].astype(np.int16)
    black = bool(codes.max() <= DARKEST)
    if hdr or black or codes.shape[2] != 3:
        return Look(luma, black)
    clipped = float(np.mean((codes >= HIGHEST).any(axis=2)))
    bright = float(np.mean(luma > ABOVE_WHITE))
    light, matrix = _tables()
    xyz = light[np.minimum(codes, CODES - 1)]
    rgb = xyz @ matrix.T
    outside = (rgb.min(axis=2) < OUTSIDE * rgb.max(axis=2)) & (xyz[:, :, 1] > _SEEN)
    return Look(luma, black, clipped, bright, float(np.mean(outside)))


def alike(one: Luma, other: Luma) -> bool:
    """Whether two frames show the same picture."""
    if one.shape != other.shape:
        return False
    apart = np.abs(one - other)
    return bool(apart.max() <= _ALIKE_MOST) and float(apart.mean()) <= _ALIKE_MEAN


def nearer_below(left: Luma, right: Luma) -> int:
    """1 when the lower third of the picture is nearer than the upper one, as scenes mostly are, -1 when it is
    farther, 0 when they show too little. Of swapped eyes it is the other way round."""
    third = left.shape[0] // 3
    if left.shape != right.shape or not third or left.shape[1] <= 4 * SHIFTS:
        return 0
    upper = _disparity(left[:third], right[:third])
    lower = _disparity(left[-third:], right[-third:])
    if upper is None or lower is None or upper == lower:
        return 0
    return 1 if lower < upper else -1


def _disparity(left: Luma, right: Luma) -> int | None:
    """By how many pixels things lie further right for the right eye; None when it cannot be told."""
    if left.std() < _PLAIN or right.std() < _PLAIN:
        return None
    kept = left[:, SHIFTS:-SHIFTS].astype(np.int32)
    width = kept.shape[1]
    costs = [
        float(np.abs(kept - right[:, SHIFTS + shift : SHIFTS + shift + width]).mean())
        for shift in range(-SHIFTS, SHIFTS + 1)
    ]
    best = min(costs)
    at = costs.index(best)
    if best > 0.6 * float(np.mean(costs)) or at in (0, len(costs) - 1):
        return None
    return at - SHIFTS


@cache
def _tables() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    light = (np.arange(CODES) / (CODES - 1)) ** GAMMA * (PEAK / WHITE)
    return light.astype(np.float32), np.linalg.inv(rgb_to_xyz("p3-d65")).astype(np.float32)
