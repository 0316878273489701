"""Bringing a line to where the recording agrees most: geometry, start and speed.

First with the pilots alone, then with what the recording itself says of the words: their symbols come round
every three to five seconds, so each is foretold from its other showings. No word of the secret is looked at
in that, and so nothing of it is counted in the bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from watermark.carrier import (
    CELLS,
    CHIPS_PER_SECOND,
    LOCATION_CELLS,
    LOCATION_SYMBOLS,
    PILOT_CELLS,
    SEGMENT_CHIPS,
    TIME_CELLS,
    TIME_SYMBOLS,
    Schedule,
)
from watermark.frames import Floats
from watermark.kernels import ascend, fits, gathered
from watermark.lines import USUAL_BONUS, USUAL_SPEEDS, Line, alike, cells_of, usual_speed
from watermark.observe.blind import FIELD_COLUMNS, BlindField
from watermark.pilots import Pilots, Shape, known, places_of

_FIRST_STEPS, _LAST_STEPS = np.array([0.03, 0.015]), np.array([0.015, 0.008, 0.004])
_CLOSER = 10  # lines that are looked at once more, by their symbols
_AGREES = 0.05  # of the square of the pilots' score: what symbols agree at the least, where a mark is
_SLIP = 0.25  # seconds between the ends, by which a speed may be off a usual one
_THREADS = 2
_WORDS = (
    (slice(LOCATION_CELLS), LOCATION_SYMBOLS),
    (slice(LOCATION_CELLS, LOCATION_CELLS + TIME_CELLS), TIME_SYMBOLS),
)

Steps = NDArray[np.float64]


def refine(
    field: BlindField,
    lines: Sequence[Line],
    signals: Pilots,
    deal: Schedule,
    carrier: Shape,
    *,
    tick: Callable[[], None] | None = None,
) -> list[Line]:
    """Lines brought to where the pilots say most; the best of them to where symbols agree most, too.

    The best first, those that came together left out.
    """

    def by_pilots(line: Line) -> Line:
        if tick is not None:
            tick()
        seconds, values = _halved(field, line)
        for steps, every in ((_FIRST_STEPS, 2), (_LAST_STEPS, 1)):
            pattern = known(signals, line.seconds(seconds))
            line = _ascended(line, values, pattern, carrier, field.aspect, steps, every)
            line = _timed(line, seconds, cells_of(values, line.matrix, carrier), signals)
        return _scored(line, seconds, values, signals, deal, carrier)

    def by_symbols(line: Line) -> Line:
        if tick is not None:
            tick()
        seconds, values = _halved(field, line)
        for _ in range(2):
            cells = cells_of(values, line.matrix, carrier)
            pattern = foretold(deal, line.seconds(seconds), cells, line.score)
            turned = _ascended(line, values, pattern, carrier, field.aspect, _LAST_STEPS, 1)
            turned = _timed(turned, seconds, cells_of(values, turned.matrix, carrier), signals)
            turned = _scored(turned, seconds, values, signals, deal, carrier)
            if standing(turned) <= standing(line):
                break
            line = turned
        return line

    with ThreadPoolExecutor(_THREADS) as pool:
        found = distinct(pool.map(by_pilots, lines))
        return distinct([*pool.map(by_symbols, found[:_CLOSER]), *found[_CLOSER:]])


def standing(line: Line) -> float:
    """What ranks lines: twice the logarithm of how much likelier a mark there is than none, all in all."""
    expected = _AGREES * min(line.score**2, 50.0)
    said = 2 * (expected * line.agreement - expected**2 / 2)
    return line.score * abs(line.score) + said + (USUAL_BONUS if usual_speed(line.speed) else 0.0)


def distinct(lines: Iterable[Line]) -> list[Line]:
    """The best first, those that came together left out."""
    kept: list[Line] = []
    for line in sorted(lines, key=standing, reverse=True):
        if not any(alike(line, other) for other in kept):
            kept.append(line)
    return kept


def _ascended(
    line: Line, values: Floats, pattern: Floats, carrier: Shape, aspect: float, steps: Steps, every: int
) -> Line:
    noise = (values**2).sum(axis=0) * np.float32((pattern**2).mean())
    sums = gathered(values, pattern)
    matrix, _ = ascend(
        sums, noise, FIELD_COLUMNS, line.matrix, aspect, steps, *carrier.columns, *carrier.rows, every
    )
    return replace(line, matrix=matrix)


def _scored(
    line: Line,
    seconds: NDArray[np.float64],
    values: Floats,
    signals: Pilots,
    deal: Schedule,
    carrier: Shape,
) -> Line:
    there, cells = line.seconds(seconds), cells_of(values, line.matrix, carrier)
    return replace(line, score=score_of(signals, there, cells), agreement=agreement(deal, there, cells))


def foretold(deal: Schedule, seconds: NDArray[np.float64], cells: Floats, score: float) -> Floats:
    """The carrier as far as it is known or can be told from the other showings of each symbol: (n, 144)."""
    chip, begins, each = _chips(seconds, cells)
    chips = chip[begins]
    rows = chips % SEGMENT_CHIPS
    dealt = np.take_along_axis(each, deal.cells[rows], axis=1) * deal.signs[rows]
    noise = float((dealt**2).mean()) + 1e-12
    # A symbol's share of what is seen, by what the pilots show.
    clear = max(score, 0.0) / np.sqrt(PILOT_CELLS * len(chips)) * np.sqrt(noise)
    told = np.ones_like(dealt)
    for places, size in _WORDS:
        symbols, values = deal.symbols[rows, places], dealt[:, places]
        sums = np.bincount(symbols.ravel(), values.ravel(), minlength=size)
        count = np.bincount(symbols.ravel(), minlength=size)
        others = sums[symbols] - values
        told[:, places] = clear * others / (noise + (count[symbols] - 1) * clear**2)
    pattern = np.zeros_like(each)
    np.put_along_axis(pattern, deal.cells[rows], np.clip(told, -1, 1) * deal.signs[rows], axis=1)
    return np.asarray(pattern[np.searchsorted(chips, chip)], dtype=np.float32)


def score_of(signals: Pilots, seconds: NDArray[np.float64], cells: Floats) -> float:
    """The pilots' score of some cells: each pilot of each chip once, by how much was seen of it."""
    if not len(seconds):
        return 0.0
    each = _chips(seconds, cells * known(signals, seconds))[2]
    norm = float(np.sqrt((each**2).sum()))
    return float(each.sum()) / norm if norm > 0 else 0.0


