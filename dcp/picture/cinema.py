"""The sizes and rates of cinema's pictures, one table each for all who make, name and judge packages."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

Container = Literal["flat", "scope", "full"]
Resolution = Literal["2k", "4k"]

CONTAINERS: Mapping[tuple[Container, Resolution], tuple[int, int]] = {
    ("flat", "2k"): (1998, 1080),
    ("scope", "2k"): (2048, 858),
    ("full", "2k"): (2048, 1080),
    ("flat", "4k"): (3996, 2160),
    ("scope", "4k"): (4096, 1716),
    ("full", "4k"): (4096, 2160),
}
"""(width, height): ST 428-1, DCSS 4.3.3."""
RATES = tuple(map(Fraction, (24, 25, 30, 48, 50, 60)))
"""ST 429-2 and ST 428-11: edit units a second; of 3D each is a frame for either eye."""
DIRECT_VIEW_RATES = tuple(map(Fraction, (96, 100, 120)))
"""What DCI's requirements for direct view displays add in 2D; no projector plays them."""
BV21_RATES_2K: tuple[int, ...] = (24, 25, 48)
BV21_RATES_4K: tuple[int, ...] = (24,)
BV21_RATES_STEREO: tuple[int, ...] = (24, 25)
"""Edit units a second in RDD 52 (7.1)."""


def is_four_k(size: tuple[int, int]) -> bool:
    """Whether a picture of this (width, height) is more than a 2K codestream holds."""
    return size[0] > 2048 or size[1] > 1080
