"""The composition playlist (ST 429-7, and its Interop forerunner): reels, what plays in them, how long.

Stereoscopic picture (ST 429-10), captions (429-12), auxiliary data (429-14 and Dolby's form) and the
composition metadata (429-16, in `cpl_metadata`) are assets of a reel like any other. A foreign element is
carried along as it stands.
"""

from __future__ import annotations

import base64
import uuid
from dataclasses import field
from datetime import datetime
from fractions import Fraction

from lxml import etree

from dcp.dataclass import dataclass
from dcp.documents import namespaces as ns
from dcp.documents.cpl_metadata import CompositionMetadata, add_metadata
from dcp.documents.namespaces import Standard
from dcp.documents.raw import Raw
from dcp.xml.build import add, finish, new_root
from dcp.xml.node import NOTHING
from dcp.xml.parse import to_bytes
from dcp.xml.values import date_time, rational, uuid_urn

PICTURE_KINDS = ("MainPicture", "MainStereoscopicPicture")
SUBTITLE_KINDS = ("MainSubtitle",)
CAPTION_KINDS = ("MainCaption", "ClosedCaption", "ClosedSubtitle", "MainClosedCaption")
MARKER_KIND = "MainMarkers"
METADATA_KIND = "CompositionMetadataAsset"

FOREIGN: dict[tuple[str, Standard], tuple[str, str]] = {
    ("MainStereoscopicPicture", "smpte"): (ns.STEREO_SMPTE, "msp-cpl"),
    ("MainStereoscopicPicture", "interop"): (ns.STEREO_INTEROP, "msp-cpl"),
    ("MainCaption", "smpte"): (ns.CAPTION_SMPTE, "tt"),
    ("ClosedCaption", "smpte"): (ns.CAPTION_SMPTE, "tt"),
    ("ClosedSubtitle", "smpte"): (ns.CAPTION_SMPTE, "tt"),
    ("MainClosedCaption", "interop"): (ns.CAPTION_INTEROP, "cc-cpl"),
    ("AuxData", "smpte"): (ns.AUX_DOLBY, "axd"),
    ("AuxData", "interop"): (ns.AUX_DOLBY, "axd"),
    (METADATA_KIND, "smpte"): (ns.METADATA, "meta"),
}
"""Kinds outside the playlist's own namespace: the namespace and prefix that a writer gives them."""

ASSET_NAMESPACES: dict[str, tuple[str, ...]] = {
    "MainStereoscopicPicture": (ns.STEREO_SMPTE, ns.STEREO_SMPTE_2007, ns.STEREO_INTEROP),
    "MainCaption": (ns.CAPTION_SMPTE,),
    "ClosedCaption": (ns.CAPTION_SMPTE,),
    "ClosedSubtitle": (ns.CAPTION_SMPTE,),
    "MainClosedCaption": (ns.CAPTION_INTEROP, ns.CAPTION_SMPTE),
    "AuxData": (ns.AUX_DOLBY, ns.AUX_SMPTE),
    METADATA_KIND: (ns.METADATA,),
}
"""The namespaces under which a reader knows them."""

MARKER_LABELS = (
    "FFOC", "LFOC", "FFTC", "LFTC", "FFOI", "LFOI", "FFEC", "LFEC", "FFMC", "LFMC", "FFOB", "LFOB",
)  # fmt: skip
"""First and last frame of content, title credits, intermission, end credits, moving credits, ratings band."""

SHA1_BYTES = 20
MAX_REELS, MAX_REEL_ASSETS, MAX_MARKERS = 5_000, 100, 5_000
"""Far beyond any show; they keep what is done for each asset of each reel within bounds."""

OWN_KINDS = (MARKER_KIND, "MainPicture", "MainSound", "MainSubtitle", "ProjectorData")


@dataclass(frozen=True)
class ContentVersion:
    id: str
    label_text: str


@dataclass(frozen=True)
class Rating:
    agency: str
    label: str


@dataclass(frozen=True)
class Marker:
    """A named instant: `offset` counts edit units from the begin of the reel's MainMarkers asset."""

    label: str
    offset: int
    scope: str | None = None
    annotation_text: str | None = None
    unread: frozenset[str] = NOTHING


