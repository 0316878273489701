"""JPEG 2000 codestreams: the markers of the headers (ISO 15444-1 Annex A), and what cinema asks of them.

Only headers are looked at; the entropy-coded data are stepped over by the lengths of the tile parts.
"""

from __future__ import annotations

import struct
from dataclasses import field
from typing import Any, NamedTuple

from dcp.dataclass import dataclass
from dcp.errors import CodestreamError
from dcp.picture.cinema import is_four_k
from dcp.texts.catalogue import text

SOC, SIZ, SOT, SOD, EOC = 0xFF4F, 0xFF51, 0xFF90, 0xFF93, 0xFFD9
COD, COC, QCD, QCC, RGN, POC = 0xFF52, 0xFF53, 0xFF5C, 0xFF5D, 0xFF5E, 0xFF5F
TLM, PLM, PLT, PPM, PPT, CRG, COM, CAP = 0xFF55, 0xFF57, 0xFF58, 0xFF60, 0xFF61, 0xFF63, 0xFF64, 0xFF50
MARKERS = {
    SIZ: "SIZ", COD: "COD", COC: "COC", QCD: "QCD", QCC: "QCC", RGN: "RGN", POC: "POC", TLM: "TLM",
    PLM: "PLM", PLT: "PLT", PPM: "PPM", PPT: "PPT", CRG: "CRG", COM: "COM", CAP: "CAP",
}  # fmt: skip
_ONCE = {SIZ, COD, QCD, CAP}
MAX_TILE_PARTS = 65_535
MAX_COMPONENTS = 16_384  # ISO 15444-1 table A.9
MAX_SEGMENTS = 2 * MAX_COMPONENTS + 1024
"""Of a main header: a COC and a QCC a component, and room for the others."""
MAX_LISTED = 6 * MAX_TILE_PARTS
"""Bytes of what lists tile parts and progressions: TLM at its longest."""

PROGRESSIONS = ("LRCP", "RLCP", "RPCL", "PCRL", "CPRL")


@dataclass(frozen=True)
class ComponentSize:
    """ssiz: bit depth less one (bit 7: signed); xrsiz, yrsiz: subsampling."""

    ssiz: int
    xrsiz: int
    yrsiz: int


@dataclass(frozen=True)
class ProgressionChange:
    """One entry of POC: resolutions rs to re - 1, components cs to ce - 1, up to layer lye, in order `p`."""

    rs: int
    cs: int
    lye: int
    re: int
    ce: int
    p: int


class TilePart(NamedTuple):
    """offset and length in bytes, SOT included. markers: those of its header. data: offset of what follows
    SOD. count: how many parts SOT says that the tile has; 0 where it does not say."""

    tile: int
    part: int
    offset: int
    length: int
    markers: tuple[int, ...] = ()
    data: int = 0
    count: int = 0  # type: ignore[assignment]  # (no use is made of the tuple's own)


@dataclass(frozen=True)
class Style:
    """How a component is coded: the part that COD and COC have in common, names as in `Codestream`."""

    levels: int
    code_block: tuple[int, int]
    code_block_style: int
    transformation: int
    precincts: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Own:
    """What a COC (`style`) or a QCC (`quantization`: from Sqcc on) of the main header says of a component."""

    component: int
    style: Style | None = None
    quantization: bytes = b""


