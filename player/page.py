"""The report of a show as a page: what was played, what was damaged, what the KDM's checklist said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from dcp.reportpage import film
from dcp.reportpage.film import Found
from dcp.reportpage.page import (
    Bar,
    Cell,
    Column,
    Fact,
    Group,
    Notes,
    Page,
    Place,
    Row,
    Section,
    Table,
    Timeline,
    Tone,
    Verdict,
    Words,
)
from dcp.texts.catalogue import Language, text
from player.report import Damage, Integrity, PlayReport, ReelReport, damage_words, span

MAX_EVENTS = 1_000
"""Events on the page, the first ones; the log has all of them."""

_INTEGRITY: dict[Integrity, Tone] = {"ok": "good", "failed": "error", "none": "warning", "off": "warning"}
_RESULTS: dict[str, Tone] = {"pass": "good", "fail": "error", "warn": "warning", "skipped": "plain"}


def page(report: PlayReport, *, made: str, language: Language = "en") -> Page:
    """The page. made: by which tool and when, for the foot."""
    return Page(
        report=text("page.playback"),
        title=report.title or report.cpl_id,
        name=report.package,
        verdict=_verdict(report, language),
        facts=tuple(_facts(report)),
        sections=tuple(_sections(report, language)),
        footer=(made,),
    )


def _verdict(report: PlayReport, language: Language) -> Verdict:
    tone: Tone = "error" if report.exit_code else "good"
    if report.verdict == "stopped" and not report.damaged:
        tone = "warning"
    counts: list[tuple[Tone, Words]] = [("plain", text("play.shown", n=report.frames_shown))]
    for missing in report.missing():
        counts.append(("error" if missing.id == "play.dropped" else "warning", missing))
    damaged = sum(_length(damage) for _, damage in _damages(report))
    if damaged:
        counts.append(("error", text("play.damaged", n=damaged)))
    sentences: list[Words] = [report.means(), *report.left_lines()]
    if report.ingest is not None and report.ingest.wrong:
        sentences.append(text("play.copy-again"))
    elif report.verdict == "refused" and report.judged is not None and report.judged.refusals:
        first = report.judged.refusals[0]
        sentences = [first.text(language), first.remedy(language)]
    if report.reels:
        sentences.append(report.marked_words())
        sentences += [report.mark.dither] if report.mark.dither is not None else []
    return Verdict(tone, report.headline(), tuple(counts), tuple(sentences))


def _facts(report: PlayReport) -> Iterator[Fact]:
    if report.film is not None:
        yield from film.facts(report.film)
    else:
        yield Fact(text("page.cpl-id"), report.cpl_id, code=True)
    shown = ", ".join(map(_output, report.output.split(", ")))
    seen = not report.reels or any(
        track.kind == "MainPicture" and track.rendered for reel in report.reels for track in reel.tracks
    )
    size = f", {report.size[0]} × {report.size[1]}" if report.size else ""
    yield Fact(text("page.output"), f"{shown} ({report.encoding}{size})" if seen else shown)
    if report.reels:
        yield Fact(text("page.sound-mark"), report.mark.sound_why_not or text("page.yes"))
    for line in report.quality.lines():
        yield Fact(text("page.quality"), line)
    for line in report.colours.lines():
        yield Fact(text("page.colours"), line)
    if report.judged is not None and report.judged.message is not None:
        message = report.judged.message
        window = text(
            "page.window-is",
            start=message.content_keys_not_valid_before,
            end=message.content_keys_not_valid_after,
        )
        yield Fact(text("page.window"), window)
        yield Fact(text("page.message-id"), str(message.message_id), code=True)


def _output(output: str) -> str:
    """With the file's own name: the folders of this machine say nothing to who reads the page."""
    name, _, target = output.partition(":")
    target = target.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return f"{name}: {target}" if target else name


def _sections(report: PlayReport, language: Language) -> Iterator[Section]:
    line = _timeline(report)
    if line is not None:
        yield Section(text("page.timeline"), (line,))
    damages = list(_damages(report))
    if damages:
        yield Section(
            text("page.damage"),
            tuple(_groups(report)),
            count=sum(_length(damage) for _, damage in damages),
        )
    if report.ingest is not None:
        lines = report.ingest_lines()
        wrong = tuple(text("play.wrong-file", file=each.file, why=each.why) for each in report.ingest.wrong)
        yield Section(text("page.ingest"), (Notes(wrong or tuple(lines)),), count=len(wrong) or None)
    if report.judged is not None:
        yield from _kdm(report, language)
    if len(report.kdms) > 1 or report.kdms_left_out:
        yield _kdms(report)
    if report.reels:
        count = sum(len(reel.tracks) for reel in report.reels)
        yield Section(text("page.tracks"), (_tracks(report),), count=count, folded=True)
    left_out = (
        *(text("play.not-rendered-line", what=what) for what in report.not_rendered),
        *(text("play.not-checked-line", what=what) for what in report.not_checked),
        *report.sound_lines(),
        *report.text_lines(),
    )
    if left_out:
        yield Section(text("page.left-out"), (Notes(left_out),))
    if report.events:
        yield _events(report)


def _damages(report: PlayReport) -> Iterator[tuple[ReelReport, Damage]]:
    for reel in report.reels:
        for track in reel.tracks:
            for damage in track.damaged:
                yield reel, damage


