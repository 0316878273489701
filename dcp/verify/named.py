"""Compositions whose title is a name by the naming convention, and what the package itself says of what such
a name tells: known from the playlist, its metadata and the track files' headers, or not known at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

from dcp.dataclass import dataclass
from dcp.documents.cpl import CompositionPlaylist, ReelAsset
from dcp.documents.cpl_metadata import UNUSED, CompositionMetadata, parse_sound_configuration
from dcp.mxf.descriptors import PictureDescriptor, SoundDescriptor
from dcp.mxf.labels import IMMERSIVE_AUDIO_CODING, TRANSFER_ST2084, same
from dcp.package.survey import Document
from dcp.packing.name_reading import IMMERSIVE, parse_name
from dcp.packing.naming import NameParts, codes_of_channels
from dcp.packing.titles import general_language
from dcp.text.language_tags import has_form
from dcp.verify.facts import PackageFacts
from dcp.verify.rules.sound import CONFIGURATIONS

PLACE = "/CompositionPlaylist/ContentTitleText"
TITLE_LENGTH = 200
"""Letters of a title that a finding shows."""
_SCOPE_HDR = "http://www.dcimovies.com/schemas/2018/HDR-Metadata"
_SCOPES = {
    "http://www.dolby.com/schemas/2014/EDR-Metadata": "DVis",
    "http://www.qubecinema.com/schemas/2025/EPIQ-Metadata": "EPIQ",
    _SCOPE_HDR: "HDR1",
}
"""Whose extension metadata tells of a grading (ISDCF's registry of extensions)."""
_WITHOUT_LANGUAGE = ("und", "zxx", "mul", "mis")


@dataclass(frozen=True)
class SoundKnown:
    """What is known of the main sound.

    code, extras: of the soundfield and of what rides along, where channels are named. channels: the count.
    configuration: the number of ST 429-2's channel configuration, where the count fits it.
    """

    code: str | None
    extras: tuple[str, ...] | None
    channels: int | None
    configuration: int | None


@dataclass(frozen=True)
class Named:
    """A composition, the parts of its title, and the facts beside it."""

    facts: PackageFacts
    document: Document
    cpl: CompositionPlaylist
    parts: NameParts

    @property
    def file(self) -> str:
        return self.document.name

    @property
    def metadata(self) -> CompositionMetadata | None:
        return self.cpl.metadata

    def assets(self, *kinds: str) -> list[ReelAsset]:
        return [asset for asset in self.cpl.assets if asset.kind in kinds]

    @property
    def pictures(self) -> list[ReelAsset]:
        return self.assets("MainPicture", "MainStereoscopicPicture")

    @property
    def stereo(self) -> bool | None:
        """None where reels differ, or there is no picture."""
        kinds = {asset.kind for asset in self.pictures}
        return "MainStereoscopicPicture" in kinds if len(kinds) == 1 else None

    @property
    def rates(self) -> frozenset[Fraction]:
        """The rates by which the picture may be called: its edit rate, in 3D that of both eyes too. Empty
        where reels differ."""
        rates = {asset.edit_rate for asset in self.pictures}
        if len(rates) != 1:
            return frozenset()
        (rate,) = rates
        return frozenset({rate, 2 * rate} if self.stereo else {rate})

    @property
    def stored(self) -> tuple[int, int] | None:
        """(width, height) of the picture as coded: by its files, else by metadata or ScreenAspectRatio."""
        sizes = {
            (header.descriptor.stored_width, header.descriptor.stored_height)
            for asset in self.pictures
            if (header := self.facts.header_of(asset.id)) is not None
            and isinstance(header.descriptor, PictureDescriptor)
        }
        if sizes:
            return next(iter(sizes)) if len(sizes) == 1 else None
        area = self.metadata.main_picture_stored_area if self.metadata else None
        if area is not None:
            return area.width, area.height
        ratios = {asset.screen_aspect_ratio for asset in self.pictures}
        ratio = re.fullmatch(r"(\d{3,5}) (\d{3,5})", ratios.pop() or "") if len(ratios) == 1 else None
        return (int(ratio[1]), int(ratio[2])) if ratio else None

    @property
    def active(self) -> tuple[int, int] | None:
        area = self.metadata.main_picture_active_area if self.metadata else None
        return None if area is None else (area.width, area.height)

    @property
    def looks(self) -> frozenset[str]:
        """The codes of the gradings that metadata or headers tell of."""
        extensions = self.metadata.extension_metadata_list if self.metadata else ()
        found = {_SCOPES[each.scope] for each in extensions if each.scope in _SCOPES}
        if any("eclaircolor" in f"{each.scope}{each.name}".lower().replace(" ", "") for each in extensions):
            found.add("EC")
        for asset in self.pictures:
            header = self.facts.header_of(asset.id)
            transfer = getattr(header.descriptor, "transfer_characteristic", None) if header else None
            if transfer is not None and same(transfer, TRANSFER_ST2084):
                found.add("HDR1")
        return frozenset(found)

    @property
    def subtitles(self) -> list[str]:
        """The languages in general of the main subtitles, those that are told."""
        listed = self.metadata.main_subtitle_language_list if self.metadata else ()
        told = [asset.language for asset in self.assets("MainSubtitle")]
        return _languages([*told, *listed])

    @property
    def spoken(self) -> list[str]:
        told = [asset.language for asset in self.assets("MainSound")]
        return _languages(told)

    @property
    def immersive(self) -> Literal["immersive", "unknown", "none"]:
        """Of the auxiliary data: immersive sound by its label, something else, or there is none."""
        aux = self.assets("AuxData")
        coding = bytes(IMMERSIVE_AUDIO_CODING).hex()
        for asset in aux:
            stated = (asset.data_type or "").lower().removeprefix("urn:smpte:ul:").replace(".", "")
            header = self.facts.header_of(asset.id)
            # byte 8 of a label is the version of its register
            if stated[:14] + stated[16:] == coding[:14] + coding[16:]:
                return "immersive"
            if header is not None and getattr(header.descriptor, "atmos_id", None) is not None:
                return "immersive"
        return "unknown" if aux else "none"

    @property
    def claims_immersive(self) -> list[str]:
        return [extra for extra in self.parts.sound_extras if extra in IMMERSIVE]

    def sounds(self) -> list[SoundKnown]:
        """What each source tells of the main sound: the files' labels, the metadata."""
        found = []
        for asset in self.assets("MainSound"):
            header = self.facts.header_of(asset.id)
            if header is not None and isinstance(header.descriptor, SoundDescriptor):
                found.append(_of_header(header.descriptor))
        written = self.metadata.main_sound_configuration if self.metadata else None
        parsed = parse_sound_configuration(written or "")
        if parsed is not None:
            field, symbols = parsed
            code, extras = codes_of_channels((each for each in symbols if each != UNUSED), field)
            found.append(SoundKnown(code, extras, len(symbols), None))
        return list(dict.fromkeys(found))


def named(facts: PackageFacts) -> Iterator[Named]:
    """Every composition whose title is a name by the convention."""
    for document, cpl in facts.compositions():
        parts = parse_name(cpl.content_title_text)
        if parts is not None:
            yield Named(facts, document, cpl, parts)


# --- how it is done -----

_CONFIGURATION = bytes.fromhex("040202100301")


def _of_header(sound: SoundDescriptor) -> SoundKnown:
    symbols = [label.tag_symbol.removeprefix("ch") for label in sound.soundfield if label.channel is not None]
    groups = [label.tag_symbol.removeprefix("sg") for label in sound.soundfield if label.channel is None]
    code, extras = codes_of_channels(symbols, groups[0] if groups else UNUSED) if symbols else (None, None)
    raw = bytes(sound.channel_assignment) if sound.channel_assignment is not None else bytes(16)
    number = raw[14] if raw[8:14] == _CONFIGURATION else 0
    least, most = CONFIGURATIONS.get(number, (1, 0))
    return SoundKnown(code, extras, sound.channels, number if least <= sound.channels <= most else None)


def _languages(tags: list[str | None]) -> list[str]:
    found = [
        general_language(tag)
        for tag in tags
        if tag is not None and has_form(tag) and tag.split("-")[0].lower() not in _WITHOUT_LANGUAGE
    ]
    return list(dict.fromkeys(found))
