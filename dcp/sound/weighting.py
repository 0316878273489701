"""M-weighting: how much of a tone counts in leq(m), and the filter that weighs so.

The curve is that of ITU-R BS.468-4, moved down by 5.6 dB so that 2 kHz counts as it is (ISO 21727; the
standard of the trailer trade, TASA, prints the moved table). BS.468 defines a passive network and prints its
response to 0.1 dB. Such a network has one zero at 0 Hz and six poles, which is what is fitted to the table
here: within 0.05 dB of each of its lines, smooth between them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BS_468 = (
    (31.5, -29.9), (63.0, -23.9), (100.0, -19.8), (200.0, -13.8), (400.0, -7.8), (800.0, -1.9),
    (1000.0, 0.0), (2000.0, 5.6), (3150.0, 9.0), (4000.0, 10.5), (5000.0, 11.7), (6300.0, 12.2),
    (7100.0, 12.0), (8000.0, 11.4), (9000.0, 10.1), (10000.0, 8.1), (12500.0, 0.0), (14000.0, -5.3),
    (16000.0, -11.7), (20000.0, -22.2), (31500.0, -42.7),
)  # fmt: skip
"""Frequency in Hz, response in dB at 1 kHz = 0 dB."""
OFFSET = -5.6
"""dB by which M-weighting lies below that table."""

_POLES = 6
_UNIT = 6300.0  # Hz; keeps the powers of the fit near one
_HALF = 48  # half of the filter's taps: within 0.01 dB of the curve at 48 and at 96 kHz
_FLOOR = 10 ** (-45 / 20)  # what is weaker than this need not be met more closely


def m_weighting(frequency: NDArray[Any]) -> NDArray[np.float64]:
    """The gain, as a factor of amplitude, at frequencies above 0 in Hz."""
    x = (np.asarray(frequency, np.float64) / _UNIT) ** 2
    gain: NDArray[np.float64] = np.sqrt(x / np.polynomial.polynomial.polyval(x, _network()))
    return gain * 10 ** (OFFSET / 20)


def _network() -> NDArray[np.float64]:
    """The denominator of the squared response, a polynomial in (f / _UNIT)^2, at equal relative error."""
    frequency, decibels = np.array(BS_468).T
    x = (frequency / _UNIT) ** 2
    wanted = x / 10 ** (decibels / 10)
    powers = np.vander(x, _POLES + 1, increasing=True) / wanted[:, None]
    fitted: NDArray[np.float64] = np.linalg.lstsq(powers, np.ones_like(x), rcond=None)[0]
    return fitted


@cache
def m_filter(sample_rate: int) -> NDArray[np.float32]:
    """The taps of the filter for a rate in Hz: an even number, delay half of them less a half sample.

    The curve rises in proportion to the frequency, as a differentiator does. An antisymmetric filter has that
    in its nature and needs few taps; a symmetric one would need thousands to be right at 31.5 Hz.
    """
    frequency = np.concatenate([np.geomspace(15, 2000, 50), np.linspace(2000, sample_rate / 2, 200)])
    wanted = m_weighting(frequency)
    sines = 2 * np.sin(2 * np.pi * np.outer(frequency / sample_rate, np.arange(_HALF) + 0.5))
    weight = 1 / np.maximum(wanted, _FLOOR)
    half = np.linalg.lstsq(sines * weight[:, None], wanted * weight, rcond=1e-9)[0]
    return np.concatenate([half[::-1], -half]).astype(np.float32)
