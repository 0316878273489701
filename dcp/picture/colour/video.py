"""Decoded planes into the codes of a DCDM, in one pass over the picture.

SDR: 4095 (L X / 52.37)^(1/2.6), L = 48 cd/m2, rounded (ST 428-1). HDR: ST 2084 of X, Y, Z in cd/m2, 12 bits,
rounded; what lies outside the addendum's colour volume (P3 with the white D65 at 300 cd/m2) is cut at its
borders. Light below black and above white is cut in both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcp.errors import UsageError
from dcp.picture.colour.encodings import Transfer
from dcp.picture.colour.kernels import FAR, light_of, to_hdr, to_sdr
from dcp.picture.colour.light import (
    CODES,
    GAMMA,
    HDR_PEAK,
    PEAK,
    TO_LIGHT,
    WHITE,
    Floats,
    light_to_pq,
    rgb_to_xyz,
    to_rgb,
)
from dcp.picture.colour.path import ColourPath

Plane = NDArray[Any]
Codes = NDArray[np.uint16]
Singles = NDArray[np.float32]
Conversion = Callable[[Plane, Plane, Plane, tuple[Plane, ...]], None]
"""Three planes into three of whole numbers."""

STEPS = 1 << 14  # of a table that is read between its entries
_ROOTS = 1 << 16  # of one over the square root of light, read at the nearest

_building = RLock()


def to_dcdm(planes: Sequence[Plane], path: ColourPath, out: Codes | Sequence[Plane]) -> None:
    """The planes as X'Y'Z' of 12 bits, 0 to 4095, into `out`: (height, width, 3) uint16, or three planes of
    int32 or uint16; any strides.

    planes: three (one, of a grey picture) of that height and width: uint8, uint16, or float32, which holds
    codes of `path.depth` bits between whole numbers, or 1.0 as white where that is 32. Within 1 code of the
    formula; X'Y'Z' of 12 bits, and of 16 bits the upper 12, come through bit for bit. UsageError for another
    shape or type, and when a path's table or transform cannot be had.
    """
    three = list(planes) * 3 if len(planes) == 1 else list(planes)
    if isinstance(out, np.ndarray):
        out = [out[..., channel] for channel in range(out.shape[-1])] if out.dtype == np.uint16 else []
    for plane in three:
        if len(three) != 3 or plane.dtype not in (np.uint8, np.uint16, np.float32) or plane.ndim != 2:
            raise _no_picture(plane)
        if [plane.shape] * 3 != [each.shape for each in out]:
            raise _no_picture(plane)
    first, second, third = three
    conversion(path)(first, second, third, tuple(out))


def _no_picture(plane: Plane) -> UsageError:
    return UsageError("colour.no-picture", shape="x".join(map(str, plane.shape)), type=plane.dtype)


def conversion(path: ColourPath) -> Conversion:
    """What takes planes along the path, its tables built once. Errors as for `to_dcdm`."""
    with _building:  # of threads that ask at once, one builds
        return _conversion(path)


@lru_cache(maxsize=16)
def _conversion(path: ColourPath) -> Conversion:
    if path.through == "codes":
        return _codes(path)
    if path.through == "aces":
        from dcp.picture.colour.aces import aces

        return aces(path)
    if path.through == "cube":
        from dcp.picture.colour.cube import through_cube

        return through_cube(path)
    return _light(path)


# --- X'Y'Z' as it stands -----


def _codes(path: ColourPath) -> Conversion:
    """A channel each: codes are of R'G'B' or X'Y'Z' models alone."""
    affine = to_rgb("xyz", path.matrix, path.depth, path.full_range) * (CODES - 1)
    scale, black = np.float32(affine[0, 0]), np.float32(affine[0, 3])
    shift = path.depth - 12
    whole = path.full_range and shift in (0, 4)
    if whole:  # of 16 bits the upper 12 are the code
        scale = np.float32(1 / (1 << shift))

    def convert(a: Plane, b: Plane, c: Plane, out: tuple[Plane, ...]) -> None:
        for plane, codes in zip((a, b, c), out, strict=True):
            if whole and plane.dtype == np.uint16:
                np.minimum(plane >> shift, CODES - 1, out=codes)
            else:
                level = np.nan_to_num(plane * scale + black, copy=False)
                codes[:] = np.rint(level.clip(0, CODES - 1, out=level), out=level)

    return convert


# --- display light -----


def places(path: ColourPath, steps: int = STEPS) -> Singles:
    """(3, 4): samples into places of a table of R'G'B'."""
    affine = to_rgb(path.model, path.matrix, path.depth, path.full_range) * steps
    return affine.astype(np.float32)


