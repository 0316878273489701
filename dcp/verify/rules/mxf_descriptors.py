"""What the descriptors of track files say against the essence itself, and against what belongs together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from dcp.mxf import labels, sets
from dcp.mxf.descriptor_sets import XYZ_12_BIT
from dcp.mxf.descriptors import RSIZ_4K
from dcp.mxf.header import TrackHeader
from dcp.mxf.labels import MCA, McaTerm
from dcp.mxf.structure import SetView, View
from dcp.picture.codestream import Codestream
from dcp.texts.catalogue import text
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.finding import Severity
from dcp.verify.mxf_shared import byte, judged, odd, structure_rule, views
from dcp.verify.rule import Outcome, hit
from dcp.verify.rules.mxf_index import CHAIN

NEAR = Fraction(2, 100)
TOP = 4095
FULL_FRAME = 0
UCS = "UTF-8"
NAMESPACE_STEMS = ("http://www.smpte-ra.org/schemas/428-7/", "http://www.smpte-ra.org/428-7/")
OLD_NAMESPACES = ("dcst", "interop")
MEDIA_TYPES = (
    "application/x-font-opentype",
    "application/x-opentype",
    "application/octet-stream",
    "font/opentype",
    "font/otf",
    "font/ttf",
    "image/png",
)
CHANNELS = {
    bytes(each)
    for each in (
        labels.CHANNELS_1,
        labels.CHANNELS_2,
        labels.CHANNELS_3,
        labels.CHANNELS_4,
        labels.CHANNELS_5,
        labels.CHANNELS_MCA,
    )
}
IDLE_ITEMS = (
    "sampled_x_offset",
    "stored_f2_offset",
    "display_x_offset",
    "display_f2_offset",
    "alpha_transparency",
    "image_alignment_offset",
    "image_end_offset",
    "alpha_min_ref",
    "scanning_direction",
)


def _of(
    facts: PackageFacts, kind: type[sets.FileDescriptor]
) -> Iterator[tuple[TrackFacts, TrackHeader, View, SetView]]:
    for track, view in views(facts):
        found = view.first(kind)
        if found is not None and track.header is not None:
            yield track, track.header, view, found


@structure_rule("MXF-036", severity="warning", clause="ST 429-4")
def picture(facts: PackageFacts) -> Outcome:
    for track, _, view, found in _of(facts, sets.PictureEssenceDescriptor):
        width, height = found.get("stored_width"), found.get("stored_height")
        ratio = found.get("aspect_ratio")
        if ratio is not None and width and height:
            exact = Fraction(width, height)
            if ratio.fraction is None or abs(ratio.fraction - exact) > NEAR:
                yield odd("MXF-036.value", track, found, "aspect_ratio", exact)
            elif ratio.fraction != exact:
                yield odd("MXF-036.value", track, found, "aspect_ratio", exact, "info")
        j2k = view.first(sets.JPEG2000PictureSubDescriptor)
        coding, rsiz = found.get("picture_essence_coding"), j2k.get("rsize") if j2k is not None else None
        if coding is not None and rsiz in (RSIZ_4K - 1, RSIZ_4K):
            wanted = labels.J2K_4K if rsiz == RSIZ_4K else labels.J2K_2K
            if coding != wanted:
                yield odd("MXF-036.value", track, found, "picture_essence_coding", wanted)
        for name, usual in (
            ("frame_layout", FULL_FRAME),
            ("component_max_ref", TOP),
            ("component_min_ref", 0),
        ):
            if found.get(name) not in (None, usual):
                yield odd("MXF-036.value", track, found, name, usual)
        layout = found.get("pixel_layout")
        if layout is not None and layout not in (XYZ_12_BIT, bytes(16)):
            yield odd("MXF-036.value", track, found, "pixel_layout", XYZ_12_BIT)
        transfer = found.get("transfer_characteristic")
        if transfer is not None and transfer.symbol is None:
            yield odd("MXF-036.value", track, found, "transfer_characteristic", text("word.none"), "info")
        for name in IDLE_ITEMS:
            if found.get(name) not in (None, 0):
                yield odd("MXF-036.value", track, found, name, 0, "info")
        for name, wanted_size in (("sampled_width", width), ("display_height", height)):
            if found.get(name) not in (None, wanted_size):
                yield odd("MXF-036.value", track, found, name, wanted_size, "info")
        if found.get("signal_standard") not in (None, 0, 1):
            yield odd("MXF-036.value", track, found, "signal_standard", 0, "info")


@structure_rule("MXF-037", severity="warning", clause="ST 429-4")
def codestream(facts: PackageFacts) -> Outcome:
    for track, view in views(facts):
        found = view.first(sets.JPEG2000PictureSubDescriptor)
        done = facts.passes.get(track.asset_id)
        first = done.first_codestream if done is not None else None
        if found is None:
            continue
        if first is None:
            yield from _alone(track, view, found)
            continue
        for name, wanted in _of_codestream(first).items():
            if found.get(name) not in (None, wanted):
                seen: Severity | None = "info" if name in _SEEN_OTHERWISE else None
                yield odd("MXF-037.value", track, found, name, wanted, seen)


_SEEN_OTHERWISE = ("rsize", "picture_component_sizing")
"""Old files have these as cinema asks for them, whatever their pictures are; the pictures are judged."""


def _of_codestream(first: Codestream) -> dict[str, object]:
    sizing = len(first.components).to_bytes(4, "big") + (3).to_bytes(4, "big")
    sizing += b"".join(bytes((each.ssiz, each.xrsiz, each.yrsiz)) for each in first.components)
    return {
        "rsize": first.rsiz,
        "xsize": first.xsiz,
        "ysize": first.ysiz,
        "x_osize": first.xosiz,
        "y_osize": first.yosiz,
        "x_tsize": first.xtsiz,
        "y_tsize": first.ytsiz,
        "x_tosize": first.xtosiz,
        "y_tosize": first.ytosiz,
        "csize": len(first.components),
        "picture_component_sizing": sizing,
        "coding_style_default": first.cod,
        "quantization_default": first.qcd,
    }


def _alone(track: TrackFacts, view: View, found: SetView) -> Outcome:
    """Without a codestream to look at, against the descriptor and what cinema's profiles allow."""
    descriptor = view.first(sets.PictureEssenceDescriptor)
    width = descriptor.get("stored_width") if descriptor is not None else None
    height = descriptor.get("stored_height") if descriptor is not None else None
    wanted = {
        "xsize": width,
        "ysize": height,
        "x_tsize": width,
        "y_tsize": height,
        "x_osize": 0,
        "y_osize": 0,
        "x_tosize": 0,
        "y_tosize": 0,
        "csize": 3,
        "picture_component_sizing": bytes.fromhex("0000000300000003") + bytes.fromhex("0b0101") * 3,
    }
    for name, value in wanted.items():
        if value is not None and found.get(name) not in (None, value):
            yield odd("MXF-037.value", track, found, name, value, "info" if name in _SEEN_OTHERWISE else None)
    if found.get("rsize") not in (None, RSIZ_4K - 1, RSIZ_4K):
        yield odd("MXF-037.value", track, found, "rsize", RSIZ_4K - 1)


