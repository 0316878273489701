"""Programme loudness and loudness range of EBU R 128, out of the windows of FFmpeg's `ebur128` filter.

The filter weighs the channels and gives the loudness of the last 0.4 s and the last 3 s, ten times a second.
What is made of these, by ITU-R BS.1770 and EBU Tech 3342, is kept as counts, so that one pass serves each
reel and the whole, and memory does not grow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.audio.frame import AudioFrame

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The weights of BS.1770: 1.41 for what stands at the sides, 60 to 120 degrees off the screen; 1 for the rest,
# the rear of 7.1 included; the LFE does not count. FFmpeg has 1.41 for all that it calls side or back, so
# these take the names of such places, or of others that it counts as they are.
_PLACES = {
    "L": "FL", "R": "FR", "C": "FC", "Lc": "FLC", "Rc": "FRC", "Ls": "BL", "Rs": "BR", "Lss": "SL",
    "Rss": "SR", "Lrs": "WL", "Rrs": "WR", "Cs": "TC",
}  # fmt: skip
COUNTED = frozenset(_PLACES)
"""The symbols of the channels that count."""

STEP = 10
"""Windows a second."""
MOMENT, SHORT_TERM = 4, 30  # steps in a window
_SILENCE = -70.0  # LUFS: what is softer counts nowhere
_LOUDEST = 20.0
_BINS = 100  # a LU
_PROGRAMME_GATE, _RANGE_GATE = -10.0, -20.0  # LU below the mean of what is no silence
_SOFT, _LOUD = 0.10, 0.95


class Windows:
    """The windows of one stream of sound. symbols: of its channels, all of them of COUNTED."""

    def __init__(self, symbols: Sequence[str], sample_rate: int) -> None:
        layout = "+".join(_PLACES[symbol] for symbol in symbols)
        self._layout = av.AudioLayout(layout)
        self._rate = sample_rate
        self._pushed = 0
        graph = av.filter.Graph()
        self._source = graph.add(
            "abuffer",
            f"sample_rate={sample_rate}:sample_fmt=dbl:channel_layout={layout}:time_base=1/{sample_rate}",
        )
        meter = graph.add("ebur128", "metadata=1")
        self._sink = graph.add("abuffersink")
        self._source.link_to(meter)
        meter.link_to(self._sink)
        graph.configure()
        self._graph = graph

    def push(self, samples: NDArray[np.float32]) -> Iterator[tuple[float, float]]:
        """(channels, n) samples; the windows of 0.4 s and of 3 s that they complete, in LUFS."""
        packed = np.ascontiguousarray(samples.T, np.float64).reshape(1, -1)
        frame = AudioFrame.from_ndarray(packed, format="dbl", layout=self._layout)
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = self._pushed
        self._pushed += samples.shape[1]
        self._source.push(frame)
        while True:
            try:
                done: Any = self._sink.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            said = done.metadata
            yield float(said["lavfi.r128.M"]), float(said["lavfi.r128.S"])


class Gate:
    """How often each loudness occurred, to 0.01 LU."""

    def __init__(self) -> None:
        self._counts = np.zeros(int((_LOUDEST - _SILENCE) * _BINS) + 1, np.int64)

    def add(self, loudness: float) -> None:
        if loudness >= _SILENCE:
            self._counts[min(round((loudness - _SILENCE) * _BINS), len(self._counts) - 1)] += 1

    def counts(self) -> dict[int, int]:
        """How often each occurred, by the hundredths of a LU above -70 LUFS."""
        return {int(level): int(self._counts[level]) for level in np.flatnonzero(self._counts)}

    def take(self, counts: Mapping[int, int]) -> None:
        """What another has counted, too."""
        for level, count in counts.items():
            self._counts[level] += count

    def programme(self) -> float | None:
        """Programme loudness of windows of 0.4 s, in LUFS; None when all was silence."""
        first = self._above(_PROGRAMME_GATE)
        return None if first is None else self._mean(first)

    def range(self) -> float | None:
        """Loudness range of windows of 3 s, in LU; None when there was none that counts."""
        first = self._above(_RANGE_GATE)
        if first is None:
            return None
        occurred = np.cumsum(self._counts[first:])
        last = int(occurred[-1]) - 1
        soft, loud = (
            int(np.searchsorted(occurred, int(last * share + 0.5), side="right")) for share in (_SOFT, _LOUD)
        )
        return (loud - soft) / _BINS

    def _above(self, gate: float) -> int | None:
        """The first bin that counts."""
        mean = self._mean(0)
        return None if mean is None else max(0, round((mean + gate - _SILENCE) * _BINS))

    def _mean(self, first: int) -> float | None:
        counts = self._counts[first:]
        if not counts.any():
            return None
        levels = _SILENCE + np.arange(first, len(self._counts)) / _BINS
        return float(10 * np.log10(counts @ 10 ** (levels / 10) / counts.sum()))
