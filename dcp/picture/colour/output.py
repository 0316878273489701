"""From X'Y'Z' to a display: light of each code, a matrix into the display's primaries, the display's code.

White is not adapted and nothing is compressed: a colour that the display lacks, and light above its peak, is
cut channel by channel, and counted. Codes are the nearest ones, or dithered by a noise that is handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.picture.colour.displays import Display, Matrix
from dcp.picture.colour.encodings import Transfer
from dcp.picture.colour.light import CODES, FROM_LIGHT, GAMMA, PEAK, WHITE, Floats, light_to_pq, pq_to_light
from dcp.picture.colour.output_kernels import FAINTEST, OCTAVES, PARTS, rgb_to_planes, to_planes, to_rgb

Picture = NDArray[np.uint8] | NDArray[np.uint16]
Planes = NDArray[np.uint8] | NDArray[np.uint16]
Singles = NDArray[np.float32]

_SDR_SLACK = 0.002
"""Of a white of 48 cd/m2, by which a colour may lie outside and not be counted: rounding to 12 bits moves
colours of the border by up to 5.3 times 0.03 %, the largest row of a matrix times half a code."""
_HDR_SLACK = 0.0125
"""Of the pixel's own highest channel: a step of ST 2084 in 12 bits is up to some 0.4 % of the light, and the
same matrices hold."""

_building = RLock()
_to_rgb: Callable[..., int] = to_rgb
_to_planes: Callable[..., int] = to_planes


@dataclass(frozen=True)
class Transform:
    """Pictures of one size and one kind for one display; serves any number of threads.

    Codes are within one of the formula in float64, and where a channel is dark beside a bright one within the
    precision of float32 (a millionth of the bright one's light).
    """

    light: Singles
    matrices: Singles
    rows: NDArray[np.int64]
    edges: NDArray[np.int64]
    slack: Singles
    table: Singles

    def rgb(self, picture: NDArray[np.uint16], out: Picture, *, noise: Singles | None = None) -> int:
        """X'Y'Z' codes, (height, width, 3) uint16, into R'G'B' of the transform's bits: how many
        pixels lay outside. out: the same shape, in order in memory.

        noise: (rows, columns), between 0 and 1, laid over the picture as tiles: it is added before samples
        are cut to whole codes, in the place of 0.5, which gives the nearest code."""
        return int(_to_rgb(np.ascontiguousarray(picture), *self._prepared, _tile(noise), out))

    def ycbcr(
        self, picture: NDArray[np.uint16], out: Planes, *, depth: int, noise: Singles | None = None
    ) -> int:
        """The same of a transform of 16 bits, then Y', Cb, Cr of limited range by BT.709 in 8 or 10 bits.
        out: (3, height, width)."""
        scale = np.float32(1 << (depth - 8))
        return int(_to_planes(np.ascontiguousarray(picture), *self._prepared, scale, _tile(noise), out))

    @property
    def _prepared(self) -> tuple[Singles | NDArray[np.int64], ...]:
        return self.light, self.matrices, self.rows, self.edges, self.slack, self.table


def transform_for(
    display: Display, *, width: int, height: int, bits: int = 16, hdr: bool = False
) -> Transform:
    """What takes pictures of that size to a display, its tables built once. bits: of the display's codes, 8
    or 16. hdr: the pictures are of DCI's HDR addendum (ST 2084), not of ST 428-1."""
    with _building:  # of threads that ask at once, one builds
        return _transform(display, width, height, bits, hdr)


def convert(
    picture: NDArray[np.uint16],
    display: Display,
    *,
    bits: int = 16,
    hdr: bool = False,
    noise: Singles | None = None,
) -> tuple[Picture, int]:
    """A whole picture for a display: R'G'B' of 8 or 16 bits, and how many pixels lay outside. noise: as
    `Transform.rgb` takes it. UsageError for a picture of another shape or type."""
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint16:
        raise UsageError("colour.no-picture", shape="x".join(map(str, picture.shape)), type=picture.dtype)
    height, width, _ = picture.shape
    out = np.empty(picture.shape, np.uint8 if bits == 8 else np.uint16)
    transform = transform_for(display, width=width, height=height, bits=bits, hdr=hdr)
    return out, transform.rgb(picture, out, noise=noise)


def planes_of(rgb: NDArray[np.uint16], out: Planes, *, depth: int, noise: Singles | None = None) -> None:
    """R'G'B' of 16 bits, (height, width, 3), into Y', Cb, Cr as by `Transform.ycbcr`."""
    rgb_to_planes(rgb, np.float32(1 << (depth - 8)), _tile(noise), out)


# --- how it is done -----

_NEAREST = np.empty((0, 0), np.float32)


def _tile(noise: Singles | None) -> Singles:
    return _NEAREST if noise is None else np.ascontiguousarray(noise)


@lru_cache(maxsize=16)
def _transform(display: Display, width: int, height: int, bits: int, hdr: bool) -> Transform:
    grid = display.grid
    matrices = np.empty((grid.rows, grid.columns, 3, 3))
    matrices[:] = _inverse(display.matrix)
    for module in grid.modules:
        matrices[module.row, module.column] = _inverse(module.matrix)
    slack = (0.0, _HDR_SLACK) if hdr else (_SDR_SLACK * WHITE / display.peak, 0.0)
    return Transform(
        light=(_light(hdr) / display.peak).astype(np.float32),
        matrices=matrices.astype(np.float32),
        rows=np.arange(height) * grid.rows // max(height, 1),
        edges=np.ceil(np.arange(grid.columns + 1) * (width / grid.columns)).astype(np.int64),
        slack=np.array(slack, np.float32),
        table=_table(display.transfer, display.peak, bits),
    )


def _inverse(matrix: Matrix) -> Floats:
    inverse: Floats = np.linalg.inv(np.array(matrix))
    return inverse


@lru_cache(maxsize=2)
def _light(hdr: bool) -> Floats:
    """Of each code, in cd/m2."""
    codes = np.arange(CODES) / (CODES - 1)
    return pq_to_light(codes) if hdr else PEAK * codes**GAMMA


@lru_cache(maxsize=8)
def _table(transfer: Transfer, peak: float, bits: int) -> Singles:
    """Codes of light, 1.0 being the display's peak, by octaves. What is fainter than all is black."""
    step = np.arange(OCTAVES * PARTS + 2)
    light = FAINTEST * 2.0 ** (step // PARTS) * (1 + step % PARTS / PARTS)
    level = light_to_pq(light * peak) if transfer == "pq" else FROM_LIGHT[transfer](light)
    level[0] = 0
    codes: Singles = (level * ((1 << bits) - 1)).astype(np.float32)
    return codes