@dataclass(frozen=True)
class Codestream:
    """The headers of one codestream. Names are the standard's; sizes in samples and bytes.

    cod: from Scod on; qcd: from Sqcd on, both as they stand. markers: of the main header, in order.
    levels: decomposition levels. precincts: (width, height) exponents, lowest resolution first, empty for the
    default. tlm: the lengths that the TLM markers state; tlm_tiles: the tiles that they name, where they do.
    has_eoc: EOC stands where the last tile part ends. own: the COC and QCC of the main header, in order.
    """

    rsiz: int
    xsiz: int
    ysiz: int
    xosiz: int
    yosiz: int
    xtsiz: int
    ytsiz: int
    xtosiz: int
    ytosiz: int
    components: tuple[ComponentSize, ...]
    cod: bytes
    qcd: bytes
    progression: int
    layers: int
    mct: int
    levels: int
    code_block: tuple[int, int]
    code_block_style: int
    transformation: int
    precincts: tuple[tuple[int, int], ...]
    guard_bits: int
    poc: tuple[ProgressionChange, ...]
    tile_parts: tuple[TilePart, ...]
    tlm: tuple[int, ...]
    markers: tuple[int, ...]
    has_eoc: bool
    size: int
    main_header_size: int
    trailing: int
    own: tuple[Own, ...] = ()
    tlm_tiles: tuple[int, ...] = ()
    form: object = field(default=None, repr=False, compare=False)
    """One thing for all of a `Series` whose main headers are alike, but for what TLM says."""

    @property
    def width(self) -> int:
        return self.xsiz - self.xosiz

    @property
    def height(self) -> int:
        return self.ysiz - self.yosiz

    @property
    def has_tlm(self) -> bool:
        return TLM in self.markers

    @property
    def default_style(self) -> Style:
        """Of COD: of every component that has no COC."""
        return Style(self.levels, self.code_block, self.code_block_style, self.transformation, self.precincts)

    def style_of(self, component: int) -> Style:
        """How a component is coded; the last COC that names it holds."""
        own = [each.style for each in self.own if each.component == component and each.style is not None]
        return own[-1] if own else self.default_style

    def quantization_of(self, component: int) -> bytes:
        """Sqcd and what follows, or those of the component's QCC."""
        own = [each.quantization for each in self.own if each.component == component and each.style is None]
        return own[-1] if own else self.qcd

    @property
    def four_k(self) -> bool:
        """Whether it is more than a 2K codestream holds (2048x1080)."""
        return is_four_k((self.width, self.height))


def parse_codestream(data: bytes | bytearray | memoryview) -> Codestream:
    """Read the headers. CodestreamError, with the byte offset, for what is no codestream or is cut off."""
    view = memoryview(data).cast("B")
    if len(view) < 4 or _u16(view, 0) != SOC:
        raise _fault("codestream.no-codestream", 0)
    if _u16(view, 2) != SIZ:
        raise _fault("codestream.no-siz", 2)
    segments, position = _main_header(view)
    seen = [marker for marker, _, _ in segments]
    for marker in _ONCE:
        if seen.count(marker) > 1:
            raise _fault("codestream.marker-twice", 0, name=MARKERS[marker])
    for marker in (COD, QCD):
        if marker not in seen:
            raise _fault("codestream.marker-missing", position, name=MARKERS[marker])
    body = {marker: (offset, view[offset : offset + length]) for marker, offset, length in reversed(segments)}
    siz = _siz(*body[SIZ])
    cod = _cod(*body[COD])
    qcd = body[QCD][1]
    if not len(qcd):
        raise _fault("codestream.empty-qcd", body[QCD][0])
    wide = len(siz["components"]) > 256
    tile_parts, end, has_eoc = _tile_parts(view, position)
    entries = [
        entry
        for marker, offset, length in segments
        if marker == TLM
        for entry in _tlm(offset, view[offset : offset + length])
    ]
    return Codestream(
        **siz,
        **cod,
        qcd=bytes(qcd),
        guard_bits=qcd[0] >> 5,
        poc=tuple(
            change
            for marker, offset, length in segments
            if marker == POC
            for change in _poc(offset, view[offset : offset + length], wide)
        ),
        tile_parts=tile_parts,
        tlm=tuple(length_of_part for _, length_of_part in entries),
        tlm_tiles=tuple(tile for tile, _ in entries if tile is not None),
        own=tuple(
            _own(marker, offset, view[offset : offset + length], wide)
            for marker, offset, length in segments
            if marker in (COC, QCC)
        ),
        markers=tuple(seen),
        has_eoc=has_eoc,
        size=len(view),
        main_header_size=position,
        trailing=len(view) - end,
    )


