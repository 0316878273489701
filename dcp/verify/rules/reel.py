"""The reels: durations, rates, and what must not change from one reel to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from dcp.documents.cpl import CAPTION_KINDS, SUBTITLE_KINDS, Reel, ReelAsset
from dcp.verify.facts import PackageFacts, Reference
from dcp.verify.rule import Hit, Outcome, package_rule

TIMED_TEXT = (*SUBTITLE_KINDS, *CAPTION_KINDS)


def _hit(reference: Reference, message: str, field: str = "") -> Hit:
    place = f"{reference.place}/{field}" if field else reference.place
    return Hit(message, file=reference.file, place=place)


def _seconds(asset: ReelAsset, units: int) -> Fraction:
    return units / asset.edit_rate


@package_rule(
    "REEL-001",
    severity="error",
    clause="ST 429-7, DCSS 5.3.1.3",
    statement="IntrinsicDuration is a second at least",
)
def intrinsic_is_a_second(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        if _seconds(reference.asset, reference.asset.intrinsic_duration) < 1:
            yield _hit(
                reference,
                f"the IntrinsicDuration of the {reference} is {reference.asset.intrinsic_duration} "
                "edit units, less than a second",
                "IntrinsicDuration",
            )


@package_rule(
    "REEL-002",
    severity="error",
    clause="ST 429-7 9.2",
    statement="What plays in a reel lasts a second at least",
)
def duration_is_a_second(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        asset = reference.asset
        if asset.intrinsic_duration and _seconds(asset, asset.duration) < 1:
            yield _hit(
                reference,
                f"the {reference} plays {asset.duration} edit units, less than a second",
                "Duration",
            )


@package_rule("REEL-003", severity="info", statement="A reel lasts five seconds at least, for older servers")
def five_seconds(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        asset = reference.asset
        if asset is reference.reel.picture and 1 <= _seconds(asset, asset.duration) < 5:
            yield _hit(reference, f"reel {reference.reel_number} lasts less than five seconds")


def _compare(facts: PackageFacts, *kinds: str) -> Iterator[Hit]:
    """Where an asset of these kinds does not last as long as the picture of its reel."""
    for reference in facts.references():
        picture, asset = reference.reel.picture, reference.asset
        if picture is None or asset.kind not in kinds:
            continue
        if _seconds(picture, picture.duration) != _seconds(asset, asset.duration):
            yield _hit(
                reference,
                f"the {reference} lasts {asset.duration} edit units of 1/{asset.edit_rate} s, the picture "
                f"{picture.duration} of 1/{picture.edit_rate} s",
                "Duration",
            )


@package_rule(
    "REEL-004",
    severity="error",
    clause="ST 429-2 9.4",
    statement="Picture and sound of a reel last equally long",
)
def sound_lasts(facts: PackageFacts) -> Outcome:
    yield from _compare(facts, "MainSound")


@package_rule(
    "REEL-005", severity="warning", clause="ST 429-2", statement="Timed text lasts as long as the picture"
)
def text_lasts(facts: PackageFacts) -> Outcome:
    yield from _compare(facts, *TIMED_TEXT)


@package_rule(
    "REEL-006",
    severity="warning",
    clause="ST 429-2 9.4",
    statement="Auxiliary data lasts as long as the picture",
)
def data_lasts(facts: PackageFacts) -> Outcome:
    yield from _compare(facts, "AuxData")


@package_rule(
    "REEL-007",
    severity="error",
    clause="ST 429-7 8.1.4-6",
    statement="What plays begins before the asset ends",
)
def entry_inside(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        asset = reference.asset
        if asset.entry_point > 0 and asset.entry_point >= asset.intrinsic_duration:
            yield _hit(
                reference,
                f"the {reference} begins at {asset.entry_point} of {asset.intrinsic_duration} edit units",
                "EntryPoint",
            )


@package_rule(
    "REEL-008",
    severity="error",
    clause="ST 429-7 8.1.4-6",
    statement="EntryPoint and Duration together stay inside IntrinsicDuration",
)
def end_inside(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        asset = reference.asset
        if asset.end > asset.intrinsic_duration and asset.entry_point < max(1, asset.intrinsic_duration):
            yield _hit(
                reference,
                f"the {reference} would play to {asset.end} of {asset.intrinsic_duration} edit units",
                "Duration",
            )


@package_rule(
    "REEL-009",
    severity="error",
    clause="ST 429-7 8.1.4",
    statement="IntrinsicDuration is the duration of the track file",
)
def intrinsic_is_the_files(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        header, asset = facts.header_of(reference.asset.id), reference.asset
        if header is not None and header.container_duration != asset.intrinsic_duration:
            long_enough = header.container_duration >= asset.end
            yield Hit(
                f"the {reference} has an IntrinsicDuration of {asset.intrinsic_duration}, its file lasts "
                f"{header.container_duration}",
                file=reference.file,
                place=f"{reference.place}/IntrinsicDuration",
                severity="warning" if long_enough and asset.kind in TIMED_TEXT else None,
            )


@package_rule(
    "REEL-010",
    severity="error",
    clause="ST 429-7 8.1.3",
    statement="EditRate is the edit rate of the track file",
)
def rate_is_the_files(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        header, asset = facts.header_of(reference.asset.id), reference.asset
        if header is not None and header.edit_rate != asset.edit_rate:
            yield _hit(
                reference,
                f"the {reference} has the EditRate {asset.edit_rate}, its file {header.edit_rate}",
                "EditRate",
            )


def _vary(
    facts: PackageFacts, what: str, value: Callable[[PackageFacts, ReelAsset], object], *kinds: str
) -> Iterator[Hit]:
    """Where a value that all reels must share changes, once for each playlist."""
    for document, cpl in facts.compositions():
        seen: dict[object, int] = {}
        for number, reel in enumerate(cpl.reels, start=1):
            asset = reel.asset(*kinds)
            found = value(facts, asset) if asset is not None else None
            if found is not None:
                seen.setdefault(found, number)
        if len(seen) > 1:
            said = ", ".join(f"{_say(found)} in reel {number}" for found, number in seen.items())
            last = max(seen.values())
            yield Hit(
                f"the {what} is not the same in all reels: {said}",
                file=document.name,
                place=f"/CompositionPlaylist/ReelList/Reel[{last}]",
            )


def _say(value: object) -> str:
    return f"{value.numerator}/{value.denominator}" if isinstance(value, Fraction) else str(value)


PICTURE = ("MainPicture", "MainStereoscopicPicture")


@package_rule(
    "REEL-011",
    severity="error",
    clause="ST 429-2 8.7",
    statement="Rates and aspect ratio of the picture are the same in all reels",
)
def one_picture_format(facts: PackageFacts) -> Outcome:
    yield from _vary(facts, "edit rate", lambda _, asset: asset.edit_rate, *PICTURE)
    yield from _vary(facts, "frame rate", lambda _, asset: asset.frame_rate, *PICTURE)
    for hit in _vary(facts, "aspect ratio", lambda _, asset: asset.screen_aspect_ratio, *PICTURE):
        yield Hit(hit.message, file=hit.file, place=hit.place, severity="warning")


@package_rule(
    "REEL-013", severity="error", clause="ST 429-2", statement="Assets of a reel share one edit rate"
)
def one_rate_in_a_reel(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        picture, asset = reference.reel.picture, reference.asset
        if picture is not None and asset.kind == "MainSound" and asset.edit_rate != picture.edit_rate:
            yield _hit(
                reference,
                f"the sound's edit rate is {_say(asset.edit_rate)}, the picture's {_say(picture.edit_rate)}",
                "EditRate",
            )


@package_rule(
    "REEL-014",
    severity="info",
    bv21="error",
    clause="RDD 52",
    statement="A composition is encrypted in all its tracks or in none",
)
def all_or_none(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        encrypted = {asset.encrypted for asset in cpl.assets}
        if len(encrypted) > 1:
            clear = sum(not asset.encrypted for asset in cpl.assets)
            yield Hit(
                f"{clear} of {len(cpl.assets)} assets are in the clear beside encrypted ones",
                file=document.name,
            )


@package_rule("REEL-015", severity="error", clause="ST 429-10", statement="Reels are all 2D or all 3D")
def all_2d_or_3d(facts: PackageFacts) -> Outcome:
    yield from _vary(facts, "picture", lambda _, asset: asset.kind, *PICTURE)


def _levels(facts: PackageFacts, asset: ReelAsset) -> object:
    done = facts.passes.get(asset.id)
    return done.first_codestream.levels if done is not None and done.first_codestream is not None else None


@package_rule(
    "REEL-016",
    severity="warning",
    clause="ST 429-2 10.2.2",
    statement="The wavelet has the same number of levels in all reels",
)
def one_level_count(facts: PackageFacts) -> Outcome:
    yield from _vary(facts, "number of decomposition levels", _levels, *PICTURE)


def _channels(facts: PackageFacts, asset: ReelAsset) -> object:
    header = facts.header_of(asset.id)
    return getattr(header.descriptor, "channels", None) if header is not None else None


def _assignment(facts: PackageFacts, asset: ReelAsset) -> object:
    header = facts.header_of(asset.id)
    return getattr(header.descriptor, "channel_assignment", None) if header is not None else None


@package_rule(
    "REEL-017", severity="error", clause="ST 429-2 8.7", statement="Sound has as many channels in every reel"
)
def one_channel_count(facts: PackageFacts) -> Outcome:
    yield from _vary(facts, "number of sound channels", _channels, "MainSound")


@package_rule(
    "REEL-018",
    severity="warning",
    clause="ST 429-2 8.7",
    statement="Sound has the same channel format in every reel",
)
def one_channel_format(facts: PackageFacts) -> Outcome:
    yield from _vary(facts, "channel assignment", _assignment, "MainSound")


def _some_but_not_all(facts: PackageFacts, what: str, count: Callable[[Reel], int]) -> Iterator[Hit]:
    for document, cpl in facts.compositions():
        counts = [count(reel) for reel in cpl.reels]
        if len(set(counts)) > 1:
            yield Hit(f"reels differ in their {what}: {', '.join(map(str, counts))}", file=document.name)


@package_rule(
    "REEL-019",
    severity="warning",
    bv21="error",
    clause="RDD 52 8.3.1",
    statement="All reels have a main subtitle, or none has",
)
def subtitles_throughout(facts: PackageFacts) -> Outcome:
    yield from _some_but_not_all(
        facts, "number of subtitles", lambda reel: int(reel.asset("MainSubtitle") is not None)
    )


@package_rule(
    "REEL-020",
    severity="warning",
    bv21="error",
    clause="RDD 52 8.3.1",
    statement="All reels have as many closed captions",
)
def captions_throughout(facts: PackageFacts) -> Outcome:
    yield from _some_but_not_all(
        facts,
        "number of captions",
        lambda reel: sum(asset.kind in ("ClosedCaption", "MainClosedCaption") for asset in reel.assets),
    )
