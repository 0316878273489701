"""What click finds wrong with a command line, as errors of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import click

from dcp.errors import UsageError
from dcp.texts.catalogue import Text, text


def no_such_command(name: str, known: Iterable[str], path: str) -> UsageError:
    """path: of the group that was asked, as `dcpkit kdm`."""
    return UsageError("usage.no-such-command", name=name, remedy=_near(name, known, path))


def of_the_flags(error: click.ClickException) -> UsageError:
    """click's error with an id, in our words; click's own words where it is of a kind unknown here."""
    context: click.Context | None = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "dcpkit"
    see = text("usage.see-help", path=path)
    if isinstance(error, click.NoSuchOption):
        known = [flag for one in context.command.get_params(context) for flag in one.opts] if context else ()
        return UsageError(
            "usage.no-such-option", name=error.option_name, remedy=_near(error.option_name, known, path)
        )
    if isinstance(error, click.MissingParameter):
        of_argument = isinstance(error.param, click.Argument)
        id = "usage.missing-argument" if of_argument else "usage.missing-option"
        return UsageError(id, name=_name(error.param, context), remedy=see)
    if isinstance(error, click.BadParameter) and error.param is not None:
        return _bad_value(error.message, error.param, context, see)
    if isinstance(error, click.BadOptionUsage):
        id = "usage.takes-no-value" if "does not take" in error.message else "usage.needs-value"
        return UsageError(id, name=error.option_name, remedy=see)
    extra = re.fullmatch(r"Got unexpected extra arguments? \((.*)\)", error.message, re.DOTALL)
    if extra:
        return UsageError("usage.too-many", words=extra[1], remedy=see)
    return UsageError("usage.other", said=" ".join(error.format_message().split()), remedy=see)


def _bad_value(
    message: str, parameter: click.Parameter, context: click.Context | None, see: Text
) -> UsageError:
    kind, name = parameter.type, _name(parameter, context)
    value = message.split(" is not ")[0].strip("'\"")
    if isinstance(kind, click.Choice):
        choices = [str(one) for one in kind.choices]
        near = get_close_matches(value.lower(), choices, 1)
        remedy = text("usage.did-you-mean", near=near[0], path=see.places["path"]) if near else see
        return UsageError("usage.not-one-of", name=name, value=value, choices=choices, remedy=remedy)
    if isinstance(kind, click.IntRange) and "in the range" in message:
        return UsageError(
            "usage.out-of-range", name=name, value=value, low=kind.min, high=kind.max, remedy=see
        )
    if isinstance(kind, click.IntRange) or kind is click.INT:
        return UsageError("usage.no-number", name=name, value=value, remedy=see)
    return UsageError("usage.bad-value", name=name, said=" ".join(message.split()), remedy=see)


def _name(parameter: click.Parameter | None, context: click.Context | None) -> str:
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    if isinstance(parameter, click.Argument) and context is not None:
        return parameter.make_metavar(context).strip("[].")
    return "" if parameter is None else str(parameter.name)


def _near(name: str, known: Iterable[str], path: str) -> Text:
    near: Sequence[str] = get_close_matches(name, list(known), 2, 0.6)
    if near:
        return text("usage.did-you-mean", near=near, path=path)
    return text("usage.see-help", path=path)
