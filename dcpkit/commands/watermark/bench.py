"""`dcpkit watermark bench`: how often marks are read, over drawn excerpts and attacks."""

from __future__ import annotations

from pathlib import Path

import click

from dcp.errors import UsageError
from dcp.extras import need
from dcpkit.console import answer, progress
from dcpkit.options import A_PATH, common, report_file
from dcpkit.speaking import language


@click.command()
@click.option("--footage", type=A_PATH, required=True, help="A folder of video files.")
@click.option("--seed", type=click.IntRange(min=0), required=True, help="All is drawn from it.")
@click.option(
    "--excerpts", type=click.IntRange(1, 1_000_000), default=200, show_default=True, help="How many."
)
@click.option("--first", type=click.IntRange(min=0), default=0, help="The number of the first one.")
@click.option("--attacks", default="", help="A list (crop,h264); all of the bench's unless given.")
@click.option(
    "--modes",
    default="informed,blind",
    show_default=True,
    help="How recordings are read.",
)
@click.option(
    "--which",
    type=click.Choice(["all", "marked", "innocent"]),
    default="all",
    show_default=True,
    help="Recordings with the mark that is looked for, without it, or eight of ten with it.",
)
@click.option("--seconds", default="10-60", show_default=True, help="The shortest and the longest excerpt.")
@click.option(
    "--size", default="960x540", show_default=True, help="Of the films that are made of the footage."
)
@click.option("--strata", type=A_PATH, help="CSV: file,kinds (animation, titles, water, foliage).")
@click.option("--resume", type=A_PATH, help="A folder where results are kept: a stopped bench goes on.")
@report_file(".html", ".htm", ".md")
@common
def bench(
    footage: Path,
    seed: int,
    excerpts: int,
    first: int,
    attacks: str,
    modes: str,
    which: str,
    seconds: str,
    size: str,
    strata: Path | None,
    resume: Path | None,
    report: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Mark excerpts of the footage, attack them, read them; a table of what was read."""
    need("watermark")
    from dcpkit.benching import run_bench, write_report
    from watermark.bench.tables import lines

    low, high = _pair(seconds, "-", "--seconds", 2, 3600)
    width, height = _pair(size, "x", "--size", 256, 4096)
    with progress("measuring", "units", quiet=quiet) as advance:
        found = run_bench(
            footage,
            seed,
            range(first, first + excerpts),
            attacks=[each.strip() for each in attacks.split(",") if each.strip()],
            modes=[each.strip() for each in modes.split(",") if each.strip()],
            which=which,
            seconds=(low, high),
            size=(int(width), int(height)),
            table=strata,
            folder=resume,
            progress=advance,
        )
    if report is not None:
        write_report(report, found, language())
    answer(found, list(lines(found, language())), as_json=as_json)


def _pair(words: str, between: str, flag: str, least: float, most: float) -> tuple[float, float]:
    low, _, high = words.partition(between)
    try:
        pair = float(low), float(high or low)
    except ValueError:
        pair = -1.0, -1.0
    if not all(least <= each <= most for each in pair) or (between == "-" and pair[0] > pair[1]):
        raise UsageError(
            "bench.no-pair", flag=flag, value=words, form=f"A{between}B", least=f"{least:g}", most=f"{most:g}"
        )
    return pair
