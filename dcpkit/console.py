"""What the command says, and where: results on stdout, everything else on stderr."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Literal

import click

from dcp.system import others_may_read, plain_names
from dcpkit.speaking import language

if TYPE_CHECKING:
    from pathlib import Path

    from dcp.errors import DcpError
    from dcp.texts.catalogue import Language, Sayable

Secret = Literal["private-key", "pin", "passphrase", "content-keys"]
Job = Literal[
    "verifying", "encoding", "unwrapping", "wrapping", "decrypting", "playing", "marking", "copying",
    "reading-kdms", "judging-kdms", "kdms", "measuring", "hashing", "indexing", "comparing",
    "encrypting",
]  # fmt: skip
Unit = Literal["frames", "units", "kdms", "mb"]

LOG_INTERVAL = 5.0  # seconds between progress lines where there is no terminal


class Abort(BaseException):
    """The process was asked to stop."""


def debugging(arguments: Sequence[str]) -> bool:
    return "--debug" in arguments


def asks_for_json(arguments: Sequence[str]) -> bool:
    """Whether a command line, which may not have been understood, wants a document."""
    asked = " ".join(arguments)
    return "--json" in arguments or "--format json" in asked or "--format=json" in arguments


def complain(error: Exception, *, as_json: bool, spoken: Language = "en") -> None:
    """One to three lines on stderr; with --json also a document in English, so that a script has one."""
    from dcp.errors import DcpError

    assert isinstance(error, DcpError)
    first, *rest = [without_pin(printable(line)) for line in error.lines(spoken)]
    click.echo("\n".join([f"dcpkit: {first}", *(f"  {line}" for line in rest)]), err=True)
    if as_json:
        click.echo(json_text({"schema": "dcpkit.error/1", **error_document(error)}))


def error_document(error: DcpError) -> dict[str, Any]:
    """An error as a script reads it, under `error`."""
    said = (("what", error.what), ("where", error.where), ("remedy", error.remedy))
    return {"error": {"id": error.id, **{name: without_pin(text) if text else text for name, text in said}}}


def without_pin(text: str) -> str:
    """A pkcs11: URI that was given where a file belongs is named in the error, and may hold a PIN."""
    return re.sub(r"(?is)(pin-value=).*", r"\1...", text)


def say(words: str | Sayable, *, quiet: bool = False) -> None:
    """One line of prose for a person, on stderr; the names in it are anybody's."""
    if not quiet:
        click.echo(printable(in_words(words)), err=True)


def remark(notes: Iterable[str | Sayable], *, quiet: bool = False) -> None:
    """Each as a note."""
    from dcp.texts.catalogue import text

    for each in notes:
        say(text("say.note", said=each), quiet=quiet)


def in_words(words: str | Sayable) -> str:
    """In the language of the running command."""
    from dcp.texts.catalogue import said

    return words if type(words) is str else said(words, language())


def warn_if_open(path: Path, what: Secret) -> None:
    """A warning when others on this machine may read a file of secrets; a file that is not there has none."""
    if others_may_read(path):
        from dcp.texts.catalogue import text

        say(text(f"open-to-others.{what}", path=path))


def answer(document: dict[str, Any], lines: Sequence[str | Sayable], *, as_json: bool) -> None:
    """The result, on stdout: one JSON document, or lines for a person."""
    if as_json:
        click.echo(json_text(document))
    else:
        from dcpkit.colours import shown

        for line in lines:
            shown(printable(in_words(line)))


def json_text(document: dict[str, Any] | list[dict[str, Any]]) -> str:
    """A document in which every script can be read, and what steers a terminal, turns the direction of
    writing, or is no text at all (of a file's name that is not UTF-8) stands escaped."""
    import json

    text = json.dumps(document, indent=1, ensure_ascii=False)
    return re.sub(r"[^\n -~]", lambda found: _seen(found[0]), text)


def _seen(sign: str) -> str:
    import unicodedata  # --help needs none

    if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return sign
    import json

    return "\\u007f" if sign == "\x7f" else json.dumps(sign)[1:-1]


def printable(text: str) -> str:
    """Control signs escaped: what a title or a name holds shall not steer the terminal; nor GitHub's runner,
    which takes a line that begins with `::`, and `##[` anywhere in one, for its commands."""
    text = plain_names(text).replace("##[", "# #[")
    if text.lstrip().startswith("::"):
        text = text.replace("::", ": :", 1)
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)


