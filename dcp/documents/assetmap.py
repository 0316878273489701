"""The asset map (ST 429-9, and its Interop forerunner): which file holds which asset."""

from __future__ import annotations

import uuid
from datetime import datetime
from pathlib import Path

from lxml import etree

from dcp.dataclass import dataclass
from dcp.documents import namespaces as ns
from dcp.documents.namespaces import Standard
from dcp.xml.build import add, finish, new_root
from dcp.xml.node import Node, root_node
from dcp.xml.parse import to_bytes
from dcp.xml.values import date_time, uuid_urn

FILE_NAMES = ("ASSETMAP.xml", "ASSETMAP")
"""SMPTE's name, Interop's name."""

MAX_ASSETS = 20_000
MAX_CHUNKS = 100


@dataclass(frozen=True)
class Chunk:
    """A piece of an asset in a file. `path` is as written: relative to the map, possibly percent-encoded."""

    path: str
    volume_index: int | None = None
    offset: int | None = None
    length: int | None = None


@dataclass(frozen=True)
class MapAsset:
    id: uuid.UUID
    chunk_list: tuple[Chunk, ...]
    packing_list: bool = False
    annotation_text: str | None = None


@dataclass(frozen=True)
class AssetMap:
    """Which file holds which asset (ST 429-9, or the Interop form). The names are those of the elements."""

    id: uuid.UUID
    issue_date: datetime
    issuer: str
    creator: str
    asset_list: tuple[MapAsset, ...]
    annotation_text: str | None = None
    volume_count: int = 1
    standard: Standard = "smpte"

    def asset(self, asset_id: uuid.UUID) -> MapAsset | None:
        return next((asset for asset in self.asset_list if asset.id == asset_id), None)

    @property
    def file_name(self) -> str:
        return "ASSETMAP.xml" if self.standard == "smpte" else "ASSETMAP"


def parse_asset_map(data: bytes, *, where: str | Path) -> AssetMap:
    """Read an asset map. DocumentError names the element at fault."""
    root = root_node(data, where=where, name="AssetMap", namespaces=ns.ASSET_MAP)
    annotation = root.find("AnnotationText")
    return AssetMap(
        id=root.require("Id").uuid(),
        annotation_text=annotation.text() if annotation else None,
        creator=root.require("Creator").text(),
        volume_count=root.require("VolumeCount").integer(minimum=1),
        issue_date=root.require("IssueDate").instant(),
        issuer=root.require("Issuer").text(),
        asset_list=tuple(_asset(node) for node in root.require("AssetList").items("Asset", most=MAX_ASSETS)),
        standard=ns.ASSET_MAP[root.namespace],
    )


def asset_map_element(asset_map: AssetMap) -> etree._Element:
    """The document of the standard that the value names, in that standard's order of elements."""
    smpte = asset_map.standard == "smpte"
    root = new_root("AssetMap", ns.AM_SMPTE if smpte else ns.AM_INTEROP)
    add(root, "Id", uuid_urn(asset_map.id))
    if asset_map.annotation_text is not None:
        add(root, "AnnotationText", asset_map.annotation_text)
    if smpte:
        add(root, "Creator", asset_map.creator)
    add(root, "VolumeCount", asset_map.volume_count)
    add(root, "IssueDate", date_time(asset_map.issue_date))
    add(root, "Issuer", asset_map.issuer)
    if not smpte:
        add(root, "Creator", asset_map.creator)
    assets = add(root, "AssetList")
    for asset in asset_map.asset_list:
        element = add(assets, "Asset")
        add(element, "Id", uuid_urn(asset.id))
        if asset.annotation_text is not None:
            add(element, "AnnotationText", asset.annotation_text)
        if asset.packing_list:
            add(element, "PackingList", "true")
        chunks = add(element, "ChunkList")
        for chunk in asset.chunk_list:
            piece = add(chunks, "Chunk")
            add(piece, "Path", chunk.path)
            for name, value in (
                ("VolumeIndex", chunk.volume_index),
                ("Offset", chunk.offset),
                ("Length", chunk.length),
            ):
                if value is not None:
                    add(piece, name, value)
    return finish(root)


def write_asset_map(asset_map: AssetMap) -> bytes:
    return to_bytes(asset_map_element(asset_map))


def _asset(node: Node) -> MapAsset:
    annotation = node.find("AnnotationText")
    flag = node.find("PackingList")
    return MapAsset(
        id=node.require("Id").uuid(),
        annotation_text=annotation.text() if annotation else None,
        packing_list=flag is not None and _is_set(flag),
        chunk_list=tuple(
            _chunk(chunk) for chunk in node.require("ChunkList").items("Chunk", most=MAX_CHUNKS)
        ),
    )


def _is_set(flag: Node) -> bool:
    """SMPTE writes a boolean; in Interop the element may stand empty, and its presence is the flag."""
    text = flag.text()
    if text in ("true", "1"):
        return True
    if text in ("false", "0"):
        return False
    if not text and ns.ASSET_MAP.get(flag.namespace) == "interop":
        return True
    raise flag.refusal("xml.not-boolean")


def _chunk(node: Node) -> Chunk:
    volume, offset, length = (node.find(name) for name in ("VolumeIndex", "Offset", "Length"))
    return Chunk(
        path=node.require("Path").text(),
        volume_index=volume.integer(minimum=1) if volume else None,
        offset=offset.integer() if offset else None,
        length=length.integer(minimum=1) if length else None,
    )
