"""SCC: lines of a time code and the words of CEA-608 that are sent from there on. ttconv decodes the words.

The time codes are read here: the library passes over lines that it cannot read, and knows one rate.
"""

from __future__ import annotations

import bisect
import dataclasses
import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from dcp.errors import SourceError
from dcp.patterns import pattern
from dcp.text.foreign.found import FoundCue
from dcp.text.foreign.notes import Notes, at_line
from dcp.text.foreign.times import counted, drops, fitting
from dcp.texts.catalogue import text

HEADER = "Scenarist_SCC"
_NTSC = Fraction(30000, 1001)
_LINE = pattern(r"(\d\d):(\d\d):(\d\d)([:;.,])(\d\d)\s+((?:[0-9A-Fa-f]{4}\s*)+)", re.ASCII)


def read_scc(
    lines: Sequence[str], where: Path, notes: Notes, *, rate: Fraction | None = None
) -> list[FoundCue]:
    """The cues as they stand. rate: that the time codes count at, 30000/1001 unless told.

    SourceError, naming the line.
    """
    from ttconv.scc.reader import to_model

    from dcp.text.foreign.model import FAULTS, cues_of

    codes = [found for line in lines[1:] if (found := _LINE.fullmatch(line.strip()))]
    used = fitting(rate, _NTSC, max((int(code[5]) for code in codes), default=0)) or _NTSC
    starts: list[int] = []
    numbers: list[int] = []
    words: list[str] = []
    dropped = False
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line.strip())
        place = at_line(where, number)
        if found is None:
            raise SourceError("text.scc-line", where=place, line=line.strip()[:40])
        drop = found[4] != ":"
        dropped = dropped or drop
        time = int(found[1]), int(found[2]), int(found[3]), int(found[5])
        frame = counted(*time, used, drop=drop)
        if frame is None:
            raise SourceError("text.stl-time", where=place, time=found[0].split()[0], rate=used)
        if starts and frame < starts[-1]:
            raise SourceError("text.scc-backwards", where=place)
        starts.append(frame)
        numbers.append(number)
        words.append(f"{_non_drop(frame)}\t{' '.join(found[6].split())}")
    if dropped and not drops(used):
        notes.say(text("note.text-scc-no-drop", rate=used))
    if used != rate:
        notes.say(text("note.text-scc-rate"))

    def line_of(_paragraph: Any, start: Fraction) -> int:
        return numbers[max(0, bisect.bisect_right(starts, start * _NTSC) - 1)] if numbers else 1

    try:
        document = to_model("\n".join(["Scenarist_SCC V1.0", "", *words]))
        cues = cues_of(document, line_of, notes)
    except FAULTS as error:
        why = (str(error).splitlines() or [""])[0][:100] or type(error).__name__
        raise SourceError("text.unreadable", where=where, why=why) from None
    scale = _NTSC / used
    return [_scaled(cue, scale) for cue in cues]


def _non_drop(frame: int) -> str:
    """The code by which the library counts to this frame."""
    seconds, frames = divmod(frame, 30)
    minutes, second = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}:{frames:02}"


def _scaled(cue: FoundCue, scale: Fraction) -> FoundCue:
    return dataclasses.replace(cue, start=cue.start * scale, end=cue.end * scale)
