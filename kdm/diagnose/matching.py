"""Which KDM is the one meant: how each stands to the composition and to the server, and the best of them."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from dcp.dataclass import dataclass
from dcp.errors import CertificateError
from dcp.patterns import pattern
from dcp.trust.certificate import Certificate
from dcp.trust.name_text import names_equal, parse_name
from dcp.trust.names import COMMON_NAME, DN_QUALIFIER, ORGANIZATIONAL_UNIT, Name
from dcp.trust.refusals import Finding
from kdm.checklist import KdmReport, Verdict
from kdm.composition import CplFacts
from kdm.diagnose.reading import KdmFile
from kdm.diagnose.server import Server
from kdm.message import KdmMessage
from kdm.message import Recipient as MessageRecipient

Recipient = Literal["this", "same-device", "signer", "other"]
Composition = Literal["this", "same-title", "other-version", "other"]

WINDOW_STEPS = frozenset({"KDM-002", "KDM-003"})

_DEVICE = pattern(r"[^.]*\d{4,}[^.]*")


@dataclass(frozen=True)
class Candidate:
    """A file taken for a KDM, and how it stands to the composition and the server.

    `report`: None when it is for another composition and was not judged. `readable`: False for what is no
    KDM, or one that is damaged; both relations are then guessed from what can still be found in its text.
    """

    file: KdmFile
    composition: Composition
    recipient: Recipient
    report: KdmReport | None = None

    @property
    def readable(self) -> bool:
        return self.file.message is not None

    @property
    def verdict(self) -> Verdict:
        return self.report.verdict if self.report is not None else "refuse"

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """What a server would refuse it for, in the order of the checklist."""
        return self.report.refusals if self.report is not None else ()

    @property
    def faulty(self) -> bool:
        """Whether anything but the window stands against it."""
        return any(finding.step not in WINDOW_STEPS for finding in self.refusals)


def composition_of(file: KdmFile, facts: CplFacts) -> Composition:
    """How the KDM's composition stands to this one."""
    message = file.message
    if message is None:
        return "this" if _mentions(file.data, str(facts.id)) else "other"
    if message.composition_playlist_id == facts.id:
        return "this"
    if same_title(message.content_title_text) == same_title(facts.content_title_text):
        return "same-title"
    keys = {key.id for key in facts.keys}
    if keys & {key_id for _, _, key_id in message.keys} or _same_film(
        message.content_title_text, facts.content_title_text
    ):
        return "other-version"
    return "other"


def recipient_of(file: KdmFile, server: Server) -> Recipient:
    """How the KDM's recipient stands to this server."""
    message, certificate = file.message, server.certificate
    if message is None:
        return "this" if server.qualifier and _mentions(file.data, server.qualifier) else "other"
    name = message.recipient.x509_subject_name
    if certificate is None:
        if server.qualifier == _first(name, DN_QUALIFIER):
            return "this"
    elif _names(message.recipient, certificate):
        return "this"
    elif _same_device(name, certificate):
        return "same-device"
    return "signer" if is_signer(message) else "other"


def is_signer(message: KdmMessage) -> bool:
    """Whether the recipient is one who signs (role CS alone), not a server: the message is a DKDM."""
    before, dot, _ = common_name(message.recipient.x509_subject_name).partition(".")
    return bool(dot) and before.split() == ["CS"]


def _names(recipient: MessageRecipient, certificate: Certificate) -> bool:
    """Whether issuer, serial and subject are those of the certificate."""
    serial, fields = recipient.x509_issuer_serial, certificate.fields
    return (
        serial.x509_serial_number == fields.serial
        and names_equal(recipient.x509_subject_name, fields.subject or Name(()))
        and names_equal(serial.x509_issuer_name, fields.issuer or Name(()))
    )


def _same_device(name: str, certificate: Certificate) -> bool:
    device = device_of(name)
    return device is not None and device == device_of(str(certificate.fields.subject or Name(())))


