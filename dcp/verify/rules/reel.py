"""The reels: durations, rates, and what must not change from one reel to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

from dcp.documents.cpl import CAPTION_KINDS, SUBTITLE_KINDS, Reel, ReelAsset
from dcp.mxf.descriptors import PictureDescriptor
from dcp.texts.catalogue import text
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Hit, Outcome, hit, package_rule

TIMED_TEXT = (*SUBTITLE_KINDS, *CAPTION_KINDS)


def _seconds(asset: ReelAsset, units: int) -> Fraction:
    return units / asset.edit_rate


@package_rule("REEL-001", severity="error", clause="ST 429-7, DCSS 5.3.1.3")
def intrinsic_is_a_second(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        if _seconds(reference.asset, reference.asset.intrinsic_duration) < 1:
            yield hit(
                "REEL-001.short",
                file=reference.file,
                place=f"{reference.place}/IntrinsicDuration",
                reference=reference,
                length=reference.asset.intrinsic_duration,
            )


@package_rule("REEL-002", severity="error", clause="ST 429-7 9.2")
def duration_is_a_second(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        asset = reference.asset
        if asset.intrinsic_duration and _seconds(asset, asset.duration) < 1:
            yield hit(
                "REEL-002.short",
                file=reference.file,
                place=f"{reference.place}/Duration",
                reference=reference,
                length=asset.duration,
            )


@package_rule("REEL-003", severity="info")
def five_seconds(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        asset = reference.asset
        if asset is reference.reel.picture and 1 <= _seconds(asset, asset.duration) < 5:
            yield hit(
                "REEL-003.short", file=reference.file, place=reference.place, reel=reference.reel_number
            )


def _compare(facts: PackageFacts, id: str, *kinds: str) -> Iterator[Hit]:
    """Where an asset of these kinds does not last as long as the picture of its reel."""
    for reference in facts.references():
        picture, asset = reference.reel.picture, reference.asset
        if picture is None or asset.kind not in kinds:
            continue
        if asset.edit_rate != picture.edit_rate and asset.duration == picture.duration:
            continue  # of another rate by mistake: REEL-010, REEL-013
        if _seconds(picture, picture.duration) != _seconds(asset, asset.duration):
            yield hit(
                id,
                file=reference.file,
                place=f"{reference.place}/Duration",
                reference=reference,
                length=asset.duration,
                rate=asset.edit_rate,
                picture=picture.duration,
                shown=picture.edit_rate,
            )


@package_rule("REEL-004", severity="error", clause="ST 429-2 9.4")
def sound_lasts(facts: PackageFacts) -> Outcome:
    yield from _compare(facts, "REEL-004.length", "MainSound")


@package_rule("REEL-005", severity="warning", clause="ST 429-2")
def text_lasts(facts: PackageFacts) -> Outcome:
    yield from _compare(facts, "REEL-005.length", *TIMED_TEXT)


@package_rule("REEL-006", severity="warning", clause="ST 429-2 9.4")
def data_lasts(facts: PackageFacts) -> Outcome:
    yield from _compare(facts, "REEL-006.length", "AuxData")


@package_rule("REEL-007", severity="error", clause="ST 429-7 8.1.4-6")
def entry_inside(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        asset = reference.asset
        if asset.entry_point > 0 and asset.entry_point >= asset.intrinsic_duration:
            yield hit(
                "REEL-007.entry",
                file=reference.file,
                place=f"{reference.place}/EntryPoint",
                reference=reference,
                entry=asset.entry_point,
                length=asset.intrinsic_duration,
            )


@package_rule("REEL-008", severity="error", clause="ST 429-7 8.1.4-6")
def end_inside(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        asset = reference.asset
        if asset.end > asset.intrinsic_duration and asset.entry_point < max(1, asset.intrinsic_duration):
            yield hit(
                "REEL-008.end",
                file=reference.file,
                place=f"{reference.place}/Duration",
                reference=reference,
                end=asset.end,
                length=asset.intrinsic_duration,
            )


@package_rule("REEL-009", severity="error", clause="ST 429-7 8.1.4")
def intrinsic_is_the_files(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        header, asset = facts.header_of(reference.asset.id), reference.asset
        if header is not None and header.container_duration != asset.intrinsic_duration:
            long_enough = header.container_duration >= asset.end
            yield hit(
                "REEL-009.length",
                file=reference.file,
                place=f"{reference.place}/IntrinsicDuration",
                severity="warning" if long_enough and asset.kind in TIMED_TEXT else None,
                reference=reference,
                listed=asset.intrinsic_duration,
                found=header.container_duration,
            )


@package_rule("REEL-010", severity="error", clause="ST 429-7 8.1.3")
def rate_is_the_files(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        header, asset = facts.header_of(reference.asset.id), reference.asset
        if header is not None and header.edit_rate != asset.edit_rate:
            yield hit(
                "REEL-010.rate",
                file=reference.file,
                place=f"{reference.place}/EditRate",
                reference=reference,
                rate=asset.edit_rate,
                found=header.edit_rate,
            )


def _vary(
    facts: PackageFacts, id: str, what: str, value: Callable[[PackageFacts, ReelAsset], object], *kinds: str
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
            values = tuple(
                text("REEL.value", value=_say(found), reel=number) for found, number in seen.items()
            )
            last = max(seen.values())
            yield hit(
                id,
                file=document.name,
                place=f"/CompositionPlaylist/ReelList/Reel[{last}]",
                what=what,
                values=values,
            )


def _say(value: object) -> str:
    return f"{value.numerator}/{value.denominator}" if isinstance(value, Fraction) else str(value)


PICTURE = ("MainPicture", "MainStereoscopicPicture")


def _frame_rate(_: PackageFacts, asset: ReelAsset) -> object:
    """Of one eye: of 2D among 3D speaks REEL-015."""
    rate = asset.frame_rate
    return rate / 2 if rate is not None and asset.kind == "MainStereoscopicPicture" else rate


def _size(facts: PackageFacts, asset: ReelAsset) -> object:
    header = facts.header_of(asset.id)
    if header is None or not isinstance(header.descriptor, PictureDescriptor):
        return None
    return f"{header.descriptor.stored_width}x{header.descriptor.stored_height}"


@package_rule("REEL-011", severity="error", clause="ST 429-2 8.7")
def one_picture_format(facts: PackageFacts) -> Outcome:
    yield from _vary(facts, "REEL-011.vary", "edit-rate", lambda _, asset: asset.edit_rate, *PICTURE)
    yield from _vary(facts, "REEL-011.vary", "frame-rate", _frame_rate, *PICTURE)
    sizes = list(_vary(facts, "REEL-011.vary", "stored-size", _size, *PICTURE))
    yield from sizes
    for each in _vary(
        facts, "REEL-011.vary", "aspect-ratio", lambda _, asset: asset.screen_aspect_ratio, *PICTURE
    ):
        if not any(size.file == each.file for size in sizes):  # of other sizes the ratios differ too
            yield replace(each, severity="warning")


@package_rule("REEL-013", severity="error", clause="ST 429-2")
def one_rate_in_a_reel(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        picture, asset = reference.reel.picture, reference.asset
        header = facts.header_of(asset.id)
        if picture is not None and header is not None and header.edit_rate == picture.edit_rate:
            continue  # where the playlist says otherwise: REEL-010
        if picture is not None and asset.kind == "MainSound" and asset.edit_rate != picture.edit_rate:
            yield hit(
                "REEL-013.rate",
                file=reference.file,
                place=f"{reference.place}/EditRate",
                sound=_say(asset.edit_rate),
                picture=_say(picture.edit_rate),
            )
        elif picture is not None and asset.kind == "AuxData" and asset.edit_rate != picture.edit_rate:
            yield hit(
                "REEL-013.data",
                file=reference.file,
                place=f"{reference.place}/EditRate",
                severity="warning",
                data=_say(asset.edit_rate),
                picture=_say(picture.edit_rate),
            )


@package_rule("REEL-014", severity="info", bv21="error", clause="RDD 52")
def all_or_none(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        encrypted = {asset.encrypted for asset in cpl.assets}
        if len(encrypted) > 1:
            clear = sum(not asset.encrypted for asset in cpl.assets)
            yield hit("REEL-014.partly", file=document.name, clear=clear, count=len(cpl.assets))


@package_rule("REEL-015", severity="error", clause="ST 429-10")
def all_2d_or_3d(facts: PackageFacts) -> Outcome:
    yield from _vary(facts, "REEL-015.vary", "kind-of-picture", lambda _, asset: asset.kind, *PICTURE)


def _levels(facts: PackageFacts, asset: ReelAsset) -> object:
    done = facts.passes.get(asset.id)
    return done.first_codestream.levels if done is not None and done.first_codestream is not None else None


@package_rule("REEL-016", severity="warning", clause="ST 429-2 10.2.2")
def one_level_count(facts: PackageFacts) -> Outcome:
    yield from _vary(facts, "REEL-016.vary", "wavelet-levels", _levels, *PICTURE)


def _channels(facts: PackageFacts, asset: ReelAsset) -> object:
    header = facts.header_of(asset.id)
    return getattr(header.descriptor, "channels", None) if header is not None else None


def _assignment(facts: PackageFacts, asset: ReelAsset) -> object:
    header = facts.header_of(asset.id)
    return getattr(header.descriptor, "channel_assignment", None) if header is not None else None


@package_rule("REEL-017", severity="error", clause="ST 429-2 8.7")
def one_channel_count(facts: PackageFacts) -> Outcome:
    yield from _vary(facts, "REEL-017.vary", "sound-channels", _channels, "MainSound")


@package_rule("REEL-018", severity="warning", clause="ST 429-2 8.7")
def one_channel_format(facts: PackageFacts) -> Outcome:
    yield from _vary(facts, "REEL-018.vary", "channel-assignment", _assignment, "MainSound")


def _some_but_not_all(facts: PackageFacts, id: str, what: str, count: Callable[[Reel], int]) -> Iterator[Hit]:
    for document, cpl in facts.compositions():
        counts = [count(reel) for reel in cpl.reels if "AssetList" not in reel.unread]
        if len(set(counts)) > 1:
            yield hit(id, file=document.name, what=what, counts=", ".join(map(str, counts)))


@package_rule("REEL-019", severity="warning", bv21="error", clause="RDD 52 8.3.1")
def subtitles_throughout(facts: PackageFacts) -> Outcome:
    yield from _some_but_not_all(
        facts, "REEL-019.counts", "subtitles", lambda reel: int(reel.asset("MainSubtitle") is not None)
    )


@package_rule("REEL-020", severity="warning", bv21="error", clause="RDD 52 8.3.1")
def captions_throughout(facts: PackageFacts) -> Outcome:
    yield from _some_but_not_all(
        facts,
        "REEL-020.counts",
        "captions",
        lambda reel: sum(asset.kind in ("ClosedCaption", "MainClosedCaption") for asset in reel.assets),
    )
