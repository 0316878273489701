"""Displays as plain values: primaries and white as a matrix, transfer, peak, and the modules of a wall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.picture.colour.encodings import Transfer

Row = tuple[float, float, float]
Matrix = tuple[Row, Row, Row]
"""Linear RGB into XYZ, as rows; Y of the display's white is 1."""


@dataclass(frozen=True)
class Module:
    """A module of a wall that gives other light than the wall's matrix says. column, row: its place, from 0,
    left and top first. matrix: what it gives, of the wall's peak."""

    column: int
    row: int
    matrix: Matrix


@dataclass(frozen=True)
class Grid:
    """The modules of a wall: the picture is cut evenly into columns and rows. modules: those of their own."""

    columns: int = 1
    rows: int = 1
    modules: tuple[Module, ...] = ()

    def __hash__(self) -> int:
        """Cheap: there may be thousands of modules, and tables are looked up by display for every frame."""
        return hash((self.columns, self.rows, len(self.modules)))


@dataclass(frozen=True)
class Display:
    """matrix: of its primaries and white. transfer: how light becomes a code. peak: cd/m2 of its white, and
    the most that a channel gives; a picture's white of 48 cd/m2 is 48 of these."""

    name: str
    matrix: Matrix
    transfer: Transfer
    peak: float = 48.0
    grid: Grid = field(default_factory=Grid)


NAMES: Mapping[str, tuple[str, Transfer, float]] = {
    "rec709": ("rec709", "bt1886", 48.0),
    "srgb": ("rec709", "srgb", 48.0),
    "p3-d65": ("p3-d65", "g26", 48.0),
    "p3-dci": ("p3-dci", "g26", 48.0),
    "rec2020": ("rec2020", "bt1886", 48.0),
    "pq": ("rec2020", "pq", 10_000.0),
}
"""Primaries, transfer and peak by name. A peak of 48 cd/m2 says that the display's white stands for the white
of a cinema, however bright it is set; ST 2084 says cd/m2."""


@lru_cache(maxsize=len(NAMES))
def display_named(name: str) -> Display:
    """UsageError, with the names there are, for another."""
    from dcp.picture.colour.light import rgb_to_xyz

    if name not in NAMES:
        raise UsageError("colour.unknown", name=name, names=", ".join(NAMES))
    primaries, transfer, peak = NAMES[name]
    return Display(name, as_matrix(rgb_to_xyz(primaries).tolist()), transfer, peak)


def as_matrix(rows: list[list[float]]) -> Matrix:
    """Three rows of three numbers, as they stand in a value."""
    first, second, third = ((float(a), float(b), float(c)) for a, b, c in rows)
    return first, second, third
