"""A part of a log as a LogReport of ST 430-4: the records as they were written and signed.

Sequences are never cut: what was signed together stays together. The last record is the report's own, which
says from where to where it goes: without it the tail of a report could be cut away unseen.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dcp.dataclass import dataclass
from dcp.errors import DcpError, UsageError
from dcp.output import finished_file
from dcp.texts.system import why
from dcp.trust.certificate import Certificate, known_certificate
from dcp.version import VERSION
from player.log import names
from player.log.event import Event, Link, Seal
from player.log.line import MAX_LINE, header_of, open_log, read_line
from player.log.names import START, STOP
from player.log.record import body, header, linked, plain_text, time_stamp
from player.log.sealing import sealed, signature

if TYPE_CHECKING:
    from dcp.trust.signer import Signer


@dataclass(frozen=True)
class WrittenReport:
    """records: with the report's own at the end. first, last: numbers of the log's records. signed: whether
    its own is."""

    path: Path
    records: int
    first: int
    last: int
    signed: bool


def write_report(
    log: Path,
    out: Path,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    signer: Signer | None = None,
    now: datetime,
) -> WrittenReport:
    """The records of `log` from one time to another as the new file `out`.

    signer: signs the report's own record, and where the log itself is not signed, all as one sequence.
    UsageError when the log cannot be read, or when something is called `out` already, which may be the log
    itself; DcpError when it is none, has a line that is no record, or no record of that time; nothing is left
    then.
    """
    if out.exists() or out.is_symlink():
        raise UsageError("flags.output-exists", where=out)
    with finished_file(out) as temporary, temporary.open("xb") as stream:
        return _Writing(stream, out, signer, now).write(_wanted(log, since, until), log)


# --- how it is done -----


class _Writing:
    def __init__(self, stream: BinaryIO, out: Path, signer: Signer | None, now: datetime) -> None:
        self._stream, self._out, self._signer, self._now = stream, out, signer, now
        self._chain: tuple[Certificate, ...] = ()
        self._count = self._open = 0
        self._sealed = False
        self._first: Event | None = None

    def write(self, events: Iterator[Event], log: Path) -> WrittenReport:
        last: Event | None = None
        for event in events:
            self._begin(event)
            self._record(event)
            last = event
        if last is None or self._first is None:
            raise DcpError("log.nothing-then", where=log)
        end, link, hashed = self._end(last)
        self._write(end, link, self._last_seal(end, hashed), hashed)
        self._stream.write(b"</lr:LogReport>\n")
        signed = self._signer is not None
        return WrittenReport(self._out, self._count, self._first.sequence, last.sequence, signed)

    def _begin(self, event: Event) -> None:
        if self._first is None:
            self._first = event
            declared = "".join(f' xmlns:{name}="{uri}"' for name, uri in sorted(names.PREFIXES.items()))
            self._stream.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<lr:LogReport{declared}>'.encode())
            self._stream.write(f"{self._head(event)}\n".encode())

    def _head(self, event: Event) -> str:
        link = event.link
        device = link.device if link is not None else ""
        kind = "CertThumbprint" if link is not None and link.certified else "DeviceUID"
        serial = device.removeprefix("urn:uuid:")
        return (
            f"<lr:reportDate>{time_stamp(self._now)}</lr:reportDate><lr:reportingDevice>"
            f'<dcml:DeviceIdentifier idtype="{kind}">{plain_text(device)}</dcml:DeviceIdentifier>'
            f'<dcml:DeviceTypeID scope="{names.DCML}#device-type-tokens">'
            f"SM</dcml:DeviceTypeID><dcml:DeviceSerial>{plain_text(serial)}</dcml:DeviceSerial>"
            "<dcml:ManufacturerName>dcpkit</dcml:ManufacturerName>"
            "<dcml:DeviceName>dcpkit play</dcml:DeviceName>"
            f"<dcml:VersionInfo><dcml:Name>dcpkit</dcml:Name><dcml:Value>{VERSION}</dcml:Value>"
            f"</dcml:VersionInfo><dcml:DeviceComment>{names.FORM}</dcml:DeviceComment></lr:reportingDevice>"
        )

    def _record(self, event: Event) -> None:
        assert event.link is not None
        seal, hashed = event.seal, header_of(event) or ""
        if seal is not None:
            self._sealed = True
            if seal.chain:
                self._chain = _certificates(seal)
        elif self._signer is not None and not self._sealed and self._count == 0:
            seal = self._by_signer(event, hashed, START, 1)
        self._open += 1
        self._write(event, event.link, seal, hashed)

    def _end(self, last: Event) -> tuple[Event, Link, str]:
        """The report's own record: it is no record of the log, and has the number behind the last one's."""
        assert last.link is not None and self._first is not None
        event = Event(
            sequence=last.sequence + 1,
            time=max(self._now, last.time),
            type="Player",
            subtype="ReportMade",
            message=f"records {self._first.sequence} to {last.sequence} of the log",
            parameters={"first_record": self._first.sequence, "last_record": last.sequence},
            event_id=uuid.uuid4(),
        )
        link, hashed = linked(
            event, device=last.link.device, certified=last.link.certified, previous=header_of(last)
        )
        return event, link, hashed

    def _last_seal(self, end: Event, hashed: str) -> Seal | None:
        if self._signer is None:
            return None
        return self._by_signer(end, hashed, STOP, 1 if self._sealed else self._open + 1)

    def _by_signer(self, event: Event, hashed: str, placement: str, length: int) -> Seal:
        assert self._signer is not None
        self._chain = tuple(self._signer.chain)
        return sealed(
            self._signer,
            sequence=event.sequence,
            header=hashed,
            placement=placement,
            length=length,
            whole=False,
        )

    def _write(self, event: Event, link: Link, seal: Seal | None, hashed: str) -> None:
        said = f"<lr:LogRecordElement>{header(event, link)}{body(event)}"
        if seal is not None and self._chain:
            said += signature(seal, sequence=event.sequence, header=hashed, chain=self._chain)
        self._stream.write(f"{said}</lr:LogRecordElement>\n".encode())
        self._count += 1


def _wanted(log: Path, since: datetime | None, until: datetime | None) -> Iterator[Event]:
    """From the first record of that time to the last, with the whole sequences that these stand in."""
    first, last = _range(log, since, until)
    chain: tuple[str, ...] = ()
    for event in _events(log):
        seal = event.seal
        chain = seal.chain or chain if seal is not None else chain
        if event.sequence == first and seal is not None:
            event = replace(event, seal=replace(seal, chain=chain))
        if first is not None and last is not None and first <= event.sequence <= last:
            yield event


def _range(log: Path, since: datetime | None, until: datetime | None) -> tuple[int | None, int | None]:
    first: int | None = None
    last: int | None = None
    begun: int | None = None  # of a sequence that is open
    inside = False  # whether it is wanted
    for event in _events(log):
        placement = event.seal.placement if event.seal is not None else None
        if placement == START:
            begun, inside = event.sequence, False
        if (since is None or event.time >= since) and (until is None or event.time <= until):
            first = first if first is not None else begun if begun is not None else event.sequence
            last, inside = event.sequence, begun is not None
        elif inside:
            last = event.sequence
        if placement == STOP:
            begun, inside = None, False
    return first, last


def _events(log: Path) -> Iterator[Event]:
    try:
        with open_log(log) as stream:
            for place, line in enumerate(iter(lambda: stream.readline(MAX_LINE + 1), b""), 1):
                event = read_line(line)
                if event is None:
                    raise DcpError(
                        "play.not-a-log" if place == 1 else "log.line-of-none", where=log, place=place
                    )
                if event.link is None or event.event_id is None:
                    raise DcpError("log.older-form", where=log)
                yield event
    except OSError as error:
        raise UsageError("file.cannot-read", where=log, why=why(error)) from None


def _certificates(seal: Seal) -> tuple[Certificate, ...]:
    return tuple(known_certificate(base64.b64decode(each)) for each in islice(seal.chain, 16))
