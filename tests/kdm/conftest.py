"""A lab, two halls and a composition, made by code; and a forge for messages that are wrong on purpose."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from parts import canonical_private, canonical_public, private_in_document

from dcp.documents.cpl import CompositionPlaylist, Reel, ReelAsset, cpl_element, write_cpl
from dcp.secrets.keys import ContentKey, Keyring
from dcp.suite import KDM_SUITE, SMPTE
from dcp.trust.making import NewChain, make_chain
from dcp.trust.signing import sign_document
from kdm.block import CipherBlock, pack_block, seal_block
from kdm.composition import CplFacts, read_cpl_facts
from kdm.formulation import ASSUME_TRUST
from kdm.issue import KdmIssuer, prepare_kdms
from kdm.message import MESSAGE_TYPE, AuthorizedDeviceInfo, IssuerSerial, KdmMessage, Recipient, TypedKeyId
from kdm.signing import MessageSigner

NOW = datetime(2027, 5, 1, 12, tzinfo=UTC)
START, END = NOW - timedelta(hours=12), NOW + timedelta(days=7)
KINDS = (("MainPicture", "MDIK"), ("MainSound", "MDAK"), ("MainSubtitle", "MDSK"))


def same(value):  # type: ignore[no-untyped-def]
    return value


_SEALED: dict[tuple[bytes, int], bytes] = {}


def sealed_once(plain: bytes, recipient: RSAPublicKey) -> bytes:
    """Sealing is by chance: kept, so that the same order gives the same message twice."""
    place = (plain, recipient.public_numbers().n)
    return _SEALED.setdefault(place, _SEALED.get(place) or seal_block(plain, recipient))


@dataclass(frozen=True)
class World:
    """`lab` signs playlist and messages, `hall` receives, `other` is another hall, `projector` a device."""

    lab: NewChain
    hall: NewChain
    other: NewChain
    projector: NewChain
    keyring: Keyring = field(repr=False)
    cpl: bytes
    facts: CplFacts
    now: datetime = NOW

    def order(self, **changes: object) -> KdmIssuer:
        arguments: dict[str, object] = {
            "cpl": self.facts,
            "keyring": self.keyring,
            "signer": self.lab.signer,
            "not_before": START,
            "not_after": END,
            "now": NOW,
        }
        return prepare_kdms(**{**arguments, **changes})  # type: ignore[arg-type]

    def message(self) -> KdmMessage:
        """What a KDM of this world says: MT1, three keys, for the hall."""
        hall = self.hall.leaf
        return KdmMessage(
            message_id=uuid.UUID(int=0xABC),
            message_type=MESSAGE_TYPE,
            issue_date=NOW,
            issue_date_text=NOW.isoformat(),
            signer=IssuerSerial(self.lab.leaf.issuer, self.lab.leaf.serial),
            recipient=Recipient(IssuerSerial(hall.issuer, hall.serial), hall.subject),
            composition_playlist_id=self.facts.id,
            content_title_text=self.facts.content_title_text,
            content_keys_not_valid_before=START,
            not_valid_before_text=START.isoformat(),
            content_keys_not_valid_after=END,
            not_valid_after_text=END.isoformat(),
            authorized_device_info=AuthorizedDeviceInfo(uuid.UUID(int=7), (ASSUME_TRUST,), "Hall 1"),
            key_id_list=tuple(TypedKeyId(key.type, (key.id,)) for key in self.keyring.keys),
            encrypted_keys=(),
        )

    def blocks(self, message: KdmMessage) -> list[CipherBlock]:
        return [
            CipherBlock(
                signer_thumbprint=self.lab.leaf.thumbprint(),
                cpl_id=message.composition_playlist_id,
                key_type=key.type,
                key_id=key.id,
                not_before=message.content_keys_not_valid_before.isoformat(),
                not_after=message.content_keys_not_valid_after.isoformat(),
                key=key.value(),
            )
            for key in self.keyring.keys
        ]

    def forge(
        self,
        *,
        message: Callable[[KdmMessage], KdmMessage] = same,
        blocks: Callable[[list[CipherBlock]], list[CipherBlock]] = same,
        plain: Callable[[list[bytes]], list[bytes]] = same,
        sealed: Callable[[list[bytes]], list[bytes]] = same,
        public: Callable[[str], str] = same,
        private: Callable[[str], str] = same,
        document: Callable[[str], str] = same,
        signer: MessageSigner | None = None,
        recipient: NewChain | None = None,
    ) -> bytes:
        """A message with one thing changed: before it is sealed, before it is signed, or after."""
        changed = message(self.message())
        packed = plain([pack_block(block) for block in blocks(self.blocks(changed))])
        key = (recipient or self.hall).leaf.rsa_public_key()
        values = sealed([sealed_once(entry, key) for entry in packed])
        written = private(
            canonical_private(
                values,
                algorithm=KDM_SUITE.key_transport,
                digest_algorithm=KDM_SUITE.key_transport_digest,
            )
        ).encode()
        signed = (signer or MessageSigner.of(self.lab.signer)).sign_parts(
            public(canonical_public(changed)).encode(), written, private_in_document(written)
        )
        return document(signed.decode()).encode("utf-8", "surrogateescape")

    def playlist(self, *, signer: NewChain | None = None, signed: bool = True, **changes: object) -> bytes:
        """The composition's document with something changed, signed by the lab or another."""
        cpl = playlist(self.keyring, **changes)
        return signed_playlist(cpl, signer or self.lab) if signed else write_cpl(cpl)


def playlist(keys: Keyring, **changes: object) -> CompositionPlaylist:
    rate = Fraction(24)
    reel = Reel(
        id=uuid.UUID(int=0x10),
        assets=tuple(
            ReelAsset(
                kind=kind,
                id=uuid.UUID(int=0x20 + place),
                edit_rate=rate,
                intrinsic_duration=24,
                key_id=keys.keys[place].id,
                hash=bytes(20),
                frame_rate=rate if kind == "MainPicture" else None,
                screen_aspect_ratio="1.85" if kind == "MainPicture" else None,
            )
            for place, (kind, _) in enumerate(KINDS)
        ),
    )
    cpl = CompositionPlaylist(
        id=uuid.UUID(int=0x1),
        issue_date=NOW,
        content_title_text="Titel & Söhne_FTR",
        content_kind="feature",
        reels=(reel,),
    )
    return replace(cpl, **changes)  # type: ignore[arg-type]


def signed_playlist(cpl: CompositionPlaylist, lab: NewChain) -> bytes:
    return sign_document(cpl_element(cpl), lab.signer, suite=SMPTE, now=NOW)


@pytest.fixture(scope="session")
def world() -> World:
    def chain(unit: str, role: str) -> NewChain:
        return make_chain(organization="Example", unit=unit, role=role, now=NOW)

    keyring = Keyring(
        tuple(
            ContentKey(id=uuid.UUID(int=0x40 + place), type=kind, value=bytes([place + 1]) * 16)
            for place, (_, kind) in enumerate(KINDS)
        ),
        uuid.UUID(int=0x1),
    )
    lab = chain("Lab", "CS")
    cpl = signed_playlist(playlist(keyring), lab)
    return World(
        lab=lab,
        hall=chain("Hall-1", "SM SPB MD"),
        other=chain("Hall-2", "SM"),
        projector=chain("Projector", "PR"),
        keyring=keyring,
        cpl=cpl,
        facts=read_cpl_facts(cpl, where="cpl.xml"),
    )
