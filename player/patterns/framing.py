"""Framing and masks: where 1.85, 2.39 and the full container end, and that nothing is scaled or moved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dcp.texts.catalogue import text
from player.patterns.drawing import FLAT, SCOPE, black, centred, grey, rectangle, words
from player.patterns.pattern import Codes, Measure, Pattern, Samples, Size, measured

_LINE = 1.0
"""Of white; half of it tells a line from the ground."""


def frame(number: int, size: Size) -> Codes:
    """A border of one pixel, both frames of two, arrows to corners and edges, a cross in the middle."""
    image = black(size)
    width, height = size
    white, dim = grey(_LINE), grey(0.75)
    rectangle(image, (0, 0, width, height), white)
    for inner, said in ((FLAT, "1.85"), (SCOPE, "2.39")):
        box = centred(inner, size)
        rectangle(image, box, dim, 2)
        words(image, said, (box[0] + 40, box[1] + 60), dim)
    _arrows(image, white)
    middle = width // 2, height // 2
    image[middle[1] - 1 : middle[1] + 1, middle[0] - 100 : middle[0] + 100] = white
    image[middle[1] - 100 : middle[1] + 100, middle[0] - 1 : middle[0] + 1] = white
    return image


def pattern() -> Pattern:
    return Pattern(
        "framing",
        text("pattern.framing"),
        text("pattern.framing-look"),
        frames=48,
        frame=frame,
        check=Geometry,
        stands_for="SMPTE RP 428-6 framing charts, by subject",
    )


class Geometry:
    """Every pixel is on the side of half of the white's code where it was drawn."""

    def __init__(self, size: Size) -> None:
        self._expected = frame(0, size)[:, :, 1] > _HALF
        self._wrong = 0
        self._worst: int | None = None
        self._seen = False

    def take(self, number: int, codes: Codes | None, samples: Samples | None) -> None:
        self._seen = True
        if codes is None or codes.shape[:2] != self._expected.shape:
            wrong = self._expected.size
        else:
            wrong = int(np.count_nonzero((codes[:, :, 1] > _HALF) != self._expected))
        if wrong > self._wrong or self._worst is None:
            self._wrong, self._worst = wrong, number

    def measures(self) -> Sequence[Measure]:
        if not self._seen:
            return (Measure("geometry.misplaced", None, "<= 0 pixels", "fail"),)
        return (measured("geometry.misplaced", self._wrong, 0, frame=self._worst, unit="pixels"),)


# --- how it is done -----

_HALF = grey(0.75)[1] / 2
_ARROW = 60


def _arrows(image: Codes, codes: tuple[int, int, int]) -> None:
    """Tips at the corners and in the middle of the edges, one pixel from the border."""
    height, width = image.shape[:2]
    across, down = width // 2, height // 2
    for n in range(_ARROW):
        near, low, far = 2 + n, height - 3 - n, width - 3 - n
        for row in (near, low):
            for column in (near, far):
                image[row : row + 2, column : column + 2] = codes
            image[row, across - n // 2 : across + n // 2 + 1] = codes
        for column in (near, far):
            image[down - n // 2 : down + n // 2 + 1, column] = codes
