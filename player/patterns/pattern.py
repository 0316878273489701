"""What a test pattern is: drawn in X'Y'Z' codes, heard in samples, and judged by its own check."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import field
from fractions import Fraction
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Text

Codes = NDArray[np.uint16]
"""(height, width, 3), X'Y'Z' of 12 bits (ST 428-1)."""
Samples = NDArray[np.int32]
"""(samples, channels) of 24 bits."""
Size = tuple[int, int]
Result = Literal["pass", "fail"]
SAMPLE_RATE = 48_000
FULL = 1 << 23
_OURS = uuid.UUID("7d6f6c5e-9c1b-4f0e-8a58-0d6d5b1c2a10")


@dataclass(frozen=True)
class Measure:
    """One figure of a check. limit: in words, as it stands in a report; frame: where it was found, of the
    composition."""

    id: str
    value: float | int | str | None
    limit: str
    result: Result
    frame: int | None = None

    def document(self) -> dict[str, object]:
        return {
            "id": self.id,
            "value": self.value,
            "limit": self.limit,
            "result": self.result,
            "frame": self.frame,
        }


class Check(Protocol):
    """Takes what is presented, in its order, and judges it at the end."""

    def take(self, number: int, codes: Codes | None, samples: Samples | None) -> None:
        """A frame by its number: None where nothing was shown, or nothing is heard."""

    def measures(self) -> Sequence[Measure]: ...


@dataclass(frozen=True)
class Pattern:
    """frames: how many, at `rate`. title: what it is; look_at: what to do with it, and the expected numbers.
    frame: the picture of a number, the same value for the same number; sound: its samples, for `symbols`.
    stands_for: what of the field's own material it corresponds to.
    """

    name: str
    title: Text
    look_at: Text
    frames: int
    frame: Callable[[int, Size], Codes]
    check: Callable[[Size], Check]
    sound: Callable[[int], Samples] | None = None
    symbols: tuple[str, ...] = ()
    stands_for: str = ""
    rate: Fraction = field(default=Fraction(24))
    size: Size = (2048, 1080)

    @property
    def id(self) -> uuid.UUID:
        """By which a composition tells that it is this pattern (its ContentVersion)."""
        return uuid.uuid5(_OURS, self.name)


def measured(id: str, value: float, most: float, *, frame: int | None = None, unit: str = "") -> Measure:
    """A figure that must not be larger than `most`."""
    limit = f"<= {most:g}{unit and ' ' + unit}"
    return Measure(id, round(float(value), 4), limit, "pass" if value <= most else "fail", frame)
