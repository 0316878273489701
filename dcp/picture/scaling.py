"""Scaling of single planes, straight from their stored grid to the target's, chroma at its right place.

Keys' cubic (a = -1/2), widened by the factor of the reduction where a side becomes smaller, so that nothing
aliases; it keeps ramps straight, which OpenCV's does not. A sample of the target may lie anywhere between
those of the source: the siting of chroma and odd crops cost nothing. Results are 32-bit floats in the
source's own codes: overshoot at edges is not cut off.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]
Singles = NDArray[np.float32]
Taps = tuple[NDArray[np.uint32], Singles]

_EQUAL = 1e-6  # between weights: a hundredth of a code of 14 bits
_REACH = 2  # samples to each side that the cubic takes


def scaled(
    plane: Plane, size: tuple[int, int], *, start: tuple[float, float], step: tuple[float, float]
) -> Singles:
    """The plane at `size` = (width, height) points: x = start[0] + step[0] column, y likewise.

    Coordinates are samples of the plane, whole numbers on them. What lies beyond an edge is the edge's.
    """
    height, width = plane.shape
    columns, across = _taps(width, size[0], start[0], step[0])
    rows, down = _taps(height, size[1], start[1], step[1])
    regular = _regular(width, size[0], start[0], step[0])
    out = np.empty((size[1], size[0]), dtype=np.float32)
    _scale(np.ascontiguousarray(plane), columns, across, rows, down, *regular, out)
    return out


@lru_cache(maxsize=512)  # a band of a picture has some of its own
def _taps(source: int, target: int, start: float, step: float) -> Taps:
    """The first sample that each point takes, and (taps, points) weights."""
    wider = max(1.0, step)
    count = min(source, ceil(2 * _REACH * wider))
    at = start + step * np.arange(target)
    first = np.floor(at - count / 2).astype(np.int64) + 1
    places = first[:, None] + np.arange(count)
    weights = _cubic((places - at[:, None]) / wider)
    weights /= weights.sum(axis=1, keepdims=True)
    # edges: the samples beyond are the edge's, so their weights are added to it
    begin = np.clip(first, 0, source - count)
    inside = np.clip(places, 0, source - 1) - begin[:, None]
    folded = np.zeros_like(weights)
    np.add.at(folded, (np.arange(target)[:, None], inside), weights)
    return begin.astype(np.uint32), np.ascontiguousarray(folded.T.astype(np.float32))


@lru_cache(maxsize=64)
def _regular(source: int, target: int, start: float, step: float) -> tuple[int, int, int, int]:
    """(points, samples, first, end): from one point to another, groups of 2 or 3 points, each group with the
    same four weights, 1 or 2 samples of the source from group to group. Zeros where there are none."""
    columns, across = _taps(source, target, start, step)
    points = 3 if round(6 * step) in (2, 4) else 2
    first, samples = 12, round(points * step)
    end = target - target % 6
    if samples not in (1, 2) or len(across) != 4 or end - first < 12:
        return 0, 0, 0, 0
    end -= 6
    each = columns[first:end].astype(np.int64).reshape(-1, points)
    weights = across[:, first:end].reshape(len(across), -1, points)
    same = (np.diff(each, axis=0) == samples).all() and np.abs(weights - weights[:, :1]).max() < _EQUAL
    return (points, samples, first, end) if same else (0, 0, 0, 0)


def _cubic(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    d = np.abs(distance)
    near = (1.5 * d - 2.5) * d * d + 1
    far = ((-0.5 * d + 2.5) * d - 4) * d + 2
    return np.where(d < 1, near, np.where(d < 2, far, 0.0))


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _scale(plane, columns, across, rows, down, points, samples, begin, end, out):  # type: ignore[no-untyped-def]
    """A row of the target at a time: down first, in vectors, then across."""
    taps = down.shape[0]
    width = plane.shape[1]
    line = np.empty(width, np.float32)
    for y in range(out.shape[0]):
        first = rows[y]
        weight, row = down[0, y], plane[first]
        for x in range(width):
            line[x] = weight * np.float32(row[x])
        for tap in range(1, taps):
            weight, row = down[tap, y], plane[first + np.uint32(tap)]
            for x in range(width):
                line[x] += weight * np.float32(row[x])
        if points == 0:
            _across(line, columns, across, out[y])
            continue
        _across(line, columns[:begin], across[:, :begin], out[y, :begin])
        _across(line, columns[end:], across[:, end:], out[y, end:])
        for point in range(points):
            weights = across[:, begin + point]
            shifted = line[columns[begin + point] :]
            part = out[y, begin + point : end]
            if points == 3 and samples == 1:
                _steady(shifted, weights, 1, 3, part)
            elif points == 3:
                _steady(shifted, weights, 2, 3, part)
            elif samples == 1:
                _steady(shifted, weights, 1, 2, part)
            else:
                _steady(shifted, weights, 2, 2, part)


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _steady(line, weights, samples, points, out):  # type: ignore[no-untyped-def]
    """The first of each group of `points` of `out`, by the same weights, `samples` of the line apart."""
    a, b, c, d = weights[0], weights[1], weights[2], weights[3]
    for x in range((out.size + points - 1) // points):
        at = samples * x
        out[points * x] = a * line[at] + b * line[at + 1] + c * line[at + 2] + d * line[at + 3]


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _across(line, columns, across, out):  # type: ignore[no-untyped-def]
    if across.shape[0] == 4:
        a, b, c, d = across[0], across[1], across[2], across[3]
        for x in range(out.size):
            at = columns[x]
            out[x] = (
                a[x] * line[at]
                + b[x] * line[at + np.uint32(1)]
                + c[x] * line[at + np.uint32(2)]
                + d[x] * line[at + np.uint32(3)]
            )
        return
    weights = across[0]
    for x in range(out.size):
        out[x] = weights[x] * line[columns[x]]
    for tap in range(1, across.shape[0]):
        weights, shifted = across[tap], line[tap:]
        for x in range(out.size):
            out[x] += weights[x] * shifted[columns[x]]
