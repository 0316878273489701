"""Where a recording lies in the film, and how the picture lies in the recording: found, not given.

First the position: low-resolution pictures of the recording are compared with all of the reference's, over
some zooms and speeds. Content that is shown several times has several right positions; each is kept. Then
the geometry: features of paired frames are matched, and one homography (the camera stands still) is fitted
with RANSAC. Then time again, frame by frame, on registered thumbnails: a path that may stop, skip and
drift.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from watermark.embed import MIN_HEIGHT, MIN_WIDTH, TILE_COLUMNS, TILE_ROWS
from watermark.frames import Floats, Footage, Halves, Thumbnails, picked

Matrix = NDArray[np.float64]

MAX_POSITIONS = 24
"""Hypotheses searched at the most; all of them are counted in the false-positive probability."""
MIN_OVERLAP_SECONDS = 2.0
SPEEDS = (1.0, 25 / 24, 24 / 25)
ZOOMS = (0.8, 0.9, 1.0, 1.12, 1.25)
"""How much larger the film is in the recording than a fit: below 1, surroundings are seen; above, it is
cut."""

_MAX_SAMPLES = 240
_KEY_WIDTH = 640
_KEYS = 8
_MIN_INLIERS = 16
_COARSE_SAMPLES = 120
_TOGETHER = 512  # frames whose details are held at a time
_HALF_STEPS = 12  # the frame path may leave the straight line by so many half frames


@dataclass(frozen=True)
class Position:
    """A place in the film where the recording may begin.

    start: seconds of the composition at the recording's first frame (below 0 when the recording begins
    earlier). speed: seconds of film a second of recording. zoom: as in ZOOMS. similarity: mean correlation.
    overlap: seconds of the recording that lie in the reference.
    """

    start: float
    speed: float
    zoom: float
    similarity: float
    overlap: float


@dataclass(frozen=True)
class Geometry:
    """matrix: homography from the film's unit square to the recording's. inliers: matched features behind it,
    0 when it is a guess from the zoom alone."""

    matrix: Matrix
    inliers: int


def find_positions(recording: Thumbnails, reference: Thumbnails) -> list[Position]:
    """All places of the reference that look like the recording, the most likely first; at least one.

    Works on unregistered thumbnails, blind to the tone curve as far as correlation is.
    """
    step = max(1, round(float(recording.rate) / 4), len(recording) // _MAX_SAMPLES)
    samples = np.arange(0, len(recording), step)
    best: tuple[float, list[Position]] = (-math.inf, [])
    for zoom in ZOOMS:
        seen = _signatures(recording.luminance[samples], min(zoom, 1.0))
        film = _signatures(reference.luminance, 1 / max(zoom, 1.0))
        for speed in SPEEDS:
            found = _along_lines(
                seen, film, samples / float(recording.rate), float(reference.rate), speed=speed, zoom=zoom
            )
            if found and _strength(found[0]) > best[0]:
                best = _strength(found[0]), found
    return best[1] or [Position(0.0, 1.0, 1.0, 0.0, len(recording) / float(recording.rate))]


def find_geometry(
    recording: Footage,
    reference: Footage,
    *,
    small: tuple[Thumbnails, Thumbnails],
    position: Position,
    path: NDArray[np.float64] | None = None,
) -> Geometry:
    """Match features of some frame pairs and fit one homography.

    small: the thumbnails of both. path: reference frame for each recorded frame (NaN where there is none),
    when it is known better than by `position`. With too few matches the answer is the position's zoom, 0
    inliers.
    """
    guess = Geometry(matrix=_zoom_matrix(position.zoom), inliers=0)
    if path is None:
        path = straight_path(position, len(small[0]), small[0].rate, small[1])
    pairs = _key_pairs(path, *small)
    if not pairs:
        return guess
    seen = picked(recording, {pair[0] for pair in pairs}, width=_KEY_WIDTH)
    film = picked(reference, {pair[1] for pair in pairs}, width=_KEY_WIDTH)
    matches = [_matches(film[j], seen[i]) for i, j in pairs if i in seen and j in film]
    points = np.concatenate(matches) if matches else np.zeros((0, 4))
    if len(points) < _MIN_INLIERS:
        return guess
    # In pixels of a picture 640 wide: the method's own constants are made for pixels.
    pixels = np.diag([_KEY_WIDTH, _KEY_WIDTH * TILE_ROWS / TILE_COLUMNS, 1.0])
    places = points * np.tile(np.diag(pixels)[:2], 2)
    matrix, mask = cv2.findHomography(
        places[:, :2], places[:, 2:], cv2.USAC_MAGSAC, 2.0, maxIters=5000, confidence=0.9999
    )
    inliers = 0 if mask is None else int(mask.sum())
    if matrix is None or inliers < max(_MIN_INLIERS, len(points) // 20):
        return guess
    matrix = np.linalg.inv(pixels) @ matrix @ pixels
    return Geometry(matrix=matrix / matrix[2, 2], inliers=inliers) if _sane(matrix) else guess


def registered(recording: Footage, matrix: Matrix) -> tuple[Thumbnails, NDArray[np.bool_]]:
    """The recording's thumbnails as the film's own, and which tiles of the film it shows: (36, 64) bool."""
    width, height = 320, 180
    size = MIN_WIDTH, MIN_HEIGHT
    # Pixel centres: both squares are scaled to pixel grids whose first centre lies at half a pixel.
    film = np.array([[1 / size[0], 0, 0.5 / size[0]], [0, 1 / size[1], 0.5 / size[1]], [0, 0, 1]])
    seen = np.array([[width, 0, -0.5], [0, height, -0.5], [0, 0, 1]])
    warp = seen @ matrix @ film
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    small = []
    for picture in recording.luminance():
        reduced = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        fitted = cv2.warpPerspective(reduced, warp, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        small.append(cv2.resize(fitted, (TILE_COLUMNS, TILE_ROWS), interpolation=cv2.INTER_AREA))
    inside = cv2.warpPerspective(np.ones((height, width), np.float32), warp, size, flags=flags)
    shown = cv2.resize(inside, (TILE_COLUMNS, TILE_ROWS), interpolation=cv2.INTER_AREA) > 0.98
    return Thumbnails(rate=recording.rate, luminance=np.stack(small).astype(np.float16)), shown


def straight_path(
    position: Position, frames: int, rate: Fraction, reference: Thumbnails
) -> NDArray[np.float64]:
    """Reference frame (with fraction) in the middle of each recorded frame; NaN outside of the reference."""
    middle = (np.arange(frames) + 0.5) / float(rate)
    path = (position.start + middle * position.speed) * float(reference.rate) - 0.5
    path[(path < -0.5) | (path > len(reference) - 0.5)] = np.nan
    return np.clip(path, 0, len(reference) - 1)


def settle(
    recording: Thumbnails,
    shown: NDArray[np.bool_],
    reference: Thumbnails,
    position: Position,
    *,
    speeds: Sequence[float],
) -> Position:
    """The position to within half a frame, at the best of some speeds, by the details of a registered
    recording.

    The middle of the overlap is where the position was found and stays about where it is.
    """
    path = straight_path(position, len(recording), recording.rate, reference)
    inside = np.flatnonzero(~np.isnan(path))
    if not inside.size:
        return position
    few = inside[:: max(1, inside.size // _COARSE_SAMPLES)]
    seen = _details(recording.luminance[few], shown)
    rate = float(reference.rate)

    def likeness(line: NDArray[np.float64]) -> float:
        return float(_correlations(seen, _details(at(reference.luminance, line), shown)).mean())

    middle = (float(inside.mean()) + 0.5) / float(recording.rate)
    best, best_likeness = position, -1.0
    for speed in sorted(speeds, key=lambda speed: speed != position.speed):
        start = position.start + middle * (position.speed - speed)
        line = (start + (few + 0.5) / float(recording.rate) * speed) * rate - 0.5
        shift = 0.0
        for offsets in (np.arange(-_reach(reference), _reach(reference) + 1), np.array([-0.5, 0, 0.5])):
            means = [likeness(line + shift + offset) for offset in offsets]
            shift += float(offsets[int(np.argmax(means))])
        if max(means) > best_likeness:
            best_likeness = max(means)
            best = replace(position, start=start + shift / rate, speed=speed)
    return best


def track(
    recording: Thumbnails, shown: NDArray[np.bool_], reference: Thumbnails, position: Position
) -> tuple[NDArray[np.float64], float]:
    """The path of a registered recording through the reference, and its mean correlation. position: settled.

    Path: reference frame for each recorded frame, in half frames from a straight line, NaN outside of the
    reference. Dropped, doubled and swapped frames bend it; where nothing moves it stays straight.
    """
    path = straight_path(position, len(recording), recording.rate, reference)
    inside = np.flatnonzero(~np.isnan(path))
    if not inside.size:
        return path, 0.0
    offsets = np.arange(-_HALF_STEPS, _HALF_STEPS + 1) / 2
    likeness = np.concatenate(
        [
            _likeness(recording.luminance[part], reference.luminance, path[part], offsets, shown)
            for part in np.array_split(inside, math.ceil(inside.size / _TOGETHER))
        ]
    )
    chosen = _smoothest(1 - likeness)
    path[inside] += offsets[chosen]
    similarity = float(likeness[np.arange(inside.size), chosen].mean())
    path[(path < -0.5) | (path > len(reference) - 0.5)] = np.nan
    return np.clip(path, 0, len(reference) - 1), similarity


def at(film: Floats | Halves, path: NDArray[np.float64]) -> Floats:
    """Thumbnails at fractional frame numbers (clipped to what there is), linear in between."""
    first = np.clip(np.floor(path).astype(int), 0, len(film) - 1)
    second = np.minimum(first + 1, len(film) - 1)
    share = np.clip(path - first, 0, 1).astype(np.float32).reshape(-1, *([1] * (film.ndim - 1)))
    mixed: Floats = film[first] * (1 - share) + film[second] * share  # float32, by the share
    return mixed


def _strength(position: Position) -> float:
    return position.similarity * math.sqrt(position.overlap)


def _signatures(thumbnails: Halves, part: float) -> Floats:
    """The middle `part` of each picture at 16 x 9, blurred, without its mean, of length 1: (frames, 144)."""
    width, height = TILE_COLUMNS * part, TILE_ROWS * part
    left, top = (TILE_COLUMNS - width) / 2, (TILE_ROWS - height) / 2
    matrix = np.array([[width / 32, 0, left], [0, height / 18, top]])
    matrix[:, 2] += (matrix[:, 0] + matrix[:, 1]) / 2 - 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    small = np.empty((len(thumbnails), 144), dtype=np.float32)
    for row, picture in zip(small, thumbnails, strict=True):
        part_of = cv2.warpAffine(
            picture.astype(np.float32), matrix, (32, 18), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        coarse = cv2.resize(part_of, (16, 9), interpolation=cv2.INTER_AREA)
        row[:] = cv2.GaussianBlur(coarse, (3, 3), 0).reshape(-1)
    small -= small.mean(axis=1, keepdims=True)
    unit: Floats = small / np.maximum(np.linalg.norm(small, axis=1, keepdims=True), 1e-3)
    return unit


def _along_lines(
    seen: Floats, film: Floats, times: NDArray[np.float64], rate: float, *, speed: float, zoom: float
) -> list[Position]:
    """Mean correlation along every line of one speed, and its peaks, the strongest first."""
    places = np.round(times * speed * rate).astype(int)
    last = int(places[-1])
    total = np.zeros(len(film) + last)
    count = np.zeros(len(film) + last)
    for row, place in zip(seen, places, strict=True):  # begins at frame d - last
        total[last - place : last - place + len(film)] += film @ row
        count[last - place : last - place + len(film)] += 1
    spacing = float(times[1] - times[0]) if len(times) > 1 else 1.0
    overlap = count * spacing
    need = min(max(MIN_OVERLAP_SECONDS, 0.25 * float(overlap.max())), 0.9 * float(overlap.max()))
    mean = np.where(overlap >= need, total / np.maximum(count, 1), -1)
    peaks: list[Position] = []
    allowed = mean.copy()
    near = max(1, round(rate))
    strongest = int(np.argmax(mean * np.sqrt(overlap)))
    floor = float(mean[strongest]) - max(
        0.02, 0.25 * (float(mean[strongest]) - float(np.median(mean[mean > -1])))
    )
    for d in (strongest, *np.argsort(-mean)):
        if len(peaks) == MAX_POSITIONS or mean[d] < floor:
            break
        if allowed[d] > -1:
            peaks.append(Position((int(d) - last) / rate, speed, zoom, float(mean[d]), float(overlap[d])))
            allowed[max(0, d - near) : d + near + 1] = -1
    return peaks


def _zoom_matrix(zoom: float) -> Matrix:
    offset = (1 - zoom) / 2
    return np.array([[zoom, 0, offset], [0, zoom, offset], [0, 0, 1.0]])


def _key_pairs(
    path: NDArray[np.float64], recording: Thumbnails, reference: Thumbnails
) -> list[tuple[int, int]]:
    """Frame pairs to match: spread over the overlap, where there is something to see and time fits best."""
    inside = np.flatnonzero(~np.isnan(path))
    pairs = []
    for part in np.array_split(inside, _KEYS):
        if part.size:
            detail = reference.luminance[np.round(path[part]).astype(int)].std(axis=(1, 2))
            off_frame = np.abs(path[part] - np.round(path[part]))
            chosen = part[int(np.argmax(detail * (1 - off_frame)))]
            pairs.append((int(chosen), round(float(path[chosen]))))
    return pairs


def _matches(film: NDArray[np.uint8], seen: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Points that look alike, in unit squares: rows of film x, y, recording x, y."""
    sift = cv2.SIFT_create(  # type: ignore[attr-defined]
        nfeatures=1200, contrastThreshold=0.02
    )
    (points, features), (others, other_features) = (
        sift.detectAndCompute(picture, None) for picture in (film, seen)
    )
    if features is None or other_features is None or len(other_features) < 2:
        return np.zeros((0, 4))
    rows = []
    for pair in cv2.BFMatcher(cv2.NORM_L2).knnMatch(features, other_features, k=2):
        if len(pair) == 2 and pair[0].distance < 0.75 * pair[1].distance:
            a, b = points[pair[0].queryIdx].pt, others[pair[0].trainIdx].pt
            rows.append((*_unit(a, film), *_unit(b, seen)))
    return np.array(rows).reshape(-1, 4)


