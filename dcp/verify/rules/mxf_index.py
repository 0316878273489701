"""The index table and the essence's KLVs held against each other: what units lie where, behind which keys."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import field

from dcp.dataclass import dataclass
from dcp.mxf import labels
from dcp.mxf.element import element_of
from dcp.mxf.index import ENTRY, FLAG_RANDOM_ACCESS
from dcp.mxf.labels import UL, UL_SIZE
from dcp.mxf.reader import Unit
from dcp.mxf.structure import SetView, Structure
from dcp.texts.catalogue import text
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.finding import Severity
from dcp.verify.frames import Frames
from dcp.verify.mxf_shared import (
    KLV_FORM,
    byte,
    counting,
    odd,
    rate_of,
    streams,
    structure_rule,
    structures,
)
from dcp.verify.rule import Outcome, hit, measure

MAX_KEYS = 64
DELTA_HEAD = 8


@dataclass
class Chain:
    """The KLVs of the essence as they came by. starts: the offset of each edit unit's first. keys: the first
    unit of each key; resource_keys of resources, source_keys of what is encrypted. sizes: alike, of the bytes
    of essence that units came to in the clear.
    """

    starts: array[int] = field(default_factory=lambda: array("Q"))
    keys: dict[bytes, int] = field(default_factory=dict)
    resource_keys: dict[bytes, int] = field(default_factory=dict)
    source_keys: dict[bytes, int] = field(default_factory=dict)
    resource_sources: dict[bytes, int] = field(default_factory=dict)
    odd_lengths: list[int] = field(default_factory=list)
    sizes: dict[int, int] = field(default_factory=dict)
    same_size: int | None = None
    broken: bool = False


class _Chain:
    def __init__(self, track: TrackFacts) -> None:
        self._found = Chain()
        self._resources = track.header is not None and track.header.essence == "timed_text"
        self._sizes = track.readable
        self._last: tuple[bytes, bytes, int] | None = None  # of one that was right: head, source key, size

    def unit(self, unit: Unit) -> None:
        found = self._found
        like = unit.head, unit.source_key, len(unit.data)
        if like == self._last and unit.fault is None:  # nothing is new but its place
            if unit.eye != "right":
                found.starts.append(unit.offset)
            return
        if not unit.head:
            found.broken = True
            return
        key = unit.head[:UL_SIZE]
        foreign = unit.fault is not None and unit.fault.reason == "structure"
        resource = self._resources and unit.index > 0
        keys = found.resource_keys if resource else found.keys
        if not foreign and key not in keys and len(keys) < MAX_KEYS:
            keys[key] = unit.index
        source, sources = unit.source_key, found.resource_sources if resource else found.source_keys
        if source and unit.fault is None and source not in sources and len(sources) < MAX_KEYS:
            sources[source] = unit.index
        if not foreign and len(unit.head) != UL_SIZE + KLV_FORM and len(found.odd_lengths) < MAX_KEYS:
            found.odd_lengths.append(unit.index)
        if resource or unit.eye == "right":
            return
        found.starts.append(unit.offset)
        size = len(unit.data)
        if self._sizes and unit.fault is None and size not in found.sizes and len(found.sizes) < MAX_KEYS:
            found.sizes[size] = unit.index
        if unit.fault is None and len(unit.head) == UL_SIZE + KLV_FORM and not self._resources:
            self._last = like

    def result(self) -> Chain:
        return self._found


CHAIN = measure("mxf.chain", lambda track: _Chain(track) if track.structure is not None else None, heads=True)


@structure_rule("MXF-049", severity="error", clause="ST 429-3")
def element_keys(facts: PackageFacts) -> Outcome:
    for track, chain in CHAIN.of(facts):
        header = track.header
        assert header is not None
        element = element_of(header.container)
        if element is None:
            continue
        wanted = [element]
        if header.encrypted:
            wanted = [labels.TRIPLET if header.label_set == "smpte" else labels.INTEROP_TRIPLET]
        yield from _keys(track, chain.keys, wanted)
        yield from _sources(track, chain.source_keys, element)
        yield from _sources(track, chain.resource_sources, labels.ELEMENT_GENERIC_STREAM)
        if chain.resource_keys:
            yield from _keys(track, chain.resource_keys, [labels.ELEMENT_GENERIC_STREAM, *wanted[-1:]])
        if chain.odd_lengths:
            frames = Frames()
            for index in chain.odd_lengths:
                frames.add(index)
            yield hit("MXF-049.lengths", file=track.name, place=frames, severity="warning", rule="MXF-014")


def _sources(track: TrackFacts, found: dict[bytes, int], wanted: UL) -> Outcome:
    """Keys that encrypted units have in the clear, of units that they did not make damaged ones."""
    for key, first in found.items():
        if key != bytes(wanted):
            yield hit(
                "MXF-049.key",
                file=track.name,
                place=text("place.frame", frame=first),
                severity="warning",
                found=UL(key),
                wanted=wanted,
            )


def _keys(track: TrackFacts, found: dict[bytes, int], wanted: list[UL]) -> Outcome:
    for key, first in found.items():
        near = [each for each in wanted if bytes(each[:12]) == key[:12] and each[12:13] == key[12:13]]
        if key in {bytes(each) for each in wanted}:
            continue
        yield hit(
            "MXF-049.key",
            file=track.name,
            place=text("place.frame", frame=first),
            severity="warning" if near or any(key[:7] == each[:7] for each in wanted) else None,
            found=UL(key),
            wanted=wanted[0],
        )


@structure_rule("MXF-042", severity="error", clause="ST 377-1")
def table(facts: PackageFacts) -> Outcome:
    for track, structure in structures(facts):
        if not structure.segments and counting(structure).broken is None:
            yield hit("MXF-042.none", file=track.name)
            continue
        if any(not each.raw.whole for each in structure.segments):
            continue
        position = 0
        constant = 0
        for segment in structure.segments:
            start, duration = segment.get("index_start_position"), segment.get("index_duration")
            constant += bool(segment.get("edit_unit_byte_count"))
            if start is None or duration is None:
                continue
            if start != position:
                yield odd("MXF-042.value", track, segment, "index_start_position", position)
                break
            position = start + duration
        if constant and len(structure.segments) > 1:
            yield hit(
                "MXF-042.mixed",
                file=track.name,
                place=byte(structure.segments[0].raw.offset),
                severity="warning",
                count=len(structure.segments),
            )


def _entries(segment: SetView) -> tuple[list[tuple[int, int, int, int]], bool]:
    """The entries of a segment, and whether their count and size fill the item."""
    data = segment.get("index_entry_array")
    if data is None:
        return [], True
    if len(data) < DELTA_HEAD:
        return [], False
    count, size = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
    if count == 0:
        return [], len(data) == DELTA_HEAD and size in (0, ENTRY.size)
    if size != ENTRY.size:
        return [], False
    whole = count * size == len(data) - DELTA_HEAD
    fits = (len(data) - DELTA_HEAD) // size * size
    return list(ENTRY.iter_unpack(data[DELTA_HEAD : DELTA_HEAD + fits])), whole


def _bases(structure: Structure) -> tuple[int, list[tuple[int, int]]]:
    """The stream's partitions as (offset in the stream, offset in the file) of their first byte."""
    body, _ = streams(structure)
    found: list[tuple[int, int]] = []
    position = 0
    for number, partition in enumerate(structure.partitions):
        pack = partition.pack.partition
        after = structure.partitions[number + 1 : number + 2]
        essence = (after[0].pack.offset if after else partition.end) - partition.end
        if pack.kind in ("header", "body") and essence > 0 and (pack.body_sid == body or not found):
            found.append((position, partition.end))
            position += essence
    return position, found


