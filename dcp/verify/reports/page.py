"""A verification report as a page: what was judged, the verdict, findings by rule, what was not checked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath

from dcp.package.outline import CompositionOutline
from dcp.patterns import pattern
from dcp.reportpage import film
from dcp.reportpage.film import Found
from dcp.reportpage.page import (
    Column,
    Fact,
    Facts,
    Group,
    Notes,
    Page,
    Part,
    Place,
    Section,
    Table,
    Tone,
    Verdict,
    Words,
)
from dcp.texts.catalogue import Language, Sayable, Text, text
from dcp.verify.areas import AREAS, area_of, title_of
from dcp.verify.finding import SEVERITIES, Finding, NotChecked, VerificationReport
from dcp.verify.reports.pictures import shots, with_rates
from dcp.verify.reports.text import (
    COUNTS,
    left_out_line,
    left_out_texts,
    mic_text,
    narrowed,
    remembered_line,
    unlooked,
)
from dcp.verify.rule import RULES

_FRAMES = pattern(r"frames? (\d.*)")
_RANGE = pattern(r"(\d+)(?:-(\d+))?")
_REEL = pattern(r"/CompositionPlaylist/ReelList/Reel\[(\d+)\](?:/AssetList/(\w+))?")

MAX_RANGES = 50
"""Ranges of frames of one finding that are put on a timeline."""


def page(report: VerificationReport, *, made: str, language: Language = "en") -> Page:
    """The page. made: by which tool and when, for the foot."""
    only = report.compositions[0] if len(report.compositions) == 1 else None
    folder = os.path.basename(os.path.abspath(report.package))  # noqa: PTH100, PTH119 (a name, not a path)
    return Page(
        report=text("page.verification"),
        title=only.title if only else folder,
        name=folder if only else None,
        verdict=_verdict(report),
        facts=(*(film.facts(only) if only else ()), *_facts(report)),
        sections=tuple(_sections(report, language)),
        footer=(made,),
    )


def _verdict(report: VerificationReport) -> Verdict:
    found: list[tuple[Tone, Text]] = [
        (severity, text(COUNTS[severity], n=len(report.of(severity))))
        for severity in SEVERITIES
        if report.of(severity)
    ]
    if report.not_checked:
        found.append(("plain", text("verify.not-checked", n=len(report.not_checked))))
    mic = mic_text(report)
    if report.verdict == "fail":
        return Verdict("error", text("page.verify-fail"), tuple(found), (text("page.verify-fail-means"), mic))
    tone: Tone = "warning" if report.of("warning") else "good"
    if narrowed(report):
        means = (text("verify.left-out", what=list(left_out_texts(report))), mic)
        return Verdict("warning", text("page.verify-pass-partly"), tuple(found), means)
    if report.not_checked:
        means = (text("page.verify-partly-means"), mic)
        return Verdict(tone, text("page.verify-pass-partly"), tuple(found), means)
    return Verdict(tone, text("page.verify-pass"), tuple(found), (mic,))


def _facts(report: VerificationReport) -> Iterator[Fact]:
    yield Fact(text("page.size"), film.size(report.bytes_read))
    standard = {"smpte": "SMPTE", "interop": "Interop"}.get(report.standard or "")
    yield Fact(text("page.standard"), standard or text("page.unknown"))
    title = report.profile_title
    yield Fact(text("page.profile"), report.profile if title is None else _named(report, title))
    yield Fact(text("page.rules"), f"{len(report.checked):,}")


def _named(report: VerificationReport, title: Sayable) -> Text:
    return text("page.profile-is", name=report.profile, title=title)


def _sections(report: VerificationReport, language: Language) -> Iterator[Section]:
    several = len(report.compositions) > 1
    found = tuple(_found(report.findings, language))
    for composition in report.compositions:
        parts: list[Part] = [Facts(film.facts(composition))] if several else []
        line = film.timeline(composition, _of(found, composition))
        if line is not None:
            parts.append(with_rates(line, composition, report.pictures))
        small = shots(composition, report.pictures)
        if small is not None:
            parts.append(small)
        if parts:
            yield Section(composition.title if several else text("page.timeline"), tuple(parts))
    if report.findings:
        yield Section(
            text("page.findings"), tuple(_groups(report.findings, language)), count=len(report.findings)
        )
    if report.not_checked:
        groups = tuple(_skipped(report.not_checked, language))
        yield Section(
            text("page.not-checked"),
            groups,
            note=text("page.not-checked-means"),
            count=len(report.not_checked),
        )
    if report.servers:
        table = _servers(report)
        yield Section(text("page.servers"), (table,), note=text("page.servers-means"))
    if report.checked:
        yield Section(text("page.rules-asked"), tuple(_rules(report, language)), folded=True)


def _servers(report: VerificationReport) -> Table:
    columns = (
        Column(text("page.server")),
        Column(text("page.server-says")),
        Column(text("page.server-source")),
    )
    rows = []
    for note in report.servers:
        url = note.url.removeprefix("https://")
        source = text("page.server-read", title=note.title, url=url, read=note.read)
        rows.append((note.server, note.says, source))
    return Table(columns, tuple(rows))


def _rules(report: VerificationReport, language: Language) -> Iterator[Part]:
    """How many rules of each area held, found something, could not be put to all, or were not asked."""
    found, unsaid = {finding.id for finding in report.findings}, unlooked(report)
    left_out = [item.id for item in report.left_out]
    rows: list[tuple[Words, ...]] = []
    for area in AREAS:
        asked = [id for id in report.checked if area_of(id) == area]
        broken = sum(id in found for id in asked)
        unseen = sum(id not in found and id in unsaid for id in asked)
        out = sum(area_of(id) == area for id in left_out)
        if asked or out:
            counts = (len(asked) - broken - unseen, broken, unseen, out)
            rows.append((title_of(area, language), *(f"{count:,}" if count else "" for count in counts)))
    numbers = ("page.rules-held", "page.rules-broken", "page.rules-unlooked", "page.rules-left-out")
    columns = (Column(text("page.rules-area")), *(Column(text(id), numeric=True) for id in numbers))
    if rows:
        yield Table(columns, tuple(rows))
    lines = [line for line in (left_out_line(report, language),) if line is not None]
    if report.remembered:
        lines.append(remembered_line(report.remembered, language))
    if lines:
        yield Notes(tuple(lines))


def _groups(findings: Sequence[Finding], language: Language) -> Iterator[Group]:
    """By severity, then by rule, in the order in which the rules were met."""
    grouped: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        grouped.setdefault((finding.severity, finding.id), []).append(finding)
    for severity in SEVERITIES:
        for (weight, id), members in grouped.items():
            if weight == severity:
                yield Group(
                    tone=severity,
                    label=text("page." + severity),
                    id=id,
                    title=_title(id, language),
                    places=tuple(_place(finding, language) for finding in members),
                    clause=members[0].clause,
                    anchor=f"{severity}-{id}",
                )


def _place(finding: Finding, language: Language) -> Place:
    return Place(
        said=finding.say(language),
        file=_inside(finding.file),
        place=finding.say_place(language),
        remedy=finding.say_remedy(language) if finding.severity != "info" else None,
    )


def _inside(file: str | None) -> str | None:
    """The file as the report names it: one that lies elsewhere (a KDM) by its name alone."""
    return PurePath(file).name if file is not None and PurePath(file).is_absolute() else file


def _title(id: str, language: Language) -> str | None:
    return RULES[id].title(language) if id in RULES else None


def _skipped(items: Sequence[NotChecked], language: Language) -> Iterator[Group]:
    grouped: dict[str, list[NotChecked]] = {}
    for item in items:
        grouped.setdefault(item.id, []).append(item)
    for id, members in grouped.items():
        places = tuple(Place(said=item.say(language)) for item in members)
        yield Group("plain", text("page.skipped"), id, _title(id, language), places, anchor=f"skipped-{id}")


def _found(findings: Sequence[Finding], language: Language) -> Iterator[tuple[Finding, Found]]:
    """Where in time each finding lies: by the frames, or the reel, that its place names."""
    for finding in findings:
        base = Found(
            tone=finding.severity,
            hint=f"{finding.id}: {finding.say(language)}",
            href=f"{finding.severity}-{finding.id}",
        )
        reel = _REEL.match(finding.place or "")
        frames = _FRAMES.match(finding.place or "")
        if reel:
            yield finding, _at(base, reel=int(reel[1]), kind=reel[2])
        elif frames and finding.file is not None:
            for first, last in _RANGE.findall(frames[1])[:MAX_RANGES]:
                yield finding, _at(base, file=finding.file, units=(int(first), int(last or first)))
        elif finding.file is not None:
            yield finding, _at(base, file=finding.file)


def _at(
    base: Found,
    *,
    file: str | None = None,
    units: tuple[int, int] | None = None,
    reel: int | None = None,
    kind: str | None = None,
) -> Found:
    return replace(base, file=file, units=units, reel=reel, kind=kind)


def _of(found: Sequence[tuple[Finding, Found]], composition: CompositionOutline) -> Iterator[Found]:
    """What belongs to a composition: what its playlist says of a reel, and what its files hold."""
    for finding, each in found:
        if each.reel is None or finding.file == composition.file:
            yield each
