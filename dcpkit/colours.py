"""Colours for verdicts and severities, on a terminal; and the verdict at the head of a list of steps.

Lines are escaped before they are printed, so that no name in them steers the terminal: what is to be
coloured is marked with a word that no name can know, and the mark becomes the colour at the very end.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import click

from dcp.patterns import pattern
from dcp.texts.catalogue import text
from dcpkit.speaking import colour, language, verbose

if TYPE_CHECKING:
    from dcp.trust.step import Result

Tone = Literal["error", "warning", "info", "pass", "fail"]

_SGR: Mapping[str, str] = {"error": "31", "fail": "1;31", "warning": "33", "info": "36", "pass": "1;32"}
_NONCE = os.urandom(8).hex()
_MARKED = pattern(rf"<{_NONCE}:(\w+)>(.*?)</{_NONCE}>")


def coloured() -> bool:
    """Whether stdout gets colours: --color, else NO_COLOR and a terminal that is not dumb."""
    asked = colour()
    if asked != "auto":
        return asked == "always"
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and sys.stdout.isatty()


def paint(words: str, tone: Tone) -> str:
    """Mark words for `shown`; as they are where there are no colours."""
    return f"<{_NONCE}:{tone}>{words}</{_NONCE}>" if coloured() else words


def shown(line: str) -> None:
    """Print an escaped line on stdout, its marks as colours."""
    if _NONCE not in line:
        click.echo(line)
        return
    click.echo(_MARKED.sub(lambda found: f"\x1b[{_SGR[found[1]]}m{found[2]}\x1b[0m", line), color=True)


def steps_judged(head: str, lines: Sequence[str], results: Sequence[Result], *, good: bool) -> list[str]:
    """The lines of a judgement, those of its steps first: `head` before them, steps that hold folded but with
    -v. results: how each step came out. The last line stays where scripts look for it, with what to do.
    """
    tone: Tone = "pass" if good else "fail"
    *between, verdict = lines[len(results) :]
    shown = [
        _marked(line, result)
        for line, result in zip(lines, results, strict=False)
        if result != "pass" or verbose()
    ]
    folded = len(results) - len(shown)
    more = [text("run.folded", n=folded).say(language())] if folded else []
    return [paint(head, tone), *shown, *between, *more, paint(verdict, tone)]


def _marked(line: str, result: Result) -> str:
    """The line with the word that it begins with in the colour of its result."""
    from dcp.trust.refusals import results as words_of

    tone = _TONES.get(result)
    if tone is None:
        return line
    word = words_of(language())[result]
    return paint(word, tone) + line.removeprefix(word)


_TONES: Mapping[Result, Tone] = {"pass": "pass", "fail": "fail", "warn": "warning"}
