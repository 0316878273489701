"""The packing list (ST 429-8, and its Interop forerunner): hash, size, and type of every asset delivered."""

from __future__ import annotations

import base64
import uuid
from datetime import datetime
from pathlib import Path

from lxml import etree

from dcp.dataclass import dataclass
from dcp.documents import namespaces as ns
from dcp.documents.namespaces import Standard
from dcp.xml.build import add, finish, new_root
from dcp.xml.node import NO_TIME, NOTHING, Faults, Fields, Node, by_namespace, root_node
from dcp.xml.parse import XMLDSIG, to_bytes
from dcp.xml.values import date_time, uuid_urn

SHA1_BYTES = 20
MAX_ASSETS = 20_000

TYPES: dict[Standard, dict[str, str]] = {
    "smpte": {
        "CPL": "text/xml",
        "Picture": "application/mxf",
        "Sound": "application/mxf",
        "Subtitle": "application/mxf",
        "AuxData": "application/mxf",
    },
    "interop": {
        "CPL": "text/xml;asdcpKind=CPL",
        "Picture": "application/x-smpte-mxf;asdcpKind=Picture",
        "Sound": "application/x-smpte-mxf;asdcpKind=Sound",
        "Subtitle": "text/xml;asdcpKind=Subtitle",
        "AuxData": "application/x-smpte-mxf;asdcpKind=AuxData",
        "Font": "application/ttf",
        "Image": "image/png",
    },
}
"""The Type of an asset by what it is."""


@dataclass(frozen=True)
class PklAsset:
    """`hash` is the SHA-1 of the whole file, or None where an Interop list leaves it out.

    unread: the names of children that a lenient reading found no value for.
    """

    id: uuid.UUID
    hash: bytes | None
    size: int
    type: str
    annotation_text: str | None = None
    original_file_name: str | None = None
    unread: frozenset[str] = NOTHING


@dataclass(frozen=True)
class PackingList:
    """The files of a delivery with size and hash (ST 429-8, or the Interop form).

    The names are those of the elements. signed: whether it carries a signature, which is not judged here.
    """

    id: uuid.UUID
    issue_date: datetime
    issuer: str
    creator: str
    asset_list: tuple[PklAsset, ...]
    annotation_text: str | None = None
    icon_id: uuid.UUID | None = None
    group_id: uuid.UUID | None = None
    standard: Standard = "smpte"
    signed: bool = False
    unread: frozenset[str] = NOTHING

    def asset(self, asset_id: uuid.UUID) -> PklAsset | None:
        return next((asset for asset in self.asset_list if asset.id == asset_id), None)


def parse_pkl(data: bytes, *, where: str | Path, faults: Faults | None = None) -> PackingList:
    """Read a packing list; its signature is not judged here.

    DocumentError names the element at fault; `faults` collects instead (`Fields`).
    """
    root = root_node(data, where=where, name="PackingList", namespaces=ns.PACKING_LIST, faults=faults)
    read = Fields(root)
    standard = by_namespace(read, ns.PACKING_LIST, ns.looks_like)
    return PackingList(
        annotation_text=read.may("AnnotationText", Node.text),
        icon_id=read.may("IconId", Node.uuid),
        group_id=read.may("GroupId", Node.uuid),
        id=read.id(),
        issue_date=read.need("IssueDate", Node.instant, NO_TIME),
        issuer=read.need("Issuer", Node.text, ""),
        creator=read.need("Creator", Node.text, ""),
        asset_list=read.need(
            "AssetList",
            lambda node: tuple(_asset(each, standard) for each in node.items("Asset", most=MAX_ASSETS)),
            (),
        ),
        standard=standard,
        signed=bool(root.children("Signature", namespace=XMLDSIG)),
        unread=read.unread,
    )


def pkl_element(pkl: PackingList) -> etree._Element:
    """The unsigned document; `dcp.trust.signature` appends Signer and Signature."""
    root = new_root("PackingList", ns.PKL_SMPTE if pkl.standard == "smpte" else ns.PKL_INTEROP)
    add(root, "Id", uuid_urn(pkl.id))
    if pkl.annotation_text is not None:
        add(root, "AnnotationText", pkl.annotation_text)
    if pkl.icon_id is not None:
        add(root, "IconId", uuid_urn(pkl.icon_id))
    add(root, "IssueDate", date_time(pkl.issue_date))
    add(root, "Issuer", pkl.issuer)
    add(root, "Creator", pkl.creator)
    if pkl.group_id is not None:
        add(root, "GroupId", uuid_urn(pkl.group_id))
    assets = add(root, "AssetList")
    for asset in pkl.asset_list:
        element = add(assets, "Asset")
        add(element, "Id", uuid_urn(asset.id))
        if asset.annotation_text is not None:
            add(element, "AnnotationText", asset.annotation_text)
        if asset.hash is not None:
            add(element, "Hash", base64.b64encode(asset.hash).decode())
        add(element, "Size", asset.size)
        add(element, "Type", asset.type)
        if asset.original_file_name is not None:
            add(element, "OriginalFileName", asset.original_file_name)
    return finish(root)


def write_pkl(pkl: PackingList) -> bytes:
    return to_bytes(pkl_element(pkl))


def _asset(node: Node, standard: Standard) -> PklAsset:
    read = Fields(node)
    interop = standard == "interop"

    def digest(hash: Node) -> bytes | None:
        return None if interop and not hash.text() else hash.base64(length=SHA1_BYTES)

    return PklAsset(
        annotation_text=read.may("AnnotationText", Node.text),
        original_file_name=read.may("OriginalFileName", Node.text),
        hash=read.may("Hash", digest) if interop else read.need("Hash", digest, None),
        id=read.id(),
        size=read.need("Size", lambda node: node.integer(minimum=1), 0),
        type=read.need("Type", Node.text, ""),
        unread=read.unread,
    )
