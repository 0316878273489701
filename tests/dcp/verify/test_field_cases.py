"""What people met in the field (../shared/field-cases), from the case's own material to the verdict."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dcp.mxf.reader import TrackFile
from dcp.verify.engine import verify_package
from dcp.verify.finding import VerificationReport

pytestmark = [pytest.mark.soak, pytest.mark.extra("create")]

CASES = Path(__file__).parents[4] / "shared" / "field-cases"
Case = Callable[[str], Path]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """`case("22")`: the folder of what its gen.py makes."""
    if not CASES.is_dir():
        pytest.skip("left out: ../shared/field-cases is not here")
    folder = tmp_path_factory.mktemp("field")

    def make(number: str) -> Path:
        (source,) = CASES.glob(f"{number}-*")
        out = folder / number
        if not out.exists():
            subprocess.run(
                [sys.executable, str(source / "gen.py"), str(out)],
                env={**os.environ, "FIELD_BASE": str(folder / "base")},
                check=True,
                capture_output=True,
            )
        return out

    return make


def judge(root: Path) -> VerificationReport:
    return verify_package(root, now=datetime.now(UTC) + timedelta(minutes=1))


def test_22_what_is_in_no_packing_list_is_an_error(case: Case) -> None:
    report = judge(case("22") / "not-in-pkl")
    (error,) = report.errors
    assert error.id == "PKL-019" and report.verdict == "fail"
    assert "sound.mxf" in error.message and str(error.file).startswith("pkl_")


FORMS: tuple[set[str], ...] = (
    set(),
    set(),
    set(),
    {"MXF-043"},
    {"MXF-014", "MXF-043"},
    {"MXF-001"},
    {"MXF-011"},
)
"""Of each form what servers stumble over, told as that: short lengths, an open header, no random index. Where
lengths have more or fewer bytes than before, the case leaves the index table as it was: it leads beside every
unit but the first."""


def test_41_every_form_of_a_track_file_holds_the_same(case: Case) -> None:
    files = sorted(case("41").glob("*.mxf"))
    assert len(files) == len(FORMS)
    essence = set()
    for path in files:
        digest = hashlib.sha1()
        with TrackFile.open(path) as track:
            assert track.header.container_duration == 24
            for unit in track.units():
                assert unit.fault is None
                digest.update(unit.data)
        essence.add(digest.digest())
    assert len(essence) == 1


@pytest.mark.parametrize("number", range(len(FORMS)))
def test_41_a_package_with_any_of_them_is_told_as_what_it_is(case: Case, tmp_path: Path, number: int) -> None:
    path = sorted(case("41").glob("*.mxf"))[number]
    root = tmp_path / "dcp"
    shutil.copytree(case("41").parent / "base" / "one_smpte", root)
    (picture,) = root.glob("*picture.mxf")
    swap(root, picture, path.read_bytes())
    report = judge(root)
    assert {each.id for each in report.errors} == FORMS[number]
    assert not any(re.search("lasts 0|cut short", each.message) for each in report.findings)


def swap(root: Path, path: Path, data: bytes) -> None:
    """Another file in the old one's place; hashes and lengths are made right."""
    old = path.read_bytes()
    path.write_bytes(data)
    stale = [(hashed(old), hashed(data)), (str(len(old)).encode(), str(len(data)).encode())]
    for pattern in ("cpl_*.xml", "pkl_*.xml", "ASSETMAP*"):
        (document,) = root.glob(pattern)
        before = text = document.read_bytes()
        for was, now in stale:
            text = re.sub(rb"(?<=>)" + re.escape(was) + rb"(?=<)", now, text)
        document.write_bytes(text)
        stale.append((hashed(before), hashed(text)))
        stale.append((str(len(before)).encode(), str(len(text)).encode()))


def hashed(data: bytes) -> bytes:
    return base64.b64encode(hashlib.sha1(data).digest())


def of_text(report: VerificationReport) -> set[str]:
    return {each.id for each in report.findings if each.id.startswith("TT-") and each.severity != "info"}


@pytest.mark.parametrize(("name", "rule"), [("empty-text", "TT-032"), ("no-loadfont", "TT-035")])
def test_60_a_broken_rule_is_found(case: Case, name: str, rule: str) -> None:
    assert rule in of_text(judge(case("60") / name))


STUB = {"TT-039", "TT-041"}
"""Of the font beside it, which is zeros."""


@pytest.mark.parametrize("name", ["00-good", "times-dots", "comment", "vposition-decimal", "nested-fonts"])
def test_60_what_is_in_order_has_no_finding(case: Case, name: str) -> None:
    assert of_text(judge(case("60") / name)) <= STUB
