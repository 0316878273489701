"""What a recording says about the mark when the film is not at hand: each frame against its own neighbours.

A frame is foretold from the frames one chip before and after, once where they stand and once moved along by
dense optical flow; what the better of the two forecasts leaves is the mark of this chip, half the marks of
its neighbours, and noise. It is weighted by what the mark would be worth there and by the noise found there.
Nothing here knows the secret, and all of it lies in the recording's own geometry.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from fractions import Fraction
from functools import partial
from itertools import groupby, islice, pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import SourceError
from watermark.carrier import CHIPS_PER_SECOND
from watermark.embed import AMPLITUDE, strength
from watermark.frames import Floats, Footage, Halves

FIELD_COLUMNS, FIELD_ROWS = 64, 36
"""Points of the field: four a cell where the film fills the recording."""
MAX_PIECES, PIECE_SECONDS = 12, 60.0
"""A recording longer than all these together is looked at in so many pieces spread evenly over it: memory
stays bounded, and ten minutes are far more than a mark that can be read at all needs."""

_SMALL = (160, 90)
_FLOW = (256, 144)
_RATE = 24.0  # frames are averaged down to no fewer than about this many a second
_BLOCK_SECONDS = 1.0
_BLACK = np.float32(0.02)  # of white: keeps the logarithm of dark samples from being all noise
_OUTLIER = np.float32(0.03)
_CLIP = np.float32(2)
_GRAIN = np.float32(0.1 / 219)  # what rounding alone leaves of a point's noise, in parts of white
_MOVED_BIAS = np.float32(
    0.8
)  # flow follows noise, too, and takes some of the mark along: it has to be better by this
_SCREEN_GAMMA = 2.4
_KEPT = 0.7  # of a change of light, what forecasts and lenses leave of it at the least
_SCALE = np.float32(0.01)  # keeps weighted values within half precision
_CELL, _CELL_CLIP = (5, 5), np.float32(2.5)
_SHARPEN, _JUDGED = 0.15, 1500
_AROUND, _LEAST_LEVEL = (9, 7), 0.1
_POINTS = FIELD_COLUMNS, FIELD_ROWS
_THREADS = 2

_FLOW_X, _FLOW_Y = np.float32(_SMALL[0] / _FLOW[0]), np.float32(_SMALL[1] / _FLOW[1])
_X, _Y = np.meshgrid(np.arange(_SMALL[0], dtype=np.float32), np.arange(_SMALL[1], dtype=np.float32))


@dataclass(frozen=True)
class BlindField:
    """What is left of a recording's frames, weighted.

    rate: frames of the recording a second. frames: (n,) which frame of the recording, ascending; seconds:
    (n,) the middle of it. values: (n, 36, 64), proportional to the carrier, weighted by what they are worth:
    they are summed as they are. nominal: (blocks, 36, 64) what a +1 of a mark at nominal strength would have
    added to a value in a copy that kept all of it (coders take up to three quarters: without the film that
    is not seen), block: (n,) which of them. pieces: (first, last) runs of rows without a gap in time.
    aspect: width of a picture by its height.
    """

    rate: Fraction
    frames: NDArray[np.int64]
    seconds: NDArray[np.float64]
    values: Halves
    nominal: Halves
    block: NDArray[np.int64]
    pieces: tuple[tuple[int, int], ...]
    aspect: float = 16 / 9

    def __len__(self) -> int:
        return len(self.frames)


@dataclass(frozen=True)
class _Small:
    """A frame of the recording, or the mean of a few, small. index: the middle frame."""

    index: float
    log: Floats
    flow: NDArray[np.uint8]
    light: Floats


@dataclass(frozen=True)
class _Block:
    """About a second of one piece: rows of a field."""

    piece: int
    index: NDArray[np.float64]
    values: Halves
    nominal: Halves


def blind_field(
    recording: Footage, *, frames: int | None = None, progress: Callable[[int], None] | None = None
) -> BlindField:
    """Walk a recording once, in memory that does not grow with its length.

    frames: how many there are, where it is known: only then can a long recording be looked at in pieces
    spread over it, otherwise its beginning is. progress: told the frames that were looked at; it may raise.
    SourceError when there are no frames. A recording too short to be foretold gives an empty field.
    """
    rate = float(recording.rate)
    together = max(1, int(rate / _RATE + 0.1))
    reach = max(1, round(rate / together / CHIPS_PER_SECOND))
    each = max(2, round(_BLOCK_SECONDS * rate / together))
    starts = _starts(frames, max(2 * reach + 1, round(PIECE_SECONDS * rate)))
    blocks: list[_Block] = []
    with ThreadPoolExecutor(_THREADS) as pool, closing(_chosen(recording, starts, progress)) as walk:
        for piece, pictures in groupby(walk, key=lambda chosen: chosen[0]):
            small = _grouped(((index, picture) for _, index, picture in pictures), together)
            blocks.extend(_blocks(small, piece, reach, each, pool))
    return _joined(recording.rate, blocks, reach)


def _starts(frames: int | None, length: int) -> list[tuple[int, int]]:
    """First and last frames of the pieces to look at: neighbours that touch are one piece."""
    if frames is None or frames <= MAX_PIECES * length:
        return [(0, MAX_PIECES * length)]
    return [(int(start), int(start) + length) for start in np.linspace(0, frames - length, MAX_PIECES)]


def _chosen(
    recording: Footage, pieces: list[tuple[int, int]], progress: Callable[[int], None] | None
) -> Generator[tuple[int, int, Floats], None, None]:
    """(piece, frame, picture) of the frames that are looked at."""
    piece, index = 0, -1
    with closing(recording.luminance()) as walk:  # type: ignore[type-var]
        for index, picture in enumerate(walk):
            if progress is not None and index % 16 == 0:
                progress(index)
            if index >= pieces[piece][1]:
                piece += 1
                if piece == len(pieces):
                    break
            if index >= pieces[piece][0]:
                yield piece, index, picture
    if index < 0:
        raise SourceError("mark.no-frame")


def _grouped(pictures: Iterable[tuple[int, Floats]], together: int) -> Iterator[_Small]:
    """The frames small, of a fast recording the mean of some."""
    held: list[Floats] = []
    for index, picture in pictures:
        held.append(np.asarray(cv2.resize(picture, _FLOW, interpolation=cv2.INTER_AREA), dtype=np.float32))
        if len(held) == together:
            light = np.maximum(np.mean(held, axis=0, dtype=np.float32) if together > 1 else held[0], 0)
            small = cv2.resize(light, _SMALL, interpolation=cv2.INTER_AREA)
            yield _Small(
                index=index - (together - 1) / 2,
                log=np.log(small + _BLACK),
                flow=np.minimum(light * 255 + 0.5, 255).astype(np.uint8),
                light=light,
            )
            held.clear()


def _blocks(small: Iterator[_Small], piece: int, reach: int, each: int, pool: Executor) -> Iterator[_Block]:
    """Blocks of `each` frames; the last may be longer by half, or the only one shorter."""
    held: list[_Small] = []
    first, ended = 0, False  # held[first] begins the next block
    while not ended:
        wanted = first + 2 * each + reach
        held.extend(islice(small, wanted - len(held)))
        ended = len(held) < wanted
        last = len(held) if ended and len(held) - first < 1.5 * each else first + each
        if len(held) <= reach or last == first:
            return
        if ended and last < len(held):  # two more blocks
            yield _block(held, first, last, piece, reach, pool)
            first, last = last, len(held)
        yield _block(held, first, last, piece, reach, pool)
        keep = max(0, last - reach)
        del held[:keep]
        first = last - keep


def _block(held: list[_Small], first: int, last: int, piece: int, reach: int, pool: Executor) -> _Block:
    parts = np.array_split(np.arange(first, last), _THREADS)
    rests = np.concatenate([part for part in pool.map(partial(_rests, held, reach), parts) if len(part)])
    middle = held[(first + last) // 2]
    light = cv2.resize(middle.light, _POINTS, interpolation=cv2.INTER_AREA)
    # A change of light as a share of it, seen through the logarithm.
    strong = cv2.resize(strength(middle.light, white=1.0), _POINTS, interpolation=cv2.INTER_LINEAR)
    worth = np.asarray(strong * (light / (light + _BLACK)), dtype=np.float32)
    grain = np.asarray((_GRAIN / (light + _BLACK)) ** 2, dtype=np.float32)
    rest, weight = _weighted(rests, worth, grain)
    factor, drawn = _evened(rest * weight, worth * weight, weight**2 * grain)
    nominal = worth * (weight * factor) * np.float32(AMPLITUDE * _KEPT / _SCREEN_GAMMA)
    return _Block(
        piece=piece,
        index=np.array([frame.index for frame in held[first:last]]),
        values=(rest * (weight * factor) * drawn).astype(np.float16),
        nominal=nominal.astype(np.float16),
    )


def _rests(held: list[_Small], reach: int, places: NDArray[np.int64]) -> Floats:
    """What each forecast leaves: (frames, 2, 36, 64), moved along and as it stands."""
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    blank = np.zeros((*_FLOW[::-1], 2), dtype=np.float32)
    rests = np.zeros((len(places), 2, FIELD_ROWS, FIELD_COLUMNS), dtype=np.float32)
    for rest, place in zip(rests, places, strict=True):
        frame = held[place]
        others = [held[place + step] for step in (-reach, reach) if 0 <= place + step < len(held)]
        for other in others:
            field = cv2.resize(flow.calc(frame.flow, other.flow, blank), _SMALL, interpolation=cv2.INTER_AREA)
            moved = cv2.remap(
                other.log, _X + field[..., 0] * _FLOW_X, _Y + field[..., 1] * _FLOW_Y, cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )  # fmt: skip
            rest[0] += _tamed(frame.log - moved) / len(others)
            rest[1] += _tamed(frame.log - other.log) / len(others)
    return rests


def _tamed(difference: Floats) -> Floats:
    """A difference of logarithms without the change of exposure, outliers shrunk, at the field's points."""
    difference = difference - np.median(difference)
    tame = difference / (1 + (difference / _OUTLIER) ** 2)
    return np.asarray(cv2.resize(tame, (FIELD_COLUMNS, FIELD_ROWS), interpolation=cv2.INTER_AREA))


