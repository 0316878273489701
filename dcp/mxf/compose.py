"""The header sets of a new track file (sheets 1.3, 1.4 and 2.3), drawn up from its facts.

InstanceUIDs are derived from the asset id, so the same input gives the same file, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from dcp.mxf import labels, sets
from dcp.mxf.descriptor_sets import descriptor_sets
from dcp.mxf.index import BODY_SID, INDEX_SID
from dcp.mxf.items import ProductVersion, Rational
from dcp.mxf.track_facts import DESCRIPTIVE_TRACK, ESSENCE_TRACK, TIMECODE_TRACK, TrackFacts
from dcp.version import VERSION

COMPANY = "dcpkit"
PRODUCT = "dcpkit"
PRODUCT_UID = UUID("6f4a1c1e-6d0b-5e0e-9b36-0d1f1f6f2b11")
UMID_STEM = bytes.fromhex("060a2b340101010501010f2013000000")
NO_PACKAGE = bytes(32)


def compose(facts: TrackFacts) -> list[sets.HeaderSet]:
    """Every set of the header, in the order in which they are written."""
    material_uid = UMID_STEM + facts.uid("MaterialPackage/UMID").bytes
    source_uid = UMID_STEM + facts.asset_id.bytes
    descriptor = descriptor_sets(facts)
    material = _package_tracks(facts, "MaterialPackage", source_package=source_uid)
    source = _package_tracks(facts, "SourcePackage", source_package=NO_PACKAGE)
    crypto = _descriptive_track(facts) if facts.key_id is not None else []
    return [
        sets.Preface(
            instance_uid=facts.uid("Preface"),
            last_modified_date=facts.now,
            version=0x0102,
            object_model_version=1,
            primary_package=facts.uid("SourcePackage"),
            identifications=(facts.uid("Identification"),),
            content_storage=facts.uid("ContentStorage"),
            operational_pattern=facts.operational_pattern,
            essence_containers=facts.essence_containers,
            dm_schemes=(labels.CRYPTOGRAPHIC_FRAMEWORK,) if crypto else (),
        ),
        _identification(facts),
        sets.ContentStorage(
            instance_uid=facts.uid("ContentStorage"),
            packages=(facts.uid("MaterialPackage"), facts.uid("SourcePackage")),
            essence_container_data=(facts.uid("EssenceContainerData"),),
        ),
        sets.EssenceContainerData(
            instance_uid=facts.uid("EssenceContainerData"),
            linked_package_uid=source_uid,
            index_sid=INDEX_SID,
            body_sid=BODY_SID,
        ),
        sets.MaterialPackage(
            instance_uid=facts.uid("MaterialPackage"),
            package_uid=material_uid,
            name="Material Package",
            package_creation_date=facts.now,
            package_modified_date=facts.now,
            tracks=_track_uids(material),
        ),
        *material,
        sets.SourcePackage(
            instance_uid=facts.uid("SourcePackage"),
            package_uid=source_uid,
            name=facts.essence.package_name,
            package_creation_date=facts.now,
            package_modified_date=facts.now,
            tracks=_track_uids([*source, *crypto]),
            descriptor=descriptor[0].instance_uid,
        ),
        *source,
        *crypto,
        *descriptor,
    ]


def _track_uids(found: Sequence[sets.HeaderSet]) -> tuple[UUID, ...]:
    return tuple(each.instance_uid for each in found if isinstance(each, sets.GenericTrack))


def _identification(facts: TrackFacts) -> sets.Identification:
    text = VERSION
    numbers = [int(part) for part in text.split(".")[:3] if part.isdigit()]
    major, minor, patch = (numbers + [0] * 3)[:3]
    product = ProductVersion(major, minor, patch, 0, 1)
    return sets.Identification(
        instance_uid=facts.uid("Identification"),
        this_generation_uid=facts.uid(f"Generation/{facts.now.isoformat()}"),
        company_name=COMPANY,
        product_name=PRODUCT,
        product_version=product,
        version_string=text,
        product_uid=PRODUCT_UID,
        modification_date=facts.now,
        toolkit_version=product,
        platform="Python",
    )


def _package_tracks(facts: TrackFacts, package: str, *, source_package: bytes) -> list[sets.HeaderSet]:
    """A timecode track and the essence track. source_package: what the essence clip refers to."""
    rate = Rational.of(facts.edit_rate)
    essence = facts.essence
    refers = source_package != NO_PACKAGE

    def uid(name: str) -> UUID:
        return facts.uid(f"{package}/{name}")

    return [
        sets.Track(
            instance_uid=uid("Track/1"),
            track_id=TIMECODE_TRACK,
            track_number=0,
            track_name="Timecode Track",
            sequence=uid("Sequence/1"),
            edit_rate=rate,
            origin=0,
        ),
        sets.Sequence(
            instance_uid=uid("Sequence/1"),
            data_definition=labels.DATA_TIMECODE,
            duration=facts.duration,
            structural_components=(uid("TimecodeComponent"),),
        ),
        sets.TimecodeComponent(
            instance_uid=uid("TimecodeComponent"),
            data_definition=labels.DATA_TIMECODE,
            duration=facts.duration,
            rounded_timecode_base=round(facts.edit_rate),
            start_timecode=0,
            drop_frame=False,
        ),
        sets.Track(
            instance_uid=uid("Track/2"),
            track_id=ESSENCE_TRACK,
            track_number=0 if refers else int.from_bytes(essence.element[12:], "big"),
            track_name=essence.track_name,
            sequence=uid("Sequence/2"),
            edit_rate=rate,
            origin=0,
        ),
        sets.Sequence(
            instance_uid=uid("Sequence/2"),
            data_definition=essence.data_definition,
            duration=facts.duration,
            structural_components=(uid("SourceClip"),),
        ),
        sets.SourceClip(
            instance_uid=uid("SourceClip"),
            data_definition=essence.data_definition,
            duration=facts.duration,
            start_position=0,
            source_package_id=source_package,
            source_track_id=ESSENCE_TRACK if refers else 0,
        ),
    ]


def _descriptive_track(facts: TrackFacts) -> list[sets.HeaderSet]:
    """The static track that says how the essence is encrypted (ST 429-6 clauses 7 and 8)."""
    return [
        sets.StaticTrack(
            instance_uid=facts.uid("Descriptive/Track"),
            track_id=DESCRIPTIVE_TRACK,
            track_number=0,
            track_name="Descriptive Track",
            sequence=facts.uid("Descriptive/Sequence"),
        ),
        sets.Sequence(
            instance_uid=facts.uid("Descriptive/Sequence"),
            data_definition=labels.DATA_DESCRIPTIVE,
            structural_components=(facts.uid("DMSegment"),),
        ),
        sets.DMSegment(
            instance_uid=facts.uid("DMSegment"),
            data_definition=labels.DATA_DESCRIPTIVE,
            event_comment="AS-DCP KLV Encryption",
            dm_framework=facts.uid("CryptographicFramework"),
        ),
        sets.CryptographicFramework(
            instance_uid=facts.uid("CryptographicFramework"), context_sr=facts.uid("CryptographicContext")
        ),
        sets.CryptographicContext(
            instance_uid=facts.uid("CryptographicContext"),
            context_id=facts.context_id,
            source_essence_container=facts.essence.container,
            cipher_algorithm=labels.CIPHER_AES_128_CBC,
            mic_algorithm=labels.MIC_HMAC_SHA1 if facts.mic else labels.MIC_NONE,
            cryptographic_key_id=facts.key_id,
        ),
    ]
