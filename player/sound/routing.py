"""Which channel is heard where: all as they stand, folded down to stereo, or in an order of one's own.

The fold-down is that of ITU-R BS.775 for two loudspeakers; what that has no channel for is given below. Low
frequency effects and what is no sound of the film (narration for the impaired, data) are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.sound.layout import MAX_CHANNELS, SYMBOLS
from dcp.texts.catalogue import Text, text
from player.sound.blocks import rounded, to_bytes, to_numbers

HALF = sqrt(0.5)
"""3 dB down: 0.7071."""

FOLDED: Mapping[str, tuple[float, float]] = {
    "L": (1, 0),
    "R": (0, 1),
    "C": (HALF, HALF),
    "Ls": (HALF, 0),
    "Rs": (0, HALF),
    "Lss": (HALF, 0),
    "Rss": (0, HALF),
    "Lrs": (HALF, 0),
    "Rrs": (0, HALF),
    "Lc": (1, 0),
    "Rc": (0, 1),
    "Cs": (0.5, 0.5),
}
"""What of a channel goes to the left and to the right. BS.775 has L, R, C, Ls, Rs and, as the one surround of
3/1, Cs; the pairs of 7.1 DS go as its one pair does, those behind the screen of SDS as left and right."""

ALL, STEREO, SILENT = "all", "stereo", "-"
Matrix = NDArray[np.float64]
"""(channels of the track, channels heard)."""


@dataclass(frozen=True)
class Route:
    """name: as it was asked for. order: what each channel heard is fed by: a number from 1, a symbol, or None
    for silence; None where all are heard as they stand, or as stereo."""

    name: str = ALL
    order: tuple[int | str | None, ...] | None = None

    def outputs(self, channels: int) -> int:
        """How many channels are heard of a track with so many."""
        if self.order is not None:
            return len(self.order)
        return 2 if self.name == STEREO else channels

    def matrix(self, symbols: Sequence[str | None]) -> Matrix | None:
        """Of a track with these channels; None where they are heard as they stand. A channel that it has not
        is silent."""
        if self.order is None and self.name == ALL:
            return None
        found = np.zeros((len(symbols), self.outputs(len(symbols))))
        if self.order is None:
            for place, symbol in enumerate(symbols):
                found[place] = FOLDED.get(symbol or "", (0, 0))
            return found
        for output, fed in enumerate(self.order):
            if isinstance(fed, int) and fed <= len(symbols):
                found[fed - 1, output] = 1
            elif fed in symbols and isinstance(fed, str):
                found[symbols.index(fed), output] = 1
        return found

    def said(self, symbols: Sequence[str | None]) -> Text | None:
        """What becomes of a track's channels; None where they are heard as they stand."""
        if self.order is not None:
            return text("play.routed", route=self.name)
        if self.name == ALL:
            return None
        heard = [symbol for symbol in symbols if symbol in FOLDED]
        left_out = [symbol or "-" for symbol in symbols if symbol not in FOLDED]
        return text("play.folded", heard=heard, left_out=left_out or text("word.none"), half=HALF)


def route_of(asked: str) -> Route:
    """`all`, `stereo`, or what each channel heard is fed by: `L,R,-,7`, numbers from 1, symbols of ST 428-12,
    `-` for silence. UsageError for anything else."""
    if asked in (ALL, STEREO):
        return Route(asked)
    order: list[int | str | None] = []
    for word in (each.strip() for each in asked.split(",")[: MAX_CHANNELS + 1]):
        if word == SILENT:
            order.append(None)
        elif word.isascii() and word.isdigit() and 1 <= int(word[:3]) <= MAX_CHANNELS:
            order.append(int(word[:3]))
        elif word in SYMBOLS:
            order.append(word)
        else:
            raise UsageError("play.no-route", word=word[:20], symbols=", ".join(SYMBOLS), most=MAX_CHANNELS)
    if len(order) > MAX_CHANNELS:
        raise UsageError("play.route-too-long", most=MAX_CHANNELS)
    return Route(asked, tuple(order))


def mixed(block: bytes, matrix: Matrix) -> tuple[bytes, int]:
    """A block as it is heard, and how many of its samples were beyond full scale and stand at it."""
    samples, beyond = rounded(to_numbers(block, len(matrix)) @ matrix)
    return to_bytes(samples), beyond
