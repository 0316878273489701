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

from dcp.dataclass import dataclass

Plane = NDArray[Any]
Singles = NDArray[np.float32]

_EQUAL = 1e-6  # between weights: a hundredth of a code of 14 bits
_REACH = 2  # samples to each side that the cubic takes
_FEW = 12  # points: beside the edges of so short a line nothing is steady

_STEADY = {(1, 1, 4): 1, (1, 2, 8): 2, (2, 1, 4): 3, (3, 1, 4): 4, (3, 2, 4): 5}
"""(points, samples, taps): ratios that have a loop of their own in `_scale`, by its number there."""


@dataclass(frozen=True, eq=False)
class Axis:
    """Where the points of a target lie along one side of a source, made once for a picture.

    first: of each point the first sample that it takes, uint32; weights: (points, taps). steady: (loop of
    `_STEADY`, first point, end), of the points that lie between whole samples as those before them do; the
    loop is 0 where there are none.
    """

    first: NDArray[np.uint32]
    weights: Singles
    steady: tuple[int, int, int]

    def needed(self, first: int, end: int) -> tuple[int, int]:
        """(first, end) of the samples that the points from `first` to `end` take."""
        return int(self.first[first]), int(self.first[end - 1]) + self.weights.shape[1]


@lru_cache(maxsize=64)
def axis(source: int, target: int, start: float, step: float) -> Axis:
    """`target` points among `source` samples: the first at `start`, `step` from each to the next.

    Coordinates are samples, whole numbers on them. What lies beyond an edge is the edge's.
    """
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
    singles = folded.astype(np.float32)
    if (np.count_nonzero(singles, axis=1) == 1).all():  # each on a sample
        begin, singles = begin + singles.argmax(axis=1), np.ones((target, 1), np.float32)
    return Axis(begin.astype(np.uint32), np.ascontiguousarray(singles), _steady(begin, singles, step))


def _steady(first: NDArray[np.int64], weights: Singles, step: float) -> tuple[int, int, int]:
    count, taps = weights.shape
    begin, end = _FEW, count - count % 6 - 6
    for (points, samples, wide), loop in _STEADY.items():
        if wide != taps or round(points * step) != samples or end - begin < points:
            continue
        each = first[begin:end].reshape(-1, points)
        groups = weights[begin:end].reshape(-1, points, taps)
        if (np.diff(each, axis=0) == samples).all() and np.abs(groups - groups[:1]).max() < _EQUAL:
            return loop, begin, end
    return 0, 0, 0


