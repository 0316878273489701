"""How a stored picture is turned to be shown: what a phone held upright writes into its file.

The mark's grid lies in the picture as people see it, so whoever marks or reads a file looks at it that way.
"""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass


@dataclass(frozen=True)
class Orientation:
    """turn: degrees clockwise, 0, 90, 180 or 270; flip: mirrored left to right before that. matrix: the nine
    numbers of the file, None where it has none."""

    turn: int = 0
    flip: bool = False
    matrix: tuple[int, ...] | None = None

    @property
    def sideways(self) -> bool:
        """Whether width and height change places."""
        return self.turn % 180 == 90

    def shown(self, stored: NDArray[Any]) -> NDArray[Any]:
        """The rows and columns as they are shown; a view where nothing turns."""
        picture = np.fliplr(stored) if self.flip else stored
        return np.rot90(picture, -self.turn // 90) if self.turn else picture

    def stored(self, shown: NDArray[Any]) -> NDArray[Any]:
        """The way back."""
        picture = np.rot90(shown, self.turn // 90) if self.turn else shown
        return np.fliplr(picture) if self.flip else picture


def orientation_of(frame: Any) -> Orientation:
    """By the display matrix of a decoded frame (PyAV). A turn by less counts as the nearest quarter."""
    for side in frame.side_data:
        if side.type.name != "DISPLAYMATRIX" or len(bytes(side)) < 36:
            continue
        matrix = struct.unpack("=9i", bytes(side)[:36])
        a, b, _, c, d, *_ = matrix
        flip = a * d - b * c < 0
        if flip:
            a, b = -a, -b
        turn = round(math.degrees(math.atan2(b, a)) / 90) * 90 % 360
        return Orientation(turn=turn, flip=flip, matrix=matrix)
    return Orientation()
