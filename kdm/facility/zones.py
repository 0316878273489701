"""A cinema's time zone as its list writes it: an IANA name, or a fixed offset in any of the forms met."""

from __future__ import annotations

import functools
import re
import zoneinfo
from collections.abc import Mapping
from datetime import UTC, timedelta, timezone, tzinfo

from dcp.errors import UsageError

MAX_OFFSET = timedelta(hours=14)

_OFFSET = re.compile(
    r"(?:UTC|GMT|UT)?\s*([+-−])\s*(\d{1,2})(?::?([0-5]\d)(?::00)?)?", re.ASCII | re.IGNORECASE
)
_DURATION = re.compile(r"([+-]?)PT(?:(\d{1,2})H)?(?:(\d{1,3})M)?(?:0S)?", re.ASCII)
_ZERO = frozenset(("UTC", "GMT", "UT", "Z"))


def zone_of(text: str) -> tzinfo:
    """`Asia/Shanghai`, `+08:00`, `UTC+8`, `GMT-03:30`, `PT8H`, `Z`. UsageError for anything else."""
    text = text.strip()
    if text.upper() in _ZERO:
        return UTC
    offset = _offset(text)
    if offset is not None:
        return timezone(offset)
    name = _names().get(text.casefold().replace(" ", "_")) if len(text) <= 64 else None
    if name is None:
        raise UsageError(
            f"'{text[:64]}' is no time zone",
            remedy="write an IANA name as in Asia/Shanghai, or an offset as in +08:00",
        )
    return zoneinfo.ZoneInfo(name)


def zone_problem(text: str | None) -> str | None:
    """What is wrong with a list's time zone; None when nothing is, or none is told."""
    if text is None:
        return None
    try:
        zone_of(text)
    except UsageError as error:
        return error.what
    return None


def _offset(text: str) -> timedelta | None:
    signed = _OFFSET.fullmatch(text)
    if signed:
        sign, hours, minutes = signed[1], int(signed[2]), int(signed[3] or 0)
    else:
        duration = _DURATION.fullmatch(text)
        if duration is None or (duration[2] is None and duration[3] is None):
            return None
        sign, hours, minutes = duration[1], int(duration[2] or 0), int(duration[3] or 0)
    offset = timedelta(hours=hours, minutes=minutes)
    if offset > MAX_OFFSET:
        return None
    return offset if sign in ("+", "") else -offset


@functools.cache
def _names() -> Mapping[str, str]:
    return {name.casefold(): name for name in zoneinfo.available_timezones()}