class Series:
    """Reads the codestreams of one track: a main header that is as the one before's, lengths in TLM apart, is
    not read again. A codestream by itself comes out the same (`parse_codestream`)."""

    def __init__(self) -> None:
        self._last: Codestream | None = None
        self._same: list[tuple[int, int, bytes]] = []  # [from, to) of the main header, and what stands there
        self._tlm: list[tuple[int, int]] = []

    def parse(self, data: bytes | bytearray | memoryview) -> Codestream:
        """CodestreamError as `parse_codestream` has it."""
        view = memoryview(data).cast("B")
        last = self._last
        if last is None or not self._alike(view, last.main_header_size):
            found = parse_codestream(view)
            self._keep(found, view)
        else:
            parts, end, has_eoc = _tile_parts(view, last.main_header_size)
            lengths, tiles = self._lengths(view)
            found = Codestream.__new__(Codestream)
            found.__dict__.update(last.__dict__)
            found.__dict__.update(
                tile_parts=parts,
                tlm=lengths,
                tlm_tiles=tiles,
                has_eoc=has_eoc,
                size=len(view),
                trailing=len(view) - end,
            )
        return found

    def _alike(self, view: memoryview, size: int) -> bool:
        head = view[: size + 2].tobytes()
        for start, end, was in self._same:
            if head[start:end] != was:
                return False
        return len(head) == size + 2

    def _lengths(self, view: memoryview) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """What TLM says of the tile parts: their lengths, and the tiles they belong to, where it does."""
        if len(self._tlm) == 1:
            start, end = self._tlm[0]
            if view[start + 1] == _LONG and (end - start) % 4 == 2:  # as cinema's encoders have it
                return struct.unpack_from(f">{(end - start) // 4}I", view, start + 2), ()
        entries = [each for start, end in self._tlm for each in _tlm(start, view[start:end])]
        return (
            tuple(length for _, length in entries),
            tuple(tile for tile, _ in entries if tile is not None),
        )

    def _keep(self, found: Codestream, view: memoryview) -> None:
        end = found.main_header_size + 2  # with the marker of the first tile part
        self._last = None
        if end > _MOST_KEPT:
            return
        segments, _ = _main_header(view)
        self._tlm = [(offset, offset + length) for marker, offset, length in segments if marker == TLM]
        bounds = [0]  # the first two bytes of TLM say how its entries look
        for start, stop in self._tlm:
            bounds += (start + 2, stop)
        bounds.append(end)
        pairs = zip(bounds[::2], bounds[1::2], strict=True)
        self._same = [(start, stop, view[start:stop].tobytes()) for start, stop in pairs]
        found.__dict__["form"] = object()
        self._last = found


_MOST_KEPT = 16 * 1024
_LONG = 0x40  # of TLM: lengths of four bytes, and no tiles


def first_sod_end(data: bytes | bytearray | memoryview) -> int:
    """Where the first SOD marker ends: the headers before it may stay in the clear. CodestreamError."""
    view = memoryview(data).cast("B")
    if len(view) < 4 or _u16(view, 0) != SOC:
        raise _fault("codestream.no-codestream", 0)
    _, position = _main_header(view)
    return _tile_header(view, position)[1]


# --- how it is done -----


def _fault(id: str, offset: int, **places: Any) -> CodestreamError:
    return CodestreamError(id, where=text("place.codestream-byte", byte=offset), **places)


def _u16(view: memoryview, offset: int) -> int:
    return view[offset] << 8 | view[offset + 1]


