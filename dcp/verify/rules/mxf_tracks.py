"""Packages of track files from their tracks on: sequences, clips, timecode, and what encryption adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from uuid import UUID

from dcp.dataclass import dataclass
from dcp.mxf import labels, sets
from dcp.mxf.element import element_of
from dcp.mxf.header import TrackHeader
from dcp.mxf.labels import UL, same
from dcp.mxf.structure import SetView, View
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.finding import Severity
from dcp.verify.mxf_shared import (
    byte,
    dangling,
    odd,
    rate_of,
    source_id,
    structure_rule,
    views,
)
from dcp.verify.rule import Outcome, hit

DEFINITIONS: Mapping[str, UL] = {
    "picture": labels.DATA_PICTURE,
    "stereo_picture": labels.DATA_PICTURE,
    "sound": labels.DATA_SOUND,
    "timed_text": labels.DATA_DATA,
    "aux_data": labels.DATA_DATA,
    "atmos": labels.DATA_DATA,
}
IDS = {"timecode": 1, "essence": 2, "descriptive": 3}
NO_LABEL = UL(bytes(16))
NO_PACKAGE = bytes(32)


@dataclass(frozen=True)
class Line:
    """A track of a package with its sequence and the components. role: timecode, essence or descriptive.
    whole: all that it refers to is there."""

    package: SetView
    track: SetView
    sequence: SetView | None
    components: tuple[SetView, ...]
    role: str
    whole: bool

    @property
    def in_source(self) -> bool:
        return self.package.is_a(sets.SourcePackage)

    @property
    def parts(self) -> tuple[SetView, ...]:
        return (*((self.sequence,) if self.sequence is not None else ()), *self.components)


def lines(view: View) -> Iterator[Line]:
    """The tracks of all packages, as far as the references lead."""
    for package in view.of(sets.GenericPackage):
        for track in view.found(package.get("tracks")):
            if not track.is_a(sets.GenericTrack):
                continue
            sequence = view.find(track.get("sequence"))
            named = sequence.get("structural_components") if sequence is not None else None
            components = tuple(each for each in view.found(named) if each.is_a(sets.StructuralComponent))
            whole = named is not None and len(named) == len(components) > 0
            if track.is_a(sets.StaticTrack):
                role = "descriptive"
            elif any(each.is_a(sets.TimecodeComponent) for each in components):
                role = "timecode"
            else:
                role = "essence"
            yield Line(package, track, sequence, components, role, whole)


def _each(facts: PackageFacts) -> Iterator[tuple[TrackFacts, TrackHeader, View, Line]]:
    for track, view in views(facts):
        assert track.header is not None
        for line in lines(view):
            if line.whole:
                yield track, track.header, view, line


@structure_rule("MXF-023", severity="warning", clause="ST 429-3")
def definitions(facts: PackageFacts) -> Outcome:
    for track, header, _, line in _each(facts):
        essence = DEFINITIONS.get(header.essence)
        wanted = {
            "timecode": labels.DATA_TIMECODE,
            "descriptive": labels.DATA_DESCRIPTIVE,
            "essence": essence,
        }[line.role]
        if wanted is None:
            continue
        for part in line.parts:
            found = part.get("data_definition")
            if found is None or bytes(found) == bytes(wanted):
                continue
            if bytes(found) in _OF_SEGMENTS and any(each.is_a(sets.DMSegment) for each in line.components):
                severity: Severity | None = "info"
            else:
                severity = None
            yield odd("MXF-023.value", track, part, "data_definition", wanted, severity)


_OF_SEGMENTS = {
    bytes(each) for each in (NO_LABEL, labels.DATA_DATA, labels.DATA_PICTURE, labels.DATA_DESCRIPTIVE)
}
"""What files have in segments of descriptive metadata, most of it wrong and passed over by all."""


@structure_rule("MXF-024", severity="warning", clause="ST 377-1")
def ids_and_numbers(facts: PackageFacts) -> Outcome:
    for track, view in views(facts):
        header = track.header
        assert header is not None
        seen: set[tuple[int, object]] = set()
        for line in lines(view):
            number, id = line.track.get("track_number"), line.track.get("track_id")
            if (line.package.raw.offset, id) in seen:
                yield hit("MXF-024.twice", file=track.name, place=byte(line.track.at("track_id")), number=id)
            elif id is not None and line.whole and id != IDS[line.role]:
                severity: Severity = "warning" if id == 0 else "info"
                yield odd("MXF-024.value", track, line.track, "track_id", IDS[line.role], severity)
            seen.add((line.package.raw.offset, id))
            wanted = _numbers(header, line) if line.whole else set()
            if number is not None and wanted and number not in wanted:
                yield odd("MXF-024.value", track, line.track, "track_number", min(wanted, key=lambda n: -n))
        if any(dangling(view)) or any(each.kind is None or each.undeclared for each in view.sets):
            continue
        roles = [(line.in_source, line.role) for line in lines(view)]
        for place in ((False, "essence"), (True, "essence"), (False, "timecode"), (True, "timecode")):
            if place not in roles and any(in_source == place[0] for in_source, _ in roles):
                yield hit(
                    "MXF-024.no-essence" if place[1] == "essence" else "MXF-024.no-timecode",
                    file=track.name,
                    severity="error" if place == (True, "essence") else "warning",
                    set="SourcePackage" if place[0] else "MaterialPackage",
                )


def _numbers(header: TrackHeader, line: Line) -> set[int]:
    """What stands as TrackNumber: of the essence the end of its key, 0 in timed text of asdcplib, 1 in Atmos
    files of Dolby's."""
    if line.role != "essence" or not line.in_source:
        return {0}
    element = element_of(header.container)
    if element is None:
        return set()
    number = int.from_bytes(element[12:], "big")
    return {number, 0} if header.essence == "timed_text" else {number}


