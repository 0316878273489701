"""Where the pieces of a recording lie in a film, by coarse pictures: which part of the picture is shown,
mirrored or not, how fast, and for each stretch of the recording when.

A recording is taken in windows of some seconds between its cuts. Each is looked for in the whole film; what
several windows say alike is a line (start and speed), and each window goes to the line that suits it, so that
reordered scenes come apart into pieces. Where the film looks alike at many times, that is said: the pilots
choose there.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from watermark.frames import Floats
from watermark.index import COARSE_COLUMNS, COARSE_ROWS, FilmIndex
from watermark.recorded import Recorded

Rect = tuple[float, float, float, float]
"""left, top, right, bottom in the film's unit square; beyond 0 and 1 where surroundings are seen."""

SPEEDS = (1.0, 25 / 24, 24 / 25)
_GRID = tuple(round(0.90 + 0.01 * n, 2) for n in range(21))
_WINDOW = 4.0  # seconds
_LEAST_WINDOW = 0.6
_LOOK = 6, 8  # windows and instants of each, to choose the view
_WINDOW_SAMPLES = 16
_BLOCK = 15  # windows that are put on lines together: over more, a speed would have to be known exactly
_PEAKS = 6
_BIN = 0.34  # seconds: what two windows may differ and still be one line
_MAX_LINES = 12
_CHANGE = 0.06  # similarity that a change of line must bring, of one window
_NOWHERE = 0.5
_CONVINCING = 0.93
_ALL_BUT = 1.0  # seconds
_MAX_SECONDS = 1800.0
"""As much of a recording is read as holds the mark six times over."""
_SIGNATURE_COLUMNS, _SIGNATURE_ROWS = 16, 9


@dataclass(frozen=True)
class View:
    """rect: what part of the film the recording's picture (its box) shows. mirrored: left for right."""

    rect: Rect
    mirrored: bool


@dataclass(frozen=True)
class Piece:
    """Frames first to last - 1 of the recording lie on one line of the film: start seconds of the composition
    at the recording's second 0, speed seconds a second. similarity: of the coarse pictures. alike: stretches
    of the film, in its seconds, where the piece could begin just as well by its looks."""

    first: int
    last: int
    start: float
    speed: float
    similarity: float
    alike: tuple[tuple[float, float], ...] = ()


