"""Samples of 10 bits, three in a word of 32: what most DPX have of a pixel, R, G and B (filled, method A)."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray


def three_in_a_word(words: NDArray[np.uint32], *, swapped: bool) -> NDArray[np.uint16]:
    """(3, height, width) uint16 of words, (height, width); two bits below the samples are padding.

    swapped: the bytes of a word stand in the other order than this machine's.
    """
    out = np.empty((3, *words.shape), np.uint16)
    _unpack(words, swapped, out)
    return out


@numba.njit(nogil=True, cache=True)
def _unpack(words, swapped, out):  # type: ignore[no-untyped-def]
    low = 0x3FF
    for y in range(words.shape[0]):
        row, first, second, third = words[y], out[0, y], out[1, y], out[2, y]
        for x in range(row.size):
            word = row[x]
            turned = np.uint32(word >> 24 | word << 24 | word >> 8 & 0xFF00 | (word & 0xFF00) << 8)
            word = turned if swapped else word
            first[x] = word >> 22
            second[x] = word >> 12 & low
            third[x] = word >> 2 & low
