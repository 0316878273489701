"""Where a recording lies in the composition, and how, found by the pilots alone: the film is never seen.

Time within the five minutes of the pattern, speed, mirror and geometry are searched together. Windows of
some seconds, in which a wrong speed slips by less than half a chip, are correlated with the pilots at every
place; their sums along lines, one for each start and speed, are taken for many geometries; the best are
refined. Pilots know nothing of the words, so whatever they choose costs nothing in the bound: they rank, and
never accuse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from watermark.carrier import (
    CELLS,
    COLUMNS,
    ROWS,
)
from watermark.frames import Floats
from watermark.kernels import along, of_cells, upright
from watermark.observation import Matrix
from watermark.observe.blind import FIELD_COLUMNS, FIELD_ROWS, BlindField
from watermark.pilots import (
    FREQUENCIES,
    PLACES,
    STEPS,
    Pilots,
    Shape,
    correlations,
    waves,
)

SLOWEST, FASTEST = 0.9, 1.1
"""Seconds of composition a second of recording."""
USUAL_SPEEDS = (1.0, 25 / 24, 24 / 25, 1000 / 1001, 1001 / 1000, 25025 / 24000, 23976 / 25000)
"""Speeds that recordings and transfers have; any other is found, too, but has to show a little more."""

_WINDOW_SECONDS = 5.0
_COARSE = (0.92, 0.96, 1.0, 1.04, 1.08)
USUAL_BONUS = 6.0  # on the square of a score: e^3 times as likely as one speed among all
_USUAL_REACH = 0.0005
_JOINED_SECONDS = 45.0
_LEAST_WINDOWS = 4  # of a part of a unit that is looked at by itself
_PEAKS = 3  # of one geometry
_KEPT = 40  # of all, to be refined
_POINTS = FIELD_COLUMNS * FIELD_ROWS
_THREADS = 2


@dataclass(frozen=True)
class Frame:
    """An upright geometry: where the film's left, top, right and bottom edges lie in the recording's unit
    square."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Line:
    """A way to lie in the composition.

    rows: of the field, first and last. middle: seconds of the composition at the recording's second `at`.
    matrix: the film's unit square to the recording's, a mirror in it. score: of the pilots; agreement: of the
    symbols with their repetitions, once it was looked at.
    """

    rows: tuple[int, int]
    at: float
    middle: float
    speed: float
    matrix: Matrix
    score: float
    agreement: float = 0.0

    @property
    def mirrored(self) -> bool:
        return float(np.linalg.det(self.matrix[:2, :2])) < 0

    def seconds(self, recorded: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of the composition, at instants of the recording."""
        return self.middle + self.speed * (recorded - self.at)


_Peak = tuple[float, Frame | Matrix, bool, float, int, tuple[int, int]]


def frames_searched() -> tuple[list[Frame], ...]:
    """Upright geometries to try, in turn: nearly the whole picture; what a camera's stand and zoom make of
    it; strong crops and letterboxes."""
    near: list[Frame] = []
    usual: list[Frame] = []
    wide: list[Frame] = []
    for scale in (0.8, 0.86, 0.92, 0.98, 1.04, 1.11, 1.18):
        for x in range(-3, 4):
            for y in range(-2, 3):
                left, top = 0.5 + 0.03 * x - scale / 2, 0.5 + 0.05 * y - scale / 2
                close = 0.9 < scale < 1.1 and abs(x) <= 1 and abs(y) <= 1
                (near if close else usual).append(Frame(left, top, left + scale, top + scale))
    for a, b, c, d in product((0.0, 0.08, 0.17, 0.25), repeat=4):  # shares of the film cut off a side
        if max(a, b, c, d) > 0.08:
            across, down = 1 / (1 - a - b), 1 / (1 - c - d)
            wide.append(Frame(-a * across, -c * down, (1 - a) * across, (1 - c) * down))
    for share in (0.6, 0.7, 0.75, 0.8):  # black above and below, or at the sides
        for off in (-0.05, 0.0, 0.05):
            low, high = 0.5 - share / 2 + off, 0.5 + share / 2 + off
            wide += [Frame(0, low, 1, high), Frame(low, 0, high, 1)]
    return near, usual, wide


def search(
    field: BlindField,
    rows: tuple[int, int],
    signals: Pilots,
    carrier: Shape,
    frames: Sequence[Frame | Matrix],
    *,
    tick: Callable[[], None] | None = None,
) -> list[Line]:
    """The best lines of some rows of a field over upright geometries, not yet refined, the best first."""
    first, last = rows
    seconds = field.seconds[first:last]
    values = field.values[first:last].astype(np.float32)
    # Long stretches have to show less in each second: the little that is lost buys half the time.
    joined = 2 if float(seconds[-1] - seconds[0]) > _JOINED_SECONDS else 1
    if joined == 2:
        even = len(seconds) // 2 * 2
        seconds, values = (seconds[:even:2] + seconds[1:even:2]) / 2, values[:even:2] + values[1:even:2]
    windows = _windows(seconds)
    at = float(seconds[0] + seconds[-1]) / 2
    turns = [
        np.concatenate([waves((seconds[a:b] - _middle(seconds[a:b])) * speed) for speed in _COARSE])
        for a, b in windows
    ]
    centres = np.array([_middle(seconds[a:b]) - at for a, b in windows])
    speeds, nearest = _speeds(float(seconds[-1] - seconds[0]))
    shifts = np.rint(STEPS * speeds[:, None] * centres).astype(np.int64) % PLACES
    parts = _parts(len(windows))

    def looked(frame: Frame | Matrix) -> list[_Peak]:
        if tick is not None:
            tick()
        if isinstance(frame, Frame):
            cells = _upright(values, carrier, frame)
        else:
            cells = cells_of(values.reshape(len(values), -1), frame, carrier)
        spectra = np.empty((2, len(windows), len(_COARSE), FREQUENCIES, CELLS), dtype=np.complex64)
        for to, turn, (a, b) in zip(spectra[0], turns, windows, strict=True):
            turned = (turn @ cells[a:b]).reshape(len(_COARSE), 2, FREQUENCIES, CELLS)
            to.real, to.imag = turned[:, 0], turned[:, 1]
        in_rows = spectra.reshape(*spectra.shape[:-1], ROWS, COLUMNS)
        in_rows[1] = in_rows[0, ..., ::-1]  # seen in a mirror
        lines = correlations(signals, spectra.reshape(-1, FREQUENCIES, CELLS))
        lines = lines.reshape(2, len(windows), len(_COARSE), PLACES)
        found = []
        for mirror in (0, 1) if isinstance(frame, Frame) else (0,):
            score, place = along(lines[mirror], shifts, nearest, parts)
            score = np.sqrt(np.maximum(score, 0) ** 2 + np.where(_usual(speeds), USUAL_BONUS, 0)[:, None])
            taken: list[int] = []
            for index in np.argsort(-score, axis=None)[: 8 * _PEAKS]:
                k, part = np.unravel_index(index, score.shape)
                if len(taken) == _PEAKS:
                    break
                if all(_apart(int(place[k, part]), other) > STEPS // 8 for other in taken):
                    taken.append(int(place[k, part]))
                    found.append(
                        (
                            float(score[k, part]),
                            frame,
                            bool(mirror),
                            float(speeds[k]),
                            taken[-1],
                            tuple(parts[part]),
                        )
                    )
        return found

    with ThreadPoolExecutor(_THREADS) as pool:
        peaks = [peak for some in pool.map(looked, frames) for peak in some]
    peaks.sort(key=lambda peak: -peak[0])
    kept: list[Line] = []
    for score, frame, mirrored, speed, place, (begin, end) in peaks:
        line = Line(
            rows=(first + joined * windows[begin][0], first + joined * windows[end - 1][1]),
            at=at,
            middle=place / STEPS,
            speed=speed,
            matrix=_matrix(frame, mirrored=mirrored) if isinstance(frame, Frame) else frame,
            score=score,
        )
        if not any(alike(line, other) for other in kept):
            kept.append(line)
        if len(kept) == _KEPT:
            break
    return kept


def _windows(seconds: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Equal windows of about five seconds, as rows."""
    count = max(1, round(float(seconds[-1] - seconds[0]) / _WINDOW_SECONDS))
    edges = np.linspace(0, len(seconds), count + 1).astype(int)
    return [(int(a), int(b)) for a, b in pairwise(edges)]


def _middle(seconds: NDArray[np.float64]) -> float:
    return float(seconds[0] + seconds[-1]) / 2


def _speeds(length: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Speeds in steps in which the ends slip by a place of the search, the usual ones among them; and which
    of the coarse ones is the next."""
    step = 1 / (STEPS / 2 * max(length, 2.0))
    even = np.arange(SLOWEST, FASTEST + step / 2, step)
    usual = np.array(USUAL_SPEEDS)
    even = even[np.abs(even[:, None] - usual).min(axis=1) > step / 3]
    speeds = np.sort(np.concatenate([even, usual]))
    return speeds, np.abs(speeds[:, None] - np.array(_COARSE)).argmin(axis=1)


def _usual(speeds: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.isin(speeds, USUAL_SPEEDS)


def usual_speed(speed: float) -> bool:
    """Is it one that recordings and transfers have, as near as it can be told?"""
    return bool(np.abs(speed - np.array(USUAL_SPEEDS)).min() < _USUAL_REACH)


def _parts(windows: int) -> NDArray[np.int64]:
    """Runs of windows that are summed: all, and with enough of them halves and quarters, by half steps. What
    was cut or begins with something else is found in one of these."""
    parts = [(0, windows)]
    size = windows // 2
    while size >= _LEAST_WINDOWS:
        parts += [(first, first + size) for first in range(0, windows - size + 1, max(1, size // 2))]
        size //= 2
    return np.array(parts)


def _apart(place: int, other: int) -> int:
    between = abs(place - other) % PLACES
    return min(between, PLACES - between)


def alike(line: Line, other: Line) -> bool:
    """Two lines that refining would bring together: alike in time wherever both are."""
    if line.matrix[0, 0] * other.matrix[0, 0] < 0:
        return False
    if line.rows[0] >= other.rows[1] or other.rows[0] >= line.rows[1]:
        return False
    return (
        _apart(round(line.middle * STEPS), round(other.middle * STEPS)) <= STEPS // 6
        and abs(line.speed - other.speed) < 0.01
    )


def _matrix(frame: Frame, *, mirrored: bool) -> Matrix:
    wide, high = frame.right - frame.left, frame.bottom - frame.top
    if mirrored:
        return np.array([[-wide, 0, frame.right], [0, high, frame.top], [0, 0, 1.0]])
    return np.array([[wide, 0, frame.left], [0, high, frame.top], [0, 0, 1.0]])


def _upright(values: Floats, carrier: Shape, frame: Frame) -> Floats:
    """Cells of an upright geometry: (n, 144). values: (n, 36, 64)."""
    rows = _shares(carrier.rows, ROWS, FIELD_ROWS, frame.top, frame.bottom)
    columns = _shares(carrier.columns, COLUMNS, FIELD_COLUMNS, frame.left, frame.right)
    return upright(values, rows, columns)


def cells_of(values: Floats, matrix: Matrix, carrier: Shape, *, power: int = 1) -> Floats:
    """Points (n, 2304) summed over the cells of a geometry: (n, 144)."""
    inverse = np.linalg.inv(matrix)
    return of_cells(values, FIELD_COLUMNS, inverse, *carrier.columns, *carrier.rows, power)


def _shares(
    taps: tuple[NDArray[np.int32], Floats], cells: int, points: int, low: float, high: float
) -> Floats:
    """How much of each cell lies on each point of a side: (points, cells)."""
    first, share = taps
    place = ((np.arange(points) + 0.5) / points - low) / (high - low)
    inside = np.flatnonzero((place > 0) & (place < 1))
    fine = np.minimum((place[inside] * len(first)).astype(np.int64), len(first) - 1)
    matrix = np.zeros((points, cells), dtype=np.float32)
    for tap in range(share.shape[1]):
        matrix[inside, first[fine] + tap] = share[fine, tap]
    return matrix
