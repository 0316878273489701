"""The one writer of packages: finished files and compositions in; CPLs, PKLs, ASSETMAP and VOLINDEX out.

Whoever makes a package, of sources or of other packages, hands over the files that lie in its folder and the
compositions as values. Nothing is read here but what is handed in: sizes and hashes come with the files.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from lxml import etree

from dcp.dataclass import dataclass
from dcp.documents.assetmap import AssetMap, Chunk, MapAsset, write_asset_map
from dcp.documents.cpl import CompositionPlaylist, cpl_element
from dcp.documents.namespaces import Standard
from dcp.documents.pkl import TYPES, PackingList, PklAsset, pkl_element
from dcp.documents.volindex import VolumeIndex, write_volume_index
from dcp.errors import UsageError
from dcp.mxf.writer import WrittenTrackFile
from dcp.package.paths import refuse
from dcp.packing.titles import shared_title
from dcp.xml.parse import to_bytes

if TYPE_CHECKING:
    from dcp.trust.signer import Signer

Fresh = Callable[[], uuid.UUID]
"""Gives ids that nobody else has, one after the other."""

MAKER = "dcpkit"
"""Issuer and Creator where nobody else is named."""

FileKind = Literal["Picture", "Sound", "Subtitle", "AuxData", "Font", "Image"]


@dataclass(frozen=True)
class PackedFile:
    """A finished file of the package. name: where it lies, relative to the folder, parts with slashes.

    size in bytes; sha1: of the whole file. type: as the packing list says it. original_file_name: as the
    packing list repeats it, where it does.
    """

    id: uuid.UUID
    name: str
    size: int
    sha1: bytes
    type: str
    annotation_text: str | None = None
    original_file_name: str | None = None


@dataclass(frozen=True)
class WrittenPackage:
    """What was written. playlists, packing_lists: the file of each by the document's id, in their order."""

    asset_map_id: uuid.UUID
    playlists: Mapping[uuid.UUID, PackedFile]
    packing_lists: Mapping[uuid.UUID, PackedFile]


def packed_track(written: WrittenTrackFile, kind: FileKind, standard: Standard) -> PackedFile:
    """A track file that lies at the top of the package's folder, as the writer of packages takes it.

    kind: what it is, as the Interop packing list tells it apart.
    """
    return PackedFile(
        id=written.asset_id,
        name=written.path.name,
        size=written.size,
        sha1=written.sha1,
        type=TYPES[standard][kind],
        original_file_name=written.path.name if standard == "smpte" else None,
    )


def packing_list(
    files: Sequence[PackedFile],
    compositions: Sequence[CompositionPlaylist],
    standard: Standard,
    *,
    now: datetime,
    annotation: str | None = None,
    issuer: str = MAKER,
    creator: str = MAKER,
    fresh: Fresh = uuid.uuid4,
) -> PackingList:
    """A list of compositions and then files, for `write_package` to fill in their hashes and sizes."""
    return PackingList(
        id=fresh(),
        annotation_text=annotation,
        issue_date=now,
        issuer=issuer,
        creator=creator,
        asset_list=(
            *(PklAsset(cpl.id, None, 0, "", cpl.content_title_text) for cpl in compositions),
            *(
                PklAsset(file.id, None, 0, "", file.annotation_text, file.original_file_name)
                for file in files
            ),
        ),
        standard=standard,
    )


def named_lists(
    names: Sequence[str | None],
    compositions: Sequence[CompositionPlaylist],
    files: Sequence[tuple[uuid.UUID, PackedFile]],
    *,
    standard: Standard,
    now: datetime,
    fresh: Fresh = uuid.uuid4,
) -> list[PackingList] | None:
    """A packing list for each name of the compositions, which `names` has in their order; None where nobody
    has one. files: each by the track that it is of; listed where the first composition is that plays it."""
    if not any(names):
        return None
    owner: dict[uuid.UUID, str | None] = {}
    for name, cpl in zip(names, compositions, strict=True):
        for asset in cpl.assets:
            owner.setdefault(asset.id, name)
    lists = []
    for name in dict.fromkeys(names):
        own = [cpl for cpl, of in zip(compositions, names, strict=True) if of == name]
        titles = [cpl.content_title_text for cpl in own]
        listed = [file for track, file in files if owner.get(track, names[0]) == name]
        shared = shared_title(titles)
        lists.append(packing_list(listed, own, standard, now=now, annotation=shared, fresh=fresh))
    return lists


