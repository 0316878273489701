"""How many bytes each frame has: rules about bit rates, and the measure that a report draws a plot of."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import field
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.mxf.labels import TRANSFER_ST2084, same
from dcp.mxf.triplet import BLOCK, esv_size
from dcp.picture.cinema import is_four_k
from dcp.picture.limits import encrypted_size, frame_limits, largest_source
from dcp.picture.rules import most_mbps
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.frames import Frames, frame_place
from dcp.verify.rule import Hit, Outcome, Skip, UnitCheck, hit, measure, package_rule, unit_rule

if TYPE_CHECKING:
    from dcp.mxf.reader import TrackHeader, Unit

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
    hdr: bool = False

    @property
    def most_mbps(self) -> int:
        """Mbit/s that the picture may have, for the line of the limit."""
        return most_mbps(self.rate, four_k=self.four_k, stereo=self.stereo, hdr=self.hdr)

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
        stereo = header.essence == "stereo_picture"
        return Rates(
            header.edit_rate, self.sizes, self.track.readable, stereo, _four_k(header), is_hdr(header)
        )


def is_hdr(header: TrackHeader) -> bool:
    """Whether the descriptor says that the codes are those of ST 2084."""
    transfer = getattr(header.descriptor, "transfer_characteristic", None)
    return transfer is not None and same(transfer, TRANSFER_ST2084)


def _four_k(header: TrackHeader) -> bool:
    """By the size in the descriptor, which another rule holds against the codestreams."""
    width, height = (getattr(header.descriptor, name, None) for name in ("stored_width", "stored_height"))
    return is_four_k((width or 0, height or 0))


def _gathering(track: TrackFacts) -> _Gathering | None:
    return _Gathering(track) if track.header is not None and track.header.essence in PICTURES else None


RATES = measure("rates", _gathering, heads=True)


NEAR, CLOSE = Fraction(230, 250), Fraction(245, 250)
"""Shares of the limit: from the first some checkers warn, from the second all do."""


class _Budget:
    """What a frame of a track file may have: bytes, and bytes to Mbit/s."""

    def __init__(self, header: TrackHeader) -> None:
        stereo, four_k = header.essence == "stereo_picture", _four_k(header)
        hdr = is_hdr(header)
        self.mbps = most_mbps(header.edit_rate, four_k=four_k, stereo=stereo, hdr=hdr)
        self.most = frame_limits(
            header.edit_rate, four_k=four_k, stereo=stereo, mbps=self.mbps, hdr=hdr
        ).total
        self._a_second = header.edit_rate * (2 if stereo else 1)

    def rate(self, size: int) -> float:
        return float(size * 8 * self._a_second / 1_000_000)


@unit_rule("J2K-003", severity="warning")
def near_the_limit(track: TrackFacts) -> UnitCheck | None:
    header = track.header
    if header is None or header.essence not in PICTURES or not track.readable:
        return None
    budget = _Budget(header)
    near, close = Frames(), Frames()
    near_at, close_at = (floor(budget.most * share) for share in (NEAR, CLOSE))

    def check(unit: Unit | None) -> Iterable[Hit | Skip]:
        if unit is None:
            for frames, id, share in ((near, "J2K-003.near", NEAR), (close, "J2K-003.close", CLOSE)):
                if frames:
                    yield hit(
                        id,
                        file=track.name,
                        place=frames,
                        severity="info" if frames is near else None,
                        count=len(frames),
                        least=float(share * budget.mbps),
                        most=budget.mbps,
                    )
        elif unit.fault is None and near_at < len(unit.data) <= budget.most:
            (close if close_at < len(unit.data) else near).add(unit.index)

    return check


@package_rule("J2K-004", severity="warning")
def average(facts: PackageFacts) -> Outcome:
    if not facts.asked.picture:
        return
    for track, rates in RATES.of(facts):
        if CLOSE * rates.most_mbps < rates.mean_mbps <= rates.most_mbps:
            yield hit(
                "J2K-004.average",
                file=track.name,
                rate=rates.mean_mbps,
                safe=float(CLOSE * rates.most_mbps),
                most=rates.most_mbps,
            )


@unit_rule("J2K-033", severity="info")
def encrypted_units(track: TrackFacts) -> UnitCheck | None:
    """Frames that keep to the limit as codestreams, but not with what encryption puts around them. Of a file
    without its key the codestream is known to 15 bytes: what is surely too large is J2K-002's."""
    header = track.header
    if header is None or header.essence not in PICTURES or not header.encrypted:
        return None
    budget = _Budget(header)
    fits = largest_source(budget.most)
    frames, over = Frames(), Frames()
    largest: tuple[int, object] = (0, None)
    most = largest

    def check(unit: Unit | None) -> Iterable[Hit | Skip]:
        nonlocal largest, most
        if unit is None:
            yield from said()
            return
        if unit.fault is not None:
            return
        size = len(unit.data)
        if not track.readable:
            size = max(0, size - esv_size(0))
            if size > budget.most:
                over.add(unit.index)
                most = max(most, (size, frame_place(unit)), key=lambda each: each[0])
                return
            size = min(size + BLOCK - 1, budget.most)
        if fits < size <= budget.most:
            frames.add(unit.index)
            largest = max(largest, (size, frame_place(unit)), key=lambda each: each[0])

    def said() -> Iterable[Hit]:
        if over:
            size, frame = most
            yield hit(
                "J2K-002.sealed",
                file=track.name,
                place=over,
                rule="J2K-002",
                count=len(over),
                frame=frame,
                bytes=size,
                rate=budget.rate(size),
                most=budget.most,
            )
        if frames:
            size, frame = largest
            yield hit(
                "J2K-033.peers",
                file=track.name,
                place=frames,
                count=len(frames),
                frame=frame,
                bytes=size,
                rate=budget.rate(size),
                sealed=encrypted_size(size),
                sealed_rate=budget.rate(encrypted_size(size)),
                most=budget.mbps,
            )

    return check
