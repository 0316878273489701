"""The composition metadata (ST 429-16)."""

from __future__ import annotations

from collections.abc import Iterator

from dcp.documents.cpl import METADATA_KIND, CompositionPlaylist
from dcp.documents.cpl_metadata import (
    APPLICATION_SCOPE,
    BV21_PROFILE,
    CHANNEL_SYMBOLS,
    SOUNDFIELDS,
    UNUSED,
    CompositionMetadata,
    parse_sound_configuration,
)
from dcp.package.survey import Document
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Hit, Outcome, package_rule

_PLACE = f"/CompositionPlaylist/ReelList/Reel/AssetList/{METADATA_KIND}"


def _metadata(facts: PackageFacts) -> Iterator[tuple[Document, CompositionPlaylist, CompositionMetadata]]:
    for document, cpl in facts.compositions():
        if cpl.metadata is not None:
            yield document, cpl, cpl.metadata


@package_rule(
    "META-001",
    severity="info",
    bv21="error",
    clause="RDD 52, ST 429-16",
    statement="A SMPTE playlist has a composition metadata asset",
)
def is_there(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        if cpl.standard == "smpte" and cpl.metadata is None:
            yield Hit("there is no CompositionMetadataAsset", file=document.name)


@package_rule(
    "META-002",
    severity="info",
    bv21="error",
    clause="ST 429-16",
    statement="VersionNumber is there, 1 or more",
)
def version_number(facts: PackageFacts) -> Outcome:
    for document, _, metadata in _metadata(facts):
        if metadata.version_number is None or metadata.version_number < 1:
            yield Hit(
                f"VersionNumber is {metadata.version_number or 'missing or 0'}",
                file=document.name,
                place=_PLACE,
            )


@package_rule(
    "META-003", severity="info", bv21="error", clause="RDD 52 8.6.3", statement="There is extension metadata"
)
def has_extension(facts: PackageFacts) -> Outcome:
    for document, _, metadata in _metadata(facts):
        if not metadata.extension_metadata_list:
            yield Hit("there is no ExtensionMetadata", file=document.name, place=_PLACE)


@package_rule(
    "META-004",
    severity="info",
    bv21="error",
    clause="RDD 52 8.6.3",
    statement="The extension metadata declares the application profile",
)
def declares_profile(facts: PackageFacts) -> Outcome:
    for document, _, metadata in _metadata(facts):
        if metadata.extension_metadata_list and metadata.application_profile != BV21_PROFILE:
            said = metadata.application_profile
            yield Hit(
                f"the profile declared is '{said}', not {BV21_PROFILE}"
                if said
                else f"no property under {APPLICATION_SCOPE} declares {BV21_PROFILE}",
                file=document.name,
                place=f"{_PLACE}/ExtensionMetadataList",
            )


@package_rule(
    "META-005",
    severity="error",
    clause="ST 429-16",
    statement="The active picture is even in both directions and fits the stored picture",
)
def active_area(facts: PackageFacts) -> Outcome:
    for document, _, metadata in _metadata(facts):
        active, stored = metadata.main_picture_active_area, metadata.main_picture_stored_area
        if active is None:
            continue
        place = f"{_PLACE}/MainPictureActiveArea"
        for name, size in (("width", active.width), ("height", active.height)):
            if size % 2:
                yield Hit(
                    f"the active {name} {size} is odd", file=document.name, place=place, severity="warning"
                )
        if stored is not None and (active.width > stored.width or active.height > stored.height):
            yield Hit(
                f"the active picture {active.width}x{active.height} is larger than the stored one, "
                f"{stored.width}x{stored.height}",
                file=document.name,
                place=place,
            )


@package_rule(
    "META-006",
    severity="warning",
    bv21="error",
    clause="ST 429-16, ST 428-12",
    statement="MainSoundConfiguration can be read and uses known symbols",
)
def sound_configuration(facts: PackageFacts) -> Outcome:
    for document, _, metadata in _metadata(facts):
        text = metadata.main_sound_configuration
        if text is None:
            continue
        parsed = parse_sound_configuration(text)
        place = f"{_PLACE}/MainSoundConfiguration"
        if parsed is None:
            yield Hit(f"'{text[:80]}' has not the form FIELD/channels", file=document.name, place=place)
            continue
        unknown = [symbol for symbol in parsed[1] if symbol not in CHANNEL_SYMBOLS and symbol != UNUSED]
        if parsed[0] not in SOUNDFIELDS:
            unknown.insert(0, parsed[0])
        if unknown:
            yield Hit(f"unknown symbols: {', '.join(unknown)[:200]}", file=document.name, place=place)


@package_rule(
    "META-007",
    severity="warning",
    bv21="error",
    clause="ST 429-16",
    statement="MainSoundConfiguration lists as many channels as the sound has",
)
def channel_count(facts: PackageFacts) -> Outcome:
    for document, cpl, metadata in _metadata(facts):
        parsed = parse_sound_configuration(metadata.main_sound_configuration or "")
        sound = next((reel.sound for reel in cpl.reels if reel.sound is not None), None)
        header = facts.header_of(sound.id) if sound is not None else None
        channels = getattr(header.descriptor, "channels", None) if header is not None else None
        if parsed is not None and channels is not None and len(parsed[1]) != channels:
            yield Hit(
                f"{len(parsed[1])} channels are listed, the sound has {channels}",
                file=document.name,
                place=f"{_PLACE}/MainSoundConfiguration",
            )


@package_rule("META-008", severity="warning", clause="ST 429-16", statement="MainSoundConfiguration is there")
def has_sound_configuration(facts: PackageFacts) -> Outcome:
    for document, _, metadata in _metadata(facts):
        if not metadata.main_sound_configuration:
            yield Hit("MainSoundConfiguration is missing", file=document.name, place=_PLACE)