def _weighted(rests: Floats, worth: Floats, grain: Floats) -> tuple[Floats, Floats]:
    """One rest of the two by their local noise, clipped: (frames, 36, 64); and the weight that is due."""
    moved, still = (_noise(np.asarray(rests[:, way], dtype=np.float32)) + grain for way in (0, 1))
    share = _MOVED_BIAS / moved / (_MOVED_BIAS / moved + 1 / still)
    rest = rests[:, 0] * share + rests[:, 1] * (1 - share)
    noise = _noise(np.asarray(rest, dtype=np.float32)) + grain
    most = _CLIP * np.sqrt(noise)
    return np.clip(rest, -most, most), worth / noise * _SCALE


def _evened(values: Floats, worth: Floats, least: Floats) -> tuple[Floats, Floats]:
    """A second weight, by what noise has left over the size of a cell, where it is not as white as the noise
    of a point says; and for each value by how much it is drawn in when it lies far out of that. least: a
    point's variance by rounding alone."""
    sums = np.stack([cv2.blur(frame, _CELL) for frame in values])
    noise = _around((sums**2).mean(axis=0), (7, 7))
    noise += np.float32(0.05 * float(np.median(noise)) + 1e-12)
    noise += _around(least, _CELL) / np.float32(_CELL[0] * _CELL[1])
    # The root: where a mark is clearly seen, what looks like noise is the mark.
    factor = np.sqrt(_around(worth, _CELL) / noise)
    drawn = np.minimum(np.float32(1), _CELL_CLIP * np.sqrt(noise) / (np.abs(sums) + np.float32(1e-12)))
    return factor, drawn


