"""X'Y'Z' of 12 bits and display colours, both ways, so that create and play are each other's inverse.

A code is 4095 (L X / 52.37)^(1/2.6) with X'Y'Z' normalised so that Y = 1 is a white of L = 48 cd/m2 (DCSS, ST
428-1), rounded. The white of a source is Y = 48 cd/m2, without chromatic adaptation: D65 stays D65.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numba
import numpy as np
from numpy.typing import NDArray

from dcp.errors import UsageError
from dcp.picture.colour.displays import display_named
from dcp.picture.colour.encodings import NAMED
from dcp.picture.colour.light import CODES, GAMMA, PEAK, TO_LIGHT, WHITE, Floats, rgb_to_xyz
from dcp.picture.colour.output import convert

Picture = NDArray[np.uint8] | NDArray[np.uint16]
Curve = Callable[[Floats], Floats]

_STEPS = 1 << 16  # of the linear-light tables

ENCODINGS = ("rec709", "srgb", "p3-d65", "p3-dci", "rec2020")
"""Those of sources: Rec.709 and Rec.2020 by BT.1886 (2.4), sRGB piecewise (IEC 61966-2-1), P3 by 2.6."""


def to_xyz12(rgb: Picture, *, source: str) -> NDArray[np.uint16]:
    """Full-range RGB of 8 or 16 bits, (height, width, 3), to X'Y'Z' codes 0 to 4095, uint16.

    source: a name of `ENCODINGS`. Within one code of the formula. UsageError for another name, shape, dtype.
    """
    _check(rgb, (np.uint8, np.uint16))
    matrix, decode, encode = _forward(source, rgb.dtype.itemsize)
    out = np.empty(rgb.shape, dtype=np.uint16)
    _apply(np.ascontiguousarray(rgb), decode, matrix, encode, out)
    return out


def from_xyz12(
    xyz: NDArray[np.uint16], *, display: str, dtype: type[np.uint8] | type[np.uint16] = np.uint8
) -> Picture:
    """X'Y'Z' codes, (height, width, 3) uint16, to full-range RGB of 8 or 16 bits.

    Colours that the display lacks are cut (`output`). display: a name of `displays.NAMES`. UsageError for
    another name, shape or dtype.
    """
    picture, _ = convert(xyz, display_named(display), bits=8 * np.dtype(dtype).itemsize)
    return picture


# --- how it is done -----


def _check(picture: Picture, dtypes: tuple[type, ...]) -> None:
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype not in dtypes:
        raise UsageError("colour.no-picture", shape="x".join(map(str, picture.shape)), type=picture.dtype)


def _encoding(name: str) -> tuple[Floats, Curve]:
    """RGB to XYZ, code to light."""
    if name not in ENCODINGS:
        raise UsageError("colour.unknown", name=name, names=", ".join(ENCODINGS))
    primaries, transfer = NAMED[name]
    return rgb_to_xyz(primaries), TO_LIGHT[transfer]


Tables = tuple[NDArray[np.float32], NDArray[np.float32], Picture]


@cache
def _forward(source: str, itemsize: int) -> Tables:
    """Matrix, codes to light, and light to codes. The last is indexed by the square root of light."""
    matrix, decode = _encoding(source)
    codes = 1 << 8 * itemsize
    light = decode(np.arange(codes) / (codes - 1)).astype(np.float32)
    level = (np.arange(_STEPS) / (_STEPS - 1)) ** 2 * PEAK / WHITE
    xyz = np.rint((CODES - 1) * (level * WHITE / PEAK) ** (1 / GAMMA)).astype(np.uint16)
    return (matrix * WHITE / PEAK).astype(np.float32), light, xyz


@numba.njit(nogil=True, cache=True, fastmath=True)
def _apply(picture, decode, matrix, encode, out):  # type: ignore[no-untyped-def]
    """One pass: table, matrix, square root, table."""
    height, width = picture.shape[:2]
    top = np.float32(encode.size - 1)
    last = decode.size - 1
    for row in range(height):
        for column in range(width):
            red = decode[min(picture[row, column, 0], last)]
            green = decode[min(picture[row, column, 1], last)]
            blue = decode[min(picture[row, column, 2], last)]
            for channel in range(3):
                value = matrix[channel, 0] * red + matrix[channel, 1] * green + matrix[channel, 2] * blue
                value = min(max(value, np.float32(0)), np.float32(1))
                out[row, column, channel] = encode[int(np.sqrt(value) * top + np.float32(0.5))]
