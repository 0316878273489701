"""`dcpkit disk`: the command, its document, its refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from drives import inside, package, taken_out

from dcp.rework.drive import tools

Run = Callable[..., tuple[int, str, str]]
pytestmark = pytest.mark.posix


def test_the_document_says_what_was_made(tmp_path: Path, e2fsprogs: dict[str, str], dcpkit: Run) -> None:
    first, second = package(tmp_path / "in/One_TST"), package(tmp_path / "in/Two_TST")
    (first / "notes.txt").write_text("x")
    image = tmp_path / "drive.img"
    code, out, err = dcpkit("disk", tmp_path / "in", "-o", image, "--fs", "ext3", "--json")
    document = json.loads(out)
    assert code == 0 and document["schema"] == "dcpkit.disk/1"
    assert (document["output"], document["kind"]) == (str(image), "image")
    assert (document["fs"], document["label"], document["inode_size"]) == ("ext3", "DCP", 128)
    assert document["features"] == ["has_journal", "filetype", "sparse_super", "large_file"]
    assert document["size"] == image.stat().st_size
    assert document["partition"] == {
        "table": "mbr", "disk_id": document["partition"]["disk_id"], "number": 1, "type": "0x83",
        "start": 1 << 20, "size": document["size"] - (1 << 20), "sector": 512,
    }  # fmt: skip
    assert [each["folder"] for each in document["packages"]] == ["One_TST", "Two_TST"]
    assert document["packages"][0]["left_out"] == ["notes.txt"]
    assert document["packages"][0]["compositions"][0]["title"] == "Test"
    assert document["read_back"] is True and document["read_from"] == "image"
    (first / "notes.txt").unlink()
    expected = inside(first) | inside(second)
    assert {file["path"]: file["size"] for file in document["files"]} == {
        name: len(data) for name, data in expected.items()
    }
    assert "2 packages below it" in err and "notes.txt" in err
    assert taken_out(image, e2fsprogs["debugfs"], tmp_path / "out") == expected


def test_in_words(tmp_path: Path, e2fsprogs: dict[str, str], dcpkit: Run) -> None:
    root = package(tmp_path / "Film_TST")
    code, out, _ = dcpkit("disk", root, "-o", tmp_path / "img", "--label", "NIGHT 1", "--at-root")
    assert code == 0 and "ext2, label NIGHT 1, 1 package, 6 files" in out
    assert "every file was read back out of the image" in out
    code, _, err = dcpkit("disk", root / "cpl.xml", "-o", tmp_path / "img3")
    assert code == 0 and "is not cut down to the composition" in err
    code, out, _ = dcpkit("disk", root, "-o", tmp_path / "img2", "--lang", "zh")
    assert code == 0 and "卷标 Film" in out


@pytest.mark.parametrize(
    ("flags", "id"),
    [
        (["--label", "x" * 17], "disk.label"),
        (["--fs", "ext4"], None),
    ],
)
def test_wrong_flags_are_2(
    tmp_path: Path, e2fsprogs: dict[str, str], dcpkit: Run, flags: list[str], id: str | None
) -> None:
    root = package(tmp_path / "in")
    code, out, _ = dcpkit("disk", root, "-o", tmp_path / "img", *flags, "--json")
    assert code == 2 and not (tmp_path / "img").exists()
    assert id is None or json.loads(out)["error"]["id"] == id


def test_broken_packages_are_2_and_leave_nothing(
    tmp_path: Path, e2fsprogs: dict[str, str], dcpkit: Run
) -> None:
    good, bad = package(tmp_path / "good"), package(tmp_path / "bad")
    (bad / "two.mxf").write_bytes(b"wrong")
    code, out, _ = dcpkit("disk", good, bad, "-o", tmp_path / "img", "--json")
    assert (code, json.loads(out)["error"]["id"]) == (2, "rework.hash-of-pkl")
    (bad / "two.mxf").unlink()
    code, _, err = dcpkit("disk", good, bad, "-o", tmp_path / "img")
    assert code == 2 and "two.mxf" in err and len(err.strip().splitlines()) <= 3
    code, _, err = dcpkit("disk", tmp_path / "absent", "-o", tmp_path / "img")
    assert code == 2 and "absent" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad", "good"]


def test_a_machine_without_e2fsprogs(tmp_path: Path, dcpkit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "look", dict)
    code, out, err = dcpkit("disk", package(tmp_path / "in"), "-o", tmp_path / "img", "--json")
    assert code == 2 and json.loads(out)["error"]["id"] == "disk.no-e2fsprogs"
    assert "apt install e2fsprogs" in err
    code, out, _ = dcpkit("doctor", "--need", "disk", "--json")
    check = next(each for each in json.loads(out)["checks"] if each["id"] == "disk")
    assert code == 1 and not check["found"] and "e2fsprogs" in check["remedy"]


def test_doctor_knows_the_version(e2fsprogs: dict[str, str], dcpkit: Run) -> None:
    code, out, _ = dcpkit("doctor", "--need", "disk", "--json")
    check = next(each for each in json.loads(out)["checks"] if each["id"] == "disk")
    assert code == 0 and check["found"] and check["version"][0].isdigit()
    assert set(check["programs"]) == {"mke2fs", "e2fsck", "debugfs"}
