"""What pirates, broadcasters and networks do to a picture: a camcorder in the auditorium, and single blows.

An attack takes a clip (RGB frames and their rate) and gives a clip; it is a plug point with a
registry by name. Everything is drawn from a seed: the same seed brings the same frames.
"""

from __future__ import annotations

import io
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import DcpError, UsageError
from dcp.system import move
from dcp.texts.system import why

Rgb = NDArray[Any]  # uint8 or uint16
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Clip:
    """frames: (height, width, 3) RGB, to be walked once, uint8, or uint16 over its whole range (a screen has
    finer steps than a file; a camera or a coder makes 8 bits of it). rate: frames a second."""

    frames: Iterator[Rgb]
    rate: Fraction


Attack = Callable[[Clip, int], Clip]
"""clip, seed -> clip"""


@dataclass(frozen=True)
class Camcorder:
    """A camera in the auditorium. Lengths are shares of the picture's width or height unless said
    otherwise.

    keystone: how far the screen's corners may lie from the frame's. blur: sigma in pixels of the recording.
    jitter: rms shake in pixels. vignette: loss of light in the corners. flicker: rms of the exposure from
    frame to frame. wander: swing of the automatic gain over some seconds. contrast: power applied to the
    codes. noise: rms in codes. rate: of the recording, None for the source's; frames between are blended.
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


def camcorder(clip: Clip, seed: int, *, camera: Camcorder | None = None) -> Clip:
    """The picture as a camera in the auditorium sees it, before its coder."""
    camera = camera or Camcorder()
    source = blend_to_rate(clip, camera.rate) if camera.rate else clip
    return replace(source, frames=_filmed(source.frames, camera, seed))


def blend_to_rate(clip: Clip, rate: Fraction) -> Clip:
    """Another frame rate: each new frame is the mean of what was shown during its exposure."""
    return Clip(frames=_blended(clip.frames, Fraction(clip.rate) / rate), rate=rate)


def crop(clip: Clip, seed: int, *, share: float = 0.1) -> Clip:
    """Cut up to `share` off each side, drawn for each side."""
    left, right, top, bottom = np.random.default_rng(seed).uniform(0.3, 1, 4) * share

    def cut(frame: Rgb) -> Rgb:
        height, width = frame.shape[:2]
        rows = slice(int(top * height), height - int(bottom * height))
        return np.ascontiguousarray(frame[rows, int(left * width) : width - int(right * width)])

    return replace(clip, frames=map(cut, clip.frames))


def scale(clip: Clip, seed: int, *, factor: float = 0.5, aspect: float = 1.0) -> Clip:
    """Another size; aspect above 1 widens the picture."""

    def resize(frame: Rgb) -> Rgb:
        size = _even(frame.shape[1] * factor * aspect), _even(frame.shape[0] * factor)
        way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(frame, size, interpolation=way), dtype=frame.dtype)

    return replace(clip, frames=map(resize, clip.frames))


def shift(clip: Clip, seed: int, *, share: float = 0.05) -> Clip:
    """Move the picture by up to `share` of its size each way; what comes in is black."""
    dx, dy = np.random.default_rng(seed).uniform(-share, share, 2)

    def move(frame: Rgb) -> Rgb:
        height, width = frame.shape[:2]
        matrix = np.array([[1, 0, dx * width], [0, 1, dy * height]], dtype=np.float32)
        return np.asarray(cv2.warpAffine(frame, matrix, (width, height)), dtype=frame.dtype)

    return replace(clip, frames=map(move, clip.frames))


def gamma(clip: Clip, seed: int, *, power: float = 1.3) -> Clip:
    """Another tone curve."""
    table = np.rint(255 * (np.arange(65536) / 65535) ** power).astype(np.uint8)
    return replace(clip, frames=(table[_sixteen(frame)] for frame in clip.frames))


def noise(clip: Clip, seed: int, *, sigma: float = 5.0) -> Clip:
    """White noise, rms in 8-bit codes."""
    grain = _Grain(seed)

    def add(frame: Rgb) -> Rgb:
        return _to_bytes(_floats(frame) + sigma * grain.next(frame.shape))

    return replace(clip, frames=map(add, clip.frames))


def recompress(clip: Clip, seed: int, *, bit_rate: int = 1_500_000) -> Clip:
    """Through an H.264 coder and back."""
    return replace(clip, frames=_recompressed(clip, bit_rate))


ATTACKS: dict[str, Attack] = {
    "none": lambda clip, seed: clip,
    "camcorder": camcorder,
    "camcorder-30": partial(camcorder, camera=Camcorder(rate=Fraction(30))),
    "crop": crop,
    "scale": scale,
    "shift": shift,
    "gamma": gamma,
    "noise": noise,
    "recompress": recompress,
}
"""By name. A new attack is a function here and a line in this table."""


def attack_by_name(name: str) -> Attack:
    """UsageError, which lists the names, when there is no such attack."""
    if name not in ATTACKS:
        raise UsageError("mark.no-attack", name=name, known=", ".join(ATTACKS))
    return ATTACKS[name]


def write_video(
    path: Path,
    frames: Iterable[Rgb],
    *,
    rate: Fraction,
    bit_rate: int | None = None,
    crf: int = 18,
    preset: str = "veryfast",
) -> int:
    """Write RGB frames as H.264 (4:2:0, Rec.709) under a temporary name, then rename; the frame count.

    path: .mp4, .mov or .mkv. bit_rate in bit/s; without one, constant quality `crf`. UsageError for another
    kind of file or no frames, DcpError when the disk or the coder refuses.
    """
    formats = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
    if path.suffix.lower() not in formats:
        raise UsageError("mark.no-such-video", where=path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        with temporary.open("wb+") as stream:
            count = _encode(
                stream,
                frames,
                form=formats[path.suffix.lower()],
                rate=rate,
                bit_rate=bit_rate,
                crf=crf,
                preset=preset,
            )
        move(temporary, path)
    except OSError as error:
        raise DcpError("mark.video-not-written", where=path, why=why(error)) from None
    finally:
        temporary.unlink(missing_ok=True)
    return count


def _encode(
    stream: BinaryIO | io.BytesIO,
    frames: Iterable[Rgb],
    *,
    form: str,
    rate: Fraction,
    bit_rate: int | None,
    crf: int,
    preset: str,
) -> int:
    import av

    count = 0
    video: Any = None
    with av.open(stream, "w", format=form) as container:
        for frame in frames:
            count += 1
            height, width = frame.shape[0] // 2 * 2, frame.shape[1] // 2 * 2
            if video is None:
                video = container.add_stream("libx264", rate=rate, options={"preset": preset})
                video.width, video.height, video.pix_fmt = width, height, "yuv420p"
                video.codec_context.thread_count = 1  # the same bytes on every machine
                video.codec_context.colorspace = 1  # Rec.709
                if bit_rate:
                    video.bit_rate = bit_rate
                else:
                    video.options = {"preset": preset, "crf": str(crf)}
            if (width, height) != (video.width, video.height):
                raise UsageError(
                    "mark.frame-of-other-size",
                    width=width,
                    height=height,
                    video=f"{video.width}x{video.height}",
                )
            picture = av.VideoFrame.from_ndarray(_bytes(frame[:height, :width]), format="rgb24")
            yuv = picture.reformat(format="yuv420p", dst_colorspace="ITU709", threads=1)
            yuv.pts = None
            container.mux(video.encode(yuv))
        if video is None:
            raise UsageError("mark.nothing-to-write")
        container.mux(video.encode(None))
    return count


def _recompressed(clip: Clip, bit_rate: int) -> Iterator[Rgb]:
    import av

    with tempfile.TemporaryFile() as spool:
        _encode(
            spool, clip.frames, form="matroska", rate=clip.rate, bit_rate=bit_rate, crf=18, preset="veryfast"
        )
        spool.seek(0)
        with av.open(spool, "r") as container:
            for frame in container.decode(video=0):
                yield np.asarray(
                    frame.to_ndarray(format="rgb24", src_colorspace="ITU709", threads=1), dtype=np.uint8
                )


def _blended(frames: Iterator[Rgb], step: Fraction) -> Iterator[Rgb]:
    """Output frame n is the mean over [n * step, (n + 1) * step) of the input's time, in input frames."""
    first, held = 0, list[Rgb]()
    ended, n = False, 0
    while True:
        begin, end = n * step, (n + 1) * step
        while not ended and first + len(held) < end:
            frame = next(frames, None)
            if frame is None:
                ended = True
            else:
                held.append(frame)
        if first + len(held) < end:
            return
        while first + 1 <= begin:
            held.pop(0)
            first += 1
        mix = np.zeros(held[0].shape, dtype=np.float32)
        for place, frame in enumerate(held, start=first):
            overlap = min(Fraction(place + 1), end) - max(Fraction(place), begin)
            if overlap > 0:
                mix += _floats(frame) * np.float32(overlap / step)
        yield _sixteen(mix) if held[0].dtype == np.uint16 else _to_bytes(mix)
        n += 1


