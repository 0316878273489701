"""The verbs that make packages from packages, as they are typed: flags, documents, exit codes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from faults.bases import BASES, NOW, Base
from reworked import found

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
