"""`dcpkit info`: one screen for a person, everything with --all and for a script."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from scenes import FRAMES, Scene

Run = Callable[..., tuple[int, str, str]]


def test_a_package_is_told_on_one_screen(scene: Scene, dcpkit: Run) -> None:
    code, out, err = dcpkit("info", scene.package)
    said = {re.split(r"\s{2,}", line.strip())[0]: line for line in out.splitlines() if line.startswith("  ")}
    assert (code, err) == (0, "") and len(out.splitlines()) <= 20
    assert "Test_TST_F_EN" in out.splitlines()
    assert re.search(r"\d:\d\d:\d\d \(\d+ frames\)$", said["Duration"])
    assert re.search(r"1998 × 1080, 24 frames/s$", said["Picture"])
    bits = 8 * scene.track("picture").stat().st_size / (FRAMES / 24) / 1e6
    assert float(re.search(r"([\d.]+) Mbit/s on average$", said["Bit rate"])[1]) == pytest.approx(
        bits, rel=0.02
    )
    assert said["Encryption"].endswith("encrypted") and said["Keys"].endswith("2")
    assert "studio" in said["Signed by"] or "CS." in said["Signed by"]
    size = sum(file.stat().st_size for file in scene.package.iterdir() if file.suffix == ".mxf")
    bytes_said = int(re.search(r"\(([\d,]+) bytes\)$", said["Size"])[1].replace(",", ""))
    assert size <= bytes_said <= size + 50_000  # and the documents


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


def test_a_track_file_that_cannot_be_read_is_named(scene: Scene, tmp_path: Path, dcpkit: Run) -> None:
    shutil.copytree(scene.package, tmp_path / "DCP")
    picture = next((tmp_path / "DCP").glob("*_picture.mxf"))
    picture.write_bytes(picture.read_bytes()[:5000])
    code, out, _ = dcpkit("info", tmp_path / "DCP")
    assert code == 0 and re.search(rf"Cannot be read +1 file: {picture.name}", out)


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\x00\x00\x00\x14ftypqt  <", "a video file (QuickTime, MP4)"),
        (b"\x1aE\xdf\xa3<", "a video file (Matroska)"),
        (b"SDPX<", "a DPX picture"),
        (b"-----BEGIN CERTIFICATE-----", "a certificate"),
    ],
)
def test_a_file_of_another_kind_is_called_what_it_is(
    start: bytes, kind: str, tmp_path: Path, dcpkit: Run
) -> None:
    (tmp_path / "film").write_bytes(start + bytes(100))
    code, out, err = dcpkit("info", tmp_path / "film")
    assert code == 2 and not out and f"this is {kind}, neither a package" in err and "what to do" in err


def test_text_and_data_say_what_they_are(golden: Path, dcpkit: Run) -> None:
    _, out, _ = dcpkit("info", golden / "asdcp" / "tt_smpte_enc_hmac.mxf")
    lines = {line.split("  ")[1]: line.rsplit("  ", 1)[-1].strip() for line in out.splitlines()[1:]}
    assert lines["Essence"] == "timed text" and lines["Languages of text"] == "en"
    assert lines["Document id"] == "a1b2c3d4-0003-4000-8000-00000000f003"
    assert (lines["Pictures"], lines["Fonts"]) == ("1", "1")
    _, out, _ = dcpkit("info", golden / "asdcp" / "atmos_smpte_plain.mxf")
    assert "immersive sound (Dolby Atmos, IAB)" in out and "up to 10 channels and 118 objects" in out
    _, out, _ = dcpkit("info", golden / "asdcp" / "aux_smpte_enc_hmac.mxf")
    assert "auxiliary data" in out and "060e2b34.04010105.0e090607.01010103" in out
    _, out, _ = dcpkit("info", golden / "libdcp" / "enc" / "dcp")
    assert re.search(r"Further tracks +Subtitles", out)