def views_of(recorded: Recorded, film: FilmIndex) -> list[tuple[float, View]]:
    """How the film may lie in the recording, the most similar first, with the similarity; several."""
    windows = _windows(recorded)
    chosen = [windows[n] for n in np.unique(np.linspace(0, len(windows) - 1, _LOOK[0]).astype(int))]
    samples = [_samples(recorded, window, _LOOK[1]) for window in chosen]
    step = max(1, len(film.coarse) // 15_000)
    found = _compared(recorded, film, _plain_views(), samples, step)
    if found[0][0] < _CONVINCING:
        found = sorted(
            found + _compared(recorded, film, _close_views(), samples, step), key=lambda each: -each[0]
        )
    return found


def pieces_of(recorded: Recorded, film: FilmIndex, view: View) -> list[Piece]:
    """The pieces of the recording, in its order. None where nothing of the film is like it."""
    windows = _windows(recorded)
    seen = _recorded_signatures(recorded, view)
    coarse = _film_signatures(film.coarse, view)
    rate = float(film.rate) / film.coarse_step
    pieces: list[Piece] = []
    for block in range(0, len(windows), _BLOCK):
        pieces += _placed(recorded, windows[block : block + _BLOCK], seen, coarse, rate)
        if sum(piece.last - piece.first for piece in pieces) > _MAX_SECONDS * float(recorded.rate):
            break
    pieces = _merged(pieces, float(recorded.rate))
    offset = 0.5 / float(film.rate)  # of a film frame's middle; coarse pictures are counted by beginnings
    return [replace(piece, start=piece.start + offset) for piece in pieces]


def _merged(pieces: Sequence[Piece], rate: float) -> list[Piece]:
    """Where the view is not exactly right, lines are off by some frames, each by others: neighbours that all
    but continue each other are one."""
    kept: list[Piece] = []
    for piece in pieces:
        if kept and max(kept[-1].similarity, piece.similarity) < _CONVINCING:
            before, when = kept[-1], piece.first / rate
            gap = piece.start - before.start + (piece.speed - before.speed) * when
            length, more = before.last - before.first, piece.last - piece.first
            if abs(gap) < _ALL_BUT:
                share = more / (length + more)
                kept[-1] = replace(
                    before,
                    last=piece.last,
                    start=before.start + share * gap,
                    similarity=before.similarity + share * (piece.similarity - before.similarity),
                )
                continue
        kept.append(piece)
    return kept


def _placed(
    recorded: Recorded, windows: Sequence[tuple[int, int]], seen: Floats, coarse: Floats, rate: float
) -> list[Piece]:
    """The pieces of some windows that follow each other."""
    sets = [_samples(recorded, window, _WINDOW_SAMPLES) for window in windows]
    times = [(recorded.instants[each] + 0.5) / float(recorded.rate) for each in sets]
    peaks = []
    for each, when in zip(sets, times, strict=True):
        profile = _profile(seen[each], coarse, when - when[0], rate, 1.0)
        peaks.append([(when[0], place / rate, value) for place, value in _peaks(profile, rate)])
    lines = _lines(peaks)
    if not lines:
        return []
    likeness = np.array(
        [
            [_along(seen[each], coarse, np.asarray(start + when * speed), rate) for start, speed in lines]
            for each, when in zip(sets, times, strict=True)
        ]
    )
    way = _way(likeness)
    pieces = []
    for line, group in itertools.groupby(range(len(windows)), key=lambda n: int(way[n])):
        members = list(group)
        if line < 0:
            continue
        start, speed = lines[line]
        first, last = windows[members[0]][0], windows[members[-1]][1]
        similarity = float(np.mean(likeness[members, line]))
        few = _samples(recorded, (first, last), 2 * _WINDOW_SAMPLES)
        when = (recorded.instants[few] + 0.5) / float(recorded.rate)
        same = _alike(seen[few], coarse, rate, np.asarray(when), start, speed)
        late = (when[0] - first / float(recorded.rate)) * speed
        same = tuple((a - late, b - late) for a, b in same)
        pieces.append(Piece(first, last, start, speed, similarity, same))
    return pieces


def _alike(
    seen: Floats, coarse: Floats, rate: float, times: NDArray[np.float64], start: float, speed: float
) -> tuple[tuple[float, float], ...]:
    profile = _profile(seen, coarse, times - times[0], rate, speed)
    here = round((start + times[0] * speed) * rate)
    near = profile[max(0, here - 2) : max(0, here + 3)]
    best = float(near.max()) if near.size else float(profile.max())
    good = profile >= best - max(0.003, 0.4 * (1 - best))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], good.astype(np.int8), [0]])))
    return tuple(
        (float(first) / rate, float(last - 1) / rate)
        for first, last in zip(edges[::2], edges[1::2], strict=True)
    )


def _plain_views() -> list[View]:
    rects = []
    for zoom in (0.8, 0.9, 1.0, 1.12, 1.25):
        part = 1 / zoom
        rects.append(((1 - part) / 2, (1 - part) / 2, (1 + part) / 2, (1 + part) / 2))
    return [View(rect, mirrored) for mirrored in (False, True) for rect in rects]


def _close_views() -> list[View]:
    """A recording that shows as little as half of the picture's width or height, not always its middle."""
    rects = []
    for width, height in ((0.76, 0.76), (0.66, 0.66), (0.57, 0.57), (0.5, 0.5), (1.0, 0.76), (0.76, 1.0)):
        for x, y in itertools.product((0.25, 0.5, 0.75), repeat=2):
            left, top = (1 - width) * x, (1 - height) * y
            rects.append((left, top, left + width, top + height))
    return [View(rect, mirrored) for mirrored in (False, True) for rect in dict.fromkeys(rects)]


def _compared(
    recorded: Recorded,
    film: FilmIndex,
    views: Iterable[View],
    samples: Sequence[NDArray[np.int64]],
    step: int,
) -> list[tuple[float, View]]:
    rate = float(film.rate) / film.coarse_step / step
    found, known = [], dict[Rect, Floats]()
    for view in views:
        if view.rect not in known:
            known[view.rect] = _film_signatures(film.coarse[::step], view)
        coarse = known[view.rect]
        seen = _recorded_signatures(recorded, view)
        best = []
        for each in samples:
            when = recorded.instants[each] / float(recorded.rate)
            best.append(float(_profile(seen[each], coarse, when - when[0], rate, 1.0).max()))
        found.append((float(np.mean(best)), view))
    return sorted(found, key=lambda each: -each[0])


