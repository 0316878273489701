"""A composition playlist read: the document's elements into the values of `dcp.documents.cpl`."""

from __future__ import annotations

from fractions import Fraction
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
from dcp.xml.node import NO_TIME, Faults, Fields, Node, by_namespace, root_node
from dcp.xml.parse import XMLDSIG


def parse_cpl(data: bytes, *, where: str | Path, faults: Faults | None = None) -> CompositionPlaylist:
    """Read a composition playlist; its signature is not judged here.

    DocumentError names the element at fault; `faults` collects instead (`Fields`).
    """
    root = root_node(data, where=where, name="CompositionPlaylist", namespaces=ns.PLAYLIST, faults=faults)
    read = Fields(root)
    kind, scope = read.need("ContentKind", _scoped, _NO_TEXT)
    versions = tuple(_version(node) for node in root.children("ContentVersion"))
    if any(version is None for version in versions):
        read.lacks("ContentVersion")
    return CompositionPlaylist(
        icon_id=read.may("IconId", Node.uuid),
        id=read.id(),
        annotation_text=read.may("AnnotationText", Node.text),
        issue_date=read.need("IssueDate", Node.instant, NO_TIME),
        issuer=read.may("Issuer", Node.text),
        creator=read.may("Creator", Node.text),
        content_title_text=read.need("ContentTitleText", Node.text, ""),
        content_kind=kind,
        content_kind_scope=scope,
        content_versions=tuple(version for version in versions if version is not None),
        rating_list=read.may("RatingList", _ratings) or (),
        reels=read.need(
            "ReelList",
            lambda node: tuple(_reel(each) for each in node.items("Reel", most=MAX_REELS)),
            (),
        ),
        standard=by_namespace(read, ns.PLAYLIST, ns.looks_like),
        signed=bool(root.children("Signature", namespace=XMLDSIG)),
        unread=read.unread,
    )


_NO_TEXT: tuple[str, str | None] = ("", None)


def _scoped(node: Node) -> tuple[str, str | None]:
    return node.text(), node.attribute("scope")


def _ratings(node: Node) -> tuple[Rating, ...]:
    """Those that can be read, when reading is lenient."""
    found = []
    for child in node.children("Rating"):
        read = Fields(child)
        rating = Rating(agency=read.need("Agency", Node.text, ""), label=read.need("Label", Node.text, ""))
        if not read.unread:
            found.append(rating)
    return tuple(found)


def _version(node: Node) -> ContentVersion | None:
    read = Fields(node)
    version = ContentVersion(
        id=read.may("Id", Node.text) or "", label_text=read.need("LabelText", Node.text, "")
    )
    return None if read.unread else version


def _reel(node: Node) -> Reel:
    read = Fields(node)
    assets: list[ReelAsset] = []
    others: list[Raw] = []
    none: tuple[Node, ...] = ()
    for child in read.need("AssetList", lambda list: _listed(node, list), none):
        known = (
            child.name in OWN_KINDS
            if child.namespace == node.namespace
            else child.namespace in ASSET_NAMESPACES.get(child.name, ())
        )
        if known:
            assets.append(_reel_asset(child, node.namespace))
            continue
        if child.namespace == node.namespace:
            child.complain(child.refusal("cpl.no-such-asset", name=child.name))
        others.append(raw_of(child.element))
    return Reel(
        id=read.id(),
        annotation_text=read.may("AnnotationText", Node.text),
        assets=tuple(assets),
        others=tuple(others),
        unread=read.unread,
    )


def _listed(reel: Node, list: Node) -> tuple[Node, ...]:
    found = list.children()
    if len(found) > MAX_REEL_ASSETS:
        reel.complain(reel.refusal("cpl.too-many-assets", most=MAX_REEL_ASSETS))
    return tuple(found[:MAX_REEL_ASSETS])


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

    read = Fields(node, find=find)
    intrinsic = read.need("IntrinsicDuration", Node.integer, 0)
    entry, duration = read.may("EntryPoint", Node.integer), read.may("Duration", Node.integer)
    key_id = read.may("KeyId", Node.uuid)
    if "KeyId" in read.unread:
        key_id = read.stand_in_id()  # it is encrypted, whatever by
    data_type = read.may("DataType", Node.text)
    if data_type is None:
        data_type = read.may("DataEssenceCoding", Node.text)
    marker_list: tuple[Marker, ...] = ()
    if node.name == MARKER_KIND:
        marker_list = read.need("MarkerList", _markers, ())
    else:
        marker_list = read.may("MarkerList", _markers) or ()
    metadata = parse_metadata(node) if node.name == METADATA_KIND else None
    return ReelAsset(
        kind=node.name,
        namespace=None if node.namespace == cpl else node.namespace,
        id=read.id(),
        annotation_text=read.may("AnnotationText", Node.text),
        edit_rate=read.need("EditRate", Node.rational, Fraction(24)),
        intrinsic_duration=intrinsic,
        entry_point=entry or 0,
        duration=duration if duration is not None else max(0, intrinsic - (entry or 0)),
        key_id=key_id,
        hash=read.may("Hash", lambda node: node.base64(length=SHA1_BYTES)),
        frame_rate=read.may("FrameRate", Node.rational),
        screen_aspect_ratio=read.may("ScreenAspectRatio", Node.text),
        language=read.may("Language", Node.text),
        data_type=data_type,
        marker_list=marker_list,
        metadata=metadata,
        extensions=()
        if metadata is not None
        else tuple(raw_of(child.element) for child in node.children() if child.name not in _GENERIC),
        states_entry_point=find("EntryPoint") is not None,
        states_duration=find("Duration") is not None,
        unread=read.unread,
    )


def _markers(node: Node) -> tuple[Marker, ...]:
    return tuple(_marker(child) for child in node.items("Marker", most=MAX_MARKERS))


def _marker(node: Node) -> Marker:
    read = Fields(node)
    label, scope = read.need("Label", _scoped, _NO_TEXT)
    return Marker(
        label=label,
        scope=scope,
        annotation_text=read.may("AnnotationText", Node.text),
        offset=read.need("Offset", Node.integer, 0),
        unread=read.unread,
    )
