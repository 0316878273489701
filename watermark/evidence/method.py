"""The method in plain words, for who has to judge it: what was done, what it means, what was measured.

No number in it is made up: what was measured comes out of a bench's document, and without one it says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dcp.bounded import read_bounded
from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.reportpage.page import Column, Notes, Section, Table
from dcp.texts.catalogue import text

MAX_BENCH = 64 << 20
BENCH_SCHEMA = "dcpkit.watermark-bench/1"
_MEANS = ("chance", "not-guilt", "whose", "secret", "time")
_LIMITS = ("absence", "device", "damage", "approval")


MAX_ROWS = 200


@dataclass(frozen=True)
class Row:
    """What was measured of a kind of copy, or of picture. low, high: between which the share that is read
    lies with 95 % confidence."""

    name: str
    trials: int
    right: int
    wrong: int
    low: float
    high: float


@dataclass(frozen=True)
class Figures:
    """Of one way of reading. innocent: recordings without a mark, or with another secret's, that were
    searched; accused: of these, answered with a mark; at_most: that share with 95 % confidence."""

    attacks: tuple[Row, ...]
    strata: tuple[Row, ...]
    innocent: int
    accused: int
    at_most: float


@dataclass(frozen=True)
class Bench:
    """Figures of a bench, read from its document; modes: `informed`, `blind`."""

    name: str
    sha256: str
    seed: int
    modes: Mapping[str, Figures]


def method_sections(bench: Bench | None, mode: str = "informed") -> tuple[Section, ...]:
    """The method as sections of a page. mode: how the recording was read."""
    done = ("mark", "alone" if mode == "blind" else "compare", "search", "count")
    sections = [
        Section(text("method.done"), (Notes(tuple(text("method.done." + each) for each in done)),)),
        Section(text("method.means"), (Notes(tuple(text("method.means." + each) for each in _MEANS)),)),
        Section(text("method.limits"), (Notes(tuple(text("method.limits." + each) for each in _LIMITS)),)),
    ]
    figures = bench.modes.get(mode) if bench is not None else None
    if bench is None or figures is None:
        sections.append(Section(text("method.measured"), (Notes((text("method.no-bench"),)),)))
        return tuple(sections)
    notes = (
        text("method.false", tries=figures.innocent, found=figures.accused, most=_percent(figures.at_most)),
        text("method.bench", name=bench.name, sha256=bench.sha256, seed=bench.seed),
    )
    tables = (
        _table("method.attack", figures.attacks),
        _table("method.stratum", figures.strata),
    )
    sections.append(Section(text("method.measured"), (*tables, Notes(notes))))
    return tuple(sections)


def _table(what: str, rows: Sequence[Row]) -> Table:
    columns = (
        Column(text(what)),
        Column(text("method.excerpts"), numeric=True),
        Column(text("method.read"), numeric=True),
        Column(text("method.wrong"), numeric=True),
        Column(text("method.interval"), numeric=True),
    )
    return Table(
        columns,
        tuple(
            (
                each.name,
                f"{each.trials:,}",
                f"{each.right:,}",
                f"{each.wrong:,}",
                f"{_percent(each.low)} - {_percent(each.high)}",
            )
            for each in rows
        ),
    )


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def read_bench(path: Path) -> Bench:
    """The figures of a bench's document. UsageError when it cannot be read, DcpError when it is none."""
    data = read_bounded(path, MAX_BENCH)
    if data is None:
        raise DcpError("method.no-such-bench", where=path)
    try:
        document: Mapping[str, Any] = json.loads(data)
        if document["schema"] != BENCH_SCHEMA:
            raise ValueError
        modes = {str(mode): _figures(each) for mode, each in document["modes"].items()}
        seed = int(document["seed"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise DcpError("method.no-such-bench", where=path) from None
    return Bench(path.name, hashlib.sha256(data).hexdigest(), seed, modes)


def _figures(mode: Mapping[str, Any]) -> Figures:
    false = mode["false"]
    return Figures(
        attacks=_rows(mode["attacks"]),
        strata=_rows(mode["strata"]),
        innocent=int(false["innocent_trials"]),
        accused=int(false["innocent_accused"]),
        at_most=float(false["innocent_interval"][1]),
    )


def _rows(rows: Any) -> tuple[Row, ...]:
    if not isinstance(rows, list) or len(rows) > MAX_ROWS:
        raise ValueError
    return tuple(
        Row(
            name=str(each["name"])[:64],
            trials=int(each["trials"]),
            right=int(each["right"]),
            wrong=int(each["wrong"]),
            low=float(each["interval"][0]),
            high=float(each["interval"][1]),
        )
        for each in rows
        if each["trials"]
    )
