"""Header metadata as declarations: a class a set, a line an item (tag, label, type), as in ST 377-1 and the
registers. Reading and writing both follow from the declaration.

What a file has and this module does not know is kept, not refused; what it lacks reads as None. Tags from
0x8000 up are given out per file and are found through the primer by their label, whose version byte does
not count.
"""

from __future__ import annotations

from dataclasses import field, fields
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from dcp.dataclass import dataclass
from dcp.mxf import items as t
from dcp.mxf.items import ProductVersion, Rational
from dcp.mxf.labels import UL, any_version


@dataclass(frozen=True)
class Item:
    """The declaration of one item. tag: the static local tag, or None for a dynamic one."""

    tag: int | None
    label: UL
    type: t.ItemType[Any]


def item(tag: int | None, label: str, type: t.ItemType[Any]) -> Any:
    return field(default=None, metadata={"item": Item(tag, UL.parse(label), type)})


@dataclass(kw_only=True)
class HeaderSet:
    """One local set. `unknown` keeps the items that are not declared, by label (or by tag without one)."""

    KEY: ClassVar[UL]
    SETS: ClassVar[dict[bytes, type[HeaderSet]]] = {}

    instance_uid: UUID = item(0x3C0A, "060e2b34.01010101.01011502.00000000", t.ID)
    unknown: dict[UL | int, bytes] = field(default_factory=dict, repr=False, compare=False)

    def __init_subclass__(cls, *, key: str | None = None) -> None:
        if key is not None:
            cls.KEY = UL.parse(key)
            HeaderSet.SETS[any_version(cls.KEY)] = cls


def declared(kind: type[HeaderSet]) -> dict[str, Item]:
    """The items of a set class by field name, in the order in which they are written."""
    return {each.name: each.metadata["item"] for each in fields(kind) if "item" in each.metadata}


@dataclass
class UnknownSet:
    """A set whose key is not declared here: tolerated and kept."""

    key: UL
    items: dict[int, bytes] = field(repr=False)


# --- structural metadata -------------------------------------------------------------------------


@dataclass(kw_only=True)
class Preface(HeaderSet, key="060e2b34.02530101.0d010101.01012f00"):
    last_modified_date: datetime | None = item(0x3B02, "060e2b34.01010102.07020110.02040000", t.TIMESTAMP)
    version: int | None = item(0x3B05, "060e2b34.01010102.03010201.05000000", t.U16)
    object_model_version: int | None = item(0x3B07, "060e2b34.01010102.03010201.04000000", t.U32)
    primary_package: UUID | None = item(0x3B08, "060e2b34.01010104.06010104.01080000", t.ID)
    identifications: tuple[UUID, ...] | None = item(0x3B06, "060e2b34.01010102.06010104.06040000", t.IDS)
    content_storage: UUID | None = item(0x3B03, "060e2b34.01010102.06010104.02010000", t.ID)
    operational_pattern: UL | None = item(0x3B09, "060e2b34.01010105.01020203.00000000", t.LABEL)
    essence_containers: tuple[UL, ...] | None = item(0x3B0A, "060e2b34.01010105.01020210.02010000", t.LABELS)
    dm_schemes: tuple[UL, ...] | None = item(0x3B0B, "060e2b34.01010105.01020210.02020000", t.LABELS)


@dataclass(kw_only=True)
class Identification(HeaderSet, key="060e2b34.02530101.0d010101.01013000"):
    this_generation_uid: UUID | None = item(0x3C09, "060e2b34.01010102.05200701.01000000", t.ID)
    company_name: str | None = item(0x3C01, "060e2b34.01010102.05200701.02010000", t.UTF16)
    product_name: str | None = item(0x3C02, "060e2b34.01010102.05200701.03010000", t.UTF16)
    product_version: ProductVersion | None = item(0x3C03, "060e2b34.01010102.05200701.04000000", t.VERSION)
    version_string: str | None = item(0x3C04, "060e2b34.01010102.05200701.05010000", t.UTF16)
    product_uid: UUID | None = item(0x3C05, "060e2b34.01010102.05200701.07000000", t.ID)
    modification_date: datetime | None = item(0x3C06, "060e2b34.01010102.07020110.02030000", t.TIMESTAMP)
    toolkit_version: ProductVersion | None = item(0x3C07, "060e2b34.01010102.05200701.0a000000", t.VERSION)
    platform: str | None = item(0x3C08, "060e2b34.01010102.05200701.06010000", t.UTF16)


