"""The keys of a KDM for a whole package: which playlist of it the message is for, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dcp.secrets.keys import Keyring
    from dcp.trust.certificate import Certificate
    from dcp.trust.deny import DenyList
    from dcp.verify.facts import KdmFacts
    from kdm.block import Decrypter
    from kdm.checklist import KdmReport


def keys_for_verifying(
    data: bytes,
    package: Path,
    *,
    private_key: Decrypter,
    recipient: Certificate | None,
    trust: Sequence[Certificate] | None = None,
    revoked: DenyList | None = None,
    now: datetime,
    where: str | Path = "the KDM",
    several: bool = False,
) -> tuple[Keyring | None, tuple[KdmFacts, ...]]:
    """The KDM's keys, its window left to the findings (KDM-002, KDM-003). RefusedError for anything else.

    several: the package is one of several, and a KDM for another of them is none for this one.
    """
    from dcp.package.package import survey_package
    from dcp.verify.facts import KdmFacts
    from kdm.checklist import check_kdm
    from kdm.receive import keys_of

    playlists = [document for document in survey_package(package).documents if document.kind == "composition"]

    def judged(cpl: bytes | None) -> KdmReport:
        return check_kdm(
            data,
            private_key=private_key,
            recipient=recipient,
            cpl=cpl,
            trust=trust,
            revoked=revoked,
            now=now,
            window="report",
            where=where,
        )

    report = judged(None)
    if report.message is not None:
        named = report.message.composition_playlist_id
        fitting = next((d for d in playlists if getattr(d.value, "id", None) == named), None)
        if fitting is not None:
            report = judged(fitting.data)
        elif several:
            return None, ()
    keys = keys_of(report)
    message = report.message
    assert message is not None  # or it would have been refused
    return keys, (
        KdmFacts(
            cpl_id=message.composition_playlist_id,
            not_valid_before=message.content_keys_not_valid_before,
            not_valid_after=message.content_keys_not_valid_after,
            key_ids=frozenset(key.id for key in keys.keys),
            file=str(where),
        ),
    )
