"""Frames of two compositions held against each other: by their bytes, and where those differ, decoded.

Two files are read at once, each on a thread; what differs is decoded on all cores. Held are a few frames of
each side and the pictures that are being compared, whatever the length.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.errors import CodestreamError, TrackFileError
from dcp.mxf.reader import MicPolicy, TrackFile, key_for
from dcp.rework.ahead import read_ahead
from dcp.rework.differences import Frames, Kind, Range
from dcp.rework.playing import Piece, Span, same_file, side_by_side, spans
from dcp.secrets.keys import Keyring
from dcp.system import cores

if TYPE_CHECKING:
    from dcp.picture.codec import Codec

_BATCH = 4  # frames read at a time
_PEAK = 4095
_ROWS = 64  # of a picture that are measured at a time
SAME_PSNR = 200.0
"""What stands for a picture without any difference."""

Frame = tuple[bytes, ...]
"""A frame's codestreams, left before right; empty where nothing is played."""
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Measured:
    """How two frames differ: kind, and of samples the PSNR in dB and the largest difference of a code."""

    kind: Kind
    psnr: float = SAME_PSNR
    most: int = 0


def compare_frames(
    ones: Sequence[Piece],
    others: Sequence[Piece],
    *,
    rates: tuple[Fraction, Fraction],
    first: int,
    stops: tuple[int, int],
    keyring: Keyring | None,
    mic: MicPolicy,
    codec: Codec | None,
    progress: Progress,
) -> Frames:
    """Hold the frames from `first` on against each other, up to the shorter of `stops`, the frames after the
    last of each side.

    codec: decodes what is not the same; None: it is known to differ, and no more. progress: called with every
    frame that is done. TrackFileError for a damaged unit, KeyMissingError without a key.
    """
    stop = min(stops)
    found = _Found()
    pairs = side_by_side(spans(ones, rates[0], first, stop), spans(others, rates[1], first, stop))
    with ThreadPoolExecutor(2) as readers, ThreadPoolExecutor(cores()) as pool:
        work = _Work(pool, codec, found, progress)
        for one, other in pairs:
            if same_file(one, other):
                found.unread += one.count
                work.skip(one.count)
                continue
            ahead = [read_ahead(units(span, keyring, mic), readers, size=_BATCH) for span in (one, other)]
            for at, (left, right) in enumerate(zip(*ahead, strict=True), start=one.first):
                work.give(at, left, right)
        work.finish()
    longer = max(stops)
    ranges = found.ranges()
    if longer > stop:
        side: Kind = "only-a" if stops[0] > stops[1] else "only-b"
        ranges.append(Range(max(stop, first), longer - 1, side))
    return Frames(
        max(stop - first, 0), found.same + found.unread, found.unread, tuple(ranges),
        found.numbers, found.psnr, found.most,
    )  # fmt: skip


def units(span: Span, keyring: Keyring | None, mic: MicPolicy) -> Iterator[Frame]:
    """The frames of a span. TrackFileError for a damaged one, and where the file has too few."""
    if span.piece.path is None:
        yield from [()] * span.count
        return
    with TrackFile.open(span.piece.path) as track:
        key, per = key_for(track, keyring), track.header.units_per_edit_unit
        parts: list[bytes] = []
        done = 0
        for unit in track.units(span.unit, span.unit + span.count, key=key, mic=mic, strict=True):
            parts.append(bytes(unit.data))
            if len(parts) == per:
                yield tuple(parts)
                parts, done = [], done + 1
        if done < span.count:
            raise TrackFileError("diff.file-too-short", where=track.path, n=span.unit + done)


# --- how it is done -----


class _Found:
    """What has come out so far, in the order of the frames."""

    def __init__(self) -> None:
        self.same = self.unread = 0
        self.numbers, self.psnr, self.most = array("L"), array("f"), array("H")
        self._ranges: list[Range] = []

    def add(self, at: int, measured: Measured | None) -> None:
        if measured is None:
            self.same += 1
            return
        psnr = most = None
        if measured.kind == "different":
            psnr, most = measured.psnr, measured.most
            self.numbers.append(at)
            self.psnr.append(psnr)
            self.most.append(most)
        last = self._ranges[-1] if self._ranges else None
        if last is not None and last.kind == measured.kind and last.last + 1 == at:
            if psnr is not None and last.psnr is not None:
                psnr, most = min(psnr, last.psnr), max(measured.most, last.most or 0)
            self._ranges[-1] = Range(last.first, at, last.kind, psnr, most)
        else:
            self._ranges.append(Range(at, at, measured.kind, psnr, most))

    def ranges(self) -> list[Range]:
        return list(self._ranges)


class _Work:
    """Frames on their way: what differs is measured on the pool, what comes out is told in order."""

    def __init__(
        self, pool: ThreadPoolExecutor, codec: Codec | None, found: _Found, progress: Progress
    ) -> None:
        self._pool, self._codec, self._found, self._progress = pool, codec, found, progress
        self._waiting: deque[tuple[int, Future[Measured] | Measured | None]] = deque()
        self._last: tuple[Frame, Frame, Future[Measured]] | None = None

    def give(self, at: int, one: Frame, other: Frame) -> None:
        result: Future[Measured] | Measured | None
        if one == other:
            result = None
        elif not one or not other:
            result = Measured("only-b" if other else "only-a")
        elif len(one) != len(other):
            result = Measured("incomparable")
        elif self._codec is None:
            result = Measured("undecoded")
        elif self._last is not None and self._last[:2] == (one, other):  # a still, a title
            result = self._last[2]
        else:
            result = self._pool.submit(partial(_measured, one, other, self._codec))
            self._last = one, other, result
        self._waiting.append((at, result))
        while len(self._waiting) > 2 * cores():
            self._tell()

    def skip(self, count: int) -> None:
        self.finish()
        for _ in range(count):
            self._progress(1)

    def finish(self) -> None:
        while self._waiting:
            self._tell()

    def _tell(self) -> None:
        at, result = self._waiting.popleft()
        self._found.add(at, result.result() if isinstance(result, Future) else result)
        self._progress(1)


def _measured(ones: Frame, others: Frame, codec: Codec) -> Measured:
    """Of two eyes the worse one."""
    try:
        both = [_of_samples(one, other, codec) for one, other in zip(ones, others, strict=True)]
    except CodestreamError:
        return Measured("incomparable")
    psnr, most = min(each[0] for each in both), max(each[1] for each in both)
    return Measured("different" if most else "recoded", psnr, most)


def _of_samples(one: bytes, other: bytes, codec: Codec) -> tuple[float, int]:
    """PSNR over all components, and the largest difference. CodestreamError when they cannot be compared."""
    from math import log10

    import numpy as np

    if one == other:
        return SAME_PSNR, 0
    left, right = codec.decode(one), codec.decode(other)
    if left.shape != right.shape:
        raise CodestreamError("diff.other-size")
    most, squares = 0, 0
    for row in range(0, left.shape[0], _ROWS):
        part = left[row : row + _ROWS].astype(np.int32)
        part -= right[row : row + _ROWS]
        most = max(most, int(part.max()), -int(part.min()))
        squares += int(np.square(part, dtype=np.int64).sum())
    if not squares:
        return SAME_PSNR, 0
    return 10 * log10(_PEAK**2 * left.size / squares), most
