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

FAINTEST, OCTAVES, PARTS = 2.0**-24, 41, 256
"""Of tables over octaves: where they begin, up to `FAR`, and the steps in each, a power of two."""
_SHIFT = 23 - 8  # bits of a mantissa below a step
_FIRST = (127 - 24) << 23  # the bits of `FAINTEST`

REACH = 2.0**0.5 + 1
"""The tangent of 67.5 degrees: what is farther from red is none."""

compiled = numba.njit(nogil=True, cache=True, fastmath=MATHS, error_model="numpy")
exact = numba.njit(nogil=True, cache=True)


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
def light_of(a, b, c, way, lights, y, row):  # type: ignore[no-untyped-def]
    """A row of the planes into light. way: the affine, its bounds, a table (none when it is empty); lights:
    what comes of each code, where channels go alone; empty where they do not."""
    if lights.size:
        for x in range(row.shape[1]):
            row[0, x] = lights[np.uint32(a[y, x])]
        for x in range(row.shape[1]):
            row[1, x] = lights[np.uint32(b[y, x])]
        for x in range(row.shape[1]):
            row[2, x] = lights[np.uint32(c[y, x])]
        return
    affine, low, high, table = way
    take(a, b, c, affine, y, low, high, row)
    if table.size:
        look_up(row, table)


@compiled
def look_up_each(row, curves):  # type: ignore[no-untyped-def]
    """As `look_up`, with a table a channel, (3, size)."""
    for k in range(3):
        for x in range(row.shape[1]):
            place = np.uint32(row[k, x])
            part = row[k, x] - np.float32(place)
            row[k, x] = curves[k, place] + part * (curves[k, place + np.uint32(1)] - curves[k, place])


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
            out[k][y, x] = encode[np.uint32(places[x])]


@compiled
def look_up_octaves(row, table):  # type: ignore[no-untyped-def]
    """Each value through a table of `OCTAVES` octaves from `FAINTEST` on, `PARTS` steps in each.

    A float's bits are nearly its logarithm: they are the place in the table. What is fainter is the faintest.
    """
    bits = row.view(np.int32)
    last = np.int32(table.size - 2)
    for k in range(3):
        for x in range(row.shape[1]):
            value = row[k, x]
            row[k, x] = value if value > np.float32(FAINTEST) else np.float32(FAINTEST)
        for x in range(row.shape[1]):
            code = np.int32(bits[k, x] - np.int32(_FIRST))
            part = np.int32(code & np.int32((1 << _SHIFT) - 1))
            place = np.int32(code >> np.int32(_SHIFT))
            at = np.uint32(place if place < last else last)
            row[k, x] = table[at] + np.float32(part) * np.float32(1 / (1 << _SHIFT)) * (
                table[at + np.uint32(1)] - table[at]
            )


@compiled
def preamble(row, weights):  # type: ignore[no-untyped-def]
    """ACES' rendering before its tone curve, on light of AP0: dark saturated colours glow, reds are held.

    weights: how much a hue counts as red, by the tangent of its distance from red, over 0 to `REACH`. The
    first loop has no branch, no table and no number of 64 bits, so that it is done in vectors.
    """
    reds, greens, blues = row[0], row[1], row[2]
    places, holds = np.empty(row.shape[1], np.float32), np.empty(row.shape[1], np.float32)
    last, none, one = np.float32(weights.size - 2), np.float32(0), np.float32(1)
    steps, dark, bright_end = last / np.float32(REACH), np.float32(0.16 / 3), np.float32(0.16)
    for x in range(reds.size):
        red, green, blue = reds[x], greens[x], blues[x]
        colourful = _colourful(red, green, blue)
        grey = not colourful > none
        spread = blue * (blue - green) + green * (green - red) + red * (red - blue)
        spread = np.float32(1.75) * np.sqrt(_larger(spread, none))
        bright = (red + green + blue + spread) / np.float32(3)
        glow = np.float32(0.08) / _larger(bright, dark) - np.float32(0.5)
        glow = glow if bright > dark else one
        glow = glow if bright < bright_end else none
        gain = np.float32(0.05) * _sigmoid((colourful - np.float32(0.4)) * np.float32(5)) * glow + one
        gain = one if grey else gain
        red, green, blue = red * gain, green * gain, blue * gain
        along, across = np.float32(2) * red - green - blue, np.float32(3**0.5) * abs(green - blue)
        far = grey | (not across < np.float32(REACH) * along)
        place = across / (one if far else along) * steps
        place = last if far else place
        places[x] = place if place < last else last
        held = _colourful(red, green, blue) * (np.float32(0.03) - red) * np.float32(0.18)
        holds[x] = none if far else held
        reds[x], greens[x], blues[x] = red, _larger(green, none), _larger(blue, none)
    for x in range(reds.size):
        at = np.uint32(np.int32(places[x]))
        part = places[x] - np.float32(np.int32(places[x]))
        weight = weights[at] + part * (weights[at + np.uint32(1)] - weights[at])
        reds[x] = _larger(reds[x] + weight * holds[x], none)


