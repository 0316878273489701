"""Issuing KDMs: prepared once for a composition, its keys and a signer, then made recipient by recipient.

Every mistake that a server would answer with a dark screen is refused here, in plain words.
"""

from __future__ import annotations

import base64
import hashlib
import os
import uuid
from collections.abc import Sequence
from dataclasses import field
from datetime import datetime

from dcp.dataclass import dataclass
from dcp.documents.cpl import CompositionPlaylist
from dcp.errors import UsageError
from dcp.secrets.keys import ContentKey, Keyring
from dcp.texts.catalogue import Text, text
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList
from dcp.trust.signer import Signer
from dcp.xml.values import date_time
from kdm.block import CipherBlock, pack_block, seal_block
from kdm.composition import DOLBY_SCOPE, CplFacts, cpl_facts
from kdm.forensic import flag_uris
from kdm.formulation import ASSUME_TRUST, Formulation, Standard, device_list, formulation
from kdm.message import (
    KEY_TYPE_SCOPE,
    MESSAGE_TYPE,
    AuthorizedDeviceInfo,
    IssuerSerial,
    KdmMessage,
    Recipient,
    TypedKeyId,
)
from kdm.parties import check_recipient, check_signer, refuse_authority
from kdm.phrases import Listed, Moment
from kdm.selection import keyring_notes, sent_keys
from kdm.signing import MessageSigner
from kdm.writing import Frame, frame

Device = Certificate | bytes
"""A device of the device list: its certificate, or the certificate's thumbprint."""


@dataclass(frozen=True)
class IssuedKdm:
    """One message and what its maker should know about it."""

    data: bytes = field(repr=False)
    message_id: uuid.UUID
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class KdmIssuer:
    """What all messages of one order share. Made by `prepare_kdms`; `issue` may be called from any thread.

    `template`: the message without id, recipient, devices and keys. `blocks`: the cipher blocks, packed and
    not yet encrypted. `keys_digest`: SHA-256 over the keys in them, to tell one set of keys from another; not
    for showing around. `allowed`: the only devices that a message may list; () for any. `revoked`: who
    gets none and is listed in none. `notes`: what is worth knowing about the order; they stand in front of
    the notes of each message too.
    """

    template: KdmMessage
    formulation: Formulation
    standard: Standard | None
    signer: MessageSigner = field(repr=False)
    frame: Frame = field(repr=False)
    blocks: tuple[bytes, ...] = field(repr=False)
    keys_digest: bytes = field(repr=False)
    devices: tuple[bytes, ...] = ()
    allowed: tuple[bytes, ...] = ()
    revoked: DenyList | None = None
    notes: tuple[str, ...] = ()

    @property
    def cpl_id(self) -> uuid.UUID:
        return self.template.composition_playlist_id

    @property
    def window(self) -> tuple[datetime, datetime]:
        return self.template.window

    def listed(self, devices: Sequence[Device] | None = None) -> tuple[bytes, ...]:
        """The DeviceList of a message; `devices` None: the order's own.

        UsageError when the formulation does not take these devices, or they are not among `allowed`,
        CertificateError when one is denied.
        """
        listed = self.devices
        if devices is not None or not listed:
            listed = listed_devices(self.formulation, devices or (), revoked=self.revoked)
        strangers = set(listed) - set(self.allowed)
        if self.allowed and strangers:
            others = sorted(base64.b64encode(one).decode() for one in strangers)
            raise UsageError("dkdm.other-devices", devices=Listed(others))
        return listed

    def check(self, recipient: Certificate, *, screen: bool = False) -> tuple[str, ...]:
        """What is worth saying about a recipient; CertificateError when no message can be addressed to it.

        screen: see `kdm.parties.check_recipient`.
        """
        if self.revoked is not None:
            self.revoked.refuse(recipient)
        return check_recipient(recipient, window=self.window, standard=self.standard, screen=screen)

    def issue(self, recipient: Certificate, *, device_list: Sequence[Device] | None = None) -> IssuedKdm:
        """The message for this recipient; `device_list` stands in for the order's own.

        CertificateError when the certificate is not one that a KDM can be addressed to.
        """
        notes = (*self.notes, *self.check(recipient))
        devices = self.listed(device_list)
        message_id, list_id = _new_ids()
        public = self.frame.fill(
            message_id,
            Recipient(IssuerSerial(recipient.issuer, recipient.serial), recipient.subject),
            AuthorizedDeviceInfo(list_id, devices, device_label(recipient)),
        )
        public_key = recipient.rsa_public_key()
        sealed = [seal_block(block, public_key) for block in self.blocks]
        return IssuedKdm(self.signer.sign_public(public, sealed), message_id, notes)


