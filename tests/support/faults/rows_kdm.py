"""What a KDM that is handed over with a package says against it: its window, its playlist, a step."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from dcp.texts.catalogue import Text
from dcp.verify.facts import KdmFacts, KdmStep
from faults.bases import NOW
from faults.changes import Copy
from faults.rows import Fault, Good

_PLACES = {"intended": "one", "intended_serial": 1, "given": "another", "given_serial": 2}
_OTHER = "refusal.other-device"
_STEP = KdmStep("KDM-106", Text(_OTHER, _PLACES), Text(_OTHER, part="remedy"))


def as_it_is(copy: Copy) -> None:
    """The package is good; what is wrong is handed over with it."""


def kdm(
    begins: datetime = NOW - timedelta(days=1), ends: datetime = NOW + timedelta(days=1), *steps: KdmStep
) -> Callable[[], Mapping[str, Any]]:
    """For a composition that is in no package."""
    return lambda: {"kdms": [KdmFacts(uuid.uuid4(), begins, ends, frozenset(), "kdm.xml", steps)]}


_DOCUMENTS = {"hashes": False, "picture": False}
FAULTS = [
    Fault("KDM-005", "encrypted", as_it_is, handed=kdm(), asked=_DOCUMENTS),
    Fault(
        "KDM-002", "encrypted", as_it_is, ("KDM-005",),
        handed=kdm(ends=NOW - timedelta(hours=1)), asked=_DOCUMENTS,
    ),
    Fault(
        "KDM-003", "encrypted", as_it_is, ("KDM-005",),
        handed=kdm(begins=NOW + timedelta(hours=1)), asked=_DOCUMENTS,
    ),
    Fault(
        "KDM-106", "encrypted", as_it_is, ("KDM-005",),
        handed=kdm(NOW - timedelta(days=1), NOW + timedelta(days=1), _STEP), asked=_DOCUMENTS,
    ),
]  # fmt: skip
GOOD: list[Good] = []
