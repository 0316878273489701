"""Cameras and screens: a camcorder in the auditorium, a recording of a computer's screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from fractions import Fraction
from typing import Annotated, Any

import cv2
import numpy as np

from dcp.dataclass import dataclass
from watermark.attack.clip import Clip, Floats, Grain, Rgb, after, even, floats, like
from watermark.attack.geometry import lens_maps
from watermark.attack.parameters import Between, OneOf
from watermark.attack.timing import blend_to_rate

_CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float32)


@dataclass(frozen=True)
class Camcorder:
    """A camera in the auditorium. Lengths are shares of the picture's width or height unless said
    otherwise.

    keystone: how far the screen's corners may lie from the frame's. blur: sigma in pixels of the recording.
    jitter: rms shake in pixels. vignette: loss of light in the corners. flicker: rms of the exposure from
    frame to frame. wander: swing of the automatic gain over some seconds. contrast: power applied to the
    codes. noise: rms in codes. rate: of the recording, None for the source's; frames between are blended.
    degrees: it is held askew by up to so much. barrel: of the lens, up to so much at the picture's edge.
    crop: it stands so near that up to this share a side is outside.
    """

    width: int = 1280
    height: int = 720
    rate: Fraction | None = None
    keystone: float = 0.04
    blur: float = 1.0
    jitter: float = 0.3
    vignette: float = 0.2
    flicker: float = 0.01
    wander: float = 0.05
    contrast: float = 1.1
    noise: float = 2.0
    degrees: float = 0.0
    barrel: float = 0.0
    crop: float = 0.0


def camcorder(clip: Clip, seed: int, *, camera: Camcorder | None = None) -> Clip:
    """The picture as a camera in the auditorium sees it, before its coder, which rounds plainly."""
    camera = camera or Camcorder()
    source = blend_to_rate(clip, camera.rate) if camera.rate else clip
    values = {name: value for name, value in asdict(camera).items() if name != "rate"}
    rng = np.random.default_rng(seed)
    screen, barrel = _screen(camera, rng)
    drawn: dict[str, Any] = values | {
        "screen": [[round(float(x), 4) for x in corner] for corner in screen],
        "lens": round(barrel, 4),
    }
    frames = _filmed(source.frames, camera, screen, barrel, rng, seed)
    return after(source, "camcorder", frames, then="none", **drawn)


def in_the_auditorium(
    clip: Clip,
    seed: int,
    *,
    lines: Annotated[int, OneOf((360, 480, 720, 1080))] = 720,
    rate: Annotated[Fraction, OneOf(tuple(Fraction(each) for each in (0, 24, 25, 30, 50, 60)))] = Fraction(0),
    keystone: Annotated[float, Between(0, 0.12)] = 0.04,
    degrees: Annotated[float, Between(0, 5)] = 0.0,
    barrel: Annotated[float, Between(0, 0.05)] = 0.0,
    crop: Annotated[float, Between(0, 0.25)] = 0.0,
    blur: Annotated[float, Between(0, 3)] = 1.0,
    jitter: Annotated[float, Between(0, 2)] = 0.3,
    vignette: Annotated[float, Between(0, 0.5)] = 0.2,
    flicker: Annotated[float, Between(0, 0.05)] = 0.01,
    wander: Annotated[float, Between(0, 0.15)] = 0.05,
    contrast: Annotated[float, Between(0.8, 1.4)] = 1.1,
    noise: Annotated[float, Between(0, 20)] = 2.0,
) -> Clip:
    """A camera in the auditorium: keystone, lens, blur, vignette, automatic gain, flicker, noise, shake, its
    own rate by exposure (0: the source's)."""
    camera = Camcorder(
        width=even(lines * 16 / 9),
        height=lines,
        rate=None if rate in (0, clip.rate) else rate,
        keystone=keystone,
        degrees=degrees,
        barrel=barrel,
        crop=crop,
        blur=blur,
        jitter=jitter,
        vignette=vignette,
        flicker=flicker,
        wander=wander,
        contrast=contrast,
        noise=noise,
    )
    return camcorder(clip, seed, camera=camera)


def screen_recording(
    clip: Clip,
    seed: int,
    *,
    lines: Annotated[int, OneOf((480, 720, 1080))] = 720,
    window: Annotated[float, Between(0.5, 1)] = 0.85,
    late: Annotated[float, Between(0, 0.1)] = 0.02,
) -> Clip:
    """A computer's screen recorded at 60 frames a second: the film in a window of this share of the screen's
    width, each frame as long as the screen showed it, some of them late by one; a pointer wanders over it."""
    rng = np.random.default_rng(seed)
    place = float(rng.uniform(0, 1)), float(rng.uniform(0, 1))
    rate = Fraction(60)
    frames = _on_a_screen(clip, rng, lines, window, late, place)
    values: dict[str, Any] = {
        "lines": lines,
        "window": window,
        "late": late,
        "x": round(place[0], 4),
        "y": round(place[1], 4),
    }
    return after(clip, "screen-recording", frames, rate=rate, **values)


def _screen(camera: Camcorder, rng: np.random.Generator) -> tuple[Floats, float]:
    """Where the screen's corners lie in the recording (unit square), and the lens that was drawn."""
    moved = rng.uniform(-camera.keystone, camera.keystone, (4, 2))
    angle = np.radians(rng.uniform(-camera.degrees, camera.degrees)) if camera.degrees else 0.0
    barrel = float(rng.uniform(-camera.barrel, camera.barrel)) if camera.barrel else 0.0
    nearer = 1 + 2 * (float(rng.uniform(0.3, 1)) * camera.crop if camera.crop else 0.0)
    aspect = np.array([camera.width / camera.height, 1.0])
    centred = ((_CORNERS + moved) - 0.5) * aspect * nearer
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(centred @ turn.T / aspect + 0.5, dtype=np.float32), barrel


def _filmed(
    frames: Iterator[Rgb],
    camera: Camcorder,
    screen: Floats,
    barrel: float,
    rng: np.random.Generator,
    seed: int,
) -> Iterator[Rgb]:
    width, height = camera.width, camera.height
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    fall_off = (1 - camera.vignette * (x**2 + y**2) / 2)[:, :, None]
    lens = lens_maps(width, height, barrel) if barrel else None
    phases, speeds = rng.uniform(0, 2 * np.pi, 3), np.array([0.013, 0.031, 0.057])
    grain = Grain(seed + 1)
    exposed = 0.0
    for index, frame in enumerate(frames):
        if frame.shape[1] > 1.3 * width:  # the lens does not alias
            frame = np.asarray(cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA), frame.dtype)
        shake = rng.normal(0, camera.jitter, 2)
        source = _CORNERS * np.array(frame.shape[1::-1], dtype=np.float32)
        target = (screen * np.array([width, height]) + shake).astype(np.float32)
        matrix = cv2.getPerspectiveTransform(source, target)
        picture: Any = cv2.warpPerspective(floats(frame), matrix, (width, height), flags=cv2.INTER_LINEAR)
        if lens is not None:
            picture = cv2.remap(picture, *lens, interpolation=cv2.INTER_LINEAR)
        if camera.blur > 0:
            picture = cv2.GaussianBlur(picture, (0, 0), camera.blur)
        # Automatic gain: follows the picture's mean slowly, and wanders.
        mean = float(picture.mean())
        exposed = mean if index == 0 else exposed + 0.03 * (mean - exposed)
        wander = float(np.sin(phases + index * speeds).sum())
        gain = 1 + 0.1 * (100 - exposed) / 255 + camera.wander * wander / 3 + rng.normal(0, camera.flicker)
        picture = np.maximum(picture * fall_off * np.float32(gain / 255), 0) ** camera.contrast * 255
        yield like(picture + camera.noise * grain.next(picture.shape), frame)


