"""Packages made by code: real track files around synthetic codestreams, which verification never decodes."""

from __future__ import annotations

import hashlib
import struct
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dcp.documents.assetmap import AssetMap, Chunk, MapAsset, write_asset_map
from dcp.documents.cpl import CompositionPlaylist, ContentVersion, Reel, ReelAsset, cpl_element
from dcp.documents.pkl import PackingList, PklAsset, pkl_element
from dcp.documents.volindex import VolumeIndex, write_volume_index
from dcp.mxf.descriptors import PictureDescriptor, SoundDescriptor
from dcp.mxf.writer import write_track_file
from dcp.picture.codestream import parse_codestream
from dcp.secrets.keys import ContentKey, Keyring
from dcp.xml.parse import to_bytes

NOW = datetime(2026, 1, 31, 18, 0, 0, tzinfo=UTC)
FRAMES = 24
RATE = Fraction(24)


def codestream(
    payload: bytes = b"",
    *,
    rsiz: int = 3,
    size: tuple[int, int] = (1998, 1080),
    tile: tuple[int, int] | None = None,
    origin: tuple[int, int] = (0, 0),
    components: Sequence[tuple[int, int, int]] = ((11, 1, 1),) * 3,
    progression: int = 4,
    layers: int = 1,
    mct: int = 1,
    levels: int = 5,
    code_block: tuple[int, int] = (3, 3),
    style: int = 0,
    wavelet: int = 0,
    precincts: bytes | None = None,
    guard: int = 1,
    parts: int = 3,
    uneven: bool = False,
    tlm: Sequence[int] | bool = True,
    poc: bytes = b"",
    poc_in_tile: bytes = b"",
    eoc: bytes = b"\xff\xd9",
) -> bytes:
    """A codestream with every field of its headers at will; each tile part holds a share of the payload,
    or the last all of it."""

    def segment(marker: int, body: bytes) -> bytes:
        return struct.pack(">HH", marker, len(body) + 2) + body

    width, height = size
    tile = tile or size
    siz = struct.pack(">H8IH", rsiz, width, height, *origin, *tile, *origin, len(components))
    siz += b"".join(bytes(component) for component in components)
    grid = b"\x77" + b"\x88" * levels if precincts is None else precincts
    cod = struct.pack(">BBHB", 1, progression, layers, mct)
    cod += bytes((levels, *code_block, style, wavelet)) + grid
    qcd = bytes([guard << 5 | 2]) + b"\x77\x20" * (3 * levels + 1)
    share = 0 if uneven else len(payload) // parts
    pieces = [payload[n * share : (n + 1) * share if n < parts - 1 else len(payload)] for n in range(parts)]
    bodies = []
    for number, piece in enumerate(pieces):
        header = segment(0xFF5F, poc_in_tile) if poc_in_tile and number == 0 else b""
        body = header + b"\xff\x93" + piece
        bodies.append(struct.pack(">HHHIBB", 0xFF90, 10, 0, len(body) + 12, number, parts) + body)
    lengths = [len(body) for body in bodies] if tlm is True else list(tlm or ())
    entries = b"".join(struct.pack(">I", length) for length in lengths)
    main = b"\xff\x4f" + segment(0xFF51, siz) + segment(0xFF52, cod) + segment(0xFF5C, qcd)
    if poc:
        main += segment(0xFF5F, poc)
    if tlm is not False:
        main += segment(0xFF55, b"\x00\x40" + entries)
    return main + b"".join(bodies) + eoc


@dataclass
class Made:
    """A package on disk, and what it was made of."""

    root: Path
    cpl: CompositionPlaylist
    picture: Path
    sound: Path
    keyring: Keyring


