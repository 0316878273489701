"""`dcpkit pattern`: test patterns as packages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from dcp.errors import UsageError
from dcp.texts.catalogue import text
from dcpkit.console import answer, json_text, progress
from dcpkit.keying import load_signer
from dcpkit.options import A_KEY, A_PATH, KeySource, clock, common
from dcpkit.speaking import language


@click.group()
def pattern() -> None:
    """List and make test patterns for projection; `play --check` judges them."""


@pattern.command("list")
@common
def listed(as_json: bool, quiet: bool) -> None:
    """List the patterns: what each is, and what to look at."""
    from player.patterns.registry import patterns

    spoken = language()
    found = patterns()
    lines = [f"{each.name:<10} {each.title.say(spoken)}. {each.look_at.say(spoken)}" for each in found]
    document = [{"name": each.name, "title": str(each.title), "look_at": str(each.look_at)} for each in found]
    if as_json:
        click.echo(json_text(document))
    else:
        click.echo("\n".join(lines))


@pattern.command()
@click.argument("names", metavar="NAME...", nargs=-1)
@click.option("--set", "group", metavar="NAME", help="All of a set: projection.")
@click.option("--keys", type=A_PATH, help="Encrypt, with the keys of this file, or fresh ones written to it.")
@click.option("--signer", type=A_KEY, help="Who signs the packages; needed to encrypt.")
@click.option("-o", "--output", type=A_PATH, required=True, help="The package; of several a folder of them.")
@clock
@common
def make(
    names: Sequence[str],
    group: str | None,
    keys: Path | None,
    signer: KeySource | None,
    output: Path,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make patterns as packages: 2K, 24 frames a second, the full container."""
    from player.patterns.making import make_pattern
    from player.patterns.registry import SETS, pattern_named

    if bool(names) == (group is not None):
        raise UsageError("pattern.names-or-set", sets=", ".join(SETS))
    if group is not None and group not in SETS:
        raise UsageError("pattern.no-set", name=group[:40], sets=", ".join(SETS))
    if keys is not None and len(names) != 1:
        raise UsageError("pattern.keys-of-several")
    wanted = [pattern_named(name) for name in dict.fromkeys(names or SETS[group or ""])]
    signs = load_signer(signer) if signer is not None else None
    made: list[dict[str, Any]] = []
    lines = []
    for each in wanted:
        place = output if len(wanted) == 1 else output / each.name
        with progress("encoding", "frames", quiet=quiet) as advance:
            built = make_pattern(each, place, keys=keys, signer=signs, now=now, progress=advance)
        made.append({"name": each.name, "output": str(place), "cpl_id": str(built.cpl_id)})
        lines.append(text("pattern.made", name=each.name, path=place))
    answer({"schema": "dcpkit.pattern/1", "patterns": made}, lines, as_json=as_json)
