"""What click finds wrong with a command line, as errors of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
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
        near = _near(error.option_name, known, path)
        verbs = _verbs_with(error.option_name, context)  # what it is elsewhere says more than what it is like
        remedy = text("usage.flag-of-others", verbs=verbs, path=path) if 0 < len(verbs) <= 4 else near
        return UsageError("usage.no-such-option", name=error.option_name, remedy=remedy)
    if isinstance(error, click.MissingParameter):
        of_argument = isinstance(error.param, click.Argument)
        id = "usage.missing-argument" if of_argument else "usage.missing-option"
        return UsageError(id, name=_name(error.param, context), remedy=see)
    if isinstance(error, click.BadParameter) and error.param is not None:
        return _bad_value(error.message, error.param, context, see)
    if isinstance(error, click.BadOptionUsage):
        id = "usage.takes-no-value" if "does not take" in error.message else "usage.needs-value"
        return UsageError(id, name=error.option_name, remedy=see)
    unknown = re.match(r"No such command '([^']*)'", error.message)
    if unknown and context is not None and isinstance(context.command, click.Group):
        return no_such_command(unknown[1], context.command.list_commands(context), path)
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
    """The one or two that are written alike. The dashes that every flag begins with make none alike."""
    bare = {one.lstrip("-"): one for one in known}
    near = [bare[one] for one in get_close_matches(name.lstrip("-"), list(bare), 2, 0.6)]
    if len(near) == 2:
        return text("usage.did-you-mean-either", near=near[0], other=near[1], path=path)
    if near:
        return text("usage.did-you-mean", near=near[0], path=path)
    return text("usage.see-help", path=path)


def _verbs_with(flag: str, context: click.Context | None) -> Sequence[str]:
    """The verbs that have the flag, as they are written: `dcpkit kdm issue`. Empty when none has."""

    def walk(command: click.Command, path: str, inside: click.Context) -> Iterator[str]:
        if isinstance(command, click.Group):
            for name in command.list_commands(inside):
                below = command.get_command(inside, name)
                if below is not None:
                    yield from walk(below, f"{path} {name}", inside)
        elif any(flag in one.opts for one in command.params):
            yield path

    if context is None:
        return ()
    root = context.find_root()
    return tuple(walk(root.command, root.command_path, root))
