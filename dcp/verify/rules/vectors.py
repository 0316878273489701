"""Initialisation vectors: under one key no two units may have the same.

Two units that share one show, to whoever has the file and no key, how far they begin alike; a generator that
repeats itself is a fault of the tool that encrypted, and will do so again.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping

from dcp.dataclass import dataclass
from dcp.mxf.reader import Unit
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.frames import Frames
from dcp.verify.rule import Outcome, hit, measure, package_rule, skip

SIZE = 16
MOST = 2_000_000
"""Units under one key that are held against each other: a day of film."""


@dataclass(frozen=True)
class Vectors:
    """Of the units of a file in their order, SIZE bytes each, and the numbers of these units. more: whether
    there were more than are kept."""

    values: bytearray
    units: array[int]
    more: bool

    def each(self) -> Iterator[tuple[bytes, int]]:
        values = self.values
        for place, unit in enumerate(self.units):
            yield bytes(values[place * SIZE : place * SIZE + SIZE]), unit


class _Gatherer:
    def __init__(self) -> None:
        self._values, self._units, self._more = bytearray(), array("L"), False

    def unit(self, unit: Unit) -> None:
        if len(unit.iv) != SIZE:
            return
        if len(self._units) >= MOST:
            self._more = True
            return
        self._values += unit.iv
        self._units.append(unit.index)

    def result(self) -> Vectors:
        return Vectors(self._values, self._units, self._more)


def _make(track: TrackFacts) -> _Gatherer | None:
    return _Gatherer() if track.header is not None and track.header.encrypted else None


VECTORS = measure("vectors", _make, heads=True)


@package_rule("ENC-103", severity="warning", clause="ST 429-6")
def never_twice(facts: PackageFacts) -> Outcome:
    under: dict[object, list[tuple[TrackFacts, Vectors]]] = {}
    for track, found in VECTORS.of(facts):
        if track.header is not None and track.header.key_id is not None:
            under.setdefault(track.header.key_id, []).append((track, found))
    for key_id, files in under.items():
        count = sum(len(found.units) for _, found in files)
        if count > MOST or any(found.more for _, found in files):
            yield skip("ENC-103.many", key=key_id, most=MOST)
            continue
        for name, where in _repeated(files).items():
            yield hit("ENC-103.repeated", file=name, place=where, count=len(where), key=key_id)


def _repeated(files: list[tuple[TrackFacts, Vectors]]) -> Mapping[str, Frames]:
    """The units whose vector another unit has, by their files."""
    seen: set[bytes] = set()
    twice: set[bytes] = set()
    for _, found in files:
        for value, _unit in found.each():
            if value in seen:
                twice.add(value)
            seen.add(value)
    where: dict[str, Frames] = {}
    if twice:
        for track, found in files:
            for value, unit in found.each():
                if value in twice:
                    where.setdefault(track.name, Frames()).add(unit)
    return where
