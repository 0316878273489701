"""Pictures of IMF's track files (ST 2067-5, -20, -21): JPEG 2000 in frames, RGB or YCbCr of 8 to 16 bits.

Their codestreams are no cinema's, so all are decoded; samples come through bit for bit. What they mean is
what the track file's descriptor says (ST 377-1, ST 422).
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.create.sources.facts import ColourTags, Model, PictureFacts, Pixels, Range
from dcp.create.sources.imf import open_imf
from dcp.create.sources.imf_spans import Span, joined, span_at
from dcp.create.sources.imf_timeline import ImfTimeline, Part, check_own, timeline_of
from dcp.create.sources.trackfile import read_track_file
from dcp.dataclass import dataclass
from dcp.errors import CodestreamError, DcpError, SourceError, TrackFileError
from dcp.extras import need
from dcp.mxf import sets
from dcp.mxf.labels import UL, any_version, same
from dcp.mxf.reader import TrackFile
from dcp.mxf.sets import HeaderSet
from dcp.picture.codestream import Codestream, parse_codestream
from dcp.system import cores
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from dcp.create.job.values import PictureTrack

COMPONENTS = 3
_SHARE = 400 << 20
"""Bytes for pictures on their way. A picture takes four bytes a sample in the decoder, and two behind it."""
_FULL_FRAME = 0
_STEPS = ((1, 1), (2, 1), (2, 2))
"""4:4:4, 4:2:2, 4:2:0: luma samples a chroma sample, across and down."""
_ORDERS: dict[bytes, Model] = {b"RGB": "rgb", b"YUV": "ycbcr"}
_FILL = b"\0F"

_PRIMARIES = UL.parse("060e2b34.01010109.04010201.01060100"), 0x3219
_EQUATIONS = UL.parse("060e2b34.01010102.04010201.01030100"), 0x321A
_BLACK = UL.parse("060e2b34.01010101.04010503.03000000"), 0x3304
_WHITE = UL.parse("060e2b34.01010101.04010503.04000000"), 0x3305
"""Items of a picture's descriptor, and their tags."""


def _numbered(values: dict[str, int]) -> dict[bytes, int]:
    return {any_version(UL.parse(label)): number for label, number in values.items()}


PRIMARIES = _numbered(
    {
        "060e2b34.04010106.04010101.03010000": 6,
        "060e2b34.04010106.04010101.03020000": 5,
        "060e2b34.04010106.04010101.03030000": 1,
        "060e2b34.0401010d.04010101.03040000": 9,
        "060e2b34.0401010e.04010101.03050000": 10,
        "060e2b34.0401010d.04010101.03060000": 12,
    }
)
TRANSFERS = _numbered(
    {
        "060e2b34.04010101.04010101.01010000": 4,
        "060e2b34.04010101.04010101.01020000": 1,
        "060e2b34.04010101.04010101.01030000": 7,
        "060e2b34.0401010d.04010101.01050000": 12,
        "060e2b34.04010106.04010101.01060000": 8,
        "060e2b34.04010108.04010101.01070000": 17,
        "060e2b34.0401010d.04010101.01080000": 11,
        "060e2b34.0401010e.04010101.01090000": 14,
        "060e2b34.0401010d.04010101.010a0000": 16,
        "060e2b34.0401010d.04010101.010b0000": 18,
        "060e2b34.0401010d.04010101.010d0000": 13,
    }
)
MATRICES = _numbered(
    {
        "060e2b34.04010101.04010101.02010000": 6,
        "060e2b34.04010101.04010101.02020000": 1,
        "060e2b34.04010106.04010101.02030000": 7,
        "060e2b34.0401010d.04010101.02040000": 8,
        "060e2b34.0401010d.04010101.02050000": 0,
        "060e2b34.0401010d.04010101.02060000": 9,
    }
)
"""Labels of the registers by the numbers of ISO/IEC 23091-2."""


def probe_imf(track: PictureTrack) -> PictureFacts:
    """The pictures of a composition, of the playlist or package that is the track's source.

    Errors as of `open_imf` and `timeline_of`; SourceError for what is no progressive JPEG 2000 of one form,
    and for a colour that is not known, unless the track says which it is.
    """
    assert track.source is not None
    return picture_of(timeline_of(open_imf(track.source)), coloured=track.colour is not None)


