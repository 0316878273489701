"""Marking X'Y'Z' frames: a slow, smooth, tiny change of light that a viewer cannot see.

Luminance is multiplied by 1 + strength times the carrier: `watermark.visibility` says how strong. One gain
for the three components, so that no colour changes. Every frame keeps LEAST_PSNR. A frame depends on nothing
but itself and its index in the composition: frames may be marked in any order, on any thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.errors import UsageError
from watermark.carrier import COLUMNS, ROWS, chip_mix, chips, spread
from watermark.kernel import GAIN_BITS, Scratch, mark, places_of, scratch_of, survey
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

_NEXT = np.ones((3, 3), np.uint8)
_SMALL, _TILES = (MIN_WIDTH, MIN_HEIGHT), (TILE_COLUMNS, TILE_ROWS)
# What dithered rounding adds at the most is taken off; and 1 %, for not every row is looked at.
_BUDGET = 0.99 * LEAST_SHARE - 0.25 / CODE_MAX**2


class Embedder:
    """Marks the frames of one showing. One object serves any number of threads; it keeps some rows of memory
    for each.

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
        self._places = places_of(width, height, nodes=(NODE_COLUMNS, NODE_ROWS), small=_SMALL)
        self._spare: list[Scratch] = []

    def apply(
        self, frame: NDArray[np.uint16], frame_index: int, out: NDArray[np.uint16] | None = None
    ) -> NDArray[np.uint16]:
        """The marked frame.

        frame: (height, width, 3) uint16, X'Y'Z' codes 0 to 4095. frame_index: the frame's place in the
        composition, from 0, over all its reels. out: where to put it (`frame` itself is allowed), else a new
        array. Codes stay within 4095, black stays black. UsageError for another shape or dtype.
        """
        return self._marked((frame,), frame_index, (out,))[0]

    def apply_pair(
        self,
        left: NDArray[np.uint16],
        right: NDArray[np.uint16],
        frame_index: int,
        out: tuple[NDArray[np.uint16], NDArray[np.uint16]] | None = None,
    ) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
        """Both eyes of a stereoscopic frame, with one and the same change: what the left eye's picture bears,
        and no more than keeps LEAST_PSNR in each. What each eye saw by itself would stand before the screen.
        Otherwise as `apply`."""
        first, second = self._marked((left, right), frame_index, out or (None, None))
        return first, second

    def light(self, small: NDArray[np.float32], seconds: Fraction | float) -> NDArray[np.float32]:
        """How much light is to change at an instant, as a fraction, at the nodes: (72, 128).

        For samples of another form than `apply` takes. small: the picture's luminance, (144, 256), each value
        the mean of its area, coded as Y' of X'Y'Z' with 1 for the largest code (52.37 cd/m2; brighter is
        allowed). seconds: of the composition, from 0.
        """
        return self._change(small, seconds)

    def _marked(
        self,
        frames: Sequence[NDArray[np.uint16]],
        frame_index: int,
        outs: Sequence[NDArray[np.uint16] | None],
    ) -> list[NDArray[np.uint16]]:
        for array in (*frames, *(out for out in outs if out is not None)):
            if array.shape != self._shape or array.dtype != np.uint16:
                raise UsageError(
                    "mark.other-frame",
                    shape=str(array.shape),
                    dtype=str(array.dtype),
                    announced=str(self._shape),
                )
        if frame_index < 0:
            raise UsageError("mark.below-zero", frame=frame_index)
        try:
            scratch = self._spare.pop()
        except IndexError:  # as many as there are threads at the same time
            scratch = scratch_of(self._shape[1], small=_SMALL, tiles=_TILES)
        rows = [np.ascontiguousarray(frame).reshape(self._shape[0], -1) for frame in frames]
        gain = self._gain(rows, frame_index, scratch)
        index, marked = np.uint32(frame_index % (1 << 32)), []
        for row, out in zip(rows, outs, strict=True):
            to = out if out is not None and out.flags.c_contiguous else np.empty(self._shape, np.uint16)
            mark(row, to.reshape(row.shape), gain, self._places, scratch, index)
            if out is not None and out is not to:
                out[:] = to
            marked.append(to if out is None else out)
        self._spare.append(scratch)
        return marked

    def _gain(
        self, rows: Sequence[NDArray[np.uint16]], frame_index: int, scratch: Scratch
    ) -> NDArray[np.int16]:
        """The change of codes at the nodes, for `mark`: (72, 128). rows: frames as (height, 3 * width)."""
        survey(rows[0], self._places, scratch)
        change = self._change(scratch.small, Fraction(frame_index) / self._rate)
        change *= np.float32(1 / CODE_GAMMA)
        each = cv2.resize(change * change, _TILES, interpolation=cv2.INTER_AREA)
        spent = float((each * scratch.square).mean())
        for other in rows[1:]:
            survey(other, self._places, scratch)
            spent = max(spent, float((each * scratch.square).mean()))
        change *= np.float32(min(1.0, (_BUDGET / max(spent, 1e-12)) ** 0.5) * (1 << GAIN_BITS))
        gain: NDArray[np.int16] = np.rint(change).astype(np.int16)
        return gain

    def _change(self, small: NDArray[np.float32], seconds: Fraction | float) -> NDArray[np.float32]:
        chip, neighbour, share = chip_mix(seconds)
        cells = self._chips[chip] * np.float32(share) + self._chips[neighbour] * np.float32(1 - share)
        carrier = self._rows @ cells @ self._columns
        mask = strength_of_small(small)
        size = NODE_COLUMNS, NODE_ROWS
        # smooth; but beside texture no flat tile gets more than is its own, nor do the nodes next to it
        own = cv2.erode(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST), _NEXT)
        nodes = np.minimum(cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR), own)
        change: NDArray[np.float32] = carrier * nodes * np.float32(AMPLITUDE)
        return change
