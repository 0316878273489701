"""What two playlists say differently: of the whole, and reel by reel. Ids are no difference: those of a copy
are its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from dcp.documents.cpl import MARKER_KIND, METADATA_KIND, Reel, ReelAsset
from dcp.documents.cpl_metadata import CompositionMetadata
from dcp.rework.differences import Stated
from dcp.rework.playing import Composition


def compare_documents(one: Composition, other: Composition) -> tuple[Stated, ...]:
    """Each thing that the two say differently, or that one alone says."""
    return tuple(each for each in _all(one, other) if each.a != each.b)


# --- how it is done -----

_NO_WORDS = ("others", "unread")  # of the metadata: foreign elements with ids of their own


def _all(one: Composition, other: Composition) -> Iterator[Stated]:
    whole = zip(_of_whole(one), _of_whole(other), strict=True)
    for (what, a), (_, b) in whole:
        yield Stated(what, a, b)
    for number in range(max(len(one.cpl.reels), len(other.cpl.reels))):
        reels = [each.cpl.reels[number : number + 1] for each in (one, other)]
        sides = [_of_reel(reel[0]) if reel else {} for reel in reels]
        for what in dict.fromkeys((*sides[0], *sides[1])):
            yield Stated(what, sides[0].get(what), sides[1].get(what), number + 1)


def _of_whole(composition: Composition) -> Iterator[tuple[str, str | None]]:
    cpl = composition.cpl
    yield "title", cpl.content_title_text
    yield "kind", cpl.content_kind.lower()
    yield "annotation", cpl.annotation_text
    yield "standard", cpl.standard
    yield "rate", str(composition.rate)
    yield "frames", str(composition.frames)
    yield "reels", str(len(cpl.reels))
    yield "versions", ", ".join(each.label_text for each in cpl.content_versions) or None
    yield "ratings", ", ".join(f"{each.agency} {each.label}" for each in cpl.rating_list) or None
    yield "markers", _markers(composition) or None
    yield "issuer", cpl.issuer
    known = cpl.metadata or CompositionMetadata()
    for name in fields(known):
        if name.name not in _NO_WORDS:
            value = getattr(known, name.name)
            yield f"metadata.{name.name}", None if value in (None, (), "") else str(value)


def _markers(composition: Composition) -> str:
    """On the composition's clock, in frames."""
    found = []
    for start, reel in zip(composition.starts, composition.cpl.reels, strict=False):
        asset = reel.asset(MARKER_KIND)
        for marker in reel.markers if asset is not None else ():
            assert asset is not None
            at = start + (marker.offset - asset.entry_point) / asset.edit_rate
            found.append((round(at * composition.rate), marker.label))
    return ", ".join(f"{label} {at}" for at, label in sorted(found))


def _of_reel(reel: Reel) -> dict[str, str]:
    """Each asset by its kind; of several of a kind with their number."""
    found: dict[str, str] = {}
    for asset in reel.assets:
        if asset.kind in (MARKER_KIND, METADATA_KIND):
            continue
        count = sum(name.partition(" ")[0] == asset.kind for name in found)
        found[f"{asset.kind} {count + 1}" if count else asset.kind] = _of_asset(asset)
    return found


def _of_asset(asset: ReelAsset) -> str:
    parts = [f"{asset.duration} of {asset.intrinsic_duration} edit units, from {asset.entry_point} on"]
    parts += [f"{asset.edit_rate} a second"]
    parts += [asset.language] if asset.language else []
    parts += [f"aspect ratio {asset.screen_aspect_ratio}"] if asset.screen_aspect_ratio else []
    parts += ["encrypted"] if asset.encrypted else []
    return ", ".join(parts)
