"""The answer for scripts (JSON, dcpkit.watermark/1), for people (a page, lines). No secret in any."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dcp.errors import UsageError
from dcp.texts.catalogue import Language, Text, text
from watermark.extraction import Extraction
from watermark.payload import LOCATIONS, TIME_STEPS, time_of

if TYPE_CHECKING:
    from dcp.reportpage.film import CompositionOutline

SCHEMA = "dcpkit.watermark/1"


def document(extraction: Extraction, *, year: int) -> dict[str, Any]:
    """The extraction as JSON values. year: the mark repeats yearly; this one is read into `time_utc`."""
    excerpt, payload = extraction.excerpt, extraction.payload
    power, carried = extraction.power, extraction.carried
    when = moment(extraction, year)
    return {
        "schema": SCHEMA,
        "found": extraction.found,
        "conclusive": extraction.conclusive,
        "payload": {
            "location": payload.location,
            "time_index": payload.time_index,
            "time_utc": when.isoformat() if when else None,
        }
        if payload
        else None,
        "false_positive_probability": extraction.false_positive_probability,
        "threshold": extraction.threshold,
        "power": power.likelihood if power and carried else None,
        "expected_scores": {"location": power.location_score, "time": power.time_score}
        if power and carried
        else None,
        "needed_seconds": power.needed_seconds if power and carried else None,
        "carried": {"gain": carried.gain, "error": carried.error, "cover": carried.cover}
        if carried and carried.energy
        else None,
        "doubts": [
            {"id": each.id, "message": each.say(), "remedy": remedy_of(each).say()}
            for each in extraction.doubts
        ],
        "mode": extraction.mode,
        "excerpt": {
            "start_frame": excerpt.start_frame,
            "frames": excerpt.frames,
            "rate": f"{excerpt.rate.numerator} {excerpt.rate.denominator}",
        }
        if excerpt
        else None,
        "scores": {
            "location": extraction.location_score,
            "time": extraction.time_score,
            "runner_up": extraction.runner_up_score,
        },
        "searched": {
            "location_words": extraction.searched.locations,
            "time_words": extraction.searched.times,
            "positions": extraction.searched.positions,
            "geometries": extraction.searched.geometries,
            "secrets": extraction.searched.secrets,
            "films": extraction.searched.films,
            "rounds": extraction.searched.rounds,
        },
        "geometry": {"matrix": extraction.geometry.matrix.tolist(), "inliers": extraction.geometry.inliers},
        "hypotheses": [
            {
                "start_seconds": each.start,
                "speed": each.speed,
                "overlap_seconds": each.overlap,
                "similarity": each.similarity,
                "pilot_score": each.pilot_score,
                "mirrored": each.mirrored,
                "pieces": each.pieces,
                "film": each.film,
            }
            for each in extraction.hypotheses
        ],
        "secret": extraction.secret,
        "film": extraction.film,
        "also": [
            {
                "secret": each.secret,
                "payload": {"location": each.payload.location, "time_index": each.payload.time_index},
                "false_positive_probability": each.false_positive_probability,
            }
            for each in extraction.also
            if each.payload is not None
        ],
        "segments": [
            {
                "start_frame": each.start_frame,
                "frames": each.frames,
                "film_frame": each.film_frame,
                "location_score": each.location_score,
                "time_score": each.time_score,
                "pilot_score": each.pilot_score,
            }
            for each in extraction.segments
        ],
    }


def html(
    extraction: Extraction,
    *,
    title: str,
    year: int,
    film: CompositionOutline | None = None,
    language: Language = "en",
    made: str = "dcpkit",
) -> str:
    """The report, one file with the pictures inside. title: whose recording; film: what it was held against;
    made: by which tool and when."""
    from dcp.reportpage.render import render
    from watermark.page import page

    filled = page(
        extraction, title=title, moment=moment(extraction, year), film=film, made=made, language=language
    )
    return render(filled, language)


def lines(extraction: Extraction, *, year: int, language: Language = "en") -> Sequence[str]:
    """The answer for a terminal: the verdict first."""
    said = [headline(extraction), *reasons(extraction), chance_words(extraction)]
    if extraction.found and extraction.payload is not None:
        when = moment(extraction, year)
        index = extraction.payload.time_index
        said.append(text("mark.when", time=when, index=index) if when else text("mark.index", index=index))
    excerpt = extraction.excerpt
    if extraction.found and excerpt is not None:
        last = excerpt.start_frame + excerpt.frames - 1
        said.append(text("mark.excerpt", first=excerpt.start_frame, last=last))
    return [each.say(language) for each in said]


def headline(extraction: Extraction) -> Text:
    """The answer in a few words."""
    if extraction.found and extraction.payload is not None:
        return text("mark.found", location=extraction.payload.location)
    return text("mark.none-conclusive" if extraction.conclusive else "mark.none-inconclusive")


def reasons(extraction: Extraction) -> list[Text]:
    """What no mark rests on: how likely one would have been read, or why that is not known and what to do."""
    if extraction.found:
        return []
    if extraction.conclusive and extraction.power is not None:
        chance = f"{math.floor(extraction.power.likelihood * 10_000) / 10_000:g}"
        return [text("mark.power", chance=chance)]
    return [part for each in extraction.doubts for part in (each, remedy_of(each))]


def remedy_of(doubt: Text) -> Text:
    """What to do about it."""
    return Text(doubt.id, doubt.places, "remedy")


def chance_words(extraction: Extraction) -> Text:
    """How likely the answer is by chance, and what was allowed."""
    if extraction.false_positive_probability is None:
        return text("mark.nothing-scored")
    return text(
        "mark.chance",
        chance=_small(extraction.false_positive_probability),
        allowed=_small(extraction.threshold),
    )


def _small(value: float) -> str:
    """Two figures of it: 0.83, 3.2e-14, 1e-9."""
    return f"{value:.2g}".replace("e-0", "e-")


def needed(extraction: Extraction) -> float:
    """The score at which the larger of the two searches meets the threshold."""
    searched = extraction.searched
    words = max(searched.locations * searched.chances, TIME_STEPS, LOCATIONS)
    return math.sqrt(2 * (math.log(words) - math.log(extraction.threshold)))


def moment(extraction: Extraction, year: int) -> datetime | None:
    """When the payload's step began; None without a payload or when that year has no such step."""
    if extraction.payload is None:
        return None
    try:
        return time_of(extraction.payload.time_index, year)
    except UsageError:
        return None