@structure_rule("MXF-038", severity="warning", clause="ST 382")
def sound(facts: PackageFacts) -> Outcome:
    chains = {track.asset_id: chain for track, chain in CHAIN.of(facts)}
    for track, header, _, found in _of(facts, sets.WaveAudioDescriptor):
        rate, align = found.get("audio_sampling_rate"), found.get("block_align")
        hertz = rate.fraction if rate is not None else None
        if rate is not None and hertz is not None and hertz.denominator != 1 and round(hertz) in _HERTZ:
            yield odd("MXF-038.value", track, found, "audio_sampling_rate", "48000/1")
        channels, bits = found.get("channel_count"), found.get("quantization_bits")
        fits = bits == 24 and align is not None and align == (channels or 0) * 3  # else SND-002, SND-005
        average = found.get("avg_bps")
        if average is not None and fits and hertz in _HERTZ and average != hertz * align:
            yield odd("MXF-038.value", track, found, "avg_bps", hertz * align)
        chain = chains.get(track.asset_id)
        if chain is not None and hertz in _HERTZ and fits and track.readable:
            wanted = hertz / header.edit_rate * align
            for size, index in chain.sizes.items():
                if size and size != wanted:
                    yield hit(
                        "MXF-038.size",
                        file=track.name,
                        place=text("place.frame", frame=index),
                        severity="error",
                        found=size,
                        wanted=wanted,
                    )
                    break
        for name in ("locked", "audio_ref_level", "dial_norm", "sequence_offset"):
            if found.get(name):
                yield odd("MXF-038.value", track, found, name, 0, "info")
        coding = found.get("sound_essence_coding")
        if coding is not None and bytes(coding) not in _PCM:
            yield odd("MXF-038.value", track, found, "sound_essence_coding", None, "info")


