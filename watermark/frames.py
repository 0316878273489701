"""What the detector is given to look at: footage that can be walked several times, and its thumbnails.

The detector never opens a package. A caller who has one decodes it, at a reduced resolution if it likes, and
hands over a function that starts a new walk over the frames.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.ffmpeg import NO_FILM, open_container
from dcp.patterns import pattern
from dcp.texts.catalogue import text
from dcp.texts.system import why
from watermark.embed import MAX_SIDE, TILE_COLUMNS, TILE_ROWS
from watermark.orientation import Orientation, orientation_of
from watermark.transfer import HDR, cinema_code

Frame = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float32]
Floats = NDArray[np.float32]
Halves = NDArray[np.float16]
Encoding = Literal["luminance", "rgb", "xyz"]
Wanted = Callable[[int], Sequence[tuple[int, int]]]
"""Of a frame's index: the sizes it is wanted in, (width, height); a height of 0 keeps its shape, (0, 0) is
its own size."""

MAX_FRAMES = 24 * 60 * 60 * 4
"""Four hours at 24 fps; thumbnails of more would not fit into memory."""

MAX_RATE = 120
"""Frames a second to which frames of unequal length are brought, at most."""
MAX_HELD = 60.0
"""Seconds for which a frame may stand."""

_LISTS = (b"#EXTM3U", b"ffconcat ", b"[playlist]", b"<MPD", b"<smil", b"v=0\r\n", b"v=0\n")
_HEAD = 512
_LOOSE = 0.75  # of a step
_LUMA_FIRST = pattern(r"(?:(?:yuvj?|yuva)4\d\dp|gray|nv\d\d)(9|10|12|14|16)?(?:le)?")
_REC709 = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


@dataclass(frozen=True)
class Footage:
    """Frames that can be walked more than once.

    rate: frames a second. walk: begins a new walk over all frames, in order. encoding of a frame:
    "luminance" (height, width), "rgb" or "xyz" (height, width, 3), gamma-coded: uint8, uint16 (X'Y'Z': 12
    bits) or float32 from 0 to 1. What counts is the luminance, Y' of X'Y'Z'. All frames have one size,
    64x36 at the least. scaled: does what `views` does, faster than it could, or None.
    """

    rate: Fraction
    walk: Callable[[], Iterator[Frame]]
    encoding: Encoding = "rgb"
    depth: int = 8
    coded: bool = True
    scaled: Callable[[Wanted], Iterator[list[Floats]]] | None = None

    def luminance(self) -> Iterator[Floats]:
        """A new walk over the frames' luminance: (height, width) float32, 0 to 1.

        SourceError for another shape or dtype, and for too many frames.
        """
        shape: tuple[int, ...] | None = None
        for index, frame in enumerate(self.walk()):
            if shape is None:
                shape = _checked(frame, self.encoding)
            if frame.shape != shape:
                raise SourceError(
                    "mark.frame-differs",
                    where=text("place.frame", frame=index),
                    shape=str(frame.shape),
                    others=str(shape),
                )
            if index >= MAX_FRAMES:
                raise SourceError("mark.too-many-frames", most=MAX_FRAMES)
            yield _luminance(frame, self.encoding)


@dataclass(frozen=True)
class Thumbnails:
    """A whole footage, small. luminance: (frames, 36, 64) float16 tile means, 0 to 1; strength: the same
    shape, how much stronger the mark is there (up to 3.5), or None. 9 kB a frame: float16 is fine enough for
    one tile, whose noise in any recording is larger."""

    rate: Fraction
    luminance: Halves
    strength: Halves | None = None

    def __len__(self) -> int:
        return len(self.luminance)


def thumbnail(luminance: Floats) -> Floats:
    """Tile means of one picture: (36, 64) float32."""
    small = cv2.resize(luminance, (TILE_COLUMNS, TILE_ROWS), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float32)


def views(footage: Footage, wanted: Wanted) -> Iterator[list[Floats]]:
    """A new walk over the frames' luminance, each reduced to the sizes wanted of it: the whole picture is
    made only where it is asked for. Errors are those of `Footage.luminance`."""
    if footage.scaled is not None:
        yield from footage.scaled(wanted)
        return
    for index, picture in enumerate(footage.luminance()):
        yield [_resized(picture, _size(each, picture.shape)) for each in wanted(index)]


def _size(wanted: tuple[int, int], shape: tuple[int, ...]) -> tuple[int, int]:
    width, height = wanted
    if not width:
        return shape[1], shape[0]
    return width, height or max(2, round(shape[0] * width / shape[1] / 2) * 2)


def _resized(picture: Floats, size: tuple[int, int]) -> Floats:
    if size == (picture.shape[1], picture.shape[0]):
        return picture
    smaller = size[0] <= picture.shape[1]
    way = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=way), dtype=np.float32)


def video_footage(path: Path) -> Footage:
    """The luminance of a video file as it is shown, decoded anew on each walk.

    The film is taken among its streams, turned as its display matrix says, and walked at an even rate: a
    frame that is shown for longer comes again, so that a frame's number is its time. PQ and HLG come as the
    same light would be coded in X'Y'Z' (above 1 from 52 cd/m2). SourceError when it is not a video.
    """
    with open_video(path) as container:
        rate = even_rate(film_of(container, path), path)
    return Footage(
        rate=rate,
        walk=lambda: _decode(path, rate),
        encoding="luminance",
        scaled=lambda wanted: _decode_scaled(path, rate, wanted),
    )


def open_video(path: Path) -> Any:
    """The video as a PyAV container, a context manager. SourceError when there is no picture in it.

    What is opened is this file and no other: playlists and manifests count as unreadable.
    """
    import av  # heavy, and of no use to those who hand in arrays

    try:
        container = open_container(path)
    except (av.FFmpegError, OSError) as error:
        if _names_others(path):
            raise SourceError("mark.list-of-files", where=path) from None
        raise SourceError("mark.video-unreadable", where=path, why=why(error)) from None
    if not container.streams.video:
        container.close()
        raise SourceError("mark.no-picture", where=path)
    return container


def _names_others(path: Path) -> bool:
    """Does it begin as a playlist, a manifest or a list of parts does?"""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()
    except OSError:
        return False
    return head.startswith(_LISTS) or (head.startswith(b"<?xml") and b"<MPD" in head)


def film_of(container: Any, path: Path) -> Any:
    """The stream that is the film: no cover picture; the one that players show, else the largest, else the
    first. SourceError when there is none, or no decoder for it."""
    films = [one for one in container.streams.video if not one.disposition & NO_FILM]
    if not films:
        raise SourceError("mark.cover-only", where=path)
    known = [one for one in films if one.codec_context is not None]
    if not known:
        raise SourceError("mark.codec-unknown", where=path)
    return max(known, key=_rank)


def _rank(stream: Any) -> tuple[bool, int, int]:
    area = (stream.codec_context.width or 0) * (stream.codec_context.height or 0)
    return bool(stream.disposition & 1), area, -stream.index


def even_rate(stream: Any, where: str | Path) -> Fraction:
    """Frames a second: the average; where frames are of unequal length, the rate that all of them fit.

    SourceError when it is not known, or the pictures are too large.
    """
    rate, base = stream.average_rate or stream.guessed_rate, stream.base_rate
    if rate and base and 1.02 * rate < base <= MAX_RATE:
        rate = base
    if not rate or not 1 <= rate <= 1000:
        raise SourceError("mark.no-rate", where=where)
    width, height = stream.codec_context.width, stream.codec_context.height
    if max(width, height) > MAX_SIDE:
        raise SourceError("mark.video-too-large", where=where, width=width, height=height, most=MAX_SIDE)
    return Fraction(rate)


def as_shown(path: Path, rate: Fraction) -> Generator[tuple[Any, Orientation], None, None]:
    """Each decoded frame, as often as it is shown at that rate, and how it is turned: the one walk over a
    video, by which a frame has its number. SourceError where it cannot be decoded."""
    import av

    try:
        with open_video(path) as container:
            stream = film_of(container, path)
            stream.thread_type = "AUTO"
            place: Orientation | None = None
            for frame, times in evenly(container.decode(stream), rate):
                place = place or orientation_of(frame)
                for _ in range(times):
                    yield frame, place
    except av.FFmpegError as error:
        raise SourceError("mark.video-damaged", where=path, why=why(error)) from None


def _decode(path: Path, rate: Fraction) -> Iterator[Frame]:
    last: tuple[Any, Frame] | None = None
    for frame, place in as_shown(path, rate):
        if last is None or last[0] is not frame:
            last = frame, np.ascontiguousarray(place.shown(luma_of(frame)))
        yield last[1]


def _decode_scaled(path: Path, rate: Fraction, wanted: Wanted) -> Iterator[list[Floats]]:
    shape: tuple[int, ...] | None = None
    for index, (frame, place) in enumerate(as_shown(path, rate)):
        if index >= MAX_FRAMES:
            raise SourceError("mark.too-many-frames", most=MAX_FRAMES)
        size = (frame.width, frame.height) if place.sideways else (frame.height, frame.width)
        if shape is None:
            shape = _checked(np.empty(size, np.uint8), "luminance")
        if size != shape:
            raise SourceError(
                "mark.frame-differs",
                where=text("place.frame", frame=index),
                shape=str(size),
                others=str(shape),
            )
        yield [_scaled(frame, place, _size(each, shape)) for each in wanted(index)]


def _scaled(frame: Any, place: Orientation, shown: tuple[int, int]) -> Floats:
    """The luminance of a decoded frame as it is shown, area means; libswscale keeps 16 bits of them."""
    size = (shown[1], shown[0]) if place.sideways else shown
    match = _LUMA_FIRST.fullmatch(frame.format.name)
    picture: Floats
    slow = match is None or match[1] is not None or int(frame.color_trc) in HDR
    if slow or size[0] >= frame.width or size[1] >= frame.height:
        picture = _resized(luma_of(frame), size)
    else:
        form = "gray16le" if frame.format.name == "gray" else "yuv420p16le"  # the same range: only the scale
        small = frame.reformat(width=size[0], height=size[1], format=form, interpolation="AREA", threads=1)
        plane = small.planes[0]
        rows = np.frombuffer(plane, dtype=np.uint16).reshape(-1, plane.line_size // 2)
        codes = rows[: size[1], : size[0]].astype(np.float32)
        picture = (
            codes / np.float32(65535)
            if _whole_range(frame)
            else (codes / np.float32(256) - np.float32(16)) / np.float32(219)
        )
    return np.ascontiguousarray(place.shown(picture), dtype=np.float32)


def _whole_range(frame: Any) -> bool:
    return bool(frame.format.name.startswith("yuvj") or frame.color_range == 2)  # 2: codes 0 to the largest


def evenly(frames: Iterator[Any], rate: Fraction) -> Iterator[tuple[Any, int]]:
    """Each frame and for how many steps of `rate` it is shown; one that has none is left out.

    Times may be off by three quarters of a step, as in Matroska's files; a gap of `MAX_HELD` is a new start.
    """
    held, step, start = None, 0, None
    for frame in frames:
        if frame.pts is None:
            at = float(step + 1)
        else:
            seconds = float(frame.pts * frame.time_base)
            if start is None or not -1 < seconds - start - step / rate < MAX_HELD:
                start = seconds - (step + (held is not None)) / float(rate)
            at = (seconds - start) * float(rate)
        if held is None:
            held = frame
            continue
        times = max(0, round(at - step))
        if abs(at - step - 1) <= _LOOSE:
            times = 1
        if times:
            yield held, times
            step += times
        held = frame
    if held is not None:
        yield held, 1


def luma_of(frame: Any) -> Floats:
    """The luminance of a decoded frame, (height, width) float32, from 0 to 1, or above it for PQ and HLG."""
    match = _LUMA_FIRST.fullmatch(frame.format.name)
    transfer = int(frame.color_trc)
    if match is None:
        gray = frame.reformat(format="gray16le", dst_color_range="JPEG", threads=1)
        codes = np.frombuffer(gray.planes[0], np.uint16).reshape(-1, gray.planes[0].line_size // 2)
        picture = codes[: frame.height, : frame.width].astype(np.float32) / np.float32(65535)
    else:
        depth = int(match[1] or 8)
        plane = frame.planes[0]  # as it is: a conversion would round it again
        kind, size = (np.uint8, 1) if depth == 8 else (np.uint16, 2)
        rows = np.frombuffer(plane, dtype=kind).reshape(-1, plane.line_size // size)
        codes = rows[: frame.height, : frame.width].astype(np.float32)
        unit = 1 << (depth - 8)
        if _whole_range(frame):
            picture = codes / np.float32((1 << depth) - 1)
        else:
            picture = (codes - 16 * unit) / np.float32(219 * unit)
    return cinema_code(picture, transfer) if transfer in HDR else picture


def _checked(frame: Frame, encoding: Encoding) -> tuple[int, ...]:
    planes = () if encoding == "luminance" else (3,)
    if frame.ndim != 2 + len(planes) or frame.shape[2:] != planes:
        raise SourceError("mark.no-such-frame", shape=str(frame.shape), encoding=encoding)
    height, width = frame.shape[:2]
    if not (TILE_COLUMNS <= width <= MAX_SIDE and TILE_ROWS <= height <= MAX_SIDE):
        raise SourceError(
            "mark.frame-size",
            width=width,
            height=height,
            least=f"{TILE_COLUMNS}x{TILE_ROWS}",
            most=f"{MAX_SIDE}x{MAX_SIDE}",
        )
    if frame.dtype not in (np.uint8, np.uint16, np.float32):
        raise SourceError("mark.frame-type", dtype=str(frame.dtype))
    return frame.shape


def _luminance(frame: Frame, encoding: Encoding) -> Floats:
    full = {"uint8": 255, "uint16": 4095 if encoding == "xyz" else 65535, "float32": 1}[frame.dtype.name]
    if encoding == "xyz":
        frame = frame[:, :, 1]
    picture = frame.astype(np.float32) / np.float32(full)
    return np.asarray(picture @ _REC709 if encoding == "rgb" else picture, dtype=np.float32)
