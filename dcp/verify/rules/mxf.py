"""Track files: sound as MXF, and what the playlist takes them for."""

from __future__ import annotations

from collections.abc import Iterable

from dcp.mxf.reader import Unit
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.frames import Frames, frame_place
from dcp.verify.rule import Hit, Outcome, Skip, UnitCheck, package_rule, unit_rule

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


def damage(track: TrackFacts, *reasons: str) -> UnitCheck:
    """Lists every unit whose fault is one of the reasons."""
    listed = 0
    more = Frames()

    def check(unit: Unit | None) -> Iterable[Hit | Skip]:
        nonlocal listed
        if unit is None:
            if more:
                yield Hit(f"{len(more)} more units are damaged in this way", file=track.name, place=str(more))
            return
        if unit.fault is None or unit.fault.reason not in reasons:
            return
        if listed >= MAX_LISTED:
            more.add(unit.index)
            return
        listed += 1
        yield Hit(
            unit.fault.message,
            file=track.name,
            place=frame_place(unit),
            remedy="copy the file again from the master",
        )

    return check


@unit_rule(
    "MXF-001",
    severity="error",
    clause="ST 377-1",
    statement="The track file is whole and its partitions are closed and complete",
)
def whole(track: TrackFacts) -> UnitCheck | None:
    return damage(track, "structure", "truncated")


@package_rule(
    "MXF-002",
    severity="error",
    clause="ST 429-3",
    statement="The file holds the kind of essence that the playlist's element promises",
)
def as_promised(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        header = facts.header_of(reference.asset.id)
        promised = ESSENCE.get(reference.asset.kind)
        if header is not None and promised is not None and header.essence not in promised:
            yield Hit(
                f"the {reference} refers to a file of {header.essence.replace('_', ' ')}",
                file=reference.file,
                place=reference.place,
            )


@package_rule(
    "MXF-003",
    severity="warning",
    clause="ST 429-3",
    statement="The labels of the track files are those of the documents' standard",
)
def one_label_set(facts: PackageFacts) -> Outcome:
    if facts.survey.standard is None:
        return
    for track in facts.tracks.values():
        if track.here and track.header is not None and track.header.label_set != facts.survey.standard:
            yield Hit(
                f"the file has {track.header.label_set} labels, the documents are {facts.survey.standard}",
                file=track.name,
                remedy="wrap it again with the labels of the package's standard",
            )


@unit_rule(
    "MXF-004",
    severity="error",
    clause="ST 429-6",
    statement="The integrity code of every encrypted unit holds, when a key is given",
)
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
            yield Hit(unit.fault.message, file=track.name)

    return check