def device_of(name: str) -> tuple[str, str] | None:
    """What two certificates of one device have in common, by their distinguished names: the first word with a
    serial number after the roles (`IMB-227577`), or the whole of what stands there with the unit."""
    label = common_name(name).partition(".")[2].casefold()
    if not label:
        return None
    word = label.partition(".")[0]
    return (word, "") if _DEVICE.fullmatch(word) else (label, _first(name, ORGANIZATIONAL_UNIT))


def common_name(name: str) -> str:
    """The common name in a distinguished name, or the text itself; at most 64 printable characters."""
    found = _first(name, COMMON_NAME)
    return "".join(sign if sign.isprintable() else "?" for sign in (found or name)[:64])


@functools.lru_cache(maxsize=4096)
def parsed_name(text: str) -> Name | None:
    """A distinguished name to look things up by; None for what is none."""
    try:
        return parse_name(text)
    except CertificateError:
        return None


def _first(name: str, type: str) -> str:
    found = parsed_name(name)
    return found.first(type) if found is not None else ""


def best(candidates: Sequence[Candidate], now: datetime) -> Candidate | None:
    """The KDM that is meant; None without any that is for this composition or a relative of it."""
    ranked = rank(candidates, now)
    return ranked[0] if ranked and _tier(ranked[0]) < _NOTHING else None


def rank(candidates: Sequence[Candidate], now: datetime) -> list[Candidate]:
    """The likeliest first: by composition and recipient, then by how near to playing, then the newest."""
    return sorted(candidates, key=lambda one: (_tier(one), *_urgency(one, now), _age(one, now)))


_RECIPIENTS: tuple[Recipient, ...] = ("this", "same-device", "other", "signer")
_DAMAGED, _NOTHING = 12, 13


def _tier(one: Candidate) -> int:
    if not one.readable and (one.composition, one.recipient) != ("this", "this"):
        return _DAMAGED if one.file.kind in ("kdm", "interop-kdm") else _NOTHING
    if one.composition == "other":
        return _NOTHING
    place = _RECIPIENTS.index(one.recipient)
    return {"this": 0, "same-title": 4, "other-version": 8}[one.composition] + place


def _urgency(one: Candidate, now: datetime) -> tuple[int, timedelta]:
    """0 it plays; 1 the window is open, something else is wrong; 2 and 3 it begins later; 4 it cannot be
    read; 5 it is over. Then how long until or since; of those that play, the one that ends last."""
    message, none = one.file.message, timedelta()
    if message is None:
        return 4, none
    start, end = message.window
    if now < start:
        return 3 if one.faulty else 2, start - now
    if now > end:
        return 5, now - end
    return (1, none) if one.faulty else (0, now - end)


def _age(one: Candidate, now: datetime) -> timedelta:
    return now - one.file.message.issue_date if one.file.message is not None else timedelta.max


def begins_next(candidates: Sequence[Candidate], now: datetime) -> Candidate | None:
    """The sound KDM for this composition and server that begins next."""
    later = [
        one
        for one in candidates
        if (one.composition, one.recipient) == ("this", "this") and _urgency(one, now)[0] == 2
    ]
    return min(later, key=lambda one: _urgency(one, now), default=None)


def same_title(text: str) -> str:
    """A title in the form in which two of them are compared."""
    return " ".join(text.casefold().split())


def _same_film(one: str, other: str) -> bool:
    """Whether two titles of the naming convention begin with the same film."""
    first, second = same_title(one).partition("_"), same_title(other).partition("_")
    return bool(first[1] and second[1]) and first[0] == second[0] and len(first[0]) > 1


def _mentions(data: bytes, text: str) -> bool:
    """Whether a damaged file holds this text, escapes of names and line breaks of mail left aside."""
    plain = data.replace(b"\\", b"").replace(b"=\r\n", b"").replace(b"=\n", b"")
    return text.casefold().encode() in plain.lower()
