"""ASS and SSA: sections of a script, its styles and events.

Read here and not by a library: those take the columns in one order whatever the script says, know few of the
tags that ST 428-7 has, and name no line.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import takewhile
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.text.foreign.ass_text import Script, ScriptStyle, event_text
from dcp.text.foreign.colours import colour_of_ass
from dcp.text.foreign.found import FoundCue
from dcp.text.foreign.notes import Notes, at_line
from dcp.text.foreign.tags import alignment_of, old_alignment_of
from dcp.text.foreign.times import clock_time
from dcp.text.values import USUAL_SIZE, WHITE, Colour, Effect, Style
from dcp.texts.catalogue import text

_EVENTS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
_STYLES = (
    "name", "fontname", "fontsize", "primarycolour", "secondarycolour", "outlinecolour", "backcolour", "bold",
    "italic", "underline", "strikeout", "scalex", "scaley", "spacing", "angle", "borderstyle", "outline",
    "shadow", "alignment", "marginl", "marginr", "marginv", "encoding",
)  # fmt: skip
_OLD_STYLES = (
    "name", "fontname", "fontsize", "primarycolour", "secondarycolour", "tertiarycolour", "backcolour",
    "bold", "italic", "borderstyle", "outline", "shadow", "alignment", "marginl", "marginr", "marginv",
    "alphalevel", "encoding",
)  # fmt: skip
_MARGINS = ("marginl", "marginr", "marginv")
_MOST_STYLES = 2000


@dataclass(frozen=True)
class _Event:
    line: int
    fields: Mapping[str, str]


def is_ass(lines: Sequence[str]) -> bool:
    """Whether it is a script: by its sections. Behind an arrow of SRT or WebVTT the same words are text."""
    before = takewhile(lambda line: "-->" not in line, lines[:200])
    heads = {line.strip().lower() for line in before if line.lstrip().startswith("[")}
    return bool(heads & {"[script info]", "[v4+ styles]", "[v4 styles]", "[events]"})


def read_ass(lines: Sequence[str], where: Path, notes: Notes) -> list[FoundCue]:
    """The cues as they stand. SourceError, naming the line."""
    info: dict[str, str] = {}
    styles: dict[str, Mapping[str, str]] = {}
    events: list[_Event] = []
    section, old = "", False
    columns: dict[str, Sequence[str]] = {}
    for number, line in enumerate(lines, start=1):
        line = line.lstrip()
        if line.startswith("[") and line.rstrip().endswith("]"):
            section = line.strip().lower()
            old = old or section == "[v4 styles]"
            if section in ("[fonts]", "[graphics]"):
                notes.at("note.text-ass-embedded", number, section)
        kind, colon, rest = line.partition(":")
        kind = kind.strip().lower()
        if not colon or line.startswith((";", "!:")):
            continue
        if section == "[script info]":
            info[kind] = rest.strip()
        elif kind == "format":
            columns[section] = [name.strip().lower().replace("color", "colour") for name in rest.split(",")]
        elif kind == "style" and section.endswith("styles]"):
            named = columns.get(section, _OLD_STYLES if old else _STYLES)
            fields = _fields(rest.split(","), named, number, where)
            if len(styles) >= _MOST_STYLES:
                raise SourceError("text.ass-styles", where=at_line(where, number), most=_MOST_STYLES)
            styles[fields.get("name", "").strip().lstrip("*")] = fields
        elif kind == "dialogue" and section == "[events]":
            named = columns.get(section, _EVENTS)
            if named[-1] != "text":
                raise SourceError("text.ass-columns", where=at_line(where, number))
            events.append(_Event(number, _fields(rest.split(",", len(named) - 1), named, number, where)))
    return _cues(info, styles, events, old, where, notes)


def _fields(values: Sequence[str], named: Sequence[str], line: int, where: Path) -> Mapping[str, str]:
    if len(values) < len(named):
        raise SourceError("text.ass-fields", where=at_line(where, line), n=len(values), expected=len(named))
    return dict(zip(named, values, strict=False))


def _cues(
    info: Mapping[str, str],
    styles: Mapping[str, Mapping[str, str]],
    events: Sequence[_Event],
    old: bool,
    where: Path,
    notes: Notes,
) -> list[FoundCue]:
    sizes = Counter(_size_of(event, styles) for event in events)
    usual = max(sizes, key=lambda size: (sizes[size], -size), default=0.0)
    read = {name: _style(fields, usual, old) for name, fields in styles.items()}
    if len(sizes) > 1:
        notes.say(text("note.text-ass-sizes"))
    if any(style.boxed for style in read.values()):
        notes.say(text("note.text-ass-box"))
    width, height = (_number(info.get(name, "")) or 0 for name in ("playresx", "playresy"))
    if width <= 0 or height <= 0:  # as the renderers take one from the other
        width, height = max(width, height * 4 / 3), max(height, width * 3 / 4)
    if width <= 0 or height <= 0:
        width, height = 384.0, 288.0
    plain = ScriptStyle(Style(effect="border"))
    script = Script(width, height, usual, read, read.get("Default", next(iter(read.values()), plain)), old)
    cues = []
    for event in events:
        start, end = (_time(event, name, where) for name in ("start", "end"))
        name = event.fields.get("style", "").strip().lstrip("*")
        if name not in read and (styles or name.lower() != "default"):
            notes.at("note.text-ass-style", event.line, name[:40])
        margins = _margins(event.fields)
        found = event_text(event.fields["text"], script, name, margins, event.line, notes)
        if found.rows or not found.drawing:
            fades = found.fade_up, found.fade_down
            cues.append(FoundCue(start, end, found.rows, event.line, found.spot, None, *fades))
    return cues


def _time(event: _Event, name: str, where: Path) -> Fraction:
    said = event.fields.get(name, "").strip()
    time = clock_time(said)
    if time is None:
        id = "text.before-zero" if said.startswith("-") else "text.ass-time"
        raise SourceError(id, where=at_line(where, event.line), time=said[:40])
    return time


def _size_of(event: _Event, styles: Mapping[str, Mapping[str, str]]) -> float:
    fields = styles.get(event.fields.get("style", "").strip().lstrip("*")) or styles.get("Default") or {}
    return _number(fields.get("fontsize", "")) or 0.0


def _style(fields: Mapping[str, str], usual: float, old: bool) -> ScriptStyle:
    """usual: the size of most events, which becomes the usual one here."""
    size = _number(fields.get("fontsize", "")) or usual
    outline, shadow = (_number(fields.get(name, "0")) or 0 for name in ("outline", "shadow"))
    boxed = fields.get("borderstyle", "1").strip() == "3"
    effect: Effect = "border" if outline > 0 or boxed else "shadow" if shadow > 0 else "none"
    edge = "backcolour" if effect == "shadow" or old else "outlinecolour"
    number = int(_number(fields.get("alignment", "2")) or 2)
    style = Style(
        size=_relative(size, usual),
        colour=_opaque(colour_of_ass(fields.get("primarycolour", ""))),
        effect=effect,
        effect_colour=_opaque(colour_of_ass(fields.get(edge, "")), Colour(0, 0, 0)),
        bold=_on(fields.get("bold", "0")),
        italic=_on(fields.get("italic", "0")),
        underline=_on(fields.get("underline", "0")),
    )
    alignment = (old_alignment_of(number) if old else alignment_of(number)) or ("center", "bottom")
    return ScriptStyle(style, alignment, _margins(fields), size, boxed)


def _margins(fields: Mapping[str, str]) -> tuple[int, int, int]:
    left, right, above = (int(_number(fields.get(side, "")) or 0) for side in _MARGINS)
    return left, right, above


def _relative(size: float, usual: float) -> float:
    return round(USUAL_SIZE * min(3.0, max(0.3, size / usual)), 1) if usual > 0 else USUAL_SIZE


def _opaque(colour: Colour | None, otherwise: Colour = WHITE) -> Colour:
    """Colours of styles are often half transparent for their outlines alone; text is shown in full."""
    return dataclasses.replace(colour, alpha=255) if colour is not None else otherwise


def _on(said: str) -> bool:
    return (_number(said) or 0) != 0


def _number(said: str) -> float | None:
    try:
        number = float(said)
    except ValueError:
        return None
    return number if abs(number) < 1e6 else None
