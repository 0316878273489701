"""The documents of an IMF delivery that tell what to play: the composition playlist of ST 2067-3 with the
sequences of ST 2067-2, and the packing list in the form of ST 2067-2. They are read, never written.

A composition is a row of segments. In each, the sequences with one TrackId are a virtual track; a sequence
is a row of resources, each a stretch of a track file that may be repeated.
"""

from __future__ import annotations

import uuid
from fractions import Fraction
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.documents import namespaces as ns
from dcp.errors import DocumentError
from dcp.xml.node import Node, root_node
from dcp.xml.parse import XMLDSIG

MAX_SEGMENTS = 10_000
MAX_SEQUENCES = 1_000
MAX_RESOURCES = 100_000
"""Of a whole composition."""
MAX_MARKERS = 10_000
MAX_ASSETS = 20_000

PLAYLISTS = tuple(f"http://www.smpte-ra.org/schemas/2067-3/{year}" for year in (2013, 2016))
PACKING_LISTS = ("http://www.smpte-ra.org/schemas/2067-2/2016/PKL", ns.PKL_SMPTE)
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
DIGESTS = {SHA1: ("sha1", 20), SHA256: ("sha256", 32)}
"""Of an algorithm its name for `hashlib`, and the bytes of its digests."""
IMAGE, SOUND, MARKERS = "MainImageSequence", "MainAudioSequence", "MarkerSequence"
TEXTS = (
    "SubtitlesSequence", "HearingImpairedCaptionsSequence", "VisuallyImpairedTextSequence",
    "CommentarySequence", "KaraokeSequence", "ForcedNarrativeSequence",
)  # fmt: skip
"""Sequences of timed text."""
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_STEREO, _TRACK_FILE = "StereoImageTrackFileResourceType", "TrackFileResourceType"


@dataclass(frozen=True)
class ImfMarker:
    """offset: in edit units of its resource, from 0."""

    label: str
    offset: int


@dataclass(frozen=True)
class Resource:
    """A stretch of a track file, or markers over one. entry_point, duration: edit units, `edit_rate` a
    second; played `repeat` times in a row. place: the element below SegmentList. stereo: it has a resource
    for each eye, which are not read. hash: of the track file, with the name of its algorithm for `hashlib`,
    where the playlist states it."""

    id: uuid.UUID
    edit_rate: Fraction
    intrinsic: int
    entry_point: int
    duration: int
    repeat: int
    place: str
    track_file: uuid.UUID | None = None
    key_id: uuid.UUID | None = None
    stereo: bool = False
    markers: tuple[ImfMarker, ...] = ()
    hash: tuple[str, bytes] | None = None

    @property
    def seconds(self) -> Fraction:
        """How long it plays, repetitions included."""
        return self.duration * self.repeat / self.edit_rate


@dataclass(frozen=True)
class Sequence:
    """A virtual track's part of one segment. kind: the element's name, MainImageSequence for example."""

    kind: str
    track: uuid.UUID
    resources: tuple[Resource, ...]
    place: str

    @property
    def seconds(self) -> Fraction:
        return sum((each.seconds for each in self.resources), Fraction(0))


@dataclass(frozen=True)
class Segment:
    sequences: tuple[Sequence, ...]


@dataclass(frozen=True)
class ImfComposition:
    """edit_rate: of the composition, edit units a second. signed: whether it carries a signature, which is
    not judged here."""

    id: uuid.UUID
    title: str
    edit_rate: Fraction
    segments: tuple[Segment, ...]
    signed: bool = False


@dataclass(frozen=True)
class ImfAsset:
    """A file of a packing list. algorithm: of the hash, a name of `hashlib`."""

    id: uuid.UUID
    hash: bytes
    size: int
    algorithm: str


def parse_imf_cpl(data: bytes, *, where: str | Path) -> ImfComposition:
    """Read a composition playlist of ST 2067-3; its signature is not judged here. DocumentError names the
    element at fault."""
    root = root_node(data, where=where, name="CompositionPlaylist", namespaces=PLAYLISTS)
    rate = root.require("EditRate").rational()
    room = [MAX_RESOURCES]
    list = root.require("SegmentList")
    listed = list.items("Segment", most=MAX_SEGMENTS)
    if not listed:
        raise list.refusal("xml.missing", name="Segment")
    segments = tuple(_segment(each, f"Segment[{n}]", rate, room) for n, each in enumerate(listed, start=1))
    return ImfComposition(
        id=root.require("Id").uuid(),
        title=root.require("ContentTitle").text(),
        edit_rate=rate,
        segments=segments,
        signed=bool(root.children("Signature", namespace=XMLDSIG)),
    )


