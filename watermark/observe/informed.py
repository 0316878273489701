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
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from watermark.align import at
from watermark.carrier import COLUMNS, ROWS, spread
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
    recording: Thumbnails, shown: NDArray[np.bool_], reference: Thumbnails, path: NDArray[np.float64]
) -> Observations:
    """Soft cell values of a registered recording. reference: with its strength. path: as of align.track."""
    assert reference.strength is not None
    inside = np.flatnonzero(~np.isnan(path))
    rate = float(recording.rate)
    cells = np.zeros((len(inside), ROWS * COLUMNS), dtype=np.float32)
    nominal = np.zeros_like(cells)
    if not inside.size:
        return Observations(frames=inside, cells=cells, nominal=nominal)
    basis = _cell_basis()
    carried = Carried()
    for shot in _shots(reference.luminance, path[inside], rate):
        frames = inside[shot]
        film, mask = at(reference.luminance, path[frames]), at(reference.strength, path[frames])
        before, after = (at(reference.luminance, path[frames] + step) for step in (-0.5, 0.5))
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
        cells[shot], nominal[shot] = _gathered(rest, slope, basis, rate)
    return Observations(frames=inside, cells=cells, nominal=nominal, carried=carried)


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
    design = np.stack([*tone, *gains, *others], axis=-1).reshape(count * _TILES, -1)
    weight: Floats = np.broadcast_to(shown, f.shape).reshape(-1).astype(np.float32)
    solution, left = _robust_fit(design, seen.reshape(-1), weight)
    slope_gain = solution[1] + sum(
        c * g for c, g in zip(solution[4:9], (_x, _y, _x**2, _x * _y, _y**2), strict=True)
    )
    slope = (slope_gain + 2 * solution[2] * f + 3 * solution[3] * f**2) * f
    fitted = (design @ solution).reshape(f.shape)
    rest = left.reshape(count, _TILES)
    g_x, g_y = np.gradient(fitted, axis=2), np.gradient(fitted, axis=1)
    single = np.stack(
        [fitted, np.ones_like(f), g_x, g_y, g_x * _x + g_y * _y, blur, motion / scale], axis=-1
    ).reshape(count, _TILES, -1)
    weight = weight.reshape(count, _TILES)
    for index in range(count):
        _, rest[index] = _robust_fit(single[index], rest[index], weight[index])
    return rest * shown.reshape(-1), (slope * shown).reshape(count, _TILES)


def _robust_fit(design: Floats, target: Floats, weight: Floats, *, rounds: int = 2) -> tuple[Floats, Floats]:
    """Least squares that outliers (Cauchy weights) move little: (solution, remainder)."""
    scale = np.sqrt((design**2).mean(axis=0)) + 1e-6
    unit = design / scale
    current = weight
    for _ in range(rounds + 1):
        weighted = unit * current[:, None]
        normal = weighted.T @ unit
        normal[np.diag_indices_from(normal)] += 1e-5 * max(float(np.trace(normal)) / len(normal), 1e-6)
        solution = np.linalg.solve(normal.astype(np.float64), weighted.T.astype(np.float64) @ target)
        rest = target - unit @ solution.astype(np.float32)
        spread_ = 1.5 * float(np.median(np.abs(rest[weight > 0]))) + 1e-6 if weight.any() else 1.0
        current = weight / (1 + (rest / (2 * spread_)) ** 2)
    return (solution / scale).astype(np.float32), rest.astype(np.float32)


def _without_slow(rest: Floats, length: int) -> Floats:
    """Take the running mean over `length` frames off each tile; shorter at the ends."""
    total = np.concatenate([np.zeros((1, rest.shape[1])), np.cumsum(rest, axis=0, dtype=np.float64)])
    places = np.arange(len(rest))
    first, last = np.maximum(places - length // 2, 0), np.minimum(places + length // 2 + 1, len(rest))
    mean = (total[last] - total[first]) / (last - first)[:, None]
    fast: Floats = (rest - mean).astype(np.float32)
    return fast


def _gathered(rest: Floats, slope: Floats, basis: Floats, rate: float) -> tuple[Floats, Floats]:
    """Sum the remainder over cells, tiles and then cells weighted by signal over noise variance; and what a
    mark at nominal strength adds to these sums."""
    cells = np.empty((len(rest), len(basis)), dtype=np.float32)
    nominal = np.empty_like(cells)
    energy = (basis**2).T
    for chunk in _chunks(len(rest), rate):
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
        nominal[chunk] = signal * (weight * np.float32(AMPLITUDE / CODE_GAMMA))
    return cells, nominal
