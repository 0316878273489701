"""Small IMF deliveries of code: track files as ST 2067-5 has them, playlists, packing list, asset map.

Frame `n` of a picture is flat, its codes told by `code_of`; sample `n` of channel `c` is `sample_of`.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable, Sequence
from ctypes import byref
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from material import NOW

from dcp.dataclass import dataclass as house_dataclass
from dcp.mxf import items as t
from dcp.mxf import labels, sets
from dcp.mxf.compose import compose
from dcp.mxf.descriptors import McaLabel, PictureDescriptor, SoundDescriptor
from dcp.mxf.index import index_segments
from dcp.mxf.klv import encode
from dcp.mxf.labels import MCA, UL
from dcp.mxf.metadata import assign_tags, write_header, write_set
from dcp.mxf.partition import write_random_index
from dcp.mxf.track_facts import TrackFacts, essence_of
from dcp.mxf.writer import PACK_SIZE, body_partition, footer_partition, header_partition, header_size
from dcp.picture.codestream import parse_codestream

SIZE = (64, 36)
REC709, P3D65 = (UL.parse(f"060e2b34.0401010d.04010101.{end}") for end in ("03030000", "03060000"))
GAMMA, PQ = (UL.parse(f"060e2b34.0401010d.04010101.{end}") for end in ("01020000", "010a0000"))
MATRIX_709 = UL.parse("060e2b34.04010101.04010101.02020000")
NAMESPACE = "http://www.smpte-ra.org/schemas/2067-3/2016"


@house_dataclass(kw_only=True)
class _Rgba(sets.RGBAEssenceDescriptor):
    color_primaries: UL | None = sets.item(0x3219, "060e2b34.01010109.04010201.01060100", t.LABEL)


@house_dataclass(kw_only=True)
class _Cdci(sets.CDCIEssenceDescriptor):
    color_primaries: UL | None = sets.item(0x3219, "060e2b34.01010109.04010201.01060100", t.LABEL)
    coding_equations: UL | None = sets.item(0x321A, "060e2b34.01010102.04010201.01030100", t.LABEL)
    black: int | None = sets.item(0x3304, "060e2b34.01010101.04010503.03000000", t.U32)
    white: int | None = sets.item(0x3305, "060e2b34.01010101.04010503.04000000", t.U32)


@house_dataclass(kw_only=True)
class _Group(sets.SoundfieldGroupLabelSubDescriptor):
    content: str | None = sets.item(None, "060e2b34.0101010e.03020102.20000000", t.UTF16)


class _Facts(TrackFacts):
    @property
    def operational_pattern(self) -> UL:
        return labels.OP_1A


@dataclass(frozen=True)
class Picture:
    """The pictures of a track file. steps: of chroma, (2, 1) for 4:2:2. ycbcr: the descriptor
    says so. mct: coded by the transform of R G B."""

    frames: int = 4
    first: int = 0
    rate: Fraction = Fraction(24)
    size: tuple[int, int] = SIZE
    depth: int = 12
    steps: tuple[int, int] = (1, 1)
    ycbcr: bool = False
    full: bool = True
    primaries: UL | None = REC709
    transfer: UL | None = GAMMA
    layout: int = 0
    order: bytes = b"RGB"
    levels: tuple[int, int] | None = None
    mct: bool = False

    def codes(self, number: int) -> tuple[int, int, int]:
        return code_of(self.first + number, self.depth)


def code_of(number: int, depth: int = 12) -> tuple[int, int, int]:
    """The codes of the picture that is called `number`, in full."""
    scale = 1 << (depth - 8)
    return (40 + 7 * number) * scale, (200 - 5 * number) * scale + 1, (100 + 3 * number) * scale + 2


def picture(path: Path, made: Picture, asset_id: uuid.UUID) -> Path:
    codestreams = [coded(made, number) for number in range(made.frames)]
    first = parse_codestream(codestreams[0])
    descriptor = PictureDescriptor.from_codestream(first, made.rate)
    facts = _facts(descriptor, made.rate, made.frames, asset_id, labels.GC_J2K_PROGRESSIVE)
    made_sets = compose(facts)
    wanted: dict[str, object] = {
        "color_primaries": made.primaries,
        "transfer_characteristic": made.transfer,
        "frame_layout": made.layout,
    }
    low, high = made.levels or (
        (0, (1 << made.depth) - 1) if made.full else (16 << made.depth - 8, 235 << made.depth - 8)
    )
    if made.ycbcr:
        wanted |= {"coding_equations": MATRIX_709, "black": low, "white": high, "component_depth": made.depth}
    else:
        layout = b"".join(bytes((each, made.depth)) for each in made.order).ljust(16, b"\0")
        wanted |= {"component_min_ref": low, "component_max_ref": high, "pixel_layout": layout}
    kind = _Cdci if made.ycbcr else _Rgba
    made_sets = [
        _as(kind, each, wanted) if isinstance(each, sets.RGBAEssenceDescriptor) else each
        for each in made_sets
    ]
    return _write(path, facts, made_sets, [encode(labels.ELEMENT_J2K, each) for each in codestreams], 0)


@dataclass(frozen=True)
class Sound:
    """The sound of a track file. symbols: of its channels. kind: what it is for (MCAAudioContentKind)."""

    samples: int = 8000
    first: int = 0
    symbols: tuple[str, ...] = ("L", "R")
    language: str | None = "en"
    rate: int = 48_000
    kind: str = "PRM"


def sample_of(number: int, channel: int) -> int:
    """24 bits, as the bytes stand in the file: any two within a second differ."""
    return (number * 131 + channel * 500_009 + 7) % (1 << 23)


def pcm(first: int, count: int, channels: int) -> bytes:
    return b"".join(
        sample_of(number, channel).to_bytes(3, "little")
        for number in range(first, first + count)
        for channel in range(channels)
    )


def sound(path: Path, made: Sound, asset_id: uuid.UUID) -> Path:
    labelled = [
        McaLabel(*MCA.channels[each], channel=number, language=made.language)
        for number, each in enumerate(made.symbols, start=1)
        if each
    ]
    group = McaLabel(*MCA.groups["51"], language=made.language)
    descriptor = SoundDescriptor(len(made.symbols), made.rate, soundfield=(group, *labelled))
    facts = _facts(descriptor, Fraction(made.rate), made.samples, asset_id, labels.GC_WAVE_CLIP)
    made_sets = [
        _as(_Group, each, {"content": made.kind})
        if isinstance(each, sets.SoundfieldGroupLabelSubDescriptor)
        else each
        for each in compose(facts)
    ]
    essence = encode(labels.ELEMENT_WAVE_CLIP, pcm(made.first, made.samples, len(made.symbols)))
    return _write(path, facts, made_sets, [essence], descriptor.sample_bytes)


def coded(made: Picture, number: int) -> bytes:
    """Without loss, each component in its own size."""
    import numpy as np

    from dcp.picture import openjp2
    from dcp.picture.openjpeg import OpenJpeg, _Output

    codec = OpenJpeg()
    library = codec._library
    width, height = made.size
    sizes = [(1, 1), made.steps, made.steps]
    components = (openjp2.ComponentParameters * 3)(
        *[
            openjp2.ComponentParameters(
                dx=x, dy=y, w=-(-width // x), h=-(-height // y), prec=made.depth, bpp=made.depth
            )
            for x, y in sizes
        ]
    )
    image = library.opj_image_tile_create(3, components, 1)
    image.contents.x1, image.contents.y1 = width, height
    for place, (x, y) in enumerate(sizes):
        plane = codec._plane(image.contents.comps[place], -(-width // x), -(-height // y))
        plane[:] = np.int32(made.codes(number)[place])
    parameters = openjp2.EncoderParameters()
    library.opj_set_default_encoder_parameters(byref(parameters))
    parameters.numresolution, parameters.tcp_numlayers, parameters.cp_disto_alloc = 3, 1, 1
    parameters.tcp_mct = bytes([made.mct])
    output = _Output()
    with codec._codec(library.opj_create_compress) as (coder, messages), codec._output(output) as stream:
        done = (
            library.opj_setup_encoder(coder, byref(parameters), image)
            and library.opj_start_compress(coder, image, stream)
            and library.opj_encode(coder, stream)
            and library.opj_end_compress(coder, stream)
        )
        assert done, messages
    library.opj_image_destroy(image)
    return bytes(output.data)


# --- the documents -----


@dataclass
class Resource:
    """file: a name in `Delivery.files`. more: elements as they stand."""

    file: str
    intrinsic: int
    rate: str = "24 1"
    entry: int | None = None
    duration: int | None = None
    repeat: int | None = None
    more: str = ""
    kind: str = "TrackFileResourceType"


@dataclass
class Delivery:
    """An IMF package in the making. files: name -> id, of track files in the folder. segments: kind and
    track's name -> resources; `Marker` -> elements."""

    root: Path
    files: dict[str, uuid.UUID] = field(default_factory=dict)
    segments: list[dict[str, list[Resource] | str]] = field(default_factory=list)
    rate: str = "24 1"
    namespace: str = NAMESPACE
    name: str = "CPL.xml"
    title: str = "Made by hand"
    unmapped: tuple[str, ...] = ()
    listed: bool = True

    @property
    def id(self) -> uuid.UUID:
        return _id(self.name)

    def add_picture(self, name: str, **more: object) -> Picture:
        made = replace(Picture(), **more)  # type: ignore[arg-type]
        self.root.mkdir(parents=True, exist_ok=True)
        self.files[name] = _id(name)
        picture(self.root / name, made, _id(name))
        return made

    def add_sound(self, name: str, **more: object) -> Sound:
        made = replace(Sound(), **more)  # type: ignore[arg-type]
        self.root.mkdir(parents=True, exist_ok=True)
        self.files[name] = _id(name)
        sound(self.root / name, made, _id(name))
        return made

    def write(self, change: Callable[[str], str] = lambda document: document) -> Path:
        """The documents; `change`: of the playlist. The package's folder."""
        (self.root / self.name).write_text(change(self.playlist()), "utf-8")
        names = {name: id for name, id in self.files.items() if name not in self.unmapped}
        names[self.name] = self.id
        there = {name: id for name, id in names.items() if (self.root / name).is_file()}
        listed = "".join(
            f"<Asset><Id>urn:uuid:{id}</Id><Hash>{_sha1(self.root / name)}</Hash>"
            f"<Size>{(self.root / name).stat().st_size}</Size><Type>application/mxf</Type>"
            '<HashAlgorithm Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/></Asset>'
            for name, id in there.items()
        )
        head = "<IssueDate>2028-06-01T12:00:00</IssueDate><Issuer>Test</Issuer><Creator>Test</Creator>"
        (self.root / "PKL.xml").write_text(
            '<PackingList xmlns="http://www.smpte-ra.org/schemas/2067-2/2016/PKL">'
            f"<Id>urn:uuid:{_id('PKL.xml')}</Id>{head}<AssetList>{listed}</AssetList></PackingList>"
        )
        mapped = "".join(
            f"<Asset><Id>urn:uuid:{id}</Id>{'<PackingList>true</PackingList>' if name == 'PKL.xml' else ''}"
            f"<ChunkList><Chunk><Path>{name}</Path></Chunk></ChunkList></Asset>"
            for name, id in {**names, "PKL.xml": _id("PKL.xml")}.items()
        )
        (self.root / "ASSETMAP.xml").write_text(
            '<AssetMap xmlns="http://www.smpte-ra.org/schemas/429-9/2007/AM">'
            f"<Id>urn:uuid:{_id('ASSETMAP.xml')}</Id><Creator>Test</Creator><VolumeCount>1</VolumeCount>"
            "<IssueDate>2028-06-01T12:00:00</IssueDate><Issuer>Test</Issuer>"
            f"<AssetList>{mapped}</AssetList></AssetMap>"
        )
        return self.root

    def playlist(self) -> str:
        segments = "".join(
            f"<Segment><Id>urn:uuid:{_id(f'segment {number}')}</Id><SequenceList>"
            + "".join(self._sequence(key, value) for key, value in segment.items())
            + "</SequenceList></Segment>"
            for number, segment in enumerate(self.segments)
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<CompositionPlaylist xmlns="{self.namespace}" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f"<Id>urn:uuid:{self.id}</Id><IssueDate>2028-06-01T12:00:00</IssueDate>"
            f"<ContentTitle>{self.title}</ContentTitle><EditRate>{self.rate}</EditRate>"
            f"<SegmentList>{segments}</SegmentList></CompositionPlaylist>\n"
        )

    def _sequence(self, key: str, value: list[Resource] | str) -> str:
        kind, _, track = key.partition(" ")
        common = (
            f"<Id>urn:uuid:{_id(key)}</Id><TrackId>urn:uuid:{_id(track or kind)}</TrackId>"
            "<ResourceList>{}</ResourceList>"
        )
        if isinstance(value, str):
            return f"<{kind}>{common.format(value)}</{kind}>"
        inside = common.format("".join(map(self._resource, value)))
        return f'<cc:{kind} xmlns:cc="http://www.smpte-ra.org/ns/2067-2/2020">{inside}</cc:{kind}>'

    def _resource(self, each: Resource) -> str:
        written = [
            ("EditRate", each.rate), ("IntrinsicDuration", each.intrinsic), ("EntryPoint", each.entry),
            ("SourceDuration", each.duration), ("RepeatCount", each.repeat),
        ]  # fmt: skip
        inside = "".join(f"<{name}>{value}</{name}>" for name, value in written if value is not None)
        file = self.files.get(each.file, _id(each.file))
        return (
            f'<Resource xsi:type="{each.kind}"><Id>urn:uuid:{_id(each.file)}</Id>{inside}'
            f"<TrackFileId>urn:uuid:{file}</TrackFileId>{each.more}</Resource>"
        )