Maker = Callable[..., Made]


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    """`make(...)`: a package of one reel, a second long."""

    def build(
        name: str = "dcp",
        *,
        units: Sequence[bytes] | None = None,
        encrypt: bool = False,
        mic: bool = True,
        stereo: bool = False,
        label_set: Any = "smpte",
        sign: Callable[[Any], bytes] | None = None,
        change: Callable[[CompositionPlaylist], CompositionPlaylist] = lambda cpl: cpl,
    ) -> Made:
        root = tmp_path / name
        root.mkdir()
        count = FRAMES * (2 if stereo else 1)
        frames = list(units) if units is not None else [codestream(bytes([n]) * 3000) for n in range(count)]
        keys = [ContentKey.generate(kind) for kind in ("MDIK", "MDAK")] if encrypt else [None, None]
        first = parse_codestream(frames[0]) if frames[0].startswith(b"\xff\x4f") else None
        descriptor = (
            PictureDescriptor.from_codestream(first, RATE, stereo)
            if first is not None
            else PictureDescriptor(1998, 1080, stereo)
        )
        picture = write_track_file(
            root / "picture.mxf",
            frames,
            sizes=[len(frame) for frame in frames],
            descriptor=descriptor,
            edit_rate=RATE,
            asset_id=uuid.uuid4(),
            label_set=label_set,
            key=keys[0],
            mic=mic,
            now=NOW,
        )
        samples = [bytes([n]) * (2000 * 6 * 3) for n in range(FRAMES)]
        sound = write_track_file(
            root / "sound.mxf",
            samples,
            sizes=[len(each) for each in samples],
            descriptor=SoundDescriptor.labelled(["L", "R", "C", "LFE", "Ls", "Rs"], label_set=label_set),
            edit_rate=RATE,
            asset_id=uuid.uuid4(),
            label_set=label_set,
            key=keys[1],
            mic=mic,
            now=NOW,
        )
        standard: Any = label_set
        assets = (
            ReelAsset(
                "MainStereoscopicPicture" if stereo else "MainPicture",
                picture.asset_id,
                RATE,
                FRAMES,
                hash=picture.sha1,
                key_id=picture.key_id,
                frame_rate=RATE * (2 if stereo else 1),
                screen_aspect_ratio="1998 1080" if standard == "smpte" else "1.85",
            ),
            ReelAsset("MainSound", sound.asset_id, RATE, FRAMES, hash=sound.sha1, key_id=sound.key_id),
        )
        cpl = change(
            CompositionPlaylist(
                uuid.uuid4(),
                NOW,
                "Title",
                "test",
                (Reel(uuid.uuid4(), assets),),
                annotation_text="Title",
                issuer="issuer",
                creator="creator",
                content_versions=(ContentVersion("urn:uuid:x", "one"),),
                standard=standard,
            )
        )
        finish = sign or to_bytes
        files = {"cpl.xml": finish(cpl_element(cpl))}
        kinds = ("text/xml", "application/mxf")
        if standard == "interop":
            kinds = ("text/xml;asdcpKind=CPL", "application/x-smpte-mxf;asdcpKind=Picture")
        packed = (
            PklAsset(cpl.id, hashlib.sha1(files["cpl.xml"]).digest(), len(files["cpl.xml"]), kinds[0]),
            PklAsset(picture.asset_id, picture.sha1, picture.size, kinds[1]),
            PklAsset(sound.asset_id, sound.sha1, sound.size, kinds[1]),
        )
        pkl = PackingList(uuid.uuid4(), NOW, "issuer", "creator", packed, "Title", standard=standard)
        files["pkl.xml"] = finish(pkl_element(pkl))
        listed = (
            MapAsset(pkl.id, (Chunk("pkl.xml"),), packing_list=True),
            MapAsset(cpl.id, (Chunk("cpl.xml"),)),
            MapAsset(picture.asset_id, (Chunk("picture.mxf", length=picture.size),)),
            MapAsset(sound.asset_id, (Chunk("sound.mxf", length=sound.size),)),
        )
        asset_map = AssetMap(uuid.uuid4(), NOW, "issuer", "creator", listed, standard=standard)
        files[asset_map.file_name] = write_asset_map(asset_map)
        index = VolumeIndex(standard=standard)
        files[index.file_name] = write_volume_index(index)
        for file, data in files.items():
            (root / file).write_bytes(data)
        ring = Keyring(tuple(key for key in keys if key is not None), cpl.id)
        return Made(root, replace(cpl), root / "picture.mxf", root / "sound.mxf", ring)

    return build


@pytest.fixture
def frame() -> Callable[..., bytes]:
    """`frame(...)`: a synthetic codestream, see `codestream`."""
    return codestream
