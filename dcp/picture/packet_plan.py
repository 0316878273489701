"""Which packets a codestream has, in which order, with which code blocks (ISO 15444-1 B.5 to B.12).

Tables for `dcp.picture.packet_kernel`, made once for all frames whose headers agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from dcp.dataclass import dataclass
from dcp.picture.codestream import POC, PPM, PPT, RGN, Codestream, Style

MOST_BLOCKS = 400_000
"""Cinema's 4K has 36,000 code blocks in 600 packets. What asks for more is not walked."""
_OF_PRECINCT = 8
"""Code blocks that a precinct counts for: so much more of it is remembered."""

_KNOWN = 0x2A  # bits of the code block style with which a contribution still has one length


@dataclass(frozen=True)
class Precinct:
    """component, resolution (0 the smallest), number in raster order. blocks: code blocks of its bands."""

    component: int
    resolution: int
    number: int
    blocks: int


@dataclass(frozen=True)
class Plan:
    """All that the headers say of the packets; the same for every frame of a film. order to parent: tables of
    `packet_kernel.walk`. nodes: of all tag trees. total: code blocks. areas: samples of each band of a
    precinct."""

    precincts: tuple[Precinct, ...]
    order: Any
    first_band: Any
    first_block: Any
    blocks: Any
    planes: Any
    samples: Any
    parent: Any
    nodes: int
    total: int
    layers: int
    areas: Any

    @property
    def packets(self) -> int:
        return len(self.order) // 2


def why_not(headers: Codestream) -> str | None:
    """The id of the text that says why packets are not walked (`packets.*`); None when they are."""
    inside = {marker for part in headers.tile_parts for marker in part.markers}
    if headers.xtsiz + headers.xtosiz < headers.xsiz or headers.ytsiz + headers.ytosiz < headers.ysiz:
        return "packets.tiles"
    if (
        {PPM, RGN} & set(headers.markers)
        or inside & {PPT, RGN, POC}
        or any(p.tile for p in headers.tile_parts)
    ):
        return "packets.markers"
    styles = [headers.style_of(number) for number in range(min(len(headers.components), 256))]
    if len(headers.components) > 256 or any(style.code_block_style & ~_KNOWN for style in styles):
        return "packets.style"
    if any(min(style.code_block) < 4 or math.prod(style.code_block) > 4096 for style in styles):
        return "packets.style"  # no code block has another size (table A.18)
    if _count(headers, styles) * max(len(headers.poc), 1) > MOST_BLOCKS:  # each change goes through them all
        return "packets.many"
    return None


def plan_of(headers: Codestream) -> Plan:
    """The tables; remembered for the last few kinds of headers. Only where `why_not` gives None."""
    return plan_of_shape(shape_of(headers))


def table(values: Sequence[int]) -> Any:
    """As the kernel takes it."""
    from dcp.picture.packet_kernel import COMPILED

    if not COMPILED:
        return list(values)
    import numpy as np

    return np.array(values, np.int64)


@dataclass(frozen=True)
class Shape:
    """What the plan hangs on."""

    area: tuple[int, int, int, int]
    sampling: tuple[tuple[int, int], ...]
    styles: tuple[Style, ...]
    steps: tuple[bytes, ...]
    progressions: tuple[tuple[int, int, int, int, int, int], ...]
    layers: int


def shape_of(headers: Codestream) -> Shape:
    count = len(headers.components)
    whole = (0, 0, headers.layers, 33, count, headers.progression)
    changes = tuple((c.rs, c.cs, c.lye, c.re, c.ce, c.p) for c in headers.poc)
    return Shape(
        (headers.xosiz, headers.yosiz, headers.xsiz, headers.ysiz),
        tuple((each.xrsiz, each.yrsiz) for each in headers.components),
        tuple(headers.style_of(number) for number in range(count)),
        tuple(headers.quantization_of(number) for number in range(count)),
        changes or (whole,),
        headers.layers,
    )


