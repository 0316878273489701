"""How a placed piece of a recording lies exactly: the picture in the picture, and frame by frame in time.

The geometry is one homography from features of paired frames (the camera stands still). Then the recording's
thumbnails are made in the film's own geometry, and time is settled on their detail: first a straight line,
then a path that may stop, skip and drift.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from watermark.coder import Looks
from watermark.embed import MIN_HEIGHT, MIN_WIDTH, TILE_COLUMNS, TILE_ROWS
from watermark.features import Features, features_of, matched
from watermark.frames import Floats, Halves, Thumbnails
from watermark.index import FilmIndex
from watermark.observation import Matrix
from watermark.placing import SPEEDS, Piece, View
from watermark.recorded import Recorded

MIN_INLIERS = 16
_MAX_PAIRS = 8
_REACH_SECONDS = 1.5  # that a placed piece may be off
_PATH_STEPS = 12  # half frames that the path may leave the line by
_SETTLED = 96  # frames of a piece that settle it
_TOGETHER = 512  # frames whose details are held at a time
_STEP_KEYS, _STEP_REACH = 5, 4.0  # recorded frames, and how many seconds of film to either side
_SPEED_REACH = 0.06  # by which a placed piece's speed may be off


@dataclass(frozen=True)
class Geometry:
    """matrix: homography from the film's unit square to the recording's. inliers: matched features behind it,
    0 when it is a guess."""

    matrix: Matrix
    inliers: int


@dataclass(frozen=True)
class Registered:
    """A piece of a recording in the film's geometry: its thumbnails, which tiles of the film they show, and
    the looks at what a coder let through."""

    small: Thumbnails
    shown: NDArray[np.bool_]
    looks: Looks | None = None


def guess_of(view: View, box: tuple[float, float, float, float]) -> Matrix:
    """The homography that a view stands for."""
    left, top, right, bottom = view.rect
    wide, high = (box[2] - box[0]) / (right - left), (box[3] - box[1]) / (bottom - top)
    matrix = np.array([[wide, 0, box[0] - left * wide], [0, high, box[1] - top * high], [0, 0, 1.0]])
    if view.mirrored:
        turned = np.array([[-1, 0, box[0] + box[2]], [0, 1, 0], [0, 0, 1.0]])
        matrix = turned @ matrix
    return matrix


def find_geometry(
    recorded: Recorded,
    film: FilmIndex,
    pieces: Sequence[Piece],
    *,
    guess: Matrix,
    mirrored: bool,
    known: dict[tuple[int, bool], Features] | None = None,
) -> Geometry:
    """Match features of frames that belong together and fit one homography; else the guess, 0 inliers.

    known: features of the recording that were found before, kept for the next time.
    """
    known = {} if known is None else known
    rows = []
    for key, features in _pairs(recorded, film, pieces):
        if (key, mirrored) not in known:
            known[key, mirrored] = _seen_features(recorded.keys[key], mirrored=mirrored)
        rows.append(matched(features, known[key, mirrored]))
    points = np.concatenate(rows) if rows else np.zeros((0, 4))
    return _fitted(points, guess, mirrored=mirrored)


def in_step(
    recorded: Recorded,
    film: FilmIndex,
    piece: Piece,
    *,
    mirrored: bool,
    known: dict[tuple[int, bool], Features],
) -> float:
    """By how many seconds of film the piece lies off: where pairs of frames agree in most features.

    A camera that flies on looks the same some seconds later through a slightly other geometry, but only at
    the right time do all features agree. 0 where no other time is clearly better. known: features of the
    recording, found before.
    """
    rate, film_rate = float(recorded.rate), float(film.rate)
    keys = [key for key, turned in known if turned == mirrored and piece.first <= key < piece.last]
    found = []
    for key in keys[:_STEP_KEYS]:
        there = piece.start + (key + 0.5) / rate * piece.speed
        first, last = (round((there + side * _STEP_REACH) * film_rate) for side in (-1, 1))
        for frame, features in film.features(first, last):
            rows = matched(features, known[key, mirrored])
            inliers = _fitted(rows, np.eye(3), mirrored=mirrored).inliers
            found.append((inliers / max(len(features.points), 50), (frame + 0.5) / film_rate - there))
    if not found:
        return 0.0
    shares, shifts = np.array(found).T
    near = np.abs(shifts) <= 1.0
    usual = float(shares[near].max()) if near.any() else 0.0
    best = int(np.argmax(shares))
    if shares[best] < max(1.2 * usual, 0.1):
        return 0.0
    # the middle of the hill, not its highest stone
    hill = np.abs(shifts - shifts[best]) <= 0.75
    weights = shares * hill
    return float((weights**4 * shifts).sum() / (weights**4).sum())


def registered(recorded: Recorded, matrix: Matrix, first: int, last: int) -> Registered:
    """The recording's thumbnails as the film's own, and which tiles of the film it shows."""
    return next(registered_spans(recorded, matrix, [(first, last)]))


def registered_spans(
    recorded: Recorded, matrix: Matrix, spans: Sequence[tuple[int, int]]
) -> Iterator[Registered]:
    """Several parts of a recording, in its order: it is decoded once for all, if at all."""
    pictures = recorded.pictures(spans)
    for first, last in spans:
        seen = _registered(recorded, matrix, islice(pictures, last - first), last - first)
        looks = recorded.looks.part(first, last).through(matrix) if recorded.looks is not None else None
        yield replace(seen, looks=looks)


def _registered(recorded: Recorded, matrix: Matrix, pictures: Iterator[Floats], count: int) -> Registered:
    size = MIN_WIDTH, MIN_HEIGHT
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    small = np.empty((count, TILE_ROWS, TILE_COLUMNS), np.float16)
    warp: Matrix = np.eye(3)
    shape: tuple[int, ...] = (0, 0)
    for row, picture in zip(small, pictures, strict=False):
        if picture.shape != shape:
            shape = picture.shape
            warp = _between(matrix, size, (shape[1], shape[0]))
        fitted = cv2.warpPerspective(picture, warp, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        row[:] = cv2.resize(fitted, (TILE_COLUMNS, TILE_ROWS), interpolation=cv2.INTER_AREA)
    left, top, right, bottom = recorded.box
    inside = np.zeros(shape, np.float32)
    # a sample within the bars: what a coder smears over their edge is no picture
    rows, columns = slice(*_within(top, bottom, shape[0])), slice(*_within(left, right, shape[1]))
    inside[rows, columns] = 1
    whole = cv2.warpPerspective(inside, warp, size, flags=flags)
    shown = cv2.resize(whole, (TILE_COLUMNS, TILE_ROWS), interpolation=cv2.INTER_AREA) > 0.98
    return Registered(Thumbnails(rate=recorded.rate, luminance=small), np.asarray(shown))


def line(piece: Piece, rate: float, film_rate: float) -> NDArray[np.float64]:
    """Film frame (with fraction) in the middle of each recorded frame of a piece."""
    middle = (np.arange(piece.first, piece.last) + 0.5) / rate
    return np.asarray((piece.start + middle * piece.speed) * film_rate - 0.5, dtype=np.float64)


def settle(seen: Registered, film: FilmIndex, piece: Piece) -> Piece:
    """The piece's start and speed to within half a frame, by the details of registered frames."""
    rate, film_rate = float(seen.small.rate), float(film.rate)
    few = np.unique(np.linspace(0, len(seen.small) - 1, _SETTLED).astype(int))
    when = (piece.first + few + 0.5) / rate
    middle, half = float(when.mean()), max(float(when[-1] - when[0]) / 2, 1 / rate)
    widest = _SPEED_REACH if 2 * half > 2 else 0.0
    reach = _REACH_SECONDS + widest * half
    lowest = max(0, int((piece.start + when[0] * piece.speed - reach) * film_rate) - 1)
    highest = min(len(film), int((piece.start + when[-1] * piece.speed + reach) * film_rate) + 2)
    if highest - lowest < 2:
        return piece
    there = _details(film.thumbnails(lowest, highest).luminance, seen.shown)
    likeness = _details(seen.small.luminance[few], seen.shown) @ there.T
    late = when - middle

    def along(centres: NDArray[np.float64], speed: float) -> NDArray[np.float64]:
        """Of lines that are at these times of the film in the piece's middle."""
        path = (centres[:, None] + late * speed) * film_rate - 0.5 - lowest
        inside = (path > -0.5) & (path < len(there) - 0.5)
        values = _between_frames(likeness, path)
        mean = (values * inside).sum(axis=1) / np.maximum(inside.sum(axis=1), 1)
        return np.where(inside.mean(axis=1) >= 0.5, mean, -1.0)

    count = round(_REACH_SECONDS * film_rate)
    centre, speed = piece.start + middle * piece.speed, piece.speed
    best = float(along(np.array([centre]), speed)[0])
    steps = np.arange(-count, count + 1) / film_rate
    # speeds apart by half a frame at the ends; those that cinemas and television know come first
    apart = max(0.5 / film_rate / half, 1e-4)
    several = np.arange(-widest, widest + 1e-9, apart) if widest else np.zeros(0)
    usual = [each for each in SPEEDS if abs(each - piece.speed) <= widest]
    around = centre
    for other in dict.fromkeys((piece.speed, *usual, *(piece.speed + several))):
        values = along(around + steps, float(other))
        if values.max() > best + 2e-4:
            best, centre, speed = float(values.max()), around + float(steps[values.argmax()]), float(other)
    step_speed, step = 0.25 / film_rate / half, 0.5 / film_rate
    for _ in range(4):  # both together, ever finer
        about, same = centre, speed
        for turn in (0, -2, -1, 1, 2):
            values = along(about + np.array([0, -1, 1]) * step, same + turn * step_speed)
            if values.max() > best + 1e-5:
                best = float(values.max())
                centre = about + (0, -1, 1)[int(values.argmax())] * step
                speed = same + turn * step_speed
        step, step_speed = step / 2, step_speed / 2
    return replace(piece, start=centre - middle * speed, speed=speed, similarity=best)