def _windows(recorded: Recorded) -> list[tuple[int, int]]:
    """Stretches between cuts, the long ones divided; a short one goes with the one before."""
    rate = float(recorded.rate)
    edges = [0]
    for cut in [*recorded.cuts.tolist(), recorded.frames]:
        if cut - edges[-1] >= _LEAST_WINDOW * rate or cut == recorded.frames:
            parts = max(1, round((cut - edges[-1]) / (rate * _WINDOW)))
            edges += np.linspace(edges[-1], cut, parts + 1).astype(int)[1:].tolist()
    return [(a, b) for a, b in pairwise(edges) if b > a]


def _samples(recorded: Recorded, window: tuple[int, int], most: int) -> NDArray[np.int64]:
    """Which coarse pictures stand for the window; one at the least."""
    inside = np.flatnonzero((recorded.instants >= window[0]) & (recorded.instants < window[1]))
    if not inside.size:
        return np.array([min(int(np.searchsorted(recorded.instants, window[0])), len(recorded.instants) - 1)])
    chosen: NDArray[np.int64] = inside[
        np.unique(np.linspace(0, inside.size - 1, min(most, inside.size)).astype(int))
    ]
    return chosen


def _recorded_signatures(recorded: Recorded, view: View) -> Floats:
    """Of the part of the box that shows the film, over the part of the film that is seen."""
    left, top, right, bottom = view.rect
    box = recorded.box
    wide, high = (box[2] - box[0]) / (right - left), (box[3] - box[1]) / (bottom - top)
    x = box[0] + (max(left, 0) - left) * wide, box[0] + (min(right, 1) - left) * wide
    y = box[1] + (max(top, 0) - top) * high, box[1] + (min(bottom, 1) - top) * high
    signatures = _signatures(recorded.coarse, x, y)
    if view.mirrored:  # the recording's picture, turned back: the box's middle part stays where it is
        shape = -1, _SIGNATURE_ROWS, _SIGNATURE_COLUMNS
        mirrored = _signatures(recorded.coarse, (box[0] + box[2] - x[1], box[0] + box[2] - x[0]), y)
        signatures = mirrored.reshape(shape)[:, :, ::-1].reshape(len(mirrored), -1)
    return np.ascontiguousarray(signatures)


def _film_signatures(coarse: NDArray[np.float16], view: View) -> Floats:
    left, top, right, bottom = view.rect
    return _signatures(coarse, (max(left, 0), min(right, 1)), (max(top, 0), min(bottom, 1)))


def _signatures(pictures: Floats | NDArray[np.float16], x: Rect2, y: Rect2) -> Floats:
    """A part of each picture at 16 x 9, blurred, without its mean, of length 1: (n, 144) float32."""
    rows, columns = _taps(y, COARSE_ROWS, _SIGNATURE_ROWS), _taps(x, COARSE_COLUMNS, _SIGNATURE_COLUMNS)
    parts = []
    for first in range(0, len(pictures), 4096):
        part = pictures[first : first + 4096].astype(np.float32)
        small = (rows @ part @ columns.T).reshape(len(part), -1)
        small -= small.mean(axis=1, keepdims=True)
        parts.append(small / np.maximum(np.linalg.norm(small, axis=1, keepdims=True), 1e-2))
    result: Floats = np.concatenate(parts)
    return result


Rect2 = tuple[float, float]


def _taps(span: Rect2, size: int, cells: int) -> Floats:
    """(cells, size): each cell of the span as a blurred mean of samples, none of which lies beyond it."""
    centre = (span[0] + (span[1] - span[0]) * (np.arange(cells) + 0.5) / cells) * size - 0.5
    width = max(0.75 * (span[1] - span[0]) * size / cells, 0.5)
    taps = np.exp(-0.5 * ((np.arange(size) - centre[:, None]) / width) ** 2)
    places = np.arange(size)
    within = (places >= span[0] * size - 0.1) & (places + 1 <= span[1] * size + 0.1)
    if within.any():
        taps = taps * within + 1e-12
    taps /= taps.sum(axis=1, keepdims=True)
    return taps.astype(np.float32)


