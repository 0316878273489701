"""`dcpkit log`: whether a log is whole, what it says, a part of it as a LogReport."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dcp.errors import UsageError
from dcp.texts.catalogue import Text, text
from dcpkit.console import answer, printable, say
from dcpkit.keying import anchors, load_signer
from dcpkit.options import (
    A_KEY,
    A_PATH,
    TRUST_HELP,
    KeySource,
    clock_and_zone,
    common,
    composition_id,
    instant,
    new_file,
)
from dcpkit.speaking import language

if TYPE_CHECKING:
    from player.log.seen import Seen
    from player.log.verify import LogVerdict

SHOWN = 20
"""Faults that are named on a terminal."""


@click.group()
def log() -> None:
    """Verify, read and export the log of a player."""


@log.command()
@click.argument("file", type=A_PATH)
@click.option("--trust", type=A_PATH, multiple=True, help=TRUST_HELP)
@common
def verify(file: Path, trust: Sequence[Path], as_json: bool, quiet: bool) -> None:
    """Say whether a log is whole: nothing changed, missing, moved or cut off, and whose signatures hold.

    Takes the journal of `play --log`, its counter beside it, and a LogReport of any maker. Exit 0 when it is
    whole, 1 when it is not, 2 when it is no log.
    """
    from player.log.verify import verify_log

    found = verify_log(file, trust=anchors(trust))
    answer(_verdict(file, found), list(_lines(found)), as_json=as_json)
    if not found.whole:
        raise click.exceptions.Exit(1)


@log.command()
@click.argument("file", type=A_PATH)
@click.option("--from", "since", metavar="TIME", help="Records of this time or later.")
@click.option("--until", metavar="TIME", help="Records of this time or earlier.")
@click.option(
    "--type", "kinds", metavar="NAME", multiple=True, help="Of this type or subtype; repeat for several."
)
@click.option("--cpl", metavar="ID", help="Of this composition.")
@click.option("--exceptions", is_flag=True, help="Those alone that tell of an exception.")
@click.option("--csv", "as_csv", is_flag=True, help="As comma-separated values.")
@clock_and_zone
@common
def show(
    file: Path,
    since: str | None,
    until: str | None,
    kinds: Sequence[str],
    cpl: str | None,
    exceptions: bool,
    as_csv: bool,
    now: datetime,
    tz: tzinfo | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """List a log's records: by time, type, composition, exceptions. What they say is not judged here."""
    from player.log.show import COLUMNS, Wanted, document, records, row

    if as_csv and as_json:
        raise UsageError("log.csv-or-json")
    first, last = _span(since, until, tz)
    id = composition_id(cpl)
    wanted = Wanted(
        first, last, frozenset(kind.casefold() for kind in kinds), str(id) if id else None, exceptions
    )
    found = _told_if_none(records(file, wanted), quiet=quiet)
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(map(_plain, map(row, found)))
    elif as_json:
        _stream('{"schema": "dcpkit.log-show/1", "records": [', (document(seen) for seen in found))
    else:
        for seen in found:
            number, time, type, subtype, token, _, message = row(seen)
            said = f"{number:>8}  {time}  {type} {subtype}{f' [{token}]' if token else ''}: {message}"
            click.echo(printable(said))


@log.command()
@click.argument("file", type=A_PATH)
@click.option("--from", "since", metavar="TIME", help="From this time on.")
@click.option("--until", metavar="TIME", help="Up to this time.")
@click.option("--signer", type=A_KEY, help="Signs the report's own record, and a log that is not signed.")
@new_file("A new XML file.")
@clock_and_zone
@common
def report(
    file: Path,
    since: str | None,
    until: str | None,
    signer: KeySource | None,
    output: Path,
    now: datetime,
    tz: tzinfo | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write a part of a journal as a LogReport of ST 430-4 (form from secondary sources).

    What was signed together stays together, so it may begin earlier and end later than was asked.
    """
    from player.log.report import write_report

    first, last = _span(since, until, tz)
    signing = load_signer(signer) if signer is not None else None
    made = write_report(file, output, since=first, until=last, signer=signing, now=now)
    document = {
        "schema": "dcpkit.log-report/1",
        "report": str(made.path),
        "records": made.records,
        "first": made.first,
        "last": made.last,
        "signed": made.signed,
        "form": "secondary sources",
    }
    lines: list[str | Text] = [
        text("log.report-written", path=made.path, first=made.first, last=made.last, n=made.records)
    ]
    if not made.signed:
        lines.append(text("log.report-not-signed"))
    answer(document, lines, as_json=as_json)


# --- how it is done -----


def _told_if_none(found: Iterator[Seen], *, quiet: bool) -> Iterator[Seen]:
    """The records; that there is none is said, since an empty list is no answer for a person."""
    seen = None
    for seen in found:
        yield seen
    if seen is None:
        say(text("log.none-shown"), quiet=quiet)


def _span(
    since: str | None, until: str | None, zone: tzinfo | None
) -> tuple[datetime | None, datetime | None]:
    first = instant(since, zone=zone, flag="--from") if since is not None else None
    last = instant(until, zone=zone, flag="--until") if until is not None else None
    return first, last


def _verdict(file: Path, found: LogVerdict) -> dict[str, Any]:
    return {
        "schema": "dcpkit.log-verify/1",
        "log": str(file),
        "form": found.kind,
        "verdict": "whole" if found.whole else "fault",
        "records": found.records,
        "first": found.first,
        "last": found.last,
        "signed": found.signed,
        "signers": list(found.signers),
        "faults": [
            {"id": each.id, "place": each.place, "sequence": each.sequence, "message": str(each.said)}
            for each in found.faults
        ],
        "faults_in_all": found.count,
        "exceptions": found.exceptions,
        "not_judged": [str(each) for each in found.not_judged],
    }


def _lines(found: LogVerdict) -> Iterator[str | Text]:
    spoken = language()
    for each in found.faults[:SHOWN]:
        yield f"{each.id}: {each.said.say(spoken)}"
    if found.count > SHOWN:
        yield text("log.more-faults", n=found.count - min(SHOWN, len(found.faults)))
    for token, count in sorted(found.exceptions.items()):
        yield text("log.exceptions", token=token, n=count)
    for why in found.not_judged:
        yield text("log.not-judged", why=why)
    yield text(
        "log.whole" if found.whole else "log.not-whole",
        n=found.records,
        signed=found.signed,
        signers=", ".join(found.signers) or "-",
    )


def _stream(begin: str, documents: Iterator[dict[str, object]]) -> None:
    """One JSON document, a record at a time: a log has no end."""
    click.echo(begin, nl=False)
    for at, each in enumerate(documents):
        click.echo(("," if at else "") + "\n " + json.dumps(each, ensure_ascii=False), nl=False)
    click.echo("\n]}")


def _plain(row: tuple[str, ...]) -> list[str]:
    """What a table program would take for a formula is text."""
    cells = map(printable, row)
    return [f"'{cell}" if cell.lstrip()[:1] in ("=", "+", "-", "@") else cell for cell in cells]
