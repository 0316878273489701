"""Where passphrases and PINs come from: a file, the environment, or the terminal, in this order.

A passphrase: --passphrase-file, DCPKIT_PASSPHRASE, or typed. A PIN: pin-source of the pkcs11: URI (which
`dcp.trust.token` reads), DCPKIT_PIN, or typed. What is typed is never echoed. An environment is readable by
whoever runs as the same user, and inherited: docs/keystore.md.
"""

from __future__ import annotations

import getpass
import os
import sys
import warnings
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import click

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcpkit.console import printable, warn_if_open

F = TypeVar("F", bound=Callable[..., Any])

PASSPHRASE_VARIABLE, PIN_VARIABLE = "DCPKIT_PASSPHRASE", "DCPKIT_PIN"

_FILE, _WANTED, _SECRETS = "dcpkit.passphrase-file", "dcpkit.passphrase", "dcpkit.secrets"


@dataclass(frozen=True)
class CommandSecrets:
    """The `Secrets` of one run of the command. passphrase_file: --passphrase-file, read once: it may be a
    pipe."""

    passphrase_file: Path | None = None

    def passphrase(self, of: str) -> str:
        """UsageError when there is no way to learn it."""
        return self._given() or _typed(f"Passphrase of {of}", _no_passphrase(of))

    def new_passphrase(self, of: str) -> str:
        """The passphrase for what is about to be written: typed twice when it is typed."""
        given = self._given()
        if given:
            return given
        first = _typed(f"New passphrase for {of}", _no_passphrase(of))
        if _typed("The same again", _no_passphrase(of)) != first:
            raise UsageError("the two passphrases differ", remedy="run it again")
        return first

    def pin(self, of: str) -> str:
        return _inherited(PIN_VARIABLE) or _typed(
            f"PIN of {of}",
            UsageError(
                f"{of} asks for a PIN",
                remedy=f"add pin-source=file:/path/to/pin to the URI, set {PIN_VARIABLE}, or run it in a"
                " terminal",
            ),
        )

    def _given(self) -> str | None:
        return self._filed if self.passphrase_file is not None else _inherited(PASSPHRASE_VARIABLE)

    @cached_property
    def _filed(self) -> str:
        from dcp.secrets.passphrase import read_secret

        assert self.passphrase_file is not None
        warn_if_open(self.passphrase_file, "the passphrase")
        return read_secret(self.passphrase_file)


def unlocking(function: F) -> F:
    """--passphrase-file, on every command that reads keys; `command_secrets` knows what was given."""
    return _remembered(
        "--passphrase-file",
        key=_FILE,
        type=click.Path(path_type=Path, readable=False),
        help="File whose first line is the passphrase of locked keys.",
    )(function)


def locking(function: F) -> F:
    """--passphrase too, on every command that writes keys; `lock_for` gives the passphrase for them."""
    flag: Callable[[F], F] = _remembered(
        "--passphrase", key=_WANTED, is_flag=True, help="Lock the keys that are written."
    )
    return unlocking(flag(function))


def command_secrets() -> CommandSecrets:
    """What the flags of the command that runs say; one object a run."""
    context = click.get_current_context(silent=True)
    if context is None:
        return CommandSecrets()
    found: CommandSecrets = context.meta.setdefault(_SECRETS, CommandSecrets(_meta(_FILE)))
    return found


def lock_for(of: str) -> str | None:
    """The passphrase to lock with what is written; None when neither flag was given.

    --passphrase-file locks as well as --passphrase: whoever has a passphrase does not want plain keys.
    """
    if not _meta(_WANTED) and _meta(_FILE) is None:
        return None
    return command_secrets().new_passphrase(of)


def _remembered(flag: str, *, key: str, **options: Any) -> Callable[[F], F]:
    def remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        context.meta[key] = value

    return click.option(flag, expose_value=False, callback=remember, **options)


def _meta(key: str) -> Any:
    context = click.get_current_context(silent=True)
    return None if context is None else context.meta.get(key)


def _no_passphrase(of: str) -> UsageError:
    return UsageError(
        f"{of} is locked with a passphrase, and none was given",
        remedy=f"add --passphrase-file FILE, set {PASSPHRASE_VARIABLE}, or run it in a terminal",
    )


def _typed(prompt: str, otherwise: UsageError) -> str:
    if sys.stdin is None or not sys.stdin.isatty():
        raise otherwise
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)  # a terminal that would echo it is none
        try:
            text = getpass.getpass(f"{printable(prompt)}: ")
        except (getpass.GetPassWarning, EOFError):
            raise otherwise from None
    if not text:
        raise UsageError("nothing was typed", remedy="run it again")
    return _utf_8(text, "what was typed")


def _inherited(variable: str) -> str | None:
    text = os.environ.get(variable)
    return _utf_8(text, variable) if text else None


def _utf_8(text: str, what: str) -> str:
    """UsageError when it came from other bytes, which Python keeps as surrogates."""
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise UsageError(f"{what} is not UTF-8 text", remedy="use a passphrase or PIN in UTF-8")
    return text