def picture_of(timeline: ImfTimeline, *, coloured: bool = False) -> PictureFacts:
    """The pictures of a timeline as one source. coloured: somebody says what the colours mean."""
    source = timeline.source
    rate = source.composition.edit_rate
    seen: dict[Path, _Form] = {}
    spans: list[Span] = []
    at = 0
    for part in timeline.picture.parts:
        if part.path not in seen:
            seen[part.path] = _probe(part, coloured=coloured)
        form = seen[part.path]
        check_own(part, form.id)
        _check_part(part, form, rate, source.at(part.place))
        resource = part.resource
        spans.append(Span(at, part.path, resource.entry_point, resource.duration, resource.repeat))
        at = spans[-1].end
    first = next(iter(seen.values()))
    for path, form in seen.items():
        if form.alike != first.alike:
            raise SourceError(
                "imf.pictures-differ", where=path, first=next(iter(seen)).name, found=form.about,
                expected=first.about,
            )  # fmt: skip
    return PictureFacts(
        path=source.path,
        kind="imf",
        width=first.width,
        height=first.height,
        rate=rate,
        frames=at,
        tags=first.tags,
        depth=first.depth,
        chapters=timeline.starts[1:],
        spans=joined(spans),
        vouched=source.vouched(seen),
        decisions=first.decisions,
    )


