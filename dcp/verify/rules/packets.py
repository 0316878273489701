"""What --thorough adds to the codestreams: the headers of all their packets are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dcp.errors import CodestreamError
from dcp.texts.catalogue import text
from dcp.verify.facts import TrackFacts
from dcp.verify.frames import Frames, frame_place
from dcp.verify.rule import Hit, Skip, UnitCheck, hit, judged, skip, unit_rule
from dcp.verify.rules.rates import PICTURES

if TYPE_CHECKING:
    from dcp.mxf.reader import Unit
    from dcp.picture.packets import Walked

_ISO = "ISO 15444-1"
_CPRL = 4

judged("J2K-039", severity="error", clause="DCSS 4.3.3")


@unit_rule("J2K-038", severity="error", clause=_ISO)
def packet_headers(track: TrackFacts) -> UnitCheck | None:
    """Walks the packets of every frame; brings in J2K-039, which needs them, too."""
    header = track.header
    if not track.asked.thorough or header is None or header.essence not in PICTURES or not track.readable:
        return None
    from dcp.picture.packet_plan import why_not
    from dcp.picture.packets import walk

    damaged: dict[str, tuple[CodestreamError, object, Frames]] = {}
    mixed, left_out = Frames(), dict[str, Frames]()

    def check(unit: Unit | None) -> Iterable[Hit | Skip]:
        if unit is None:
            for error, first, frames in damaged.values():
                said: CodestreamError | object = error
                if len(frames) > 1:
                    said = text("J2K-038.several", count=len(frames), frame=first, fault=error)
                yield Hit(said, file=track.name, place=frames)  # type: ignore[arg-type]
            if mixed:
                yield hit("J2K-039.mixed", file=track.name, place=mixed, rule="J2K-039", count=len(mixed))
            for id, frames in left_out.items():
                yield skip("J2K-038.left-out", name=track.name, frames=frames, why=text(id))
            return
        if unit.fault is not None:
            return
        try:
            headers = unit.codestream()
        except CodestreamError:
            return  # J2K-001 says it
        reason = why_not(headers)
        if reason is not None:
            left_out.setdefault(reason, Frames()).add(unit.index)
            return
        try:
            walked = walk(unit.data, headers)
        except CodestreamError as error:
            key = error.id or ""
            damaged.setdefault(key, (error, frame_place(unit), Frames()))[2].add(unit.index)
            return
        if headers.progression == _CPRL and len(walked.parts) in (3, 6) and not _apart(walked):
            mixed.add(unit.index)

    return check


def _apart(walked: Walked) -> bool:
    """Whether each tile part holds the packets of one component, in turn."""
    precincts, order = walked.plan.precincts, walked.plan.order
    for number, (first, stop) in enumerate(walked.parts):
        ends = {precincts[order[2 * packet]].component for packet in (first, stop - 1)}
        if first == stop or ends != {number % 3}:
            return False
    return True