@structure_rule("MXF-025", severity="warning", clause="ST 429-3")
def rates(facts: PackageFacts) -> Outcome:
    usual: dict[UUID, Fraction] = {}
    for track, header, _, line in _each(facts):
        assert track.structure is not None
        if track.asset_id not in usual:
            usual[track.asset_id] = rate_of(track, track.structure)
        rate, wanted = line.track.get("edit_rate"), usual[track.asset_id]
        if rate is not None and rate.fraction != wanted:
            yield odd("MXF-025.value", track, line.track, "edit_rate", wanted)
        if line.track.get("origin") not in (None, 0):
            yield odd("MXF-025.value", track, line.track, "origin", 0)
        for part in line.components:
            base = part.get("rounded_timecode_base")
            whole = round(wanted)
            if base is not None and base not in (whole, whole * header.units_per_edit_unit):
                yield odd("MXF-025.value", track, part, "rounded_timecode_base", whole)
            if part.get("drop_frame"):
                yield odd("MXF-025.value", track, part, "drop_frame", 0)


@structure_rule("MXF-026", severity="warning", clause="ST 429-3")
def durations(facts: PackageFacts) -> Outcome:
    """The descriptor's is the measure. What describes may have none; 0 is seen there and passed over."""
    for track, header, _, line in _each(facts):
        wanted = header.container_duration
        for part in line.parts:
            found = part.get("duration")
            if found is None or found == wanted:
                continue
            idle = found == 0 and (line.role != "essence" or part.is_a(sets.DMSegment))
            unsaid = header.essence == "timed_text" and not wanted
            yield odd("MXF-026.value", track, part, "duration", wanted, "info" if idle or unsaid else None)


@structure_rule("MXF-027", severity="warning", clause="ST 429-3")
def starts(facts: PackageFacts) -> Outcome:
    for track, _, _, line in _each(facts):
        for part in line.components:
            for name in ("start_position", "event_start_position"):
                if part.get(name) not in (None, 0):
                    yield odd("MXF-027.value", track, part, name, 0)
            start = part.get("start_timecode")
            if start is not None and start != 0:
                severity: Severity = "info" if 0 < start < 24 * 3600 * 120 else "warning"
                yield odd("MXF-027.value", track, part, "start_timecode", 0, severity)


