"""Colours: red, green, blue, cyan, magenta, yellow of P3, and twenty between them, for a colorimeter."""

from __future__ import annotations

import numpy as np

from dcp.picture.colour.displays import display_named
from dcp.texts.catalogue import text
from player.patterns.light import codes_of
from player.patterns.patches import Light, Patch, drawn, grid
from player.patterns.pattern import Codes, Pattern, Size

_CORNERS = ((1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 0))


def patches() -> tuple[Patch, ...]:
    """The six, then each of them at half its light, half as colourful, and both; two greys."""
    corners = np.array(_CORNERS, np.float64)
    pale = 0.5 * corners + 0.25
    rgb = np.concatenate([corners, 0.5 * corners, pale, 0.5 * pale, [[0.5] * 3, [0.18] * 3]])
    light = 48 * rgb @ np.array(display_named("p3-dci").matrix).T
    codes = [tuple(int(each) for each in np.rint(one)) for one in codes_of(light)]
    return grid([(x, y, z) for x, y, z in codes], 6)


_PATCHES = patches()


def frame(number: int, size: Size) -> Codes:
    return drawn(_PATCHES, size)


def pattern() -> Pattern:
    return Pattern(
        "colours",
        text("pattern.colours"),
        text("pattern.colours-look"),
        frames=48,
        frame=frame,
        check=lambda size: Light(size, ((range(48), _PATCHES),)),
        stands_for="SMPTE RP 431-2 colour accuracy, by subject",
    )
