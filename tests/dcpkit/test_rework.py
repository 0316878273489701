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

import dcpkit as toolkit
from dcp.package.package import open_package
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
    assert code == 2 and "two packages" in err


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
