"""The pass over a picture on its way to a display, compiled: light, matrix, code, samples.

A row lies in buffers of float32, so that each step is a short loop that the compiler can widen: it goes over
few buffers, and writes none that it reads by another name, or the compiler could not. Nothing may be
reordered or contracted: the same codes come out whichever kernel a row goes through. All stand in this file:
numba's cache looks at the file of a function alone, not at what it calls elsewhere.
"""

from __future__ import annotations

import numba
import numpy as np

FAINTEST, OCTAVES, PARTS = 2.0**-40, 40, 128
"""Of tables from light to codes: their first entry, the octaves up to 1, and the steps in each."""
_BITS = 23 - 7  # of a mantissa, below a step
_FIRST = (127 - 40) << 23  # the bits of `FAINTEST`

APART = 16
"""Columns by which the noise of one channel lies beside that of the one before."""

KR, KB = 0.2126, 0.0722
"""The weights of R' and B' in Y' (BT.709)."""

compiled = numba.njit(nogil=True, cache=True, error_model="numpy")


@compiled
def _light(codes, light, red, green, blue):  # type: ignore[no-untyped-def]
    """A row of X'Y'Z' codes; those above the table are its last."""
    last = np.uint16(light.size - 1)
    line = codes.reshape(3 * red.size)
    for x in range(red.size):
        red[x] = light[min(line[3 * x], last)]
        green[x] = light[min(line[3 * x + 1], last)]
        blue[x] = light[min(line[3 * x + 2], last)]


@compiled
def _mix(red, green, blue, matrix, slack):  # type: ignore[no-untyped-def]
    """The matrix of each pixel, cut at 0 (and the faintest light) and 1; how many lay outside by more than
    the slack: (a part of the highest light, a part of the pixel's own)."""
    low, high = np.float32(FAINTEST), np.float32(1)
    a, b, c = matrix[0, 0], matrix[0, 1], matrix[0, 2]
    d, e, f = matrix[1, 0], matrix[1, 1], matrix[1, 2]
    g, h, i = matrix[2, 0], matrix[2, 1], matrix[2, 2]
    above, own = slack[0], slack[1]
    top = high + above
    outside = np.int32(0)
    for x in range(red.size):
        r = a * red[x] + b * green[x] + c * blue[x]
        s = d * red[x] + e * green[x] + f * blue[x]
        t = g * red[x] + h * green[x] + i * blue[x]
        least = r if r < s else s
        least = least if least < t else t
        most = r if r > s else s
        most = most if most > t else t
        outside = np.int32(outside + np.int32((-least > above + own * most) | (most * (high - own) > top)))
        r = r if r > low else low
        s = s if s > low else low
        t = t if t > low else low
        red[x] = r if r < high else high
        green[x] = s if s < high else high
        blue[x] = t if t < high else high
    return outside


@compiled
def _noise(tile, y, added):  # type: ignore[no-untyped-def]
    """A row of what is added before samples are cut to whole codes: the tile's, over and over."""
    row = tile[y % tile.shape[0]]
    for begin in range(0, added.size, row.size):
        for x in range(min(row.size, added.size - begin)):
            added[begin + x] = row[x]


@compiled
def _encode(bits, table, added, out):  # type: ignore[no-untyped-def]
    """Light into codes, whole numbers. bits: those of floats from the faintest light to 1, which are nearly
    its logarithm, and the place in the table. added: 0.5 for the nearest code, noise for dither."""
    scale = np.float32(1 / (1 << _BITS))
    for x in range(bits.size):
        code = np.int32(bits[x] - np.int32(_FIRST))
        at = np.uint32(code >> np.int32(_BITS))
        part = np.float32(np.int32(code & np.int32((1 << _BITS) - 1))) * scale
        low = table[at]
        out[x] = np.float32(np.int32(low + part * (table[at + np.uint32(1)] - low) + added[x]))


