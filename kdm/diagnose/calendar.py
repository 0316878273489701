"""What ends when: KDMs, the certificates that signed them, and the certificates of devices.

A KDM lives no longer than its window; and where its signer's or its device's certificate ends within the
window, it is cut short: strict servers refuse such a KDM, others stop with the certificate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import Literal

from dcp.dataclass import dataclass
from dcp.errors import DocumentError
from dcp.trust.certificate import Certificate
from dcp.trust.names import Name
from dcp.trust.signature import examine_kdm
from kdm.diagnose.matching import common_name, parsed_name
from kdm.diagnose.reading import KdmFile
from kdm.message import KdmMessage
from kdm.phrases import Phrase, Run, fault_of, phrase

Kind = Literal["kdm", "signer", "device", "authority"]


@dataclass(frozen=True)
class Held:
    """A certificate that somebody has. `whose`: a screen or a file, for people."""

    certificate: Certificate
    whose: str


@dataclass(frozen=True)
class Expiry:
    """One thing that ends. `uid`: the same whenever it is listed. `what`: a title, or a common name; `whose`:
    a recipient, a screen, or how many KDMs rest on it. `cut_at`, `cut_by`: when a certificate ends a KDM
    before its own time, and which.
    """

    kind: Kind
    uid: str
    what: str
    whose: str
    ends: datetime
    begins: datetime | None = None
    file: str = ""
    cut_at: datetime | None = None
    cut_by: str = ""

    @property
    def last(self) -> datetime:
        """When it is of no more use."""
        return min(self.ends, self.cut_at) if self.cut_at is not None else self.ends

    def days(self, now: datetime) -> int:
        """Whole days from now; negative when it is over."""
        return math.floor((self.last - now) / timedelta(days=1))


@dataclass(frozen=True)
class Calendar:
    """`entries`: by date. `over`: so many KDMs ended before now and are not listed. `problems`: what could
    not be read, or whose signature does not hold."""

    entries: tuple[Expiry, ...]
    over: int = 0
    problems: tuple[tuple[str, str], ...] = ()

    def within(self, span: timedelta, now: datetime) -> tuple[Expiry, ...]:
        """What ends before `span` has passed; what is over and still needed is among it."""
        return tuple(entry for entry in self.entries if entry.last - now <= span)


def expiries(
    files: Iterable[KdmFile],
    devices: Sequence[Held] = (),
    *,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> Calendar:
    """The calendar of these KDMs and certificates.

    Listed are KDMs that are not over, the certificates on which they rest, and every certificate of
    `devices`, over or not. A file that cannot be read is a problem in the result.
    """
    book = _Book(now, devices)
    for number, file in enumerate(files, 1):
        book.add(file)
        if progress is not None:
            progress(number, 0)
    return book.close()


@dataclass
class _Book:
    now: datetime
    devices: Sequence[Held]
    kdms: dict[str, Expiry] = field(default_factory=dict)
    signers: dict[Certificate, int] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    over: int = 0

    def __post_init__(self) -> None:
        self.by_serial: dict[tuple[Name | None, int | None], Held] = {}
        for held in self.devices:
            fields = held.certificate.fields
            self.by_serial.setdefault((fields.issuer, fields.serial), held)

    def add(self, file: KdmFile) -> None:
        message = file.message
        if message is None:
            why = fault_of(file.error) if file.error else phrase("kdms.not-read")
            self.problems.append((file.where, why))
            return
        if message.content_keys_not_valid_after < self.now:
            self.over += 1
            return
        uid = f"kdm-{message.message_id}@dcpkit"
        if uid in self.kdms:
            return
        chain: Sequence[Certificate] = ()
        try:
            verified = examine_kdm(file.data, where=file.where).verified
            chain = tuple(verified.chain) if verified is not None else ()
        except DocumentError:  # read it was, so this is the signature's form
            verified = None
        if verified is None:
            self.problems.append((file.where, phrase("calendar.signature")))
        for certificate in chain:
            self.signers[certificate] = self.signers.get(certificate, 0) + 1
        self.kdms[uid] = self._entry(file, message, chain, uid)

    def _entry(self, file: KdmFile, message: KdmMessage, chain: Sequence[Certificate], uid: str) -> Expiry:
        start, end = message.window
        recipient = common_name(message.recipient.x509_subject_name)
        serial = message.recipient.x509_issuer_serial
        device = self.by_serial.get((parsed_name(serial.x509_issuer_name), serial.x509_serial_number))
        resting_on = [*chain, *([device.certificate] if device is not None else [])]
        ends = [(one.fields.not_after.instant, one) for one in resting_on if one.fields.not_after is not None]
        first = min(ends, key=lambda pair: pair[0], default=None)
        cut = first is not None and first[0] < end
        return Expiry(
            kind="kdm",
            uid=uid,
            what=message.content_title_text,
            whose=f"{recipient} ({device.whose})" if device is not None else recipient,
            ends=end,
            begins=start,
            file=file.where,
            cut_at=first[0] if first is not None and cut else None,
            cut_by=first[1].label if first is not None and cut else "",
        )

    def close(self) -> Calendar:
        entries = list(self.kdms.values())
        held = {one.certificate: one.whose for one in reversed(self.devices)}
        for certificate in {**dict.fromkeys(held), **dict.fromkeys(self.signers)}:
            entry = self._certificate(certificate, held.get(certificate))
            if entry is not None:
                entries.append(entry)
        entries.sort(key=lambda entry: (entry.last, entry.kind, entry.what, entry.uid))
        return Calendar(tuple(entries), self.over, tuple(self.problems))

    def _certificate(self, certificate: Certificate, whose: str | None) -> Expiry | None:
        validity = certificate.fields.not_after
        if validity is None:
            self.problems.append((whose or certificate.label, phrase("calendar.no-end")))
            return None
        signed = self.signers.get(certificate, 0)
        kind: Kind = "authority" if certificate.is_ca else "signer" if signed else "device"
        resting = phrase("calendar.one-rests" if signed == 1 else "calendar.rest", signed=signed)
        parts = [part for part in (whose, resting if signed else None) if part]
        begins = certificate.fields.not_before
        return Expiry(
            kind=kind,
            uid=f"certificate-{certificate.thumbprint().hex()}@dcpkit",
            what=certificate.label,
            whose=parts[0] if len(parts) == 1 else Phrase(Run(parts)),
            ends=validity.instant,
            begins=begins.instant if begins is not None else None,
        )
