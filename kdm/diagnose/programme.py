"""Shows held against the coverage: which can be played, which cannot, and why."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from dcp.dataclass import dataclass
from kdm.diagnose.coverage import Cell, Coverage
from kdm.diagnose.matching import same_title
from kdm.diagnose.shows import Show
from kdm.diagnose.times import later
from kdm.steps import overrun_end

Verdict = Literal[
    "covered",
    "clear",
    "overruns",
    "too-long",
    "before",
    "after",
    "gap",
    "none",
    "refused",
    "unknown-screen",
    "unknown-composition",
    "several-compositions",
]

_Screens = dict[str, dict[str, list[int]]]
"""Rows of the coverage by the screen's name, then by the cinema's."""

PLAYABLE = frozenset({"covered", "clear", "overruns"})
"""A show that overruns its window by no more than six hours is played to its end (KDM-124)."""

_WORST: tuple[Verdict, ...] = (
    "none",
    "refused",
    "before",
    "after",
    "gap",
    "too-long",
    "overruns",
    "covered",
    "clear",
)


@dataclass(frozen=True)
class Judged:
    """A show and whether it plays. `column`, `row`: of the coverage, None when the file names none of them.

    `end`: as it was judged. `begins`, `until`: the nearest window that says why.
    """

    show: Show
    verdict: Verdict
    row: int | None = None
    column: int | None = None
    end: datetime | None = None
    begins: datetime | None = None
    until: datetime | None = None

    @property
    def playable(self) -> bool:
        return self.verdict in PLAYABLE


def judge_shows(coverage: Coverage, shows: Sequence[Show]) -> tuple[Judged, ...]:
    """Each show in the order of the file. A screen with several media blocks plays when all of them can."""
    screens: _Screens = {}
    for place, row in enumerate(coverage.rows):
        for name in {_key(row.screen), _key(row.certificate.label)}:
            screens.setdefault(name, {}).setdefault(_key(row.cinema), []).append(place)
    titles: dict[str, list[int]] = {}
    films: dict[str, list[int]] = {}
    for place, column in enumerate(coverage.columns):
        title = same_title(column.title)
        titles.setdefault(title, []).append(place)
        films.setdefault(title.partition("_")[0], []).append(place)
    ids = {str(column.id): place for place, column in enumerate(coverage.columns)}
    named = {**films, **titles}
    return tuple(_judge(coverage, show, screens, named, ids) for show in shows)


def _judge(
    coverage: Coverage,
    show: Show,
    screens: _Screens,
    titles: Mapping[str, Sequence[int]],
    ids: Mapping[str, int],
) -> Judged:
    rows = _rows(show, screens)
    if not rows:
        return Judged(show, "unknown-screen")
    columns = _columns(show.composition, titles, ids)
    if len(columns) != 1:
        return Judged(show, "several-compositions" if columns else "unknown-composition", rows[0])
    column = columns[0]
    length = coverage.columns[column].length
    end = show.end
    if end is None and length is not None:
        end = later(show.start, length)
    found = [_against(coverage.cell(row, column), show, end, row, column) for row in rows]
    return min(found, key=lambda one: _WORST.index(one.verdict))


def _rows(show: Show, screens: _Screens) -> Sequence[int]:
    """Those of the one cinema that has such a screen; none when there are several, which is not guessed.
    A row that names no cinema may be any cinema's."""
    homes, cinema = screens.get(_key(show.screen), {}), _key(show.cinema)
    found = [homes[each] for each in {cinema, ""} if each in homes] if cinema else list(homes.values())
    return found[0] if len(found) == 1 else ()


def _columns(wanted: str, titles: Mapping[str, Sequence[int]], ids: Mapping[str, int]) -> Sequence[int]:
    """By id, by title, or by the film's name when only one composition has it."""
    try:
        known = ids.get(str(uuid.UUID(wanted.strip().removeprefix("urn:uuid:"))))
        return [] if known is None else [known]
    except ValueError:
        return titles.get(same_title(wanted), ())


def _against(cell: Cell, show: Show, end: datetime | None, row: int, column: int) -> Judged:
    def judged(verdict: Verdict, begins: datetime | None = None, until: datetime | None = None) -> Judged:
        return Judged(show, verdict, row, column, end, begins, until)

    if not cell.needs_kdm:
        return judged("clear")
    holding = cell.span_at(show.start)
    if holding is not None:
        if end is None or end <= holding[1]:
            return judged("covered", *holding)
        return judged("overruns" if end <= overrun_end(holding[1]) else "too-long", *holding)
    following = next((span for span in cell.spans if span[0] > show.start), None)
    previous = next((span for span in reversed(cell.spans) if span[1] < show.start), None)
    if following and previous:
        return judged("gap", following[0], previous[1])
    if following:
        return judged("before", *following)
    if cell.refused:
        return judged("refused")
    return judged("after", *previous) if previous else judged("none")


def _key(text: str) -> str:
    return " ".join(text.casefold().split())
