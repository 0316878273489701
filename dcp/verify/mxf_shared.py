"""What the rules over the structure of track files have in common: whom they look at, and how they say it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any
from uuid import UUID

from dcp.mxf import sets
from dcp.mxf.items import Rational
from dcp.mxf.labels import UL
from dcp.mxf.structure import PartitionRead, SetView, Structure, View
from dcp.texts.catalogue import Text, text
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.finding import Severity
from dcp.verify.rule import Hit, Outcome, hit, package_rule

KLV_FORM = 4
NOBODY = UUID(int=0)
REFERENCES: Mapping[str, tuple[type[sets.HeaderSet], ...]] = {
    "identifications": (sets.Identification,),
    "content_storage": (sets.ContentStorage,),
    "packages": (sets.GenericPackage,),
    "essence_container_data": (sets.EssenceContainerData,),
    "tracks": (sets.GenericTrack,),
    "descriptor": (sets.FileDescriptor,),
    "sequence": (sets.StructuralComponent,),
    "structural_components": (sets.StructuralComponent,),
    "dm_framework": (sets.CryptographicFramework,),
    "context_sr": (sets.CryptographicContext,),
    "sub_descriptors": (sets.HeaderSet,),
}
"""The items that refer strongly to other sets, and to which."""


def structure_rule(
    id: str, *, severity: Severity | None, clause: str | None = None
) -> Callable[[Callable[[PackageFacts], Outcome]], Callable[[PackageFacts], Outcome]]:
    """A `package_rule` that says no more than MOST things of a file, and how many it did not say."""

    def register(check: Callable[[PackageFacts], Outcome]) -> Callable[[PackageFacts], Outcome]:
        def some(facts: PackageFacts) -> Outcome:
            counted: Counter[str | None] = Counter()
            for each in check(facts):
                if isinstance(each, Hit):
                    counted[each.file] += 1
                    if counted[each.file] > MOST:
                        continue
                yield each
            for file, count in counted.items():
                if count > MOST:
                    yield hit("MXF.more-of-these", file=file, count=count - MOST)

        return package_rule(id, severity=severity, clause=clause)(some)

    return register


MOST = 50


def structures(facts: PackageFacts) -> Iterator[tuple[TrackFacts, Structure]]:
    for track in facts.tracks.values():
        if track.structure is not None and track.header is not None:
            yield track, track.structure


def judged(facts: PackageFacts) -> Iterator[tuple[TrackFacts, Structure]]:
    """Those whose header metadata can be gone into: a primer is there and they do not break off."""
    for track, structure in structures(facts):
        partition = counting(structure)
        if partition.broken is None and partition.primers:
            yield track, structure


def views(facts: PackageFacts) -> Iterator[tuple[TrackFacts, View]]:
    for track, structure in judged(facts):
        yield track, structure.metadata


def every_set(structure: Structure) -> tuple[SetView, ...]:
    """The header's and the index table's."""
    return (*structure.metadata.sets, *structure.segments)


def counting(structure: Structure) -> PartitionRead:
    """The partition whose sets count."""
    first = structure.metadata.sets[0].raw if structure.metadata.sets else None
    for partition in structure.partitions:
        if first is not None and any(each is first for each in partition.content):
            return partition
    return structure.header


def byte(offset: int) -> Text:
    return text("place.byte", byte=offset)


def spelled(name: str) -> str:
    """An item's name as the standard spells it, more or less."""
    return "".join(part.upper() if part in _WHOLE else part.title() for part in name.split("_"))


_WHOLE = {"uid", "id", "sid", "dm", "mca", "ucs", "uri", "sr"}


def odd(
    id: str,
    track: TrackFacts,
    found: SetView,
    name: str,
    wanted: object,
    severity: Severity | None = None,
    *,
    value: object = None,
) -> Hit:
    """A finding that an item has not the value that belongs there."""
    has = found.get(name) if value is None else value
    return hit(
        id,
        file=track.name,
        place=byte(found.at(name)),
        severity=severity,
        set=found.name,
        item=spelled(name),
        found=shown(has),
        wanted=shown(wanted),
    )


def shown(value: Any) -> object:
    if value is None:
        return text("word.none")
    if isinstance(value, Text | UL | UUID | str):
        return value
    if isinstance(value, Rational):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, bytes):
        return value.hex() if len(value) <= 40 else value[:40].hex() + "..."
    if isinstance(value, tuple):
        return ", ".join(map(str, value[:20])) or text("word.none")
    return value


