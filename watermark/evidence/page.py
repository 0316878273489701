"""The evidence as a page: the answer's page with when, where, which show, the exhibits, and the method."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

import cv2
import numpy as np

from dcp.reportpage.page import (
    Cell,
    Column,
    Fact,
    Facts,
    Figure,
    Figures,
    Notes,
    Page,
    Section,
    Table,
    Verdict,
    Words,
)
from dcp.texts.catalogue import text
from watermark.evidence.case import Case, environment
from watermark.evidence.method import Bench, method_sections
from watermark.evidence.pairs import Pair
from watermark.evidence.when import Quarter
from watermark.evidence.where import Screen
from watermark.payload import Payload

_GAP = 12


def evidence_page(
    base: Page,
    case: Case,
    payload: Payload | None,
    *,
    pairs: Sequence[Pair] = (),
    bench: Bench | None = None,
    mode: str = "informed",
) -> Page:
    """The whole page. base: that of the answer alone."""
    sections = list(base.sections)
    if pairs:
        sections = [each for each in sections if str(each.heading) != str(text("mark.pictures"))]
        sections.insert(min(1, len(sections)), _pictures(pairs))
    said = _found(case, payload) if payload is not None else ()
    return replace(
        base,
        report=text("evidence.report"),
        verdict=_dated(base.verdict, case),
        facts=(*_heading(case, payload), *base.facts),
        sections=(
            *said,
            *sections,
            _exhibits(case),
            Section(text("evidence.how-made"), (Facts(tuple(_made(case))),)),
            *method_sections(bench, mode),
        ),
    )


def _dated(verdict: Verdict, case: Case) -> Verdict:
    """The answer with the time as far as that is known, instead of the time in some year."""
    time = case.time
    if time is None:
        return verdict
    fixed = time.fixed
    years = [str(each.begin.year) for each in time.quarters if each.possible]
    if fixed is not None:
        said = text("evidence.dated", interval=_interval(fixed, None))
    else:
        said = text("evidence.undated", years=years) if years else text("evidence.no-quarter")
    others = [
        each for each in verdict.sentences if getattr(each, "id", "") not in ("mark.when", "mark.index")
    ]
    return replace(verdict, sentences=(said, *others))


def _heading(case: Case, payload: Payload | None) -> Iterator[Fact]:
    if case.number:
        yield Fact(text("evidence.case"), case.number)
    if case.examiner:
        yield Fact(text("evidence.examiner"), case.examiner)
    yield Fact(text("evidence.made"), _utc(case.made))
    if payload is None:
        return
    if case.operator:
        yield Fact(text("evidence.operator"), case.operator)
    screens = case.screens(payload.location)
    if len(screens) == 1:
        yield Fact(
            text("evidence.screen"),
            text("evidence.screen-is", cinema=screens[0].cinema, screen=screens[0].screen),
        )
    fixed = case.time.fixed if case.time is not None else None
    if fixed is not None:
        yield Fact(text("evidence.interval"), _interval(fixed, None))
        zone = screens[0] if len(screens) == 1 else None
        if zone is not None and zone.zone is not None:
            yield Fact(text("evidence.interval-local", zone=zone.zone_name), _interval(fixed, zone.zone))
    if case.shows is not None and case.shows.named is not None:
        show = case.shows.named
        yield Fact(
            text("evidence.show"),
            text("evidence.show-is", time=show.begin, journal=show.journal, line=show.lines[0]),
        )


def _found(case: Case, payload: Payload) -> Iterator[Section]:
    """When, where, which show: what is known, what is open, what speaks against what."""
    screens = case.screens(payload.location)
    if case.time is not None:
        columns = (
            Column(text("evidence.year"), numeric=True),
            Column(text("evidence.interval")),
            *((Column(text("evidence.there")),) if case.locations is not None else ()),
            Column(text("evidence.possible")),
        )
        rows = tuple(
            (
                str(each.begin.year),
                _interval(each, None),
                *((_there(each, screens),) if case.locations is not None else ()),
                Cell(text("evidence.yes"), "good") if each.possible else _sentences(each.against),
            )
            for each in case.time.quarters
        )
        notes: list[Words] = [text("evidence.quarter-means")]
        if case.time.open_below:
            notes.append(text("evidence.longer-ago"))
        if case.time.latest is None:
            notes.append(text("evidence.no-quarter"))
        notes += case.notes
        yield Section(text("evidence.when"), (Table(columns, rows), Notes(tuple(notes))))
    if case.locations is not None:
        yield Section(text("evidence.where"), tuple(_where(case, payload.location, screens)))
    if case.shows is not None:
        yield Section(text("evidence.shows"), tuple(_shows(case)))


def _there(quarter: Quarter, screens: Sequence[Screen]) -> Words:
    """The screens that had the location then, each with its own time."""
    return _sentences(
        [
            text(
                "evidence.screen-then",
                cinema=each.cinema,
                screen=each.screen,
                time=_interval(quarter, each.zone),
                zone=each.zone_name or "UTC",
            )
            for each in screens
            if quarter.possible and each.had_it(quarter.begin, quarter.end)
        ]
    )


def _where(case: Case, location: int, screens: Sequence[Screen]) -> Iterator[Table | Notes]:
    assert case.locations is not None
    if screens:
        columns = (
            Column(text("evidence.cinema")),
            Column(text("evidence.hall")),
            Column(text("evidence.zone")),
            Column(text("evidence.certificate")),
            Column(text("evidence.from")),
            Column(text("evidence.until")),
            Column(text("evidence.line"), numeric=True),
        )
        yield Table(
            columns,
            tuple(
                (
                    each.cinema,
                    each.screen,
                    each.zone_name,
                    Cell(each.certificate, code=True),
                    _utc(each.begin) if each.begin else "",
                    _utc(each.end) if each.end else "",
                    f"{each.line:,}",
                )
                for each in screens
            ),
        )
    notes: list[Words] = []
    if not screens:
        known = bool(case.locations.of(location))
        notes.append(text("evidence.not-then" if known else "evidence.not-listed", location=location))
    elif len(screens) > 1:
        notes.append(text("evidence.several-screens", n=len(screens)))
    notes += [text("evidence.list-problem", what=each) for each in case.locations.problems]
    if notes:
        yield Notes(tuple(notes))


def _shows(case: Case) -> Iterator[Table | Notes]:
    assert case.shows is not None
    columns = (
        Column(text("evidence.journal")),
        Column(text("evidence.begin")),
        Column(text("evidence.frames")),
        Column(text("evidence.kdms")),
        Column(text("evidence.agrees")),
        Column(text("evidence.against")),
    )
    rows = tuple(
        (
            text(
                "evidence.lines", journal=each.show.journal, first=each.show.lines[0], last=each.show.lines[1]
            ),
            _utc(each.show.begin),
            ", ".join(f"{first}-{last}" for first, last in each.show.runs[:6])
            + (", ..." if len(each.show.runs) > 6 else ""),
            Cell(", ".join(each.show.kdms[:4]), code=True),
            _sentences(each.agrees),
            Cell(_sentences(each.against), "error") if each.against else "",
        )
        for each in case.shows.fits
    )
    if rows:
        yield Table(columns, rows)
    yield Notes((*case.shows.said, text("evidence.journal-means")))


def _pictures(pairs: Sequence[Pair]) -> Section:
    both = all(len(each.shown) == 2 for each in pairs)
    note = text("evidence.pairs-note" if both else "evidence.pairs-alone")
    return Section(
        text("mark.pictures"), (Figures(tuple(_figure(each) for each in pairs), wide=True),), note=note
    )


def _figure(pair: Pair) -> Figure:
    """The registered frame beside the film's."""
    parts, x, height = [], 0.0, 0.0
    for data in pair.shown:
        size = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)).shape
        href = "data:image/jpeg;base64," + base64.b64encode(data).decode()
        parts.append(f'<image x="{x:g}" width="{size[1]}" height="{size[0]}" href="{href}"/>')
        x, height = x + size[1] + _GAP, max(height, size[0])
    caption = text(
        "evidence.pair",
        recorded=pair.recorded_at,
        frame=pair.moment.recorded,
        film=pair.film_at,
        film_frame=pair.moment.film,
    )
    svg = f'<svg viewBox="0 0 {x - _GAP:g} {height:g}">{"".join(parts)}</svg>'
    return Figure(svg, alt=text("evidence.pair-alt"), caption=caption)


