"""Pictures of track files, and the reels of packages, as sources. Codestreams pass as they stand."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from dcp.create.sources.facts import ColourTags, PictureFacts
from dcp.dataclass import dataclass
from dcp.documents.cpl import CAPTION_KINDS, SUBTITLE_KINDS, CompositionPlaylist, Reel, ReelAsset
from dcp.errors import DcpError, SourceError, TrackFileError
from dcp.mxf.descriptors import PictureDescriptor
from dcp.mxf.labels import GC_MPEG_VIDEO, OP_ATOM, same
from dcp.mxf.reader import TrackFile, TrackHeader, Unit, key_for
from dcp.package.package import Package, open_package
from dcp.package.places import has_asset_map, originals_beside, places_at
from dcp.secrets.keys import Keyring
from dcp.texts.catalogue import Text, text

Eye = Literal["left", "right"]

_TEXTS = (*SUBTITLE_KINDS, *CAPTION_KINDS)
_BITS = 12
_FAR = 16
"""Edit units that are read past rather than sought."""


@dataclass(frozen=True)
class ReelPart:
    """What a reel plays of a track file. entry_point, duration: edit units of the file, `rate` a second."""

    path: Path
    entry_point: int
    duration: int
    rate: Fraction
    language: str | None = None

    @property
    def trim(self) -> str:
        """`IN-OUT` in frames, for a track of a job; OUT is the first that is left out."""
        return f"{self.entry_point}-{self.entry_point + self.duration}"


@dataclass(frozen=True)
class PackageReel:
    """A reel of a composition that is to be packaged anew. decisions: what of it is left out."""

    picture: ReelPart
    sound: ReelPart | None
    stereo: bool = False
    decisions: tuple[Text, ...] = ()
    aux: ReelPart | None = None


def is_package(path: Path) -> bool:
    """Whether a path means a package or its playlist: a folder with an asset map, or a CPL in one."""
    if path.is_dir():
        return has_asset_map(path)
    return path.suffix.lower() == ".xml" and places_at(path)[0].cpl_id is not None


def package_reels(path: Path, *, keyring: Keyring | None = None) -> tuple[PackageReel, ...]:
    """The reels of a package's one composition, or of the playlist that `path` is.

    Originals beside a version's folder are found. SourceError for a reel without picture or whose files are
    not there; KeyMissingError where `keyring` lacks the key of picture or sound; DcpError for a package that
    cannot be read or has several compositions.
    """
    package, cpl, said = package_at(path, anew=_TEXTS)
    found = [package_reel(package, number, reel, keyring=keyring) for number, reel in enumerate(cpl.reels, 1)]
    return tuple(replace(each, decisions=(*said, *each.decisions)) if said else each for each in found)


def package_at(
    path: Path, *, ov: Sequence[Path] = (), anew: Collection[str] = ()
) -> tuple[Package, CompositionPlaylist, tuple[Text, ...]]:
    """A package as a source, the one composition of it that is meant, and what was decided for that.

    ov: its originals; without them those beside it. anew: kinds of assets that are not taken from it.
    DcpError as `package_reels` raises it.
    """
    place = places_at(path)[0]
    package = open_package(place.root, ov=ov or originals_beside(place.root))
    cpl = meant(package, place.cpl_id, anew)
    several = place.cpl_id is None and len(package.compositions) > 1
    said = (text("plan.compositions-alike", n=len(package.compositions), path=path.name),) if several else ()
    return package, cpl, said


def meant(package: Package, cpl_id: uuid.UUID | None, anew: Collection[str] = ()) -> CompositionPlaylist:
    """The composition of that id, the only one, or the first of several that differ in these kinds of assets
    alone. UsageError when that does not single one out."""

    def plays(cpl: CompositionPlaylist) -> tuple[object, ...]:
        return tuple(
            tuple(
                (asset.kind, asset.id, asset.entry_point, asset.duration)
                for asset in reel.assets
                if asset.is_track_file and asset.kind not in anew
            )
            for reel in cpl.reels
        )

    if cpl_id is None and anew and len({plays(cpl) for cpl in package.compositions}) == 1:
        return package.compositions[0]
    return package.composition(cpl_id)


def is_track_file(path: Path) -> bool:
    """Whether it is a track file of a package: an MXF file of one essence, as cinema has them."""
    try:
        with TrackFile.open(path) as track:
            return _is_of_cinema(track.header)
    except DcpError:
        return False


def probe_track_file(path: Path, *, keyring: Keyring | None = None) -> PictureFacts:
    """The pictures of a track file. SourceError when it holds others than codestreams of JPEG 2000, or none.

    KeyMissingError when it is encrypted and `keyring` has not its key.
    """
    try:
        with TrackFile.open(path) as track:
            header = track.header
            key = key_for(track, keyring)
            descriptor = header.descriptor
            _require_pictures(header, path)
            assert isinstance(descriptor, PictureDescriptor)
            unit = next(track.units(0, 1, key=key, mic="if-present", strict=True), None)
    except TrackFileError as error:
        raise _damaged(error) from None
    if unit is None or not header.container_duration:
        raise SourceError("source.no-frame", where=path)
    return PictureFacts(
        path=path,
        kind="trackfile",
        width=descriptor.stored_width,
        height=descriptor.stored_height,
        rate=header.edit_rate,
        frames=header.container_duration,
        tags=ColourTags("xyz", range="full"),
        depth=_BITS,
        stereo=header.essence == "stereo_picture",
        decisions=(text("plan.codestreams-untouched"),),
    )


def read_track_file(
    facts: PictureFacts, indexes: Iterable[int], *, eye: Eye | None = None, keyring: Keyring | None = None
) -> Iterator[bytes]:
    """The codestreams of the edit units asked for, ascending; a repeated one is the same object.

    eye: of a stereoscopic file, the left one when None. SourceError at a damaged unit, with its number.
    """
    wanted = (eye or "left") if facts.stereo else None
    held: tuple[int, bytes] | None = None
    units: Iterator[Unit] = iter(())
    at = 0
    with ExitStack() as stack:
        try:
            track = stack.enter_context(TrackFile.open(facts.path))
            key = key_for(track, keyring)
            for index in indexes:
                if held is None or held[0] != index:
                    if held is None or not at <= index < at + _FAR:
                        units = track.units(index, key=key, mic="if-present", strict=True)
                    held = (index, _unit(units, index, wanted, facts.path))
                    at = index
                yield held[1]
        except TrackFileError as error:
            raise _damaged(error) from None


def track_file_sizes(
    facts: PictureFacts, indexes: Iterable[int], *, eye: Eye | None = None
) -> list[int] | None:
    """Bytes of the codestreams that `read_track_file` will give; None where the file does not tell them
    without being read. SourceError when it cannot be read."""
    try:
        with TrackFile.open(facts.path) as track:
            sizes = track.sizes()
            per = track.header.units_per_edit_unit
    except TrackFileError as error:
        raise _damaged(error) from None
    if sizes is None:
        return None
    place = 1 if eye == "right" else 0
    return [sizes[index * per + place] for index in indexes]


# --- how it is done -----


def _unit(units: Iterator[Unit], index: int, eye: Eye | None, path: Path) -> bytes:
    for unit in units:
        if unit.index == index and unit.eye in (eye, None):
            return bytes(unit.data)
        if unit.index > index:
            break
    raise SourceError("source.frame-absent", where=path, frame=index)


def _is_of_cinema(header: TrackHeader) -> bool:
    return header.essence != "unknown" and (
        same(header.operational_pattern, OP_ATOM) or header.label_set == "interop"
    )


def _require_pictures(header: TrackHeader, path: Path) -> None:
    if header.essence not in ("picture", "stereo_picture"):
        raise SourceError("source.track-of-other", where=path, essence=header.essence.replace("_", "-"))
    if header.container is not None and same(header.container, GC_MPEG_VIDEO):
        raise SourceError("source.track-mpeg", where=path)
    if not isinstance(header.descriptor, PictureDescriptor):
        raise SourceError("source.no-picture", where=path)


def _damaged(error: TrackFileError) -> SourceError:
    return SourceError("source.track-damaged", where=error.where, fault=error.text, remedy=error)


def package_reel(package: Package, number: int, reel: Reel, *, keyring: Keyring | None = None) -> PackageReel:
    """One reel of a package, as `package_reels` gives it. number: for people, from 1."""
    if reel.picture is None:
        raise SourceError("source.reel-without-picture", where=package.root, number=number)
    stereo = reel.picture.kind == "MainStereoscopicPicture"
    aux = next((asset for asset in reel.assets if asset.kind == "AuxData"), None)
    parts = [reel.picture, reel.sound, aux]
    left = [asset for asset in reel.assets if asset.is_track_file and asset not in parts]
    decisions = (
        [text("plan.reel-parts-left", number=number, kinds=[each.kind for each in left])] if left else []
    )
    return PackageReel(
        picture=_part(package, reel.picture, keyring or Keyring()),
        sound=_part(package, reel.sound, keyring or Keyring()) if reel.sound is not None else None,
        stereo=stereo,
        decisions=tuple(decisions),
        aux=_part(package, aux, keyring or Keyring()) if aux is not None else None,
    )


def _part(package: Package, asset: ReelAsset, keyring: Keyring) -> ReelPart:
    """The part, its file found and its key at hand."""
    path = package.require(asset.id)
    if asset.key_id is not None:
        keyring.require(asset.key_id, where=path)
    try:
        with TrackFile.open(path) as track:
            held = track.header.container_duration
    except TrackFileError as error:
        raise _damaged(error) from None
    if asset.entry_point < 0 or asset.duration < 1 or asset.end > held:
        raise SourceError(
            "source.reel-outside", where=path, first=asset.entry_point, last=asset.end - 1, n=held
        )
    return ReelPart(path, asset.entry_point, asset.duration, asset.edit_rate, asset.language)
