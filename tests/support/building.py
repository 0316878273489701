"""A plan made in one line, the package built of it, and its units."""

from __future__ import annotations

import functools
from pathlib import Path

from material import NOW, RATE

from dcp.create.plan import Plan, plan_package
from dcp.trust.making import NewChain, make_chain
from dcp.trust.signer import Signer


@functools.cache
def chain() -> NewChain:
    return make_chain(organization="Example", unit="Mastering", role="CS", now=NOW)


def signer() -> Signer:
    return chain().signer


def plan(*sources: Path, **more: object) -> Plan:
    given: dict[str, object] = {"title": "Test_TST_S_EN-XX", "kind": "test", "picture_rate": RATE, **more}
    return plan_package(sources, **given)  # type: ignore[arg-type]
