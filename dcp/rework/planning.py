"""What a copy of a package takes over: every file, held against the documents before any work."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.documents.cpl import CompositionPlaylist, ReelAsset
from dcp.documents.pkl import PklAsset
from dcp.errors import DcpError, TrackFileError, UsageError
from dcp.mxf.descriptors import AuxDescriptor, PictureDescriptor, SoundDescriptor, TimedTextDescriptor
from dcp.mxf.labels import UL_PREFIX
from dcp.mxf.reader import TrackFile, TrackHeader, key_for
from dcp.package.agreement import check_agreement
from dcp.package.package import Package
from dcp.rework.extract import sound_of
from dcp.rework.names import id_in
from dcp.secrets.keys import Keyring
from dcp.text.beside import files_beside
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why

MAX_TEXT = 1 << 30
"""Bytes of a timed text with its resources, which are in memory at once. Servers take a tenth of it."""


@dataclass(frozen=True)
class Item:
    """A file to take over. listed: its entry in a packing list; size: bytes to go through.

    key_id: of an encrypted one. duration: what the playlists say of its length, in edit units. hashes: what
    the file must have, and the id of what is said when it has another. essence: of a track file, by its
    header; None for what lies loose.
    """

    id: uuid.UUID
    path: Path
    name: str
    listed: PklAsset | None
    track_file: bool
    key_id: uuid.UUID | None
    duration: int
    size: int
    hashes: tuple[tuple[bytes, str], ...]
    essence: str | None = None

    @property
    def encrypted(self) -> bool:
        return self.key_id is not None

    def hold_against(self, found: bytes) -> None:
        """DcpError when the file's SHA-1 is not the one that a document states."""
        for expected, id in self.hashes:
            if expected != found:
                raise DcpError(id, where=self.path)


def encrypted_ones(asset: ReelAsset) -> bool:
    """Of an original what is encrypted is fetched, and the rest stays there."""
    return asset.encrypted


def nothing(asset: ReelAsset) -> bool:
    """All of an original stays there."""
    return False


def of_others(package: Package, cpl_id: uuid.UUID) -> frozenset[uuid.UUID]:
    """What the other compositions alone are: their playlists, and what this one does not play of theirs."""
    own = {asset.id for asset in package.composition(cpl_id).assets}
    others = [cpl for cpl in package.compositions if cpl.id != cpl_id]
    return frozenset({cpl.id for cpl in others} | {a.id for cpl in others for a in cpl.assets} - own)


def stays(package: Package, fetches: Callable[[ReelAsset], bool] = encrypted_ones) -> frozenset[uuid.UUID]:
    """What the compositions play of an original, where it stays: all that is not fetched from there."""
    own = {asset.id for asset in package.asset_map.asset_list}
    return frozenset(
        asset.id
        for cpl in package.compositions
        for asset in cpl.assets
        if asset.is_track_file and not fetches(asset) and asset.id not in own
    )


def every_one(header: TrackHeader) -> bool:
    """Each encrypted file is opened."""
    return True


def no_one(header: TrackHeader) -> bool:
    """What is encrypted stays so, and no key is asked for."""
    return False


def items_of(
    package: Package,
    keyring: Keyring | None,
    *,
    left_out: frozenset[uuid.UUID] = frozenset(),
    opens: Callable[[TrackHeader], bool] = every_one,
    fetches: Callable[[ReelAsset], bool] = encrypted_ones,
    besides: Sequence[CompositionPlaylist] = (),
) -> list[Item]:
    """Every file to take over but those left out, keys looked up before anything is written.

    opens: of which encrypted files the essence is read: their keys must be in `keyring`, and there must be a
    writer for what they hold. fetches: what is taken over of an original, by the asset that plays it; all of
    the package's own is. besides: playlists of elsewhere that speak of these files. KeyMissingError,
    TrackFileError, UsageError, DcpError: as `decrypt_package` has them.
    """
    documents = {cpl.id for cpl in package.compositions} | {pkl.id for pkl in package.packing_lists}
    own = {entry.id for pkl in package.packing_lists for entry in pkl.asset_list}
    own |= {asset.id for asset in package.asset_map.asset_list}
    wanted = dict.fromkeys(entry.id for pkl in package.packing_lists for entry in pkl.asset_list)
    for cpl in package.compositions:
        # the original's assets only where they are asked for: a plain version file stays one
        wanted.update(dict.fromkeys(a.id for a in cpl.assets if a.id in own or fetches(a)))
    # a font that a subtitle needs is often in the map and in no packing list
    wanted.update(dict.fromkeys(id for id in package.files if id in own))
    playlists = (*package.compositions, *besides)
    items = []
    for asset_id in wanted:
        if asset_id in documents or asset_id in left_out:
            continue
        path = package.require(asset_id)
        listed = _listed(package, asset_id)
        uses = [asset for cpl in playlists for asset in cpl.assets if asset.id == asset_id]
        key_id, essence, track_file = None, None, _is_mxf(path)
        if track_file:
            with TrackFile.open(path) as track:
                _check_identity(track, asset_id, uses)
                header = track.header
                key_id, essence = header.key_id if header.encrypted else None, header.essence
                if header.encrypted and opens(header):
                    key_for(track, keyring)
                    check_writable(header, path)
        elif any(asset.encrypted for asset in uses):
            raise TrackFileError("rework.no-track-file", where=path)
        stated = [(listed.hash, "rework.hash-of-pkl")] if listed else []
        stated += [(asset.hash, "rework.hash-of-cpl") for asset in uses]
        items.append(
            Item(
                id=asset_id,
                path=path,
                name=_name_of(package, path),
                listed=listed,
                track_file=track_file,
                key_id=key_id,
                duration=max((asset.intrinsic_duration for asset in uses), default=0),
                size=path.stat().st_size,
                hashes=tuple(dict.fromkeys((hash, by) for hash, by in stated if hash is not None)),
                essence=essence,
            )
        )
    return items + _unlisted(package, items)


