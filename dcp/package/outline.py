"""What a composition is, in the few values that people ask for first: for the heading of a report."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from fractions import Fraction

from dcp.dataclass import dataclass
from dcp.documents.cpl import (
    CAPTION_KINDS,
    PICTURE_KINDS,
    SUBTITLE_KINDS,
    CompositionPlaylist,
    Reel,
    ReelAsset,
)
from dcp.errors import DcpError
from dcp.mxf.descriptors import PictureDescriptor, SoundDescriptor
from dcp.mxf.header import TrackHeader
from dcp.package.survey import Located


@dataclass(frozen=True)
class TrackOutline:
    """One asset of a reel, in the order of the playlist.

    start, seconds: where it plays in the composition. entry_point, duration: edit units of its file, of which
    there are `rate` a second. file: its name in the package, None when it has no file here.
    """

    kind: str
    file: str | None
    start: Fraction
    seconds: Fraction
    entry_point: int
    duration: int
    rate: Fraction
    encrypted: bool


@dataclass(frozen=True)
class ReelOutline:
    """number: from 1. start, seconds: where it plays in the composition."""

    number: int
    start: Fraction
    seconds: Fraction
    tracks: tuple[TrackOutline, ...]


@dataclass(frozen=True)
class CompositionOutline:
    """frames: of its picture, over all reels; None without one. size: stored pixels. signer: who signed the
    playlist, where its signature was found to hold. What the files would have to say is None without them.
    """

    id: uuid.UUID
    title: str
    content_kind: str
    file: str | None
    seconds: Fraction
    frames: int | None
    rate: Fraction | None
    size: tuple[int, int] | None
    stereo: bool
    channels: int | None
    sample_rate: int | None
    languages: tuple[str, ...]
    encrypted: bool
    signed: bool
    reels: tuple[ReelOutline, ...]
    signer: str | None = None


def outline(
    cpl: CompositionPlaylist,
    *,
    header: Callable[[uuid.UUID], TrackHeader | None],
    name: Callable[[uuid.UUID], str | None],
    file: str | None = None,
    signer: str | None = None,
) -> CompositionOutline:
    """The outline of a playlist. header: of an asset's track file; name: of its file; None where unknown."""
    reels, start = [], Fraction(0)
    for number, reel in enumerate(cpl.reels, start=1):
        seconds = _seconds(reel)
        tracks = tuple(_track(asset, start, name(asset.id)) for asset in reel.assets if asset.is_track_file)
        reels.append(ReelOutline(number, start, seconds, tracks))
        start += seconds
    pictures = [reel.picture for reel in cpl.reels if reel.picture is not None]
    headers = map(header, dict.fromkeys(asset.id for asset in cpl.assets))
    descriptors = [found.descriptor for found in headers if found is not None]
    picture = next((each for each in descriptors if isinstance(each, PictureDescriptor)), None)
    sound = next((each for each in descriptors if isinstance(each, SoundDescriptor)), None)
    return CompositionOutline(
        id=cpl.id,
        title=cpl.content_title_text,
        content_kind=cpl.content_kind,
        file=file,
        seconds=start,
        frames=sum(asset.duration for asset in pictures) if pictures else None,
        rate=pictures[0].edit_rate if pictures else None,
        size=(picture.stored_width, picture.stored_height) if picture else None,
        stereo=any(asset.kind == "MainStereoscopicPicture" for asset in pictures),
        channels=sound.channels if sound else None,
        sample_rate=sound.sample_rate if sound else None,
        languages=tuple(dict.fromkeys(asset.language for asset in cpl.assets if asset.language)),
        encrypted=cpl.encrypted,
        signed=cpl.signed,
        reels=tuple(reels),
        signer=signer,
    )


def outline_of(
    package: Located, cpl: CompositionPlaylist, *, signer: str | None = None
) -> CompositionOutline:
    """The outline of a playlist of a package. What its files say is read from those that can be read."""
    from dcp.mxf.reader import TrackFile

    def header(asset_id: uuid.UUID) -> TrackHeader | None:
        path = package.locate(asset_id)
        try:
            if path is None:
                return None
            with TrackFile.open(path) as file:
                return file.header
        except DcpError:
            return None  # what is wrong with it is told where it is read

    def name(asset_id: uuid.UUID) -> str | None:
        path = package.locate(asset_id)
        return path.name if path is not None else None

    return outline(cpl, header=header, name=name, signer=signer)


def role_of(kind: str) -> str:
    """What an asset of a kind is to a viewer: picture, sound, subtitles, captions, data."""
    if kind in PICTURE_KINDS:
        return "picture"
    if kind == "MainSound":
        return "sound"
    if kind in SUBTITLE_KINDS:
        return "subtitles"
    return "captions" if kind in CAPTION_KINDS else "data"


def _seconds(reel: Reel) -> Fraction:
    """How long a reel plays: its picture, else its sound, else the longest that it has."""
    leading = reel.picture or reel.sound
    assets = [leading] if leading else [asset for asset in reel.assets if asset.is_track_file]
    return max((_length(asset) for asset in assets), default=Fraction(0))


def _track(asset: ReelAsset, start: Fraction, file: str | None) -> TrackOutline:
    return TrackOutline(
        kind=asset.kind,
        file=file,
        start=start,
        seconds=_length(asset),
        entry_point=asset.entry_point,
        duration=asset.duration,
        rate=asset.edit_rate,
        encrypted=asset.encrypted,
    )


def _length(asset: ReelAsset) -> Fraction:
    return max(Fraction(asset.duration), Fraction(0)) / asset.edit_rate if asset.edit_rate else Fraction(0)
