"""The header sets of a new track file (sheets 1.3, 1.4 and 2.3), drawn up from its facts.

InstanceUIDs are derived from the asset id, so the same input gives the same file, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid5

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.mxf import labels, sets
from dcp.mxf.descriptors import (
    AuxDescriptor,
    Descriptor,
    LabelSet,
    McaLabel,
    PictureDescriptor,
    SoundDescriptor,
    TimedTextDescriptor,
)
from dcp.mxf.index import BODY_SID, INDEX_SID
from dcp.mxf.items import ProductVersion, Rational
from dcp.mxf.labels import MCA, UL
from dcp.version import VERSION

COMPANY = "dcpkit"
PRODUCT = "dcpkit"
PRODUCT_UID = UUID("6f4a1c1e-6d0b-5e0e-9b36-0d1f1f6f2b11")
UMID_STEM = bytes.fromhex("060a2b340101010501010f2013000000")
NO_PACKAGE = bytes(32)
NO_CODING = UL(bytes(16))
"""DataEssenceCoding of timed text, as the files of other tools have it."""
TIMECODE_TRACK, ESSENCE_TRACK, DESCRIPTIVE_TRACK = 1, 2, 3
XYZ_12_BIT = bytes.fromhex("d80cd90cda0c").ljust(16, b"\0")
"""PixelLayout: X', Y', Z' of 12 bits each."""


@dataclass(frozen=True)
class Essence:
    """What the kind of essence fixes: labels, names, and whether every edit unit has the same size."""

    container: UL
    element: UL
    data_definition: UL
    track_name: str
    package_name: str
    constant_size: bool
    units_per_edit_unit: int = 1


@dataclass(frozen=True)
class TrackFacts:
    """duration: edit units. key_id: of an encrypted file; mic: whether its units carry one."""

    essence: Essence
    descriptor: Descriptor
    edit_rate: Fraction
    duration: int
    asset_id: UUID
    label_set: LabelSet
    key_id: UUID | None
    mic: bool
    now: datetime

    def uid(self, name: str) -> UUID:
        return uuid5(self.asset_id, name)

    @property
    def context_id(self) -> UUID:
        return self.uid("ContextID")

    @property
    def operational_pattern(self) -> UL:
        return labels.INTEROP_OP_ATOM if self.label_set == "interop" else labels.OP_ATOM

    @property
    def essence_containers(self) -> tuple[UL, ...]:
        real = labels.GC_ENCRYPTED if self.key_id is not None else self.essence.container
        return (labels.GC_MULTIPLE, real)


_J2K = Essence(
    container=labels.GC_J2K,
    element=labels.ELEMENT_J2K,
    data_definition=labels.DATA_PICTURE,
    track_name="Picture Track",
    package_name="File Package: SMPTE 429-4 frame wrapping of JPEG 2000 codestreams",
    constant_size=False,
)
_J2K_STEREO = Essence(
    container=labels.GC_J2K,
    element=labels.ELEMENT_J2K,
    data_definition=labels.DATA_PICTURE,
    track_name="Picture Track",
    package_name="File Package: SMPTE 429-10 frame wrapping of stereoscopic JPEG 2000 codestreams",
    constant_size=False,
    units_per_edit_unit=2,
)
_WAVE = Essence(
    container=labels.GC_WAVE_FRAME,
    element=labels.ELEMENT_WAVE,
    data_definition=labels.DATA_SOUND,
    track_name="Sound Track",
    package_name="File Package: SMPTE 382M frame wrapping of wave audio",
    constant_size=True,
)
_TIMED_TEXT = Essence(
    container=labels.GC_TIMED_TEXT,
    element=labels.ELEMENT_TIMED_TEXT,
    data_definition=labels.DATA_DATA,
    track_name="Timed Text Track",
    package_name="File Package: SMPTE 429-5 clip wrapping of D-Cinema Timed Text data",
    constant_size=False,
)


