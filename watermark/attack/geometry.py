"""Where the picture lies: size, crop, shift, turn, keystone, lens, letterbox, mirror; what lies over it."""

from __future__ import annotations

from typing import Annotated, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from watermark.attack.clip import Clip, Floats, Rgb, each, even, floats, like
from watermark.attack.parameters import Between, Share


def crop(clip: Clip, seed: int, *, share: Share = 0.1) -> Clip:
    """Cut up to `share` off each side, drawn for each side."""
    left, right, top, bottom = np.random.default_rng(seed).uniform(0.3, 1, 4) * share

    def cut(frame: Rgb) -> Rgb:
        height, width = frame.shape[:2]
        rows = slice(int(top * height), height - int(bottom * height))
        return np.ascontiguousarray(frame[rows, int(left * width) : width - int(right * width)])

    sides = {"left": left, "right": right, "top": top, "bottom": bottom}
    return each(clip, "crop", cut, share=share, **{name: round(float(at), 4) for name, at in sides.items()})


def scale(
    clip: Clip,
    seed: int,
    *,
    factor: Annotated[float, Between(0.25, 1.5)] = 0.5,
    aspect: Annotated[float, Between(0.85, 1.15)] = 1.0,
) -> Clip:
    """Another size; aspect above 1 widens the picture."""

    def resize(frame: Rgb) -> Rgb:
        size = even(frame.shape[1] * factor * aspect), even(frame.shape[0] * factor)
        way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(frame, size, interpolation=way), dtype=frame.dtype)

    return each(clip, "scale", resize, factor=factor, aspect=aspect)


def shift(clip: Clip, seed: int, *, share: Annotated[float, Between(0, 0.1)] = 0.05) -> Clip:
    """Move the picture by up to `share` of its size each way; what comes in is black."""
    dx, dy = np.random.default_rng(seed).uniform(-share, share, 2)

    def move(frame: Rgb) -> Rgb:
        height, width = frame.shape[:2]
        matrix = np.array([[1, 0, dx * width], [0, 1, dy * height]], dtype=np.float32)
        return np.asarray(cv2.warpAffine(frame, matrix, (width, height)), dtype=frame.dtype)

    return each(clip, "shift", move, share=share, dx=round(float(dx), 4), dy=round(float(dy), 4))


def rotate(clip: Clip, seed: int, *, degrees: Annotated[float, Between(-5, 5)] = 2.0) -> Clip:
    """Turned about the middle, in a frame of the same size."""

    def turn(frame: Rgb) -> Rgb:
        height, width = frame.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), degrees, 1.0)
        return np.asarray(cv2.warpAffine(frame, matrix, (width, height)), dtype=frame.dtype)

    return each(clip, "rotate", turn, degrees=degrees)


def keystone(clip: Clip, seed: int, *, share: Annotated[float, Between(0, 0.12)] = 0.05) -> Clip:
    """Each corner moved by up to `share` of the picture's size, inwards or outwards."""
    moved = np.random.default_rng(seed).uniform(-share, share, (4, 2))
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])

    def warp(frame: Rgb) -> Rgb:
        size = np.array(frame.shape[1::-1])
        matrix = cv2.getPerspectiveTransform(
            (corners * size).astype(np.float32), ((corners + moved) * size).astype(np.float32)
        )
        turned = cv2.warpPerspective(frame, matrix, (int(size[0]), int(size[1])))
        return np.asarray(turned, dtype=frame.dtype)

    return each(clip, "keystone", warp, share=share, corners=[[round(float(x), 4) for x in m] for m in moved])


def barrel(clip: Clip, seed: int, *, strength: Annotated[float, Between(-0.05, 0.05)] = 0.03) -> Clip:
    """A lens: points at the edge of the width move outwards, or inwards (below 0), by that share."""
    maps: dict[tuple[int, int], tuple[Floats, Floats]] = {}

    def bend(frame: Rgb) -> Rgb:
        height, width = frame.shape[:2]
        if (height, width) not in maps:
            maps.clear()
            maps[height, width] = lens_maps(width, height, strength)
        bent = cv2.remap(frame, *maps[height, width], interpolation=cv2.INTER_LINEAR)
        return np.asarray(bent, dtype=frame.dtype)

    return each(clip, "barrel", bend, strength=strength)


