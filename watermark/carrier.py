"""The carrier: which cell of the picture is brightened or darkened during which chip, and what that means.

The picture is a grid of 16 x 9 cells, time a row of chips of 1/6 s at every frame rate (4 frames at 24
fps); in each chip each cell carries +1 or -1. Keyed by the secret, each chip deals its 144 cells anew to 66
symbols of the location word, 60 of the time word and 18 pilots, and draws a sign for each. A location is
one of 2^19 pseudo-random words of 2,048 symbols, a time one of 2^16 words of 1,024 symbols that are keyed
by the location. The words come round every 32 and 18 chips, the whole pattern every five minutes (DCSS
9.4.6.2: the payload lies in each five-minute segment).
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from watermark.payload import Payload
from watermark.secret import Secret

COLUMNS, ROWS = 16, 9
CELLS = COLUMNS * ROWS
CHIPS_PER_SECOND = 6
SEGMENT_SECONDS = 300
SEGMENT_CHIPS = SEGMENT_SECONDS * CHIPS_PER_SECOND

LOCATION_CELLS, TIME_CELLS, PILOT_CELLS = 66, 60, 18
"""Symbols a chip. Near-equal shares: 2^19 words ask for z^2 = 68, 35,136 for 62, at a probability of 1e-9."""
LOCATION_SYMBOLS, TIME_SYMBOLS = 2048, 1024
WORD_BLOCK = 256
"""Words drawn from one stream: a single word costs a short stream, all of them few calls."""

FADE = 0.5
"""Length of the cross-fade between two chips, in chips."""


@dataclass(frozen=True)
class Schedule:
    """What each cell carries. Arrays of shape (1800, 144), indexed by chip and by place in the deal.

    Places 0 to 65 are location symbols, 66 to 125 time symbols, 126 to 143 pilots. cells: the cell dealt to
    that place; signs: +1 or -1; symbols: index into the location word or the time word, 0 for pilots.
    """

    cells: NDArray[np.int64]
    signs: NDArray[np.int8]
    symbols: NDArray[np.int64]


def schedule(secret: Secret) -> Schedule:
    """The deal of all chips of a five-minute segment."""
    size = 4 * CELLS + CELLS // 8
    streams = np.frombuffer(
        b"".join(secret.stream("chip", chip, size=size) for chip in range(SEGMENT_CHIPS)), dtype=np.uint8
    ).reshape(SEGMENT_CHIPS, size)
    lots = np.ascontiguousarray(streams[:, : 4 * CELLS]).view("<u4")
    cells = np.argsort(lots, axis=1, kind="stable")
    chip = np.arange(SEGMENT_CHIPS)[:, None]
    symbols = np.concatenate(
        [
            (chip * LOCATION_CELLS + np.arange(LOCATION_CELLS)) % LOCATION_SYMBOLS,
            (chip * TIME_CELLS + np.arange(TIME_CELLS)) % TIME_SYMBOLS,
            np.zeros((SEGMENT_CHIPS, PILOT_CELLS), dtype=np.int64),
        ],
        axis=1,
    )
    return Schedule(cells=cells, signs=_signs(streams[:, 4 * CELLS :]), symbols=symbols)


def location_words(secret: Secret, block: int) -> NDArray[np.uint8]:
    """Words 256*block to 256*block + 255, packed: (256, 256) bytes, most significant bit first, 1 = +1."""
    size = WORD_BLOCK * LOCATION_SYMBOLS // 8
    stream = secret.stream("location", block, size=size)
    return np.frombuffer(stream, dtype=np.uint8).reshape(WORD_BLOCK, -1)


def time_words(secret: Secret, location: int, block: int) -> NDArray[np.uint8]:
    """Words 256*block to 256*block + 255 of the 2^16 time words of a location, packed: (256, 128) bytes."""
    size = WORD_BLOCK * TIME_SYMBOLS // 8
    stream = secret.stream("time", location, block, size=size)
    return np.frombuffer(stream, dtype=np.uint8).reshape(WORD_BLOCK, -1)


def chips(secret: Secret, payload: Payload) -> NDArray[np.float32]:
    """The pattern of a payload: +1 or -1 for each chip and cell of a segment, shape (1800, 9, 16)."""
    deal = schedule(secret)
    block, row = divmod(payload.location, WORD_BLOCK)
    location = _signs(location_words(secret, block)[row])
    block, row = divmod(payload.time_index, WORD_BLOCK)
    time = _signs(time_words(secret, payload.location, block)[row])
    values = deal.signs.astype(np.float32)
    values[:, :LOCATION_CELLS] *= location[deal.symbols[:, :LOCATION_CELLS]]
    timed = slice(LOCATION_CELLS, LOCATION_CELLS + TIME_CELLS)
    values[:, timed] *= time[deal.symbols[:, timed]]
    pattern = np.empty_like(values)
    np.put_along_axis(pattern, deal.cells, values, axis=1)
    return pattern.reshape(SEGMENT_CHIPS, ROWS, COLUMNS)


def chip_mix(seconds: Fraction | float) -> tuple[int, int, float]:
    """What is on at an instant of the composition: (chip, neighbour, share of the chip), chips modulo 1800.

    The neighbour, which has the rest, is the chip before in the first half and the chip after in the second.
    """
    position = seconds * CHIPS_PER_SECOND
    chip = math.floor(position)
    phase = float(position - chip)
    neighbour = chip - 1 if phase < 0.5 else chip + 1
    from_edge = min(phase, 1 - phase)
    share = 1.0 if from_edge >= FADE / 2 else 0.5 + 0.5 * math.sin(math.pi * from_edge / FADE)
    return chip % SEGMENT_CHIPS, neighbour % SEGMENT_CHIPS, share


def chip_mixes(
    seconds: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """chip_mix of many instants at once."""
    position = seconds * CHIPS_PER_SECOND
    chip = np.floor(position).astype(np.int64)
    phase = position - chip
    neighbour = np.where(phase < 0.5, chip - 1, chip + 1)
    from_edge = np.minimum(np.minimum(phase, 1 - phase), FADE / 2)
    share = 0.5 + 0.5 * np.sin(np.pi * from_edge / FADE)
    return chip % SEGMENT_CHIPS, neighbour % SEGMENT_CHIPS, share


def spread(cells: int, samples: int) -> NDArray[np.float32]:
    """Raised-cosine interpolation from cell centres to `samples` sample centres: (samples, cells).

    Between two centres the value never passes theirs, so the carrier's peak is 1, and its rms between random
    signs 0.87 a direction. The same over a side of the picture whatever the number of samples; outer cells
    continue to the border.
    """
    position = (np.arange(samples) + 0.5) * cells / samples - 0.5
    first = np.floor(position).astype(int)
    later = 0.5 - 0.5 * np.cos(np.pi * (position - first))
    matrix = np.zeros((samples, cells), dtype=np.float32)
    for offset, tap in enumerate((1 - later, later)):
        np.add.at(matrix, (np.arange(samples), np.clip(first + offset, 0, cells - 1)), tap)
    return matrix


def _signs(packed: NDArray[np.uint8]) -> NDArray[np.int8]:
    """Bits to +1 (1) and -1 (0) along the last axis."""
    return np.unpackbits(packed, axis=-1).astype(np.int8) * np.int8(2) - np.int8(1)