_AUX = Essence(
    container=labels.GC_AUX_DATA,
    element=labels.ELEMENT_AUX_DATA,
    data_definition=labels.DATA_DATA,
    track_name="D-Cinema Generic Data Track",
    package_name="File Package: SMPTE-GC frame wrapping of D-Cinema Generic data",
    constant_size=False,
)
_IMMERSIVE = Essence(
    container=labels.GC_IMMERSIVE_AUDIO,
    element=labels.ELEMENT_IMMERSIVE_AUDIO,
    data_definition=labels.DATA_DATA,
    track_name="Immersive Audio Data Track",
    package_name="File Package: SMPTE-GC frame wrapping of Immersive Audio data",
    constant_size=False,
)


def essence_of(descriptor: Descriptor) -> Essence:
    """UsageError for essence that cannot be written yet."""
    match descriptor:
        case PictureDescriptor():
            return _J2K_STEREO if descriptor.stereo else _J2K
        case SoundDescriptor():
            return _WAVE
        case AuxDescriptor():
            if descriptor.data_essence_coding is None:
                raise UsageError("mxf.aux-without-coding")
            return _IMMERSIVE if descriptor.immersive else _AUX
        case TimedTextDescriptor():
            return _TIMED_TEXT


def compose(facts: TrackFacts) -> list[sets.HeaderSet]:
    """Every set of the header, in the order in which they are written."""
    material_uid = UMID_STEM + facts.uid("MaterialPackage/UMID").bytes
    source_uid = UMID_STEM + facts.asset_id.bytes
    descriptor = _descriptor_sets(facts)
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


def _descriptor_sets(facts: TrackFacts) -> list[sets.HeaderSet]:
    """The file descriptor, then its sub-descriptors."""
    match facts.descriptor:
        case PictureDescriptor() as picture:
            return _picture(facts, picture)
        case SoundDescriptor() as sound:
            return _sound(facts, sound)
        case AuxDescriptor() as aux:
            return _aux(facts, aux)
        case TimedTextDescriptor() as text:
            return _text(facts, text)


def _picture(facts: TrackFacts, picture: PictureDescriptor) -> list[sets.HeaderSet]:
    sub: list[sets.HeaderSet] = [
        sets.JPEG2000PictureSubDescriptor(
            instance_uid=facts.uid("JPEG2000PictureSubDescriptor"),
            rsize=picture.rsiz,
            xsize=picture.xsiz,
            ysize=picture.ysiz,
            x_osize=picture.xosiz,
            y_osize=picture.yosiz,
            x_tsize=picture.xtsiz,
            y_tsize=picture.ytsiz,
            x_tosize=picture.xtosiz,
            y_tosize=picture.ytosiz,
            csize=picture.csiz,
            picture_component_sizing=len(picture.picture_component_sizing).to_bytes(4, "big")
            + (3).to_bytes(4, "big")
            + b"".join(bytes(each) for each in picture.picture_component_sizing),
            coding_style_default=picture.coding_style_default,
            quantization_default=picture.quantization_default,
        )
    ]
    if picture.stereo and facts.label_set == "smpte":
        sub.append(sets.StereoscopicPictureSubDescriptor(instance_uid=facts.uid("Stereoscopic")))
    rate = facts.edit_rate * facts.essence.units_per_edit_unit
    main = sets.RGBAEssenceDescriptor(
        instance_uid=facts.uid("Descriptor"),
        sub_descriptors=tuple(each.instance_uid for each in sub),
        linked_track_id=ESSENCE_TRACK,
        sample_rate=Rational.of(rate),
        container_duration=facts.duration,
        essence_container=facts.essence.container,
        frame_layout=0,
        stored_width=picture.stored_width,
        stored_height=picture.stored_height,
        aspect_ratio=Rational(picture.stored_width, picture.stored_height),
        picture_essence_coding=picture.picture_essence_coding,
        transfer_characteristic=picture.transfer_characteristic,
        component_max_ref=picture.component_max_ref,
        component_min_ref=picture.component_min_ref,
        pixel_layout=picture.pixel_layout or XYZ_12_BIT,
    )
    return [main, *sub]


