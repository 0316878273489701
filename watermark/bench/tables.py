"""A bench's summary as Markdown, which a terminal shows as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dcp.reportpage.page import Column, Fact, Notes, Page, Part, Section, Table, Verdict
from dcp.texts.catalogue import Language, say, text

_SHARES = ("bench.name", "bench.trials", "bench.right", "bench.interval", "bench.strict", "bench.wrong",
           "bench.chance", "bench.median", "bench.95")  # fmt: skip


def lines(summary: Mapping[str, Any], language: Language = "en") -> Iterator[str]:
    """Per mode: strata, attacks, lengths, ways to 8 bits, the worst first; what was said of innocents; then
    quality."""
    yield text("bench.heading", seed=summary["seed"], n=summary["trials"]).say(language)
    for film in summary["films"]:
        yield text(
            "bench.film",
            name=film["name"],
            size=film["size"],
            seconds=film["seconds"],
            clips=", ".join(film["clips"]),
        ).say(language)
    for mode, said in summary["modes"].items():
        yield ""
        yield f"## {say('mark.mode.' + mode, language=language)}"
        yield from _block("bench.all", [{"name": "-", **said["all"]}], language)
        yield from _block("bench.strata", said["strata"], language)
        yield from _block("bench.attacks", said["attacks"], language)
        yield from _block("bench.lengths", said["lengths"], language)
        yield from _block("bench.ways", said["to_8_bit"], language)
        yield ""
        yield from _words(said, language)
    if summary["quality"]:
        yield ""
        yield text("bench.quality", **_shown(summary["quality"])).say(language)


def _words(said: Mapping[str, Any], language: Language) -> Iterator[str]:
    false, clear = said["false"], said["conclusive"]
    high = false["innocent_interval"][1]
    yield text(
        "bench.false",
        accused=false["accused"],
        trials=false["trials"],
        innocent=false["innocent_trials"],
        high=f"{100 * high:.2f} %",
    ).say(language)
    yield text(
        "bench.conclusive",
        wrong=clear["marked_called_unmarked"],
        marked=clear["marked"],
        cleared=clear["innocent_cleared"],
        innocent=clear["innocent"],
    ).say(language)
    if said["uniformity"]:
        yield text("bench.uniform", **_shown(said["uniformity"])).say(language)
    yield text("bench.cpu", seconds=_short(said["cpu_per_recorded_second"])).say(language)
    points = ", ".join(
        f"{point['threshold']:.0e}: {_percent(point['marked'])} / {_percent(point['innocent'])}"
        for point in said["roc"]
    )
    yield text("bench.roc", points=points).say(language)


def _block(id: str, rows: Sequence[Mapping[str, Any]], language: Language) -> Iterator[str]:
    heads = [say(each, language=language) for each in _heads(rows)]
    yield ""
    yield f"### {say(id, language=language)}"
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "| " + " | ".join(_cells(row, language)) + " |"


def _heads(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return (*_SHARES, *(("bench.film-seconds",) if any("film_seconds" in row for row in rows) else ()))


def _cells(row: Mapping[str, Any], language: Language) -> Iterator[str]:
    low, high = row["interval"]
    yield row["name"]
    yield str(row["trials"])
    yield f"{row['right']} ({_percent(row['share'])})"
    yield f"{100 * low:.0f} - {100 * high:.0f} %"
    yield str(row["strict"])
    yield str(row["wrong"])
    yield "-" if row["median_chance_exponent"] is None else f"1e{row['median_chance_exponent']:.0f}"
    yield _short(row["median_seconds"])
    yield _short(row["seconds_95"])
    if "film_seconds" in row:
        few = "" if row["enough"] else f" ({say('bench.few', language=language)})"
        yield f"{row['film_seconds']:.0f}{few}"


def _shown(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: _short(value) for name, value in values.items()}


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"


def page(summary: Mapping[str, Any], language: Language = "en") -> Page:
    """The same as a report's page."""
    sections = []
    wrong = 0
    for mode, said in summary["modes"].items():
        wrong += said["false"]["accused"] + said["conclusive"]["marked_called_unmarked"]
        parts: list[Part] = [Notes(tuple(_words(said, language)))]
        sections.append(Section(text("mark.mode." + mode), tuple(parts)))
        for id, name in (
            ("strata", "strata"),
            ("attacks", "attacks"),
            ("lengths", "lengths"),
            ("ways", "to_8_bit"),
        ):
            rows = said[name]
            heads = tuple(Column(text(each), numeric=at > 0) for at, each in enumerate(_heads(rows)))
            table = Table(heads, tuple(tuple(_cells(row, language)) for row in rows))
            sections.append(Section(text(f"bench.{id}"), (table,), count=len(rows)))
    said = [each["all"] for each in summary["modes"].values()]
    words = [f"{each['right']} / {each['trials']}" for each in said]
    facts = [
        Fact(text("bench.films"), "; ".join(f"{each['name']} {each['size']}" for each in summary["films"]))
    ]
    if summary["quality"]:
        facts.append(Fact(text("bench.marking"), text("bench.quality", **_shown(summary["quality"]))))
    return Page(
        report=text("bench.report"),
        title=text("bench.heading", seed=summary["seed"], n=summary["trials"]).say(language),
        verdict=Verdict("error" if wrong else "good", text("bench.read", shares=", ".join(words))),
        facts=tuple(facts),
        sections=tuple(sections),
    )