def _unit(point: Sequence[float], picture: NDArray[np.uint8]) -> tuple[float, float]:
    return (point[0] + 0.5) / picture.shape[1], (point[1] + 0.5) / picture.shape[0]


def _sane(matrix: Matrix) -> bool:
    """Is the film's square still a convex four-sided figure of some size, the right way up?"""
    corners = np.array([[[0, 0], [1, 0], [1, 1], [0, 1]]], dtype=np.float64)
    shape = cv2.perspectiveTransform(corners, matrix)[0].astype(np.float32)
    return bool(cv2.isContourConvex(shape)) and 0.05 < float(cv2.contourArea(shape, oriented=True)) < 20


def _details(thumbnails: Halves | Floats, shown: NDArray[np.bool_]) -> Floats:
    """What moves when a picture moves: finer detail of the visible tiles, of length 1, (frames, 2304)."""
    fine = np.stack([picture - cv2.blur(picture, (9, 9)) for picture in thumbnails.astype(np.float32)])
    fine = (fine * shown).reshape(len(fine), -1)
    unit: Floats = fine / np.maximum(np.linalg.norm(fine, axis=1, keepdims=True), 1e-3)
    return unit.astype(np.float32)


def _correlations(seen: Floats, film: Floats) -> Floats:
    """Of each frame's details with the other's, the second of any length: (frames,)."""
    norm = np.maximum(np.linalg.norm(film, axis=1), 1e-3)
    result: Floats = np.einsum("ij,ij->i", seen, film) / norm
    return result


def _likeness(
    seen: Halves,
    film: Halves,
    path: NDArray[np.float64],
    offsets: NDArray[np.float64],
    shown: NDArray[np.bool_],
) -> Floats:
    """Correlation of each frame with the film at each offset from the path: (frames, offsets)."""
    first = max(0, math.floor(float(path.min() + offsets[0])))
    last = min(len(film), math.ceil(float(path.max() + offsets[-1])) + 2)
    first = min(first, len(film) - 1)
    details = _details(film[first : max(last, first + 1)], shown)
    mine = _details(seen, shown)
    return np.stack([_correlations(mine, at(details, path + offset - first)) for offset in offsets], axis=1)


def _reach(reference: Thumbnails) -> int:
    """Frames that a position may be off."""
    return round(1.5 * float(reference.rate))


def _smoothest(cost: Floats) -> NDArray[np.int64]:
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
