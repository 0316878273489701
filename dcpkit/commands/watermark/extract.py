"""`dcpkit watermark extract`: a mark read out of a recording."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from dcp.errors import UsageError
from dcp.extras import need
from dcpkit.commands.watermark.evidence import Asked, evidence_flags, tell
from dcpkit.console import answer, say
from dcpkit.options import A_PATH, Access, clock, common, essence_keys
from dcpkit.speaking import language


@click.command()
@click.argument("recording", type=A_PATH)
@click.option(
    "--secret",
    "secret_files",
    type=A_PATH,
    multiple=True,
    required=True,
    help="The operator's secret; may be repeated.",
)
@click.option(
    "--reference",
    "references",
    type=A_PATH,
    multiple=True,
    help="The package (with its keys), a clean video of the film, its index or a folder of indexes; may be"
    " repeated. Without one the mark is read without the film.",
)
@click.option("--cpl", help="Which composition of the package.")
@click.option("--threshold", type=float, default=1e-9, show_default=True, help="Chance of being wrong.")
@click.option("--year", type=int, help="The year that the time is read in; the present one.")
@evidence_flags
@essence_keys
@clock
@common
def extract(
    recording: Path,
    secret_files: tuple[Path, ...],
    references: tuple[Path, ...],
    cpl: str | None,
    threshold: float,
    year: int | None,
    asked: Asked,
    access: Access,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> int:
    """Read the mark out of RECORDING: who showed it, when, and how likely that is by chance."""
    need("watermark")
    from dcpkit.films import films_at
    from dcpkit.searching import read_mark
    from dcpkit.tracing import read_lists
    from watermark.secret import read_secret

    if not 0 < threshold < 1:
        raise UsageError("flags.no-probability", flag="--threshold", value=threshold)
    given = tuple(read_secret(each) for each in secret_files)
    secrets = tuple(dict.fromkeys(given))
    lists = read_lists(asked)
    films = films_at(references, cpl=cpl, access=access, now=now)
    found = read_mark(
        recording,
        secrets,
        films,
        threshold=threshold,
        tell=lambda stage: say(f"{stage.say(language())} ...", quiet=quiet),
        quiet=quiet,
    )
    document, said = tell(
        found,
        asked,
        lists,
        recording=recording,
        secrets=secrets,
        given=given,
        films=films,
        year=year,
        now=now,
        quiet=quiet,
    )
    answer(document, said, as_json=as_json)
    return 0 if found.found else 1