@compiled
def _row(codes, light, matrices, edges, slack, table, added, first, second):  # type: ignore[no-untyped-def]
    """A row of X'Y'Z' into R'G'B' of whole numbers, in `second`; how many pixels lay outside. matrices: one a
    column of modules, edges: where they begin and end. added: as in `_encode`, of all channels."""
    _light(codes, light, first[0], first[1], first[2])
    outside = 0
    for module in range(edges.size - 1):
        begin, end = edges[module], edges[module + 1]
        outside += _mix(
            first[0, begin:end],
            first[1, begin:end],
            first[2, begin:end],
            matrices[module],
            slack,
        )
    bits = first.view(np.int32)
    for channel in range(3):
        _encode(bits[channel], table, added[channel * APART :], second[channel])
    return outside


@compiled
def _ycbcr(red, green, blue, luma, cb, cr, scale, added):  # type: ignore[no-untyped-def]
    """R'G'B' of 0 to 65535 into Y'CbCr of limited range; scale: 1 for 8 bits, 4 for 10. added: as in
    `_row`."""
    full = np.float32(1 / 65535)
    kr, kb = np.float32(KR), np.float32(KB)
    kg = np.float32(1 - KR - KB)
    of_y = np.float32(219) * scale * full
    of_cb = np.float32(224 / (2 * (1 - KB))) * scale * full
    of_cr = np.float32(224 / (2 * (1 - KR))) * scale * full
    black, grey = np.float32(16) * scale, np.float32(128) * scale
    for x in range(red.size):
        y = kr * red[x] + kg * green[x] + kb * blue[x]
        luma[x] = np.int32(y * of_y + (black + added[x]))
        cb[x] = np.int32((blue[x] - y) * of_cb + (grey + added[x + APART]))
        cr[x] = np.int32((red[x] - y) * of_cr + (grey + added[x + 2 * APART]))


# --- whole pictures -----


@compiled
def to_rgb(picture, light, matrices, rows, edges, slack, table, noise, out):  # type: ignore[no-untyped-def]
    """X'Y'Z' into R'G'B', (height, width, 3) both; how many pixels lay outside. rows: the row
    of modules of each row. noise: a tile of what is added before codes are cut; of no size: 0.5."""
    height, width = picture.shape[:2]
    first, second = np.empty((3, width), np.float32), np.empty((3, width), np.float32)
    added = np.full(width + 2 * APART, 0.5, np.float32)
    outside = 0
    for y in range(height):
        if noise.size:
            _noise(noise, y, added)
        outside += _row(picture[y], light, matrices[rows[y]], edges, slack, table, added, first, second)
        red, green, blue, line = second[0], second[1], second[2], out[y].reshape(3 * width)
        for x in range(width):
            line[3 * x] = np.int32(red[x])
            line[3 * x + 1] = np.int32(green[x])
            line[3 * x + 2] = np.int32(blue[x])
    return outside


@compiled
def to_planes(picture, light, matrices, rows, edges, slack, table, scale, noise, out):  # type: ignore[no-untyped-def]
    """As `to_rgb`, and on into the planes Y', Cb, Cr, (3, height, width). The table is one of 16 bits."""
    height, width = picture.shape[:2]
    first, second = np.empty((3, width), np.float32), np.empty((3, width), np.float32)
    nearest = np.full(width + 2 * APART, 0.5, np.float32)
    added = np.full(width + 2 * APART, 0.5, np.float32)
    outside = 0
    for y in range(height):
        if noise.size:
            _noise(noise, y, added)
        outside += _row(picture[y], light, matrices[rows[y]], edges, slack, table, nearest, first, second)
        _ycbcr(second[0], second[1], second[2], out[0, y], out[1, y], out[2, y], scale, added)
    return outside


@compiled
def rgb_to_planes(picture, scale, noise, out):  # type: ignore[no-untyped-def]
    """R'G'B' of 16 bits, (height, width, 3), into the planes Y', Cb, Cr. noise: as in `to_rgb`."""
    height, width = picture.shape[:2]
    row = np.empty((3, width), np.float32)
    added = np.full(width + 2 * APART, 0.5, np.float32)
    red, green, blue = row[0], row[1], row[2]
    for y in range(height):
        if noise.size:
            _noise(noise, y, added)
        line = picture[y].reshape(3 * width)
        for x in range(width):
            red[x] = line[3 * x]
            green[x] = line[3 * x + 1]
            blue[x] = line[3 * x + 2]
        _ycbcr(red, green, blue, out[0, y], out[1, y], out[2, y], scale, added)
