"""Packages with a track of each kind, of other tools' track files, become plain ones with the same units."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kinds_packed import EVERY_KIND, NOW, Packed, essence, packed, text_file, vector
from packages_packed import a_signer, facts, media

from dcp.documents.assetmap import parse_asset_map, write_asset_map
from dcp.documents.pkl import parse_pkl, write_pkl
from dcp.errors import DcpError, KeyMissingError, TrackFileError, UsageError
from dcp.mxf.descriptors import AuxDescriptor, TimedTextDescriptor
from dcp.mxf.reader import TrackFile, TrackHeader, Unit
from dcp.mxf.writer import write_track_file
from dcp.package.package import Package, open_package
from dcp.packing.composition import composition
from dcp.packing.facts import PlayedTrack, played
from dcp.packing.package import PackedFile, packed_track, write_package
from dcp.rework.decrypt import DecryptedPackage, decrypt_package
from dcp.rework.planning import items_of
from dcp.secrets.keys import ContentKey, Keyring
from dcp.verify.engine import verify_package

STEREO = ("MainStereoscopicPicture", *EVERY_KIND[1:])


def decrypted(made: Packed, out: Path, keyring: Keyring | None = None) -> DecryptedPackage:
    return decrypt_package(
        open_package(made.root), out, keyring=made.keyring if keyring is None else keyring, now=NOW
    )


def header_of(path: Path) -> TrackHeader:
    with TrackFile.open(path) as track:
        return track.header


def findings(root: Path, keyring: Keyring | None = None) -> set[tuple[str, str]]:
    """What `verify` says above information."""
    report = verify_package(root, now=NOW, keyring=keyring)
    return {(each.severity, each.id) for each in report.findings if each.severity != "info"}


def file_of(package: Package, kind: str) -> Path:
    (asset,) = (asset for asset in package.compositions[0].assets if asset.kind == kind)
    return package.require(asset.id)


@pytest.mark.parametrize(
    ("kinds", "encrypted"),
    [
        (EVERY_KIND, EVERY_KIND),
        (STEREO, STEREO),
        (EVERY_KIND, ("MainSubtitle",)),
        (EVERY_KIND, ("AuxData",)),
        (EVERY_KIND, ("MainPicture", "MainSound")),
        (EVERY_KIND, ()),
    ],
    ids=["all", "stereoscopic", "text", "aux", "picture and sound", "none"],
)
def test_units_are_those_of_the_plain_vectors(
    golden: Path, tmp_path: Path, kinds: Sequence[str], encrypted: Sequence[str]
) -> None:
    made = packed(golden, tmp_path / "in", kinds=kinds, encrypted=encrypted)
    done = decrypted(made, tmp_path / "out")
    package = open_package(done.root)
    assert not package.compositions[0].encrypted
    for kind in kinds:
        path = file_of(package, kind)
        assert essence(path) == made.units[kind]
        was, now = header_of(made.paths[kind]), header_of(path)
        assert path.name == f"{now.asset_id}.mxf"
        if kind in encrypted:
            assert now.asset_id == done.assets[made.ids[kind]] != was.asset_id
            assert (now.container_duration, now.edit_rate) == (was.container_duration, was.edit_rate)
        else:
            assert path.read_bytes() == made.paths[kind].read_bytes()
    assert set(done.assets) == {made.ids[kind] for kind in encrypted}
    assert findings(done.root) <= findings(made.root, made.keyring)


def test_the_header_says_of_text_and_data_what_the_encrypted_one_said(golden: Path, tmp_path: Path) -> None:
    made = packed(golden, tmp_path / "in")
    package = open_package(decrypted(made, tmp_path / "out").root)
    text, was = (
        header_of(path).descriptor for path in (file_of(package, "MainSubtitle"), made.paths["MainSubtitle"])
    )
    assert isinstance(text, TimedTextDescriptor) and isinstance(was, TimedTextDescriptor)
    assert text.resource_id == was.resource_id == uuid.UUID("a1b2c3d4-0003-4000-8000-00000000f003")
    assert (text.namespace_uri, text.languages) == (was.namespace_uri, was.languages)
    assert [(r.id, r.mime_type) for r in text.resources] == [(r.id, r.mime_type) for r in was.resources]
    data = header_of(file_of(package, "AuxData")).descriptor
    assert isinstance(data, AuxDescriptor)
    assert data == header_of(made.paths["AuxData"]).descriptor


def test_the_plain_file_is_laid_out_as_the_other_tools_plain_one(golden: Path, tmp_path: Path) -> None:
    """The same units at the same lengths: text and resources each in a partition of its own."""
    made = packed(golden, tmp_path / "in")
    package = open_package(decrypted(made, tmp_path / "out").root)
    for kind in ("MainSubtitle", "AuxData"):
        plain, _ = vector(golden, kind, encrypted=False)
        with TrackFile.open(plain) as theirs, TrackFile.open(file_of(package, kind)) as ours:
            assert [p.kind for p in ours.partitions] == [p.kind for p in theirs.partitions]
            assert list(ours.sizes() or ()) == list(theirs.sizes() or ())


@pytest.mark.parametrize("signed", [True, False])
def test_documents_are_signed_anew_or_not(golden: Path, tmp_path: Path, signed: bool) -> None:
    made = packed(golden, tmp_path / "in", signer=a_signer())
    done = decrypt_package(
        open_package(made.root),
        tmp_path / "out",
        keyring=made.keyring,
        signer=a_signer() if signed else None,
        now=NOW,
    )
    assert open_package(done.root).compositions[0].signed is signed
    assert not any(id.startswith("SIG") for _, id in findings(done.root))


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_each_key_is_needed_and_the_right_one(golden: Path, tmp_path: Path, kind: str) -> None:
    made = packed(golden, tmp_path / "in")
    key_id = header_of(made.paths[kind]).key_id
    assert key_id is not None
    others = tuple(key for key in made.keyring.keys if key.id != key_id)
    with pytest.raises(KeyMissingError, match=str(key_id)):
        decrypted(made, tmp_path / "out", Keyring(others))
    wrong = ContentKey(id=key_id, type="MDIK", value=bytes(16))
    with pytest.raises(TrackFileError) as caught:
        decrypted(made, tmp_path / "out", Keyring((*others, wrong)))
    assert (caught.value.reason, caught.value.exit_code) == ("wrong_key", 2)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(("kind", "unit"), [("MainSubtitle", 0), ("MainSubtitle", 2), ("AuxData", 11)])
def test_a_damaged_unit_leaves_nothing(golden: Path, tmp_path: Path, kind: str, unit: int) -> None:
    made = packed(golden, tmp_path / "in")
    path = made.paths[kind]
    with TrackFile.open(path) as track:
        offset = [each.offset for each in track.units(raw=True)][unit]
    data = bytearray(path.read_bytes())
    data[offset + 180] ^= 1
    path.write_bytes(data)
    with pytest.raises(TrackFileError):
        decrypted(made, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("left", [0, 2])
def test_a_text_without_its_document_or_a_resource_is_refused(
    golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    """The reader goes past what is not there: what the header lists is counted here."""
    made = packed(golden, tmp_path / "in", encrypted=("MainSubtitle",))
    whole = TrackFile.units

    def some(track: TrackFile, *args: Any, **more: Any) -> Iterator[Unit]:
        return (unit for unit in whole(track, *args, **more) if unit.index != left)

    monkeypatch.setattr(TrackFile, "units", some)
    with pytest.raises(TrackFileError, match="lacks"):
        decrypted(made, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_resource_that_the_header_does_not_list_is_refused(golden: Path, tmp_path: Path) -> None:
    made = packed(golden, tmp_path / "in", encrypted=("MainSubtitle",))
    path = made.paths["MainSubtitle"]
    data = path.read_bytes()
    with TrackFile.open(path) as track:
        descriptor = track.header.descriptor
    assert isinstance(descriptor, TimedTextDescriptor)
    listed = bytes.fromhex("3f070004") + descriptor.resources[1].stream_id.to_bytes(4, "big")
    assert data.count(listed) == 1
    path.write_bytes(data.replace(listed, listed[:4] + (99).to_bytes(4, "big")))
    with pytest.raises(TrackFileError, match="resource"):
        decrypted(made, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_what_no_writer_takes_is_refused_before_any_work(golden: Path, tmp_path: Path) -> None:
    made = packed(golden, tmp_path / "in", kinds=("MainPicture", "AuxData"), encrypted=("AuxData",))
    path = made.paths["AuxData"]
    data = path.read_bytes()
    coding = bytes.fromhex("060e2b34040101050e09060701010103")
    tag = bytes.fromhex("3e010010") + coding
    assert data.count(tag) == 1
    path.write_bytes(data.replace(tag, bytes.fromhex("3eff0010") + coding))
    with pytest.raises(UsageError, match="no writer"):
        items_of(open_package(made.root), made.keyring)


def one_text(root: Path, path: Path, key: ContentKey) -> Packed:
    """A package of a plain picture and sound and the text file at `path`."""
    parts = media(root, "a")
    data = path.read_bytes()
    header = header_of(path)
    track = PlayedTrack(id=header.asset_id, length=24, key_id=key.id, language="fr", kind="MainSubtitle")
    film = facts(replace(parts.reel, others=(track,)), title="Test", subtitle_languages=("fr",))
    file = PackedFile(header.asset_id, path.name, len(data), hashlib.sha1(data).digest(), "application/mxf")
    cpl = composition(film, id=uuid.uuid4(), now=NOW)
    write_package(root, files=[*parts.files, file], compositions=[cpl], standard="smpte", now=NOW)
    return Packed(root, cpl, Keyring((key,)), {}, {}, {"MainSubtitle": path})


@pytest.mark.parametrize("changed", ["duration", "language"])
def test_what_a_header_says_oddly_is_no_hindrance(tmp_path: Path, changed: str) -> None:
    """No duration: the playlist's then. A language that is no tag stays what it is."""
    key = ContentKey.generate("MDSK")
    (tmp_path / "in").mkdir()
    path = text_file(tmp_path / "in" / "text.mxf", key=key).path
    data = path.read_bytes()
    if changed == "duration":
        for tag in ("30020008", "02020008"):
            item = bytes.fromhex(tag)
            data = data.replace(item + (24).to_bytes(8, "big"), item + bytes(8))
    else:
        assert data.count("fr".encode("utf-16-be")) == 1
        data = data.replace("fr".encode("utf-16-be"), "f_".encode("utf-16-be"))
    path.write_bytes(data)
    made = one_text(tmp_path / "in", path, key)
    done = decrypted(made, tmp_path / "out")
    now = header_of(file_of(open_package(done.root), "MainSubtitle"))
    assert isinstance(now.descriptor, TimedTextDescriptor)
    if changed == "duration":
        assert header_of(path).container_duration == 0 and now.container_duration == 24
    else:
        assert now.descriptor.languages == "f_"


