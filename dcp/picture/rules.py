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
from dcp.texts.catalogue import Text, text

Found = tuple[str, Text]
"""The id of a check and what is wrong."""

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


def over_limits(codestream: Codestream, limits: FrameLimits) -> list[Found]:
    """J2K-002 and J2K-005: the byte limits of the frame, of each component, and of two together in HDR."""
    found = []
    if codestream.size > limits.total:
        found.append(("J2K-002", text("J2K-002.frame", bytes=codestream.size, most=limits.total)))
    for number, size in enumerate(component_sizes(codestream)):
        if size > limits.component:
            places = {"component": number, "bytes": size, "most": limits.component}
            found.append(("J2K-005", text("J2K-005.component", **places)))
    rest = sum(component_sizes(codestream)[1:])
    if limits.rest is not None and rest > limits.rest:
        found.append(("J2K-005", text("J2K-005.rest", bytes=rest, most=limits.rest)))
    return found


def limits_for(codestream: Codestream, rate: Fraction, *, stereo: bool = False) -> FrameLimits:
    """The byte limits of a codestream at `rate` edit units a second."""
    four_k = _is_4k(codestream)
    mbps = (
        DCI_MBPS if rate * (2 if stereo else 1) < 48 or four_k else 2 * DCI_MBPS if rate >= 60 else DCI_MBPS
    )
    return frame_limits(rate, four_k=four_k, stereo=stereo, mbps=mbps)


def faults(codestream: Codestream, *, rate: Fraction, stereo: bool = False) -> list[Found]:
    """Everything that a cinema server may stumble over. rate: edit units a second."""
    four_k = _is_4k(codestream)
    return [
        *((found.id.partition(".")[0], found) for found in _form(codestream, four_k)),
        *((found.id.partition(".")[0], found) for found in _tile_part_faults(codestream, four_k)),
        *over_limits(codestream, limits_for(codestream, rate, stereo=stereo)),
    ]


def _is_4k(codestream: Codestream) -> bool:
    return codestream.rsiz == CINEMA_4K or codestream.four_k


def _form(codestream: Codestream, four_k: bool) -> Iterator[Text]:
    size = "4K" if four_k else "2K"
    if not four_k and codestream.rsiz != CINEMA_2K:
        yield text("J2K-006.rsiz", rsiz=codestream.rsiz, expected=CINEMA_2K)
    if four_k and codestream.rsiz != CINEMA_4K:
        yield text("J2K-007.rsiz", rsiz=codestream.rsiz, expected=CINEMA_4K)
    guard = 2 if four_k else 1
    if codestream.guard_bits != guard:
        yield text("J2K-009.guard-bits" if four_k else "J2K-008.guard-bits", n=codestream.guard_bits)
    if (codestream.xtsiz, codestream.ytsiz) != (codestream.xsiz, codestream.ysiz):
        yield text("J2K-010.tile")
    width, height = codestream.code_block
    if width != 32:
        yield text("J2K-011.width", n=width)
    if height != 32:
        yield text("J2K-012.height", n=height)
    yield from _progression_changes(codestream, four_k)
    if not codestream.has_tlm:
        yield text("J2K-019.no-tlm")
    if codestream.transformation != NINE_SEVEN:
        yield text("J2K-020.wavelet")
    levels = 6 if four_k else 5
    if codestream.levels != levels:
        yield text("J2K-021.levels", n=codestream.levels, size=size, expected=levels)
    shapes = {(c.ssiz, c.xrsiz, c.yrsiz) for c in codestream.components}
    if len(codestream.components) != 3 or shapes != {(11, 1, 1)}:
        yield text("J2K-022.components")
    if codestream.progression != CPRL:
        yield text("J2K-023.progression")
    if codestream.layers != 1 or codestream.mct != 1:
        yield text("J2K-024.layer")
    if codestream.precincts != ((7, 7), *[(8, 8)] * codestream.levels):
        yield text("J2K-025.precincts")
    if codestream.xosiz or codestream.yosiz or codestream.xtosiz or codestream.ytosiz:
        yield text("J2K-026.origin")
    if codestream.code_block_style or {RGN, PPM, COC, QCC} & set(codestream.markers):
        yield text("J2K-001.main-header")


def _progression_changes(codestream: Codestream, four_k: bool) -> Iterator[Text]:
    count = codestream.markers.count(POC)
    if not four_k:
        if count:
            yield text("J2K-015.poc")
        return
    if count != 1:
        yield text("J2K-016.poc", n=count)
        return
    levels = codestream.levels
    wanted = (
        ProgressionChange(0, 0, 1, levels, 3, CPRL),
        ProgressionChange(levels, 0, 1, levels + 1, 3, CPRL),
    )
    if codestream.poc != wanted:
        yield text("J2K-017.poc")


def _tile_part_faults(codestream: Codestream, four_k: bool) -> Iterator[Text]:
    wanted = 6 if four_k else 3
    if len(codestream.tile_parts) != wanted:
        found = len(codestream.tile_parts)
        yield text("J2K-014.tile-parts" if four_k else "J2K-013.tile-parts", n=found)
    inside = {marker for part in codestream.tile_parts for marker in part.markers}
    if POC in inside:
        yield text("J2K-018.poc")
    if inside & {COD, COC, QCD, QCC, RGN, PPT}:
        yield text("J2K-001.tile-part")
    if TLM in codestream.markers and codestream.tlm != tuple(part.length for part in codestream.tile_parts):
        yield text("J2K-031.tlm")
    if not codestream.has_eoc or codestream.trailing:
        yield text("J2K-032.eoc")
