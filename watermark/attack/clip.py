"""The clip that attacks are made on, and what they share: samples, grain, the account of what was drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from watermark.dither import Way

Rgb = NDArray[Any]  # uint8 or uint16
Floats = NDArray[np.float32]
EIGHT_BITS: dict[str, Way] = {"dither": "pixel", "block": "block", "round": "none"}
"""How finer samples become 8 bits, as the command calls it."""

_POOL = 1 << 23


@dataclass(frozen=True)
class Done:
    """One blow of a clip's history: its name and every value that it was given or that was drawn for it."""

    attack: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Clip:
    """frames: (height, width, 3) RGB, to be walked once, uint8, or uint16 over its whole range (a screen has
    finer steps than a file). rate: frames a second. done: what was done to it so far. way: how finer frames
    are rounded where a coder or a file makes 8 bits of them; afterwards plainly."""

    frames: Iterator[Rgb]
    rate: Fraction
    done: tuple[Done, ...] = field(default=())
    way: Way = "none"


def after(
    clip: Clip,
    attack: str,
    frames: Iterator[Rgb],
    *,
    rate: Fraction | None = None,
    then: Way | None = None,
    **values: Any,
) -> Clip:
    """The clip with other frames, and the blow in its history. then: how it is rounded from now on, where
    the blow changes that."""
    return Clip(frames, rate or clip.rate, (*clip.done, Done(attack, values)), then or clip.way)


def each(clip: Clip, attack: str, change: Callable[[Rgb], Rgb], **values: Any) -> Clip:
    """The same change of each frame."""
    return after(clip, attack, map(change, clip.frames), **values)


class Grain:
    """Noise from one large draw, read from a new place for each frame: drawing all takes longer."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._normal: Floats | None = None

    def next(self, shape: tuple[int, ...]) -> Floats:
        """Normal, rms 1."""
        if self._normal is None:
            self._normal = self._rng.standard_normal(_POOL, dtype=np.float32)
        return self._part(self._normal, shape)

    def _part(self, pool: Floats, shape: tuple[int, ...]) -> Floats:
        size, start = int(np.prod(shape)), int(self._rng.integers(pool.size))
        return np.take(pool, np.arange(start, start + size), mode="wrap").reshape(shape)


def floats(frame: Rgb) -> Floats:
    """Codes from 0 to 255, with fractions."""
    return frame.astype(np.float32) / np.float32(257 if frame.dtype == np.uint16 else 1)


def to_bytes(picture: NDArray[Any]) -> NDArray[np.uint8]:
    """Rounded."""
    return np.asarray(np.clip(picture + 0.5, 0, 255), dtype=np.uint8)


def sixteen(frame: NDArray[Any]) -> NDArray[np.uint16]:
    """uint16 over the whole range, from uint8, uint16, or floats up to 255."""
    if frame.dtype == np.uint16:
        return np.asarray(frame, dtype=np.uint16)
    return np.asarray(np.clip(frame.astype(np.float32) * 257 + 0.5, 0, 65535), dtype=np.uint16)


def like(picture: NDArray[Any], frame: Rgb) -> Rgb:
    """Codes up to 255 with fractions, as samples of the frame's kind."""
    return sixteen(picture) if frame.dtype == np.uint16 else to_bytes(picture)


def even(length: float) -> int:
    return max(2, round(length / 2) * 2)
