"""Hashes of a package's files: as packing lists and playlists state them, as another copy has them."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest
from packages_packed import FIVE_ONE, facts, media, write

from dcp.errors import DcpError, UsageError
from dcp.package.survey import survey_package
from dcp.rework.hashes import HashedFile, HashReport, hash_package


@pytest.fixture
def package(tmp_path: Path) -> Path:
    root = tmp_path / "film"
    parts = media(root)
    return write(root, [parts], [facts(parts.reel)])


def of(root: Path, against: Path | None = None, **more: object) -> HashReport:
    other = survey_package(against) if against is not None else None
    return hash_package(survey_package(root), against=other, **more)  # type: ignore[arg-type]


def one(report: HashReport, name: str) -> HashedFile:
    (found,) = (file for file in report.files if file.name == name)
    return found


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_every_file_is_hashed_and_held_against_what_is_stated(package: Path) -> None:
    told: list[tuple[int, int]] = []
    report = of(package, sha256=True, progress=lambda done, total: told.append((done, total)))
    assert report.good
    assert {file.name for file in report.files} == {path.name for path in package.iterdir()}
    for file in report.files:
        data = (package / file.name).read_bytes()
        made = (file.sha1, file.sha256, file.size)
        assert made == (hashlib.sha1(data).digest(), hashlib.sha256(data).digest(), len(data))
        # nobody states a hash of the packing list, the asset map, the volume index
        known = file.name.endswith(".mxf") or file.name.startswith("cpl")
        assert file.verdict == ("right" if known else "unstated"), file.name
    sizes = sum(path.stat().st_size for path in package.iterdir())
    assert told[-1] == (sizes, sizes)


def test_one_changed_bit_is_found_and_the_document_that_states_otherwise_is_named(package: Path) -> None:
    damage(package / "r1_sound.mxf")
    report = of(package)
    assert not report.good
    assert [file.name for file in report.files if not file.good] == ["r1_sound.mxf"]
    wrong = one(report, "r1_sound.mxf")
    assert wrong.verdict == "wrong"
    assert {each.by[:3] for each in wrong.stated} >= {"pkl"}


def test_a_missing_file_and_one_that_nobody_lists_are_named(package: Path) -> None:
    (package / "r1_picture.mxf").unlink()
    (package / "notes.txt").write_text("for the projectionist")
    report = of(package)
    assert one(report, "r1_picture.mxf").verdict == "missing"
    assert one(report, "notes.txt").verdict == "extra" and one(report, "notes.txt").good
    assert not report.good


def test_a_file_that_cannot_be_read_is_told_of_beside_the_others(package: Path) -> None:
    if os.geteuid() == 0:
        path = package / "r1_sound.mxf"
        path.unlink()
        path.mkdir()  # a superuser may read any file
        assert one(of(package), "r1_sound.mxf").verdict in ("missing", "unreadable")
        return
    (package / "r1_sound.mxf").chmod(0)
    report = of(package)
    assert one(report, "r1_sound.mxf").verdict == "unreadable"
    assert one(report, "r1_picture.mxf").verdict == "right"


def test_a_copy_is_the_same_until_something_of_it_is_not(package: Path, tmp_path: Path) -> None:
    copy = tmp_path / "drive"
    shutil.copytree(package, copy)
    assert of(copy, package).good
    (pkl,) = copy.glob("pkl*")
    pkl.write_bytes(pkl.read_bytes() + b"\n")  # nobody but the other copy knows better
    report = of(copy, package)
    assert one(report, pkl.name).beside == "different" and not report.good
    assert of(copy).good


def test_what_the_copy_lacks_and_what_it_calls_otherwise(package: Path, tmp_path: Path) -> None:
    copy = tmp_path / "drive"
    shutil.copytree(package, copy)
    (package / "readme").write_text("of the original alone")
    (copy / "r1_picture.mxf").rename(copy / "R1_PICTURE.MXF")
    report = of(copy, package)
    assert [file.name for file in report.lacking] == ["readme"]
    renamed = one(report, "R1_PICTURE.MXF")
    assert (renamed.beside, renamed.other, renamed.verdict) == ("same", "r1_picture.mxf", "right")


def test_faults_of_the_other_copy_are_told_too(package: Path, tmp_path: Path) -> None:
    copy = tmp_path / "drive"
    shutil.copytree(package, copy)
    damage(package / "r1_sound.mxf")
    report = of(copy, package)
    assert [file.name for file in report.faults_there] == ["r1_sound.mxf"]
    assert one(report, "r1_sound.mxf").verdict == "right" and not report.good
    (package / "r1_sound.mxf").unlink()
    report = of(copy, package)
    assert one(report, "r1_sound.mxf").beside == "absent"
    assert [file.verdict for file in report.faults_there] == ["missing"] and not report.good


def test_without_a_packing_list_there_is_nothing_to_hold_files_against(package: Path, tmp_path: Path) -> None:
    copy = tmp_path / "drive"
    shutil.copytree(package, copy)
    (pkl,) = copy.glob("pkl*")
    pkl.write_bytes(b"<PackingList")
    with pytest.raises(DcpError):
        of(copy)
    report = of(copy, package)  # the other copy says what it should be
    assert one(report, pkl.name).beside == "different" and report.notes
    with pytest.raises(UsageError):
        of(package, package)


def test_threads_and_one_thread_say_the_same(tmp_path: Path) -> None:
    root = tmp_path / "film"
    parts = [media(root, f"r{n}", channels=FIVE_ONE[: 2 * n + 2]) for n in range(3)]
    write(root, parts, [facts(*(each.reel for each in parts))])
    assert of(root, workers=1) == of(root, workers=5)


def test_interop_s_loose_files_are_held_against_their_lists(corpus: Path) -> None:
    report = of(corpus / "libdcp/test/ref/write_interop_subtitle_test3")
    assert report.good and report.count("right") > 1
    assert {"font_0.ttf"} <= {Path(file.name).name for file in report.files} or report.count("extra") == 0
