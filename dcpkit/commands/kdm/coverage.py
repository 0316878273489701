"""`dcpkit kdm coverage`: which screens and shows have no KDM?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcp.errors import UsageError
from dcp.texts.catalogue import Sayable, Text, text
from dcpkit.console import answer, progress
from dcpkit.keying import anchors, deny_list
from dcpkit.options import A_PATH, TRUST_HELP, clock_and_zone, common, deny_lists
from dcpkit.packages import all_packages, playlists_in
from dcpkit.speaking import language

if TYPE_CHECKING:
    from kdm.diagnose.coverage import Column, Row
    from kdm.diagnose.coverage_report import CoverageReport
    from kdm.diagnose.shows import Programme

MATRIX = 5  # more compositions than this do not fit beside each other; then the holes alone are listed


@click.command()
@click.option("--screens", type=A_PATH, multiple=True, help="A CSV file of screens and their certificates.")
@click.option("--flm", type=A_PATH, multiple=True, help="A facility list (FLM), or a folder of them.")
@click.option("--certificate", type=A_PATH, multiple=True, help="The certificate of one screen's server.")
@click.option("--cpl", "playlists", type=A_PATH, multiple=True, help="A composition playlist.")
@click.option("--dcp", "packages", type=A_PATH, multiple=True, help="A package: all its compositions.")
@click.option(
    "--kdm", type=A_PATH, multiple=True, help="A KDM, a folder, ZIP archive or e-mail (.eml) of them."
)
@click.option("--shows", type=A_PATH, help="A CSV file: screen, composition, start; cinema, end, duration.")
@click.option("--trust", type=A_PATH, multiple=True, help=TRUST_HELP)
@deny_lists
@clock_and_zone
@common
def coverage(
    screens: Sequence[Path],
    flm: Sequence[Path],
    certificate: Sequence[Path],
    playlists: Sequence[Path],
    packages: Sequence[Path],
    kdm: Sequence[Path],
    shows: Path | None,
    trust: Sequence[Path],
    deny: Sequence[Path],
    now: datetime,
    tz: tzinfo | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Cross screens with compositions and shows, and print the holes: exit 1 when there is one."""
    from kdm.diagnose.coverage import cover
    from kdm.diagnose.coverage_report import CoverageReport, coverage_json
    from kdm.diagnose.programme import judge_shows
    from kdm.diagnose.reading import find_kdms

    rows, problems = _rows(screens, flm, certificate, now)
    columns = _columns(playlists, packages)
    programme = _programme(shows, rows, tz) if shows else None
    begin = min((show.start for show in programme.shows), default=now) if programme else now
    with progress("judging-kdms", "kdms", quiet=quiet) as advance:
        found = cover(
            rows,
            columns,
            find_kdms(kdm),
            trust=anchors(trust),
            revoked=deny_list(deny),
            now=now,
            since=begin,
            progress=advance,
        )
    findings = CoverageReport(
        found,
        now,
        tz,
        judge_shows(found, programme.shows) if programme else None,
        (*problems, *(_at(shows, each) for each in (programme.problems if programme else ()))),
    )
    answer(coverage_json(findings), _lines(findings), as_json=as_json)
    return 0 if findings.good else 1


def _rows(
    screens: Sequence[Path], flm: Sequence[Path], certificates: Sequence[Path], now: datetime
) -> tuple[list[Row], list[str]]:
    """The media blocks of all lists, and what of the lists could not be used."""
    from dataclasses import replace

    from kdm.diagnose.coverage import rows_of
    from kdm.facility.merging import merge_lists
    from kdm.facility.reading import read_facilities

    if not (screens or flm or certificates):
        raise UsageError("flags.which-screens")
    lists = merge_lists([read_facilities(path, now=now) for path in (*screens, *flm)])
    bare = [read_facilities(path) for path in certificates]
    rows = [*rows_of(lists), *(replace(row, cinema="") for each in bare for row in rows_of(each))]
    problems = [
        told
        for each in (lists, *bare)
        for told in (
            *each.problems,
            *(_at(one.name, said) for one in each.facilities for said in one.problems),
            *(
                _at(f"{one.name}, {screen.name}", said)
                for one in each.facilities
                for screen in one.screens
                for said in screen.problems
            ),
        )
    ]
    return rows, problems


