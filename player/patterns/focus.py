"""Focus and boresight: lines of one and two pixels in the middle and the corners, a grid for convergence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from dcp.texts.catalogue import text
from player.patterns.drawing import black, grey
from player.patterns.pattern import Codes, Measure, Pattern, Samples, Size, measured

PATCH = 128
"""Pixels a side."""
_DARK, _BRIGHT = grey(0.02), grey(0.7)
MOST_LOST = 3.0
"""Per cent of the modulation that coding may take or give."""


def frame(number: int, size: Size) -> Codes:
    image = black(size)
    image[:] = grey(0.1)
    image[::64, :] = image[:, ::64] = grey(0.4)
    for (left, top), wide, upright in patches(size):
        part = image[top : top + PATCH, left : left + PATCH]
        part[:] = _DARK
        bright = np.arange(PATCH) // wide % 2 == 1
        if upright:
            part[:, bright] = _BRIGHT
        else:
            part[bright] = _BRIGHT
    return image


def patches(size: Size) -> Iterator[tuple[tuple[int, int], int, bool]]:
    """(left, top), width of a line in pixels, whether lines are upright: four at each of five places."""
    width, height = size
    block = 2 * PATCH
    places = [((width - block) // 2, (height - block) // 2)]
    places += [(x, y) for x in (32, width - 32 - block) for y in (32, height - 32 - block)]
    for left, top in places:
        for number, (wide, upright) in enumerate(((1, True), (1, False), (2, True), (2, False))):
            yield (left + number % 2 * PATCH, top + number // 2 * PATCH), wide, upright


def pattern() -> Pattern:
    return Pattern(
        "focus",
        text("pattern.focus"),
        text("pattern.focus-look"),
        frames=48,
        frame=frame,
        check=Modulation,
        stands_for="SMPTE RP 428-6 focus charts, by subject",
    )


class Modulation:
    """How much of the difference between bright and dark lines is left, in codes of Y', the worst patch."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._worst: tuple[float, int | None] = (-1.0, None)  # per cent off, the frame
        self._missing: int | None = None

    def take(self, number: int, codes: Codes | None, samples: Samples | None) -> None:
        if codes is None or codes.shape[:2] != self._size[::-1]:
            self._missing = number
            return
        whole = float(_BRIGHT[1] - _DARK[1])
        for (left, top), wide, upright in patches(self._size):
            part = codes[top : top + PATCH, left : left + PATCH, 1].astype(np.float64)
            lines = part.mean(0 if upright else 1)
            bright = np.arange(PATCH) // wide % 2 == 1
            off = abs(100 * (lines[bright].mean() - lines[~bright].mean()) / whole - 100)
            if off > self._worst[0]:
                self._worst = float(off), number

    def measures(self) -> Sequence[Measure]:
        off, frame = self._worst
        if self._missing is not None or frame is None:
            return (Measure("focus.modulation", None, "100 %", "fail", self._missing),)
        return (measured("focus.modulation-off", off, MOST_LOST, frame=frame, unit="% of 100"),)
