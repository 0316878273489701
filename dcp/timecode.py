"""Places in a composition as people write them, and back: timecodes, times, numbers of frames."""

from __future__ import annotations

import re
from fractions import Fraction

from dcp.errors import UsageError
from dcp.patterns import pattern

_FORM = pattern(r"(\d{1,3}):(\d{2}|\d):(\d{2}|\d)(?:[:;](\d{2,3})|\.(\d{3}))?", re.ASCII)
_SECONDS = pattern(r"(\d{1,7})(?:\.(\d{1,6}))? ?s", re.ASCII)
_FRAMES = pattern(r"\d{1,9}", re.ASCII)


def frame_of(said: str, rate: Fraction, *, where: str | None = None) -> int:
    """The frame, from 0, that is meant: `HH:MM:SS:FF`, `HH:MM:SS.mmm`, `12.5s` or a number of frames.

    rate: frames a second. A cinema's rates are whole numbers, so no frame is dropped from the count; a time
    between two frames is the nearer one. UsageError, with `where` (the flag or the place in the job), for
    anything else.
    """
    said = said.strip()
    if _FRAMES.fullmatch(said):
        return int(said)
    if seconds := _SECONDS.fullmatch(said):
        return round(Fraction(f"{seconds[1]}.{seconds[2] or 0}") * rate)
    found = _FORM.fullmatch(said)
    if found is None:
        raise UsageError("timecode.form", where=where, value=said[:40])
    hours, minutes, whole = int(found[1]), int(found[2]), int(found[3])
    base = round(rate)
    frames = int(found[4] or 0)
    if minutes > 59 or whole > 59 or frames >= base:
        raise UsageError("timecode.none", where=where, value=said, last=base - 1)
    thousandths = Fraction(int(found[5] or 0), 1000)
    return ((hours * 60 + minutes) * 60 + whole) * base + frames + round(thousandths * rate)


def range_of(said: str, rate: Fraction, *, where: str | None = None) -> tuple[int, int | None]:
    """IN-OUT in frames, OUT the first that is left out; either may be missing.

    UsageError when it is none, or ends before it begins.
    """
    first, dash, last = said.partition("-")
    start = frame_of(first, rate, where=where) if first.strip() else 0
    stop = frame_of(last, rate, where=where) if last.strip() else None
    if not dash or (stop is not None and stop <= start):
        raise UsageError("timecode.range", where=where, value=said[:80])
    return start, stop


def timecode_of(frame: int, rate: Fraction) -> str:
    """The timecode of a frame counted from 0. rate: frames a second."""
    seconds, frames = divmod(frame, round(rate))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}:{frames:02}"