def _around(values: Floats, size: tuple[int, int]) -> Floats:
    """Means over what lies around, of values that are 0 or more: sums that run along leave a trace of what is
    large, which beside nothing may come out below zero."""
    return np.maximum(np.asarray(cv2.blur(values, size), dtype=np.float32), np.float32(0))


def _noise(rest: Floats) -> Floats:
    """Variance of each point over the block: (36, 64)."""
    deviation = cv2.blur(np.median(np.abs(rest), axis=0) * np.float32(1.48), (5, 5))
    return np.asarray(deviation**2, dtype=np.float32)


def _sharpened(values: Halves, reach: int) -> Halves:
    """Take the rests a chip before and after off in part.

    Each rest holds half the marks of those chips, the other way round. Where noise came with the forecast,
    the rests a chip away tell of it and nothing is gained; where it did not, they tell of this chip.
    """
    if len(values) <= 2 * reach:
        return values
    coarse = np.stack([cv2.resize(row.astype(np.float32), (16, 9), interpolation=cv2.INTER_AREA)
                       for row in values[:_JUDGED]])  # fmt: skip
    alike = float((coarse[reach:] * coarse[:-reach]).sum() / max(float((coarse**2).sum()), 1e-12))
    share = np.float32(_SHARPEN + min(max(alike + 0.5, 0), 0.25))
    sharp = values.astype(np.float32)
    sharp[reach:] -= share * values[:-reach]
    sharp[:-reach] -= share * values[reach:]
    return sharp.astype(np.float16)


