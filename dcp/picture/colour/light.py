"""Matrices and transfer curves, in float64: what the tables are made of and tests are held against."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dcp.picture.colour.encodings import LUMA, PRIMARIES, Chromaticities, Transfer
from dcp.picture.colour.path import Model

Floats = NDArray[np.float64]

WHITE, PEAK, GAMMA = 48.0, 52.37, 2.6
"""ST 428-1: cd/m2 of a white, cd/m2 of the highest code, exponent."""
HDR_PEAK = 300.0
"""cd/m2 of the white of DCI's HDR colour volume, whose primaries are those of P3 and whose white is D65."""
PQ_PEAK = 10_000.0
CODES = 4096

_M1, _M2 = 2610 / 16384, 2523 / 32
_C1, _C2, _C3 = 3424 / 4096, 2413 / 128, 2392 / 128


def rgb_to_xyz(primaries: str) -> Floats:
    """(3, 3): linear RGB into XYZ, Y of white being 1."""
    return matrix_of(PRIMARIES[primaries])


def matrix_of(chromaticities: Chromaticities) -> Floats:
    """(3, 3): linear RGB into XYZ, Y of white being 1. LinAlgError when the colours lie in a line."""
    *colours, white = (np.array([x, y, 1 - x - y]) for x, y in chromaticities)
    columns = np.stack(colours, axis=1)
    scale = np.linalg.solve(columns, white / white[1])
    matrix: Floats = columns * scale
    return matrix


def to_rgb(model: Model, matrix: str, depth: int, full_range: bool) -> Floats:
    """(3, 4): samples as they stand in their planes, and 1, into R'G'B' with black 0 and white 1.

    depth 32: floats, 1.0 being white; their range is always full, and chroma lies around 0.
    """
    top = (1 << depth) - 1.0 if depth != 32 else 1.0
    step = 1.0 if depth == 32 else 2.0 ** (depth - 8)
    full = full_range or depth == 32
    scale, black = (1 / top, 0.0) if full else (1 / (219 * step), 16 * step)
    luma = np.array([scale, -black * scale])
    if model != "ycbcr":
        return np.hstack([np.eye(3) * luma[0], np.full((3, 1), luma[1])])
    chroma = 1 / top if full else 1 / (224 * step)
    grey = 0.0 if depth == 32 else 128 * step
    planes = np.array(
        [[luma[0], 0, 0, luma[1]], [0, chroma, 0, -grey * chroma], [0, 0, chroma, -grey * chroma]]
    )
    whole: Floats = _from_ycc(matrix) @ planes
    return whole


def _from_ycc(name: str) -> Floats:
    """(3, 3): Y' of 0 to 1 and two differences of -0.5 to 0.5 into R'G'B'."""
    if name == "ycgco":
        return np.array([[1.0, -1, 1], [1, 1, 0], [1, -1, -1]])
    red, blue = LUMA[name]
    green = 1 - red - blue
    return np.array(
        [
            [1, 0, 2 * (1 - red)],
            [1, -2 * blue * (1 - blue) / green, -2 * red * (1 - red) / green],
            [1, 2 * (1 - blue), 0],
        ]
    )


def _srgb(values: Floats) -> Floats:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def pq_to_light(codes: Floats) -> Floats:
    """ST 2084: 0 to 1 into cd/m2."""
    root = np.asarray(codes, dtype=np.float64) ** (1 / _M2)
    light: Floats = PQ_PEAK * (np.maximum(root - _C1, 0) / (_C2 - _C3 * root)) ** (1 / _M1)
    return light


def light_to_pq(light: Floats) -> Floats:
    """ST 2084: cd/m2 into 0 to 1."""
    power = (np.asarray(light, dtype=np.float64) / PQ_PEAK) ** _M1
    codes: Floats = ((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2
    return codes


def _power(exponent: float) -> Callable[[Floats], Floats]:
    return lambda values: values**exponent


TO_LIGHT: dict[Transfer, Callable[[Floats], Floats]] = {
    "bt1886": _power(2.4),
    "srgb": _srgb,
    "linear": _power(1),
    "g22": _power(2.2),
    "g26": _power(2.6),
    "g28": _power(2.8),
    "st428": lambda values: values**GAMMA * (PEAK / WHITE),
    "pq": lambda values: pq_to_light(values) / WHITE,
}
"""0 to 1 into light, 1.0 being the white of a cinema, 48 cd/m2."""

FROM_LIGHT: dict[Transfer, Callable[[Floats], Floats]] = {
    "bt1886": _power(1 / 2.4),
    "srgb": lambda light: np.where(
        light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055
    ),
    "linear": _power(1),
    "g22": _power(1 / 2.2),
    "g26": _power(1 / 2.6),
    "g28": _power(1 / 2.8),
}
"""Light of a display, 1.0 being its highest, into 0 to 1. ST 2084 is about cd/m2: `light_to_pq`."""