def _profile(seen: Floats, film: Floats, times: NDArray[np.float64], rate: float, speed: float) -> Floats:
    """Mean correlation with the film when the first of some instants lies at each of its coarse pictures;
    at the ends by those that are within."""
    likeness = film @ seen.T
    places = np.round(times * speed * rate).astype(int)
    total, count = np.zeros(len(film), np.float32), np.zeros(len(film), np.float32)
    for column, place in enumerate(places):
        stop = max(0, len(film) - int(place))
        total[:stop] += likeness[len(film) - stop :, column] if stop else 0
        count[:stop] += 1
    enough = count >= max(1, 0.5 * len(places))
    result: Floats = np.where(enough, total / np.maximum(count, 1), -1).astype(np.float32)
    return result


def _peaks(profile: Floats, rate: float) -> list[tuple[float, float]]:
    """The strongest places, apart from each other: (place, value)."""
    left, found = profile.copy(), []
    near = max(1, round(rate))
    for _ in range(_PEAKS):
        place = int(np.argmax(left))
        if left[place] <= 0:
            break
        found.append((float(place), float(left[place])))
        left[max(0, place - near) : place + near + 1] = -1
    return found


def _lines(peaks: Sequence[Sequence[tuple[float, float, float]]]) -> list[tuple[float, float]]:
    """(start, speed) of the lines that windows agree on, at the speed that most agree on."""
    best: tuple[float, list[tuple[float, float]]] = (-1.0, [])
    for speed in dict.fromkeys((*SPEEDS, *_GRID)):
        covered, score, lines = set[int](), 0.0, []
        points = [
            (place - when * speed, value, window)
            for window, each in enumerate(peaks)
            for when, place, value in each
        ]
        for _ in range(_MAX_LINES):
            chosen = _fullest([point for point in points if point[2] not in covered])
            if chosen is None:
                break
            gain, start, members = chosen
            # A line of its own for each window explains everything: what lines do not share costs.
            score += gain - 0.3
            lines.append((start, speed))
            covered |= members
        bonus = 0.1 if speed == 1.0 else 0.05 if speed in SPEEDS else 0.0
        if score + bonus > best[0]:
            best = score + bonus, lines
    return best[1]


def _fullest(
    points: Sequence[tuple[float, float, int]],
) -> tuple[float, float, set[int]] | None:
    """The start that most windows agree on: (sum of their similarities, start, windows)."""
    if not points:
        return None
    ordered = sorted(points)
    best: tuple[float, float, set[int]] | None = None
    for index, (first, _, _) in enumerate(ordered):
        by_window: dict[int, tuple[float, float]] = {}
        for start, value, window in ordered[index:]:
            if start > first + _BIN:
                break
            if window not in by_window or by_window[window][0] < value:
                by_window[window] = value, start
        total = sum(value for value, _ in by_window.values())
        if best is None or total > best[0]:
            best = total, float(np.mean([start for _, start in by_window.values()])), set(by_window)
    return best


def _along(seen: Floats, film: Floats, seconds: NDArray[Any], rate: float) -> float:
    """Mean correlation of instants with the film at given seconds, a little earlier or later at will."""
    places = np.round(seconds * rate).astype(int)
    best = -1.0
    for shift in (-1, 0, 1):
        at = places + shift
        inside = (at >= 0) & (at < len(film))
        if inside.mean() >= 0.5:
            best = max(best, float(np.einsum("ij,ij->i", seen[inside], film[at[inside]]).mean()))
    return best


def _way(likeness: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each window its line, -1 for none, so that similarity is high and changes are few."""
    values = np.concatenate([likeness, np.full((len(likeness), 1), _NOWHERE)], axis=1)
    total, back = values[0].copy(), np.zeros(values.shape, dtype=np.int64)
    for row in range(1, len(values)):
        come = int(np.argmax(total))
        stay = total >= total[come] - _CHANGE
        back[row] = np.where(stay, np.arange(values.shape[1]), come)
        total = np.where(stay, total, total[come] - _CHANGE) + values[row]
    way = np.zeros(len(values), dtype=np.int64)
    way[-1] = int(np.argmax(total))
    for row in range(len(values) - 1, 0, -1):
        way[row - 1] = back[row, way[row]]
    way[way == likeness.shape[1]] = -1
    return way
