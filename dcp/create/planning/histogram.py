"""How large the frames of a picture came out: mean, largest, and how many lie where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Text, text

STEP = 25
"""Mbit/s of a bin."""
_BAR = 40  # characters of the longest bar


@dataclass(frozen=True)
class FrameSizes:
    """count: frames, pairs of stereo one each. bins: frames of 0 to under 25 Mbit/s, 25 to under 50, and so
    on, without empty ones at the end. largest: bytes; largest_at: its number, from 0; mean_mbps, peak_mbps:
    of all frames, and of the largest, at the picture's rate.
    """

    count: int
    mean_mbps: float
    peak_mbps: float
    largest: int
    largest_at: int
    bins: tuple[int, ...]

    def document(self) -> dict[str, object]:
        """As scripts get it; `bins` count frames a step of 25 Mbit/s."""
        return {
            "frames": self.count,
            "mean_mbps": round(self.mean_mbps, 2),
            "peak_mbps": round(self.peak_mbps, 2),
            "largest": self.largest,
            "largest_at": self.largest_at,
            "bins": list(self.bins),
        }

    def lines(self) -> list[Text]:
        """For a person: one line, then one a bin with a bar."""
        most = max(self.bins, default=0)
        said = [
            text(
                "histogram.whole",
                n=self.count,
                mean=self.mean_mbps,
                peak=self.peak_mbps,
                frame=self.largest_at,
                bytes=self.largest,
            )
        ]
        for number, count in enumerate(self.bins):
            low, high = number * STEP, (number + 1) * STEP
            bar = "#" * -(-count * _BAR // most)
            said.append(text("histogram.bin", range=f"{low:3d}-{high:3d}", count=f"{count:7d}", bar=bar))
        return said


def frame_sizes(sizes: Sequence[int], rate: Fraction, *, stereo: bool = False) -> FrameSizes:
    """Of the codestreams' sizes in bytes, in order. rate: edit units a second; stereo: two make one.

    ValueError without any.
    """
    bins: list[int] = []
    largest, at, total, count = -1, 0, 0, 0
    for number, size in enumerate(_units(sizes, stereo)):
        if size > largest:
            largest, at = size, number
        total += size
        count += 1
        place = int(size * 8 * rate / (STEP * 1_000_000))
        bins.extend([0] * (place + 1 - len(bins)))
        bins[place] += 1
    if not count:
        raise ValueError("no frames")
    return FrameSizes(
        count=count,
        mean_mbps=_mbps(total, rate) / count,
        peak_mbps=_mbps(largest, rate),
        largest=largest,
        largest_at=at,
        bins=tuple(bins),
    )


def _units(sizes: Sequence[int], stereo: bool) -> Iterator[int]:
    if not stereo:
        yield from sizes
        return
    for number in range(0, len(sizes), 2):
        yield sum(sizes[number : number + 2])


def _mbps(size: int, rate: Fraction) -> float:
    return float(size * 8 * rate / 1_000_000)
