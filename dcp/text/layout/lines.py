"""A line of a cue set: its glyphs with their places in pixels, around an origin that `boxes` puts somewhere.

Horizontal: the origin is the pen's begin on the baseline. Vertical: the middle of the column's upper edge. x
goes to the right, y downwards.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.text.fonts import FontFile, Fonts, sister
from dcp.text.layout.order import base_of, in_sight, levels
from dcp.text.layout.shaping import Glyph, Way, advance, runs, shape, underline_of
from dcp.text.values import Group, Inline, Line, Ruby, Run, Space, Style, Turned

POINTS = 792.0
"""Of the picture's height."""
ASCENT, DESCENT = 0.88, 0.12
"""Of the em box that ruby, columns and turned signs are measured by, from the baseline: as CJK fonts are."""
SCRIPT_SIZE, SUPER_RISE, SUB_DROP = 0.6, 0.35, 0.15
"""Of an em: the size of raised and lowered signs, and how far they are."""
SLANT = 0.2126
"""Of signs that are slanted because their font has no italic face: 12 degrees."""
EMBOLDENED = 0.05
"""Em that strokes get wider where a font has no bold face."""
MIDDLE = (ASCENT - DESCENT) / 2

MAX_SIGNS = 1000
"""Of a line; nobody reads a tenth of them."""
MAX_SPACING = 100.0
ASPECTS = (0.1, 4.0)
MAX_DEPTH = 100.0
"""Per cent of the picture's width."""
MAX_RUBY, MAX_EFFECT = 4.0, 2.0
"""Em."""
MAX_EFFECT_POINTS = POINTS / 8

Turn = Literal["none", "left", "right"]


@dataclass(frozen=True)
class Placed:
    """A glyph on the line. x, y: its origin in pixels. em: pixels. aspect: its width against the font's.
    turn: by a quarter. bolder, slanted: made so, as its face is not."""

    face: FontFile
    id: int
    x: float
    y: float
    em: float
    style: Style
    aspect: float = 1.0
    turn: Turn = "none"
    bolder: bool = False
    slanted: bool = False


@dataclass(frozen=True)
class Bar:
    """A filled rectangle: an underline. In pixels."""

    left: float
    top: float
    right: float
    bottom: float
    style: Style


@dataclass(frozen=True)
class SetLine:
    """vertical: a column. length: of the pen's way, in pixels. em: of the largest signs, pixels."""

    glyphs: tuple[Placed, ...]
    bars: tuple[Bar, ...]
    vertical: bool
    length: float
    em: float


def pixels(style: Style, height: int) -> float:
    """An em of a style on a picture of this height, before raised signs are made small."""
    return style.size / POINTS * height


def set_line(line: Line, height: int, fonts: Fonts) -> SetLine:
    """The line on a picture of this height. SourceError for what no picture has room for."""
    check_line(line)
    pieces = [_Piece(part, _style(part), height, fonts) for part in line.content if _words(part) is not None]
    if line.direction in ("ttb", "btt"):
        setter: _Setter = _Column(pieces, upwards=line.direction == "btt")
    else:
        setter = _Row(pieces, line.direction)
    return setter.made()


def check_line(line: Line) -> None:
    """SourceError for what no picture has room for."""
    signs = sum(len(_words(part) or "") for part in line.content)
    signs += sum(len(part.reading) for part in line.content if isinstance(part, Ruby))
    if signs > MAX_SIGNS:
        raise SourceError("text.line-long", n=signs, most=MAX_SIGNS)
    _within("Zposition", line.place.z, -MAX_DEPTH, MAX_DEPTH)
    for part in line.content:
        style = _style(part)
        if not 0 < style.size <= POINTS or not -1 <= style.spacing <= MAX_SPACING:
            raise SourceError("text.size-large", size=style.size, most=POINTS)
        _within("AspectAdjust", style.aspect, *ASPECTS)
        if style.effect_size is not None:
            most = min(MAX_EFFECT, MAX_EFFECT_POINTS / style.size)
            _within("EffectSize", style.effect_size, -MAX_SPACING, most)
        if isinstance(part, Space):
            _within("Space Size", part.size, -MAX_SPACING, MAX_SPACING)
        if isinstance(part, Ruby):
            _within("Ruby Size", part.size, 0, MAX_RUBY)
            _within("Ruby Offset", part.offset, -MAX_SPACING, MAX_SPACING)
            _within("Ruby Spacing", part.spacing, -1, MAX_SPACING)
            _within("Ruby AspectAdjust", part.aspect, *ASPECTS)


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise SourceError("text.style-range", name=name, value=value, least=least, most=most)


