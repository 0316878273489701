"""How much a mark changes a picture, measured: for tables, tests, and whoever has to answer for it."""

from __future__ import annotations

import math
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from watermark.carrier import COLUMNS, ROWS
from watermark.embed import NODE_COLUMNS, NODE_ROWS, Embedder
from watermark.visibility import CODE_GAMMA, CODE_MAX, MIN_HEIGHT, MIN_WIDTH, flat_tiles, threshold

FLICKER_BANDS = (0.375, 0.75, 1.5, 3.0, 6.0, 12.0, 24.0, 48.0)
"""Middle frequencies in Hz of the octaves that flicker is told in."""
FINEST_CYCLES = 8 * math.sqrt(2)
"""Cycles a picture width of the finest grating in the carrier: neighbours of opposite sign, aslant."""


@dataclass(frozen=True)
class Change:
    """psnr: dB of 12-bit codes, peak 4095, over the three components; infinite where nothing changed. rms,
    peak: of the change of light, as fractions, over 128 x 72 areas (rounding to codes is no part of it).
    flat_peak: the same of areas without texture or darkness; None where there is none."""

    psnr: float
    rms: float
    peak: float
    flat_peak: float | None


def change_of(frame: NDArray[np.uint16], marked: NDArray[np.uint16]) -> Change:
    """Two pictures of X'Y'Z' codes, (height, width, 3)."""
    error = float(np.square(marked.astype(np.float32) - frame).mean())
    before, after = (np.ascontiguousarray(each[..., 1]).astype(np.float32) for each in (frame, marked))
    size = NODE_COLUMNS, NODE_ROWS
    old, new = (cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in (before, after))
    seen = old > 40  # below, a code is a large step
    light = np.where(seen, (new / np.maximum(old, 1)) ** CODE_GAMMA - 1, 0)
    small = cv2.resize(before, (MIN_WIDTH, MIN_HEIGHT), interpolation=cv2.INTER_AREA) / np.float32(CODE_MAX)
    flat = cv2.resize(flat_tiles(small).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    return Change(
        10 * math.log10(CODE_MAX**2 / error) if error else math.inf,
        float(np.sqrt((light[seen] ** 2).mean())) if seen.any() else 0.0,
        float(np.abs(light).max()),
        float(np.abs(light[flat]).max()) if flat.any() else None,
    )


@dataclass(frozen=True)
class Flicker:
    """An octave of time at the middle of a cell. amplitude: of the sine that has its power, as a fraction of
    the light; threshold: the contrast at which the eye would see that sine as a grating of FINEST_CYCLES."""

    hertz: float
    amplitude: float
    threshold: float


def flicker(embedder: Embedder, rate: Fraction, *, seconds: int = 60) -> list[Flicker]:
    """What a flat, well lit picture flickers by at the middle of its cells, frames held as a projector does.

    All of a cell's power is taken for one grating, so it tells more than there is.
    """
    flat = np.full((MIN_HEIGHT, MIN_WIDTH), 0.4, np.float32)
    rows = ((np.arange(ROWS) + 0.5) * NODE_ROWS / ROWS).astype(int)
    columns = ((np.arange(COLUMNS) + 0.5) * NODE_COLUMNS / COLUMNS).astype(int)
    count = int(seconds * rate)
    series = np.stack([embedder.light(flat, n / rate)[np.ix_(rows, columns)].ravel() for n in range(count)])
    held = max(1, math.ceil(200 / rate))
    power = np.abs(np.fft.rfft(np.repeat(series, held, axis=0), axis=0) / (count * held)) ** 2
    mean = 2 * power.mean(axis=1)
    hertz = np.arange(len(mean)) * float(rate) / count
    return [
        Flicker(
            middle,
            math.sqrt(2 * float(mean[(hertz >= middle / 2**0.5) & (hertz < middle * 2**0.5)].sum())),
            threshold(FINEST_CYCLES, middle),
        )
        for middle in FLICKER_BANDS
    ]