def prepare_kdms(
    *,
    cpl: CompositionPlaylist | CplFacts,
    keyring: Keyring,
    signer: Signer,
    not_before: datetime,
    not_after: datetime,
    formulation: str = "modified-transitional-1",
    device_list: Sequence[Device] | None = (),
    content_authenticator: Device | None = None,
    forensic_flags: Sequence[str] = (),
    mic_key_type: str | None = None,
    revoked: DenyList | None = None,
    now: datetime,
) -> KdmIssuer:
    """Check all that the messages of an order share; `prepare_kdms(...).issue(recipient).data` is one KDM.

    `keyring` may hold more keys than the composition uses; those of the composition are sent. The key ids
    decide: a keyring that says it is another composition's, and has all keys, is only noted. `device_list`
    None: every `issue` names its own. `content_authenticator`: a certificate of the playlist's signer chain,
    or its thumbprint; without it the leaf of that chain is taken. `forensic_flags`: `picture`, `audio`,
    `audio-above:N`, or URIs. `mic_key_type`: the key type that KDM-borne MIC keys are sent under, needed
    where a key has one. `revoked`: who signs, receives and is listed in no message.
    UsageError for a request that contradicts itself, KeyMissingError for keys that the composition needs and
    the keyring lacks, CertificateError for a signer whose message no server would take.
    """
    facts = cpl_facts(cpl) if isinstance(cpl, CompositionPlaylist) else cpl
    chosen = _formulation(formulation, facts)
    start, end = window_texts(not_before, not_after, now=now)
    message_signer = MessageSigner.of(signer)
    check_signer(message_signer.chain, window=(not_before, not_after), now=now)
    if revoked is not None:
        for certificate in message_signer.chain:
            revoked.refuse(certificate)
    sent = sent_keys(facts, keyring, mic_key_type=mic_key_type)
    template = KdmMessage(
        message_id=uuid.UUID(int=0),
        message_type=MESSAGE_TYPE,
        annotation_text=facts.content_title_text,
        issue_date=now,
        issue_date_text=date_time(now),
        signer=message_signer.issuer_serial,
        recipient=Recipient(IssuerSerial("", 0), ""),
        composition_playlist_id=facts.id,
        content_title_text=facts.content_title_text,
        content_authenticator=_authenticator(chosen, facts, content_authenticator),
        content_keys_not_valid_before=not_before,
        not_valid_before_text=start,
        content_keys_not_valid_after=not_after,
        not_valid_after_text=end,
        authorized_device_info=AuthorizedDeviceInfo(uuid.UUID(int=0), ()),
        key_id_list=tuple(TypedKeyId(one.type, (one.id,), _scope(one)) for one in sent),
        forensic_mark_flag_list=flag_uris(forensic_flags),
        encrypted_keys=(),
    )
    return KdmIssuer(
        template=template,
        formulation=chosen,
        standard=facts.standard,
        signer=message_signer,
        frame=frame(template),
        blocks=tuple(
            pack_block(
                CipherBlock(
                    signer_thumbprint=message_signer.thumbprint,
                    cpl_id=facts.id,
                    key_type=one.type,
                    key_id=one.id,
                    not_before=start,
                    not_after=end,
                    key=one.value(),
                )
            )
            for one in sent
        ),
        keys_digest=_keys_digest(sent),
        devices=() if device_list is None else listed_devices(chosen, device_list, revoked=revoked),
        revoked=revoked,
        notes=(*facts.notes, *keyring_notes(facts, keyring)),
    )


