"""A frame's block of sound: how many samples it has, and its samples as numbers."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from dcp.sound.layout import BYTES_PER_SAMPLE

HIGHEST, LOWEST = (1 << 23) - 1, -(1 << 23)
"""Of 24 bits."""

Samples = NDArray[np.int32]
"""(samples, channels): 24 bits in the lower ones."""


def samples_before(frame: int, sample_rate: int, rate: Fraction) -> int:
    """The samples of a channel that belong to the frames before this one."""
    return floor(frame * Fraction(sample_rate) / rate)


def samples_of(frame: int, sample_rate: int, rate: Fraction) -> int:
    """The samples of a channel that belong to a frame. Where a frame has no whole number of them (48 kHz at
    30000/1001 frames a second) some frames have one more than others, so that no sound is lost in the long
    run."""
    return samples_before(frame + 1, sample_rate, rate) - samples_before(frame, sample_rate, rate)


def is_block(samples: Fraction, sample_rate: int, rate: Fraction) -> bool:
    """Whether so many samples of a channel are a frame's."""
    exact = sample_rate / rate
    return samples in (floor(exact), ceil(exact))


def widened(block: bytes | memoryview, bits: int) -> bytes:
    """Samples of 16 bits as those of 24; others as they are."""
    if bits != 16:
        return bytes(block)
    wide = np.zeros((len(block) // 2, BYTES_PER_SAMPLE), np.uint8)
    wide[:, 1:] = np.frombuffer(block, np.uint8, len(block) // 2 * 2).reshape(-1, 2)
    return wide.tobytes()


def to_numbers(block: bytes | memoryview, channels: int) -> Samples:
    """Interleaved 24-bit little-endian samples as numbers."""
    found = np.frombuffer(block, np.uint8).reshape(-1, BYTES_PER_SAMPLE)
    wide = np.zeros((len(found), 4), np.uint8)
    wide[:, 1:] = found
    return (wide.view("<i4").reshape(-1, channels) >> 8).astype(np.int32, copy=False)


def to_bytes(samples: Samples) -> bytes:
    """Numbers, which fit into 24 bits, as interleaved little-endian samples."""
    wide = np.ascontiguousarray(samples, "<i4").view(np.uint8).reshape(-1, 4)
    return wide[:, :BYTES_PER_SAMPLE].tobytes()


def rounded(values: NDArray[np.float64]) -> tuple[Samples, int]:
    """To the nearest numbers of 24 bits, and how many were beyond what these hold."""
    whole = np.rint(values)
    beyond = int(np.count_nonzero((whole > HIGHEST) | (whole < LOWEST)))
    return np.clip(whole, LOWEST, HIGHEST).astype(np.int32), beyond
