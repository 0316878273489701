"""Servers: what public sources say of them that no other rule finds in the package."""

from __future__ import annotations

from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Outcome, hit, package_rule
from dcp.verify.servers import RULE, concerning


@package_rule(RULE, severity="info")
def suits_servers(facts: PackageFacts) -> Outcome:
    for note in concerning(facts, ()):
        if note.rule is None:
            yield hit("QC-005.server", server=note.server, says=note.says, source=note.title)
