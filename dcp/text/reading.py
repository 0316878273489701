"""Cues out of a text document of either standard: fonts in fonts are resolved, places and times are read.

What is wrong is refused with the path of its element; what is merely unknown is left out and said once.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, TypeVar

from lxml import etree

from dcp.dataclass import dataclass
from dcp.errors import DocumentError
from dcp.text.dialect import Dialect
from dcp.text.values import (
    DOCUMENT_STYLE,
    Colour,
    Cue,
    Depth,
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
)
from dcp.texts.catalogue import Text, text
from dcp.xml.parse import element_path, local_name

MAX_DEPTHS = 100_000
_NUMBER = re.compile(r"[+-]?(?:\d{1,9}(?:\.\d{0,18})?|\.\d{1,18})", re.ASCII)
_BREAK = re.compile(r"[ \t\r\n]*[\t\r\n][ \t\r\n]*")
_COLOUR = re.compile(r"[0-9A-Fa-f]{8}")
_YES_NO = {"yes": True, "no": False}
_ITALIC = {**_YES_NO, "left": True, "right": True}
_LEANS = ("left", "right")
Word = TypeVar("Word")


@dataclass(frozen=True)
class Known:
    """How a document is read. time, fade: of an attribute, None for what is none; time_form: what one looks
    like. resource: the id that an Image has, None for what is none. edit_rate: of the depths' durations.
    fonts: the ids that are loaded.
    """

    where: str
    namespace: str
    dialect: Dialect
    time: Callable[[str], Fraction | None]
    fade: Callable[[str], Fraction | None]
    time_form: str
    resource: Callable[[str], uuid.UUID | None]
    resource_form: str
    edit_rate: Fraction
    fonts: frozenset[str]
    notes: Notes


class Notes:
    """What is left out, counted, with the first place of each."""

    def __init__(self, where: str) -> None:
        self.where = where
        self._found: dict[tuple[str, str], tuple[int, str]] = {}

    def add(self, id: str, name: str, element: etree._Element) -> None:
        count, first = self._found.get((id, name), (0, ""))
        if not count:
            if len(self._found) >= 100:  # a hostile document has a new name in each element
                return
            first = element_path(element)
        self._found[id, name] = count + 1, first

    def all(self) -> tuple[Text, ...]:
        return tuple(
            text(id, name=name[:80], n=count, first=first)
            for (id, name), (count, first) in self._found.items()
        )


def read_cues(parents: Iterable[etree._Element], known: Known) -> tuple[Cue, ...]:
    """The Subtitle elements among these and in the Font elements among these, in their order."""
    styles = _Styles(known)
    cues: list[Cue] = []

    def listed(elements: Iterable[etree._Element], style: Style) -> None:
        for element in elements:
            name = _name(element, known)
            if name == "Subtitle":
                cues.append(_cue(element, style, known, styles))
            elif name == "Font":
                _no_text_beside(element, known)
                listed(_children(element), styles.of(style, element))
            else:
                known.notes.add("note.text-unknown-element", name, element)

    listed(parents, DOCUMENT_STYLE)
    return tuple(cues)


def _cue(element: etree._Element, style: Style, known: Known, styles: _Styles) -> Cue:
    content: list[Line | Image] = []
    depths: list[VariableZ] = []

    def inside(parent: etree._Element, style: Style) -> None:
        _no_text_beside(parent, known)
        for child in _children(parent):
            name = _name(child, known)
            if name == "Text":
                content.append(_line(child, style, known, styles))
            elif name == "Image":
                content.append(_image(child, known))
            elif name == "Font":
                inside(child, styles.of(style, child))
            elif name == "LoadVariableZ":
                depths.append(_variable_z(child, known))
            else:
                known.notes.add("note.text-unknown-element", name, child)

    inside(element, style)
    used = {each.place.variable_z for each in content}
    kept = []
    for each in depths:
        if each.id in used:
            kept.append(each)
        else:
            known.notes.add("note.text-depth-unused", each.id, element)
    for missing in used - {each.id for each in depths} - {None}:
        known.notes.add("note.text-depth-missing", str(missing), element)
    line = element.sourceline
    return Cue(
        start=_time(element, "TimeIn", known),
        end=_time(element, "TimeOut", known),
        content=tuple(content),
        fade_up=_fade(element, "FadeUpTime", known),
        fade_down=_fade(element, "FadeDownTime", known),
        number=element.get("SpotNumber"),
        at=f"line {line}" if line else None,
        variable_z=tuple(kept),
    )


def _image(element: etree._Element, known: Known) -> Image:
    said = "".join(_strings(element)).strip(" \t\r\n")
    resource = known.resource(said)
    if resource is None:
        raise _refused(element, known, "text.image-name", name=said[:80], form=known.resource_form)
    return Image(resource, _place(element, known))


def _line(element: etree._Element, style: Style, known: Known, styles: _Styles) -> Line:
    pieces: list[Inline] = []
    words: list[str] = []  # of one style, until another one or something else comes
    held = style

    def end_run() -> None:
        if words:
            pieces.append(Run("".join(words), held))
            words.clear()

    def add(said: str | None, style: Style) -> None:
        nonlocal held
        if said:
            if style != held:
                end_run()
                held = style
            words.append(said)

    def put(piece: Inline) -> None:
        end_run()
        pieces.append(piece)

    def walk(parent: etree._Element, style: Style) -> None:
        add(parent.text, style)
        for child in parent:
            if isinstance(child.tag, str):
                name = _name(child, known)
                if name == "Font":
                    walk(child, styles.of(style, child))
                elif name == "Ruby":
                    put(_ruby(child, style, known))
                elif name == "Space":
                    put(Space(_length(child, "Size", 0.5, known), style))
                elif name == "HGroup":
                    put(Group(Run(_words(child), style)))
                elif name == "Rotate":
                    turn = _word(
                        child, "Direction", {"none": "none", "left": "left", "right": "right"}, known
                    )
                    put(Turned(Run(_words(child), style), turn or "none"))  # type: ignore[arg-type]
                else:  # its words are somebody's
                    known.notes.add("note.text-unknown-markup", name, child)
                    walk(child, style)
            add(child.tail, style)

    walk(element, style)
    end_run()
    direction = _word(element, "Direction", known.dialect.directions, known)
    return Line(_without_indents(pieces), _place(element, known), direction or "ltr")


def _without_indents(pieces: list[Inline]) -> tuple[Inline, ...]:
    """Line breaks and the blanks around them stand for one blank, and for nothing at either end."""
    for place, piece in enumerate(pieces):
        if isinstance(piece, Run):
            pieces[place] = Run(_BREAK.sub("\n", piece.text), piece.style)
    first, last = 0, len(pieces)
    while first < last and _is_break(pieces[first]):
        first += 1
    while first < last and _is_break(pieces[last - 1]):
        last -= 1
    pieces = pieces[first:last]
    for end, strip in ((0, str.lstrip), (-1, str.rstrip)):
        if pieces and isinstance(run := pieces[end], Run):
            pieces[end] = Run(strip(run.text, "\n"), run.style)
    kept: list[Inline] = []
    for piece in pieces:
        if isinstance(piece, Run):
            piece = Run(piece.text.replace("\n", " "), piece.style)
        kept.append(piece)
    return tuple(kept)


def _is_break(piece: Inline) -> bool:
    return isinstance(piece, Run) and piece.text == "\n"


def _ruby(element: etree._Element, style: Style, known: Known) -> Ruby:
    parts: dict[str, etree._Element] = {}
    for child in _children(element):
        name = _name(child, known)
        if name in parts:
            raise _refused(child, known, "xml.more-than-once", name=name)
        parts[name] = child
    for name in ("Rb", "Rt"):
        if name not in parts:
            raise _refused(element, known, "xml.missing", name=name)
    reading = parts["Rt"]
    before = _word(reading, "Position", {"before": True, "after": False}, known)
    return Ruby(
        base=Run(_words(parts["Rb"]), style),
        reading=_words(reading),
        size=_length(reading, "Size", 0.5, known),
        before=True if before is None else before,
        offset=_length(reading, "Offset", 0.0, known),
        spacing=_length(reading, "Spacing", 0.0, known),
        aspect=_number(reading, "AspectAdjust", known) or 1.0,
    )


def _variable_z(element: etree._Element, known: Known) -> VariableZ:
    """`-1.5 -2:12`: a depth and for how many edit units it holds, one where nothing is said."""
    depths = []
    parts = _words(element).split()
    if len(parts) > MAX_DEPTHS:
        raise _refused(element, known, "text.too-many-depths", most=MAX_DEPTHS)
    for part in parts:
        depth, colon, lasts = part.partition(":")
        if not _NUMBER.fullmatch(depth) or (colon and not re.fullmatch(r"0*[1-9]\d{0,8}", lasts, re.ASCII)):
            raise _refused(element, known, "text.depths", value=part[:40])
        depths.append(Depth(float(depth), int(lasts or 1) / known.edit_rate))
    return VariableZ(element.get("ID") or "", tuple(depths))


class _Styles:
    """Font elements that say the same in the same surroundings are one style: most of a document's are."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self._made: dict[tuple[Style, tuple[tuple[str, str], ...]], Style] = {}

    def of(self, style: Style, element: etree._Element) -> Style:
        attributes = tuple((str(name), str(value)) for name, value in element.items())
        made = self._made.get((style, attributes))
        if made is None:
            made = _restyled(style, element, self.known)
            if element.get("Italic") not in _LEANS:  # said each time
                self._made[style, attributes] = made
        return made


