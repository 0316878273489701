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
from dcp.xml.node import NO_TIME, NOTHING, Faults, Fields, Node, by_namespace, root_node
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
    """unread: the names of children that a lenient reading found no value for."""

    id: uuid.UUID
    chunk_list: tuple[Chunk, ...]
    packing_list: bool = False
    annotation_text: str | None = None
    unread: frozenset[str] = NOTHING


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
    unread: frozenset[str] = NOTHING

    def asset(self, asset_id: uuid.UUID) -> MapAsset | None:
        return next((asset for asset in self.asset_list if asset.id == asset_id), None)

    @property
    def file_name(self) -> str:
        return "ASSETMAP.xml" if self.standard == "smpte" else "ASSETMAP"


def parse_asset_map(data: bytes, *, where: str | Path, faults: Faults | None = None) -> AssetMap:
    """Read an asset map. DocumentError names the element at fault; `faults` collects instead (`Fields`)."""
    root = root_node(data, where=where, name="AssetMap", namespaces=ns.ASSET_MAP, faults=faults)
    read = Fields(root)
    return AssetMap(
        annotation_text=read.may("AnnotationText", Node.text),
        id=read.id(),
        creator=read.need("Creator", Node.text, ""),
        volume_count=read.need("VolumeCount", lambda node: node.integer(minimum=1), 1),
        issue_date=read.need("IssueDate", Node.instant, NO_TIME),
        issuer=read.need("Issuer", Node.text, ""),
        asset_list=read.need(
            "AssetList",
            lambda node: tuple(_asset(each) for each in node.items("Asset", most=MAX_ASSETS)),
            (),
        ),
        standard=by_namespace(read, ns.ASSET_MAP, ns.looks_like),
        unread=read.unread,
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
    read = Fields(node)
    annotation = read.may("AnnotationText", Node.text)
    flag = read.may("PackingList", _is_set)
    if "PackingList" in read.unread:
        flag = True  # it stands there: the document itself will say what it is
    asset_id = read.id()
    none: tuple[Chunk | None, ...] = ()
    chunks = read.need(
        "ChunkList",
        lambda chunks: tuple(_chunk(chunk) for chunk in chunks.items("Chunk", most=MAX_CHUNKS)),
        none,
    )
    if any(chunk is None for chunk in chunks):
        read.lacks("Path")
    return MapAsset(
        id=asset_id,
        annotation_text=annotation,
        packing_list=bool(flag),
        chunk_list=tuple(chunk for chunk in chunks if chunk is not None),
        unread=read.unread,
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


def _chunk(node: Node) -> Chunk | None:
    """None, when reading is lenient, for one whose path cannot be read."""
    read = Fields(node)
    volume = read.may("VolumeIndex", lambda node: node.integer(minimum=1))
    offset = read.may("Offset", lambda node: node.integer())
    length = read.may("Length", lambda node: node.integer(minimum=1))
    path = read.need("Path", Node.text, "")
    if "Path" in read.unread:
        return None
    return Chunk(path=path, volume_index=volume, offset=offset, length=length)
