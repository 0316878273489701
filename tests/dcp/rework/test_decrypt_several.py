"""Decrypted copies of packages with several compositions and packing lists, in both standards."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from packages_packed import NOW, a_signer, facts, media

from dcp.documents.assetmap import parse_asset_map, write_asset_map
from dcp.documents.namespaces import Standard
from dcp.documents.pkl import PackingList, PklAsset, parse_pkl, write_pkl
from dcp.package.package import open_package
from dcp.packing.composition import composition
from dcp.packing.facts import ReelFacts, played
from dcp.packing.package import write_package
from dcp.rework.decrypt import decrypt_package
from dcp.secrets.keys import ContentKey, Keyring
from dcp.verify.engine import verify_package


def two_films(root: Path, standard: Standard, *, signed: bool) -> Keyring:
    """Two compositions that share a picture, a packing list each."""
    keys = Keyring(tuple(ContentKey.generate(kind) for kind in ("MDIK", "MDAK", "MDIK", "MDAK")))
    one = media(root, "a", standard=standard, keys=keys.keys[:2])
    two = media(root, "b", standard=standard, keys=keys.keys[2:])
    shared = ReelFacts(played(one.picture), played(two.sound))
    films = [
        composition(facts(reel, standard=standard, title=title), id=uuid.uuid4(), now=NOW)
        for reel, title in ((one.reel, "One"), (shared, "Two"))
    ]
    files = [*one.files, two.files[1]]
    lists = [
        PackingList(
            id=uuid.uuid4(),
            issue_date=NOW,
            issuer="A",
            creator="B",
            annotation_text=film.content_title_text,
            asset_list=tuple(PklAsset(id, None, 0, "") for id in (film.id, *(a.id for a in film.assets))),
            standard=standard,
        )
        for film in films
    ]
    (root / "b_picture.mxf").unlink()
    write_package(
        root,
        files=files,
        compositions=films,
        packing_lists=lists,
        standard=standard,
        signer=a_signer() if signed else None,
        now=NOW,
        annotation="Both",
    )
    return keys


@pytest.mark.parametrize("standard", ["smpte", "interop"])
@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_each_list_keeps_its_own(tmp_path: Path, standard: Standard, signed: bool) -> None:
    keys = two_films(tmp_path / "in", standard, signed=True)
    package = open_package(tmp_path / "in")
    done = decrypt_package(
        package, tmp_path / "out", keyring=keys, signer=a_signer() if signed else None, now=NOW
    )
    plain = open_package(done.root)
    new = {**done.assets, **done.compositions}
    assert len(plain.compositions) == len(plain.packing_lists) == 2
    for old, now in zip(package.packing_lists, plain.packing_lists, strict=True):
        assert [new[entry.id] for entry in old.asset_list] == [entry.id for entry in now.asset_list]
        assert now.annotation_text == old.annotation_text
    report = verify_package(done.root, now=NOW)
    assert [(f.id, f.message) for f in report.findings if f.severity != "info"] == []


def test_a_playlist_that_was_in_no_list_comes_into_the_first(tmp_path: Path) -> None:
    keys = two_films(tmp_path / "in", "smpte", signed=False)
    root = tmp_path / "in"
    package = open_package(root)
    second = package.packing_lists[1]
    names = {asset.id: asset.chunk_list[0].path for asset in package.asset_map.asset_list}
    path = root / names[second.id]
    value = parse_pkl(path.read_bytes(), where=path)
    path.write_bytes(write_pkl(replace(value, asset_list=value.asset_list[1:])))
    path = root / "ASSETMAP.xml"  # states no length of what has another now
    value_of_map = parse_asset_map(path.read_bytes(), where=path)
    bare = [
        replace(each, chunk_list=(replace(each.chunk_list[0], length=None),))
        for each in value_of_map.asset_list
    ]
    path.write_bytes(write_asset_map(replace(value_of_map, asset_list=tuple(bare))))

    done = decrypt_package(open_package(root), tmp_path / "out", keyring=keys, now=NOW)
    first, other = open_package(done.root).packing_lists
    left = done.compositions[package.compositions[1].id]
    assert first.asset(left) is not None and other.asset(left) is None