def _restyled(style: Style, element: etree._Element, known: Known) -> Style:
    dialect = known.dialect

    def chosen(value: Word | None, before: Word) -> Word:
        return before if value is None else value

    if element.get("Italic") in _LEANS:
        known.notes.add("note.text-lean", str(element.get("Italic")), element)
    font = element.get(dialect.id)
    if font is not None and font not in known.fonts:
        known.notes.add("note.text-font-not-loaded", str(font), element)
    size = _number(element, "Size", known)
    if size is not None and size <= 0:
        raise _refused(element, known, "text.attribute-number", name="Size", value=element.get("Size"))
    effect_size = _number(element, "EffectSize", known)
    return Style(
        font=style.font if font is None else str(font),
        size=chosen(size, style.size),
        colour=chosen(_colour(element, "Color", known), style.colour),
        effect=chosen(
            _word(element, "Effect", {"none": "none", "border": "border", "shadow": "shadow"}, known),
            style.effect,
        ),
        effect_colour=chosen(_colour(element, "EffectColor", known), style.effect_colour),
        effect_size=chosen(effect_size, style.effect_size),
        bold=chosen(_word(element, "Weight", {"bold": True, "normal": False}, known), style.bold),
        italic=chosen(_word(element, "Italic", _ITALIC, known), style.italic),
        underline=chosen(_word(element, dialect.underline, _YES_NO, known), style.underline),
        script=chosen(
            _word(element, "Script", {"normal": "normal", "super": "super", "sub": "sub"}, known),
            style.script,
        ),
        aspect=chosen(_number(element, "AspectAdjust", known), style.aspect),
        spacing=chosen(_number(element, "Spacing", known, "em"), style.spacing),
        feather=chosen(_word(element, "Feather", _YES_NO, known), style.feather),
    )


