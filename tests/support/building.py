"""A plan made in one line, the package built of it, and its units."""

from __future__ import annotations

import functools
from pathlib import Path

from material import NOW, RATE

from dcp.create.job.flags import job_by_names
from dcp.create.planning.making import plan_job
from dcp.create.planning.plan import Plan
from dcp.trust.making import NewChain, make_chain
from dcp.trust.signer import Signer


@functools.cache
def chain() -> NewChain:
    return make_chain(organization="Example", unit="Mastering", role="CS", now=NOW)


def signer() -> Signer:
    return chain().signer


def plan(*sources: Path, **more: object) -> Plan:
    """By the names of a job file; encrypt=True: everything."""
    given: dict[str, object] = {"title": "Test", "kind": "test", "picture_rate": RATE, **more}
    if given.get("encrypt") is True:
        given["encrypt"] = "picture,sound"
    return plan_job(job_by_names(sources, {k: v for k, v in given.items() if v is not None}), now=NOW)