def parse_imf_pkl(data: bytes, *, where: str | Path) -> tuple[ImfAsset, ...]:
    """The files of a packing list of an IMF delivery. One that does not name its algorithm hashes by SHA-1,
    as ST 429-8 has it. DocumentError names the element at fault."""
    root = root_node(data, where=where, name="PackingList", namespaces=PACKING_LISTS)
    listed = root.require("AssetList").items("Asset", most=MAX_ASSETS)
    return tuple(_asset(each) for each in listed)


# --- how it is done -----


def _asset(node: Node) -> ImfAsset:
    algorithm, hash = _hash(node, node.require("Hash"))
    return ImfAsset(
        id=node.require("Id").uuid(),
        hash=hash,
        size=node.require("Size").integer(minimum=1),
        algorithm=algorithm,
    )


def _hash(node: Node, stated: Node) -> tuple[str, bytes]:
    """Algorithm, for `hashlib`, and digest. node: of which HashAlgorithm is a child."""
    method = node.find("HashAlgorithm")
    uri = (method.attribute("Algorithm") if method is not None else None) or SHA1
    if uri not in DIGESTS:
        raise (method or node).refusal("imf.digest", algorithm=uri[:80])
    algorithm, length = DIGESTS[uri]
    return algorithm, stated.base64(length=length)


def _segment(node: Node, place: str, rate: Fraction, room: list[int]) -> Segment:
    """room: how many more resources the composition may have."""
    children = node.require("SequenceList").children()
    if len(children) > MAX_SEQUENCES:
        raise node.refusal("xml.too-many", most=MAX_SEQUENCES, name="Sequence")
    sequences = tuple(_sequence(each, place, node.namespace, rate, room) for each in children)
    seen: set[uuid.UUID] = set()
    for child, each in zip(children, sequences, strict=True):
        if each.track in seen:
            raise child.refusal("imf.track-twice", track=each.track)
        seen.add(each.track)
    return Segment(sequences)


def _sequence(node: Node, segment: str, cpl: str, rate: Fraction, room: list[int]) -> Sequence:
    """Its children stand in the playlist's namespace, whatever that of the sequence is."""
    found = node.require("ResourceList", namespace=cpl).items("Resource", most=room[0])
    room[0] -= len(found)
    if not found:
        raise node.refusal("xml.missing", name="Resource")
    place = f"{segment}/{node.name}"
    return Sequence(
        kind=node.name,
        track=node.require("TrackId", namespace=cpl).uuid(),
        resources=tuple(
            _resource(each, f"{place}/Resource[{n}]", rate, markers=node.name == MARKERS)
            for n, each in enumerate(found, start=1)
        ),
        place=place,
    )


def _resource(node: Node, place: str, rate: Fraction, *, markers: bool) -> Resource:
    """place: of the element, for messages: a path that is looked up costs a look at all before it."""

    def number(name: str, otherwise: int, least: int) -> int:
        child = node.find(name)
        return otherwise if child is None else child.integer(minimum=least)

    kind = (node.element.get(_TYPE) or "").rpartition(":")[2]
    intrinsic = node.require("IntrinsicDuration").integer(minimum=1)
    entry = number("EntryPoint", 0, 0)
    if entry >= intrinsic:
        raise _outside(node, entry, entry, intrinsic)
    duration = number("SourceDuration", intrinsic - entry, 1)
    if entry + duration > intrinsic:
        raise _outside(node, entry, entry + duration - 1, intrinsic)
    own_rate, file, key = node.find("EditRate"), node.find("TrackFileId"), node.find("KeyId")
    hash = node.find("Hash") if file is not None else None
    if file is None and kind == _TRACK_FILE:
        raise node.refusal("xml.missing", name="TrackFileId")
    return Resource(
        id=node.require("Id").uuid(),
        edit_rate=own_rate.rational() if own_rate is not None else rate,
        intrinsic=intrinsic,
        entry_point=entry,
        duration=duration,
        repeat=number("RepeatCount", 1, 1),
        place=place,
        track_file=file.uuid() if file is not None else None,
        key_id=key.uuid() if key is not None else None,
        stereo=kind == _STEREO,
        markers=tuple(_marker(each) for each in node.items("Marker", most=MAX_MARKERS)) if markers else (),
        hash=_hash(node, hash) if hash is not None else None,
    )


def _outside(node: Node, first: int, last: int, held: int) -> DocumentError:
    return node.refusal("imf.outside", first=first, last=last, n=held)


def _marker(node: Node) -> ImfMarker:
    return ImfMarker(node.require("Label").text(), node.require("Offset").integer())
