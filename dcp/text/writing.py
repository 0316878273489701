"""Cues as elements of a text document of either standard, valid by its schema.

Styles come resolved, one a piece of text, and are stated where they begin to hold: the commonest one around
all cues, another one around a line, a third one around words in it.
"""

from __future__ import annotations

import io
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from lxml import etree

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.patterns import pattern
from dcp.text.dialect import Dialect
from dcp.text.values import (
    DOCUMENT_STYLE,
    Colour,
    Cue,
    Direction,
    Group,
    Image,
    Inline,
    Line,
    Place,
    Ruby,
    Run,
    Space,
    Style,
    Turned,
    VariableZ,
    cue_place,
)
from dcp.xml.build import add
from dcp.xml.parse import MAX_DOCUMENT_BYTES, to_bytes

POSITION = (-100.0, 100.0)
ASPECT = (0.25, 4.0)
MOST = 1e9
_AT_ONCE = 500
"""Cues that stand in a tree together."""
_BEGIN, _END = b"<Subtitle ", b"</Subtitle>"
"""Of a cue: no text and no value of a document has such a bracket as it stands."""
_BREAK = pattern(r"[ \t\r\n]*[\t\r\n][ \t\r\n]*")


@dataclass(frozen=True)
class Written:
    """How a document writes what it has. depths: whether it has LoadVariableZ; feather: that attribute too;
    numbers: whether each cue has to have a number.
    """

    dialect: Dialect
    time: Callable[[Fraction], str]
    fade: Callable[[Fraction], str]
    resource: Callable[[uuid.UUID], str]
    edit_rate: Fraction
    depths: bool
    feather: bool
    numbers: bool


def document_with(
    root: etree._Element, listed: etree._Element, cues: Sequence[Cue], written: Written
) -> bytes:
    """The document of `root` with the cues in its element `listed`, indented.

    A part of the cues at a time: a tree of all takes twenty times the memory of what is written. UsageError,
    naming the cue, for what cannot be written, and for a document larger than any reader here takes.
    """
    outers = [
        [_outer(each, cue, index) for each in cue.content if isinstance(each, Line)]
        for index, cue in enumerate(cues)
    ]
    base = _common(style for styles in outers for style in styles)
    inside = listed
    if base is not None:
        inside = add(listed, "Font")
        if base != DOCUMENT_STYLE:
            first = next(index for index, styles in enumerate(outers) if styles)
            try:
                _set(inside, dict(_attributes(base, written)))
            except UsageError as error:
                error.where = cue_place(cues[first], first)
                raise
    if not cues:
        return _checked_size(to_bytes(_indented(root)))
    made, rest, before = io.BytesIO(), b"", len(inside)
    for first in range(0, len(cues), _AT_ONCE):
        for index in range(first, min(first + _AT_ONCE, len(cues))):
            _cue(inside, cues[index], index, outers[index], base or DOCUMENT_STYLE, written)
        whole = to_bytes(_indented(root))
        begin, end = whole.index(_BEGIN), whole.rindex(_END) + len(_END)
        made.write(whole[whole.rindex(b"\n", 0, begin) : end] if first else whole[:end])
        rest = whole[end:]
        del inside[before:]
    made.write(rest)
    return _checked_size(made.getvalue())


def put(element: etree._Element, words: str | None = None, **attributes: str | None) -> etree._Element:
    """Set text and attributes; UsageError for characters that XML cannot carry."""
    try:
        if words is not None:
            element.text = words
        for name, value in attributes.items():
            if value is not None:
                element.set(name, value)
    except ValueError:
        raise UsageError("xml.characters") from None
    return element


# --- how it is done -----


def _indented(root: etree._Element) -> etree._Element:
    """Indent by two blanks down to the lines, inside which blanks would be shown."""

    def indent(element: etree._Element, level: int) -> None:
        children = list(element)
        if not children or etree.QName(element).localname == "Text":
            return
        element.text = "\n" + "  " * (level + 1)
        for child in children:
            indent(child, level + 1)
            child.tail = element.text
        children[-1].tail = "\n" + "  " * level

    indent(root, 0)
    return root


def _checked_size(data: bytes) -> bytes:
    """The document, unless it is larger than any reader here takes: UsageError."""
    if len(data) > MAX_DOCUMENT_BYTES:
        raise UsageError("text.document-too-large", n=len(data), most=MAX_DOCUMENT_BYTES)
    return data


