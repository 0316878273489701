"""A package made whole again, where that needs no invention: lists, maps, names; never essence.

What lies in the folder is known by what it holds (`dcp.rework.inventory`): playlists and track files have
their ids in them. So the asset map, the volume index and the packing lists can be written anew, whatever
became of them. Playlists are kept byte for byte, and so are packing lists in which nothing is wrong. A file
is taken over when the hashes hold that playlists and packing lists state; one that a list states wrongly is
mended only where a signed playlist vouches for the file, or where somebody says so (`accept_hashes`). What
was done is a list of acts (`dcp.rework.acts`), each with the findings of `verify` that it ends.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.documents.assetmap import AssetMap
from dcp.documents.namespaces import Standard
from dcp.documents.pkl import PackingList, PklAsset
from dcp.errors import DcpError, SignatureError, UsageError
from dcp.package.package import Document, Package
from dcp.package.survey import survey_package
from dcp.packing.package import MAKER
from dcp.packing.titles import shared_title
from dcp.rework.acts import AREAS, Act, act
from dcp.rework.copying import Changes, Progress, copy_package
from dcp.rework.inventory import Found, look_through
from dcp.rework.mending import judge_index, judge_list, judge_map, name_for, servers_take, type_fits
from dcp.rework.names import Names
from dcp.rework.planning import Item
from dcp.rework.sorting import Sorted, sha1_of, sort_out
from dcp.rework.trusting import (
    Believed,
    believe,
    believe_playlist,
    signatures,
    signer_name,
    statements,
)
from dcp.rework.vouch import signed_by
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from dcp.trust.signer import Signer


@dataclass(frozen=True)
class RepairedPackage:
    """root: the new package, None where nothing was to be mended and nothing was written. compositions: old
    id -> new id, of one that was kept the same. void: ids of playlists whose KDMs do not fit any more. acts:
    what was done; notes: what nobody vouches for."""

    root: Path | None
    compositions: Mapping[uuid.UUID, uuid.UUID]
    void: tuple[uuid.UUID, ...] = ()
    acts: tuple[Act, ...] = ()
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True)
class _Plan:
    """lists: as they shall read; kept: ids of documents that stay byte for byte."""

    sorted: Sorted
    standard: Standard
    believed: Mapping[uuid.UUID, Believed]
    lists: tuple[PackingList, ...]
    kept: frozenset[uuid.UUID]
    acts: tuple[Act, ...]
    names: Mapping[uuid.UUID, str]
    map: AssetMap | None = field(default=None, repr=False)


def repair_package(
    root: Path,
    out: Path,
    *,
    accept_hashes: bool = False,
    ov: Sequence[Path] = (),
    signer: Signer | None = None,
    now: datetime,
    progress: Progress | None = None,
) -> RepairedPackage:
    """Write the package of the folder `root`, made whole, into the new folder `out`.

    accept_hashes: a file that is whole by its structure is taken over though lists that nobody signed state
    another hash. ov: what a version file builds on. signer: of packing lists, which those of encrypted
    content need. DcpError for what cannot be mended: a playlist that cannot be read, a file that is lost,
    damaged, or another than was packed; SignatureError, UsageError as `dcp.rework.vouch` has them. Nothing is
    left then.
    """
    plan = _plan(root, ov, now, accept=accept_hashes, sign=signer is not None)
    listed = {entry.id: entry for pkl in reversed(plan.lists) for entry in pkl.asset_list}
    items = [_item(id, found, plan, listed.get(id)) for id, found in plan.sorted.held.items()]
    if not plan.acts:
        _hold(items, progress)
        return RepairedPackage(None, {cpl.id: cpl.id for cpl in plan.sorted.playlists})
    notes = _vouched(root, plan, signer)
    package = _package(root, plan, now)
    done = copy_package(
        [package],
        items,
        out,
        Changes(kept=plan.kept),
        signer=signer,
        now=now,
        progress=progress,
        check=lambda folder: _check(folder, ov, now),
    )
    void = tuple(
        cpl.id for cpl in plan.sorted.playlists if cpl.encrypted and done.compositions[cpl.id] != cpl.id
    )
    anew = tuple((old, new) for old, new in done.compositions.items() if old != new)
    notes += tuple(text("repair.playlist-anew", old=old, new=new) for old, new in anew)
    notes += tuple(text("rework.kdms-void", old=old, new=done.compositions[old]) for old in void)
    return RepairedPackage(out, done.compositions, void, plan.acts, notes)


# --- how it is done -----


def _plan(root: Path, ov: Sequence[Path], now: datetime, *, accept: bool, sign: bool) -> _Plan:
    survey = survey_package(root, ov=ov)
    found = look_through(survey)
    elsewhere = frozenset(id for one in survey.ov for id in one.files)
    sorted = sort_out(survey, found, elsewhere=elsewhere)
    standard = _standard(sorted, root)
    holds = {**signatures(sorted.cpls, needed=True), **signatures(sorted.lists, needed=False)}
    stated = statements(sorted, holds)
    acts: list[Act] = []
    believed: dict[uuid.UUID, Believed] = {}
    for each in sorted.cpls:
        acts += believe_playlist(each, sorted, holds, accept=accept)
    for id, each in sorted.held.items():
        believed[id], more = believe(each, stated.get(id, ()), accept=accept)
        acts += more
    rewritten = {
        cpl.id
        for cpl in sorted.playlists
        for asset in cpl.assets
        if asset.hash is not None
        and (known := believed.get(asset.id)) is not None
        and known.accepted
        and known.hash != asset.hash
    }
    encrypted = any(cpl.encrypted for cpl in sorted.playlists)
    lists, kept = [], set[uuid.UUID]()
    listed = {sorted.meant.get(e.id, e.id) for each in sorted.lists for e in _list(each).asset_list}
    documents = {each.id: each for each in sorted.cpls if each.id is not None}
    absent = [id for id in (*documents, *sorted.held) if id not in listed]
    for number, each in enumerate(sorted.lists):
        wrong, value = judge_list(each, sorted, believed, standard, now)
        if _list(each).signed and not holds[each.name]:
            wrong.append(act("list-signature", each.name))
        if encrypted and sign and not _list(each).signed:
            wrong.append(act("list-unsigned", each.name))
        if number == 0:
            names = [(documents.get(id) or sorted.held[id]).name for id in absent]
            wrong += [act("list-entry-absent", name, list=each.name) for name in names]
        if not wrong and not rewritten & {entry.id for entry in value.asset_list}:
            kept.add(value.id)
            value = _list(each)
        lists.append(value)
        acts += wrong
    if not lists:
        acts.append(act("list-absent"))
        lists.append(_new_list(sorted, standard, now))
    for each in (*sorted.cpls, *(each for each in sorted.lists if each.id in kept)):
        if each.plain != each.data:
            acts.append(act("xml-form", each.name))
    files = {**sorted.held, **documents, **{each.id: each for each in sorted.lists if each.id is not None}}
    given = Names()
    called = {id: given.give(name_for(each, id), id) for id, each in files.items()}
    acts += [act("file-name", f.name, now=called[id]) for id, f in files.items() if called[id] != f.name]
    acts += judge_map(survey, found, files, standard, now)
    acts += judge_index(survey, found, standard)
    return _Plan(
        sorted,
        standard,
        believed,
        tuple(lists),
        frozenset(kept | {cpl.id for cpl in sorted.playlists if cpl.id not in rewritten}),
        (*acts, *sorted.acts),
        called,
        survey.asset_map,
    )


def _list(found: Found) -> PackingList:
    assert isinstance(found.value, PackingList)
    return found.value


def _standard(sorted: Sorted, root: Path) -> Standard:
    standards = [cpl.standard for cpl in sorted.playlists]
    other = next((each for each in standards if each != standards[0]), None)
    if other is not None:
        raise UsageError("packing.standards", where=root, found=other, wanted=standards[0])
    return standards[0]


def _vouched(root: Path, plan: _Plan, signer: Signer | None) -> tuple[Text, ...]:
    """What is signed anew has to have been vouched for; what is encrypted has to be signed."""
    notes: list[Text] = []
    encrypted = any(cpl.encrypted for cpl in plan.sorted.playlists)
    documents = {*(cpl.id for cpl in plan.sorted.playlists), *(pkl.id for pkl in plan.lists)}
    anew = bool(documents - plan.kept)
    if encrypted and anew and signer is None:
        raise UsageError("vouch.needs-signer", where=root)
    for each in plan.sorted.cpls:
        if encrypted and not getattr(each.value, "signed", False):
            if anew:
                raise SignatureError("vouch.not-signed", where=each.path, name=each.name)
            notes.append(text("vouch.nobody-vouches", name=each.name))
    for id, file in plan.sorted.held.items():
        if encrypted and anew and not plan.believed[id].vouched:
            raise SignatureError("repair.nobody-vouches", where=file.path)
        if plan.believed[id].hash is None:
            notes.append(text("repair.no-hash-stated", name=file.name))
        if file.kind in ("text", "other") and not servers_take(file.name):
            notes.append(text("repair.name-stays", name=file.name))
    signed = any(each.value.signed for each in plan.sorted.lists if isinstance(each.value, PackingList))
    if signed and anew and signer is None:
        notes.append(text("vouch.no-longer-signed"))
    if signer is not None and anew:
        documents_read = (*plan.sorted.cpls, *plan.sorted.lists)
        notes += signed_by({name for each in documents_read if (name := signer_name(each)) is not None})
    return tuple(notes)


def _new_list(sorted: Sorted, standard: Standard, now: datetime) -> PackingList:
    title = shared_title([cpl.content_title_text for cpl in sorted.playlists])
    return PackingList(uuid.uuid4(), now, MAKER, MAKER, (), title, standard=standard)


def _package(root: Path, plan: _Plan, now: datetime) -> Package:
    """The package as it shall be, of the files where they lie now."""
    title = shared_title([cpl.content_title_text for cpl in plan.sorted.playlists])
    old = plan.map
    asset_map = AssetMap(
        uuid.uuid4(),
        now,
        old.issuer.strip() or MAKER if old is not None else MAKER,
        MAKER,
        (),
        (old.annotation_text or "").strip() or title if old is not None else title,
        standard=plan.standard,
    )
    lists = {pkl.id: pkl for pkl in plan.lists}
    documents = [
        Document("composition", each.path, plan.names[each.id], each.plain, each.value, asset_id=each.id)
        for each in plan.sorted.cpls
        if each.id is not None
    ] + [
        Document("packing_list", each.path, plan.names[each.id], each.plain, lists[each.id], asset_id=each.id)
        for each in plan.sorted.lists
        if each.id is not None and each.id in lists
    ]
    return Package(
        root,
        asset_map,
        None,
        plan.lists,
        plan.sorted.playlists,
        {id: each.path for id, each in plan.sorted.held.items()},
        tuple(documents),
    )


def _item(id: uuid.UUID, found: Found, plan: _Plan, listed: PklAsset | None) -> Item:
    believed = plan.believed[id]
    if listed is not None and not type_fits(listed.type, found, plan.standard):
        listed = None
    return Item(
        id=id,
        path=found.path,
        name=plan.names[id],
        listed=listed,
        track_file=found.kind == "track",
        key_id=None,
        duration=0,
        size=found.size,
        hashes=((believed.hash, believed.by),) if believed.hash is not None else (),
        essence=found.essence,
    )


def _hold(items: Sequence[Item], progress: Progress | None) -> None:
    """DcpError for a damaged file: that nothing is to be mended would be wrong to say then."""
    done, total = 0, sum(item.size for item in items)
    for item in items:
        item.hold_against(sha1_of(item.path))
        done += item.size
        if progress is not None:
            progress(done, total)


def _check(folder: Path, ov: Sequence[Path], now: datetime) -> None:
    """DcpError where the lists of the new package still have an error: it is not to appear."""
    from dcp.verify.engine import verify_package

    report = verify_package(folder, now=now, ov=ov, select=AREAS, hashes=False, picture=False, workers=1)
    for finding in report.errors:
        raise DcpError("repair.remains", where=finding.file, finding=finding.id, said=finding.message)
