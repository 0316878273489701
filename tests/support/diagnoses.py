"""A diagnosis asked for, and the files that are handed over."""

from __future__ import annotations

import functools
import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from screening import kdm_file, kdm_for

from kdm.diagnose.diagnosis import Diagnosis, diagnose
from kdm.message import TypedKeyId

NOW = datetime(2027, 5, 1, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CHINA = timezone(8 * HOUR)
OTHER_CPL = uuid.UUID(int=0xC0FFEE)


def files(*made: Any) -> dict[str, Any]:
    return {"files": list(made)}


def ours(world: Any, **changes: Any) -> Any:
    return kdm_file(world, world.hall.leaf, **changes)


def foreign() -> tuple[TypedKeyId, ...]:
    return tuple(TypedKeyId("MDIK", (uuid.UUID(int=0x900 + place),)) for place in range(3))


def run(world: Any, made: dict[str, Any]) -> Diagnosis:
    usual: dict[str, Any] = {"files": [], "cpl": world.cpl, "certificate": world.hall.leaf, "now": NOW}
    return diagnose(**{**usual, **made})


@functools.cache
def good_kdm(world: Any) -> bytes:
    return kdm_for(world, world.hall.leaf)
