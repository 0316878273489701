"""Patches of known light: drawn side by side, and held against what is shown by dE2000."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dcp.dataclass import dataclass
from player.patterns.drawing import black
from player.patterns.light import Values, apart, light_of
from player.patterns.pattern import Codes, Measure, Samples, Size, measured

MOST_APART = 0.5
"""dE2000."""
_INSIDE = 0.8
"""Of a patch's sides that is looked at: its edges are the coder's."""


@dataclass(frozen=True)
class Patch:
    """A rectangle in shares of the picture, and its codes."""

    box: tuple[float, float, float, float]
    codes: tuple[int, int, int]

    def pixels(self, size: Size, inside: float = 1.0) -> tuple[slice, slice]:
        left, top, right, bottom = self.box
        dx, dy = (right - left) * (1 - inside) / 2, (bottom - top) * (1 - inside) / 2
        rows = slice(round((top + dy) * size[1]), round((bottom - dy) * size[1]))
        return rows, slice(round((left + dx) * size[0]), round((right - dx) * size[0]))


def drawn(patches: Sequence[Patch], size: Size) -> Codes:
    image = black(size)
    for patch in patches:
        image[patch.pixels(size)] = patch.codes
    return image


def grid(codes: Sequence[tuple[int, int, int]], columns: int) -> tuple[Patch, ...]:
    """Patches in rows, a little black between them."""
    rows = -(-len(codes) // columns)
    found = []
    for at, each in enumerate(codes):
        left, top = at % columns / columns, at // columns / rows
        gap = 0.08
        box = (left + gap / columns, top + gap / rows, left + (1 - gap) / columns, top + (1 - gap) / rows)
        found.append(Patch(box, each))
    return tuple(found)


class Light:
    """The mean light of each patch, of each frame that has patches."""

    def __init__(self, size: Size, of: Sequence[tuple[range, Sequence[Patch]]]) -> None:
        self._size, self._of = size, of
        self._worst = -1.0
        self._frame: int | None = None
        self._missing: int | None = None
        self.means: dict[int, Values] = {}

    def take(self, number: int, codes: Codes | None, samples: Samples | None) -> None:
        patches = next((held for frames, held in self._of if number in frames), ())
        if codes is None or codes.shape[:2] != self._size[::-1]:
            self._missing = number
            return
        means = np.array(
            [codes[each.pixels(self._size, _INSIDE)].mean((0, 1), dtype=np.float64) for each in patches]
        )
        if not len(means):
            return
        self.means[number] = means
        off = float(apart(light_of(means), light_of(np.array([each.codes for each in patches]))).max())
        if off > self._worst:
            self._worst, self._frame = off, number

    def measures(self) -> Sequence[Measure]:
        if self._missing is not None or self._frame is None:
            return (Measure("light.dE2000", None, f"<= {MOST_APART}", "fail", self._missing),)
        return (measured("light.dE2000", self._worst, MOST_APART, frame=self._frame),)