def table_of(curve: Callable[[Floats], Floats], scale: float = 1.0) -> Singles:
    """What `rows.look_up` reads: the curve over 0 to 1, its last entry twice."""
    level = np.minimum(np.arange(STEPS + 2), STEPS) / STEPS
    return (curve(level) * scale).astype(np.float32)


Way = tuple[Singles, np.float32, np.float32, Singles]
"""Of samples into light: an affine (`places`), its bounds, and the table that it gives places of, or none."""
Lights = Callable[[Plane, Plane, Plane], Singles]
"""Of three planes: the light of each code that they may hold; none when they are floats."""


def lights_of(way: Way) -> Lights:
    """What comes of each code, asked once, where every channel goes its own way and all go the same one: a
    fetch instead of an affine, two fetches and the straight line between them."""
    none = np.empty(0, np.float32)
    each, offset = way[0][:, :3], way[0][:, 3]
    alone = bool((each == each[0, 0] * np.eye(3, dtype=np.float32)).all() and (offset == offset[0]).all())

    @lru_cache(maxsize=2)
    def of(kind: np.dtype[Any]) -> Singles:
        codes = np.arange(1 << 8 * kind.itemsize).astype(kind)[None]
        row = np.empty((3, codes.size), np.float32)
        light_of(codes, codes, codes, way, none, 0, row)
        lights: Singles = row[0].copy()
        return lights

    def lights(a: Plane, b: Plane, c: Plane) -> Singles:
        whole = a.dtype == b.dtype == c.dtype and a.dtype in (np.uint8, np.uint16)
        return of(a.dtype) if alone and whole else none

    return lights


def dcdm_codes() -> Codes:
    """By the square root of light, 1.0 being the peak of 52.37 cd/m2."""
    return np.rint((CODES - 1) * _light_of_roots() ** (1 / GAMMA)).astype(np.uint16)


def _light_of_roots() -> Floats:
    level: Floats = (np.arange(_ROOTS) / (_ROOTS - 1)) ** 2
    return level


def _light(path: ColourPath) -> Conversion:
    transfer: Transfer = path.transfer  # type: ignore[assignment]
    table, affine = table_of(TO_LIGHT[transfer]), places(path)
    low, high = np.float32(0), np.float32(STEPS)
    if transfer == "linear" and path.depth == 32:  # negative light of a wider gamut is kept until it is XYZ
        table, affine = table[:0], places(path, 1)
        low, high = np.float32(-FAR), np.float32(1)
    matrix = rgb_to_xyz(path.primaries)
    if path.target == "hdr" and not table.size:
        high = np.float32(FAR)
    way = affine, low, high, table
    lights = lights_of(way)
    if path.target == "dcdm":
        whole = (matrix * WHITE / PEAK).astype(np.float32)
        codes = dcdm_codes()
        return lambda a, b, c, out: to_sdr(a, b, c, way, lights(a, b, c), whole, codes, out)
    volume = rgb_to_xyz("p3-d65")
    inside = (np.linalg.solve(volume, matrix) * WHITE / HDR_PEAK).astype(np.float32)
    most = volume.sum(axis=1).max()  # XYZ of the volume's white
    last = (volume / most).astype(np.float32)
    codes = np.rint((CODES - 1) * light_to_pq(_light_of_roots() * most * HDR_PEAK)).astype(np.uint16)
    return lambda a, b, c, out: to_hdr(a, b, c, way, lights(a, b, c), inside, last, codes, out)
