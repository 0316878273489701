"""Frames of the recording beside the film's frames that they show, full size, and registered on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.timecode import timecode_of

Rgb8 = NDArray[np.uint8]
Frames = Callable[[Sequence[int]], Mapping[int, Rgb8]]
"""Frames of a film or a recording by number, (height, width, 3); what cannot be had is left out."""

PAIRS = 4
SHOWN_WIDTH = 720
_PNG = (cv2.IMWRITE_PNG_COMPRESSION, 4)
_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 88)


@dataclass(frozen=True)
class Moment:
    """A frame of the recording, and the film's frame there, both from 0."""

    recorded: int
    film: int


@dataclass(frozen=True)
class Pair:
    """A moment with its pictures. film, registered: None where the film could not be shown.

    registered: the recording's frame, moved to where it lies on the film's. shown: the registered frame and
    the film's as small JPEG files, for a page; the recording's alone without the film.
    """

    moment: Moment
    recorded_at: str
    film_at: str
    recording: Rgb8 = field(repr=False)
    film: Rgb8 | None = field(repr=False)
    registered: Rgb8 | None = field(repr=False)
    shown: tuple[bytes, ...] = field(repr=False)


def moments_of(path: NDArray[np.float64], count: int = PAIRS) -> tuple[Moment, ...]:
    """Some moments spread over the recording. path: recorded frame to film frame, NaN outside of it."""
    inside = np.flatnonzero(~np.isnan(path))
    if not inside.size:
        return ()
    # not the outermost, where a path ends by guessing
    places = np.linspace(0, len(inside) - 1, count + 2)[1:-1].astype(int)
    chosen = sorted({int(inside[each]) for each in places})
    return tuple(Moment(each, max(0, round(float(path[each])))) for each in chosen)


def pairs_of(
    moments: Sequence[Moment],
    *,
    recording: Frames,
    recording_rate: Fraction,
    film: Frames | None,
    film_rate: Fraction,
    matrix: NDArray[np.float64],
) -> tuple[Pair, ...]:
    """The pictures of these moments. recording, film: their frames, numbered as the detector does.
    matrix: from the film's unit square to the recording's."""
    recorded = recording([each.recorded for each in moments])
    films = film([each.film for each in moments]) if film is not None else {}
    return tuple(
        _pair(each, recorded[each.recorded], films.get(each.film), recording_rate, film_rate, matrix)
        for each in moments
        if each.recorded in recorded
    )


def registered(picture: Rgb8, matrix: NDArray[np.float64], *, width: int, height: int) -> Rgb8:
    """The recording's frame as the film's frame lies in it: (height, width, 3)."""
    to_pixels = np.diag([picture.shape[1], picture.shape[0], 1.0])
    to_unit = np.diag([1 / width, 1 / height, 1.0])
    whole = to_pixels @ matrix @ to_unit
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpPerspective(picture, whole, (width, height), flags=flags), dtype=np.uint8)


def files_of(pairs: Iterable[Pair]) -> dict[str, bytes]:
    """The pictures as files of a bundle (PNG), by name."""
    files = {}
    for number, pair in enumerate(pairs, 1):
        for name, picture in (
            ("recording", pair.recording),
            ("registered", pair.registered),
            ("film", pair.film),
        ):
            if picture is not None:
                files[f"pairs/{number}-{name}.png"] = _encoded(".png", picture, _PNG)
    return files


def pairs_document(pairs: Iterable[Pair]) -> list[dict[str, Any]]:
    """Which frames they are, as JSON."""
    return [
        {
            "number": number,
            "recording_frame": pair.moment.recorded,
            "recording_time": pair.recorded_at,
            "film_frame": pair.moment.film,
            "film_timecode": pair.film_at,
            "film_shown": pair.film is not None,
        }
        for number, pair in enumerate(pairs, 1)
    ]


def _pair(
    moment: Moment,
    recording: Rgb8,
    film: Rgb8 | None,
    recording_rate: Fraction,
    film_rate: Fraction,
    matrix: NDArray[np.float64],
) -> Pair:
    moved = None
    if film is not None:
        moved = registered(recording, matrix, width=film.shape[1], height=film.shape[0])
    shown = (recording,) if film is None or moved is None else (moved, film)
    return Pair(
        moment=moment,
        recorded_at=_clock(moment.recorded / recording_rate),
        film_at=timecode_of(moment.film, film_rate),
        recording=recording,
        film=film,
        registered=moved,
        shown=tuple(_jpeg(each) for each in shown),
    )


def _clock(seconds: Fraction) -> str:
    """h:mm:ss.mmm"""
    thousandths = round(seconds * 1000)
    minutes, thousandths = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{thousandths / 1000:06.3f}"


def _jpeg(picture: Rgb8) -> bytes:
    width = min(SHOWN_WIDTH, picture.shape[1])
    height = max(1, round(picture.shape[0] * width / picture.shape[1]))
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return _encoded(".jpg", np.asarray(small, dtype=np.uint8), _JPEG)


def _encoded(kind: str, picture: Rgb8, settings: tuple[int, ...]) -> bytes:
    done, data = cv2.imencode(kind, picture[:, :, ::-1], settings)
    if not done:
        raise DcpError("evidence.no-picture")
    return bytes(data)
