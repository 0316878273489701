"""Where a recording lies in the composition, and how, found by the pilots: the film is never seen.

A recording is searched in stretches of at most two minutes; what the best of them shows of the geometry is
tried first in the others. A stretch that was cut gives one line a piece: what the best line does not explain
is searched again in its geometry, for a camera does not move between two shots.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from watermark.carrier import CELLS, SEGMENT_SECONDS, schedule
from watermark.frames import Floats
from watermark.lines import Line, cells_of, frames_searched, search
from watermark.observation import Candidate, Observation, Place, joined
from watermark.observe.blind import BlindField
from watermark.pilots import Pilots, Shape, known, pilots, shape
from watermark.refining import distinct, refine, score_of, standing
from watermark.secret import Secret

MAX_CANDIDATES = 6
"""Hypotheses that are handed to the judge, who counts each."""

_STRETCH_SECONDS = 120.0
_LEAST_SECONDS = 4.0  # of a piece that is looked for by itself
_CLEAR = 64.0  # a standing that no chance reaches: nothing else is searched
_BESIDE = 0.5  # of the best standing: below, a line is chance
_PIECE_SCORE = 5.5  # of the pilots, for a piece whose geometry is known
_PART_PRICE = 12.0  # on the square of a score, for not being all of it
_MAX_PIECES = 8  # of one stretch
_BLIND_ROWS = 4096  # summed at a time


def pilot_places(
    field: BlindField, secret: Secret, *, progress: Callable[[], None] | None = None
) -> list[Place]:
    """The places that the pilots rank first, the best first; pieces that belong together share a matrix.

    progress: told at each geometry that was looked at; it may raise. An empty list where nothing is long
    enough to be searched.
    """
    deal, carrier = schedule(secret), shape()
    signals = pilots(deal)
    found: list[list[Line]] = []
    for stretch in _stretches(field):
        known_matrix = found[0][0].matrix if found and standing(found[0][0]) >= _CLEAR else None
        lines: list[Line] = []
        if known_matrix is not None:
            lines = search(field, stretch, signals, carrier, [known_matrix], tick=progress)[:3]
            lines = refine(field, lines, signals, deal, carrier, tick=progress)
            if not lines or lines[0].score < _PIECE_SCORE:
                continue
        else:
            for frames in frames_searched():
                more = search(field, stretch, signals, carrier, frames, tick=progress)
                lines = distinct([*lines, *refine(field, more, signals, deal, carrier, tick=progress)])
                if lines and standing(lines[0]) >= _CLEAR:
                    break
        groups = [
            _pieces(field, stretch, line, signals, carrier, progress) for line in lines[:MAX_CANDIDATES]
        ]
        if known_matrix is not None:
            found[0] += [replace(line, matrix=found[0][0].matrix) for line in groups[0]]
        else:
            found = _first([*found, *groups])
    return [_place(field, line) for group in found for line in group]


def blind_candidates(field: BlindField, secret: Secret, places: Sequence[Place]) -> list[Candidate]:
    """What the judge scores: for each matrix among the places one hypothesis, its pieces joined."""
    groups: list[list[Place]] = []
    for place in places:
        for group in groups:
            if np.array_equal(group[0].matrix, place.matrix):
                group.append(place)
                break
        else:
            groups.append([place])
    carrier = shape()
    signals = pilots(schedule(secret))
    found = []
    for group in groups[:MAX_CANDIDATES]:
        seen = joined([observed(field, place, carrier) for place in group])
        score = score_of(signals, seen.seconds, seen.cells) if len(seen.frames) else 0.0
        found.append(Candidate(observation=seen, places=tuple(group), pilot_score=score))
    return found


def observed(field: BlindField, place: Place, carrier: Shape) -> Observation:
    """What a piece's frames say about the cells."""
    rows = np.flatnonzero((field.frames >= place.first) & (field.frames < place.last))
    cells = np.empty((len(rows), CELLS), dtype=np.float32)
    for first in range(0, len(rows), _BLIND_ROWS):
        part = rows[first : first + _BLIND_ROWS]
        cells[first : first + len(part)] = cells_of(_flat(field, part), place.matrix, carrier)
    blocks = np.unique(field.block[rows])
    nominal = field.nominal[blocks].reshape(len(blocks), -1).astype(np.float32)
    worth = cells_of(nominal, place.matrix, carrier, power=2)
    return Observation(
        frames=field.frames[rows],
        seconds=place.start + place.speed * field.seconds[rows],
        cells=cells,
        nominal=worth[np.searchsorted(blocks, field.block[rows])],
    )


