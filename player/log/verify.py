"""Whether a log is whole: every record as it was written, none missing, none moved, signed by whom it says.

Takes the journal of `play --log` and any LogReport. One pass, a record at a time. What cannot be judged of a
log is said: a hash alone keeps nobody from computing it anew.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.texts.catalogue import Text, text
from dcp.trust.certificate import Certificate
from dcp.trust.judging import failures, judge_chain
from dcp.trust.order import order_chain
from player.log.names import START, STOP
from player.log.sealing import MOST_RECORDS
from player.log.seen import Seen, SeenSeal

MOST_FAULTS = 1000
"""That are kept; all are counted."""
MOST_GAPS = 10_000
MOST_SIGNERS = 20
"""That are named."""
_MILLISECOND = timedelta(milliseconds=1)
Kind = Literal["journal", "report"]


@dataclass(frozen=True)
class LogFault:
    """id: a rule. place: the line or the record; sequence: its number. said: what is wrong."""

    id: str
    place: int | None
    sequence: int | None
    said: Text


@dataclass(frozen=True)
class LogVerdict:
    """kind: which form the log has. records: in all; first, last: their numbers. signed: how many of them are
    covered by a signature that holds. signers: subjects of the leaves. faults: the first `MOST_FAULTS`, all
    counted in `count`. exceptions: how many records tell of one, by token. not_judged: what nobody can say.
    """

    kind: Kind
    records: int
    first: int | None
    last: int | None
    signed: int
    signers: tuple[str, ...]
    faults: tuple[LogFault, ...]
    count: int
    exceptions: dict[str, int]
    not_judged: tuple[Text, ...]

    @property
    def whole(self) -> bool:
        return self.count == 0


def verify_log(path: Path, *, trust: Sequence[Certificate] | None = None) -> LogVerdict:
    """Judge the log at `path`. trust: anchors, of which one has to be in a signer's chain.

    UsageError when it cannot be read, DcpError when it is no log.
    """
    from player.log.report_reading import is_xml, read_report

    if is_xml(path):
        return _judged(read_report(path, whole=False), "report", trust=trust)
    from player.log.journal_reading import read_journal
    from player.log.store import COUNTER, read_counter

    judge = _Judge("journal", trust)
    for seen in read_journal(path):
        judge.take(seen)
    try:
        counter, damaged = read_counter(path.with_name(path.name + COUNTER)), False
    except (OSError, ValueError, RecursionError):
        counter, damaged = None, True
    if counter is not None:
        judge.hold_against(counter.sequence, counter.header)
    else:
        judge.leave(text("log.counter-damaged" if damaged else "log.no-counter"))
    return judge.verdict()


# --- how it is done -----


def _judged(records: Iterable[Seen | None], kind: Kind, *, trust: Sequence[Certificate] | None) -> LogVerdict:
    judge = _Judge(kind, trust)
    for seen in records:
        judge.take(seen)
    return judge.verdict()


def _thumbprint(leaf: Certificate) -> str:
    return base64.b64encode(leaf.thumbprint()).decode("ascii")


@dataclass
class _Signer:
    """Records that one chain signed: from when to when."""

    chain: tuple[Certificate, ...]
    first: datetime
    last: datetime
    place: int
    sequence: int | None


class _Judge:
    """Takes records in the order of the file."""

    def __init__(self, kind: Kind, trust: Sequence[Certificate] | None) -> None:
        self._kind, self._trust = kind, trust
        self._faults: list[LogFault] = []
        self._count = self._records = self._place = 0
        self._first: int | None = None
        self._highest: int | None = None
        self._before: Seen | None = None
        self._gaps: list[tuple[int, int]] = []
        self._open: int | None = None  # number of the record that began the sequence
        self._signed = self._pending = 0
        self._stopped = False  # whether the last record ends a sequence
        self._signers: dict[tuple[Certificate, ...], _Signer] = {}
        self._exceptions: dict[str, int] = {}
        self._not_judged: dict[Text, None] = {}
        self._untied = self._tied = self._sealed = self._unknown = False
        self._device: str | None = None  # of the record that began the sequence
        self._own = kind == "journal"
        self._anew = False  # whether this record's number begins anew
        self._begun = False  # whether the first record begins a sequence
        self._last = ""

    def take(self, seen: Seen | None) -> None:
        self._place += 1
        if seen is None:
            self._blame("LOG-102", None, text("log.no-record", place=self._place))
            return
        self._records += 1
        self._own = self._own or seen.own
        self._last = seen.subtype
        if self._records == 1:
            self._begun = seen.seal is not None and seen.seal.placement == START
        for token, _ in seen.exceptions:
            self._exceptions[token] = self._exceptions.get(token, 0) + 1
        if not seen.as_written:
            self._blame("LOG-102", seen, text("log.not-as-written", place=seen.place))
        if seen.twice is not None:
            self._blame("LOG-102", seen, text("log.part-twice", place=seen.place, name=seen.twice))
        follows = self._number(seen)
        self._hashes(seen, follows)
        self._time(seen, follows)
        self._seal(seen)
        self._signed_by(seen)
        if follows or self._before is None or self._anew:
            self._before = seen

    def hold_against(self, counted: int, header: str | None) -> None:
        """A log against its counter: what was written last must be there."""
        last = self._highest or 0
        if counted > last:
            self._blame("LOG-102", None, text("log.tail-cut", first=last + 1, last=counted))
        elif counted == last and self._before is not None and header not in (None, self._before.header):
            self._blame("LOG-102", self._before, text("log.last-changed", n=last))
        if self._sealed:
            self.leave(text("log.counter-not-signed"))

    def leave(self, why: Text) -> None:
        """What nobody can judge."""
        self._not_judged[why] = None

    def verdict(self) -> LogVerdict:
        for first, last in self._gaps:
            self._blame("LOG-102", None, text("log.missing", first=first, last=last, n=last - first + 1))
        if self._kind == "report":
            self._judge_ends()
        elif self._first is not None and self._first > 1:
            self._blame(
                "LOG-102", None, text("log.missing", first=1, last=self._first - 1, n=self._first - 1)
            )
        self._judge_signers()
        if not self._sealed and self._trust is not None:
            self._blame("LOG-101", None, text("log.unsigned"))
        elif not self._sealed:
            self.leave(text("log.unsigned"))
        elif self._signed < self._records and not self._count:
            self.leave(text("log.not-yet-signed", n=self._records - self._signed))
        if self._untied:
            self.leave(text("log.untied"))
        return LogVerdict(
            kind=self._kind,
            records=self._records,
            first=self._first,
            last=self._highest,
            signed=self._signed,
            signers=tuple(dict.fromkeys(signer.chain[0].label for signer in self._signers.values())),
            faults=tuple(self._faults),
            count=self._count,
            exceptions=self._exceptions,
            not_judged=tuple(self._not_judged),
        )

    def _judge_ends(self) -> None:
        """Of a report, a part of a log: ours begin with a sequence, and end with a record that says so."""
        if self._own:
            if self._last != "ReportMade":
                self._blame("LOG-102", None, text("log.report-not-ended"))
            if self._sealed and not self._begun:
                self._blame("LOG-102", None, text("log.begins-within"))
        elif self._sealed and not self._stopped:
            self._blame("LOG-102", None, text("log.report-not-ended"))
        elif not self._sealed or not self._begun:
            self.leave(text("log.ends-not-judged"))

    # one record

    def _number(self, seen: Seen) -> bool:
        """Whether it follows the record before it."""
        number, highest, self._anew = seen.sequence, self._highest, False
        if number is None:
            self._blame("LOG-102", seen, text("log.no-number", place=seen.place))
            return False
        if highest is None:
            self._first = self._highest = number
            return False
        if number == highest + 1:
            self._highest = number
            return True
        if number > highest + 1:
            if len(self._gaps) < MOST_GAPS:
                self._gaps.append((highest + 1, number - 1))
            else:
                self._blame(
                    "LOG-102",
                    seen,
                    text("log.missing", first=highest + 1, last=number - 1, n=number - highest - 1),
                )
            self._highest = number
            return False
        if self._untied and not self._tied and number == 1 and self._kind == "journal":
            self._highest, self._anew = number, True  # an older journal counts each show anew
            return False
        if self._fill_gap(number):
            self._blame("LOG-102", seen, text("log.moved", n=number, place=seen.place))
        else:
            self._blame("LOG-102", seen, text("log.doubled", n=number, place=seen.place))
        return False

    def _fill_gap(self, number: int) -> bool:
        for at, (first, last) in enumerate(self._gaps):
            if first <= number <= last:
                rest = [(first, number - 1), (number + 1, last)]
                self._gaps[at : at + 1] = [part for part in rest if part[0] <= part[1]]
                return True
        return False

    def _hashes(self, seen: Seen, follows: bool) -> None:
        if seen.stated is None and seen.header is None:
            self._untied = True
            if self._tied:  # an older form stands before all others, never behind
                self._blame("LOG-102", seen, text("log.tie-taken-away", n=seen.sequence or 0))
            return
        self._tied = True
        if seen.stated is None or seen.found is None:
            self._untied = True
        elif seen.stated != seen.found:
            self._blame("LOG-102", seen, text("log.body-changed", n=seen.sequence or 0))
        before = self._before
        if not follows or before is None:
            return
        if seen.previous is None:
            if before.header is not None and before.stated is not None:
                self._blame("LOG-102", seen, text("log.no-previous", n=seen.sequence or 0))
        elif before.header is not None and seen.previous != before.header:
            self._blame(
                "LOG-102", seen, text("log.header-changed", n=before.sequence or 0, next=seen.sequence or 0)
            )

    def _time(self, seen: Seen, follows: bool) -> None:
        before = self._before
        if seen.time is None:
            self._blame("LOG-103", seen, text("log.no-time", n=seen.sequence or 0))
        elif (
            follows
            and before is not None
            and before.time is not None
            and before.time - seen.time > _MILLISECOND
        ):
            adjusted = seen.subtype in ("SPBStartup", "SPBClockAdjust")
            if not adjusted:
                self._blame("LOG-103", seen, text("log.backwards", n=seen.sequence or 0))

    def _seal(self, seen: Seen) -> None:
        seal = seen.seal
        self._stopped = False
        if self._open is not None:
            self._pending += 1
        if seal is None:
            return
        self._sealed = True
        if seal.placement == START:
            self._open, self._pending, self._device = seen.sequence, 1, seen.device
            if self._own and seal.length != 1:
                said = text("log.sequence-length", n=seen.sequence or 0, found=1, said=seal.length or 0)
                self._blame("LOG-102", seen, said)
        elif seal.placement == STOP:
            self._stopped = True
            counted = self._pending if self._open is not None else 1
            if seal.length is not None and self._open is not None and seal.length != counted:
                said = text("log.sequence-length", n=seen.sequence or 0, found=counted, said=seal.length)
                self._blame("LOG-102", seen, said)
        else:
            self._blame("LOG-101", seen, text("log.no-placement", n=seen.sequence or 0))
        if seal.stated != seen.header:
            self._blame("LOG-102", seen, text("log.sealed-header", n=seen.sequence or 0))
        elif not seal.holds:
            why = seal.why or text("log.seal-value")
            self._blame("LOG-101", seen, text("log.wrong-signature", n=seen.sequence or 0, why=why))
        elif seal.placement == START:
            self._signed += 1
        else:
            self._signed += max(self._pending - 1, 0) if self._open is not None else 1
        if seal.placement == STOP:
            self._open, self._pending = None, 0
        if seal.chain and seen.time is not None:
            self._signer(seen, seal, seen.time)

    def _signed_by(self, seen: Seen) -> None:
        """A record of ours that names a certificate stands in a sequence which that one signed."""
        seal = seen.seal
        if not self._own or (self._kind == "report" and seen.subtype == "ReportMade"):
            return
        number = seen.sequence or 0
        if seen.certified:
            if seal is None and (self._open is None or self._pending > MOST_RECORDS):
                self._blame("LOG-101", seen, text("log.outside-sequence", n=number))
                return
            chain = seal.chain if seal is not None else ()
            signer = _thumbprint(chain[0]) if chain else seen.device if seal is not None else self._device
            if seen.device != signer:
                self._blame("LOG-101", seen, text("log.other-device", n=number))
        elif self._kind == "journal" and seal is not None:
            self._blame("LOG-101", seen, text("log.other-device", n=number))
        elif self._kind == "journal" and self._trust is not None and not self._unknown:
            self._unknown = True
            self._blame("LOG-101", seen, text("log.nobody-signed", n=number))

    def _signer(self, seen: Seen, seal: SeenSeal, time: datetime) -> None:
        known = self._signers.get(seal.chain)
        if known is None:
            self._signers[seal.chain] = _Signer(seal.chain, time, time, seen.place, seen.sequence)
        else:
            known.first, known.last = min(known.first, time), max(known.last, time)

    def _judge_signers(self) -> None:
        for signer in self._signers.values():
            try:
                chain = order_chain(signer.chain, leaf=signer.chain[0])
                steps = judge_chain(chain, at=(signer.first, signer.last), trust=self._trust)
            except DcpError as error:
                self._add(LogFault("LOG-101", signer.place, signer.sequence, error.text))
                continue
            for step in failures(steps):
                said = text("log.signer", name=signer.chain[0].label, why=step.words)
                self._add(LogFault("LOG-101", signer.place, signer.sequence, said))
        if len(self._signers) > 1:
            names = [
                f"{each.chain[0].label} ({each.sequence or each.place})" for each in self._signers.values()
            ]
            self.leave(text("log.several-signers", n=len(names), names=names[:MOST_SIGNERS]))
        if self._signers and self._trust is None:
            self.leave(text("log.root-not-checked"))

    def _blame(self, id: str, seen: Seen | None, said: Text) -> None:
        place, sequence = (seen.place, seen.sequence) if seen is not None else (self._place, None)
        self._add(LogFault(id, place, sequence, said))

    def _add(self, fault: LogFault) -> None:
        self._count += 1
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(fault)
