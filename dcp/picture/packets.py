"""The packets of a codestream (ISO 15444-1 Annex B): which code blocks each brings, passes, bytes.

`walk` reads the headers of all packets and holds them against the tile parts: what is damaged there, no hash
of a codestream shows. Compiled where numba is installed, some sixteen times slower where it is not.

    for packet in read_packets(codestream):
        for part in packet.parts: ...
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

from dcp.dataclass import dataclass
from dcp.errors import CodestreamError
from dcp.patterns import pattern
from dcp.picture.codestream import Codestream, parse_codestream
from dcp.picture.packet_plan import Plan, Precinct, plan_of, table, why_not
from dcp.texts.catalogue import text

_SOP, _EPH = 2, 4  # bits of Scod
_NO_CODE = pattern(rb"\xff[\x90-\xff]")


@dataclass(frozen=True)
class Contribution:
    """What a packet brings of one code block. block: its number in the codestream, the same in every layer.
    passes: coding passes. offset, length: of their bytes in the codestream. planes: bit planes that the block
    has below its empty ones."""

    block: int
    passes: int
    offset: int
    length: int
    planes: int


@dataclass(frozen=True)
class Packet:
    """header: where it begins, with its SOP. body: where its header ends; end: where it ends."""

    precinct: Precinct
    layer: int
    header: int
    body: int
    end: int
    parts: tuple[Contribution, ...]


@dataclass(frozen=True)
class Walked:
    """What `walk` found. packets: how many. parts: of each tile part its first packet and the next one's."""

    packets: int
    contributions: int
    parts: tuple[tuple[int, int], ...]
    plan: Plan
    found: _Found


@dataclass(frozen=True)
class _Found:
    out: tuple[Any, ...]
    places: tuple[Any, ...]
    left: Any


def walk(data: bytes | bytearray | memoryview, headers: Codestream | None = None) -> Walked:
    """Reads the headers of all packets, and looks for bytes that no coder writes.

    headers: when they are parsed already. CodestreamError, with the byte, for what cannot be; also for a
    codestream of another kind than cinema has (`why_not`).
    """
    from dcp.picture import packet_kernel as kernel

    headers = headers if headers is not None else parse_codestream(data)
    reason = why_not(headers)
    if reason is not None:
        raise CodestreamError(reason)
    plan = plan_of(headers)
    source, spans = _source(data), [(part.data, part.offset + part.length) for part in headers.tile_parts]
    room = plan.total * plan.layers
    found = _Found(
        tuple(_numbers(room) for _ in range(4)),
        tuple(_numbers(plan.packets) for _ in range(4)),
        _numbers(plan.nodes, -1),
    )
    never, none = kernel.NEVER, plan.nodes
    fault, where, packets, contributions = kernel.walk(
        source,
        table([place for span in spans for place in span]),
        plan.order,
        plan.first_band,
        plan.first_block,
        plan.blocks,
        plan.planes,
        plan.samples,
        plan.parent,
        (table([headers.cod[0] & _SOP, headers.cod[0] & _EPH]), _numbers(5), _numbers(40)),
        (_numbers(none, never), _numbers(none), _numbers(none, never), _numbers(none)),
        (_numbers(none), found.left, _numbers(none)),
        found.out,
        found.places,
    )
    if fault:
        raise _error(_FAULTS[fault], int(where), plan, int(packets), missing=plan.packets - int(packets))
    walked = Walked(int(packets), int(contributions), _spans(spans, found, plan.packets), plan, found)
    _look_for_markers(data, spans, walked)
    return walked


def read_packets(data: bytes | bytearray | memoryview) -> Iterator[Packet]:
    """The packets in the order of the codestream. CodestreamError as `walk`, before the first."""
    return packets_of(walk(data))


def packets_of(walked: Walked) -> Iterator[Packet]:
    """What `walk` found, as values."""
    plan, (begins, bodies, ends, last) = walked.plan, walked.found.places
    block, passes, size, offset = walked.found.out
    first = 0
    for number in range(walked.packets):
        stop = int(last[number])
        parts = tuple(
            Contribution(
                int(block[n]), int(passes[n]), int(offset[n]), int(size[n]), int(walked.found.left[block[n]])
            )
            for n in range(first, stop)
        )
        precinct = plan.precincts[plan.order[2 * number]]
        layer = int(plan.order[2 * number + 1])
        yield Packet(precinct, layer, int(begins[number]), int(bodies[number]), int(ends[number]), parts)
        first = stop


# --- how it is done -----

_FAULTS = {
    1: "packets.past",
    2: "packets.stuffed",
    3: "packets.planes",
    4: "packets.passes",
    5: "packets.length",
    6: "packets.sop",
    7: "packets.eph",
    8: "packets.after",
    9: "packets.missing",
}


def _error(id: str, where: int, plan: Plan, packet: int, *, missing: int = 0) -> CodestreamError:
    place = text("place.codestream-byte", byte=where)
    if packet >= plan.packets:
        return CodestreamError(id, where=place, component=0, resolution=0, n=missing)
    precinct = plan.precincts[plan.order[2 * packet]]
    return CodestreamError(
        id, where=place, component=precinct.component, resolution=precinct.resolution, n=missing
    )


def _spans(spans: Sequence[tuple[int, int]], found: _Found, packets: int) -> tuple[tuple[int, int], ...]:
    stops = [bisect_right(found.places[2], end, 0, packets) for _, end in spans]
    return tuple(zip([0, *stops[:-1]], stops, strict=True))


def _look_for_markers(
    data: bytes | bytearray | memoryview, spans: Sequence[tuple[int, int]], walked: Walked
) -> None:
    """No coder writes FF with more than 8F behind it; where one block ends and another begins it may be."""
    begins, bodies, ends, _ = walked.found.places
    offsets = walked.found.out[3]

    def holds(table: Any, count: int, value: int) -> bool:
        at = bisect_left(table, value, 0, count)
        return at < count and bool(table[at] == value)

    for start, end in spans:
        for match in _NO_CODE.finditer(data, start, end):
            at = match.start() + 1
            if holds(offsets, walked.contributions, at) or any(
                holds(table, walked.packets, value)
                for table, value in ((begins, at), (begins, at - 1), (bodies, at + 1))
            ):
                continue
            packet = bisect_right(ends, at, 0, walked.packets)
            raise _error("packets.no-code", at - 1, walked.plan, packet)


def _source(data: bytes | bytearray | memoryview) -> Any:
    from dcp.picture.packet_kernel import COMPILED

    if not COMPILED:
        return data
    import numpy as np

    array = np.frombuffer(data, np.uint8)
    array.flags.writeable = False  # one kind of array: the kernel is compiled once
    return array


def _numbers(count: int, value: int = 0) -> Any:
    from dcp.picture.packet_kernel import COMPILED

    if not COMPILED:
        return [value] * count
    import numpy as np

    return np.full(count, value, np.int64)
