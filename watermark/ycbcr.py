"""R'G'B' as a file's Y'CbCr and back: 4:2:0, Rec.709, 16 to 235, rounded once.

Samples of 16 bits go to their planes with fractions, so that nothing but the last step rounds. Chroma is the
mean of four pixels, and theirs again on the way back: the codes of a file that went to R'G'B' and was not
changed there are the same codes, but for colours that R'G'B' cannot show.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from watermark.dither import Codes, Floats, rounded

_RED, _BLUE = 0.2126, 0.0722
_FORMS = {8: "yuv420p", 10: "yuv420p10le"}
_READ = {f"yuv{way}p{tail}": depth for way in (420, 422, 444) for depth, tail in ((8, ""), (10, "10le"))}

Rgb16 = NDArray[np.uint16]
Planes = tuple[Codes, Codes, Codes]


def planes_of(frame: Rgb16, dither: Floats | None, *, depth: int = 8) -> Planes:
    """Y', Cb and Cr of a frame, (height, width, 3) over the whole range, in codes of 8 or 10 bits. dither: of
    `watermark.dither.noise`; None rounds to the nearest code."""
    height, width = frame.shape[:2]
    luma = np.empty((height, width), np.float32)
    blue, red = (np.empty(((height + 1) // 2, (width + 1) // 2), np.float32) for _ in range(2))
    _to_planes(np.ascontiguousarray(frame), luma, blue, red, np.float32(1 << (depth - 8)))
    one, two, three = (
        rounded(plane, dither, depth=depth, channel=n) for n, plane in enumerate((luma, blue, red))
    )
    return one, two, three


def rgb_of(planes: Planes, *, depth: int = 8) -> Rgb16:
    """The frame, uint16 over the whole range. Chroma may have as many samples as luma each way, or half."""
    luma, blue, red = planes
    frame = np.empty((*luma.shape, 3), np.uint16)
    halves = [int(small < large) for small, large in zip(blue.shape, luma.shape, strict=True)]
    _to_rgb(luma, blue, red, halves[0], halves[1], frame, np.float32(1 << (depth - 8)))
    return frame


def as_picture(planes: Planes, *, depth: int = 8) -> Any:
    """As a coder takes it: an `av.VideoFrame`."""
    import av

    height, width = planes[0].shape
    picture = av.VideoFrame(width, height, _FORMS[depth])
    picture.colorspace = 1  # Rec.709
    for target, plane in zip(picture.planes, planes, strict=True):
        _rows(target, plane.dtype)[:, : plane.shape[1]] = plane
    return picture


def is_read(form: str) -> bool:
    """Whether `from_picture` takes pictures of this form, as FFmpeg calls it."""
    return form in _READ


def from_picture(picture: Any) -> Rgb16:
    """The frame of what a decoder gave, an `av.VideoFrame` of 8 or 10 bits in three planes, Rec.709 and 16 to
    235; uint16 over the whole range."""
    depth = _READ[picture.format.name]
    kind = np.dtype(np.uint8 if depth == 8 else np.uint16)
    one, two, three = (_rows(plane, kind)[:, : plane.width] for plane in picture.planes)
    return rgb_of((one, two, three), depth=depth)


def _rows(plane: Any, kind: Any) -> Any:
    return np.frombuffer(plane, kind).reshape(plane.height, -1)


# --- how it is done -----

_KR, _KG, _KB = (np.float32(each) for each in (_RED, 1 - _RED - _BLUE, _BLUE))
_OF_BLUE, _OF_RED = np.float32(2 * (1 - _BLUE)), np.float32(2 * (1 - _RED))
_MOST = np.float32(65535)


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _to_planes(frame: Any, luma: Floats, blue: Floats, red: Floats, unit: np.float32) -> None:
    height, width = luma.shape
    for v in range(blue.shape[0]):
        for u in range(blue.shape[1]):
            b, r, count = np.float32(0), np.float32(0), np.float32(0)
            for y in range(2 * v, min(2 * v + 2, height)):
                for x in range(2 * u, min(2 * u + 2, width)):
                    sample = frame[y, x]
                    light = (_KR * sample[0] + _KG * sample[1] + _KB * sample[2]) / _MOST
                    luma[y, x] = unit * (np.float32(16) + np.float32(219) * light)
                    b += (sample[2] / _MOST - light) / _OF_BLUE
                    r += (sample[0] / _MOST - light) / _OF_RED
                    count += np.float32(1)
            blue[v, u] = unit * (np.float32(128) + np.float32(224) * b / count)
            red[v, u] = unit * (np.float32(128) + np.float32(224) * r / count)


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _to_rgb(luma: Any, blue: Any, red: Any, down: int, across: int, frame: Any, unit: np.float32) -> None:
    height, width = luma.shape
    for y in range(height):
        for x in range(width):
            light = (luma[y, x] / unit - np.float32(16)) / np.float32(219)
            b = (blue[y >> down, x >> across] / unit - np.float32(128)) / np.float32(224) * _OF_BLUE
            r = (red[y >> down, x >> across] / unit - np.float32(128)) / np.float32(224) * _OF_RED
            g = (_KR * r + _KB * b) / _KG
            for n, value in enumerate((light + r, light - g, light + b)):
                code = _MOST * value + np.float32(0.5)
                code = code if code > np.float32(0) else np.float32(0)
                frame[y, x, n] = np.uint16(code if code < _MOST else _MOST)