@compiled
def _larger(one, other):  # type: ignore[no-untyped-def]
    """The other where one is no number."""
    return one if one > other else other


@compiled
def _colourful(red, green, blue):  # type: ignore[no-untyped-def]
    most = _larger(_larger(red, green), blue)
    least = -_larger(_larger(-red, -green), -blue)
    small = np.float32(1e-10)
    return (_larger(most, small) - _larger(least, small)) / _larger(most, np.float32(1e-2))


@compiled
def _sigmoid(x):  # type: ignore[no-untyped-def]
    """0 below -2, 1 above 2, and two parabolas between."""
    rest = _larger(np.float32(1) - np.float32(0.5) * abs(x), np.float32(0))
    half = np.float32(0.5) * (np.float32(1) - rest * rest)
    return np.float32(0.5) + half if x > np.float32(0) else np.float32(0.5) - half


@compiled
def look_up_cube(row, cube, side, scale, corners, parts, y, out):  # type: ignore[no-untyped-def]
    """Each pixel is a place in the cube, whose `side` it is along each axis; into codes, by tetrahedra.

    cube: flat, [red, green, blue, channel]. A cell is cut along its diagonal of greys: its far corner is
    reached along the axis of the largest part first, along that of the smallest last. corners, parts: room
    for (4, width) places and weights.
    """
    last = np.float32(side - 2)
    reds, greens, blues = np.int32(3 * side * side), np.int32(3 * side), np.int32(3)
    whole = np.int32(reds + greens + blues)
    for x in range(row.shape[1]):
        i = np.int32(min(row[0, x], last))
        j = np.int32(min(row[1, x], last))
        k = np.int32(min(row[2, x], last))
        place = np.int32(i * reds + j * greens + k * blues)
        r, g, b = row[0, x] - np.float32(i), row[1, x] - np.float32(j), row[2, x] - np.float32(k)
        high, low = max(r, g, b), min(r, g, b)
        middle = max(min(r, g), min(max(r, g), b))
        first = reds if r == high else (greens if g == high else blues)
        final = blues if b == low else (greens if g == low else reds)
        corners[0, x], parts[0, x] = place, np.float32(1) - high
        corners[1, x], parts[1, x] = np.int32(place + first), high - middle
        corners[2, x], parts[2, x] = np.int32(place + np.int32(whole - final)), middle - low
        corners[3, x], parts[3, x] = np.int32(place + whole), low
    for channel in range(3):
        plane = cube[channel:]
        for x in range(row.shape[1]):
            value = parts[0, x] * np.float32(plane[np.uint32(corners[0, x])])
            value += parts[1, x] * np.float32(plane[np.uint32(corners[1, x])])
            value += parts[2, x] * np.float32(plane[np.uint32(corners[2, x])])
            value += parts[3, x] * np.float32(plane[np.uint32(corners[3, x])])
            out[channel][y, x] = _code(value * scale)


@compiled
def _code(value):  # type: ignore[no-untyped-def]
    """Rounded, cut to 12 bits; NaN is 0."""
    value = value if value > np.float32(0) else np.float32(0)
    return np.uint16((value if value < np.float32(4095) else np.float32(4095)) + np.float32(0.5))


# --- whole pictures, into three planes of whole numbers -----


@compiled
def to_sdr(a, b, c, way, lights, matrix, encode, out):  # type: ignore[no-untyped-def]
    """Planes, table (none when it is empty), matrix to X'Y'Z', codes."""
    height, width = a.shape
    row, mixed = np.empty((3, width), np.float32), np.empty((3, width), np.float32)
    ends = np.empty(width, np.int32)
    for y in range(height):
        light_of(a, b, c, way, lights, y, row)
        mix(row, matrix, np.float32(0), np.float32(1), mixed)
        emit(mixed, encode, ends, y, out)


