"""What a KDM that was handed over says about this package. The message itself is judged elsewhere."""

from __future__ import annotations

from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Outcome, hit, package_rule


@package_rule("KDM-002", severity="error", clause="ST 430-1")
def window_has_not_ended(facts: PackageFacts) -> Outcome:
    for kdm in facts.kdms:
        if facts.now > kdm.not_valid_after:
            yield hit("KDM-002.over", file=kdm.file, ended=kdm.not_valid_after, now=facts.now)


@package_rule("KDM-003", severity="warning", clause="ST 430-1")
def window_has_begun(facts: PackageFacts) -> Outcome:
    for kdm in facts.kdms:
        if facts.now < kdm.not_valid_before:
            yield hit("KDM-003.early", file=kdm.file, begins=kdm.not_valid_before, now=facts.now)


@package_rule("KDM-005", severity="error")
def playlist_is_here(facts: PackageFacts) -> Outcome:
    ids = {cpl.id for _, cpl in facts.compositions()}
    for kdm in facts.kdms:
        if kdm.cpl_id not in ids:
            yield hit("KDM-005.other", file=kdm.file, cpl=kdm.cpl_id)


@package_rule("KDM-010", severity="error", clause="ST 430-1")
def keys_are_complete(facts: PackageFacts) -> Outcome:
    for kdm in facts.kdms:
        for _, cpl in facts.compositions():
            if cpl.id == kdm.cpl_id:
                missing = [str(key_id) for key_id in cpl.key_ids if key_id not in kdm.key_ids]
                if missing:
                    yield hit("KDM-010.missing", file=kdm.file, keys=", ".join(missing))
