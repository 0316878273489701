"""A decrypted copy of a package: plain track files under new ids, and documents that agree with them.

What is plain already keeps its id and its bytes; of a version file whose original is at hand, only what is
encrypted is taken over from there. Compositions, packing lists and the asset map are written anew, unsigned
unless a signer is given. Nothing is believed that can be checked: signatures that are there must hold, each
file must be the asset that the playlists name, under the key they name, with the hashes that they and the
packing list state.
"""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.documents.cpl import CompositionPlaylist, Reel, ReelAsset
from dcp.documents.pkl import TYPES, PackingList, PklAsset
from dcp.errors import DcpError
from dcp.mxf.reader import MicPolicy
from dcp.output import finished_folder
from dcp.package.package import Package
from dcp.packing.package import MAKER, PackedFile, write_package
from dcp.rework.clear import Clear, write_clear
from dcp.rework.names import Names, named_after, renewed
from dcp.rework.planning import Item, items_of, of_others, stays
from dcp.rework.vouch import vouch
from dcp.secrets.keys import Keyring
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from dcp.trust.signer import Signer

_BLOCK = 4 * 1024 * 1024

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class DecryptedPackage:
    """root: the new package. cpl_id: its (first) composition's id. assets, compositions: old id -> new id.

    notes: what could not be checked and what was left where it is, sentences for people.
    """

    root: Path
    cpl_id: uuid.UUID
    assets: Mapping[uuid.UUID, uuid.UUID]
    compositions: Mapping[uuid.UUID, uuid.UUID]
    notes: tuple[Text, ...] = ()


def decrypt_package(
    package: Package,
    out: Path,
    *,
    keyring: Keyring,
    cpl_id: uuid.UUID | None = None,
    mic: MicPolicy = "require",
    signer: Signer | None = None,
    now: datetime,
    progress: Progress | None = None,
) -> DecryptedPackage:
    """Write the decrypted copy of `package` into the new folder `out`.

    cpl_id: the one composition to take over, without what the others alone play; None for all.
    progress(bytes done, bytes in all). KeyMissingError, TrackFileError (a damaged unit, a file that is not
    the one the CPL speaks of), SignatureError (see `dcp.rework.vouch`), DcpError (a file that is absent, or
    not the one that was hashed; a full disk): nothing is left then.
    """
    left_out: frozenset[uuid.UUID] = frozenset()
    count = len(package.compositions)
    if cpl_id is not None and count > 1:
        left_out = of_others(package, cpl_id)
        package = replace(package, compositions=(package.composition(cpl_id),))
    work = items_of(package, keyring, left_out=left_out)
    encrypted = any(cpl.encrypted for cpl in package.compositions) or any(each.encrypted for each in work)
    notes = vouch(package, encrypted=encrypted, sign=signer is not None)
    if left_out:
        notes += (text("rework.one-of-several", n=count, cpl=cpl_id),)
    mapped = {asset.id for one in (package, *package.ov) for asset in one.asset_map.asset_list}
    unlisted = sum(item.id not in mapped for item in work)
    if unlisted:
        notes += (text("rework.now-listed", n=unlisted),)
    staying = stays(package)
    if staying:
        notes += (text("rework.stays-in-original", n=len(staying)),)
    _need_room(out, sum(each.size for each in work))
    with finished_folder(out) as folder:
        copy = _Copy(package, folder, keyring=keyring, mic=mic, now=now, signer=signer)
        copy.tell, copy.total = progress, sum(each.size for each in work)
        for item in work:
            copy.take(item)
        copy.write_documents()
    cpl_id = copy.compositions[package.compositions[0].id]
    return DecryptedPackage(out, cpl_id, copy.assets, copy.compositions, notes)


# --- how it is done -----


def _need_room(out: Path, size: int) -> None:
    parent = next(folder for folder in (out.absolute(), *out.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(parent).free
    if free < size:
        raise DcpError("rework.no-room", where=parent, needed=size / 1e9, free=free / 1e9)


class _Copy:
    """The new package as it grows."""

    def __init__(
        self,
        package: Package,
        folder: Path,
        *,
        keyring: Keyring,
        mic: MicPolicy,
        now: datetime,
        signer: Signer | None,
    ) -> None:
        self.package, self.folder, self.keyring, self.mic = package, folder, keyring, mic
        self.now, self.signer = now, signer
        self.names = Names()
        self.taken: dict[uuid.UUID, PackedFile] = {}
        self.assets: dict[uuid.UUID, uuid.UUID] = {}
        self.compositions = {cpl.id: uuid.uuid4() for cpl in package.compositions}
        self.tell: Progress | None = None
        self.done = self.total = 0

    # files

    def take(self, item: Item) -> None:
        new_id = uuid.uuid4() if item.encrypted else item.id
        # what a loose subtitle calls its fonts and pictures is in its text, so those keep their names
        name = self.names.give(named_after(item.name, new_id) if item.track_file else item.name, new_id)
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        begun = self.done
        if item.encrypted:
            size, sha1 = self._decrypted(item, target, new_id)
            self.assets[item.id] = new_id
        else:
            size, sha1 = self._copied(item, target)
        self._advance(begun + item.size - self.done)
        kind = item.listed.type if item.listed else _type_of(self.package, item)
        self.taken[item.id] = PackedFile(new_id, name, size, sha1, kind)

    def _decrypted(self, item: Item, target: Path, asset_id: uuid.UUID) -> tuple[int, bytes]:
        assert item.key_id is not None
        how = Clear(
            asset_id=asset_id,
            key=self.keyring.require(item.key_id, where=item.path),
            mic=self.mic,
            now=self.now,
            duration=item.duration,
            advance=self._advance,
        )
        written = write_clear(item, target, how)
        return written.size, written.sha1

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
        old = self.package.asset_map
        new_ids = {**self.compositions, **{id: taken.id for id, taken in self.taken.items()}}
        listed = {entry.id for pkl in self.package.packing_lists for entry in pkl.asset_list}
        left = sorted(new_ids.keys() - listed, key=str)
        write_package(
            self.folder,
            files=tuple({taken.id: taken for taken in self.taken.values()}.values()),
            compositions=[self._composition(cpl) for cpl in self.package.compositions],
            packing_lists=self._packing_lists(new_ids, left),
            standard=old.standard,
            signer=self.signer,
            now=self.now,
            annotation=old.annotation_text,
            issuer=old.issuer,
        )

    def _packing_lists(
        self, new_ids: Mapping[uuid.UUID, uuid.UUID], left: list[uuid.UUID]
    ) -> list[PackingList]:
        """All that still list something."""
        pkls = self.package.packing_lists
        kept = [pkl for pkl in pkls if any(entry.id in new_ids for entry in pkl.asset_list)] or list(pkls[:1])
        return [self._packing_list(pkl, new_ids, left if pkl is kept[0] else []) for pkl in kept]

    def _composition(self, cpl: CompositionPlaylist) -> CompositionPlaylist:
        new_id = self.compositions[cpl.id]
        old_urn, new_urn = f"urn:uuid:{cpl.id}", f"urn:uuid:{new_id}"
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
            key_id=None,
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


def _type_of(package: Package, item: Item) -> str:
    """What a packing list calls a file that none has listed so far."""
    types = TYPES[package.standard]
    kinds = [asset.kind for cpl in package.compositions for asset in cpl.assets if asset.id == item.id]
    if not item.track_file:
        return types["Subtitle"] if kinds and package.standard == "interop" else _loose_type(item.path)
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
