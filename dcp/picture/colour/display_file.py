"""A display out of a TOML file: a wall of modules, a projector as it was measured.

    schema = "dcpkit.display/1"
    peak = 300                      # cd/m2 of full white
    transfer = 2.6                  # or 2.2, 2.4, 2.8, "srgb", "linear", "pq"
    primaries = "p3-d65"            # or red, green, blue and white as [x, y], or matrix

    [modules]
    columns = 8
    rows = 4
    [[modules.module]]              # one that gives other light than the wall
    column = 3                      # from 1, left and top first
    row = 2
    gain = 0.97                     # or [red, green, blue]
    white = [0.3141, 0.3302]

Every name must be known, every number within its bounds; an error names its place in the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dcp.errors import UsageError
from dcp.picture.colour.displays import Display, Grid, Matrix, Module, as_matrix
from dcp.picture.colour.encodings import PRIMARIES, Chromaticities, Transfer
from dcp.picture.colour.light import PQ_PEAK, Floats, matrix_of
from dcp.texts.catalogue import text
from dcp.tomlfile import line_of, parse_toml, words_of

SCHEMA = "dcpkit.display/1"
MOST_BYTES = 1 << 20
MOST_SIDE, MOST_MODULES, MOST_NAME = 256, 4096, 80
LEAST_PEAK, LEAST_GAIN, MOST_GAIN = 1.0, 0.1, 10.0
LEAST_AREA = 1e-3
"""Of a triangle of primaries: less is a slip, and what rounding does to its inverse would be seen."""

_TRANSFERS: Mapping[object, Transfer] = {
    2.2: "g22",
    2.4: "bt1886",
    2.6: "g26",
    2.8: "g28",
    "srgb": "srgb",
    "linear": "linear",
    "pq": "pq",
}
_POINTS = ("red", "green", "blue", "white")
_NAMES = ("schema", "name", "peak", "transfer", "primaries", *_POINTS, "matrix", "modules")
_OF_GRID = ("columns", "rows", "module")
_OF_MODULE = ("column", "row", "gain", *_POINTS)


def read_display(path: Path) -> Display:
    """The display that a file describes. UsageError when it cannot be read, is no TOML, or says what no
    display is."""
    words = words_of(path, most=MOST_BYTES, too_large="display.too-large", no_text="display.no-text")
    try:
        table = parse_toml(words)
    except ValueError as error:
        raise UsageError("display.no-toml", where=path, why=str(error)[:200]) from None
    return _Reader(path, words).display(table)


# --- how it is done -----


class _Reader:
    """What every value needs to be put in its place: the file, its words."""

    def __init__(self, path: Path, words: str) -> None:
        self.path, self.words = path, words

    def display(self, table: Mapping[str, Any]) -> Display:
        if table.get("schema") != SCHEMA:
            shown = str(table.get("schema", ""))[:80]
            raise UsageError("display.schema", where=self.path, schema=shown, known=SCHEMA)
        self._known("", table, _NAMES)
        points, matrix = self._colours(table)
        return Display(
            name=str(table.get("name", self.path.stem))[:MOST_NAME],
            matrix=matrix,
            transfer=self._transfer(table),
            peak=self._number("peak", self._needed(table, "peak"), LEAST_PEAK, PQ_PEAK),
            grid=self._grid(table.get("modules"), points, matrix),
        )

    def _transfer(self, table: Mapping[str, Any]) -> Transfer:
        found = self._needed(table, "transfer")
        if isinstance(found, bool) or not isinstance(found, str | int | float) or found not in _TRANSFERS:
            known = ", ".join(str(each) for each in _TRANSFERS)
            raise self._error("display.transfer", "transfer", found=str(found)[:80], known=known)
        return _TRANSFERS[found]

    def _colours(self, table: Mapping[str, Any]) -> tuple[Chromaticities | None, Matrix]:
        """Primaries and white, None where a matrix stands for them, and the matrix."""
        ways = ["primaries" in table, any(name in table for name in _POINTS), "matrix" in table]
        if sum(ways) != 1:
            raise UsageError("display.colours", where=self.path)
        if "matrix" in table:
            return None, self._matrix(table["matrix"])
        if "primaries" not in table:
            points = self._points("", table, None)
            return points, self._of(points, "red")
        name = table["primaries"]
        if not isinstance(name, str) or name not in PRIMARIES:
            known = ", ".join(PRIMARIES)
            raise self._error("display.primaries", "primaries", found=str(name)[:80], known=known)
        return PRIMARIES[name], as_matrix(matrix_of(PRIMARIES[name]).tolist())

    def _points(self, at: str, table: Mapping[str, Any], wall: Chromaticities | None) -> Chromaticities:
        """The four points, those of the wall for what is not said of a module."""
        red, green, blue, white = (
            wall[place]
            if wall is not None and name not in table
            else self._point(at + name, self._needed(table, name, at))
            for place, name in enumerate(_POINTS)
        )
        return red, green, blue, white

    def _point(self, name: str, value: object) -> tuple[float, float]:
        numbers = self._numbers(value, 2)
        if numbers is None or min(numbers) < 0 or sum(numbers) > 1 or numbers[1] < 1e-3:
            raise self._error("display.point", name)
        return numbers[0], numbers[1]

    def _of(self, points: Chromaticities, name: str) -> Matrix:
        (ax, ay), (bx, by), (cx, cy), _ = points
        area = abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2
        matrix = matrix_of(points) if area >= LEAST_AREA else None
        if matrix is None or matrix[1].min() < 1e-4:  # white lies outside, or on the border
            raise self._error("display.no-area", name)
        return as_matrix(matrix.tolist())

    def _matrix(self, value: object) -> Matrix:
        rows = value if isinstance(value, list) and len(value) == 3 else []
        numbers = [self._numbers(row, 3) for row in rows]
        found = [row for row in numbers if row is not None]
        if len(found) == 3:
            matrix: Floats = np.array(found)
            fit = np.abs(matrix).max() <= 4 and abs(matrix[1].sum() - 1) <= 0.01
            if fit and np.linalg.cond(matrix) <= 1000:
                return as_matrix(found)
        raise self._error("display.matrix", "matrix")

    def _grid(self, value: object, points: Chromaticities | None, matrix: Matrix) -> Grid:
        if value is None:
            return Grid()
        table = self._table("modules", value)
        self._known("modules.", table, _OF_GRID)
        columns = self._whole("modules.columns", self._needed(table, "columns", "modules."), MOST_SIDE)
        rows = self._whole("modules.rows", self._needed(table, "rows", "modules."), MOST_SIDE)
        listed = table.get("module", [])
        if not isinstance(listed, list) or len(listed) > MOST_MODULES:
            raise self._error("display.modules", "modules.module", most=MOST_MODULES)
        modules: dict[tuple[int, int], Module] = {}
        for number, each in enumerate(listed, 1):
            module = self._module(f"modules.module[{number}].", each, (columns, rows), points, matrix)
            place = module.column, module.row
            if place in modules:
                raise UsageError(
                    "display.twice", where=self.path, column=module.column + 1, row=module.row + 1
                )
            modules[place] = module
        return Grid(columns, rows, tuple(modules.values()))

    def _module(
        self, at: str, value: object, size: tuple[int, int], points: Chromaticities | None, matrix: Matrix
    ) -> Module:
        table = self._table(at.rstrip("."), value)
        self._known(at, table, _OF_MODULE)
        column = self._whole(at + "column", self._needed(table, "column", at), size[0])
        row = self._whole(at + "row", self._needed(table, "row", at), size[1])
        if any(name in table for name in _POINTS):
            if points is None:
                raise self._error("display.module-of-matrix", at.rstrip("."))
            matrix = self._of(self._points(at, table, points), at.rstrip("."))
        given = table.get("gain", 1.0)
        gains = given if isinstance(given, list) and len(given) == 3 else [given] * 3
        gain = np.array([self._number(at + "gain", each, LEAST_GAIN, MOST_GAIN) for each in gains])
        return Module(column - 1, row - 1, as_matrix((np.array(matrix) * gain).tolist()))

    # --- values -----

    def _known(self, at: str, table: Mapping[str, Any], names: Sequence[str]) -> None:
        for name in table:
            if name not in names:
                raise self._error("display.unknown", at + name, names=", ".join(names))

    def _needed(self, table: Mapping[str, Any], name: str, at: str = "") -> object:
        if name not in table:
            raise UsageError("display.missing", where=self.path, name=at + name)
        return table[name]

    def _table(self, name: str, value: object) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self._error("display.no-table", name)
        return value

    def _number(self, name: str, value: object, least: float, most: float) -> float:
        numbers = self._numbers([value], 1)
        if numbers is None or not least <= numbers[0] <= most:
            raise self._error(
                "display.number", name, found=str(value)[:80], least=f"{least:g}", most=f"{most:g}"
            )
        return numbers[0]

    def _whole(self, name: str, value: object, most: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise self._error("display.number", name, found=str(value)[:80], least="1", most=str(most))
        return value

    def _numbers(self, value: object, count: int) -> list[float] | None:
        """So many finite numbers, or None."""
        if not isinstance(value, list) or len(value) != count:
            return None
        if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in value):
            return None
        if not all(abs(each) < 1e6 for each in value):  # whole numbers of any length, NaN and infinity
            return None
        return [float(each) for each in value]

    def _error(self, id: str, name: str, **places: Any) -> UsageError:
        line = line_of(self.words, name.rsplit(".", 1)[-1].split("[")[0])
        where = text("job.line", file=self.path, line=line) if line is not None else self.path
        return UsageError(id, where=where, name=name[:200], **places)
