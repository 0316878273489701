"""What the recording says about each cell of the picture at each frame, once the film itself is taken away.

The reference is fitted to the registered recording second by second (tone curve, smooth gain, sharpness,
rest of the registration), then frame by frame (exposure, shake, focus, time); what remains is the mark and
noise. The remainder loses its slow part and is gathered over each cell with the weight that its noise
leaves it.
"""

from __future__ import annotations

from dataclasses import field
from itertools import pairwise

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from watermark.carrier import COLUMNS, ROWS, spread
from watermark.coder import Looks, kept, sent
from watermark.embed import AMPLITUDE, CODE_GAMMA, TILE_COLUMNS, TILE_ROWS
from watermark.frames import Floats, Halves, Thumbnails
from watermark.power import Carried, small_changes

SLOW_SECONDS = 1.5
"""The mean over this length is taken off: drifts and what a coder leaves standing are slower than chips."""
_CUT = 0.4  # of the picture's contrast: a larger change from frame to frame is a cut
_MAX_SHOT_SECONDS = 60.0
_MAX_CHUNK_SECONDS = 1.0

_y, _x = np.mgrid[-1 : 1 : TILE_ROWS * 1j, -1 : 1 : TILE_COLUMNS * 1j].astype(np.float32)
_TILES = TILE_ROWS * TILE_COLUMNS


@dataclass(frozen=True)
class Observations:
    """frames: indices into the recording, ascending. cells: (frames, 144), proportional to the carrier there,
    weighted by what it is worth: they are summed as they are. nominal: what a +1 of a mark at nominal
    strength adds there. carried: how much of the film's own small changes came through."""

    frames: NDArray[np.int64]
    cells: Floats
    nominal: Floats
    carried: Carried = field(default_factory=Carried)


def observe(
    recording: Thumbnails,
    shown: NDArray[np.bool_],
    reference: Thumbnails,
    path: NDArray[np.float64],
    looks: Looks | None = None,
) -> Observations:
    """Soft cell values of a registered recording. reference: with its strength. path: as of
    `fitting.track`. looks: at what a coder let through; without them all of a mark is expected."""
    assert reference.strength is not None
    inside = np.flatnonzero(~np.isnan(path))
    rate = float(recording.rate)
    cells = np.zeros((len(inside), ROWS * COLUMNS), dtype=np.float32)
    nominal = np.zeros_like(cells)
    if not inside.size:
        return Observations(frames=inside, cells=cells, nominal=nominal)
    basis = _cell_basis()
    carried = Carried()
    through = _sent(looks, reference, path) if looks is not None else None
    for shot in _shots(reference.luminance, path[inside], rate):
        frames = inside[shot]
        film, mask = _at(reference.luminance, path[frames]), _at(reference.strength, path[frames])
        before, after = (_at(reference.luminance, path[frames] + step) for step in (-0.5, 0.5))
        rest = np.empty((len(frames), _TILES), dtype=np.float32)
        slope = np.empty_like(rest)
        for chunk in _chunks(len(frames), rate):
            rest[chunk], slope[chunk] = _remainder(
                recording.luminance[frames[chunk]].astype(np.float32),
                film[chunk],
                (after - before)[chunk],
                shown,
            )
        rest = _without_slow(rest, round(SLOW_SECONDS * rate))
        chunks = _chunks(len(frames), rate)
        carried += small_changes(rest, slope, film.reshape(len(frames), -1), rate, chunks)
        slope *= mask.reshape(len(frames), -1)
        share = np.ones((len(chunks), _TILES), np.float32)
        if looks is not None and through is not None:
            middles = [float(frames[chunk].mean()) for chunk in chunks]
            share = np.stack([kept(through, looks, middle, rate) for middle in middles])
        cells[shot], nominal[shot] = _gathered(rest, slope, share, basis, rate)
    return Observations(frames=inside, cells=cells, nominal=nominal, carried=carried)


def _sent(looks: Looks, reference: Thumbnails, path: NDArray[np.float64]) -> NDArray[np.bool_]:
    """As `coder.sent`; nowhere in looks whose frames are not in the film."""
    assert reference.strength is not None
    there = np.stack([path[looks.first], path[looks.second]])
    known = np.asarray(np.isfinite(there).all(axis=0), dtype=np.bool_)
    one, two = (_at(reference.luminance, each) for each in np.where(known, there, 0.0))
    mask = _at(reference.strength, np.where(known, there[0], 0.0))
    return sent(looks, (one, two), mask) & known[:, None]