def track(seen: Registered, film: FilmIndex, piece: Piece) -> tuple[NDArray[np.float64], float]:
    """The path of a settled piece through the film, and its mean correlation; NaN outside of the film.

    In half frames from the line. Dropped, doubled and swapped frames bend it; where nothing moves it stays
    straight.
    """
    path = line(piece, float(seen.small.rate), float(film.rate))
    path[(path < -0.5) | (path > len(film) - 0.5)] = np.nan
    inside = np.flatnonzero(~np.isnan(path))
    if not inside.size:
        return path, 0.0
    offsets = np.arange(-_PATH_STEPS, _PATH_STEPS + 1) / 2
    parts = np.array_split(inside, -(-inside.size // _TOGETHER))
    likeness = np.concatenate([_likeness(seen, film, part, path[part], offsets) for part in parts])
    chosen = smoothest(1 - likeness)
    path[inside] += offsets[chosen]
    similarity = float(likeness[np.arange(inside.size), chosen].mean())
    return np.clip(path, 0, len(film) - 1), similarity


def smoothest(cost: Floats) -> NDArray[np.int64]:
    """For each frame one column of `cost` (frames, columns), so that cost and changes of column are least."""
    typical = max(float(np.median(cost.min(axis=1))), 1e-4)
    scaled = cost * (100 / typical)  # some hundred independent tiles judge each frame
    columns = np.arange(cost.shape[1])
    distance = np.abs(columns[:, None] - columns)
    change = np.where(distance > 0, 10 + 2 * distance, 0).astype(np.float32)
    total = scaled[0] + 0.5 * np.abs(columns - len(columns) // 2)
    back = np.zeros(cost.shape, dtype=np.int64)
    for row in range(1, len(cost)):
        ways = total[:, None] + change
        back[row] = ways.argmin(axis=0)
        total = ways[back[row], columns] + scaled[row]
    chosen = np.zeros(len(cost), dtype=np.int64)
    chosen[-1] = int(np.argmin(total))
    for row in range(len(cost) - 1, 0, -1):
        chosen[row - 1] = back[row, chosen[row]]
    return chosen


def _seen_features(key: Halves, *, mirrored: bool) -> Features:
    picture = key.astype(np.float32)
    if not mirrored:
        return features_of(picture)
    turned = features_of(np.ascontiguousarray(picture[:, ::-1]))
    return Features(turned.points * [-1, 1] + [1, 0], turned.descriptors)


def _pairs(recorded: Recorded, film: FilmIndex, pieces: Sequence[Piece]) -> list[tuple[int, Features]]:
    """(recorded frame, features of a film frame): those whose times agree best, and that have most to
    see."""
    rate, film_rate = float(recorded.rate), float(film.rate)
    keys = np.array(sorted(recorded.keys))
    pairs = []
    for piece in sorted(pieces, key=lambda each: each.first - each.last)[: 2 * _MAX_PAIRS]:
        mine = keys[(keys >= piece.first) & (keys < piece.last)]
        if not mine.size:
            continue
        path = (piece.start + (mine + 0.5) / rate * piece.speed) * film_rate - 0.5
        for frame, features in film.features(int(path[0]) - 2, int(path[-1]) + 3):
            nearest = int(np.argmin(np.abs(path - frame)))
            off = abs(float(path[nearest]) - frame) / film_rate
            if off < 0.25 and len(features.points) >= 8:
                pairs.append((len(features.points) * (1 - 3 * off), int(mine[nearest]), features))
    pairs.sort(key=lambda each: -each[0])
    return [(key, features) for _, key, features in pairs[:_MAX_PAIRS]]


def _fitted(points: NDArray[np.float64], guess: Matrix, *, mirrored: bool) -> Geometry:
    none = Geometry(guess, 0)
    if len(points) < MIN_INLIERS:
        return none
    if mirrored:  # turned for the fit, which takes for granted that a picture keeps its hands
        points = points * [1, 1, -1, 1] + [0, 0, 1, 0]
    # In pixels of a picture 640 wide: the method's own constants are made for pixels.
    pixels = np.diag([640.0, 360.0, 1.0])
    places = points * [640.0, 360.0, 640.0, 360.0]
    matrix, mask = cv2.findHomography(
        places[:, :2], places[:, 2:], cv2.USAC_MAGSAC, 2.0, maxIters=5000, confidence=0.9999
    )
    inliers = 0 if mask is None else int(mask.sum())
    if matrix is None or inliers < max(MIN_INLIERS, len(points) // 20):
        return none
    matrix = np.linalg.inv(pixels) @ matrix @ pixels
    if mirrored:
        matrix = np.array([[-1.0, 0, 1], [0, 1, 0], [0, 0, 1]]) @ matrix
    matrix = matrix / matrix[2, 2]
    return Geometry(matrix, inliers) if sane(matrix, mirrored=mirrored) else none


def sane(matrix: Matrix, *, mirrored: bool) -> bool:
    """Is the film's square still a convex four-sided figure of some size, the right way up?"""
    corners = np.array([[[0, 0], [1, 0], [1, 1], [0, 1]]], dtype=np.float64)
    shape = cv2.perspectiveTransform(corners, matrix)[0].astype(np.float32)
    area = float(cv2.contourArea(shape, oriented=True))
    return bool(cv2.isContourConvex(shape)) and 0.02 < (-area if mirrored else area) < 20


def _between(matrix: Matrix, film: tuple[int, int], seen: tuple[int, int]) -> Matrix:
    """The homography of pixel centres: both squares are scaled to grids whose first centre lies at half a
    pixel."""
    to_unit = np.array([[1 / film[0], 0, 0.5 / film[0]], [0, 1 / film[1], 0.5 / film[1]], [0, 0, 1]])
    to_pixels = np.array([[seen[0], 0, -0.5], [0, seen[1], -0.5], [0, 0, 1]])
    result: Matrix = to_pixels @ matrix @ to_unit
    return result


def _within(first: float, last: float, size: int) -> tuple[int, int]:
    return round(first * size) + (first > 0), round(last * size) - (last < 1)


def _likeness(
    seen: Registered,
    film: FilmIndex,
    rows: NDArray[np.int64],
    path: NDArray[np.float64],
    offsets: NDArray[np.float64],
) -> Floats:
    """Correlation of each frame with the film at each offset from the path: (frames, offsets)."""
    first = max(0, min(int(path.min() + offsets[0]), len(film) - 2))
    last = min(len(film), int(path.max() + offsets[-1]) + 3)
    there = _details(film.thumbnails(first, last).luminance, seen.shown)
    mine = _details(seen.small.luminance[rows], seen.shown)
    result = np.empty((len(rows), len(offsets)), np.float32)
    beside = np.append(np.einsum("ij,ij->i", there[:-1], there[1:]), 1)  # the last frame stands by itself
    for row, place in enumerate(path):
        at = np.clip(place + offsets - first, 0, len(there) - 1 - 1e-6)
        low = int(at[0])
        near = there[low : int(at[-1]) + 2] @ mine[row]
        before = at.astype(int) - low
        share = (at - at.astype(int)).astype(np.float32)
        after = np.minimum(before + 1, len(near) - 1)
        rho = beside[np.minimum(before + low, len(beside) - 1)]
        length = np.sqrt(np.maximum((1 - share) ** 2 + share**2 + 2 * share * (1 - share) * rho, 1e-3))
        result[row] = ((1 - share) * near[before] + share * near[after]) / length
    return result


def _between_frames(likeness: Floats, path: NDArray[np.float64]) -> Floats:
    """The likeness of each instant (a row) at its places between two frames: (ways, instants)."""
    at = np.clip(path, 0, likeness.shape[1] - 1 - 1e-6)
    before = at.astype(int)
    share = (at - before).astype(np.float32)
    rows = np.arange(len(likeness))
    mixed: Floats = likeness[rows, before] * (1 - share)
    mixed += likeness[rows, np.minimum(before + 1, likeness.shape[1] - 1)] * share
    return mixed


def _details(thumbnails: Halves, shown: NDArray[np.bool_]) -> Floats:
    """What moves when a picture moves: finer detail of the visible tiles, of length 1, (frames, 2304)."""
    fine = np.stack([picture - cv2.blur(picture, (9, 9)) for picture in thumbnails.astype(np.float32)])
    fine = (fine * shown).reshape(len(fine), -1)
    unit: Floats = fine / np.maximum(np.linalg.norm(fine, axis=1, keepdims=True), 1e-3)
    return unit.astype(np.float32)
