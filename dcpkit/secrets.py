"""Where passphrases and PINs come from: a file, the environment, or the terminal, in this order.

A passphrase: --passphrase-file, DCPKIT_PASSPHRASE, or typed. A PIN: pin-source of the pkcs11: URI (which
`dcp.trust.token` reads), DCPKIT_PIN, or typed. What is typed is never echoed. An environment is readable by
whoever runs as the same user, and inherited: docs/keystore.md.
"""

from __future__ import annotations

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
from dcp.texts.catalogue import Text, text
from dcpkit.console import in_words, printable, warn_if_open

F = TypeVar("F", bound=Callable[..., Any])

PASSPHRASE_VARIABLE, PIN_VARIABLE = "DCPKIT_PASSPHRASE", "DCPKIT_PIN"

_FILE, _WANTED, _SECRETS = "dcpkit.passphrase-file", "dcpkit.passphrase", "dcpkit.secrets"


@dataclass(frozen=True)
class CommandSecrets:
    """The `Secrets` of one run of the command. passphrase_file: --passphrase-file, read once: it may be a
    pipe."""

    passphrase_file: Path | None = None

    def passphrase(self, of: str | Text) -> str:
        """UsageError when there is no way to learn it."""
        otherwise = UsageError("secret.no-passphrase", of=of, variable=PASSPHRASE_VARIABLE)
        return self._given() or _typed(text("secret.ask-passphrase", of=of), otherwise)

    def new_passphrase(self, of: str | Text) -> str:
        """The passphrase for what is about to be written: typed twice when it is typed."""
        given = self._given()
        if given:
            return given
        otherwise = UsageError("secret.no-new-passphrase", of=of, variable=PASSPHRASE_VARIABLE)
        first = _typed(text("secret.ask-new", of=of), otherwise)
        if _typed(text("secret.ask-again"), otherwise) != first:
            raise UsageError("secret.differ")
        return first

    def pin(self, of: str | Text) -> str:
        return _inherited(PIN_VARIABLE) or _typed(
            text("secret.ask-pin", of=of), UsageError("secret.no-pin", of=of, variable=PIN_VARIABLE)
        )

    def _given(self) -> str | None:
        return self._filed if self.passphrase_file is not None else _inherited(PASSPHRASE_VARIABLE)

    @cached_property
    def _filed(self) -> str:
        from dcp.secrets.passphrase import read_secret

        assert self.passphrase_file is not None
        warn_if_open(self.passphrase_file, "passphrase")
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
    return unlocking(locking_as_well(function))


def locking_as_well(function: F) -> F:
    """--passphrase alone, on a command that writes keys and has `unlocking` for those that it reads."""
    flag: Callable[[F], F] = _remembered(
        "--passphrase", key=_WANTED, is_flag=True, help="Lock the keys that are written."
    )
    return flag(function)


def command_secrets() -> CommandSecrets:
    """What the flags of the command that runs say; one object a run."""
    context = click.get_current_context(silent=True)
    if context is None:
        return CommandSecrets()
    found: CommandSecrets = context.meta.setdefault(_SECRETS, CommandSecrets(_meta(_FILE)))
    return found


def lock_for(of: Text) -> str | None:
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


def _typed(prompt: Text, otherwise: UsageError) -> str:
    if sys.stdin is None or not sys.stdin.isatty():
        raise otherwise
    import getpass

    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)  # a terminal that would echo it is none
        try:
            typed = getpass.getpass(f"{printable(in_words(prompt))}: ")
        except (getpass.GetPassWarning, EOFError):
            raise otherwise from None
    if not typed:
        raise UsageError("secret.nothing-typed")
    if not _is_utf_8(typed):
        raise UsageError("secret.typed-not-utf-8")
    return typed


def _inherited(variable: str) -> str | None:
    value = os.environ.get(variable)
    if value and not _is_utf_8(value):
        raise UsageError("secret.variable-not-utf-8", variable=variable)
    return value or None


def _is_utf_8(value: str) -> bool:
    """Whether it did not come from other bytes, which Python keeps as surrogates."""
    return not any("\ud800" <= sign <= "\udfff" for sign in value)
