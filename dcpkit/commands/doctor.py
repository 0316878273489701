"""`dcpkit doctor`: what is installed and found on this machine, and what is missing."""

from __future__ import annotations

from pathlib import Path

import click

from dcpkit.console import answer
from dcpkit.options import common
from dcpkit.speaking import language

# those of dcpkit.doctor
NEEDS = (
    "codec", "picture", "sound", "text", "create", "watermark", "player", "hsm", "cluster", "tokens", "fonts",
    "disk", "all",
)  # fmt: skip


@click.command()
@click.option(
    "--need",
    "needs",
    type=click.Choice(NEEDS),
    multiple=True,
    help="Exit with 1 when this is missing; all: every extra, and the codec. May be given more than once.",
)
@common
def doctor(needs: tuple[str, ...], as_json: bool, quiet: bool) -> int:
    """Say what is installed here (codec, extras, tokens, fonts, e2fsprogs, cores, disk), what is missing."""
    from dcp.texts.catalogue import text
    from dcpkit.doctor import examine

    health = examine(Path.cwd())
    missing = health.missing(needs)  # type: ignore[arg-type]
    spoken = language()
    lines = [line.say(spoken) for line in health.texts()]
    for check in health.checks:
        lines.append(check.said.say(spoken))
        if check.remedy is not None:
            lines.append("  " + check.remedy.say(spoken))
    lines.append(text("doctor.not-needed").say(spoken))
    if missing:
        lines.append(text("doctor.needed", names=[check.name for check in missing]).say(spoken))
    answer(health.document(needs), lines, as_json=as_json)  # type: ignore[arg-type]
    return 1 if missing else 0
