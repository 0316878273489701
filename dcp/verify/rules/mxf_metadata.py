"""Header metadata of track files: the primer, the sets, what refers to what, packages, tracks and clips.

Readers built on asdcplib look for sets by their kind and for items by the primer; others follow the
references. What stops either weighs as an error, what all pass over as a warning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from dcp.mxf import labels, sets
from dcp.mxf.items import IDS, ISO7, LABELS, TIMESTAMP, UTF16, Rational
from dcp.mxf.labels import UL, any_version
from dcp.mxf.metadata import DYNAMIC_TAGS
from dcp.mxf.structure import PartitionRead, RawSet, SetView, Structure, View
from dcp.mxf.structure.view import items_of
from dcp.texts.catalogue import Text, text
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.finding import Severity
from dcp.verify.rule import Hit, Outcome, hit, package_rule
from dcp.verify.rules.mxf_partitions import byte, structures

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

ONCE: tuple[type[sets.HeaderSet], ...] = (
    sets.Preface,
    sets.ContentStorage,
    sets.EssenceContainerData,
    sets.MaterialPackage,
    sets.SourcePackage,
    sets.FileDescriptor,
)
NEEDED: Mapping[type[sets.HeaderSet], tuple[str, ...]] = {
    sets.Preface: (
        "last_modified_date", "version", "identifications", "content_storage", "operational_pattern",
        "essence_containers", "dm_schemes",
    ),
    sets.Identification: (
        "this_generation_uid", "company_name", "product_name", "version_string", "product_uid",
        "modification_date",
    ),
    sets.ContentStorage: ("packages",),
    sets.EssenceContainerData: ("linked_package_uid", "body_sid"),
    sets.GenericPackage: ("package_uid", "package_creation_date", "package_modified_date", "tracks"),
    sets.SourcePackage: ("descriptor",),
    sets.GenericTrack: ("track_id", "track_number", "sequence"),
    sets.Track: ("edit_rate", "origin"),
    sets.StructuralComponent: ("data_definition",),
    sets.Sequence: ("structural_components",),
    sets.TimecodeComponent: ("duration", "rounded_timecode_base", "start_timecode", "drop_frame"),
    sets.SourceClip: ("duration", "start_position", "source_package_id", "source_track_id"),
    sets.CryptographicFramework: ("context_sr",),
    sets.CryptographicContext: (
        "context_id", "source_essence_container", "cipher_algorithm", "mic_algorithm", "cryptographic_key_id",
    ),
    sets.FileDescriptor: ("sample_rate", "essence_container", "container_duration", "linked_track_id"),
    sets.PictureEssenceDescriptor: (
        "stored_width", "stored_height", "aspect_ratio", "picture_essence_coding",
    ),
    sets.WaveAudioDescriptor: (
        "audio_sampling_rate", "channel_count", "quantization_bits", "block_align", "avg_bps",
    ),
    sets.MCALabelSubDescriptor: ("mca_label_dictionary_id", "mca_link_id", "mca_tag_symbol"),
    sets.AudioChannelLabelSubDescriptor: ("mca_channel_id",),
    sets.TimedTextDescriptor: ("resource_id", "ucs_encoding", "namespace_uri"),
    sets.TimedTextResourceSubDescriptor: ("ancillary_resource_id", "mime_media_type", "body_sid"),
    sets.DCDataDescriptor: ("data_essence_coding",),
    sets.PrivateDCDataDescriptor: ("data_essence_coding",),
    sets.DolbyAtmosSubDescriptor: (
        "atmos_id", "first_frame", "max_channel_count", "max_object_count", "atmos_version",
    ),
    sets.JPEG2000PictureSubDescriptor: (
        "rsize", "xsize", "ysize", "x_osize", "y_osize", "x_tsize", "y_tsize", "x_tosize", "y_tosize",
        "csize", "picture_component_sizing", "coding_style_default", "quantization_default",
    ),
    sets.IndexTableSegment: (
        "index_edit_rate", "index_start_position", "index_duration", "edit_unit_byte_count", "index_sid",
        "body_sid", "slice_count",
    ),
}  # fmt: skip
"""What a set of a track file cannot do without."""

GRAVE = {
    "package_uid", "descriptor", "edit_rate", "sample_rate", "container_duration", "essence_container",
    "audio_sampling_rate", "channel_count", "quantization_bits", "block_align", "stored_width",
    "stored_height", "context_id", "cipher_algorithm", "mic_algorithm", "cryptographic_key_id", "resource_id",
    "ancillary_resource_id", "edit_unit_byte_count", "index_duration",
}  # fmt: skip

UMID_STEM = bytes.fromhex("060a2b340101010501010f2013000000")
_VARIANTS = {
    bytes(labels.INTEROP_SUB_DESCRIPTORS),
    bytes.fromhex("060e2b34010101050403030200000000"),
    bytes.fromhex("060e2b34010101030403030200000000"),
}
"""Labels of items that files have in another version than the declarations."""


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
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, bytes):
        return value.hex() if len(value) <= 40 else value[:40].hex() + "..."
    if isinstance(value, tuple):
        return ", ".join(map(str, value[:20])) or text("word.none")
    return value


def views(facts: PackageFacts) -> Iterator[tuple[TrackFacts, View]]:
    for track, structure in structures(facts):
        yield track, structure.metadata


def every_set(structure: Structure) -> tuple[SetView, ...]:
    """The header's and the index table's."""
    return (*structure.metadata.sets, *structure.segments)


def _counting(structure: Structure) -> PartitionRead:
    """The partition whose sets count."""
    first = structure.metadata.sets[0].raw if structure.metadata.sets else None
    for partition in structure.partitions:
        if first is not None and any(each is first for each in partition.content):
            return partition
    return structure.header


@package_rule("MXF-015", severity="error", clause="ST 377-1")
def primer(facts: PackageFacts) -> Outcome:
    for track, structure in structures(facts):
        partition = _counting(structure)
        found = partition.primers
        if len(found) != 1:
            yield hit("MXF-015.count", file=track.name, place=byte(partition.pack.offset), count=len(found))
        if not found:
            continue
        one = found[0]
        first = next((each for each in partition.content if isinstance(each, RawSet)), None)
        if first is not None and first.offset < one.offset:
            yield hit("MXF-015.late", file=track.name, place=byte(one.offset), severity="warning")
        if bytes(one.key) != bytes(labels.PRIMER):
            yield hit(
                "MXF-015.key",
                file=track.name,
                place=byte(one.offset),
                severity="warning",
                found=one.key,
                wanted=labels.PRIMER,
            )
        if not one.whole:
            yield hit("MXF-015.form", file=track.name, place=byte(one.offset))
        tags = Counter(tag for tag, _ in one.entries)
        twice = [tag for tag, count in tags.items() if count > 1]
        if twice:
            yield hit("MXF-015.twice", file=track.name, place=byte(one.offset), tag=f"{twice[0]:04x}")
        for number, (tag, label) in enumerate(one.entries):
            yield from _entry(track, one.offset + 28 + 18 * number, tag, label)


def _entry(track: TrackFacts, offset: int, tag: int, label: UL) -> Outcome:
    """An entry of the primer against the register."""
    by_tag, by_label = _register()
    weight: Severity = "error" if tag >= DYNAMIC_TAGS else "warning"
    known = by_label.get(any_version(label))
    place = byte(offset)
    if known is None:
        if tag in by_tag:
            yield hit(
                "MXF-015.label",
                file=track.name,
                place=place,
                severity=weight,
                tag=f"{tag:04x}",
                found=label,
                wanted=by_tag[tag],
            )
        else:
            yield hit(
                "MXF-017.entry", file=track.name, place=place, rule="MXF-017", tag=f"{tag:04x}", label=label
            )
        return
    registered, exact = known
    if (registered is not None and tag != registered) or (registered is None and tag < DYNAMIC_TAGS):
        yield hit(
            "MXF-015.tag",
            file=track.name,
            place=place,
            severity="warning",
            label=label,
            found=f"{tag:04x}",
            wanted=f"{registered:04x}" if registered is not None else "8000 - ffff",
        )
    elif bytes(label) not in exact and bytes(label) not in _VARIANTS:
        yield hit(
            "MXF-015.label",
            file=track.name,
            place=place,
            severity=weight,
            tag=f"{tag:04x}",
            found=label,
            wanted=UL(min(exact)),
        )


def _register() -> tuple[Mapping[int, UL], Mapping[bytes, tuple[int | None, set[bytes]]]]:
    """(labels by static tag, (static tag, labels in full) by label) of all declared sets."""
    if not _REGISTER:
        by_tag: dict[int, UL] = {}
        by_label: dict[bytes, tuple[int | None, set[bytes]]] = {}
        for kind in sets.HeaderSet.SETS.values():
            for each in items_of(kind)[2].values():
                if each.tag is not None:
                    by_tag.setdefault(each.tag, each.label)
                exact = by_label.setdefault(any_version(each.label), (each.tag, set()))[1]
                exact.add(bytes(each.label))
        _REGISTER.append((by_tag, by_label))
    return _REGISTER[0]


_REGISTER: list[tuple[Mapping[int, UL], Mapping[bytes, tuple[int | None, set[bytes]]]]] = []


@package_rule("MXF-016", severity="warning", clause="ST 377-1")
def tags(facts: PackageFacts) -> Outcome:
    for track, structure in structures(facts):
        named = structure.metadata.primer
        used: set[int] = set()
        missed: set[int] = set()
        for found in every_set(structure):
            for item in found.raw.items:
                used.add(item.tag)
                if item.tag not in named and item.tag not in missed:
                    missed.add(item.tag)
                    yield hit(
                        "MXF-016.missing",
                        file=track.name,
                        place=byte(item.offset),
                        severity="error" if item.tag >= DYNAMIC_TAGS else "warning",
                        set=found.name,
                        tag=f"{item.tag:04x}",
                    )
        idle = sorted(set(named) - used)
        if idle:
            yield hit(
                "MXF-016.idle",
                file=track.name,
                place=byte(structure.header.pack.offset),
                severity="info",
                count=len(idle),
                tags=", ".join(f"{tag:04x}" for tag in idle[:20]),
            )


@package_rule("MXF-018", severity="warning", clause="ST 377-1")
def form(facts: PackageFacts) -> Outcome:
    """Of sets and items: keys to the last byte, lengths, lists, texts."""
    for track, structure in structures(facts):
        for found in every_set(structure):
            raw, place = found.raw, byte(found.raw.offset)
            if not raw.whole:
                yield hit("MXF-018.whole", file=track.name, place=place, severity="error", set=found.name)
            if found.kind is None:
                continue
            if bytes(raw.key) != bytes(found.kind.KEY):
                yield hit(
                    "MXF-018.key",
                    file=track.name,
                    place=place,
                    set=found.name,
                    found=raw.key,
                    wanted=found.kind.KEY,
                )
            for item, name, why in found.malformed:
                yield hit(
                    "MXF-018.item",
                    file=track.name,
                    place=byte(item.offset),
                    severity="error",
                    set=found.name,
                    item=spelled(name),
                    why=why,
                )
            counted = Counter(each.tag for each in raw.items)
            for tag in (tag for tag, count in counted.items() if count > 1):
                yield hit(
                    "MXF-018.twice",
                    file=track.name,
                    place=place,
                    severity="info",
                    set=found.name,
                    tag=f"{tag:04x}",
                )
            yield from _lists(track, structure, found)


def _lists(track: TrackFacts, structure: Structure, found: SetView) -> Outcome:
    """Lists whose stated size of an element is not that of what they list."""
    assert found.kind is not None
    by_tag, by_label, declarations = items_of(found.kind)
    for item in found.raw.items:
        label = structure.metadata.primer.get(item.tag)
        name = (by_label.get(any_version(label)) if label is not None else None) or by_tag.get(item.tag)
        if name is None or name not in found.values:
            continue
        type_ = declarations[name].type
        if type_ in (IDS, LABELS) and len(item.value) >= 8:
            count, size = int.from_bytes(item.value[:4], "big"), int.from_bytes(item.value[4:8], "big")
            if size != 16 and (count or size):
                yield odd("MXF-018.value", track, found, name, 16, "info", value=size)
        elif type_ in (UTF16, ISO7) and not _legible(item.value, "utf-16-be" if type_ is UTF16 else "ascii"):
            yield hit(
                "MXF-018.text",
                file=track.name,
                place=byte(item.offset),
                set=found.name,
                item=spelled(name),
            )
        elif type_.name == "Boolean" and item.value not in (b"\0", b"\1"):
            yield odd("MXF-018.value", track, found, name, "0, 1", "warning", value=item.value)


def _legible(value: bytes, encoding: str) -> bool:
    try:
        words = value.decode(encoding).rstrip("\0")
    except UnicodeDecodeError:
        return False
    return all(letter >= " " and letter != "\x7f" and not "\ue000" <= letter <= "\uf8ff" for letter in words)


@package_rule("MXF-019", severity="error", clause="ST 377-1")
def one_id_each(facts: PackageFacts) -> Outcome:
    for track, structure in structures(facts):
        seen: set[UUID] = set()
        for found in structure.metadata.sets:
            if found.kind is None:
                continue
            place = byte(found.at("instance_uid"))
            if found.uid is None or found.uid == NOBODY:
                yield hit("MXF-019.none", file=track.name, place=place, severity="warning", set=found.name)
            elif found.uid in seen:
                yield hit("MXF-019.twice", file=track.name, place=place, set=found.name, uid=found.uid)
            else:
                seen.add(found.uid)


def _references(found: SetView) -> Iterator[tuple[str, UUID]]:
    for name in REFERENCES:
        value = found.get(name)
        if isinstance(value, UUID):
            yield name, value
        elif isinstance(value, tuple):
            for each in value:
                yield name, each


def _dangling(view: View) -> Iterator[tuple[SetView, str, UUID, SetView | None]]:
    """References that lead to no set, or to one of the wrong kind."""
    for found in view.sets:
        for name, reference in _references(found):
            if name == "dm_framework" and reference == NOBODY:
                continue  # in asdcplib's timed text
            target = view.find(reference)
            right = target is not None and (target.kind is None or target.is_a(*REFERENCES[name]))
            if not right:
                yield found, name, reference, target


@package_rule("MXF-020", severity="error", clause="ST 377-1")
def references_lead(facts: PackageFacts) -> Outcome:
    for track, view in views(facts):
        for found, name, reference, target in _dangling(view):
            place = byte(found.at(name))
            item = spelled(name)
            if target is None:
                yield hit(
                    "MXF-020.nowhere", file=track.name, place=place, set=found.name, item=item, uid=reference
                )
            else:
                yield hit(
                    "MXF-020.other",
                    file=track.name,
                    place=place,
                    set=found.name,
                    item=item,
                    uid=reference,
                    target=target.name,
                )
        for found in view.sets:
            for name in REFERENCES:
                value = found.get(name)
                if isinstance(value, tuple) and len(set(value)) != len(value):
                    yield hit(
                        "MXF-020.twice",
                        file=track.name,
                        place=byte(found.at(name)),
                        severity="warning",
                        set=found.name,
                        item=spelled(name),
                    )


@package_rule("MXF-021", severity="error", clause="ST 429-3")
def needed(facts: PackageFacts) -> Outcome:
    for track, structure in structures(facts):
        view = structure.metadata
        wanted = [*ONCE]
        if track.header is not None and track.header.encrypted:
            wanted += [sets.CryptographicFramework, sets.CryptographicContext]
        if (
            track.header is not None
            and track.header.essence in ("picture", "stereo_picture")
            and any(view.of(sets.RGBAEssenceDescriptor, sets.CDCIEssenceDescriptor))
        ):
            wanted.append(sets.JPEG2000PictureSubDescriptor)
        for kind in wanted:
            count = sum(1 for _ in view.of(kind))
            place = byte(structure.header.pack.offset)
            if not count:
                yield hit("MXF-021.none", file=track.name, place=place, set=kind.__name__)
            elif count > 1:
                yield hit("MXF-021.several", file=track.name, place=place, set=kind.__name__, count=count)
        if not any(view.of(sets.Identification)):
            yield hit(
                "MXF-021.none",
                file=track.name,
                place=byte(structure.header.pack.offset),
                set="Identification",
            )
        for found in every_set(structure):
            malformed = {name for _, name, _ in found.malformed}
            for kind, names in NEEDED.items():
                for name in names if found.is_a(kind) else ():
                    if found.get(name) is None and name not in malformed and name not in found.places:
                        yield hit(
                            "MXF-021.item",
                            file=track.name,
                            place=byte(found.raw.offset),
                            severity="error" if name in GRAVE else "warning",
                            set=found.name,
                            item=spelled(name),
                        )


@package_rule("MXF-022", severity="warning", clause="ST 377-1")
def no_orphans(facts: PackageFacts) -> Outcome:
    for track, view in views(facts):
        root = view.first(sets.Preface)
        if root is None or any(_dangling(view)):
            continue
        reached, waiting = {id(root)}, [root]
        while waiting:
            for _, reference in _references(waiting.pop()):
                target = view.find(reference)
                if target is not None and id(target) not in reached:
                    reached.add(id(target))
                    waiting.append(target)
        for found in view.sets:
            if id(found) not in reached and found.kind is not None and found.uid in view.by_uid:
                yield hit("MXF-022.orphan", file=track.name, place=byte(found.raw.offset), set=found.name)


@package_rule("MXF-029", severity="warning", clause="ST 429-3")
def package_ids(facts: PackageFacts) -> Outcome:
    for track, view in views(facts):
        seen: set[bytes] = set()
        for found in view.of(sets.GenericPackage):
            uid = found.get("package_uid")
            if uid is None:
                continue
            if uid[:16] != UMID_STEM:
                yield odd("MXF-029.value", track, found, "package_uid", UMID_STEM, value=uid[:16])
            if uid in seen:
                yield hit(
                    "MXF-029.twice", file=track.name, place=byte(found.at("package_uid")), set=found.name
                )
            seen.add(uid)


@package_rule("MXF-030", severity="warning", clause="ST 377-1")
def container_data(facts: PackageFacts) -> Outcome:
    for track, structure in structures(facts):
        source = structure.metadata.first(sets.SourcePackage)
        uid = source.get("package_uid") if source is not None else None
        body, index = streams(structure)
        for found in structure.metadata.of(sets.EssenceContainerData):
            if uid is not None and found.get("linked_package_uid") not in (None, uid):
                yield odd("MXF-030.value", track, found, "linked_package_uid", uid)
            if found.get("body_sid") not in (None, body):
                yield odd("MXF-030.value", track, found, "body_sid", body)
            if found.get("index_sid") not in (None, index):
                yield odd("MXF-030.value", track, found, "index_sid", index)


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


@package_rule("MXF-031", severity="warning", clause="ST 377-1")
def preface(facts: PackageFacts) -> Outcome:
    for track, view in views(facts):
        found = view.first(sets.Preface)
        header = track.header
        if found is None or header is None:
            continue
        if found.get("version") not in (None, 0x0102, 0x0103):
            yield odd("MXF-031.value", track, found, "version", 0x0102)
        if found.get("object_model_version") not in (None, 0, 1):
            yield odd("MXF-031.value", track, found, "object_model_version", 1)
        source = view.first(sets.SourcePackage)
        primary = found.get("primary_package")
        if source is not None and primary not in (None, source.uid):
            yield odd("MXF-031.value", track, found, "primary_package", source.uid)
        schemes = found.get("dm_schemes")
        wanted = (labels.CRYPTOGRAPHIC_FRAMEWORK,) if header.encrypted else ()
        if schemes is not None and tuple(schemes) != wanted:
            yield odd("MXF-031.value", track, found, "dm_schemes", wanted)


@package_rule("MXF-032", severity="info", clause="ST 377-1")
def times(facts: PackageFacts) -> Outcome:
    """One finding a file: what writes dates at random does so in all of them, and nobody reads them."""
    late = facts.now + timedelta(days=2)
    for track, structure in structures(facts):
        wrong: list[tuple[int, str]] = []
        for found in structure.metadata.sets:
            if found.kind is None:
                continue
            for name, declaration in items_of(found.kind)[2].items():
                if declaration.type is not TIMESTAMP or name not in found.places:
                    continue
                raw = next(each.value for each in found.raw.items if each.offset == found.places[name])
                moment = found.get(name)
                no_date = any(raw) and (moment is None or raw[7] > MAX_QUARTERS)
                if no_date or (moment is not None and (moment > late or moment.year < EARLIEST)):
                    said = raw.hex() if moment is None else moment.isoformat()
                    wrong.append((found.at(name), f"{found.name}/{spelled(name)} {said}"))
            created, modified = found.get("package_creation_date"), found.get("package_modified_date")
            if created is not None and modified is not None and modified < created:
                said = f"{found.name}/PackageModifiedDate {modified.isoformat()}"
                wrong.append((found.at("package_modified_date"), said))
        if wrong:
            yield hit(
                "MXF-032.odd",
                file=track.name,
                place=byte(wrong[0][0]),
                count=len(wrong),
                dates=", ".join(dict.fromkeys(said for _, said in wrong)),
            )


EARLIEST = 1998
MAX_QUARTERS = 249
"""A timestamp's last byte counts steps of 4 ms."""