def _moved(bases: list[tuple[int, int]], offset: int) -> int:
    """Where a stream offset lies in the file."""
    last = bases[0]
    for each in bases:
        if each[0] <= offset:
            last = each
    return last[1] + offset - last[0]


def _tables(facts: PackageFacts) -> Iterator[tuple[TrackFacts, Structure, Chain, list[tuple[int, int]]]]:
    chains = {track.asset_id: chain for track, chain in CHAIN.of(facts)}
    for track, structure in structures(facts):
        chain = chains.get(track.asset_id)
        done = facts.passes.get(track.asset_id)
        _, bases = _bases(structure)
        broken = any(each.broken is not None for each in structure.partitions)
        if chain is not None and chain.starts and bases and done is not None and done.complete and not broken:
            yield track, structure, chain, bases


@structure_rule("MXF-043", severity="error", clause="ST 377-1")
def entries_lead(facts: PackageFacts) -> Outcome:
    for track, structure, chain, bases in _tables(facts):
        wrong = Frames()
        first: tuple[int, int] | None = None
        position = 0
        for segment in structure.segments:
            if segment.get("edit_unit_byte_count"):
                continue
            found, whole = _entries(segment)
            if not whole:
                yield hit("MXF-043.form", file=track.name, place=byte(segment.at("index_entry_array")))
            for _, _, _, offset in found:
                stands = chain.starts[position] if position < len(chain.starts) else None
                moved = _moved(bases, offset)
                if stands is not None and moved != stands and not chain.broken:
                    wrong.add(position)
                    first = first or (moved, stands)
                position += 1
        if wrong and first is not None:
            yield hit(
                "MXF-043.offset",
                file=track.name,
                place=wrong,
                count=len(wrong),
                found=first[0],
                wanted=first[1],
            )


