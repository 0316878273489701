"""Three planes, or a picture whose pixels have their channels side by side: from one to the other at once.

NumPy goes through all memory once a channel for it, which takes three times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numba
import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

Plane = NDArray[Any]


def contiguous(planes: Sequence[Plane]) -> list[Plane]:
    """The planes, each C-contiguous: as they are, or copied. Half floats come as floats."""
    if planes[0].dtype == np.float16:
        return [_as_floats(plane) for plane in contiguous([plane.view(np.uint16) for plane in planes])]
    alike = len({(plane.shape, plane.strides, plane.dtype) for plane in planes}) == 1
    if len(planes) != 3 or not alike or planes[0].strides[1] == planes[0].itemsize:
        return [np.ascontiguousarray(plane) for plane in planes]
    out = np.empty((3, *planes[0].shape), planes[0].dtype)
    pixels = _pixels(planes)
    if pixels is None:
        _copied(*planes, *out)
    else:
        _taken_apart(*pixels, out)
    return list(out)


def _as_floats(bits: NDArray[np.uint16]) -> NDArray[np.float32]:
    out = np.empty(bits.shape, np.float32)
    _looked_up(bits.ravel(), _floats(), out.ravel())
    return out


@cache
def _floats() -> NDArray[np.float32]:
    """Of each half float by its bits."""
    return np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)


def _pixels(planes: Sequence[Plane]) -> tuple[Plane, int, int] | None:
    """(samples from the first on, how many of them a line is apart, a pixel) where the three are the channels
    of pixels that lie one behind the other: as they lie in memory."""
    first, size = planes[0], planes[0].itemsize
    height, width = first.shape
    line, pixel = first.strides
    places = [plane.__array_interface__["data"][0] for plane in planes]
    if not first.size or pixel not in (3 * size, 4 * size) or line < width * pixel or line % size:
        return None
    if places != [places[0], places[0] + size, places[0] + 2 * size]:
        return None
    count = ((height - 1) * line + (width - 1) * pixel) // size + 3
    return as_strided(first, (count,), (size,), writeable=False), line // size, pixel // size


def picture_of_planes(planes: Sequence[NDArray[np.int32]]) -> NDArray[np.uint16]:
    """(height, width, 3) uint16 of three planes of such numbers."""
    out = np.empty((*planes[0].shape, 3), np.uint16)
    _copied(*planes, *np.moveaxis(out, 2, 0))
    return out


def picture_into_planes(picture: NDArray[np.uint16], planes: Sequence[NDArray[np.int32]]) -> None:
    """The channels of a picture, (height, width, 3), into three planes of its size."""
    _copied(*np.moveaxis(picture, 2, 0), *planes)


# --- loops -----

_compiled = numba.njit(nogil=True, cache=True)


@_compiled
def _copied(a, b, c, first, second, third):  # type: ignore[no-untyped-def]
    """Whatever strides they have."""
    for y in range(a.shape[0]):
        for x in range(a.shape[1]):
            first[y, x] = a[y, x]
            second[y, x] = b[y, x]
            third[y, x] = c[y, x]


@_compiled
def _taken_apart(samples, line, pixel, out):  # type: ignore[no-untyped-def]
    for y in range(out.shape[1]):
        row = samples[y * line :]
        first, second, third = out[0, y], out[1, y], out[2, y]
        if pixel == 3:  # a number that the compiler knows lets it work in vectors
            for x in range(first.size):
                first[x], second[x], third[x] = row[3 * x], row[3 * x + 1], row[3 * x + 2]
        else:
            for x in range(first.size):
                first[x], second[x], third[x] = row[4 * x], row[4 * x + 1], row[4 * x + 2]


@_compiled
def _looked_up(places, table, out):  # type: ignore[no-untyped-def]
    for x in range(places.size):
        out[x] = table[places[x]]
