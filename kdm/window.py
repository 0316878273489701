"""The window of an order as people write it: with an offset, in local time, from now, so many days long.

A local time belongs to a zone, which may be another for each cinema of an order. Days and weeks are those of
the calendar in that zone: `+14d` ends at the same hour of the clock, also over a change to summer time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.patterns import pattern
from dcp.texts.catalogue import Text

NOW = "now"
BEGIN, END = "--from", "--until"

_DURATION = pattern(r"\+([0-9]{1,4})([hdw])", re.ASCII)
_DATE = pattern(r"\d{4}-?\d{2}-?\d{2}", re.ASCII)
_ONE_DIGIT_HOUR = pattern(rf"({_DATE.pattern}[T ])(\d:)", re.ASCII)


@dataclass(frozen=True)
class Span:
    """How long a window is: `days` of the calendar, or `hours` of 60 minutes."""

    days: int = 0
    hours: int = 0


@dataclass(frozen=True)
class AskedWindow:
    """begin: a time, with an offset or without. end: the same, or how long after `begin`.

    from_now: `begin` is the present, which is written in the zone where the window is placed.
    """

    begin: datetime
    end: datetime | Span
    from_now: bool = False

    @property
    def is_local(self) -> bool:
        """Whether a zone decides which instants are meant."""
        return self.begin.tzinfo is None or (isinstance(self.end, datetime) and self.end.tzinfo is None)


def read_window(begin: str, end: str, *, now: datetime) -> AskedWindow:
    """What --from and --until say; `now` is what `--from now` means. UsageError for what is no time."""
    from_now = begin.strip() == NOW
    first = now.replace(microsecond=0) if from_now else read_time(begin, flag=BEGIN, also="now")
    return AskedWindow(first, _span(end) or read_time(end, flag=END, also="+14d"), from_now)


def place(asked: AskedWindow, zone: tzinfo | None) -> tuple[datetime, datetime]:
    """The window's two instants, each written in the zone where it was meant.

    UsageError when a local time has no zone, or does not exist or comes twice in it.
    """
    try:
        begin = placed(asked.begin, zone, flag=BEGIN)
        if asked.from_now and zone is not None:
            begin = begin.astimezone(zone)
        if isinstance(asked.end, datetime):
            return begin, placed(asked.end, zone, flag=END)
        if asked.end.hours:
            until = begin.astimezone(UTC) + timedelta(hours=asked.end.hours)
            return begin, until.astimezone(begin.tzinfo)
        wall = begin.replace(tzinfo=None, fold=0) + timedelta(days=asked.end.days)
        return begin, placed(wall, begin.tzinfo, flag=END)
    except OverflowError:
        raise UsageError("window.out-of-calendar") from None


def read_time(text: str, *, flag: str, also: str = "") -> datetime:
    """An ISO 8601 time, with an offset or without. UsageError, which names the flag, for what is none.

    also: what else may stand there, for the remedy.
    """
    stripped = _ONE_DIGIT_HOUR.sub(r"\g<1>0\2", text.strip())  # 9:00 is 09:00
    try:
        value = datetime.fromisoformat(stripped)
    except ValueError:
        remedy = Text("window.write-time-or", {"also": also}) if also else None
        raise UsageError("window.no-time", flag=flag, text=repr(text[:60]), remedy=remedy) from None
    if _DATE.fullmatch(stripped):
        hour = "23:59:59" if flag == END else "00:00:00"
        raise UsageError("window.no-hour", flag=flag, text=stripped, hour=hour)
    return value


def placed(value: datetime, zone: tzinfo | None, *, flag: str) -> datetime:
    """A time as it is when it has an offset, else in the zone. flag: "" where a table has the time.

    UsageError when a local time has no zone, or does not exist or comes twice in it.
    """
    if value.tzinfo is not None:
        return value
    if zone is None:
        if not flag:
            raise UsageError("window.time-no-zone", time=value.isoformat())
        raise UsageError("window.no-zone", flag=flag, time=value.isoformat())
    local = value.replace(tzinfo=zone)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != value:
        if not flag:
            raise UsageError("window.time-skipped-hour", time=value.isoformat(), zone=zone)
        raise UsageError("window.skipped-hour", flag=flag, time=value.isoformat(), zone=zone)
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        if not flag:
            raise UsageError("window.time-repeated-hour", time=value.isoformat(), zone=zone)
        raise UsageError("window.repeated-hour", flag=flag, time=value.isoformat(), zone=zone)
    return local


def _span(text: str) -> Span | None:
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        return None
    number = int(match[1])
    return Span(hours=number) if match[2] == "h" else Span(days=number * (7 if match[2] == "w" else 1))
