"""Codestreams with their last coding passes left out, so that they decode faster.

Only packet headers are written anew: fewer passes a code block, the bytes of the blocks as they are. Passes
are left out where they tell least: the bit planes of all bands below one weight, by the bands' quantization
steps and by how strongly the inverse transform lifts them (ISO 15444-1 E.1, F.3, G.3).
"""

from __future__ import annotations

import math
import struct
from functools import lru_cache
from typing import Any

from dcp.dataclass import dataclass
from dcp.errors import CodestreamError
from dcp.picture.codestream import PLM, PLT, TLM, Codestream, parse_codestream
from dcp.picture.packet_plan import Plan
from dcp.picture.packets import walk
from dcp.texts.catalogue import Text, text

MOST_PASSES = 60
"""More than any code block of 12 bits has."""


@dataclass(frozen=True)
class Thinned:
    """data: the codestream, decodable by any decoder. passes, kept: coding passes that it had and has.
    reason: why it is unchanged, where more was asked."""

    data: bytes | bytearray | memoryview
    passes: int = 0
    kept: int = 0
    reason: Text | CodestreamError | None = None


def thin(data: bytes | bytearray | memoryview, passes: int, headers: Codestream | None = None) -> Thinned:
    """Leave out as many coding passes, three a bit plane, of the band that matters least, and of the others
    as far as they are no weightier. 0 gives the codestream as it was.

    headers: when they are parsed already. One layer in CPRL without SOP, EPH and code block styles, each
    packet right; any other codestream comes back as it is, with the reason.
    """
    if passes <= 0:
        return Thinned(data)
    try:
        headers = headers if headers is not None else parse_codestream(data)
        reason = why_not(headers)
        if reason is not None:
            return Thinned(data, reason=text(reason))
        return _thin(data, min(passes, MOST_PASSES), headers)
    except CodestreamError as error:
        return Thinned(data, reason=error)


def why_not(headers: Codestream) -> str | None:
    """The id of the text that says why a codestream is not thinned; None when it may be."""
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
    return None


# --- how it is done -----


def _thin(data: bytes | bytearray | memoryview, passes: int, headers: Codestream) -> Thinned:
    import numpy as np

    from dcp.picture.pass_kernel import rewritten

    walked = walk(data, headers)
    plan, count = walked.plan, walked.contributions
    block, had, sizes, _ = (each[:count] for each in walked.found.out)
    cut = np.maximum(passes - _lighter(headers, plan), 0)[block]
    full = 3 * walked.found.left[block] - 2
    keep = np.minimum(had, np.maximum(full - cut, 1))
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
    return Thinned(_assembled(data, headers, parts), int(had.sum()), int(keep.sum()))


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


# --- how heavy a bit plane of a band is -----

_LIFTING = (0.443506852043971, 0.882911075530934, -0.052980118572961, -1.586134342059924)
_SCALE = 1.230174104914001
"""Of the inverse 9-7 transform, in the order of its steps (ISO 15444-1 table F.4)."""
_COLOUR = ((1.0, 1.0, 1.0), (0.0, 0.344136, 1.772), (1.402, 0.714136, 0.0))
"""What a unit of Y, Cb, Cr is in R, G, B (G.3)."""


def _lighter(headers: Codestream, plan: Plan) -> Any:
    """Of each code block, by how many passes its band outweighs the one that matters least."""
    import numpy as np

    weights = []
    for precinct in plan.precincts:
        component = precinct.component
        style, steps = headers.style_of(component), headers.quantization_of(component)
        colour = math.hypot(*_COLOUR[component]) if headers.mct and component < 3 else 1.0
        for band in range(1, 4) if precinct.resolution else (0,):
            weights.append(_weight(steps, style.levels, precinct.resolution, band) * colour)
    steps_apart = np.rint(3 * np.log2(np.array(weights) / min(weights))).astype(np.int64)
    of = np.zeros(plan.nodes, np.int64)
    for band, first in enumerate(plan.first_block):
        of[first : first + plan.blocks[band]] = steps_apart[band]
    return of


@lru_cache(maxsize=256)
def _weight(steps: bytes, levels: int, resolution: int, band: int) -> float:
    """What one quantization step of a band comes to in the picture, samples being from 0 to 1."""
    number = 3 * (resolution - 1) + band if resolution else 0
    derived = steps[0] & 31 == 1
    (value,) = struct.unpack_from(">H", steps, 1 if derived else 1 + 2 * number)
    exponent, mantissa = value >> 11, value & 2047
    if derived and resolution:
        exponent -= resolution - 1
    gain = (band & 1) + (band >> 1)
    halved = levels - resolution + (1 if resolution else 0)
    norm = _norm(halved, band & 1) * _norm(halved, band >> 1)
    return math.ldexp(1 + mantissa / 2048, gain - exponent) * norm


@lru_cache(maxsize=64)
def _norm(levels: int, high: int) -> float:
    """The length of the signal that one coefficient of a band becomes, in one dimension."""
    signal = [0.0] * 16
    signal[8] = 1.0
    for level in range(levels):
        wide = [0.0] * (2 * len(signal))
        wide[high if level == 0 else 0 :: 2] = signal
        signal = _inverse(wide)
    return math.sqrt(sum(value * value for value in signal))


def _inverse(signal: list[float]) -> list[float]:
    """One step of the transform back: low values at even places, high ones at odd ones."""
    size = len(signal)
    signal = [value / _SCALE if n % 2 else value * _SCALE for n, value in enumerate(signal)]
    for step, factor in enumerate(_LIFTING):
        for n in range(step % 2, size, 2):
            signal[n] -= factor * (signal[n - 1] + signal[(n + 1) % size])
    return signal