def _cubic(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    d = np.abs(distance)
    near = (1.5 * d - 2.5) * d * d + 1
    far = ((-0.5 * d + 2.5) * d - 4) * d + 2
    return np.where(d < 1, near, np.where(d < 2, far, 0.0))


def scaled(
    plane: Plane, size: tuple[int, int], *, start: tuple[float, float], step: tuple[float, float]
) -> Singles:
    """The plane at `size` = (width, height) points: x = start[0] + step[0] column, y likewise; see `axis`."""
    across = axis(plane.shape[1], size[0], start[0], step[0])
    down = axis(plane.shape[0], size[1], start[1], step[1])
    return scaled_rows(np.ascontiguousarray(plane), 0, across, down, 0, size[1])


def scaled_rows(rows: Plane, above: int, across: Axis, down: Axis, first: int, end: int) -> Singles:
    """The target's rows from `first` to `end`. rows: those that they need (`Axis.needed`), C-contiguous;
    above: how many of the source lie over them."""
    out = np.empty((end - first, across.first.size), dtype=np.float32)
    _scale(
        rows, above, across.first, across.weights, down.first[first:end], down.weights[first:end],
        *across.steady, out,
    )  # fmt: skip
    return out


# --- loops -----

_compiled = numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz"}, error_model="numpy")


@_compiled
def _scale(plane, above, columns, across, rows, down, loop, begin, end, out):  # type: ignore[no-untyped-def]
    """Down first, in vectors, then across: a row of the target at a time, or four where the points lie
    anyhow, as each then has its weights looked up once for four."""
    together = 4 if loop == 0 else 1
    width = plane.shape[1]
    lines = np.empty((together, width), np.float32)
    for y in range(0, out.shape[0], together):
        for k in range(together):  # of the last ones some twice, which are not written
            row = min(y + k, out.shape[0] - 1)
            _down(plane, np.int64(rows[row]) - above, down[row], lines[k])
        if loop == 0:
            _four(lines, columns, across, out, y)
            continue
        line = lines[0]
        _across(line, columns[:begin], across[:begin], out[y, :begin])
        _across(line, columns[end:], across[end:], out[y, end:])
        part = out[y, begin:end]
        if loop == 1:
            _one_of_one(line[columns[begin] :], across[begin], part)
        elif loop == 2:
            _one_of_two(line[columns[begin] :], across[begin], part)
        elif loop == 3:
            one, other = line[columns[begin] :], line[columns[begin + 1] :]
            _two_of_one(one, other, across[begin], across[begin + 1], part)
        else:
            for point in range(3):
                shifted, weights = line[columns[begin + point] :], across[begin + point]
                _of_three(shifted, weights, np.int64(loop - 3), part[point:])


@_compiled
def _down(plane, at, weights, line):  # type: ignore[no-untyped-def]
    """Rows of the plane from `at` on, with their weights, into a line."""
    taps, width = weights.size, line.size
    done = 0
    if taps == 1:
        row = plane[at]
        for x in range(width):
            line[x] = np.float32(row[x])
        return
    if taps >= 4:
        a, b, c, d = weights[0], weights[1], weights[2], weights[3]
        p, q, r, s = plane[at], plane[at + 1], plane[at + 2], plane[at + 3]
        for x in range(width):
            line[x] = (
                a * np.float32(p[x]) + b * np.float32(q[x]) + c * np.float32(r[x]) + d * np.float32(s[x])
            )
        done = 4
    else:
        line[:] = np.float32(0)
    while done + 4 <= taps:
        a, b, c, d = weights[done], weights[done + 1], weights[done + 2], weights[done + 3]
        p, q, r, s = plane[at + done], plane[at + done + 1], plane[at + done + 2], plane[at + done + 3]
        for x in range(width):
            value = line[x] + a * np.float32(p[x]) + b * np.float32(q[x])
            line[x] = value + c * np.float32(r[x]) + d * np.float32(s[x])
        done += 4
    while done < taps:
        a, p = weights[done], plane[at + done]
        for x in range(width):
            line[x] += a * np.float32(p[x])
        done += 1


@_compiled
def _across(line, columns, across, out):  # type: ignore[no-untyped-def]
    for x in range(out.size):
        value, at = np.float32(0), columns[x]
        for tap in range(across.shape[1]):
            value += across[x, tap] * line[at + np.uint32(tap)]
        out[x] = value


@_compiled
def _four(lines, columns, across, out, y):  # type: ignore[no-untyped-def]
    """Four rows; where there are fewer the last one stands for those lacking, and its values are the same."""
    taps = across.shape[1]
    first, second, third, fourth = lines[0], lines[1], lines[2], lines[3]
    last = out.shape[0] - 1
    one, two, three, four = out[y], out[min(y + 1, last)], out[min(y + 2, last)], out[min(y + 3, last)]
    if taps == 4:
        for x in range(columns.size):
            at = np.int64(columns[x])
            e, f, g, h = across[x, 0], across[x, 1], across[x, 2], across[x, 3]
            four[x] = e * fourth[at] + f * fourth[at + 1] + g * fourth[at + 2] + h * fourth[at + 3]
            three[x] = e * third[at] + f * third[at + 1] + g * third[at + 2] + h * third[at + 3]
            two[x] = e * second[at] + f * second[at + 1] + g * second[at + 2] + h * second[at + 3]
            one[x] = e * first[at] + f * first[at + 1] + g * first[at + 2] + h * first[at + 3]
        return
    for x in range(columns.size):
        at = np.int64(columns[x])
        a = b = c = d = np.float32(0)
        for tap in range(taps):
            weight = across[x, tap]
            a += weight * first[at + tap]
            b += weight * second[at + tap]
            c += weight * third[at + tap]
            d += weight * fourth[at + tap]
        four[x] = d
        three[x] = c
        two[x] = b
        one[x] = a


@_compiled
def _one_of_one(line, weights, out):  # type: ignore[no-untyped-def]
    a, b, c, d = weights[0], weights[1], weights[2], weights[3]
    for x in range(out.size):
        out[x] = a * line[x] + b * line[x + 1] + c * line[x + 2] + d * line[x + 3]


@_compiled
def _one_of_two(line, weights, out):  # type: ignore[no-untyped-def]
    a, b, c, d = weights[0], weights[1], weights[2], weights[3]
    e, f, g, h = weights[4], weights[5], weights[6], weights[7]
    for x in range(out.size):
        at = 2 * x
        value = a * line[at] + b * line[at + 1] + c * line[at + 2] + d * line[at + 3]
        out[x] = value + e * line[at + 4] + f * line[at + 5] + g * line[at + 6] + h * line[at + 7]


@_compiled
def _two_of_one(one, other, first, second, out):  # type: ignore[no-untyped-def]
    a, b, c, d = first[0], first[1], first[2], first[3]
    e, f, g, h = second[0], second[1], second[2], second[3]
    for x in range(out.size // 2):
        out[2 * x] = a * one[x] + b * one[x + 1] + c * one[x + 2] + d * one[x + 3]
        out[2 * x + 1] = e * other[x] + f * other[x + 1] + g * other[x + 2] + h * other[x + 3]


@_compiled
def _of_three(line, weights, samples, out):  # type: ignore[no-untyped-def]
    a, b, c, d = weights[0], weights[1], weights[2], weights[3]
    if samples == 1:
        for x in range((out.size + 2) // 3):
            out[3 * x] = a * line[x] + b * line[x + 1] + c * line[x + 2] + d * line[x + 3]
        return
    for x in range((out.size + 2) // 3):
        at = 2 * x
        out[3 * x] = a * line[at] + b * line[at + 1] + c * line[at + 2] + d * line[at + 3]
