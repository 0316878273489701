"""The report of an extraction as a page: the answer, what it was read from, drawings, pieces, places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from dcp.reportpage import film as of_film
from dcp.reportpage.page import (
    Bar,
    Column,
    Fact,
    Figures,
    Page,
    Row,
    Section,
    Table,
    Timeline,
    Tone,
    Verdict,
    Words,
)
from dcp.reportpage.render import clock
from dcp.texts.catalogue import Language, text
from watermark.extraction import Extraction
from watermark.figures import figures, pairs
from watermark.report import chance_words, headline, reasons

if TYPE_CHECKING:
    from dcp.reportpage.film import CompositionOutline


def page(
    extraction: Extraction,
    *,
    title: str,
    moment: datetime | None,
    film: CompositionOutline | None,
    made: str,
    language: Language = "en",
) -> Page:
    """The page. title: whose recording; moment: when the mark was made, if the year has such a time."""
    return Page(
        report=text("page.trace"),
        title=title,
        name=film.title if film is not None else None,
        verdict=_verdict(extraction, moment),
        facts=tuple(_facts(extraction, film)),
        sections=tuple(_sections(extraction, film, language)),
        footer=(made,),
    )


def _verdict(extraction: Extraction, moment: datetime | None) -> Verdict:
    sentences: list[Words] = []
    payload = extraction.payload
    if extraction.found and payload is not None:
        index = payload.time_index
        sentences.append(
            text("mark.when", time=moment, index=index) if moment else text("mark.index", index=index)
        )
    else:
        sentences.extend(reasons(extraction))
        sentences.append(text("mark.none-conclusive-means" if extraction.conclusive else "mark.none-means"))
    sentences.append(chance_words(extraction))
    searched = extraction.searched
    sentences.append(
        text(
            "mark.counted",
            locations=searched.locations,
            times=searched.times,
            positions=searched.positions,
            geometries=searched.geometries,
        )
    )
    if searched.secrets * searched.films * searched.rounds > 1:
        sentences.append(
            text("mark.counted-more", secrets=searched.secrets, films=searched.films, rounds=searched.rounds)
        )
    tone: Tone = "good" if extraction.found else "warning"
    return Verdict(tone, headline(extraction), (), tuple(sentences))


def _facts(extraction: Extraction, film: CompositionOutline | None) -> Iterator[Fact]:
    recorded = len(extraction.path) / extraction.recording_rate
    rate = f"{float(extraction.recording_rate):.5g}"
    yield Fact(text("mark.recording"), text("mark.recording-is", time=clock(recorded, 0.1), rate=rate))
    excerpt = extraction.excerpt
    if excerpt is not None:
        last = excerpt.start_frame + excerpt.frames - 1
        yield Fact(text("mark.place"), text("mark.excerpt", first=excerpt.start_frame, last=last))
    yield Fact(text("mark.mode"), text("mark.mode." + extraction.mode))
    for id, score in (
        ("mark.location-score", extraction.location_score),
        ("mark.time-score", extraction.time_score),
        ("mark.runner-up", extraction.runner_up_score),
    ):
        yield Fact(text(id), f"{score:.2f}")
    if film is not None:
        yield from of_film.facts(film)


def _sections(
    extraction: Extraction, film: CompositionOutline | None, language: Language
) -> Iterator[Section]:
    line = _timeline(extraction, film)
    if line is not None:
        yield Section(text("page.timeline"), (line,))
    pictures = tuple(pairs(extraction))
    if pictures:
        yield Section(text("mark.pictures"), (Figures(pictures, narrow=True),), note=text("mark.pair-alt"))
    yield Section(text("mark.evidence"), (Figures(tuple(figures(extraction, language))),))
    if extraction.segments:
        yield Section(text("mark.pieces"), (_pieces(extraction),), count=len(extraction.segments))
    if extraction.hypotheses:
        yield Section(
            text("mark.places"), (_places(extraction),), count=len(extraction.hypotheses), folded=True
        )


def _timeline(extraction: Extraction, film: CompositionOutline | None) -> Timeline | None:
    """The film's reels, and which part of them the recording shows."""
    line = of_film.timeline(film) if film is not None else None
    excerpt = extraction.excerpt
    if line is None or excerpt is None:
        return line
    start = Fraction(excerpt.start_frame) / excerpt.rate
    shown = Bar(start, start + excerpt.frames / excerpt.rate, tone="good" if extraction.found else "info")
    return replace(line, rows=(*line.rows, Row(text("mark.recorded-part"), (shown,))))


def _pieces(extraction: Extraction) -> Table:
    columns = (
        Column(text("mark.from-frame"), numeric=True),
        Column(text("mark.frames"), numeric=True),
        Column(text("mark.film-frame"), numeric=True),
        Column(text("mark.location"), numeric=True),
        Column(text("mark.time"), numeric=True),
        Column(text("mark.pilots"), numeric=True),
    )
    rows = tuple(
        (
            f"{each.start_frame:,}",
            f"{each.frames:,}",
            f"{each.film_frame:,}",
            f"{each.location_score:.1f}",
            f"{each.time_score:.1f}",
            f"{each.pilot_score:.1f}",
        )
        for each in extraction.segments
    )
    return Table(columns, rows)


def _places(extraction: Extraction) -> Table:
    columns = (
        Column(text("mark.start"), numeric=True),
        Column(text("mark.speed"), numeric=True),
        Column(text("mark.overlap"), numeric=True),
        Column(text("mark.likeness"), numeric=True),
        Column(text("mark.pilots"), numeric=True),
    )
    rows = tuple(
        (
            f"{each.start:.2f}",
            f"{each.speed:.4f}",
            f"{each.overlap:.1f}",
            "" if each.similarity is None else f"{each.similarity:.3f}",
            f"{each.pilot_score:.1f}",
        )
        for each in extraction.hypotheses
    )
    return Table(columns, rows)
