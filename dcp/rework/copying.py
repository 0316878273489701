"""A package written anew from another, or from several: what a change does not touch keeps its id and bytes.

Each file is read once, and held while it is copied against the hashes that packing lists and playlists state;
the new package appears when all of them held. What a change touches (a track file, a playlist) comes under a
new id, and whatever names it by the old one names the new one. Packing lists and the asset map are always
new, unsigned unless a signer is given. Whether the old documents may be believed is for `dcp.rework.vouch`,
which files there are for `dcp.rework.planning`: both are asked before.
"""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.documents.assetmap import AssetMap
from dcp.documents.cpl import CompositionPlaylist, Reel, ReelAsset
from dcp.documents.namespaces import Standard
from dcp.documents.pkl import TYPES, PackingList, PklAsset
from dcp.errors import DcpError, UsageError
from dcp.mxf.writer import WrittenTrackFile
from dcp.output import finished_folder
from dcp.package.package import Document, Package
from dcp.packing.package import MAKER, PackedFile, write_package
from dcp.rework.names import Names, named_after, renewed
from dcp.rework.planning import Item

if TYPE_CHECKING:
    from dcp.trust.signer import Signer

_BLOCK = 4 * 1024 * 1024

_KIND_OF = {"picture": "Picture", "stereo_picture": "Picture", "sound": "Sound", "timed_text": "Subtitle"}

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class NewFile:
    """Where a track file is written anew and under which id. advance: called with the bytes of the old file
    that were done since the last call."""

    path: Path
    asset_id: uuid.UUID
    advance: Callable[[int], None]


Writer = Callable[[Item, NewFile], WrittenTrackFile]
"""Writes the new file of an item; holds the old one against `Item.hold_against` once it has read it whole."""


@dataclass(frozen=True)
class Changes:
    """What is another in the new package. Documents are given as they were, with the old ids, and come back
    as they shall read; ids, dates, hashes and sizes are then brought up to date here.

    writer: says who writes a track file anew, None where it stays as it is. kept: the ids of playlists, and
    of packing lists, that are taken over byte for byte, with signature and id, so that their KDMs go on
    fitting; nothing that they play or list may be written anew. composition: of each other playlist.
    packing_lists: of all lists together; what is in none of those that come back goes into the first, and one
    that lists nothing is left out. asset_map: of the (first) map: its annotation, issuer and standard count.
    """

    writer: Callable[[Item], Writer | None] = lambda item: None
    kept: frozenset[uuid.UUID] = frozenset()
    composition: Callable[[CompositionPlaylist], CompositionPlaylist] = lambda value: value
    packing_lists: Callable[[Sequence[PackingList]], Sequence[PackingList]] = lambda value: value
    asset_map: Callable[[AssetMap], AssetMap] = lambda value: value


@dataclass(frozen=True)
class CopiedPackage:
    """root: the new package. assets: old id -> new id of every file written anew. compositions: old id -> new
    id of each playlist, the same where it was kept. files: how each file lies there, by its old id."""

    root: Path
    assets: Mapping[uuid.UUID, uuid.UUID]
    compositions: Mapping[uuid.UUID, uuid.UUID]
    files: Mapping[uuid.UUID, PackedFile] = field(default_factory=dict, repr=False)


def untouched(package: Package, anew: frozenset[uuid.UUID]) -> frozenset[uuid.UUID]:
    """The ids of the playlists that play none of the files written anew."""
    return frozenset(
        cpl.id for cpl in package.compositions if not any(asset.id in anew for asset in cpl.assets)
    )


def copy_package(
    sources: Sequence[Package],
    items: Sequence[Item],
    out: Path,
    changes: Changes,
    *,
    signer: Signer | None,
    now: datetime,
    progress: Progress | None = None,
    check: Callable[[Path], None] = lambda folder: None,
) -> CopiedPackage:
    """Write the new package of `sources` into the new folder `out`.

    items: the files to take over, under ids that differ from each other. progress(bytes done, bytes in all).
    check: looks at the finished package in its temporary folder, and raises where it must not appear.
    DcpError for a file that is not the one that was hashed and for too little room; UsageError where `out`
    lies in a source, and as `write_package` has it; whatever a writer raises. Nothing is left then.
    """
    for one in sources:
        if out.resolve().is_relative_to(one.root.resolve()):
            raise UsageError("output.in-source", where=out, source=one.root)
    need_room(out, sum(each.size for each in items))
    with finished_folder(out) as folder:
        copy = _Copy(sources, folder, changes, now=now, signer=signer)
        copy.tell, copy.total = progress, sum(each.size for each in items)
        copy.keep_documents()
        for item in items:
            copy.take(item)
        copy.write_documents()
        check(folder)
    return CopiedPackage(out, copy.assets, copy.compositions, copy.taken)


