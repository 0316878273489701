"""Several packages as one: all their files and compositions, an original and its versions as a whole.

Playlists are taken over byte for byte: ids, signatures and KDMs stay good. There is one new packing list of
everything, as other combiners write it (libdcp's; a server that reads lists then ingests all at once), signed
by the signer that is given. A file that several packages have under one id is taken once, where its hashes
agree.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from dcp.dataclass import dataclass
from dcp.documents.assetmap import AssetMap
from dcp.documents.cpl import CompositionPlaylist
from dcp.documents.pkl import PackingList
from dcp.errors import DcpError, UsageError
from dcp.package.package import Package
from dcp.packing.package import MAKER
from dcp.packing.titles import shared_title
from dcp.rework.copying import Changes, Progress, copy_package
from dcp.rework.names import Names
from dcp.rework.planning import Item, items_of, no_one, nothing, now_listed
from dcp.rework.vouch import vouch_for_more
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from dcp.trust.signer import Signer

T = TypeVar("T")
_BLOCK = 4 * 1024 * 1024


@dataclass(frozen=True)
class CombinedPackage:
    """root: the new package. compositions: the ids of its playlists, as they were. once: ids of files that
    several packages had. renamed: a file's old place -> its name in the new package, where that is another.
    notes: what could not be checked, what is in none of the packages."""

    root: Path
    compositions: tuple[uuid.UUID, ...]
    once: tuple[uuid.UUID, ...] = ()
    renamed: Mapping[Path, str] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()


def combine_packages(
    sources: Sequence[Package],
    out: Path,
    *,
    signer: Signer | None = None,
    now: datetime,
    progress: Progress | None = None,
) -> CombinedPackage:
    """Write one package of all of `sources` into the new folder `out`.

    signer: of the packing list, and needed when there is encrypted content. UsageError for fewer than two
    packages, for Interop and SMPTE together, and without a signer; DcpError for one id over two different
    files, and its kinds as `decrypt_package` has them. Nothing is left then.
    """
    if len(sources) < 2:
        raise UsageError("combine.needs-two")
    _one_standard(sources)
    whole, twice = _playlists_once(sources)
    playlists = [cpl for one in whole for cpl in one.compositions]
    ids = {cpl.id for cpl in playlists}
    found = [
        [item for item in items_of(one, None, opens=no_one, fetches=nothing, besides=_others(one, playlists))
         if item.id not in ids]
        for one in whole
    ]  # fmt: skip
    items, once = _files_once(whole, found, playlists)
    encrypted = [
        any(cpl.encrypted for cpl in one.compositions) or any(item.encrypted for item in each)
        for one, each in zip(sources, found, strict=True)
    ]
    notes = vouch_for_more(sources, encrypted=encrypted, sign=signer is not None, anew=False)
    notes += now_listed([item for each in found for item in each], *sources)
    held = {item.id for item in items}
    absent = {a.id for cpl in playlists for a in cpl.assets} - held
    if absent:
        notes += (text("rework.not-here", n=len(absent)),)
    title = shared_title([cpl.content_title_text for cpl in playlists])
    changes = Changes(
        kept=frozenset(cpl.id for cpl in playlists),
        packing_lists=lambda lists: [_one_list(lists, title)],
        asset_map=lambda old: _one_map([one.asset_map for one in sources], title),
    )
    done = copy_package(whole, items, out, changes, signer=signer, now=now, progress=progress)
    names = {item.path: item.name for each in found for item in each}
    renamed = {
        item.path: done.files[item.id].name for item in items if done.files[item.id].name != names[item.path]
    }
    return CombinedPackage(out, tuple(done.compositions), (*twice, *once), renamed, notes)


# --- how it is done -----


def _one_standard(sources: Sequence[Package]) -> None:
    """UsageError where a document is of another standard than the first package's."""
    wanted = sources[0].standard
    for one in sources:
        documents: list[AssetMap | PackingList | CompositionPlaylist] = [one.asset_map]
        for document in (*documents, *one.packing_lists, *one.compositions):
            if document.standard != wanted:
                raise UsageError(
                    "combine.standards",
                    where=one.root,
                    found=document.standard,
                    wanted=wanted,
                    other=sources[0].root,
                )


