"""Groups of commands whose modules are imported only when the command runs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click


def lazy_group(commands: Mapping[str, tuple[str, str]]) -> type[click.Group]:
    """commands: name -> (module:attribute, the help shown without importing the module)."""

    class LazyGroup(click.Group):
        def list_commands(self, ctx: click.Context) -> list[str]:
            return list(commands)

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            if cmd_name not in commands:
                if ctx.resilient_parsing:  # a shell asks what could follow
                    return None
                from dcpkit.usage import no_such_command

                raise no_such_command(cmd_name, commands, ctx.command_path)
            module, _, attribute = commands[cmd_name][0].partition(":")
            command = getattr(import_module(module), attribute)
            assert isinstance(command, click.Command)
            return command

        def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
            with formatter.section("Commands"):
                formatter.write_dl([(name, text) for name, (_, text) in commands.items()])

    return LazyGroup
