"""A cinema's time zone as its list writes it: an IANA name, or a fixed offset in any of the forms met."""

from __future__ import annotations

import functools
import re
import zoneinfo
from collections.abc import Mapping
from datetime import timedelta, timezone, tzinfo

from dcp.errors import UsageError
from dcp.patterns import pattern

MAX_MINUTES = 14 * 60  # no place on earth is further from UTC

_OFFSET = pattern(r"(?:UTC|GMT|UT)?\s*([+-−])\s*(\d{1,2})(?::?([0-5]\d)(?::00)?)?", re.ASCII | re.IGNORECASE)
_DURATION = pattern(r"([+-]?)PT(?:(\d{1,2})H)?(?:(\d{1,3})M)?(?:0S)?", re.ASCII)
_ZERO = frozenset(("UTC", "GMT", "UT", "Z"))


def zone_of(text: str) -> tzinfo:
    """The time zone that a text names. UsageError for what is none."""
    name = zone_name(text)
    minutes = _minutes(name)
    return zoneinfo.ZoneInfo(name) if minutes is None else timezone(timedelta(minutes=minutes))


def zone_name(text: str) -> str:
    """`Asia/Shanghai` as it is and `+08:00` for an offset, however that was written: `UTC+8`, `GMT+0800`,
    `PT8H`. UsageError for what is none.
    """
    text = text.strip()
    if text.upper() in _ZERO:
        return "UTC"
    minutes = _minutes(text)
    if minutes is not None:
        sign = "-" if minutes < 0 else "+"
        return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    name = _names().get(text.casefold().replace(" ", "_")) if len(text) <= 64 else None
    if name is None:
        raise UsageError("zone.unknown", text=text[:64])
    return name


def _minutes(text: str) -> int | None:
    """East of Greenwich; None when the text is no offset."""
    signed = _OFFSET.fullmatch(text)
    if signed:
        sign, hours, minutes = signed[1], int(signed[2]), int(signed[3] or 0)
    else:
        duration = _DURATION.fullmatch(text)
        if duration is None or (duration[2] is None and duration[3] is None):
            return None
        sign, hours, minutes = duration[1], int(duration[2] or 0), int(duration[3] or 0)
    total = hours * 60 + minutes
    if total > MAX_MINUTES:
        return None
    return total if sign in ("+", "") else -total


@functools.cache
def _names() -> Mapping[str, str]:
    return {name.casefold(): name for name in zoneinfo.available_timezones()}
