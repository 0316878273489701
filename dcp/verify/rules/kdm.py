"""What a KDM that was handed over says about this package. The message itself is judged elsewhere."""

from __future__ import annotations

from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Hit, Outcome, package_rule


@package_rule("KDM-002", severity="error", clause="ST 430-1", statement="The window of the KDM has not ended")
def window_has_not_ended(facts: PackageFacts) -> Outcome:
    for kdm in facts.kdms:
        if facts.now > kdm.not_valid_after:
            yield Hit(
                f"the KDM's window ended {kdm.not_valid_after.isoformat()}; it is {facts.now.isoformat()}",
                file=kdm.file,
                remedy="ask for a new KDM",
            )


@package_rule("KDM-003", severity="warning", clause="ST 430-1", statement="The window of the KDM has begun")
def window_has_begun(facts: PackageFacts) -> Outcome:
    for kdm in facts.kdms:
        if facts.now < kdm.not_valid_before:
            yield Hit(
                f"the KDM's window begins {kdm.not_valid_before.isoformat()}; it is {facts.now.isoformat()}",
                file=kdm.file,
            )


@package_rule("KDM-005", severity="error", statement="The playlist that the KDM is for is in the package")
def playlist_is_here(facts: PackageFacts) -> Outcome:
    ids = {cpl.id for _, cpl in facts.compositions()}
    for kdm in facts.kdms:
        if kdm.cpl_id not in ids:
            yield Hit(
                f"the KDM is for the playlist {kdm.cpl_id}, which is not in this package",
                file=kdm.file,
                remedy="a composition that was exported again has another id and needs a new KDM",
            )


@package_rule(
    "KDM-010",
    severity="error",
    clause="ST 430-1",
    statement="The KDM has a key for every KeyId of its composition",
)
def keys_are_complete(facts: PackageFacts) -> Outcome:
    for kdm in facts.kdms:
        for _, cpl in facts.compositions():
            if cpl.id == kdm.cpl_id:
                missing = [str(key_id) for key_id in cpl.key_ids if key_id not in kdm.key_ids]
                if missing:
                    yield Hit(f"the KDM has no key for {', '.join(missing)}", file=kdm.file)
