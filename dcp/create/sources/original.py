"""The original version under a version file: which of its tracks a reel can play, and what they are.

Nothing of the essence is looked at, so that no key is needed: documents and headers say it all.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from dcp.create.sources.facts import ColourTags, PictureFacts
from dcp.create.sources.trackfile import meant
from dcp.dataclass import dataclass
from dcp.documents.cpl import PICTURE_KINDS, CompositionPlaylist, Reel, ReelAsset
from dcp.documents.cpl_metadata import parse_sound_configuration
from dcp.documents.namespaces import Standard
from dcp.documents.pkl import PackingList
from dcp.errors import DcpError, SignatureError, SourceError, UsageError
from dcp.mxf.descriptors import PictureDescriptor, SoundDescriptor
from dcp.mxf.header import TrackHeader
from dcp.mxf.reader import TrackFile
from dcp.package.agreement import check_agreement
from dcp.package.package import Package, open_package
from dcp.package.places import named, places_at
from dcp.packing.facts import PlayedTrack, SoundForm, replayed
from dcp.sound.layout import FIVE_ONE, NO_FIELD, layout_of
from dcp.texts.catalogue import Text, text
from dcp.trust.signature import verify_enveloped

HASHED_AT_MOST = 1 << 30
"""Bytes of the original's files in all that are hashed before the work; more of them are held by size."""
_BLOCK = 4 << 20


@dataclass(frozen=True)
class Originals:
    """What a version file builds on, documents and all, in the order that it was named in.

    cpl_id: the composition whose reels are meant by their numbers, where one was named.
    """

    packages: tuple[Package, ...]
    cpl_id: uuid.UUID | None = None

    @property
    def compositions(self) -> Iterator[CompositionPlaylist]:
        return (cpl for package in self.packages for cpl in package.compositions)

    def composition(self, *, anew: Collection[str] = ()) -> CompositionPlaylist:
        """The one that is meant; of several that differ in the kinds of assets given anew alone, the first.
        UsageError where there are several others and none was named."""
        return meant(self.packages[0], self.cpl_id, anew)

    def holds(self, asset_id: uuid.UUID) -> bool:
        """Whether an asset map of an original lists it."""
        return any(package.asset_map.asset(asset_id) is not None for package in self.packages)

    def asset(self, asset_id: uuid.UUID) -> ReelAsset:
        """The asset, as the first playlist that plays it has it. UsageError where none does."""
        for cpl in self.compositions:
            for asset in cpl.assets:
                if asset.id == asset_id:
                    return asset
        raise UsageError("ov.no-such-asset", where=self.packages[0].root, asset=asset_id)

    def reel_with(self, asset_id: uuid.UUID) -> Reel | None:
        """The first reel whose picture it is."""
        return next(
            (
                reel
                for cpl in self.compositions
                for reel in cpl.reels
                if reel.picture is not None and reel.picture.id == asset_id
            ),
            None,
        )

    def reel(self, number: int) -> Reel:
        """A reel of the composition by its number, from 1. UsageError for one that it has not."""
        reels = self.composition().reels
        if not 1 <= number <= len(reels):
            raise UsageError("ov.no-such-reel", where=self.packages[0].root, number=number, n=len(reels))
        return reels[number - 1]

    def require(self, asset: ReelAsset) -> Path:
        """Its file. DcpError where the original does not have it."""
        for package in self.packages:
            if package.asset_map.asset(asset.id) is not None:
                return package.require(asset.id)
        raise UsageError("ov.no-such-asset", where=self.packages[0].root, asset=asset.id)

    def form_of(self, asset: ReelAsset, header: TrackHeader) -> SoundForm | None:
        """What a sound file is: by its labels, else by the metadata of a composition that plays it, else by
        the number of its channels."""
        sound = header.descriptor
        if not isinstance(sound, SoundDescriptor):
            return None
        symbols = sound.symbols
        told = symbols or self._configured(asset, sound.channels)
        if told is None:
            told = (*FIVE_ONE.channels, *(None,) * sound.channels)[: sound.channels]
        known = [symbol for symbol in told if symbol]
        try:
            field = layout_of(known).field if known else NO_FIELD
        except UsageError:
            field = NO_FIELD
        spoken = next((label.language for label in sound.soundfield if label.language), None)
        return SoundForm(field, tuple(told), sound.sample_rate, asset.language or spoken)

    def _configured(self, asset: ReelAsset, channels: int) -> tuple[str | None, ...] | None:
        for cpl in self.compositions:
            if cpl.metadata is None or not any(each.id == asset.id for each in cpl.assets):
                continue
            parsed = parse_sound_configuration(cpl.metadata.main_sound_configuration or "")
            if parsed is not None and len(parsed[1]) == channels:
                return tuple(None if symbol == "-" else symbol for symbol in parsed[1])
        return None


@dataclass(frozen=True)
class OriginalTrack:
    """A track of the original at hand. played: as its playlist plays it; header: None of a loose file."""

    asset: ReelAsset
    path: Path
    header: TrackHeader | None
    form: SoundForm | None

    @property
    def played(self) -> PlayedTrack:
        return replayed(self.asset)


