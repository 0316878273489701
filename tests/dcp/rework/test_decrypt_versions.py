"""Version files over their originals, and one composition of several, decrypted."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

import pytest
from kinds_packed import DOCUMENT_ID, PNG, PNG_ID, text_document, text_file, text_track, two_versions
from packages_packed import NOW, Media, facts, media, write

from dcp.errors import DcpError, KeyMissingError, UsageError
from dcp.mxf.reader import TrackFile
from dcp.package.package import Package, open_package
from dcp.packing.composition import composition
from dcp.packing.facts import ReelFacts, replayed
from dcp.packing.package import packed_track, write_package
from dcp.rework.decrypt import DecryptedPackage, decrypt_package
from dcp.secrets.keys import ContentKey, Keyring
from dcp.verify.engine import verify_package

KEYS = tuple(ContentKey.generate(kind) for kind in ("MDIK", "MDAK", "MDSK", "MDSK"))
RING = Keyring(KEYS)


def version(
    root: Path, originals: list[Path], *, key: ContentKey | None, name: str = "fr.mxf", title: str = "Version"
) -> Path:
    """A version file: the first reel of each original, with a French text of its own."""
    root.mkdir()
    written = text_file(root / name, key=key)
    reels = []
    for original in originals:
        (cpl,) = open_package(original).compositions
        tracks = {asset.kind: replayed(asset) for asset in cpl.reels[0].assets if asset.is_track_file}
        reels.append(ReelFacts(tracks["MainPicture"], tracks["MainSound"], (text_track(written),)))
    film = facts(*reels, title=title, subtitle_languages=("fr",), version_file=True)
    write_package(
        root,
        files=[packed_track(written, "Subtitle", "smpte")],
        compositions=[composition(film, id=uuid.uuid4(), now=NOW)],
        standard="smpte",
        now=NOW,
        annotation=title,
    )
    return root


def original(root: Path, *, encrypted: Sequence[str] = ("picture", "sound"), name: str = "a") -> Path:
    """An original of a second."""
    aside = root / "encrypted"
    plain, secret = media(root, name), media(aside, name, keys=KEYS[:2])
    files, tracks = [], []
    for place, kind in enumerate(("picture", "sound")):
        made = secret if kind in encrypted else plain
        files.append(made.files[place])
        tracks.append(made.picture if kind == "picture" else made.sound)
        if kind in encrypted:
            (aside / files[-1].name).replace(root / files[-1].name)
    shutil.rmtree(aside)
    parts = Media(tracks[0], tracks[1], (files[0], files[1]))
    return write(root, [parts], [facts(parts.reel, title=f"Original {name}")])


def decrypted(root: Path, out: Path, *ov: Path, keyring: Keyring = RING) -> DecryptedPackage:
    return decrypt_package(open_package(root, ov=ov), out, keyring=keyring, now=NOW)


def kinds_held(package: Package) -> dict[str, bool]:
    """Whether the package itself has the file of each kind of asset."""
    return {a.kind: a.id in package.files for a in package.compositions[0].assets if a.is_track_file}


def clean(root: Path, *ov: Path) -> list[tuple[str, str]]:
    report = verify_package(root, ov=ov, now=NOW)
    return [(each.id, each.message) for each in report.findings if each.severity != "info"]


def units(path: Path, key: ContentKey | None = None) -> list[bytes]:
    with TrackFile.open(path) as track:
        return [bytes(unit.data) for unit in track.units(key=key, strict=True)]


def test_what_is_encrypted_comes_along_from_the_original(tmp_path: Path) -> None:
    ov = original(tmp_path / "ov")
    vf = version(tmp_path / "vf", [ov], key=KEYS[2])
    with pytest.raises(DcpError, match="no file in this package"):
        decrypted(vf, tmp_path / "no")
    done = decrypted(vf, tmp_path / "out", ov)
    package = open_package(done.root)
    assert all(kinds_held(package).values()) and len(done.assets) == 3
    assert {note.id for note in done.notes} == {"vouch.nobody-vouches"}
    assert clean(done.root) == []
    text = next(asset for asset in package.compositions[0].assets if asset.kind == "MainSubtitle")
    assert units(package.require(text.id)) == [text_document(), PNG]
    assert text.language == "fr"


def test_a_plain_original_stays_where_it_is(tmp_path: Path) -> None:
    ov = original(tmp_path / "ov", encrypted=())
    vf = version(tmp_path / "vf", [ov], key=KEYS[2])
    for given in ((), (ov,)):
        done = decrypted(vf, tmp_path / f"out{len(given)}", *given)
        held = kinds_held(open_package(done.root))
        assert held == {"MainPicture": False, "MainSound": False, "MainSubtitle": True}
        assert [note.id for note in done.notes][-1] == "rework.stays-in-original"
        assert clean(done.root, ov) == []


def test_of_a_mixed_original_what_is_encrypted_comes_and_the_rest_stays(tmp_path: Path) -> None:
    ov = original(tmp_path / "ov", encrypted=("picture",))
    vf = version(tmp_path / "vf", [ov], key=None)
    done = decrypted(vf, tmp_path / "out", ov)
    held = kinds_held(open_package(done.root))
    assert held == {"MainPicture": True, "MainSound": False, "MainSubtitle": True}
    assert clean(done.root, ov) == []


def test_several_originals_whose_files_have_the_same_names(tmp_path: Path) -> None:
    one = original(tmp_path / "one")
    two = original(tmp_path / "two")
    vf = version(tmp_path / "vf", [one, two], key=KEYS[2], name="A_picture.mxf")
    done = decrypted(vf, tmp_path / "out", one, two)
    package = open_package(done.root)
    assert all(kinds_held(package).values()) and len(done.assets) == 5
    names = sorted(path.name for path in done.root.glob("*.mxf"))
    assert len(names) == len({name.casefold() for name in names}) == 5
    assert {"A_picture.mxf", "a_sound.mxf"} < set(names)
    assert clean(done.root) == []
    for reel, ov in zip(package.compositions[0].reels, (one, two), strict=True):
        assert reel.picture is not None
        assert units(package.require(reel.picture.id)) == units(ov / "a_picture.mxf", KEYS[0])


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_key_of_the_original_or_of_the_version_is_missing(tmp_path: Path, missing: int) -> None:
    ov = original(tmp_path / "ov")
    vf = version(tmp_path / "vf", [ov], key=KEYS[2])
    ring = Keyring(tuple(key for n, key in enumerate(KEYS) if n != missing))
    with pytest.raises(KeyMissingError, match=str(KEYS[missing].id)):
        decrypted(vf, tmp_path / "out", ov, keyring=ring)
    assert not (tmp_path / "out").exists()


def test_one_composition_of_several_needs_its_own_keys_alone(tmp_path: Path) -> None:
    package = two_versions(tmp_path / "in", KEYS)
    wanted = package.compositions[1]
    ring = Keyring((*KEYS[:2], KEYS[3]))
    with pytest.raises(KeyMissingError):
        decrypt_package(package, tmp_path / "all", keyring=ring, now=NOW)
    done = decrypt_package(package, tmp_path / "one", keyring=ring, cpl_id=wanted.id, now=NOW)
    assert list(done.compositions) == [wanted.id]
    assert "rework.one-of-several" in [note.id for note in done.notes]
    (cpl,) = open_package(done.root).compositions
    assert cpl.content_title_text == "Film 1"
    assert len(list(done.root.glob("*.mxf"))) == 3
    assert clean(done.root) == []
    with pytest.raises(UsageError):
        decrypt_package(package, tmp_path / "none", keyring=ring, cpl_id=uuid.uuid4(), now=NOW)
    both = decrypt_package(package, tmp_path / "both", keyring=RING, now=NOW)
    assert len(both.compositions) == 2 and clean(both.root) == []


def test_a_text_keeps_the_id_of_its_document(tmp_path: Path) -> None:
    package = two_versions(tmp_path / "in", KEYS)
    done = decrypt_package(package, tmp_path / "out", keyring=RING, now=NOW)
    for path in done.root.glob("?.mxf"):
        with TrackFile.open(path) as track:
            descriptor = track.header.descriptor
            assert descriptor.resource_id == DOCUMENT_ID  # type: ignore[union-attr]
            assert [each.id for each in descriptor.resources] == [PNG_ID]  # type: ignore[union-attr]
