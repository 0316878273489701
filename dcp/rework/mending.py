"""What is wrong in a package's lists, held against the files that there are: asset map, volume index, packing
lists. Each fault is an act of repair; a list without one stays as it is."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from dcp.documents.assetmap import AssetMap
from dcp.documents.namespaces import Standard
from dcp.documents.pkl import TYPES, PackingList, PklAsset
from dcp.documents.volindex import VolumeIndex
from dcp.package.survey import Survey
from dcp.packing.package import MAKER
from dcp.rework.acts import Act, act
from dcp.rework.inventory import Found, fault_of, of_kind
from dcp.rework.names import id_in, named_after
from dcp.rework.sorting import Sorted
from dcp.rework.trusting import Believed
from dcp.texts.catalogue import text

MAX_PATH, MAX_PARTS = 100, 10
"""Of a path in an asset map (ST 429-9 A.2)."""

_FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_TRACK_KINDS = {
    "picture": ("picture",),
    "stereo_picture": ("picture",),
    "sound": ("sound",),
    "timed_text": ("subtitle", "caption", "closedcaption"),
    "atmos": ("auxdata",),
    "aux_data": ("auxdata",),
}
_MXF_TYPES = ("application/mxf", "application/x-smpte-mxf")


def name_for(found: Found, id: uuid.UUID) -> str:
    """What a file is called in the new package: as it was, where servers take such a name (ST 429-9 A.2).

    A loose text and what lies beside it keep theirs, as the text names them.
    """
    if found.kind in ("text", "other"):
        return found.name
    name = named_after(found.name, id) if id_in(found.name) not in (None, id) else found.name
    name = "/".join(re.sub(r"[^A-Za-z0-9._-]+", "_", part) for part in name.split("/"))
    if len(name) > MAX_PATH or name.count("/") >= MAX_PARTS:
        name = f"{id}{found.path.suffix if found.path.suffix.isascii() else ''}"
    if found.kind in ("cpl", "pkl") and not name.lower().endswith(".xml"):
        name += ".xml"
    return name


def servers_take(name: str) -> bool:
    """Whether a path is one that servers take: its signs, its length, its depth (ST 429-9 A.2)."""
    return (
        re.fullmatch(r"[A-Za-z0-9._/-]+", name) is not None
        and len(name) <= MAX_PATH
        and name.count("/") < MAX_PARTS
    )


# --- asset map and volume index -----


def judge_map(
    survey: Survey,
    found: Sequence[Found],
    expected: Mapping[uuid.UUID, Found],
    standard: Standard,
    now: datetime,
) -> list[Act]:
    """expected: every asset of the package and its file, packing lists too."""
    maps = of_kind(found, "map")
    document = next((each for each in survey.documents if each.kind == "asset_map"), None)
    if document is None:
        return [act("map-absent")]
    name = document.name
    acts = [act("map-again", each.name) for each in maps if each.name != name]
    own = next((each for each in maps if each.name == name), None)
    value = own.value if own is not None else None
    if own is None or not isinstance(value, AssetMap):
        return [*acts, act("map-unreadable", name, why=document.error or "")]
    if own.plain != own.data:
        acts.append(act("xml-form", name))
    fault = fault_of(own)
    if fault is not None:
        acts.append(act("map-unreadable", name, why=fault))
    if value.standard != standard:
        acts.append(act("map-standard", name, standard=standard))
    if name != replace(value, standard=standard).file_name:
        acts.append(act("map-name", name))
    if value.volume_count != 1:
        acts.append(act("map-volumes", name, n=value.volume_count))
    texts = (value.issuer, value.creator, value.annotation_text if value.annotation_text is not None else "x")
    if not all(words.strip() for words in texts) or not _FIRST_DAY <= value.issue_date <= now:
        acts.append(act("map-texts", name))
    return acts + _judge_entries(survey, value, expected)


def _judge_entries(survey: Survey, value: AssetMap, expected: Mapping[uuid.UUID, Found]) -> list[Act]:
    acts: list[Act] = []
    files = {path: id for id, each in expected.items() for path in (each.path,)}
    troubled = {problem.asset_id for problem in survey.problems if problem.kind != "document"}
    seen = set[uuid.UUID]()
    for asset in value.asset_list:
        chunk = asset.chunk_list[0] if asset.chunk_list else None
        path = chunk.path if chunk is not None else ""
        leads = survey.files.get(asset.id)
        if asset.id in seen:
            acts.append(act("map-entry-twice", path, asset=asset.id))
            continue
        seen.add(asset.id)
        own = expected.get(asset.id)
        if own is None:
            if "Id" in asset.unread or leads in files:
                acts.append(act("map-entry-id", path, asset=asset.id))
            elif not (asset.packing_list and leads is not None):  # of a list that cannot be read it is told
                acts.append(act("map-entry-stray", path, asset=asset.id))
            continue
        if leads != own.path or asset.id in troubled or path != survey.relative(own.path):
            if chunk is None or len(asset.chunk_list) != 1 or chunk.offset not in (None, 0):
                acts.append(act("map-chunk", own.name))
            elif leads != own.path or asset.id in troubled or not _same_path(path, survey.relative(own.path)):
                acts.append(act("map-path", own.name, path=path))
        if chunk is not None and (
            chunk.volume_index not in (None, 1) or chunk.length not in (None, own.size)
        ):
            acts.append(act("map-chunk", own.name))
        if asset.packing_list != (own.kind == "pkl") or "PackingList" in asset.unread:
            acts.append(act("map-flag", own.name))
    acts += [act("map-entry-absent", each.name, asset=id) for id, each in expected.items() if id not in seen]
    return acts


def _same_path(listed: str, name: str) -> bool:
    from urllib.parse import unquote

    return name in (listed, unquote(listed))


def judge_index(survey: Survey, found: Sequence[Found], standard: Standard) -> list[Act]:
    document = next((each for each in survey.documents if each.kind == "volume_index"), None)
    if document is None:
        return [act("index-absent")]
    own = next((each for each in of_kind(found, "index") if each.name == document.name), None)
    acts = [act("index-name", each.name) for each in of_kind(found, "index") if each is not own]
    if own is None or not isinstance(own.value, VolumeIndex) or fault_of(own) is not None:
        return [*acts, act("index-unreadable", document.name)]
    if own.plain != own.data:
        acts.append(act("xml-form", own.name))
    if own.value.standard != standard or own.value.index != 1:
        acts.append(act("index-unreadable", own.name))
    elif own.name != own.value.file_name:
        acts.append(act("index-name", own.name))
    return acts


# --- packing lists -----


def judge_list(
    own: Found,
    sorted: Sorted,
    believed: Mapping[uuid.UUID, Believed],
    standard: Standard,
    now: datetime,
) -> tuple[list[Act], PackingList]:
    """What is wrong in a packing list, and the list as it shall read, of entries about the right files."""
    value = own.value
    assert isinstance(value, PackingList)
    acts: list[Act] = []
    fault = fault_of(own)
    if fault is not None:
        acts.append(act("list-unreadable", own.name, why=fault))
    if value.standard != standard:
        acts.append(act("list-standard", own.name, standard=standard))
    texts = [value.issuer, value.creator]
    texts += [value.annotation_text] if value.annotation_text is not None else []
    if not all(words.strip() for words in texts) or not _FIRST_DAY <= value.issue_date <= now:
        acts.append(act("list-texts", own.name))
    documents = {each.id: each for each in sorted.cpls}
    entries: dict[uuid.UUID, PklAsset] = {}
    for entry in value.asset_list:
        id = sorted.meant.get(entry.id, entry.id)
        file = documents.get(id) or sorted.held[id]
        if id in entries:
            acts.append(act("list-entry-twice", file.name, asset=id, list=own.name))
            continue
        if id != entry.id:
            acts.append(act("list-entry-id", file.name, was=entry.id, now=id, list=own.name))
        entries[id] = replace(entry, id=id, type=entry.type.strip(), unread=frozenset())
        acts += _judge_entry(entry, file, believed.get(id), own.name)
        if file.kind == "cpl" and file.plain != file.data:
            acts.append(act("list-follows", file.name, list=own.name))
        if not type_fits(entry.type, file, standard):
            acts.append(act("list-type", file.name, type=entry.type, list=own.name))
            entries[id] = replace(entries[id], type="")
    words = value.annotation_text
    return acts, replace(
        value,
        issuer=value.issuer.strip() or MAKER,
        annotation_text=words if words is None or words.strip() else None,
        asset_list=tuple(entries.values()),
        standard=standard,
        unread=frozenset(),
    )


def _judge_entry(entry: PklAsset, file: Found, believed: Believed | None, name: str) -> list[Act]:
    size = file.size
    hash = believed.hash if believed is not None else None
    if file.kind == "cpl":
        hash = hashlib.sha1(file.data).digest()
    acts = []
    if entry.hash is None or "Hash" in entry.unread:
        acts.append(act("list-hash-absent", file.name, list=name))
    elif hash is not None and entry.hash != hash:
        vouched = believed.vouched if believed is not None else getattr(file.value, "signed", False)
        said = text("repair.list-hash-own" if not vouched else "repair.list-hash", file=file.name, list=name)
        acts.append(Act("list-hash", file.name, said))
    if entry.size != size:
        acts.append(act("list-size", file.name, was=entry.size, now=size, list=name))
    return acts


def type_fits(stated: str, file: Found, standard: Standard) -> bool:
    """Whether a packing list's Type is one that is met in the field for such a file."""
    written = stated.partition(";")[0]
    if written != written.strip().lower():
        return False
    media, *parameters = stated.lower().split(";")
    named = [value.strip(" \"'") for key, _, value in (p.partition("=") for p in parameters)
             if key.strip() == "asdcpkind"]  # fmt: skip
    others = [p for p in parameters if p.partition("=")[0].strip() not in ("asdcpkind", "charset")]
    kind = named[0] if named else ""
    if others:
        return False
    if file.kind == "track":
        return media in _MXF_TYPES and (not kind or kind in _TRACK_KINDS.get(file.essence or "", (kind,)))
    if file.kind == "cpl":
        return media == "text/xml" and kind in ("", "cpl")
    if file.kind == "text":
        return media in ("text/xml", "application/xml")
    suffix = file.path.suffix.lower()
    if suffix == ".png":
        return media == TYPES["interop"]["Image"]
    if suffix in (".ttf", ".otf"):
        return media.startswith(("application/", "font/")) and "mxf" not in media
    return bool(media)
