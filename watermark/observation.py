"""What passes from the front ends to the judge: where a recording lies in a film, and what was seen there.

An informed or a blind front end makes candidates; each is one whole hypothesis about place and geometry and
counts once in the bound, however many pieces it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from watermark.carrier import CELLS
from watermark.power import Carried

Floats = NDArray[np.float32]
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """How one piece of a recording, frames first to last - 1 of it, lies in the film.

    start: seconds of the composition at the recording's second 0 (found blind: modulo 300). speed: seconds of
    film a second of recording. matrix: homography from the film's unit square to the recording's; a mirrored
    picture is in it (its determinant is below 0). similarity: to the film, None where it was not looked at.
    """

    first: int
    last: int
    start: float
    speed: float
    matrix: Matrix
    mirrored: bool
    pilot_score: float
    by: Literal["pilots", "film"]
    similarity: float | None = None


@dataclass(frozen=True)
class Observation:
    """What n frames say about the 144 cells once their place is known.

    frames: (n,) of the recording, ascending. seconds: (n,) of the composition. cells: (n, 144), proportional
    to the carrier and weighted by what they are worth: they are summed as they are. nominal: (n, 144), what a
    +1 of a mark at nominal strength would have added there under the same weights; 0 where nothing is known.
    carried: how much of the film's own small changes came through; None where no film was looked at.
    """

    frames: NDArray[np.int64]
    seconds: NDArray[np.float64]
    cells: Floats
    nominal: Floats
    carried: Carried | None = None


@dataclass(frozen=True)
class Candidate:
    """One hypothesis: every piece placed, their observations joined."""

    observation: Observation
    places: tuple[Place, ...]
    pilot_score: float


def nothing_seen() -> Observation:
    """An observation of no frame."""
    none = np.zeros((0, CELLS), dtype=np.float32)
    return Observation(np.zeros(0, dtype=np.int64), np.zeros(0), none, none)


def joined(pieces: Sequence[Observation]) -> Observation:
    """The observations of several pieces as one, in the order of their frames."""
    if not pieces:
        return nothing_seen()
    frames = np.concatenate([piece.frames for piece in pieces])
    order = np.argsort(frames, kind="stable")
    carried = [piece.carried for piece in pieces if piece.carried is not None]
    return Observation(
        frames[order],
        np.concatenate([piece.seconds for piece in pieces])[order],
        np.concatenate([piece.cells for piece in pieces])[order],
        np.concatenate([piece.nominal for piece in pieces])[order],
        sum(carried, Carried()) if len(carried) == len(pieces) else None,
    )
