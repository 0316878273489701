"""Chains wrong in exactly one way, each refused by its own step; unusual legal ones, all accepted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from forgery.certificates import Bench
from forgery.chains.encoding import ENCODING
from forgery.chains.extensions import EXTENSIONS
from forgery.chains.fields import FIELDS
from forgery.chains.legal import LEGAL
from forgery.chains.names import NAMES
from forgery.chains.rows import LegalChain, WrongChain, judged
from forgery.chains.whole import ALGORITHMS, WHOLE

from dcp.trust.deny import DenyList
from dcp.trust.judging import RULES, judge_chain
from dcp.trust.step import Step

WRONG = {
    "fields": FIELDS,
    "encoding": ENCODING,
    "names": NAMES,
    "extensions": EXTENSIONS,
    "algorithms": ALGORITHMS,
    "whole": WHOLE,
}
EVERY_WRONG = [row for rows in WRONG.values() for row in rows]


def with_result(steps: list[Step], result: str) -> list[str]:
    return [step.id for step in steps if step.result == result]


def told(steps: list[Step]) -> str:
    return "; ".join(f"{step.id} {step.result}: {step.message}" for step in steps if step.result != "pass")


def test_the_page_in_docs_counts_them() -> None:
    page = Path(__file__).parents[4].joinpath("docs", "negative-corpus.md").read_text("utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith("| `forgery/chains/`")]
    assert row.endswith(f"| {len(EVERY_WRONG)} | {len(LEGAL)} |")


@pytest.mark.parametrize("row", EVERY_WRONG, ids=[row.name for row in EVERY_WRONG])
def test_a_wrong_chain_is_refused_by_its_own_step(row: WrongChain, bench: Bench) -> None:
    steps = judged(bench, row)
    failed = with_result(steps, "fail")
    assert failed[:1] == [row.step], told(steps)
    assert set(failed) == {row.step, *row.also}, told(steps)


@pytest.mark.parametrize("row", LEGAL, ids=[row.name for row in LEGAL])
def test_an_unusual_legal_chain_is_accepted(row: LegalChain, bench: Bench) -> None:
    steps = judged(bench, row)
    assert not with_result(steps, "fail"), told(steps)
    assert set(with_result(steps, "warn")) == set(row.warns), told(steps)


def test_what_they_differ_from_passes_every_step(bench: Bench) -> None:
    steps = judge_chain(
        bench.mixed(),
        at=(bench.now,),
        now=bench.now,
        role="CS",
        trust=(bench.good.chain[2],),
        revoked=DenyList(),
        content_authenticator=True,
    )
    assert {step.result for step in steps} == {"pass"}, told(steps)
    assert len(steps) == len(RULES)


def test_there_are_enough_and_each_is_another(bench: Bench) -> None:
    assert len(EVERY_WRONG) >= 60
    assert len(LEGAL) >= 15
    names = Counter(row.name for row in (*EVERY_WRONG, *LEGAL))
    assert not [name for name, times in names.items() if times > 1]
    seen: dict[object, str] = {}
    for row in EVERY_WRONG:
        what = (tuple(one.der for one in row.make(bench)), repr(row.judge(bench)))
        assert what not in seen, f"{row.name} is {seen[what]} once more"
        seen[what] = row.name
    assert (tuple(one.der for one in bench.mixed()), "{}") not in seen


NEVER_FAIL = {
    "CER-004": "other string types than PrintableString are met in real certificates: a warning",
    "CER-012": "what has expired since is told, and not held against a signature of its time",
    "CER-013": "dates that older equipment overflows are a warning",
    "CER-021": "serial numbers over 32 bits are a hint",
}


def test_every_rule_that_can_fail_is_the_first_to_fail_somewhere() -> None:
    hit = {row.step for row in EVERY_WRONG}
    assert hit | set(NEVER_FAIL) == {rule.id for rule in RULES}
    assert not hit & set(NEVER_FAIL)
    assert set(NEVER_FAIL) <= {id for row in LEGAL for id in row.warns}
