"""Packages of other makers re-keyed, encrypted, lowered: nothing that `verify` had not said before."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from faults.bases import Base
from needing import needing
from packages_packed import NOW, a_signer

from dcp.errors import UsageError
from dcp.mxf.reader import TrackFile
from dcp.package.package import Package, open_package
from dcp.package.survey import survey_package
from dcp.rework.diff import diff_packages
from dcp.rework.hashes import hash_package
from dcp.rework.lower import lower_package
from dcp.rework.rekey import RekeyedPackage, rekey_package
from dcp.secrets.keys import ContentKey, Keyring, merged
from dcp.verify.engine import verify_package


def findings(root: Path, keyring: Keyring | None = None, ov: tuple[Path, ...] = ()) -> set[tuple[str, str]]:
    found = verify_package(root, now=NOW, keyring=keyring, ov=ov).findings
    return {(each.severity, each.id) for each in found if each.severity != "info"}


def check(package: Package, out: Path, old: Keyring, new: Keyring) -> None:
    """It plays the same, and is no worse; its files are as its own lists state."""
    made = open_package(out, ov=[one.root for one in package.ov])
    ring = merged([old, new])
    for was, now in zip(package.compositions, made.compositions, strict=True):
        found = diff_packages(package, made, cpl_a=was.id, cpl_b=now.id, keyring=ring, mic="if-present")
        assert found.equal, found.document()
    ov = tuple(one.root for one in package.ov)
    assert findings(out, ring, ov) <= findings(package.root, old, ov)
    assert hash_package(survey_package(out)).good


def keys_of(golden: Path) -> Keyring:
    assets = json.loads((golden / "libdcp/enc/manifest.json").read_text())["assets"].values()
    return Keyring(
        tuple(
            ContentKey(id=uuid.UUID(a["key_id"]), type=a["key_type"], value=bytes.fromhex(a["key_hex"]))
            for a in assets
        )
    )


def sealed(package: Package, out: Path, keyring: Keyring | None = None) -> tuple[RekeyedPackage, Keyring]:
    """Everything that may be encrypted is, under fresh keys."""
    kept: list[Keyring] = []
    done = rekey_package(
        package,
        out,
        keyring=keyring,
        keep_keys=kept.append,
        encrypt=("picture", "sound", "text", "aux"),
        signer=a_signer(),
        now=NOW,
    )
    return done, kept[0]


@pytest.mark.parametrize("name", ["dcp_test1", "dcp_test2", "dcp_test3", "dcp_test7"])
def test_packages_of_libdcp_are_encrypted(corpus: Path, tmp_path: Path, name: str) -> None:
    folder = corpus / "libdcp/test/ref/DCP"
    package = open_package(folder / name, ov=[folder / "dcp_test2"] if name == "dcp_test1" else [])
    done, ring = sealed(package, tmp_path / "out")
    assert len(done.newly) == len(ring.keys) > 0
    check(package, done.root, Keyring(), ring)


@pytest.mark.parametrize("name", ["smpte", "encrypted", "interop", "stereo", "immersive", "vf"])
def test_every_kind_of_package_is_encrypted(base: Callable[[str], Base], tmp_path: Path, name: str) -> None:
    made = base(name)
    package = open_package(made.root, ov=[made.ov] if made.ov else [])
    done, ring = sealed(package, tmp_path / "out", made.keyring)
    check(package, done.root, made.keyring or Keyring(), ring)
    own = {asset.id for asset in open_package(done.root).asset_map.asset_list}
    for asset in open_package(done.root).compositions[0].assets:
        loose = name == "interop" and asset.kind == "MainSubtitle"
        assert asset.encrypted is (asset.id in own and not loose)  # an original's stays as it is there


def test_loose_text_alone_is_nothing_to_encrypt(corpus: Path, tmp_path: Path) -> None:
    package = open_package(corpus / "libdcp/test/ref/write_interop_subtitle_test3")
    with pytest.raises(UsageError) as error:
        sealed(package, tmp_path / "out")
    assert error.value.id == "rekey.none-of-the-kinds" and not (tmp_path / "out").exists()


def test_what_libdcp_encrypted_is_keyed_anew(corpus: Path, golden: Path, tmp_path: Path) -> None:
    root = corpus / "libdcp/test/ref/DCP/encryption_test"
    key = bytes.fromhex("5407b2104441ce974b168bdc7c12da54")
    ids = [id for cpl in open_package(root).compositions for id in cpl.key_ids]
    its = Keyring(tuple(ContentKey(id=id, type="MDIK", value=key) for id in ids))
    for number, (source, ring) in enumerate(((root, its), (golden / "libdcp/enc/dcp", keys_of(golden)))):
        package, kept = open_package(source), []
        done = rekey_package(
            package, tmp_path / f"{number}", keyring=ring, keep_keys=kept.append, signer=a_signer(), now=NOW
        )
        assert not done.newly and done.void
        check(package, done.root, ring, kept[0])


def test_what_libdcp_made_and_encrypted_is_lowered(golden: Path, tmp_path: Path) -> None:
    needing("picture")
    package, ring = open_package(golden / "libdcp/enc/dcp"), keys_of(golden)
    (cpl,) = package.compositions
    assert cpl.reels[0].picture is not None
    picture = package.require(cpl.reels[0].picture.id)
    with TrackFile.open(picture) as track:
        key = ring.require(track.header.key_id) if track.header.key_id else None
        was = [hashlib.sha1(unit.data).digest() for unit in track.units(key=key, strict=True)]
        sizes = sorted(track.sizes() or ())
    mbps = sizes[-3] * 8 * 24 // 1_000_000  # not a whole number: some frames are above
    done = lower_package(package, tmp_path / "out", mbps=mbps, keyring=ring, signer=a_signer(), now=NOW)
    (lowered,) = done.files.values()
    made = open_package(done.root)
    with TrackFile.open(made.require(lowered.asset_id)) as track:
        now = [hashlib.sha1(unit.data).digest() for unit in track.units(key=key, strict=True)]
    assert sum(a != b for a, b in zip(was, now, strict=True)) == lowered.coded > 0
    assert lowered.now <= mbps < lowered.was
    found = diff_packages(package, made, keyring=ring)
    assert found.parts["sound"] and found.parts["text"] and not found.parts["picture"]
    assert found.picture is not None and found.picture.count("different") == lowered.coded
    assert min(found.picture.psnr) > 30
    assert findings(done.root, ring) <= findings(package.root, ring)
