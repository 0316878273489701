"""What the checklist judges by: the message, what the caller handed over, and what earlier steps found.

`open_blocks` is the only way to the private key, and only steps after signature and chain take it.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from types import MappingProxyType
from typing import Literal, NamedTuple

from lxml import etree

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.texts.catalogue import Language, say
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList
from dcp.trust.signature import Examination, VerifiedSignature
from dcp.trust.step import Step
from kdm.block import BlockError, Decrypter, block_fault, open_block
from kdm.composition import CplFacts
from kdm.message import KdmMessage, MessageError, message_root, parse_message
from kdm.refusals import text

WindowPolicy = Literal["refuse", "report"]
Result = Literal["pass", "fail", "warn", "skipped"]
_NOTHING: Mapping[str, object] = MappingProxyType({})


class Outcome(NamedTuple):
    """What a step said; most are never read, so that the text is made when somebody asks.

    `entry`: the name of the refusal or note in `kdm.refusals`, None for what holds; `places` fill it.
    `holds`: the text of the catalogue that a step which holds says, with places like an entry's.
    """

    result: Result
    entry: str | None = None
    places: Mapping[str, object] = _NOTHING
    holds: str = ""

    @property
    def message(self) -> str:
        return self.say()

    def say(self, language: Language = "en") -> str:
        if self.entry is None:
            return say(self.holds, self.places, language)
        return text(self.entry, self.places, language)


def passed(holds: str, /, **places: object) -> Outcome:
    """A step that holds: a text of the catalogue and its places."""
    return Outcome("pass", None, places, holds)


def noted(note: str, /, **places: object) -> Outcome:
    """A step that holds and has something to say."""
    return Outcome("pass", note, places)


def failed(entry: str, /, **places: object) -> Outcome:
    """A step that refuses: an entry of `kdm.refusals`, and what fills its places."""
    return Outcome("fail", entry, places)


def warned(entry: str, /, **places: object) -> Outcome:
    """A step that doubts and does not refuse: an entry likewise."""
    return Outcome("warn", entry, places)


def skipped(note: str, /, **places: object) -> Outcome:
    """A step that could not be judged: a note of the catalogue that says why."""
    return Outcome("skipped", note, places)


def stripped_thumbprint(certificate: Certificate) -> bytes:
    """The thumbprint as some tools read it: over TBSCertificate without its tag and length.

    Devices do not take it (ST 430-2 5.4), so it is told from any other wrong thumbprint and refused as well.
    """
    encoded = certificate.fields.tbs
    header = 2 if encoded[1] <= 0x80 else 2 + (encoded[1] & 0x7F)
    return hashlib.sha1(encoded[header:], usedforsecurity=False).digest()


@dataclass
class Evidence:
    """`found` and `error`: the message, or why it could not be read. The steps fill in the rest."""

    data: bytes = field(repr=False)
    where: str
    now: datetime
    window: WindowPolicy
    private_key: Decrypter | None = field(repr=False)
    recipient: Certificate | None
    devices: tuple[Certificate, ...]
    trust: tuple[Certificate, ...] | None
    cpl_data: bytes | None = field(repr=False)
    cpl_where: str
    found: KdmMessage | None = None
    error: MessageError | None = None
    root: etree._Element | None = field(default=None, repr=False)
    cpl: CplFacts | None = None
    cpl_signature: VerifiedSignature | None = None
    cpl_issue_date: datetime | None = None
    cpl_trust_step: Step | None = None
    examination: Examination | None = None
    signature: VerifiedSignature | None = None
    chain: tuple[Certificate, ...] = ()
    trust_step: Step | None = None
    revoked: DenyList | None = None
    mic_key_type: str | None = None
    trusted: bool = False
    _plain: tuple[bytes, ...] | None = field(default=None, repr=False)
    _faults: tuple[BlockError, ...] | None = None

    def read(self) -> None:
        try:
            self.root = message_root(self.data, where=self.where)
            self.found = parse_message(self.root, where=self.where)
        except MessageError as error:
            self.error = error

    @property
    def message(self) -> KdmMessage:
        assert self.found is not None, "a step that needs the message names the reading step"
        return self.found

    @property
    def has_key(self) -> bool:
        return self.private_key is not None

    def has_keys_for(self, cpl_id: uuid.UUID) -> bool:
        """Is the message, as far as it could be read, one with keys for this composition?"""
        found = self.found
        return found is not None and found.composition_playlist_id == cpl_id and bool(found.keys)

    def open_blocks(self) -> tuple[bytes, ...]:
        """The plain cipher blocks in document order. BlockError when the key does not open one of them."""
        if not self.trusted:
            raise RuntimeError("a step asked for the blocks before signature and chain hold")
        if self.private_key is None:
            raise UsageError("kdm.no-private-key")
        if self._plain is None:
            self._plain = tuple(
                open_block(entry.cipher_value, self.private_key) for entry in self.message.encrypted_keys
            )
        return self._plain

    def block_faults(self) -> tuple[BlockError, ...]:
        """What is wrong with the form of the opened blocks, one fault a block at most."""
        if self._faults is None:
            faults = [block_fault(plain) for plain in self.open_blocks()]
            self._faults = tuple([fault for fault in faults if fault is not None])
        return self._faults

    def own_cpl(self) -> CplFacts | None:
        """The playlist, when it is the one that the message is for."""
        if self.cpl is None or self.cpl.id != self.message.composition_playlist_id:
            return None
        return self.cpl
