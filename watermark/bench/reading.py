"""The detector as the bench calls it: a recording and a secret, with the film or without, no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from watermark.bench.films import Film
from watermark.bench.making import ToXyz
from watermark.frames import Footage, video_footage
from watermark.index import FilmIndex, build_index, open_index
from watermark.index import Source as FilmSource
from watermark.payload import Payload
from watermark.secret import Secret

if TYPE_CHECKING:
    from watermark.extraction import Extraction

Mode = Literal["informed", "blind"]
MODES: tuple[Mode, ...] = ("informed", "blind")


@dataclass(frozen=True)
class Answer:
    """What the detector said. positions: candidates that it scored. error: the id, where it refused.
    likelihood: that a mark of nominal strength would have been read; doubts: ids of what it lacked; by:
    which way it was read."""

    found: bool
    conclusive: bool | None
    payload: Payload | None
    probability: float | None
    location_score: float
    time_score: float
    positions: int
    start: float | None
    error: str | None = None
    likelihood: float | None = None
    doubts: tuple[str, ...] = ()
    by: str | None = None


Detector = Callable[[Path, Secret, Film | None], Answer]
"""recording, secret, film (None: blind) -> answer"""


def detector(folder: Path, *, to_xyz: ToXyz) -> Detector:
    """The toolkit's own. folder: where the index of a film that was once walked is kept."""

    def read(path: Path, secret: Secret, film: Film | None) -> Answer:
        from watermark.extract import extract

        films = [_index(film, folder, to_xyz)] if film is not None else []
        try:
            return _answer(extract(video_footage(path), [secret], films))
        except DcpError as error:
            return Answer(False, False, None, None, 0.0, 0.0, 0, None, error.id)

    return read


def _index(film: Film, folder: Path, to_xyz: ToXyz) -> FilmIndex:
    """The unmarked film's."""

    def walk() -> Iterator[Any]:
        return map(to_xyz, film.walk())

    path = folder / f"{film.name}.index"
    if not path.exists():
        build_index(path, Footage(film.rate, walk, "xyz"), FilmSource(name=film.name))
    return open_index(path)


def _answer(found: Extraction) -> Answer:
    excerpt = found.excerpt
    return Answer(
        found=found.found,
        conclusive=found.conclusive,
        payload=found.payload,
        probability=found.false_positive_probability,
        location_score=found.location_score,
        time_score=found.time_score,
        positions=found.searched.positions * found.searched.geometries,
        start=float(excerpt.start_frame / excerpt.rate) if excerpt is not None else None,
        likelihood=found.power.likelihood if found.power is not None else None,
        doubts=tuple(each.id for each in found.doubts),
        by=found.mode,
    )