def lens_maps(width: int, height: int, strength: float) -> tuple[Floats, Floats]:
    """For each sample of the new picture where it comes from."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    cx, cy, half = (width - 1) / 2, (height - 1) / 2, width / 2
    r2 = ((x - cx) ** 2 + (y - cy) ** 2) / np.float32(half**2)
    bent = 1 - np.float32(strength) * r2
    return np.float32(cx) + (x - np.float32(cx)) * bent, np.float32(cy) + (y - np.float32(cy)) * bent


def letterbox(
    clip: Clip,
    seed: int,
    *,
    share: Share = 0.12,
    aspect: Annotated[float, Between(0.75, 1.15)] = 1.0,
) -> Clip:
    """The whole picture, smaller, between black bars above and below of `share` of the height each; aspect
    below 1 makes it narrower too, with bars at the sides."""

    def box(frame: Rgb) -> Rgb:
        height, width = frame.shape[:2]
        inner = min(even(width * min(aspect, 1)), width), even(height * (1 - 2 * share) / max(aspect, 1))
        small = cv2.resize(frame, inner, interpolation=cv2.INTER_AREA)
        out = np.zeros_like(frame)
        top, left = (height - inner[1]) // 2, (width - inner[0]) // 2
        out[top : top + inner[1], left : left + inner[0]] = small
        return out

    return each(clip, "letterbox", box, share=share, aspect=aspect)


def mirror(clip: Clip, seed: int) -> Clip:
    """Left and right exchanged."""
    return each(clip, "mirror", lambda frame: np.ascontiguousarray(frame[:, ::-1]))


def overlay(
    clip: Clip,
    seed: int,
    *,
    area: Annotated[float, Between(0, 0.1)] = 0.05,
    opacity: Annotated[float, Between(0.3, 1)] = 0.85,
) -> Clip:
    """A site's sign somewhere, and a line of text at the foot, of `area` of the picture together."""
    rng = np.random.default_rng(seed)
    x, y, wide, tint = rng.uniform(0, 1), rng.uniform(0, 0.7), rng.uniform(1, 3), rng.uniform(0.2, 1, 3)
    made: dict[tuple[int, int], NDArray[Any]] = {}

    def cover(frame: Rgb) -> Rgb:
        height, width = frame.shape[:2]
        if (height, width) not in made:
            made.clear()
            made[height, width] = _sign(width, height, area, (x, y), wide, tint)
        sign = made[height, width]
        share = (sign[:, :, 3:] * np.float32(opacity)).astype(np.float32)
        return like(floats(frame) * (1 - share) + sign[:, :, :3] * share, frame)

    place = {"x": round(float(x), 4), "y": round(float(y), 4)}
    return each(clip, "overlay", cover, area=area, opacity=opacity, **place)


def _sign(
    width: int, height: int, area: float, place: tuple[float, float], wide: float, tint: NDArray[np.float64]
) -> Floats:
    """Colour and share of what lies over the picture: half of the area a sign, half a strip of text."""
    layer = np.zeros((height, width, 4), dtype=np.float32)
    half = area * width * height / 2
    tall = min(int(np.sqrt(half / wide)), height)
    long = min(int(tall * wide), width)
    left, top = int(place[0] * (width - long)), int(place[1] * (height - tall))
    if tall > 1 and long > 1:
        layer[top : top + tall, left : left + long, :3] = 255 * tint
        layer[top : top + tall, left : left + long, 3] = 1
        _lettered(layer, "FREE", left, top, long, tall)
    strip = int(half / (0.8 * width))
    if strip > 1:
        left, top = int(0.1 * width), int(0.93 * height) - strip
        layer[top : top + strip, left : int(0.9 * width)] = (20, 20, 20, 1)
        _lettered(layer, "watch more films at a site of pirates", left, top, int(0.8 * width), strip)
    return layer


def _lettered(layer: Floats, words: str, left: int, top: int, long: int, tall: int) -> None:
    (across, up), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 2)
    size = min(0.9 * long / across, 0.6 * tall / up)
    at = int(left + 0.05 * long), int(top + 0.8 * tall)
    colours = layer[:, :, :3].astype(np.uint8)
    cv2.putText(colours, words, at, cv2.FONT_HERSHEY_SIMPLEX, size, (240, 240, 240), max(1, round(2 * size)))
    layer[:, :, :3] = colours
