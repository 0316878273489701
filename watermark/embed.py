"""Marking X'Y'Z' frames: a slow, smooth, tiny change of light that a viewer cannot see.

Luminance is multiplied by 1 + strength times the carrier: `watermark.visibility` says how strong. One gain
for the three components, so that no colour changes. Every frame keeps LEAST_PSNR. A frame depends on nothing
but itself and its index in the composition: frames may be marked in any order, on any thread.
"""

from __future__ import annotations

from fractions import Fraction

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from dcp.errors import UsageError
from watermark.carrier import COLUMNS, ROWS, chip_mix, chips, spread
from watermark.payload import Payload
from watermark.secret import Secret
from watermark.visibility import (
    AMPLITUDE,
    CODE_GAMMA,
    CODE_MAX,
    LEAST_SHARE,
    MIN_HEIGHT,
    MIN_WIDTH,
    TILE_COLUMNS,
    TILE_ROWS,
    strength,
    strength_of_small,
)

__all__ = [
    "AMPLITUDE",
    "CODE_GAMMA",
    "MAX_SIDE",
    "MIN_HEIGHT",
    "MIN_WIDTH",
    "TILE_COLUMNS",
    "TILE_ROWS",
    "Embedder",
    "strength",
]

MAX_SIDE = 8192

NODE_COLUMNS, NODE_ROWS = 128, 72
"""The change is computed at these nodes, spread over the picture as samples are, and linear between them."""

_BUDGET = LEAST_SHARE * CODE_MAX**2 - 0.25  # in codes; what dithered rounding adds at the most is taken off


class Embedder:
    """Marks the frames of one showing. Immutable: one object serves any number of threads.

    secret, payload: whose mark, and what it says. width, height: size of the frames. rate: frames a second of
    the composition; chips last 1/6 s at every rate. UsageError when a size or rate makes no sense.
    """

    def __init__(self, secret: Secret, payload: Payload, *, width: int, height: int, rate: Fraction) -> None:
        if not (MIN_WIDTH <= width <= MAX_SIDE and MIN_HEIGHT <= height <= MAX_SIDE):
            raise UsageError(
                "mark.size",
                width=width,
                height=height,
                least=f"{MIN_WIDTH}x{MIN_HEIGHT}",
                most=f"{MAX_SIDE}x{MAX_SIDE}",
            )
        if not 10 <= rate <= 240:
            raise UsageError("mark.rate", rate=str(rate))
        self._shape = (height, width, 3)
        self._rate = Fraction(rate)
        self._chips = chips(secret, payload)
        self._rows = spread(ROWS, NODE_ROWS)
        self._columns = spread(COLUMNS, NODE_COLUMNS).T.copy()
        self._places = node_places(width, NODE_COLUMNS), node_places(height, NODE_ROWS)

    def apply(
        self, frame: NDArray[np.uint16], frame_index: int, out: NDArray[np.uint16] | None = None
    ) -> NDArray[np.uint16]:
        """The marked frame.

        frame: (height, width, 3) uint16, X'Y'Z' codes 0 to 4095. frame_index: the frame's place in the
        composition, from 0, over all its reels. out: where to put it (`frame` itself is allowed), else a new
        array. Codes stay within 4095, black stays black. UsageError for another shape or dtype.
        """
        for array in (frame, out) if out is not None else (frame,):
            if array.shape != self._shape or array.dtype != np.uint16:
                raise UsageError(
                    "mark.other-frame",
                    shape=str(array.shape),
                    dtype=str(array.dtype),
                    announced=str(self._shape),
                )
        if frame_index < 0:
            raise UsageError("mark.below-zero", frame=frame_index)
        frame = np.ascontiguousarray(frame)
        marked = out if out is not None and out.flags.c_contiguous else np.empty_like(frame)
        gain, ((x_node, x_share), (y_node, y_share)) = self._gain(frame, frame_index), self._places
        _mark(frame, marked, gain, x_node, x_share, y_node, y_share, np.uint32(frame_index % (1 << 32)))
        if out is None or out is marked:
            return marked
        out[:] = marked
        return out

    def light(self, small: NDArray[np.float32], seconds: Fraction | float) -> NDArray[np.float32]:
        """How much light is to change at an instant, as a fraction, at the nodes: (72, 128).

        For samples of another form than `apply` takes. small: the picture's luminance, (144, 256), each value
        the mean of its area, coded as Y' of X'Y'Z' with 1 for the largest code (52.37 cd/m2; brighter is
        allowed). seconds: of the composition, from 0.
        """
        return self._change(small, seconds)

    def _gain(self, frame: NDArray[np.uint16], frame_index: int) -> NDArray[np.float32]:
        """The change of codes, as a fraction, at the nodes: (72, 128)."""
        small = np.empty((MIN_HEIGHT, MIN_WIDTH), np.float32)
        _shrink(frame, small)
        gain = self._change(small / np.float32(CODE_MAX), Fraction(frame_index) / self._rate)
        gain *= np.float32(1 / CODE_GAMMA)
        energy = cv2.resize(frame, (NODE_COLUMNS, NODE_ROWS), interpolation=cv2.INTER_AREA)
        change = float((gain**2 * (energy.astype(np.float32) ** 2).mean(axis=2)).mean())
        gain *= np.float32(min(1.0, (_BUDGET / max(change, 1e-9)) ** 0.5))
        return gain

    def _change(self, small: NDArray[np.float32], seconds: Fraction | float) -> NDArray[np.float32]:
        chip, neighbour, share = chip_mix(seconds)
        cells = self._chips[chip] * np.float32(share) + self._chips[neighbour] * np.float32(1 - share)
        carrier = self._rows @ cells @ self._columns
        mask = strength_of_small(small)
        nodes = cv2.resize(mask, (NODE_COLUMNS, NODE_ROWS), interpolation=cv2.INTER_LINEAR)
        change: NDArray[np.float32] = carrier * nodes * np.float32(AMPLITUDE)
        return change


