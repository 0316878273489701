"""`dcpkit version`: a version file over an original; `create ORIGINAL --ov ORIGINAL`, in one word."""

from __future__ import annotations

import click

from dcp.errors import UsageError
from dcpkit.commands.create import create
from dcpkit.encrypting import EncryptingCommand


class _Version(EncryptingCommand):
    """`create`'s own flags and work; of the original, what is not given anew plays from there."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        if ctx.resilient_parsing:  # a shell asks what could follow
            return rest
        originals = ctx.params["source"]
        if len(originals) != 1:
            raise UsageError("version.one-original", n=len(originals))
        ctx.params["job_ov"] = (*originals, *ctx.params["job_ov"])
        return rest


version = _Version(
    "version",
    callback=create.callback,
    params=create.params,
    help="""Make a version file over the package SOURCE: what no flag gives anew plays from there.

    The same as `create SOURCE --ov SOURCE`, with every flag of it: --title, --subtitle FILE:LANG, --audio.
    A further --ov is a package that the original itself builds on.
    """,
)
