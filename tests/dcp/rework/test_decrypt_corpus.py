"""Packages of other makers, decrypted: the same essence, and nothing that `verify` had not said before."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dcp.documents.cpl import PICTURE_KINDS
from dcp.mxf.reader import TrackFile
from dcp.package.package import open_package
from dcp.packing.package import PackedFile, write_package
from dcp.rework.decrypt import decrypt_package
from dcp.secrets.keys import ContentKey, Keyring
from dcp.verify.engine import verify_package

NOW = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)
ECL30 = "ClairMeta_Data/DCP/ECL-SET/ECL30-SINGLE-CPL-CRYPT_TST_S_EN-EN_UK-U_51_2K_DI_20180125_ECL_SMPTE_OV"


def manifest(corpus: Path) -> dict[str, Any]:
    """The truth of each file, by its path."""
    items = json.loads((corpus / "MANIFEST.json").read_text())["items"]
    return {item["path"]: item.get("truth", {}) for item in items}


def without_pictures(source: Path, root: Path) -> None:
    """The package of what is at hand: its pictures are not."""
    package = open_package(source)
    root.mkdir()
    (cpl,) = package.compositions
    reels = tuple(
        replace(reel, assets=tuple(asset for asset in reel.assets if asset.kind not in PICTURE_KINDS))
        for reel in cpl.reels
    )
    files = []
    for asset in (asset for reel in reels for asset in reel.assets if asset.is_track_file):
        path = package.require(asset.id)
        shutil.copy(path, root / path.name)
        data = path.read_bytes()
        digest = hashlib.sha1(data).digest()
        files.append(PackedFile(asset.id, path.name, len(data), digest, "application/mxf"))
    write_package(root, files=files, compositions=[replace(cpl, reels=reels)], standard="smpte", now=NOW)


def findings(root: Path, keyring: Keyring | None = None) -> set[tuple[str, str]]:
    found = verify_package(root, now=NOW, keyring=keyring).findings
    return {(each.severity, each.id) for each in found if each.severity != "info"}


def test_subtitles_and_sound_of_a_distributed_package(corpus: Path, tmp_path: Path) -> None:
    truth = manifest(corpus)
    keys = next(facts["kdm"]["keys"] for path, facts in truth.items() if "KDM_ECL30" in path)
    ring = Keyring(
        tuple(
            ContentKey(id=uuid.UUID(key["id"]), type=key["type"], value=bytes.fromhex(key["key"]))
            for key in keys
        )
    )
    without_pictures(corpus / ECL30, tmp_path / "in")
    source = open_package(tmp_path / "in")
    done = decrypt_package(source, tmp_path / "out", keyring=ring, now=NOW)
    plain = open_package(done.root)
    assert len(done.assets) == 12
    for old, new in done.assets.items():
        with TrackFile.open(plain.require(new)) as track:
            assert not track.header.encrypted and track.header.asset_id == new
            digest = hashlib.sha1()
            for unit in track.units(strict=True):
                digest.update(unit.data)
        facts = truth[f"{ECL30}/{source.require(old).name}"]["essence"]
        assert digest.hexdigest() == facts["all_units_sha1"]
        if source.require(old).stem == str(old):
            assert plain.require(new).stem == str(new)
    assert findings(done.root) <= findings(tmp_path / "in", ring)


@pytest.mark.parametrize(
    "name",
    ["dcp_test1", "dcp_test2", "dcp_test3", "dcp_test7", "write_interop_subtitle_test3", "encryption_test"],
)
def test_whole_packages_of_both_standards(corpus: Path, tmp_path: Path, name: str) -> None:
    root = corpus / "libdcp/test/ref" / ("DCP" if name != "write_interop_subtitle_test3" else "") / name
    source = open_package(root)
    ring = Keyring(
        tuple(
            ContentKey(id=id, type="MDIK", value=bytes.fromhex("5407b2104441ce974b168bdc7c12da54"))
            for cpl in source.compositions
            for id in cpl.key_ids
        )
    )
    done = decrypt_package(source, tmp_path / "out", keyring=ring, now=NOW)
    plain = open_package(done.root)
    assert len(plain.files) == len(source.files)
    for id, path in source.files.items():
        if path.suffix != ".xml" and id not in done.assets:
            copy = plain.require(id)
            assert copy.relative_to(done.root) == path.relative_to(root)
            assert copy.read_bytes() == path.read_bytes()
    assert findings(done.root) <= findings(root, ring)
