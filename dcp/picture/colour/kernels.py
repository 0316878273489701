"""The passes over a picture, compiled: what `video`, `aces` and `cube` prepare tables for.

All stand in this file: numba's cache looks at the file of a function alone, not at what it calls elsewhere.

A row lies in a buffer (3, width) of float32, so that each step is a short loop that the compiler can widen.
Tables are read between their entries by straight lines. NaN ends as black.
"""

from __future__ import annotations

import numba
import numpy as np

MATHS = {"contract", "reassoc", "arcp", "nsz"}
"""What may be reordered. NaN and infinity keep their meaning: floats of EXR files have them."""

FAR = 131072.0
"""More than any code of 16 bits, and more light than any picture has."""

compiled = numba.njit(nogil=True, cache=True, fastmath=MATHS)


@compiled
def _finite(sample):  # type: ignore[no-untyped-def]
    """An infinite sample is cut: times 0 it would be NaN in the other channels."""
    value = np.float32(sample)
    value = value if value > np.float32(-FAR) else np.float32(-FAR)
    return value if value < np.float32(FAR) else np.float32(FAR)


@compiled
def take(a, b, c, affine, y, low, high, row):  # type: ignore[no-untyped-def]
    """A row of the planes through (3, 4): the samples and 1 into three values, cut at the bounds."""
    for k in range(3):
        for x in range(row.shape[1]):
            value = (
                affine[k, 0] * _finite(a[y, x])
                + affine[k, 1] * _finite(b[y, x])
                + affine[k, 2] * _finite(c[y, x])
                + affine[k, 3]
            )
            value = value if value > low else low
            row[k, x] = value if value < high else high


@compiled
def look_up(row, table):  # type: ignore[no-untyped-def]
    """Each value is a place in the table, 0 to its size less 2 (its last entry stands there twice)."""
    for k in range(3):
        for x in range(row.shape[1]):
            place = np.uint32(row[k, x])
            part = row[k, x] - np.float32(place)
            row[k, x] = table[place] + part * (table[place + np.uint32(1)] - table[place])


@compiled
def mix(row, matrix, low, high, out):  # type: ignore[no-untyped-def]
    """The matrix (3, 3) of each pixel, cut at the bounds."""
    for k in range(3):
        for x in range(row.shape[1]):
            value = matrix[k, 0] * row[0, x] + matrix[k, 1] * row[1, x] + matrix[k, 2] * row[2, x]
            value = value if value > low else low
            out[k, x] = value if value < high else high


@compiled
def emit(row, encode, places, y, out):  # type: ignore[no-untyped-def]
    """Light of 0 to 1 into codes, by a table over the square root of light."""
    top = np.float32(encode.size - 1)
    for k in range(3):
        for x in range(row.shape[1]):
            places[x] = np.int32(np.sqrt(row[k, x]) * top + np.float32(0.5))
        for x in range(row.shape[1]):
            out[y, x, k] = encode[np.uint32(places[x])]


# --- whole pictures -----


@compiled
def to_sdr(a, b, c, affine, low, high, table, matrix, encode, out):  # type: ignore[no-untyped-def]
    """Planes, table (none when it is empty), matrix to X'Y'Z', codes."""
    height, width = a.shape
    row, mixed = np.empty((3, width), np.float32), np.empty((3, width), np.float32)
    ends = np.empty(width, np.int32)
    for y in range(height):
        take(a, b, c, affine, y, low, high, row)
        if table.size:
            look_up(row, table)
        mix(row, matrix, np.float32(0), np.float32(1), mixed)
        emit(mixed, encode, ends, y, out)


@compiled
def to_hdr(a, b, c, affine, low, high, table, inside, last, encode, out):  # type: ignore[no-untyped-def]
    """Planes, table, matrix into a volume of colours, cut at its borders, matrix to XYZ, codes."""
    height, width = a.shape
    row, mixed = np.empty((3, width), np.float32), np.empty((3, width), np.float32)
    ends = np.empty(width, np.int32)
    for y in range(height):
        take(a, b, c, affine, y, low, high, row)
        if table.size:
            look_up(row, table)
        mix(row, inside, np.float32(0), np.float32(1), mixed)
        mix(mixed, last, np.float32(0), np.float32(1), row)
        emit(row, encode, ends, y, out)