def _segment(view: memoryview, position: int) -> tuple[int, int, int]:
    """The marker segment at `position`: marker, offset and length of its body."""
    if position + 4 > len(view):
        raise _fault("codestream.ends-in-headers", position)
    marker, length = _u16(view, position), _u16(view, position + 2)
    if marker not in MARKERS:
        raise _fault("codestream.unknown-marker", position, marker=marker)
    if length < 2 or position + 2 + length > len(view):
        raise _fault("codestream.marker-cut-off", position, name=MARKERS[marker])
    return marker, position + 4, length - 2


def _main_header(view: memoryview) -> tuple[list[tuple[int, int, int]], int]:
    """The segments of the main header, and where the first SOT stands."""
    segments: list[tuple[int, int, int]] = []
    position, listed = 2, 0
    while True:
        if position + 2 > len(view):
            raise _fault("codestream.ends-in-main-header", position)
        if _u16(view, position) == SOT:
            return segments, position
        segment = _segment(view, position)
        segments.append(segment)
        listed += segment[2] if segment[0] in (TLM, POC) else 0
        if len(segments) > MAX_SEGMENTS or listed > MAX_LISTED:
            raise _fault("codestream.too-long-header", position)
        position = segment[1] + segment[2]


def _tile_header(view: memoryview, position: int) -> tuple[tuple[int, ...], int]:
    """The markers of the tile-part header whose SOT stands at `position`, and where its SOD ends."""
    position += 12
    markers: list[int] = []
    while True:
        if position + 2 > len(view):
            raise _fault("codestream.ends-in-tile-header", position)
        if _u16(view, position) == SOD:
            return tuple(markers), position + 2
        marker, offset, length = _segment(view, position)
        markers.append(marker)
        position = offset + length


def _tile_parts(view: memoryview, position: int) -> tuple[tuple[TilePart, ...], int, bool]:
    """All tile parts, where what belongs to the codestream ends, and whether EOC stands there."""
    parts: list[TilePart] = []
    size = len(view)
    while position + _PART.size <= size and len(parts) < MAX_TILE_PARTS:  # as it is in nearly all frames
        marker, length_of_segment, tile, length, part, count, then = _PART.unpack_from(view, position)
        end = position + length
        if marker != SOT or length_of_segment != 10 or then != SOD or length < _PART.size or end > size:
            break
        parts.append(TilePart(tile, part, position, length, (), position + _PART.size, count))
        position = end
    while position + 2 <= size:
        marker = _u16(view, position)
        if marker == EOC:
            return tuple(parts), position + 2, True
        if marker != SOT:
            raise _fault("codestream.no-tile-part", position, marker=marker)
        if position + 12 > size:
            raise _fault("codestream.marker-cut-off", position, name="SOT")
        length_of_segment, tile, length, part, count = _SOT.unpack_from(view, position + 2)
        if length_of_segment != 10:
            raise _fault("codestream.sot-length", position, n=length_of_segment)
        end = size if length == 0 else position + length
        if end > size:
            raise _fault("codestream.tile-part-long", position)
        markers, data_start = _tile_header(view, position)
        if data_start > end:
            raise _fault("codestream.tile-part-short", position)
        if length == 0 and end - 2 >= data_start and _u16(view, end - 2) == EOC:
            end -= 2  # the last part may reach up to EOC without saying so (A.4.2)
        parts.append(TilePart(tile, part, position, end - position, markers, data_start, count))
        if len(parts) > MAX_TILE_PARTS:
            raise _fault("codestream.too-many-tile-parts", position, most=MAX_TILE_PARTS)
        position = end
    return tuple(parts), min(position, size), False


_SOT = struct.Struct(">HHIBB")
_PART = struct.Struct(">HHHIBBH")  # all of a tile part before its data, when there is no marker between


