"""`dcpkit hash` and `dcpkit diff`: what they say, and with which exit code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from material import codestream
from needing import needing
from packages_packed import facts, media, write

from dcp.secrets.keys import ContentKey, keyring, write_keys

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    root = tmp_path / "film"
    parts = media(root)
    return write(root, [parts], [facts(parts.reel)])


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_the_command_on_a_copy_and_on_a_drive(package: Path, tmp_path: Path, dcpkit: Run) -> None:
    drive = tmp_path / "drive"
    shutil.copytree(package, drive / "film")
    code, out, _ = dcpkit("hash", package, "--against", drive)
    assert code == 0 and out.count("right") == 3 and "the same as" in out
    damage(drive / "film" / "r1_picture.mxf")
    code, out, _ = dcpkit("hash", drive, "--against", package)
    assert code == 1 and "WRONG" not in out and "DIFFERENT" in out and "pkl_" in out
    code, out, _ = dcpkit("hash", drive)
    assert code == 1 and "WRONG" in out
    shutil.copytree(package, drive / "other")
    code, out, _ = dcpkit("hash", drive, "--json")
    assert code == 1 and '"dcpkit.hash-many/1"' in out
    code, out, _ = dcpkit("hash", drive)
    assert code == 1 and out.splitlines()[-1].startswith("1 of 2 packages are not good: ")
    (playlist,) = package.glob("cpl_*.xml")
    code, out, err = dcpkit("hash", playlist)
    assert code == 0 and out.count("right") == 3 and "not those of the composition" in err
    code, _, err = dcpkit("hash", tmp_path / "nothing")
    assert code == 2 and "Traceback" not in err


def film(root: Path, numbers: list[int], keys: tuple[ContentKey, ...] = ()) -> Path:
    parts = media(root, frames=[codestream(n, 64, 36) for n in numbers], keys=keys)
    return write(root, [parts], [facts(parts.reel)])


def test_a_difference_is_told_on_a_screen_and_as_a_document(tmp_path: Path, dcpkit: Run) -> None:
    needing("picture")
    a, b = film(tmp_path / "a", list(range(24))), film(tmp_path / "b", [*range(12), 40, *range(13, 24)])
    code, out, _ = dcpkit("diff", a, a)
    assert code == 0 and "equal: documents and all that is played" in out
    code, out, _ = dcpkit("diff", a, b)
    assert code == 1 and "frames 12 to 12 differ" in out and "23 of 24 frames" in out
    assert len(out.splitlines()) < 24
    code, out, _ = dcpkit("diff", a, b, "--json")
    document = json.loads(out)
    assert code == 1 and document["schema"] == "dcpkit.diff/1" and document["equal"] is False
    (found,) = document["picture"]["ranges"]
    assert (found["first"], found["last"], found["kind"]) == (12, 12, "different")
    assert document["picture"]["frames"] == [[12, found["psnr_db"], found["max_code"]]]
    code, out, _ = dcpkit("diff", a, b, "--no-decode", "--lang", "zh")
    assert code == 1 and "字节不同" in out
    assert dcpkit("diff", a, b, "--frames", "0-11")[0] == 0
    code, _, err = dcpkit("diff", a, b, "--frames", "0-24")
    assert code == 2 and "23" in err


@pytest.mark.extra("picture")
def test_what_cannot_be_compared_is_2(tmp_path: Path, dcpkit: Run) -> None:
    keys = (ContentKey.generate("MDIK"), ContentKey.generate("MDAK"))
    a, b = film(tmp_path / "a", [1] * 24), film(tmp_path / "b", [1] * 24, keys)
    write_keys(tmp_path / "keys.json", keyring(keys))
    code, _, err = dcpkit("diff", a, b)
    assert code == 2 and str(keys[0].id) in err
    assert dcpkit("diff", a, b, "--keys", tmp_path / "keys.json")[0] == 0
    wrong = [ContentKey(id=key.id, type=key.type, value=bytes(16)) for key in keys]
    write_keys(tmp_path / "wrong.json", keyring(wrong))
    code, _, err = dcpkit("diff", a, b, "--keys", tmp_path / "wrong.json")
    assert code == 2 and "00000000000000000000000000000000" not in err
    (b / "r1_sound.mxf").unlink()
    code, _, err = dcpkit("diff", a, b, "--keys", tmp_path / "keys.json")
    assert code == 2 and "r1_sound.mxf" in err


@pytest.mark.extra("picture")
def test_a_kdm_opens_either_side(golden: Path, tmp_path: Path, dcpkit: Run) -> None:
    folder = golden / "libdcp"
    plain, sealed = folder / "plain" / "dcp", folder / "enc" / "dcp"
    opener = (
        "--kdm",
        folder / "enc" / "kdm_modified_transitional_1.xml",
        "--key",
        folder / "recipient" / "leaf.key",
    )
    now = ("--now", "2027-01-01T00:00:00Z")
    for pair in ((plain, sealed), (sealed, plain)):
        code, out, err = dcpkit("diff", *pair, *opener, *now, "--json")
        assert code == 0, err
        assert json.loads(out)["texts"][0]["equal"]
    code, _, err = dcpkit("diff", plain, sealed, *opener, "--now", "2045-01-01T00:00:00Z")
    assert code == 1 and "KDM-" in err
