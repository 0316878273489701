"""What digital cinema asks of a codestream (DCSS 4.3.3, ST 429-4, RDD 52 10.2.1), as numbered checks."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from dcp.picture.codestream import (
    COC,
    COD,
    MARKERS,
    POC,
    PPM,
    PPT,
    QCC,
    QCD,
    RGN,
    TLM,
    Codestream,
    ProgressionChange,
    Style,
)
from dcp.picture.limits import DCI_MBPS, HDR_MBPS, FrameLimits, frame_limits
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
    found: list[Found] = []
    sizes = component_sizes(codestream)
    if codestream.size > limits.total:
        found.append(("J2K-002", text("J2K-002.frame", bytes=codestream.size, most=limits.total)))
    elif limits.rest is None and (not sizes or max(sizes) <= limits.component):
        return found
    for number, size in enumerate(sizes):
        if size > limits.component:
            places = {"component": number, "bytes": size, "most": limits.component}
            found.append(("J2K-005", text("J2K-005.component", **places)))
    rest = sum(sizes[1:])
    if limits.rest is not None and rest > limits.rest:
        found.append(("J2K-005", text("J2K-005.rest", bytes=rest, most=limits.rest)))
    return found


def limits_for(
    codestream: Codestream, rate: Fraction, *, stereo: bool = False, hdr: bool = False
) -> FrameLimits:
    """The byte limits of a codestream at `rate` edit units a second."""
    four_k = _is_4k(codestream)
    mbps = most_mbps(rate, four_k=four_k, stereo=stereo, hdr=hdr)
    return frame_limits(rate, four_k=four_k, stereo=stereo, mbps=mbps, hdr=hdr)


def most_mbps(rate: Fraction, *, four_k: bool = False, stereo: bool = False, hdr: bool = False) -> int:
    """Mbit/s that a picture of `rate` edit units a second may have: twice DCI's at the high rates of practice
    (2K from 60, or 48 for either eye; 4K from 48); in HDR what its addendum has at any rate."""
    if hdr:
        return HDR_MBPS
    return 2 * DCI_MBPS if rate >= (48 if four_k or stereo else 60) else DCI_MBPS


def faults(codestream: Codestream, *, rate: Fraction, stereo: bool = False, hdr: bool = False) -> list[Found]:
    """Everything that a cinema server may stumble over. rate: edit units a second."""
    return Judging(rate, stereo=stereo, hdr=hdr).faults(codestream)


class Judging:
    """`faults` for the codestreams of one track. What only a main header brings about is asked once for all
    that have the same."""

    def __init__(self, rate: Fraction, *, stereo: bool = False, hdr: bool = False) -> None:
        self._rate, self._stereo, self._hdr = rate, stereo, hdr
        self._form: object = None
        self._known: tuple[list[Found], bool, FrameLimits]

    def faults(self, codestream: Codestream) -> list[Found]:
        if codestream.form is None or codestream.form is not self._form:
            four_k = _is_4k(codestream)
            found = [(_rule(each), each) for each in _form(codestream, four_k)]
            limits = limits_for(codestream, self._rate, stereo=self._stereo, hdr=self._hdr)
            self._known = found, four_k, limits
            self._form = codestream.form
        found, four_k, limits = self._known
        over = over_limits(codestream, limits)
        if _all_usual(codestream, 6 if four_k else 3):
            return [*found, *over] if found or over else over
        return [*found, *((_rule(each), each) for each in _tile_part_faults(codestream, four_k)), *over]


def _rule(found: Text) -> str:
    inner = found.places.get("fault")
    return (inner.id if isinstance(inner, Text) else found.id).partition(".")[0]


def _is_4k(codestream: Codestream) -> bool:
    return codestream.rsiz == CINEMA_4K or codestream.four_k


def _form(codestream: Codestream, four_k: bool) -> Iterator[Text]:
    if not four_k and codestream.rsiz != CINEMA_2K:
        yield text("J2K-006.rsiz", rsiz=codestream.rsiz, expected=CINEMA_2K)
    if four_k and codestream.rsiz != CINEMA_4K:
        yield text("J2K-007.rsiz", rsiz=codestream.rsiz, expected=CINEMA_4K)
    if (codestream.xtsiz, codestream.ytsiz) != (codestream.xsiz, codestream.ysiz):
        yield text("J2K-010.tile")
    yield from _coding(codestream, four_k)
    yield from _progression_changes(codestream, four_k)
    if not codestream.has_tlm:
        yield text("J2K-019.no-tlm")
    shapes = {(c.ssiz, c.xrsiz, c.yrsiz) for c in codestream.components}
    if len(codestream.components) != 3 or shapes != {(11, 1, 1)}:
        yield text("J2K-022.components")
    if codestream.progression != CPRL:
        yield text("J2K-023.progression")
    if codestream.layers != 1 or codestream.mct != 1:
        yield text("J2K-024.layer")
    if codestream.xosiz or codestream.yosiz or codestream.xtosiz or codestream.ytosiz:
        yield text("J2K-026.origin")
    forbidden = [MARKERS[marker] for marker in (RGN, PPM) if marker in codestream.markers]
    if forbidden:
        yield text("J2K-001.main-header", markers=", ".join(forbidden))


def _coding(codestream: Codestream, four_k: bool) -> Iterator[Text]:
    """COD and QCD, and what COC and QCC say otherwise of a component: the main header may have them, the
    values are the profile's all the same. What several say alike is said once."""
    said: set[tuple[object, ...]] = set()
    for component, fault in _by_component(codestream, four_k):
        key = (fault.id, *(value for name, value in fault.places.items() if name != "marker"))
        if key not in said:
            said.add(key)
            yield fault if component is None else text("J2K.of-component", component=component, fault=fault)


