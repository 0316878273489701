"""The corpus as a whole: enough rows, each another, and no step of the checklist without one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from forgery.kdm.tables import EVERY_LEGAL, EVERY_WRONG
from forgery.messages import arguments, judge, made

from dcp.errors import RefusedError
from dcp.trust.certificate import Certificate
from kdm.checklist import CHECKLIST, KdmReport
from kdm.receive import open_kdm
from kdm.report import report_lines


def test_what_they_differ_from_is_accepted(world: Any) -> None:
    report = judge(world, world.forge())
    assert report.verdict == "accept", report_lines(report)
    assert {step.result for step in report.steps} <= {"pass", "skipped"}
    assert report.keyring is not None
    assert {(key.id, key.type, key.value()) for key in report.keyring.keys} == {
        (key.id, key.type, key.value()) for key in world.keyring.keys
    }


def test_there_are_enough() -> None:
    assert len(EVERY_WRONG) >= 150
    assert len(EVERY_LEGAL) >= 40
    names = Counter(row.name for row in EVERY_WRONG)
    assert not [name for name, times in names.items() if times > 1]
    names = Counter(row.name for row in EVERY_LEGAL)
    assert not [name for name, times in names.items() if times > 1]
    assert all(row.source for row in (*EVERY_WRONG, *EVERY_LEGAL))


def test_the_page_in_docs_counts_them() -> None:
    page = Path(__file__).parents[3].joinpath("docs", "negative-corpus.md").read_text("utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith("| `forgery/kdm/`")]
    assert row.endswith(f"| {len(EVERY_WRONG)} | {len(EVERY_LEGAL)} |")


def told(value: object) -> object:
    """What tells two arguments apart: certificates by their bytes."""
    return value.der if isinstance(value, Certificate) else repr(value)


def test_each_is_another(world: Any) -> None:
    """No row is the good message judged as usual, and none is another row's twin."""
    usual = arguments(world)
    seen: dict[tuple[object, ...], str] = {(bytes(world.forge()),): "the good message"}
    for row in (*EVERY_WRONG, *EVERY_LEGAL):
        changes = row.check(world)
        judged = [(name, told(value)) for name, value in changes.items() if value != usual.get(name)]
        what = (made(world, row), *sorted(judged))
        assert what not in seen, f"'{row.name}' is '{seen[what]}'"
        seen[what] = row.name


NEVER_FAIL = {
    "KDM-124": "how long a show may go on is told, not judged",
    "KDM-104": "a window beyond the recipient's certificate is a warning (ISDCF Doc 5)",
    "KDM-008": "mixed lists exist (CTP A.6.52): a warning",
    "KDM-126": "what is not critical is ignored (CTP A.6.68)",
    "KDM-117": "another title opens all the same: a warning",
    "KDM-121": "a formulation that nobody knows is told",
}


def test_every_step_that_can_fail_is_the_first_to_fail_somewhere() -> None:
    hit = {row.step for row in EVERY_WRONG}
    assert hit | set(NEVER_FAIL) == {check.id for check in CHECKLIST}
    assert not hit & set(NEVER_FAIL)
    warned = {id for row in EVERY_LEGAL for id in row.warns}
    assert set(NEVER_FAIL) - warned == {"KDM-124", "KDM-126"}


@pytest.mark.parametrize("check", CHECKLIST, ids=[check.id for check in CHECKLIST])
def test_who_opens_a_message_is_told_what_the_checklist_says(check: Any, world: Any) -> None:
    """`open_kdm` refuses with the step, its remedy, and exit code 1."""
    row = next((row for row in EVERY_WRONG if row.step == check.id), None)
    if row is None:
        assert check.id in NEVER_FAIL
        return
    data, handed = made(world, row), {**arguments(world), **row.check(world)}
    report: KdmReport = judge(world, data, **row.check(world))
    with pytest.raises(RefusedError, match=check.id) as caught:
        open_kdm(data, **handed)
    assert caught.value.exit_code == 1
    assert caught.value.remedy and caught.value.remedy == report.remedy
