"""Markers: where content begins and ends, for those who start lights and curtains by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dcp.documents import namespaces as ns
from dcp.documents.cpl import MARKER_KIND, MARKER_LABELS, CompositionPlaylist, Marker, ReelAsset
from dcp.package.survey import Document
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Outcome, hit, package_rule
from dcp.verify.rules.schema import owned

STANDARD_SCOPES = (None, ns.MARKER_SCOPE, ns.CPL_INTEROP + "#standard-markers")
_PLACE = "/CompositionPlaylist/ReelList/Reel[{}]/AssetList/MainMarkers"


def _all(cpl: CompositionPlaylist) -> Iterator[tuple[int, ReelAsset, Marker, int]]:
    """Every standard marker: its reel, its asset, itself, and its frame from the composition's start."""
    start = 0
    for number, reel in enumerate(cpl.reels, start=1):
        asset = reel.asset(MARKER_KIND)
        if asset is not None:
            for marker in asset.marker_list:
                if marker.scope in STANDARD_SCOPES and not marker.unread:
                    yield number, asset, marker, start + marker.offset
        picture = reel.picture
        start += picture.duration if picture is not None else 0


def _smpte(facts: PackageFacts) -> Iterator[tuple[Document, CompositionPlaylist, dict[str, int]]]:
    for document, cpl in facts.compositions():
        if cpl.standard == "smpte":
            yield document, cpl, {marker.label: frame for _, _, marker, frame in _all(cpl)}


def _unread(cpl: CompositionPlaylist) -> set[str]:
    """The labels of markers that are there and cannot be read; of one without a label, none is known."""
    assets = [asset for reel in cpl.reels for asset in reel.assets if asset.kind == MARKER_KIND]
    labels = {marker.label for asset in assets for marker in asset.marker_list if marker.unread}
    if "" in labels or any("MarkerList" in asset.unread for asset in assets):
        return set(MARKER_LABELS)
    return labels


def _missing(facts: PackageFacts, id: str, label: str, *, features_only: bool = False) -> Outcome:
    for document, cpl, found in _smpte(facts):
        if not cpl.complete or not cpl.reels or label in _unread(cpl):
            continue
        if label not in found and (cpl.content_kind == "feature" or not features_only):
            yield hit(id, file=document.name, label=label)


@package_rule("MARK-001", severity="info", bv21="error", clause="RDD 52")
def ffoc(facts: PackageFacts) -> Outcome:
    yield from _missing(facts, "MARK-001.missing", "FFOC")


@package_rule("MARK-002", severity="info", bv21="error", clause="RDD 52")
def lfoc(facts: PackageFacts) -> Outcome:
    yield from _missing(facts, "MARK-002.missing", "LFOC")


@package_rule("MARK-003", severity="warning", bv21="error", clause="RDD 52")
def ffoc_is_one(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        for number, _, marker, _ in _all(cpl):
            if marker.label == "FFOC" and number == 1 and marker.offset != 1:
                yield hit(
                    "MARK-003.frame", file=document.name, place=_PLACE.format(number), frame=marker.offset
                )


@package_rule("MARK-004", severity="warning", bv21="error", clause="RDD 52")
def lfoc_is_last(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        for number, _, marker, _ in _all(cpl):
            picture = cpl.reels[number - 1].picture
            if marker.label == "LFOC" and picture is not None and marker.offset != picture.duration - 1:
                yield hit(
                    "MARK-004.frame",
                    file=document.name,
                    place=_PLACE.format(number),
                    frame=marker.offset,
                    last=picture.duration - 1,
                )


@package_rule("MARK-005", severity="info", bv21="error", clause="RDD 52")
def ffec(facts: PackageFacts) -> Outcome:
    yield from _missing(facts, "MARK-005.missing", "FFEC", features_only=True)


@package_rule("MARK-006", severity="info", bv21="error", clause="RDD 52")
def ffmc(facts: PackageFacts) -> Outcome:
    yield from _missing(facts, "MARK-006.missing", "FFMC", features_only=True)


def _states(facts: PackageFacts, id: str, name: str) -> Outcome:
    for document, cpl in facts.compositions():
        for number, reel in enumerate(cpl.reels, start=1):
            asset = reel.asset(MARKER_KIND)
            if asset is not None:
                stated = asset.states_entry_point if name == "EntryPoint" else asset.states_duration
                if stated:
                    yield hit(id, file=document.name, place=_PLACE.format(number), name=name)


@package_rule("MARK-007", severity="warning", bv21="error", clause="RDD 52")
def no_entry_point(facts: PackageFacts) -> Outcome:
    yield from _states(facts, "MARK-007.states", "EntryPoint")


@package_rule("MARK-008", severity="warning", bv21="error", clause="RDD 52")
def no_duration(facts: PackageFacts) -> Outcome:
    yield from _states(facts, "MARK-008.states", "Duration")


@package_rule("MARK-009", severity="error", clause="ST 429-7")
def inside_the_reel(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "composition", "MARK-009")
    for document, cpl in facts.compositions():
        for number, asset, marker, _ in _all(cpl):
            if "IntrinsicDuration" in asset.unread:
                continue
            if marker.offset >= max(1, asset.intrinsic_duration):
                yield hit(
                    "MARK-009.outside",
                    file=document.name,
                    place=_PLACE.format(number),
                    label=marker.label,
                    frame=marker.offset,
                    length=asset.intrinsic_duration,
                )


@package_rule("MARK-010", severity="warning", clause="ST 429-7")
def known_labels(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        for number, _, marker, _ in _all(cpl):
            if marker.label not in MARKER_LABELS:
                yield hit(
                    "MARK-010.unknown", file=document.name, place=_PLACE.format(number), label=marker.label
                )


@package_rule("MARK-011", severity="warning", clause="ST 429-7")
def once_each(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        counts = Counter(marker.label for _, _, marker, _ in _all(cpl))
        for label, count in counts.items():
            if count > 1 and label in ("FFOC", "LFOC", "FFEC", "LFEC", "FFMC", "LFMC"):
                yield hit("MARK-011.twice", file=document.name, label=label, count=count)


@package_rule("MARK-012", severity="warning", clause="ST 429-7")
def pairs_in_order(facts: PackageFacts) -> Outcome:
    for document, _, found in _smpte(facts):
        for label, frame in found.items():
            last = found.get("L" + label[1:])
            if label.startswith("F") and last is not None and last < frame:
                yield hit("MARK-012.order", file=document.name, last="L" + label[1:], first=label)


@package_rule("MARK-013", severity="warning", clause="ST 429-7")
def within_content(facts: PackageFacts) -> Outcome:
    for document, _, found in _smpte(facts):
        first, last = found.get("FFOC", 0), found.get("LFOC")
        for label, frame in found.items():
            if label not in ("FFOB", "LFOB") and (frame < first or (last is not None and frame > last)):
                yield hit("MARK-013.outside", file=document.name, label=label)


@package_rule("MARK-014", severity="warning", clause="ST 429-7")
def credits_inside(facts: PackageFacts) -> Outcome:
    for document, _, found in _smpte(facts):
        first, last = found.get("FFEC"), found.get("LFEC")
        for label in ("FFMC", "LFMC"):
            frame = found.get(label)
            if frame is None:
                continue
            if (first is not None and frame < first) or (last is not None and frame > last):
                yield hit("MARK-014.outside", file=document.name, label=label)
