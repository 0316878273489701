"""A package under another title: one composition renamed, every track file as it is.

The playlist gets a new id with its new words: servers and KDMs know it by that, and two playlists under one
would be taken for each other. Other compositions are taken over byte for byte. What repeats the old title
follows it: annotations of the playlist, its reels, the packing list and the asset map, the label of a content
version, the full title of ST 429-16.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.documents.assetmap import AssetMap
from dcp.documents.cpl import CompositionPlaylist, Reel, ReelAsset
from dcp.documents.pkl import PackingList
from dcp.errors import UsageError
from dcp.package.package import Package
from dcp.packing.kinds import Kind
from dcp.rework.copying import Changes, Progress, copy_package
from dcp.rework.planning import items_of, no_one, nothing, now_listed, stays
from dcp.rework.vouch import vouch_for_more
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from dcp.trust.signer import Signer

MAX_TITLE = 1024


@dataclass(frozen=True)
class Change:
    """What a text of a document was and is. document: cpl, pkl or asset map; element: its name there."""

    document: str
    element: str
    was: str
    now: str


@dataclass(frozen=True)
class RetitledPackage:
    """root: the new package. cpl_id: the renamed composition's. compositions: old id -> new id, of one that
    was kept the same. void: ids of playlists whose KDMs do not fit any more. changes: word by word; notes:
    what stays as it was, what could not be checked."""

    root: Path
    cpl_id: uuid.UUID
    compositions: Mapping[uuid.UUID, uuid.UUID]
    void: tuple[uuid.UUID, ...] = ()
    changes: tuple[Change, ...] = ()
    notes: tuple[Text, ...] = ()


def retitle_package(
    package: Package,
    out: Path,
    *,
    title: str | None = None,
    kind: Kind | None = None,
    cpl_id: uuid.UUID | None = None,
    signer: Signer | None = None,
    now: datetime,
    progress: Progress | None = None,
) -> RetitledPackage:
    """Write `package` with another title or kind of content into the new folder `out`.

    cpl_id: which of several compositions. signer: of the new documents, and needed when there is encrypted
    content. UsageError for a title that cannot be one, when nothing would change, when it is not said which
    composition or who signs; DcpError and its kinds as `decrypt_package` has them. Nothing is left then.
    """
    cpl = package.composition(cpl_id)
    if title is not None:
        check_title(title)
    renaming = _Renaming(cpl, title, kind)
    if not renaming.changes:
        raise UsageError("retitle.nothing", where=package.document(cpl).path)
    items = items_of(package, None, opens=no_one, fetches=nothing)
    encrypted = any(each.encrypted for each in package.compositions) or any(each.encrypted for each in items)
    notes = vouch_for_more([package], encrypted=encrypted, sign=signer is not None) + renaming.notes
    notes += now_listed(items, package)
    staying = stays(package, nothing)
    if staying:
        notes += (text("rework.not-here", n=len(staying)),)
    changes = Changes(
        kept=frozenset(each.id for each in package.compositions if each.id != cpl.id),
        composition=lambda old: renaming.composition,
        packing_lists=renaming.packing_lists,
        asset_map=renaming.asset_map,
    )
    done = copy_package([package], items, out, changes, signer=signer, now=now, progress=progress)
    void = (cpl.id,) if cpl.encrypted else ()
    if void:
        notes += (text("rework.kdms-void", old=cpl.id, new=done.compositions[cpl.id]),)
    return RetitledPackage(
        out, done.compositions[cpl.id], done.compositions, void, tuple(renaming.changes), notes
    )


def check_title(title: str) -> None:
    """UsageError for one that is empty, too long, or holds a control sign."""
    if not title.strip() or len(title) > MAX_TITLE or any(ord(sign) < 32 for sign in title):
        raise UsageError("create.title", most=MAX_TITLE)


# --- how it is done -----


class _Renaming:
    """The documents as they shall read, and what that changes."""

    def __init__(self, cpl: CompositionPlaylist, title: str | None, kind: Kind | None) -> None:
        self.changes: list[Change] = []
        self.notes: tuple[Text, ...] = ()
        self.old, self.id = cpl.content_title_text, cpl.id
        self.title = title if title is not None else cpl.content_title_text
        self.composition = self._composition(cpl, kind)

    def packing_lists(self, lists: Sequence[PackingList]) -> list[PackingList]:
        return [self._packing_list(pkl) for pkl in lists]

    def asset_map(self, asset_map: AssetMap) -> AssetMap:
        words = self._following(asset_map.annotation_text, "asset map", "AnnotationText")
        return replace(asset_map, annotation_text=words)

    def _composition(self, cpl: CompositionPlaylist, kind: Kind | None) -> CompositionPlaylist:
        title = self._put(cpl.content_title_text, self.title, "ContentTitleText")
        words = cpl.annotation_text
        if words is not None and title != self.old:  # it is shown in the title's place, whatever it said
            words = self._put(words, title, "AnnotationText")
        if kind is not None:
            self._put(cpl.content_kind, kind.value, "ContentKind")
            cpl = replace(cpl, content_kind=kind.value, content_kind_scope=kind.scope)
        versions = tuple(
            replace(version, label_text=self._following(version.label_text, "cpl", "LabelText") or "")
            for version in cpl.content_versions
        )
        reels = tuple(self._reel(reel) for reel in cpl.reels)
        return replace(
            cpl, content_title_text=title, annotation_text=words, content_versions=versions, reels=reels
        )

    def _reel(self, reel: Reel) -> Reel:
        words = self._following(reel.annotation_text, "cpl", "Reel/AnnotationText")
        return replace(reel, annotation_text=words, assets=tuple(map(self._asset, reel.assets)))

    def _asset(self, asset: ReelAsset) -> ReelAsset:
        asset = replace(
            asset,
            annotation_text=self._following(asset.annotation_text, "cpl", f"{asset.kind}/AnnotationText"),
        )
        if asset.metadata is None:
            return asset
        full = asset.metadata.full_content_title_text
        now = self._following(full, "cpl", "FullContentTitleText")
        if full is not None and now == full and self.title != self.old:
            self.notes += (text("retitle.full-title-stays", title=full),)
        return replace(asset, metadata=replace(asset.metadata, full_content_title_text=now))

    def _packing_list(self, pkl: PackingList) -> PackingList:
        """What it says of other compositions stays, though they have the same title."""
        if pkl.asset(self.id) is None:
            return pkl
        entries = tuple(
            replace(
                entry, annotation_text=self._following(entry.annotation_text, "pkl", "Asset/AnnotationText")
            )
            if entry.id == self.id
            else entry
            for entry in pkl.asset_list
        )
        words = self._following(pkl.annotation_text, "pkl", "AnnotationText")
        return replace(pkl, annotation_text=words, asset_list=entries)

    def _following(self, words: str | None, document: str, element: str) -> str | None:
        """The new title in place of the old one, where it is all that stands there."""
        if words is None or words.strip() != self.old.strip() or self.title == self.old:
            return words
        return self._put(words, self.title, element, document)

    def _put(self, was: str, now: str, element: str, document: str = "cpl") -> str:
        if was != now:
            self.changes.append(Change(document, element, was, now))
        return now
