"""A recording, walked once: small pictures of every frame, coarse ones and some for features, its shots, and
the part of it that is not black bars. What would not fit into memory is decoded again, piece by piece."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import closing
from fractions import Fraction
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import SourceError
from watermark.coder import CHIP, LOOKS, Looks, block_changes
from watermark.embed import TILE_COLUMNS, TILE_ROWS
from watermark.features import KEY_WIDTH
from watermark.frames import Floats, Footage, Halves, views
from watermark.index import COARSE_COLUMNS, COARSE_ROWS

Box = tuple[float, float, float, float]
"""left, top, right, bottom in the recording's unit square."""
Codes = NDArray[np.uint16]

_COARSE_RATE = 6
_KEY_RATE = 8  # so that a film's feature frame has one within a sixteenth of a second
_MAX_KEYS = 160
_PICTURE = 320 * 180  # samples of a working picture
_MAX_HELD = 400 << 20  # bytes of working pictures
_LEVELS, _BELOW = 32768, 0.25
_CUT = 0.4  # of the contrast
_BLACK, _STILL = 0.07, 0.03


@dataclass(frozen=True)
class Recorded:
    """rate, frames: of the recording. shape: (height, width). coarse: (n, 18, 32), of the frames `instants`.
    box: where there is a picture. cuts: frames with which another shot begins. keys: pictures 640 wide, by
    frame. held: every frame's working picture, None when there are too many for memory. looks: at what its
    coder let through, None when there was none."""

    footage: Footage
    rate: Fraction
    frames: int
    shape: tuple[int, int]
    coarse: Halves
    instants: NDArray[np.int64]
    box: Box
    cuts: NDArray[np.int64]
    keys: dict[int, Halves]
    held: tuple[Codes, ...] | None
    looks: Looks | None = None

    def pictures(self, spans: Sequence[tuple[int, int]]) -> Iterator[Floats]:
        """Working pictures, 0 to 1, of stretches (first, last + 1), which follow each other; where they are
        not held they are decoded once more, in one walk."""
        if self.held is not None:
            for first, last in spans:
                for codes in self.held[first:last]:
                    yield codes.astype(np.float32) / np.float32(_LEVELS) - np.float32(_BELOW)
            return
        size = _working_size(self.shape)
        wanted = np.zeros(self.frames, dtype=bool)
        for first, last in spans:
            wanted[first:last] = True
        end = int(np.flatnonzero(wanted)[-1]) + 1 if wanted.any() else 0
        with closing(
            views(self.footage, lambda frame: (size,) if frame < end and wanted[frame] else ())  # type: ignore[type-var]
        ) as walk:
            for each in islice(walk, end):
                yield from each


def look_at(footage: Footage) -> Recorded:
    """Walk a recording. SourceError when it has no frames."""
    shape = _shape(footage)
    size = _working_size(shape)
    rate = Fraction(footage.rate)
    step, key_step = max(1, round(rate / _COARSE_RATE)), max(1, round(rate / _KEY_RATE))
    most = max(1, _MAX_HELD // (2 * size[0] * size[1]))
    held: list[Codes] | None = []
    keys, coarse, changes = dict[int, Halves](), list[Halves](), [0.0]
    low, high = np.full(size[::-1], np.inf, np.float32), np.full(size[::-1], -np.inf, np.float32)
    before: Floats | None = None
    frames = 0
    chip, every = max(1, round(rate * CHIP)), max(2, round(rate / LOOKS))
    looked, changed = list[int](), list[NDArray[np.float16]]()
    whole: Floats | None = None

    def wanted(frame: int) -> Sequence[tuple[int, int]]:
        look = footage.coded and frame % every in (0, chip)
        return (size, *(() if frame % key_step else ((KEY_WIDTH, 0),)), *(((0, 0),) if look else ()))

    for frame, each in enumerate(views(footage, wanted)):
        picture = each[0]
        if footage.coded and frame % every in (0, chip):
            second = each.pop()
            if frame % every == 0:
                whole = second
            elif whole is not None:
                looked.append(frame - chip)
                changed.append(block_changes(whole, second).astype(np.float16))
                whole = None
        frames += 1
        if held is not None:
            held.append(np.clip((picture + _BELOW) * _LEVELS + 0.5, 0, 65535).astype(np.uint16))
            if len(held) > most:
                held = None
        small = _coarse(picture)
        if before is not None:
            changes.append(float(np.abs(small - before).mean()) / max(float(small.std()), 0.01))
        before = small
        if frame % step == 0:
            coarse.append(small.astype(np.float16))
            np.minimum(low, picture, out=low)
            np.maximum(high, picture, out=high)
        if len(each) > 1:
            keys[frame] = each[1].astype(np.float16)
            if len(keys) > _MAX_KEYS:
                keys = dict(list(keys.items())[::2])
                key_step *= 2
    if not frames:
        raise SourceError("mark.no-frame")
    return Recorded(
        footage=footage,
        rate=rate,
        frames=frames,
        shape=shape,
        coarse=np.stack(coarse),
        instants=np.arange(0, frames, step),
        box=_box(low, high),
        cuts=_cuts(np.array(changes)),
        keys=keys,
        held=tuple(held) if held is not None else None,
        looks=_looks(looked, chip, changed) if footage.coded else None,
    )


def _looks(first: list[int], chip: int, changed: list[NDArray[np.float16]]) -> Looks:
    frames = np.array(first, dtype=np.int64)
    return Looks(frames, frames + chip, np.array(changed, np.float16).reshape(-1, TILE_ROWS, TILE_COLUMNS))


def _coarse(picture: Floats) -> Floats:
    size = COARSE_COLUMNS, COARSE_ROWS
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _shape(footage: Footage) -> tuple[int, int]:
    with closing(views(footage, lambda frame: ((0, 0),))) as walk:  # type: ignore[type-var]
        first = next(walk, None)
    if first is None:
        raise SourceError("mark.no-frame")
    return first[0].shape[0], first[0].shape[1]


def _working_size(shape: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of the recording's own form."""
    width = math.sqrt(_PICTURE * shape[1] / shape[0])
    return max(32, round(width / 2) * 2), max(18, round(_PICTURE / width / 2) * 2)


def _box(low: Floats, high: Floats) -> Box:
    """Without the rows and columns at the borders that are black, or of one unchanging tone, throughout."""
    height, width = low.shape
    rows, columns = _lit(low, high, 1), _lit(low, high, 0)
    if not rows.any() or not columns.any():
        return 0.0, 0.0, 1.0, 1.0
    top, bottom = np.flatnonzero(rows)[[0, -1]]
    left, right = np.flatnonzero(columns)[[0, -1]]
    box = left / width, top / height, (right + 1) / width, (bottom + 1) / height
    if (box[2] - box[0]) * (box[3] - box[1]) < 0.1:
        return 0.0, 0.0, 1.0, 1.0
    return float(box[0]), float(box[1]), float(box[2]), float(box[3])


def _lit(low: Floats, high: Floats, axis: int) -> NDArray[np.bool_]:
    bright, dark = np.percentile(high, 98, axis=axis), np.percentile(low, 2, axis=axis)
    moves = np.percentile(high - low, 98, axis=axis)
    lit: NDArray[np.bool_] = (bright > _BLACK) & ((moves > _STILL) | (bright - dark > 2 * _STILL))
    return lit


def _cuts(changes: NDArray[np.float64]) -> NDArray[np.int64]:
    reach = 6
    padded = np.pad(changes, reach, mode="edge")
    around = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1), axis=1)
    return np.flatnonzero((changes > _CUT) & (changes > 3 * around))
