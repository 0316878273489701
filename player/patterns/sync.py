"""Sync: flash and tone together once a second, and in every frame its number, as bars and as pulses of sound.

The bars are 24 fields in two rows of twelve, white is 1, the first is the highest bit; behind them stands
their parity. The pulses lie in R, each bit eighty samples behind the one before, up for 1 and down for 0; in
L is a tone of 1 kHz while the picture is bright. So picture and sound each tell which frame they belong to:
drops, repeats, exchanged frames and their distance in time are read off, not guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from dcp.texts.catalogue import text
from player.patterns.drawing import black, grey, words
from player.patterns.pattern import FULL, SAMPLE_RATE, Codes, Measure, Pattern, Samples, Size

RATE = 24
FRAMES = 240
BITS = 24
FLASH = 2
"""Frames of a flash, at the begin of every second."""
SPACING, BEGIN = 80, 20
"""Samples between bits, and before the first."""
PULSE = FULL // 4
MOST_APART_MS = 0.05
"""Between a frame's picture and its sound: a few samples."""
_WHITE, _DARK = grey(0.9), grey(0.0)


def frame(number: int, size: Size) -> Codes:
    image = black(size)
    flash = number % RATE < FLASH
    if flash:
        image[:] = grey(0.6)
    width, height = size
    for at, (rows, columns) in enumerate(_fields(size)):
        bit = _parity(number) if at == BITS else number >> (BITS - 1 - at) & 1
        image[rows, columns] = _WHITE if bit else _DARK
    words(image, f"{number:06d}", (width // 2 - 160, height // 3), _DARK if flash else _WHITE, 3.0)
    return image


def sound(number: int) -> Samples:
    """(2000, 6): the tone in L, the pulses in R."""
    count = SAMPLE_RATE // RATE
    found = np.zeros((count, 6), np.int32)
    if number % RATE < FLASH:
        at = np.arange(count) + (number % RATE) * count
        found[:, 0] = np.rint(0.1 * FULL * np.sin(2 * np.pi * 1000 * at / SAMPLE_RATE))
    for bit in range(BITS):
        up = number >> (BITS - 1 - bit) & 1
        found[BEGIN + bit * SPACING, 1] = PULSE if up else -PULSE
    return found


def pattern() -> Pattern:
    return Pattern(
        "sync",
        text("pattern.sync"),
        text("pattern.sync-look"),
        frames=FRAMES,
        frame=frame,
        check=Sync,
        sound=sound,
        symbols=("L", "R", "C", "LFE", "Ls", "Rs"),
        stands_for="synchronisation clips, by subject",
        rate=Fraction(RATE),
    )


def number_in(codes: Codes, size: Size) -> int | None:
    """The number that a picture's bars tell; None where they tell none."""
    bits = []
    for rows, columns in _fields(size):
        field = codes[rows, columns, 1]
        inner = field[
            field.shape[0] // 4 : -(field.shape[0] // 4), field.shape[1] // 4 : -(field.shape[1] // 4)
        ]
        bits.append(float(inner.mean()) > (_WHITE[1] + _DARK[1]) / 2)
    number = int("".join("01"[bit] for bit in bits[:BITS]), 2)
    return number if bits[BITS] == bool(_parity(number)) else None


class Sync:
    """Which frames came in which order, and how far each one's sound is from it."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._told: list[tuple[int, int | None]] = []
        self._held: list[Samples] = []
        self._frames: list[int] = []

    def take(self, number: int, codes: Codes | None, samples: Samples | None) -> None:
        right = codes is not None and codes.shape[:2] == self._size[::-1]
        self._told.append((number, number_in(codes, self._size) if right and codes is not None else None))
        if samples is not None and samples.shape[1] > 1:
            self._held.append(samples[:, 1])
            self._frames.append(number)

    def measures(self) -> Sequence[Measure]:
        wrong = [number for number, told in self._told if told != number]
        unread = sum(told is None for _, told in self._told)
        first = wrong[0] if wrong else None
        order = Measure(
            "sync.frames-wrong", len(wrong), "0 frames", "fail" if wrong or not self._told else "pass", first
        )
        bars = Measure("sync.bars-unread", unread, "0 frames", "fail" if unread else "pass", None)
        return order, bars, self._sound()

    def _sound(self) -> Measure:
        """The pulses of each number are looked for around its frame, half a second to either side."""
        limit = f"<= {MOST_APART_MS} ms"
        if not self._held:
            return Measure("sync.apart", None, limit, "fail", None)
        heard = np.concatenate(self._held).astype(np.float64)
        per = len(heard) / len(self._held)
        worst, where = 0.0, None
        found = _numbers(heard)
        for at, number in enumerate(self._frames):
            place = found.get(number)
            if place is None:
                continue
            apart = 1000 * (place - BEGIN - at * per) / SAMPLE_RATE
            if abs(apart) >= abs(worst):
                worst, where = apart, number
        lost = sum(number not in found for number in self._frames)
        if where is None or lost > 1 + len(self._frames) // 50:
            return Measure("sync.apart", None, limit, "fail", None)
        good = abs(worst) <= MOST_APART_MS
        return Measure("sync.apart", round(worst, 3), limit, "pass" if good else "fail", where)


# --- how it is done -----


def _parity(number: int) -> int:
    return number.bit_count() & 1 ^ 1


def _fields(size: Size) -> list[tuple[slice, slice]]:
    """Of the bars, the parity's behind them: in the lower third, so that titles stay clear of them."""
    width, height = size
    wide, high = width // 16, height // 12
    top, left = height * 2 // 3, (width - 12 * wide) // 2
    found = []
    for at in range(BITS):
        row, column = divmod(at, 12)
        x, y = left + column * wide, top + row * (high + high // 4)
        found.append((slice(y, y + high), slice(x, x + wide - wide // 8)))
    x = left + 12 * wide
    found.append((slice(top, top + high), slice(x, x + wide - wide // 8)))
    return found


def _numbers(heard: np.ndarray[tuple[int], np.dtype[np.float64]]) -> dict[int, int]:
    """Number -> sample of its first pulse, wherever the pulses of one stand together."""
    places = np.flatnonzero(np.abs(heard) > PULSE / 2)
    found: dict[int, int] = {}
    loud = set(places.tolist())
    for place in places.tolist():
        if all(place + bit * SPACING in loud for bit in range(BITS)) and place - SPACING not in loud:
            bits = (heard[place + bit * SPACING] > 0 for bit in range(BITS))
            found.setdefault(int("".join("01"[bool(bit)] for bit in bits), 2), place)
    return found
