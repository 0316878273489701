"""Black bars of a picture, found over frames of the whole source.

A row belongs to a bar when no frame has anything in it. Dark scenes and fades therefore only ever make bars
look smaller through the others, never cut into the picture; and an edge counts only where several frames
begin at the same row and fill it. Both bars of a pair are the same: the smaller is taken. One exception:
titles in one bar, while the other is clean and the picture's own rows begin level with it on both sides.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dcp.create.sources.facts import Pixels
from dcp.dataclass import dataclass
from dcp.picture.geometry import Box, Edges

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLES = 32
_LIT = 0.04
"""Of the way from black to white: what is brighter is no bar's noise."""
_LIFTED = 0.006  # the same for the mean of a whole row: 1.5 of 255
_SOME, _PICTURE, _TITLE = (
    0.004,
    0.5,
    0.4,
)  # of a row's samples: something there, the picture, no more than text
_EDGE = 0.3  # of a row's samples, at the edge of a picture
_MOST = 0.5  # of a side: no picture was ever made that small
_INFORMATIVE = 0.03  # of a frame's samples are lit
_TITLED = 0.7  # of the frames: what stands there in more of them is no title


@dataclass(frozen=True)
class Bars:
    """edges: samples of black, as stored, left top right bottom; even, those of a pair equal. frames: looked
    at; informative: of them not all but dark. titles: the frames that have something inside the bars.
    """

    edges: Edges
    frames: int
    informative: int
    titles: tuple[int, ...] = ()

    def shown(self, rotation: int, flip: bool) -> Edges:
        """The edges of the picture as it is shown."""
        left, top, right, bottom = self.edges
        if flip:
            left, right = right, left
        for _ in range(rotation // 90):
            left, top, right, bottom = bottom, left, top, right
        return left, top, right, bottom


def sampled(count: int, samples: int = SAMPLES) -> tuple[int, ...]:
    """The numbers of the frames to look at, spread over `count`, neither its first nor its last."""
    samples = min(count, samples)
    return tuple((2 * number + 1) * count // (2 * samples) for number in range(samples))


def common(left: Bars, right: Bars) -> Bars:
    """The bars of both eyes, of a source each: the smaller ones, so that neither eye is cut and both are cut
    alike."""
    if not left.informative or not right.informative:
        return left if right.informative == 0 else right
    edges = tuple(map(min, left.edges, right.edges))
    frames, informative = left.frames + right.frames, left.informative + right.informative
    titles = tuple(sorted({*left.titles, *right.titles}))
    return Bars((edges[0], edges[1], edges[2], edges[3]), frames, informative, titles)


def find_bars(frames: Iterable[tuple[int, Pixels]], *, box: Box | None = None) -> Bars:
    """Look at frames, each with its number. box: the part that matters, as stored (one eye's)."""
    looked, numbers, profiles = 0, list[int](), list[tuple[_Profile, _Profile]]()
    for number, pixels in frames:
        looked += 1
        rows, columns = _profiles(pixels, box)
        if rows.fill.mean() >= _INFORMATIVE:
            numbers.append(number)
            profiles.append((rows, columns))
    if not profiles:
        return Bars((0, 0, 0, 0), looked, 0)
    top, titled_rows = _pair([rows for rows, _ in profiles])
    left, titled_columns = _pair([columns for _, columns in profiles])
    titles = tuple(numbers[at] for at in sorted({*titled_rows, *titled_columns}))
    return Bars((left, top, left, top), looked, len(profiles), titles)


# --- how it is done -----


@dataclass(frozen=True, eq=False)
class _Profile:
    """Of the rows (columns) of a frame: how much of each is lit, and whether anything is there."""

    fill: NDArray[Any]
    something: NDArray[Any]


def _profiles(pixels: Pixels, box: Box | None) -> tuple[_Profile, _Profile]:
    import numpy as np

    plane = pixels.planes[1 if pixels.model == "xyz" else 0]
    if pixels.model == "rgb":
        plane = np.maximum(np.maximum(plane, pixels.planes[1]), pixels.planes[2])
    if box is not None:
        plane = plane[box.top : box.bottom, box.left : box.right]
    black, white = _range(pixels)
    lit = plane > black + _LIT * (white - black)
    found = []
    for axis in (1, 0):
        fill = lit.mean(axis=axis)
        mean = (np.nan_to_num(plane.mean(axis=axis, dtype=np.float64)) - black) / (white - black)
        base = min(mean[0], mean[-1], _LIT)  # bars need not be quite black
        found.append(_Profile(fill, (fill > _SOME) | (mean > base + _LIFTED)))
    return found[0], found[1]


def _range(pixels: Pixels) -> tuple[float, float]:
    if pixels.depth == 32:
        return 0.0, 1.0
    if pixels.full_range:
        return 0.0, float((1 << pixels.depth) - 1)
    return 16.0 * 2 ** (pixels.depth - 8), 235.0 * 2 ** (pixels.depth - 8)


def _pair(profiles: list[_Profile]) -> tuple[int, set[int]]:
    """The even size of both bars, and the frames that have a title in one of them."""
    import numpy as np

    something = np.stack([one.something for one in profiles])
    fill: NDArray[Any] = np.max([one.fill for one in profiles], axis=0)
    anywhere: NDArray[Any] = np.logical_or.reduce(something, axis=0)
    if not anywhere.any():
        return 0, set()
    first, last = _first(anywhere), _first(anywhere[::-1])
    clean, other = max(first, last), min(first, last)
    if last > first:  # look from the cleaner side
        something, fill = something[:, ::-1], fill[::-1]
    size, titles = other, set[int]()
    if clean - other > 2 and _is_titled(something, fill, clean, other):
        size = clean
        within = something[:, something.shape[1] - clean + 2 :]
        titles = {int(at) for at in np.flatnonzero(within.any(axis=1))}
    sides = (something, fill), (something[:, ::-1], fill[::-1])
    if 2 * size > _MOST * fill.size or not all(_is_edge(*side, size, titles) for side in sides):
        return 0, set()
    return size - size % 2, titles


def _first(there: NDArray[Any]) -> int:
    return int(there.argmax())


def _is_titled(something: NDArray[Any], fill: NDArray[Any], clean: int, other: int) -> bool:
    """Whether what makes the far bar smaller than the clean one is no more than text."""
    near_picture = _first(fill >= _PICTURE)
    far_picture = _first(fill[::-1] >= _PICTURE)
    if not near_picture - 2 <= clean <= near_picture or abs(far_picture - clean) > 2:
        return False
    inside = slice(other, clean - 2)  # counted from the far edge
    often = something[:, ::-1][:, inside].any(axis=1).mean()
    return bool(fill[::-1][inside].max() < _TITLE and often < _TITLED)


def _is_edge(something: NDArray[Any], fill: NDArray[Any], size: int, titles: set[int]) -> bool:
    """Whether enough frames begin at the bar's end, and fill it there."""
    begins = [_first(rows) for number, rows in enumerate(something) if number not in titles and rows.any()]
    level = sum(abs(first - size) <= 2 for first in begins)
    enough = level >= max(min(3, len(begins)), 0.15 * len(begins)) and level > 0
    return bool(enough and fill[size : size + 3].max() >= _EDGE)