def _length(damage: Damage) -> int:
    return damage.last_frame - damage.first_frame + 1


def _groups(report: PlayReport) -> Iterator[Group]:
    """What was damaged, by what is wrong with it."""
    grouped: dict[tuple[str, str], list[Place]] = {}
    for reel in report.reels:
        for track in reel.tracks:
            for damage in track.damaged:
                place = Place(said=damage_words(damage), file=track.file, place=span(damage))
                grouped.setdefault((damage.exception, _anchor(damage)), []).append(place)
    for (exception, anchor), places in grouped.items():
        yield Group("error", text("page.error"), exception, None, tuple(places), anchor=anchor)


def _anchor(damage: Damage) -> str:
    return f"{damage.reason}-{damage.shown_as}"


def _timeline(report: PlayReport) -> Timeline | None:
    if report.film is None:
        return None
    rate = report.rate or Fraction(24)
    found = [
        Found(
            "error",
            text("play.damage-line", kind=track.kind, frames=span(damage), damage=damage_words(damage)),
            _anchor(damage),
            span=(damage.first_frame / rate, (damage.last_frame + 1) / rate),
            kind=track.kind,
        )
        for reel in report.reels
        for track in reel.tracks
        for damage in track.damaged
    ]
    line = film.timeline(report.film, found)
    if line is None or not report.reels:
        return line
    bars = tuple(
        Bar(
            start / rate,
            (start + reel.frames_shown) / rate,
            hint=text("play.shown", n=reel.frames_shown),
            tone="good",
        )
        for reel in report.reels
        if reel.frames_shown
        for start in (max(reel.first_frame, report.first_frame),)
    )
    first, *others = line.rows
    return replace(line, rows=(first, Row(text("page.shown"), bars), *others))


def _kdm(report: PlayReport, language: Language) -> Iterator[Section]:
    """What failed or is doubtful as findings, every step in a table."""
    judged = report.judged
    assert judged is not None
    weights = {"fail": "error", "warn": "warning"}
    groups = tuple(
        Group(
            tone=_RESULTS[finding.result],
            label=text("page." + weights[finding.result]),
            id=finding.step,
            title=None,
            places=(Place(said=finding.text(language), remedy=finding.remedy(language)),),
        )
        for finding in judged.findings
    )
    if groups:
        yield Section(text("page.kdm"), groups, count=len(groups))
    rows = tuple(
        (
            Cell(text("page.result-" + step.result), _RESULTS[step.result]),
            Cell(step.id, code=True),
            judged.outcomes[step.id].say(language),
        )
        for step in judged.steps
    )
    columns = (
        Column(text("page.result"), whole=True),
        Column(text("page.step"), whole=True),
        Column(text("page.says")),
    )
    yield Section(
        text("page.checklist", verdict=text("page.kdm-" + judged.verdict)),
        (Table(columns, rows),),
        folded=True,
        count=len(rows),
    )


def _kdms(report: PlayReport) -> Section:
    """Every message that there was: which one was used, and why not the others."""
    columns = (
        Column(text("page.kdm-file")),
        Column(text("page.used"), whole=True),
        Column(text("page.says")),
    )
    rows = tuple(
        (
            Cell(use.name, code=True),
            Cell(text("page.yes" if use.used else "page.no"), "good" if use.used else "plain"),
            use.why,
        )
        for use in report.kdms
    )
    left = report.kdms_left_out
    return Section(
        text("page.kdms"),
        (Table(columns, rows),),
        note=text("play.kdms-more", n=left) if left else "",
        count=len(report.kdms) + left,
        folded=True,
    )


def _tracks(report: PlayReport) -> Table:
    columns = (
        Column(text("page.reel"), numeric=True),
        Column(text("page.track"), whole=True),
        Column(text("page.file")),
        Column(text("page.units"), numeric=True),
        Column(text("page.integrity"), whole=True),
        Column(text("page.marked"), whole=True),
        Column(text("page.key")),
    )
    rows = tuple(
        (
            str(reel.number),
            track.kind,
            Cell(track.file or track.asset_id, code=True),
            text("page.units-of", read=track.units_read, all=track.duration),
            Cell(text("page.integrity-" + track.mic), _INTEGRITY.get(track.mic, "plain")),
            text("page.yes" if track.marked else "page.no"),
            Cell(track.key_id or text("page.clear"), code=track.key_id is not None),
        )
        for reel in report.reels
        for track in reel.tracks
    )
    return Table(columns, rows)


def _events(report: PlayReport) -> Section:
    columns = (
        Column("#", numeric=True),
        Column(text("page.time"), whole=True),
        Column(text("page.event")),
        Column(text("page.message")),
    )
    rows = tuple(
        (
            str(event.sequence),
            f"{event.time:%Y-%m-%d %H:%M:%S%z}",
            Cell(
                f"{event.type} {event.subtype}" + (f": {event.exception}" if event.exception else ""),
                "error" if event.exception else "plain",
            ),
            event.message,
        )
        for event in report.events[:MAX_EVENTS]
    )
    left = report.events_left_out + max(0, len(report.events) - MAX_EVENTS)
    return Section(
        text("page.events"),
        (Table(columns, rows),),
        note=text("page.events-left", n=left) if left else text("page.events-note"),
        count=len(report.events) + report.events_left_out,
        folded=True,
    )
