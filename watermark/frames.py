"""What the detector is given to look at: footage that can be walked several times, and its thumbnails.

The detector never opens a package. A caller who has one decodes it, at a reduced resolution if it likes, and
hands over a function that starts a new walk over the frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.texts.catalogue import text
from dcp.texts.system import why
from watermark.embed import MAX_SIDE, TILE_COLUMNS, TILE_ROWS, strength

Frame = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float32]
Floats = NDArray[np.float32]
Halves = NDArray[np.float16]
Encoding = Literal["luminance", "rgb", "xyz"]
Wanted = Callable[[int], Sequence[tuple[int, int]]]
"""Of a frame's index: the sizes it is wanted in, (width, height); a height of 0 keeps its shape, (0, 0) is
its own size."""

MAX_FRAMES = 24 * 60 * 60 * 4
"""Four hours at 24 fps; thumbnails of more would not fit into memory."""

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


def thumbnails(footage: Footage, *, with_strength: bool = False) -> Thumbnails:
    """Walk a footage once. SourceError when it has no frames."""
    small: list[Halves] = []
    masks: list[Halves] = []
    for picture in footage.luminance():
        small.append(thumbnail(picture).astype(np.float16))
        if with_strength:
            masks.append(strength(picture, white=1.0).astype(np.float16))
    if not small:
        raise SourceError("mark.no-frame")
    return Thumbnails(
        rate=footage.rate,
        luminance=np.stack(small),
        strength=np.stack(masks) if with_strength else None,
    )


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


def picked(footage: Footage, wanted: set[int], *, width: int) -> dict[int, NDArray[np.uint8]]:
    """Some frames as 8-bit luminance, scaled to `width`, by their index; one walk up to the last of them."""
    found: dict[int, NDArray[np.uint8]] = {}
    with closing(footage.luminance()) as walk:  # type: ignore[type-var]
        for index, picture in enumerate(walk):
            if index in wanted:
                height = max(2, round(picture.shape[0] * width / picture.shape[1]))
                small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
                low, high = float(small.min()), float(small.max())
                scaled = (small - low) * (255 / max(high - low, 1e-6))
                found[index] = scaled.astype(np.uint8)
            if len(found) == len(wanted):
                break
    return found


def video_footage(path: Path) -> Footage:
    """The luminance of a video file, decoded anew on each walk. SourceError when it is not a video."""
    with open_video(path) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate or stream.guessed_rate
        width, height = stream.codec_context.width, stream.codec_context.height
    if not rate or not 1 <= rate <= 1000:
        raise SourceError("mark.no-rate", where=path)
    if max(width, height) > MAX_SIDE:
        raise SourceError("mark.video-too-large", where=path, width=width, height=height, most=MAX_SIDE)
    return Footage(
        rate=Fraction(rate),
        walk=lambda: _decode(path),
        encoding="luminance",
        scaled=lambda wanted: _decode_scaled(path, wanted),
    )


def open_video(path: Path) -> Any:
    """The video as a PyAV container, a context manager. SourceError when there is no picture in it."""
    import av  # heavy, and of no use to those who hand in arrays

    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError) as error:
        raise SourceError("mark.video-unreadable", where=path, why=why(error)) from None
    if not container.streams.video:
        container.close()
        raise SourceError("mark.no-picture", where=path)
    return container


_LUMA_FIRST = ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "gray", "nv12")


def _frames(path: Path) -> Iterator[Any]:
    import av

    try:
        with open_video(path) as container:
            container.streams.video[0].thread_type = "AUTO"
            yield from container.decode(video=0)
    except av.FFmpegError as error:
        raise SourceError("mark.video-damaged", where=path, why=why(error)) from None


def _decode(path: Path) -> Iterator[Frame]:
    for frame in _frames(path):
        if frame.format.name in _LUMA_FIRST:
            yield _luma(frame)  # as it is: a conversion would round it again
        else:
            yield frame.to_ndarray(format="gray16le", threads=1)


def _decode_scaled(path: Path, wanted: Wanted) -> Iterator[list[Floats]]:
    shape: tuple[int, ...] | None = None
    for index, frame in enumerate(_frames(path)):
        if index >= MAX_FRAMES:
            raise SourceError("mark.too-many-frames", most=MAX_FRAMES)
        if shape is None:
            shape = _checked(np.empty((frame.height, frame.width), np.uint8), "luminance")
        if (frame.height, frame.width) != shape:
            raise SourceError(
                "mark.frame-differs",
                where=text("place.frame", frame=index),
                shape=str((frame.height, frame.width)),
                others=str(shape),
            )
        yield [_scaled(frame, _size(each, shape)) for each in wanted(index)]


def _scaled(frame: Any, size: tuple[int, int]) -> Floats:
    """The luminance of a decoded frame, area means; libswscale keeps 16 bits of them."""
    luma = frame.format.name in _LUMA_FIRST
    if size == (frame.width, frame.height) or size[0] > frame.width or size[1] > frame.height:
        whole = _luma(frame) if luma else _luminance(frame.to_ndarray(format="gray16le"), "luminance")
        return _resized(whole, size)
    form = "yuv420p16le" if luma else "gray16le"  # the same range on both sides: nothing but the scale
    if frame.format.name == "gray":
        form = "gray16le"
    small = frame.reformat(width=size[0], height=size[1], format=form, interpolation="AREA", threads=1)
    plane = small.planes[0]
    rows = np.frombuffer(plane, dtype=np.uint16).reshape(-1, plane.line_size // 2)
    codes = rows[: size[1], : size[0]].astype(np.float32)
    if not luma:
        return codes / np.float32(65535)
    everything = _whole_range(frame)
    return np.asarray(codes / 65535 if everything else (codes / 256 - 16) / 219, dtype=np.float32)


def _luma(frame: Any) -> Floats:
    plane = frame.planes[0]
    rows = np.frombuffer(plane, dtype=np.uint8).reshape(-1, plane.line_size)
    codes = rows[: frame.height, : frame.width].astype(np.float32)
    whole = _whole_range(frame)
    return np.asarray(codes / 255 if whole else (codes - 16) / 219, dtype=np.float32)


def _whole_range(frame: Any) -> bool:
    return bool(frame.format.name.startswith("yuvj") or frame.color_range == 2)  # 2: codes 0 to 255


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
