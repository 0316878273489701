"""What the formats for other programs are made of: reports of one package or of several, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.texts.catalogue import Language
from dcp.verify.finding import SEVERITIES, Finding, Severity, VerificationReport
from dcp.verify.rule import RULES


@dataclass(frozen=True)
class Unjudged:
    """A package that could not be judged at all, and why."""

    package: str
    error: DcpError


Outcome = VerificationReport | Unjudged


def by_rule(report: VerificationReport) -> Iterator[tuple[Severity, str, tuple[Finding, ...]]]:
    """The findings of each rule, the gravest first."""
    grouped: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in report.findings:
        grouped.setdefault((finding.severity, finding.id), []).append(finding)
    for severity in SEVERITIES:
        for (weight, id), members in grouped.items():
            if weight == severity:
                yield severity, id, tuple(members)


def statement(id: str, language: Language = "en") -> str:
    """What a rule asks; its id where it is none of ours."""
    return RULES[id].title(language) if id in RULES else id


def where(finding: Finding, language: Language = "en") -> str:
    """File and place, as far as they are known. A file elsewhere, a KDM, goes by its name."""
    file = finding.file
    if file is not None and PurePath(file).is_absolute():
        file = PurePath(file).name
    parts = [part for part in (file, finding.say_place(language)) if part]
    return ("，" if language == "zh" else ", ").join(parts)


def one_line(finding: Finding, language: Language = "en") -> str:
    """Where, and what was found there."""
    place = where(finding, language)
    said = finding.say(language)
    return said if not place else f"{place}{'：' if language == 'zh' else ': '}{said}"


def legible(words: str) -> str:
    """Without what no XML holds and no terminal should: control signs and signs that turn the direction of
    writing stand as \\u and their number, as what is no text in a file's name does."""
    return "".join(sign if sign.isprintable() or sign == "\n" else f"\\u{ord(sign):04x}" for sign in words)


def remedies(findings: Sequence[Finding], language: Language = "en") -> list[str]:
    """What to do about them, each once."""
    said = (finding.say_remedy(language) for finding in findings)
    return list(dict.fromkeys(remedy for remedy in said if remedy))