def test_immersive_sound_of_another_maker_comes_back(corpus: Path, tmp_path: Path) -> None:
    """Frames that a studio's machine wrote, encrypted here."""
    theirs = corpus / "ClairMeta_Data" / "MXF" / "atmos.mxf"
    with TrackFile.open(theirs) as track:
        was = track.header
        units = [bytes(unit.data) for unit in track.units(0, 24, strict=True)]
    assert isinstance(was.descriptor, AuxDescriptor)
    key = ContentKey.generate("MDEK")
    root = tmp_path / "in"
    parts = media(root, "a")
    written = write_track_file(
        root / "atmos.mxf",
        units,
        sizes=[len(unit) for unit in units],
        descriptor=was.descriptor,
        edit_rate=was.edit_rate,
        asset_id=uuid.uuid4(),
        key=key,
        now=NOW,
    )
    coding = str(was.descriptor.data_essence_coding)
    track_facts = replace(played(written, kind="AuxData"), data_type=f"urn:smpte:ul:{coding}")
    film = facts(replace(parts.reel, others=(track_facts,)), title="Test", immersive=True)
    cpl = composition(film, id=uuid.uuid4(), now=NOW)
    files = [*parts.files, packed_track(written, "AuxData", "smpte")]
    write_package(root, files=files, compositions=[cpl], standard="smpte", now=NOW)
    done = decrypt_package(open_package(root), tmp_path / "out", keyring=Keyring((key,)), now=NOW)
    path = file_of(open_package(done.root), "AuxData")
    assert essence(path) == [hashlib.sha1(unit).hexdigest() for unit in units]
    assert header_of(path).descriptor == was.descriptor
    assert findings(done.root) <= findings(root, Keyring((key,)))