def _levelled(values: Halves, judged: float) -> tuple[Halves, Floats]:
    """Give every part of every frame the same energy over the size of a cell, and by how much: what disturbs
    one place for a moment, a cut or something that flew past, must not outweigh the rest. judged: the
    energy of most."""
    level = np.empty(values.shape, dtype=np.float32)
    for row, frame in zip(level, values, strict=True):
        sums = cv2.blur(frame.astype(np.float32), _CELL)
        row[:] = _around(sums**2, _AROUND)
    factor = 1 / np.sqrt(level + np.float32(_LEAST_LEVEL * judged + 1e-9))
    return (values * factor).astype(np.float16), np.asarray(factor, dtype=np.float32)


def _usual_level(values: Halves) -> float:
    few = values[:: max(1, len(values) // _JUDGED)]
    return float(np.median([cv2.blur(frame.astype(np.float32), _CELL) ** 2 for frame in few]))


def _joined(rate: Fraction, parts: list[_Block], reach: int) -> BlindField:
    shape = (0, FIELD_ROWS, FIELD_COLUMNS)
    index = np.concatenate([np.zeros(0), *(part.index for part in parts)])
    counts = [len(part.index) for part in parts]
    piece = np.repeat([part.piece for part in parts], counts)
    edges = [0, *(np.flatnonzero(np.diff(piece)) + 1), len(index)] if len(index) else [0]
    pieces = tuple((int(first), int(last)) for first, last in pairwise(edges))
    values = np.concatenate([np.zeros(shape, np.float16), *(part.values for part in parts)])
    nominal = np.stack([part.nominal for part in parts]) if parts else np.zeros(shape, np.float16)
    block = np.repeat(np.arange(len(parts)), counts)
    for first, last in pieces:
        values[first:last] = _sharpened(values[first:last], reach)
        usual = _usual_level(values[first:last])
        for number in np.unique(block[first:last]):
            rows = first + np.flatnonzero(block[first:last] == number)
            values[rows], factor = _levelled(values[rows], usual)
            worth = nominal[number].astype(np.float32) * factor.mean(axis=0)
            nominal[number] = np.minimum(worth, np.finfo(np.float16).max)
    return BlindField(
        rate=rate,
        frames=np.floor(index).astype(np.int64),
        seconds=(index + 0.5) / float(rate),
        values=values,
        nominal=nominal,
        block=block,
        pieces=pieces,
    )
