"""Instants as people read them, and the two mistakes that KDM windows are full of.

UTC decides; staff read local times. A window typed as local time and written with another offset begins or
ends hours off (`offset`), and one that ends at the local midnight with which its last day begins misses that
day's shows (`midnight`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.texts.catalogue import Language, aside
from dcp.texts.numbers import clock, offset, when
from kdm.facility.zones import zone_of

Trap = Literal["offset", "midnight"]

_DAY = timedelta(days=1)


def later(instant: datetime, by: timedelta) -> datetime:
    """The sum; the instant itself where the calendar ends."""
    try:
        return instant + by
    except OverflowError:
        return instant


@dataclass(frozen=True)
class BothTimes:
    """An instant in a sentence, as staff reads it and in UTC."""

    instant: datetime
    zone: tzinfo | None = None

    def say(self, language: Language = "en") -> str:
        return both_times(self.instant, self.zone, language)


def both_times(instant: datetime, zone: tzinfo | None, language: Language = "en") -> str:
    """`2027-05-01 09:00 (+08:00), 2027-05-01 01:00 UTC`; UTC alone when no other zone is known.

    Without `zone` the instant's own offset counts as the local one. In Chinese as `dcp.texts.numbers.when`.
    """
    local = local_time(instant, zone)
    if language == "zh":
        return when(local, language)
    utc = clock(instant.astimezone(UTC)) + " UTC"
    return f"{with_offset(local)}, {utc}" if local.utcoffset() else utc


def with_offset(local: datetime, language: Language = "en") -> str:
    """`2027-05-01 09:00 (+08:00)`."""
    if not local.utcoffset():
        return f"{clock(local)} UTC"
    return clock(local) + aside(offset(local), language)


def local_time(instant: datetime, zone: tzinfo | None) -> datetime:
    """The instant in `zone`; as it stands without one, or where the calendar ends."""
    if zone is None:
        return instant
    try:
        return instant.astimezone(zone)
    except (OverflowError, ValueError):
        return instant


def zone_named(text: str | None) -> tzinfo | None:
    """The zone that a list gives a cinema; None when it gives none that can be used."""
    if not text:
        return None
    try:
        return zone_of(text)
    except UsageError:
        return None


def begin_trap(start: datetime, now: datetime, zone: tzinfo | None) -> Trap | None:
    """Why a window that has not begun (`now` < `start`) was perhaps meant to have begun."""
    if zone is not None and start.replace(tzinfo=zone) <= now:
        return "offset"
    if is_midnight(local_time(start, zone)) and start - now < _DAY:
        return "midnight"
    return None


def end_trap(end: datetime, now: datetime, zone: tzinfo | None) -> Trap | None:
    """Why a window that is over (`end` < `now`) was perhaps meant not to be."""
    if zone is not None and now <= end.replace(tzinfo=zone):
        return "offset"
    if is_midnight(local_time(end, zone)) and now - end < _DAY:
        return "midnight"
    return None


def is_midnight(local: datetime) -> bool:
    """Whether a window that ends here misses the day that begins here (KDM-119)."""
    return (local.hour, local.minute, local.second) == (0, 0, 0)
