"""Auxiliary data and immersive sound: what headers tell, and the frames that are in the form of ST 2098-2."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dcp.errors import SourceError
from dcp.mxf.descriptors import AuxDescriptor
from dcp.mxf.reader import Unit
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.frames import Frames
from dcp.verify.rule import Hit, Outcome, Skip, UnitCheck, hit, judged, package_rule, unit_rule

if TYPE_CHECKING:
    from dcp.auxdata.contents import Contents
    from dcp.auxdata.iab import FrameHeader

judged("IMM-006", severity="error", clause="ST 2098-2")
judged("IMM-007", severity="error", clause="ST 429-18 7.2.3")
judged("IMM-008", severity="error", clause="ST 2098-2")
judged("IMM-009", severity="error", clause="ST 429-18")
judged("IMM-010", severity="error", clause="ST 2098-2")
MOST_CHANNELS, MOST_OBJECTS = 64, 118
"""What a header of immersive sound may count: no system takes more channels of beds, or more objects."""
_RULES = {
    "iab.other-rate": "IMM-006",
    "aux.frames-differ": "IMM-006",
    "iab.depth": "IMM-007",
    "iab.sound-twice": "IMM-008",
    "iab.sound-without-number": "IMM-008",
    "iab.sound-absent": "IMM-008",
    "iab.max-rendered": "IMM-010",
}
"""Of the fault in a frame; any other is that it is not whole (IMM-005)."""


def _aux(facts: PackageFacts) -> Iterator[tuple[TrackFacts, AuxDescriptor]]:
    for track in facts.tracks.values():
        if track.header is not None and isinstance(track.header.descriptor, AuxDescriptor):
            yield track, track.header.descriptor


@package_rule("IMM-001", severity="error", clause="ST 429-18 11")
def one_coding(facts: PackageFacts) -> Outcome:
    described = {track.asset_id: descriptor for track, descriptor in _aux(facts)}
    for reference in facts.references():
        descriptor = described.get(reference.asset.id)
        stated = reference.asset.data_type
        if descriptor is None or stated is None or descriptor.data_essence_coding is None:
            continue
        in_file = bytes(descriptor.data_essence_coding)
        wanted = stated.lower().removeprefix("urn:smpte:ul:").replace(".", "")
        # byte 8 of a label is the version of its register and tells nothing about what it names
        if wanted[:14] + wanted[16:] != in_file.hex()[:14] + in_file.hex()[16:]:
            yield hit(
                "IMM-001.coding",
                file=reference.file,
                place=reference.place,
                stated=stated,
                found=in_file.hex(),
            )


@package_rule("IMM-002", severity="warning")
def most_channels(facts: PackageFacts) -> Outcome:
    for track, descriptor in _aux(facts):
        count = descriptor.max_channel_count
        if descriptor.immersive and count is not None and count > MOST_CHANNELS:
            yield hit("IMM-002.header", file=track.name, count=count, most=MOST_CHANNELS)


@package_rule("IMM-003", severity="warning")
def most_objects(facts: PackageFacts) -> Outcome:
    for track, descriptor in _aux(facts):
        count = descriptor.max_object_count
        if descriptor.immersive and count is not None and count > MOST_OBJECTS:
            yield hit("IMM-003.header", file=track.name, count=count, most=MOST_OBJECTS)


@package_rule("IMM-004", severity="info", clause="ST 429-18")
def named(facts: PackageFacts) -> Outcome:
    for track, descriptor in _aux(facts):
        atmos = descriptor.atmos_id is not None
        yield hit("IMM-004.atmos", file=track.name) if atmos else hit("IMM-004.data", file=track.name)


@unit_rule("IMM-005", severity="error", clause="ST 2098-2")
def frames_hold(track: TrackFacts) -> UnitCheck | None:
    """Reads every frame to its elements, and brings in the findings of all the judged ids above.

    A track whose first frame is in another form is left alone: Dolby's own may be.
    """
    header = track.header
    if header is None or header.essence != "atmos" or not track.readable:
        return None
    from dcp.auxdata.contents import check_contents, contents
    from dcp.auxdata.iab import check_for_cinema, looks_like_iab, outline

    rate = header.edit_rate
    found: dict[str, tuple[SourceError, Frames]] = {}
    more: dict[str, tuple[int, int, Frames]] = {}
    declared = header.descriptor
    first: list[FrameHeader | None] = []

    def check(unit: Unit | None) -> Iterable[Hit | Skip]:
        if unit is None:
            for error, frames in found.values():
                rule = _RULES.get(error.id or "", "IMM-005")
                yield Hit(error, file=track.name, place=frames, rule=rule)
            for id, (count, most, where) in more.items():
                rule = id.partition(".")[0]
                yield hit(id, file=track.name, place=where, rule=rule, count=count, most=most)
            return
        if unit.fault is not None or (first and first[0] is None):
            return
        try:
            if not first and not looks_like_iab(unit.data):
                first.append(None)
                return
            held = outline(unit.data)
            if not first:
                first.append(held.header)
            check_for_cinema(held, len(unit.data), rate)
            if first[0] is not None and first[0].form != held.header.form:
                raise SourceError("aux.frames-differ")
            inside = contents(unit.data, held)
            check_contents(inside, held.header.max_rendered)
            for id, count, allowed in _counts(declared, inside):
                if allowed is not None and count > allowed:
                    highest, _, where = more.setdefault(id, (count, allowed, Frames()))
                    where.add(unit.index)
                    more[id] = max(highest, count), allowed, where
        except SourceError as error:
            found.setdefault(error.id or "", (error, Frames()))[1].add(unit.index)
        return

    return check


def _counts(declared: object, inside: Contents) -> Iterator[tuple[str, int, int | None]]:
    """What a frame holds of each kind, and how much the header says that it may."""
    if isinstance(declared, AuxDescriptor):
        yield "IMM-002.frames", inside.channels, declared.max_channel_count
        yield "IMM-003.frames", len(inside.objects), declared.max_object_count