def need_room(out: Path, size: int) -> None:
    """DcpError when the disk on which `out` will lie has less than `size` bytes."""
    parent = next(folder for folder in (out.absolute(), *out.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(parent).free
    if free < size:
        raise DcpError("rework.no-room", where=parent, needed=size / 1e9, free=free / 1e9)


# --- how it is done -----


class _Copy:
    """The new package as it grows."""

    def __init__(
        self,
        sources: Sequence[Package],
        folder: Path,
        changes: Changes,
        *,
        now: datetime,
        signer: Signer | None,
    ) -> None:
        self.sources, self.folder, self.changes = sources, folder, changes
        self.now, self.signer = now, signer
        self.names = Names()
        self.taken: dict[uuid.UUID, PackedFile] = {}
        self.assets: dict[uuid.UUID, uuid.UUID] = {}
        self.keys: dict[uuid.UUID, uuid.UUID | None] = {}
        self.kept_lists: list[PackedFile] = []
        self.playlists = {cpl.id: cpl for one in sources for cpl in one.compositions}
        self.compositions = {id: id if id in changes.kept else uuid.uuid4() for id in self.playlists}
        self.lists = tuple(pkl for one in sources for pkl in one.packing_lists)
        self.tell: Progress | None = None
        self.done = self.total = 0

    # files

    def keep_documents(self) -> None:
        """The very bytes whose signature was judged."""
        for one in self.sources:
            for cpl in one.compositions:
                if cpl.id in self.changes.kept:
                    kind = self._listed_type(cpl.id) or TYPES[cpl.standard]["CPL"]
                    self.taken[cpl.id] = self._kept(cpl.id, one.document(cpl), kind)
            for pkl in one.packing_lists:
                if pkl.id in self.changes.kept:
                    self.kept_lists.append(self._kept(pkl.id, one.document(pkl), "text/xml"))

    def _kept(self, id: uuid.UUID, document: Document, kind: str) -> PackedFile:
        name = self.names.give(document.name, id)
        with self._place(name).open("xb") as sink:
            sink.write(document.data)
        digest = hashlib.sha1(document.data).digest()
        return PackedFile(id, name, len(document.data), digest, kind)

    def take(self, item: Item) -> None:
        writer = self.changes.writer(item)
        new_id = item.id if writer is None else uuid.uuid4()
        # what a loose subtitle calls its fonts and pictures is in its text, so those keep their names
        name = self.names.give(item.name if writer is None else named_after(item.name, new_id), new_id)
        target = self._place(name)
        begun = self.done
        if writer is None:
            size, sha1 = self._copied(item, target)
        else:
            written = writer(item, NewFile(target, new_id, self._advance))
            size, sha1 = written.size, written.sha1
            self.assets[item.id], self.keys[item.id] = new_id, written.key_id
        self._advance(begun + item.size - self.done)
        kind = (item.listed.type if item.listed else "") or self._type_of(item)
        self.taken[item.id] = PackedFile(new_id, name, size, sha1, kind)

    def _place(self, name: str) -> Path:
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _copied(self, item: Item, target: Path) -> tuple[int, bytes]:
        digest = hashlib.sha1()
        size = 0
        with item.path.open("rb") as source, target.open("xb") as sink:
            while block := source.read(_BLOCK):
                digest.update(block)
                sink.write(block)
                size += len(block)
                self._advance(len(block))
        item.hold_against(digest.digest())
        return size, digest.digest()

    def _advance(self, count: int) -> None:
        self.done += count
        if self.tell is not None and count:
            self.tell(self.done, self.total)

    # documents

    def write_documents(self) -> None:
        """Everything that was in a packing list stays in it; what was in none comes into the first."""
        old = self.changes.asset_map(self.sources[0].asset_map)
        lists = self.changes.packing_lists(self.lists)
        new_ids = {**self.compositions, **{id: taken.id for id, taken in self.taken.items()}}
        listed = {entry.id for pkl in lists for entry in pkl.asset_list}
        left = sorted(new_ids.keys() - listed, key=str)
        write_package(
            self.folder,
            files=tuple({taken.id: taken for taken in self.taken.values()}.values()),
            compositions=[
                self._composition(cpl) for id, cpl in self.playlists.items() if id not in self.changes.kept
            ],
            packing_lists=self._packing_lists(lists, new_ids, left),
            kept_lists=self.kept_lists,
            standard=old.standard,
            signer=self.signer,
            now=self.now,
            annotation=old.annotation_text,
            issuer=old.issuer,
        )

    def _packing_lists(
        self,
        lists: Sequence[PackingList],
        new_ids: Mapping[uuid.UUID, uuid.UUID],
        left: list[uuid.UUID],
    ) -> list[PackingList]:
        """All that still list something."""
        kept = [pkl for pkl in lists if any(entry.id in new_ids for entry in pkl.asset_list)]
        kept = kept or list(lists[:1])
        first = next((pkl for pkl in kept if pkl.id not in self.changes.kept), None)
        return [
            pkl
            if pkl.id in self.changes.kept
            else self._packing_list(pkl, new_ids, left if pkl is first else [])
            for pkl in kept
        ]

    def _composition(self, cpl: CompositionPlaylist) -> CompositionPlaylist:
        new_id = self.compositions[cpl.id]
        old_urn, new_urn = f"urn:uuid:{cpl.id}", f"urn:uuid:{new_id}"
        cpl = self.changes.composition(cpl)
        versions = tuple(
            replace(version, id=new_urn if version.id.lower() == old_urn else version.id)
            for version in cpl.content_versions
        )
        return replace(
            cpl,
            id=new_id,
            issue_date=self.now,
            creator=MAKER if cpl.creator is not None else None,
            content_versions=versions,
            reels=tuple(self._reel(reel) for reel in cpl.reels),
        )

    def _reel(self, reel: Reel) -> Reel:
        return replace(reel, id=uuid.uuid4(), assets=tuple(self._asset(asset) for asset in reel.assets))

    def _asset(self, asset: ReelAsset) -> ReelAsset:
        taken = self.taken.get(asset.id)
        if taken is None:
            return asset
        return replace(
            asset,
            id=taken.id,
            key_id=self.keys.get(asset.id, asset.key_id),
            hash=taken.sha1 if asset.hash is not None else None,
            annotation_text=self._renewed(asset.annotation_text),
        )

    def _renewed(self, words: str | None) -> str | None:
        """What people read of a file often holds its id."""
        return renewed(words, {**self.assets, **self.compositions}) if words is not None else None

    def _packing_list(
        self, pkl: PackingList, new_ids: Mapping[uuid.UUID, uuid.UUID], further: list[uuid.UUID]
    ) -> PackingList:
        """The list under a new id, of what there is now; the writer fills in sizes and hashes."""
        entries = [
            replace(
                entry,
                id=new_ids[entry.id],
                annotation_text=self._renewed(entry.annotation_text),
                original_file_name=self._renewed(entry.original_file_name),
            )
            for entry in pkl.asset_list
            if entry.id in new_ids
        ]
        entries += [PklAsset(id=new_ids[id], hash=None, size=0, type="") for id in further]
        return replace(
            pkl,
            id=uuid.uuid4(),
            issue_date=self.now,
            creator=MAKER,
            asset_list=tuple({entry.id: entry for entry in entries}.values()),
        )

    def _type_of(self, item: Item) -> str:
        kinds = [a.kind for cpl in self.playlists.values() for a in cpl.assets if a.id == item.id]
        return type_of(item, kinds, self.sources[0].standard)

    def _listed_type(self, id: uuid.UUID) -> str | None:
        return next((entry.type for pkl in self.lists if (entry := pkl.asset(id)) is not None), None)


def type_of(item: Item, kinds: Sequence[str], standard: Standard) -> str:
    """What a packing list calls a file that none has listed so far. kinds: as what playlists play it."""
    types = TYPES[standard]
    if not kinds and item.essence in _KIND_OF:
        return types[_KIND_OF[item.essence]]
    if not item.track_file:
        return types["Subtitle"] if kinds and standard == "interop" else _loose_type(item.path)
    if any("Picture" in kind for kind in kinds):
        return types["Picture"]
    return types[
        {"MainSound": "Sound", "AuxData": "AuxData"}.get(kinds[0], "Subtitle") if kinds else "AuxData"
    ]


def _loose_type(path: Path) -> str:
    """By its first bytes: what a subtitle on disk has beside it."""
    with path.open("rb") as stream:
        head = stream.read(8)
    if head == b"\x89PNG\r\n\x1a\n":
        return TYPES["interop"]["Image"]
    if head[:4] in (b"\0\1\0\0", b"OTTO", b"true", b"ttcf"):
        return TYPES["interop"]["Font"]
    return "text/xml" if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else "application/octet-stream"
