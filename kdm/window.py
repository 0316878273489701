"""The window of an order as people write it: with an offset, in local time, from now, so many days long.

A local time belongs to a zone, which may be another for each cinema of an order. Days and weeks are those of
the calendar in that zone: `+14d` ends at the same hour of the clock, also over a change to summer time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from dcp.errors import UsageError

NOW = "now"

_DURATION = re.compile(r"\+([0-9]{1,4})([hdw])", re.ASCII)
_DATE = re.compile(r"\d{4}-?\d{2}-?\d{2}", re.ASCII)


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
    first = now.replace(microsecond=0) if from_now else _time(begin, "--from")
    return AskedWindow(first, _span(end) or _time(end, "--until"), from_now)


def place(asked: AskedWindow, zone: tzinfo | None) -> tuple[datetime, datetime]:
    """The window's two instants, each written in the zone where it was meant.

    UsageError when a local time has no zone, or does not exist or comes twice in it.
    """
    try:
        begin = _placed(asked.begin, zone, "--from")
        if asked.from_now and zone is not None:
            begin = begin.astimezone(zone)
        if isinstance(asked.end, datetime):
            return begin, _placed(asked.end, zone, "--until")
        if asked.end.hours:
            until = begin.astimezone(UTC) + timedelta(hours=asked.end.hours)
            return begin, until.astimezone(begin.tzinfo)
        wall = begin.replace(tzinfo=None, fold=0) + timedelta(days=asked.end.days)
        return begin, _placed(wall, begin.tzinfo, "--until")
    except OverflowError:
        raise UsageError(
            "the window reaches out of the calendar (years 1 to 9999)", remedy="shorten it"
        ) from None


def _span(text: str) -> Span | None:
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        return None
    number = int(match[1])
    return Span(hours=number) if match[2] == "h" else Span(days=number * (7 if match[2] == "w" else 1))


def _time(text: str, flag: str) -> datetime:
    stripped = text.strip()
    try:
        value = datetime.fromisoformat(stripped)
    except ValueError:
        more = " or +14d" if flag == "--until" else " or now"
        raise UsageError(
            f"{flag}: {text[:60]!r} is no time", remedy=f"write it as 2027-05-01T09:00:00+08:00{more}"
        ) from None
    if _DATE.fullmatch(stripped):
        raise UsageError(
            f"{flag}: {stripped!r} does not say at which hour",
            remedy=f"write the hour, as in {stripped}T23:59:59+08:00",
        )
    return value


def _placed(value: datetime, zone: tzinfo | None, flag: str) -> datetime:
    if value.tzinfo is not None:
        return value
    if zone is None:
        raise UsageError(
            f"{flag}: {value.isoformat()} does not say in which time zone",
            remedy=f"write the offset, as in {value.isoformat()}+00:00, or add --tz Europe/Paris",
        )
    placed = value.replace(tzinfo=zone)
    if placed.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != value:
        raise UsageError(
            f"{flag}: {value.isoformat()} does not exist in {zone}: the clocks go forward then",
            remedy="give another time, or write the offset",
        )
    if placed.utcoffset() != placed.replace(fold=1).utcoffset():
        raise UsageError(
            f"{flag}: {value.isoformat()} comes twice in {zone}: the clocks go back then",
            remedy="write the offset",
        )
    return placed