def _place(element: etree._Element, known: Known) -> Place:
    dialect = known.dialect
    halign = _word(element, dialect.halign, {"left": "left", "center": "center", "right": "right"}, known)
    valign = _word(element, dialect.valign, {"top": "top", "center": "center", "bottom": "bottom"}, known)
    depths = element.get("VariableZ")
    return Place(
        halign=halign or "center",  # type: ignore[arg-type]
        hposition=_number(element, dialect.hposition, known) or 0.0,
        valign=valign or "center",  # type: ignore[arg-type]
        vposition=_number(element, dialect.vposition, known) or 0.0,
        z=_number(element, dialect.zposition, known) or 0.0,
        variable_z=None if depths is None else str(depths),
    )


def _time(element: etree._Element, name: str, known: Known) -> Fraction:
    said = element.get(name)
    if said is None:
        raise _refused(element, known, "xml.attribute-missing", name=name)
    value = known.time(said.strip())
    if value is None:
        raise _refused(element, known, "text.not-time", name=name, value=said[:40], form=known.time_form)
    return value


def _fade(element: etree._Element, name: str, known: Known) -> Fraction | None:
    said = element.get(name)
    if said is None:
        return None
    value = known.fade(said.strip())
    if value is None:
        raise _refused(element, known, "text.not-time", name=name, value=said[:40], form=known.time_form)
    return value