_HERTZ = (48000, 96000)
_PCM = {bytes(16), bytes.fromhex("060e2b340401010a0402020101000000")}
"""No coding, or that of uncompressed sound."""


@structure_rule("MXF-039", severity="warning", clause="ST 377-4")
def channel_labels(facts: PackageFacts) -> Outcome:
    for track, _, view, found in _of(facts, sets.WaveAudioDescriptor):
        assignment = found.get("channel_assignment")
        if assignment is not None and bytes(assignment) not in CHANNELS:
            yield odd("MXF-039.value", track, found, "channel_assignment", labels.CHANNELS_4)
        count = found.get("channel_count") or 0
        subs = list(view.of(sets.MCALabelSubDescriptor))
        groups = {
            each.get("mca_link_id") for each in subs if each.is_a(sets.SoundfieldGroupLabelSubDescriptor)
        }
        seen: set[object] = set()
        taken: set[object] = set()
        spoken = [each.get("rfc5646_spoken_language") for each in subs]
        languages = Counter(each for each in spoken if each is not None)
        for each in subs:
            yield from _term(track, each)
            link, channel = each.get("mca_link_id"), each.get("mca_channel_id")
            place = byte(each.raw.offset)
            if link in seen:
                yield hit("MXF-039.link-twice", file=track.name, place=place, set=each.name)
            seen.add(link)
            if each.is_a(sets.AudioChannelLabelSubDescriptor):
                if channel is not None and not 1 <= channel <= count:
                    yield hit("MXF-039.channel", file=track.name, place=place, number=channel, count=count)
                elif channel is not None and channel in taken:
                    yield hit("MXF-039.channel-twice", file=track.name, place=place, number=channel)
                taken.add(channel)
                group = each.get("soundfield_group_link_id")
                if group is not None and group not in groups:
                    yield hit("MXF-039.group", file=track.name, place=place, uid=group)
            language = each.get("rfc5646_spoken_language")
            if language is not None and languages[language] * 2 <= languages.total():
                most = languages.most_common(1)[0][0]
                yield odd("MXF-039.value", track, each, "rfc5646_spoken_language", most, "info")
        numbers = sorted(each for each in taken if isinstance(each, int))
        if numbers and numbers[0] > 1 and not any(each > count for each in numbers):
            yield hit(
                "MXF-039.gap", file=track.name, place=byte(subs[0].raw.offset), severity="info", number=1
            )


