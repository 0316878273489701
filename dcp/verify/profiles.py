"""Profiles: by which measure a package is judged.

`field` judges by the standard that the package names and by what stops ingest or playback; `bv21` by RDD 52
(SMPTE Bv2.1) as well. A profile turns a rule into a severity, or leaves the rule out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.verify.finding import Severity
from dcp.verify.rule import Rule


@dataclass(frozen=True)
class Profile:
    """A measure. title: for people. weigh: the severity of a rule, None where the rule is left out."""

    name: str
    title: str
    weigh: Callable[[Rule], Severity | None]


def _field(rule: Rule) -> Severity | None:
    return rule.severity


def _bv21(rule: Rule) -> Severity | None:
    return rule.bv21 or rule.severity


PROFILES: Mapping[str, Profile] = {
    "field": Profile("field", "the package's standard, and what stops ingest or playback", _field),
    "bv21": Profile("bv21", "the field's measure and RDD 52 (SMPTE Bv2.1)", _bv21),
}


def profile_by_name(name: str) -> Profile:
    """UsageError, with the names there are, when there is no such profile."""
    found = PROFILES.get(name)
    if found is None:
        raise UsageError("verify.no-profile", name=name, known=", ".join(PROFILES))
    return found
