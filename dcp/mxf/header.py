"""The header of a track file as one value, drawn from its sets."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal, TypeVar
from uuid import UUID

from dcp.dataclass import dataclass
from dcp.errors import TrackFileError
from dcp.mxf import labels, sets
from dcp.mxf.descriptors import (
    AuxDescriptor,
    Descriptor,
    LabelSet,
    McaLabel,
    PictureDescriptor,
    SoundDescriptor,
    TimedTextDescriptor,
    TimedTextResource,
)
from dcp.mxf.items import ProductVersion
from dcp.mxf.labels import UL, any_version, same
from dcp.mxf.metadata import HeaderMetadata
from dcp.mxf.partition import CLOSED_COMPLETE, Partition

EssenceKind = Literal["picture", "stereo_picture", "sound", "timed_text", "aux_data", "atmos", "unknown"]

_CONTAINERS: dict[bytes, EssenceKind] = {
    any_version(labels.GC_J2K): "picture",
    any_version(labels.GC_J2K_PROGRESSIVE): "picture",
    any_version(labels.GC_MPEG_VIDEO): "picture",
    any_version(labels.GC_WAVE_FRAME): "sound",
    any_version(labels.GC_WAVE_CLIP): "sound",
    any_version(labels.GC_TIMED_TEXT): "timed_text",
    any_version(labels.GC_AUX_DATA): "aux_data",
    any_version(labels.GC_IMMERSIVE_AUDIO): "atmos",
}


@dataclass(frozen=True)
class Writer:
    """Who made the file (the first Identification set)."""

    company_name: str | None = None
    product_name: str | None = None
    version_string: str | None = None
    product_uid: UUID | None = None
    toolkit_version: ProductVersion | None = None


@dataclass(frozen=True)
class TrackHeader:
    """What a track file says of itself.

    edit_rate: edit units (a pair is one) a second. container_duration: edit units; of timed text, the reel's.
    container: the label of the clear essence. has_mic: the header names an algorithm for integrity. closed:
    the header partition is closed and complete; from_footer: it is not, and the footer has what stands here.
    """

    essence: EssenceKind
    label_set: LabelSet
    asset_id: UUID
    edit_rate: Fraction
    container_duration: int
    encrypted: bool
    key_id: UUID | None
    context_id: UUID | None
    has_mic: bool
    descriptor: Descriptor | None
    identification: Writer
    container: UL | None = None
    operational_pattern: UL = labels.OP_ATOM
    sample_rate: Fraction | None = None
    cipher_algorithm: UL | None = None
    mic_algorithm: UL | None = None
    closed: bool = True
    from_footer: bool = False

    @property
    def units_per_edit_unit(self) -> int:
        return 2 if self.essence == "stereo_picture" else 1


def read_track_header(
    metadata: HeaderMetadata, partition: Partition, *, where: str, from_footer: bool = False
) -> TrackHeader:
    """TrackFileError when the sets lack what every track file must say: a file package, its id, a rate."""
    package = _file_package(metadata)
    if package is None or package.package_uid is None:
        raise TrackFileError("mxf.no-file-package", where=where)
    descriptor = metadata.get(package.descriptor, sets.FileDescriptor)
    track = _essence_track(metadata, package, descriptor)
    edit_rate = track.edit_rate.fraction if track is not None and track.edit_rate else None
    sample_rate = descriptor.sample_rate.fraction if descriptor and descriptor.sample_rate else None
    if edit_rate is None:
        raise TrackFileError("mxf.no-edit-rate", where=where)
    context = metadata.first(sets.CryptographicContext)
    container = _container(descriptor, context, partition)
    essence = _CONTAINERS.get(any_version(container), "unknown") if container is not None else "unknown"
    if essence == "picture" and _is_stereo(metadata, descriptor, edit_rate, sample_rate):
        essence = "stereo_picture"
    pattern = partition.operational_pattern
    return TrackHeader(
        essence=essence,
        label_set="interop" if pattern == labels.INTEROP_OP_ATOM else "smpte",
        asset_id=UUID(bytes=package.package_uid[16:]),
        edit_rate=edit_rate,
        container_duration=_duration(metadata, descriptor, track),
        encrypted=context is not None,
        key_id=context.cryptographic_key_id if context else None,
        context_id=context.context_id if context else None,
        has_mic=context is not None
        and context.mic_algorithm is not None
        and context.mic_algorithm != labels.MIC_NONE,
        descriptor=_descriptor(metadata, descriptor, stereo=essence == "stereo_picture"),
        identification=_identification(metadata),
        container=container,
        operational_pattern=pattern,
        sample_rate=sample_rate,
        cipher_algorithm=context.cipher_algorithm if context else None,
        mic_algorithm=context.mic_algorithm if context else None,
        closed=partition.status == CLOSED_COMPLETE,
        from_footer=from_footer,
    )


S = TypeVar("S", bound=sets.HeaderSet)


def _file_package(metadata: HeaderMetadata) -> sets.SourcePackage | None:
    """The primary package; else the one with a descriptor of essence."""
    preface = metadata.first(sets.Preface)
    primary = metadata.get(preface.primary_package, sets.SourcePackage) if preface else None
    if primary is not None:
        return primary
    packages = list(metadata.of(sets.SourcePackage))
    described = [each for each in packages if metadata.get(each.descriptor, sets.FileDescriptor)]
    return next(iter(described or packages), None)


def _essence_track(
    metadata: HeaderMetadata, package: sets.SourcePackage, descriptor: sets.FileDescriptor | None
) -> sets.Track | None:
    tracks = [track for each in package.tracks or () if (track := metadata.get(each, sets.Track))]
    if descriptor is not None and descriptor.linked_track_id is not None:
        for track in tracks:
            if track.track_id == descriptor.linked_track_id:
                return track
    for track in tracks:
        sequence = metadata.get(track.sequence, sets.StructuralComponent)
        definition = sequence.data_definition if sequence else None
        if definition is not None and any(
            same(definition, each) for each in (labels.DATA_PICTURE, labels.DATA_SOUND, labels.DATA_DATA)
        ):
            return track
    return tracks[0] if tracks else None


def _container(
    descriptor: sets.FileDescriptor | None,
    context: sets.CryptographicContext | None,
    partition: Partition,
) -> UL | None:
    if descriptor is not None and descriptor.essence_container is not None:
        return descriptor.essence_container
    if context is not None and context.source_essence_container is not None:
        return context.source_essence_container
    return next((each for each in partition.essence_containers if not same(each, labels.GC_MULTIPLE)), None)


def _is_stereo(
    metadata: HeaderMetadata,
    descriptor: sets.FileDescriptor | None,
    edit_rate: Fraction,
    sample_rate: Fraction | None,
) -> bool:
    """SMPTE files carry a sub-descriptor; Interop files give twice the rate in the descriptor (sheet 1.4)."""
    if metadata.first(sets.StereoscopicPictureSubDescriptor) is not None:
        return True
    return sample_rate is not None and sample_rate == 2 * edit_rate


def _duration(
    metadata: HeaderMetadata, descriptor: sets.FileDescriptor | None, track: sets.Track | None
) -> int:
    """Edit units; 0 when the file does not say."""
    if descriptor is not None and descriptor.container_duration is not None:
        return max(descriptor.container_duration, 0)
    sequence = metadata.get(track.sequence, sets.StructuralComponent) if track is not None else None
    return max(sequence.duration or 0, 0) if sequence else 0


def _identification(metadata: HeaderMetadata) -> Writer:
    found = metadata.first(sets.Identification)
    if found is None:
        return Writer()
    return Writer(
        company_name=found.company_name,
        product_name=found.product_name,
        version_string=found.version_string,
        product_uid=found.product_uid,
        toolkit_version=found.toolkit_version,
    )


def _descriptor(
    metadata: HeaderMetadata, found: sets.FileDescriptor | None, *, stereo: bool
) -> Descriptor | None:
    match found:
        case sets.PictureEssenceDescriptor():
            return _picture(metadata, found, stereo=stereo)
        case sets.WaveAudioDescriptor():
            return _sound(metadata, found)
        case sets.TimedTextDescriptor():
            return TimedTextDescriptor(
                resource_id=found.resource_id,
                namespace_uri=found.namespace_uri,
                ucs_encoding=found.ucs_encoding,
                languages=found.rfc5646_language_tag_list,
                resources=tuple(
                    TimedTextResource(each.ancillary_resource_id, each.mime_media_type or "", each.body_sid)
                    for each in _subs(metadata, found, sets.TimedTextResourceSubDescriptor)
                    if each.ancillary_resource_id is not None and each.body_sid is not None
                ),
            )
        case sets.DCDataDescriptor() | sets.PrivateDCDataDescriptor():
            atmos = next(_subs(metadata, found, sets.DolbyAtmosSubDescriptor), None)
            if atmos is None:
                return AuxDescriptor(found.data_essence_coding)
            return AuxDescriptor(
                found.data_essence_coding,
                atmos_id=atmos.atmos_id,
                first_frame=atmos.first_frame,
                max_channel_count=atmos.max_channel_count,
                max_object_count=atmos.max_object_count,
                atmos_version=atmos.atmos_version,
            )
        case _:
            return None


def _subs(metadata: HeaderMetadata, found: sets.FileDescriptor, kind: type[S]) -> Iterator[S]:
    """The sub-descriptors that `found` refers to, in its order."""
    return (each for ref in found.sub_descriptors or () if (each := metadata.get(ref, kind)) is not None)


def _picture(
    metadata: HeaderMetadata, found: sets.PictureEssenceDescriptor, *, stereo: bool
) -> PictureDescriptor:
    rgba = found if isinstance(found, sets.RGBAEssenceDescriptor) else None
    # Found by class when the reference is broken: the facts are still the file's own.
    j2k = next(_subs(metadata, found, sets.JPEG2000PictureSubDescriptor), None) or metadata.first(
        sets.JPEG2000PictureSubDescriptor
    )
    sizing = j2k.picture_component_sizing if j2k else None
    return PictureDescriptor(
        stored_width=found.stored_width or 0,
        stored_height=found.stored_height or 0,
        stereo=stereo,
        aspect_ratio=found.aspect_ratio.fraction if found.aspect_ratio else None,
        picture_essence_coding=found.picture_essence_coding,
        component_max_ref=rgba.component_max_ref if rgba else None,
        component_min_ref=rgba.component_min_ref if rgba else None,
        pixel_layout=rgba.pixel_layout if rgba else None,
        sample_rate=found.sample_rate.fraction if found.sample_rate else None,
        transfer_characteristic=found.transfer_characteristic,
        rsiz=j2k.rsize if j2k else None,
        xsiz=j2k.xsize if j2k else None,
        ysiz=j2k.ysize if j2k else None,
        xosiz=j2k.x_osize if j2k else None,
        yosiz=j2k.y_osize if j2k else None,
        xtsiz=j2k.x_tsize if j2k else None,
        ytsiz=j2k.y_tsize if j2k else None,
        xtosiz=j2k.x_tosize if j2k else None,
        ytosiz=j2k.y_tosize if j2k else None,
        csiz=j2k.csize if j2k else None,
        picture_component_sizing=tuple(
            (sizing[at], sizing[at + 1], sizing[at + 2]) for at in range(8, len(sizing) - 2, 3)
        )
        if sizing
        else (),
        coding_style_default=j2k.coding_style_default if j2k else None,
        quantization_default=j2k.quantization_default if j2k else None,
    )


def _sound(metadata: HeaderMetadata, found: sets.WaveAudioDescriptor) -> SoundDescriptor:
    rate = found.audio_sampling_rate.fraction if found.audio_sampling_rate else None
    return SoundDescriptor(
        channels=found.channel_count or 0,
        sample_rate=round(rate) if rate else 0,
        quantization_bits=found.quantization_bits or 0,
        channel_assignment=found.channel_assignment,
        soundfield=tuple(
            McaLabel(
                dictionary_id=each.mca_label_dictionary_id,
                tag_symbol=each.mca_tag_symbol or "",
                tag_name=each.mca_tag_name or "",
                channel=each.mca_channel_id,
                language=each.rfc5646_spoken_language,
                link_id=each.mca_link_id,
                group=each.soundfield_group_link_id
                if isinstance(each, sets.AudioChannelLabelSubDescriptor)
                else None,
            )
            for each in _subs(metadata, found, sets.MCALabelSubDescriptor)
            if each.mca_label_dictionary_id is not None
        ),
        locked=found.locked,
        block_align=found.block_align,
        avg_bps=found.avg_bps,
    )