def write_package(
    folder: Path,
    *,
    files: Sequence[PackedFile],
    compositions: Sequence[CompositionPlaylist],
    packing_lists: Sequence[PackingList] | None = None,
    kept_lists: Sequence[PackedFile] = (),
    standard: Standard,
    signer: Signer | None = None,
    now: datetime,
    annotation: str | None = None,
    issuer: str = MAKER,
    creator: str = MAKER,
    fresh: Fresh = uuid.uuid4,
) -> WrittenPackage:
    """Write every document of the package into `folder`, where its files lie.

    packing_lists: those wanted, in order; what an entry says of hash and size is replaced by what the file
    or composition under its id has. None: one list, of the compositions and then the files. kept_lists: the
    files of those among them that lie in the folder already and stay as they are. signer: signs
    CPLs and PKLs, at their IssueDate. now: IssueDate of the asset map and of the list that is made here;
    annotation, issuer, creator: likewise; fresh: gives their ids. UsageError when two things have one id or
    one name, when a list names what is not there, when something is in no list, and when compositions are of
    two standards; PathError for a name that leads elsewhere; CertificateError when the signer is not one of
    documents.
    """
    names = {cpl.id: f"cpl_{cpl.id}.xml" for cpl in compositions}
    lists = packing_lists or (
        packing_list(
            files,
            compositions,
            standard,
            now=now,
            annotation=annotation,
            issuer=issuer,
            creator=creator,
            fresh=fresh,
        ),
    )
    others = {cpl.standard for cpl in compositions} - {compositions[0].standard} if compositions else set()
    if others:
        raise UsageError("packing.standards", found=others.pop(), wanted=compositions[0].standard)
    kept = {file.id: file for file in kept_lists}
    list_names = {pkl.id: kept[pkl.id].name if pkl.id in kept else f"pkl_{pkl.id}.xml" for pkl in lists}
    index = VolumeIndex(standard=standard)
    _check(files, names, lists, list_names, index)

    playlists = {}
    for cpl in compositions:
        type = TYPES[cpl.standard]["CPL"]
        playlists[cpl.id] = _document(
            folder, names[cpl.id], cpl.id, cpl_element(replace(cpl, signed=False)), type, signer
        )
    held = {file.id: file for file in (*playlists.values(), *files)}
    packed = {}
    for pkl in lists:
        if pkl.id in kept:
            packed[pkl.id] = kept[pkl.id]
            continue
        entries = tuple(_entry(entry, held[entry.id]) for entry in pkl.asset_list)
        element = pkl_element(replace(pkl, asset_list=entries, signed=False))
        packed[pkl.id] = _document(folder, list_names[pkl.id], pkl.id, element, "text/xml", signer)
    mapped = [_mapped(file, packing_list=True) for file in packed.values()]
    mapped += [_mapped(file) for file in held.values()]
    asset_map = AssetMap(
        id=fresh(),
        annotation_text=annotation,
        issue_date=now,
        issuer=issuer,
        creator=creator,
        asset_list=tuple(mapped),
        standard=standard,
    )
    (folder / asset_map.file_name).write_bytes(write_asset_map(asset_map))
    (folder / index.file_name).write_bytes(write_volume_index(index))
    return WrittenPackage(asset_map.id, playlists, packed)


# --- how it is done -----


def _check(
    files: Sequence[PackedFile],
    names: Mapping[uuid.UUID, str],
    lists: Sequence[PackingList],
    list_names: Mapping[uuid.UUID, str],
    index: VolumeIndex,
) -> None:
    """Everything once and in a list, before the first document is written."""
    for file in files:
        refuse(file.name)
    documents = [*names.values(), *list_names.values(), "ASSETMAP", "ASSETMAP.xml", index.file_name]
    _once(str(id) for id in (*names, *list_names, *(file.id for file in files)))
    _once((*documents, *(file.name for file in files)))
    here = {*names, *(file.id for file in files)}
    listed = {entry.id for pkl in lists for entry in pkl.asset_list}
    for id in listed - here:
        raise UsageError("packing.listed-but-absent", asset=id)
    for id in here - listed:
        raise UsageError("packing.in-no-list", asset=id)
    for pkl in lists:
        _once(str(entry.id) for entry in pkl.asset_list)


def _once(values: Iterable[str]) -> None:
    seen = set[str]()
    for value in values:
        if value in seen:
            raise UsageError("packing.twice", value=value)
        seen.add(value)


def _entry(entry: PklAsset, file: PackedFile) -> PklAsset:
    """The entry as it was asked for, about the file as it is now."""
    return replace(entry, hash=file.sha1, size=file.size, type=entry.type or file.type)


def _mapped(file: PackedFile, *, packing_list: bool = False) -> MapAsset:
    chunk = Chunk(path=quote(file.name), volume_index=1, offset=0, length=file.size)
    return MapAsset(id=file.id, chunk_list=(chunk,), packing_list=packing_list)


def _document(
    folder: Path,
    name: str,
    id: uuid.UUID,
    element: etree._Element,
    type: str,
    signer: Signer | None,
) -> PackedFile:
    if signer is None:
        data = to_bytes(element)
    else:
        from dcp.trust.signing import sign_document

        data = sign_document(element, signer)
    (folder / name).write_bytes(data)
    return PackedFile(id, name, len(data), hashlib.sha1(data).digest(), type)