def _columns(playlists: Sequence[Path], packages: Sequence[Path]) -> list[Column]:
    from dcp.xml.parse import read_document
    from kdm.diagnose.coverage import read_column

    if not playlists and not packages:
        raise UsageError("flags.which-compositions")
    found = [read_column(read_document(path), where=str(path)) for path in playlists]
    for place in all_packages(packages, quiet=True):
        found += [read_column(one.data, where=str(place.root / one.name)) for one in playlists_in(place)]
    return list({column.id: column for column in found}.values())


def _programme(path: Path, rows: Sequence[Row], zone: tzinfo | None) -> Programme:
    from dcp.xml.parse import read_document
    from kdm.diagnose.shows import MAX_BYTES, parse_shows
    from kdm.diagnose.times import zone_named

    named = {row.cinema.casefold(): zone_named(row.zone) for row in rows}
    known = {cinema: found for cinema, found in named.items() if found is not None}
    only = next(iter(known.values())) if len(known) == 1 else None

    def zone_at(cinema: str) -> tzinfo | None:
        return known.get(cinema.casefold(), only if not cinema else None) or zone

    return parse_shows(read_document(path, max_bytes=MAX_BYTES), where=path, zones=zone_at)


def _at(place: object, said: str) -> str:
    from kdm.phrases import phrase

    return phrase("place.colon", place=place, what=said)


def _lines(found: CoverageReport) -> list[str | Sayable]:
    from dcp.texts.catalogue import said, say
    from dcpkit.tables import table_lines

    coverage, spoken = found.coverage, language()
    lines: list[str | Sayable] = []
    if len(coverage.columns) <= MATRIX:
        head = [say(id, language=spoken) for id in ("coverage.heading-cinema", "coverage.heading-screen")]
        lines += table_lines(
            (*head, *(coverage.name(column) for column in range(len(coverage.columns)))),
            [
                (
                    row.cinema,
                    row.screen,
                    *(said(found.in_short(place, column), spoken) for column in range(len(coverage.columns))),
                )
                for place, row in enumerate(coverage.rows)
            ],
        )
        lines.append("")
    for one in found.shows or ():
        if one.verdict == "overruns":
            where = _where(one.show.cinema, one.show.screen)
            lines.append(text("coverage.plays", where=where, why=found.why_show(one)))
    for hole in found.holes:
        where = _where(hole.cinema, hole.screen)
        if hole.judged is None:
            lines.append(text("coverage.hole", where=where, composition=hole.composition, why=hole.why))
            continue
        show = hole.judged.show
        lines.append(
            text(
                "coverage.hole-show",
                where=where,
                start=f"{show.start:%Y-%m-%d %H:%M}",
                composition=hole.composition,
                line=show.line,
                why=hole.why,
            )
        )
    lines += [text("coverage.not-judged", problem=problem) for problem in found.problems]
    lines += [text("coverage.damaged", file=file, why=why) for file, why in coverage.unreadable]
    return [*lines, _summary(found)]


def _where(cinema: str, screen: str) -> str:
    return f"{cinema}, {screen}" if cinema else screen


def _summary(found: CoverageReport) -> Text:
    coverage, holes = found.coverage, len(found.holes)
    if found.shows is not None:
        of = text("coverage.of-shows", shows=len(found.shows))
    else:
        of = text("coverage.of-cells", screens=len(coverage.rows), compositions=len(coverage.columns))
    state = text("coverage.holes", holes=holes)
    if not holes:
        state = text("coverage.covered" if found.good else "coverage.in-part")
    id = "coverage.summary-unused" if coverage.unused else "coverage.summary"
    return text(id, state=state, of=of, read=coverage.read, unused=coverage.unused)
