"""Opening a KDM: the whole checklist, then the keys, or one plain refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from dcp.errors import RefusedError, UsageError
from dcp.secrets.keys import Keyring
from dcp.texts.catalogue import Text
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList
from kdm.block import Decrypter
from kdm.checklist import KdmReport, check_kdm
from kdm.evidence import WindowPolicy
from kdm.phrases import Saying


def open_kdm(
    data: bytes,
    *,
    private_key: Decrypter,
    recipient: Certificate | None = None,
    cpl: bytes | None = None,
    devices: Sequence[Certificate] = (),
    trust: Sequence[Certificate] | None = None,
    revoked: DenyList | None = None,
    mic_key_type: str | None = None,
    now: datetime,
    window: WindowPolicy = "refuse",
    where: str | Path = "the KDM",
) -> Keyring:
    """The content keys. RefusedError names the step that failed first and what to do.

    `window="report"` opens a message before and after its window too, for judging packages. `mic_key_type`:
    see `check_kdm`; the MIC keys are with the content keys that they go with.
    """
    report = check_kdm(
        data,
        private_key=private_key,
        recipient=recipient,
        cpl=cpl,
        devices=devices,
        trust=trust,
        revoked=revoked,
        mic_key_type=mic_key_type,
        now=now,
        window=window,
        where=where,
    )
    return keys_of(report)


def keys_of(report: KdmReport) -> Keyring:
    """The keys that a report holds, or RefusedError."""
    if report.keyring is not None:
        return report.keyring
    if not report.failures:
        raise UsageError("kdm.sealed")
    raise refusal(report)


def refusal(report: KdmReport, remedies: Mapping[str, Text] | None = None) -> RefusedError:
    """What stands against a KDM, as an error: the step that failed first, and what to do.

    remedies: by the step, what to do in place of the report's remedy, which is written for a cinema.
    """
    first = report.refusals[0]
    return RefusedError(
        "kdm.refused",
        step=first.step,
        why=Saying(first.text),
        where=report.where,
        remedy=(remedies or {}).get(first.step) or Saying(first.remedy),
    )
