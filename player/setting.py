"""How a frame is decoded: how small, and how much of it is left out; and what was asked of a show."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.picture.passes import MOST_PASSES

Quality: TypeAlias = Literal["exact", "smooth"] | float
"""exact: nothing is left out. smooth: as much as the pace needs. A number: dB to the whole decode."""

LEAST_DB, MOST_DB = 30.0, 60.0
UNPACED_DB = 42.0
"""What smooth comes to where there is no pace to keep."""


@dataclass(frozen=True)
class Setting:
    """Of one frame. reduce: halvings of the picture. passes: coding passes left out of the band that matters
    least, at most (`dcp.picture.passes.thin`); 0 leaves the codestream alone.

    least_db: as few of these as it takes for the picture not to be further than this from the whole decode.
    measured: whether the frame is decoded whole as well, to measure how far it is.
    """

    reduce: int = 0
    passes: int = 0
    least_db: float | None = None
    measured: bool = False


EXACT = Setting()


def thinned_to(least_db: float, *, reduce: int = 0, measured: bool = False) -> Setting:
    """As many passes left out as that many dB allow."""
    return Setting(reduce, MOST_PASSES, least_db, measured)


def quality_of(asked: str) -> Quality:
    """What `--quality` says: `exact`, `smooth`, or dB from 30 to 60. UsageError for anything else."""
    if asked == "exact":
        return "exact"
    if asked == "smooth":
        return "smooth"
    try:
        decibels = float(asked)
    except ValueError:
        decibels = math.nan
    if not LEAST_DB <= decibels <= MOST_DB:
        raise UsageError("play.no-quality", asked=asked[:40], least=int(LEAST_DB), most=int(MOST_DB))
    return decibels
