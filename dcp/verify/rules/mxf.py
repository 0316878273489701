"""Track files: sound as MXF, and what the playlist takes them for."""

from __future__ import annotations

from collections.abc import Iterable

from dcp.mxf.reader import Unit
from dcp.texts.catalogue import text
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.frames import Frames, frame_place
from dcp.verify.rule import Hit, Outcome, Skip, UnitCheck, hit, only_faults, package_rule, unit_rule

MAX_LISTED = 1000
"""Damaged units of one kind in one file that get a finding each; the rest share one."""

ESSENCE = {
    "MainPicture": ("picture", "stereo_picture"),
    "MainStereoscopicPicture": ("picture", "stereo_picture"),
    "MainSound": ("sound",),
    "MainSubtitle": ("timed_text",),
    "MainCaption": ("timed_text",),
    "ClosedCaption": ("timed_text",),
    "ClosedSubtitle": ("timed_text",),
    "MainClosedCaption": ("timed_text",),
    "AuxData": ("aux_data", "atmos", "unknown"),
}

COUNTED = {("atmos", fault): "IMM-009" for fault in ("mxf.units-missing", "mxf.one-too-many")}
"""Faults that have an id of their own, by essence."""


def damage(track: TrackFacts, *reasons: str) -> UnitCheck:
    """Lists every unit whose fault is one of the reasons."""
    listed = 0
    more = Frames()

    def check(unit: Unit | None) -> Iterable[Hit | Skip]:
        nonlocal listed
        if unit is None:
            if more:
                yield hit("MXF.more", file=track.name, place=more, count=len(more))
            return
        if unit.fault is None or unit.fault.reason not in reasons:
            return
        if listed >= MAX_LISTED:
            more.add(unit.index)
            return
        listed += 1
        yield Hit(
            unit.fault.text,
            file=track.name,
            place=frame_place(unit),
            remedy=text("remedy.copy-file"),
            rule=COUNTED.get((track.header.essence if track.header else "", unit.fault.text.id)),
        )

    return only_faults(check)


@unit_rule("MXF-001", severity="error", clause="ST 377-1")
def whole(track: TrackFacts) -> UnitCheck | None:
    return damage(track, "structure", "truncated")


@package_rule("MXF-002", severity="error", clause="ST 429-3")
def as_promised(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        header = facts.header_of(reference.asset.id)
        promised = ESSENCE.get(reference.asset.kind)
        if header is not None and promised is not None and header.essence not in promised:
            yield hit(
                "MXF-002.essence",
                file=reference.file,
                place=reference.place,
                reference=reference,
                essence=header.essence.replace("_", "-"),
            )


@package_rule("MXF-003", severity="warning", clause="ST 429-3")
def one_label_set(facts: PackageFacts) -> Outcome:
    if facts.survey.standard is None:
        return
    for track in facts.tracks.values():
        if track.here and track.header is not None and track.header.label_set != facts.survey.standard:
            yield hit(
                "MXF-003.labels",
                file=track.name,
                labels=track.header.label_set,
                standard=facts.survey.standard,
            )


@unit_rule("MXF-004", severity="error", clause="ST 429-6")
def integrity(track: TrackFacts) -> UnitCheck | None:
    header = track.header
    if header is None or not header.encrypted or not track.readable:
        return None
    each = damage(track, "mic", "mic_missing")
    said = False

    def check(unit: Unit | None) -> Iterable[Hit | Skip]:
        nonlocal said
        if unit is None or unit.fault is None or not unit.fault.shared:
            yield from each(unit)
        elif not said:  # one finding for what every unit shares
            said = True
            yield Hit(unit.fault.text, file=track.name)

    return only_faults(check)