def _stretches(field: BlindField) -> list[tuple[int, int]]:
    """Rows that are searched together."""
    stretches = []
    for first, last in field.pieces:
        length = float(field.seconds[last - 1] - field.seconds[first])
        if length < _LEAST_SECONDS / 2:
            continue
        edges = np.linspace(first, last, max(1, int(np.ceil(length / _STRETCH_SECONDS))) + 1).astype(int)
        stretches += [(int(a), int(b)) for a, b in pairwise(edges)]
    return stretches


def _first(groups: list[list[Line]]) -> list[list[Line]]:
    """Those that rank first, without such as can be nothing beside the best."""
    order = sorted(groups, key=lambda group: -standing(group[0]))
    least = _BESIDE * standing(order[0][0]) if order else 0.0
    return [group for group in order if standing(group[0]) >= least][:MAX_CANDIDATES]


def _pieces(
    field: BlindField,
    stretch: tuple[int, int],
    line: Line,
    signals: Pilots,
    carrier: Shape,
    tick: Callable[[], None] | None,
) -> list[Line]:
    """The line over the rows where it holds, and further pieces of the stretch in the same geometry."""
    kept = [_stretched(field, stretch, line, signals, carrier)]
    open_ = _without([stretch], kept[0].rows)
    while open_ and len(kept) < _MAX_PIECES:
        rows = open_.pop(0)
        if float(field.seconds[rows[1] - 1] - field.seconds[rows[0]]) < _LEAST_SECONDS:
            continue
        lines = search(field, rows, signals, carrier, [line.matrix], tick=tick)[:1]
        if not lines:
            continue
        other = _stretched(field, rows, lines[0], signals, carrier)
        if other.score >= _PIECE_SCORE:
            kept.append(other)
            open_ += _without([rows], other.rows)
    return kept


def _stretched(field: BlindField, rows: tuple[int, int], line: Line, signals: Pilots, carrier: Shape) -> Line:
    """The line over that run of seconds in which its pilots show most, longer or shorter than it was."""
    first, last = rows
    seconds = field.seconds[first:last]
    cells = cells_of(_flat(field, np.arange(first, last)), line.matrix, carrier)
    seen = cells * known(signals, line.seconds(seconds))
    edges = np.linspace(0, last - first, max(1, round(float(seconds[-1] - seconds[0]))) + 1).astype(int)
    total = np.concatenate([[0.0], np.cumsum(seen.sum(axis=1, dtype=np.float64))])[edges]
    power = np.concatenate([[0.0], np.cumsum((cells**2).sum(axis=1, dtype=np.float64))])[edges]
    gain = (total[None, :] - total[:, None]) / np.sqrt(np.maximum(power[None, :] - power[:, None], 1e-12))
    gain = np.triu(gain, k=min(len(edges) - 1, int(_LEAST_SECONDS)))
    score = score_of(signals, line.seconds(seconds), cells)
    whole = gain[0, -1]
    a, b = divmod(int(np.argmax(gain)), len(edges))
    # A part has to be clearly better than all, as there are many parts.
    if whole > 0 and score > 0 and (score * gain[a, b] / whole) ** 2 < score**2 + _PART_PRICE:
        a, b = 0, len(edges) - 1
    part = slice(int(edges[a]), int(edges[b]))
    return replace(
        line,
        rows=(first + part.start, first + part.stop),
        score=score_of(signals, line.seconds(seconds[part]), cells[part]),
    )


def _without(runs: list[tuple[int, int]], taken: tuple[int, int]) -> list[tuple[int, int]]:
    left = []
    for first, last in runs:
        left += [(first, min(last, taken[0])), (max(first, taken[1]), last)]
    return [(first, last) for first, last in left if last > first]


def _flat(field: BlindField, rows: NDArray[np.int64]) -> Floats:
    return field.values[rows].reshape(len(rows), -1).astype(np.float32)


def _place(field: BlindField, line: Line) -> Place:
    first, last = line.rows
    return Place(
        first=int(field.frames[first]),
        last=int(field.frames[last - 1]) + 1,
        start=(line.middle - line.speed * line.at) % SEGMENT_SECONDS,
        speed=line.speed,
        matrix=line.matrix,
        mirrored=line.mirrored,
        pilot_score=line.score,
        by="pilots",
    )
