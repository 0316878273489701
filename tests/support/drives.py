"""Images of delivery drives, looked into by other ways than the writer's own."""

from __future__ import annotations

import hashlib
import subprocess
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dcp.documents.assetmap import AssetMap, Chunk, MapAsset, write_asset_map
from dcp.documents.cpl import CompositionPlaylist, ContentVersion, Reel, cpl_element, write_cpl
from dcp.documents.pkl import PackingList, PklAsset, pkl_element, write_pkl
from dcp.documents.volindex import VolumeIndex, write_volume_index
from dcp.rework.disk import WrittenDisk, write_disk
from dcp.trust.signer import Signer
from dcp.trust.signing import sign_document

NOW = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
START = 1 << 20


def package(
    root: Path, files: Mapping[str, bytes] | None = None, *, signer: Signer | None = None, listed: bool = True
) -> Path:
    """A package of any files: the map and the packing list have them, its playlist plays none. listed: the
    packing list has the files too."""
    root.mkdir(parents=True)
    files = {"media/one.mxf": b"one" * 3000, "two.mxf": bytes(5)} if files is None else files
    cpl_id = uuid.uuid4()
    cpl = CompositionPlaylist(
        id=cpl_id,
        issue_date=NOW,
        content_title_text="Test",
        content_kind="test",
        content_versions=(ContentVersion(f"urn:uuid:{cpl_id}", "1"),),
        reels=(Reel(id=uuid.uuid4(), assets=()),),
    )
    written = {"cpl.xml": (cpl_id, sign_document(cpl_element(cpl), signer) if signer else write_cpl(cpl))}
    written |= {name: (uuid.uuid4(), data) for name, data in files.items()}
    entries, mapped = [], []
    for name, (id, data) in written.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
        if listed or name == "cpl.xml":
            entries.append(PklAsset(id, hashlib.sha1(data).digest(), len(data), "text/xml"))
        mapped.append(MapAsset(id, (Chunk(name.replace("%", "%25")),)))
    pkl = PackingList(
        id=uuid.uuid4(), issue_date=NOW, issuer="Test", creator="test", asset_list=tuple(entries)
    )
    (root / "pkl.xml").write_bytes(sign_document(pkl_element(pkl), signer) if signer else write_pkl(pkl))
    mapped.append(MapAsset(pkl.id, (Chunk("pkl.xml"),), packing_list=True))
    whole = AssetMap(id=uuid.uuid4(), issue_date=NOW, issuer="Test", creator="test", asset_list=tuple(mapped))
    (root / "ASSETMAP.xml").write_bytes(write_asset_map(whole))
    (root / "VOLINDEX.xml").write_bytes(write_volume_index(VolumeIndex()))
    return root


def written(packages: list[Path], image: Path, **more: Any) -> WrittenDisk:
    return write_disk(packages, image, now=SECONDS, **more)


def taken_out(image: Path, debugfs: str, folder: Path) -> dict[str, bytes]:
    """What debugfs copies out of the image with its own walk (`rdump`): path to bytes."""
    folder.mkdir()
    subprocess.run(
        [debugfs, "-R", f"rdump / {folder}", f"{image}?offset={START}"], check=True, capture_output=True
    )
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def inside(root: Path, *, folder: str | None = None) -> dict[str, bytes]:
    """The files of a package as they should be on a drive."""
    name = root.name if folder is None else folder
    return {
        (f"{name}/" if name else "") + path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def superblock(image: Path) -> bytes:
    with image.open("rb") as stream:
        stream.seek(START + 1024)
        return stream.read(1024)
