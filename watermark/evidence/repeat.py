"""The numbers of one extraction held against those of another: what a second laboratory has to find again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from dcp.texts.catalogue import text
from watermark.evidence.checking import Check

EXACT = 1e-9
"""Numbers this close, relative to their size, are the same number."""
NEAR_SCORE = 0.05
"""Scores that differ by no more are of the same reading by other libraries or another processor."""
NEAR_CHANCE = 0.02
"""The same of a probability's logarithm, relative to its size."""
_ANSWER = ("found", "conclusive", "payload", "mode")
MAX_NAMED = 5


def repeated(stated: Mapping[str, Any], again: Mapping[str, Any]) -> list[Check]:
    """Two answers (`dcpkit.watermark/1`) compared. What only one of them has, for it was made by another
    version, is not compared."""
    checks = [
        Check("repeat", "fail", text("evidence.repeat-other", what=name, stated=_shown(stated, name)))
        for name in _ANSWER
        if name in stated and name in again and stated[name] != again[name]
    ]
    if checks:
        return checks
    compared, differ = 0, []
    for where, one, other in _values(stated, again, ""):
        compared += 1
        if not _same(one, other):
            differ.append((where, one, other))
    if not differ:
        return [Check("repeat", "pass", text("evidence.repeat-same", n=compared))]
    near = _near(stated, again)
    named = ", ".join(f"{where} {_small(one)} -> {_small(other)}" for where, one, other in differ[:MAX_NAMED])
    id = "evidence.repeat-near" if near else "evidence.repeat-differs"
    return [Check("repeat", "warn" if near else "fail", text(id, n=len(differ), of=compared, named=named))]


def _near(stated: Mapping[str, Any], again: Mapping[str, Any]) -> bool:
    """Whether the scores and the probability are nearly the same."""
    scores = zip(_numbers(stated.get("scores")), _numbers(again.get("scores")), strict=False)
    if any(abs(one - other) > NEAR_SCORE for one, other in scores):
        return False
    one, other = (_log(each.get("false_positive_probability")) for each in (stated, again))
    return abs(one - other) <= NEAR_CHANCE * max(1.0, abs(one))


def _numbers(values: Any) -> list[float]:
    return [float(each) for each in (values or {}).values() if isinstance(each, int | float)]


def _log(chance: Any) -> float:
    return math.log(max(float(chance), 1e-300)) if isinstance(chance, int | float) else 0.0


def _values(one: Any, other: Any, where: str) -> Iterator[tuple[str, Any, Any]]:
    """The values that both have, by where they stand."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in sorted(one.keys() & other.keys()):
            yield from _values(one[name], other[name], f"{where}.{name}" if where else str(name))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (each, its) in enumerate(zip(one, other, strict=True)):
            yield from _values(each, its, f"{where}[{number}]")
    else:
        yield where, one, other


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) or isinstance(other, float):
        try:
            return math.isclose(one, other, rel_tol=EXACT, abs_tol=1e-300)
        except TypeError:
            return False
    return bool(one == other)


def _small(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)[:40]


def _shown(values: Mapping[str, Any], name: str) -> str:
    return str(values[name])[:80]
