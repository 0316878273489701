"""A package of one encrypted reel of given codestreams, to be played."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from dcp.documents.assetmap import AssetMap, Chunk, MapAsset, write_asset_map
from dcp.documents.cpl import CompositionPlaylist, Reel, ReelAsset, write_cpl
from dcp.documents.pkl import PackingList, PklAsset, write_pkl
from dcp.mxf.descriptors import PictureDescriptor
from dcp.mxf.writer import write_track_file
from dcp.picture.codestream import parse_codestream
from dcp.secrets.keys import ContentKey, Keyring

NOW = datetime(2028, 6, 1, tzinfo=UTC)
RATE = Fraction(24)


@dataclass(frozen=True)
class Package:
    root: Path
    keyring: Keyring
    codestreams: list[bytes]


def package_of(root: Path, codestreams: list[bytes]) -> Package:
    """One encrypted reel of them."""
    headers = parse_codestream(codestreams[0])
    key = ContentKey.generate("MDIK")
    written = write_track_file(
        root / "picture.mxf",
        codestreams,
        sizes=[len(data) for data in codestreams],
        descriptor=PictureDescriptor.from_codestream(headers, RATE),
        edit_rate=RATE,
        asset_id=uuid.uuid4(),
        key=key,
        now=NOW,
    )
    picture = ReelAsset(
        kind="MainPicture",
        id=written.asset_id,
        edit_rate=RATE,
        intrinsic_duration=len(codestreams),
        key_id=key.id,
        frame_rate=RATE,
        screen_aspect_ratio=f"{headers.width} {headers.height}",
    )
    cpl = CompositionPlaylist(
        id=uuid.uuid4(),
        issue_date=NOW,
        content_title_text="Benchmark",
        content_kind="test",
        reels=(Reel(id=uuid.uuid4(), assets=(picture,)),),
    )
    (root / "cpl.xml").write_bytes(write_cpl(cpl))
    pkl = PackingList(
        id=uuid.uuid4(),
        issue_date=NOW,
        issuer="benchmark",
        creator="benchmark",
        asset_list=(
            PklAsset(id=written.asset_id, hash=written.sha1, size=written.size, type="application/mxf"),
        ),
    )
    (root / "pkl.xml").write_bytes(write_pkl(pkl))
    asset_map = AssetMap(
        id=uuid.uuid4(),
        issue_date=NOW,
        issuer="benchmark",
        creator="benchmark",
        asset_list=(
            MapAsset(id=pkl.id, chunk_list=(Chunk(path="pkl.xml"),), packing_list=True),
            MapAsset(id=cpl.id, chunk_list=(Chunk(path="cpl.xml"),)),
            MapAsset(id=written.asset_id, chunk_list=(Chunk(path="picture.mxf"),)),
        ),
    )
    (root / "ASSETMAP.xml").write_bytes(write_asset_map(asset_map))
    return Package(root, Keyring((key,)), codestreams)
