"""Sharpness and noise: blur, low-pass, aperture, noise, and the cleaning of it in space and in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import cv2
import numpy as np

from watermark.attack.clip import Clip, Floats, Grain, Rgb, after, each, floats, like
from watermark.attack.parameters import Between, OneOf

_AT_2K = 2048
Strength = Annotated[int, OneOf((1, 2, 3))]


def blur(clip: Clip, seed: int, *, sigma: Annotated[float, Between(0, 6)] = 3.0) -> Clip:
    """Out of focus: sigma in pixels of a picture 2048 wide, and as much of any other."""

    def soften(frame: Rgb) -> Rgb:
        here = sigma * frame.shape[1] / _AT_2K
        return frame if here < 0.05 else np.asarray(cv2.GaussianBlur(frame, (0, 0), here), frame.dtype)

    return each(clip, "blur", soften, sigma=sigma)


def low_pass(clip: Clip, seed: int, *, cut: Annotated[float, Between(0.1, 1)] = 0.4) -> Clip:
    """A brick wall: no detail finer than `cut` of what the raster could carry."""

    def filtered(frame: Rgb) -> Rgb:
        picture = floats(frame)
        out = np.empty_like(picture)
        for plane in range(3):
            waves: Any = cv2.dft(np.ascontiguousarray(picture[:, :, plane]), flags=cv2.DFT_COMPLEX_OUTPUT)
            rows = np.abs(np.fft.fftfreq(waves.shape[0])) <= cut / 2
            columns = np.abs(np.fft.fftfreq(waves.shape[1])) <= cut / 2
            waves[~rows] = 0
            waves[:, ~columns] = 0
            out[:, :, plane] = cv2.dft(waves, flags=cv2.DFT_INVERSE | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT)
        return like(out, frame)

    return each(clip, "low-pass", filtered, cut=cut)


def aperture(
    clip: Clip,
    seed: int,
    *,
    size: Annotated[int, Between(1, 9)] = 3,
    sharpen: Annotated[float, Between(0, 2)] = 1.0,
) -> Clip:
    """The mean over an aperture of size x size pixels, and the correction of it by a stronger edge."""

    def through(frame: Rgb) -> Rgb:
        picture = cv2.blur(floats(frame), (size, size))
        soft = cv2.GaussianBlur(picture, (0, 0), max(0.5, size / 2))
        return like(np.asarray(picture + np.float32(sharpen) * (picture - soft), np.float32), frame)

    return each(clip, "aperture", through, size=size, sharpen=sharpen)


def noise(clip: Clip, seed: int, *, sigma: Annotated[float, Between(0, 20)] = 5.0) -> Clip:
    """White noise, rms in 8-bit codes."""
    grain = Grain(seed)
    return each(
        clip, "noise", lambda frame: like(floats(frame) + sigma * grain.next(frame.shape), frame), sigma=sigma
    )


def denoise(clip: Clip, seed: int, *, strength: Strength = 2) -> Clip:
    """Cleaned in space, frame by frame: what differs little from its neighbours is taken for noise."""
    reach = {1: 4.0, 2: 8.0, 3: 14.0}[strength]  # codes

    def clean(frame: Rgb) -> Rgb:
        return like(cv2.bilateralFilter(floats(frame), 5, reach, 3), frame)

    return each(clip, "denoise", clean, strength=strength, reach=reach)


def denoise_in_time(clip: Clip, seed: int, *, strength: Strength = 2) -> Clip:
    """Cleaned in time: each frame is mixed with the cleaned one before, unless it moved there."""
    keep, reach = {1: (0.5, 5.0), 2: (0.65, 8.0), 3: (0.8, 12.0)}[strength]
    frames = _recursive(clip.frames, keep, reach)
    return after(clip, "denoise-in-time", frames, strength=strength, keep=keep, reach=reach)


def _recursive(frames: Iterator[Rgb], keep: float, reach: float) -> Iterator[Rgb]:
    """keep: weight of what was, where nothing moves. reach: codes (of a small blur) that mean movement."""
    held: Floats | None = None
    for frame in frames:
        picture = floats(frame)
        if held is None or held.shape != picture.shape:
            held = picture
        else:
            moved = cv2.blur(np.abs(picture - held).max(axis=2), (5, 5))
            share = np.float32(keep) * np.clip(2 - moved / np.float32(reach), 0, 1)
            held = picture + share[:, :, None] * (held - picture)
        yield like(held, frame)