def test_names_that_are_no_ids_stay(golden: Path, tmp_path: Path) -> None:
    made = packed(golden, tmp_path / "in", name="{kind}.mxf")
    done = decrypted(made, tmp_path / "out")
    assert {path.name for path in done.root.glob("*.mxf")} == {f"{kind}.mxf" for kind in EVERY_KIND}


def test_words_of_the_documents_have_the_new_ids(golden: Path, tmp_path: Path) -> None:
    made = packed(golden, tmp_path / "in")
    (path,) = made.root.glob("pkl*.xml")
    pkl = parse_pkl(path.read_bytes(), where=path)
    entries = tuple(
        replace(entry, annotation_text=f"{entry.id}.mxf", original_file_name=f"J2C_{entry.id}.mxf")
        for entry in pkl.asset_list
    )
    path.write_bytes(write_pkl(replace(pkl, asset_list=entries)))
    (map_path,) = made.root.glob("ASSETMAP*")
    asset_map = parse_asset_map(map_path.read_bytes(), where=map_path)
    bare = tuple(
        replace(each, chunk_list=(replace(each.chunk_list[0], length=None),)) for each in asset_map.asset_list
    )
    map_path.write_bytes(write_asset_map(replace(asset_map, asset_list=bare)))
    done = decrypted(made, tmp_path / "out")
    (new,) = open_package(done.root).packing_lists
    for entry in new.asset_list:
        assert entry.annotation_text == f"{entry.id}.mxf"
        assert entry.original_file_name == f"J2C_{entry.id}.mxf"


def test_an_error_names_the_file(golden: Path, tmp_path: Path) -> None:
    made = packed(golden, tmp_path / "in")
    made.paths["AuxData"].unlink()
    with pytest.raises(DcpError, match=r"30\.mxf"):
        decrypted(made, tmp_path / "out")
