"""A composition playlist read: the document's elements into the values of `dcp.documents.cpl`."""

from __future__ import annotations

from pathlib import Path

from dcp.documents import namespaces as ns
from dcp.documents.cpl import (
    ASSET_NAMESPACES,
    MARKER_KIND,
    MAX_MARKERS,
    MAX_REEL_ASSETS,
    MAX_REELS,
    METADATA_KIND,
    OWN_KINDS,
    SHA1_BYTES,
    CompositionPlaylist,
    ContentVersion,
    Marker,
    Rating,
    Reel,
    ReelAsset,
)
from dcp.documents.cpl_metadata import parse_metadata
from dcp.documents.raw import Raw, raw_of
from dcp.xml.node import Node, root_node
from dcp.xml.parse import XMLDSIG


def parse_cpl(data: bytes, *, where: str | Path, lenient: bool = False) -> CompositionPlaylist:
    """Read a composition playlist; its signature is not judged here. DocumentError names the element.

    lenient: carry on over a hash that is none and over unknown kinds of assets.
    """
    root = root_node(data, where=where, name="CompositionPlaylist", namespaces=ns.PLAYLIST, lenient=lenient)
    standard = ns.PLAYLIST[root.namespace]
    icon = root.find("IconId")
    kind = root.require("ContentKind")
    ratings = root.find("RatingList")
    return CompositionPlaylist(
        id=root.require("Id").uuid(),
        annotation_text=_optional(root, "AnnotationText"),
        icon_id=icon.uuid() if icon else None,
        issue_date=root.require("IssueDate").instant(),
        issuer=_optional(root, "Issuer"),
        creator=_optional(root, "Creator"),
        content_title_text=root.require("ContentTitleText").text(),
        content_kind=kind.text(),
        content_kind_scope=kind.attribute("scope"),
        content_versions=tuple(_version(node) for node in root.children("ContentVersion")),
        rating_list=tuple(
            Rating(agency=node.require("Agency").text(), label=node.require("Label").text())
            for node in (ratings.children("Rating") if ratings else ())
        ),
        reels=tuple(_reel(node) for node in root.require("ReelList").items("Reel", most=MAX_REELS)),
        standard=standard,
        signed=bool(root.children("Signature", namespace=XMLDSIG)),
    )


def _optional(node: Node, name: str) -> str | None:
    found = node.find(name)
    return found.text() if found else None


def _version(node: Node) -> ContentVersion:
    return ContentVersion(id=_optional(node, "Id") or "", label_text=node.require("LabelText").text())


def _reel(node: Node) -> Reel:
    assets: list[ReelAsset] = []
    others: list[Raw] = []
    listed = node.require("AssetList").children()
    if len(listed) > MAX_REEL_ASSETS:
        raise node.refusal("cpl.too-many-assets", most=MAX_REEL_ASSETS)
    for child in listed:
        known = (
            child.name in OWN_KINDS
            if child.namespace == node.namespace
            else child.namespace in ASSET_NAMESPACES.get(child.name, ())
        )
        if known:
            assets.append(_reel_asset(child, node.namespace))
        elif child.namespace == node.namespace and not node.lenient:
            raise child.refusal("cpl.no-such-asset", name=child.name)
        else:
            others.append(raw_of(child.element))
    return Reel(
        id=node.require("Id").uuid(),
        annotation_text=_optional(node, "AnnotationText"),
        assets=tuple(assets),
        others=tuple(others),
    )


_GENERIC = frozenset(
    {
        "Id",
        "AnnotationText",
        "EditRate",
        "IntrinsicDuration",
        "EntryPoint",
        "Duration",
        "KeyId",
        "Hash",
        "FrameRate",
        "ScreenAspectRatio",
        "Language",
        "DataType",
        "DataEssenceCoding",
        "MarkerList",
    }
)


def _reel_asset(node: Node, cpl: str) -> ReelAsset:
    """Generic children stand in the playlist's namespace even under a foreign element; some tools differ."""

    def find(name: str) -> Node | None:
        return node.find(name, namespace=cpl) or node.find(name)

    def require(name: str) -> Node:
        found = find(name)
        if found is None:
            raise node.refusal("xml.missing", name=name)
        return found

    intrinsic = require("IntrinsicDuration").integer()
    entry, duration = find("EntryPoint"), find("Duration")
    entry_point = entry.integer() if entry else 0
    key_id, digest, rate = find("KeyId"), find("Hash"), find("FrameRate")
    aspect, language = find("ScreenAspectRatio"), find("Language")
    data_type = find("DataType") or find("DataEssenceCoding")
    annotation, markers = find("AnnotationText"), find("MarkerList")
    if node.name == MARKER_KIND and markers is None:
        raise node.refusal("xml.missing", name="MarkerList")
    metadata = parse_metadata(node) if node.name == METADATA_KIND else None
    return ReelAsset(
        kind=node.name,
        namespace=None if node.namespace == cpl else node.namespace,
        id=require("Id").uuid(),
        annotation_text=annotation.text() if annotation else None,
        edit_rate=require("EditRate").rational(),
        intrinsic_duration=intrinsic,
        entry_point=entry_point,
        duration=duration.integer() if duration else max(0, intrinsic - entry_point),
        key_id=key_id.uuid() if key_id else None,
        hash=digest.base64(length=SHA1_BYTES) if digest else None,
        frame_rate=rate.rational() if rate else None,
        screen_aspect_ratio=aspect.text() if aspect else None,
        language=language.text() if language else None,
        data_type=data_type.text() if data_type else None,
        marker_list=tuple(_marker(child) for child in markers.items("Marker", most=MAX_MARKERS))
        if markers
        else (),
        metadata=metadata,
        extensions=()
        if metadata is not None
        else tuple(raw_of(child.element) for child in node.children() if child.name not in _GENERIC),
        states_entry_point=entry is not None,
        states_duration=duration is not None,
    )


def _marker(node: Node) -> Marker:
    label = node.require("Label")
    return Marker(
        label=label.text(),
        scope=label.attribute("scope"),
        annotation_text=_optional(node, "AnnotationText"),
        offset=node.require("Offset").integer(),
    )


# --- writing -----
