"""How loud sound is: leq(m) as the trade of trailers and advertisements measures it, EBU R 128, and peaks.

leq(m), ISO 21727: each channel is weighted (`dcp.sound.weighting`), scaled to the level at which a cinema
plays it, squared, and all are added, over the whole duration. A steady 2 kHz tone at the reference level,
20 dB below full scale, reads 85.0 on a screen channel. That is a sine of a tenth of full scale, as in
DCP-o-matic's meter; taken as the power of a full-scale square wave instead, all numbers would be 3 dB lower.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from dcp.dataclass import dataclass
from dcp.sound.layout import BYTES_PER_SAMPLE, SAMPLE_RATE, Layout

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# dB SPL, C-weighted, of pink noise at the reference level: ISO 21727's table of six channels; screen channels
# and surrounds beyond these are set alike
LEVELS = {
    "L": 85, "R": 85, "C": 85, "Lc": 85, "Rc": 85, "LFE": 95, "Ls": 82, "Rs": 82, "Lss": 82, "Rss": 82,
    "Lrs": 82, "Rrs": 82, "Cs": 82,
}  # fmt: skip
"""The channels that are measured. The hall does not hear narration, motion, sync and sign language."""
REFERENCE = -20.0
"""dB below full scale of the tone that is played at these levels."""
SCREEN = 85
LIMITS = {"trailer": 85.0, "teaser": 85.0, "advertisement": 82.0}
"""leq(m) in dB that cinemas take, by the kind of content: TASA's limit for trailers, SAWA's for
advertisements."""


@dataclass(frozen=True)
class Loudness:
    """leqm in dB; integrated in LUFS and range in LU, as EBU R 128 has them; true_peak and peak (of the
    samples) in dBFS, the LFE included. None: there was nothing but silence, or too little to measure.
    """

    leqm: float | None = None
    integrated: float | None = None
    range: float | None = None
    true_peak: float | None = None
    peak: float | None = None


@dataclass(frozen=True)
class Part:
    """What a stretch of sound came to, to be joined with others that play with it. energy: weighted, of
    `count` samples. moments, short_terms: how often each loudness occurred (`Gate.counts`)."""

    energy: float
    count: int
    peak: float
    true_peak: float
    moments: Mapping[int, int]
    short_terms: Mapping[int, int]


def joined(parts: Iterable[Part]) -> Loudness:
    """The loudness of stretches that play one after another. Windows that reach over a join are left out,
    and a peak between the last sample of one and the first of the next is not looked for."""
    sums = _Sums(0)
    for part in parts:
        sums.take(part)
    return sums.loudness()


class Meter:
    """Measures sound of a layout as it passes, reel by reel. One thread at a time; memory does not grow.

    Needs the extra `sound`. sample_rate in Hz, 48000 or 96000.
    """

    def __init__(self, layout: Layout, sample_rate: int = SAMPLE_RATE) -> None:
        import numpy as np

        from dcp.sound.peaks import TAPS
        from dcp.sound.r128 import COUNTED, STEP, Windows
        from dcp.sound.weighting import m_filter

        self._channels = len(layout.channels)
        heard = [place for place, symbol in enumerate(layout.channels) if symbol in LEVELS]
        symbols = [str(layout.channels[place]) for place in heard]
        self._heard = np.array(heard, np.intp)
        self._weights = np.array([10 ** ((LEVELS[symbol] - SCREEN) / 10) for symbol in symbols])
        self._counted = [place for place, symbol in enumerate(symbols) if symbol in COUNTED]
        counted = [symbols[place] for place in self._counted]
        self._windows = Windows(counted, sample_rate) if counted else None
        self._filter = _Filter(m_filter(sample_rate))
        self._step = sample_rate // STEP
        self._reach = max(self._filter.reach, TAPS - 1)  # samples before a stretch that its values need
        self._samples = np.zeros((len(heard), self._reach + sample_rate), np.float32)
        self._filled = 0
        self._measured = 0
        self._steps = 0
        self._apart = False
        self._whole = _Sums(0)
        self._reel = _Sums(0)

    def add(self, block: bytes | bytearray | memoryview | NDArray[Any]) -> None:
        """The next samples of all channels: 24-bit, interleaved, or floats (n, channels) of full scale 1."""
        if not len(self._heard):
            return
        if isinstance(block, bytes | bytearray | memoryview):
            samples = self._unpacked(block)
        else:
            samples = block[:, self._heard].T
        start = 0
        while start < samples.shape[1]:
            at = self._reach + self._filled
            taken = samples[:, start : start + self._samples.shape[1] - at]
            self._samples[:, at : at + taken.shape[1]] = taken
            self._filled += taken.shape[1]
            start += taken.shape[1]
            if self._reach + self._filled == self._samples.shape[1]:
                self._measure()

    def end_reel(self) -> Loudness:
        """What was added since the reel before, measured for itself."""
        self._measure()
        result = self._reel.loudness()
        self._reel = _Sums(self._measured)
        return result

    def end_part(self) -> Part:
        """The same, to be joined with other stretches. What follows is measured as if nothing came before:
        leq(m) from 2 ms on, where its filter has nothing of this stretch any more."""
        self._measure()
        self._apart = True
        part = self._reel.part()
        self._reel = _Sums(self._measured)
        return part

    def result(self) -> Loudness:
        """All that was added."""
        self._measure()
        return self._whole.loudness()

    def _unpacked(self, block: bytes | bytearray | memoryview) -> NDArray[np.float32]:
        import numpy as np

        # numbers of 32 bits, three bytes apart: their lowest byte is the one before and is struck out
        stride = BYTES_PER_SAMPLE * self._channels
        shape = (self._channels, len(block) // stride)
        behind_one = b"\0" + block
        numbers = np.ndarray(shape, "<i4", behind_one, strides=(BYTES_PER_SAMPLE, stride))[self._heard]
        numbers &= -256
        samples: NDArray[np.float32] = numbers.astype(np.float32)
        samples /= 1 << 31
        return samples

    def _measure(self) -> None:
        """Measure what has gathered, and keep its end for what follows."""
        from dcp.sound.peaks import TAPS, sample_peak, true_peak

        if not self._filled:
            return
        reached = self._samples[:, : self._reach + self._filled]
        new = reached[:, self._reach :]
        late = min(self._filter.reach, self._filled) if self._apart else 0
        before = 0 if self._apart else TAPS - 1
        self._apart = False
        weighted = self._filter.energies(reached[:, self._reach - self._filter.reach + late :])
        energy = float(weighted @ self._weights)
        self._measured += self._filled
        for sums in (self._whole, self._reel):
            sums.energy += energy
            sums.count += self._filled - late
        self._reel.peak = max(self._reel.peak, sample_peak(new))
        self._reel.true_peak = true_peak(reached[:, self._reach - before :], self._reel.true_peak)
        self._whole.peak = max(self._whole.peak, self._reel.peak)
        self._whole.true_peak = max(self._whole.true_peak, self._reel.true_peak)
        if self._windows is not None:
            for moment, short_term in self._windows.push(new[self._counted]):
                self._steps += 1
                for sums in (self._whole, self._reel):
                    sums.window(moment, short_term, self._steps, self._step)
        self._samples[:, : self._reach] = reached[:, self._filled :].copy()
        self._filled = 0


def measure(
    blocks: Iterable[bytes | NDArray[Any]], layout: Layout, sample_rate: int = SAMPLE_RATE
) -> Loudness:
    """The loudness of a stream, block by block as `Meter.add` takes them."""
    meter = Meter(layout, sample_rate)
    for block in blocks:
        meter.add(block)
    return meter.result()


class _Sums:
    """What a reel, or the whole, has come to. start: its first sample."""

    def __init__(self, start: int) -> None:
        from dcp.sound.r128 import Gate

        self._start = start
        self.energy = 0.0
        self.count = 0
        self.peak = 0.0
        self.true_peak = 0.0
        self._moments, self._short_terms = Gate(), Gate()

    def window(self, moment: float, short_term: float, step: int, length: int) -> None:
        """Windows that end with a step (from 1) of so many samples; none counts that began before `start`."""
        from dcp.sound.r128 import MOMENT, SHORT_TERM

        if (step - MOMENT) * length >= self._start:
            self._moments.add(moment)
        if (step - SHORT_TERM) * length >= self._start:
            self._short_terms.add(short_term)

    def part(self) -> Part:
        moments, short_terms = self._moments.counts(), self._short_terms.counts()
        return Part(self.energy, self.count, self.peak, self.true_peak, moments, short_terms)

    def take(self, part: Part) -> None:
        self.energy += part.energy
        self.count += part.count
        self.peak = max(self.peak, part.peak)
        self.true_peak = max(self.true_peak, part.true_peak)
        self._moments.take(part.moments)
        self._short_terms.take(part.short_terms)

    def loudness(self) -> Loudness:
        mean = self.energy / self.count if self.count else 0.0
        tone = 10 ** (REFERENCE / 10) / 2  # the mean square of the reference tone
        return Loudness(
            leqm=SCREEN + 10 * math.log10(mean / tone) if mean > _NOTHING else None,
            integrated=self._moments.programme(),
            range=self._short_terms.range(),
            true_peak=_decibels(self.true_peak),
            peak=_decibels(self.peak),
        )


_NOTHING = 1e-16  # a mean square far below one bit of 24


def _decibels(amplitude: float) -> float | None:
    return 20 * math.log10(amplitude) if amplitude > 0 else None


class _Filter:
    """A filter of few taps over long stretches, by overlapping blocks of a Fourier transform."""

    def __init__(self, taps: NDArray[np.float32]) -> None:
        import numpy as np

        self.reach = len(taps) - 1
        self._block = 4096
        self._response = np.fft.rfft(taps, self._block).astype(np.complex64)

    def energies(self, samples: NDArray[np.float32]) -> NDArray[np.float64]:
        """The sum of the squares, a channel, that the filter makes of all samples but the first `reach`."""
        import numpy as np

        energies = np.zeros(len(samples))
        hop = self._block - self.reach
        for start in range(self.reach, samples.shape[1], hop):
            block = samples[:, start - self.reach : start + hop]
            weighted = np.fft.irfft(np.fft.rfft(block, self._block) * self._response, self._block)
            kept = weighted[:, self.reach : block.shape[1]]
            energies += np.einsum("cn,cn->c", kept, kept, dtype=np.float64)
        return energies
