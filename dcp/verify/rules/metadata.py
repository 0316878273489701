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
from dcp.verify.rule import Outcome, hit, package_rule
from dcp.verify.rules.schema import owned

_PLACE = f"/CompositionPlaylist/ReelList/Reel/AssetList/{METADATA_KIND}"


def _metadata(facts: PackageFacts) -> Iterator[tuple[Document, CompositionPlaylist, CompositionMetadata]]:
    for document, cpl in facts.compositions():
        if cpl.metadata is not None:
            yield document, cpl, cpl.metadata


@package_rule("META-001", severity="info", bv21="error", clause="RDD 52, ST 429-16")
def is_there(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        if cpl.standard == "smpte" and cpl.metadata is None and cpl.complete and cpl.reels:
            yield hit("META-001.none", file=document.name)
        found = [asset for reel in cpl.reels for asset in reel.assets if asset.kind == METADATA_KIND]
        if len(found) > 1:
            yield hit(
                "META-001.several",
                file=document.name,
                place="/CompositionPlaylist/ReelList",
                severity="warning",
                count=len(found),
            )


@package_rule("META-002", severity="info", bv21="error", clause="ST 429-16")
def version_number(facts: PackageFacts) -> Outcome:
    for document, _, metadata in _metadata(facts):
        if "VersionNumber" in metadata.unread:
            continue
        if metadata.version_number is None or metadata.version_number < 1:
            number = metadata.version_number
            if number is None:
                yield hit("META-002.missing", file=document.name, place=_PLACE)
            else:
                yield hit("META-002.number", file=document.name, place=_PLACE, number=number)


@package_rule("META-003", severity="info", bv21="error", clause="RDD 52 8.6.3")
def has_extension(facts: PackageFacts) -> Outcome:
    for document, _, metadata in _metadata(facts):
        if not metadata.extension_metadata_list and "ExtensionMetadataList" not in metadata.unread:
            yield hit("META-003.none", file=document.name, place=_PLACE)


@package_rule("META-004", severity="info", bv21="error", clause="RDD 52 8.6.3")
def declares_profile(facts: PackageFacts) -> Outcome:
    for document, _, metadata in _metadata(facts):
        if "ExtensionMetadataList" in metadata.unread:
            continue
        if metadata.extension_metadata_list and metadata.application_profile != BV21_PROFILE:
            declared, place = metadata.application_profile, f"{_PLACE}/ExtensionMetadataList"
            if declared:
                yield hit(
                    "META-004.other", file=document.name, place=place, declared=declared, wanted=BV21_PROFILE
                )
            else:
                yield hit(
                    "META-004.none",
                    file=document.name,
                    place=place,
                    scope=APPLICATION_SCOPE,
                    wanted=BV21_PROFILE,
                )


@package_rule("META-005", severity="error", clause="ST 429-16")
def active_area(facts: PackageFacts) -> Outcome:
    for document, _, metadata in _metadata(facts):
        active, stored = metadata.main_picture_active_area, metadata.main_picture_stored_area
        if active is None:
            continue
        place = f"{_PLACE}/MainPictureActiveArea"
        for name, size in (("width", active.width), ("height", active.height)):
            if size % 2:
                yield hit(
                    "META-005.odd",
                    file=document.name,
                    place=place,
                    severity="warning",
                    which=f"active-{name}",
                    size=size,
                )
        if stored is not None and (active.width > stored.width or active.height > stored.height):
            yield hit(
                "META-005.larger",
                file=document.name,
                place=place,
                active=f"{active.width}x{active.height}",
                stored=f"{stored.width}x{stored.height}",
            )


@package_rule("META-006", severity="warning", bv21="error", clause="ST 429-16, ST 428-12")
def sound_configuration(facts: PackageFacts) -> Outcome:
    for document, _, metadata in _metadata(facts):
        text = metadata.main_sound_configuration
        if not text:
            continue
        parsed = parse_sound_configuration(text)
        place = f"{_PLACE}/MainSoundConfiguration"
        if parsed is None:
            yield hit("META-006.form", file=document.name, place=place, value=text[:80])
            continue
        unknown = [symbol for symbol in parsed[1] if symbol not in CHANNEL_SYMBOLS and symbol != UNUSED]
        if parsed[0] not in SOUNDFIELDS:
            unknown.insert(0, parsed[0])
        if unknown:
            yield hit("META-006.symbols", file=document.name, place=place, symbols=", ".join(unknown)[:200])
        twice = sorted({each for each in parsed[1] if each != UNUSED and parsed[1].count(each) > 1})
        if twice and not unknown:
            yield hit("META-006.twice", file=document.name, place=place, symbols=", ".join(twice)[:200])


@package_rule("META-007", severity="warning", bv21="error", clause="ST 429-16")
def channel_count(facts: PackageFacts) -> Outcome:
    for document, cpl, metadata in _metadata(facts):
        parsed = parse_sound_configuration(metadata.main_sound_configuration or "")
        sound = next((reel.sound for reel in cpl.reels if reel.sound is not None), None)
        header = facts.header_of(sound.id) if sound is not None else None
        channels = getattr(header.descriptor, "channels", None) if header is not None else None
        if parsed is not None and channels is not None and len(parsed[1]) != channels:
            yield hit(
                "META-007.count",
                file=document.name,
                place=f"{_PLACE}/MainSoundConfiguration",
                listed=len(parsed[1]),
                found=channels,
            )


@package_rule("META-008", severity="warning", clause="ST 429-16")
def has_sound_configuration(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "composition", "META-008", severity="error")
    for document, _, metadata in _metadata(facts):
        if metadata.main_sound_configuration == "":
            yield hit("META-008.missing", file=document.name, place=_PLACE)