def _cue(
    parent: etree._Element, cue: Cue, index: int, styles: list[Style], base: Style, written: Written
) -> None:
    where = cue_place(cue, index)
    if not cue.content:
        raise UsageError("text.nothing-in-cue", where=where)
    element = add(parent, "Subtitle")
    try:
        if cue.number is not None or written.numbers:
            put(element, SpotNumber=cue.number or str(index + 1))
        start, end = written.time(cue.start), written.time(cue.end)
        if end <= start:  # of one form and length, so that letters sort as times do
            raise UsageError("text.no-duration", start=start)
        _set(element, {"TimeIn": start, "TimeOut": end})
        for name, fade in (("FadeUpTime", cue.fade_up), ("FadeDownTime", cue.fade_down)):
            if fade is not None:
                element.set(name, written.fade(fade))
        if written.depths:
            for depths in cue.variable_z:
                _variable_z(element, depths, written)
        outers = iter(styles)
        for each in cue.content:
            if isinstance(each, Image):
                image = add(element, "Image", written.resource(each.resource))
                _set(image, _place(each.place, written))
                continue
            outer = next(outers)
            around = element
            if outer != base:
                around = _set(add(element, "Font"), _differences(outer, base, written))
            _line(around, each, outer, written)
    except UsageError as error:
        if error.where is None:
            error.where = where
        raise


def _line(parent: etree._Element, line: Line, outer: Style, written: Written) -> None:
    element = add(parent, "Text")
    _set(element, _place(line.place, written))
    direction = _direction(line.direction, written)
    if direction is not None:
        element.set("Direction", direction)
    last: etree._Element | None = None

    def more(words: str) -> None:
        if last is None:
            put(element, (element.text or "") + words)
        else:
            try:
                last.tail = (last.tail or "") + words
            except ValueError:
                raise UsageError("xml.characters") from None

    for piece in line.content:
        if isinstance(piece, Run):
            words = _on_one_line(piece.text)
            if not words:
                continue
            if piece.style == outer:
                more(words)
                continue
            last = put(_set(add(element, "Font"), _differences(piece.style, outer, written)), words)
        else:
            last = _markup(element, piece, outer, written)


def _markup(
    element: etree._Element, piece: Ruby | Space | Group | Turned, outer: Style, written: Written
) -> etree._Element:
    if isinstance(piece, Space):
        size = piece.size if piece.style.size == outer.size else piece.size * piece.style.size / outer.size
        made = add(element, "Space")
        made.set("Size", _length(size, "Size", -1.0 if not written.dialect.em else -MOST, written))
        return made
    if isinstance(piece, Group):
        return put(add(element, "HGroup"), _on_one_line(piece.run.text))
    if isinstance(piece, Turned):
        return put(add(element, "Rotate"), _on_one_line(piece.run.text), Direction=piece.turn)
    ruby = add(element, "Ruby")
    if not piece.base.text:
        raise UsageError("text.ruby-without-base")
    put(add(ruby, "Rb"), _on_one_line(piece.base.text))
    reading = put(add(ruby, "Rt"), _on_one_line(piece.reading))
    reading.set("Size", _length(piece.size, "Size", 1e-6, written))
    reading.set("Position", "before" if piece.before else "after")
    if piece.offset:
        reading.set("Offset", _length(piece.offset, "Offset", -1.0, written))
    if piece.spacing:
        reading.set("Spacing", _length(piece.spacing, "Spacing", -1.0, written))
    if piece.aspect != 1:
        reading.set("AspectAdjust", _within(piece.aspect, "AspectAdjust", *ASPECT))
    return ruby


def _variable_z(parent: etree._Element, each: VariableZ, written: Written) -> None:
    element = put(add(parent, "LoadVariableZ"), ID=each.id)
    parts = []
    for depth in each.depths:
        lasts = max(1, round(depth.lasts * written.edit_rate))
        z = _within(depth.z, "LoadVariableZ", *POSITION)
        parts.append(z if lasts == 1 else f"{z}:{lasts}")
    element.text = " ".join(parts)


