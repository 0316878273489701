"""Video as frames of 8-bit RGB."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcp.errors import SourceError
from dcp.texts.system import why
from watermark.frames import as_shown, even_rate, film_of, open_video
from watermark.orientation import Orientation

Rgb8 = NDArray[np.uint8]

STDIN = "-"

# FFmpeg's numbers of the matrix (ISO/IEC 23091-2)
_MATRIX_601, _MATRIX_2020, _UNTAGGED = (5, 6), (9, 10), 2
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
    if source == STDIN:
        with _piped() as container:
            stream = container.streams.video[0]
            yield (
                _piped_frames(container, stream, deep=deep),
                even_rate(stream, source),
                int(stream.frames or 0),
            )
        return
    path = Path(source)
    rate, count = _facts(path)
    with closing(_frames(path, rate, deep=deep)) as frames:
        yield frames, rate, count


def rgb_frames(path: Path, wanted: Sequence[int]) -> dict[int, Rgb8]:
    """These frames of a video file, by their numbers as in `rgb_video`; what is behind its end is left out.

    The others up to the last of them are decoded and no more. The errors are those of `rgb_video`.
    """
    found: dict[int, Rgb8] = {}
    rate, _ = _facts(path)
    with closing(as_shown(path, rate)) as walk:
        for index, (frame, place) in zip(range(max(wanted, default=-1) + 1), walk, strict=False):
            if index in wanted:
                found[index] = _upright(frame, place, deep=False)
    return found


def _facts(path: Path) -> tuple[Fraction, int]:
    with open_video(path) as container:
        stream = film_of(container, path)
        rate = even_rate(stream, path)
        # of frames that stand for longer the file does not say how often they come
        even = rate == (stream.average_rate or stream.guessed_rate)
        return rate, int(stream.frames or 0) if even else 0


def _frames(path: Path, rate: Fraction, *, deep: bool) -> Generator[Any, None, None]:
    last: tuple[Any, Any] | None = None
    for frame, place in as_shown(path, rate):
        if last is None or last[0] is not frame:
            last = frame, _upright(frame, place, deep=deep)
        yield last[1]


def _upright(frame: Any, place: Orientation, *, deep: bool) -> NDArray[Any]:
    # libswscale takes untagged video for BT.601 whatever its size, so it is always told
    return np.ascontiguousarray(place.shown(_rgb(frame, _matrix(frame.colorspace, frame.height), deep=deep)))


def _rgb(frame: Any, matrix: str, *, deep: bool) -> NDArray[Any]:
    form = "rgb48le" if deep and frame.format.components[0].bits > 8 else "rgb24"
    picture: NDArray[Any] = frame.to_ndarray(format=form, src_colorspace=matrix, threads=1)
    return picture


def _piped_frames(container: Any, stream: Any, *, deep: bool) -> Iterator[Any]:
    import av

    stream.thread_type = "AUTO"
    try:
        for frame in container.decode(stream):
            yield _rgb(frame, "ITU709", deep=deep)
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
