"""Which files of a folder are the package's, by what they hold and by what its lists still say."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.documents.cpl import CAPTION_KINDS, SUBTITLE_KINDS, CompositionPlaylist, ReelAsset
from dcp.documents.pkl import PackingList, PklAsset
from dcp.errors import DcpError, TrackFileError, UsageError
from dcp.package.survey import Survey
from dcp.rework.acts import Act, act
from dcp.rework.inventory import Found, of_kind
from dcp.rework.names import id_in
from dcp.text.beside import ROOT, file_beside, names_in
from dcp.xml.parse import local_name, parse_xml

_MOST_HASHED = 64 << 20  # bytes of a loose file that is looked for by its hash
_BLOCK = 4 << 20


@dataclass(frozen=True)
class Sorted:
    """cpls, lists: playlists, and packing lists that can be read at least in part, each once. held: the other
    files, by the asset's id. meant: an entry's id in a packing list -> whose hash it has. acts: what is left
    out of the package."""

    cpls: tuple[Found, ...]
    lists: tuple[Found, ...]
    held: Mapping[uuid.UUID, Found]
    meant: Mapping[uuid.UUID, uuid.UUID] = field(default_factory=dict)
    acts: tuple[Act, ...] = ()

    @property
    def playlists(self) -> tuple[CompositionPlaylist, ...]:
        return tuple(each.value for each in self.cpls if isinstance(each.value, CompositionPlaylist))

    def uses(self) -> Iterator[tuple[Found, ReelAsset]]:
        """What playlists say of assets, each use by itself."""
        for each, cpl in zip(self.cpls, self.playlists, strict=True):
            for asset in cpl.assets:
                yield each, asset


def sort_out(survey: Survey, found: Sequence[Found], *, elsewhere: frozenset[uuid.UUID]) -> Sorted:
    """elsewhere: ids that an original version has.

    DcpError for a file that is lost, for a playlist that cannot be read, for one id over two files;
    UsageError where it cannot be told whether something is lost or an original's.
    """
    return _Sorting(survey, found).sort(elsewhere)


def sha1_of(path: Path) -> bytes:
    digest = hashlib.sha1()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.digest()


# --- how it is done -----


class _Sorting:
    def __init__(self, survey: Survey, found: Sequence[Found]) -> None:
        self.survey, self.found = survey, found
        self.by_name = {each.name: each for each in found}
        self.mapped = {
            id: self.by_name[name]
            for id, path in survey.files.items()
            if (name := survey.relative(path)) in self.by_name
        }
        self.acts: list[Act] = []
        self.held: dict[uuid.UUID, Found] = {}
        self.names_held: set[str] = set()
        self.meant: dict[uuid.UUID, uuid.UUID] = {}
        self.tracks, self.texts = _by_id(of_kind(found, "track")), _by_id(of_kind(found, "text"))
        others = [each for each in of_kind(found, "other") if each.size]
        self.named = {id: each for each in reversed(others) if (id := id_in(each.name)) is not None}

    def sort(self, elsewhere: frozenset[uuid.UUID]) -> Sorted:
        cpls = self._once("cpl")
        for each in cpls:
            if each.error is not None:
                raise each.error
        read = {each.name for each in cpls}
        for document in self.survey.documents:
            if document.kind == "composition" and document.name not in read and document.error is not None:
                raise document.error
        if not cpls:
            raise DcpError("package.no-cpl", where=self.survey.root)
        lists = self._once("pkl")
        partly = Sorted(tuple(cpls), tuple(lists), {})
        self._hold_played(partly, elsewhere)
        self._hold_listed(partly)
        unread = self._unread_lists()
        for id, each in self.mapped.items():
            loose = each.kind in ("text", "other") and each not in unread
            if each.size and (loose or (each.kind, each.id) == ("track", id)):
                self._hold(id, each)
        for each in tuple(self.held.values()):
            self._hold_beside(each)
        self._leave_out(partly)
        return Sorted(partly.cpls, partly.lists, self.held, self.meant, tuple(self.acts))

    # what there is

    def _once(self, kind: str) -> list[Found]:
        """The documents of a kind, one of each id: the one that the asset map names, the others if equal."""
        taken: dict[object, Found] = {}
        names = {each.name for each in self.mapped.values()}
        of_this = [each for each in self.found if each.kind == kind]
        for each in sorted(of_this, key=lambda each: each.name not in names):
            first = taken.setdefault(each.id or each.name, each)
            if first is not each and kind == "cpl" and first.plain != each.plain:
                raise DcpError("combine.two-of-one-id", where=each.path, asset=each.id, other=first.path)
        return sorted(taken.values(), key=lambda each: each.name)

    def _find(self, id: uuid.UUID, *, loose: bool = True) -> Found | None:
        if id in self.tracks:
            return self._one_of(id, self.tracks[id])
        if not loose:
            return None
        named = self.mapped.get(id)
        if named is not None and named.kind in ("text", "other") and named.size:
            return named
        if id in self.texts:
            return self._one_of(id, self.texts[id])
        return self.named.get(id)

    def _one_of(self, id: uuid.UUID, several: Sequence[Found]) -> Found:
        """The one that the asset map names; the others are left out where they are the same."""
        first = next((each for each in several if self.mapped.get(id) is each), several[0])
        for each in several:
            if each is not first and (each.size != first.size or sha1_of(each.path) != sha1_of(first.path)):
                raise DcpError("combine.two-of-one-id", where=each.path, asset=id, other=first.path)
        return first

    def _hold(self, id: uuid.UUID, found: Found) -> None:
        if id not in self.held and found.name not in self.names_held:
            self.held[id] = found
            self.names_held.add(found.name)

    def _hold_played(self, partly: Sorted, elsewhere: frozenset[uuid.UUID]) -> None:
        listed = {e.id for each in partly.lists for e in _entries(each)} | self.survey.listed.keys()
        for asset in (asset for cpl in partly.playlists for asset in cpl.assets):
            loose = asset.kind in SUBTITLE_KINDS + CAPTION_KINDS
            found = self._find(asset.id, loose=loose)
            if found is not None:
                self._hold(asset.id, found)
            elif asset.id in listed:
                raise self._lost(asset.id)
            elif not partly.lists and asset.id not in elsewhere:
                raise UsageError("repair.cannot-tell", where=self.survey.root, asset=asset.id)

    def _hold_listed(self, partly: Sorted) -> None:
        documents = {each.id for each in partly.cpls}
        for each in partly.lists:
            for entry in _entries(each):
                if entry.id in documents:
                    continue
                found = self._find(entry.id) if "Id" not in entry.unread else None
                if found is None and "Id" not in entry.unread:
                    found = self._unnamed(entry.hash)
                if found is not None:
                    self._hold(entry.id, found)
                    continue
                meant = self._by_hash(entry.hash, partly)
                if meant is None:
                    raise self._lost(entry.id)
                self.meant[entry.id] = meant

    def _by_hash(self, hash: bytes | None, partly: Sorted) -> uuid.UUID | None:
        """Whose hash an entry under a wrong id has."""
        if hash is None:
            return None
        for each in partly.cpls:
            if each.id is not None and hashlib.sha1(each.data).digest() == hash:
                return each.id
        for asset in (asset for cpl in partly.playlists for asset in cpl.assets):
            if asset.hash == hash and asset.id in self.held:
                return asset.id
        loose = self._loose.get(hash, ())
        return next((id for id, found in self.held.items() if found in loose), None)

    def _unnamed(self, hash: bytes | None) -> Found | None:
        """A loose file that has no id in it (a font, say), by the hash that a list states of it."""
        loose = self._loose.get(hash, ()) if hash is not None else ()
        return next((each for each in loose if each.name not in self.names_held), None)

    @cached_property
    def _loose(self) -> Mapping[bytes, list[Found]]:
        """The loose files by their hash; read only where an id leads nowhere."""
        found: dict[bytes, list[Found]] = {}
        for each in self.found:
            if each.kind in ("text", "other") and 0 < each.size <= _MOST_HASHED:
                found.setdefault(sha1_of(each.path), []).append(each)
        return found

    def _hold_beside(self, text: Found) -> None:
        """What a loose text names: DcpError when it is not there."""
        if text.kind != "text":
            return
        root = parse_xml(text.data, where=text.path)
        if local_name(root) != ROOT:
            return
        for name in names_in(root):
            path = file_beside(text.path, name)
            found = self.by_name.get(self.survey.relative(path)) if path is not None else None
            if found is None or not found.size:
                raise DcpError("repair.lost-beside", where=text.path, name=name)
            if found.name in self.names_held:
                continue
            named = id_in(found.name)
            self._hold(named if named is not None and named not in self.held else uuid.uuid4(), found)

    def _leave_out(self, partly: Sorted) -> None:
        taken = {each.name: each for each in (*partly.cpls, *partly.lists, *self.held.values())}
        ids = {each.id for each in taken.values()}
        said = {each.file for each in self.acts}
        said |= {d.name for d in self.survey.documents if d.kind in ("asset_map", "volume_index")}
        for each in self.found:
            if each.name in taken or each.kind in ("map", "index") or each.name in said:
                continue
            if each.kind == "hidden":
                self.acts.append(act("left-out-hidden", each.name))
            elif each.id is not None and each.id in ids:
                self.acts.append(act("left-out-again", each.name))
            else:
                self.acts.append(act("left-out", each.name))
        for entry in self.survey.entries:
            if entry.kind == "folder" and entry.empty:
                self.acts.append(act("left-out-folder", entry.name))
            elif entry.kind in ("link", "special") and entry.name not in self.by_name:
                self.acts.append(act("left-out", entry.name))

    # what there is not

    def _lost(self, id: uuid.UUID) -> DcpError:
        """Why an asset that belongs to the package cannot be had."""
        name = self.survey.listed.get(id)
        there = self.mapped.get(id) or self.by_name.get(name or "")
        if there is not None and there.error is not None:
            return there.error
        if there is not None and there.kind == "track" and there.id is not None:
            return TrackFileError("rework.other-asset", where=there.path, found=there.id, expected=id)
        return DcpError("repair.lost", where=self.survey.root, asset=id, name=name or str(id))

    def _unread_lists(self) -> list[Found]:
        """Packing lists of which nothing can be read; others take their place."""
        unread = [
            self.by_name[each.name]
            for each in self.survey.documents
            if each.kind == "packing_list" and each.value is None and each.name in self.by_name
        ]
        self.acts += [act("list-unreadable", each.name, why=each.error or "") for each in unread]
        return unread


def _by_id(found: Sequence[Found]) -> Mapping[uuid.UUID, list[Found]]:
    several: dict[uuid.UUID, list[Found]] = {}
    for each in found:
        if each.id is not None:
            several.setdefault(each.id, []).append(each)
    return several


def _entries(found: Found) -> Sequence[PklAsset]:
    return found.value.asset_list if isinstance(found.value, PackingList) else ()