@dataclass(frozen=True)
class ReelAsset:
    """One asset of a reel: `kind` is the element's name.

    Durations and `entry_point` count edit units of `edit_rate`. `entry_point` and `duration` hold what
    applies; `states_entry_point` and `states_duration` say whether the document spells them out. `namespace`
    None means the one that a writer of the standard takes. unread: the names of children that a lenient
    reading found no value for; what stands in their fields is then no word of the document.
    """

    kind: str
    id: uuid.UUID
    edit_rate: Fraction
    intrinsic_duration: int
    entry_point: int = 0
    duration: int = -1
    annotation_text: str | None = None
    key_id: uuid.UUID | None = None
    hash: bytes | None = None
    frame_rate: Fraction | None = None
    screen_aspect_ratio: str | None = None
    language: str | None = None
    data_type: str | None = None
    marker_list: tuple[Marker, ...] = ()
    metadata: CompositionMetadata | None = None
    extensions: tuple[Raw, ...] = ()
    namespace: str | None = None
    states_entry_point: bool = True
    states_duration: bool = True
    unread: frozenset[str] = NOTHING

    def __post_init__(self) -> None:
        if self.duration == -1:
            object.__setattr__(self, "duration", self.intrinsic_duration - self.entry_point)

    @property
    def is_track_file(self) -> bool:
        """Whether a file stands behind it; markers and composition metadata live in the playlist alone."""
        return self.kind not in (MARKER_KIND, METADATA_KIND)

    @property
    def end(self) -> int:
        """The edit unit after the last one that plays."""
        return self.entry_point + self.duration

    @property
    def encrypted(self) -> bool:
        return self.key_id is not None


@dataclass(frozen=True)
class Reel:
    """`assets` in the document's order; `others` are foreign elements carried along as they stand."""

    id: uuid.UUID
    assets: tuple[ReelAsset, ...]
    annotation_text: str | None = None
    others: tuple[Raw, ...] = ()
    unread: frozenset[str] = NOTHING

    def asset(self, *kinds: str) -> ReelAsset | None:
        """The first asset of one of these kinds."""
        return next((asset for asset in self.assets if asset.kind in kinds), None)

    @property
    def picture(self) -> ReelAsset | None:
        return self.asset(*PICTURE_KINDS)

    @property
    def sound(self) -> ReelAsset | None:
        return self.asset("MainSound")

    @property
    def markers(self) -> tuple[Marker, ...]:
        found = self.asset(MARKER_KIND)
        return found.marker_list if found else ()


@dataclass(frozen=True)
class CompositionPlaylist:
    """A composition (ST 429-7, or the Interop form that preceded it): reels in the order of showing.

    The names are those of the elements. content_kind_scope: whose list of kinds. signed: whether it carries a
    signature, which is not judged here.
    """

    id: uuid.UUID
    issue_date: datetime
    content_title_text: str
    content_kind: str
    reels: tuple[Reel, ...]
    annotation_text: str | None = None
    icon_id: uuid.UUID | None = None
    issuer: str | None = None
    creator: str | None = None
    content_kind_scope: str | None = None
    content_versions: tuple[ContentVersion, ...] = ()
    rating_list: tuple[Rating, ...] = ()
    standard: Standard = "smpte"
    signed: bool = field(default=False)
    unread: frozenset[str] = NOTHING

    @property
    def assets(self) -> tuple[ReelAsset, ...]:
        """The assets of all reels that have a track file, in order."""
        return tuple(asset for reel in self.reels for asset in reel.assets if asset.is_track_file)

    @property
    def complete(self) -> bool:
        """Whether all of its reels could be read, with a list of assets each."""
        return "ReelList" not in self.unread and not any("AssetList" in reel.unread for reel in self.reels)

    @property
    def key_ids(self) -> tuple[uuid.UUID, ...]:
        """The ids of the keys that the composition needs, each once, in order."""
        return tuple(dict.fromkeys(asset.key_id for asset in self.assets if asset.key_id is not None))

    @property
    def encrypted(self) -> bool:
        return bool(self.key_ids)

    @property
    def metadata(self) -> CompositionMetadata | None:
        return next((a.metadata for reel in self.reels for a in reel.assets if a.metadata is not None), None)