@dataclass(kw_only=True)
class ContentStorage(HeaderSet, key="060e2b34.02530101.0d010101.01011800"):
    packages: tuple[UUID, ...] | None = item(0x1901, "060e2b34.01010102.06010104.05010000", t.IDS)
    essence_container_data: tuple[UUID, ...] | None = item(
        0x1902, "060e2b34.01010102.06010104.05020000", t.IDS
    )


@dataclass(kw_only=True)
class EssenceContainerData(HeaderSet, key="060e2b34.02530101.0d010101.01012300"):
    linked_package_uid: bytes | None = item(0x2701, "060e2b34.01010102.06010106.01000000", t.UMID)
    index_sid: int | None = item(0x3F06, "060e2b34.01010104.01030405.00000000", t.U32)
    body_sid: int | None = item(0x3F07, "060e2b34.01010104.01030404.00000000", t.U32)


@dataclass(kw_only=True)
class GenericPackage(HeaderSet):
    package_uid: bytes | None = item(0x4401, "060e2b34.01010101.01011510.00000000", t.UMID)
    name: str | None = item(0x4402, "060e2b34.01010101.01030302.01000000", t.UTF16)
    package_creation_date: datetime | None = item(0x4405, "060e2b34.01010102.07020110.01030000", t.TIMESTAMP)
    package_modified_date: datetime | None = item(0x4404, "060e2b34.01010102.07020110.02050000", t.TIMESTAMP)
    tracks: tuple[UUID, ...] | None = item(0x4403, "060e2b34.01010102.06010104.06050000", t.IDS)


@dataclass(kw_only=True)
class MaterialPackage(GenericPackage, key="060e2b34.02530101.0d010101.01013600"):
    pass


@dataclass(kw_only=True)
class SourcePackage(GenericPackage, key="060e2b34.02530101.0d010101.01013700"):
    descriptor: UUID | None = item(0x4701, "060e2b34.01010102.06010104.02030000", t.ID)


@dataclass(kw_only=True)
class GenericTrack(HeaderSet):
    track_id: int | None = item(0x4801, "060e2b34.01010102.01070101.00000000", t.U32)
    track_number: int | None = item(0x4804, "060e2b34.01010102.01040103.00000000", t.U32)
    track_name: str | None = item(0x4802, "060e2b34.01010102.01070102.01000000", t.UTF16)
    sequence: UUID | None = item(0x4803, "060e2b34.01010102.06010104.02040000", t.ID)


@dataclass(kw_only=True)
class StaticTrack(GenericTrack, key="060e2b34.02530101.0d010101.01013a00"):
    pass


@dataclass(kw_only=True)
class Track(GenericTrack, key="060e2b34.02530101.0d010101.01013b00"):
    edit_rate: Rational | None = item(0x4B01, "060e2b34.01010102.05300405.00000000", t.RATIONAL)
    origin: int | None = item(0x4B02, "060e2b34.01010102.07020103.01030000", t.I64)


@dataclass(kw_only=True)
class StructuralComponent(HeaderSet):
    data_definition: UL | None = item(0x0201, "060e2b34.01010102.04070100.00000000", t.LABEL)
    duration: int | None = item(0x0202, "060e2b34.01010102.07020201.01030000", t.I64)


@dataclass(kw_only=True)
class Sequence(StructuralComponent, key="060e2b34.02530101.0d010101.01010f00"):
    structural_components: tuple[UUID, ...] | None = item(
        0x1001, "060e2b34.01010102.06010104.06090000", t.IDS
    )


@dataclass(kw_only=True)
class TimecodeComponent(StructuralComponent, key="060e2b34.02530101.0d010101.01011400"):
    rounded_timecode_base: int | None = item(0x1502, "060e2b34.01010102.04040101.02060000", t.U16)
    start_timecode: int | None = item(0x1501, "060e2b34.01010102.07020103.01050000", t.I64)
    drop_frame: bool | None = item(0x1503, "060e2b34.01010101.04040101.05000000", t.BOOLEAN)


@dataclass(kw_only=True)
class SourceClip(StructuralComponent, key="060e2b34.02530101.0d010101.01011100"):
    start_position: int | None = item(0x1201, "060e2b34.01010102.07020103.01040000", t.I64)
    source_package_id: bytes | None = item(0x1101, "060e2b34.01010102.06010103.01000000", t.UMID)
    source_track_id: int | None = item(0x1102, "060e2b34.01010102.06010103.02000000", t.U32)


