"""When a mark was made: a quarter of an hour of the year, and what is known of which year it was.

The mark has no year in it. What rules years out is handed in as bounds, each with its reason; what is left is
said, one quarter a year.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.texts.catalogue import Text, text
from watermark.payload import TIME_STEP, time_index_of, time_of

YEARS_LISTED = 5
"""So many years back quarters are listed where nothing says how old the film is."""
MAX_YEARS = 50


@dataclass(frozen=True)
class Bound:
    """The mark was made within [begin, end], because of `why`. None: open to that side."""

    why: Text
    begin: datetime | None = None
    end: datetime | None = None

    def admits(self, begin: datetime, end: datetime) -> bool:
        """Whether any of that quarter lies within."""
        return (self.end is None or begin <= self.end) and (self.begin is None or end > self.begin)


@dataclass(frozen=True)
class Quarter:
    """The mark's quarter of an hour in one year, UTC; against: why it was not then."""

    begin: datetime
    end: datetime
    against: tuple[Text, ...] = ()

    @property
    def possible(self) -> bool:
        return not self.against


@dataclass(frozen=True)
class Time:
    """quarters: one a year, the latest first. open_below: nothing says that it was not longer ago still."""

    index: int
    quarters: tuple[Quarter, ...]
    open_below: bool
    bounds: tuple[Bound, ...]

    @property
    def fixed(self) -> Quarter | None:
        """The one that is left, when nothing is open."""
        left = [each for each in self.quarters if each.possible]
        return left[0] if len(left) == 1 and not self.open_below else None

    @property
    def latest(self) -> Quarter | None:
        """The latest one that is possible."""
        return next((each for each in self.quarters if each.possible), None)


def time_known(index: int, bounds: Iterable[Bound], *, now: datetime) -> Time:
    """The quarters of a step of the year. now: aware; nothing was marked later than that."""
    known = (*bounds, Bound(text("evidence.bound-now"), end=now))
    begins = [each.begin for each in known if each.begin is not None]
    last = now.astimezone(UTC).year
    first = max(begins).astimezone(UTC).year if begins else last - YEARS_LISTED + 1
    first = min(max(first, last - MAX_YEARS), last)
    quarters = []
    for year in range(last, first - 1, -1):
        try:
            begin = time_of(index, year)
        except UsageError:  # the last day of a leap year
            continue
        end = begin + TIME_STEP
        against = tuple(each.why for each in known if not each.admits(begin, end))
        quarters.append(Quarter(begin, end, against))
    return Time(index, tuple(quarters), open_below=not begins, bounds=known)


def year_bound(year: int) -> Bound:
    """That it was that year, because the examiner says so."""
    begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    return Bound(text("evidence.bound-year", year=year), begin, end)


def same_step(index: int, instant: datetime) -> bool:
    """Whether an instant lies in that step of its year."""
    return time_index_of(instant) == index


def contradictions(bounds: Sequence[Bound]) -> list[tuple[Bound, Bound]]:
    """Bounds that leave no instant between them."""
    return [
        (one, other)
        for number, one in enumerate(bounds)
        for other in bounds[number + 1 :]
        if (one.end and other.begin and one.end < other.begin)
        or (other.end and one.begin and other.end < one.begin)
    ]
