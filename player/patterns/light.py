"""Codes as light, and how far two lights are from each other for an eye."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

PEAK = 52.37
"""cd/m2 of code 4095 (ST 428-1)."""
WHITE_CODES = (3794, 3960, 3890)
"""48 cd/m2 of the DCI white (SMPTE RP 431-2)."""


def light_of(codes: NDArray[np.generic] | Values) -> Values:
    """cd/m2, X Y Z in the last axis, of X'Y'Z' codes; they need not be whole."""
    return PEAK * (np.asarray(codes, np.float64) / 4095) ** 2.6


def codes_of(light: Values) -> Values:
    """The other way round, not rounded."""
    return 4095 * (np.maximum(light, 0) / PEAK) ** (1 / 2.6)


WHITE = light_of(np.array(WHITE_CODES))


def lab(light: Values) -> Values:
    """CIE L*a*b* (1976) beside the DCI white; the last axis."""
    ratio = light / WHITE
    small = ratio <= (6 / 29) ** 3
    root = np.where(small, ratio / (3 * (6 / 29) ** 2) + 4 / 29, np.cbrt(ratio))
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def apart(one: Values, other: Values) -> Values:
    """dE2000 (CIE 142, kL = kC = kH = 1) of two lights in cd/m2."""
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(lab(one), -1, 0), np.moveaxis(lab(other), -1, 0)
    mean = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    more = 1 + 0.5 * (1 - np.sqrt(mean / (mean + 25.0**7)))
    c1, c2 = np.hypot(more * a1, b1), np.hypot(more * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, more * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    colourless = c1 * c2 == 0
    turn = (h2 - h1 + 180) % 360 - 180
    dh = np.where(colourless, 0, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)))
    hue = np.where(colourless, h1 + h2, (h1 + turn / 2) % 360)
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    sl = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    turned = 30 * np.exp(-(((hue - 275) / 25) ** 2))
    rc = 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    dl, dc = (l2 - l1) / sl, (c2 - c1) / sc
    found: Values = np.sqrt(
        dl**2 + dc**2 + (dh / sh) ** 2 - np.sin(np.radians(2 * turned)) * rc * dc * dh / sh
    )
    return found
