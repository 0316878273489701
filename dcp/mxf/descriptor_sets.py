"""The descriptor sets of a new track file, a kind of essence each (sheets 1.3, 1.4 and 2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from dcp.mxf import sets
from dcp.mxf.descriptors import (
    AuxDescriptor,
    McaLabel,
    PictureDescriptor,
    SoundDescriptor,
    TimedTextDescriptor,
)
from dcp.mxf.items import Rational
from dcp.mxf.labels import MCA, UL
from dcp.mxf.track_facts import ESSENCE_TRACK, TrackFacts

NO_CODING = UL(bytes(16))
"""DataEssenceCoding of timed text, as the files of other tools have it."""
XYZ_12_BIT = bytes.fromhex("d80cd90cda0c").ljust(16, b"\0")
"""PixelLayout: X', Y', Z' of 12 bits each."""


def descriptor_sets(facts: TrackFacts) -> list[sets.HeaderSet]:
    """The file descriptor of a new track file, then its sub-descriptors."""
    match facts.descriptor:
        case PictureDescriptor() as picture:
            return _picture(facts, picture)
        case SoundDescriptor() as sound:
            return _sound(facts, sound)
        case AuxDescriptor() as aux:
            return _aux(facts, aux)
        case TimedTextDescriptor() as text:
            return _text(facts, text)


# --- how it is done -----


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
