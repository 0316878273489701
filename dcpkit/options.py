"""Flags that several commands share, and what is made of them."""

from __future__ import annotations

import functools
import os
import uuid
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, Literal, TypeVar

import click

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.system import long_path
from dcp.trust.token_uri import TokenUri, holds_pin, is_token_uri, parse_token_uri
from dcpkit.secrets import unlocking
from dcpkit.speaking import speaking

F = TypeVar("F", bound=Callable[..., Any])
KeySource = Path | TokenUri
"""Where a private key is: in a file or a signer's folder, or in a token."""

TRUST_HELP = "Root certificates to trust (PEM), or a folder of them."
TZ_HELP = "Zone of times without an offset: IANA name, or +08:00."
MicPolicy = Literal["require", "if-present", "off"]


class _Place(click.Path):
    """A path. What cannot be read is said in our own words; Windows is given a long one as it takes it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return long_path(Path(os.fsdecode(super().convert(value, param, ctx))))


A_PATH = _Place(path_type=Path, readable=False)


class _KeySource(click.ParamType):  # type: ignore[type-arg]  # generic in new versions only
    """A path, or the pkcs11: URI of a key in a token."""

    name = "path or URI"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> KeySource:
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]
        if is_token_uri(value) or holds_pin(value):  # what holds a PIN is refused, whatever it was to be
            return parse_token_uri(value)
        return long_path(Path(value))


A_KEY = _KeySource()


def deny_lists(function: F) -> F:
    """--deny, handed on as `deny: tuple[Path, ...]`, for `keying.deny_list`."""
    return click.option(
        "--deny", type=A_PATH, multiple=True, help="Deny list: keys and certificates not to rely on."
    )(function)


def instant(text: str, *, zone: tzinfo | None = None, flag: str) -> datetime:
    """An ISO 8601 time with an offset, or one in the zone that --tz gives. UsageError otherwise."""
    from kdm.window import placed, read_time

    return placed(read_time(text, flag=flag), zone, flag=flag)


def time_zone(text: str | None) -> tzinfo | None:
    """What --tz says: an IANA name, or an offset. UsageError when it is neither."""
    if text is None:
        return None
    from kdm.facility.zones import zone_of

    try:
        return zone_of(text)
    except UsageError as error:
        raise UsageError("flags.of", flag="--tz", said=error, remedy=error) from None


def composition_id(text: str | None, *, flag: str = "--cpl") -> uuid.UUID | None:
    """A flag's id of a composition, with or without urn:uuid:. UsageError when it is none."""
    if text is None:
        return None
    try:
        return uuid.UUID(text.removeprefix("urn:uuid:"))
    except ValueError:
        raise UsageError("flags.no-composition-id", flag=flag, value=text) from None


def common(function: F) -> F:
    """--json, --quiet, -v, --lang, --debug: on every command; `dcpkit.speaking` knows the language."""
    for option in (
        click.option("--debug", is_flag=True, expose_value=False, help="Show where an error arose."),
        speaking,
        click.option("--quiet", is_flag=True, help="No progress and no notes."),
        click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout."),
    ):
        function = option(function)
    return function


def clock(function: F) -> F:
    """--now and --tz, handed on as `now: datetime`."""
    return _clock(function, with_zone=False)


def clock_and_zone(function: F) -> F:
    """--now and --tz, handed on as `now: datetime` and `tz: tzinfo | None`: for commands with other times."""
    return _clock(function, with_zone=True)


def _clock(function: F, *, with_zone: bool) -> F:
    @click.option("--now", help="Take this for the present time.")
    @click.option("--tz", help=TZ_HELP)
    @functools.wraps(function)
    def wrapper(*args: Any, now: str | None, tz: str | None, **kwargs: Any) -> Any:
        zone = time_zone(tz)
        present = instant(now, zone=zone, flag="--now") if now else datetime.now(UTC)
        return function(*args, now=present, **({"tz": zone} if with_zone else {}), **kwargs)

    return wrapper  # type: ignore[return-value]


@dataclass(frozen=True)
class Access:
    """How encrypted essence is to be opened: a keys file, or a KDM with the key that opens it."""

    keys: tuple[Path, ...]
    kdms: tuple[Path, ...]
    private_key: KeySource | None
    recipient: Path | None
    trust: tuple[Path, ...]
    deny: tuple[Path, ...]
    ov: tuple[Path, ...]
    mic: MicPolicy

    @property
    def kdm(self) -> Path | None:
        """The one KDM of a verb that takes one."""
        return self.kdms[0] if self.kdms else None


