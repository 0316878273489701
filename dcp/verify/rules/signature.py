"""Signatures of playlists and packing lists, and the certificates behind them.

`dcp.trust` judges both and names each step by its id; here is what each weighs in a package. A certificate
that was valid when the document was issued and has expired since is no fault of the package.
"""

from __future__ import annotations

from dcp.documents.cpl import CompositionPlaylist
from dcp.documents.pkl import PackingList
from dcp.texts.catalogue import Text
from dcp.verify.facts import PackageFacts, SignatureFacts
from dcp.verify.finding import Severity
from dcp.verify.rule import RULES, Hit, Outcome, Skip, judged, package_rule, skip

_ROWS: tuple[tuple[str, Severity, str | None], ...] = (
    ("SIG-002", "error", "RFC 4051"),
    ("SIG-003", "error", None),
    ("SIG-004", "error", None),
    ("SIG-005", "error", None),
    ("SIG-006", "error", None),
    ("SIG-007", "error", None),
    ("SIG-008", "error", "ST 430-2 6.2"),
    ("SIG-009", "error", "ST 430-2 6.2"),
    ("SIG-010", "error", None),
    ("SIG-011", "error", "ST 430-2 6.2"),
    ("SIG-012", "error", "DCSS 9"),
    ("SIG-013", "error", "ST 430-2 6.2"),
    ("SIG-014", "error", "ST 430-2 6.2"),
    ("CER-001", "error", "ST 430-2 6.2"),
    ("CER-002", "error", "ST 430-2 6.2"),
    ("CER-003", "error", "ST 430-2 6.2"),
    ("CER-004", "warning", "ST 430-2 5.3"),
    ("CER-005", "error", "CTP 2.1.10"),
    ("CER-006", "error", "CTP 2.1.9"),
    ("CER-007", "error", "CTP 2.1.12"),
    ("CER-008", "error", "CTP 2.1.13"),
    ("CER-009", "error", "CTP 2.1.14"),
    ("CER-010", "warning", "DCSS 9.4.3.5"),
    ("CER-011", "error", "ST 430-2 6.2, DCSS 1.4.4"),
    ("CER-012", "info", "DCSS 1.4.4"),
    ("CER-013", "info", None),
    ("CER-014", "error", "CTP 2.1.7"),
    ("CER-015", "error", "CTP 2.1.2"),
    ("CER-016", "error", "CTP 2.1.5"),
    ("CER-017", "error", "ST 430-2 6.2"),
    ("CER-018", "error", "CTP 2.1.11"),
    ("CER-019", "error", "CTP 2.1.11"),
    ("CER-020", "error", "CTP 2.1.4"),
    ("CER-021", "info", None),
    ("CER-022", "error", "CTP 2.1.8"),
    ("CER-023", "error", "ST 430-2"),
)
for _id, _severity, _clause in _ROWS:
    judged(_id, severity=_severity, clause=_clause)

NOT_APPLICABLE = frozenset({"SIG-012"})
"""Skipped where they do not apply, which leaves nothing unchecked."""


@package_rule("SIG-001", severity="error", clause="ST 429-7 6.13, 429-8 5.10")
def holds(facts: PackageFacts) -> Outcome:
    found = {signature.document.name: signature for signature in facts.signatures}
    for document in facts.survey.documents:
        if not isinstance(document.value, CompositionPlaylist | PackingList):
            continue
        signature = found.get(document.name)
        if not document.value.signed:
            yield skip("SIG-001.unsigned", name=document.name)
        elif signature is not None:
            yield from _told(signature)


def _told(signature: SignatureFacts) -> Outcome:
    name, error = signature.document.name, signature.error
    place = (error.where or "").rsplit(": ", 1)[-1] if error is not None else ""
    for step in signature.steps:
        rule = step.id if step.id in RULES else "SIG-001"
        if step.result == "fail":
            known = error is not None and step.message == error.what
            own = error.remedy_text() if error is not None and known else None
            yield Hit(
                step,
                file=name,
                place=place if known and place.startswith("/") else None,
                remedy=own or Text(rule, {"detail": step}, "remedy"),
                rule=rule,
            )
        elif step.result == "warn":
            lighter: Severity = "info" if RULES[rule].severity == "info" else "warning"
            yield Hit(step, file=name, rule=rule, severity=lighter)
        elif step.result == "skipped" and rule not in NOT_APPLICABLE:
            yield Skip(step, rule=rule)
