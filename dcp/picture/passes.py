"""Codestreams with their last coding passes left out, so that they decode faster.

Only packet headers are written anew: fewer passes a code block, the bytes of the blocks as they are. Passes
are left out where they tell least: the bit planes of all bands below one weight (`band_weights`). How far the
picture then is from the whole decode is estimated (`pass_loss`).
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

from dcp.dataclass import dataclass
from dcp.errors import CodestreamError
from dcp.picture.codestream import PLM, PLT, TLM, Codestream, parse_codestream
from dcp.picture.packet_plan import shape_of
from dcp.picture.packets import Walked, walk
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from dcp.picture.pass_loss import Loss

MOST_PASSES = 60
"""More than any code block of 12 bits has."""
MOST_COMPONENTS = 4
MOST_LEVELS = 8
"""Of decomposition; cinema has 5, or 6 in 4K. What a band weighs takes twice as long to find with each."""


@dataclass(frozen=True)
class Thinned:
    """data: the codestream, decodable by any decoder. passes, kept: coding passes that it had and has.
    reason: why it is unchanged, where more was asked.

    cut: passes left out of the band that matters least. least_db: PSNR to the whole decode, as estimated, at
    least; infinite where nothing is left out.
    """

    data: bytes | bytearray | memoryview
    passes: int = 0
    kept: int = 0
    reason: Text | CodestreamError | None = None
    cut: int = 0
    least_db: float = math.inf


def thin(
    data: bytes | bytearray | memoryview,
    passes: int,
    headers: Codestream | None = None,
    *,
    least_db: float | None = None,
    reduce: int = 0,
) -> Thinned:
    """Leave out as many coding passes, three a bit plane, of the band that matters least, and of the others
    as far as they are no weightier. 0 gives the codestream as it was.

    headers: when they are parsed already. least_db: no more of them than leave the picture as near to the
    whole decode, as estimated, and smooth what is smooth. reduce: halvings with which the picture will be
    decoded. One layer in CPRL without SOP, EPH and code block styles, each packet right; any other codestream
    comes back as it is, with the reason.
    """
    if passes <= 0:
        return Thinned(data)
    try:
        headers = headers if headers is not None else parse_codestream(data)
        reason = why_not(headers)
        if reason is not None:
            return Thinned(data, reason=text(reason))
        return _thin(data, min(passes, MOST_PASSES), headers, least_db, min(reduce, headers.levels))
    except CodestreamError as error:
        return Thinned(data, reason=error)


def why_not(headers: Codestream) -> str | None:
    """The id of the text that says why a codestream is not thinned; None when it may be."""
    if len(headers.components) > MOST_COMPONENTS:
        return "passes.style"  # and no more is asked of them: each looks for its own among all COC
    if headers.progression != 4 or headers.layers != 1:
        return "passes.order"
    if headers.cod[0] & 6 or {PLM, PLT} & {
        *headers.markers,
        *(m for p in headers.tile_parts for m in p.markers),
    }:
        return "passes.markers"
    if headers.tlm and headers.tlm != tuple(part.length for part in headers.tile_parts):
        return "passes.lengths"
    if any(headers.style_of(n).code_block_style for n in range(len(headers.components))):
        return "passes.style"
    if any(headers.style_of(n).transformation for n in range(len(headers.components))):
        return "passes.reversible"
    if not all(_has_steps(headers, n) for n in range(len(headers.components))):
        return "passes.style"
    return None


# --- how it is done -----


def _has_steps(headers: Codestream, component: int) -> bool:
    """Whether there is a quantization step for each band of a component, and they are not too many."""
    levels, steps = headers.style_of(component).levels, headers.quantization_of(component)
    told = {1: 1, 2: 3 * levels + 1}.get(steps[0] & 31)  # Sqcd: derived from one, or each by itself
    return levels <= MOST_LEVELS and told is not None and len(steps) > 2 * told


def _thin(
    data: bytes | bytearray | memoryview,
    passes: int,
    headers: Codestream,
    least_db: float | None = None,
    reduce: int = 0,
) -> Thinned:
    import numpy as np

    from dcp.picture.band_weights import most_passes
    from dcp.picture.pass_kernel import rewritten

    walked = walk(data, headers)
    plan, count = walked.plan, walked.contributions
    if not count:  # of all its blocks nothing is told
        return Thinned(data)
    sizes = walked.found.out[2][:count]
    loss = _loss(walked, headers, reduce)
    if least_db is not None:
        passes = loss.passes_for(least_db, min(passes, most_passes(shape_of(headers), bool(headers.mct))))
        if math.isinf(loss.least_db(passes)):
            return Thinned(data)
    had, keep = loss.had, loss.kept(passes)
    source = np.frombuffer(data, np.uint8)
    out = np.empty(len(source) + 8 * count + 4 * plan.packets, np.uint8)
    starts = np.zeros(plan.packets + 1, np.int64)
    trees = _trees(plan.nodes)
    begins, bodies, ends, _ = walked.found.places
    rewritten(
        source,
        plan.order,
        plan.first_band,
        plan.first_block,
        plan.blocks,
        plan.planes,
        plan.parent,
        trees,
        (np.zeros(5, np.int64), np.zeros(5, np.int64), np.zeros(40, np.int64), np.zeros(3, np.int64)),
        (begins, bodies, ends),
        keep,
        sizes,
        out,
        starts,
    )
    parts = [memoryview(out.data)[starts[first] : starts[stop]] for first, stop in walked.parts]
    made = _assembled(data, headers, parts)
    return Thinned(made, int(had.sum()), int(keep.sum()), cut=passes, least_db=loss.least_db(passes))


def _loss(walked: Walked, headers: Codestream, reduce: int) -> Loss:
    from dcp.picture.band_weights import areas, lighter, weights
    from dcp.picture.pass_loss import loss_of

    shape, colour = shape_of(headers), bool(headers.mct)
    block, had, sizes, _ = (each[: walked.contributions] for each in walked.found.out)
    sides = (-(-headers.width >> reduce), -(-headers.height >> reduce), len(headers.components))
    return loss_of(
        had,
        walked.found.left[block],
        sizes,
        lighter(shape, colour)[block],
        areas(shape)[block],
        weights(shape, colour, reduce)[block],
        math.prod(sides),
    )


def _trees(nodes: int) -> tuple[Any, ...]:
    import numpy as np

    from dcp.picture.packet_kernel import NEVER

    return tuple(np.full(nodes, value, np.int64) for value in (NEVER, 0, NEVER, 0))


def _assembled(
    data: bytes | bytearray | memoryview, headers: Codestream, parts: list[memoryview]
) -> bytearray:
    """The main header with the new lengths, the tile parts with their new data, and the end."""
    made = bytearray(memoryview(data)[: headers.main_header_size])
    lengths = []
    for part, body in zip(headers.tile_parts, parts, strict=True):
        lengths.append(part.data - part.offset + len(body))
        made += memoryview(data)[part.offset : part.data]
        struct.pack_into(">I", made, len(made) - (part.data - part.offset) + 6, lengths[-1])
        made += body
    last = headers.tile_parts[-1]
    made += memoryview(data)[last.offset + last.length :]
    _restate(made, headers, lengths)
    return made


def _restate(made: bytearray, headers: Codestream, lengths: list[int]) -> None:
    """The lengths of the tile parts in TLM, in the form that it has."""
    at, number = 2, 0
    while at + 4 <= headers.main_header_size:
        marker, length = struct.unpack_from(">HH", made, at)
        if marker == TLM:
            index, wide = made[at + 5] >> 4 & 3, 4 if made[at + 5] & 0x40 else 2
            for entry in range(at + 6 + index, at + 2 + length, index + wide):
                if lengths[number] >> (8 * wide):
                    raise CodestreamError("passes.lengths")
                made[entry : entry + wide] = lengths[number].to_bytes(wide, "big")
                number += 1
        at += 2 + length
