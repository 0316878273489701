"""Stretches of files that play one behind the other, as virtual tracks of IMF have them: plain values."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

from dcp.dataclass import dataclass


@dataclass(frozen=True)
class Span:
    """Units [first, first + count) of a file, `repeat` times in a row, played from unit `at` of the track
    on. Units are frames of a picture, samples of sound."""

    at: int
    path: Path
    first: int
    count: int
    repeat: int = 1

    @property
    def end(self) -> int:
        """The unit of the track behind it."""
        return self.at + self.count * self.repeat

    def unit(self, number: int) -> int:
        """Which unit of the file is unit `number` of the track."""
        return self.first + (number - self.at) % self.count


def joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The spans in order, those in one that go on where the one before ends in the same file."""
    found: list[Span] = []
    for each in spans:
        last = found[-1] if found else None
        if last is not None and _goes_on(last, each):
            found[-1] = Span(last.at, last.path, last.first, last.count + each.count)
        else:
            found.append(each)
    return tuple(found)


def span_at(spans: Sequence[Span], number: int) -> Span | None:
    """The span that plays at unit `number`; None where nothing does."""
    place = bisect_right(spans, number, key=lambda each: each.at) - 1
    return spans[place] if place >= 0 and number < spans[place].end else None


def _goes_on(last: Span, each: Span) -> bool:
    behind = (last.path, last.first + last.count, last.end, 1, 1)
    return behind == (each.path, each.first, each.at, each.repeat, last.repeat)
