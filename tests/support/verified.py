"""A package verified, and its errors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from dcp.verify.engine import verify_package
from dcp.verify.finding import VerificationReport

NOW = datetime(2026, 1, 31, 18, 0, 0, tzinfo=UTC)
UNSIGNED = {"ENC-004", "ENC-005"}
"""What encrypted packages of these tests draw because they are not signed."""

Make = Callable[..., Any]


def judge(made: Any, **more: Any) -> VerificationReport:
    return verify_package(made.root, now=NOW, **more)


def errors(report: VerificationReport) -> list[tuple[str, str | None, str | None]]:
    return [(f.id, f.file, f.place) for f in report.errors if f.id not in UNSIGNED]
