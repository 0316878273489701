"""The window of an order as people write it: with an offset, in local time, from now, so many days long.

A local time belongs to a zone, which may be another for each cinema of an order. Days and weeks are those of
the calendar in that zone: `+14d` ends at the same hour of the clock, also over a change to summer time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from dcp.dataclass import dataclass
from dcp.errors import UsageError

NOW = "now"

_DURATION = re.compile(r"\+([0-9]{1,4})([hdw])", re.ASCII)
_DATE = re.compile(r"\d{4}-?\d{2}-?\d{2}", re.ASCII)
_ONE_DIGIT_HOUR = re.compile(rf"({_DATE.pattern}[T ])(\d:)", re.ASCII)


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
    first = now.replace(microsecond=0) if from_now else read_time(begin, flag="--from", also="now")
    return AskedWindow(first, _span(end) or read_time(end, flag="--until", also="+14d"), from_now)


def place(asked: AskedWindow, zone: tzinfo | None) -> tuple[datetime, datetime]:
    """The window's two instants, each written in the zone where it was meant.

    UsageError when a local time has no zone, or does not exist or comes twice in it.
    """
    try:
        begin = placed(asked.begin, zone, flag="--from")
        if asked.from_now and zone is not None:
            begin = begin.astimezone(zone)
        if isinstance(asked.end, datetime):
            return begin, placed(asked.end, zone, flag="--until")
        if asked.end.hours:
            until = begin.astimezone(UTC) + timedelta(hours=asked.end.hours)
            return begin, until.astimezone(begin.tzinfo)
        wall = begin.replace(tzinfo=None, fold=0) + timedelta(days=asked.end.days)
        return begin, placed(wall, begin.tzinfo, flag="--until")
    except OverflowError:
        raise UsageError(
            "the window reaches out of the calendar (years 1 to 9999)", remedy="shorten it"
        ) from None


def read_time(text: str, *, flag: str, also: str = "") -> datetime:
    """An ISO 8601 time, with an offset or without. UsageError, which names the flag, for what is none.

    also: what else may stand there, for the remedy.
    """
    stripped = _ONE_DIGIT_HOUR.sub(r"\g<1>0\2", text.strip())  # 9:00 is 09:00
    try:
        value = datetime.fromisoformat(stripped)
    except ValueError:
        more = f" or {also}" if also else ""
        raise UsageError(
            f"{flag}: {text[:60]!r} is no time", remedy=f"write it as 2027-05-01T09:00:00+08:00{more}"
        ) from None
    if _DATE.fullmatch(stripped):
        raise UsageError(
            f"{flag}: {stripped!r} does not say at which hour",
            remedy=f"write the hour, as in {stripped}T23:59:59+08:00",
        )
    return value


def placed(value: datetime, zone: tzinfo | None, *, flag: str) -> datetime:
    """A time as it is when it has an offset, else in the zone.

    UsageError when a local time has no zone, or does not exist or comes twice in it.
    """
    if value.tzinfo is not None:
        return value
    if zone is None:
        raise UsageError(
            f"{flag}: {value.isoformat()} does not say in which time zone",
            remedy=f"write the offset, as in {value.isoformat()}+00:00, or add --tz Europe/Paris",
        )
    local = value.replace(tzinfo=zone)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != value:
        raise UsageError(
            f"{flag}: {value.isoformat()} does not exist in {zone}: the clocks go forward then",
            remedy="give another time, or write the offset",
        )
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        raise UsageError(
            f"{flag}: {value.isoformat()} comes twice in {zone}: the clocks go back then",
            remedy="write the offset",
        )
    return local


def _span(text: str) -> Span | None:
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        return None
    number = int(match[1])
    return Span(hours=number) if match[2] == "h" else Span(days=number * (7 if match[2] == "w" else 1))
