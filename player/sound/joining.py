"""Blocks of sound one after the other, without a click where one is missing or the show goes elsewhere.

Sound that goes on from the block before is left as it is, bit by bit. Where it breaks off, its last
milliseconds are played backwards and fade; where it begins anew, it rises as long.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from player.sound.blocks import Samples, rounded, to_bytes, to_numbers

RAMP = 0.005
"""Seconds in which sound fades or rises."""


class Joiner:
    """The sound of one showing, in the order in which it is played."""

    def __init__(self, channels: int, sample_rate: int) -> None:
        self._channels = channels
        self._length = max(1, round(RAMP * sample_rate))
        self._tail: Samples | None = None  # the end of the last block; None where that was silence
        self._next: int | None = None  # the frame that goes on from it
        self._silent = False

    def join(self, frame: int, block: bytes | None, samples: int) -> bytes:
        """The block of a frame as it is to be played. block: None where silence of so many samples stands
        for it."""
        goes_on = frame == self._next or self._next is None
        self._next = frame + 1
        if block is not None and goes_on and not self._silent:
            self._keep(block)
            return block
        if block is None:
            values = np.zeros((samples, self._channels))
        else:
            values = to_numbers(block, self._channels).astype(np.float64)
            rise = self._ramp(len(values))[:, None]
            values[: len(rise)] *= rise
        if self._tail is not None:
            fade = self._ramp(min(len(self._tail), len(values)))[::-1, None]
            values[: len(fade)] += self._tail[::-1][: len(fade)] * fade
        joined, _ = rounded(values)
        self._silent = block is None
        self._tail = None
        if block is not None:
            self._keep(block)
        return to_bytes(joined)

    def _keep(self, block: bytes) -> None:
        length = self._length * self._channels * 3
        self._tail = to_numbers(block[-length:], self._channels)
        self._silent = False

    def _ramp(self, most: int) -> NDArray[np.float64]:
        """From silence to the whole, a half of a cosine."""
        count = min(most, self._length)
        return 0.5 - 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / count)
