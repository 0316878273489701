"""Ids, times, numbers and base64 as documents write them; both ways."""

from __future__ import annotations

import binascii
import re
import uuid
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from functools import lru_cache

from dcp.errors import UsageError
from dcp.patterns import pattern

MAX_DATE_TIME = 38  # characters, with twelve digits of a fraction and an offset
MAX_DIGITS = 18  # xs:long and below; keeps int() of a hostile text cheap
BLANKS = " \t\r\n"
"""White space of XML; other alphabets have more, which are text here."""
_UUID_URN = pattern(r"urn:uuid:([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")
_UUID_URN_LENGTH = 45
_DATE_TIME = pattern(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?(?:(Z)|([+-])(\d\d):(\d\d))?", re.ASCII
)
_BLANK_BYTES = BLANKS.encode()
_INTEGER = pattern(r"[+-]?\d+", re.ASCII)


def parse_uuid_urn(text: str) -> uuid.UUID | None:
    """An id of the form urn:uuid:8-4-4-4-12 hex digits; None for anything else."""
    return _read_uuid_urn(text) if len(text) == _UUID_URN_LENGTH else None


@lru_cache(maxsize=4096)  # the messages of one composition have its id and those of its keys
def _read_uuid_urn(text: str) -> uuid.UUID | None:
    match = _UUID_URN.fullmatch(text)
    return uuid.UUID(match[1]) if match else None


def parse_date_time(text: str) -> datetime | None:
    """An xs:dateTime with its offset kept; without one the result is naive."""
    return _read_date_time(text) if len(text) <= MAX_DATE_TIME else None


@lru_cache(maxsize=1024)  # a message has the same few dates many times over
def _read_date_time(text: str) -> datetime | None:
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(match[group]) for group in range(1, 7))
    micro = int((match[7] or "0").ljust(6, "0")[:6])
    # The midnight at the end of a day may be written as its hour 24.
    midnight = hour == 24 and not (minute or second or (match[7] or "").strip("0"))
    zone: timezone | None = None
    if match[8]:
        zone = UTC
    elif match[9]:
        offset = timedelta(hours=int(match[10]), minutes=int(match[11]))
        if int(match[11]) > 59 or offset > timedelta(hours=14):
            return None
        zone = timezone(-offset if match[9] == "-" else offset)
    try:
        value = datetime(year, month, day, 0 if midnight else hour, minute, second, micro, tzinfo=zone)
        if midnight:
            value += timedelta(days=1)
        if zone is not None:
            value.astimezone(UTC)  # an instant outside the calendar cannot be compared with any other
    except (ValueError, OverflowError):
        return None
    return value


def parse_integer(text: str) -> int | None:
    """A whole number of at most 18 characters, sign included; None for anything else."""
    if len(text) > MAX_DIGITS or not _INTEGER.fullmatch(text):
        return None
    return int(text)


def parse_rational(text: str) -> Fraction | None:
    """Two positive whole numbers, `24 1`; None for anything else."""
    parts = text.split()
    if len(parts) != 2:
        return None
    numerator, denominator = (parse_integer(part) for part in parts)
    if numerator is None or denominator is None or numerator <= 0 or denominator <= 0:
        return None
    return Fraction(numerator, denominator)


def parse_base64(text: str) -> bytes | None:
    """Base64 with any white space in it; None for anything else, stray bits at its end included."""
    try:
        packed = text.encode("ascii").translate(None, _BLANK_BYTES)
        value = binascii.a2b_base64(packed, strict_mode=True)
    except ValueError:
        return None
    return value if binascii.b2a_base64(value, newline=False) == packed else None


def uuid_urn(value: uuid.UUID) -> str:
    """An id as documents write it."""
    return f"urn:uuid:{value}"


def date_time(value: datetime) -> str:
    """xs:dateTime to the second with a numeric offset, never Z: some servers read 25 characters.

    UsageError for a time without an offset, or with one that is not whole minutes.
    """
    if value.tzinfo is None:
        raise UsageError("time.no-offset")
    text = value.replace(microsecond=0).isoformat()
    if len(text) != 25:  # the local mean times of long ago
        raise UsageError("time.offset-with-seconds", time=text)
    return text


def rational(value: Fraction) -> str:
    """A rate as documents and JSON write it, `24 1`."""
    return f"{value.numerator} {value.denominator}"
