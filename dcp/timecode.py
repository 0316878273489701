"""Timecodes of a composition: `HH:MM:SS:FF`, frames counted as whole ones of the rate, and back."""

from __future__ import annotations

import re
from fractions import Fraction

from dcp.errors import UsageError

_TIMECODE = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})[:;.](\d{2,3})")
_FRAMES = re.compile(r"\d{1,9}")


def frame_of(said: str, rate: Fraction, *, where: str | None = None) -> int:
    """The frame, from 0, that a timecode or a number of frames means. rate: frames a second.

    A cinema's rates are whole numbers, so no frame is dropped from the count. UsageError, with `where` (the
    flag or the place in the job), for anything else.
    """
    said = said.strip()
    if _FRAMES.fullmatch(said):
        return int(said)
    found = _TIMECODE.fullmatch(said)
    if found is None:
        raise UsageError("timecode.form", where=where, value=said[:40])
    hours, minutes, seconds, frames = map(int, found.groups())
    base = round(rate)
    if minutes > 59 or seconds > 59 or frames >= base:
        raise UsageError("timecode.none", where=where, value=said, last=base - 1)
    return ((hours * 60 + minutes) * 60 + seconds) * base + frames


def timecode_of(frame: int, rate: Fraction) -> str:
    """The timecode of a frame counted from 0. rate: frames a second."""
    seconds, frames = divmod(frame, round(rate))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}:{frames:02}"