def essence_keys(function: F) -> F:
    """--keys, or --kdm with --key; --trust, --ov, --mic: on every verb that reads essence, as `access`."""
    return _essence_keys(function, several=False)


def show_keys(function: F) -> F:
    """The same where --kdm may be repeated, and name folders: `access.kdms`."""
    return _essence_keys(function, several=True)


def _essence_keys(function: F, *, several: bool) -> F:
    message = (
        "Key delivery message, or a folder of them; may be repeated." if several else "Key delivery message."
    )

    @click.option("--keys", type=A_PATH, multiple=True, help="Content keys file; may be repeated.")
    @click.option("--kdm", "kdms", type=A_PATH, multiple=True, help=message)
    @click.option("--key", "private_key", type=A_KEY, help="Private key that opens the KDM (PEM, pkcs11:).")
    @click.option("--recipient", type=A_PATH, help="The recipient's certificate, when --key has none.")
    @click.option("--trust", type=A_PATH, multiple=True, help=TRUST_HELP)
    @deny_lists
    @unlocking
    @click.option("--ov", type=A_PATH, multiple=True, help="The original version this one builds on.")
    @click.option(
        "--mic",
        type=click.Choice(["require", "if-present", "off"]),
        default="require",
        show_default=True,
        help="Check each unit's integrity code.",
    )
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        values = {name.name: kwargs.pop(name.name) for name in fields(Access)}
        if values["keys"] and values["kdms"]:
            raise UsageError("flags.keys-or-kdm")
        if len(values["kdms"]) > 1 and not several:
            raise UsageError("flags.one-kdm")
        return function(*args, access=Access(**values), **kwargs)

    return wrapper  # type: ignore[return-value]


def source_keys(function: F) -> F:
    """--kdm with --key, --recipient, --trust, --deny: on verbs whose sources may be encrypted while --keys is
    of what they make, as `access`."""

    @click.option("--kdm", type=A_PATH, help="KDM of encrypted sources.")
    @click.option("--key", "private_key", type=A_KEY, help="Private key that opens the KDM (PEM, pkcs11:).")
    @click.option("--recipient", type=A_PATH, help="The recipient's certificate, when --key has none.")
    @click.option("--trust", type=A_PATH, multiple=True, help=TRUST_HELP)
    @deny_lists
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        names = ("private_key", "recipient", "trust", "deny")
        values = {name: kwargs.pop(name) for name in names}
        kdm = kwargs.pop("kdm")
        values["kdms"] = () if kdm is None else (kdm,)
        return function(*args, access=Access(keys=(), ov=(), mic="if-present", **values), **kwargs)

    return wrapper  # type: ignore[return-value]


def is_report(path: Path) -> bool:
    """Whether an existing file is an older report, which a new one may replace."""
    try:
        with path.open("rb") as stream:
            start = stream.read(4096).lstrip().lower()
    except OSError:
        return False
    return not start or start.startswith((b"<!doctype html", b"<html")) or b'"schema": "dcpkit.' in start


def check_folder_of(report: Path) -> None:
    """UsageError when nothing can be written beside a report that shall be there."""
    folder = report.absolute().parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise UsageError("flags.report-locked", where=folder)


def new_file(help: str) -> Callable[[F], F]:
    """-o FILE, handed on as `output: Path`: a file that exists is never replaced."""

    def check(context: click.Context, parameter: click.Parameter, value: Path) -> Path:
        if value.exists() or value.is_symlink():
            raise UsageError("flags.output-exists", where=value)
        return value

    return click.option("-o", "--output", type=A_PATH, required=True, callback=check, help=help)


def report_file(*suffixes: str) -> Callable[[F], F]:
    """--report FILE as `report: Path | None`; another suffix, or a locked folder, is refused at once."""

    def check(context: click.Context, parameter: click.Parameter, value: Path | None) -> Path | None:
        if value is None:
            return None
        if value.suffix.lower() not in suffixes:
            raise UsageError("flags.report-suffix", suffixes=" / ".join(suffixes), where=value)
        if value.exists() and not is_report(value):
            raise UsageError("flags.no-report", where=value)
        check_folder_of(value)
        return value

    return click.option(
        "--report", type=A_PATH, callback=check, help=f"Write the report here ({', '.join(suffixes)})."
    )
