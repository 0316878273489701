"""Header metadata of track files: which sets there are, what refers to what, packages and their ids.

Readers built on asdcplib look for sets by their kind and for items by the primer; others follow the
references. What stops either weighs as an error, what all pass over as a warning.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from dcp.mxf import labels, sets
from dcp.mxf.items import TIMESTAMP
from dcp.mxf.structure.view import items_of
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.mxf_shared import (
    NOBODY,
    REFERENCES,
    byte,
    dangling,
    every_set,
    judged,
    odd,
    references,
    source_id,
    spelled,
    streams,
    structure_rule,
    views,
)
from dcp.verify.rule import Outcome, hit

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


@structure_rule("MXF-019", severity="error", clause="ST 377-1")
def one_id_each(facts: PackageFacts) -> Outcome:
    for track, structure in judged(facts):
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


@structure_rule("MXF-020", severity="error", clause="ST 377-1")
def references_lead(facts: PackageFacts) -> Outcome:
    for track, view in views(facts):
        for found, name, reference, target in dangling(view):
            place = byte(found.at(name))
            item = spelled(name)
            if target is not None and target.kind is None:
                yield hit(
                    "MXF-020.unknown",
                    file=track.name,
                    place=byte(target.raw.offset),
                    set=found.name,
                    item=item,
                    key=target.raw.key,
                )
            elif target is None:
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


@structure_rule("MXF-021", severity="error", clause="ST 429-3")
def needed(facts: PackageFacts) -> Outcome:
    for track, structure in judged(facts):
        view = structure.metadata
        strange = any(each.kind is None for each in view.sets) or any(dangling(view))
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
            if not count and not strange:
                yield hit("MXF-021.none", file=track.name, place=place, set=kind.__name__)
            elif count > 1:
                yield hit("MXF-021.several", file=track.name, place=place, set=kind.__name__, count=count)
        if not strange and not any(view.of(sets.Identification)):
            yield hit(
                "MXF-021.none",
                file=track.name,
                place=byte(structure.header.pack.offset),
                set="Identification",
            )
        for found in every_set(structure):
            if found.undeclared or not found.raw.whole:
                continue  # what is missing may be what is there under another name
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


@structure_rule("MXF-022", severity="warning", clause="ST 377-1")
def no_orphans(facts: PackageFacts) -> Outcome:
    for track, view in views(facts):
        root = view.first(sets.Preface)
        if root is None or any(dangling(view)) or any(each.undeclared for each in view.sets):
            continue
        reached, waiting = {id(root)}, [root]
        while waiting:
            for _, reference in references(waiting.pop()):
                target = view.find(reference)
                if target is not None and id(target) not in reached:
                    reached.add(id(target))
                    waiting.append(target)
        for found in view.sets:
            if id(found) not in reached and found.kind is not None and view.find(found.uid) is found:
                yield hit("MXF-022.orphan", file=track.name, place=byte(found.raw.offset), set=found.name)


@structure_rule("MXF-029", severity="warning", clause="ST 429-3")
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


@structure_rule("MXF-030", severity="warning", clause="ST 377-1")
def container_data(facts: PackageFacts) -> Outcome:
    for track, structure in judged(facts):
        uid = source_id(structure.metadata)
        body, index = streams(structure)
        for found in structure.metadata.of(sets.EssenceContainerData):
            if uid is not None and found.get("linked_package_uid") not in (None, uid):
                yield odd("MXF-030.value", track, found, "linked_package_uid", uid)
            if found.get("body_sid") not in (None, body):
                yield odd("MXF-030.value", track, found, "body_sid", body)
            if found.get("index_sid") not in (None, index):
                yield odd("MXF-030.value", track, found, "index_sid", index)


def _minor(track: TrackFacts) -> int | None:
    """The version that the packs state, of which the preface's is another writing."""
    found = track.structure
    return found.header.pack.partition.minor_version if found is not None else None


@structure_rule("MXF-031", severity="warning", clause="ST 377-1")
def preface(facts: PackageFacts) -> Outcome:
    for track, view in views(facts):
        found = view.first(sets.Preface)
        header = track.header
        if found is None or header is None:
            continue
        if found.get("version") not in (None, 0x0102, 0x0103):
            yield odd("MXF-031.value", track, found, "version", 0x0102)
        elif found.get("version") == 0x0103 and _minor(track) == 2:
            yield odd("MXF-031.value", track, found, "version", 0x0102, "info")
        if found.get("object_model_version") not in (None, 0, 1):
            yield odd("MXF-031.value", track, found, "object_model_version", 1)
        source = view.first(sets.SourcePackage)
        primary = found.get("primary_package")
        if source is not None and primary not in (None, source.uid) and not any(dangling(view)):
            yield odd("MXF-031.value", track, found, "primary_package", source.uid)
        schemes = found.get("dm_schemes")
        wanted = (labels.CRYPTOGRAPHIC_FRAMEWORK,) if header.encrypted else ()
        if schemes is not None and tuple(schemes) != wanted:
            yield odd("MXF-031.value", track, found, "dm_schemes", wanted)


@structure_rule("MXF-032", severity="info", clause="ST 377-1")
def times(facts: PackageFacts) -> Outcome:
    """One finding a file: what writes dates at random does so in all of them, and nobody reads them."""
    late = facts.now + timedelta(days=2)
    for track, structure in judged(facts):
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
