"""Channel ident: each channel in turn for a second, with a tone of its own at -20 dBFS; pulses tell polarity.

What each channel has is its own: so a crossed wire is told from a lost one, an inverted one from a right one.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from dcp.texts.catalogue import text
from player.patterns.drawing import black, grey, words
from player.patterns.pattern import FULL, SAMPLE_RATE, Codes, Measure, Pattern, Samples, Size

RATE = 24
SYMBOLS = ("L", "R", "C", "LFE", "Ls", "Rs")
TONES = (400, 500, 600, 50, 800, 900)
"""Hz: whole numbers of periods in a second."""
LEVEL_DB = -20.0
MOST_OFF_DB = 0.1
_PEAK = FULL * 10 ** (LEVEL_DB / 20)
_PER = SAMPLE_RATE // RATE
_PULSE = RATE - 2
"""The frame of each second whose tone is followed by a pulse upwards."""


def frame(number: int, size: Size) -> Codes:
    image = black(size)
    place = number // RATE % len(SYMBOLS)
    words(image, SYMBOLS[place], (size[0] // 2 - 100, size[1] // 2), grey(0.7), 4.0)
    words(
        image, f"{TONES[place]} Hz {LEVEL_DB:g} dBFS", (size[0] // 2 - 220, size[1] * 2 // 3), grey(0.4), 1.5
    )
    return image


def sound(number: int) -> Samples:
    """(2000, 6): a sine whose peak is -20 dBFS, and in the last frames of a second one pulse upwards."""
    found = np.zeros((_PER, len(SYMBOLS)), np.int32)
    place, within = number // RATE % len(SYMBOLS), number % RATE
    if within < _PULSE:
        at = np.arange(_PER) + within * _PER
        found[:, place] = np.rint(_PEAK * np.sin(2 * np.pi * TONES[place] * at / SAMPLE_RATE))
    elif within == _PULSE:
        found[100:110, place] = round(_PEAK)
    return found


def pattern() -> Pattern:
    return Pattern(
        "channels",
        text("pattern.channels"),
        text("pattern.channels-look"),
        frames=RATE * len(SYMBOLS),
        frame=frame,
        check=Channels,
        sound=sound,
        symbols=SYMBOLS,
        stands_for="channel identification of SMPTE ST 428-12's 5.1, by subject",
        rate=Fraction(RATE),
    )


class Channels:
    """Which channel each second is heard on, at which level, which way up."""

    def __init__(self, size: Size) -> None:
        self._seconds: dict[int, list[Samples]] = {}

    def take(self, number: int, codes: Codes | None, samples: Samples | None) -> None:
        if samples is not None:
            self._seconds.setdefault(number // RATE, []).append(samples)

    def measures(self) -> Sequence[Measure]:
        crossed, worst, inverted, where = 0, 0.0, 0, None
        for second, blocks in self._seconds.items():
            heard = np.concatenate(blocks).astype(np.float64)
            place = second % len(SYMBOLS)
            if len(heard) != SAMPLE_RATE or heard.shape[1] < len(SYMBOLS):
                continue
            tone = heard[: _PULSE * _PER]
            at = np.arange(len(tone))
            turning = np.exp(-2j * np.pi * TONES[place] * at / SAMPLE_RATE)
            levels = np.abs(turning @ tone) * 2 / len(tone)
            loudest = int(np.argmax(levels))
            others = np.delete(levels, place).max(initial=0.0)
            off = abs(20 * np.log10(max(levels[place], 1e-9) / _PEAK))
            if loudest != place or others > _PEAK / 1000:
                crossed, where = crossed + 1, second * RATE if where is None else where
            elif off > worst:
                worst = float(off)
            pulse = heard[_PULSE * _PER : (_PULSE + 1) * _PER, place]
            inverted += bool(len(pulse) and pulse[np.argmax(np.abs(pulse))] <= 0)
        heard_all = len(self._seconds) >= len(SYMBOLS)
        return (
            Measure(
                "channels.crossed",
                crossed,
                "0 channels",
                "fail" if crossed or not heard_all else "pass",
                where,
            ),
            Measure(
                "channels.level-off",
                round(worst, 3),
                f"<= {MOST_OFF_DB} dB",
                "pass" if worst <= MOST_OFF_DB else "fail",
            ),
            Measure("channels.inverted", inverted, "0 channels", "fail" if inverted else "pass"),
        )
