"""One illegal value in a document costs one finding, two cost two, and the rest is verified."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest
from faults.bases import BASES, NOW, Base
from faults.changes import Change, Copy, both, edit, named, tree
from faults.repair import repair
from lxml import etree

from dcp.verify.engine import verify_package
from dcp.verify.finding import Finding

VALUES = (
    ("map", "Id"), ("map", "VolumeCount"), ("map", "IssueDate"), ("map", "PackingList"), ("map", "Length"),
    ("pkl", "Id"), ("pkl", "IssueDate"), ("pkl", "Hash"), ("pkl", "Size"),
    ("cpl", "Id"), ("cpl", "IssueDate"), ("cpl", "EditRate"), ("cpl", "IntrinsicDuration"),
    ("cpl", "EntryPoint"), ("cpl", "Duration"), ("cpl", "Hash"), ("cpl", "FrameRate"),
    ("cpl", "ScreenAspectRatio"), ("cpl", "Offset"), ("cpl", "VersionNumber"),
    ("cpl", "MainSoundSampleRate"), ("cpl", "Width"),
)  # fmt: skip


def bad(role: str, name: str, chance: random.Random) -> Change:
    """No value in one of the elements of that name."""

    def do(root: etree._Element) -> None:
        count = sum(etree.QName(each).localname == name for each in root.iter(etree.Element))
        if role == "cpl" and name == "Id":  # the ContentVersion's is any URI
            ids = [n for n in range(count) if "urn:uuid" in (named(root, name, n).text or "")]
            ids = [
                n for n in ids if etree.QName(named(root, name, n).getparent()).localname != "ContentVersion"
            ]
            named(root, name, chance.choice(ids)).text = "?x"
        else:
            named(root, name, chance.randrange(count)).text = "?x"

    return tree(role, do)


def news(base: Base, root: Path, change: Change, good: set[tuple[str, str | None, str]]) -> list[Finding]:
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(base.root, root, copy_function=os.link)
    change(Copy(base, root))
    repair(base, root)
    found = verify_package(root, now=NOW, picture=False, workers=1).findings
    return [each for each in found if (each.id, each.file, each.message) not in good]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return BASES["smpte"](tmp_path_factory.mktemp("one-value") / "dcp")


@pytest.fixture(scope="module")
def good(base: Base) -> set[tuple[str, str | None, str]]:
    report = verify_package(base.root, now=NOW, picture=False, workers=1)
    return {(each.id, each.file, each.message) for each in report.findings}


@pytest.mark.parametrize(("role", "name"), VALUES, ids=lambda value: value)
def test_one_value(
    base: Base, good: set[tuple[str, str | None, str]], tmp_path: Path, role: str, name: str
) -> None:
    (finding,) = news(base, tmp_path / "x", bad(role, name, random.Random(f"{role} {name} 17")), good)
    assert finding.severity == "error"
    assert finding.file == base.files[role]
    assert name in (finding.place or "")


def test_two_values(base: Base, good: set[tuple[str, str | None, str]], tmp_path: Path) -> None:
    change = both(edit("cpl", "<IssueDate>2", "<IssueDate>x"), edit("cpl", "<EntryPoint>0", "<EntryPoint>o"))
    found = news(base, tmp_path / "x", change, good)
    assert sorted(each.id for each in found) == ["CPL-001", "CPL-009"]
