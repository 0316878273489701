"""Levels: white, black, ten greys, a ramp near black, a checkerboard for contrast; a second or two each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dcp.texts.catalogue import text
from player.patterns.drawing import grey
from player.patterns.light import WHITE_CODES
from player.patterns.patches import Light, Patch, drawn, grid
from player.patterns.pattern import Codes, Measure, Pattern, Samples, Size

EACH = 48
"""Frames."""
_WHOLE = (0.0, 0.0, 1.0, 1.0)
_STEPS = tuple(grey(share) for share in (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0))
_DARK = tuple((code, code, code) for code in range(0, 640, 40))
SCREENS: tuple[tuple[str, tuple[Patch, ...]], ...] = (
    ("white", (Patch(_WHOLE, WHITE_CODES),)),
    ("black", (Patch(_WHOLE, (0, 0, 0)),)),
    ("greys", grid(_STEPS, 5)),
    ("near-black", grid(_DARK, 8)),
    ("checker", tuple(
        Patch((x / 4, y / 4, (x + 1) / 4, (y + 1) / 4), WHITE_CODES if (x + y) % 2 == 0 else (0, 0, 0))
        for y in range(4) for x in range(4)
    )),
)  # fmt: skip


def frame(number: int, size: Size) -> Codes:
    return drawn(SCREENS[min(number // EACH, len(SCREENS) - 1)][1], size)


def pattern() -> Pattern:
    return Pattern(
        "levels",
        text("pattern.levels"),
        text("pattern.levels-look"),
        frames=EACH * len(SCREENS),
        frame=frame,
        check=Levels,
        stands_for="SMPTE ST 431-1 white, black and grey steps, by subject",
    )


class Levels:
    def __init__(self, size: Size) -> None:
        ranges = [(range(at * EACH, (at + 1) * EACH), held) for at, (_, held) in enumerate(SCREENS)]
        self._light = Light(size, ranges)

    def take(self, number: int, codes: Codes | None, samples: Samples | None) -> None:
        self._light.take(number, codes, samples)

    def measures(self) -> Sequence[Measure]:
        broken = None
        for at, (name, _) in enumerate(SCREENS):
            if name not in ("greys", "near-black"):
                continue
            for number in range(at * EACH, (at + 1) * EACH):
                means = self._light.means.get(number)
                if means is not None and (np.diff(means[:, 1]) <= 0).any():
                    broken = number
        steps = Measure(
            "levels.steps-rise",
            broken is None,
            "every step",
            "fail" if broken is not None else "pass",
            broken,
        )
        return (*self._light.measures(), steps)