def _filmed(frames: Iterator[Rgb], camera: Camcorder, seed: int) -> Iterator[Rgb]:
    rng = np.random.default_rng(seed)
    width, height = camera.width, camera.height
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float32)
    screen = (corners + rng.uniform(-camera.keystone, camera.keystone, (4, 2))).astype(np.float32)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    fall_off = (1 - camera.vignette * (x**2 + y**2) / 2)[:, :, None]
    phases, speeds = rng.uniform(0, 2 * np.pi, 3), np.array([0.013, 0.031, 0.057])
    grain = _Grain(seed + 1)
    exposed = 0.0
    for index, frame in enumerate(frames):
        if frame.shape[1] > 1.3 * width:  # the lens does not alias
            frame = np.asarray(cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA), frame.dtype)
        shake = rng.normal(0, camera.jitter, 2)
        source = corners * np.array(frame.shape[1::-1], dtype=np.float32)
        target = (screen * np.array([width, height]) + shake).astype(np.float32)
        matrix = cv2.getPerspectiveTransform(source, target)
        picture: Any = cv2.warpPerspective(_floats(frame), matrix, (width, height), flags=cv2.INTER_LINEAR)
        if camera.blur > 0:
            picture = cv2.GaussianBlur(picture, (0, 0), camera.blur)
        # Automatic gain: follows the picture's mean slowly, and wanders.
        mean = float(picture.mean())
        exposed = mean if index == 0 else exposed + 0.03 * (mean - exposed)
        wander = float(np.sin(phases + index * speeds).sum())
        gain = 1 + 0.1 * (100 - exposed) / 255 + camera.wander * wander / 3 + rng.normal(0, camera.flicker)
        picture = np.maximum(picture * fall_off * np.float32(gain / 255), 0) ** camera.contrast * 255
        yield _to_bytes(picture + camera.noise * grain.next(picture.shape))