def node_places(samples: int, nodes: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """For each sample the node before it and how far it lies towards the next (0 to 1)."""
    position = np.clip((np.arange(samples) + 0.5) * nodes / samples - 0.5, 0, nodes - 1 - 1e-4)
    node = np.floor(position).astype(np.int32)
    return node, (position - node).astype(np.float32)


@numba.njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")
def _shrink(frame: NDArray[np.uint16], small: NDArray[np.float32]) -> None:
    """The middle component, each sample the mean of the area that it covers, rounded to a code. Columns are
    summed first: most of the work goes along rows."""
    height, width = frame.shape[0], frame.shape[1]
    rows, columns = small.shape
    total = np.empty(width, dtype=np.float32)
    for row in range(rows):
        top, bottom = height * row / rows, height * (row + 1) / rows
        total[:] = 0
        for y in range(int(top), min(int(np.ceil(bottom)), height)):
            share = np.float32(min(y + 1.0, bottom) - max(float(y), top))
            line = frame[y].reshape(3 * width)
            for x in range(width):
                total[x] += share * np.float32(line[3 * x + 1])
        for column in range(columns):
            left, right = width * column / columns, width * (column + 1) / columns
            whole = 0.0
            for x in range(int(left), min(int(np.ceil(right)), width)):
                whole += (min(x + 1.0, right) - max(float(x), left)) * total[x]
            small[row, column] = np.rint(whole / ((bottom - top) * (right - left)))


@numba.njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")
def _mark(
    frame: NDArray[np.uint16],
    out: NDArray[np.uint16],
    gain: NDArray[np.float32],
    x_node: NDArray[np.int32],
    x_share: NDArray[np.float32],
    y_node: NDArray[np.int32],
    y_share: NDArray[np.float32],
    frame_index: np.uint32,
) -> None:
    """A row lies in buffers, and each step is a loop over few of them, so that the compiler can widen it even
    where `out` is `frame`."""
    height, width = frame.shape[0], frame.shape[1]
    nodes = np.empty(gain.shape[1], dtype=np.float32)
    change, dither = np.empty(width, dtype=np.float32), np.empty(width, dtype=np.float32)
    red, green, blue = (
        np.empty(width, dtype=np.float32),
        np.empty(width, dtype=np.float32),
        np.empty(width, dtype=np.float32),
    )
    top, one, step = np.float32(CODE_MAX), np.float32(1), np.float32(1 / 256)
    for y in range(height):
        upper, lower = gain[y_node[y]], gain[y_node[y] + 1]
        for i in range(nodes.size):
            nodes[i] = upper[i] + y_share[y] * (lower[i] - upper[i])
        # The change is often less than one code: rounding is dithered (an additive sequence in x, y and
        # time), so that the mean over some pixels keeps it. Eight bits: a float32 code plus that is exact
        # enough that a gain of 0 changes nothing.
        start = np.uint32(np.uint32(y) * np.uint32(2447445414) + frame_index * np.uint32(2654435769))
        for x in range(width):
            level = np.uint32(start + np.uint32(x) * np.uint32(3242174889)) >> np.uint32(24)
            dither[x] = np.float32(np.int32(level)) * step
            node = np.uint32(x_node[x])
            change[x] = nodes[node] + x_share[x] * (nodes[node + np.uint32(1)] - nodes[node])
        line = frame[y].reshape(3 * width)
        for x in range(width):
            red[x] = line[3 * x]
            green[x] = line[3 * x + 1]
            blue[x] = line[3 * x + 2]
        for x in range(width):
            brightest = red[x] if red[x] > green[x] else green[x]
            brightest = brightest if brightest > blue[x] else blue[x]
            # less for all three rather than another colour; no bound for black
            most = top / brightest - one
            change[x] = change[x] if change[x] < most else most
        for codes in (red, green, blue):
            for x in range(width):
                code = codes[x] + codes[x] * change[x] + dither[x]
                codes[x] = code if code < top else top
        to = out[y].reshape(3 * width)
        for x in range(width):
            to[3 * x] = np.int32(red[x])
            to[3 * x + 1] = np.int32(green[x])
            to[3 * x + 2] = np.int32(blue[x])
