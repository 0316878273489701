"""`dcpkit decrypt` of packages with text and several compositions, with a KDM and with keys."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from kinds_packed import NOW, essence, packed, two_versions
from needing import has_extra
from synthetic import codestream

from dcp.documents.cpl import CompositionPlaylist
from dcp.mxf.reader import TrackFile
from dcp.package.package import Package, open_package
from dcp.secrets.keys import ContentKey, Keyring, read_keys, write_keys
from dcp.trust.making import NewChain, make_chain, write_chain
from kdm.issue import prepare_kdms

Run = Callable[..., tuple[int, str, str]]
KEYS = tuple(ContentKey.generate(kind) for kind in ("MDIK", "MDAK", "MDSK", "MDSK"))


@pytest.fixture(scope="module")
def studio() -> NewChain:
    return make_chain(organization="studio.example", unit="test", role="CS", now=NOW)


@pytest.fixture(scope="module")
def cinema() -> NewChain:
    return make_chain(organization="cinema.example", unit="test", role="SM SPB MD", now=NOW)


@pytest.fixture
def package(tmp_path: Path, studio: NewChain) -> Package:
    return two_versions(tmp_path / "in", KEYS, studio.signer)


def opener(
    tmp_path: Path, cpl: CompositionPlaylist, studio: NewChain, cinema: NewChain
) -> tuple[object, ...]:
    """A KDM for the composition, as flags."""
    order = prepare_kdms(
        cpl=cpl,
        keyring=Keyring(KEYS),
        signer=studio.signer,
        not_before=NOW,
        not_after=NOW + timedelta(days=1),
        now=NOW,
    )
    (tmp_path / "kdm.xml").write_bytes(order.issue(cinema.leaf).data)
    write_chain(cinema, tmp_path / "cinema")
    return (
        "--kdm", tmp_path / "kdm.xml", "--key", tmp_path / "cinema" / "leaf.key", "--now",
        (NOW + timedelta(hours=1)).isoformat(),
    )  # fmt: skip


def test_of_several_compositions_the_kdms_own_is_taken(
    tmp_path: Path, package: Package, dcpkit: Run, studio: NewChain, cinema: NewChain
) -> None:
    second = package.compositions[1]
    flags = opener(tmp_path, second, studio, cinema)
    code, out, err = dcpkit("decrypt", package.root, "-o", tmp_path / "out", *flags, "--json")
    assert code == 0, err
    document = json.loads(out)
    (cpl,) = open_package(tmp_path / "out").compositions
    assert document["compositions"] == {str(second.id): str(cpl.id)}
    assert len(document["assets"]) == 3
    assert cpl.content_title_text == second.content_title_text
    assert str(cpl.id) == document["cpl_id"]
    code, out, _ = dcpkit("verify", tmp_path / "out", "--now", NOW.isoformat())
    assert code == 0, out


def test_a_kdm_for_none_of_them_is_refused_in_words(
    tmp_path: Path, package: Package, dcpkit: Run, studio: NewChain, cinema: NewChain
) -> None:
    other = two_versions(tmp_path / "other", KEYS, studio.signer).compositions[0]
    flags = opener(tmp_path, other, studio, cinema)
    code, _, err = dcpkit("decrypt", package.root, "-o", tmp_path / "out", *flags)
    assert code == 2 and str(package.compositions[0].id) in err
    named = package.document(package.compositions[0]).path
    code, _, err = dcpkit("decrypt", named, "-o", tmp_path / "out", *flags)
    assert code == 1 and "KDM-" in err
    assert not (tmp_path / "out").exists()


def test_a_named_playlist_is_the_one_that_is_decrypted(tmp_path: Path, package: Package, dcpkit: Run) -> None:
    write_keys(tmp_path / "keys.json", Keyring(KEYS))
    first = package.compositions[0]
    given = ("--keys", tmp_path / "keys.json")
    path = package.document(first).path
    assert dcpkit("decrypt", path, "-o", tmp_path / "one", *given)[0] == 0
    assert [cpl.content_title_text for cpl in open_package(tmp_path / "one").compositions] == ["Film 0"]
    assert dcpkit("decrypt", package.root, "-o", tmp_path / "both", *given)[0] == 0
    assert len(open_package(tmp_path / "both").compositions) == 2


@pytest.mark.parametrize("type_of_aux", ["MDEK"])
def test_a_kdm_for_every_kind_from_the_keys_file_to_the_screen(
    golden: Path, tmp_path: Path, dcpkit: Run, studio: NewChain, cinema: NewChain, type_of_aux: str
) -> None:
    """Issued, verified, and used by decrypt, verify, unwrap and play."""
    made = packed(golden, tmp_path / "in", signer=studio.signer, key_types={"AuxData": type_of_aux})
    write_keys(tmp_path / "keys.json", made.keyring)
    write_chain(studio, tmp_path / "studio")
    write_chain(cinema, tmp_path / "cinema")
    begin, later = NOW.isoformat(), (NOW + timedelta(hours=1)).isoformat()
    kdm, now = tmp_path / "kdm.xml", ("--now", later)
    code, _, err = dcpkit(
        "kdm", "issue", "--dcp", made.root, "--keys", tmp_path / "keys.json", "--signer", tmp_path / "studio",
        "--recipient", tmp_path / "cinema" / "leaf.pem", "--from", begin, "--until",
        (NOW + timedelta(days=2)).isoformat(), "--now", begin, "-o", kdm,
    )  # fmt: skip
    assert code == 0, err
    key = tmp_path / "cinema" / "leaf.key"
    (cpl,) = made.root.glob("cpl*.xml")
    code, out, _ = dcpkit("kdm", "verify", kdm, "--key", key, "--cpl", cpl, *now, "--json")
    assert code == 0 and json.loads(out)["verdict"] == "accept"
    opener = ("--kdm", kdm, "--key", key, *now)
    code, _, err = dcpkit("kdm", "unwrap", kdm, "--key", key, *now, "-o", tmp_path / "opened.json")
    opened = {each.id: each for each in read_keys(tmp_path / "opened.json").keys}
    assert {each.type for each in opened.values()} == {"MDIK", "MDAK", "MDSK", type_of_aux}
    assert all(opened[each.id].value() == each.value() for each in made.keyring.keys)
    assert dcpkit("unwrap", made.paths["MainSubtitle"], "-o", tmp_path / "text", *opener)[0] == 0
    assert sorted(path.suffix for path in (tmp_path / "text").iterdir()) == [".otf", ".png", ".xml"]
    code, _, err = dcpkit("decrypt", made.root, "-o", tmp_path / "out", *opener)
    assert code == 0, err
    plain = open_package(tmp_path / "out")
    for asset in plain.compositions[0].assets:
        if asset.is_track_file:
            assert essence(plain.require(asset.id)) == made.units[asset.kind]
    if has_extra("player"):
        code, out, err = dcpkit("play", made.root, "--reduce", 5, *opener, "--json", "--quiet")
        assert code == 0, err
        read = {track["kind"]: track for track in json.loads(out)["reels"][0]["tracks"]}
        assert {kind: (track["units_read"], track["mic"]) for kind, track in read.items()} == {
            kind: (len(units), "ok") for kind, units in made.units.items()
        }


@pytest.mark.extra("text")
@pytest.mark.parametrize("kinds", ["text", "aux", "picture,text,aux"])
def test_what_create_encrypts_by_kind_comes_back(
    golden: Path, corpus: Path, tmp_path: Path, dcpkit: Run, studio: NewChain, kinds: str
) -> None:
    """A picture subtitle and immersive sound of other makers, through a package of our own."""
    (tmp_path / "j2c").mkdir()
    for number in range(24):
        frame = codestream(bytes([number]) * 2000, size=(1998, 1080))
        (tmp_path / "j2c" / f"{number:06d}.j2c").write_bytes(frame)
    write_chain(studio, tmp_path / "studio")
    atmos = corpus / "ClairMeta_Data" / "MXF" / "atmos.mxf"
    now = ("--now", NOW.isoformat())
    code, _, err = dcpkit(
        "create", tmp_path / "j2c", "-o", tmp_path / "in", "--title", "Test", "--kind", "test",
        "--picture-rate", 24, "--atmos", atmos, "--subtitle",
        f"{golden / 'asdcp' / 'tt_smpte_plain.mxf'}:en", "--encrypt", kinds, "--signer", tmp_path / "studio",
        "--keys", tmp_path / "keys.json", *now, "--quiet",
    )  # fmt: skip
    assert code == 0, err
    keys = ("--keys", tmp_path / "keys.json")
    ring = read_keys(tmp_path / "keys.json")
    assert len(ring.keys) == kinds.count(",") + 1
    assert dcpkit("decrypt", tmp_path / "in", "-o", tmp_path / "out", *keys, *now)[0] == 0
    for root, given in ((tmp_path / "in", keys), (tmp_path / "out", ())):
        code, out, _ = dcpkit("verify", root, *given, *now, "--no-picture", "--json")
        found = [each for each in json.loads(out)["findings"] if each["severity"] != "info"]
        assert (code, found) == (0, [])
    was, now_is = open_package(tmp_path / "in"), open_package(tmp_path / "out")
    for old, new in zip(was.compositions[0].assets, now_is.compositions[0].assets, strict=True):
        if old.is_track_file:
            with TrackFile.open(was.require(old.id)) as track:
                key = ring.require(old.key_id) if old.key_id else None
                units = [hashlib.sha1(unit.data).hexdigest() for unit in track.units(key=key, strict=True)]
            assert essence(now_is.require(new.id)) == units
            assert (old.id == new.id) is (old.key_id is None)
