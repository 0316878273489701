"""What a reader finds before it is judged: a cue with its rows, and where it asks to be."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from dcp.dataclass import dataclass
from dcp.patterns import pattern
from dcp.text.values import (
    USUAL_SIZE,
    Direction,
    Halign,
    Inline,
    Line,
    Place,
    Ruby,
    Run,
    Space,
    Style,
    Valign,
)

Row = tuple[Inline, ...]
MARGIN = 8.0
"""Per cent of the picture's height between a block of lines and its edge, where the source says nothing."""
SIDE_MARGIN = 5.0
"""Per cent of the picture's width, alike."""
NEVER = 1_000_000
"""Seconds: an end that is none."""
_LEADING = 1.25
_POINTS = 792
_WIDTH_OF_HEIGHT = 1 / 1.85
_BREAKS = pattern("[\n\u2028\u2029\x0b\x0c\x85]")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a block of lines stands: per cent of the picture from the edge that the alignment names, from the
    middle for `center` (to the right, downwards); None for the usual margin.
    """

    halign: Halign = "center"
    valign: Valign = "bottom"
    hposition: float | None = None
    vposition: float | None = None
    direction: Direction = "ltr"


@dataclass(frozen=True, slots=True)
class FoundCue:
    """start, end: seconds on the source's clock, as they stand. rows: from the top. line: where it stands in
    the file, from 1, or by its place among the cues in files without lines. fade_up, fade_down: seconds.
    """

    start: Fraction
    end: Fraction
    rows: tuple[Row, ...]
    line: int
    spot: Spot = Spot()
    number: str | None = None
    fade_up: Fraction | None = None
    fade_down: Fraction | None = None


def step_of(row: Sequence[Inline]) -> float:
    """The height of a row in per cent of the picture's, with the space to the next one."""
    size = max((style_of(each).size for each in row), default=USUAL_SIZE)
    return round(size * _LEADING / _POINTS * 100, 2)


def style_of(each: Inline) -> Style:
    """The style of a piece of a row."""
    if isinstance(each, Run | Space):
        return each.style
    return each.base.style if isinstance(each, Ruby) else each.run.style


def signs_of(row: Sequence[Inline]) -> str:
    """What a row shows."""
    if len(row) == 1 and isinstance(row[0], Run):
        return row[0].text
    return Line(tuple(row)).text


def placed(rows: Sequence[Row], spot: Spot) -> tuple[Line, ...]:
    """The rows as lines of their own, one below the other (of vertical text one left of the other)."""
    if spot.direction == "ttb":
        return _columns(rows, spot)
    steps = [step_of(row) for row in rows]
    edge = spot.vposition if spot.vposition is not None else (0.0 if spot.valign == "center" else MARGIN)
    lines = []
    for number, row in enumerate(rows):
        if spot.valign == "bottom":
            vposition = edge + sum(steps[number + 1 :])
        elif spot.valign == "top":
            vposition = edge + sum(steps[:number])
        else:
            vposition = edge + sum(steps[:number]) + steps[number] / 2 - sum(steps) / 2
        place = _place(spot.halign, _aside(spot), spot.valign, _within(vposition))
        lines.append(Line(tuple(row), place, spot.direction))
    return tuple(lines)


@lru_cache(maxsize=256)  # thousands of cues have the same few
def _place(halign: Halign, hposition: float, valign: Valign, vposition: float) -> Place:
    return Place(halign, hposition, valign, vposition)


def _aside(spot: Spot) -> float:
    if spot.hposition is not None:
        return _within(spot.hposition)
    return 0.0 if spot.halign == "center" else SIDE_MARGIN


def _columns(rows: Sequence[Row], spot: Spot) -> tuple[Line, ...]:
    """Columns from the right, or so that the last one keeps the margin on the left, or about the middle."""
    steps = [step_of(row) * _WIDTH_OF_HEIGHT for row in rows]
    edge = _aside(spot)
    lines = []
    for number, row in enumerate(rows):
        if spot.halign == "right":
            hposition = edge + sum(steps[:number])
        elif spot.halign == "left":
            hposition = edge + sum(steps[number + 1 :])
        else:
            hposition = edge - sum(steps[:number]) - steps[number] / 2 + sum(steps) / 2
        vposition = (
            spot.vposition if spot.vposition is not None else 0.0 if spot.valign == "center" else MARGIN
        )
        place = Place(spot.halign, _within(hposition), spot.valign, _within(vposition))
        lines.append(Line(tuple(row), place, "ttb"))
    return tuple(lines)


def _within(position: float) -> float:
    return round(max(-100.0, min(100.0, position)), 2)


class Rows:
    """Gathers the rows of a cue from pieces of text, one style after the other."""

    def __init__(self) -> None:
        self._rows: list[list[Inline]] = [[]]

    def add(self, signs: str, style: Style) -> None:
        """Text of one style; line feeds in it begin rows."""
        for number, part in enumerate(_BREAKS.split(signs)):
            if number:
                self._rows.append([])
            if not part:
                continue
            row = self._rows[-1]
            if row and isinstance(row[-1], Run) and row[-1].style == style:
                row[-1] = Run(row[-1].text + part, style)
            else:
                row.append(Run(part, style))

    @property
    def after_blank(self) -> bool:
        """Whether a further blank would be the second one, or the first of its row."""
        row = self._rows[-1]
        return not row or (isinstance(row[-1], Run) and row[-1].text.endswith(" "))

    def piece(self, each: Inline) -> None:
        """Something other than plain text."""
        self._rows[-1].append(each)

    def all(self) -> tuple[Row, ...]:
        """The rows that show something, blanks around each left out."""
        stripped = (_stripped(row) for row in self._rows)
        return tuple(row for row in stripped if signs_of(row).strip())


def _stripped(row: list[Inline]) -> Row:
    row = list(row)
    while row and isinstance(row[0], Run) and not row[0].text.lstrip():
        del row[0]
    while row and isinstance(row[-1], Run) and not row[-1].text.rstrip():
        del row[-1]
    if row and isinstance(row[0], Run) and row[0].text[:1].isspace():
        row[0] = Run(row[0].text.lstrip(), row[0].style)
    if row and isinstance(row[-1], Run) and row[-1].text[-1:].isspace():
        row[-1] = Run(row[-1].text.rstrip(), row[-1].style)
    return tuple(row)
