"""Timed text and captions, as far as playlist and track file headers tell."""

from __future__ import annotations

from collections.abc import Iterator

from dcp.documents.cpl import CAPTION_KINDS, SUBTITLE_KINDS
from dcp.mxf.descriptors import TimedTextDescriptor
from dcp.verify.facts import PackageFacts, Reference, TrackFacts
from dcp.verify.rule import Hit, Outcome, package_rule


def _references(facts: PackageFacts, *kinds: str) -> Iterator[Reference]:
    return (reference for reference in facts.references() if reference.asset.kind in kinds)


def _texts(facts: PackageFacts) -> Iterator[tuple[TrackFacts, TimedTextDescriptor]]:
    for track in facts.tracks.values():
        if track.header is not None and isinstance(track.header.descriptor, TimedTextDescriptor):
            yield track, track.header.descriptor


@package_rule(
    "TT-003",
    severity="warning",
    clause="ST 429-5",
    statement="Timed text is wrapped in MXF in SMPTE packages, plain XML in Interop ones",
)
def form_fits(facts: PackageFacts) -> Outcome:
    for reference in _references(facts, *SUBTITLE_KINDS, *CAPTION_KINDS):
        path = facts.survey.locate(reference.asset.id)
        if path is None:
            continue
        wrapped = reference.asset.id in facts.tracks
        if wrapped != (reference.cpl.standard == "smpte"):
            form = "wrapped in MXF" if wrapped else "not wrapped in MXF"
            yield Hit(
                f"the {reference} is {form} in a composition of the {reference.cpl.standard} standard",
                file=reference.file,
                place=reference.place,
            )


def _missing_entry(facts: PackageFacts, *kinds: str) -> Outcome:
    for reference in _references(facts, *kinds):
        if reference.cpl.standard == "smpte" and not reference.asset.states_entry_point:
            yield Hit(f"the {reference} states no EntryPoint", file=reference.file, place=reference.place)


def _entry_not_zero(facts: PackageFacts, *kinds: str) -> Outcome:
    for reference in _references(facts, *kinds):
        if reference.asset.entry_point != 0:
            yield Hit(
                f"the EntryPoint of the {reference} is {reference.asset.entry_point}",
                file=reference.file,
                place=f"{reference.place}/EntryPoint",
            )


@package_rule(
    "TT-022",
    severity="info",
    bv21="error",
    clause="RDD 52 8.3.2",
    statement="A subtitle states its EntryPoint",
)
def subtitle_entry(facts: PackageFacts) -> Outcome:
    yield from _missing_entry(facts, *SUBTITLE_KINDS)


@package_rule(
    "TT-023",
    severity="warning",
    bv21="error",
    clause="RDD 52 8.3.2",
    statement="A subtitle begins at its start",
)
def subtitle_start(facts: PackageFacts) -> Outcome:
    yield from _entry_not_zero(facts, *SUBTITLE_KINDS)


@package_rule(
    "TT-048",
    severity="info",
    bv21="error",
    clause="RDD 52 8.3.2",
    statement="A caption states its EntryPoint",
)
def caption_entry(facts: PackageFacts) -> Outcome:
    yield from _missing_entry(facts, *CAPTION_KINDS)


@package_rule(
    "TT-049",
    severity="warning",
    bv21="error",
    clause="RDD 52 8.3.2",
    statement="A caption begins at its start",
)
def caption_start(facts: PackageFacts) -> Outcome:
    yield from _entry_not_zero(facts, *CAPTION_KINDS)


@package_rule(
    "TT-027",
    severity="info",
    bv21="error",
    clause="RDD 52 10.4.2",
    statement="The id of a timed text file differs from the id of the text inside",
)
def ids_differ(facts: PackageFacts) -> Outcome:
    for track, text in _texts(facts):
        if track.header is not None and text.resource_id == track.header.asset_id:
            yield Hit("track file and text inside have one id", file=track.name, place=str(text.resource_id))


@package_rule(
    "TT-029",
    severity="info",
    bv21="error",
    clause="RDD 52 10.4.3",
    statement="A timed text file lasts as long as its reel",
)
def text_lasts(facts: PackageFacts) -> Outcome:
    for reference in _references(facts, *SUBTITLE_KINDS, *CAPTION_KINDS):
        header, picture = facts.header_of(reference.asset.id), reference.reel.picture
        if header is None or picture is None or header.edit_rate != picture.edit_rate:
            continue
        if header.container_duration != picture.duration:
            yield Hit(
                f"the file of the {reference} lasts {header.container_duration}, its reel {picture.duration}",
                file=reference.file,
                place=reference.place,
            )


@package_rule(
    "TT-044",
    severity="warning",
    bv21="error",
    clause="RDD 52 7.2.1",
    statement="A timed text file has 115 MB at most",
)
def text_size(facts: PackageFacts) -> Outcome:
    for track, _ in _texts(facts):
        if track.size > 115 * 1024 * 1024:
            yield Hit(f"the timed text file has {track.size} bytes", file=track.name)