@compiled
def to_hdr(a, b, c, way, lights, inside, last, encode, out):  # type: ignore[no-untyped-def]
    """Planes, table, matrix into a volume of colours, cut at its borders, matrix to XYZ, codes."""
    height, width = a.shape
    row, mixed = np.empty((3, width), np.float32), np.empty((3, width), np.float32)
    ends = np.empty(width, np.int32)
    for y in range(height):
        light_of(a, b, c, way, lights, y, row)
        mix(row, inside, np.float32(0), np.float32(1), mixed)
        mix(mixed, last, np.float32(0), np.float32(1), row)
        emit(row, encode, ends, y, out)


@compiled
def scene_to_sdr(a, b, c, way, lights, first, least, weights, ap1, tone, last, encode, out):  # type: ignore[no-untyped-def]
    """Planes, a camera's curve (none when it is empty), matrix to AP0, ACES' rendering, X'Y'Z', codes."""
    height, width = a.shape
    row, mixed = np.empty((3, width), np.float32), np.empty((3, width), np.float32)
    ends = np.empty(width, np.int32)
    far = np.float32(FAR)
    for y in range(height):
        light_of(a, b, c, way, lights, y, row)
        mix(row, first, least, far, mixed)
        preamble(mixed, weights)
        mix(mixed, ap1[0], np.float32(0), far, row)
        mix(row, ap1[1], np.float32(0), far, mixed)
        look_up_octaves(mixed, tone)
        mix(mixed, last, np.float32(0), np.float32(1), row)
        emit(row, encode, ends, y, out)


@compiled
def scene_to_cube(a, b, c, way, lights, first, shaper, cube, side, scale, out):  # type: ignore[no-untyped-def]
    """Planes, a camera's curve (none when it is empty), matrix, places in the cube, codes."""
    height, width = a.shape
    row, mixed = np.empty((3, width), np.float32), np.empty((3, width), np.float32)
    corners, parts = np.empty((4, width), np.int32), np.empty((4, width), np.float32)
    for y in range(height):
        light_of(a, b, c, way, lights, y, row)
        mix(row, first, np.float32(0), np.float32(FAR), mixed)
        look_up_octaves(mixed, shaper)
        look_up_cube(mixed, cube, side, scale, corners, parts, y, out)


@compiled
def to_cube(a, b, c, affine, high, curves, cube, side, scale, out):  # type: ignore[no-untyped-def]
    """Planes, a curve a channel (none when they are empty), places in the cube, codes."""
    height, width = a.shape
    row = np.empty((3, width), np.float32)
    corners, parts = np.empty((4, width), np.int32), np.empty((4, width), np.float32)
    for y in range(height):
        take(a, b, c, affine, y, np.float32(0), high, row)
        if curves.size:
            look_up_each(row, curves)
        look_up_cube(row, cube, side, scale, corners, parts, y, out)


@compiled
def to_curves(a, b, c, affine, high, curves, out):  # type: ignore[no-untyped-def]
    """Planes, a curve a channel, codes."""
    height, width = a.shape
    row = np.empty((3, width), np.float32)
    for y in range(height):
        take(a, b, c, affine, y, np.float32(0), high, row)
        look_up_each(row, curves)
        for k in range(3):
            for x in range(width):
                out[k][y, x] = _code(row[k, x] * np.float32(4095))


# --- pictures mixed in light -----


@exact
def add_light(codes, light, weight, total):  # type: ignore[no-untyped-def]
    """The light of each code, by its table, times a weight, to what is there."""
    for x in range(codes.size):
        total[x] += light[np.uint32(codes[x])] * weight


@exact
def to_nearest(light, table, out):  # type: ignore[no-untyped-def]
    """Light, which is cut to 0 and 1, into codes, by a table over its fourth root."""
    top = np.float32(table.size - 1)
    for x in range(light.size):
        value = min(max(light[x], np.float32(0)), np.float32(1))
        out[x] = table[np.uint32(np.sqrt(np.sqrt(value)) * top + np.float32(0.5))]
