"""Colours for verdicts and severities, on a terminal; and the verdict at the head of a list of steps.

Lines are escaped before they are printed, so that no name in them steers the terminal: what is to be
coloured is marked with a word that no name can know, and the mark becomes the colour at the very end.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Literal

import click

from dcp.texts.catalogue import text
from dcpkit.speaking import colour, language, verbose

Tone = Literal["error", "warning", "info", "pass", "fail"]

_SGR: Mapping[str, str] = {"error": "31", "fail": "1;31", "warning": "33", "info": "36", "pass": "1;32"}
_NONCE = os.urandom(8).hex()
_MARKED = re.compile(rf"<{_NONCE}:(\w+)>(.*?)</{_NONCE}>")


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


def steps_judged(lines: Sequence[str], *, good: bool) -> list[str]:
    """Lines of steps with the verdict as the last: the verdict first, steps that hold folded but with -v.

    The last line stays where scripts look for it, with its reason.
    """
    from dcp.trust.refusals import results

    words = results(language())
    *steps, verdict = lines
    tone: Tone = "pass" if good else "fail"
    head = re.match(r"[^:：]+(?:[:：]\s*[A-Z]+-\d+)?", verdict)
    result, folded = [], 0
    for line in steps:
        if line.startswith(words["pass"] + " "):
            if verbose():
                result.append(paint(words["pass"], "pass") + line[len(words["pass"]) :])
            else:
                folded += 1
        elif line.startswith(words["fail"] + " "):
            result.append(paint(words["fail"], "fail") + line[len(words["fail"]) :])
        elif line.startswith(words["warn"] + " "):
            result.append(paint(words["warn"], "warning") + line[len(words["warn"]) :])
        else:
            result.append(line)
    if folded:
        result.append(text("run.folded", n=folded).say(language()))
    return [paint(head[0], tone) if head else "", *result, paint(verdict, tone)]