def plain_lines(value: Any, indent: int = 0) -> Iterator[str]:
    """A JSON document as indented `name: value` lines for a person; what is empty is left out.

    English has the names of the document; another language has words for those that it knows."""
    spoken = language()
    colon = "：" if spoken == "zh" else ": "
    pad = "  " * indent
    pairs = value.items() if isinstance(value, dict) else enumerate(value, start=1)
    for name, item in pairs:
        if item in (None, "", [], {}):
            continue
        if isinstance(item, list) and not any(isinstance(each, dict | list) for each in item):
            yield f"{pad}{field_label(name)}{colon}{', '.join(map(_word, item))}"
        elif isinstance(item, dict | list):
            yield f"{pad}{field_label(name)}{colon.rstrip()}"
            yield from plain_lines(item, indent + 1)
        else:
            yield f"{pad}{field_label(name)}{colon}{_word(item)}"


def field_label(name: object, whose: str = "") -> str:
    """The name of a document's field as people read it. whose: a prefix of those that mean something else
    there (the issuer of a playlist is none of a certificate)."""
    if language() == "en":
        return str(name)
    from dcp.texts.catalogue import known, say

    for id in (f"field.{whose}{name}", f"field.{name}"):
        if known(id):
            return say(id, language=language())
    return str(name)


def _word(value: object) -> str:
    return yes_or_no(value) if isinstance(value, bool) else str(value)


def yes_or_no(value: bool) -> str:
    """As the language has it."""
    if language() == "zh":
        return "是" if value else "否"
    return "yes" if value else "no"


Advance = Callable[[int, int], None]


@contextmanager
def progress(job: Job, unit: Unit, *, quiet: bool) -> Iterator[Advance]:
    """Yields `advance(done, total)`: a bar on a terminal, a line now and then in a log, nothing if quiet.

    unit: what is counted; with "mb" the counts are bytes. total 0: it is not known.
    """
    if quiet:
        yield lambda done, total: None
    elif sys.stderr.isatty():
        with _bar(job, unit) as advance:
            yield advance
    else:
        yield _log_lines(job, unit)


@contextmanager
def phases(*works: tuple[Job, Unit], quiet: bool) -> Iterator[list[Advance]]:
    """An `advance` for each kind of work, in turns: the bar of the one that is told stands, no other."""
    shown: list[tuple[tuple[Job, Unit], Advance]] = []
    with ExitStack() as stack:

        def advance_of(work: tuple[Job, Unit]) -> Advance:
            def advance(done: int, total: int) -> None:
                if not shown or shown[0][0] != work:
                    stack.close()
                    shown[:] = [(work, stack.enter_context(progress(*work, quiet=quiet)))]
                shown[0][1](done, total)

            return advance

        yield [advance_of(work) for work in works]


def _log_lines(job: Job, unit: Unit) -> Advance:
    from dcp.texts.catalogue import text

    start = last = time.monotonic()
    begun: tuple[int, float] | None = None  # what an earlier run did counts for nothing in the rate

    def advance(done: int, total: int) -> None:
        nonlocal last, begun
        now = time.monotonic()
        begun = begun or (done, now)
        if now - last >= LOG_INTERVAL and done:
            last = now
            count, since = (begun[0], begun[1]) if done > begun[0] else (0, start)
            rate = (done - count) / max(now - since, 1e-6)
            line = text(
                "progress.line-of" if total else "progress.line",
                what=text(f"progress.{job}"),
                done=_count(done, unit),
                total=_count(total, unit),
                unit=text(f"progress-unit.{unit}"),
                rate=_count(rate, unit),
                left=f"{max(0, total - done) / rate:.0f}",
            )
            click.echo(in_words(line), err=True)

    return advance


@contextmanager
def _bar(job: Job, unit: Unit) -> Iterator[Advance]:
    from tqdm import tqdm

    from dcp.texts.catalogue import text

    what, counted = (in_words(text(id)) for id in (f"progress.{job}", f"progress-unit.{unit}"))
    tqdm.monitor_interval = 0  # no thread to watch a bar that is told of every frame
    form = "{l_bar}{bar}| {n:.0f}/{total:.0f} " + counted + " [{rate_fmt}, {remaining}]"
    with tqdm(desc=what, unit=" " + counted, leave=False, file=sys.stderr, dynamic_ncols=True) as bar:

        def advance(done: int, total: int) -> None:
            if total:
                bar.total, bar.bar_format = _scaled(total, unit), form
            bar.update(_scaled(done, unit) - bar.n)

        yield advance


def _scaled(count: int, unit: Unit) -> float:
    return count / 1e6 if unit == "mb" else count


def _count(value: float, unit: Unit) -> str:
    if unit == "mb":
        return f"{value / 1e6:.1f}"
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"
