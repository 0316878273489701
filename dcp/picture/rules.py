"""What digital cinema asks of a codestream (DCSS 4.3.3, ST 429-4, RDD 52 10.2.1), as numbered checks."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from dcp.picture.codestream import (
    COC,
    COD,
    POC,
    PPM,
    PPT,
    QCC,
    QCD,
    RGN,
    TLM,
    Codestream,
    ProgressionChange,
)
from dcp.picture.limits import DCI_MBPS, FrameLimits, frame_limits

CPRL = 4
NINE_SEVEN = 0
CINEMA_2K, CINEMA_4K = 3, 4


def component_sizes(codestream: Codestream) -> tuple[int, ...]:
    """Bytes in the tile parts of each component: cinema's tile parts hold one component each, in order.

    2K: three parts; 4K: three of the 2K part, then three of the rest. Empty when it is neither.
    """
    lengths = [part.length for part in codestream.tile_parts]
    if len(lengths) == 3:
        return tuple(lengths)
    if len(lengths) == 6:
        return tuple(lengths[index] + lengths[index + 3] for index in range(3))
    return ()


def over_limits(codestream: Codestream, limits: FrameLimits) -> list[tuple[str, str]]:
    """J2K-002 and J2K-005: the byte limits of the frame, of each component, and of the 2K part of 4K."""
    found = []
    if codestream.size > limits.total:
        found.append(("J2K-002", f"the frame has {codestream.size} bytes, more than {limits.total}"))
    for number, size in enumerate(component_sizes(codestream)):
        if size > limits.component:
            found.append(("J2K-005", f"component {number} has {size} bytes, more than {limits.component}"))
    return found


def limits_for(codestream: Codestream, rate: Fraction, *, stereo: bool = False) -> FrameLimits:
    """The byte limits of a codestream at `rate` edit units a second."""
    four_k = _is_4k(codestream)
    mbps = (
        DCI_MBPS if rate * (2 if stereo else 1) < 48 or four_k else 2 * DCI_MBPS if rate >= 60 else DCI_MBPS
    )
    return frame_limits(rate, four_k=four_k, stereo=stereo, mbps=mbps)


def faults(codestream: Codestream, *, rate: Fraction, stereo: bool = False) -> list[tuple[str, str]]:
    """(check id, message) for everything that a cinema server may stumble over. rate: edit units a second."""
    four_k = _is_4k(codestream)
    return [
        *_form(codestream, four_k),
        *_tile_part_faults(codestream, four_k),
        *over_limits(codestream, limits_for(codestream, rate, stereo=stereo)),
    ]


def _is_4k(codestream: Codestream) -> bool:
    return codestream.rsiz == CINEMA_4K or codestream.four_k


def _form(codestream: Codestream, four_k: bool) -> Iterator[tuple[str, str]]:
    size = "4K" if four_k else "2K"
    if not four_k and codestream.rsiz != CINEMA_2K:
        yield "J2K-006", f"Rsiz is {codestream.rsiz}, not {CINEMA_2K} (cinema 2K)"
    if four_k and codestream.rsiz != CINEMA_4K:
        yield "J2K-007", f"Rsiz is {codestream.rsiz}, not {CINEMA_4K} (cinema 4K)"
    guard = 2 if four_k else 1
    if codestream.guard_bits != guard:
        yield ("J2K-009" if four_k else "J2K-008"), f"{codestream.guard_bits} guard bits; {size} has {guard}"
    if (codestream.xtsiz, codestream.ytsiz) != (codestream.xsiz, codestream.ysiz):
        yield "J2K-010", "the tile does not cover the picture"
    width, height = codestream.code_block
    if width != 32:
        yield "J2K-011", f"code blocks are {width} wide, not 32"
    if height != 32:
        yield "J2K-012", f"code blocks are {height} high, not 32"
    yield from _progression_changes(codestream, four_k)
    if not codestream.has_tlm:
        yield "J2K-019", "there is no TLM marker"
    if codestream.transformation != NINE_SEVEN:
        yield "J2K-020", "the wavelet is not the irreversible 9/7"
    levels = 6 if four_k else 5
    if codestream.levels != levels:
        yield "J2K-021", f"{codestream.levels} decomposition levels; {size} has {levels}"
    shapes = {(c.ssiz, c.xrsiz, c.yrsiz) for c in codestream.components}
    if len(codestream.components) != 3 or shapes != {(11, 1, 1)}:
        yield "J2K-022", "not three components of 12 bits without subsampling"
    if codestream.progression != CPRL:
        yield "J2K-023", "the progression is not CPRL"
    if codestream.layers != 1 or codestream.mct != 1:
        yield "J2K-024", "not one quality layer with the component transform on"
    if codestream.precincts != ((7, 7), *[(8, 8)] * codestream.levels):
        yield "J2K-025", "precincts are not 128 at the lowest resolution and 256 above"
    if codestream.xosiz or codestream.yosiz or codestream.xtosiz or codestream.ytosiz:
        yield "J2K-026", "the origin of the picture or of the tile is not zero"
    if codestream.code_block_style or {RGN, PPM, COC, QCC} & set(codestream.markers):
        yield "J2K-001", "a coding style or marker that the cinema profile forbids"


def _progression_changes(codestream: Codestream, four_k: bool) -> Iterator[tuple[str, str]]:
    count = codestream.markers.count(POC)
    if not four_k:
        if count:
            yield "J2K-015", "2K has no POC marker"
        return
    if count != 1:
        yield "J2K-016", f"{count} POC markers in the main header; 4K has one"
        return
    levels = codestream.levels
    wanted = (
        ProgressionChange(0, 0, 1, levels, 3, CPRL),
        ProgressionChange(levels, 0, 1, levels + 1, 3, CPRL),
    )
    if codestream.poc != wanted:
        yield "J2K-017", "POC does not part the 2K picture from the rest"


def _tile_part_faults(codestream: Codestream, four_k: bool) -> Iterator[tuple[str, str]]:
    wanted = 6 if four_k else 3
    if len(codestream.tile_parts) != wanted:
        found = len(codestream.tile_parts)
        yield ("J2K-014" if four_k else "J2K-013"), f"{found} tile parts, not {wanted}"
    inside = {marker for part in codestream.tile_parts for marker in part.markers}
    if POC in inside:
        yield "J2K-018", "POC stands in a tile-part header"
    if inside & {COD, COC, QCD, QCC, RGN, PPT}:
        yield "J2K-001", "a marker in a tile-part header that the cinema profile forbids there"
    if TLM in codestream.markers and codestream.tlm != tuple(part.length for part in codestream.tile_parts):
        yield "J2K-031", "the lengths in TLM are not those of the tile parts"
    if not codestream.has_eoc or codestream.trailing:
        yield "J2K-032", "the codestream does not end with EOC"
