"""Ids that a document failed to give, taken from what else says them.

A lenient reading puts an id of nobody where one cannot be read, and every rule about who lists whom would
then speak of a fault that was named already. Most such ids stand elsewhere too: a track file and a document
have their own, the asset map has that of a list and a playlist, and what a list or a reel means is known by
its hash or size. Values keep `unread`, so that nobody holds the id against where it came from.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.documents.assetmap import AssetMap, MapAsset
from dcp.documents.cpl import CompositionPlaylist, Reel
from dcp.documents.pkl import PackingList
from dcp.errors import DcpError
from dcp.xml.parse import elements, local_name, parse_xml, read_document, text_of
from dcp.xml.values import parse_uuid_urn

if TYPE_CHECKING:
    from dcp.package.survey import Document

ID = "Id"


def with_ids_of_files(asset_map: AssetMap, find: Callable[[MapAsset], Path | None]) -> AssetMap:
    """The map with the ids that its files call themselves by, where it has none."""
    if all(ID not in asset.unread for asset in asset_map.asset_list):
        return asset_map
    taken = {asset.id for asset in asset_map.asset_list}
    assets = []
    for asset in asset_map.asset_list:
        path = find(asset) if ID in asset.unread else None
        own = _own_id(path) if path is not None else None
        if own is not None and own not in taken:
            taken.add(own)
            asset = replace(asset, id=own)
        assets.append(asset)
    return replace(asset_map, asset_list=tuple(assets))


def with_known_ids(documents: Sequence[Document], sizes: Mapping[uuid.UUID, int]) -> list[Document]:
    """Lists and playlists with the ids that they failed to give. sizes: of the files, by asset."""
    found = [_named_by_map(document) for document in documents]
    packed = {
        asset.id
        for document in found
        if isinstance(document.value, PackingList)
        for asset in document.value.asset_list
    }
    lists = {document.asset_id for document in found if isinstance(document.value, PackingList)}
    left = {each: size for each, size in sizes.items() if each not in packed and each not in lists}
    found = [
        replace(document, value=_by_size(document.value, left))
        if isinstance(document.value, PackingList)
        else document
        for document in found
    ]
    by_hash = {
        asset.hash: asset.id
        for document in found
        if isinstance(document.value, PackingList)
        for asset in document.value.asset_list
        if asset.hash is not None
    }
    return [
        replace(document, value=_by_hash(document.value, by_hash))
        if isinstance(document.value, CompositionPlaylist)
        else document
        for document in found
    ]


# --- how it is done -----


def _own_id(path: Path) -> uuid.UUID | None:
    """What a file calls itself."""
    from dcp.mxf.reader import TrackFile

    try:
        if path.suffix.lower() == ".xml":
            root = parse_xml(read_document(path), where=path)
            first = next((child for child in elements(root) if local_name(child) == ID), None)
            return parse_uuid_urn(text_of(first) or "") if first is not None else None
        with TrackFile.open(path) as file:
            return file.header.asset_id
    except DcpError:
        return None


def _named_by_map(document: Document) -> Document:
    value = document.value
    if isinstance(value, PackingList | CompositionPlaylist) and ID in value.unread and document.asset_id:
        return replace(document, value=replace(value, id=document.asset_id))
    return document


def _by_size(value: PackingList, left: Mapping[uuid.UUID, int]) -> PackingList:
    """An asset without an id is the only file of its size that no list has."""
    if all(ID not in asset.unread for asset in value.asset_list):
        return value
    assets = []
    for asset in value.asset_list:
        if ID in asset.unread:
            meant = [each for each, size in left.items() if size == asset.size]
            if len(meant) != 1 and sum(ID in other.unread for other in value.asset_list) == 1:
                meant = list(left)
            if len(meant) == 1:
                asset = replace(asset, id=meant[0])
        assets.append(asset)
    return replace(value, asset_list=tuple(assets))


def _by_hash(value: CompositionPlaylist, known: Mapping[bytes, uuid.UUID]) -> CompositionPlaylist:
    """A track file without an id is the one with its hash."""
    if all(ID not in asset.unread for asset in value.assets):
        return value

    def reel(one: Reel) -> Reel:
        assets = tuple(
            replace(asset, id=known[asset.hash])
            if ID in asset.unread and asset.hash is not None and asset.hash in known
            else asset
            for asset in one.assets
        )
        return replace(one, assets=assets)

    return replace(value, reels=tuple(map(reel, value.reels)))
