"""What one would see of sound on a meter and a scope: clipping, dead and repeated channels, DC, silence.

A stream is looked at as it passes, a second at a time; memory does not grow but for the places that are
listed, and of those there are so many at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dcp.dataclass import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLIPPED_RUN = 3
"""Samples in a row at one end of the scale: a single one may be a peak that just reaches it."""
SILENT = 10 ** (-80 / 20)
"""Of full scale: what stays below is heard as nothing, dither included."""
STEPS = 10
"""A second, by which silence is told."""
MAX_PLACES = 10_000
_TOP = 0x7FFFFF00  # 24 bits in the upper bytes of 32
_BOTTOM = -0x80000000
_FULL = 1 << 31


@dataclass(frozen=True)
class Channel:
    """peak and mean of full scale; runs: of clipped samples."""

    peak: float
    mean: float
    runs: int

    @property
    def silent(self) -> bool:
        return self.peak < SILENT


@dataclass(frozen=True)
class Inspection:
    """samples: of each channel. clipped: where a run reaches the length that counts, ascending. repeated,
    inverted: pairs of channels, from 0, that carry the same throughout, or the same upside down. quiet:
    samples [start, end) in which no channel that is heard has anything, to a tenth of a second."""

    samples: int
    channels: tuple[Channel, ...]
    clipped: tuple[int, ...]
    repeated: tuple[tuple[int, int], ...]
    inverted: tuple[tuple[int, int], ...]
    quiet: tuple[tuple[int, int], ...]

    @property
    def silent(self) -> bool:
        return all(each.silent for each in self.channels)


class Inspector:
    """heard: the channels, from 0, that silence is told by. left_out: those that carry data, not sound."""

    def __init__(
        self, channels: int, sample_rate: int, *, heard: tuple[int, ...], left_out: frozenset[int]
    ) -> None:
        self._heard = list(heard)
        self._step = sample_rate // STEPS
        self._samples = 0
        self._top = np.full(channels, -_FULL, np.int64)
        self._bottom = np.full(channels, _FULL, np.int64)
        self._sum = np.zeros(channels, np.float64)
        self._left_out = left_out
        self._runs = [0] * channels
        self._open = [(0, 0)] * channels  # the end of the scale and the length of a run not yet at its end
        self._clipped: list[int] = []
        pairs = [
            (one, other)
            for one in range(channels)
            for other in range(one + 1, channels)
            if not {one, other} & left_out
        ]
        self._same, self._upside_down = list(pairs), list(pairs)
        self._quiet: list[list[int]] = []
        self._rest = 0
        self._rest_peak = 0

    def add(self, samples: NDArray[np.int32]) -> None:
        """(channels, n): 24 bits in the upper three bytes."""
        if not samples.shape[1]:
            return
        top, bottom = samples.max(axis=1), samples.min(axis=1)
        self._sum += samples.sum(axis=1, dtype=np.int64)
        self._top = np.maximum(self._top, top)
        self._bottom = np.minimum(self._bottom, bottom)
        places: set[int] = set()
        for channel in np.flatnonzero((top >= _TOP) | (bottom == _BOTTOM)):
            if int(channel) not in self._left_out:
                places.update(self._clips(samples, int(channel)))
        for channel in np.flatnonzero((top < _TOP) & (bottom > _BOTTOM)):
            self._open[channel] = (0, 0)
        self._clipped.extend(sorted(places)[: MAX_PLACES - len(self._clipped)])
        self._same = [pair for pair in self._same if np.array_equal(samples[pair[0]], samples[pair[1]])]
        self._upside_down = [
            pair
            for pair in self._upside_down
            if int(top[pair[0]]) == -int(bottom[pair[1]])  # a short look first
            and np.array_equal(samples[pair[0]], -samples[pair[1]])
        ]
        self._silence(samples)
        self._samples += samples.shape[1]

    def result(self) -> Inspection:
        if self._rest:
            self._told(self._rest_peak)
        count = max(1, self._samples)
        peaks = np.maximum(self._top, -self._bottom) / _FULL if self._samples else self._sum
        sounding = {channel for channel, peak in enumerate(peaks) if peak >= SILENT}
        return Inspection(
            samples=self._samples,
            channels=tuple(
                Channel(float(peak), float(total / count / _FULL), runs)
                for peak, total, runs in zip(peaks, self._sum, self._runs, strict=True)
            ),
            clipped=tuple(self._clipped),
            repeated=tuple(pair for pair in self._same if sounding.issuperset(pair)),
            inverted=tuple(pair for pair in self._upside_down if sounding.issuperset(pair)),
            quiet=tuple(
                (start * self._step, min(self._samples, end * self._step)) for start, end in self._quiet
            ),
        )

    def _clips(self, samples: NDArray[np.int32], channel: int) -> list[int]:
        """Where runs of this block reach the length that counts; a run that goes on from the last block is
        one run."""
        line = samples[channel]
        ends = (line >= _TOP).astype(np.int8) - (line == _BOTTOM)
        changes = np.flatnonzero(np.diff(ends)) + 1
        starts = np.concatenate(([0], changes))
        lengths = np.diff(np.concatenate((starts, [len(line)])))
        side, before = self._open[channel]
        at_end = ends[starts]
        clipped = at_end != 0
        found = []
        if at_end[0] and at_end[0] == side:
            if before < CLIPPED_RUN <= before + lengths[0]:
                found.append(self._samples)
            whole = before + int(lengths[0])
            clipped[0] = False
        else:
            whole = int(lengths[0])
        reached = starts[clipped & (lengths >= CLIPPED_RUN)]
        found.extend((reached + self._samples).tolist())
        self._runs[channel] += len(found)
        last = whole if len(starts) == 1 else int(lengths[-1])
        self._open[channel] = (int(at_end[-1]), last if at_end[-1] else 0)
        return found[:MAX_PLACES]

    def _silence(self, samples: NDArray[np.int32]) -> None:
        """Steps are counted from the stream's first sample, whatever the blocks."""
        if not self._heard:
            return
        heard = samples if len(self._heard) == len(samples) else samples[self._heard]
        loudest = np.maximum(heard.max(axis=0), -(heard.min(axis=0).astype(np.int64)))
        starts = np.arange((-self._rest) % self._step, len(loudest), self._step)
        if self._rest:
            head = loudest[: self._step - self._rest]
            self._rest_peak = max(self._rest_peak, int(head.max()))
            self._rest += len(head)
            if self._rest < self._step:
                return
            self._told(self._rest_peak)
        self._rest = self._rest_peak = 0
        if not len(starts):
            return
        peaks = np.maximum.reduceat(loudest, starts).tolist()
        left = len(loudest) - int(starts[-1])
        if left < self._step:
            self._rest, self._rest_peak = left, peaks.pop()
        for peak in peaks:
            self._told(peak)

    _steps = 0

    def _told(self, peak: int) -> None:
        step, self._steps = self._steps, self._steps + 1
        if peak >= SILENT * _FULL:
            return
        if self._quiet and self._quiet[-1][1] == step:
            self._quiet[-1][1] = step + 1
        elif len(self._quiet) < MAX_PLACES:
            self._quiet.append([step, step + 1])


def unpacked(block: bytes | bytearray | memoryview, channels: int) -> NDArray[np.int32]:
    """(channels, n) samples, 24 bits in the upper bytes, of interleaved ones. Bytes over are left out."""
    raw = np.frombuffer(block, np.uint8)
    count = len(raw) // (3 * channels)
    wide = np.zeros((count * channels, 4), np.uint8)
    wide[:, 1:] = raw[: count * channels * 3].reshape(-1, 3)
    numbers: NDArray[np.int32] = wide.view("<i4").reshape(count, channels).T
    return np.ascontiguousarray(numbers)
