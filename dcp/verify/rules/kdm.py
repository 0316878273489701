"""What a KDM that was handed over says about this package, and what refuses it.

The message itself is judged by its own checklist; the steps that do not hold come in as facts, and each is a
finding under its own id. Whatever needs no key of it is verified all the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from dcp.verify.facts import KdmFacts, PackageFacts
from dcp.verify.finding import Severity
from dcp.verify.rule import Hit, Outcome, hit, judged, package_rule

STEPS: Mapping[str, tuple[Severity, str | None]] = {
    "KDM-001": ("error", "ST 430-1, ST 430-3"),
    "KDM-004": ("error", "ST 430-1"),
    "KDM-006": ("error", "ST 430-1"),
    "KDM-007": ("error", "ST 430-1"),
    "KDM-008": ("error", "DCSS 9.4.3.5"),
    "KDM-009": ("error", "ST 430-1"),
    "KDM-101": ("error", "ST 430-3"),
    "KDM-102": ("error", "ST 430-2"),
    "KDM-103": ("error", None),
    "KDM-104": ("warning", None),
    "KDM-106": ("error", "ST 430-1"),
    "KDM-107": ("error", "ST 430-1"),
    "KDM-108": ("error", "ST 430-1"),
    "KDM-109": ("error", "ST 430-1"),
    "KDM-110": ("error", "ST 430-1"),
    "KDM-111": ("error", "ST 430-1"),
    "KDM-112": ("error", "ST 430-1"),
    "KDM-113": ("error", "ST 430-1"),
    "KDM-114": ("error", "DCSS 9.7.7"),
    "KDM-115": ("error", "ST 430-3"),
    "KDM-116": ("error", "DCSS 9.4.6"),
    "KDM-117": ("warning", None),
    "KDM-120": ("error", "DCSS 9.4.3.5"),
    "KDM-121": ("info", "ISDCF Doc 5"),
    "KDM-124": ("info", "DCSS 9.4.3.5"),
    "KDM-126": ("info", "ST 430-3"),
    "KDM-130": ("error", "DCSS 9.4.3.5"),
}
"""Steps of the checklist that are findings as they are: what each weighs, and its clause."""
for _id, (_severity, _clause) in STEPS.items():
    judged(_id, severity=_severity, clause=_clause)

_SAID_HERE = ("KDM-002", "KDM-003", "KDM-005", "KDM-010")
"""Steps whose rules are below, since they are put to all compositions of the package."""
_PLAYLISTS = ("SIG-001", "SIG-009")
"""Steps about the playlist's own signature and chain, which the rules of signatures judge."""


@package_rule("KDM-002", severity="error", clause="ST 430-1")
def window_has_not_ended(facts: PackageFacts) -> Outcome:
    for kdm in facts.kdms:
        if kdm.not_valid_after is not None and facts.now > kdm.not_valid_after:
            yield hit("KDM-002.over", file=kdm.file, ended=kdm.not_valid_after, now=facts.now)


@package_rule("KDM-003", severity="warning", clause="ST 430-1")
def window_has_begun(facts: PackageFacts) -> Outcome:
    for kdm in facts.kdms:
        if kdm.not_valid_before is not None and facts.now < kdm.not_valid_before:
            yield hit("KDM-003.early", file=kdm.file, begins=kdm.not_valid_before, now=facts.now)


@package_rule("KDM-005", severity="error")
def playlist_is_here(facts: PackageFacts) -> Outcome:
    """And brings in what the steps of the checklist say against the message."""
    ids = {cpl.id for _, cpl in facts.compositions()}
    for kdm in facts.kdms:
        if kdm.cpl_id is not None and kdm.cpl_id not in ids:
            yield hit("KDM-005.other", file=kdm.file, cpl=kdm.cpl_id)
        yield from _steps(kdm)


@package_rule("KDM-010", severity="error", clause="ST 430-1")
def keys_are_complete(facts: PackageFacts) -> Outcome:
    for kdm in facts.kdms:
        for _, cpl in facts.compositions():
            if cpl.id == kdm.cpl_id:
                missing = [str(key_id) for key_id in cpl.key_ids if key_id not in kdm.key_ids]
                if missing:
                    yield hit("KDM-010.missing", file=kdm.file, keys=", ".join(missing))


def _steps(kdm: KdmFacts) -> Outcome:
    for step in kdm.steps:
        if step.id not in (*_SAID_HERE, *_PLAYLISTS):
            severity: Severity | None = "info" if step.doubt else None
            yield Hit(step.said, file=kdm.file, remedy=step.remedy, severity=severity, rule=step.id)