def _term(track: TrackFacts, found: SetView) -> Outcome:
    """A label, its symbol and its name against the dictionary."""
    label = found.get("mca_label_dictionary_id")
    if label is None:
        return
    a_group = found.is_a(sets.SoundfieldGroupLabelSubDescriptor)
    term = _TERMS.get(bytes(label))
    place = byte(found.at("mca_label_dictionary_id"))
    if term is None:
        symbol = found.get("mca_tag_symbol")
        meant = next((each for each in _TERMS.values() if each.tag_symbol == symbol), None)
        severity: Severity | None = None if meant is not None else "info"
        yield hit(
            "MXF-039.unknown",
            file=track.name,
            place=place,
            severity=severity,
            label=label,
            symbol=symbol or text("word.none"),
        )
        return
    if (term in MCA.groups.values()) != a_group:
        yield hit("MXF-039.kind", file=track.name, place=place, set=found.name, symbol=term.tag_symbol)
    symbol, name = found.get("mca_tag_symbol"), found.get("mca_tag_name")
    if symbol is not None and symbol != term.tag_symbol:
        yield odd("MXF-039.value", track, found, "mca_tag_symbol", term.tag_symbol)
    if (name is not None and name.lower() != term.tag_name.lower()) or (
        name is not None and name != term.tag_name
    ):
        yield odd("MXF-039.value", track, found, "mca_tag_name", term.tag_name, "info")


_TERMS: dict[bytes, McaTerm] = {
    bytes(term.label): term for term in (*MCA.channels.values(), *MCA.groups.values())
}


@structure_rule("MXF-040", severity="warning", clause="ST 429-5")
def timed_text(facts: PackageFacts) -> Outcome:
    for track, structure in judged(facts):
        view = structure.metadata
        found = view.first(sets.TimedTextDescriptor)
        if found is None:
            continue
        if found.get("ucs_encoding") not in (None, UCS):
            yield odd("MXF-040.value", track, found, "ucs_encoding", UCS)
        namespace = found.get("namespace_uri")
        # what can be read is held against the document itself (TT-026)
        if not track.readable and namespace is not None and not namespace.startswith(NAMESPACE_STEMS):
            known: Severity | None = "info" if namespace in OLD_NAMESPACES else None
            yield odd("MXF-040.value", track, found, "namespace_uri", NAMESPACE_STEMS[0] + "...", known)
        coding = found.get("data_essence_coding")
        if coding is not None and any(coding):
            yield odd("MXF-040.value", track, found, "data_essence_coding", bytes(16), "info")
        there = {
            each.pack.partition.body_sid
            for each in structure.partitions
            if each.pack.partition.kind == "generic_stream"
        }
        seen: set[int] = set()
        for each in view.of(sets.TimedTextResourceSubDescriptor):
            sid, media = each.get("body_sid"), each.get("mime_media_type")
            if sid is not None and (sid in seen or sid not in there):
                yield hit(
                    "MXF-040.stream",
                    file=track.name,
                    place=byte(each.at("body_sid")),
                    severity="error",
                    number=sid,
                )
            seen.add(sid or 0)
            if media is not None and media not in MEDIA_TYPES:
                yield odd("MXF-040.value", track, each, "mime_media_type", ", ".join(MEDIA_TYPES), "info")


@structure_rule("MXF-041", severity="warning", clause="ST 429-18")
def data(facts: PackageFacts) -> Outcome:
    for track, header, view, found in (
        *_of(facts, sets.DCDataDescriptor),
        *_of(facts, sets.PrivateDCDataDescriptor),
    ):
        coding = found.get("data_essence_coding")
        if header.essence == "atmos" and coding is not None and coding != labels.IMMERSIVE_AUDIO_CODING:
            yield odd("MXF-041.value", track, found, "data_essence_coding", labels.IMMERSIVE_AUDIO_CODING)
        atmos = view.first(sets.DolbyAtmosSubDescriptor)
        if atmos is None:
            continue
        version = atmos.get("atmos_version")
        if version not in (None, 0, 1):
            yield odd("MXF-041.value", track, atmos, "atmos_version", 1)
        first = atmos.get("first_frame")
        if first is not None and header.container_duration and first >= header.container_duration:
            yield odd("MXF-041.value", track, atmos, "first_frame", f"0 - {header.container_duration - 1}")
        channels, objects = atmos.get("max_channel_count"), atmos.get("max_object_count")
        for name, value, most in (
            ("max_channel_count", channels, MAX_CHANNELS),
            ("max_object_count", objects, MAX_OBJECTS),
        ):
            if value is not None and value > most:
                yield odd("MXF-041.value", track, atmos, name, f"0 - {most}")


MAX_CHANNELS, MAX_OBJECTS = 128, 128