def _siz(offset: int, body: memoryview) -> dict[str, Any]:
    if len(body) < 36:
        raise _fault("codestream.marker-short", offset, name="SIZ")
    rsiz, *sizes, count = struct.unpack_from(">H8IH", body)
    if not 1 <= count <= MAX_COMPONENTS or len(body) != 36 + 3 * count:
        raise _fault("codestream.siz-components", offset, n=count)
    names = ("xsiz", "ysiz", "xosiz", "yosiz", "xtsiz", "ytsiz", "xtosiz", "ytosiz")
    named = dict(zip(names, sizes, strict=True))
    if named["xsiz"] <= named["xosiz"] or named["ysiz"] <= named["yosiz"]:
        raise _fault("codestream.empty-picture", offset)
    if not named["xtsiz"] or not named["ytsiz"]:
        raise _fault("codestream.empty-tiles", offset)
    components = tuple(ComponentSize(*body[start : start + 3]) for start in range(36, len(body), 3))
    if any(not component.xrsiz or not component.yrsiz for component in components):
        raise _fault("codestream.empty-component", offset)
    return {"rsiz": rsiz, **named, "components": components}


def _cod(offset: int, body: memoryview) -> dict[str, Any]:
    if len(body) < 10:
        raise _fault("codestream.marker-short", offset, name="COD")
    scod, progression, layers, mct = struct.unpack_from(">BBHB", body)
    if progression >= len(PROGRESSIONS):
        raise _fault("codestream.progression", offset, progression=progression)
    style = _style(offset, "COD", scod, body[5:])
    return {
        "cod": bytes(body),
        "progression": progression,
        "layers": layers,
        "mct": mct,
        "levels": style.levels,
        "code_block": style.code_block,
        "code_block_style": style.code_block_style,
        "transformation": style.transformation,
        "precincts": style.precincts,
    }


def _style(offset: int, name: str, flags: int, body: memoryview) -> Style:
    """The parameters that COD and COC share: number of levels to precincts."""
    if len(body) < 5:
        raise _fault("codestream.marker-short", offset, name=name)
    levels, width, height, style, transformation = body[:5]
    if levels > 32:
        raise _fault("codestream.levels", offset, name=name, n=levels)
    if len(body) - 5 != (levels + 1 if flags & 1 else 0):
        raise _fault("codestream.precincts", offset, name=name)
    return Style(
        levels,
        (1 << (width + 2) if width < 16 else 0, 1 << (height + 2) if height < 16 else 0),
        style,
        transformation,
        tuple((size & 15, size >> 4) for size in body[5:]),
    )


def _own(marker: int, offset: int, body: memoryview, wide: bool) -> Own:
    """A COC or a QCC. wide: there are more than 256 components, whose numbers take two bytes."""
    size = 2 if wide else 1
    if len(body) < size + 1:
        raise _fault("codestream.marker-short", offset, name=MARKERS[marker])
    component = int.from_bytes(body[:size], "big")
    if marker == QCC:
        return Own(component, quantization=bytes(body[size:]))
    return Own(component, _style(offset, "COC", body[size], body[size + 1 :]))


def _poc(offset: int, body: memoryview, wide: bool) -> list[ProgressionChange]:
    entry = struct.Struct(">BHHBHB" if wide else ">BBHBBB")
    if not len(body) or len(body) % entry.size:
        raise _fault("codestream.part-entry", offset, name="POC")
    return [ProgressionChange(*fields) for fields in entry.iter_unpack(body)]


def _tlm(offset: int, body: memoryview) -> list[tuple[int | None, int]]:
    """Tile and length of each tile part; None where the entries name no tile."""
    if len(body) < 2:
        raise _fault("codestream.marker-short", offset, name="TLM")
    index_size = body[1] >> 4 & 3
    length_size = 4 if body[1] & 0x40 else 2
    entry = index_size + length_size
    if index_size == 3 or (len(body) - 2) % entry:
        raise _fault("codestream.part-entry", offset, name="TLM")
    return [
        (
            int.from_bytes(body[start : start + index_size], "big") if index_size else None,
            int.from_bytes(body[start + index_size : start + entry], "big"),
        )
        for start in range(2, len(body), entry)
    ]
