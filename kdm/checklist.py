"""The ordered checklist of a security manager for a KDM (ST 430-1, ST 430-3, DCSS 9.4.3.5), as data.

An entry of `CHECKLIST` is one named step: its id (of the project's table of checks), what it asks, the
clause, the steps without which it means nothing, and the function that judges. A step that an earlier failure
makes meaningless is skipped and says which; what the caller did not hand over is skipped too. Nothing is
decrypted before signature, chain and trust hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.secrets.keys import ContentKey, Keyring
from dcp.texts.catalogue import text
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList
from dcp.trust.refusals import Finding
from dcp.trust.step import Step
from dcp.xml.values import date_time
from kdm import opened, signed, steps
from kdm.block import Decrypter, block_id, block_key, is_mic_block
from kdm.evidence import Evidence, Outcome, WindowPolicy, failed, skipped
from kdm.message import KdmMessage
from kdm.refusals import finding

Verdict = Literal["accept", "refuse", "incomplete"]


@dataclass(frozen=True)
class Check:
    """One step. `needs`: ids of earlier steps whose failure makes this one meaningless."""

    id: str
    clause: str | None
    judge: Callable[[Evidence], Outcome]
    needs: tuple[str, ...] = ()


# What a message under an untrusted root says is judged too, so that all faults are seen at once; its blocks
# stay closed.
_SIGNED = ("KDM-001", "KDM-115", "KDM-101", "KDM-102")
_SEALED = (*_SIGNED, "SIG-014", "KDM-106", "KDM-113", "KDM-114")
_OPENED = (*_SEALED, "KDM-009", "KDM-107")
_OWN_CPL = (*_SIGNED, "SIG-001", "KDM-005")

CHECKLIST: tuple[Check, ...] = (
    Check("SIG-001", "ST 429-7", signed.cpl_signature),
    Check("SIG-009", "ST 430-2", signed.cpl_chain, ("SIG-001",)),
    Check("KDM-001", "ST 430-1, ST 430-3", steps.schema),
    Check("KDM-115", "ST 430-3", signed.algorithms, ("KDM-001",)),
    Check("KDM-101", "ST 430-3", signed.signature, _SIGNED[:2]),
    Check("KDM-102", "ST 430-2", signed.chain, _SIGNED[:3]),
    Check("SIG-014", "ST 430-2", signed.trust_anchor, _SIGNED),
    Check("KDM-004", "ST 430-1", steps.window_order, _SIGNED),
    Check("KDM-103", None, steps.window_in_signer, _SIGNED),
    Check("KDM-002", "ST 430-1, DCSS 9.4.3.5", steps.window_ended, (*_SIGNED, "KDM-004")),
    Check("KDM-003", "ST 430-1, DCSS 9.4.3.5", steps.window_begun, (*_SIGNED, "KDM-004")),
    Check("KDM-124", "DCSS 9.4.3.5", steps.overrun, (*_SIGNED, "KDM-004")),
    Check("KDM-106", "ST 430-1", steps.issued_to, _SIGNED),
    Check(
        "KDM-104",
        None,
        steps.window_in_recipient,
        (*_SIGNED, "KDM-106"),
    ),
    Check("KDM-113", "ST 430-1", steps.key_transport, _SIGNED),
    Check("KDM-114", "DCSS 9.7.7", steps.key_count, _SIGNED),
    Check("KDM-006", "ST 430-1", steps.device_thumbprints, _SIGNED),
    Check("KDM-008", "DCSS 9.4.3.5", steps.device_mix, _SIGNED),
    Check("KDM-130", "DCSS 9.4.3.5", steps.device_trusted, _SIGNED),
    Check("KDM-007", "ST 430-1", steps.authenticator_form, _SIGNED),
    Check("KDM-116", "DCSS 9.4.6", steps.forensic_flags, _SIGNED),
    Check("KDM-126", "ST 430-3", steps.extensions, _SIGNED),
    Check("KDM-009", "ST 430-1", opened.opens, _SEALED),
    Check("KDM-107", "ST 430-1", opened.structure_id, (*_SEALED, "KDM-009")),
    Check("KDM-108", "ST 430-1", opened.block_thumbprint, _OPENED),
    Check("KDM-110", "ST 430-1", opened.block_playlist, _OPENED),
    Check("KDM-109", "ST 430-1", opened.block_dates, _OPENED),
    Check("KDM-111", "ST 430-1", opened.key_ids, _OPENED),
    Check("KDM-005", "ST 430-1", opened.playlist_id, (*_SIGNED, "SIG-001")),
    Check("KDM-112", "ST 430-1", opened.key_types, (*_OPENED, "KDM-111")),
    Check("KDM-117", None, opened.playlist_title, _OWN_CPL),
    Check("KDM-010", "DCSS 9.4.2.5", opened.playlist_keys, _OWN_CPL),
    Check(
        "KDM-120",
        "DCSS 9.4.3.5",
        opened.playlist_authenticator,
        (*_OWN_CPL, "KDM-007"),
    ),
    Check("KDM-121", "ISDCF Doc 5", steps.formulation, _SIGNED),
)

UNREADABLE: Mapping[str, str] = {
    "KDM-001": "unreadable",
    "KDM-004": "date-unreadable",
    "KDM-005": "playlist-id-unreadable",
    "KDM-006": "thumbprint-unreadable",
    "KDM-007": "authenticator-unreadable",
    "KDM-113": "key-unreadable",
    "KDM-114": "keys-beyond-reading",
}
"""The refusals of the reader, by the step that says them."""

# Outside the window a checker of packages reports and goes on; it still refuses everything else.
_WINDOW_STEPS = ("KDM-002", "KDM-003")


@dataclass(frozen=True)
class KdmReport:
    """The judgement: every step in its order, and the keys when nothing stands against handing them over.

    `keyring`: None unless each block was opened and no step failed; with the window policy `report` a window
    that is over or has not begun does not withhold it. `outcomes`: what each step said, by its id.
    """

    verdict: Verdict
    message: KdmMessage | None
    outcomes: Mapping[str, Outcome] = field(repr=False)
    keyring: Keyring | None = field(default=None, repr=False)
    where: str = "the KDM"

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The outcomes in words for people, made when they are first asked for."""
        return tuple(
            Step(check.id, outcome.result, outcome.message, check.clause)
            for check, outcome in zip(CHECKLIST, self.outcomes.values(), strict=True)
        )

    @property
    def failures(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.result == "fail")

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What failed or is doubtful, in the order of the steps, in words for people."""
        return tuple(
            finding(outcome.entry, step, outcome.result, outcome.places)
            for step, outcome in self.outcomes.items()
            if outcome.entry is not None and outcome.result in ("fail", "warn")
        )

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """The findings of the steps that failed: as many as `failures`, in their order."""
        return tuple(each for each in self.findings if each.result == "fail")

    @property
    def remedy(self) -> str | None:
        """What to do about the step that failed first."""
        return self.refusals[0].remedy() if self.refusals else None


def check_kdm(
    data: bytes,
    *,
    private_key: Decrypter | None = None,
    recipient: Certificate | None = None,
    cpl: bytes | None = None,
    devices: Sequence[Certificate] = (),
    trust: Sequence[Certificate] | None = None,
    revoked: DenyList | None = None,
    mic_key_type: str | None = None,
    now: datetime,
    window: WindowPolicy = "refuse",
    where: str | Path = "the KDM",
    cpl_where: str | Path = "the playlist",
) -> KdmReport:
    """Judge a KDM by the checklist; an input that is wrong in any way gives a report, not an exception.

    `devices`: the certificates of attached projectors or processing blocks. `trust`: root certificates that
    are trusted; None accepts any sound chain and says so. `revoked`: what no chain may hold, neither the
    message's nor the playlist's. `mic_key_type`: the key type of MIC keys, where the message carries some.
    UsageError when `private_key` and `recipient` do not belong together, or `now` has no offset of whole
    minutes; DocumentError when `cpl` is no playlist.
    """
    if private_key is not None and recipient is not None:
        own, theirs = private_key.public_key().public_numbers(), recipient.rsa_public_key().public_numbers()
        if own != theirs:
            raise UsageError("kdm.key-of-another", certificate=recipient.label)
    date_time(now)  # what the steps could not write, they need not judge
    evidence = Evidence(
        data=data,
        where=str(where),
        now=now,
        window=window,
        private_key=private_key,
        recipient=recipient,
        devices=tuple(devices),
        trust=None if trust is None else tuple(trust),
        revoked=revoked,
        mic_key_type=mic_key_type,
        cpl_data=cpl,
        cpl_where=str(cpl_where),
    )
    evidence.read()
    outcomes: dict[str, Outcome] = {}
    failures: list[str] = []
    for check in CHECKLIST:
        if failures or evidence.error is not None:
            outcome = _meaningless(check, evidence, failures) or check.judge(evidence)
        else:
            outcome = check.judge(evidence)
        outcomes[check.id] = outcome
        if outcome.result == "fail":
            failures.append(check.id)
    verdict: Verdict = "refuse" if failures else "accept" if private_key is not None else "incomplete"
    withheld = [failure for failure in failures if not (window == "report" and failure in _WINDOW_STEPS)]
    keyring = None
    if private_key is not None and not withheld:
        keyring = _keyring(evidence)
    return KdmReport(verdict, evidence.found, outcomes, keyring, str(where))


def _meaningless(check: Check, evidence: Evidence, failures: Sequence[str]) -> Outcome | None:
    """What stands in for a step that an earlier failure leaves nothing to judge; None when it is judged."""
    error = evidence.error
    if error is not None and (check.id == "KDM-001" or "KDM-001" in check.needs):
        if check.id == error.check:
            # The file is named once, by whoever shows the report.
            place = (error.where or "").removeprefix(evidence.where).strip(": ")
            entry = UNREADABLE[error.check] if error.kind is None else error.kind
            return failed(entry, detail=text("message.at", what=error, place=place) if place else error)
        if check.id == "KDM-001":
            return skipped("reader-stopped", step=error.check)
        return skipped("earlier-failure", step=error.check)
    for need in check.needs:
        if need in failures:
            return skipped("earlier-failure", step=need)
    return None


def _keyring(evidence: Evidence) -> Keyring:
    message = evidence.message
    borne = evidence.mic_key_type
    values: dict[bytes, bytes] = {}
    mic_keys: dict[bytes, bytes] = {}
    for plain in evidence.open_blocks():
        (mic_keys if is_mic_block(plain, borne) else values)[block_id(plain)] = block_key(plain)
    listed = {
        key_id.bytes: (key_id, entry)
        for entry in message.key_id_list
        if entry.key_type != borne
        for key_id in entry.key_ids
    }
    keys = []
    for place, value in values.items():
        key_id, entry = listed[place]
        scope = entry.scope if entry.key_type == "MDEK" else None
        mic_key = mic_keys.get(place)
        keys.append(ContentKey(id=key_id, type=entry.key_type, value=value, scope=scope, mic_key=mic_key))
    return Keyring(tuple(keys), message.composition_playlist_id)