def _attribute(element: etree._Element, name: str, known: Known) -> str | None:
    """Written in the letter case of the other standard, it is taken too, and said."""
    value = element.get(name)
    if value is None:
        other = _OTHER_SPELLING.get(name)
        value = element.get(other) if other is not None else None
        if value is None:
            return None
        known.notes.add("note.text-spelling", str(other), element)
    return value.strip(" \t\r\n")


def _word(element: etree._Element, name: str, words: Mapping[str, Word], known: Known) -> Word | None:
    said = _attribute(element, name, known)
    if said is None:
        return None
    if said not in words:
        raise _refused(
            element, known, "text.attribute-word", name=name, value=said[:40], words=", ".join(words)
        )
    return words[said]


def _number(element: etree._Element, name: str, known: Known, unit: str = "") -> float | None:
    said = _attribute(element, name, known)
    if said is None:
        return None
    bare = said.removesuffix(unit)
    if not _NUMBER.fullmatch(bare):
        raise _refused(element, known, "text.attribute-number", name=name, value=said[:40])
    return float(bare)


def _length(element: etree._Element, name: str, usual: float, known: Known) -> float:
    value = _number(element, name, known, "em")
    return usual if value is None else value


def _colour(element: etree._Element, name: str, known: Known) -> Colour | None:
    said = _attribute(element, name, known)
    if said is None:
        return None
    if not _COLOUR.fullmatch(said):
        raise _refused(element, known, "text.attribute-colour", name=name, value=said[:40])
    alpha, red, green, blue = bytes.fromhex(said)
    return Colour(red, green, blue, alpha)


def _no_text_beside(element: etree._Element, known: Known) -> None:
    """Letters between the elements of a list are nobody's: they are never shown."""
    for words in (element.text, *(child.tail for child in element)):
        if words and not words.isspace():
            known.notes.add("note.text-stray", local_name(element), element)


def _words(element: etree._Element) -> str:
    """All text inside, with line breaks as blanks."""
    return _BREAK.sub(" ", "".join(_strings(element)))


def _strings(element: etree._Element) -> Iterator[str]:
    """Of all elements inside, without comments."""
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            yield from _strings(child)
        yield child.tail or ""


def _name(element: etree._Element, known: Known) -> str:
    """Without the document's namespace; of another one, with that."""
    tag = str(element.tag)
    own = f"{{{known.namespace}}}"
    return tag[len(own) :] if known.namespace and tag.startswith(own) else tag


def _children(element: etree._Element) -> Iterator[etree._Element]:
    return (child for child in element if isinstance(child.tag, str))


def _refused(element: etree._Element, known: Known, id: str, **places: Any) -> DocumentError:
    return DocumentError(id, where=f"{known.where}: {element_path(element)}", **places)


_PAIRS = (
    ("Halign", "HAlign"),
    ("Hposition", "HPosition"),
    ("Valign", "VAlign"),
    ("Vposition", "VPosition"),
    ("Zposition", "ZPosition"),
    ("Underline", "Underlined"),
)
_OTHER_SPELLING = {**dict(_PAIRS), **{second: first for first, second in _PAIRS}}
