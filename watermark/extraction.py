"""What an extraction says: the answer, and what it rests on. Reports, evidence and benches read it."""

from __future__ import annotations

from dataclasses import field
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Text
from watermark.judge import Searched
from watermark.observation import Matrix
from watermark.payload import Payload
from watermark.power import Carried, Power


@dataclass(frozen=True)
class Excerpt:
    """Which part of the composition the recording shows: first frame, number of frames, frames a second."""

    start_frame: int
    frames: int
    rate: Fraction


@dataclass(frozen=True)
class Segment:
    """A piece of the recording and how well the payload's words fit there (scores; about 0 without a mark).

    start_frame, frames: of the recording. film_frame: where its first frame lies in the composition; read
    without the film, in the mark's five minutes at 24 frames a second.
    """

    start_frame: int
    frames: int
    film_frame: int
    location_score: float
    time_score: float
    pilot_score: float


@dataclass(frozen=True)
class Hypothesis:
    """A place that was searched, and counted. start, speed, overlap: of its longest piece, in seconds.

    similarity: to the film, None without one. pilot_score: of the pilots. film: which of the films, by its
    place in the list, None without one.
    """

    start: float
    speed: float
    overlap: float
    similarity: float | None
    pilot_score: float
    mirrored: bool = False
    pieces: int = 1
    film: int | None = 0


@dataclass(frozen=True)
class Geometry:
    """matrix: homography from the film's unit square to the recording's. inliers: matched features behind it,
    0 where no film was matched."""

    matrix: Matrix
    inliers: int


@dataclass(frozen=True)
class Extraction:
    """The answer. payload is None unless found; false_positive_probability is of the best that there was,
    None when nothing was scored.

    conclusive: found, or not found where a mark would have been read; doubts: why not. power: of this
    recording; carried: how much of the film's own small changes came through it. location_score, time_score:
    of the best words. path: recorded frame to composition frame, NaN outside. pictures: some (recorded, film)
    pairs of registered 36x64 thumbnails, for a report. secret, film: which of the secrets and of the films it
    speaks of, by their places in the lists; film is None without one. also: of other secrets that were found
    too.
    """

    found: bool
    payload: Payload | None
    false_positive_probability: float | None
    threshold: float
    excerpt: Excerpt | None
    location_score: float
    time_score: float
    runner_up_score: float
    searched: Searched
    geometry: Geometry
    hypotheses: tuple[Hypothesis, ...]
    segments: tuple[Segment, ...]
    recording_rate: Fraction
    path: NDArray[np.float64] = field(repr=False)
    pictures: tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...] = field(default=(), repr=False)
    mode: Literal["informed", "blind"] = "informed"
    conclusive: bool = False
    power: Power | None = None
    carried: Carried | None = None
    doubts: tuple[Text, ...] = ()
    secret: int = 0
    film: int | None = 0
    also: tuple[Extraction, ...] = field(default=(), repr=False)