def about_as_long(line: Line, height: int, fonts: Fonts) -> float:
    """Pixels of the line's way, by its signs' own widths: without shaping, and much sooner."""
    length = 0.0
    for part in line.content:
        style = _style(part)
        em = pixels(style, height)
        if isinstance(part, Space):
            length += part.size * em
            continue
        faces = fonts.of(style.font)
        words = _words(part) or ""
        wide = sum(_width(faces, sign) for sign in words) * style.aspect
        if isinstance(part, Ruby):
            wide = max(wide, sum(_width(faces, sign) for sign in part.reading) * part.size * part.aspect)
        length += (wide + len(words) * max(style.spacing, 0.0)) * em
    return length


# --- how it is done -----


@lru_cache(maxsize=1 << 14)
def _width(faces: tuple[FontFile, ...], sign: str) -> float:
    return next((width for face in faces if (width := advance(face, sign)) is not None), 0.0)


class _Piece:
    """A part of the line with what its style comes to."""

    def __init__(self, part: Inline, style: Style, height: int, fonts: Fonts) -> None:
        self.part, self.style, self.fonts = part, style, fonts
        self.full = pixels(style, height)
        self.small = style.script != "normal"
        self.em = self.full * (SCRIPT_SIZE if self.small else 1.0)
        self.rise = {"normal": 0.0, "super": SUPER_RISE, "sub": -SUB_DROP}[style.script] * self.full
        self.words = _words(part) or ""

    @property
    def faces(self) -> tuple[FontFile, ...]:
        faces = self.fonts.of(self.style.font)
        assert faces, "a line is laid out with fonts that were found for it"
        return faces

    def face(self, face: FontFile, signs: str) -> tuple[FontFile, bool, bool]:
        """The face for the style, and whether it has to be made bolder, slanted."""
        style = self.style
        own = sister(face, bold=style.bold, italic=style.italic, signs=signs)
        return own, style.bold and not own.bold, style.italic and not own.italic


class _Setter(ABC):
    """Sets the pieces of a line side by side, or one below the other."""

    def __init__(self, pieces: Sequence[_Piece]) -> None:
        self.pieces = pieces
        self.glyphs: list[Placed] = []
        self.bars: list[Bar] = []
        self.pen = 0.0

    @abstractmethod
    def made(self) -> SetLine: ...

    def run(
        self,
        piece: _Piece,
        words: str,
        first: int,
        end: int,
        face: FontFile,
        script: str,
        way: Way,
        *,
        em: float,
        spacing: float,
        aspect: float,
        turn: Turn = "none",
    ) -> tuple[list[Placed], float]:
        """Signs shaped, around a pen at 0, 0, and the length of their way, in pixels."""
        own, bolder, slanted = piece.face(face, words[first:end])
        shaped = shape(
            words,
            first,
            end,
            own,
            script=script,
            way=way,
            language=piece.fonts.language,
            spacing=spacing / (aspect if way != "ttb" else 1.0),
        )
        placed = [
            _placed(glyph, way, em, piece.style, aspect, turn, bolder, slanted) for glyph in shaped.glyphs
        ]
        return placed, shaped.length * em * (aspect if way != "ttb" else 1.0)

    def add(self, glyphs: Sequence[Placed], x: float, y: float) -> None:
        self.glyphs += [replace(glyph, x=glyph.x + x, y=glyph.y + y) for glyph in glyphs]

    def in_a_row(
        self, piece: _Piece, words: str, *, em: float, spacing: float, aspect: float
    ) -> tuple[list[Placed], float]:
        """A short text from left to right, or as its signs say, around a pen at 0, 0."""
        found, pen = list[Placed](), 0.0
        for stretch in in_sight(levels(words, base_of(words, "ltr"))):
            parts = runs(words, stretch.first, stretch.end, piece.faces)
            for first, end, face, script in reversed(parts) if stretch.backwards else parts:
                way: Way = "rtl" if stretch.backwards else "ltr"
                glyphs, length = self.run(
                    piece, words, first, end, face, script, way, em=em, spacing=spacing, aspect=aspect
                )
                found += [replace(glyph, x=glyph.x + pen) for glyph in glyphs]
                pen += length
        return found, pen


