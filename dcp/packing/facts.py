"""What a composition is made of, as values: tracks that play in reels, and what is true of the whole.

They say what is so, not how a document writes it; `dcp.packing.composition` makes the playlist of them, and
`dcp.packing.naming` the name.
"""

from __future__ import annotations

import uuid
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from dcp.dataclass import dataclass
from dcp.documents.cpl import ContentVersion, Rating, ReelAsset
from dcp.documents.cpl_metadata import ExtensionMetadata
from dcp.documents.namespaces import Standard
from dcp.packing.kinds import Kind
from dcp.packing.registries import Territory
from dcp.sound.layout import SAMPLE_RATE
from dcp.texts.catalogue import Text

if TYPE_CHECKING:
    from dcp.mxf.writer import WrittenTrackFile

Status = Literal["final", "temp", "pre"]
LuminanceUnits = Literal["foot-lambert", "candela-per-square-metre"]


@dataclass(frozen=True)
class PlayedTrack:
    """A track file, or a stretch of it, as one reel plays it.

    length: of the whole file; entry_point, duration: what plays of it, to the end when None. All count edit
    units of edit_rate, the composition's when None. sha1: of the file; key_id: of an encrypted one.
    language: RFC 5646. kind: the element's name, where it is neither picture nor sound. data_type: the label
    of auxiliary data.
    """

    id: uuid.UUID
    length: int
    entry_point: int = 0
    duration: int | None = None
    edit_rate: Fraction | None = None
    key_id: uuid.UUID | None = None
    sha1: bytes | None = None
    language: str | None = None
    kind: str | None = None
    data_type: str | None = None

    @property
    def played(self) -> int:
        """Edit units that play."""
        return self.length - self.entry_point if self.duration is None else self.duration


def played(
    written: WrittenTrackFile,
    *,
    entry_point: int = 0,
    duration: int | None = None,
    language: str | None = None,
    kind: str | None = None,
    data_type: str | None = None,
) -> PlayedTrack:
    """A track file that was just written, or a stretch of it."""
    return PlayedTrack(
        id=written.asset_id,
        length=written.container_duration,
        entry_point=entry_point,
        duration=duration,
        key_id=written.key_id,
        sha1=written.sha1,
        language=language,
        kind=kind,
        data_type=data_type,
    )


def replayed(asset: ReelAsset) -> PlayedTrack:
    """What another composition plays: of an original, for a version file over it."""
    return PlayedTrack(
        id=asset.id,
        length=asset.intrinsic_duration,
        entry_point=asset.entry_point,
        duration=asset.duration,
        edit_rate=asset.edit_rate,
        key_id=asset.key_id,
        sha1=asset.hash,
        language=asset.language,
        kind=asset.kind,
        data_type=asset.data_type,
    )


@dataclass(frozen=True)
class ReelFacts:
    """others: timed text and auxiliary data, each with its kind."""

    picture: PlayedTrack
    sound: PlayedTrack | None = None
    others: tuple[PlayedTrack, ...] = ()


@dataclass(frozen=True)
class SoundForm:
    """field: MainSoundConfiguration's name of the soundfield, `-` without one. channels: the symbols by
    position, None where nothing stands. sample_rate in Hz. language: of the speech, None where unknown."""

    field: str
    channels: tuple[str | None, ...]
    sample_rate: int = SAMPLE_RATE
    language: str | None = None


@dataclass(frozen=True)
class CompositionFacts:
    """title: ContentTitleText; full_title: the film's, the same when None. rate: edit units a second.

    stored, active: (width, height) of the picture as coded, and of what is not black border. markers: label
    and frame from the composition's start. subtitle_languages: the main one first; burnt_in: of text in the
    picture. captions: closed ones ride along. sign_language: of the video in a sound channel. version_number
    counts from 1; status: of that version. chain: whom the version is made for. luminance: what the picture
    was graded for. immersive: sound of ST 2098-2 rides along; atmos: it goes by the name of Dolby Atmos.
    version_file: refers to an original. outside: what of its text RDD 52 does not have.
    """

    title: str
    kind: Kind
    rate: Fraction
    stored: tuple[int, int]
    active: tuple[int, int]
    reels: tuple[ReelFacts, ...]
    sound: SoundForm | None
    standard: Standard = "smpte"
    stereo: bool = False
    hdr: bool = False
    full_title: str | None = None
    markers: tuple[tuple[str, int], ...] = ()
    ratings: tuple[Rating, ...] = ()
    subtitle_languages: tuple[str, ...] = ()
    burnt_in: str | None = None
    captions: bool = False
    sign_language: str | None = None
    immersive: bool = False
    atmos: bool = False
    version_number: int = 1
    status: Status = "final"
    territory: Territory | None = None
    chain: str | None = None
    distributor: str | None = None
    facility: str | None = None
    luminance: Decimal | None = None
    luminance_units: LuminanceUnits = "foot-lambert"
    content_version: ContentVersion | None = None
    alternate_versions: tuple[ContentVersion, ...] = ()
    extensions: tuple[ExtensionMetadata, ...] = ()
    version_file: bool = False
    outside: tuple[Text, ...] = ()

    @property
    def lengths(self) -> tuple[int, ...]:
        """Edit units of each reel."""
        return tuple(reel.picture.played for reel in self.reels)

    @property
    def tracks(self) -> tuple[PlayedTrack, ...]:
        """All that plays, reel by reel."""
        return tuple(
            track
            for reel in self.reels
            for track in (reel.picture, reel.sound, *reel.others)
            if track is not None
        )
