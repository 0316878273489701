"""Primaries, transfers and matrices by name, and the encodings that a user can ask for: data alone.

Chromaticities and luma weights are those that video files mean by the numbers of ISO/IEC 23091-2 (checked
against colour-science); P3 is that of RP 431-2, D60 the white of ACES.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Chromaticities = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]

_D65, _DCI, _C, _D60 = (0.3127, 0.3290), (0.314, 0.351), (0.310, 0.316), (0.32168, 0.33767)
_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))

PRIMARIES: Mapping[str, Chromaticities] = {
    "rec709": ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), _D65),
    "470m": ((0.670, 0.330), (0.210, 0.710), (0.140, 0.080), _C),
    "470bg": ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060), _D65),
    "170m": ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    "film": ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C),
    "rec2020": ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    "p3-dci": (*_P3, _DCI),
    "p3-d65": (*_P3, _D65),
    "p3-d60": (*_P3, _D60),
    "ebu3213": ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65),
    "acescg": ((0.713, 0.293), (0.165, 0.830), (0.128, 0.044), _D60),
    "xyz": ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), (1 / 3, 1 / 3)),
}
"""(x, y) of red, green, blue and white. White stays what it is: nothing is adapted to another."""

Transfer = Literal["bt1886", "srgb", "linear", "g22", "g26", "g28", "st428", "pq"]
TRANSFERS: tuple[Transfer, ...] = ("bt1886", "srgb", "linear", "g22", "g26", "g28", "st428", "pq")
"""How a code becomes light: by a power of 2.4 (BT.1886), 2.2, 2.6 or 2.8, by sRGB's two pieces
(IEC 61966-2-1), not at all, by ST 428-1, or by ST 2084."""

LUMA: Mapping[str, tuple[float, float]] = {
    "bt709": (0.2126, 0.0722),
    "fcc": (0.30, 0.11),
    "bt601": (0.299, 0.114),
    "240m": (0.212, 0.087),
    "bt2020": (0.2627, 0.0593),
}
"""The weights of R' and B' in Y'."""

MATRICES: tuple[str, ...] = (*LUMA, "ycgco")

NAMED: Mapping[str, tuple[str, Transfer]] = {
    "rec709": ("rec709", "bt1886"),
    "srgb": ("rec709", "srgb"),
    "p3-d65": ("p3-d65", "g26"),
    "p3-dci": ("p3-dci", "g26"),
    "p3-d60": ("p3-d60", "g26"),
    "rec2020": ("rec2020", "bt1886"),
    "p3-d65-pq": ("p3-d65", "pq"),
    "rec2020-pq": ("rec2020", "pq"),
}
"""The encodings of display light that `--colour` knows: primaries and transfer."""

ACES = {"acescg": "ACEScg", "aces2065-1": "ACES2065-1"}
"""The linear encodings of ACES that `--colour` knows, by OpenColorIO's names."""


def names() -> tuple[str, ...]:
    """What `--colour` takes besides a file and the cameras that OpenColorIO knows."""
    return (*NAMED, "xyz", *ACES)
