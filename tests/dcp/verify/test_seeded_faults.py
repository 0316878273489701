"""Every rule on a package wrong in one way, and its silence on good ones (`tests/support/faults/`)."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from faults.bases import BASES, NOW, Base
from faults.changes import Copy
from faults.repair import repair
from faults.rows import Fault, Good, all_faults, all_good
from needing import needing
from wrong_packages import composition, documents, media, text, tracks
from wrong_packages.world import World

from dcp.verify.engine import verify_package
from dcp.verify.finding import Finding, VerificationReport
from dcp.verify.rule import RULES, Hit
from dcp.verify.rules.all import load_rules

Said = Counter[tuple[str, str, str, str]]
BaseOf = Callable[[str], Base]


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> BaseOf:
    made: dict[str, Base] = {}

    def one(name: str) -> Base:
        if name not in made:
            made[name] = BASES[name](tmp_path_factory.mktemp("base") / name)
        return made[name]

    return one


_of_bases: dict[tuple[str, str], Said] = {}


def said(report: VerificationReport) -> Said:
    return Counter(
        (each.id, each.severity, each.file or "", f"{each.place} {each.message}") for each in report.findings
    )


def judge(base: Base, root: Path, *, keys: bool = True, **asked: Any) -> VerificationReport:
    return verify_package(
        root,
        **{
            "now": NOW,
            "ov": [base.ov] if base.ov else [],
            "keyring": base.keyring if keys else None,
            "workers": 1,
            **asked,
        },
    )


def of_base(base: Base, *, keys: bool, **asked: Any) -> Said:
    """What is said of the good package, and is no news in a changed one."""
    key = (base.name, f"{keys} {sorted(map(str, asked.items()))}")
    if key not in _of_bases:
        _of_bases[key] = said(judge(base, base.root, keys=keys, **asked))
    return _of_bases[key]


def changed(base: Base, row: Fault | Good, root: Path) -> Path:
    shutil.copytree(base.root, root, copy_function=os.link)
    row.change(Copy(base, root))
    if row.repaired:
        repair(base, root)
    return root


def rows() -> Iterator[Any]:
    """The first fault of each rule; the others of the same rule are of `make soak`."""
    seen: set[str] = set()
    for row in all_faults():
        yield pytest.param(row, marks=[pytest.mark.soak] if row.rule in seen else [], id=row.id)
        seen.add(row.rule)


@pytest.mark.parametrize("row", list(rows()))
def test_one_fault(row: Fault, base: BaseOf, tmp_path: Path) -> None:
    if row.extra is not None:
        needing(row.extra)
    good = base(row.base)
    root = changed(good, row, tmp_path / "dcp")
    report = judge(good, root, keys=row.keys, **{**row.asked, **row.handed()})
    news = said(report) - of_base(good, keys=row.keys, **row.asked)
    assert {id for id, *_ in news} == {row.rule, *row.also}, news
    for finding in report.findings:
        worded(finding)


@pytest.mark.parametrize("row", all_good(), ids=lambda row: row.id)
def test_good(row: Good, base: BaseOf, tmp_path: Path) -> None:
    if row.extra is not None:
        needing(row.extra)
    good = base(row.base)
    root = changed(good, row, tmp_path / "dcp")
    news = said(judge(good, root, **row.asked)) - of_base(good, keys=True, **row.asked)
    assert {id for id, *_ in news} == set(row.infos), news
    assert all(severity == "info" for _, severity, *_ in news), news


@pytest.mark.parametrize("name", BASES)
def test_bases_are_good(name: str, base: BaseOf) -> None:
    report = judge(base(name), base(name).root)
    assert not [each for each in report.findings if each.severity != "info"], report.findings


def worded(finding: Finding) -> None:
    assert finding.message and not finding.message.endswith(".")
    if finding.severity == "error":
        assert finding.remedy


ELSEWHERE = {
    "IMM-004": "said of every package with immersive sound",
    "PKG-005": "a document that the system does not let read: test_engine_damage",
    "PKG-013": "never a finding: what was left out stands under not_checked",
    "PKG-104": "a file that changed since an earlier run: test_cache",
    "TT-044": "a file of more than 115 MB: below",
    "VF-002": "an original of another film or standard: test_versions",
}


def test_no_rule_is_without_a_fault() -> None:
    """In a package here, or in a world of `wrong_packages`."""
    worlds = {rule for area in (composition, documents, media, text, tracks) for rule, _ in area.CASES}
    had = {row.rule for row in all_faults()} | worlds
    load_rules()
    assert set(RULES) - had == set(ELSEWHERE)


def test_a_text_of_more_than_115_mb(tmp_path: Path) -> None:
    world = World()
    facts = world.facts(tmp_path / "dcp")
    (check,) = [rule.package for rule in RULES.values() if rule.id == "TT-044" and rule.package]
    assert not list(check(facts))
    larger = {id: replace(track, size=115 * 1024 * 1024 + 1) for id, track in facts.tracks.items()}
    assert [hit.file for hit in check(replace(facts, tracks=larger)) if isinstance(hit, Hit)] == [
        "text1.mxf",
        "text2.mxf",
    ]