def read_imf(facts: PictureFacts, indexes: Iterable[int]) -> Iterator[Pixels]:
    """The frames asked for, by their place from 0, ascending; a repeated one is the same object.

    SourceError at a damaged one, with its file and its number there.
    """
    need("picture")
    from dcp.picture.openjpeg import OpenJpeg

    codec = OpenJpeg()

    def decoded(path: Path, unit: int, data: bytes) -> Pixels:
        try:
            found = parse_codestream(data)  # nothing is allocated on its word
            shape, depth = _shape(found, path, rgb=facts.tags.model == "rgb")
            if (shape[0], depth) != ((facts.width, facts.height), facts.depth):
                raise SourceError("source.size-changes")
            return Pixels(codec.planes(data), facts.tags.model, depth, facts.tags.range == "full")
        except DcpError as error:
            place = text("place.in-file", file=path, place=text("place.frame", frame=unit))
            raise SourceError("imf.undecodable", where=place, why=error.text) from None

    count = max(1, min(cores(), _SHARE // (facts.width * facts.height * COMPONENTS * 6)))
    held: tuple[tuple[Path, int], Future[Pixels]] | None = None
    under_way: deque[Future[Pixels]] = deque()
    pool = ThreadPoolExecutor(count)
    try:
        for path, unit, data in _codestreams(facts, indexes):
            if held is None or held[0] != (path, unit):
                held = (path, unit), pool.submit(decoded, path, unit, data)
            under_way.append(held[1])
            if len(under_way) > count:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


# --- how it is done -----


@dataclass(frozen=True)
class _Form:
    """What a track file says of its pictures. id: its own; frames: how many it has; rate: a second. shape:
    width and height of each component."""

    id: uuid.UUID
    frames: int
    rate: Fraction
    shape: tuple[tuple[int, int], ...]
    depth: int
    tags: ColourTags
    decisions: tuple[Text, ...]

    @property
    def width(self) -> int:
        return self.shape[0][0]

    @property
    def height(self) -> int:
        return self.shape[0][1]

    @property
    def alike(self) -> object:
        """What all files of a track have in common."""
        return self.shape, self.depth, self.tags

    @property
    def about(self) -> str:
        sizes = ", ".join(dict.fromkeys(f"{width}x{height}" for width, height in self.shape))
        tags = self.tags
        colour = "/".join(str(each) for each in (tags.primaries, tags.transfer, tags.matrix, tags.range))
        return f"{sizes}, {tags.model} {self.depth} bits, {colour}"


def _probe(part: Part, *, coloured: bool) -> _Form:
    path = part.path
    try:
        with TrackFile.open(path) as track:
            header = track.header
            if header.encrypted:
                raise SourceError("imf.encrypted", where=path)
            found = next(track.layout.metadata.of(sets.PictureEssenceDescriptor), None)
            if header.essence != "picture" or found is None:
                raise SourceError("imf.no-jpeg2000", where=path, container=header.container or "-")
            if found.frame_layout not in (None, _FULL_FRAME):
                raise SourceError("imf.interlaced", where=path)
            unit = next(track.units(0, 1, strict=True), None)
            if unit is None or not header.container_duration:
                raise SourceError("source.no-frame", where=path)
            codestream = parse_codestream(unit.data)
            beside = any(each.generic for each in track.layout.regions)
    except TrackFileError as error:
        raise SourceError("source.track-damaged", where=path, fault=error.text, remedy=error) from None
    except CodestreamError as error:
        raise SourceError("source.no-codestream", where=path, why=error.text) from None
    rgb = isinstance(found, sets.RGBAEssenceDescriptor)
    transformed = bool(codestream.mct) and not rgb
    shape, depth = _shape(codestream, path, rgb=rgb or transformed)
    tags, decisions = _colour(found, depth, path, coloured=coloured, transformed=transformed)
    if transformed:
        decisions = (*decisions, text("plan.imf-rgb", file=path.name))
    if beside:
        decisions = (*decisions, text("plan.imf-data-left", file=path.name))
    return _Form(header.asset_id, header.container_duration, header.edit_rate, shape, depth, tags, decisions)


def _shape(codestream: Codestream, path: Path, *, rgb: bool) -> tuple[tuple[tuple[int, int], ...], int]:
    """Width and height of each component, and the bits of a sample."""
    known = _STEPS[:1] if rgb else _STEPS
    components = codestream.components
    depths = {each.ssiz + 1 for each in components}
    steps = [(each.xrsiz, each.yrsiz) for each in components]
    usual = len(components) == COMPONENTS and steps[0] == (1, 1) and steps[1] == steps[2]
    if not usual or steps[1] not in known or len(depths) != 1 or not 8 <= max(depths) <= 16:
        found = " ".join(f"{each.ssiz + 1}:{each.xrsiz}x{each.yrsiz}" for each in components[:8])
        raise SourceError("imf.components", where=path, found=found)
    width, height = codestream.width, codestream.height
    return tuple((-(-width // across), -(-height // down)) for across, down in steps), depths.pop()


def _check_part(part: Part, form: _Form, rate: Fraction, where: Text) -> None:
    resource = part.resource
    if not resource.edit_rate == form.rate == rate:
        raise SourceError(
            "imf.edit-rate",
            where=where,
            file=part.path.name,
            stated=resource.edit_rate,
            found=form.rate,
            rate=rate,
        )
    if resource.entry_point + resource.duration > form.frames:
        raise SourceError(
            "imf.past-file", where=where, file=part.path.name, first=resource.entry_point,
            last=resource.entry_point + resource.duration - 1, n=form.frames,
        )  # fmt: skip


def _codestreams(facts: PictureFacts, indexes: Iterable[int]) -> Iterator[tuple[Path, int, bytes]]:
    """File, unit there and codestream of each frame asked for."""

    def located() -> Iterator[tuple[int, Span]]:
        for index in indexes:
            span = span_at(facts.spans, index)
            if span is None:
                raise SourceError("source.frame-absent", where=facts.path, frame=index)
            yield index, span

    for span, group in groupby(located(), key=lambda each: each[1]):
        units = [span.unit(index) for index, _ in group]
        found = read_track_file(replace(facts, path=span.path, kind="trackfile"), units)
        for unit, data in zip(units, found, strict=True):
            yield span.path, unit, data


# --- what the descriptor says -----


def _colour(
    found: sets.PictureEssenceDescriptor, depth: int, path: Path, *, coloured: bool, transformed: bool
) -> tuple[ColourTags, tuple[Text, ...]]:
    """transformed: the codestreams have the transform of R G B (ISO/IEC 15444-1 Annex G), and a descriptor
    that speaks of Y'CbCr and its levels is none of theirs."""
    rgba = isinstance(found, sets.RGBAEssenceDescriptor) or transformed
    if isinstance(found, sets.RGBAEssenceDescriptor) and found.pixel_layout:
        order = bytes(each for each in found.pixel_layout[::2] if each not in _FILL)
        if order not in _ORDERS:
            raise SourceError("imf.pixel-layout", where=path, order=ascii(order.decode("latin-1")))
    model: Model = "rgb" if rgba else "ycbcr"

    def number(label: bytes | None, table: dict[bytes, int], what: str) -> int | None:
        if label is None or len(label) != 16 or not any(label):
            return None
        known = table.get(any_version(label))
        if known is None and not coloured:
            raise SourceError("imf.colour", where=path, label=UL(label), what=text(what))
        return known

    levels = (
        (None, None)
        if transformed
        else (
            (found.component_min_ref, found.component_max_ref)
            if isinstance(found, sets.RGBAEssenceDescriptor)
            else (_integer(found, *_BLACK), _integer(found, *_WHITE))
        )
    )
    tags = ColourTags(
        model,
        matrix=number(_item(found, *_EQUATIONS), MATRICES, "imf.colour-equations")
        if model == "ycbcr"
        else None,
        primaries=number(_item(found, *_PRIMARIES), PRIMARIES, "imf.colour-primaries"),
        transfer=number(found.transfer_characteristic, TRANSFERS, "imf.colour-transfer"),
        range=_range(levels, depth),
    )
    odd = tags.range is None and None not in levels
    said = (text("plan.imf-levels", low=levels[0], high=levels[1], depth=depth),) if odd else ()
    return tags, said


def _range(levels: tuple[int | None, int | None], depth: int) -> Range | None:
    """By the codes of black and white. A descriptor may count in the codes of another depth."""
    low, high = levels
    if low is None or high is None:
        return None
    if low == 0 and high in ((1 << depth) - 1, 1 << depth):
        return "full"
    return "limited" if (low, high) == (16 << depth - 8, 235 << depth - 8) else None


def _item(found: HeaderSet, label: UL, tag: int) -> bytes | None:
    """An item that the set's declaration does not have."""
    for key, data in found.unknown.items():
        if same(key, label) if isinstance(key, UL) else key == tag:
            return data
    return None


def _integer(found: HeaderSet, label: UL, tag: int) -> int | None:
    data = _item(found, label, tag)
    return int.from_bytes(data, "big") if data is not None and len(data) <= 4 else None
