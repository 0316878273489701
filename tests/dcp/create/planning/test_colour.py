"""The way of a source's colour: by tags, by what was asked, by what is usual; each decision a line."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dcp.create.planning.colour import colour_of, resolve
from dcp.create.sources.facts import ColourTags, PictureFacts
from dcp.errors import SourceError, UsageError
from dcp.extras import ExtraMissingError
from dcp.picture.colour.path import ColourPath
from dcp.texts.catalogue import Text

YCC = ColourTags("ycbcr")
RGB = ColourTags("rgb", matrix=0, range="full")
SRGB = replace(RGB, primaries=1, transfer=13)
CASE = Path(__file__).parents[5] / "shared" / "field-cases" / "11-full-and-limited-range"


def ids(decisions: tuple[Text, ...]) -> list[str]:
    assert all(each.say("zh") for each in decisions)
    return [each.id for each in decisions]


def test_video_without_tags_is_rec709_and_all_that_is_assumed_is_said() -> None:
    path, decisions = resolve(YCC, "video", 1080)
    assert path == ColourPath("ycbcr", full_range=False)
    assert ids(decisions) == ["plan.colour-assumed"]
    for word in ("Rec.709", "BT.1886", "the BT.709 matrix (by its 1,080 lines)", "limited range"):
        assert word in str(decisions[0])


def test_what_half_of_the_tags_say_is_said_and_the_other_half_assumed() -> None:
    for tags, said, taken in (
        (replace(YCC, primaries=12), "P3 D65 primaries", "BT.1886"),
        (replace(YCC, transfer=13), "sRGB", "Rec.709 primaries"),
    ):
        tagged, assumed = resolve(tags, "video", 1080)[1]
        assert ids((tagged, assumed)) == ["plan.colour-tagged", "plan.colour-assumed"]
        assert said in str(tagged) and said not in str(assumed) and taken in str(assumed)


@pytest.mark.parametrize(
    ("height", "matrix"), [(1080, "bt709"), (720, "bt709"), (719, "bt601"), (576, "bt601")]
)
def test_the_matrix_of_untagged_video_goes_by_its_height(height: int, matrix: str) -> None:
    assert resolve(YCC, "video", height)[0].matrix == matrix
    assert resolve(replace(YCC, matrix=2), "video", height)[0].matrix == matrix
    assert resolve(replace(YCC, matrix=9), "video", height)[0].matrix == "bt2020"


@pytest.mark.parametrize(
    ("numbers", "path"),
    [
        ((1, 1, 1), ("bt709", "rec709", "bt1886")),
        ((6, 6, 6), ("bt601", "170m", "bt1886")),
        ((5, 5, 6), ("bt601", "470bg", "bt1886")),
        ((9, 9, 14), ("bt2020", "rec2020", "bt1886")),
        ((1, 12, 13), ("bt709", "p3-d65", "srgb")),
        ((1, 11, 15), ("bt709", "p3-dci", "bt1886")),
        ((7, 7, 7), ("240m", "170m", "bt1886")),
        ((4, 4, 4), ("fcc", "470m", "g22")),
        ((8, 1, 5), ("ycgco", "rec709", "g28")),
        ((1, 1, 8), ("bt709", "rec709", "linear")),
        ((1, 10, 17), ("bt709", "xyz", "st428")),
        ((9, 2, 2), ("bt2020", "rec2020", "bt1886")),
    ],
)
def test_tags_are_obeyed(numbers: tuple[int, int, int], path: tuple[str, str, str]) -> None:
    matrix, primaries, transfer = numbers
    tags = ColourTags("ycbcr", matrix, primaries, transfer, "limited")
    found, decisions = resolve(tags, "video", 480, depth=10)
    assert (found.matrix, found.primaries, found.transfer) == path
    assert not found.full_range and found.depth == 10 and "plan.colour-tagged" in ids(decisions)


def test_the_range_is_the_tags_or_what_was_asked_and_a_contradiction_is_said() -> None:
    tagged = replace(YCC, range="full")
    assert resolve(tagged, "video", 720)[0].full_range
    path, decisions = resolve(tagged, "video", 720, None, "limited")
    assert not path.full_range and "plan.range-overrides" in ids(decisions)
    path, decisions = resolve(YCC, "video", 720, None, "full")
    assert path.full_range and "plan.range-overrides" not in ids(decisions)
    path, decisions = resolve(ColourTags("rgb"), "video", 720)
    assert path.full_range and "full range" in str(decisions[0])
    assert not resolve(replace(RGB, range="limited"), "video", 720)[0].full_range


@pytest.mark.parametrize(
    ("tags", "id", "said"),
    [
        (replace(YCC, matrix=10), "colour.matrix", "BT.2020 CL"),
        (replace(YCC, matrix=14), "colour.matrix", "ICtCp"),
        (replace(YCC, matrix=77), "colour.matrix", "77"),
        (replace(YCC, primaries=30), "colour.primaries", "30"),
        (replace(YCC, transfer=9), "colour.transfer", "log 100:1"),
        (replace(YCC, transfer=16), "colour.hdr-source", "--hdr"),
        (replace(YCC, transfer=18), "colour.hlg", "HLG"),
    ],
)
def test_what_cannot_be_done_is_refused_by_its_name(tags: ColourTags, id: str, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        resolve(tags, "video", 1080, where=Path("film.mov"))
    error = caught.value
    assert error.id == id and error.where == "film.mov" and error.remedy
    assert said in "".join(error.lines()) and "".join(error.lines("zh"))


@pytest.mark.parametrize("form", ["dpx", "exr", "tif", "tiff"])
def test_stills_that_do_not_say_their_colours_are_refused_with_the_names(form: str) -> None:
    with pytest.raises(SourceError) as caught:
        resolve(RGB, form, 1080)
    assert caught.value.id == "colour.not-said"
    for name in ("rec709", "p3-d60", "acescg", "xyz", "FILE.cube"):
        assert name in str(caught.value.remedy)


@pytest.mark.parametrize("form", ["dpx", "exr"])
def test_words_of_dpx_and_exr_are_not_relied_upon(form: str) -> None:
    with pytest.raises(SourceError):
        resolve(SRGB, form, 1080)
    path, decisions = resolve(SRGB, form, 1080, "rec709")
    assert path.transfer == "bt1886" and "plan.colour-overrides" not in ids(decisions)


@pytest.mark.parametrize("form", ["png", "jpg", "bmp", "tif"])
def test_tagged_stills_are_taken_by_their_tags(form: str) -> None:
    path, decisions = resolve(SRGB, form, 480)
    assert (path.primaries, path.transfer, path.full_range) == ("rec709", "srgb", True)
    assert ids(decisions)[0] == "plan.colour-tagged"


def test_stills_that_say_nothing_are_srgb_and_do_not_contradict_what_is_told() -> None:
    silent = replace(SRGB, range="full", assumed=True)
    assert ids(resolve(silent, "png", 480)[1]) == ["plan.colour-assumed"]
    assert ids(resolve(silent, "png", 480, "p3-d65")[1]) == ["plan.colour-told", "plan.colour-assumed"]


@pytest.mark.parametrize(
    ("name", "primaries", "transfer"),
    [
        ("rec709", "rec709", "bt1886"), ("sRGB", "rec709", "srgb"), ("p3-d65", "p3-d65", "g26"),
        ("P3-DCI", "p3-dci", "g26"), ("p3-d60", "p3-d60", "g26"), ("rec2020", "rec2020", "bt1886"),
    ],
)  # fmt: skip
def test_what_was_asked_is_taken_and_a_contradiction_is_said(
    name: str, primaries: str, transfer: str
) -> None:
    tags = replace(YCC, matrix=1, primaries=12, transfer=16, range="limited")
    path, decisions = resolve(tags, "video", 1080, name)
    assert (path.primaries, path.transfer, path.matrix) == (primaries, transfer, "bt709")
    said = {each.id: str(each) for each in decisions}
    assert "PQ" in said["plan.colour-overrides"]
    assert ("P3 D65" in said["plan.colour-overrides"]) == (name != "p3-d65")
    assert "plan.colour-overrides" not in ids(resolve(SRGB, "png", 1080, "srgb")[1])


def test_hdr_takes_pq_cuts_it_and_keeps_the_white_of_sdr() -> None:
    pq = replace(YCC, matrix=9, primaries=9, transfer=16, range="limited")
    path, decisions = resolve(pq, "video", 2160, hdr=True, depth=10)
    assert (path.transfer, path.primaries, path.target) == ("pq", "rec2020", "hdr")
    assert "plan.hdr-cut" in ids(decisions)
    path, decisions = resolve(YCC, "video", 1080, hdr=True)
    assert path.target == "hdr" and "plan.hdr-of-sdr" in ids(decisions)
    path, decisions = resolve(RGB, "tif", 1080, "p3-d65-pq", hdr=True, depth=16)
    assert (path.primaries, path.transfer) == ("p3-d65", "pq")
    with pytest.raises(SourceError, match="HDR"):
        resolve(RGB, "tif", 1080, "p3-d65-pq", depth=16)
    with pytest.raises(SourceError, match="HLG"):
        resolve(replace(YCC, transfer=18), "video", 1080, hdr=True)


def test_x_y_z_is_taken_of_12_and_16_bits_alone() -> None:
    for tags, form, told in ((RGB, "tif", "xyz"), (ColourTags("xyz"), "video", None), (SRGB, "png", "XYZ")):
        for depth in (12, 16):
            path, decisions = resolve(tags, form, 1080, told, depth=depth)
            assert (path.through, path.depth, path.model) == ("codes", depth, "xyz")
            assert ids(decisions)[0] == "plan.colour-codes"
    with pytest.raises(SourceError, match="12 bits"):
        resolve(RGB, "tif", 1080, "xyz", depth=8)
    with pytest.raises(SourceError, match="X'Y'Z'"):
        resolve(YCC, "video", 1080, "xyz", depth=12)
    assert ids(resolve(RGB, "tif", 1080, "xyz", depth=16, hdr=True)[1])[0] == "plan.colour-codes-hdr"
    tagged = replace(RGB, primaries=10, transfer=17)
    assert resolve(tagged, "video", 1080, depth=12)[0].through == "codes"


@pytest.mark.extra("create")
@pytest.mark.parametrize(
    ("told", "camera"),
    [
        ("acescg", "ACEScg"),
        ("aces2065-1", "ACES2065-1"),
        ("arri_logc4", "ARRI_LOGC4"),
        ("ACEScct", "ACEScct"),
    ],
)
def test_scenes_go_through_aces(told: str, camera: str) -> None:
    path, decisions = resolve(RGB, "exr", 1080, told, depth=32)
    assert (path.through, path.camera, path.depth) == ("aces", camera, 32)
    assert ids(decisions) == ["plan.colour-told", "plan.aces"]
    assert "plan.aces-hdr" in ids(resolve(RGB, "exr", 1080, told, hdr=True, depth=32)[1])


def test_aces_says_what_to_install_where_opencolorio_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcp.extras.present", lambda module: module != "PyOpenColorIO")
    monkeypatch.setattr("dcp.create.planning.colour.present", lambda module: module != "PyOpenColorIO")
    pytest.importorskip("numba")
    with pytest.raises(ExtraMissingError, match="opencolorio"):
        resolve(RGB, "exr", 1080, "acescg", depth=32)
    with pytest.raises(UsageError, match="slog3"):
        resolve(RGB, "exr", 1080, "slog3", depth=32)


@pytest.mark.extra("create")
@pytest.mark.parametrize("name", ["rec.709", "cineon", "", "ADX10", "slog3"])
def test_a_name_that_is_none_is_refused_with_all_that_are(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(SRGB, "png", 1080, name)
    assert caught.value.id == "colour.unknown"
    assert "p3-d65" in str(caught.value.remedy) and "SONY_SLOG3-SGAMUT3" in str(caught.value.remedy)


@pytest.mark.extra("picture")
def test_a_table_is_read_before_any_work_and_named(tmp_path: Path) -> None:
    file = tmp_path / "look.CUBE"
    file.write_text('TITLE "Night"\nLUT_1D_SIZE 2\n0 0 0\n1 1 1\n', "utf-8")
    path, decisions = resolve(RGB, "dpx", 1080, str(file), depth=10)
    assert (path.through, path.cube) == ("cube", file) and "look.CUBE (Night)" in str(decisions[0])
    assert ids(decisions)[1] == "plan.cube-codes"
    file.write_text("no table", "utf-8")
    with pytest.raises(UsageError, match="line 1"):
        resolve(RGB, "dpx", 1080, str(file))


def test_a_source_as_probed_gives_its_form() -> None:
    facts = PictureFacts(Path("f"), "stills", 64, 36, None, 1, RGB, 16, files=(None, Path("f/a.0001.DPX")))
    with pytest.raises(SourceError, match="DPX"):
        colour_of(facts)
    assert colour_of(facts, told="rec709")[0].depth == 16
    video = replace(facts, kind="video", tags=YCC, rate=Fraction(24), files=(), height=1080)
    assert colour_of(video)[0].matrix == "bt709"


@pytest.mark.extra("create")
@pytest.mark.skipif(not CASE.is_dir(), reason="left out: no shared material")
@pytest.mark.parametrize("bits", [8, 10])
def test_full_and_limited_range_of_a_file_are_the_same_picture(bits: int, tmp_path: Path) -> None:
    import numpy as np

    from dcp.create.sources.decoding import read_video
    from dcp.create.sources.video import probe_video
    from dcp.picture.colour import to_dcdm

    made = (CASE / "gen.py").read_text("utf-8")
    if bits == 10:
        made = made.replace("'limited');", "'limited',10);").replace("'full')\n", "'full',10)\n")
        assert made.count(",10)") == 2
    script = tmp_path / "gen.py"
    script.write_text(made.replace("Path(__file__)", f"Path({str(CASE / 'gen.py')!r})"), "utf-8")
    subprocess.run([sys.executable, script, tmp_path], check=True, capture_output=True)
    seen: list[Any] = []
    for name in ("full", "limited"):
        facts = probe_video(tmp_path / f"{name}.mp4")
        path, decisions = colour_of(facts)
        assert path.full_range == (name == "full") and path.depth == bits
        assert "plan.colour-tagged" in ids(decisions) and f"{name} range" in str(decisions[0])
        pixels = next(read_video(facts, [0]))
        luma = pixels.planes[0]
        planes = [np.ascontiguousarray(luma), *(np.full_like(luma, 128 << bits - 8) for _ in range(2))]
        assert all((np.abs(plane.astype(int) - (128 << bits - 8)) <= 0).all() for plane in pixels.planes[1:])
        out = np.zeros((*luma.shape, 3), np.uint16)
        to_dcdm(planes, path, out)
        seen.append(out)
        assert (out[100:-100, 700:-50] == [3883, 3960, 4092]).all()  # white, away from the edge
    grey = [picture[300, 200].astype(int) for picture in seen]
    assert np.abs(grey[0] - grey[1]).max() <= 8  # half a code of 8 bits each way
    level = 4095 * (48 / 52.37 * (128 / 255) ** 2.4) ** (1 / 2.6)
    assert np.abs(np.array(grey)[:, 1] - level).max() <= 8
