"""The loops over samples of `watermark.embed`, compiled: a look at a frame, and its marking.

A row of X'Y'Z' samples is one run of 3 x width. Each inner loop is free of branches and stays within 16 bits,
so that the compiler does sixteen samples or more at a time. All memory is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Shorts = NDArray[np.int16]
Codes = NDArray[np.uint16]

CODE_MAX = 4095  # compiled in: the cache of what is compiled does not see a change in another file
GAIN_BITS = 21
"""Gains are in units of 2^-21: up to 0.0156 in 16 bits."""
_X, _Y, _TIME = 49471, 37345, 40503  # odd: the dither's steps in 2^-16, an additive sequence in x, y and time

BLOCK = 3 * 2048  # samples: what its rows have in common stays in the nearer caches

_T = TypeVar("_T", bound=Callable[..., Any])


def _compiled(function: _T) -> _T:
    return cast(_T, numba.njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")(function))


class Places(NamedTuple):
    """Where the samples of a size of frame lie among nodes and small cells.

    x_node, y_node: the node before; x_share, y_share: how far towards the next, in 2^-15. x_edge: first
    columns of the cells of the small picture, and the width. rows: the rows that are looked at, by cell;
    row_end: how many of them up to the end of each row of the small picture. dither: of a row, (3 * width).
    phases: (3, BLOCK), all bits set where a sample is X', Y', Z'.
    """

    x_node: NDArray[np.int32]
    x_share: Shorts
    y_node: NDArray[np.int32]
    y_share: Shorts
    x_edge: NDArray[np.int32]
    rows: NDArray[np.int32]
    row_end: NDArray[np.int32]
    dither: Codes
    phases: Shorts


class Scratch(NamedTuple):
    """Memory for one frame at a time. small: the luminance; square: mean squares of the three components over
    its tiles, both with 1 for the largest code; the rest are rows and parts of rows."""

    small: NDArray[np.float32]
    square: NDArray[np.float32]
    total: Codes
    running: NDArray[np.int32]
    signed: Shorts
    line: Codes
    largest: Shorts


@_compiled
def survey(frame: Codes, places: Places, scratch: Scratch) -> None:
    """Fill `small` and `square` of scratch. frame: (height, 3 * width).

    A few rows of each cell are looked at, drawn once for the size: a picture of fine lines does not slip
    between them, as it would between every second one.
    """
    small, square, total, running = scratch.small, scratch.square, scratch.total, scratch.running
    rows, ends, edge = places.rows, places.row_end, places.x_edge
    tiles, columns = square.shape[1], small.shape[1]
    wide, high = columns // tiles, small.shape[0] // square.shape[0]
    square[:] = 0
    row = 0
    for cell in range(small.shape[0]):
        _squares(frame[rows[row]], edge, wide, square[cell // high])
        count = ends[cell] - row
        total[:] = 0
        while row < ends[cell]:
            _add(frame[rows[row]], total)
            row += 1
        whole = np.int32(0)
        for x in range(edge[columns]):
            running[x] = whole
            whole = np.int32(whole + np.int32(total[3 * x + 1]))
        running[edge[columns]] = whole
        unit = np.float32(1 / (CODE_MAX * count))
        line = small[cell]
        for column in range(columns):
            left, right = edge[column], edge[column + 1]
            line[column] = unit * np.float32(running[right] - running[left]) / np.float32(right - left)
    for tile in range(tiles):
        unit = np.float32(
            1 / (3.0 * high * CODE_MAX * CODE_MAX * (edge[(tile + 1) * wide] - edge[tile * wide]))
        )
        for row in range(square.shape[0]):
            square[row, tile] *= unit


@_compiled
def _add(line: Codes, total: Codes) -> None:
    for i in range(line.size):
        total[i] = np.uint16(total[i] + line[i])


@_compiled
def _squares(line: Codes, edge: NDArray[np.int32], wide: int, square: NDArray[np.float32]) -> None:
    """Add the squares of a row to its tiles."""
    for tile in range(square.size):
        begin, end = 3 * edge[tile * wide], 3 * edge[(tile + 1) * wide]
        while begin < end:
            part = np.int32(0)
            for i in range(begin, min(begin + 96, end)):  # so many squares of 12 bits fit into 31
                code = np.int32(np.int16(line[i]))
                part = np.int32(part + np.int32(code * code))
            square[tile] += np.float32(part)
            begin += 96


@_compiled
def mark(frame: Codes, out: Codes, gain: Shorts, places: Places, scratch: Scratch, index: np.uint32) -> None:
    """Multiply codes by 1 + gain and round them, dithered. frame, out: (height, 3 * width), one array or two.

    gain: at the nodes, in units of 2^-21. No code passes 4095: where one would, its pixel gets the largest
    gain that all three components bear. index: of the frame, for the dither.
    """
    count, height = places.dither.size, frame.shape[0]
    signed, line, largest = scratch.signed, scratch.line, scratch.largest
    upper, lower, slope = signed[0, :count], signed[1, :count], signed[2, :count]
    most = np.int16(0)
    for value in gain.flat:
        most = max(most, np.int16(value))
    # the largest code that no gain here brings to 4096
    safe = np.uint16((CODE_MAX << GAIN_BITS) // ((1 << GAIN_BITS) + most))
    first = 0
    while first < height:
        node = places.y_node[first]
        last = first + 1
        while last < height and places.y_node[last] == node:
            last += 1
        _widen(gain[node], places, upper)
        _widen(gain[node + 1], places, lower)
        for i in range(count):
            step = np.int32(lower[i]) - np.int32(upper[i])
            slope[i] = np.int16(max(np.int32(-32768), min(step, np.int32(32767))))
        # a block of columns at a time: what its rows have in common stays near
        for begin in range(0, count, BLOCK):
            end = min(begin + BLOCK, count)
            here, rise, noise = upper[begin:end], slope[begin:end], places.dither[begin:end]
            part = line[: end - begin]
            for y in range(first, last):
                # the copy lets `out` be `frame`: the compiler sees two memories
                bright = _copied(frame[y, begin:end], part)
                start = np.uint16(np.uint32(y) * np.uint32(_Y) + index * np.uint32(_TIME))
                to = out[y, begin:end]
                if bright <= safe:
                    _row(part, to, here, rise, places.y_share[y], noise, start)
                else:
                    if bright > CODE_MAX:
                        for i in range(part.size):
                            part[i] = min(part[i], np.uint16(CODE_MAX))
                    _bright_row(part, to, here, rise, places.y_share[y], noise, start, places.phases, largest)
        first = last


@_compiled
def _row(
    line: Codes, out: Codes, gain: Shorts, slope: Shorts, share: np.int16, dither: Codes, start: np.uint16
) -> None:
    for i in range(line.size):
        code = np.int16(line[i])
        rise = np.int16((np.int32(slope[i]) * np.int32(share)) >> np.int32(16))
        here = np.int16(gain[i] + np.int16(rise << np.int16(1)))
        change = np.int16((np.int32(np.int16(code << np.int16(3))) * np.int32(here)) >> np.int32(16))
        noise = np.int16(np.uint16(dither[i] + start) >> np.uint16(8))
        out[i] = np.uint16(np.int16(code + np.int16(np.int16(change + noise) >> np.int16(8))))


@_compiled
def _bright_row(
    line: Codes,
    out: Codes,
    gain: Shorts,
    slope: Shorts,
    share: np.int16,
    dither: Codes,
    start: np.uint16,
    phases: Shorts,
    largest: Shorts,
) -> None:
    """The same with a gain no larger than brings the largest component of a pixel to 4095."""
    for i in range(line.size - 2):
        largest[i + 2] = np.int16(max(max(line[i], line[i + 1]), line[i + 2]))
    x, y, z = phases[0], phases[1], phases[2]
    for i in range(line.size):
        pixel = np.int16((largest[i + 2] & x[i]) | (largest[i + 1] & y[i]) | (largest[i] & z[i]))
        # room / 4096, which is never more than room / code: 512 = 2^21 / 4096
        room = np.int16(min(np.int16(np.int16(CODE_MAX) - pixel), np.int16(63)) << np.int16(9))
        code = np.int16(line[i])
        rise = np.int16((np.int32(slope[i]) * np.int32(share)) >> np.int32(16))
        here = min(np.int16(gain[i] + np.int16(rise << np.int16(1))), room)
        change = np.int16((np.int32(np.int16(code << np.int16(3))) * np.int32(here)) >> np.int32(16))
        noise = np.int16(np.uint16(dither[i] + start) >> np.uint16(8))
        out[i] = np.uint16(np.int16(code + np.int16(np.int16(change + noise) >> np.int16(8))))


@_compiled
def _widen(nodes: Shorts, places: Places, out: Shorts) -> None:
    """A row of nodes to one value a sample."""
    x_node, x_share = places.x_node, places.x_share
    for x in range(x_node.size):
        node = x_node[x]
        step = np.int32(nodes[node + 1]) - np.int32(nodes[node])
        value = np.int16(nodes[node] + ((step * np.int32(x_share[x])) >> 15))
        out[3 * x] = value
        out[3 * x + 1] = value
        out[3 * x + 2] = value


@_compiled
def _copied(source: Codes, target: Codes) -> np.uint16:
    """Copy, and tell the largest."""
    found = np.uint16(0)
    for i in range(source.size):
        code = source[i]
        target[i] = code
        found = max(found, code)
    return found


def places_of(width: int, height: int, *, nodes: tuple[int, int], small: tuple[int, int]) -> Places:
    """nodes, small: columns and rows of the grid of gains and of the small picture."""
    (x_node, x_share), (y_node, y_share) = node_places(width, nodes[0]), node_places(height, nodes[1])
    draw = np.random.default_rng(1)
    edges = -(-np.arange(small[1] + 1) * height // small[1])
    chosen = []
    for cell, (first, last) in enumerate(pairwise(edges)):
        # the first is the one whose squares are taken: spread evenly over any period of lines
        even = first + int((cell + 0.5) * _GOLDEN % 1 * (last - first))
        others = draw.permutation(np.setdiff1d(np.arange(first, last), [even]))
        chosen.append([even, *others[: _LOOKS - 1]])
    return Places(
        x_node,
        (x_share * (1 << 15)).astype(np.int16),
        y_node,
        (y_share * (1 << 15)).astype(np.int16),
        (np.arange(small[0] + 1) * width // small[0]).astype(np.int32),
        np.concatenate(chosen).astype(np.int32),
        np.cumsum([len(each) for each in chosen]).astype(np.int32),
        (np.repeat(np.arange(width), 3) * _X % (1 << 16)).astype(np.uint16),
        -np.equal(np.arange(BLOCK) % 3, np.arange(3)[:, None]).astype(np.int16),
    )


_LOOKS = 4  # rows of each row of the small picture
_GOLDEN = 0.6180339887


def scratch_of(width: int, *, small: tuple[int, int], tiles: tuple[int, int]) -> Scratch:
    """small, tiles: columns and rows of the small picture and of its tiles."""
    return Scratch(
        np.empty(small[::-1], np.float32),
        np.empty(tiles[::-1], np.float32),
        np.empty(3 * width, np.uint16),
        np.empty(width + 1, np.int32),
        np.empty((3, 3 * width), np.int16),
        np.empty(BLOCK, np.uint16),
        np.zeros(BLOCK + 2, np.int16),
    )


def node_places(samples: int, nodes: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """For each sample of a row or column the node before it, and how far on it lies (0 to 1)."""
    position = np.clip((np.arange(samples) + 0.5) * nodes / samples - 0.5, 0, nodes - 1 - 1e-4)
    node = np.floor(position).astype(np.int32)
    return node, position - node