def window_texts(not_before: datetime, not_after: datetime, *, now: datetime) -> tuple[str, str]:
    """The window as written. UsageError when it is empty or over."""
    start, end = date_time(not_before), date_time(not_after)
    date_time(now)  # refused in the words for times, before it is said in a sentence
    if not_after <= not_before or start == end:
        raise UsageError("issue.window-reversed", end=Moment(not_after), begin=Moment(not_before))
    if not_after <= now:
        raise UsageError("issue.window-over", end=Moment(not_after), now=Moment(now))
    return start, end


def listed_devices(
    chosen: Formulation, devices: Sequence[Device], *, revoked: DenyList | None = None
) -> tuple[bytes, ...]:
    """The DeviceList for these devices under a formulation.

    CertificateError for a certificate among them that is an authority's, as the others of a chain file are,
    and for a device that is denied.
    """
    for device in devices:
        if isinstance(device, Certificate):
            refuse_authority(device, text("word.listed-certificate"))
            if revoked is not None:
                revoked.refuse(device)
        elif revoked is not None:
            revoked.refuse_thumbprint(device)
    return device_list(chosen, [_thumbprint(device, text("word.listed-device")) for device in devices])


def _new_ids() -> tuple[uuid.UUID, uuid.UUID]:
    """Two at once, as `uuid.uuid4` makes them: the system is asked for randomness one time a message."""
    chance = os.urandom(32)
    return uuid.UUID(bytes=chance[:16], version=4), uuid.UUID(bytes=chance[16:], version=4)


def _formulation(name: str, facts: CplFacts) -> Formulation:
    chosen = formulation(name)
    if facts.standard is not None and facts.standard not in chosen.standards:
        raise UsageError("issue.authenticator-of-interop", name=name)
    return chosen


def _authenticator(chosen: Formulation, facts: CplFacts, given: Device | None) -> bytes | None:
    if not chosen.content_authenticator:
        if given is not None:
            raise UsageError("issue.names-no-authenticator", name=chosen.name)
        return None
    chain = [certificate.thumbprint() for certificate in facts.signer_chain]
    if given is None:
        if not chain:
            raise UsageError("issue.needs-authenticator", name=chosen.name)
        return chain[0]
    thumbprint = _thumbprint(given, text("word.content-authenticator"))
    if chain and thumbprint not in chain:
        raise UsageError("issue.authenticator-of-another")
    return thumbprint


def _thumbprint(device: Device, what: Text) -> bytes:
    if isinstance(device, Certificate):
        return device.thumbprint()
    if len(device) != len(ASSUME_TRUST):
        raise UsageError("issue.thumbprint-length", what=what, found=len(device))
    return device


def _keys_digest(keys: Sequence[ContentKey]) -> bytes:
    """In whatever order. A key has 128 bits by chance, so nobody guesses it from a digest."""
    each = sorted(
        hashlib.sha256(b"".join((one.type.encode(), one.id.bytes, one.value()))).digest() for one in keys
    )
    return hashlib.sha256(b"".join(each)).digest()


def _scope(key: ContentKey) -> str:
    return key.scope or (DOLBY_SCOPE if key.type == "MDEK" else KEY_TYPE_SCOPE)


def device_label(recipient: Certificate) -> str:
    """The common name without its roles: `LE SPB MD FM SM.IMB-1234.EXAMPLE` is device IMB-1234.EXAMPLE."""
    return recipient.common_name.partition(".")[2] or recipient.common_name
