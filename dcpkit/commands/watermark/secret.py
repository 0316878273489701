"""`dcpkit watermark secret`: an operator's secret."""

from __future__ import annotations

from pathlib import Path

import click

from dcp.texts.catalogue import text
from dcpkit.console import answer
from dcpkit.options import A_PATH, common


@click.command()
@click.option("-o", "--output", type=A_PATH, required=True, help="The secret's file; never replaced.")
@click.option("--operator", default="", help="Whose secret it is.")
@common
def secret(output: Path, operator: str, as_json: bool, quiet: bool) -> None:
    """Make an operator's watermark secret. Whoever loses it can read no mark made with it."""
    from watermark.secret import new_secret, write_secret

    write_secret(output, new_secret(operator))
    answer(
        {"secret_file": str(output), "operator": operator},
        [text("done.secret", path=output)],
        as_json=as_json,
    )
