"""Picture: sizes and rates that projectors and servers show."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from dcp.documents.cpl import PICTURE_KINDS
from dcp.picture.cinema import (
    BV21_RATES_2K,
    BV21_RATES_4K,
    BV21_RATES_STEREO,
    CONTAINERS,
    DIRECT_VIEW_RATES,
    RATES,
    is_four_k,
)
from dcp.verify.facts import PackageFacts, Reference
from dcp.verify.rule import Outcome, hit, package_rule
from dcp.xml.values import parse_rational

ARCHIVE_RATES = (16, 18, 20, 22)


def _pictures(facts: PackageFacts) -> Iterator[Reference]:
    return (reference for reference in facts.references() if reference.asset.kind in PICTURE_KINDS)


def _stereo(reference: Reference) -> bool:
    return reference.asset.kind == "MainStereoscopicPicture"


def _size(facts: PackageFacts, reference: Reference) -> tuple[int, int] | None:
    header = facts.header_of(reference.asset.id)
    descriptor = header.descriptor if header is not None else None
    width, height = getattr(descriptor, "stored_width", None), getattr(descriptor, "stored_height", None)
    return (width, height) if isinstance(width, int) and isinstance(height, int) else None


@package_rule("PIC-001", severity="error", clause="ST 428-11")
def frame_rates(facts: PackageFacts) -> Outcome:
    for reference in _pictures(facts):
        # of 3D the frames of both eyes are counted, which PIC-007 holds against the edit rate
        rate = None if _stereo(reference) else reference.asset.frame_rate
        for value, field in ((rate, "FrameRate"), (reference.asset.edit_rate, "EditRate")):
            if value is None or value in RATES or value in ARCHIVE_RATES:
                continue
            if value in DIRECT_VIEW_RATES and not _stereo(reference):
                yield hit(
                    "PIC-001.direct-view",
                    file=reference.file,
                    place=f"{reference.place}/{field}",
                    severity="info",
                    field=field,
                    reference=reference,
                    rate=value,
                )
            else:
                yield hit(
                    "PIC-001.rate",
                    file=reference.file,
                    place=f"{reference.place}/{field}",
                    field=field,
                    reference=reference,
                    rate=f"{value.numerator}/{value.denominator}",
                    allowed=", ".join(map(str, RATES)),
                )


@package_rule("PIC-002", severity="info", bv21="error", clause="RDD 52 7.1")
def rates_of_2k(facts: PackageFacts) -> Outcome:
    for reference in _pictures(facts):
        size, rate = _size(facts, reference), reference.asset.edit_rate
        allowed = BV21_RATES_STEREO if _stereo(reference) else BV21_RATES_2K
        if size is not None and not is_four_k(size) and rate not in allowed:
            yield hit("PIC-002.rate", file=reference.file, place=reference.place, rate=rate)


@package_rule("PIC-003", severity="warning", bv21="error", clause="RDD 52 7.1")
def rates_of_4k(facts: PackageFacts) -> Outcome:
    for reference in _pictures(facts):
        size, rate = _size(facts, reference), reference.asset.edit_rate
        if size is not None and is_four_k(size) and rate not in BV21_RATES_4K:
            yield hit("PIC-003.rate", file=reference.file, place=reference.place, rate=rate)


@package_rule("PIC-004", severity="warning", bv21="error", clause="RDD 52 7.1, ST 428-1 3")
def sizes(facts: PackageFacts) -> Outcome:
    for reference in _pictures(facts):
        size = _size(facts, reference)
        if size is not None and size not in CONTAINERS.values():
            yield hit(
                "PIC-004.size",
                file=facts.tracks[reference.asset.id].name,
                reel=reference.reel_number,
                size=f"{size[0]}x{size[1]}",
            )


@package_rule("PIC-005", severity="warning", bv21="error", clause="RDD 52 7.1")
def no_4k_in_3d(facts: PackageFacts) -> Outcome:
    for reference in _pictures(facts):
        size = _size(facts, reference)
        if _stereo(reference) and size is not None and is_four_k(size):
            yield hit("PIC-005.size", file=reference.file, place=reference.place)


@package_rule("PIC-006", severity="warning", clause="ST 429-10")
def stereo_is_stereo(facts: PackageFacts) -> Outcome:
    for reference in _pictures(facts):
        header = facts.header_of(reference.asset.id)
        if header is not None and header.essence in ("picture", "stereo_picture"):
            in_file = header.essence == "stereo_picture"
            if in_file != _stereo(reference):
                yield hit(
                    "PIC-006.other",
                    file=reference.file,
                    place=reference.place,
                    kind=reference.asset.kind,
                    form="3D" if in_file else "2D",
                )


@package_rule("PIC-007", severity="error", clause="ST 429-10 5.2")
def stereo_rate(facts: PackageFacts) -> Outcome:
    for reference in _pictures(facts):
        rate = reference.asset.frame_rate
        if _stereo(reference) and rate is not None and rate != 2 * reference.asset.edit_rate:
            yield hit(
                "PIC-007.rate",
                file=reference.file,
                place=f"{reference.place}/FrameRate",
                rate=rate,
                edit=reference.asset.edit_rate,
            )


@package_rule("PIC-008", severity="info")
def usual_aspect(facts: PackageFacts) -> Outcome:
    for reference in _pictures(facts):
        ratio = _ratio(reference)
        if ratio is not None and not any(abs(ratio - usual) < Fraction(2, 100) for usual in _USUAL):
            yield hit(
                "PIC-008.ratio",
                file=reference.file,
                place=f"{reference.place}/ScreenAspectRatio",
                reference=reference,
                ratio=float(ratio),
            )


@package_rule("PIC-009", severity="warning", clause="ST 428-21 5")
def archive_rate(facts: PackageFacts) -> Outcome:
    for reference in _pictures(facts):
        if reference.asset.edit_rate in ARCHIVE_RATES:
            yield hit(
                "PIC-009.rate", file=reference.file, place=reference.place, rate=reference.asset.edit_rate
            )


@package_rule("PIC-010", severity="info")
def high_rate(facts: PackageFacts) -> Outcome:
    for reference in _pictures(facts):
        shown = reference.asset.edit_rate * (2 if _stereo(reference) else 1)
        if shown > 48:
            yield hit(
                "PIC-010.rate",
                file=reference.file,
                place=reference.place,
                reel=reference.reel_number,
                rate=shown,
            )


@package_rule("PIC-011", severity="info")
def interop_rate(facts: PackageFacts) -> Outcome:
    for reference in _pictures(facts):
        if reference.cpl.standard == "interop" and reference.asset.edit_rate not in (24, 48):
            yield hit(
                "PIC-011.rate", file=reference.file, place=reference.place, rate=reference.asset.edit_rate
            )


@package_rule("PIC-012", severity="info", clause="ST 429-7")
def aspect_of_the_picture(facts: PackageFacts) -> Outcome:
    for reference in _pictures(facts):
        size, ratio = _size(facts, reference), _ratio(reference)
        if size is None or ratio is None or size[1] == 0:
            continue
        if abs(ratio - Fraction(*size)) > Fraction(2, 100):
            yield hit(
                "PIC-012.ratio",
                file=reference.file,
                place=f"{reference.place}/ScreenAspectRatio",
                ratio=float(ratio),
                size=f"{size[0]}x{size[1]}",
            )


@package_rule("META-009", severity="error", clause="ST 429-7")
def frame_rate_of_the_file(facts: PackageFacts) -> Outcome:
    for reference in _pictures(facts):
        header, rate = facts.header_of(reference.asset.id), reference.asset.frame_rate
        if header is None or rate is None:
            continue
        if rate != 2 * reference.asset.edit_rate if _stereo(reference) else rate not in RATES:
            continue  # PIC-007 and PIC-001 say it
        expected = header.edit_rate * (2 if header.essence == "stereo_picture" else 1)
        if rate != expected and _stereo(reference) == (header.essence == "stereo_picture"):
            yield hit(
                "META-009.rate",
                file=reference.file,
                place=f"{reference.place}/FrameRate",
                rate=rate,
                found=expected,
            )


_USUAL = [Fraction(*size) for size in sorted(size for size in CONTAINERS.values() if not is_four_k(size))]


def _ratio(reference: Reference) -> Fraction | None:
    """SMPTE writes two numbers, Interop a decimal."""
    text = reference.asset.screen_aspect_ratio
    if text is None:
        return None
    pair = parse_rational(text)
    if pair is not None:
        return pair
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None
