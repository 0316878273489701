"""Codes of 12 bits and light, by tables: what pictures and text are mixed with."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dcp.picture.colour.light import CODES, GAMMA, PEAK, PQ_PEAK, WHITE, light_to_pq, pq_to_light

_ROOTS = 1 << 16


@lru_cache(maxsize=2)
def light_of_codes(hdr: bool) -> NDArray[np.float32]:
    """Of each code; 1 is the light of the highest one."""
    codes = np.arange(CODES) / (CODES - 1)
    light = pq_to_light(codes) / PQ_PEAK if hdr else codes**GAMMA
    return light.astype(np.float32)


def codes_of_light(light: NDArray[np.float32], hdr: bool) -> NDArray[np.uint16]:
    """The nearest code to each light, which is cut to 0 and 1."""
    root = np.sqrt(np.sqrt(light.clip(0, 1))) * np.float32(_ROOTS - 1) + np.float32(0.5)
    codes: NDArray[np.uint16] = nearest_codes(hdr)[root.astype(np.uint16)]
    return codes


def light_of_white(hdr: bool) -> float:
    """The light of Y = 1, the white of what is shown at 48 cd/m2, where 1 is that of the highest code."""
    return WHITE / (PQ_PEAK if hdr else PEAK)


@lru_cache(maxsize=2)
def nearest_codes(hdr: bool) -> NDArray[np.uint16]:
    """The code nearest to the fourth root of light, of 0 to 1 in so many steps; it spreads the dark ones."""
    roots = (np.arange(_ROOTS) / (_ROOTS - 1)) ** 4
    level = light_to_pq(roots * PQ_PEAK) if hdr else roots ** (1 / GAMMA)
    return np.rint(level * (CODES - 1)).astype(np.uint16)
