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
from dcp.xml.node import Node, root_node
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
    """`hash` is the SHA-1 of the whole file, or None where an Interop list leaves it out."""

    id: uuid.UUID
    hash: bytes | None
    size: int
    type: str
    annotation_text: str | None = None
    original_file_name: str | None = None


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

    def asset(self, asset_id: uuid.UUID) -> PklAsset | None:
        return next((asset for asset in self.asset_list if asset.id == asset_id), None)


def parse_pkl(data: bytes, *, where: str | Path, lenient: bool = False) -> PackingList:
    """Read a packing list; its signature is not judged here. DocumentError names the element.

    lenient: carry on over a hash that is none.
    """
    root = root_node(data, where=where, name="PackingList", namespaces=ns.PACKING_LIST, lenient=lenient)
    annotation, icon, group = (root.find(name) for name in ("AnnotationText", "IconId", "GroupId"))
    standard = ns.PACKING_LIST[root.namespace]
    return PackingList(
        id=root.require("Id").uuid(),
        annotation_text=annotation.text() if annotation else None,
        icon_id=icon.uuid() if icon else None,
        issue_date=root.require("IssueDate").instant(),
        issuer=root.require("Issuer").text(),
        creator=root.require("Creator").text(),
        group_id=group.uuid() if group else None,
        asset_list=tuple(
            _asset(node, standard) for node in root.require("AssetList").items("Asset", most=MAX_ASSETS)
        ),
        standard=standard,
        signed=bool(root.children("Signature", namespace=XMLDSIG)),
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
    annotation, original = node.find("AnnotationText"), node.find("OriginalFileName")
    digest = node.find("Hash") if standard == "interop" else node.require("Hash")
    if digest is not None and standard == "interop" and not digest.text():
        digest = None
    return PklAsset(
        id=node.require("Id").uuid(),
        annotation_text=annotation.text() if annotation else None,
        hash=digest.base64(length=SHA1_BYTES) if digest else None,
        size=node.require("Size").integer(minimum=1),
        type=node.require("Type").text(),
        original_file_name=original.text() if original else None,
    )
