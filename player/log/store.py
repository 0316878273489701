"""A log on a disk: appended to, numbered on from run to run, tied together, signed where there is a signer.

One line of JSON a record. Beside the log lies its counter: how far it has come, who wrote it. A line is on
the disk before it is counted, so a counter that is ahead of its log tells that records are gone.
"""

from __future__ import annotations

import base64
import json
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from io import BytesIO, FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.system import alone_with, move, new_file, open_plain, write_all
from dcp.texts.system import why
from player.log.event import Event
from player.log.line import MAX_LINE, MOST, header_of, read_line, to_line
from player.log.names import START, STOP
from player.log.record import linked
from player.log.sealing import MOST_RECORDS, MOST_SECONDS, sealed

if TYPE_CHECKING:
    from dcp.trust.signer import Signer

COUNTER = ".counter"
"""Behind the log's name."""
_BLOCK = 64 * 1024
_BEGIN = b'{"sequence": '
_MOST_COUNTER = 4096


@dataclass(frozen=True)
class Counter:
    """How far a log has come. device: who wrote it, where it has no certificate; header: hash of the last
    record's header."""

    sequence: int
    header: str | None
    device: str


@dataclass(frozen=True)
class Found:
    """What lay there when a log was opened. half: bytes of half a line that were taken away. ended: whether
    the run before came to its end, None without one. time: of the last record. counter: what became of the
    counter: `missing`, `damaged`, `ahead` (records are gone), `other` (another record), None where it is
    right. lost: how many records are gone."""

    half: int = 0
    ended: bool | None = None
    time: datetime | None = None
    counter: str | None = None
    lost: int = 0


class Store:
    """Takes events and writes them. `sequence`: of the last record; `found`: see `Found`."""

    def __init__(
        self,
        stream: FileIO,
        counter: Counter,
        found: Found,
        *,
        signer: Signer | None = None,
        beside: Path | None = None,
    ) -> None:
        self.found = found
        self.sequence = counter.sequence
        self._stream, self._beside, self._signer = stream, beside, signer
        self._device = counter.device
        self._previous = counter.header
        self._since = time.monotonic()
        self._open = 0  # records of the sequence that is not ended
        self._sealed_once = False

    @property
    def due(self) -> bool:
        """Whether the sequence has been open for long enough."""
        return self._open > 0 and time.monotonic() - self._since >= MOST_SECONDS

    def take(self, event: Event, *, last: bool = False) -> Event:
        """Number, tie, sign and write it. last: of this run. DcpError when it cannot be written: of a line
        that does not fit on the disk nothing stays."""
        signer = self._signer
        event = replace(event, sequence=self.sequence + 1, event_id=uuid.uuid4())
        device = (
            base64.b64encode(signer.leaf.thumbprint()).decode("ascii") if signer is not None else self._device
        )
        link, header = linked(event, device=device, certified=signer is not None, previous=self._previous)
        begins = self._open == 0
        ends = not begins and (last or self.due or self._open + 1 >= MOST_RECORDS)
        event = replace(event, link=link)
        if signer is not None and (begins or ends):
            seal = sealed(
                signer,
                sequence=event.sequence,
                header=header,
                placement=START if begins else STOP,
                length=self._open + 1,
                whole=not self._sealed_once,
            )
            event = replace(event, seal=seal)
        _append(self._stream, to_line(event))
        self.sequence, self._previous = event.sequence, header
        self._sealed_once = True
        if begins:
            self._since = time.monotonic()
        self._open = 0 if ends else self._open + 1
        if begins or ends:
            self._count()
        return event

    def _count(self) -> None:
        """The record is on the disk, then the counter."""
        if self._beside is None:
            return
        try:
            os.fsync(self._stream.fileno())
            write_counter(self._beside, Counter(self.sequence, self._previous, self._device))
        except OSError as error:
            raise refused(str(self._stream.name), error) from None


@contextmanager
def open_store(path: Path, *, signer: Signer | None = None) -> Iterator[Store]:
    """The log at `path`, to go on with. What is no plain file (a pipe, a terminal) has no counter.

    DcpError when it is no log, is held by another run, or cannot be written.
    """
    try:
        if path.is_file() and not _is_log(path):
            raise DcpError("play.no-log", where=path)
        stream = FileIO(path, "a")
    except OSError as error:
        raise refused(str(path), error) from None
    with ExitStack() as stack:
        stack.enter_context(stream)
        if not path.is_file():
            yield Store(stream, Counter(0, None, f"urn:uuid:{uuid.uuid4()}"), Found(), signer=signer)
            return
        try:
            stack.enter_context(alone_with(path))
        except BlockingIOError:
            raise DcpError("play.log-held", where=path) from None
        try:
            beside = path.with_name(path.name + COUNTER)
            counter, found = _come_to(path, stream, beside)
        except OSError as error:
            raise refused(str(path), error) from None
        yield Store(stream, counter, found, signer=signer, beside=beside)