@structure_rule("MXF-044", severity="error", clause="ST 377-1")
def unit_size(facts: PackageFacts) -> Outcome:
    for track, structure, chain, bases in _tables(facts):
        header = track.header
        assert header is not None
        starts = chain.starts
        end = _end(structure, starts[-1])
        for segment in structure.segments:
            size = segment.get("edit_unit_byte_count")
            if size is None:
                continue
            if header.essence != "sound":
                if size:
                    yield odd("MXF-044.value", track, segment, "edit_unit_byte_count", 0)
                continue
            if not size:
                if not _entries(segment)[0]:
                    yield odd("MXF-044.value", track, segment, "edit_unit_byte_count", end - starts[-1])
                continue
            if chain.broken:
                continue
            expected = starts[1] - starts[0] if len(starts) > 1 else end - starts[0]
            uneven = [
                number for number in range(len(starts)) if starts[number] != _moved(bases, number * expected)
            ]
            if uneven:
                frames = Frames()
                for number in uneven:
                    frames.add(number)
                yield hit("MXF-044.uneven", file=track.name, place=frames, count=len(uneven))
            elif size != expected:
                yield odd("MXF-044.value", track, segment, "edit_unit_byte_count", expected)
            if segment.get("index_entry_array") not in (None, bytes(8), bytes(7) + b"\x0b"):
                yield odd("MXF-044.value", track, segment, "index_entry_array", None, "warning")


def _end(structure: Structure, start: int) -> int:
    """Where the partition ends in which a KLV begins."""
    later = [each.pack.offset for each in structure.partitions if each.pack.offset > start]
    return min(later) if later else structure.partitions[-1].end


@structure_rule("MXF-045", severity="warning", clause="ST 377-1")
def rate_and_streams(facts: PackageFacts) -> Outcome:
    for track, structure in structures(facts):
        body, index = streams(structure)
        wanted = rate_of(track, structure)
        for segment in structure.segments:
            rate = segment.get("index_edit_rate")
            if rate is not None and rate.fraction != wanted:
                yield odd("MXF-045.value", track, segment, "index_edit_rate", wanted)
            if segment.get("body_sid") not in (None, body):
                yield odd("MXF-045.value", track, segment, "body_sid", body)
            if segment.get("index_sid") not in (None, index):
                yield odd("MXF-045.value", track, segment, "index_sid", index)


@structure_rule("MXF-046", severity="error", clause="ST 377-1")
def index_duration(facts: PackageFacts) -> Outcome:
    """Of sound 0 is none given; a timed text has an entry for its document."""
    for track, structure in structures(facts):
        header = track.header
        assert header is not None
        if any(not each.raw.whole or each.undeclared for each in structure.segments):
            continue
        total: int | None = 0
        for segment in structure.segments:
            duration = segment.get("index_duration")
            if duration is None or total is None:
                continue
            total += duration
            found, whole = _entries(segment)
            if not segment.get("edit_unit_byte_count") and whole and len(found) != duration:
                yield odd("MXF-046.value", track, segment, "index_duration", len(found))
                total = None
        constant = any(segment.get("edit_unit_byte_count") for segment in structure.segments)
        wanted = {header.container_duration}
        if header.essence == "timed_text":
            wanted = {1, header.container_duration}
        elif constant:
            wanted |= {0}
        if structure.segments and total is not None and total not in wanted and header.essence != "unknown":
            yield odd(
                "MXF-046.value",
                track,
                structure.segments[-1],
                "index_duration",
                max(wanted),
                "warning" if constant else None,
                value=total,
            )


@structure_rule("MXF-047", severity="warning", clause="ST 377-1")
def slices(facts: PackageFacts) -> Outcome:
    for track, structure in structures(facts):
        for segment in structure.segments:
            for name in ("slice_count", "pos_table_count"):
                if segment.get(name) not in (None, 0):
                    yield odd("MXF-047.value", track, segment, name, 0)
            delta = segment.get("delta_entry_array")
            if delta is None:
                continue
            if delta != _ONE_DELTA:
                severity: Severity | None = "info" if delta == _PLAYED_IN_ORDER else None
                yield odd("MXF-047.value", track, segment, "delta_entry_array", _ONE_DELTA, severity)


_ONE_DELTA = bytes((0, 0, 0, 1, 0, 0, 0, 6)) + bytes(6)
_PLAYED_IN_ORDER = _ONE_DELTA[:8] + b"\xff" + bytes(5)
"""With a PosTableIndex of -1, as older files have it."""


@structure_rule("MXF-048", severity="info", clause="ST 377-1")
def flags(facts: PackageFacts) -> Outcome:
    """Flags of 0 are seen in many files; some readers refuse them."""
    for track, structure in structures(facts):
        plain, moved, position = Frames(), Frames(), 0
        for segment in structure.segments:
            for temporal, key_frame, flag, _ in _entries(segment)[0]:
                if flag != FLAG_RANDOM_ACCESS:
                    plain.add(position)
                if temporal or key_frame:
                    moved.add(position)
                position += 1
        if plain:
            yield hit("MXF-048.flags", file=track.name, place=plain, count=len(plain))
        if moved:
            severity: Severity = "warning"
            yield hit("MXF-048.order", file=track.name, place=moved, severity=severity, count=len(moved))
