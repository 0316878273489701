"""`dcpkit info`: one screen for a person, everything with --all and for a script."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from scenes import Scene

Run = Callable[..., tuple[int, str, str]]


def test_a_package_is_told_on_one_screen(scene: Scene, dcpkit: Run) -> None:
    code, out, err = dcpkit("info", scene.package)
    said = {re.split(r"\s{2,}", line.strip())[0]: line for line in out.splitlines() if line.startswith("  ")}
    assert (code, err) == (0, "") and len(out.splitlines()) <= 20
    assert "Test_TST_F_EN" in out.splitlines()
    assert re.search(r"\d:\d\d:\d\d \(\d+ frames\)$", said["Duration"])
    assert re.search(r"1998 × 1080, 24 frames/s$", said["Picture"])
    assert re.search(r"[\d.]+ Mbit/s on average$", said["Bit rate"])
    assert said["Encryption"].endswith("encrypted") and said["Keys"].endswith("2")
    assert "studio" in said["Signed by"] or "CS." in said["Signed by"]
    assert re.search(r"[\d.]+ MB \([\d,]+ bytes\)$", said["Size"])


def test_in_chinese_too(scene: Scene, dcpkit: Run) -> None:
    out = dcpkit("info", scene.package, "--lang", "zh")[1]
    for line in out.splitlines():
        if line.startswith("  "):
            assert re.match(r"  [\u4e00-\u9fff]|  CPL ID", line), line
    assert "平均" in out and "已加密" in out


def test_all_of_it_when_asked(scene: Scene, dcpkit: Run) -> None:
    short, whole = dcpkit("info", scene.package)[1], dcpkit("info", scene.package, "--all")[1]
    assert whole.startswith(short) and "asset_map:" in whole and "asset_map" not in short
    document = json.loads(dcpkit("info", scene.package, "--json")[1])
    assert document["kind"] == "package" and {"asset_map", "packing_lists", "compositions"} <= document.keys()
    assert json.loads(dcpkit("info", scene.package, "--json", "--all", "--lang", "zh")[1]) == document


def test_a_track_file_and_documents(scene: Scene, dcpkit: Run) -> None:
    track = next(scene.package.glob("*_picture.mxf"))
    out = dcpkit("info", track)[1]
    assert out.startswith(f"{track.name}\n") and "1998 × 1080" in out and "Key id" in out
    assert len(out.splitlines()) < 12 < len(dcpkit("info", track, "--all")[1].splitlines())
    assert json.loads(dcpkit("info", track, "--json")[1])["kind"] == "track_file"
    out = dcpkit("info", next(scene.package.glob("cpl_*.xml")))[1]
    assert "kind: CompositionPlaylist" in out and "reels: 1 entry" in out
    assert json.loads(dcpkit("info", scene.package / "ASSETMAP.xml", "--json")[1])["kind"] == "AssetMap"


def test_several_and_a_drive(scene: Scene, tmp_path: Path, dcpkit: Run) -> None:
    for name in ("A", "B"):
        shutil.copytree(scene.package, tmp_path / name)
    code, out, err = dcpkit("info", tmp_path)
    assert code == 0 and "2 packages below it: A, B" in err and out.count("Test_TST_F_EN") == 2
    code, out, err = dcpkit("info", tmp_path / "A", tmp_path / "gone", "--json")
    first, second = json.loads(out)["packages"]
    assert code == 2 and first["kind"] == "package" and second["error"]["id"] and "gone" in err
