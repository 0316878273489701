"""The text field of EBU STL: characters of a table, between codes of teletext and of open subtitles."""

from __future__ import annotations

import dataclasses
import re

from dcp.text.foreign.encoding import decoded_as
from dcp.text.foreign.found import Row, Rows
from dcp.text.foreign.iso6937 import decoded_6937
from dcp.text.foreign.notes import Notes
from dcp.text.values import BLACK, WHITE, Colour, Run, Style

_COLOURS = (
    BLACK, Colour(255, 0, 0), Colour(0, 255, 0), Colour(255, 255, 0), Colour(0, 0, 255),
    Colour(255, 0, 255), Colour(0, 255, 255), WHITE,
)  # fmt: skip
_BREAK, _UNUSED = 0x8A, 0x8F
_SHAPES = {
    0x80: ("italic", True), 0x81: ("italic", False), 0x82: ("underline", True), 0x83: ("underline", False),
}  # fmt: skip


def rows_of(field: bytes, table: str, block: int, notes: Notes, *, teletext: bool) -> tuple[Row, ...]:
    """The rows. table: `iso-6937`, or what Python calls it. block: its number, for notes.

    In teletext a code takes a space of its own, and a row begins in white.
    """
    rows = Rows()
    style = Style()
    taken = bytearray()

    def flush() -> None:
        if taken:
            signs = decoded_6937(bytes(taken)) if table == "iso-6937" else decoded_as(bytes(taken), table)
            if "\ufffd" in signs:
                notes.at("note.text-stl-signs", block)
            rows.add(re.sub(" {2,}", " ", signs), style)
            taken.clear()

    for code in field:
        if code == _UNUSED:
            continue
        if 0x20 <= code < 0x7F or code >= 0xA0:
            taken.append(code)
            continue
        flush()
        if code == _BREAK:
            rows.add("\n", style)
            if teletext:
                style = Style()
        elif code < 8:
            style = dataclasses.replace(style, colour=_COLOURS[code])
            rows.add(" ", style)
        elif code in _SHAPES:
            name, on = _SHAPES[code]
            style = dataclasses.replace(style, **{name: on})  # type: ignore[arg-type]
        elif code in (0x1C, 0x1D, 0x84):
            notes.at("note.text-stl-box", block)
            taken.append(0x20)
        elif 0x0A <= code <= 0x0D:
            taken.append(0x20)
    flush()
    return tuple(_single(row) for row in rows.all())


def _single(row: Row) -> Row:
    """With one blank between words, where codes stood for further ones."""
    kept: list[Run] = []
    for each in row:
        if isinstance(each, Run):
            words = each.text
            if kept and kept[-1].text.endswith(" "):
                words = words.lstrip(" ")
            if words:
                kept.append(Run(re.sub(" {2,}", " ", words), each.style))
    return tuple(kept)
