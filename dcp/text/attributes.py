"""Attributes of a text document's elements: styles, places, times, each held against what it may be."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, TypeVar

from lxml import etree

from dcp.dataclass import dataclass
from dcp.errors import DocumentError
from dcp.patterns import pattern
from dcp.text.dialect import Dialect
from dcp.text.values import Colour, Place, Style
from dcp.texts.catalogue import Text, text
from dcp.xml.parse import element_path

NUMBER = pattern(r"[+-]?(?:\d{1,9}(?:\.\d{0,18})?|\.\d{1,18})", re.ASCII)
_COLOUR = pattern(r"[0-9A-Fa-f]{8}")
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


class Styles:
    """Font elements that say the same in the same surroundings are one style: most of a document's are."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self._made: dict[tuple[Style, tuple[tuple[str, str], ...]], Style] = {}

    def of(self, style: Style, element: etree._Element) -> Style:
        """What holds inside a Font element that stands in `style`."""
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
    size = number_of(element, "Size", known)
    if size is not None and size <= 0:
        raise refused(element, known, "text.attribute-number", name="Size", value=element.get("Size"))
    effect_size = number_of(element, "EffectSize", known)
    return Style(
        font=style.font if font is None else str(font),
        size=chosen(size, style.size),
        colour=chosen(_colour(element, "Color", known), style.colour),
        effect=chosen(
            word_of(element, "Effect", {"none": "none", "border": "border", "shadow": "shadow"}, known),
            style.effect,
        ),
        effect_colour=chosen(_colour(element, "EffectColor", known), style.effect_colour),
        effect_size=chosen(effect_size, style.effect_size),
        bold=chosen(word_of(element, "Weight", {"bold": True, "normal": False}, known), style.bold),
        italic=chosen(word_of(element, "Italic", _ITALIC, known), style.italic),
        underline=chosen(word_of(element, dialect.underline, _YES_NO, known), style.underline),
        script=chosen(
            word_of(element, "Script", {"normal": "normal", "super": "super", "sub": "sub"}, known),
            style.script,
        ),
        aspect=chosen(number_of(element, "AspectAdjust", known), style.aspect),
        spacing=chosen(number_of(element, "Spacing", known, "em"), style.spacing),
        feather=chosen(word_of(element, "Feather", _YES_NO, known), style.feather),
    )


def place_of(element: etree._Element, known: Known) -> Place:
    """Where a Text or an Image stands."""
    dialect = known.dialect
    halign = word_of(element, dialect.halign, {"left": "left", "center": "center", "right": "right"}, known)
    valign = word_of(element, dialect.valign, {"top": "top", "center": "center", "bottom": "bottom"}, known)
    depths = element.get("VariableZ")
    return Place(
        halign=halign or "center",  # type: ignore[arg-type]
        hposition=number_of(element, dialect.hposition, known) or 0.0,
        valign=valign or "center",  # type: ignore[arg-type]
        vposition=number_of(element, dialect.vposition, known) or 0.0,
        z=number_of(element, dialect.zposition, known) or 0.0,
        variable_z=None if depths is None else str(depths),
    )


def time_of(element: etree._Element, name: str, known: Known) -> Fraction:
    """A time that has to be there, in seconds."""
    said = element.get(name)
    if said is None:
        raise refused(element, known, "xml.attribute-missing", name=name)
    value = known.time(said.strip())
    if value is None:
        raise refused(element, known, "text.not-time", name=name, value=said[:40], form=known.time_form)
    return value


def fade_of(element: etree._Element, name: str, known: Known) -> Fraction | None:
    """A fade in seconds, None where none is stated."""
    said = element.get(name)
    if said is None:
        return None
    value = known.fade(said.strip())
    if value is None:
        raise refused(element, known, "text.not-time", name=name, value=said[:40], form=known.time_form)
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


def word_of(element: etree._Element, name: str, words: Mapping[str, Word], known: Known) -> Word | None:
    """What the word of an attribute means, None where there is none."""
    said = _attribute(element, name, known)
    if said is None:
        return None
    if said not in words:
        raise refused(
            element, known, "text.attribute-word", name=name, value=said[:40], words=", ".join(words)
        )
    return words[said]


def number_of(element: etree._Element, name: str, known: Known, unit: str = "") -> float | None:
    """A number of at most nine digits before its point, None where there is none. unit: it may end in it."""
    said = _attribute(element, name, known)
    if said is None:
        return None
    bare = said.removesuffix(unit)
    if not NUMBER.fullmatch(bare):
        raise refused(element, known, "text.attribute-number", name=name, value=said[:40])
    return float(bare)


def length_of(element: etree._Element, name: str, usual: float, known: Known) -> float:
    """A length in em; `usual` where none is stated."""
    value = number_of(element, name, known, "em")
    return usual if value is None else value


def _colour(element: etree._Element, name: str, known: Known) -> Colour | None:
    said = _attribute(element, name, known)
    if said is None:
        return None
    if not _COLOUR.fullmatch(said):
        raise refused(element, known, "text.attribute-colour", name=name, value=said[:40])
    alpha, red, green, blue = bytes.fromhex(said)
    return Colour(red, green, blue, alpha)


def refused(element: etree._Element, known: Known, id: str, **places: Any) -> DocumentError:
    """The error for this element, to be raised."""
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
