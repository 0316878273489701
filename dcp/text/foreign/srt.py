"""SubRip: blocks of a counter, a line of times, and text, with a blank line between.

Read here and not by a library: those take a block without its counter, a time with a dot or a blank line
inside a text for the end of the file, and name no line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.patterns import pattern
from dcp.text.foreign.found import FoundCue, Spot
from dcp.text.foreign.notes import Notes, at_line
from dcp.text.foreign.tags import Marked, marked
from dcp.text.foreign.times import clock_time, frame_time, is_frame_time

_TIMES = pattern(r"\s*(\S+?)\s*-{1,2}>\s*(\S+)\s*(.*)", re.DOTALL)
_COUNTER = pattern(r"\s*#?(\d{1,9})\s*", re.ASCII)
_USUAL = pattern(r"\d{2,}:\d\d:\d\d,\d{3}", re.ASCII)
_BOX = pattern(r"[XY][12]:\d+", re.IGNORECASE)


@dataclass(frozen=True)
class _Head:
    """A line of times. index: of the line from 0; first: of the block's first line, its counter."""

    index: int
    first: int
    start: Fraction
    end: Fraction
    number: str | None


def read_srt(lines: Sequence[str], where: Path, notes: Notes, rate: Fraction | None = None) -> list[FoundCue]:
    """The cues as they stand. rate: of times that count frames. SourceError, naming the line."""
    heads = [
        _head(lines, index, where, notes, rate)
        for index, line in enumerate(lines)
        if "->" in line and _is_head(line)
    ]
    first = heads[0].first if heads else len(lines)
    if stray := next((index for index in range(first) if lines[index].strip()), None):
        raise SourceError("text.srt-stray", where=at_line(where, stray + 1), line=lines[stray].strip()[:60])
    if heads and lines[0].strip() and first > 0:
        raise SourceError("text.srt-stray", where=at_line(where, 1), line=lines[0].strip()[:60])
    ends = [*(head.first for head in heads[1:]), len(lines)]
    return [
        _cue(head, lines[head.index + 1 : end], where, notes) for head, end in zip(heads, ends, strict=False)
    ]


def _is_head(line: str) -> bool:
    """A line that has an arrow and a time, or was to have them."""
    return "-->" in line or re.match(r"\s*-?\d+:\d+.*->", line) is not None


def _head(lines: Sequence[str], index: int, where: Path, notes: Notes, rate: Fraction | None) -> _Head:
    found = _TIMES.fullmatch(lines[index])
    place = at_line(where, index + 1)
    if found is None:
        raise SourceError("text.srt-times", where=place, line=lines[index].strip()[:60])
    if "-->" not in lines[index]:
        notes.at("note.text-time-form", index + 1)
    start, end = (_time(found[part], index, lines[index], where, notes, rate) for part in (1, 2))
    if found[3].strip():
        if not all(_BOX.fullmatch(each) for each in found[3].split()):
            raise SourceError("text.srt-times", where=place, line=lines[index].strip()[:60])
        notes.at("note.text-box", index + 1)
    counter = _COUNTER.fullmatch(lines[index - 1]) if index else None
    alone = index < 2 or not lines[index - 2].strip() or _after_times(lines, index - 1)
    if counter is None or not alone:
        notes.at("note.text-no-counter", index + 1)
        return _Head(index, index, start, end, None)
    return _Head(index, index - 1, start, end, counter[1])


def _after_times(lines: Sequence[str], index: int) -> bool:
    """Whether a counter stands right behind a line of times, whose text is empty."""
    return _TIMES.fullmatch(lines[index - 1]) is not None


def _time(said: str, index: int, line: str, where: Path, notes: Notes, rate: Fraction | None) -> Fraction:
    place = at_line(where, index + 1)
    if said.startswith(("-", "−")) and clock_time(said[1:]) is not None:
        raise SourceError("text.before-zero", where=place)
    if is_frame_time(said):
        if rate is None:
            raise SourceError("text.frames", where=place, time=said)
        time = frame_time(said, rate)
    else:
        time = clock_time(said)
        if time is not None and not _USUAL.fullmatch(said):
            notes.at("note.text-time-form", index + 1)
    if time is None:
        raise SourceError("text.srt-times", where=place, line=line.strip()[:60])
    return time


def _cue(head: _Head, below: Sequence[str], where: Path, notes: Notes) -> FoundCue:
    """below: up to the next block. Blank lines inside a text are left out and said."""
    kept: list[str] = []
    gap = False
    for offset, line in enumerate(below, start=head.index + 2):
        if not line.strip():
            gap = True
            continue
        if gap and _COUNTER.fullmatch(line):
            raise SourceError("text.srt-no-times", where=at_line(where, offset), counter=line.strip())
        if gap and kept:
            notes.at("note.text-blank-inside", offset)
        gap = False
        kept.append(line)
    text: Marked = marked("\n".join(kept), head.index + 1, notes)
    halign, valign = text.alignment or ("center", "bottom")
    return FoundCue(head.start, head.end, text.rows, head.index + 1, Spot(halign, valign), head.number)