class _Row(_Setter):
    """Horizontal: signs in the order of sight, all pieces together."""

    def __init__(self, pieces: Sequence[_Piece], direction: Literal["ltr", "rtl", "ttb", "btt"]) -> None:
        super().__init__(pieces)
        self.direction = direction

    def made(self) -> SetLine:
        words = "".join(piece.words for piece in self.pieces)
        of = [piece for piece in self.pieces for _ in piece.words]
        base = base_of(words, "rtl" if self.direction == "rtl" else "ltr")
        for stretch in in_sight(levels(words, base)):
            parts = list(_pieces(of, stretch.first, stretch.end))
            for piece, first, end in reversed(parts) if stretch.backwards else parts:
                self._part(piece, words, first, end, backwards=stretch.backwards)
        em = max((piece.full for piece in self.pieces), default=0.0)
        return SetLine(tuple(self.glyphs), tuple(self.bars), False, self.pen, em)

    def _part(self, piece: _Piece, words: str, first: int, end: int, *, backwards: bool) -> None:
        part, begun = piece.part, self.pen
        if isinstance(part, Space):
            self.pen += part.size * piece.em
            self._underline(piece, begun, self.pen)
            return
        glyphs, pen = list[Placed](), 0.0
        parts = runs(words, first, end, piece.faces)
        for start, stop, face, script in reversed(parts) if backwards else parts:
            made, length = self.run(
                piece,
                words,
                start,
                stop,
                face,
                script,
                "rtl" if backwards else "ltr",
                em=piece.em,
                spacing=piece.style.spacing,
                aspect=piece.style.aspect,
            )
            glyphs += [replace(glyph, x=glyph.x + pen) for glyph in made]
            pen += length
        room = pen
        if isinstance(part, Ruby):
            em = piece.em * part.size
            reading, across = self.in_a_row(
                piece, part.reading, em=em, spacing=part.spacing, aspect=part.aspect
            )
            room = max(pen, across)
            if part.before:
                y = -(ASCENT * piece.em + part.offset * em + DESCENT * em)
            else:
                y = DESCENT * piece.em + part.offset * em + ASCENT * em
            self.add(reading, begun + (room - across) / 2, y - piece.rise)
        self.add(glyphs, begun + (room - pen) / 2, -piece.rise)
        self.pen += room
        self._underline(piece, begun, self.pen)

    def _underline(self, piece: _Piece, left: float, right: float) -> None:
        if piece.style.underline and piece.words:
            middle, size = underline_of(piece.faces[0])
            middle, size = middle * piece.em - piece.rise, max(size * piece.em, 1.0)
            self.bars.append(Bar(left, middle - size / 2, right, middle + size / 2, piece.style))