def read_counter(path: Path) -> Counter | None:
    """None when there is none. ValueError when it is none that was written whole."""
    try:
        with open_plain(path) as stream:
            data = stream.read(_MOST_COUNTER)
    except FileNotFoundError:
        return None
    held = json.loads(data)
    if not isinstance(held, dict):
        raise ValueError("no counter")
    sequence, header, device = held.get("sequence"), held.get("header"), held.get("device")
    if type(sequence) is not int or not 0 <= sequence <= MOST or not isinstance(header, str | None):
        raise ValueError("no counter")
    if not isinstance(device, str) or not device.startswith("urn:uuid:"):
        raise ValueError("no counter")
    return Counter(sequence, header, device)


def write_counter(path: Path, counter: Counter) -> None:
    """Whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    document = {"sequence": counter.sequence, "header": counter.header, "device": counter.device}
    temporary.unlink(missing_ok=True)  # of a run that was killed, or a link that leads elsewhere
    descriptor = new_file(temporary, 0o644)
    try:
        write_all(descriptor, [json.dumps(document).encode() + b"\n"])
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    move(temporary, path)


def refused(path: str, error: OSError) -> DcpError:
    """A log that cannot be written."""
    return DcpError("play.log-not-written", where=path, why=why(error))


# --- how it is done -----


def _come_to(path: Path, stream: FileIO, beside: Path) -> tuple[Counter, Found]:
    """Where the log goes on."""
    half = _cut_half_line(path, stream)
    last = _last_event(path)
    sequence, header = (last.sequence, header_of(last)) if last is not None and last.link else (0, None)
    try:
        counted, state = read_counter(beside), None
    except (ValueError, RecursionError):
        counted, state = None, "damaged"
    found = Found(
        half=half,
        ended=None if last is None else last.subtype == "SPBShutdown",
        time=last.time if last is not None else None,
    )
    if counted is None:
        device = f"urn:uuid:{uuid.uuid4()}"
        if last is not None and last.link is not None:
            state = state or "missing"
            device = device if last.link.certified else last.link.device
        return Counter(sequence, header, device), replace(found, counter=state)
    if counted.sequence > sequence:
        lost = counted.sequence - sequence
        return counted, replace(found, counter="ahead", lost=lost, ended=found.ended or False)
    if counted.sequence == sequence and counted.header != header:
        return Counter(sequence, header, counted.device), replace(found, counter="other")
    return Counter(sequence, header, counted.device), found


def _is_log(path: Path) -> bool:
    """Whether an existing file is a log that may be continued."""
    with path.open("rb") as stream:
        first = stream.readline(MAX_LINE)
    if not first.endswith(b"\n"):  # killed while it wrote its first line
        return len(first) < MAX_LINE and (first.startswith(_BEGIN) or _BEGIN.startswith(first))
    try:
        event = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(event, dict) and {"sequence", "type", "subtype"} <= event.keys()


def _cut_half_line(path: Path, stream: FileIO) -> int:
    """Bytes taken from the end of a plain file that ends within a line."""
    size = path.stat().st_size
    place = _behind_last_newline(path, size)
    if place < size:
        stream.truncate(place)
    return size - place


def _last_event(path: Path) -> Event | None:
    """Of a file of whole lines; None without one, or of one that is no event."""
    size = path.stat().st_size
    if not size:
        return None
    start = _behind_last_newline(path, size - 1)
    if size - start > MAX_LINE:
        return None
    with path.open("rb") as stream:
        stream.seek(start)
        return read_line(stream.read(size - start))


def _behind_last_newline(path: Path, size: int) -> int:
    """Of the first `size` bytes: where the last line begins."""
    with path.open("rb") if size else BytesIO() as written:
        place = size
        while place:
            start = max(place - _BLOCK, 0)
            written.seek(start)
            found = written.read(place - start).rfind(b"\n")
            place = start + found + 1
            if found >= 0:
                break
    return place


def _append(stream: FileIO, line: bytes) -> None:
    """One line or nothing."""
    written = 0
    try:
        while written < len(line):
            written += stream.write(line[written:])
    except OSError as error:
        if written:
            with suppress(OSError):
                stream.truncate(os.fstat(stream.fileno()).st_size - written)
        raise refused(str(stream.name), error) from None
