"""Video as frames of 8-bit RGB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcp.errors import SourceError
from dcp.texts.system import why
from watermark.embed import MAX_SIDE
from watermark.frames import open_video

Rgb8 = NDArray[np.uint8]

STDIN = "-"

# FFmpeg's numbers of the matrix (ISO/IEC 23091-2)
_MATRIX_601, _MATRIX_2020, _UNTAGGED = (5, 6), (9, 10), 2
_HD_HEIGHT = 720


@contextmanager
def rgb_video(source: str | Path, *, deep: bool = False) -> Iterator[tuple[Iterator[Any], Fraction, int]]:
    """The frames of a video, (height, width, 3) uint8 RGB; their rate; how many there are, 0 when unknown.
    deep: frames of more than 8 bits come as uint16 over its whole range.

    source: a file, or `-` for YUV4MPEG on standard input, which is taken as Rec.709. A file without colour
    tags is Rec.709 from 720 lines up and BT.601 below. SourceError when it is no video, does not say its
    rate, or is too large; from the iterator, when it cannot be decoded.
    """
    import av  # heavy, and of no use to those who hand in arrays

    with _opened(source) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate or stream.guessed_rate
        if not rate or not 1 <= rate <= 1000:
            raise SourceError("mark.no-rate", where=source)
        width, height = stream.codec_context.width, stream.codec_context.height
        if max(width, height) > MAX_SIDE:
            raise SourceError("mark.video-too-large", where=source, width=width, height=height, most=MAX_SIDE)
        stream.thread_type = "AUTO"

        def frames() -> Iterator[Any]:
            try:
                for frame in container.decode(stream):
                    # libswscale takes untagged video for BT.601 whatever its size, so it is always told
                    matrix = "ITU709" if source == STDIN else _matrix(frame.colorspace, frame.height)
                    fine = deep and frame.format.components[0].bits > 8
                    form = "rgb48le" if fine else "rgb24"
                    yield frame.to_ndarray(format=form, src_colorspace=matrix, threads=1)
            except av.FFmpegError as error:
                raise SourceError("mark.video-damaged", where=source, why=why(error)) from None

        yield frames(), Fraction(rate), int(stream.frames or 0)


def _opened(source: str | Path) -> Any:
    import av

    if source != STDIN:
        return open_video(Path(source))
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