# --- encryption (ST 429-6) -----------------------------------------------------------------------


@dataclass(kw_only=True)
class DMSegment(StructuralComponent, key="060e2b34.02530101.0d010101.01014100"):
    event_start_position: int | None = item(0x0601, "060e2b34.01010102.07020103.03030000", t.I64)
    event_comment: str | None = item(0x0602, "060e2b34.01010102.05300404.01000000", t.UTF16)
    dm_framework: UUID | None = item(0x6101, "060e2b34.01010105.06010104.020c0000", t.ID)


@dataclass(kw_only=True)
class CryptographicFramework(HeaderSet, key="060e2b34.02530101.0d010401.02010000"):
    context_sr: UUID | None = item(None, "060e2b34.01010109.06010104.020d0000", t.ID)


@dataclass(kw_only=True)
class CryptographicContext(HeaderSet, key="060e2b34.02530101.0d010401.02020000"):
    context_id: UUID | None = item(None, "060e2b34.01010109.01011511.00000000", t.ID)
    source_essence_container: UL | None = item(None, "060e2b34.01010109.06010102.02000000", t.LABEL)
    cipher_algorithm: UL | None = item(None, "060e2b34.01010109.02090301.01000000", t.LABEL)
    mic_algorithm: UL | None = item(None, "060e2b34.01010109.02090302.01000000", t.LABEL)
    cryptographic_key_id: UUID | None = item(None, "060e2b34.01010109.02090301.02000000", t.ID)


# --- descriptors ---------------------------------------------------------------------------------


@dataclass(kw_only=True)
class FileDescriptor(HeaderSet):
    sub_descriptors: tuple[UUID, ...] | None = item(None, "060e2b34.01010109.06010104.06100000", t.IDS)
    linked_track_id: int | None = item(0x3006, "060e2b34.01010105.06010103.05000000", t.U32)
    sample_rate: Rational | None = item(0x3001, "060e2b34.01010101.04060101.00000000", t.RATIONAL)
    container_duration: int | None = item(0x3002, "060e2b34.01010101.04060102.00000000", t.I64)
    essence_container: UL | None = item(0x3004, "060e2b34.01010102.06010104.01020000", t.LABEL)


@dataclass(kw_only=True)
class PictureEssenceDescriptor(FileDescriptor):
    frame_layout: int | None = item(0x320C, "060e2b34.01010101.04010301.04000000", t.U8)
    stored_width: int | None = item(0x3203, "060e2b34.01010101.04010502.02000000", t.U32)
    stored_height: int | None = item(0x3202, "060e2b34.01010101.04010502.01000000", t.U32)
    aspect_ratio: Rational | None = item(0x320E, "060e2b34.01010101.04010101.01000000", t.RATIONAL)
    picture_essence_coding: UL | None = item(0x3201, "060e2b34.01010102.04010601.00000000", t.LABEL)
    transfer_characteristic: UL | None = item(0x3210, "060e2b34.01010102.04010201.01010200", t.LABEL)
    signal_standard: int | None = item(0x3215, "060e2b34.01010105.04050113.00000000", t.U8)
    sampled_width: int | None = item(0x3205, "060e2b34.01010101.04010501.08000000", t.U32)
    sampled_x_offset: int | None = item(0x3206, "060e2b34.01010101.04010501.09000000", t.U32)
    stored_f2_offset: int | None = item(0x3207, "060e2b34.0101010e.04010501.16000000", t.U32)
    display_height: int | None = item(0x3208, "060e2b34.01010101.04010501.0b000000", t.U32)
    display_x_offset: int | None = item(0x320A, "060e2b34.01010101.04010501.0d000000", t.U32)
    display_f2_offset: int | None = item(0x3217, "060e2b34.01010105.04010302.07000000", t.U32)
    alpha_transparency: int | None = item(0x320F, "060e2b34.01010102.05200102.00000000", t.U8)
    image_alignment_offset: int | None = item(0x3211, "060e2b34.01010102.04180101.00000000", t.U32)
    image_end_offset: int | None = item(0x3214, "060e2b34.01010102.04180103.00000000", t.U32)


@dataclass(kw_only=True)
class RGBAEssenceDescriptor(PictureEssenceDescriptor, key="060e2b34.02530101.0d010101.01012900"):
    component_max_ref: int | None = item(0x3406, "060e2b34.01010105.04010503.0b000000", t.U32)
    component_min_ref: int | None = item(0x3407, "060e2b34.01010105.04010503.0c000000", t.U32)
    pixel_layout: bytes | None = item(0x3401, "060e2b34.01010102.04010503.06000000", t.DATA)
    alpha_min_ref: int | None = item(0x3409, "060e2b34.01010105.04010503.0e000000", t.U32)
    scanning_direction: int | None = item(0x3405, "060e2b34.01010105.04010404.01000000", t.U8)


