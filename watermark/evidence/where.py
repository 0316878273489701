"""Where a mark was made: which screens had its location, by the list of whoever gives locations out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from dcp.dataclass import dataclass


@dataclass(frozen=True)
class Screen:
    """A row of the list: from `begin` until `end` (None: open) that location was this screen's.

    zone: of its clocks, by the name in the list. certificate: as the list has it. line: in the file.
    """

    location: int
    cinema: str
    screen: str
    zone_name: str
    zone: tzinfo | None
    certificate: str
    begin: datetime | None
    end: datetime | None
    line: int

    def had_it(self, begin: datetime, end: datetime) -> bool:
        """Whether the location was this screen's in any of that time."""
        return (self.begin is None or end > self.begin) and (self.end is None or begin < self.end)


@dataclass(frozen=True)
class Locations:
    """The list. problems: rows that could not be used, by line; they may have named the screen."""

    name: str
    bytes: int
    sha256: str
    screens: tuple[Screen, ...]
    problems: tuple[object, ...] = ()

    def of(self, location: int) -> tuple[Screen, ...]:
        """The rows of a location, whenever."""
        return tuple(each for each in self.screens if each.location == location)


def screens_at(rows: Sequence[Screen], quarters: Sequence[tuple[datetime, datetime]]) -> tuple[Screen, ...]:
    """The rows that held in any of these times."""
    return tuple(each for each in rows if any(each.had_it(*quarter) for quarter in quarters))
