"""What a video coder may have let through of changes as small as a mark, tile by tile.

A coder sends nothing of a block that lies within its dead zone, and repeats what it has shown: there the mark
is gone, whatever larger changes come through. What noise the decoded picture still has tells: where blocks at
rest change from chip to chip by as much as a mark would change them, the coder sends such changes.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from watermark.visibility import AMPLITUDE, CODE_GAMMA, TILE_COLUMNS, TILE_ROWS

Floats = NDArray[np.float32]

LOOKS = 2
"""Times a second at which it is looked at."""
CHIP = 1 / 6
_BLOCK = 8  # samples, what coders transform
_STEP = 1.5
"""By how many amplitudes a mark changes from a chip to one of the other sign: twice three quarters."""
_SEEN = 0.25
"""Part of that step by which a block has to change to count as sent."""
_SHIFT = 0.5  # samples by which the picture may shake, which coders foretell
_FLOOR = np.float32(1 / 219)
_NEAR = 1.0  # seconds


@dataclass(frozen=True)
class Looks:
    """first, second: frames, a chip apart. changes: (n, 36, 64) float16, of `block_changes`."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    changes: NDArray[np.float16]

    def part(self, first: int, last: int) -> Looks:
        """Those that lie in frames first to last - 1, counted from there."""
        inside = (self.first >= first) & (self.second < last)
        return Looks(self.first[inside] - first, self.second[inside] - first, self.changes[inside])

    def through(self, matrix: NDArray[np.float64]) -> Looks:
        """The same in the film's tiles. matrix: from the film's unit square to the recording's."""
        size = np.diag([TILE_COLUMNS, TILE_ROWS, 1.0])
        centre = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
        warp = np.linalg.inv(centre) @ size @ matrix @ np.linalg.inv(size) @ centre
        flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        turned = [
            cv2.warpPerspective(each.astype(np.float32), warp, (TILE_COLUMNS, TILE_ROWS), flags=flags)
            for each in self.changes
        ]
        changes = np.array(turned, np.float16).reshape(-1, TILE_ROWS, TILE_COLUMNS)
        return Looks(self.first, self.second, changes)


def block_changes(before: Floats, after: Floats) -> Floats:
    """(36, 64): by what share of its code the block in the middle of each tile changed, beyond what the light
    of the whole picture and a small shake explain; 0 and less where they explain it.

    before, after: whole decoded pictures, a chip apart.
    """
    one, two = (_blocks(each) for each in (before, after))
    level = np.maximum((one + two) / 2, _FLOOR)
    change = two - one
    change -= np.median(change / level) * level
    down, across = np.gradient(level)
    left = np.abs(change) - np.maximum(np.abs(down), np.abs(across)) * np.float32(_SHIFT / _BLOCK)
    rows, columns = (
        np.minimum(((np.arange(tiles) + 0.5) * length / tiles).astype(int), length - 1)
        for tiles, length in ((TILE_ROWS, len(left)), (TILE_COLUMNS, left.shape[1]))
    )
    found: Floats = (left / level)[np.ix_(rows, columns)].astype(np.float32)
    return found


def _blocks(picture: Floats) -> Floats:
    """Means of whole blocks; of a picture that has less than two a side, halves and thirds of it."""
    rows, columns = max(2, picture.shape[0] // _BLOCK), max(2, picture.shape[1] // _BLOCK)
    whole = picture[: rows * _BLOCK, : columns * _BLOCK]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), dtype=np.float32)


def sent(looks: Looks, film: tuple[Floats, Floats], strength: Floats) -> NDArray[np.bool_]:
    """(n, 2304): where the coder sent a change as small as a mark's, and the film itself was at rest.

    film: its tiles at the looks' first and second frames; strength: of a mark there.
    """
    step = np.float32(_STEP * AMPLITUDE / CODE_GAMMA) * strength
    moved = np.abs(film[1] - film[0]) / np.maximum(film[0], 0.02)
    through = (looks.changes > np.float32(_SEEN) * step) & (moved < step)
    return np.asarray(through.reshape(-1, TILE_ROWS * TILE_COLUMNS))


def kept(through: NDArray[np.bool_], looks: Looks, middle: float, rate: float) -> Floats:
    """(2304,): the share of a mark that is counted on about a frame; nothing where it was not looked at."""
    near = np.abs((looks.first + looks.second) / 2 - middle) <= _NEAR * rate
    share = through[near].mean(axis=0) if near.any() else np.zeros(TILE_ROWS * TILE_COLUMNS)
    around = cv2.blur(share.reshape(TILE_ROWS, TILE_COLUMNS).astype(np.float32), (3, 3))
    return np.asarray(around.reshape(-1), dtype=np.float32)
