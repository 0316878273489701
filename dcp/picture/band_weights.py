"""How much a bit plane of each band tells of a picture: by the bands' quantization steps, and by how strongly
the transform back lifts them (ISO 15444-1 E.1, F.3, G.3). Low frequencies tell more than that: where little
is left of them, steps are seen in what is smooth.
"""

from __future__ import annotations

import math
import struct
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from dcp.picture.packet_plan import Shape, plan_of_shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LIFTING = (0.443506852043971, 0.882911075530934, -0.052980118572961, -1.586134342059924)
_SCALE = 1.230174104914001
"""Of the inverse 9-7 transform, in the order of its steps (ISO 15444-1 table F.4)."""
_COLOUR = ((1.0, 1.0, 1.0), (0.0, 0.344136, 1.772), (1.402, 0.714136, 0.0))
"""What a unit of Y, Cb, Cr is in R, G, B (G.3)."""


@lru_cache(maxsize=8)
def weights(shape: Shape, colour: bool, reduce: int = 0) -> NDArray[np.float64]:
    """Of each code block, what one quantization step comes to in the picture, samples being from 0 to 1; 0
    where a picture that is halved `reduce` times is made without it. colour: whether Y, Cb, Cr are coded.
    """
    plan = plan_of_shape(shape)
    found = np.zeros(plan.nodes)
    band = 0
    for precinct in plan.precincts:
        component, resolution = precinct.component, precinct.resolution
        levels = shape.styles[component].levels
        lifted = math.hypot(*_COLOUR[component]) if colour and component < 3 else 1.0
        for number in range(1, 4) if resolution else (0,):
            first = plan.first_block[band]
            if resolution <= levels - reduce:
                weight = _weight(shape.steps[component], levels, resolution, number, reduce)
                found[first : first + plan.blocks[band]] = weight * lifted
            band += 1
    return found


SPARED = (0, 1, 4, 8, 12, 14)
"""Passes by which bands outweigh others of their weight: the largest resolution's, and those below it. A dark
ramp beside grain stays smooth so; low bands have few samples, and cost no time."""


@lru_cache(maxsize=4)
def lighter(shape: Shape, colour: bool) -> NDArray[np.int64]:
    """Of each code block, by how many passes its band outweighs the one that matters least."""
    found = weights(shape, colour)
    told = found > 0
    passes = np.zeros(len(found), np.int64)
    passes[told] = np.rint(3 * np.log2(found[told] / found[told].min())).astype(np.int64)
    plan = plan_of_shape(shape)
    for band, precinct in enumerate(
        each for each in plan.precincts for _ in range(3 if each.resolution else 1)
    ):
        below = shape.styles[precinct.component].levels - precinct.resolution
        first = plan.first_block[band]
        passes[first : first + plan.blocks[band]] += SPARED[min(below, len(SPARED) - 1)]
    return passes


SMOOTH = 0.1
"""Of the whole range: what lies below it in the finest bands may be lost, no more. Grain lies there;
where it is gone, what is smooth would be next."""


@lru_cache(maxsize=4)
def most_passes(shape: Shape, colour: bool) -> int:
    """How many passes may be left out of the lightest band without harm to what is smooth."""
    found = weights(shape, colour)
    return max(int(3 * math.log2(SMOOTH / found[found > 0].min())), 0)


@lru_cache(maxsize=4)
def areas(shape: Shape) -> NDArray[np.float64]:
    """Of each code block, how many samples it has: the mean of its band in its precinct."""
    plan = plan_of_shape(shape)
    found = np.ones(plan.nodes)
    for first, blocks, samples in zip(plan.first_block, plan.blocks, plan.areas, strict=True):
        if blocks:
            found[first : first + blocks] = samples / blocks
    return found


# --- how it is done -----


@lru_cache(maxsize=512)
def _weight(steps: bytes, levels: int, resolution: int, band: int, reduce: int) -> float:
    number = 3 * (resolution - 1) + band if resolution else 0
    derived = steps[0] & 31 == 1
    (value,) = struct.unpack_from(">H", steps, 1 if derived else 1 + 2 * number)
    exponent, mantissa = value >> 11, value & 2047
    if derived and resolution:
        exponent -= resolution - 1
    gain = (band & 1) + (band >> 1)
    halved = levels - reduce - resolution + (1 if resolution else 0)
    norm = _norm(halved, band & 1) * _norm(halved, band >> 1)
    return math.ldexp(1 + mantissa / 2048, gain - exponent) * norm


@lru_cache(maxsize=64)
def _norm(levels: int, high: int) -> float:
    """The length of the signal that one coefficient of a band becomes, in one dimension."""
    signal = [0.0] * 16
    signal[8] = 1.0
    for level in range(levels):
        wide = [0.0] * (2 * len(signal))
        wide[high if level == 0 else 0 :: 2] = signal
        signal = _inverse(wide)
    return math.sqrt(sum(value * value for value in signal))


def _inverse(signal: list[float]) -> list[float]:
    """One step of the transform back: low values at even places, high ones at odd ones."""
    size = len(signal)
    signal = [value / _SCALE if n % 2 else value * _SCALE for n, value in enumerate(signal)]
    for step, factor in enumerate(_LIFTING):
        for n in range(step % 2, size, 2):
            signal[n] -= factor * (signal[n - 1] + signal[(n + 1) % size])
    return signal
