"""A distributor's KDM (DKDM): the same message addressed to a distributor, and messages made from it.

What a DKDM allows is held or narrowed in the messages made from it, never widened: their window lies inside
its window, they switch off no mark that it leaves on, and they trust no device that it does not.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import field, replace
from datetime import datetime
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.secrets.keys import Keyring, merged
from dcp.texts.catalogue import text
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList
from dcp.trust.signer import Signer
from kdm.block import Decrypter
from kdm.checklist import check_kdm
from kdm.composition import CplFacts, NeededKey
from kdm.forensic import flag_uris, marking, read_flag
from kdm.formulation import ASSUME_TRUST
from kdm.formulation import formulation as formulation_of
from kdm.issue import Device, KdmIssuer, prepare_kdms
from kdm.message import KdmMessage
from kdm.phrases import Moment
from kdm.receive import refusal

_OTHER_KEY = ("KDM-106", "KDM-009")  # the steps at which somebody else's private key is refused


@dataclass(frozen=True)
class Dkdm:
    """An opened DKDM. `devices`: the only devices that it trusts; () for any."""

    message: KdmMessage
    keyring: Keyring = field(repr=False)
    devices: tuple[bytes, ...] = ()

    @property
    def facts(self) -> CplFacts:
        """What it says of its composition; the kinds of track are not in it."""
        return CplFacts(
            id=self.message.composition_playlist_id,
            content_title_text=self.message.content_title_text,
            keys=tuple(map(NeededKey, dict.fromkeys(key_id for _, _, key_id in self.message.keys))),
        )


def open_dkdm(
    data: bytes,
    *,
    private_key: Decrypter,
    recipient: Certificate | None = None,
    trust: Sequence[Certificate] | None = None,
    revoked: DenyList | None = None,
    mic_key_type: str | None = None,
    now: datetime,
    where: str | Path = "the DKDM",
) -> Dkdm:
    """Open a DKDM by the whole checklist, before its window too: messages are made ahead of a release.

    RefusedError names the step that failed first.
    """
    report = check_kdm(
        data,
        private_key=private_key,
        recipient=recipient,
        trust=trust,
        revoked=revoked,
        mic_key_type=mic_key_type,
        now=now,
        window="report",
        where=where,
    )
    if report.failures or report.keyring is None or report.message is None:
        raise refusal(report, dict.fromkeys(_OTHER_KEY, text("dkdm.give-its-key")))
    listed = set(report.message.authorized_device_info.device_list)
    own = {recipient.thumbprint()} if recipient is not None else set()
    free = ASSUME_TRUST in listed or listed <= own
    return Dkdm(report.message, report.keyring, () if free else tuple(sorted(listed)))


def prepare_from_dkdm(
    dkdm: Dkdm,
    *,
    signer: Signer,
    not_before: datetime,
    not_after: datetime,
    formulation: str = "modified-transitional-1",
    device_list: Sequence[Device] | None = (),
    content_authenticator: Device | None = None,
    forensic_flags: Sequence[str] | None = None,
    mic_key_type: str | None = None,
    cpl: CplFacts | None = None,
    own: Keyring | None = None,
    originals: Collection[uuid.UUID] = (),
    revoked: DenyList | None = None,
    now: datetime,
) -> KdmIssuer:
    """As `prepare_kdms`, with the keys of a DKDM and no more rights than it has.

    `forensic_flags` None: those of the DKDM. `cpl`: the playlist, where it is at hand; without it a
    formulation that names a content authenticator takes the DKDM's. `own`: keys of a version file beside
    the DKDM's. `originals`: the compositions of its original, one of which the DKDM is for; `cpl` is the
    version's then.
    UsageError for whatever would widen the DKDM.
    """
    keyed = dkdm.message.composition_playlist_id
    if cpl is not None and cpl.id != keyed and keyed not in originals:
        raise UsageError("dkdm.other-composition", own=keyed, given=cpl.id)
    start, end = dkdm.message.window
    if not_before < start or not_after > end:
        raise UsageError(
            "dkdm.wider-window",
            begin=Moment(not_before),
            end=Moment(not_after),
            own_begin=Moment(start),
            own_end=Moment(end),
        )
    flags = flag_uris(_known_flags(dkdm) if forensic_flags is None else forensic_flags)
    allowed, asked = marking(dkdm.message.forensic_mark_flag_list), marking(flags)
    if (allowed.picture and not asked.picture) or _channels(asked.channels) < _channels(allowed.channels):
        raise UsageError("dkdm.marks")
    chosen = formulation_of(formulation)
    if dkdm.devices and chosen.devices == 0:
        raise UsageError("dkdm.trusts-any", name=formulation)
    if (
        chosen.content_authenticator
        and content_authenticator is None
        and (cpl is None or not cpl.signer_chain)
    ):
        content_authenticator = dkdm.message.content_authenticator
    issuer = prepare_kdms(
        cpl=dkdm.facts if cpl is None else cpl,
        keyring=dkdm.keyring if own is None else merged((dkdm.keyring, own)),
        signer=signer,
        not_before=not_before,
        not_after=not_after,
        formulation=formulation,
        device_list=device_list,
        content_authenticator=content_authenticator,
        forensic_flags=flags,
        mic_key_type=mic_key_type,
        revoked=revoked,
        now=now,
    )
    narrowed = replace(issuer, allowed=dkdm.devices)
    if narrowed.devices:
        narrowed.listed()
    return narrowed


def _known_flags(dkdm: Dkdm) -> tuple[str, ...]:
    """The DKDM's flags; one that nobody knows disables nothing and is not carried on."""
    return tuple(flag for flag in dkdm.message.forensic_mark_flag_list if read_flag(flag) is not None)


def _channels(limit: int | None) -> int:
    """How many channels are marked at most; all is more than any number."""
    return 100 if limit is None else limit