@structure_rule("MXF-028", severity="warning", clause="ST 429-3")
def sources(facts: PackageFacts) -> Outcome:
    for track, view in views(facts):
        found = [line for line in lines(view) if line.whole]
        uid = source_id(view)
        essence = next((each.track for each in found if each.in_source and each.role == "essence"), None)
        for line in found:
            for clip in line.components:
                if not clip.is_a(sets.SourceClip):
                    continue
                wanted_id = NO_PACKAGE if line.in_source else uid
                wanted_track = 0 if line.in_source else (essence.get("track_id") if essence else None)
                stated, number = clip.get("source_package_id"), clip.get("source_track_id")
                if wanted_id is not None and stated not in (None, wanted_id):
                    yield odd("MXF-028.value", track, clip, "source_package_id", wanted_id)
                if wanted_track is not None and number not in (None, wanted_track):
                    yield odd("MXF-028.value", track, clip, "source_track_id", wanted_track)


@structure_rule("MXF-033", severity="error", clause="ST 429-6")
def encryption(facts: PackageFacts) -> Outcome:
    for track, view in views(facts):
        header = track.header
        assert header is not None
        for found in view.of(sets.CryptographicContext):
            container = found.get("source_essence_container")
            if container is not None and header.container is not None and container != header.container:
                yield odd("MXF-033.value", track, found, "source_essence_container", header.container)
            cipher, mic = found.get("cipher_algorithm"), found.get("mic_algorithm")
            if cipher is not None and cipher != labels.CIPHER_AES_128_CBC:
                yield odd("MXF-033.value", track, found, "cipher_algorithm", labels.CIPHER_AES_128_CBC)
            if mic is not None and mic not in (labels.MIC_HMAC_SHA1, labels.MIC_NONE):
                yield odd("MXF-033.value", track, found, "mic_algorithm", labels.MIC_HMAC_SHA1)
            for name in ("context_id", "cryptographic_key_id"):
                if found.get(name) == UUID(int=0):
                    yield odd("MXF-033.value", track, found, name, "urn:uuid:...")
        lost = any(dangling(view)) or any(each.kind is None for each in view.sets)
        if header.encrypted and not lost and not any(line.role == "descriptive" for line in lines(view)):
            yield hit("MXF-033.no-track", file=track.name, severity="warning")


@structure_rule("MXF-035", severity="warning", clause="ST 429-3")
def descriptor(facts: PackageFacts) -> Outcome:
    for track, view in views(facts):
        header = track.header
        assert header is not None
        found = view.first(sets.FileDescriptor)
        if found is None:
            continue
        known = element_of(header.container) is not None
        kinds = _DESCRIPTORS.get(header.essence)
        if known and kinds is not None and not found.is_a(*kinds):
            yield hit(
                "MXF-035.kind",
                file=track.name,
                place=byte(found.raw.offset),
                severity="error",
                set=found.name,
                wanted=kinds[0].__name__,
            )
        stated = found.get("essence_container")
        exact = _registered(stated) if stated is not None else None
        if stated is not None and exact is not None and stated != exact:
            yield odd("MXF-035.value", track, found, "essence_container", exact)
        rate = found.get("sample_rate")
        assert track.structure is not None
        usual = rate_of(track, track.structure)
        wanted = usual * header.units_per_edit_unit
        if rate is not None and rate.fraction not in (wanted, usual):
            yield odd("MXF-035.value", track, found, "sample_rate", wanted)
        elif rate is not None and rate.fraction != wanted:
            yield odd("MXF-035.value", track, found, "sample_rate", wanted, "info")
        essence = next(
            (line.track for line in lines(view) if line.whole and line.in_source and line.role == "essence"),
            None,
        )
        linked = found.get("linked_track_id")
        if essence is not None and linked not in (None, essence.get("track_id")):
            yield odd("MXF-035.value", track, found, "linked_track_id", essence.get("track_id"))


_DESCRIPTORS: Mapping[str, tuple[type[sets.HeaderSet], ...]] = {
    "picture": (sets.RGBAEssenceDescriptor, sets.CDCIEssenceDescriptor, sets.MPEG2VideoDescriptor),
    "stereo_picture": (sets.RGBAEssenceDescriptor,),
    "sound": (sets.WaveAudioDescriptor,),
    "timed_text": (sets.TimedTextDescriptor,),
    "aux_data": (sets.DCDataDescriptor,),
    "atmos": (sets.PrivateDCDataDescriptor, sets.DCDataDescriptor),
}


def _registered(label: UL) -> UL | None:
    return next((each for each in labels.LABELS.values() if same(each, label)), None)
