"""Light and colour: tone curve, contrast, saturation, exposure from frame to frame."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from watermark.attack.clip import Clip, Rgb, after, each, floats, like, sixteen
from watermark.attack.parameters import Between

_REC709 = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


def gamma(clip: Clip, seed: int, *, power: Annotated[float, Between(0.6, 1.7)] = 1.3) -> Clip:
    """Another tone curve."""
    curve = (np.arange(65536) / 65535) ** power
    table, fine = np.rint(255 * curve).astype(np.uint8), np.rint(65535 * curve).astype(np.uint16)
    return each(
        clip,
        "gamma",
        lambda frame: fine[frame] if frame.dtype == np.uint16 else table[sixteen(frame)],
        power=power,
    )


def contrast(
    clip: Clip,
    seed: int,
    *,
    factor: Annotated[float, Between(0.5, 1.5)] = 1.3,
    brightness: Annotated[float, Between(-0.1, 0.1)] = 0.0,
) -> Clip:
    """Codes stretched about mid-grey and moved by a share of the whole range; what leaves it is cut."""

    def stretch(frame: Rgb) -> Rgb:
        return like(
            (floats(frame) - 127.5) * np.float32(factor) + np.float32(127.5 + 255 * brightness), frame
        )

    return each(clip, "contrast", stretch, factor=factor, brightness=brightness)


def colour(
    clip: Clip,
    seed: int,
    *,
    saturation: Annotated[float, Between(0, 1.6)] = 0.5,
    balance: Annotated[float, Between(0, 0.15)] = 0.05,
) -> Clip:
    """Another saturation, and another gain for each of the three colours, drawn."""
    gains = np.random.default_rng(seed).uniform(1 - balance, 1 + balance, 3).astype(np.float32)

    def change(frame: Rgb) -> Rgb:
        picture = floats(frame)
        grey = (picture @ _REC709)[:, :, None]
        return like((grey + (picture - grey) * np.float32(saturation)) * gains, frame)

    return each(
        clip,
        "colour",
        change,
        saturation=saturation,
        balance=balance,
        gains=[round(float(each), 4) for each in gains],
    )


def flicker(clip: Clip, seed: int, *, rms: Annotated[float, Between(0, 0.05)] = 0.02) -> Clip:
    """Another exposure for each frame."""
    rng = np.random.default_rng(seed)
    frames = (like(floats(frame) * np.float32(1 + rng.normal(0, rms)), frame) for frame in clip.frames)
    return after(clip, "flicker", frames, rms=rms)
