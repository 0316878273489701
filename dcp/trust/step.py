"""One step of an ordered checklist: what was looked at, and how it came out."""

from __future__ import annotations

from typing import Literal

from dcp.dataclass import dataclass

Result = Literal["pass", "fail", "warn", "skipped"]


@dataclass(frozen=True)
class Step:
    """id: that of the table of checks (`SIG-001`, `CER-005`). clause: the rule's source, or None."""

    id: str
    result: Result
    message: str
    clause: str | None = None
