"""What a mark says: 35 bits, a location and a 15-minute step of the year (DCSS 9.4.6.2).

The time stamp counts 15-minute steps in UTC from 1 January 00:00 = 0, over 366 days; the numbering's origin
is ours (the standard fixes only the count). The location is the 19-bit id of a marking device.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dcp.dataclass import dataclass
from dcp.errors import UsageError

LOCATION_BITS = 19
LOCATIONS = 1 << LOCATION_BITS
TIME_STEP = timedelta(minutes=15)
TIME_STEPS = 24 * 4 * 366
"""35,136 values in use, carried in 16 bits."""


@dataclass(frozen=True)
class Payload:
    """location: 0 to 524,287; time_index: 0 to 35,135. UsageError outside of that."""

    location: int
    time_index: int

    def __post_init__(self) -> None:
        if not 0 <= self.location < LOCATIONS:
            raise UsageError("mark.location-outside", location=self.location, most=LOCATIONS - 1)
        if not 0 <= self.time_index < TIME_STEPS:
            raise UsageError("mark.index-outside", index=self.time_index, most=TIME_STEPS - 1)


def time_index_of(instant: datetime) -> int:
    """The 15-minute step of the year that `instant` lies in. UsageError when it has no offset from UTC."""
    if instant.utcoffset() is None:
        raise UsageError("mark.time-without-offset")
    utc = instant.astimezone(UTC)
    return (utc - datetime(utc.year, 1, 1, tzinfo=UTC)) // TIME_STEP


def time_of(index: int, year: int) -> datetime:
    """The instant (UTC) at which step `index` of `year` begins. UsageError when the year has no such step."""
    begin = datetime(year, 1, 1, tzinfo=UTC) + index * TIME_STEP
    if index < 0 or begin.year != year:
        raise UsageError("mark.no-such-step", year=year, index=index)
    return begin
