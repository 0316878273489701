"""What verification says: findings, what it could not check, and the report that holds both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal

from dcp.dataclass import dataclass

Severity = Literal["error", "warning", "info"]
Verdict = Literal["pass", "fail"]
MicSource = Literal["derived", "kdm", "none"]

SCHEMA = "dcpkit.verify/1"
SEVERITIES: Sequence[Severity] = ("error", "warning", "info")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong or worth knowing.

    `file` is relative to the package; `place` an element path, a frame, or a byte offset.
    """

    id: str
    severity: Severity
    message: str
    clause: str | None = None
    file: str | None = None
    place: str | None = None
    remedy: str | None = None


@dataclass(frozen=True)
class NotChecked:
    """A rule that could not be put to a part of the package, and why. Never a pass."""

    id: str
    why: str


@dataclass(frozen=True)
class VerificationReport:
    """The outcome. `mic`: where the keys of the integrity codes came from, None when none was looked at."""

    package: str
    standard: str | None
    profile: str
    mic: MicSource | None
    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]
    checked: tuple[str, ...] = ()
    bytes_read: int = 0

    @property
    def verdict(self) -> Verdict:
        return "fail" if self.errors else "pass"

    @property
    def errors(self) -> tuple[Finding, ...]:
        return self.of("error")

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == severity)

    def document(self, *, tool: str, version: str) -> dict[str, object]:
        """The report as the JSON document `dcpkit.verify/1`."""
        return {
            "schema": SCHEMA,
            "tool": tool,
            "version": version,
            "package": self.package,
            "standard": self.standard,
            "profile": self.profile,
            "verdict": self.verdict,
            "mic": self.mic,
            "findings": [asdict(finding) for finding in self.findings],
            "not_checked": [asdict(item) for item in self.not_checked],
        }
