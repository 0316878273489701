"""Timed text and captions, as far as playlist and track file headers tell."""

from __future__ import annotations

from collections.abc import Iterator

from dcp.documents.cpl import CAPTION_KINDS, SUBTITLE_KINDS
from dcp.mxf.descriptors import TimedTextDescriptor
from dcp.verify.facts import PackageFacts, Reference, TrackFacts
from dcp.verify.rule import Outcome, hit, package_rule
from dcp.verify.timedtext.played import played


def _references(facts: PackageFacts, *kinds: str) -> Iterator[Reference]:
    return (reference for reference in facts.references() if reference.asset.kind in kinds)


def _texts(facts: PackageFacts) -> Iterator[tuple[TrackFacts, TimedTextDescriptor]]:
    for track in facts.tracks.values():
        if track.header is not None and isinstance(track.header.descriptor, TimedTextDescriptor):
            yield track, track.header.descriptor


@package_rule("TT-003", severity="warning", clause="ST 429-5")
def form_fits(facts: PackageFacts) -> Outcome:
    for reference in _references(facts, *SUBTITLE_KINDS, *CAPTION_KINDS):
        path = facts.survey.locate(reference.asset.id)
        if path is None:
            continue
        wrapped = reference.asset.id in facts.tracks
        if wrapped != (reference.cpl.standard == "smpte"):
            yield hit(
                "TT-003.form",
                file=reference.file,
                place=reference.place,
                reference=reference,
                form="wrapped" if wrapped else "not-wrapped",
                standard=reference.cpl.standard,
            )


def _missing_entry(facts: PackageFacts, id: str, *kinds: str) -> Outcome:
    for reference in _references(facts, *kinds):
        if reference.cpl.standard == "smpte" and not reference.asset.states_entry_point:
            yield hit(id, file=reference.file, place=reference.place, reference=reference)


def _entry_not_zero(facts: PackageFacts, id: str, *kinds: str) -> Outcome:
    for reference in _references(facts, *kinds):
        if reference.asset.entry_point != 0:
            yield hit(
                id,
                file=reference.file,
                place=f"{reference.place}/EntryPoint",
                reference=reference,
                entry=reference.asset.entry_point,
            )


@package_rule("TT-064", severity="warning")
def played_as_it_is_meant(facts: PackageFacts) -> Outcome:
    for each in played(facts):
        said, kind = each.document.display, each.reference.asset.kind
        if said in (*SUBTITLE_KINDS, *CAPTION_KINDS) and said != kind:
            yield hit(
                "TT-064.other",
                file=each.text.file,
                said=said,
                kind=kind,
                playlist=each.reference.file,
            )


@package_rule("TT-022", severity="info", bv21="error", clause="RDD 52 8.3.2")
def subtitle_entry(facts: PackageFacts) -> Outcome:
    yield from _missing_entry(facts, "TT-022.no-entry", *SUBTITLE_KINDS)


@package_rule("TT-023", severity="warning", bv21="error", clause="RDD 52 8.3.2")
def subtitle_start(facts: PackageFacts) -> Outcome:
    yield from _entry_not_zero(facts, "TT-023.entry", *SUBTITLE_KINDS)


@package_rule("TT-048", severity="info", bv21="error", clause="RDD 52 8.3.2")
def caption_entry(facts: PackageFacts) -> Outcome:
    yield from _missing_entry(facts, "TT-048.no-entry", *CAPTION_KINDS)


@package_rule("TT-049", severity="warning", bv21="error", clause="RDD 52 8.3.2")
def caption_start(facts: PackageFacts) -> Outcome:
    yield from _entry_not_zero(facts, "TT-049.entry", *CAPTION_KINDS)


@package_rule("TT-027", severity="info", bv21="error", clause="RDD 52 10.4.2")
def ids_differ(facts: PackageFacts) -> Outcome:
    for track, text in _texts(facts):
        if track.header is not None and text.resource_id == track.header.asset_id:
            yield hit("TT-027.same", file=track.name, place=str(text.resource_id))


@package_rule("TT-029", severity="info", bv21="error", clause="RDD 52 10.4.3")
def text_lasts(facts: PackageFacts) -> Outcome:
    for reference in _references(facts, *SUBTITLE_KINDS, *CAPTION_KINDS):
        header, picture = facts.header_of(reference.asset.id), reference.reel.picture
        if header is None or picture is None or header.edit_rate != picture.edit_rate:
            continue
        if header.container_duration != picture.duration:
            yield hit(
                "TT-029.length",
                file=reference.file,
                place=reference.place,
                reference=reference,
                found=header.container_duration,
                length=picture.duration,
            )


@package_rule("TT-044", severity="warning", bv21="error", clause="RDD 52 7.2.1")
def text_size(facts: PackageFacts) -> Outcome:
    for track, _ in _texts(facts):
        if track.size > 115 * 1024 * 1024:
            yield hit("TT-044.size", file=track.name, size=track.size, most=115 * 1024 * 1024)
