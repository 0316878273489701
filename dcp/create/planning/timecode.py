"""Positions as people write them: HH:MM:SS:FF, HH:MM:SS.mmm, seconds (12.5s) or a number of frames."""

from __future__ import annotations

import re
from fractions import Fraction

from dcp.errors import UsageError

_CODE = re.compile(r"(\d{1,3}):([0-5]?\d):([0-5]?\d)(?::(\d{1,3})|\.(\d{1,6}))?", re.ASCII)
_SECONDS = re.compile(r"(\d{1,7})(?:\.(\d{1,6}))? ?s", re.ASCII)
_FRAMES = re.compile(r"\d{1,9}", re.ASCII)


def frames_of(words: str, rate: Fraction, *, flag: str) -> int:
    """The frame, from 0, that a position names at `rate` frames a second; a fraction of a frame is rounded.

    Timecode counts every frame (no drop frame). UsageError, by the flag's name, when it is no position.
    """
    words = words.strip()
    base = -(-rate.numerator // rate.denominator)  # 23.976 counts to 24
    if _FRAMES.fullmatch(words):
        return int(words)
    if match := _SECONDS.fullmatch(words):
        return round(Fraction(f"{match[1]}.{match[2] or 0}") * rate)
    match = _CODE.fullmatch(words)
    if not match or (match[4] is not None and int(match[4]) >= base):
        raise UsageError("job.no-position", flag=flag, value=words[:80], base=base - 1)
    seconds = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])
    part = round(Fraction(f"0.{match[5]}") * rate) if match[5] is not None else int(match[4] or 0)
    return seconds * base + part


def timecode(frame: int, rate: Fraction) -> str:
    """HH:MM:SS:FF of a frame, from 0."""
    base = -(-rate.numerator // rate.denominator)
    seconds, part = divmod(frame, base)
    width = max(2, len(str(base - 1)))
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{part:0{width}}"


def range_of(words: str, rate: Fraction, *, flag: str) -> tuple[int, int | None]:
    """IN-OUT in frames; either may be missing. UsageError when it is none, or ends before it begins."""
    first, dash, last = words.partition("-")
    if not dash:
        raise UsageError("job.no-range", flag=flag, value=words[:80])
    start = frames_of(first, rate, flag=flag) if first.strip() else 0
    stop = frames_of(last, rate, flag=flag) if last.strip() else None
    if stop is not None and stop <= start:
        raise UsageError("job.no-range", flag=flag, value=words[:80])
    return start, stop
