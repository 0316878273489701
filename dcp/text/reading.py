"""Cues out of a text document of either standard: fonts in fonts are resolved, places and times are read.

What is wrong is refused with the path of its element; what is merely unknown is left out and said once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import etree

from dcp.patterns import pattern
from dcp.text.attributes import (
    NUMBER,
    Known,
    Styles,
    fade_of,
    length_of,
    number_of,
    place_of,
    refused,
    time_of,
    word_of,
)
from dcp.text.values import (
    DOCUMENT_STYLE,
    Cue,
    Depth,
    Group,
    Image,
    Inline,
    Line,
    Ruby,
    Run,
    Space,
    Style,
    Turned,
    VariableZ,
)
from dcp.xml.parse import local_name

MAX_DEPTHS = 100_000
_BLANKS = pattern(r"[ \t\r\n]+")


def read_cues(parents: Iterable[etree._Element], known: Known) -> tuple[Cue, ...]:
    """The Subtitle elements among these and in the Font elements among these, in their order."""
    styles = Styles(known)
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


def _cue(element: etree._Element, style: Style, known: Known, styles: Styles) -> Cue:
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
        start=time_of(element, "TimeIn", known),
        end=time_of(element, "TimeOut", known),
        content=tuple(content),
        fade_up=fade_of(element, "FadeUpTime", known),
        fade_down=fade_of(element, "FadeDownTime", known),
        number=element.get("SpotNumber"),
        at=f"line {line}" if line else None,
        variable_z=tuple(kept),
    )


def _image(element: etree._Element, known: Known) -> Image:
    said = "".join(_strings(element)).strip(" \t\r\n")
    resource = known.resource(said)
    if resource is None:
        raise refused(element, known, "text.image-name", name=said[:80], form=known.resource_form)
    return Image(resource, place_of(element, known))


def _line(element: etree._Element, style: Style, known: Known, styles: Styles) -> Line:
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
                    put(Space(length_of(child, "Size", 0.5, known), style))
                elif name == "HGroup":
                    put(Group(Run(_words(child), style)))
                elif name == "Rotate":
                    turn = word_of(
                        child, "Direction", {"none": "none", "left": "left", "right": "right"}, known
                    )
                    put(Turned(Run(_words(child), style), turn or "none"))  # type: ignore[arg-type]
                else:  # its words are somebody's
                    known.notes.add("note.text-unknown-markup", name, child)
                    walk(child, style)
            add(child.tail, style)

    walk(element, style)
    end_run()
    direction = word_of(element, "Direction", known.dialect.directions, known)
    return Line(_without_indents(pieces), place_of(element, known), direction or "ltr")


def _without_indents(pieces: list[Inline]) -> tuple[Inline, ...]:
    """Line breaks and the blanks around them stand for one blank, and for nothing at either end."""
    for place, piece in enumerate(pieces):
        if isinstance(piece, Run):
            pieces[place] = Run(_broken_at(piece.text, "\n"), piece.style)
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
            raise refused(child, known, "xml.more-than-once", name=name)
        parts[name] = child
    for name in ("Rb", "Rt"):
        if name not in parts:
            raise refused(element, known, "xml.missing", name=name)
    reading = parts["Rt"]
    before = word_of(reading, "Position", {"before": True, "after": False}, known)
    return Ruby(
        base=Run(_words(parts["Rb"]), style),
        reading=_words(reading),
        size=length_of(reading, "Size", 0.5, known),
        before=True if before is None else before,
        offset=length_of(reading, "Offset", 0.0, known),
        spacing=length_of(reading, "Spacing", 0.0, known),
        aspect=number_of(reading, "AspectAdjust", known) or 1.0,
    )


def _variable_z(element: etree._Element, known: Known) -> VariableZ:
    """`-1.5 -2:12`: a depth and for how many edit units it holds, one where nothing is said."""
    depths = []
    parts = _words(element).split()
    if len(parts) > MAX_DEPTHS:
        raise refused(element, known, "text.too-many-depths", most=MAX_DEPTHS)
    for part in parts:
        depth, colon, lasts = part.partition(":")
        if not NUMBER.fullmatch(depth) or (colon and not re.fullmatch(r"0*[1-9]\d{0,8}", lasts, re.ASCII)):
            raise refused(element, known, "text.depths", value=part[:40])
        depths.append(Depth(float(depth), int(lasts or 1) / known.edit_rate))
    return VariableZ(element.get("ID") or "", tuple(depths))


def _no_text_beside(element: etree._Element, known: Known) -> None:
    """Letters between the elements of a list are nobody's: they are never shown."""
    for words in (element.text, *(child.tail for child in element)):
        if words and not words.isspace():
            known.notes.add("note.text-stray", local_name(element), element)


def _words(element: etree._Element) -> str:
    """All text inside, with line breaks as blanks."""
    return _broken_at("".join(_strings(element)), " ")


def _broken_at(words: str, sign: str) -> str:
    """With one sign for each line break and the blanks around it; blanks alone stay."""
    return _BLANKS.sub(lambda found: found[0] if found[0].strip(" ") == "" else sign, words)


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
