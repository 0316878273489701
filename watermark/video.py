"""Video as frames of 8-bit RGB."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dcp.errors import SourceError
from dcp.texts.system import why
from watermark.frames import as_shown, even_rate, film_of, open_video
from watermark.orientation import Orientation

Rgb8 = NDArray[np.uint8]
Kind = Literal["bytes", "deep", "fine"]
"""Samples of 8 bits; of 16 where the file has more than 8; of 16."""

STDIN = "-"

# FFmpeg's numbers of the matrix (ISO/IEC 23091-2)
_MATRIX_601, _MATRIX_2020, _UNTAGGED = (5, 6), (9, 10), 2
_FULL = 2  # of the range: FFmpeg's JPEG
_HD_HEIGHT = 720


@contextmanager
def rgb_video(source: str | Path, *, deep: bool = False) -> Iterator[tuple[Iterator[Any], Fraction, int]]:
    """The frames of a video, (height, width, 3) uint8 RGB; their rate; how many there are, 0 when unknown.
    deep: frames of more than 8 bits come as uint16 over its whole range.

    source: a file, or `-` for YUV4MPEG on standard input, which is taken as Rec.709. A file is walked as
    `watermark.frames.video_footage` does, so that a frame has the same number there and here: the film
    among its streams, turned as it is shown, at an even rate. One without colour tags is Rec.709 from 720
    lines up and BT.601 below. SourceError when it is no video, does not say its rate, or is too large; from
    the iterator, when it cannot be decoded.
    """
    with _video(source, "deep" if deep else "bytes") as (frames, rate, count, _):
        yield frames, rate, count


@contextmanager
def fine_video(source: str | Path) -> Iterator[tuple[Iterator[Any], Fraction, int, int]]:
    """The same with every frame as uint16 over its whole range, and the bits of a sample. Frames of Rec.709
    are such that `watermark.ycbcr.planes_of` brings the codes of a 4:2:0 file back."""
    with _video(source, "fine") as found:
        yield found


@contextmanager
def _video(source: str | Path, kind: Kind) -> Iterator[tuple[Iterator[Any], Fraction, int, int]]:
    if source == STDIN:
        with _piped() as container:
            stream = container.streams.video[0]
            frames = _piped_frames(container, stream, kind)
            yield frames, even_rate(stream, source), int(stream.frames or 0), _bits(stream)
        return
    path = Path(source)
    rate, count, bits = _facts(path)
    with closing(_frames(path, rate, kind)) as walked:
        yield walked, rate, count, bits


def rgb_frames(path: Path, wanted: Sequence[int]) -> dict[int, Rgb8]:
    """These frames of a video file, by their numbers as in `rgb_video`; what is behind its end is left out.

    The others up to the last of them are decoded and no more. The errors are those of `rgb_video`.
    """
    found: dict[int, Rgb8] = {}
    rate, *_ = _facts(path)
    with closing(as_shown(path, rate)) as walk:
        for index, (frame, place) in zip(range(max(wanted, default=-1) + 1), walk, strict=False):
            if index in wanted:
                found[index] = _upright(frame, place, "bytes")
    return found


def _facts(path: Path) -> tuple[Fraction, int, int]:
    with open_video(path) as container:
        stream = film_of(container, path)
        rate = even_rate(stream, path)
        # of frames that stand for longer the file does not say how often they come
        even = rate == (stream.average_rate or stream.guessed_rate)
        return rate, int(stream.frames or 0) if even else 0, _bits(stream)


def _bits(stream: Any) -> int:
    return int(stream.codec_context.format.components[0].bits)


def _frames(path: Path, rate: Fraction, kind: Kind) -> Generator[Any, None, None]:
    last: tuple[Any, Any] | None = None
    for frame, place in as_shown(path, rate):
        if last is None or last[0] is not frame:
            last = frame, _upright(frame, place, kind)
        yield last[1]


def _upright(frame: Any, place: Orientation, kind: Kind) -> NDArray[Any]:
    # libswscale takes untagged video for BT.601 whatever its size, so it is always told
    return np.ascontiguousarray(place.shown(_rgb(frame, _matrix(frame.colorspace, frame.height), kind)))


def _rgb(frame: Any, matrix: str, kind: Kind) -> NDArray[Any]:
    from watermark.ycbcr import from_picture, is_read

    exact = kind == "fine" and matrix == "ITU709" and frame.color_range != _FULL
    if exact and is_read(frame.format.name):
        return from_picture(frame)
    fine = kind == "fine" or (kind == "deep" and frame.format.components[0].bits > 8)
    picture: NDArray[Any] = frame.to_ndarray(
        format="rgb48le" if fine else "rgb24", src_colorspace=matrix, threads=1
    )
    return picture


def _piped_frames(container: Any, stream: Any, kind: Kind) -> Iterator[Any]:
    import av

    stream.thread_type = "AUTO"
    try:
        for frame in container.decode(stream):
            yield _rgb(frame, "ITU709", kind)
    except av.FFmpegError as error:
        raise SourceError("mark.video-damaged", where=STDIN, why=why(error)) from None


def _piped() -> Any:
    import av  # heavy, and of no use to those who hand in arrays

    try:
        return av.open("pipe:0", format="yuv4mpegpipe")
    except (av.FFmpegError, OSError):
        raise SourceError("mark.no-yuv4mpeg") from None


def _matrix(tag: int, height: int) -> str:
    """swscale's name of the matrix that a frame was made with."""
    if tag in _MATRIX_2020:
        return "BT2020"
    if tag in _MATRIX_601 or (tag == _UNTAGGED and height < _HD_HEIGHT):
        return "ITU601"
    return "ITU709"
