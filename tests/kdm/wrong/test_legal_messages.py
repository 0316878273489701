"""Unusual legal KDMs, all accepted, with the warnings that the field lives with and no others."""

from __future__ import annotations

from typing import Any

import pytest
from forgery.kdm.tables import EVERY_LEGAL
from forgery.messages import Legal, judge, made


@pytest.mark.parametrize("row", EVERY_LEGAL, ids=[row.name for row in EVERY_LEGAL])
def test_what_is_unusual_and_legal_is_accepted(row: Legal, world: Any) -> None:
    report = judge(world, made(world, row), **row.check(world))
    told = [f"{step.id} {step.result}: {step.message}" for step in report.steps if step.result != "pass"]
    assert report.verdict == "accept", told
    assert {step.id for step in report.steps if step.result == "warn"} == set(row.warns), told
    assert report.message is not None and report.keyring is not None
    assert {key.id for key in report.keyring.keys} == {key for _, _, key in report.message.keys}
    values = {key.value() for key in world.keyring.keys}
    assert {key.value() for key in report.keyring.keys} <= values
