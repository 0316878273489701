"""The loops of the pilots' search that are no products of matrices, compiled: they let go of the
interpreter."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from watermark.frames import Floats


@numba.njit(nogil=True, cache=True, fastmath=True)
def upright(values: Floats, rows: Floats, columns: Floats) -> Floats:
    """Cells of an upright geometry. values: (n, y, x); rows: (y, 9), columns: (x, 16): (n, 144)."""
    count, high, wide = values.shape
    down, across = rows.shape[1], columns.shape[1]
    cells = np.zeros((count, down * across), dtype=np.float32)
    line = np.empty(wide, dtype=np.float32)
    for n in range(count):
        for r in range(down):
            line[:] = 0
            for y in range(high):
                share = rows[y, r]
                if share != 0:
                    for x in range(wide):
                        line[x] += share * values[n, y, x]
            for x in range(wide):
                value = line[x]
                for c in range(across):
                    cells[n, r * across + c] += value * columns[x, c]
    return cells


@numba.njit(nogil=True, cache=True, error_model="numpy", fastmath=True)
def along(
    lines: Floats,
    shifts: NDArray[np.int64],
    nearest: NDArray[np.int64],
    parts: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Best sum over each run of windows at each speed, and where: (speeds, parts).

    lines: (windows, coarse speeds, places); shifts: (speeds, windows) places, 0 or more; nearest: the coarse
    speed of each.
    """
    windows, _, places = lines.shape
    score = np.zeros((len(nearest), len(parts)))
    where = np.zeros((len(nearest), len(parts)), dtype=np.int64)
    sums = np.zeros((windows + 1, places), dtype=np.float32)  # of the first so many windows
    for k in range(len(nearest)):
        for j in range(windows):
            line, shift = lines[j, nearest[k]], shifts[k, j]
            head, back = line[shift:], line[:shift]
            before, to = sums[j], sums[j + 1]
            for i in range(places - shift):
                to[i] = before[i] + head[i]
            before, to = before[places - shift :], to[places - shift :]
            for i in range(shift):
                to[i] = before[i] + back[i]
        for part in range(len(parts)):
            low, high = sums[parts[part, 0]], sums[parts[part, 1]]
            best = np.float32(0)
            for i in range(places):
                best = max(best, high[i] - low[i])
            for i in range(places):
                if high[i] - low[i] == best:
                    where[k, part] = i
                    break
            score[k, part] = best / np.sqrt(parts[part, 1] - parts[part, 0])
    return score, where


