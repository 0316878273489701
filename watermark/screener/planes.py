"""Light of a video's samples: how far a code moves for a change of light, and the marking of planes.

A picture is marked in its own form, each sample once: R', G' and B' go up by `a` times what their transfer
curve says for each. Of a curve that is a power, Y' and the colour differences are multiplied by one number;
of the others R', G' and B' are looked up, each sample of luma with the chroma beside it. Where chroma lies
between its luma samples does not matter to the mark, which changes over tens of samples.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from watermark import kernel
from watermark.transfer import is_power, slope

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

# ISO/IEC 23091-2, matrix coefficients: shares of red and blue
_MATRICES = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 5: (0.299, 0.114), 6: (0.299, 0.114), 7: (0.212, 0.087)}
_MATRICES |= {9: (0.2627, 0.0593), 10: (0.2627, 0.0593)}


@dataclass(frozen=True)
class Tables:
    """For each code of luma, or of R', G' and B': step, by how many codes it moves for a of 1; black, white:
    their codes. middle: of colour differences, which are multiplied by 1 + a * stretch where the curve is a
    power. matrix: what Cb and Cr add to Y' for R', B' and G'; weights: their shares of Y', all 0 for a power
    and where nobody knows them."""

    step: Floats
    stretch: np.float32
    black: float
    white: float
    middle: float
    matrix: Floats
    weights: Floats

    def units(self, codes: NDArray[Any]) -> Floats:
        """Codes as values from 0 for black to 1 for white."""
        return (codes.astype(np.float32) - np.float32(self.black)) / np.float32(self.white - self.black)


def tables_of(*, depth: int, full: bool, transfer: int, matrix: int) -> Tables:
    """depth: bits of a code. full: 0 is black and the largest code white."""
    unit = 1 << (depth - 8)
    black, white = (0.0, float((1 << depth) - 1)) if full else (16.0 * unit, 235.0 * unit)
    value: Doubles = (np.arange(1 << depth, dtype=np.float64) - black) / (white - black)
    step = slope(value, transfer) * (white - black)
    local = slope(np.array([0.501]), transfer)[0] * 1000 - slope(np.array([0.5]), transfer)[0] * 1000
    across = 1.0 if full else 219 / 224
    rows, weights = np.zeros((3, 2), np.float32), np.zeros(3, np.float32)
    if matrix in _MATRICES:
        red, blue = _MATRICES[matrix]
        of_red, of_blue = 2 * (1 - red) * across, 2 * (1 - blue) * across
        green = 1 - red - blue
        rows[0, 1], rows[1, 0] = of_red, of_blue
        if not is_power(transfer):
            weights[:] = red, blue, green
        rows[2] = -blue * of_blue / green, -red * of_red / green
    return Tables(
        step=step.astype(np.float32),
        stretch=np.float32(slope(np.ones(1), transfer)[0] if is_power(transfer) else local),
        black=black,
        white=white,
        middle=float(128 * unit),
        matrix=rows,
        weights=weights,
    )


def node_places(samples: int, nodes: int) -> tuple[NDArray[np.int32], Floats]:
    """As of `kernel.node_places`, in the numbers that the loops here take."""
    node, share = kernel.node_places(samples, nodes)
    return node, share.astype(np.float32)


@numba.njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")
def _along(gain: Floats, x_node: Any, x_share: Floats, y_node: int, y_share: Any, row: Floats) -> None:
    upper, lower = gain[y_node], gain[y_node + 1]
    for x in range(row.size):
        node = x_node[x]
        left = upper[node] + y_share * (lower[node] - upper[node])
        right = upper[node + 1] + y_share * (lower[node + 1] - upper[node + 1])
        row[x] = left + x_share[x] * (right - left)


@numba.njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")
def mark_components(
    planes: Any,
    out: Any,
    gain: Floats,
    places: Any,
    step: Floats,
    white: Any,
    scale: Any,
    top: Any,
    dither: Any,
) -> None:
    """R', G' and B', or grey: planes of one size. scale: codes of `out` a code of `planes`; top: most."""
    height, width = planes[0].shape
    x_node, x_share, y_node, y_share = places
    change = np.empty(width, np.float32)
    rows, columns = dither.shape
    for y in range(height):
        _along(gain, x_node, x_share, y_node[y], y_share[y], change)
        for x in range(width):
            most = np.float32(0)
            for plane in planes:
                code = np.float32(plane[y, x])
                most = code if code > most else most
            limit = (white - most) / max(step[np.int64(most)], np.float32(1e-6))
            limit = limit if limit > 0 else np.float32(0)
            change[x] = change[x] if change[x] < limit else limit
        for n in range(len(planes)):
            source, target = planes[n][y], out[n][y]
            tile = dither[(y + n * (rows // 3)) % rows]
            for x in range(width):
                code = (source[x] + change[x] * step[source[x]]) * scale + tile[x % columns]
                target[x] = np.int32(code if code < top else top)


@numba.njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")
def mark_differences(
    luma: Any,
    first: Any,
    second: Any,
    out: Any,
    first_out: Any,
    second_out: Any,
    gain: Floats,
    places: Any,
    chroma_places: Any,
    step: Floats,
    levels: Any,
    matrix: Floats,
    weights: Floats,
    dither: Any,
) -> None:
    """Y', Cb and Cr, chroma by itself or for up to 4x4 samples of luma.

    levels: white, the middle of chroma, stretch, codes of `out` a code of the source, their largest code.
    """
    white, middle, stretch, scale, top = levels
    height, width = luma.shape
    down, across = first.shape
    tall, wide = (height + down - 1) // down, (width + across - 1) // across
    rows, columns = dither.shape
    x_node, x_share, y_node, y_share = places
    cx_node, cx_share, cy_node, cy_share = chroma_places
    change, coarse = np.empty(width, np.float32), np.empty(across, np.float32)
    excess, parts = np.empty(across, np.float32), np.empty((across, 3), np.float32)
    curved, last = weights[0] > 0, np.float32(step.size - 1)
    for v in range(down):
        _along(gain, cx_node, cx_share, cy_node[v], cy_share[v], coarse)
        blue, red = first[v], second[v]
        for u in range(across):
            b, r = np.float32(blue[u]) - middle, np.float32(red[u]) - middle
            most = np.float32(0)
            for n in range(3):
                value = matrix[n, 0] * b + matrix[n, 1] * r
                parts[u, n] = value
                most = value if value > most else most
            excess[u] = most
        for y in range(v * tall, min((v + 1) * tall, height)):
            _along(gain, x_node, x_share, y_node[y], y_share[y], change)
            source, target, tile = luma[y], out[y], dither[y % rows]
            for x in range(width):
                code = np.float32(source[x])
                u = x // wide
                if curved:
                    steep = np.float32(0)
                    for n in range(3):
                        at = code + parts[u, n] + np.float32(0.5)
                        steep += weights[n] * step[np.int64(min(max(at, np.float32(0)), last))]
                else:
                    steep = step[source[x]]
                move = change[x] * steep
                # less rather than another colour where R', G' or B' would pass white
                room = white - code - excess[u]
                room = room if room > 0 else np.float32(0)
                move = move if move < room else room
                value = (code + move) * scale + tile[x % columns]
                target[x] = np.int32(value if value < top else top)
        source = luma[min(v * tall, height - 1)]
        below = dither[(v + rows // 3) % rows], dither[(v + 2 * (rows // 3)) % rows]
        for u in range(across):
            code = np.float32(source[min(u * wide, width - 1)])
            room = white - code - excess[u]
            room = room if room > 0 else np.float32(0)
            if curved:
                red_step, blue_step, steep = np.float32(0), np.float32(0), np.float32(0)
                for n in range(3):
                    at = code + parts[u, n] + np.float32(0.5)
                    each = step[np.int64(min(max(at, np.float32(0)), last))]
                    steep += weights[n] * each
                    red_step = each if n == 0 else red_step
                    blue_step = each if n == 1 else blue_step
                limit = room / max(steep, np.float32(1e-6))
                part = coarse[u] if coarse[u] < limit else limit
                blue_move = part * (blue_step - steep) / matrix[1, 0]
                red_move = part * (red_step - steep) / matrix[0, 1]
            else:
                limit = room / max(step[np.int64(code)], np.float32(1e-6))
                part = coarse[u] if coarse[u] < limit else limit
                blue_move = (np.float32(blue[u]) - middle) * part * stretch
                red_move = (np.float32(red[u]) - middle) * part * stretch
            value = (np.float32(blue[u]) + blue_move) * scale + below[0][u % columns]
            value = value if value > 0 else np.float32(0)
            first_out[v, u] = np.int32(value if value < top else top)
            value = (np.float32(red[u]) + red_move) * scale + below[1][u % columns]
            value = value if value > 0 else np.float32(0)
            second_out[v, u] = np.int32(value if value < top else top)