def _up(value: int, step: int) -> int:
    return -(-value // step)


def _exponents(style: Style, resolution: int) -> tuple[int, int]:
    return style.precincts[resolution] if style.precincts else (15, 15)


def _count(headers: Codestream, styles: Sequence[Style]) -> int:
    """Code blocks, or what precincts or packets count for where that is more: at most so many; without a list
    of them."""
    total = 0
    for size, style in zip(headers.components, styles, strict=True):
        for resolution in range(style.levels + 1):
            halved = style.levels - resolution
            across, down = (
                _up(_up(headers.xsiz, size.xrsiz), 1 << halved),
                _up(_up(headers.ysiz, size.yrsiz), 1 << halved),
            )
            px, py = _exponents(style, resolution)
            precincts = (_up(across, 1 << px) + 1) * (_up(down, 1 << py) + 1)
            shrink = 1 if resolution else 0
            wide = max(min(style.code_block[0], 1 << max(px - shrink, 0)), 1) << shrink
            high = max(min(style.code_block[1], 1 << max(py - shrink, 0)), 1) << shrink
            blocks = (_up(across, wide) + 1) * (_up(down, high) + 1) * (3 if resolution else 1)
            total += max(_OF_PRECINCT * precincts, blocks) * max(headers.layers, 1)
            if total > MOST_BLOCKS:
                return total
    return total


@lru_cache(maxsize=4)
def plan_of_shape(shape: Shape) -> Plan:
    """The same by what it hangs on."""
    x0, y0, x1, y1 = shape.area
    precincts: list[Precinct] = []
    places: list[tuple[int, int]] = []
    first_band = [0]
    first_block: list[int] = []
    blocks: list[int] = []
    planes: list[int] = []
    samples: list[int] = []
    areas: list[int] = []
    parent: list[int] = []
    total = 0
    for component, ((xr, yr), style) in enumerate(zip(shape.sampling, shape.styles, strict=True)):
        tile = _up(x0, xr), _up(y0, yr), _up(x1, xr), _up(y1, yr)
        for resolution in range(style.levels + 1):
            scale = 1 << (style.levels - resolution)
            left, top, right, bottom = (_up(value, scale) for value in tile)
            if right <= left or bottom <= top:
                continue
            px, py = _exponents(style, resolution)
            across = range(left >> px, _up(right, 1 << px))
            down = range(top >> py, _up(bottom, 1 << py))
            for row in down:
                for column in across:
                    before = total
                    for band in range(1, 4) if resolution else (0,):
                        grid = _grid(tile, style, resolution, band, (px, py), (column, row))
                        wide, high, area, held = grid
                        areas.append(held)
                        first_block.append(len(parent))
                        blocks.append(wide * high)
                        samples.append(area)
                        steps = shape.steps[component]
                        planes.append(_bit_planes(steps, style.levels, resolution, band))
                        parent.extend(_tree(wide, high, len(parent)))
                        total += wide * high
                    first_band.append(len(blocks))
                    number = (row - down.start) * len(across) + column - across.start
                    precincts.append(Precinct(component, resolution, number, total - before))
                    places.append((max(y0, (row << py) * scale * yr), max(x0, (column << px) * scale * xr)))
    return Plan(
        tuple(precincts),
        table(_order(shape, precincts, places)),
        table(first_band),
        table(first_block),
        table(blocks),
        table(planes),
        table(samples),
        table(parent),
        len(parent),
        total,
        max(shape.layers, 1),
        table(areas),
    )


def _grid(
    tile: tuple[int, int, int, int],
    style: Style,
    resolution: int,
    band: int,
    exponents: tuple[int, int],
    place: tuple[int, int],
) -> tuple[int, int, int, int]:
    """Code blocks across and down of a band in a precinct, samples of a whole block and of them all (B.5)."""
    shrink = 1 if resolution else 0
    halved = style.levels - resolution + shrink
    spans, sizes, held = [], [], 1
    for axis in range(2):
        offset = (band >> axis & 1) << halved >> 1
        low = _up(tile[axis] - offset, 1 << halved)
        high = _up(tile[axis + 2] - offset, 1 << halved)
        size = max(exponents[axis] - shrink, 0)
        low, high = max(low, place[axis] << size), min(high, (place[axis] + 1) << size)
        cell = min(style.code_block[axis], 1 << size)
        spans.append(_up(high, cell) - low // cell if high > low else 0)
        sizes.append(cell)
        held *= max(high - low, 0)
    wide, high = spans
    return (wide, high, sizes[0] * sizes[1], held) if wide and high else (0, 0, 0, 0)


def _tree(wide: int, high: int, first: int) -> list[int]:
    """The parents of the nodes of a tag tree, leaves first in raster order; -1 of the root."""
    nodes: list[int] = []
    if not wide * high:
        return nodes
    while True:
        above = first + len(nodes) + wide * high
        if wide * high == 1:
            return [*nodes, -1]
        across = _up(wide, 2)
        nodes += [above + (row // 2) * across + column // 2 for row in range(high) for column in range(wide)]
        wide, high = across, _up(high, 2)


def _bit_planes(steps: bytes, levels: int, resolution: int, band: int) -> int:
    """Mb of a band (E.1)."""
    guard, form = steps[0] >> 5, steps[0] & 31
    number = 3 * (resolution - 1) + band if resolution else 0
    if form == 0:
        exponent = steps[1 + number] >> 3 if len(steps) > 1 + number else 31
    elif form == 1:
        exponent = (steps[1] >> 3 if len(steps) > 1 else 31) - (resolution - 1 if resolution else 0)
    else:
        exponent = steps[1 + 2 * number] >> 3 if len(steps) > 1 + 2 * number else 31
    return max(guard + exponent - 1, 0)


def _order(shape: Shape, precincts: Sequence[Precinct], places: Sequence[tuple[int, int]]) -> list[int]:
    """Precinct and layer of each packet, in turn (B.12)."""
    keys: dict[int, Callable[[int, int], tuple[int, ...]]] = {
        0: lambda n, layer: (layer, precincts[n].resolution, precincts[n].component, precincts[n].number),
        1: lambda n, layer: (precincts[n].resolution, layer, precincts[n].component, precincts[n].number),
        2: lambda n, layer: (precincts[n].resolution, *places[n], precincts[n].component, n, layer),
        3: lambda n, layer: (*places[n], precincts[n].component, precincts[n].resolution, n, layer),
        4: lambda n, layer: (precincts[n].component, *places[n], precincts[n].resolution, n, layer),
    }
    done: set[tuple[int, int]] = set()
    order: list[int] = []
    for least, first, layers, stop, last, progression in shape.progressions:
        some = [
            (n, layer)
            for n, precinct in enumerate(precincts)
            if least <= precinct.resolution < stop and first <= precinct.component < (last or 256)
            for layer in range(min(layers, shape.layers))
            if (n, layer) not in done
        ]
        key = keys[min(progression, 4)]
        for n, layer in sorted(some, key=lambda each: key(*each)):
            order += [n, layer]
            done.add((n, layer))
    return order
