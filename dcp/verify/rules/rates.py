"""How many bytes each frame has: for the rules about bit rates, and for the plot of a report."""

from __future__ import annotations

from array import array
from dataclasses import field
from fractions import Fraction
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.mxf.triplet import esv_size
from dcp.picture.cinema import is_four_k
from dcp.picture.limits import DCI_MBPS
from dcp.verify.facts import TrackFacts
from dcp.verify.rule import measure

if TYPE_CHECKING:
    from dcp.mxf.reader import Unit

PICTURES = ("picture", "stereo_picture")


@dataclass(frozen=True)
class Rates:
    """Bytes of the codestreams of a picture track file.

    rate: edit units a second. sizes: bytes of each edit unit by its number, both eyes of a pair together; 0
    where a unit is missing or damaged. exact: whether the codestreams themselves were seen; of an encrypted
    file without a key each is some bytes too small (the padding is not known). four_k: the header's size is
    more than 2K.
    """

    rate: Fraction
    sizes: array[int]
    exact: bool = True
    stereo: bool = False
    four_k: bool = False

    @property
    def most_mbps(self) -> int:
        """Mbit/s that the picture may have, for the line of the limit."""
        return DCI_MBPS

    def mbps(self, number: int) -> float:
        """Of one edit unit."""
        return float(self.sizes[number] * 8 * self.rate / 1_000_000)

    @property
    def mean_mbps(self) -> float:
        """Of all that are there; 0 of none."""
        there = sum(1 for size in self.sizes if size)
        return float(sum(self.sizes) * 8 * self.rate / there / 1_000_000) if there else 0.0

    def peaks(self, columns: int) -> list[float]:
        """The highest Mbit/s in each of at most `columns` spans of equal length, for a plot."""
        count = len(self.sizes)
        columns = min(columns, count)
        spans = (self.sizes[n * count // columns : (n + 1) * count // columns] for n in range(columns))
        return [float(max(span) * 8 * self.rate / 1_000_000) for span in spans]


@dataclass
class _Gathering:
    track: TrackFacts
    sizes: array[int] = field(default_factory=lambda: array("I"))

    def unit(self, unit: Unit) -> None:
        while len(self.sizes) <= unit.index:
            self.sizes.append(0)
        size = len(unit.data)
        if not self.track.readable:
            size = max(size - esv_size(0), 0)
        self.sizes[unit.index] += size

    def result(self) -> Rates:
        header = self.track.header
        assert header is not None
        descriptor = header.descriptor
        size = getattr(descriptor, "stored_width", None) or 0, getattr(descriptor, "stored_height", None) or 0
        stereo = header.essence == "stereo_picture"
        return Rates(header.edit_rate, self.sizes, self.track.readable, stereo, is_four_k(size))


def _gathering(track: TrackFacts) -> _Gathering | None:
    return _Gathering(track) if track.header is not None and track.header.essence in PICTURES else None


RATES = measure("rates", _gathering)
