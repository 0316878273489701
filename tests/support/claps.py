"""Films that clap: a white frame begins where a click does; and where both lie in the planned package.

Picture and click are written by the container's clock. What comes out is measured on what the makers make:
the frames of the planned track and the samples of its edit units, around the place where a clap belongs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from sounds import FULL, unpacked

from dcp.create.makers.frame import Frame
from dcp.create.makers.sound import sound_units
from dcp.create.makers.tracks import picture_maker
from dcp.create.planning.plan import PicturePiece, Plan
from dcp.create.sources.facts import Pixels

SIZE = (64, 36)
LONG = 6
"""Frames for which a clap is white."""
NEAR = 8
"""Frames before and behind the place of a clap that are looked at."""
_DARK, _BRIGHT = 40, 220
_FORMS = {"prores_ks": "yuv422p10le", "dnxhd": "yuv422p", "mjpeg": "yuvj420p", "huffyuv": "yuv422p"}
_FAST = {
    "libx264": {"preset": "ultrafast", "crf": "35"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
    "dnxhd": {"profile": "dnxhr_lb"},
}


@dataclass(frozen=True)
class Film:
    """seconds: of its picture. claps: numbers of frames, in the source. picture_start: of the first frame on
    the container's clock, in whole frames of `rate`; sound_start: of the first sample, in seconds. times:
    when each frame is shown, in seconds from the first one; None: evenly. missing: frames that are not there.
    """

    rate: Fraction = Fraction(24)
    seconds: int = 62
    claps: tuple[int, ...] = (0, 60 * 24)
    codec: str = "libx264"
    b_frames: int = 3
    group: int = 48
    sound: str = "pcm_s16le"
    sample_rate: int = 48_000
    channels: int = 2
    picture_start: int = 0
    sound_start: Fraction = Fraction(0)
    times: Callable[[int], Fraction] | None = None
    missing: frozenset[int] = frozenset()
    time_base: Fraction | None = None
    size: tuple[int, int] = SIZE
    container: dict[str, str] = field(default_factory=dict)

    @property
    def frames(self) -> int:
        return int(self.seconds * self.rate)

    def shown(self, frame: int) -> Fraction:
        """When a frame is shown, in seconds from the first one."""
        return self.times(frame) if self.times is not None else frame / self.rate

    def clicks(self) -> list[int]:
        """The samples that clicks begin with."""
        begin = self.picture_start / self.rate - self.sound_start
        return [round((begin + self.shown(each)) * self.sample_rate) for each in self.claps]


def write_film(path: Path, film: Film) -> Path:
    """Picture and sound second by second, as a camera writes them."""
    with av.open(str(path), "w", container_options=film.container) as container:
        picture = _picture(container, film) if film.codec else None
        sound = _Sound(container, film) if film.sound else None
        white, black = (_flat(level, film) for level in (_BRIGHT, _DARK))
        bright = {each + n for each in film.claps for n in range(LONG)}
        base = film.time_base or 1 / film.rate
        for number in range(film.frames if picture is not None else 0):
            if picture is None or number in film.missing:
                continue
            frame = white if number in bright else black
            frame.time_base = base
            frame.pts = round((film.picture_start / film.rate + film.shown(number)) / base)
            container.mux(picture.encode(frame))
            if sound is not None and number % int(film.rate) == 0:
                sound.until(film.picture_start / film.rate + film.shown(number))
        if picture is not None:
            container.mux(picture.encode(None))
        if sound is not None:
            sound.end()
    return path


def _picture(container: Any, film: Film) -> Any:
    stream = container.add_stream(film.codec, rate=film.rate)
    stream.width, stream.height = film.size
    stream.pix_fmt = _FORMS.get(film.codec, "yuv420p")
    options = dict(_FAST.get(film.codec, {}))
    if film.codec in ("libx264", "mpeg2video", "mpeg4"):
        options |= {"bf": str(film.b_frames), "g": str(film.group)}
    stream.options = options
    stream.thread_count = 1
    if film.time_base is not None:
        stream.codec_context.time_base = film.time_base
    return stream


def _flat(level: int, film: Film) -> Any:
    rows = np.full((film.size[1], film.size[0], 3), level, np.uint8)
    form = _FORMS.get(film.codec, "yuv420p")
    return av.VideoFrame.from_ndarray(rows, format="rgb24").reformat(format=form, threads=1)


class _Sound:
    def __init__(self, container: Any, film: Film) -> None:
        self._container, self._film = container, film
        self._stream: Any = container.add_stream(film.sound, rate=film.sample_rate)
        self._stream.layout = {1: "mono", 2: "stereo", 6: "5.1"}[film.channels]
        self._form = self._stream.codec_context.format.name
        self._block = 0
        self._sent = 0
        self._clicks = film.clicks()
        self._resampler: Any = None

    def until(self, seconds: Fraction) -> None:
        """Up to this time of the container."""
        self._send(math.floor((seconds - self._film.sound_start) * self._film.sample_rate))

    def end(self) -> None:
        film = self._film
        seconds = film.seconds + film.picture_start / film.rate - film.sound_start
        self._send(math.ceil(seconds * film.sample_rate))
        self._encode(self._resampler.resample(None) if self._resampler is not None else [])
        self._container.mux(self._stream.encode(None))

    def _send(self, behind: int) -> None:
        film = self._film
        while self._sent < behind:
            count = min(film.sample_rate, behind - self._sent)
            values = np.zeros((count, film.channels), np.int32)
            for click in self._clicks:
                first, last = click - self._sent, click - self._sent + film.sample_rate // 500
                values[max(first, 0) : max(last, 0)] = FULL // 2 << 8
            layout = self._stream.layout.name
            frame = av.AudioFrame.from_ndarray(values.reshape(1, -1), format="s32", layout=layout)
            frame.rate, frame.pts, frame.time_base = film.sample_rate, None, Fraction(1, film.sample_rate)
            if self._resampler is None:
                self._resampler = av.AudioResampler(
                    format=self._form,
                    layout=layout,
                    rate=film.sample_rate,
                    frame_size=self._stream.codec_context.frame_size or 1024,
                )
            self._sent += count
            self._encode(self._resampler.resample(frame))

    def _encode(self, blocks: Any) -> None:
        film = self._film
        for block in blocks:
            block.time_base = Fraction(1, film.sample_rate)
            block.pts = self._block + round(film.sound_start * film.sample_rate)
            self._block += block.samples
            for packet in self._stream.encode(block):
                self._container.mux(packet)


@dataclass(frozen=True)
class Clap:
    """Where a clap is found in a composition, in seconds; None: nowhere near its place."""

    picture: Fraction | None
    sound: Fraction | None


def claps(plan: Plan, places: Sequence[Fraction]) -> list[Clap]:
    """The claps that belong at these seconds of the first composition."""
    return [Clap(_seen(plan, place), _heard(plan, place)) for place in places]


def _reels(plan: Plan) -> Iterator[tuple[int, Any]]:
    start = 0
    for reel in plan.compositions[0].reels:
        yield start, reel
        start += reel.frames


def _seen(plan: Plan, place: Fraction) -> Fraction | None:
    rate, wanted = plan.compositions[0].rate, place * plan.compositions[0].rate
    before = False
    for start, reel in _reels(plan):
        track = plan.pictures[reel.picture]
        for piece in track.pieces:
            first = max(start, math.floor(wanted) - NEAR)
            count = min(start + piece.count, math.floor(wanted) + NEAR) - first
            if count > 0:
                near = PicturePiece(piece.run, piece.first + first - start, count)
                (stretch,) = picture_maker(replace(track, pieces=(near,))).stretches
                for number, frame in enumerate(stretch.read(0), start=first):
                    if _bright(frame) and not before:
                        return number / rate
                    before = _bright(frame)
            start += piece.count
    return None


def _bright(frame: Frame) -> bool:
    if isinstance(frame, tuple):
        return bool(sum(_level(pixels) * weight for pixels, weight in frame) > 0.5)
    return isinstance(frame, Pixels) and _level(frame) > 0.5


def _level(pixels: Pixels) -> float:
    return float(pixels.planes[0].mean()) / (1 << pixels.depth)


def _heard(plan: Plan, place: Fraction) -> Fraction | None:
    rate = plan.compositions[0].rate
    wanted = place * rate
    for start, reel in _reels(plan):
        for piece in plan.sounds[reel.sound].pieces:
            first = max(start, math.floor(wanted) - NEAR)
            count = min(start + piece.count, math.floor(wanted) + NEAR) - first
            if count > 0:
                units = sound_units(
                    piece.plan, edit_rate=rate, first=piece.first + first - start, count=count
                )
                values = unpacked(units, piece.plan.channels)
                loud = np.nonzero(_mono(values) > FULL // 5)[0]
                if len(loud):
                    return first / rate + Fraction(int(loud[0]), piece.plan.sample_rate)
            start += piece.count
    return None


def _mono(values: NDArray[Any]) -> NDArray[Any]:
    """The loudest channel of each sample."""
    loudest: NDArray[Any] = np.abs(values).max(axis=1)
    return loudest


def worst(found: Sequence[Clap], places: Sequence[Fraction], delay: Fraction = Fraction(0)) -> float:
    """The largest error, in ms: of picture and sound against their place and each other."""
    errors = [0.0]
    for clap, place in zip(found, places, strict=True):
        if clap.picture is None or clap.sound is None:
            return math.inf
        sound = clap.sound - delay
        errors += [
            abs(float(each)) * 1000 for each in (clap.picture - place, sound - place, sound - clap.picture)
        ]
    return max(errors)
