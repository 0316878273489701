"""A third of base64 hashes hold a `+`; some makers of KDMs do not escape it in X509IssuerName."""

from __future__ import annotations

from typing import Any

import pytest
from forgery.resigning import resigned

from dcp.trust.making import NewChain, make_chain
from kdm.checklist import check_kdm
from kdm.diagnose.diagnosis import diagnose
from kdm.diagnose.reading import read_kdm_file


@pytest.fixture(scope="module")
def plus_hall(world: Any) -> NewChain:
    """A hall whose authority has a + in its qualifier."""
    for _ in range(60):
        chain = make_chain(organization="Cinema", unit="Plus", role="SM SPB MD FM", now=world.now)
        if "+" in str(chain.chain[1].subject_name):
            return chain
    raise AssertionError("sixty hashes without a +")


def bare(world: Any, hall: NewChain) -> bytes:
    data = world.order().issue(hall.leaf).data.decode()
    issuer = hall.leaf.issuer
    assert "\\+" in issuer and data.count(issuer) >= 1
    return resigned(data.replace(issuer, issuer.replace("\\+", "+")), world.lab.private_key).encode()


def test_the_right_screen_is_not_another_one(world: Any, plus_hall: NewChain) -> None:
    data = bare(world, plus_hall)
    for identity in (
        {"recipient": plus_hall.leaf},
        {"recipient": plus_hall.leaf, "private_key": plus_hall.private_key},
    ):
        report = check_kdm(data, cpl=world.cpl, now=world.now, **identity)
        step = next(step for step in report.steps if step.id == "KDM-106")
        assert step.result == "warn" and "+ that is not escaped" in step.message
        assert report.verdict in ("accept", "incomplete"), report.steps
    assert check_kdm(data, private_key=plus_hall.private_key, now=world.now).verdict == "accept"


def test_it_is_found_for_its_screen(world: Any, plus_hall: NewChain) -> None:
    file = read_kdm_file("kdm.xml", bare(world, plus_hall))
    assert diagnose([file], cpl=world.cpl, certificate=plus_hall.leaf, now=world.now).plays


def test_another_screen_stays_another(world: Any, plus_hall: NewChain) -> None:
    report = check_kdm(bare(world, plus_hall), recipient=world.hall.leaf, now=world.now)
    assert report.verdict == "refuse"
