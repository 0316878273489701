"""Copies of several screens together: what colluders make of theirs so that it shall name none of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np

from dcp.errors import UsageError
from watermark.attack.clip import Clip, Rgb, after, floats, like

Way = Literal["mean", "median", "minimum", "maximum", "turns"]


def collude(clips: Sequence[Clip], seed: int, *, way: Way = "mean") -> Clip:
    """One clip of several copies of the same frames: their mean, median, darkest or brightest sample, or one
    copy after the other by the second ("turns"). It ends with the shortest; the rate is that of the first.
    UsageError for no copies, or frames of different size."""
    if not clips:
        raise UsageError("mark.nothing-to-write")
    frames = _joined([each.frames for each in clips], way, round(clips[0].rate))
    return after(clips[0], "collude", frames, copies=len(clips), way=way)


def _joined(copies: Sequence[Iterator[Rgb]], way: Way, turn: int) -> Iterator[Rgb]:
    for index, together in enumerate(zip(*copies, strict=False)):
        shapes = {frame.shape for frame in together}
        if len(shapes) > 1:
            one, other = sorted(shapes)[:2]
            raise UsageError(
                "mark.frame-of-other-size", width=one[1], height=one[0], video=f"{other[1]}x{other[0]}"
            )
        if way == "turns":
            yield together[index // turn % len(together)]
            continue
        stack = np.stack([floats(frame) for frame in together])
        join: Any = {"mean": np.mean, "median": np.median, "minimum": np.min, "maximum": np.max}[way]
        yield like(np.asarray(join(stack, axis=0), dtype=np.float32), together[0])