def _exhibits(case: Case) -> Section:
    columns = (
        Column(text("evidence.what")),
        Column(text("evidence.name")),
        Column(text("evidence.bytes"), numeric=True),
        Column("SHA-256"),
    )
    rows: list[tuple[Words | Cell, ...]] = [
        (
            text("evidence.a-recording"),
            case.recording.name,
            f"{case.recording.bytes:,}",
            _code(case.recording.sha256),
        )
    ]
    for film in case.films:
        what = text("evidence.a-film." + film.kind, title=film.title or film.name)
        rows += [(what, each.name, f"{each.bytes:,}", _code(each.sha256)) for each in film.files]
    if case.locations is not None:
        one = case.locations
        rows.append((text("evidence.a-list"), one.name, f"{one.bytes:,}", _code(one.sha256)))
    rows += [
        (text("evidence.a-journal"), each.name, f"{each.bytes:,}", _code(each.sha256))
        for each in case.journals
    ]
    rows += [(text("evidence.a-secret"), each.operator, "", _code(each.fingerprint)) for each in case.secrets]
    return Section(
        text("evidence.exhibits"), (Table(columns, tuple(rows)), Notes((text("evidence.secret-means"),)))
    )


def _made(case: Case) -> Iterator[Fact]:
    yield Fact(text("evidence.tool"), f"dcpkit {case.version}")
    yield Fact(text("evidence.command"), " ".join(case.command), code=True)
    yield Fact(text("evidence.threshold"), f"{case.parameters['threshold']:g}")
    around = environment()
    libraries = ", ".join(f"{name} {version}" for name, version in around["libraries"].items())
    yield Fact(text("evidence.environment"), f"Python {around['python']}, {around['machine']}, {libraries}")


def _code(words: str) -> Cell:
    return Cell(words, code=True)


def _sentences(said: Sequence[Words]) -> Words:
    return text("evidence.sentences", all=said)


def _interval(quarter: Quarter, zone: tzinfo | None) -> str:
    """Both ends, the day once when it is the same."""
    begin, end = (each.astimezone(zone) if zone else each for each in (quarter.begin, quarter.end))
    last = f"{end:%H:%M}" if begin.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
    return f"{begin:%Y-%m-%d %H:%M} - {last}" + (f" ({begin:%z})" if zone else " (UTC)")


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
