"""What the metadata of a composition claims of its tracks: sizes, sound, tracks for access, HDR."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from dcp.documents.cpl import METADATA_KIND, CompositionPlaylist
from dcp.documents.cpl_metadata import (
    UNUSED,
    CompositionMetadata,
    ExtensionMetadata,
    parse_sound_configuration,
)
from dcp.mxf.descriptors import PictureDescriptor, SoundDescriptor
from dcp.mxf.labels import TRANSFER_ST2084, same
from dcp.package.survey import Document
from dcp.packing.metadata import HDR
from dcp.picture.cinema import is_four_k
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Outcome, hit, package_rule

_PLACE = f"/CompositionPlaylist/ReelList/Reel/AssetList/{METADATA_KIND}"
_EXTENSIONS = f"{_PLACE}/ExtensionMetadataList"
_ACCESS = {"HI": "HI", "VIN": "VI", "SLVS": "SL"}
"""Channels for access, and what people call them."""
_SIGN_LANGUAGE = "http://isdcf.com/2017/10/SignLanguageVideo"
_DOLBY = "http://www.dolby.com/schemas/2014/EDR-Metadata"
_HDR_RATES_2K = frozenset(map(Fraction, (24, 48, 60, 96)))
_HDR_RATES = frozenset(map(Fraction, (24, 48, 60)))
"""Frames a second of each eye: HDR addendum, in 2K and in 4K or 3D."""


@package_rule("META-010", severity="warning", clause="ST 429-16")
def stored_area(facts: PackageFacts) -> Outcome:
    for document, cpl, metadata in _all(facts):
        area = metadata.main_picture_stored_area
        if area is None:
            continue
        sizes = {(each.stored_width, each.stored_height) for each in _pictures(facts, cpl)}
        if sizes and (area.width, area.height) not in sizes:
            width, height = min(sizes)
            yield hit(
                "META-010.size",
                file=document.name,
                place=f"{_PLACE}/MainPictureStoredArea",
                stated=f"{area.width}x{area.height}",
                found=f"{width}x{height}",
            )


@package_rule("META-011", severity="warning", clause="ST 429-16")
def sample_rate(facts: PackageFacts) -> Outcome:
    for document, cpl, metadata in _all(facts):
        stated = metadata.main_sound_sample_rate
        found = {sound.sample_rate for sound in _sounds(facts, cpl)}
        if stated is not None and found and stated not in found:
            yield hit(
                "META-011.rate",
                file=document.name,
                place=f"{_PLACE}/MainSoundSampleRate",
                stated=stated,
                found=min(found),
            )


@package_rule("QC-007", severity="info")
def tracks_for_access(facts: PackageFacts) -> Outcome:
    """What metadata names and no track has, and what a track has and metadata must name. What a title claims
    is held against the tracks by the rules of names."""
    for document, cpl, metadata in _all(facts):
        yield from _channels(facts, document, cpl, metadata)
        texts = [asset for asset in cpl.assets if asset.kind == "MainSubtitle"]
        listed = metadata.main_subtitle_language_list
        if listed and not texts and cpl.reels:
            yield hit(
                "QC-007.no-subtitles",
                file=document.name,
                place=f"{_PLACE}/MainSubtitleLanguageList",
                languages=list(listed[:20]),
            )
        known = {each.lower() for each in listed}
        absent = sorted(
            {each.language for each in texts if each.language and each.language.lower() not in known}
        )
        if listed and absent:
            yield hit(
                "QC-007.other-subtitles",
                file=document.name,
                place=f"{_PLACE}/MainSubtitleLanguageList",
                languages=list(listed[:20]),
                found=absent[:20],
            )


@package_rule("QC-008", severity="warning", clause="HDR addendum 7.2")
def hdr_is_told_of_twice(facts: PackageFacts) -> Outcome:
    """In the descriptor of each picture and in the playlist; a server that sees one of them alone cannot tell
    what the picture is."""
    for document, cpl in facts.compositions():
        metadata = cpl.metadata
        extension = _extension(metadata, HDR.scope) if metadata else None
        pictures = list(_pictures(facts, cpl))
        coded = [each for each in pictures if _is_pq(each)]
        if extension is not None:
            wrong = _odd_properties(extension, HDR.name, HDR.property_list)
            if wrong is not None:
                yield hit("QC-008.values", file=document.name, place=_EXTENSIONS, found=wrong, wanted=_HDR)
        if extension is not None and len(coded) < len(pictures):
            yield hit(
                "QC-008.descriptor", file=document.name, place=_EXTENSIONS, count=len(pictures) - len(coded)
            )
        if coded and extension is None:
            yield hit("QC-008.playlist", file=document.name, wanted=_HDR)
        if extension is not None or coded:
            yield from _hdr_form(facts, document, cpl)
        dolby = _extension(metadata, _DOLBY) if metadata else None
        if dolby is not None:
            wanted = (("image transfer function", "PQ10K"),)
            wrong = _odd_properties(dolby, "Dolby EDR", wanted)
            if wrong is not None:
                yield hit(
                    "QC-008.dolby", file=document.name, place=_EXTENSIONS, found=wrong, wanted=wanted[0][1]
                )


# --- how it is done -----

_HDR = f"{HDR.name}: {HDR.property_list[0][0]} = {HDR.property_list[0][1]}"


def _all(facts: PackageFacts) -> Iterator[tuple[Document, CompositionPlaylist, CompositionMetadata]]:
    for document, cpl in facts.compositions():
        if cpl.metadata is not None:
            yield document, cpl, cpl.metadata


def _pictures(facts: PackageFacts, cpl: CompositionPlaylist) -> Iterator[PictureDescriptor]:
    for asset in cpl.assets:
        header = facts.header_of(asset.id)
        if header is not None and isinstance(header.descriptor, PictureDescriptor):
            yield header.descriptor


def _sounds(facts: PackageFacts, cpl: CompositionPlaylist) -> Iterator[SoundDescriptor]:
    for asset in cpl.assets:
        header = facts.header_of(asset.id) if asset.kind == "MainSound" else None
        if header is not None and isinstance(header.descriptor, SoundDescriptor):
            yield header.descriptor


def _channels(
    facts: PackageFacts, document: Document, cpl: CompositionPlaylist, metadata: CompositionMetadata
) -> Outcome:
    parsed = parse_sound_configuration(metadata.main_sound_configuration or "")
    listed = {symbol for symbol in (parsed[1] if parsed else ()) if symbol != UNUSED}
    labelled = [sound for sound in _sounds(facts, cpl) if any(each.channel for each in sound.soundfield)]
    present = {label.tag_symbol.removeprefix("ch") for sound in labelled for label in sound.soundfield}
    sign = _extension(metadata, _SIGN_LANGUAGE) is not None
    if parsed is not None and labelled:
        absent = [name for symbol, name in _ACCESS.items() if symbol in listed - present]
        unlisted = [name for symbol, name in _ACCESS.items() if symbol in present - listed]
        place = f"{_PLACE}/MainSoundConfiguration"
        if absent:
            yield hit("QC-007.no-channel", file=document.name, place=place, codes=absent)
        if unlisted:
            yield hit("QC-007.unlisted", file=document.name, place=place, codes=unlisted)
    known = listed | present
    if sign and known and "SLVS" not in known:
        yield hit("QC-007.no-sign-language", file=document.name, place=_EXTENSIONS)
    elif "SLVS" in known and not sign:
        yield hit("QC-007.sign-language-unlisted", file=document.name, place=_EXTENSIONS)


def _extension(metadata: CompositionMetadata, scope: str) -> ExtensionMetadata | None:
    return next((each for each in metadata.extension_metadata_list if each.scope == scope), None)


def _odd_properties(
    extension: ExtensionMetadata, name: str, wanted: tuple[tuple[str, str], ...]
) -> str | None:
    """What stands where the wanted properties belong, None when they are all there."""
    found = dict(extension.property_list)
    if extension.name == name and all(found.get(key) == value for key, value in wanted):
        return None
    properties = ", ".join(f"{key} = {value}" for key, value in extension.property_list)
    return f"{extension.name}: {properties}"[:200]


def _is_pq(picture: PictureDescriptor) -> bool:
    transfer = picture.transfer_characteristic
    return transfer is not None and same(transfer, TRANSFER_ST2084)


def _hdr_form(facts: PackageFacts, document: Document, cpl: CompositionPlaylist) -> Outcome:
    """Rates that displays of HDR have to play (HDR addendum)."""
    said: set[Fraction] = set()
    for asset in cpl.assets:
        header = facts.header_of(asset.id)
        if header is None or not isinstance(header.descriptor, PictureDescriptor):
            continue
        size = (header.descriptor.stored_width, header.descriptor.stored_height)
        rates = _HDR_RATES if is_four_k(size) or header.descriptor.stereo else _HDR_RATES_2K
        if header.edit_rate not in rates and header.edit_rate not in said:
            said.add(header.edit_rate)
            yield hit(
                "QC-008.rate",
                file=document.name,
                severity="info",
                rate=header.edit_rate,
                known=[str(rate) for rate in sorted(rates)],
            )
