"""The model that ttconv reads TTML and SCC into, as cues: a paragraph is one, or several where parts of it
come and go.
"""

from __future__ import annotations

import dataclasses
import itertools
import logging
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from ttconv import model
from ttconv.style_properties import (
    DirectionType,
    DisplayAlignType,
    DisplayType,
    FontStyleType,
    FontWeightType,
    LengthType,
    PositionType,
    StyleProperties,
    TextAlignType,
    TextCombineType,
    TextOutlineType,
    VisibilityType,
    WritingModeType,
)

from dcp.errors import SourceError
from dcp.text.foreign.found import MARGIN, NEVER, FoundCue, Row, Rows, Spot, step_of
from dcp.text.foreign.notes import Notes
from dcp.text.values import BLACK, WHITE, Colour, Direction, Group, Halign, Ruby, Run, Style, Valign

logging.getLogger("ttconv").addHandler(logging.NullHandler())  # else its warnings go to stderr

FAULTS = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, SyntaxError, TypeError,
    ValueError,
)  # fmt: skip
"""What the library raises over input that it did not expect."""
LAST_SHOWN = Fraction(4)
"""Seconds that a cue without an end is shown."""
_EDGE = 4.0
"""Per cent: what stands nearer to the picture's edge is meant to keep a margin of its own."""
_MOST_READ = 50_000
"""Elements of a paragraph, as often as it changes: each change reads all of it."""
_SLANTED = (FontStyleType.italic, FontStyleType.oblique)
_RUBY = (model.Rb, model.Rt)
Between = tuple[Fraction, Fraction | None]


def cues_of(document: Any, line_of: Callable[[Any, Fraction], int], notes: Notes) -> list[FoundCue]:
    """The cues as they stand, times from the document's zero. line_of: where a paragraph stands."""
    found: list[FoundCue] = []
    body = document.get_body()
    if body is None:
        return found
    for paragraph, between in _paragraphs(body, (Fraction(0), None)):
        line = line_of(paragraph, between[0])
        start, end = between
        if end is None:
            notes.at("note.text-no-end", line)
            end = start + LAST_SHOWN
        spot_of = _Region(document, paragraph)
        if any(list(each.iter_animation_steps()) for each in paragraph.dfs_iterator()):
            notes.at("note.text-animation", line)
        edges = sorted({start, end, *_edges(paragraph, start, end)}) if start < end else []
        if len(edges) > 2 and len(edges) * sum(1 for _ in paragraph.dfs_iterator()) > _MOST_READ:
            raise SourceError("text.too-many-parts", where=notes.one(line), n=len(edges))
        stretches: list[tuple[Fraction, Fraction, tuple[Row, ...]]] = []
        for first, last in itertools.pairwise(edges):
            rows = _Reading(spot_of, first, start).rows(paragraph)
            if stretches and stretches[-1][2] == rows:
                stretches[-1] = (stretches[-1][0], last, rows)
            else:
                stretches.append((first, last, rows))
        if len(edges) < 2:
            stretches.append((start, end, _Reading(spot_of, start, start).rows(paragraph)))
        shown = [each for each in stretches if each[2]] or stretches[:1]
        found += [FoundCue(first, last, rows, line, spot_of.spot(rows)) for first, last, rows in shown]
    return found


def _paragraphs(element: Any, between: Between) -> Iterator[tuple[Any, Between]]:
    """The paragraphs below with their times, each cut to those of what it stands in."""
    inside = _within(element, between)
    if isinstance(element, model.P):
        yield element, inside
        return
    for child in element:
        yield from _paragraphs(child, inside)


def _within(element: Any, between: Between) -> Between:
    """begin and end count from the start of what an element stands in."""
    zero, last = between
    begin, end = element.get_begin(), element.get_end()
    start = zero + (Fraction(begin) if begin is not None else 0)
    until = zero + Fraction(end) if end is not None and end < NEVER else last
    if last is not None and until is not None and until > last:
        until = max(last, start)
    return start, until


