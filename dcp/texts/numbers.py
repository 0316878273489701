"""Numbers and times in sentences for people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from dcp.xml.values import date_time

if TYPE_CHECKING:
    from dcp.texts.catalogue import Language

_BEIJING = timedelta(hours=8)


def count(number: float, noun: str) -> str:
    """A number and its noun, `noun` or `noun|nouns` where an s does not make the plural."""
    one, _, many = noun.partition("|")
    return f"{number:,} " + (one if number == 1 else many or f"{one}s")


def plain(value: object) -> object:
    """A fraction, such as the rate 24000/1001, as a number that every format takes, to three decimals."""
    if not isinstance(value, Fraction):
        return value
    return value.numerator if value.denominator == 1 else round(float(value), 3)


def when(value: datetime, language: Language = "en") -> str:
    """As written, and in UTC where that differs: staff read local times, devices judge in UTC."""
    if language == "zh":
        return _chinese(value)
    text = date_time(value)
    if not value.utcoffset():
        return text
    return f"{text} ({value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC)"


def clock(value: datetime) -> str:
    """Date and time to the minute; seconds only where there are some."""
    return f"{value:%Y-%m-%d %H:%M:%S}" if value.second else f"{value:%Y-%m-%d %H:%M}"


def offset(value: datetime) -> str:
    """`+08:00`."""
    sign = f"{value:%z}"
    return f"{sign[:3]}:{sign[3:5]}"


def _chinese(value: datetime) -> str:
    """北京时间 2027-05-02 02:00（UTC 2027-05-01 18:00）; another offset by its number."""
    if not value.utcoffset():
        return f"UTC {clock(value)}"
    utc = f"UTC {clock(value.astimezone(UTC))}"
    if value.utcoffset() == _BEIJING:
        return f"北京时间 {clock(value)}（{utc}）"
    return f"{clock(value)}（{offset(value)}，{utc}）"