class _Column(_Setter):
    """Vertical: pieces one below the other, signs upright unless they are turned."""

    def __init__(self, pieces: Sequence[_Piece], *, upwards: bool) -> None:
        super().__init__(list(reversed(pieces)) if upwards else pieces)
        self.upwards = upwards

    def made(self) -> SetLine:
        for piece in self.pieces:
            begun = self.pen
            self._part(piece)
            if piece.style.underline:
                self._line_beside(piece, begun, self.pen)
        em = max((piece.full for piece in self.pieces), default=0.0)
        return SetLine(tuple(self.glyphs), tuple(self.bars), True, self.pen, em)

    def _part(self, piece: _Piece) -> None:
        style, em, part = piece.style, piece.em, piece.part
        match part:
            case Space(size):
                self.pen += size * em
            case Group():
                across, width = self.in_a_row(piece, piece.words, em=em, spacing=0.0, aspect=style.aspect)
                if width > em:
                    squeezed = style.aspect * em / width
                    across, width = self.in_a_row(piece, piece.words, em=em, spacing=0.0, aspect=squeezed)
                self.add(across, piece.rise - width / 2, self.pen + ASCENT * em)
                self.pen += em
            case Turned(_, turn) if turn != "none":
                turned, length = self.in_a_row(
                    piece, piece.words, em=em, spacing=style.spacing, aspect=style.aspect
                )
                for glyph in turned:  # what went right goes down, or up
                    x, y = glyph.x, glyph.y
                    if turn == "right":
                        at = (piece.rise - MIDDLE * em - y, self.pen + x)
                    else:
                        at = (piece.rise + MIDDLE * em + y, self.pen + length - x)
                    self.glyphs.append(replace(glyph, x=at[0], y=at[1], turn=turn))
                self.pen += length
            case Ruby():
                down, length = self._down(piece, piece.words, em, style.spacing, style.aspect)
                small = em * part.size
                reading, along = self._down(piece, part.reading, small, part.spacing, part.aspect)
                room = max(length, along)
                beside = em / 2 + part.offset * small + small / 2
                self.add(
                    reading, piece.rise + (beside if part.before else -beside), self.pen + (room - along) / 2
                )
                self.add(down, piece.rise, self.pen + (room - length) / 2)
                self.pen += room
            case _:
                down, length = self._down(piece, piece.words, em, style.spacing, style.aspect)
                self.add(down, piece.rise, self.pen)
                self.pen += length

    def _down(
        self, piece: _Piece, words: str, em: float, spacing: float, aspect: float
    ) -> tuple[list[Placed], float]:
        if self.upwards:
            words = "".join(reversed(_clusters(words)))
        found, pen = list[Placed](), 0.0
        for first, end, face, script in runs(words, 0, len(words), piece.faces):
            glyphs, length = self.run(
                piece, words, first, end, face, script, "ttb", em=em, spacing=spacing, aspect=aspect
            )
            found += [replace(glyph, y=glyph.y + pen) for glyph in glyphs]
            pen += length
        return found, pen

    def _line_beside(self, piece: _Piece, top: float, bottom: float) -> None:
        _, size = underline_of(piece.faces[0])
        size = max(size * piece.em, 1.0)
        middle = piece.rise + piece.em / 2 + size
        self.bars.append(Bar(middle - size / 2, top, middle + size / 2, bottom, piece.style))


def _placed(
    glyph: Glyph, way: Way, em: float, style: Style, aspect: float, turn: Turn, bolder: bool, slanted: bool
) -> Placed:
    return Placed(
        glyph.face, glyph.id, glyph.x * em * aspect, -glyph.y * em, em, style, aspect, turn, bolder, slanted
    )


def _pieces(of: Sequence[_Piece], first: int, end: int) -> Iterator[tuple[_Piece, int, int]]:
    start = first
    for at in range(first + 1, end + 1):
        if at == end or of[at] is not of[start]:
            yield of[start], start, at
            start = at


def _words(part: Inline) -> str | None:
    """What a part is among the line's signs; a gap is one neutral sign. None for what has none."""
    match part:
        case Run(words):
            return words or None
        case Ruby(base):
            return base.text or None
        case Group(run) | Turned(run):
            return run.text or None
        case Space():
            return "\ufffc"


def _style(part: Inline) -> Style:
    match part:
        case Run() | Space():
            return part.style
        case Ruby(base):
            return base.style
        case Group(run) | Turned(run):
            return run.style


def _clusters(words: str) -> list[str]:
    """Signs with the marks that stand on them."""
    from icu4py.breakers import CharacterBreaker

    return [words[first:end] for first, end in CharacterBreaker(words, "en").segments()]