def _on_a_screen(
    clip: Clip, rng: np.random.Generator, lines: int, window: float, late: float, place: tuple[float, float]
) -> Iterator[Rgb]:
    width = even(lines * 16 / 9)
    step, n = Fraction(clip.rate) / 60, 0
    pointer = rng.uniform(0.2, 0.8, 2)
    heading = rng.normal(0, 0.003, 2)
    shown: Rgb | None = None
    for index, frame in enumerate(clip.frames):
        inner = even(width * window), even(width * window * frame.shape[0] / frame.shape[1])
        if inner[1] > lines:
            inner = even(lines * frame.shape[1] / frame.shape[0]), lines
        screen = np.full((lines, width, 3), like(np.full(3, 32, np.float32), frame), dtype=frame.dtype)
        left, top = round(place[0] * (width - inner[0])), round(place[1] * (lines - inner[1]))
        screen[top : top + inner[1], left : left + inner[0]] = cv2.resize(
            frame, inner, interpolation=cv2.INTER_AREA if inner[0] < frame.shape[1] else cv2.INTER_LINEAR
        )
        first = True
        while n * step < index + 1:
            before = shown is not None and first and rng.random() < late
            pointer = np.clip(pointer + heading, 0, 0.97)
            heading = 0.95 * heading + rng.normal(0, 0.002, 2)
            yield _pointed(shown if before and shown is not None else screen, pointer)
            first = False
            n += 1
        shown = screen


def _pointed(screen: Rgb, pointer: Any) -> Rgb:
    """The screen with an arrow of a fortieth of its height."""
    tall = max(4, screen.shape[0] // 40)
    x, y = int(pointer[0] * (screen.shape[1] - tall)), int(pointer[1] * (screen.shape[0] - tall))
    white = 255 if screen.dtype == np.uint8 else 65535
    out = screen.copy()
    part = out[y : y + tall, x : x + tall]
    rows, columns = np.mgrid[0 : part.shape[0], 0 : part.shape[1]]
    part[columns <= rows * 0.7] = white
    return out