@dataclass(kw_only=True)
class CDCIEssenceDescriptor(PictureEssenceDescriptor, key="060e2b34.02530101.0d010101.01012800"):
    component_depth: int | None = item(0x3301, "060e2b34.01010102.04010503.0a000000", t.U32)


@dataclass(kw_only=True)
class MPEG2VideoDescriptor(PictureEssenceDescriptor, key="060e2b34.02530101.0d010101.01015100"):
    pass


@dataclass(kw_only=True)
class JPEG2000PictureSubDescriptor(HeaderSet, key="060e2b34.02530101.0d010101.01015a00"):
    rsize: int | None = item(None, "060e2b34.0101010a.04010603.01000000", t.U16)
    xsize: int | None = item(None, "060e2b34.0101010a.04010603.02000000", t.U32)
    ysize: int | None = item(None, "060e2b34.0101010a.04010603.03000000", t.U32)
    x_osize: int | None = item(None, "060e2b34.0101010a.04010603.04000000", t.U32)
    y_osize: int | None = item(None, "060e2b34.0101010a.04010603.05000000", t.U32)
    x_tsize: int | None = item(None, "060e2b34.0101010a.04010603.06000000", t.U32)
    y_tsize: int | None = item(None, "060e2b34.0101010a.04010603.07000000", t.U32)
    x_tosize: int | None = item(None, "060e2b34.0101010a.04010603.08000000", t.U32)
    y_tosize: int | None = item(None, "060e2b34.0101010a.04010603.09000000", t.U32)
    csize: int | None = item(None, "060e2b34.0101010a.04010603.0a000000", t.U16)
    picture_component_sizing: bytes | None = item(None, "060e2b34.0101010a.04010603.0b000000", t.DATA)
    coding_style_default: bytes | None = item(None, "060e2b34.0101010a.04010603.0c000000", t.DATA)
    quantization_default: bytes | None = item(None, "060e2b34.0101010a.04010603.0d000000", t.DATA)


@dataclass(kw_only=True)
class StereoscopicPictureSubDescriptor(HeaderSet, key="060e2b34.02530101.0d010101.01016300"):
    pass


@dataclass(kw_only=True)
class WaveAudioDescriptor(FileDescriptor, key="060e2b34.02530101.0d010101.01014800"):
    audio_sampling_rate: Rational | None = item(0x3D03, "060e2b34.01010105.04020301.01010000", t.RATIONAL)
    locked: bool | None = item(0x3D02, "060e2b34.01010104.04020301.04000000", t.BOOLEAN)
    audio_ref_level: int | None = item(0x3D04, "060e2b34.01010101.04020101.03000000", t.I8)
    channel_count: int | None = item(0x3D07, "060e2b34.01010105.04020101.04000000", t.U32)
    quantization_bits: int | None = item(0x3D01, "060e2b34.01010104.04020303.04000000", t.U32)
    dial_norm: int | None = item(0x3D0C, "060e2b34.01010105.04020701.00000000", t.I8)
    block_align: int | None = item(0x3D0A, "060e2b34.01010105.04020302.01000000", t.U16)
    sequence_offset: int | None = item(0x3D0B, "060e2b34.01010105.04020302.02000000", t.U8)
    avg_bps: int | None = item(0x3D09, "060e2b34.01010105.04020303.05000000", t.U32)
    sound_essence_coding: UL | None = item(0x3D06, "060e2b34.01010102.04020402.00000000", t.LABEL)
    channel_assignment: UL | None = item(0x3D32, "060e2b34.01010107.04020101.05000000", t.LABEL)


@dataclass(kw_only=True)
class MCALabelSubDescriptor(HeaderSet):
    mca_label_dictionary_id: UL | None = item(None, "060e2b34.0101010e.01030701.01000000", t.LABEL)
    mca_link_id: UUID | None = item(None, "060e2b34.0101010e.01030701.05000000", t.ID)
    mca_tag_symbol: str | None = item(None, "060e2b34.0101010e.01030701.02000000", t.UTF16)
    mca_tag_name: str | None = item(None, "060e2b34.0101010e.01030701.03000000", t.UTF16)
    mca_channel_id: int | None = item(None, "060e2b34.0101010e.0103040a.00000000", t.U32)
    rfc5646_spoken_language: str | None = item(None, "060e2b34.0101010d.03010102.03150000", t.ISO7)


