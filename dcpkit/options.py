"""Flags that several commands share, and what is made of them."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from dcp.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])

A_PATH = click.Path(path_type=Path)


def instant(text: str, *, zone: str | None = None, flag: str) -> datetime:
    """An ISO 8601 time with an offset, or one in the IANA zone that --tz gives. UsageError otherwise."""
    try:
        value = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"{flag}: {text!r} is no time", remedy="write it as 2027-05-01T09:00:00+08:00"
        ) from None
    if value.tzinfo is not None:
        return value
    if zone is None:
        raise UsageError(
            f"{flag}: {text!r} does not say in which time zone",
            remedy=f"write the offset, as in {value.isoformat()}+00:00, or add --tz Europe/Paris",
        )
    return _in_zone(value, zone, flag)


def _in_zone(value: datetime, zone: str, flag: str) -> datetime:
    try:
        placed = value.replace(tzinfo=ZoneInfo(zone))
    except (KeyError, ValueError, OSError):
        raise UsageError(
            f"--tz: {zone!r} is no time zone", remedy="use an IANA name, as in Asia/Shanghai"
        ) from None
    if placed.astimezone(UTC).astimezone(placed.tzinfo).replace(tzinfo=None) != value:
        raise UsageError(
            f"{flag}: {value.isoformat()} does not exist in {zone}: the clocks go forward then",
            remedy="give another time, or write the offset",
        )
    if placed.utcoffset() != placed.replace(fold=1).utcoffset():
        raise UsageError(
            f"{flag}: {value.isoformat()} comes twice in {zone}: the clocks go back then",
            remedy="write the offset",
        )
    return placed


def composition_id(text: str | None) -> uuid.UUID | None:
    """--cpl as an id, with or without urn:uuid:. UsageError when it is none."""
    if text is None:
        return None
    try:
        return uuid.UUID(text.removeprefix("urn:uuid:"))
    except ValueError:
        raise UsageError(f"--cpl: {text!r} is no UUID", remedy="`dcpkit info DIR` lists them") from None


def now_or(text: str | None, zone: str | None) -> datetime:
    """--now, or the clock."""
    return instant(text, zone=zone, flag="--now") if text else datetime.now(UTC)


def common(function: F) -> F:
    """--json, --quiet, --debug: on every command."""
    for option in (
        click.option("--debug", is_flag=True, expose_value=False, help="Show where an error arose."),
        click.option("--quiet", is_flag=True, help="No progress and no prose."),
        click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout."),
    ):
        function = option(function)
    return function


def clock(function: F) -> F:
    """--now and --tz, handed on as `now: datetime` and `tz: str | None`."""

    @click.option("--now", help="Judge at this time instead of the clock's.")
    @click.option("--tz", help="IANA zone of times written without an offset.")
    @functools.wraps(function)
    def wrapper(*args: Any, now: str | None, tz: str | None, **kwargs: Any) -> Any:
        return function(*args, now=now_or(now, tz), tz=tz, **kwargs)

    return wrapper  # type: ignore[return-value]


def essence_keys(function: F) -> F:
    """--keys, or --kdm with --key; --trust, --ov, --mic: on every verb that reads essence."""
    for option in (
        click.option(
            "--mic",
            type=click.Choice(["require", "if-present", "off"]),
            default="require",
            show_default=True,
            help="Check each unit's integrity code.",
        ),
        click.option("--ov", type=A_PATH, multiple=True, help="The original version this one builds on."),
        click.option("--trust", type=A_PATH, multiple=True, help="Root certificates to trust (PEM)."),
        click.option("--recipient", type=A_PATH, help="The recipient's certificate, when --key has none."),
        click.option("--key", "private_key", type=A_PATH, help="Private key that opens the KDM (PEM)."),
        click.option("--kdm", "kdm_file", type=A_PATH, help="Key delivery message."),
        click.option("--keys", "keys_file", type=A_PATH, help="Content keys file."),
    ):
        function = option(function)
    return function