def agreement(deal: Schedule, seconds: NDArray[np.float64], cells: Floats) -> float:
    """How well the symbols of unknown words agree with their own repetitions: about 0, spread 1, at a wrong
    place; without looking at a word."""
    if not len(seconds):
        return 0.0
    chip, begins, each = _chips(seconds, cells)
    rows = chip[begins] % SEGMENT_CHIPS
    dealt = np.take_along_axis(each, deal.cells[rows], axis=1) * deal.signs[rows]
    total, variance = 0.0, 1e-12
    for places, size in _WORDS:
        symbols, values = deal.symbols[rows, places].ravel(), dealt[:, places].ravel()
        sums = np.bincount(symbols, values, minlength=size)
        squares = np.bincount(symbols, values**2, minlength=size)
        fourths = np.bincount(symbols, values**4, minlength=size)
        total += float((sums**2 - squares).sum())
        variance += 2 * float((squares**2 - fourths).sum())
    # what is rounding beside nothing may come out below zero
    return total / float(np.sqrt(max(variance, 1e-12)))


def _chips(
    seconds: NDArray[np.float64], cells: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """The chip of each row, where chips begin, and the sums of their rows."""
    chip = np.floor(seconds * CHIPS_PER_SECOND + 1e-9).astype(np.int64)
    begins = np.flatnonzero(np.diff(chip, prepend=chip[0] - 1))
    return chip, begins, np.add.reduceat(cells.astype(np.float64), begins, axis=0)


def _halved(field: BlindField, line: Line) -> tuple[NDArray[np.float64], Floats]:
    """Pairs of rows joined, for what needs no more; the values flat."""
    first, last = line.rows
    even = first + (last - first) // 2 * 2
    seconds = field.seconds[first:even]
    flat = field.values[first:even].reshape(even - first, -1).astype(np.float32)
    return (seconds[::2] + seconds[1::2]) / 2, flat[::2] + flat[1::2]


def _timed(line: Line, seconds: NDArray[np.float64], cells: Floats, signals: Pilots) -> Line:
    """The start and speed near by at which the pilots fit best. A usual speed is taken where it does nearly
    as well as any."""
    length = max(float(seconds[-1] - seconds[0]), 1.0)
    middle = (float(seconds[0]) + float(seconds[-1])) / 2
    unit = float(np.sqrt((cells.astype(np.float64) ** 2).sum() * PILOT_CELLS / CELLS)) + 1e-12

    def best(line: Line, speeds: Sequence[float], shifts: NDArray[np.float64]) -> tuple[float, Line]:
        there = float(line.seconds(np.array([middle]))[0])
        tried = [
            replace(line, speed=float(speed), middle=there + float(shift) + speed * (line.at - middle))
            for speed in speeds
            for shift in shifts
        ]
        rows = np.array([places_of(each.seconds(seconds)) for each in tried])
        fit = fits(cells, signals.table, rows) / unit
        first = int(np.argmax(fit))
        return float(fit[first]), tried[first]

    fit = 0.0
    for reach in (2, 1):
        turns = reach / (24 * length) * np.arange(-2, 3)
        fit, line = best(line, [float(each) for each in line.speed + turns], np.arange(-4, 5) * reach / 48)
    near = [speed for speed in USUAL_SPEEDS if abs(speed - line.speed) * length < _SLIP]
    if not near:
        return line
    usual, exact = best(line, near, np.arange(-2, 3) / 48)
    # `unit` counts all rows of a chip as if each were new, so this is on the careful side.
    return exact if usual * abs(usual) + USUAL_BONUS > fit * abs(fit) else line
