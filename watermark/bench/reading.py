"""The detector as the bench calls it: a recording and a secret, with the film or without, no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.output import finished_file
from watermark.bench.films import Film
from watermark.bench.making import ToXyz
from watermark.frames import Footage, video_footage
from watermark.payload import Payload
from watermark.secret import Secret

Mode = Literal["informed", "blind"]
MODES: tuple[Mode, ...] = ("informed", "blind")


@dataclass(frozen=True)
class Answer:
    """What the detector said. positions: candidates that it scored. error: the id, where it refused."""

    found: bool
    conclusive: bool | None
    payload: Payload | None
    probability: float | None
    location_score: float
    time_score: float
    positions: int
    start: float | None
    error: str | None = None


Detector = Callable[[Path, Secret, Film | None], Answer]
"""recording, secret, film (None: blind) -> answer"""

_WIDTH = 480  # of the film as it is held against: the detector looks at less


def detector(folder: Path, *, to_xyz: ToXyz) -> Detector:
    """The toolkit's own. folder: where a film that was once walked is kept, small."""

    def read(path: Path, secret: Secret, film: Film | None) -> Answer:
        try:
            small = _small(film, folder, to_xyz) if film is not None else None
            return _answer(_extracted(path, secret, small))
        except DcpError as error:
            return Answer(False, False, None, None, 0.0, 0.0, 0, None, error.id)

    return read


def _extracted(path: Path, secret: Secret, film: Footage | None) -> Any:
    from watermark.extract import extract
    from watermark.index import index_of

    films = [index_of(film)] if film is not None else []
    return extract(video_footage(path), [secret], films)


def _small(film: Film, folder: Path, to_xyz: ToXyz) -> Footage:
    """The unmarked film: Y' of X'Y'Z', 480 wide."""
    shape = film.frames, round(_WIDTH * film.height / film.width), _WIDTH
    path = folder / f"{film.name}.luminance"
    if not path.exists():
        with finished_file(path) as temporary, temporary.open("wb") as stream:
            for frame in film.walk():
                luminance = to_xyz(frame)[:, :, 1].astype(np.float32)
                small = cv2.resize(luminance, shape[:0:-1], interpolation=cv2.INTER_AREA)
                stream.write(np.rint(small * (65535 / 4095)).astype("<u2").data)

    def walk() -> Iterator[Any]:
        for frame in np.memmap(path, dtype="<u2", mode="r", shape=shape):
            yield np.asarray(frame, dtype=np.uint16)

    return Footage(film.rate, walk, "luminance")


def _answer(found: Any) -> Answer:
    excerpt = found.excerpt
    return Answer(
        found=found.found,
        conclusive=getattr(found, "conclusive", None),
        payload=found.payload,
        probability=found.false_positive_probability,
        location_score=found.location_score,
        time_score=found.time_score,
        positions=found.searched.positions * found.searched.geometries,
        start=float(excerpt.start_frame / excerpt.rate) if excerpt is not None else None,
    )
