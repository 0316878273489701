"""What the command says, and where: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

LOG_INTERVAL = 5.0  # seconds between progress lines where there is no terminal


class Abort(BaseException):
    """The process was asked to stop."""


def debugging(arguments: Sequence[str]) -> bool:
    return "--debug" in arguments


def complain(error: Exception, *, as_json: bool) -> None:
    """One to three lines on stderr; with --json also a document, so that a script has one to read."""
    from dcp.errors import DcpError

    assert isinstance(error, DcpError)
    first, *rest = error.lines()
    click.echo("\n".join([f"dcpkit: {first}", *(f"  {line}" for line in rest)]), err=True)
    if as_json:
        document = {
            "schema": "dcpkit.error/1",
            "error": {"what": error.what, "where": error.where, "remedy": error.remedy},
        }
        click.echo(json.dumps(document, indent=1, ensure_ascii=False))


def say(text: str, *, quiet: bool = False) -> None:
    """Prose for a person, on stderr."""
    if not quiet:
        click.echo(text, err=True)


def answer(document: dict[str, Any], lines: Sequence[str], *, as_json: bool) -> None:
    """The result, on stdout: one JSON document, or lines for a person."""
    if as_json:
        click.echo(json.dumps(document, indent=1, ensure_ascii=False))
    else:
        for line in lines:
            click.echo(line)


Advance = Callable[[int, int], None]


@contextmanager
def progress(what: str, unit: str, *, quiet: bool) -> Iterator[Advance]:
    """Yields `advance(done, total)`: a bar on a terminal, a line now and then in a log, nothing if quiet."""
    if quiet:
        yield lambda done, total: None
    elif sys.stderr.isatty():
        with _bar(what, unit) as advance:
            yield advance
    else:
        yield _log_lines(what, unit)


def _log_lines(what: str, unit: str) -> Advance:
    start = last = time.monotonic()

    def advance(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= LOG_INTERVAL and done:
            last = now
            rate = done / (now - start)
            left = f", {(total - done) / rate:.0f} s left" if total else ""
            click.echo(
                f"{what}: {_count(done, unit)} of {_count(total, unit)}, {_count(rate, unit)}/s{left}",
                err=True,
            )

    return advance


@contextmanager
def _bar(what: str, unit: str) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, rate="")
        start = time.monotonic()

        def advance(done: int, total: int) -> None:
            rate = done / max(time.monotonic() - start, 1e-6)
            bar.update(task, completed=done, total=total or None, rate=f"{_count(rate, unit)}/s")

        yield advance


def _count(value: float, unit: str) -> str:
    return (
        f"{value / 1e6:.1f} MB"
        if unit == "bytes"
        else f"{value:.{0 if value >= 100 or value == int(value) else 1}f} {unit}"
    )