def references(found: SetView) -> Iterator[tuple[str, UUID]]:
    for name in REFERENCES:
        value = found.get(name)
        if isinstance(value, UUID):
            yield name, value
        elif isinstance(value, tuple):
            for each in value:
                yield name, each


def _leads(name: str, reference: UUID, target: SetView | None) -> bool:
    """Whether a reference leads to a set of its kind."""
    if name == "dm_framework" and reference == NOBODY:
        return True  # in asdcplib's timed text
    if target is None:
        return False
    return target.is_a(*REFERENCES[name]) or (target.kind is None and name == "sub_descriptors")


def dangling(view: View) -> list[tuple[SetView, str, UUID, SetView | None]]:
    """References that lead to no set, or to one of the wrong kind. Found out once."""
    if "dangling" not in view.kept:
        view.kept["dangling"] = [
            (found, name, reference, target)
            for found in view.sets
            for name, reference in references(found)
            if not _leads(name, reference, target := view.find(reference))
        ]
    result: list[tuple[SetView, str, UUID, SetView | None]] = view.kept["dangling"]
    return result


def streams(structure: Structure) -> tuple[int | None, int | None]:
    """(BodySID, IndexSID) of the essence and its index, as most of those say who name them."""
    bodies: list[int] = []
    indexes: list[int] = []
    for each in (*structure.metadata.of(sets.EssenceContainerData), *structure.segments):
        bodies += [each.get("body_sid")] if each.get("body_sid") is not None else []
        indexes += [each.get("index_sid")] if each.get("index_sid") is not None else []
    for partition in structure.partitions:
        pack = partition.pack.partition
        if pack.kind in ("header", "body") and pack.body_sid:
            bodies.append(pack.body_sid)
        if partition.index:
            indexes.append(pack.index_sid)
    if structure.random_index is not None:
        kinds = {each.pack.offset: each.pack.partition.kind for each in structure.partitions}
        bodies += [
            sid
            for sid, offset in structure.random_index.pairs
            if sid and kinds.get(offset) in ("header", "body")
        ]
    body = Counter(bodies).most_common(1)
    index = Counter(indexes).most_common(1)
    return (body[0][0] if body else None), (index[0][0] if index else None)


def rate_of(track: TrackFacts, structure: Structure) -> Fraction:
    """The edit rate, as most of those say who name it."""
    assert track.header is not None
    found = [
        rate.fraction
        for each in (*structure.metadata.of(sets.Track), *structure.segments)
        for name in ("edit_rate", "index_edit_rate")
        if (rate := each.get(name)) is not None and rate.fraction is not None
    ]
    most: Fraction = Counter([track.header.edit_rate, *found]).most_common(1)[0][0]
    return most


def source_id(view: View) -> bytes | None:
    """The file package's id, as most of those say who name it."""
    source = view.first(sets.SourcePackage)
    found = [source.get("package_uid")] if source is not None else []
    found += [each.get("linked_package_uid") for each in view.of(sets.EssenceContainerData)]
    found += [each.get("source_package_id") for each in view.of(sets.SourceClip)]
    named = [each for each in found if each is not None and any(each)]
    return Counter(named).most_common(1)[0][0] if named else None


def essence_bytes(structure: Structure, number: int) -> int:
    """Bytes of essence in a partition."""
    partition = structure.partitions[number]
    after = structure.partitions[number + 1 : number + 2]
    return (after[0].pack.offset if after else partition.end) - partition.end


def resource_sids(structure: Structure) -> set[int]:
    """The streams in which resources of a timed text lie."""
    named = {each.get("body_sid") for each in structure.metadata.of(sets.TimedTextResourceSubDescriptor)}
    return {each for each in named if each is not None}


def body_sids(structure: Structure, number: int, body: int | None, resources: set[int]) -> set[int]:
    """What may stand as BodySID of a partition. body: that of the essence."""
    pack = structure.partitions[number].pack.partition
    if pack.kind == "generic_stream":
        return resources
    if essence_bytes(structure, number) <= 0:
        return {0, body or 0} if pack.kind == "body" else {0}
    return {body} if body is not None else {pack.body_sid}
