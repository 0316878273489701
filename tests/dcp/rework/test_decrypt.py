"""Decrypted copies: plain track files under new ids, documents that agree, nothing left when it fails."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from material import codestream

from dcp.documents.assetmap import AssetMap, Chunk, MapAsset, write_asset_map
from dcp.documents.cpl import CompositionPlaylist, ContentVersion, Reel, ReelAsset, cpl_element, write_cpl
from dcp.documents.pkl import PackingList, PklAsset, pkl_element, write_pkl
from dcp.documents.volindex import VolumeIndex, write_volume_index
from dcp.errors import DcpError, KeyMissingError, SignatureError, TrackFileError
from dcp.mxf.descriptors import Descriptor, PictureDescriptor, SoundDescriptor
from dcp.mxf.reader import TrackFile
from dcp.mxf.writer import write_track_file
from dcp.package.package import open_package
from dcp.picture.codestream import parse_codestream
from dcp.rework.decrypt import decrypt_package
from dcp.secrets.keys import ContentKey, Keyring
from dcp.trust.making import make_chain
from dcp.trust.signature import verify_enveloped
from dcp.trust.signer import Signer
from dcp.trust.signing import sign_document
from dcp.verify.engine import verify_package

NOW = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)
RATE = Fraction(24)
FRAMES = 24


@dataclass
class Made:
    root: Path
    keyring: Keyring
    units: dict[str, list[bytes]]
    ids: dict[str, uuid.UUID]


def make_package(
    root: Path,
    *,
    encrypted: tuple[str, ...] = ("picture", "sound"),
    signer: Signer | None = None,
    asset: Callable[[ReelAsset], ReelAsset] = lambda asset: asset,
    file: Callable[[Path], None] = lambda path: None,
) -> Made:
    """One reel of a second, its documents consistent.

    asset: what the playlist says of each asset instead. file: changes a track file before it is hashed for
    the packing list. signer: of the documents.
    """
    root.mkdir(parents=True)
    frame = codestream(0)
    units = {
        "picture": [frame] * FRAMES,
        "sound": [bytes([n]) * (2000 * 6 * 3) for n in range(FRAMES)],
    }
    descriptors: dict[str, Descriptor] = {
        "picture": PictureDescriptor.from_codestream(parse_codestream(frame), RATE),
        "sound": SoundDescriptor.labelled(("L", "R", "C", "LFE", "Ls", "Rs")),
    }
    kinds = {"picture": "MainPicture", "sound": "MainSound"}
    keys = {
        "picture": ContentKey(id=uuid.uuid4(), type="MDIK", value=bytes(range(16))),
        "sound": ContentKey(id=uuid.uuid4(), type="MDAK", value=bytes(range(16, 32))),
    }
    reel: list[ReelAsset] = []
    entries: list[PklAsset] = []
    mapped: list[MapAsset] = []
    ids = {}
    for role in ("picture", "sound"):
        key = keys[role] if role in encrypted else None
        written = write_track_file(
            root / "media" / f"{role} file.mxf",
            units[role],
            sizes=[len(unit) for unit in units[role]],
            descriptor=descriptors[role],
            edit_rate=RATE,
            asset_id=uuid.uuid4(),
            key=key,
            now=NOW,
        )
        ids[role] = written.asset_id
        file(written.path)
        now_is = written.path.read_bytes()
        reel.append(
            ReelAsset(
                kind=kinds[role],
                id=written.asset_id,
                edit_rate=RATE,
                intrinsic_duration=FRAMES,
                key_id=key.id if key else None,
                hash=written.sha1,
                frame_rate=RATE if role == "picture" else None,
                screen_aspect_ratio="64 36" if role == "picture" else None,
            )
        )
        entries.append(PklAsset(ids[role], hashlib.sha1(now_is).digest(), len(now_is), "application/mxf"))
        mapped.append(MapAsset(written.asset_id, (Chunk(f"media/{role}%20file.mxf"),)))
    cpl_id = uuid.uuid4()
    cpl = CompositionPlaylist(
        id=cpl_id,
        issue_date=NOW,
        content_title_text="Test",
        content_kind="test",
        content_versions=(ContentVersion(f"urn:uuid:{cpl_id}", "1"),),
        reels=(Reel(id=uuid.uuid4(), assets=tuple(asset(each) for each in reel)),),
    )
    data = sign_document(cpl_element(cpl), signer) if signer else write_cpl(cpl)
    (root / "cpl.xml").write_bytes(data)
    entries.append(PklAsset(cpl_id, hashlib.sha1(data).digest(), len(data), "text/xml"))
    mapped.append(MapAsset(cpl_id, (Chunk("cpl.xml"),)))
    pkl = PackingList(
        id=uuid.uuid4(), issue_date=NOW, issuer="Test", creator="test", asset_list=tuple(entries)
    )
    (root / "pkl.xml").write_bytes(sign_document(pkl_element(pkl), signer) if signer else write_pkl(pkl))
    mapped.append(MapAsset(pkl.id, (Chunk("pkl.xml"),), packing_list=True))
    whole = AssetMap(id=uuid.uuid4(), issue_date=NOW, issuer="Test", creator="test", asset_list=tuple(mapped))
    (root / "ASSETMAP.xml").write_bytes(write_asset_map(whole))
    (root / "VOLINDEX.xml").write_bytes(write_volume_index(VolumeIndex()))
    return Made(root, Keyring(tuple(keys[role] for role in encrypted)), units, ids)


def essence(path: Path) -> list[bytes]:
    with TrackFile.open(path) as track:
        assert not track.header.encrypted
        return [bytes(unit.data) for unit in track.units(strict=True)]


def check_hashes(root: Path) -> None:
    """Every entry of the packing lists has the hash and size of its file, and the map lists all of them."""
    package = open_package(root)
    for pkl in package.packing_lists:
        for entry in pkl.asset_list:
            data = package.require(entry.id).read_bytes()
            assert (entry.hash, entry.size) == (hashlib.sha1(data).digest(), len(data))
    on_disk = {
        path for path in root.rglob("*") if path.is_file() and not path.name.startswith(("ASSET", "VOL"))
    }
    assert on_disk == set(package.files.values())


def test_the_copy_is_plain_has_new_ids_and_agrees_with_itself(tmp_path: Path) -> None:
    made = make_package(tmp_path / "in")
    told: list[tuple[int, int]] = []
    done = decrypt_package(
        open_package(made.root),
        tmp_path / "out",
        keyring=made.keyring,
        now=NOW,
        progress=lambda count, total: told.append((count, total)),
    )
    check_hashes(done.root)
    package = open_package(done.root)
    (cpl,) = package.compositions
    assert cpl.id == done.cpl_id != open_package(made.root).compositions[0].id
    assert cpl.content_versions[0].id == f"urn:uuid:{cpl.id}"
    assert not cpl.encrypted
    for role, asset in zip(("picture", "sound"), cpl.assets, strict=True):
        assert asset.id == done.assets[made.ids[role]] != made.ids[role]
        assert essence(package.require(asset.id)) == made.units[role]
        assert asset.hash == hashlib.sha1(package.require(asset.id).read_bytes()).digest()
    assert told[-1][0] == told[-1][1] > 0
    assert [count for count, _ in told] == sorted(count for count, _ in told)


def test_what_is_plain_keeps_its_id_and_its_bytes(tmp_path: Path) -> None:
    made = make_package(tmp_path / "in", encrypted=("picture",))
    done = decrypt_package(open_package(made.root), tmp_path / "out", keyring=made.keyring, now=NOW)
    assert set(done.assets) == {made.ids["picture"]}
    copied = open_package(done.root).require(made.ids["sound"])
    assert copied.read_bytes() == (made.root / "media" / "sound file.mxf").read_bytes()
    check_hashes(done.root)


def test_a_version_file_takes_what_is_encrypted_from_its_original(tmp_path: Path) -> None:
    made = make_package(tmp_path / "ov")
    version = tmp_path / "vf"
    # the version holds a playlist that points at the original's files and nothing else
    package = open_package(made.root)
    (cpl,) = package.compositions
    cpl_bytes = write_cpl(cpl)
    version.mkdir()
    (version / "cpl.xml").write_bytes(cpl_bytes)
    entry = PklAsset(cpl.id, hashlib.sha1(cpl_bytes).digest(), len(cpl_bytes), "text/xml")
    pkl = PackingList(id=uuid.uuid4(), issue_date=NOW, issuer="i", creator="c", asset_list=(entry,))
    (version / "pkl.xml").write_bytes(write_pkl(pkl))
    mapped = (MapAsset(cpl.id, (Chunk("cpl.xml"),)), MapAsset(pkl.id, (Chunk("pkl.xml"),), packing_list=True))
    whole = AssetMap(id=uuid.uuid4(), issue_date=NOW, issuer="i", creator="c", asset_list=mapped)
    (version / "ASSETMAP.xml").write_bytes(write_asset_map(whole))
    with pytest.raises(DcpError, match="no file in this package"):
        decrypt_package(open_package(version), tmp_path / "no", keyring=made.keyring, now=NOW)
    done = decrypt_package(
        open_package(version, ov=[made.root]), tmp_path / "out", keyring=made.keyring, now=NOW
    )
    check_hashes(done.root)
    assert len(open_package(done.root).packing_lists[0].asset_list) == 3


def test_without_a_key_or_with_damage_nothing_is_left(tmp_path: Path) -> None:
    made = make_package(tmp_path / "in")
    with pytest.raises(KeyMissingError):
        decrypt_package(
            open_package(made.root), tmp_path / "out", keyring=Keyring(made.keyring.keys[:1]), now=NOW
        )
    file = made.root / "media" / "picture file.mxf"
    data = bytearray(file.read_bytes())
    data[20_000] ^= 1
    file.write_bytes(data)
    with pytest.raises(TrackFileError):
        decrypt_package(open_package(made.root), tmp_path / "out", keyring=made.keyring, now=NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_file_that_is_not_the_one_hashed_is_an_error(tmp_path: Path) -> None:
    made = make_package(tmp_path / "in", encrypted=("picture",))
    file = made.root / "media" / "sound file.mxf"
    data = bytearray(file.read_bytes())
    data[30_000] ^= 1
    file.write_bytes(data)
    with pytest.raises(DcpError, match="does not have the hash"):
        decrypt_package(open_package(made.root), tmp_path / "out", keyring=made.keyring, now=NOW)
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def signer() -> Signer:
    return make_chain(organization="Example", unit="Mastering", role="CS", now=NOW).signer


def test_the_new_documents_are_signed_when_a_signer_is_given(tmp_path: Path, signer: Signer) -> None:
    made = make_package(tmp_path / "in", signer=signer)
    done = decrypt_package(
        open_package(made.root), tmp_path / "out", keyring=made.keyring, signer=signer, now=NOW
    )
    check_hashes(done.root)
    for document in (*done.root.glob("cpl*.xml"), *done.root.glob("pkl*.xml")):
        assert verify_enveloped(document.read_bytes(), where=document).chain.leaf == signer.leaf
    assert open_package(done.root).compositions[0].signed
    assert [note.id for note in done.notes] == ["vouch.signed-by"]


def refused(made: Made, out: Path, message: str, *, signer: Signer | None = None) -> DcpError:
    """The package is refused, and nothing is left."""
    with pytest.raises(DcpError, match=message) as caught:
        decrypt_package(open_package(made.root), out, keyring=made.keyring, signer=signer, now=NOW)
    assert not out.exists()
    return caught.value


def test_without_signatures_a_package_is_decrypted_with_a_note_and_never_signed(
    tmp_path: Path, signer: Signer
) -> None:
    made = make_package(tmp_path / "in")
    done = decrypt_package(open_package(made.root), tmp_path / "out", keyring=made.keyring, now=NOW)
    assert [str(note).split(" ")[0] for note in done.notes] == ["cpl.xml", "pkl.xml"]
    error = refused(made, tmp_path / "signed", "is not signed anew", signer=signer)
    assert isinstance(error, SignatureError)
    plain = make_package(tmp_path / "plain", encrypted=())
    assert (
        decrypt_package(
            open_package(plain.root), tmp_path / "copy", keyring=Keyring(), signer=signer, now=NOW
        ).notes
        == ()
    )


@pytest.mark.parametrize("name", ["cpl.xml", "pkl.xml"])
def test_a_signature_that_does_not_hold_is_refused_with_and_without_a_signer(
    tmp_path: Path, signer: Signer, name: str
) -> None:
    made = make_package(tmp_path / "in", signer=signer)
    document = made.root / name
    document.write_bytes(document.read_bytes().replace(b">2028-06-01T12:00:00", b">2028-06-01T13:00:00"))
    for each in (signer, None):
        assert isinstance(refused(made, tmp_path / "out", "digest", signer=each), SignatureError)


def test_a_playlist_that_is_not_the_one_hashed_is_refused(tmp_path: Path) -> None:
    made = make_package(tmp_path / "in")
    document = made.root / "cpl.xml"
    document.write_bytes(document.read_bytes().replace(b"Test", b"Best"))
    refused(made, tmp_path / "out", "playlist does not have the hash")


@pytest.mark.parametrize("encrypted", [(), ("picture", "sound")])
def test_a_file_that_is_another_asset_is_refused_whatever_its_hash(
    tmp_path: Path, encrypted: tuple[str, ...]
) -> None:
    """The same name, another file, and a packing list that fits it."""
    other = make_package(tmp_path / "other", encrypted=encrypted)

    def replaced(path: Path) -> None:
        path.write_bytes((other.root / "media" / path.name).read_bytes())

    made = make_package(
        tmp_path / "in", encrypted=encrypted, file=replaced, asset=lambda asset: replace(asset, hash=None)
    )
    refused(made, tmp_path / "out", "the file is the asset")


def test_the_hash_in_the_playlist_counts_as_well_as_that_in_the_packing_list(tmp_path: Path) -> None:
    def changed(path: Path) -> None:
        """A unit of plain sound, which no integrity code covers."""
        data = bytearray(path.read_bytes())
        if b"\7" * 100 in data:
            data[data.index(b"\7" * 100)] ^= 1
            path.write_bytes(data)

    made = make_package(tmp_path / "in", encrypted=("picture",), file=changed)
    refused(made, tmp_path / "out", "hash that the composition playlist states")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key_id": uuid.uuid4()}, "encrypted under the key"),
        ({"key_id": None}, "encrypted under the key"),
        ({"edit_rate": Fraction(25)}, "edit rate"),
        ({"kind": "AuxData"}, "the CPL says AuxData"),
    ],
)
def test_what_the_playlist_says_of_an_encrypted_file_must_be_so(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    made = make_package(
        tmp_path / "in",
        asset=lambda asset: replace(asset, **change) if asset.kind == "MainSound" else asset,
    )
    refused(made, tmp_path / "out", message)


def test_a_count_of_sound_units_that_the_file_cannot_have_takes_no_memory(tmp_path: Path) -> None:
    """Fewer than the smallest units of this size would be, and far more than these are."""

    def claimed(path: Path) -> None:
        data = path.read_bytes()
        for tag in ("30020008", "02020008"):
            item = bytes.fromhex(tag)
            data = data.replace(item + FRAMES.to_bytes(8, "big"), item + (20_000).to_bytes(8, "big"))
        path.write_bytes(data)

    made = make_package(
        tmp_path / "in",
        encrypted=("sound",),
        file=lambda path: claimed(path) if "sound" in path.name else None,
        asset=lambda asset: replace(asset, hash=None),
    )
    refused(made, tmp_path / "out", "20,000 edit units of 36,000 bytes")


def test_a_plain_file_that_the_playlist_calls_encrypted_is_refused(tmp_path: Path) -> None:
    made = make_package(
        tmp_path / "in", encrypted=(), asset=lambda asset: replace(asset, key_id=uuid.uuid4())
    )
    refused(made, tmp_path / "out", "is not encrypted, the CPL names the key")


def test_a_package_by_another_maker_with_encrypted_text_becomes_a_plain_one(
    golden: Path, tmp_path: Path
) -> None:
    facts = json.loads((golden / "libdcp" / "enc" / "manifest.json").read_text())
    keys = tuple(
        ContentKey(id=uuid.UUID(a["key_id"]), type=a["key_type"], value=bytes.fromhex(a["key_hex"]))
        for a in facts["assets"].values()
    )
    source = open_package(golden / "libdcp" / "enc" / "dcp")
    done = decrypt_package(source, tmp_path / "out", keyring=Keyring(keys), now=NOW)
    check_hashes(done.root)
    plain = next(path.parent for path in (golden / "libdcp" / "plain").rglob("ASSETMAP*"))
    for name in ("picture.mxf", "sound.mxf", "subs.mxf"):
        theirs = essence(plain / name)
        ours = essence(done.root / name)
        if name == "subs.mxf":  # another document, with the same font
            theirs, ours = theirs[1:], ours[1:]
        assert ours == theirs
    report = verify_package(done.root, now=NOW)
    assert [(each.id, each.message) for each in report.findings if each.severity != "info"] == []


def test_a_plain_package_by_another_maker_is_copied_whole(golden: Path, tmp_path: Path) -> None:
    root = golden / "libdcp" / "plain"
    source = next(path.parent for path in root.rglob("ASSETMAP*"))
    done = decrypt_package(open_package(source), tmp_path / "out", keyring=Keyring(), now=NOW)
    check_hashes(done.root)
    assert done.assets == {}
    for file in source.glob("*.mxf"):
        assert (done.root / file.name).read_bytes() == file.read_bytes()
