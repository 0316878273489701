"""Peaks: of the samples, and of the wave between them (true peak), which is what a converter puts out."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

OVERSAMPLING = 4
TAPS = 32
"""Samples that a value between two samples is made of."""
_BETA = 7.0  # of the Kaiser window: right to 0.01 dB up to 20 kHz at 48 kHz
_PIECE = 240  # samples that are looked at or passed over together
_TOGETHER = 32  # pieces that are looked at before it is asked again which are worth it


@cache
def interpolator() -> tuple[NDArray[np.float32], float]:
    """A column for each place between two samples, and the most by which a value can exceed the samples."""
    place = np.arange(1, OVERSAMPLING) / OVERSAMPLING
    distance = np.arange(TAPS)[:, None] - (TAPS // 2 - 1) - place
    window = np.i0(_BETA * np.sqrt(np.maximum(0, 1 - (distance / (TAPS / 2)) ** 2))) / np.i0(_BETA)
    taps = np.sinc(distance) * window
    taps /= taps.sum(axis=0)
    return taps.astype(np.float32), float(np.abs(taps).sum(axis=0).max())


def sample_peak(samples: NDArray[np.float32]) -> float:
    """The largest magnitude of (channels, n) samples."""
    return float(max(samples.max(), -samples.min())) if samples.size else 0.0


def true_peak(samples: NDArray[np.float32], known: float = 0.0) -> float:
    """The larger of `known` and of the magnitudes of (channels, n) samples at four times their rate.

    Values between two samples with fewer than 16 on a side are left out: hand those in again with what
    follows.
    Only stretches whose samples let a larger value be possible at all are oversampled.
    """
    taps, gain = interpolator()
    channels, length = samples.shape
    count = length // _PIECE + 1
    padded = np.zeros((channels, (count + 1) * _PIECE), np.float32)
    padded[:, :length] = samples
    largest = np.abs(padded).reshape(channels, count + 1, _PIECE).max(axis=2)
    peak = max(known, float(largest.max()))
    # a piece's last values need the beginning of the next one
    reached = (np.maximum(largest[:, :-1], largest[:, 1:]) * gain).ravel()
    pieces = sliding_window_view(padded, _PIECE + TAPS - 1, axis=1)[:, : count * _PIECE : _PIECE]
    promising = np.argsort(-reached)
    while len(promising) and reached[promising[0]] > peak:
        some, promising = promising[:_TOGETHER], promising[_TOGETHER:]
        taken = pieces[some // count, some % count]
        between = sliding_window_view(taken, TAPS, axis=1) @ taps
        between[(some % count * _PIECE)[:, None] + np.arange(_PIECE) > length - TAPS] = 0
        peak = max(peak, float(between.max()), float(-between.min()))
    return peak
