"""The verbs that make packages from packages, as they are typed: flags, documents, exit codes."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from faults.bases import BASES, NOW, Base
from reworked import found
from scenes import call
from synthetic import codestream

import dcpkit as toolkit
from dcp.package.package import open_package
from dcp.sound.wav import WavWriter
from dcp.trust.making import make_chain, write_chain

Run = Callable[..., tuple[int, str, str]]
AT = ("--now", NOW.isoformat())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Base]:
    folder = tmp_path_factory.mktemp("made")
    return {name: BASES[name](folder / name) for name in ("stereo", "vf", "encrypted")}


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signer") / "studio"
    write_chain(make_chain(organization="studio.example", unit="test", role="CS", now=NOW), folder)
    return folder


def test_retitle(made: dict[str, Base], tmp_path: Path, dcpkit: Run) -> None:
    root, out = made["stereo"].root, tmp_path / "out"
    code, said, err = dcpkit("retitle", root, "-o", out, "--title", "Other", "--kind", "TLR", *AT, "--json")
    assert code == 0, err
    document = json.loads(said)
    (cpl,) = open_package(out).compositions
    assert document["schema"] == "dcpkit.retitle/1" and document["output"] == str(out)
    assert document["cpl_id"] == str(cpl.id) == document["compositions"][str(made["stereo"].ids["cpl"])]
    assert document["kdms_void"] == [] and document["assets"] == {} and document["notes"] == []
    assert {"document": "cpl", "element": "ContentKind", "was": "test", "now": "trailer"} in document[
        "changes"
    ]
    assert (cpl.content_title_text, cpl.content_kind) == ("Other", "trailer")


def test_retitle_of_encrypted_content(
    made: dict[str, Base], signer: Path, tmp_path: Path, dcpkit: Run
) -> None:
    root, out = made["encrypted"].root, tmp_path / "out"
    words = ("retitle", root, "-o", out, "--title", "Other", *AT)
    code, said, err = dcpkit(*words, "--json")
    assert code == 2 and json.loads(said)["error"]["id"] == "vouch.needs-signer" and "--signer" in err
    assert not out.exists()
    code, said, err = dcpkit(*words, "--signer", signer)
    old = made["encrypted"].ids["cpl"]
    assert code == 0 and "KDM" in err and str(old) in err
    assert "ContentTitleText: Film -> Other" in said
    assert found(out, keyring=made["encrypted"].keyring) == []


@pytest.mark.parametrize(
    ("flags", "id"),
    [
        ((), "retitle.needs-title"),
        (("--kind", "fim"), "kind.unknown"),
        (("--title", "x", "--cpl", "me"), "flags.no-composition-id"),
        (("--title", "x", "--cpl", str(uuid.UUID(int=1))), "package.no-such-composition"),
        (("--title", ""), "create.title"),
    ],
)
def test_flags_that_cannot_be(
    made: dict[str, Base], tmp_path: Path, dcpkit: Run, flags: tuple[str, ...], id: str
) -> None:
    code, said, _ = dcpkit("retitle", made["stereo"].root, "-o", tmp_path / "out", *flags, "--json")
    assert (code, json.loads(said)["error"]["id"]) == (2, id)
    assert list(tmp_path.iterdir()) == []


def test_combine(made: dict[str, Base], tmp_path: Path, dcpkit: Run) -> None:
    version, out = made["vf"], tmp_path / "out"
    assert version.ov is not None
    code, said, err = dcpkit("combine", version.ov, version.root, "-o", out, *AT, "--json")
    assert code == 0, err
    document = json.loads(said)
    assert document["schema"] == "dcpkit.combine/1" and len(document["compositions"]) == 2
    assert all(old == new for old, new in document["compositions"].items())
    assert list(document["renamed"].values()) == [f"{version.ids['sound1']}.mxf"]
    assert document["once"] == [] and document["kdms_void"] == []
    assert found(out) == []
    code, _, err = dcpkit("combine", version.ov, "-o", tmp_path / "one", *AT)
    assert code == 2 and "two different packages" in err


def test_repair(made: dict[str, Base], tmp_path: Path, dcpkit: Run) -> None:
    root, out = tmp_path / "in", tmp_path / "out"
    shutil.copytree(made["stereo"].root, root)
    (root / "ASSETMAP.xml").unlink()
    (root / ".DS_Store").write_bytes(b"x")
    code, said, err = dcpkit("repair", root, "-o", out, *AT, "--json")
    assert code == 0, err
    document = json.loads(said)
    assert document["schema"] == "dcpkit.repair/1" and document["kdms_void"] == []
    assert [(each["act"], each["findings"], each["file"]) for each in document["acts"]] == [
        ("map-absent", ["PKG-001"], None),
        ("left-out-hidden", ["PKG-009"], ".DS_Store"),
    ]
    assert found(out) == []
    code, said, err = dcpkit("repair", out, "-o", tmp_path / "again", *AT, "--json")
    assert (code, json.loads(said)["output"]) == (0, None) and not (tmp_path / "again").exists()


def test_a_package_named_by_its_playlist_goes_whole_and_that_is_said(
    made: dict[str, Base], tmp_path: Path, dcpkit: Run
) -> None:
    version = made["vf"]
    assert version.ov is not None
    (playlist,) = (d.path for d in open_package(version.root).documents if d.kind == "composition")
    code, said, err = dcpkit("combine", version.ov, playlist, "-o", tmp_path / "out", *AT, "--json")
    assert code == 0 and "taken whole" in err
    assert [note for note in json.loads(said)["notes"] if "taken whole" in note]
    _, _, err = dcpkit("repair", playlist, "-o", tmp_path / "mended", *AT)
    assert "taken whole" in err
    _, _, err = dcpkit("repair", version.root, "-o", tmp_path / "again", *AT)
    assert "taken whole" not in err


def test_repair_refuses_what_is_lost_or_damaged(made: dict[str, Base], tmp_path: Path, dcpkit: Run) -> None:
    root, out = tmp_path / "in", tmp_path / "out"
    shutil.copytree(made["stereo"].root, root)
    sound = root / "sound1.mxf"
    data = bytearray(sound.read_bytes())
    data[len(data) // 2] ^= 1
    sound.write_bytes(data)
    code, said, err = dcpkit("repair", root, "-o", out, *AT, "--json")
    assert (code, json.loads(said)["error"]["id"]) == (2, "repair.hash-of-list")
    assert "--accept-hashes" in err and not out.exists()
    code, said, err = dcpkit("repair", root, "-o", out, "--accept-hashes", *AT)
    assert code == 0 and "ITS HASH IS NOT THE ONE" in said
    sound.unlink()
    code, said, _ = dcpkit("repair", root, "-o", tmp_path / "no", "--accept-hashes", *AT, "--json")
    assert (code, json.loads(said)["error"]["id"]) == (2, "repair.lost")
    assert not (tmp_path / "no").exists()


def test_the_entrance_does_the_same(made: dict[str, Base], tmp_path: Path) -> None:
    root = made["stereo"].root
    renamed = toolkit.retitle(root, tmp_path / "renamed", title="Other", now=NOW)
    assert open_package(renamed.root).compositions[0].id == renamed.cpl_id
    both = toolkit.combine([root, renamed.root], tmp_path / "both", now=NOW)
    assert len(both.compositions) == 2 and len(both.once) == 2
    assert found(both.root) == []
    assert toolkit.repair(both.root, tmp_path / "none", now=NOW).root is None


@pytest.fixture(scope="module")
def created(tmp_path_factory: pytest.TempPathFactory, signer: Path) -> Path:
    """Made by `create`: plain, encrypted, Interop, and a version file over the first."""
    folder = tmp_path_factory.mktemp("created")
    frames = folder / "frames"
    frames.mkdir()
    for number in range(24):
        frame = codestream(bytes([number]) * 2000, size=(1998, 1080))
        (frames / f"{number:06d}.j2c").write_bytes(frame)
    for name in ("mix", "other"):
        with WavWriter(folder / f"{name}.wav", channels=6, sample_rate=48_000) as writer:
            writer.write(name.encode()[:3] * (48_000 * 6))
    common = ("--kind", "test", "--now", NOW.isoformat(), "--quiet", "--picture-rate", 24)
    mix, keys = ("--audio", folder / "mix.wav"), folder / "keys.json"
    for name, more in (
        ("plain", (frames, *mix)),
        ("sealed", (frames, *mix, "--encrypt", "--keys", keys, "--signer", signer)),
        ("interop", (frames, *mix, "--standard", "interop")),
        ("version", (folder / "plain", "--ov", folder / "plain", "--audio", folder / "other.wav")),
    ):
        code = call("create", *more, "-o", folder / name, "--title", f"Film {name}", *common)
        assert code == 0, name
    return folder


@pytest.mark.parametrize("name", ["plain", "sealed", "interop", "version"])
def test_what_create_made_is_renamed_and_mended(
    created: Path, signer: Path, tmp_path: Path, dcpkit: Run, name: str
) -> None:
    root = created / name
    ov = ("--ov", created / "plain") if name == "version" else ()
    keys = ("--keys", created / "keys.json") if name == "sealed" else ()
    signs = ("--signer", signer) if name == "sealed" else ()
    shutil.copytree(root, tmp_path / "broken")
    for path in (tmp_path / "broken").iterdir():
        if path.name.startswith(("ASSETMAP", "VOLINDEX", "pkl")):
            path.unlink()
    for words in (
        ("retitle", root, "-o", tmp_path / "retitled", "--title", "Other", *signs),
        ("repair", tmp_path / "broken", "-o", tmp_path / "repaired", *ov, *signs),
    ):
        code, _, err = dcpkit(*words, *AT)
        assert code == 0, err
    before = found_in(dcpkit, root, *ov, *keys)
    for verb in ("retitled", "repaired"):
        assert found_in(dcpkit, tmp_path / verb, *ov, *keys) == before
    old = open_package(root)
    for verb in ("retitled", "repaired"):
        new = open_package(tmp_path / verb)
        for cpl in new.compositions:
            for asset in cpl.assets:
                if asset.id in old.files:
                    assert new.require(asset.id).read_bytes() == old.require(asset.id).read_bytes()


def test_what_create_made_is_combined(created: Path, signer: Path, tmp_path: Path, dcpkit: Run) -> None:
    roots = [created / name for name in ("plain", "version", "sealed")]
    code, _, err = dcpkit("combine", *roots, "-o", tmp_path / "out", "--signer", signer, *AT)
    assert code == 0, err
    assert found_in(dcpkit, tmp_path / "out", "--keys", created / "keys.json") == []
    assert len(open_package(tmp_path / "out").compositions) == 3
    code, _, err = dcpkit("combine", created / "plain", created / "interop", "-o", tmp_path / "no", *AT)
    assert code == 2 and "Interop" in err and not (tmp_path / "no").exists()


def found_in(dcpkit: Run, root: Path, *flags: object) -> list[str]:
    code, out, err = dcpkit("verify", root, *flags, *AT, "--json")
    assert code == 0, out + err
    return sorted(each["id"] for each in json.loads(out)["findings"] if each["severity"] != "info")
