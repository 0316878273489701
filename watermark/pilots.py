"""The pilots as signals: what of the pattern is known before any payload is.

18 of the 144 cells carry a pilot in each chip; which, and with which sign, is the secret's. Searching is
correlating with them, over the five minutes after which they come round.
"""

from __future__ import annotations

from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from watermark.carrier import (
    CELLS,
    COLUMNS,
    LOCATION_CELLS,
    ROWS,
    SEGMENT_CHIPS,
    SEGMENT_SECONDS,
    TIME_CELLS,
    Schedule,
    chip_mixes,
    spread,
)
from watermark.frames import Floats

STEPS = 24
"""Places a second at which the search looks."""
PLACES = SEGMENT_SECONDS * STEPS

STRETCH, MARGIN = 15, 3
"""Seconds of composition that one transform covers, and what it needs beside them at either side: no window
may be longer than twice that."""
_LENGTH = STRETCH + 2 * MARGIN
_HIGHEST = 6  # Hz: where the chips' spectrum has its first zero
FREQUENCIES = _HIGHEST * _LENGTH + 1

_FINE = 48  # instants a second of the table that is looked up
_LENS = 32  # places a cell of the carrier's shape


@dataclass(frozen=True)
class Pilots:
    """table: (14400, 144), at 48 instants a second. spectra: (127, 144, 20), of stretches of 15 s."""

    table: Floats = field(repr=False)
    spectra: NDArray[np.complex64] = field(repr=False)


def pilots(deal: Schedule) -> Pilots:
    """The pilots of a secret."""
    values = np.zeros((SEGMENT_CHIPS, CELLS), dtype=np.float32)
    first = LOCATION_CELLS + TIME_CELLS
    np.put_along_axis(values, deal.cells[:, first:], deal.signs[:, first:].astype(np.float32), axis=1)
    table = _mixed(values, np.arange(SEGMENT_SECONDS * _FINE) / _FINE)
    begins = np.arange(0, SEGMENT_SECONDS, STRETCH)
    places = (begins[:, None] - MARGIN) * _FINE + np.arange(0, _LENGTH * _FINE, _FINE // STEPS)
    spectra = np.fft.rfft(table[places % len(table)], axis=1)[:, :FREQUENCIES]
    return Pilots(table, np.ascontiguousarray(spectra.transpose(1, 2, 0), dtype=np.complex64))


def _mixed(values: Floats, seconds: NDArray[np.float64]) -> Floats:
    chip, neighbour, share = chip_mixes(seconds + 1e-9)
    part = share[:, None].astype(np.float32)
    mixed: Floats = values[chip] * part + values[neighbour] * (1 - part)
    return mixed


def known(signals: Pilots, seconds: NDArray[np.float64]) -> Floats:
    """The pilots' cells at instants of the composition: (n, 144), 0 where no pilot lies."""
    return np.asarray(signals.table[places_of(seconds)])


def places_of(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows of the pilots' table at instants of the composition."""
    return np.rint(seconds * _FINE).astype(np.int64) % (SEGMENT_SECONDS * _FINE)


def waves(seconds: NDArray[np.float64]) -> Floats:
    """What turns samples at these instants, about 0, into a spectrum: (2 * 127, n), real and then imaginary
    parts of its conjugate."""
    phase = 2 * np.pi / _LENGTH * np.arange(FREQUENCIES)[:, None] * seconds[None, :]
    return np.concatenate([np.cos(phase), np.sin(phase)]).astype(np.float32)


def correlations(signals: Pilots, spectra: NDArray[np.complex64]) -> Floats:
    """How well windows fit with their middle at each place of the five minutes, in units of what they do at a
    wrong one: (windows, 7200).

    spectra: (windows, 127, 144), conjugate ones by `waves` about each window's middle.
    """
    products = spectra.transpose(1, 0, 2) @ signals.spectra  # (127, windows, 20)
    padded = np.zeros((len(spectra), products.shape[2], _LENGTH * STEPS // 2 + 1), dtype=np.complex64)
    padded[:, :, :FREQUENCIES] = products.transpose(1, 2, 0)
    lines = np.fft.irfft(padded, n=_LENGTH * STEPS, axis=2)
    kept = lines[:, :, MARGIN * STEPS : (MARGIN + STRETCH) * STEPS].reshape(len(spectra), PLACES)
    unit = np.sqrt((kept**2).mean(axis=1, keepdims=True)) + 1e-12
    return np.ascontiguousarray(kept / unit, dtype=np.float32)


@dataclass(frozen=True)
class Shape:
    """The carrier's interpolation between cells, looked up: for 32 places a cell the first of up to four
    cells that reach there, and their shares. columns, rows: pairs of (n,) int32 and (n, 4) float32."""

    columns: tuple[NDArray[np.int32], Floats]
    rows: tuple[NDArray[np.int32], Floats]


def shape() -> Shape:
    """As the embedder spreads cells over the picture."""
    return Shape(columns=_taps(COLUMNS), rows=_taps(ROWS))


def _taps(cells: int) -> tuple[NDArray[np.int32], Floats]:
    matrix = spread(cells, cells * _LENS)
    wide = min(4, cells)
    reached = np.abs(matrix) > 1e-7
    first = np.clip(reached.argmax(axis=1), 0, cells - wide)
    shares = np.take_along_axis(matrix, first[:, None] + np.arange(wide), axis=1)
    return first.astype(np.int32), np.ascontiguousarray(shares, dtype=np.float32)