@dataclass(kw_only=True)
class AudioChannelLabelSubDescriptor(MCALabelSubDescriptor, key="060e2b34.02530101.0d010101.01016b00"):
    soundfield_group_link_id: UUID | None = item(None, "060e2b34.0101010e.01030701.06000000", t.ID)


@dataclass(kw_only=True)
class SoundfieldGroupLabelSubDescriptor(MCALabelSubDescriptor, key="060e2b34.02530101.0d010101.01016c00"):
    pass


@dataclass(kw_only=True)
class TimedTextDescriptor(FileDescriptor, key="060e2b34.02530101.0d010101.01016400"):
    data_essence_coding: UL | None = item(0x3E01, "060e2b34.01010103.04030302.00000000", t.LABEL)
    resource_id: UUID | None = item(None, "060e2b34.0101010c.01011512.00000000", t.ID)
    ucs_encoding: str | None = item(None, "060e2b34.0101010c.04090500.00000000", t.UTF16)
    namespace_uri: str | None = item(None, "060e2b34.01010108.01020105.01000000", t.UTF16)
    rfc5646_language_tag_list: str | None = item(None, "060e2b34.0101010e.03010102.02160000", t.UTF16)


@dataclass(kw_only=True)
class TimedTextResourceSubDescriptor(HeaderSet, key="060e2b34.02530101.0d010101.01016500"):
    ancillary_resource_id: UUID | None = item(None, "060e2b34.0101010c.01011513.00000000", t.ID)
    mime_media_type: str | None = item(None, "060e2b34.01010107.04090201.00000000", t.UTF16)
    body_sid: int | None = item(0x3F07, "060e2b34.01010104.01030404.00000000", t.U32)


@dataclass(kw_only=True)
class DCDataDescriptor(FileDescriptor, key="060e2b34.02530101.0d010101.01017300"):
    data_essence_coding: UL | None = item(0x3E01, "060e2b34.01010103.04030302.00000000", t.LABEL)


@dataclass(kw_only=True)
class PrivateDCDataDescriptor(FileDescriptor, key="060e2b34.02530105.0e090603.00000000"):
    data_essence_coding: UL | None = item(0x3E01, "060e2b34.01010105.04030302.00000000", t.LABEL)


@dataclass(kw_only=True)
class DolbyAtmosSubDescriptor(HeaderSet, key="060e2b34.02530105.0e090606.00000000"):
    atmos_id: UUID | None = item(None, "060e2b34.01010105.0e090509.00000000", t.ID)
    first_frame: int | None = item(None, "060e2b34.01010105.0e09050a.00000000", t.U32)
    max_channel_count: int | None = item(None, "060e2b34.01010105.0e090507.00000000", t.U16)
    max_object_count: int | None = item(None, "060e2b34.01010105.0e090508.00000000", t.U16)
    atmos_version: int | None = item(None, "060e2b34.01010105.0e090506.00000000", t.U8)


@dataclass(kw_only=True)
class IndexTableSegment(HeaderSet, key="060e2b34.02530101.0d010201.01100100"):
    index_edit_rate: Rational | None = item(0x3F0B, "060e2b34.01010105.05300406.00000000", t.RATIONAL)
    index_start_position: int | None = item(0x3F0C, "060e2b34.01010105.07020103.010a0000", t.I64)
    index_duration: int | None = item(0x3F0D, "060e2b34.01010105.07020201.01020000", t.I64)
    edit_unit_byte_count: int | None = item(0x3F05, "060e2b34.01010104.04060201.00000000", t.U32)
    index_sid: int | None = item(0x3F06, "060e2b34.01010104.01030405.00000000", t.U32)
    body_sid: int | None = item(0x3F07, "060e2b34.01010104.01030404.00000000", t.U32)
    slice_count: int | None = item(0x3F08, "060e2b34.01010104.04040401.01000000", t.U8)
    pos_table_count: int | None = item(0x3F0E, "060e2b34.01010105.04040401.07000000", t.U8)
    delta_entry_array: bytes | None = item(0x3F09, "060e2b34.01010105.04040401.06000000", t.DATA)
    index_entry_array: bytes | None = item(0x3F0A, "060e2b34.01010105.04040402.05000000", t.DATA)
