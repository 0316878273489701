"""Colour tables of .cube files: a curve a channel, a cube, or a curve before a cube.

Read as Adobe describes them (1.0) and with Resolve's input ranges. Red runs fastest in a cube. What a table
gives is X'Y'Z', 1.0 being the code 4095.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.picture.colour.kernels import to_cube, to_curves
from dcp.picture.colour.light import CODES
from dcp.picture.colour.path import ColourPath
from dcp.picture.colour.video import Conversion, Singles, places
from dcp.texts.system import why

MOST_BYTES = 128 << 20
MOST_ROWS, MOST_SIDE = 65_536, 129
"""Of a curve, as the format has it, and of a cube: 26 MB."""
_MOST_LINE = 1000
_BLOCK = 8192  # lines whose numbers are read at once
_SIZES = {"LUT_1D_SIZE": MOST_ROWS, "LUT_3D_SIZE": MOST_SIDE}

Bounds = NDArray[np.float64]
Line = tuple[int, str]


@dataclass(frozen=True)
class Table:
    """curves: (3, rows) or None; cube: (side, side, side, 3), [red, green, blue], or None; never neither.

    curve_domain, cube_domain: (2, 3), the inputs of their first and last entries.
    """

    title: str
    curves: Singles | None
    cube: Singles | None
    curve_domain: Bounds
    cube_domain: Bounds


def read_cube(path: Path) -> Table:
    """The table of a .cube file. UsageError, with the line, for what is none, is too large or not finite."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for
            raise UsageError("still.no-file", where=path)
        if found.st_size > MOST_BYTES:
            raise UsageError("cube.too-large", where=path, most=MOST_BYTES >> 20)
        with path.open("rb") as file:
            return _table(path, _lines(path, file))
    except OSError as error:
        raise UsageError("file.cannot-read", where=path, why=why(error)) from None


def through_cube(path: ColourPath) -> Conversion:
    """What takes planes through the table of `path.cube`. UsageError as for `read_cube`."""
    assert path.cube is not None
    table = read_cube(path.cube)
    empty = np.empty((3, 0), np.float32)
    if table.cube is None:
        assert table.curves is not None
        curves = _closed(table.curves)
        affine = _within(path, table.curve_domain, table.curves.shape[1])
        top = np.float32(table.curves.shape[1] - 1)
        return lambda a, b, c, out: to_curves(a, b, c, affine, top, curves, out)
    side, cube, scale = len(table.cube), table.cube.ravel(), np.float32(CODES - 1)
    if table.curves is None:
        affine, top = _within(path, table.cube_domain, side), np.float32(side - 1)
        return lambda a, b, c, out: to_cube(a, b, c, affine, top, empty, cube, side, scale, out)
    low, high = table.cube_domain[:, :, None]
    before = _closed(((table.curves - low) / (high - low) * (side - 1)).clip(0, side - 1).astype(np.float32))
    affine = _within(path, table.curve_domain, table.curves.shape[1])
    top = np.float32(table.curves.shape[1] - 1)
    return lambda a, b, c, out: to_cube(a, b, c, affine, top, before, cube, side, scale, out)


def _closed(curves: Singles) -> Singles:
    """With the last entry twice, as the kernels read it."""
    return np.concatenate([curves, curves[:, -1:]], axis=1)


def _within(path: ColourPath, domain: Bounds, entries: int) -> Singles:
    """(3, 4): samples into places of a table of so many entries over its domain."""
    affine = places(path, 1).astype(np.float64)
    affine[:, 3] -= domain[0]
    found: Singles = (affine * ((entries - 1) / (domain[1] - domain[0]))[:, None]).astype(np.float32)
    return found


# --- reading -----


def _lines(path: Path, file: BinaryIO) -> Iterator[Line]:
    """The lines that say something, numbered from 1."""
    number = 0
    while data := file.readline(_MOST_LINE):
        number += 1
        if len(data) == _MOST_LINE:
            raise UsageError("cube.line", where=path, line=number)
        said = data.decode("utf-8-sig" if number == 1 else "utf-8", "replace").strip()
        if said and not said.startswith("#"):
            yield number, said


def _table(path: Path, lines: Iterator[Line]) -> Table:
    title, sizes = "", dict.fromkeys(_SIZES, 0)
    domain = {
        "LUT_1D_SIZE": np.array([[0.0] * 3, [1.0] * 3]),
        "LUT_3D_SIZE": np.array([[0.0] * 3, [1.0] * 3]),
    }
    for number, said in lines:
        word, rest = (*said.split(None, 1), "")[:2]
        if word[0] in "+-.0123456789":
            lines = chain([(number, said)], lines)
            break
        if word == "TITLE":
            title = rest.strip().strip('"')[:200]
        elif word in sizes:
            sizes[word] = _size(path, number, rest, _SIZES[word])
        elif word in ("DOMAIN_MIN", "DOMAIN_MAX"):
            for bounds in domain.values():
                bounds[int(word == "DOMAIN_MAX")] = _numbers(path, number, rest, 3)
        elif word in ("LUT_1D_INPUT_RANGE", "LUT_3D_INPUT_RANGE"):
            domain[word.replace("INPUT_RANGE", "SIZE")][:] = _numbers(path, number, rest, 2)[:, None]
        else:
            raise UsageError("cube.line", where=path, line=number)
    curves, cube = sizes.values()
    if not curves and not cube:
        raise UsageError("cube.no-size", where=path)
    for bounds in domain.values():
        if not (bounds[0] < bounds[1]).all():
            raise UsageError("cube.domain", where=path)
    wanted = curves + cube**3
    values = _rows(path, lines, wanted)
    points = values[curves:].reshape(cube, cube, cube, 3) if cube else None
    return Table(
        title=title,
        curves=np.ascontiguousarray(values[:curves].T) if curves else None,
        cube=np.ascontiguousarray(points.transpose(2, 1, 0, 3)) if points is not None else None,
        curve_domain=domain["LUT_1D_SIZE"],
        cube_domain=domain["LUT_3D_SIZE"],
    )


def _size(path: Path, line: int, said: str, most: int) -> int:
    try:
        size = int(said) if len(said) < 10 else most + 1
    except ValueError:
        raise UsageError("cube.line", where=path, line=line) from None
    if not 2 <= size <= most:
        raise UsageError("cube.size", where=path, line=line, size=size, most=most)
    return size


def _numbers(path: Path, line: int, said: str, count: int) -> Bounds:
    try:
        found = np.array([float(each) for each in said.split()])
    except ValueError:
        found = np.empty(0)
    if len(found) != count or not np.isfinite(found).all():
        raise UsageError("cube.line", where=path, line=line)
    return found


def _rows(path: Path, lines: Iterator[Line], wanted: int) -> Singles:
    """(wanted, 3). The room is taken as the rows come."""
    blocks: list[Singles] = []
    found = 0
    while block := list(islice(lines, _BLOCK)):
        found += len(block)
        if found > wanted:
            break
        try:
            with np.errstate(over="ignore"):  # what is too large becomes infinite
                values = np.array([said.split() for _, said in block], dtype=np.float32)
            whole = values.shape == (len(block), 3) and bool(np.isfinite(values).all())
        except ValueError:
            whole = False
        if not whole:
            for number, said in block:
                _numbers(path, number, said, 3)
            raise UsageError("cube.line", where=path, line=block[0][0])  # a number too large for the type
        blocks.append(values)
    if found > wanted:
        raise UsageError("cube.too-many-rows", where=path, wanted=wanted)
    if found < wanted:
        raise UsageError("cube.too-few-rows", where=path, found=found, wanted=wanted)
    return np.concatenate(blocks)
