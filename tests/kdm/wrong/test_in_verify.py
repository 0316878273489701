"""Every step of the checklist that does not hold is a finding of `verify` under its id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from forgery.kdm.tables import EVERY_WRONG
from forgery.messages import NOW, Wrong, judge, made

from dcp.package.survey import survey_package
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import RULES, Hit
from dcp.verify.rules.all import load_rules
from dcpkit.opening import facts_of

load_rules()
FIRST = {row.step: row for row in reversed(EVERY_WRONG)}
ELSEWHERE = {
    "SIG-001": "the playlist's signature, by the rules of signatures",
    "SIG-009": "the playlist's chain, by the rules of signatures",
    "KDM-002": "by the window itself",
    "KDM-003": "by the window itself",
    "KDM-005": "by the playlists of the package",
    "KDM-010": "by the playlists of the package",
}


@pytest.mark.parametrize(
    "row", [FIRST[step] for step in sorted(set(FIRST) - set(ELSEWHERE))], ids=lambda row: row.step
)
def test_a_step_that_fails_is_a_finding(world: Any, row: Wrong, tmp_path: Path) -> None:
    report = judge(world, made(world, row), **row.check(world))
    facts = PackageFacts(survey_package(tmp_path), NOW, None, kdms=(facts_of((report, report)),))
    hits = [each for rule in ("KDM-005",) for each in RULES[rule].package(facts)]  # type: ignore[misc]
    said = [each for each in hits if isinstance(each, Hit) and each.rule == row.step]
    assert len(said) == 1 and said[0].severity is None and RULES[row.step].severity == "error"
    assert said[0].message and said[0].remedy
