"""What --thorough adds to the codestreams: the headers of all their packets are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dcp.errors import CodestreamError
from dcp.texts.catalogue import text
from dcp.verify.crew import Ordered
from dcp.verify.facts import TrackFacts
from dcp.verify.frames import Frames, place_of
from dcp.verify.rule import Hit, Skip, UnitCheck, hit, judged, of_frames, skip, unit_rule
from dcp.verify.rules.rates import PICTURES

if TYPE_CHECKING:
    from dcp.mxf.reader import Eye, Unit
    from dcp.picture.codestream import Codestream
    from dcp.picture.packets import Walked
    from dcp.texts.catalogue import Text

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

    damaged: dict[str, tuple[CodestreamError, Text, Frames]] = {}
    mixed, left_out = Frames(), dict[str, Frames]()
    work: Ordered[_Seen] = Ordered(track.crew)

    def take(seen: Iterable[_Seen]) -> None:
        for index, eye, error, apart in seen:
            if error is not None:
                damaged.setdefault(error.id or "", (error, place_of(index, eye), Frames()))[2].add(index)
            elif not apart:
                mixed.add(index)

    def check(unit: Unit | None) -> Iterable[Hit | Skip]:
        if unit is None:
            take(work.rest())
            for error, first, frames in damaged.values():
                yield of_frames("J2K-038.several", error, first, frames, file=track.name)
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
        take(work.give(_walk, bytes(unit.data), headers, unit.index, unit.eye))

    return check


_Seen = tuple[int, "Eye | None", "CodestreamError | None", bool]


def _walk(data: bytes, headers: Codestream, index: int, eye: Eye | None) -> _Seen:
    """What is damaged, and whether each tile part holds one component."""
    from dcp.picture.packets import walk

    try:
        walked = walk(data, headers)
    except CodestreamError as error:
        return index, eye, error, True
    return index, eye, None, headers.progression != _CPRL or len(walked.parts) not in (3, 6) or _apart(walked)


def _apart(walked: Walked) -> bool:
    """Whether each tile part holds the packets of one component, in turn."""
    precincts, order = walked.plan.precincts, walked.plan.order
    for number, (first, stop) in enumerate(walked.parts):
        ends = {precincts[order[2 * packet]].component for packet in (first, stop - 1)}
        if first == stop or ends != {number % 3}:
            return False
    return True