def cpl_element(cpl: CompositionPlaylist) -> etree._Element:
    """The unsigned document in its schema's order; `dcp.trust.signature` appends Signer and Signature."""
    root = new_root("CompositionPlaylist", ns.CPL_SMPTE if cpl.standard == "smpte" else ns.CPL_INTEROP)
    add(root, "Id", uuid_urn(cpl.id))
    if cpl.annotation_text is not None:
        add(root, "AnnotationText", cpl.annotation_text)
    if cpl.icon_id is not None:
        add(root, "IconId", uuid_urn(cpl.icon_id))
    add(root, "IssueDate", date_time(cpl.issue_date))
    for name, value in (("Issuer", cpl.issuer), ("Creator", cpl.creator)):
        if value is not None:
            add(root, name, value)
    add(root, "ContentTitleText", cpl.content_title_text)
    add(root, "ContentKind", cpl.content_kind, scope=cpl.content_kind_scope)
    for version in cpl.content_versions:
        element = add(root, "ContentVersion")
        add(element, "Id", version.id)
        add(element, "LabelText", version.label_text)
    ratings = add(root, "RatingList")
    for rating in cpl.rating_list:
        element = add(ratings, "Rating")
        add(element, "Agency", rating.agency)
        add(element, "Label", rating.label)
    reels = add(root, "ReelList")
    for reel in cpl.reels:
        _add_reel(reels, reel, cpl.standard)
    return finish(root)


def write_cpl(cpl: CompositionPlaylist) -> bytes:
    """The unsigned document as bytes."""
    return to_bytes(cpl_element(cpl))


def _add_reel(parent: etree._Element, reel: Reel, standard: Standard) -> None:
    element = add(parent, "Reel")
    add(element, "Id", uuid_urn(reel.id))
    if reel.annotation_text is not None:
        add(element, "AnnotationText", reel.annotation_text)
    assets = add(element, "AssetList")
    for asset in sorted(reel.assets, key=_rank):
        _add_asset(assets, asset, standard)
    for other in reel.others:
        assets.append(other.element())


def _rank(asset: ReelAsset) -> int:
    """The playlist's own kinds come in a fixed order, foreign ones after them as they are listed."""
    return OWN_KINDS.index(asset.kind) if asset.kind in OWN_KINDS else len(OWN_KINDS)


def _add_asset(parent: etree._Element, asset: ReelAsset, standard: Standard) -> None:
    cpl = ns.CPL_SMPTE if standard == "smpte" else ns.CPL_INTEROP
    place, prefix = FOREIGN.get((asset.kind, standard), (cpl, None))
    if asset.namespace is not None:
        place = asset.namespace
    element = add(parent, asset.kind, namespace=place, prefix=prefix)

    def put(name: str, value: object, **attributes: str | None) -> etree._Element:
        return add(element, name, value, namespace=cpl, **attributes)

    put("Id", uuid_urn(asset.id))
    if asset.annotation_text is not None:
        put("AnnotationText", asset.annotation_text)
    put("EditRate", rational(asset.edit_rate))
    put("IntrinsicDuration", asset.intrinsic_duration)
    if asset.states_entry_point:
        put("EntryPoint", asset.entry_point)
    if asset.states_duration:
        put("Duration", asset.duration)
    if asset.key_id is not None:
        put("KeyId", uuid_urn(asset.key_id))
    if asset.hash is not None:
        put("Hash", base64.b64encode(asset.hash).decode())
    if asset.frame_rate is not None:
        put("FrameRate", rational(asset.frame_rate))
    if asset.screen_aspect_ratio is not None:
        put("ScreenAspectRatio", asset.screen_aspect_ratio)
    if asset.language is not None:
        # ST 429-12 has a caption's Language in its own namespace; a subtitle's keeps the playlist's, and so
        # does that of Interop's captions.
        own = place == ns.CAPTION_SMPTE and asset.kind != "ClosedSubtitle"
        add(element, "Language", asset.language, namespace=place if own else cpl)
    if asset.data_type is not None:
        name = "DataType" if place == ns.AUX_DOLBY else "DataEssenceCoding"
        add(element, name, asset.data_type, namespace=place)
    if asset.kind == MARKER_KIND:
        markers = put("MarkerList", None)
        for marker in asset.marker_list:
            entry = add(markers, "Marker")
            add(entry, "Label", marker.label, scope=marker.scope)
            if marker.annotation_text is not None:
                add(entry, "AnnotationText", marker.annotation_text)
            add(entry, "Offset", marker.offset)
    if asset.metadata is not None:
        add_metadata(element, asset.metadata, cpl=cpl)
    for extension in asset.extensions:
        element.append(extension.element())
