"""A version file and the original that it is judged with: nothing that is missing there is a pass."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faults.bases import BASES, NOW, Base
from faults.repair import replace_file
from lxml import etree

from dcp.verify.engine import verify_package
from dcp.verify.finding import VerificationReport


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return BASES["vf"](tmp_path_factory.mktemp("vf") / "base")


@pytest.fixture
def pair(made: Base, tmp_path: Path) -> tuple[Path, Path]:
    """The version file, and its original to be changed."""
    assert made.ov is not None
    return made.root, Path(shutil.copytree(made.ov, tmp_path / "original"))


def judge(root: Path, *ov: Path, **asked: Any) -> VerificationReport:
    return verify_package(root, now=NOW, ov=ov, workers=1, **{"picture": False, **asked})


def errors(report: VerificationReport) -> list[str]:
    return [each.id for each in report.findings if each.severity == "error"]


def skipped(report: VerificationReport, *ids: str) -> list[str]:
    return [each.why for each in report.not_checked if each.id in ids]


def picture(original: Path) -> Path:
    return original / "picture1.mxf"


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    replace_file(path, bytes(data))


def without_the_picture(original: Path) -> None:
    """As an original of other reels: neither list has it, and the file is gone."""
    for name in ("ASSETMAP.xml", next(original.glob("pkl*")).name):
        tree = etree.fromstring((original / name).read_bytes())
        for asset in [*tree.iter("{*}Asset")]:
            if b"picture1" in etree.tostring(asset):
                asset.getparent().remove(asset)  # type: ignore[union-attr]
        replace_file(original / name, etree.tostring(tree))
    picture(original).unlink()


def test_the_right_original_is_a_pass(pair: tuple[Path, Path]) -> None:
    assert errors(judge(*pair)) == []


def test_without_one_each_asset_is_named(pair: tuple[Path, Path]) -> None:
    report = judge(pair[0])
    assert errors(report) == [] and "VF-003" in {each.id for each in report.findings}
    (why,) = skipped(report, "VF-001")
    assert "MainPicture of reel 1" in why and "not given" in why


@pytest.mark.parametrize(
    ("change", "id"),
    [
        (lambda original: picture(original).unlink(), "AM-010"),
        (lambda original: flipped(picture(original)), "PKL-005"),
        (without_the_picture, "VF-001"),
        (lambda original: replace_file(original / "ASSETMAP.xml", b"<AssetMap"), "VF-001"),
        (lambda original: (original / "ASSETMAP.xml").unlink(), "VF-001"),
    ],
    ids=["file gone", "damaged", "not listed", "map broken", "no map"],
)
def test_what_an_original_lacks_is_an_error(
    pair: tuple[Path, Path], change: Callable[[Path], object], id: str
) -> None:
    change(pair[1])
    report = judge(*pair)
    assert errors(report) == [id] and report.verdict == "fail"
    for finding in report.findings:
        assert finding.say("zh") and (finding.severity != "error" or finding.remedy)


def test_an_original_that_cannot_be_read_leaves_each_asset_unchecked(pair: tuple[Path, Path]) -> None:
    (pair[1] / "ASSETMAP.xml").unlink()
    (why,) = skipped(judge(*pair), "VF-001")
    assert "MainPicture of reel 1" in why and "cannot be read" in why


def test_another_package_is_no_original(pair: tuple[Path, Path], tmp_path: Path) -> None:
    other = BASES["stereo"](tmp_path / "other").root
    report = judge(pair[0], other)
    assert errors(report) == ["VF-001"]
    (finding,) = (each for each in report.findings if each.id == "VF-001")
    assert "other, holds none of what" in finding.message
    assert errors(judge(pair[0], other, pair[1])) == []


def test_without_its_packing_list_the_playlists_hash_holds(pair: tuple[Path, Path]) -> None:
    original = pair[1]
    replace_file(next(original.glob("pkl*")), b"<PackingList")
    assert errors(judge(*pair)) == []
    flipped(picture(original))
    assert errors(judge(*pair)) == ["VF-005"]
    version = next(pair[0].glob("cpl*"))
    kept = version.read_bytes()
    try:  # nor has the playlist a hash
        tree = etree.fromstring(kept)
        for element in [*tree.iter("{*}MainPicture")]:
            element.remove(element.find("{*}Hash"))  # type: ignore[arg-type]
        replace_file(version, etree.tostring(tree))
        report = judge(*pair)
    finally:
        replace_file(version, kept)
    assert "VF-005" not in errors(report)
    assert any("picture1.mxf" in why for why in skipped(report, "PKL-005"))


def test_a_version_of_a_version(made: Base, pair: tuple[Path, Path], tmp_path: Path) -> None:
    """It takes the picture from the original, the sound from the version, and has a text of its own."""
    version, original = pair
    second = Path(shutil.copytree(version, tmp_path / "second"))
    listing = second / "ASSETMAP.xml"
    pkl = next(second.glob("pkl*"))
    for path in (listing, pkl):
        tree = etree.fromstring(path.read_bytes())
        for asset in [*tree.iter("{*}Asset")]:
            if str(made.ids["sound1"]).encode() in etree.tostring(asset):
                asset.getparent().remove(asset)  # type: ignore[union-attr]
        replace_file(path, etree.tostring(tree))
    (second / "sound1.mxf").unlink()
    wrong = {"AM-006", "PKL-007"}  # of the documents that were cut
    assert set(errors(judge(second, version, original))) <= wrong
    assert "VF-001" in errors(judge(second, original))
    (version_lacks,) = (each for each in judge(second, version).findings if each.id == "VF-001")
    assert "MainPicture" in version_lacks.message


def retitled(root: Path, title: str) -> None:
    path = next(root.glob("cpl*"))
    text = path.read_text().replace(">Film<", f">{title}<")
    replace_file(path, text.encode())


def test_a_title_of_another_film(made: Base, pair: tuple[Path, Path], tmp_path: Path) -> None:
    name = "{}_TST-1_F_EN-XX_US_51_2K_DI_20260130_DLX_SMPTE_{}"
    version = Path(shutil.copytree(pair[0], tmp_path / "version"))
    retitled(pair[1], name.format("Film", "OV"))
    for film, ids in (("Film", set()), ("FilmTwo", set()), ("Other", {"VF-002"})):
        changed = Path(shutil.copytree(version, tmp_path / film))
        retitled(changed, name.format(film, "VF"))
        said = {each.id for each in judge(changed, pair[1]).findings}
        assert said & {"VF-002"} == ids
    assert "VF-002" not in {each.id for each in judge(version, pair[1]).findings}  # no name at all
