"""A small film of several shots, with stills, black and both kinds of sameness in it: the same object again,
and a copy of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from dcp.create.makers.frame import Frame, Recipe
from dcp.create.makers.picture import PictureMaker, Stretch
from dcp.create.sources.facts import Pixels
from dcp.picture.colour.path import ColourPath
from dcp.picture.geometry import place
from dcp.picture.limits import frame_limits

RATE = Fraction(24)
SIZE = (96, 54)
FADE = (0.88, 0.77, 0.68, 0.6, 0.53, 0.46, 0.41, 0.36, 0.32)


def recipe(*, stereo: bool = False, mbps: int = 2) -> Recipe:
    """So few bits that something is lost."""
    limits = frame_limits(RATE, stereo=stereo, mbps=mbps)
    return Recipe(SIZE, limits, RATE, place(SIZE, SIZE), ColourPath("rgb"), stereo)


def picture(shot: int, at: int, *, grain: float = 6.0) -> Pixels:
    """Shapes that move a little, a picture of its own for each shot, and grain that is another every time."""
    shapes = np.random.default_rng(shot).random((4, 4))
    rows, columns = np.mgrid[0:54, 0:96].astype(float)
    plane = 128 + 90 * np.sin(rows / (5 + 9 * shapes[0, 0]) + 6 * shapes[0, 1] + shot) * np.cos(
        (columns + at / 2) / (7 + 11 * shapes[1, 0]) + 6 * shapes[1, 1]
    )
    noise = np.random.default_rng((shot, at)).normal(0, grain, (3, 54, 96))
    planes = (plane[None] + noise).clip(0, 255).astype(np.uint8)
    return Pixels(tuple(planes), "rgb", 8, full_range=True)


def copied(frame: Pixels) -> Pixels:
    """Equal, and another object."""
    return Pixels(tuple(plane.copy() for plane in frame.planes), frame.model, frame.depth, frame.full_range)


def dimmed(frame: Pixels, by: float) -> Pixels:
    planes = tuple((plane * by).astype(np.uint8) for plane in frame.planes)
    return Pixels(planes, frame.model, frame.depth, frame.full_range)


def short_film() -> list[Frame]:
    """Two shots of five frames, the second one cleaner; a still of four; black; the first shot again, faded
    out."""
    still = picture(3, 0)
    return [
        *(picture(1, at) for at in range(5)),
        *(picture(2, at, grain=1.0) for at in range(5)),
        still, still, copied(still), copied(still),
        None, None,
        *(picture(1, at) for at in range(2)),
        copied(picture(1, 1)),
        *(dimmed(picture(1, 2 + at), by) for at, by in enumerate(FADE)),
    ]  # fmt: skip


ANCHORS = [0, 5, 10, 16, 21, 27]
"""Of `short_film`: first frames of its shots, the one behind black, and two as it is faded out."""
SAME = [11, 12, 13, 18]
BLACK = [14, 15]


def maker(frames: list[Frame], right: list[Frame] | None = None, **more: object) -> PictureMaker:
    """Of frames in memory; with others for the right eye, a stereoscopic one."""
    recipes = (recipe(stereo=True),) * 2 if right is not None else (recipe(),)
    stretch = Stretch(
        Path("film.mov"),
        lambda first: iter(frames[first:]),
        recipes,
        len(frames),
        (lambda first: iter(right[first:])) if right is not None else None,
        **more,  # type: ignore[arg-type]
    )
    return PictureMaker((stretch,))