def markers(*at: tuple[str, int], duration: int) -> str:
    """The resource of a MarkerSequence."""
    inside = "".join(
        f"<Marker><Label>{label}</Label><Offset>{offset}</Offset></Marker>" for label, offset in at
    )
    return (
        f'<Resource xsi:type="MarkerResourceType"><Id>urn:uuid:{_id("markers")}</Id>'
        f"<IntrinsicDuration>{duration}</IntrinsicDuration>{inside}</Resource>"
    )


# --- how it is done -----


def _id(name: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"imf {name}")


def _sha1(path: Path) -> str:
    return base64.b64encode(hashlib.sha1(path.read_bytes()).digest()).decode()


def _facts(
    descriptor: PictureDescriptor | SoundDescriptor, rate: Fraction, count: int, id: uuid.UUID, container: UL
) -> _Facts:
    essence = essence_of(descriptor)
    essence = type(essence)(
        container, essence.element, essence.data_definition, essence.track_name, essence.package_name,
        essence.constant_size,
    )  # fmt: skip
    return _Facts(essence, descriptor, rate, count, id, "smpte", None, False, NOW)


def _as(kind: type[sets.HeaderSet], each: sets.HeaderSet, wanted: dict[str, object]) -> sets.HeaderSet:
    """The set as one of another kind, with what both have."""
    names = set(sets.declared(kind))
    held = {name: getattr(each, name) for name in sets.declared(type(each)) if name in names}
    return kind(**{**held, **{name: value for name, value in wanted.items() if name in names}})


def _write(
    path: Path, facts: TrackFacts, made: Sequence[sets.HeaderSet], essence: Sequence[bytes], unit_size: int
) -> Path:
    offsets, at = [], 0
    for each in essence:
        offsets.append(at)
        at += len(each)
    segments = list(
        index_segments(
            seed=facts.asset_id, edit_rate=facts.edit_rate, offsets=offsets, unit_size=unit_size,
            duration=facts.duration,
        )
    )  # fmt: skip
    metadata = write_header(made, index=segments[0])
    total = header_size(metadata)
    footer = total + PACK_SIZE + at
    tags = assign_tags(segments[:1])
    index = b"".join(write_set(each, tags) for each in segments)
    path.write_bytes(
        b"".join(
            (
                header_partition(facts, metadata, size=total, footer=footer),
                body_partition(facts, at=total, footer=footer),
                *essence,
                footer_partition(facts, at=footer, previous=total, index_bytes=len(index)),
                index,
                write_random_index([(0, 0), (1, total), (0, footer)]),
            )
        )
    )
    return path
