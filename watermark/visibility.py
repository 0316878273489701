"""What the eye forgives, and how strong a mark may be: the law that embedder and detector share.

The limit comes from a published model of contrast sensitivity in space and time: D. H. Kelly, "Motion and
vision II: stabilized spatio-temporal threshold surface", J. Opt. Soc. Am. 69 (1979) 1340-1349, with the
constants of S. Daly, "Engineering observations from spatiovelocity and spatiotemporal visual models", Proc.
SPIE 3299 (1998) 180-191. It speaks of one grating under good light; a trained viewer has the last word.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

SCREEN_DEGREES = 45.0
"""Width of the screen as the viewer sees it."""

FLAT_LIMIT = 0.007
"""The largest change of linear light in flat areas, as a fraction: 0.61 of the threshold of 1.14 % for
stripes of a cell (8 cycles a picture width) that change sign with each chip (3 Hz), the strongest single
grating that any signs can make."""
AMPLITUDE = 0.0069
"""The nominal change; what rounding and the curve of X'Y'Z' make of it stays within the limit."""
MAX_TEXTURE = 3.0
"""The most that texture multiplies it by."""
MAX_STRENGTH = 3.5
"""The most that texture and darkness multiply it by."""
DARK_CODE = 0.35
"""Share of the largest code (3.4 cd/m2) below which the eye forgives more."""
DARK_POWER = 0.42
"""The threshold's growth below it, as a power of light: between constant contrast (0) and the law of De Vries
and Rose (0.5)."""

CODE_GAMMA = 2.6  # X'Y'Z' is light to the power of 1/2.6 (ST 428-1): a gain on codes is the 2.6th part of it
CODE_MAX = 4095

LEAST_PSNR = 60.0
"""dB, of every frame, over the three components of X'Y'Z' with a peak of 4095."""
LEAST_SHARE = 10 ** (-LEAST_PSNR / 10)
"""The same as a mean square, in units of the largest code."""
CARRIER_POWER = 0.5625
"""Mean square of the carrier between random signs, without the cross-fade of chips."""
_MARGIN = (
    0.95  # what of it the law spends, by the mean carrier and Y' alone: the embedder's own bound is exact
)

TILE_COLUMNS, TILE_ROWS = 64, 36
"""The grid of texture, and of everything that a detector looks at."""
MIN_WIDTH, MIN_HEIGHT = 4 * TILE_COLUMNS, 4 * TILE_ROWS
"""The picture from which texture is judged; a smaller one cannot be marked."""


def threshold(
    cycles: float,
    hertz: float,
    *,
    degrees: float = SCREEN_DEGREES,
    constants: tuple[float, float, float] = (1.14, 0.67, 1.7),
) -> float:
    """The contrast (amplitude over mean) at which a grating that flickers is just seen.

    cycles: a picture width, above 0. hertz: above 0. degrees: the picture's width. constants: c0, c1, c2.
    """
    c0, c1, c2 = constants
    velocity = c2 * hertz * degrees / cycles
    alpha = 2 * math.pi * c1 * cycles / degrees
    peak = 6.1 + 7.3 * abs(math.log10(velocity / 3)) ** 3
    return 1 / (peak * c0 * velocity * alpha**2 * math.exp(-2 * alpha * (velocity + 2) / 45.9))


def strength(luminance: NDArray[np.uint16] | NDArray[np.float32], *, white: float) -> NDArray[np.float32]:
    """How many times AMPLITUDE a change may have: shape (36, 64), up to 3.5.

    luminance: (height, width), gamma-coded; white: its largest code. Texture hides a change: the contrast
    within a tile, counted where most of the tiles around have it too (beside a lone edge the eye looks at the
    flat part). So does darkness. It is 1 in flat areas, unless the picture is so bright that LEAST_PSNR would
    be missed: then texture's excess goes first, and what is still too much comes down with the whole. A
    detector gets nearly the same answer from a smaller copy of the picture.
    """
    small = cv2.resize(luminance, (MIN_WIDTH, MIN_HEIGHT), interpolation=cv2.INTER_AREA)
    return strength_of_small(small.astype(np.float32) / np.float32(white))


def strength_of_small(small: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same of a picture of 256 x 144, white 1."""
    texture, dark, square = _masking(small)
    excess = np.minimum(texture * dark, np.float32(MAX_STRENGTH)) - dark
    # What is brighter than the largest code (HDR) costs as much as that.
    return _within_budget(np.minimum(square, np.float32(1)), dark, excess).astype(np.float32)


def flat_tiles(small: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where neither texture nor darkness hides anything, of a picture of 256 x 144: (36, 64)."""
    texture, dark, _ = _masking(small)
    flat: NDArray[np.bool_] = texture * dark < 1.002
    return flat


def _masking(small: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
    """Of the tiles: what texture and what darkness allow a change to be multiplied by; the mean square."""
    size = TILE_COLUMNS, TILE_ROWS
    mean = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
    square = cv2.resize(small * small, size, interpolation=cv2.INTER_AREA)
    deviation = np.sqrt(np.maximum(square - mean**2, 0))
    # The floor keeps noise in black from counting as texture.
    contrast = deviation / np.maximum(mean, 0.05)
    contrast = cv2.blur(cv2.medianBlur(contrast.astype(np.float32), 3), (3, 3))
    texture = 1 + (MAX_TEXTURE - 1) * np.clip((contrast - 0.03) / 0.25, 0, 1)
    below = np.maximum(DARK_CODE / np.maximum(cv2.blur(mean, (5, 5)), 0.01), 1)
    dark = np.minimum(below ** (DARK_POWER * CODE_GAMMA), MAX_STRENGTH)
    return texture.astype(np.float32), dark.astype(np.float32), square.astype(np.float32)


def _within_budget(
    square: NDArray[np.float32], plain: NDArray[np.float32], excess: NDArray[np.float32]
) -> NDArray[np.float32]:
    """plain + as much of excess as LEAST_PSNR lets pass, or a part of plain. square: mean squares of codes.

    A change costs the square of the code, but is read as well in a dark tile as in a bright one, and worse in
    texture than beside it: so texture's excess is the first to go.
    """
    budget = _MARGIN * LEAST_SHARE / (CARRIER_POWER * (AMPLITUDE / CODE_GAMMA) ** 2)
    least = float((square * plain**2).mean())
    if least >= budget:
        return plain * np.float32(math.sqrt(budget / least))
    cross, most = float((square * plain * excess).mean()), float((square * excess**2).mean())
    if least + 2 * cross + most <= budget:
        return plain + excess
    # least + 2 cross share + most share^2 = budget
    share = (math.sqrt(cross**2 + most * (budget - least)) - cross) / most
    return plain + np.float32(share) * excess