def open_originals(paths: Sequence[Path], *, standard: Standard) -> Originals:
    """The original version, and further ones, each a package's folder or a playlist in it.

    UsageError for one of another standard, and where a folder holds several packages; SignatureError for a
    document whose signature does not hold, and for one without where essence is encrypted; DcpError for what
    is no package, or has changed since its packing list was made.
    """
    packages = []
    first: uuid.UUID | None = None
    for path in paths:
        places = places_at(path)
        if len(places) > 1:
            raise UsageError("places.several", where=path, n=len(places), names=named(places))
        (place,) = places
        package = open_package(place.root)
        if package.standard != standard:
            raise UsageError("ov.standard", where=path, found=package.standard, wanted=standard)
        _vouched(package)
        first = first or place.cpl_id
        packages.append(package)
    return Originals(tuple(packages), first)


def track_of(originals: Originals, asset: ReelAsset) -> OriginalTrack:
    """The track behind an asset. DcpError where its file is not there, or not what the playlist says."""
    path = originals.require(asset)
    if path.suffix.lower() == ".xml":  # Interop's text; a track file may have any name
        return OriginalTrack(asset, path, None, None)
    with TrackFile.open(path) as track:
        header = track.header
    check_agreement(asset, header, path=path, where=f"{asset.kind} {asset.id}")
    held = header.container_duration
    if asset.kind in (*PICTURE_KINDS, "MainSound") and asset.end > held:
        raise SourceError(
            "source.reel-outside", where=path, first=asset.entry_point, last=asset.end - 1, n=held
        )
    # the file's own length is that of the track, whatever the playlist says of it
    asset = replace(asset, intrinsic_duration=held) if held else asset
    return OriginalTrack(asset, path, header, originals.form_of(asset, header))


def picture_facts(track: OriginalTrack) -> PictureFacts:
    """A picture of the original by its header. SourceError when it says none."""
    header = track.header
    descriptor = header.descriptor if header is not None else None
    if header is None or not isinstance(descriptor, PictureDescriptor):
        raise SourceError("source.no-picture", where=track.path)
    return PictureFacts(
        path=track.path,
        kind="trackfile",
        width=descriptor.stored_width,
        height=descriptor.stored_height,
        rate=header.edit_rate,
        frames=header.container_duration,
        tags=ColourTags("xyz", range="full"),
        depth=12,
        stereo=header.essence == "stereo_picture",
    )


def active_area(cpl: CompositionPlaylist) -> tuple[int, int] | None:
    """What is not black border of a composition's picture, as its metadata says."""
    area = cpl.metadata.main_picture_active_area if cpl.metadata is not None else None
    return (area.width, area.height) if area is not None else None


def said_of_files(originals: Originals, ids: Sequence[uuid.UUID]) -> tuple[list[Text], list[Text]]:
    """The original's files against its packing lists: decisions, and advice for what is not as it was.

    Sizes always; hashes too where all the files together are small.
    """
    decisions: list[Text] = []
    advice: list[Text] = []
    files = [(asset_id, path) for asset_id in ids if (path := _located(originals, asset_id)) is not None]
    small = sum(path.stat().st_size for _, path in files) <= HASHED_AT_MOST
    if not small:
        decisions.append(text("plan.original-not-hashed"))
    for asset_id, path in files:
        for entry in (pkl.asset(asset_id) for package in originals.packages for pkl in package.packing_lists):
            if entry is None:
                continue
            if entry.size != path.stat().st_size:
                advice.append(text("advice.original-size", file=path.name))
            elif small and entry.hash is not None and entry.hash != _sha1(path):
                advice.append(text("advice.original-hash", file=path.name))
    return decisions, advice


def stretch(
    track: OriginalTrack, start: Fraction, length: Fraction, *, language: str | None = None
) -> PlayedTrack:
    """Seconds `start` to before `start + length` of what the original's reel plays of a track.

    start may be negative, as long as the file reaches there. UsageError for what lies outside of it, and for
    what does not begin or end with an edit unit.
    """
    asset = track.asset
    entry, count = asset.entry_point + start * asset.edit_rate, length * asset.edit_rate
    if entry.denominator != 1 or count.denominator != 1:
        raise UsageError("ov.not-whole", where=track.path, rate=asset.edit_rate)
    if entry < 0 or count < 1 or entry + count > asset.intrinsic_duration:
        raise UsageError(
            "ov.outside",
            where=track.path,
            first=int(entry),
            last=int(entry + count) - 1,
            n=asset.intrinsic_duration,
        )
    return replace(
        replayed(asset),
        entry_point=int(entry),
        duration=int(count),
        language=language or asset.language,
    )


# --- how it is done -----


def _vouched(package: Package) -> None:
    """Signatures hold, and where anything is encrypted there are some: what nobody vouches for is not put
    under another's signature. The playlists are those that were hashed."""
    encrypted = any(cpl.encrypted for cpl in package.compositions)
    documents: list[CompositionPlaylist | PackingList] = [*package.compositions, *package.packing_lists]
    for value in documents:
        document = package.document(value)
        if value.signed:
            verify_enveloped(document.data, where=document.path)
        elif encrypted:
            raise SignatureError("ov.not-signed", where=document.path)
    for cpl in package.compositions:
        document = package.document(cpl)
        found = hashlib.sha1(document.data).digest()
        for pkl in package.packing_lists:
            entry = pkl.asset(cpl.id)
            if entry is not None and entry.hash not in (None, found):
                raise DcpError("vouch.other-hash", where=document.path)


def _located(originals: Originals, asset_id: uuid.UUID) -> Path | None:
    return next((path for each in originals.packages if (path := each.locate(asset_id)) is not None), None)


def _sha1(path: Path) -> bytes:
    digest = hashlib.sha1()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.digest()
