"""How the command speaks to this person: in which language, with colours or without, at what length.

The language: --lang, else DCPKIT_LANG, else that of the locale, else English. The flags may stand before the
verb or after it; `common` of `dcpkit.options` gives them to every verb. What comes after the flags lies in
click's context, so that what prints need not be handed it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from dcp.texts.catalogue import Language

F = TypeVar("F", bound=Callable[..., Any])

LANGUAGE_VARIABLE = "DCPKIT_LANG"
CHOICES = ("en", "zh")  # those of the catalogue, which --help shall not have to load

_LANGUAGE, _ASKED = "dcpkit.language", "dcpkit.asked-language"
_VERBOSE, _COLOUR = "dcpkit.verbose", "dcpkit.colour"


def speaking(function: F) -> F:
    """--lang, --color and -v, for `language`, `colour` and `verbose`."""
    for option in (
        click.option(
            "--color",
            type=click.Choice(["auto", "always", "never"]),
            expose_value=False,
            callback=_keep(_COLOUR),
            help="Colours for verdicts: on a terminal, unless NO_COLOR is set.",
        ),
        click.option(
            "-v",
            "--verbose",
            is_flag=True,
            expose_value=False,
            callback=_keep(_VERBOSE),
            help="Say what was right too.",
        ),
        click.option(
            "--lang",
            type=click.Choice(CHOICES),
            is_eager=True,
            expose_value=False,
            callback=_keep_language,
            help="Language of what is said: DCPKIT_LANG or the locale's without it.",
        ),
    ):
        function = option(function)
    return function


def language() -> Language:
    """The language that the running command speaks."""
    context = click.get_current_context(silent=True)
    kept: Language | None = context.meta.get(_LANGUAGE) if context is not None else None
    return kept or _of_the_locale(os.environ)


def asked_language() -> Language:
    """The language that --lang asked for, else English: for a document that says in which language it is."""
    context = click.get_current_context(silent=True)
    kept: Language | None = context.meta.get(_ASKED) if context is not None else None
    return kept or "en"


def colour() -> str:
    """auto, always or never, as --color has it."""
    context = click.get_current_context(silent=True)
    return (context.meta.get(_COLOUR) if context is not None else None) or "auto"


def verbose() -> bool:
    """Whether -v was given."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(_VERBOSE))


def language_of(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Language:
    """The language for an error of a command line that may not have been understood; never fails."""
    asked: Language | None = None
    for word, following in zip(arguments, [*arguments[1:], ""], strict=False):
        if word == "--":
            break
        asked = _known(following if word == "--lang" else word.removeprefix("--lang=")) or asked
    return asked or _known(environment.get(LANGUAGE_VARIABLE, "")) or _of_the_locale(environment)


def inherited_language(environment: Mapping[str, str]) -> Language:
    """What DCPKIT_LANG or the locale says. UsageError when the variable names no language of ours."""
    from dcp.errors import UsageError

    said = environment.get(LANGUAGE_VARIABLE)
    if not said:
        return _of_the_locale(environment)
    known = _known(said)
    if known is None:
        raise UsageError("usage.language-variable", variable=LANGUAGE_VARIABLE, value=said, choices=CHOICES)
    return known


def _of_the_locale(environment: Mapping[str, str]) -> Language:
    """Of the first of these that says something, as setlocale(3) has it."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if said := environment.get(variable):
            return "zh" if said.lower().startswith("zh") else "en"
    return "en"


def _known(said: str) -> Language | None:
    return "en" if said == "en" else "zh" if said == "zh" else None


def _keep_language(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    group = isinstance(context.command, click.Group)  # the verb may have a --lang of its own
    if value is not None or (_LANGUAGE not in context.meta and not group):
        context.meta[_LANGUAGE] = value or inherited_language(os.environ)
        context.meta[_ASKED] = value


def _keep(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    """Before the verb or after it: the flag holds where it was given once."""

    def keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value or name not in context.meta:
            context.meta[name] = value

    return keep