def _sound(facts: TrackFacts, sound: SoundDescriptor) -> list[sets.HeaderSet]:
    sub = _mca(facts, sound.soundfield)
    main = sets.WaveAudioDescriptor(
        instance_uid=facts.uid("Descriptor"),
        sub_descriptors=tuple(each.instance_uid for each in sub) or None,
        linked_track_id=ESSENCE_TRACK,
        sample_rate=Rational.of(facts.edit_rate),
        container_duration=facts.duration,
        essence_container=facts.essence.container,
        audio_sampling_rate=Rational(sound.sample_rate, 1),
        locked=bool(sound.locked),
        channel_count=sound.channels,
        quantization_bits=sound.quantization_bits,
        block_align=sound.sample_bytes,
        avg_bps=sound.sample_rate * sound.sample_bytes,
        channel_assignment=sound.channel_assignment,
    )
    return [main, *sub]


def _aux(facts: TrackFacts, aux: AuxDescriptor) -> list[sets.HeaderSet]:
    """Immersive audio has a sub-descriptor, which its readers want (ST 429-18 12), and sets of its own."""
    common: dict[str, Any] = {
        "instance_uid": facts.uid("Descriptor"),
        "linked_track_id": ESSENCE_TRACK,
        "sample_rate": Rational.of(facts.edit_rate),
        "container_duration": facts.duration,
        "essence_container": facts.essence.container,
        "data_essence_coding": aux.data_essence_coding,
    }
    if not aux.immersive:
        return [sets.DCDataDescriptor(**common)]
    sub = sets.DolbyAtmosSubDescriptor(
        instance_uid=facts.uid("DolbyAtmosSubDescriptor"),
        atmos_id=aux.atmos_id or facts.uid("AtmosID"),
        first_frame=aux.first_frame or 0,
        max_channel_count=aux.max_channel_count or 0,
        max_object_count=aux.max_object_count or 0,
        atmos_version=1 if aux.atmos_version is None else aux.atmos_version,
    )
    return [sets.PrivateDCDataDescriptor(**common, sub_descriptors=(sub.instance_uid,)), sub]


def _text(facts: TrackFacts, text: TimedTextDescriptor) -> list[sets.HeaderSet]:
    sub = [
        sets.TimedTextResourceSubDescriptor(
            instance_uid=facts.uid(f"TimedTextResource/{each.stream_id}"),
            ancillary_resource_id=each.id,
            mime_media_type=each.mime_type,
            body_sid=each.stream_id,
        )
        for each in text.resources
    ]
    main = sets.TimedTextDescriptor(
        instance_uid=facts.uid("Descriptor"),
        sub_descriptors=tuple(each.instance_uid for each in sub) or None,
        linked_track_id=ESSENCE_TRACK,
        sample_rate=Rational.of(facts.edit_rate),
        container_duration=facts.duration,
        essence_container=facts.essence.container,
        data_essence_coding=NO_CODING,
        resource_id=text.resource_id,
        ucs_encoding=text.ucs_encoding,
        namespace_uri=text.namespace_uri,
        rfc5646_language_tag_list=text.languages,
    )
    return [main, *sub]


def _mca(facts: TrackFacts, soundfield: Sequence[McaLabel]) -> list[sets.HeaderSet]:
    """A channel of a soundfield group refers to the group before it; HI, VI-N, sync and motion do not."""
    group: UUID | None = None
    members: set[UL] = set()
    result: list[sets.HeaderSet] = []
    for number, each in enumerate(soundfield):
        uid = facts.uid(f"MCALabel/{number}")
        link = each.link_id or facts.uid(f"MCALink/{number}")
        if each.channel is None:
            group = link
            members = _members(each.dictionary_id)
            kind: type[sets.MCALabelSubDescriptor] = sets.SoundfieldGroupLabelSubDescriptor
        else:
            kind = sets.AudioChannelLabelSubDescriptor
        label = kind(
            instance_uid=uid,
            mca_label_dictionary_id=each.dictionary_id,
            mca_link_id=link,
            mca_tag_symbol=each.tag_symbol,
            mca_tag_name=each.tag_name,
            mca_channel_id=each.channel,
            rfc5646_spoken_language=each.language,
        )
        if isinstance(label, sets.AudioChannelLabelSubDescriptor):
            label.soundfield_group_link_id = each.group or (group if each.dictionary_id in members else None)
        result.append(label)
    return result


def _members(group: UL) -> set[UL]:
    name = next((name for name, term in MCA.groups.items() if term.label == group), None)
    return {MCA.channels[each].label for each in MCA.grouped[name]} if name else set()
