"""Numbers and times in sentences for people."""

from __future__ import annotations

from datetime import UTC, datetime

from dcp.xml.values import date_time


def count(number: float, noun: str) -> str:
    """A number and its noun, `noun` or `noun|nouns` where an s does not make the plural."""
    one, _, many = noun.partition("|")
    return f"{number:,} " + (one if number == 1 else many or f"{one}s")


def when(value: datetime) -> str:
    """As written, and in UTC where that differs: staff read local times, devices judge in UTC."""
    text = date_time(value)
    if not value.utcoffset():
        return text
    return f"{text} ({value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC)"