@numba.njit(nogil=True, cache=True, fastmath=True)
def fits(cells: Floats, table: Floats, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """How well cells fit a table that is read in several ways: (ways,).

    cells: (n, 144); table: (rows, 144); rows: (ways, n), of the table for each of the cells.
    """
    found = np.zeros(len(rows))
    for way in range(len(rows)):
        total = 0.0
        for n in range(len(cells)):
            cell, other = cells[n], table[rows[way, n]]
            part: Any = np.float32(0)
            for c in range(cells.shape[1]):
                part += cell[c] * other[c]
            total += part
        found[way] = total
    return found


@numba.njit(nogil=True, cache=True, fastmath=True)
def gathered(values: Floats, pattern: Floats) -> Floats:
    """What a known pattern says about each point for each cell: (144, points).

    values: (n, points); pattern: (n, 144), mostly 0.
    """
    count, points = values.shape
    sums = np.zeros((pattern.shape[1], points), dtype=np.float32)
    for n in range(count):
        row = values[n]
        for c in range(pattern.shape[1]):
            share = pattern[n, c]
            if share != 0:
                to = sums[c]
                for p in range(points):
                    to[p] += share * row[p]
    return sums


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _times(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """The product of two matrices of 3 x 3: the compiler's own would ask for a library more."""
    product = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            for k in range(3):
                product[i, j] += one[i, k] * other[k, j]
    return product


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of a matrix of 3 x 3; without one, what is not finite."""
    inverse = np.empty((3, 3))
    for i in range(3):
        a, b = (i + 1) % 3, (i + 2) % 3
        for j in range(3):
            c, d = (j + 1) % 3, (j + 2) % 3
            inverse[j, i] = matrix[a, c] * matrix[b, d] - matrix[a, d] * matrix[b, c]
    determinant = matrix[0, 0] * inverse[0, 0] + matrix[0, 1] * inverse[1, 0] + matrix[0, 2] * inverse[2, 0]
    inverse /= determinant
    return inverse


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _matrix(turns: NDArray[np.float64], base: NDArray[np.float64], aspect: float) -> NDArray[np.float64]:
    """A geometry moved about the middle of the recording by eight small amounts: shift x, y, scale x, y,
    rotation, shear, keystone x, y."""
    moved = np.eye(3)
    cosine, sine = np.cos(turns[4]), np.sin(turns[4])
    moved[0, 0] = (1 + turns[2]) * cosine
    moved[0, 1] = -(1 + turns[3]) * sine / aspect + turns[5]
    moved[1, 0] = (1 + turns[2]) * sine * aspect
    moved[1, 1] = (1 + turns[3]) * cosine
    moved[0, 2] = turns[0]
    moved[1, 2] = turns[1]
    moved[2, 0] = turns[6]
    moved[2, 1] = turns[7]
    to = np.eye(3)
    to[0, 2] = -0.5
    to[1, 2] = -0.5
    back = np.eye(3)
    back[0, 2] = 0.5
    back[1, 2] = 0.5
    result = _times(_times(back, moved), _times(to, base))
    result /= result[2, 2]
    turned: NDArray[np.float64] = result
    return turned


@numba.njit(nogil=True, cache=True, error_model="numpy", fastmath=True)
def _fit(
    sums: Floats,
    noise: Floats,
    wide: int,
    inverse: NDArray[Any],
    columns: NDArray[np.int32],
    column_shares: Floats,
    rows: NDArray[np.int32],
    row_shares: Floats,
    step: int,
) -> float:
    """Score of a geometry. sums: (144, points), as of `gathered`; noise: (points,), variance of a value."""
    points = sums.shape[1]
    high = points // wide
    across, down = column_shares.shape[1], row_shares.shape[1]
    total, variance = 0.0, 1e-12
    for y in range(0, high, step):
        for x in range(0, wide, step):
            px, py = (x + 0.5) / wide, (y + 0.5) / high
            depth = inverse[2, 0] * px + inverse[2, 1] * py + inverse[2, 2]
            u = (inverse[0, 0] * px + inverse[0, 1] * py + inverse[0, 2]) / depth
            v = (inverse[1, 0] * px + inverse[1, 1] * py + inverse[1, 2]) / depth
            if u <= 0 or u >= 1 or v <= 0 or v >= 1:
                continue
            i, j = int(u * len(columns)), int(v * len(rows))
            at = y * wide + x
            squares = 0.0
            for b in range(down):
                q = row_shares[j, b]
                if q != 0:
                    for a in range(across):
                        share = q * column_shares[i, a]
                        total += share * sums[(rows[j] + b) * 16 + columns[i] + a, at]
                        squares += share * share
            variance += squares * noise[at]
    score: float = total / np.sqrt(variance)
    return score


@numba.njit(nogil=True, cache=True, error_model="numpy")
def ascend(
    sums: Floats,
    noise: Floats,
    wide: int,
    base: NDArray[np.float64],
    aspect: float,
    steps: NDArray[np.float64],
    columns: NDArray[np.int32],
    column_shares: Floats,
    rows: NDArray[np.int32],
    row_shares: Floats,
    every: int,
) -> tuple[NDArray[np.float64], float]:
    """Improve a geometry one amount at a time, in ever smaller steps: (matrix, square of the score)."""
    scale = np.array([1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0])
    usual = np.array([0.025, 0.025, 0.04, 0.04, 0.04, 0.04, 0.06, 0.06])
    turns = np.zeros(8)
    matrix = _matrix(turns, base, aspect)
    best = _fit(sums, noise, wide, _inverse(matrix), columns, column_shares, rows, row_shares, every)
    for step in steps:
        for _ in range(3):
            better = False
            for k in range(8):
                for sign in (-1.0, 1.0):
                    while True:
                        turns[k] += sign * step * scale[k]
                        tried = _matrix(turns, base, aspect)
                        score = _fit(
                            sums, noise, wide, _inverse(tried), columns, column_shares, rows, row_shares,
                            every,
                        )  # fmt: skip
                        # What is far from upright has to show more: noise always finds something there.
                        score = score * abs(score) - ((turns / usual) ** 2).sum()
                        if not score > best:
                            turns[k] -= sign * step * scale[k]
                            break
                        best = score
                        matrix = tried
                        better = True
            if not better:
                break
    return matrix, best


@numba.njit(nogil=True, cache=True, error_model="numpy", fastmath=True)
def of_cells(
    values: Floats,
    wide: int,
    inverse: NDArray[Any],
    columns: NDArray[np.int32],
    column_shares: Floats,
    rows: NDArray[np.int32],
    row_shares: Floats,
    power: int,
) -> Floats:
    """Values of points summed over the cells of any geometry, weighted by the carrier's shape to a power:
    (n, points) to (n, 144)."""
    count, points = values.shape
    high = points // wide
    across, down = column_shares.shape[1], row_shares.shape[1]
    cells = np.zeros((144, count), dtype=np.float32)
    turned = values.T.copy()
    for y in range(high):
        for x in range(wide):
            px, py = (x + 0.5) / wide, (y + 0.5) / high
            depth = inverse[2, 0] * px + inverse[2, 1] * py + inverse[2, 2]
            u = (inverse[0, 0] * px + inverse[0, 1] * py + inverse[0, 2]) / depth
            v = (inverse[1, 0] * px + inverse[1, 1] * py + inverse[1, 2]) / depth
            if u <= 0 or u >= 1 or v <= 0 or v >= 1:
                continue
            i, j = int(u * len(columns)), int(v * len(rows))
            row = turned[y * wide + x]
            for b in range(down):
                for a in range(across):
                    share = row_shares[j, b] * column_shares[i, a]
                    if share != 0:
                        if power == 2:
                            share *= share
                        to = cells[(rows[j] + b) * 16 + columns[i] + a]
                        for n in range(count):
                            to[n] += share * row[n]
    return cells.T.copy()