def _by_component(codestream: Codestream, four_k: bool) -> Iterator[tuple[int | None, Text]]:
    own = codestream.own
    count = len(codestream.components)
    styled = {each.component for each in own if each.style is not None}
    stepped = {each.component for each in own if each.style is None}
    if not styled.issuperset(range(count)):
        yield from ((None, fault) for fault in _style(codestream.default_style, four_k))
    if not stepped.issuperset(range(count)):
        yield from (
            (None, fault) for fault in _steps("QCD", codestream.qcd, codestream.default_style, four_k)
        )
    seen: set[tuple[int, bool]] = set()
    for each in own:
        name = "COC" if each.style is not None else "QCC"
        key = each.component, each.style is not None
        if each.component >= count:
            yield None, text("J2K-036.component", marker=name, component=each.component, n=count)
        elif key in seen:
            yield None, text("J2K-036.twice", marker=name, component=each.component)
        elif each.style is not None:
            yield from ((each.component, fault) for fault in _style(each.style, four_k))
        else:
            style = codestream.style_of(each.component)
            faults = _steps("QCC", each.quantization, style, four_k)
            yield from ((each.component, fault) for fault in faults)
        seen.add(key)
    for component in sorted(styled - stepped & set(range(count))):
        for fault in _steps("QCD", codestream.qcd, codestream.style_of(component), four_k):
            if fault.id == "J2K-037.steps":
                yield component, fault


def _style(style: Style, four_k: bool) -> Iterator[Text]:
    width, height = style.code_block
    if width != 32:
        yield text("J2K-011.width", n=width)
    if height != 32:
        yield text("J2K-012.height", n=height)
    if style.code_block_style:
        yield text("J2K-001.style", style=style.code_block_style)
    if style.transformation != NINE_SEVEN:
        yield text("J2K-020.wavelet")
    levels = 6 if four_k else 5
    if style.levels != levels:
        id = "J2K-021.fewer" if style.levels < levels else "J2K-021.levels"
        yield text(id, n=style.levels, size="4K" if four_k else "2K", expected=levels)
    if style.precincts != ((7, 7), *[(8, 8)] * style.levels):
        yield text("J2K-025.precincts")


def _steps(name: str, quantization: bytes, style: Style, four_k: bool) -> Iterator[Text]:
    """Guard bits, and a step size for each sub-band of the irreversible wavelet."""
    guard = quantization[0] >> 5
    if guard != (2 if four_k else 1):
        yield text("J2K-009.guard-bits" if four_k else "J2K-008.guard-bits", n=guard)
    form, size = quantization[0] & 31, len(quantization) - 1
    wanted = {1: 2, 2: 2 * (3 * style.levels + 1)}.get(form)
    if style.transformation != NINE_SEVEN:
        return
    if wanted is None:
        yield text("J2K-037.form", marker=name, form=form)
    elif size < wanted:
        yield text("J2K-037.steps", marker=name, n=size // 2, expected=wanted // 2)


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
    parts = codestream.tile_parts
    if len(parts) != wanted:
        yield text("J2K-014.tile-parts" if four_k else "J2K-013.tile-parts", n=len(parts))
    yield from _numbering(codestream)
    inside = {marker for part in parts for marker in part.markers}
    if POC in inside:
        yield text("J2K-018.poc")
    forbidden = [MARKERS[marker] for marker in (COD, COC, QCD, QCC, RGN, PPT) if marker in inside]
    if forbidden:
        yield text("J2K-001.tile-part", markers=", ".join(forbidden))
    if TLM in codestream.markers and codestream.tlm != tuple(part.length for part in parts):
        yield text("J2K-031.tlm")
    elif len(codestream.tlm_tiles) == len(parts) and codestream.tlm_tiles != tuple(
        part.tile for part in parts
    ):
        yield text("J2K-031.tiles")
    if not codestream.has_eoc:
        yield text("J2K-032.eoc")
    elif codestream.trailing:
        yield text("J2K-032.after", n=codestream.trailing)


def _all_usual(codestream: Codestream, wanted: int) -> bool:
    """Whether there is nothing to be said, as of nearly every frame: that is quickly found."""
    parts = codestream.tile_parts
    if len(parts) != wanted or not codestream.has_eoc or codestream.trailing or codestream.tlm_tiles:
        return False
    for number, part in enumerate(parts):
        if part.tile or part.part != number or part.markers or part.count not in (0, wanted):
            return False
    return TLM not in codestream.markers or codestream.tlm == tuple([part.length for part in parts])


def _numbering(codestream: Codestream) -> Iterator[Text]:
    """Tile parts count from 0 in each tile, and where SOT says how many there are, it is so."""
    tiles = -(-(codestream.xsiz - codestream.xtosiz) // codestream.xtsiz) * -(
        -(codestream.ysiz - codestream.ytosiz) // codestream.ytsiz
    )
    count: dict[int, int] = {}
    for part in codestream.tile_parts:
        if part.tile >= tiles:
            yield text("J2K-034.tile", tile=part.tile, n=tiles)
            return
        if part.part != count.get(part.tile, 0):
            yield text("J2K-034.order", part=part.part, expected=count.get(part.tile, 0))
            return
        count[part.tile] = part.part + 1
    said = {(part.tile, part.count) for part in codestream.tile_parts if part.count}
    for tile, number in sorted(said):
        if number != count[tile]:
            yield text("J2K-035.count", said=number, found=count[tile])
            return