def now_listed(items: Sequence[Item], *sources: Package) -> tuple[Text, ...]:
    """A note on what no asset map lists and comes along all the same; nothing where there is none."""
    packages = [package for one in sources for package in (one, *one.ov)]
    mapped = {asset.id for package in packages for asset in package.asset_map.asset_list}
    count = sum(item.id not in mapped for item in items)
    return (text("rework.now-listed", n=count),) if count else ()


def check_writable(header: TrackHeader, path: Path) -> None:
    """UsageError when there is no writer for what the header describes; TrackFileError for odd sound."""
    match header.descriptor:
        case SoundDescriptor():
            sound_of(header, path)
        case PictureDescriptor(xsiz=None):
            raise UsageError("rework.essence", where=path, kind=header.essence)
        case TimedTextDescriptor() if header.label_set == "smpte":
            if path.stat().st_size > MAX_TEXT:
                raise TrackFileError("rework.text-too-large", where=path, most=MAX_TEXT)
        case PictureDescriptor():
            pass
        case AuxDescriptor() if header.label_set == "smpte" and header.descriptor.data_essence_coding:
            pass
        case _:
            raise UsageError("rework.essence", where=path, kind=header.essence)


# --- how it is done -----


def _unlisted(package: Package, items: Sequence[Item]) -> list[Item]:
    """What loose subtitles name, and no asset map lists, under ids of their own."""
    found = {
        path.resolve(): path
        for item in items
        if item.path.suffix.lower() == ".xml" and not item.track_file
        for path in files_beside(item.path)
    }
    known = [*package.files.values(), *(document.path for document in package.documents)]
    for path in {path.resolve() for path in known} & found.keys():
        del found[path]
    taken = {item.id for item in items} | {asset.id for asset in package.asset_map.asset_list}
    ids: dict[Path, uuid.UUID] = {}
    for path in found.values():
        named = id_in(path.name)  # of a picture its name is the id
        ids[path] = named if named is not None and named not in taken else uuid.uuid4()
        taken.add(ids[path])
    return [
        Item(
            id=id,
            path=path,
            name=_name_of(package, path),
            listed=None,
            track_file=False,
            key_id=None,
            duration=0,
            size=path.stat().st_size,
            hashes=(),
        )
        for path, id in ids.items()
    ]


def _check_identity(track: TrackFile, asset_id: uuid.UUID, uses: Sequence[ReelAsset]) -> None:
    """The file is the asset that the documents name, and where encryption is at stake, all that they say."""
    header = track.header
    if header.asset_id != asset_id:
        raise TrackFileError("rework.other-asset", where=track.path, found=header.asset_id, expected=asset_id)
    for asset in uses:
        if header.encrypted or asset.encrypted:
            check_agreement(asset, header, path=track.path, where=f"{asset.kind} {asset.id}")
    if header.encrypted and header.key_id is None:
        raise TrackFileError("rework.no-key-named", where=track.path)


def _is_mxf(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(UL_PREFIX)) == UL_PREFIX
    except OSError as error:
        raise DcpError("file.cannot-read", where=path, why=why(error)) from None


def _name_of(package: Package, path: Path) -> str:
    for one in (package, *package.ov):
        if path.is_relative_to(one.root):
            return path.relative_to(one.root).as_posix()
    return path.name


def _listed(package: Package, asset_id: uuid.UUID) -> PklAsset | None:
    for one in (package, *package.ov):
        for pkl in one.packing_lists:
            entry = pkl.asset(asset_id)
            if entry is not None:
                return entry
    return None