def _edges(paragraph: Any, start: Fraction, end: Fraction) -> Iterator[Fraction]:
    """When parts of a paragraph come and go."""

    def walk(element: Any, zero: Fraction) -> Iterator[Fraction]:
        for child in element:
            begin, stop = _within(child, (zero, None))
            for edge in (begin, stop):
                if edge is not None and start < edge < end:
                    yield edge
            yield from walk(child, begin)

    return walk(paragraph, start)


class _Region:
    """Where a paragraph is to stand; its styles as they come down from region and body."""

    def __init__(self, document: Any, paragraph: Any) -> None:
        self.document, self.paragraph = document, paragraph
        self.region = None
        element = paragraph
        while element is not None and self.region is None:
            self.region = element.get_region()
            element = element.parent()

    def inherited(self, element: Any, name: Any, otherwise: Any = None) -> Any:
        """A style of an element, of what it stands in, or of its region."""
        while element is not None:
            value = element.get_style(name)
            if value is not None:
                return value
            element = element.parent()
        return self.own(name, otherwise)

    def own(self, name: Any, otherwise: Any = None) -> Any:
        """A style of the region."""
        value = self.region.get_style(name) if self.region is not None else None
        if value is None:
            value = self.document.get_initial_value(name)
        return value if value is not None else otherwise

    def spot(self, rows: tuple[Row, ...]) -> Spot:
        """Where rows of the paragraph stand."""
        left_to_right = self.direction() == "ltr"
        default = TextAlignType.center if self.region is None else TextAlignType.start
        align = self.inherited(self.paragraph, StyleProperties.TextAlign, default)
        halign: Halign = "center"
        if align is not TextAlignType.center:
            halign = "left" if (align is TextAlignType.start) == left_to_right else "right"
        if self.region is None:
            return Spot(halign, "bottom", direction=self.direction())
        (x, y), (width, height) = self._box()
        if self.direction() == "ttb":
            writing = self.own(StyleProperties.WritingMode)
            side: Halign = "right" if writing is WritingModeType.tbrl else "left"
            return Spot(side, "top", _kept(100 - x - width if side == "right" else x), _kept(y), "ttb")
        valigns: dict[Any, Valign] = {DisplayAlignType.after: "bottom", DisplayAlignType.center: "center"}
        valign = valigns.get(self.own(StyleProperties.DisplayAlign), "top")
        across = {"left": _kept(x), "right": _kept(100 - x - width), "center": _near(x + width / 2 - 50)}[
            halign
        ]
        down = {"top": y, "bottom": 100 - y - height, "center": y + height / 2 - 50}[valign]
        if valign == "top" and y + sum(map(step_of, rows)) > 100 - MARGIN:
            return Spot(halign, "bottom", across, None, self.direction())
        return Spot(
            halign, valign, across, _near(down) if valign == "center" else _kept(down), self.direction()
        )

    def direction(self) -> Direction:
        """The way in which the paragraph is written."""
        writing = self.own(StyleProperties.WritingMode)
        if writing in (WritingModeType.tbrl, WritingModeType.tblr):
            return "ttb"
        said = self.inherited(self.paragraph, StyleProperties.Direction)
        return "rtl" if said is DirectionType.rtl or writing is WritingModeType.rltb else "ltr"

    def _box(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Origin and extent of the region in per cent."""
        extent, origin = self.own(StyleProperties.Extent), self.own(StyleProperties.Origin)
        width = self._share(extent.width, across=True) if extent is not None else 100.0
        height = self._share(extent.height, across=False) if extent is not None else 100.0
        position = self.region.get_style(StyleProperties.Position) if self.region is not None else None
        if position is not None:
            x = self._placed(position, width, across=True)
            y = self._placed(position, height, across=False)
            return (x, y), (width, height)
        x = self._share(origin.x, across=True) if origin is not None else 0.0
        y = self._share(origin.y, across=False) if origin is not None else 0.0
        return (x, y), (width, height)

    def _placed(self, position: Any, size: float, *, across: bool) -> float:
        offset = position.h_offset if across else position.v_offset
        edge = position.h_edge if across else position.v_edge
        if offset.units is LengthType.Units.pct:
            value = float(offset.value) * (100 - size) / 100
        else:
            value = self._share(offset, across=across)
        far = edge in (PositionType.HEdge.right, PositionType.VEdge.bottom)
        return 100 - size - value if far else value

    def _share(self, length: Any, *, across: bool) -> float:
        units = LengthType.Units
        value = float(length.value)
        if length.units is units.px:
            pixels = self.document.get_px_resolution()
            whole = pixels.width if across else pixels.height
        elif length.units is units.c:
            cells = self.document.get_cell_resolution()
            whole = cells.columns if across else cells.rows
        else:
            return max(-100.0, min(200.0, value))
        return max(-100.0, min(200.0, value / whole * 100)) if whole else 0.0


def _kept(share: float) -> float | None:
    """None, for the usual margin, where it is next to the edge."""
    return round(share, 2) if share >= _EDGE else None


def _near(share: float) -> float | None:
    return round(share, 2) if abs(share) >= 0.5 else None


class _Reading:
    """The rows of a paragraph as they are at a time."""

    def __init__(self, region: _Region, time: Fraction, zero: Fraction) -> None:
        self.region, self.time, self.zero = region, time, zero
        self.gathered = Rows()

    def rows(self, paragraph: Any) -> tuple[Row, ...]:
        """Those that show something."""
        self._walk(paragraph, self.zero)
        return self.gathered.all()

    def _walk(self, element: Any, zero: Fraction) -> None:
        for child in element:
            start, end = _within(child, (zero, None))
            if start > self.time or (end is not None and end <= self.time):
                continue
            if child.get_style(StyleProperties.Display) is DisplayType.none:
                continue
            if isinstance(child, model.Text):
                self._text(child, element)
            elif isinstance(child, model.Br):
                self.gathered.add("\n", Style())
            elif isinstance(child, model.Ruby):
                self._ruby(child)
            else:
                self._walk(child, start)

    def _text(self, text: Any, parent: Any) -> None:
        if self.region.inherited(parent, StyleProperties.Visibility) is VisibilityType.hidden:
            return
        signs = _signs(text, parent)
        if parent.get_space() is not model.WhiteSpaceHandling.PRESERVE and self.gathered.after_blank:
            signs = signs.lstrip(" ")
        style = self._style(parent)
        combined = self.region.inherited(parent, StyleProperties.TextCombine) is TextCombineType.all
        if combined and self.region.direction() == "ttb" and signs.strip():
            self.gathered.piece(Group(Run(signs.strip(), style)))
        else:
            self.gathered.add(signs, style)

    def _ruby(self, ruby: Any) -> None:
        bases, readings = ([part for part in ruby.dfs_iterator() if isinstance(part, kind)] for kind in _RUBY)
        for base, reading in itertools.zip_longest(map(_all_of, bases), map(_all_of, readings), fillvalue=""):
            run = Run(base.strip(), self._style(ruby))
            if run.text and reading.strip():
                self.gathered.piece(Ruby(run, reading.strip()))
            else:
                self.gathered.add(run.text + reading.strip(), run.style)

    def _style(self, element: Any) -> Style:
        said = self.region.inherited
        colour = said(element, StyleProperties.Color)
        decoration = said(element, StyleProperties.TextDecoration)
        outline = said(element, StyleProperties.TextOutline)
        style = Style(
            colour=_colour(colour) if colour is not None else WHITE,
            bold=said(element, StyleProperties.FontWeight) is FontWeightType.bold,
            italic=said(element, StyleProperties.FontStyle) in _SLANTED,
            underline=bool(getattr(decoration, "underline", False)),
        )
        if isinstance(outline, TextOutlineType):
            edge = _colour(outline.color) if outline.color is not None else BLACK
            style = dataclasses.replace(style, effect="border", effect_colour=edge)
        return style


def _all_of(part: Any) -> str:
    return "".join(
        _signs(each, each.parent()) for each in part.dfs_iterator() if isinstance(each, model.Text)
    )


def _signs(text: Any, parent: Any) -> str:
    signs = str(text.get_text())
    if parent.get_space() is model.WhiteSpaceHandling.PRESERVE:
        return signs.replace("\r\n", "\n").replace("\t", " ")
    return re.sub("[ \t\r\n]+", " ", signs)


def _colour(said: Any) -> Colour:
    red, green, blue, alpha = (max(0, min(255, round(part))) for part in said.components)
    return Colour(red, green, blue, alpha)
