"""The report as workflow commands of GitHub Actions: an annotation a rule, the gravest first.

A step shows few annotations of each kind, so that the places of a rule stand together in one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from dcp.texts.catalogue import Language, say
from dcp.verify.finding import Finding, Severity, VerificationReport
from dcp.verify.reports.many import Outcome, Unjudged, by_rule, legible, one_line, remedies, statement
from dcp.verify.reports.text import MAX_LISTED, left_out_line, verdict_line

_COMMANDS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def github_lines(
    outcomes: Sequence[Outcome], language: Language = "en", *, verbose: bool = False
) -> Iterator[str]:
    """The commands, and after those of each package its verdict as a plain line. verbose: notes, too."""
    for outcome in outcomes:
        if isinstance(outcome, Unjudged):
            error = outcome.error
            title = error.id or "error"
            yield _command("error", outcome.package, title, "\n".join(error.lines(language)))
            continue
        yield from _report(outcome, language, verbose)


def _report(report: VerificationReport, language: Language, verbose: bool) -> Iterator[str]:
    for severity, id, findings in by_rule(report):
        if severity != "info" or verbose:
            asked = {"title": statement(id, language)}  # the title alone would read as if it held
            title = f"{id} {say('page.not-met', asked, language)}"
            file = _file(report, findings[0])
            yield _command(_COMMANDS[severity], file, title, _message(findings, language))
    if report.not_checked:
        title = say("verify.not-checked", {"n": len(report.not_checked)}, language)
        lines = [f"{item.id} {item.say(language)}" for item in report.not_checked[:MAX_LISTED]]
        lines += _more(len(report.not_checked), language)
        yield _command("notice", report.package, title, "\n".join(lines))
    yield _plain(f"{verdict_line(report, language)} [{report.package}]")
    left_out = left_out_line(report, language)
    if left_out is not None:
        yield _plain(left_out)


def _file(report: VerificationReport, finding: Finding) -> str:
    """From where the command was run, as annotations want it."""
    return os.path.join(report.package, finding.file) if finding.file else report.package  # noqa: PTH118


def _message(findings: Sequence[Finding], language: Language) -> str:
    lines = [one_line(finding, language) for finding in findings[:MAX_LISTED]]
    lines += _more(len(findings), language)
    if findings[0].severity != "info":
        lines += [
            say("verify.what-to-do", {"remedy": remedy}, language)
            for remedy in remedies(findings, language)[:MAX_LISTED]
        ]
    return "\n".join(lines)


def _more(count: int, language: Language) -> list[str]:
    return [say("verify.more", {"n": count - MAX_LISTED}, language)] if count > MAX_LISTED else []


def _command(kind: str, file: str, title: str, message: str) -> str:
    return f"::{kind} file={_property(file)},title={_property(title)}::{_data(message)}"


def _data(words: str) -> str:
    for sign, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")):
        words = words.replace(sign, code)
    return _plain(words)


def _property(words: str) -> str:
    return _data(words).replace(":", "%3A").replace(",", "%2C")


def _plain(line: str) -> str:
    """On one line, and without the sign of the older commands, which holds anywhere in it."""
    return legible(line.replace("\n", " ")).replace("##[", "# #[")
