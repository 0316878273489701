"""Packages under fresh keys: the same essence, other keys, nothing left of what fails."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kinds_packed import packed, text_file, text_track, two_versions
from packages_packed import NOW, a_signer, facts, media, write

from dcp.documents.cpl import ReelAsset
from dcp.errors import DcpError, KeyMissingError, SignatureError, TrackFileError, UsageError
from dcp.mxf.reader import TrackFile
from dcp.package.package import Package, open_package
from dcp.packing.composition import composition
from dcp.packing.facts import ReelFacts, replayed
from dcp.packing.package import packed_track, write_package
from dcp.rework.diff import diff_packages
from dcp.rework.rekey import RekeyedPackage, rekey_package
from dcp.secrets.keys import ContentKey, Keyring, merged
from dcp.verify.engine import verify_package

KEYS = tuple(ContentKey.generate(kind) for kind in ("MDIK", "MDAK", "MDSK", "MDSK"))
RING = Keyring(KEYS)


class Kept:
    """What the fresh keys are handed to."""

    ring = Keyring()

    def __call__(self, ring: Keyring) -> None:
        self.ring = ring


def rekey(
    package: Package, out: Path, keyring: Keyring | None = RING, **more: Any
) -> tuple[RekeyedPackage, Keyring]:
    kept = Kept()
    done = rekey_package(
        package, out, keyring=keyring, keep_keys=kept, signer=more.pop("signer", a_signer()), now=NOW, **more
    )
    return done, kept.ring


def units(package: Package, ring: Keyring, asset: ReelAsset) -> list[bytes]:
    """The SHA-1 of each unit of an asset, its MIC checked where it is encrypted."""
    with TrackFile.open(package.require(asset.id)) as track:
        assert track.header.key_id == asset.key_id
        key = ring.require(asset.key_id) if asset.key_id is not None else None
        return [hashlib.sha1(unit.data).digest() for unit in track.units(key=key, strict=True)]


def findings(root: Path, ring: Keyring, **more: Any) -> set[tuple[str, str]]:
    found = verify_package(root, now=NOW, keyring=ring, **more).findings
    return {(each.severity, each.id) for each in found if each.severity != "info"}


def check(package: Package, old: Keyring, done: RekeyedPackage, new: Keyring) -> Package:
    """Essence is equal under keys of which none is an old one, all of them used once."""
    made = open_package(done.root)
    assert set(done.keys.values()) == {key.id for key in new.keys}
    assert not {key.id for key in new.keys} & {key.id for key in old.keys}
    assert not {key.value() for key in new.keys} & {key.value() for key in old.keys}
    back = {new_id: old_id for old_id, new_id in done.compositions.items()}
    for cpl in made.compositions:
        was = package.composition(back[cpl.id])
        for asset, before in zip(cpl.assets, was.assets, strict=True):
            assert (asset.id != before.id) is (before.id in done.assets)
            if asset.id in done.keys:
                assert asset.key_id == done.keys[asset.id]
                assert asset.hash == hashlib.sha1(made.require(asset.id).read_bytes()).digest()
            assert units(made, new, asset) == units(package, old, before)
    return made


@pytest.mark.extra("picture")
def test_every_kind_of_another_maker_comes_under_keys_of_its_own(golden: Path, tmp_path: Path) -> None:
    source = packed(golden, tmp_path / "in", signer=a_signer(), key_types={"AuxData": "MDEK"})
    package = open_package(source.root)
    done, ring = rekey(package, tmp_path / "out", source.keyring)
    made = check(package, source.keyring, done, ring)
    assert sorted(key.type for key in ring.keys) == ["MDAK", "MDEK", "MDIK", "MDSK"]
    assert findings(made.root, ring) <= findings(source.root, source.keyring)
    assert done.void == (source.cpl.id,) and not done.newly
    for asset in made.compositions[0].assets:
        with TrackFile.open(made.require(asset.id)) as track, pytest.raises(KeyMissingError):
            list(track.units())
    assert diff_packages(package, made, keyring=merged([source.keyring, ring])).equal


@pytest.mark.parametrize("standard", ["smpte", "interop"])
@pytest.mark.parametrize("stereo", [False, True])
def test_both_standards_flat_and_stereoscopic(tmp_path: Path, standard: Any, stereo: bool) -> None:
    parts = media(tmp_path / "in", standard=standard, stereo=stereo, keys=KEYS[:2])
    film = facts(parts.reel, standard=standard, stereo=stereo)
    package = open_package(write(tmp_path / "in", [parts], [film], a_signer()))
    done, ring = rekey(package, tmp_path / "out")
    made = check(package, RING, done, ring)
    assert made.compositions[0].standard == standard
    assert findings(made.root, ring) <= findings(package.root, RING)


@pytest.mark.parametrize(
    "kinds", [("picture",), ("sound", "text"), ("picture", "sound", "text", "aux")], ids="-".join
)
def test_a_plain_package_is_encrypted_by_kind(golden: Path, tmp_path: Path, kinds: tuple[Any, ...]) -> None:
    source = packed(golden, tmp_path / "in", encrypted=())
    package = open_package(source.root)
    done, ring = rekey(package, tmp_path / "out", None, encrypt=kinds)
    made = check(package, Keyring(), done, ring)
    wanted = {"picture": "MainPicture", "sound": "MainSound", "text": "MainSubtitle", "aux": "AuxData"}
    encrypted = {asset.kind for asset in made.compositions[0].assets if asset.encrypted}
    assert encrypted == {wanted[kind] for kind in kinds}
    assert set(done.newly) == set(done.assets) and not done.void
    assert [note.id for note in done.notes] == ["rekey.nobody-signed"]
    assert findings(made.root, ring) <= findings(source.root, Keyring())
    assert all(pkl.signed for pkl in made.packing_lists)
    assert [key.reel for key in ring.keys] == [1] * len(kinds)


def test_what_is_plain_stays_so_unless_it_is_asked_for(golden: Path, tmp_path: Path) -> None:
    source = packed(golden, tmp_path / "in", encrypted=("MainPicture",), signer=a_signer())
    package = open_package(source.root)
    done, ring = rekey(package, tmp_path / "out", source.keyring)
    assert [key.type for key in ring.keys] == ["MDIK"]
    check(package, source.keyring, done, ring)
    both, ring = rekey(package, tmp_path / "both", source.keyring, encrypt=("sound",))
    assert [key.type for key in ring.keys] == ["MDIK", "MDAK"]
    assert both.newly == (source.ids["MainSound"],)
    check(package, source.keyring, both, ring)


def test_nothing_to_encrypt_is_said(golden: Path, tmp_path: Path) -> None:
    source = packed(golden, tmp_path / "in", encrypted=(), kinds=("MainPicture", "MainSound"))
    for kinds, id in (((), "rekey.nothing"), (("text", "aux"), "rekey.none-of-the-kinds")):
        with pytest.raises(UsageError) as error:
            rekey(open_package(source.root), tmp_path / "out", None, encrypt=kinds)
        assert error.value.id == id


def test_several_compositions_share_the_new_files(tmp_path: Path) -> None:
    package = two_versions(tmp_path / "in", KEYS, a_signer())
    done, ring = rekey(package, tmp_path / "out")
    made = check(package, RING, done, ring)
    assert len(ring.keys) == 4 and len(made.compositions) == 2
    assert len({asset.key_id for cpl in made.compositions for asset in cpl.assets}) == 4
    one, ring = rekey(package, tmp_path / "one", cpl_id=package.compositions[1].id)
    assert len(ring.keys) == 3 and len(one.compositions) == 1 and one.notes


def test_a_playlist_of_plain_files_alone_keeps_its_bytes(tmp_path: Path) -> None:
    root = tmp_path / "in"
    parts = [media(root, "plain"), media(root, "secret", keys=KEYS[:2])]
    write(root, parts, [facts(each.reel, title=f"Film {n}") for n, each in enumerate(parts)], a_signer())
    package = open_package(root)
    plain, secret = sorted(package.compositions, key=lambda cpl: cpl.encrypted)
    done, ring = rekey(package, tmp_path / "out")
    assert done.compositions[plain.id] == plain.id != done.compositions[secret.id]
    assert done.void == (secret.id,) and len(ring.keys) == 2
    made = open_package(done.root)
    assert made.document(made.composition(plain.id)).data == package.document(plain).data
    check(package, RING, done, ring)


def test_of_a_version_file_the_original_s_stay_under_their_keys(tmp_path: Path) -> None:
    parts = media(tmp_path / "ov", keys=KEYS[:2])
    write(tmp_path / "ov", [parts], [facts(parts.reel)], a_signer())
    root = tmp_path / "vf"
    root.mkdir()
    written = text_file(root / "fr.mxf", key=KEYS[2])
    (cpl,) = open_package(tmp_path / "ov").compositions
    tracks = {asset.kind: replayed(asset) for asset in cpl.reels[0].assets if asset.is_track_file}
    reel = ReelFacts(tracks["MainPicture"], tracks["MainSound"], (text_track(written),))
    film = facts(reel, title="Version", subtitle_languages=("fr",), version_file=True)
    write_package(
        root,
        files=[packed_track(written, "Subtitle", "smpte")],
        compositions=[composition(film, id=uuid.uuid4(), now=NOW)],
        standard="smpte",
        signer=a_signer(),
        now=NOW,
    )
    package = open_package(root, ov=[tmp_path / "ov"])
    done, ring = rekey(package, tmp_path / "out")
    assert [key.type for key in ring.keys] == ["MDSK"] and len(list((tmp_path / "out").glob("*.mxf"))) == 1
    assert any("original" in str(note) for note in done.notes)
    made = open_package(tmp_path / "out", ov=[tmp_path / "ov"])
    for asset, before in zip(made.compositions[0].assets, package.compositions[0].assets, strict=True):
        assert units(made, merged([RING, ring]), asset) == units(package, RING, before)
    assert findings(made.root, merged([RING, ring]), ov=[tmp_path / "ov"]) <= findings(
        root, RING, ov=[tmp_path / "ov"]
    )


def wrong_key(root: Path) -> Keyring:
    return Keyring(tuple(ContentKey(id=key.id, type=key.type, value=bytes(16)) for key in KEYS))


def damaged(root: Path) -> Keyring:
    path = root / "r1_picture.mxf"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return RING


def broken_hash(root: Path) -> Keyring:
    """Behind the essence, where no MIC looks."""
    path = root / "r1_sound.mxf"
    data = bytearray(path.read_bytes())
    data[9000] ^= 1  # in the fill of the header
    path.write_bytes(data)
    return RING


def lost(root: Path) -> Keyring:
    (root / "r1_sound.mxf").unlink()
    return RING


def no_key(root: Path) -> Keyring:
    return Keyring(KEYS[:1])


@pytest.mark.parametrize(
    ("harm", "error"),
    [
        (wrong_key, TrackFileError),
        (damaged, TrackFileError),
        (broken_hash, DcpError),
        (lost, DcpError),
        (no_key, KeyMissingError),
    ],
    ids=["wrong-key", "damaged", "broken-hash", "lost", "no-key"],
)
def test_what_cannot_be_believed_leaves_nothing(
    tmp_path: Path, harm: Callable[[Path], Keyring], error: type[DcpError]
) -> None:
    parts = media(tmp_path / "in", keys=KEYS[:2])
    write(tmp_path / "in", [parts], [facts(parts.reel)], a_signer())
    ring = harm(tmp_path / "in")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(error):
        rekey(open_package(tmp_path / "in"), tmp_path / "out", ring)
    assert sorted(tmp_path.iterdir()) == before


def test_documents_that_nobody_signed_are_not_signed_over(tmp_path: Path) -> None:
    parts = media(tmp_path / "in", keys=KEYS[:2])
    write(tmp_path / "in", [parts], [facts(parts.reel)])
    with pytest.raises(SignatureError):
        rekey(open_package(tmp_path / "in"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_no_plain_unit_is_on_the_disk_at_any_time(
    golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = packed(golden, tmp_path / "in", signer=a_signer(), kinds=("MainPicture", "MainSound"))
    package = open_package(source.root)
    (picture, *_) = package.compositions[0].assets
    with TrackFile.open(package.require(picture.id)) as track:
        assert picture.key_id is not None
        first = bytes(next(track.units(key=source.keyring.require(picture.key_id))).data)
    seen = []

    def look(done: int, total: int) -> None:
        for path in tmp_path.rglob("*"):
            if path.is_file():
                seen.append(path)
                assert first[100:164] not in path.read_bytes()

    rekey(package, tmp_path / "out", source.keyring, progress=look)
    assert len({path.name for path in seen}) > 4
