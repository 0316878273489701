"""What the rows of a bench say together: shares with their intervals, the worst first; false accusations."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from watermark.bench.films import Film
from watermark.bench.reading import MODES
from watermark.bench.running import Row, Settings, stretches
from watermark.bench.statistics import chance_of_best, interval, uniformity
from watermark.bench.strata import STRATA, overlap
from watermark.payload import LOCATIONS

SCHEMA = "dcpkit.watermark-bench/1"
LEAST_SECONDS = 60
"""A stratum with less film than that is reported as one, and not judged."""
THRESHOLDS = tuple(10.0**-exponent for exponent in (3, 6, 9, 12, 15, 20, 30))
_AIM = 9.1, 8.8  # scores of location and time that 1e-12 takes


def summary(settings: Settings, films: Sequence[Film], rows: Sequence[Row]) -> dict[str, Any]:
    """The bench as a JSON document."""
    modes = [mode for mode in MODES if mode in settings.modes]
    return {
        "schema": SCHEMA,
        "seed": settings.seed,
        "trials": len(rows),
        "films": [
            {
                "name": film.name,
                "seconds": round(film.seconds, 2),
                "size": f"{film.width}x{film.height}",
                "clips": [scene.name for scene in film.scenes],
            }
            for film in films
        ],
        "modes": {mode: _mode(mode, films, rows) for mode in modes},
        "quality": _quality(rows),
        "rows": list(rows),
    }


def _mode(mode: str, films: Sequence[Film], rows: Sequence[Row]) -> dict[str, Any]:
    marked = [row for row in rows if row["kind"] == "marked"]
    innocent = [row for row in rows if row["kind"] != "marked"]
    every = [(row, row["readings"][mode]) for row in rows]
    accused = sum(answer["accused"] for _, answer in every)
    clipped = [row for row in innocent if row["readings"][mode]["accused"]]
    return {
        "all": _share(marked, mode),
        "attacks": _grouped(marked, mode, lambda row: [row["attack"]]),
        "to_8_bit": _grouped(marked, mode, lambda row: [row["to_8_bit"]]),
        "strata": _strata(marked, mode, films),
        "lengths": _grouped(marked, mode, lambda row: [_length(row["seconds"])]),
        "false": {
            "accused": accused,
            "trials": len(rows),
            "innocent_trials": len(innocent),
            "innocent_accused": len(clipped),
            "innocent_interval": interval(len(clipped), len(innocent)),
        },
        "conclusive": {
            "marked_called_unmarked": sum(
                1
                for row in marked
                if not row["readings"][mode]["found"] and row["readings"][mode]["conclusive"]
            ),
            "marked": len(marked),
            "innocent_cleared": sum(1 for row in innocent if row["readings"][mode]["conclusive"]),
            "innocent": len(innocent),
        },
        "roc": _roc(marked, innocent, mode),
        "uniformity": _uniform(innocent, mode),
        "refusals": _refusals(rows, mode),
        "cpu_per_recorded_second": _middle(
            answer["cpu"] / row["seconds"] for row, answer in every if row["seconds"]
        ),
    }


def _share(rows: Sequence[Row], mode: str) -> dict[str, Any]:
    answers = [row["readings"][mode] for row in rows]
    right = sum(answer["right"] for answer in answers)
    needed = sorted(_seconds_needed(row, row["readings"][mode]) for row in rows)
    return {
        "trials": len(rows),
        "right": right,
        "share": round(right / len(rows), 4) if rows else None,
        "interval": [round(each, 4) for each in interval(right, len(rows))],
        "strict": sum(answer["right"] and (answer["probability"] or 0) <= 1e-12 for answer in answers),
        "wrong": sum(answer["accused"] for answer in answers),
        "median_seconds": _finite(_quantile(needed, 0.5)),
        "seconds_95": _finite(_quantile(needed, 0.95)),
        "median_chance_exponent": _middle(
            math.log10(max(answer["probability"], 1e-300)) for answer in answers if answer["probability"]
        ),
    }


def _grouped(rows: Sequence[Row], mode: str, names: Callable[[Row], Iterable[str]]) -> list[dict[str, Any]]:
    """The worst first."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        for name in names(row):
            groups.setdefault(name, []).append(row)
    found = [{"name": name, **_share(of, mode)} for name, of in groups.items()]
    return sorted(found, key=lambda each: (each["share"], -each["trials"], each["name"]))


