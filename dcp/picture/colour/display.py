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

Picture = NDArray[np.uint8] | NDArray[np.uint16]
Floats = NDArray[np.float64]

WHITE, PEAK, GAMMA = 48.0, 52.37, 2.6  # cd/m2, cd/m2, exponent
CODES = 4096
_STEPS = 1 << 16  # of the linear-light tables

_REC709 = (
    (0.4123908, 0.3575843, 0.1804808),
    (0.2126390, 0.7151687, 0.0721923),
    (0.0193308, 0.1191948, 0.9505322),
)
_P3_D65 = ((0.4865709, 0.2656677, 0.1982173), (0.2289746, 0.6917385, 0.0792869), (0.0, 0.0451134, 1.0439444))
_P3_DCI = ((0.4451698, 0.2771344, 0.1722827), (0.2094917, 0.7215953, 0.0689131), (0.0, 0.0470606, 0.9073554))
_REC2020 = (
    (0.6369580, 0.1446169, 0.1688810),
    (0.2627002, 0.6779981, 0.0593017),
    (0.0, 0.0280727, 1.0609851),
)


Transfer = Callable[[Floats], Floats]


def _power(exponent: float) -> Transfer:
    return lambda values: values**exponent


def _srgb_to_linear(values: Floats) -> Floats:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _linear_to_srgb(values: Floats) -> Floats:
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * np.maximum(values, 0) ** (1 / 2.4) - 0.055)


# name -> RGB to XYZ (rows), code to light, light to code
ENCODINGS: dict[str, tuple[tuple[tuple[float, ...], ...], Transfer, Transfer]] = {
    "rec709": (_REC709, _power(2.4), _power(1 / 2.4)),
    "srgb": (_REC709, _srgb_to_linear, _linear_to_srgb),
    "p3-d65": (_P3_D65, _power(2.6), _power(1 / 2.6)),
    "p3-dci": (_P3_DCI, _power(2.6), _power(1 / 2.6)),
    "rec2020": (_REC2020, _power(2.4), _power(1 / 2.4)),
}
"""Rec.709 and Rec.2020 by BT.1886 (2.4), sRGB piecewise (IEC 61966-2-1), P3 by 2.6 (RP 431-2)."""


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

    Colours that the display lacks are cut. display: a name of `ENCODINGS`. UsageError for another name, shape
    or dtype.
    """
    _check(xyz, (np.uint16,))
    matrix, decode, encode = _backward(display, np.dtype(dtype).itemsize)
    out: Picture = np.empty(xyz.shape, dtype=np.uint8) if dtype is np.uint8 else np.empty_like(xyz)
    _apply(np.ascontiguousarray(xyz), decode, matrix, encode, out)
    return out


# --- how it is done -----


def _check(picture: Picture, dtypes: tuple[type, ...]) -> None:
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype not in dtypes:
        raise UsageError("colour.no-picture", shape="x".join(map(str, picture.shape)), type=picture.dtype)


def _encoding(name: str) -> tuple[Floats, Transfer, Transfer]:
    if name not in ENCODINGS:
        raise UsageError("colour.unknown", name=name, names=", ".join(ENCODINGS))
    matrix, decode, encode = ENCODINGS[name]
    return np.array(matrix, dtype=np.float64), decode, encode


Tables = tuple[NDArray[np.float32], NDArray[np.float32], Picture]


@cache
def _forward(source: str, itemsize: int) -> Tables:
    """Matrix, codes to light, and light to codes. The last is indexed by the square root of light."""
    matrix, decode, _ = _encoding(source)
    codes = 1 << 8 * itemsize
    light = decode(np.arange(codes) / (codes - 1)).astype(np.float32)
    level = (np.arange(_STEPS) / (_STEPS - 1)) ** 2 * PEAK / WHITE
    xyz = np.rint((CODES - 1) * (level * WHITE / PEAK) ** (1 / GAMMA)).astype(np.uint16)
    return (matrix * WHITE / PEAK).astype(np.float32), light, xyz


@cache
def _backward(display: str, itemsize: int) -> Tables:
    matrix, _, encode = _encoding(display)
    light = (np.arange(CODES) / (CODES - 1)) ** GAMMA * (PEAK / WHITE)
    top = (1 << 8 * itemsize) - 1
    level = (np.arange(_STEPS) / (_STEPS - 1)) ** 2
    codes = np.rint(encode(level) * top)
    rgb: Picture = codes.astype(np.uint8) if itemsize == 1 else codes.astype(np.uint16)
    return np.linalg.inv(matrix).astype(np.float32), light.astype(np.float32), rgb


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