class _Grain:
    """White noise from one large draw, read from a new place for each frame: drawing all takes longer."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._pool = self._rng.standard_normal(1 << 23, dtype=np.float32)

    def next(self, shape: tuple[int, ...]) -> Floats:
        size = int(np.prod(shape))
        start = int(self._rng.integers(self._pool.size))
        return np.resize(
            np.roll(self._pool, -start) if size > self._pool.size else self._take(start, size), shape
        )

    def _take(self, start: int, size: int) -> Floats:
        end = start + size
        if end <= self._pool.size:
            return self._pool[start:end]
        return np.concatenate([self._pool[start:], self._pool[: end - self._pool.size]])


def _floats(frame: Rgb) -> Floats:
    """Codes from 0 to 255, with fractions."""
    return frame.astype(np.float32) / np.float32(257 if frame.dtype == np.uint16 else 1)


def _to_bytes(picture: Floats) -> NDArray[np.uint8]:
    return np.asarray(np.clip(picture + 0.5, 0, 255), dtype=np.uint8)


def _bytes(frame: Rgb) -> NDArray[np.uint8]:
    return np.ascontiguousarray(
        frame if frame.dtype == np.uint8 else _to_bytes(_floats(frame)), dtype=np.uint8
    )


def _sixteen(frame: Rgb | Floats) -> NDArray[np.uint16]:
    """uint16 over the whole range, from uint8, uint16, or floats up to 255."""
    if frame.dtype == np.uint16:
        return np.asarray(frame, dtype=np.uint16)
    return np.asarray(np.clip(frame.astype(np.float32) * 257 + 0.5, 0, 65535), dtype=np.uint16)


def _even(length: float) -> int:
    return max(2, round(length / 2) * 2)
