"""What a screen is: told size, rate and colour encoding first, then handed frames in order.

A screen says in which encoding it wants its frames; the pipeline converts. `prepare` is the part that
may run on any thread (packing, compressing); `show` is called on one thread, in the order of the show.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass

Image = NDArray[np.uint16]
"""(height, width, 3) uint16 in the encoding that the screen asked for."""


@dataclass(frozen=True)
class Encoding:
    """colour: "xyz" (ST 428-1) or a display of `dcp.picture.colour.from_xyz12`; bits: code range."""

    colour: str
    bits: int

    def __str__(self) -> str:
        return f"{self.colour}, {self.bits} bits"


XYZ = Encoding("xyz", 12)


@dataclass(frozen=True)
class Sound:
    """24-bit samples, little-endian, channels side by side. rate: blocks a second, one a frame."""

    channels: int
    sample_rate: int
    rate: Fraction

    @property
    def block(self) -> int:
        """Bytes of a frame."""
        return int(self.sample_rate / self.rate) * self.channels * 3


@dataclass(frozen=True)
class Signal:
    """What a screen is told before the first frame. frames: how many follow; first: number of the first.
    sound: its form, None where the composition has none."""

    width: int
    height: int
    rate: Fraction
    encoding: Encoding
    first: int
    frames: int
    sound: Sound | None = None


class Showing(Protocol):
    """A screen while it is lit."""

    def prepare(self, image: Image) -> bytes | None:
        """Make one frame ready; any thread, no state."""

    def show(self, number: int, prepared: bytes | None, sound: bytes | None) -> None:
        """Show a prepared frame: composition frame `number`; in order, one thread. sound: its samples, None
        where silence stands for them."""


class Screen(Protocol):
    """A place to show frames at. Leaving `showing` through an exception leaves no output behind. sees, hears:
    whether it takes pictures, and sound; without the one nothing is decoded for it."""

    @property
    def sees(self) -> bool: ...

    @property
    def hears(self) -> bool: ...

    @property
    def name(self) -> str: ...

    @property
    def encoding(self) -> Encoding: ...

    @property
    def target(self) -> str | None:
        """Where the output goes, for the report."""

    def showing(self, signal: Signal) -> AbstractContextManager[Showing]: ...
