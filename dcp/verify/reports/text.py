"""The report as lines for a terminal or a mail: the verdict first, then the findings by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from dcp.texts.catalogue import Language, Text, aside, say
from dcp.verify.areas import area_of
from dcp.verify.depth import spokesmen
from dcp.verify.finding import SEVERITIES, Finding, NotChecked, Remembered, Severity, VerificationReport
from dcp.verify.rule import RULES

MAX_LISTED = 8
"""Places of one rule that are listed; of the rest the report says how many they are."""

Tone = Literal["error", "warning", "info", "pass", "fail"]
Paint = Callable[[str, Tone], str]
"""Puts a word into the colour of what it says."""

_COMMA = {"en": ", ", "zh": "，"}
_COLON = {"en": ": ", "zh": "："}
COUNTS = {"error": "verify.errors", "warning": "verify.warnings", "info": "verify.notes"}
_SEVERITIES = {"error": "verify.error", "warning": "verify.warning", "info": "verify.note"}
_MIC = {"derived": "verify.mic-derived", "kdm": "verify.mic-kdm", "none": "verify.mic-none"}
_LEFT_OUT = {
    "profile": "verify.left-out-profile",
    "select": "verify.left-out-select",
    "ignore": "verify.left-out-ignore",
    "picture": "verify.left-out-picture",
    "decode": "verify.left-out-decode",
    "thorough": "verify.left-out-thorough",
    "kdm": "verify.left-out-kdm",
}
_READ: Mapping[Literal["units", "heads", "nothing"], str] = {
    "units": "verify.read-units",
    "heads": "verify.read-heads",
    "nothing": "verify.read-nothing",
}
LONGEST = 240
"""Signs of a line about what was not checked; JSON has all of it."""
_WIDTH = 7  # of the longest name of a severity
_INDENT = " " * (_WIDTH + 1)


def text_lines(
    report: VerificationReport,
    language: Language = "en",
    *,
    verbose: bool = False,
    paint: Paint = lambda words, _: words,
) -> Iterator[str]:
    """The verdict, the findings by severity and rule, and what was not checked.

    verbose: notes and the rules that hold are told too, where else their number is. paint: for colours.
    """
    yield paint(verdict_line(report, language), report.verdict)
    yield _COLON[language].join((report.package, _COMMA[language].join(_measure(report, language))))
    for severity in SEVERITIES:
        if severity != "info" or verbose:
            yield from _by_rule(report.of(severity), severity, language, paint)
    if report.not_checked:
        yield ""
        yield say("verify.not-checked-head", language=language)
        yield from (f"  {line}" for line in not_checked_lines(report.not_checked, language))
    if report.remembered:
        yield ""
        yield remembered_line(report.remembered, language)
    left_out = left_out_line(report, language)
    if left_out:
        yield ""
        yield left_out
    if verbose:
        yield from _not_asked(report, language)
        yield from _servers(report, language)
        yield ""
        yield say("verify.held", language=language)
        yield from (f"  {words}" for words in _signed(report, language))
        yield from (f"  {id}  {RULES[id].title(language)}" for id in _held(report))
    elif report.of("info"):
        yield ""
        yield say("verify.folded", {"n": len(report.of("info"))}, language)


def remembered_line(remembered: Sequence[Remembered], language: Language = "en") -> str:
    """How many hashes were not made again, and what was read of their files."""
    counts = Counter(each.read for each in remembered)
    read = [Text(id, {"n": counts[what]}) for what, id in _READ.items() if counts[what]]
    oldest = min(datetime.fromisoformat(each.when) for each in remembered)
    return say("verify.remembered", {"n": len(remembered), "when": oldest, "read": read}, language)


def verdict_line(report: VerificationReport, language: Language = "en") -> str:
    """The verdict, and how many findings of each weight there are."""
    counts = [
        say(COUNTS[severity], {"n": len(report.of(severity))}, language)
        for severity in SEVERITIES
        if severity != "info" or report.of(severity)
    ]
    if report.not_checked:
        counts.append(say("verify.not-checked", {"n": len(report.not_checked)}, language))
    passed = "verify.pass-of-part" if narrowed(report) else "verify.pass"
    verdict = say("verify.fail" if report.verdict == "fail" else passed, language=language)
    return _COLON[language].join((verdict, _COMMA[language].join(counts)))


def narrowed(report: VerificationReport) -> bool:
    """Whether --select or --ignore left rules out, so that a pass is one of the others alone."""
    return any(item.by in ("select", "ignore") for item in report.left_out)


def left_out_texts(report: VerificationReport) -> Iterator[Text]:
    """How many rules were not asked, by each of the things that left them out."""
    by: dict[str, list[str]] = {}
    for item in report.left_out:
        by.setdefault(item.by, []).append(item.id)
    for cause, id in _LEFT_OUT.items():
        if cause in by:
            places = {"name": report.profile, "n": len(by[cause]), "ids": shortened_ids(by[cause])}
            yield Text(id, places)


def left_out_line(report: VerificationReport, language: Language = "en") -> str | None:
    """What was not asked, on one line; None where everything was."""
    words = list(left_out_texts(report))
    return say("verify.left-out", {"what": words}, language) if words else None


def shortened_ids(ids: Sequence[str]) -> str:
    """The ids of rules, those of whole areas by the area alone."""
    areas = {area_of(id) for id in ids}
    whole = {area for area in areas if all(id in ids for id in RULES if area_of(id) == area)}
    return ", ".join(dict.fromkeys(area_of(id) if area_of(id) in whole else id for id in ids))


def mic_text(report: VerificationReport) -> Text:
    """By which keys the integrity codes were checked, or why none was."""
    if report.mic is not None:
        return Text(_MIC[report.mic])
    clear = report.compositions and not any(each.encrypted for each in report.compositions)
    return Text("verify.in-the-clear" if clear else "verify.mic-unopened")


def not_checked_lines(items: Sequence[NotChecked], language: Language = "en") -> Iterator[str]:
    """A line for each reason with the rules that it kept from looking: one missing key stops several. Of the
    same rules the first MAX_LISTED reasons, then how many more there are."""
    rules: dict[str, list[str]] = {}
    for item in items:
        rules.setdefault(item.say(language), []).append(item.id)
    listed: Counter[str] = Counter()
    for why, ids in rules.items():
        names = ", ".join(dict.fromkeys(ids))
        listed[names] += 1
        if listed[names] <= MAX_LISTED:
            yield f"{names}  {_cut(why)}"
    for names, count in listed.items():
        if count > MAX_LISTED:
            yield f"{names}  {say('verify.more', {'n': count - MAX_LISTED}, language)}"


def _cut(words: str) -> str:
    """A line that is too long, up to the last comma that fits."""
    if len(words) <= LONGEST:
        return words
    end = max(words.rfind(comma, 0, LONGEST) for comma in [",", "，、;"])
    return words[: end if end > LONGEST // 2 else LONGEST] + " …"


def _measure(report: VerificationReport, language: Language) -> Iterator[str]:
    standard = f"word.{report.standard}" if report.standard else "verify.unknown-standard"
    yield say(standard, language=language)
    yield say("verify.profile", {"name": report.profile}, language)
    yield say("verify.rules", {"n": len(report.checked)}, language)
    yield mic_text(report).say(language)


def _signed(report: VerificationReport, language: Language) -> Iterator[str]:
    for composition in report.compositions:
        if composition.signer is not None:
            places = {"title": composition.title, "signer": composition.signer}
            yield say("verify.signed-by", places, language)


def _not_asked(report: VerificationReport, language: Language) -> Iterator[str]:
    if report.left_out:
        yield ""
        yield say("verify.left-out-head", language=language)
        yield from (f"  {item.id}  {RULES[item.id].title(language)}" for item in report.left_out)


def _servers(report: VerificationReport, language: Language) -> Iterator[str]:
    if report.servers:
        yield ""
        yield say("verify.servers-head", language=language)
        for note in report.servers:
            yield f"  {note.server.say(language)}{_COLON[language]}{note.says.say(language)}"
            places = {"title": note.title, "url": note.url, "read": note.read}
            yield "    " + say("verify.servers-source", places, language)


def _held(report: VerificationReport) -> Iterator[str]:
    """The rules that were put to something and found nothing wrong."""
    told = {finding.id for finding in report.findings} | unlooked(report)
    return (id for id in report.checked if id not in told)


def unlooked(report: VerificationReport) -> frozenset[str]:
    """The rules that could not be put to all that they are about, so that their silence is no pass."""
    skipped = {item.id for item in report.not_checked}
    return frozenset(id for id in report.checked if not skipped.isdisjoint(spokesmen(id)))


def _by_rule(
    findings: Iterable[Finding], severity: Severity, language: Language, paint: Paint
) -> Iterator[str]:
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.id, []).append(finding)
    for id, group in grouped.items():
        name = say(_SEVERITIES[severity], language=language)
        gap = " " * (_WIDTH + 1 - len(name) * (2 if language == "zh" else 1))
        yield ""
        yield f"{paint(name, severity)}{gap}{id}  {_headline(id, group, language)}"
        yield from (_INDENT + line for line in _details(group, language))


def _headline(id: str, group: Sequence[Finding], language: Language) -> str:
    """What is said if it is one thing, else what the rule asks; how often, and by which clause."""
    messages = {finding.message for finding in group}
    if len(messages) == 1:
        told = group[0].say(language)
    else:  # the title alone would read as if it held
        told = say("page.not-met", {"title": RULES[id].title(language)}, language)
    if len(group) > 1:
        told += aside(say("verify.times", {"n": len(group)}, language), language)
    return told + (f" [{group[0].clause}]" if group[0].clause else "")


def _details(group: Sequence[Finding], language: Language) -> Iterator[str]:
    one = len({finding.message for finding in group}) == 1
    where = say("verify.where", language=language) + _COLON[language]
    listed = 0
    for finding in group[:MAX_LISTED]:
        place = _COMMA[language].join(
            part for part in (finding.file, finding.say_place(language)) if part is not None
        )
        if one and not place:
            continue
        said = [place] if one else [part for part in (place, finding.say(language)) if part]
        lead = "" if not one else where if not listed else " " * len(where) * (2 if language == "zh" else 1)
        yield lead + _COLON[language].join(said)
        listed += 1
    if len(group) > MAX_LISTED:
        yield say("verify.more", {"n": len(group) - MAX_LISTED}, language)
    if group[0].severity != "info":
        remedies = dict.fromkeys(finding.say_remedy(language) for finding in group)
        for remedy in remedies:
            if remedy:
                yield say("verify.what-to-do", {"remedy": remedy}, language)
