"""From what a reader found to cues that a cinema can show: in order, each after the other, none empty.

Other readers pass what is refused or mended here. What cannot be meant is refused with its line; what has one
sensible reading is read so, and said.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

from dcp.errors import SourceError
from dcp.text.foreign.found import FoundCue, Row, Spot, placed, signs_of
from dcp.text.foreign.notes import Notes
from dcp.text.values import Cue, Line
from dcp.texts.catalogue import text

MAX_CUES = 100_000
MAX_SIGNS = 2_000
"""Of one cue: more is a file that was read wrongly."""
_MOST_AT_ONCE = 12
_CUT = Fraction(1, 2)
"""Seconds: what overlaps by no more was timed carelessly, and one cue ends where the next begins."""
_GLIMPSE = Fraction(1, 10)
"""Seconds: what is shown for less among others is not meant to be seen by itself."""
_DAY = 86_400
_LATE = 3600
"""Seconds: a film whose first subtitle comes later counts from another zero, such as ten o'clock."""


def judged(found: Iterable[FoundCue], where: Path, notes: Notes) -> tuple[Cue, ...]:
    """The cues in the order of their times, none overlapping another. SourceError, naming the line."""
    cues = _sensible(found, where, notes)
    in_order = sorted(cues, key=lambda cue: cue.start)
    if in_order != cues:
        last = next(b for a, b in itertools.pairwise(cues) if b.start < a.start)
        notes.at("note.text-order", last.line)
    shown = _apart(_single(in_order, notes), where, notes)
    if not shown:
        raise SourceError("text.no-cue", where=where)
    if shown[0].start >= _LATE:
        notes.say(text("note.text-late", time=_clock(shown[0].start)))
    return shown


def _clock(seconds: Fraction) -> str:
    minutes, second = divmod(int(seconds), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"


def _sensible(found: Iterable[FoundCue], where: Path, notes: Notes) -> list[FoundCue]:
    kept = []
    for number, cue in enumerate(found):
        if fault := _fault(number, cue):
            raise SourceError(fault, where=notes.inside(where, cue.line), most=_MOST.get(fault))
        if not cue.rows:
            notes.at("note.text-empty", cue.line)
        elif cue.end == cue.start:
            notes.at("note.text-no-time", cue.line)
        else:
            kept.append(cue)
    return kept


def _fault(number: int, cue: FoundCue) -> str | None:
    if number >= MAX_CUES:
        return "text.too-many-cues"
    if cue.start < 0:
        return "text.before-zero"
    if cue.end < cue.start:
        return "text.ends-early"
    if cue.end >= _DAY:
        return "text.beyond-a-day"
    return "text.cue-too-long" if sum(len(signs_of(row)) for row in cue.rows) > MAX_SIGNS else None


_MOST = {"text.too-many-cues": MAX_CUES, "text.cue-too-long": MAX_SIGNS}


def _single(cues: Sequence[FoundCue], notes: Notes) -> list[FoundCue]:
    """Without those that say the same at the same time."""
    kept: dict[tuple[object, ...], FoundCue] = {}
    for cue in cues:
        if kept.setdefault((cue.start, cue.end, cue.rows, cue.spot), cue) is not cue:
            notes.at("note.text-doubled", cue.line)
    return list(kept.values())


def _apart(cues: Sequence[FoundCue], where: Path, notes: Notes) -> tuple[Cue, ...]:
    """One after the other: short overlaps cut, of long ones each stretch with all that is shown in it."""
    shown: list[Cue] = []
    group: list[FoundCue] = []
    until = Fraction(0)
    for cue in cues:
        if group and cue.start < until:
            last = group[-1]
            if len(group) == 1 and _slight(last, cue):
                notes.at("note.text-cut", cue.line)
                group[-1] = dataclasses.replace(last, end=cue.start)
            else:
                notes.at("note.text-together", cue.line)
                group.append(cue)
                until = max(until, cue.end)
                continue
        shown += _stretches(group, where, notes)
        group, until = [cue], cue.end
    shown += _stretches(group, where, notes)
    return tuple(shown)


def _slight(first: FoundCue, second: FoundCue) -> bool:
    over = first.end - second.start
    return over <= _CUT and second.end > first.end and over * 2 <= first.end - first.start


def _stretches(group: Sequence[FoundCue], where: Path, notes: Notes) -> list[Cue]:
    if len(group) == 1:
        (cue,) = group
        lines = placed(cue.rows, cue.spot)
        return [Cue(cue.start, cue.end, lines, cue.fade_up, cue.fade_down, cue.number, notes.said(cue.line))]
    group = _snapped(group)
    edges = sorted({edge for cue in group for edge in (cue.start, cue.end)})
    stretches = []
    waiting: list[FoundCue] = list(group)[::-1]
    active: list[FoundCue] = []
    for start, end in itertools.pairwise(edges):
        active = [cue for cue in active if cue.end > start]
        while waiting and waiting[-1].start <= start:
            active.append(waiting.pop())
        if not active:
            continue
        if len(active) > _MOST_AT_ONCE:
            place = notes.inside(where, active[-1].line)
            raise SourceError("text.too-many-at-once", where=place, most=_MOST_AT_ONCE)
        first = active[0]
        up = first.fade_up if all(cue.start == start for cue in active) else Fraction(0)
        down = first.fade_down if all(cue.end == end for cue in active) else Fraction(0)
        stretches.append(Cue(start, end, _together(active), up, down, first.number, notes.said(first.line)))
    return stretches


def _snapped(group: Sequence[FoundCue]) -> Sequence[FoundCue]:
    """With what begins or ends a glimpse after something else beginning or ending with it."""
    taken: dict[Fraction, Fraction] = {}
    last = None
    for edge in sorted({edge for cue in group for edge in (cue.start, cue.end)}):
        if last is None or edge - last >= _GLIMPSE:
            last = edge
        taken[edge] = last
    moved = [dataclasses.replace(cue, start=taken[cue.start], end=taken[cue.end]) for cue in group]
    return moved if all(cue.start < cue.end for cue in moved) else group


def _together(cues: Sequence[FoundCue]) -> tuple[Line, ...]:
    """The lines of several cues: those that ask for the same place stand above each other, the first one
    nearest to its edge."""
    spots: dict[Spot, list[FoundCue]] = {}
    for cue in cues:
        same = dataclasses.replace(cue.spot, halign="center", hposition=None)
        spots.setdefault(same, []).append(cue)
    lines: list[Line] = []
    for spot, sharing in spots.items():
        of_each: list[tuple[Row, Spot]] = []
        for cue in sharing if spot.valign != "bottom" else reversed(sharing):
            of_each += [(row, cue.spot) for row in cue.rows]
        stacked = placed([row for row, _ in of_each], spot)
        for one, (row, own) in zip(stacked, of_each, strict=True):
            (alone,) = placed([row], own)
            place = dataclasses.replace(one.place, halign=alone.place.halign, hposition=alone.place.hposition)
            lines.append(dataclasses.replace(one, place=place if spot.direction != "ttb" else one.place))
    return tuple(lines)