def _strata(rows: Sequence[Row], mode: str, films: Sequence[Film]) -> list[dict[str, Any]]:
    """Each with the seconds of different film that its excerpts show; those without enough come last."""
    rates = {film.name: film.rate for film in films}
    pieces: dict[str, dict[str, list[tuple[int, int]]]] = {name: {} for name in STRATA}
    for stratum, film, first, last in stretches(rows, rates):
        pieces[stratum].setdefault(film, []).append((first, last))
    groups = {each["name"]: each for each in _grouped(rows, mode, lambda row: row["strata"])}
    found = []
    for name in STRATA:
        film_seconds = sum(overlap(each) / float(rates[film]) for film, each in pieces[name].items())
        enough = film_seconds >= LEAST_SECONDS
        group = groups.get(name, {"name": name, **_share([], mode)})
        found.append({**group, "film_seconds": round(film_seconds, 1), "enough": enough})
    return sorted(found, key=lambda each: (not each["enough"], each["share"] is None, each["share"] or 0))


def _seconds_needed(row: Row, answer: Mapping[str, Any]) -> float:
    """How long this excerpt would have had to be for 1e-12, as scores grow by the root of time; not to be
    read off a wrong place: without an answer it is infinite."""
    if not answer["right"]:
        return math.inf
    need = max(
        aim / max(score, 0.1)
        for aim, score in zip(_AIM, (answer["location_score"], answer["time_score"]), strict=True)
    )
    return float(row["seconds"] * need**2)


def _roc(marked: Sequence[Row], innocent: Sequence[Row], mode: str) -> list[dict[str, Any]]:
    def below(rows: Sequence[Row], threshold: float) -> int:
        return sum(
            answer["probability"] is not None and answer["probability"] <= threshold
            for answer in (row["readings"][mode] for row in rows)
        )

    return [
        {
            "threshold": threshold,
            "marked": below(marked, threshold) / len(marked) if marked else None,
            "innocent": below(innocent, threshold) / len(innocent) if innocent else None,
        }
        for threshold in THRESHOLDS
    ]


def _uniform(innocent: Sequence[Row], mode: str) -> dict[str, Any] | None:
    chances = [
        chance_of_best(answer["location_score"], LOCATIONS * max(1, answer["positions"]))
        for answer in (row["readings"][mode] for row in innocent)
        if answer["error"] is None and answer["location_score"] > 0
    ]
    found = uniformity(chances)
    if found is None:
        return None
    return {"count": len(chances), "distance": round(found[0], 4), "chance": round(found[1], 4)}


def _refusals(rows: Sequence[Row], mode: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        error = row["readings"][mode]["error"]
        if error:
            found[error] = found.get(error, 0) + 1
    return found


def _quality(rows: Sequence[Row]) -> dict[str, Any] | None:
    said = [row["quality"] for row in rows if row["quality"]]
    if not said:
        return None
    decibels = [each["psnr"] for each in said if each["psnr"] is not None]
    return {
        "psnr_least": min(decibels, default=None),
        "psnr_median": _middle(decibels),
        "psnr_worst_frame": min((each["psnr_worst"] for each in said if each["psnr_worst"]), default=None),
        "flat_peak": max((each["flat_peak"] for each in said if each["flat_peak"] is not None), default=None),
        "flat_rms_median": _middle(each["flat_rms"] for each in said if each["flat_rms"] is not None),
        "mark_ms_a_frame": _middle(row["cpu"]["mark_ms_a_frame"] for row in rows if row["quality"]),
    }


def _length(seconds: float) -> str:
    edges = (5, 10, 15, 20, 30, 60, 120)
    return next((f"up to {edge} s" for edge in edges if seconds <= edge + 0.05), "longer")


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The least value that at least this share lies at or below."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.inf


def _finite(value: float) -> float | None:
    return round(value, 1) if math.isfinite(value) else None


def _middle(values: Iterable[float]) -> float | None:
    each = list(values)
    return round(float(np.median(each)), 4) if each else None
