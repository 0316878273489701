"""Displays in float64, written from the standards' formulas, and the patches that they are tried with.

Ten greys of DCI's white from black up, the corners of its gamut (P3 with the white of .314 .351 at 48 cd/m2),
and colours of things, dark and bright.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

Floats = NDArray[np.float64]

P3 = [(0.680, 0.320), (0.265, 0.690), (0.150, 0.060)]
REC709 = [(0.640, 0.330), (0.300, 0.600), (0.150, 0.060)]
REC2020 = [(0.708, 0.292), (0.170, 0.797), (0.131, 0.046)]
D65, DCI = (0.3127, 0.3290), (0.314, 0.351)


def st2084(light: Floats) -> Floats:
    """cd/m2 into 0 to 1."""
    y = (np.asarray(light) / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375


def st2084_light(code: Floats) -> Floats:
    root = np.asarray(code) ** (1 / 78.84375)
    return 10000 * (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)


def srgb(light: Floats) -> Floats:
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)


def srgb_light(code: Floats) -> Floats:
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def primaries(xy: list[tuple[float, float]], white: tuple[float, float]) -> Floats:
    """RGB into XYZ by Cramer's rule."""
    xyz = [np.array([x / y, 1, (1 - x - y) / y]) for x, y in [*xy, white]]
    whole = np.linalg.det(np.stack(xyz[:3], axis=1))
    parts = []
    for k in range(3):
        columns = list(xyz[:3])
        columns[k] = xyz[3]
        parts.append(xyz[k] * (np.linalg.det(np.stack(columns, axis=1)) / whole))
    return np.stack(parts, axis=1)


Curve = Callable[[Floats], Floats]
TWINS: dict[str, tuple[Floats, Curve, Curve, float]] = {
    "rec709": (primaries(REC709, D65), lambda v: v ** (1 / 2.4), lambda c: c**2.4, 48),
    "srgb": (primaries(REC709, D65), srgb, srgb_light, 48),
    "p3-d65": (primaries(P3, D65), lambda v: v ** (1 / 2.6), lambda c: c**2.6, 48),
    "p3-dci": (primaries(P3, DCI), lambda v: v ** (1 / 2.6), lambda c: c**2.6, 48),
    "rec2020": (primaries(REC2020, D65), lambda v: v ** (1 / 2.4), lambda c: c**2.4, 48),
    "pq": (
        primaries(REC2020, D65),
        lambda v: st2084(v * 10000),
        lambda c: st2084_light(c) / 10000,
        10000,
    ),
}


def light_of(xyz: NDArray[np.uint16], hdr: bool = False) -> Floats:
    """cd/m2 of codes: ST 428-1, or DCI's HDR addendum."""
    return st2084_light(xyz / 4095) if hdr else 52.37 * (xyz / 4095) ** 2.6


def twin(xyz: NDArray[np.uint16], name: str, *, top: int = 65535, hdr: bool = False) -> Floats:
    """Codes between whole numbers."""
    matrix, encode, _, peak = TWINS[name]
    linear = light_of(xyz, hdr) @ np.linalg.inv(matrix).T / peak
    return encode(linear.clip(0, 1)) * top


def shown_by(rgb: NDArray[np.generic], name: str, *, top: int = 65535) -> Floats:
    """XYZ in cd/m2 of what a display is sent."""
    matrix, _, decode, peak = TWINS[name]
    return decode(rgb.astype(np.float64) / top) @ matrix.T * peak


def lab(xyz: Floats, white: Floats) -> Floats:
    ratio = xyz / white
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def difference(one: Floats, other: Floats, white: Floats) -> float:
    """The largest dE2000 between lists of XYZ."""
    colour = pytest.importorskip("colour.difference")
    return float(np.max(colour.delta_E_CIE2000(lab(one, white), lab(other, white))))


DCI_WHITE = np.array([0.314 / 0.351, 1, 0.335 / 0.351]) * 48
CORNERS = {  # of P3 with the white of DCI at 48 cd/m2: (x, y, luminance)
    "red": (0.680, 0.320, 10.06),
    "green": (0.265, 0.690, 34.64),
    "blue": (0.150, 0.060, 3.31),
    "cyan": (0.2048, 0.3602, 37.94),
    "magenta": (0.3424, 0.1544, 13.36),
    "yellow": (0.4248, 0.5476, 44.69),
}


def patches() -> NDArray[np.uint16]:
    """(n, 1, 3): the corners of DCI's gamut, ten greys of its white, and colours of things."""
    colours = [[y * a / b, y, y * (1 - a - b) / b] for a, b, y in CORNERS.values()]
    xyz = (np.maximum(colours, 0) / 52.37) ** (1 / 2.6) * 4095
    greys = np.arange(1, 11)[:, None] / 10 * np.array([3794, 3960, 3890])
    things = np.random.default_rng(8).dirichlet([4, 4, 4], 40) @ primaries(REC709, D65).T
    dim = things * np.random.default_rng(9).uniform(0.02, 1, (40, 1)) * 48 / 52.37
    codes = np.concatenate([xyz, greys, dim ** (1 / 2.6) * 4095])
    return np.rint(codes).astype(np.uint16)[:, None, :]


HDR_PATCHES = {  # sheet of the HDR addendum: codes and luminance
    (2234, 1925, 68): 68.13,
    (1988, 2387, 1327): 207.3,
    (1871, 1525, 2565): 23.86,
    (2524, 2546, 2583): 299.6,
}
