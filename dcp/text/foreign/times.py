"""Times of text files: exact, or None for what is none."""

from __future__ import annotations

import re
from fractions import Fraction

from dcp.patterns import pattern

_CLOCK = pattern(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[,.](\d{1,9}))?", re.ASCII)
_FRAMES = pattern(r"(\d{1,3}):(\d{1,2}):(\d{1,2})[:;](\d{1,3})", re.ASCII)


def clock_time(said: str) -> Fraction | None:
    """Seconds of `[H:]M:S[,mmm]`, with a comma or a dot, of as many digits as there are."""
    found = _CLOCK.fullmatch(said)
    if found is None or int(found[2]) > 59 or int(found[3]) > 59:
        return None
    part = Fraction(int(found[4]), 10 ** len(found[4])) if found[4] else Fraction(0)
    return (int(found[1] or 0) * 60 + int(found[2])) * 60 + int(found[3]) + part


def is_frame_time(said: str) -> bool:
    """Whether it is `HH:MM:SS:FF`, whatever the numbers."""
    return _FRAMES.fullmatch(said) is not None


def frame_time(said: str, rate: Fraction) -> Fraction | None:
    """Seconds of `HH:MM:SS:FF` at so many frames a second; with `;` as drop-frame counts."""
    found = _FRAMES.fullmatch(said)
    if found is None:
        return None
    frames = counted(int(found[1]), int(found[2]), int(found[3]), int(found[4]), rate, drop=";" in said)
    return frames / rate if frames is not None else None


def counted(hours: int, minutes: int, seconds: int, frames: int, rate: Fraction, *, drop: bool) -> int | None:
    """The frame from 0 that a time code names; None for a code that does not exist.

    rate: the true one, 30000/1001 counts to 30. drop: at each minute but the tenth 2 codes of 30 (4 of 60)
    are left out, which only rates with 1001 do.
    """
    base = -(-rate.numerator // rate.denominator)
    if minutes > 59 or seconds > 59 or frames >= base:
        return None
    count = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if not drops(rate) or not drop:
        return count
    left_out = base // 15
    if seconds == 0 and frames < left_out and minutes % 10:
        return None
    total = hours * 60 + minutes
    return count - left_out * (total - total // 10)


def fitting(told: Fraction | None, own: Fraction | None, frames: int) -> Fraction | None:
    """The rate that was told, unless time codes count beyond it and the file has a rate of its own: then what
    was told is the rate of the picture. frames: the highest count in a code.
    """
    if told is None or (own is not None and frames >= told):
        return own
    return told


def drops(rate: Fraction) -> bool:
    """Whether there is a drop-frame count at this rate."""
    return rate in (Fraction(30000, 1001), Fraction(60000, 1001))
