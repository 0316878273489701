"""The method in plain words, for who has to judge it: what was done, what it means, what was measured.

No number in it is made up: what was measured comes out of a bench's document, and without one it says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dcp.bounded import read_bounded
from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.reportpage.page import Column, Notes, Section, Table
from dcp.texts.catalogue import text

MAX_BENCH = 16 << 20
BENCH_SCHEMA = "dcpkit.watermark-bench/1"
_DONE = ("mark", "compare", "search", "count")
_MEANS = ("chance", "not-guilt", "whose", "secret", "time")
_LIMITS = ("absence", "device", "damage", "approval")


@dataclass(frozen=True)
class Row:
    """What was measured of an attack on a kind of picture."""

    attack: str
    stratum: str
    excerpts: int
    read: int
    wrong: int


@dataclass(frozen=True)
class Bench:
    """Figures of a bench, read from its document. false_tries: unmarked excerpts and wrong secrets that were
    searched; false_found: of these, answered with a mark."""

    name: str
    sha256: str
    rows: tuple[Row, ...]
    false_tries: int
    false_found: int


def method_sections(bench: Bench | None) -> tuple[Section, ...]:
    """The method as sections of a page."""
    sections = [
        Section(text("method.done"), (Notes(tuple(text("method.done." + each) for each in _DONE)),)),
        Section(text("method.means"), (Notes(tuple(text("method.means." + each) for each in _MEANS)),)),
        Section(text("method.limits"), (Notes(tuple(text("method.limits." + each) for each in _LIMITS)),)),
    ]
    if bench is None:
        sections.append(Section(text("method.measured"), (Notes((text("method.no-bench"),)),)))
        return tuple(sections)
    columns = (
        Column(text("method.attack")),
        Column(text("method.stratum")),
        Column(text("method.excerpts"), numeric=True),
        Column(text("method.read"), numeric=True),
        Column(text("method.wrong"), numeric=True),
    )
    rows = tuple(
        (each.attack, each.stratum, f"{each.excerpts:,}", f"{each.read:,}", f"{each.wrong:,}")
        for each in bench.rows
    )
    false = text("method.false", tries=bench.false_tries, found=bench.false_found)
    source = text("method.bench", name=bench.name, sha256=bench.sha256)
    sections.append(Section(text("method.measured"), (Table(columns, rows), Notes((false, source)))))
    return tuple(sections)


def read_bench(path: Path) -> Bench:
    """The figures of a bench's document. UsageError when it cannot be read, DcpError when it is none."""
    import hashlib

    data = read_bounded(path, MAX_BENCH)
    if data is None:
        raise DcpError("method.no-such-bench", where=path)
    try:
        document: Mapping[str, Any] = json.loads(data)
        if document["schema"] != BENCH_SCHEMA:
            raise ValueError
        rows = tuple(
            Row(
                attack=str(each["attack"]),
                stratum=str(each["stratum"]),
                excerpts=int(each["excerpts"]),
                read=int(each["read"]),
                wrong=int(each["wrong"]),
            )
            for each in _rows(document["rows"])
        )
        false = document["false_accusations"]
        tries, found = int(false["tries"]), int(false["found"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DcpError("method.no-such-bench", where=path) from None
    return Bench(path.name, hashlib.sha256(data).hexdigest(), rows, tries, found)


def _rows(rows: Any) -> Sequence[Any]:
    if not isinstance(rows, list) or len(rows) > 1000:
        raise ValueError
    return rows