def _playlists_once(sources: Sequence[Package]) -> tuple[list[Package], list[uuid.UUID]]:
    """The packages without playlists that an earlier one has; DcpError for two of one id."""
    first: dict[uuid.UUID, tuple[Path, bytes]] = {}
    twice: list[uuid.UUID] = []
    whole = []
    for one in sources:
        own: list[CompositionPlaylist] = []
        for cpl in one.compositions:
            document = one.document(cpl)
            if cpl.id not in first:
                first[cpl.id] = document.path, document.data
                own.append(cpl)
            elif first[cpl.id][1] != document.data:
                raise DcpError(
                    "combine.two-of-one-id", where=document.path, asset=cpl.id, other=first[cpl.id][0]
                )
            else:
                twice.append(cpl.id)
        whole.append(replace(one, compositions=tuple(own)))
    return whole, twice


def _others(one: Package, playlists: Sequence[CompositionPlaylist]) -> list[CompositionPlaylist]:
    own = {cpl.id for cpl in one.compositions}
    return [cpl for cpl in playlists if cpl.id not in own]


def _files_once(
    sources: Sequence[Package], found: Sequence[Sequence[Item]], playlists: Sequence[CompositionPlaylist]
) -> tuple[list[Item], list[uuid.UUID]]:
    """Every file under its id, once, and which ids several packages had.

    What a loose text names lies beside it by name: it comes along with each text that needs it there, under
    an id of its own where the first one has the old one.
    """
    names = Names()
    for one in sources:
        for cpl in one.compositions:
            names.give(one.document(cpl).name, cpl.id)
    played = {asset.id for cpl in playlists for asset in cpl.assets}
    taken: dict[uuid.UUID, Item] = {}
    once: list[uuid.UUID] = []
    for number, items in enumerate(found, start=1):
        fresh = []
        moved = _in_the_way([item for item in items if not item.track_file], taken, names)
        for item in items:
            first = taken.get(item.id)
            beside = not item.track_file and item.id not in played
            if first is not None and _same(first, item):
                if not beside or (not moved and item.name == first.name):
                    taken[item.id] = replace(first, hashes=_both(first, item))
                    once.append(item.id)
                    continue
                item = replace(item, id=uuid.uuid4())
            if moved and not item.track_file:
                item = replace(item, name=f"{number}/{item.name}")
            fresh.append(item)
        for item in fresh:
            taken[item.id] = item
            names.give(item.name, item.id)
    return list(taken.values()), once


def _in_the_way(loose: Sequence[Item], taken: Mapping[uuid.UUID, Item], names: Names) -> bool:
    """Whether a name among the loose files of a package belongs to another file already."""
    return any(
        not names.free(item.name) and (item.id not in taken or taken[item.id].name != item.name)
        for item in loose
    )


def _same(first: Item, item: Item) -> bool:
    """DcpError when the two, which have one id, differ."""
    if _hash_of(first) != _hash_of(item):
        raise DcpError("combine.two-of-one-id", where=item.path, asset=item.id, other=first.path)
    return True


def _hash_of(item: Item) -> bytes:
    """What the documents state, and where none states one, what the file has."""
    if item.hashes:
        return item.hashes[0][0]
    digest = hashlib.sha1()
    with item.path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.digest()


def _both(first: Item, item: Item) -> tuple[tuple[bytes, str], ...]:
    return tuple(dict.fromkeys((*first.hashes, *item.hashes)))


def _shared(values: Sequence[T], otherwise: T) -> T:
    return values[0] if len(set(values)) == 1 else otherwise


def _one_list(lists: Sequence[PackingList], title: str) -> PackingList:
    entries = {entry.id: entry for pkl in reversed(lists) for entry in reversed(pkl.asset_list)}
    return replace(
        lists[0],
        annotation_text=title,
        issuer=_shared([pkl.issuer for pkl in lists], MAKER),
        icon_id=None,
        group_id=_shared([pkl.group_id for pkl in lists], None),
        asset_list=tuple(reversed(entries.values())),
    )


def _one_map(maps: Sequence[AssetMap], title: str) -> AssetMap:
    return replace(maps[0], annotation_text=title, issuer=_shared([each.issuer for each in maps], MAKER))