def _at(film: Halves, path: NDArray[np.float64]) -> Floats:
    """Thumbnails at fractional frame numbers (clipped to what there is), linear in between."""
    first = np.clip(np.floor(path).astype(int), 0, len(film) - 1)
    second = np.minimum(first + 1, len(film) - 1)
    share = np.clip(path - first, 0, 1).astype(np.float32).reshape(-1, *([1] * (film.ndim - 1)))
    mixed: Floats = film[first] * (1 - share) + film[second] * share  # float32, by the share
    return mixed


def _cell_basis() -> Floats:
    """(144, 2304): how much of each cell's carrier lies on each tile."""
    fine = np.einsum("yr,xc->rcyx", spread(ROWS, TILE_ROWS), spread(COLUMNS, TILE_COLUMNS))
    return np.ascontiguousarray(fine.reshape(ROWS * COLUMNS, _TILES))


def _shots(film: Halves, path: NDArray[np.float64], rate: float) -> list[slice]:
    """Runs of frames without a cut in the film, none longer than is held in memory at a time."""
    places = np.round(path).astype(int)
    edges = [0]
    before = film[places[0]].astype(np.float32)
    for index in range(1, len(places)):
        picture = film[places[index]].astype(np.float32)
        change = float(np.abs(picture - before).mean())
        if change > _CUT * max(float(picture.std()), 1e-3) or index - edges[-1] >= _MAX_SHOT_SECONDS * rate:
            edges.append(index)
        before = picture
    return [slice(a, b) for a, b in pairwise([*edges, len(places)])]


def _chunks(frames: int, rate: float) -> list[slice]:
    """Equal parts of about a second."""
    parts = max(1, round(frames / (rate * _MAX_CHUNK_SECONDS)))
    edges = np.linspace(0, frames, parts + 1).astype(int)
    return [slice(int(a), int(b)) for a, b in pairwise(edges)]


