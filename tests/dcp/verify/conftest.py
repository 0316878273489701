"""Packages made by code: real track files around synthetic codestreams, which verification never decodes."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from synthetic import codestream

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
        samples: Sequence[bytes] | None = None,
        sound_of: SoundDescriptor | None = None,
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
        samples = list(samples or [bytes([n % 256]) * (2000 * 6 * 3) for n in range(FRAMES)])
        sound = write_track_file(
            root / "sound.mxf",
            samples,
            sizes=[len(each) for each in samples],
            descriptor=sound_of
            or SoundDescriptor.labelled(["L", "R", "C", "LFE", "Ls", "Rs"], label_set=label_set),
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
        kinds = ("text/xml", "application/mxf", "application/mxf")
        if standard == "interop":
            mxf = "application/x-smpte-mxf;asdcpKind="
            kinds = ("text/xml;asdcpKind=CPL", mxf + "Picture", mxf + "Sound")
        packed = (
            PklAsset(cpl.id, hashlib.sha1(files["cpl.xml"]).digest(), len(files["cpl.xml"]), kinds[0]),
            PklAsset(picture.asset_id, picture.sha1, picture.size, kinds[1]),
            PklAsset(sound.asset_id, sound.sha1, sound.size, kinds[2]),
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
