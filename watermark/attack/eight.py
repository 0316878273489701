"""When and how the samples of a clip become those of a file of 8 bits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from watermark.attack.clip import Clip, Rgb, after
from watermark.dither import Way, noise
from watermark.ycbcr import planes_of, rgb_of


def in_eight_bits(clip: Clip, *, way: Way) -> Clip:
    """The clip as a file of 8 bits of its own size has it, and what comes of that begins with those codes:
    frames of 16 bits, which are the file's. Frames of 8 bits stay."""

    def cut() -> Iterator[Rgb]:
        for index, frame in enumerate(clip.frames):
            if frame.dtype == np.uint8:
                yield frame
            else:
                yield rgb_of(planes_of(frame, noise(index, way=way, rate=clip.rate)))

    return after(clip, "8-bit", cut(), then="none", way=way)


def to_eight_bits(clip: Clip, *, way: Way) -> Clip:
    """The clip that is to become 8 bits in this way: with dither by the coder that makes the copy, so that
    there is one rounding; plainly before all else, for then the master itself had no more."""
    if way == "none":
        return in_eight_bits(clip, way=way)
    return after(clip, "8-bit", clip.frames, then=way, way=way)
