"""The composition metadata (ST 429-16)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
from dcp.mxf.descriptors import SoundDescriptor
from dcp.package.survey import Document
from dcp.sound.layout import APART, GROUPS
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Outcome, hit, package_rule
from dcp.verify.rules.schema import owned

MAX_VERSION = 2**31 - 1
"""Of what has 32 bits."""
NEARLY = 0.7
"""Of two titles that are meant to be one, what they have in common."""
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
        elif metadata.version_number > MAX_VERSION:
            yield hit(
                "META-002.large",
                file=document.name,
                place=f"{_PLACE}/VersionNumber",
                severity="warning",
                number=str(metadata.version_number),
            )


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
    for document, cpl, metadata in _metadata(facts):
        text = metadata.main_sound_configuration
        if not text:
            continue
        parsed = parse_sound_configuration(text)
        place = f"{_PLACE}/MainSoundConfiguration"
        if parsed is None:
            yield hit("META-006.form", file=document.name, place=place, value=text[:80])
            continue
        unknown, twice = _unknown(*parsed), _twice(parsed[1])
        if unknown:
            yield hit("META-006.symbols", file=document.name, place=place, symbols=", ".join(unknown)[:200])
        elif twice:
            yield hit("META-006.twice", file=document.name, place=place, symbols=", ".join(twice)[:200])
        else:
            yield from _of_its_field(facts, document, cpl, *parsed)


def _unknown(field: str, symbols: Sequence[str]) -> list[str]:
    found = [symbol for symbol in symbols if symbol not in CHANNEL_SYMBOLS and symbol != UNUSED]
    return found if field in SOUNDFIELDS else [field, *found]


def _twice(symbols: Sequence[str]) -> list[str]:
    return sorted({each for each in symbols if each != UNUSED and symbols.count(each) > 1})


def _of_its_field(
    facts: PackageFacts, document: Document, cpl: CompositionPlaylist, field: str, symbols: Sequence[str]
) -> Outcome:
    """Whether the channels can be those of the soundfield before them. Unused ones may stand for some: that
    is how mixes of two or three channels are written."""
    group, place = GROUPS.get(field), f"{_PLACE}/MainSoundConfiguration"
    if group is None:
        return
    other = [each for each in symbols if each != UNUSED and each not in APART and each not in group]
    if len(symbols) < len(group) and all(len(symbols) == count for count in _counts(facts, cpl)):
        yield hit(
            "META-006.short", file=document.name, place=place, field=field, needed=len(group), n=len(symbols)
        )
    elif other:
        yield hit(
            "META-006.other",
            file=document.name,
            place=place,
            severity="info",
            field=field,
            symbols=", ".join(other),
        )


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


@package_rule("META-012", severity="info", clause="ST 429-16")
def full_title(facts: PackageFacts) -> Outcome:
    """Two titles may well differ; where they nearly agree, one of them has a slip."""
    for document, cpl, metadata in _metadata(facts):
        full, title = metadata.full_content_title_text, cpl.content_title_text
        place = f"{_PLACE}/FullContentTitleText"
        if full is None or "ContentTitleText" in cpl.unread:
            continue
        if not full.strip():
            yield hit("META-012.empty", file=document.name, place=place)
        elif full not in (title, cpl.annotation_text) and _nearly(full[:200], title[:200]):
            yield hit("META-012.differs", file=document.name, place=place, full=full[:100], title=title[:100])


def _nearly(one: str, other: str) -> bool:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, one.lower(), other.lower()).ratio() >= NEARLY


@package_rule("META-013", severity="warning", clause="ST 429-16, ST 377-4")
def as_the_labels(facts: PackageFacts) -> Outcome:
    """MainSoundConfiguration against the labels of the sound."""
    for document, cpl, metadata in _metadata(facts):
        parsed = parse_sound_configuration(metadata.main_sound_configuration or "")
        if parsed is None or _unknown(*parsed) or _twice(parsed[1]):
            continue
        field, symbols = parsed
        place = f"{_PLACE}/MainSoundConfiguration"
        for name, sound in _sounds(facts, cpl):
            if sound.channels != len(symbols):
                continue
            groups = [each.tag_symbol.removeprefix("sg") for each in sound.soundfield if each.channel is None]
            known = [each for each in groups if each in GROUPS]
            if field in GROUPS and known and field not in known:
                yield hit(
                    "META-013.field",
                    file=document.name,
                    place=place,
                    name=name,
                    field=field,
                    labelled=known[0],
                )
            named = {each.tag_symbol.removeprefix("ch") for each in sound.soundfield}
            for label in sound.soundfield:
                wanted = label.tag_symbol.removeprefix("ch")
                number = label.channel
                if number is None or not 1 <= number <= len(symbols) or wanted not in CHANNEL_SYMBOLS:
                    continue
                listed = symbols[number - 1]
                alone = [
                    each
                    for each in (listed, wanted)
                    if each in APART and not (each in symbols and each in named)
                ]
                if listed not in (UNUSED, wanted) and not alone:  # of one that is missing QC-007 speaks
                    yield hit(
                        "META-013.channel",
                        file=document.name,
                        place=place,
                        name=name,
                        number=number,
                        listed=listed,
                        labelled=wanted,
                    )
                    break  # one moved channel moves others


def _sounds(facts: PackageFacts, cpl: CompositionPlaylist) -> Iterator[tuple[str, SoundDescriptor]]:
    """The sound of the playlist, each file once."""
    for id in dict.fromkeys(reel.sound.id for reel in cpl.reels if reel.sound is not None):
        track = facts.tracks.get(id)
        sound = track.header.descriptor if track is not None and track.header is not None else None
        if track is not None and isinstance(sound, SoundDescriptor):
            yield track.name, sound


def _counts(facts: PackageFacts, cpl: CompositionPlaylist) -> list[int]:
    return [sound.channels for _, sound in _sounds(facts, cpl)]