def _remainder(seen: Floats, film: Floats, motion: Floats, shown: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """What the film does not explain, (frames, 2304), and how a relative change of the film would show there.

    seen, film: (frames, 36, 64); motion: the film's change a frame.
    """
    count = len(seen)
    scale = max(float(film.max()), 1e-3)
    f = film / scale
    f_x, f_y = np.gradient(f, axis=2), np.gradient(f, axis=1)
    blur = np.stack([cv2.blur(picture, (3, 3)) for picture in f]) - f
    tone = [np.ones_like(f), f, f**2, f**3]
    gains = [f * _x, f * _y, f * _x**2, f * _x * _y, f * _y**2]
    others = [f_x, f_y, f_x * _x, f_x * _y, f_y * _x, f_y * _y, blur, motion / scale]
    design = np.stack([*tone, *gains, *others]).reshape(-1, count * _TILES)
    weight: Floats = np.broadcast_to(shown, f.shape).reshape(-1).astype(np.float32)
    solution, left = _robust_fit(design, seen.reshape(-1), weight)
    slope_gain = solution[1] + sum(
        c * g for c, g in zip(solution[4:9], (_x, _y, _x**2, _x * _y, _y**2), strict=True)
    )
    slope = (slope_gain + 2 * solution[2] * f + 3 * solution[3] * f**2) * f
    fitted = _sum_of(solution, design).reshape(f.shape)
    rest = left.reshape(count, _TILES)
    g_x, g_y = np.gradient(fitted, axis=2), np.gradient(fitted, axis=1)
    single = np.stack([fitted, np.ones_like(f), g_x, g_y, g_x * _x + g_y * _y, blur, motion / scale])
    single = single.reshape(len(single), count, _TILES)
    weight = weight.reshape(count, _TILES)
    for index in range(count):
        _, rest[index] = _robust_fit(np.ascontiguousarray(single[:, index]), rest[index], weight[index])
    return rest * shown.reshape(-1), (slope * shown).reshape(count, _TILES)


def _sum_of(solution: Floats, design: Floats) -> Floats:
    total = np.zeros(design.shape[1], np.float32)
    for much, column in zip(solution, design, strict=True):
        total += much * column
    return total


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _middle(values: Floats, count: int) -> np.float32:
    """The median of the first so many values, which change places (Hoare's selection)."""
    low, high, wanted = 0, count - 1, count // 2
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if wanted <= j:
            high = j
        elif wanted >= i:
            low = i
        else:
            break
    return np.float32(values[wanted])


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _solve(normal: NDArray[np.float64], right: NDArray[np.float64]) -> None:
    """By Cholesky: the lower half of `normal` becomes its root, `right` the solution."""
    size = len(right)
    for a in range(size):
        for b in range(a + 1):
            total = normal[a, b]
            for c in range(b):
                total -= normal[a, c] * normal[b, c]
            normal[a, b] = np.sqrt(max(total, 1e-12)) if a == b else total / normal[b, b]
    for a in range(size):
        for b in range(a):
            right[a] -= normal[a, b] * right[b]
        right[a] /= normal[a, a]
    for a in range(size - 1, -1, -1):
        for b in range(a + 1, size):
            right[a] -= normal[b, a] * right[b]
        right[a] /= normal[a, a]


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _robust_fit(design: Floats, target: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Least squares that outliers (Cauchy weights) move little: (solution, remainder). design: a row for each
    unknown. Plain loops: the matrices are small, and a library's own threads would wait for each other."""
    unknowns, points = design.shape
    scale = np.empty(unknowns, np.float32)
    for a in range(unknowns):
        total = np.float32(0)
        for n in range(points):
            total += design[a, n] * design[a, n]
        scale[a] = np.sqrt(total / points) + np.float32(1e-6)
    current, rest = weight.copy(), np.empty(points, np.float32)
    weighted = np.empty(points, np.float32)
    normal, solution = np.zeros((unknowns, unknowns)), np.zeros(unknowns)
    sizes = np.empty(points, np.float32)
    for _ in range(3):
        for a in range(unknowns):
            right = np.float32(0)
            for n in range(points):
                weighted[n] = current[n] * design[a, n]
                right += weighted[n] * target[n]
            solution[a] = right / scale[a]
            for b in range(a + 1):
                total = np.float32(0)
                for n in range(points):
                    total += weighted[n] * design[b, n]
                normal[a, b] = total / (scale[a] * scale[b])
        trace = 0.0
        for a in range(unknowns):
            trace += normal[a, a]
        for a in range(unknowns):
            normal[a, a] += 1e-5 * max(trace / unknowns, 1e-6)
        _solve(normal, solution)
        for n in range(points):
            rest[n] = target[n]
        for a in range(unknowns):
            much = np.float32(solution[a] / scale[a])
            for n in range(points):
                rest[n] -= much * design[a, n]
        count = 0
        for n in range(points):
            if weight[n] > 0:
                sizes[count] = abs(rest[n])
                count += 1
        spread = np.float32(1.0)
        if count:
            spread = np.float32(1.5) * _middle(sizes, count) + np.float32(1e-6)
        for n in range(points):
            off = rest[n] / (2 * spread)
            current[n] = weight[n] / (1 + off * off)
    return (solution / scale).astype(np.float32), rest


def _without_slow(rest: Floats, length: int) -> Floats:
    """Take the running mean over `length` frames off each tile; shorter at the ends."""
    total = np.concatenate([np.zeros((1, rest.shape[1])), np.cumsum(rest, axis=0, dtype=np.float64)])
    places = np.arange(len(rest))
    first, last = np.maximum(places - length // 2, 0), np.minimum(places + length // 2 + 1, len(rest))
    mean = (total[last] - total[first]) / (last - first)[:, None]
    fast: Floats = (rest - mean).astype(np.float32)
    return fast


def _gathered(
    rest: Floats, slope: Floats, share: Floats, basis: Floats, rate: float
) -> tuple[Floats, Floats]:
    """Sum the remainder over cells, tiles and then cells weighted by signal over noise variance; and what a
    mark at nominal strength adds to these sums. share: (chunks, tiles), what the copy keeps of it."""
    cells = np.empty((len(rest), len(basis)), dtype=np.float32)
    nominal = np.empty_like(cells)
    energy = (basis**2).T
    for much, chunk in zip(share, _chunks(len(rest), rate), strict=True):
        part, lean = rest[chunk], slope[chunk]
        each = np.median(np.abs(part), axis=0) * 1.5
        noise = cv2.blur(each.reshape(TILE_ROWS, TILE_COLUMNS), (3, 3)).reshape(-1)
        noise = np.maximum(noise, 0.25 * float(np.median(noise)) + 1e-6)
        part = np.clip(part, -3 * noise, 3 * noise)
        sums = (part * lean / noise**2) @ basis.T
        signal = (lean**2 / noise**2) @ energy
        variance = (sums**2).mean(axis=0) + 1e-6
        weight = signal / np.maximum(variance, signal.mean(axis=0) + 1e-9)
        cells[chunk] = sums * weight
        nominal[chunk] = ((lean**2 * much / noise**2) @ energy) * (
            weight * np.float32(AMPLITUDE / CODE_GAMMA)
        )
    return cells, nominal