def _outer(line: Line, cue: Cue, index: int) -> Style:
    """The style that a line's Text stands in: of the pieces which no Font can surround, else of most signs.

    A Font cannot take back a font's id or the size of an effect: these are left out where a piece has none.
    """
    fixed = [style for style in map(_fixed_style, line.content) if style is not None]
    if any(style != fixed[0] for style in fixed):
        raise UsageError("text.styles-in-line", where=cue_place(cue, index))
    runs: Counter[Style] = Counter()
    for piece in line.content:
        if isinstance(piece, Run):
            runs[piece.style] += len(piece.text)
    spaces = [piece.style for piece in line.content if isinstance(piece, Space)]
    most = [style for style, _ in runs.most_common(1)]
    outer = (fixed or most or spaces or [DOCUMENT_STYLE])[0]
    bare = _without_what_others_lack(outer, runs)
    if fixed and bare != outer:
        raise UsageError("text.styles-in-line", where=cue_place(cue, index))
    return bare


def _fixed_style(piece: Inline) -> Style | None:
    if isinstance(piece, Ruby):
        return piece.base.style
    return piece.run.style if isinstance(piece, Group | Turned) else None


def _common(styles: Iterable[Style]) -> Style | None:
    counted = Counter(styles)
    if not counted:
        return None
    return _without_what_others_lack(counted.most_common(1)[0][0], counted)


def _without_what_others_lack(style: Style, others: Iterable[Style]) -> Style:
    for other in others:
        if other.font is None and style.font is not None:
            style = replace(style, font=None)
        if other.effect_size is None and style.effect_size is not None:
            style = replace(style, effect_size=None)
    return style


def _differences(style: Style, outer: Style, written: Written) -> dict[str, str]:
    outer_attributes = dict(_attributes(outer, written))
    return {name: value for name, value in _attributes(style, written) if outer_attributes.get(name) != value}


def _attributes(style: Style, written: Written) -> Iterator[tuple[str, str]]:
    if style.font is not None:
        yield written.dialect.id, style.font
    yield "Script", style.script
    yield "Effect", style.effect
    yield "Italic", _yes(style.italic)
    yield written.dialect.underline, _yes(style.underline)
    yield "Weight", "bold" if style.bold else "normal"
    yield "Color", _colour(style.colour)
    yield "EffectColor", _colour(style.effect_colour)
    yield "Size", _within(float(round(style.size)), "Size", 1.0, MOST)
    yield "AspectAdjust", _within(style.aspect, "AspectAdjust", *ASPECT)
    yield "Spacing", _length(style.spacing, "Spacing", -1.0, written)
    if style.effect_size is not None:
        yield "EffectSize", _within(style.effect_size, "EffectSize", 0.0, MOST)
    if written.feather:
        yield "Feather", _yes(style.feather)


def _place(place: Place, written: Written) -> dict[str, str]:
    dialect = written.dialect
    if place == Place():  # the schemas' own
        return {}
    said: dict[str, str] = {dialect.halign: place.halign}
    if place.hposition:
        said[dialect.hposition] = _within(place.hposition, dialect.hposition, *POSITION)
    said[dialect.valign] = place.valign
    said[dialect.vposition] = _within(place.vposition, dialect.vposition, *POSITION)
    if place.z:
        said[dialect.zposition] = _within(place.z, dialect.zposition, *POSITION)
    if place.variable_z is not None and written.depths:
        said["VariableZ"] = place.variable_z
    return said


def _direction(direction: Direction, written: Written) -> str | None:
    """The document's word; None for its usual one."""
    words = written.dialect.directions
    for index, (word, meant) in enumerate(words.items()):
        if meant == direction:
            return word if index else None
    # Interop knows two directions: letters of their own direction need no word, and up reads as down.
    return (
        next((word for word, meant in words.items() if meant == "ttb"), None) if direction == "btt" else None
    )


def _set(element: etree._Element, attributes: dict[str, str]) -> etree._Element:
    return put(element, None, **attributes)


def _length(value: float, name: str, low: float, written: Written) -> str:
    return _within(value, name, low, MOST) + written.dialect.em


def _within(value: float, name: str, low: float, high: float) -> str:
    if not low <= value <= high:
        raise UsageError("text.value-range", name=name, value=f"{value:g}", low=f"{low:g}", high=f"{high:g}")
    return _decimal(value)


def _decimal(value: float) -> str:
    said = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if said == "-0" else said


def _colour(colour: Colour) -> str:
    return f"{colour.alpha:02X}{colour.red:02X}{colour.green:02X}{colour.blue:02X}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _on_one_line(words: str) -> str:
    """A Text is one line; what breaks it would be read as a blank."""
    return _BREAK.sub(" ", words)
