"""A text as its lines, rid of what no line of a subtitle has."""

from __future__ import annotations

from pathlib import Path

from dcp.errors import SourceError
from dcp.patterns import pattern
from dcp.text.foreign.notes import Notes, at_line
from dcp.texts.catalogue import text

MAX_LINE = 10_000
_ENDS = pattern("\r\n|\r|\n")
_CONTROL = pattern("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ufeff]")


def lines_of(whole: str, where: Path, notes: Notes) -> list[str]:
    """The lines without their ends: line feed, carriage return, or both.

    Byte order marks inside and control signs are left out and said. SourceError for zeros and for a line
    longer than any subtitle.
    """
    if "\r" in whole and "\n" not in whole:
        notes.say(text("note.text-line-ends"))
    lines = _ENDS.split(whole.removeprefix("\ufeff"))
    for index, line in enumerate(lines):
        if len(line) > MAX_LINE:
            raise SourceError("text.line-too-long", where=at_line(where, index + 1), most=MAX_LINE)
        if "\0" in line:
            raise SourceError("text.zeros", where=at_line(where, index + 1))
        if _CONTROL.search(line):
            lines[index] = _CONTROL.sub("", line)
            notes.at("note.text-control", index + 1)
        if "\ufffd" in line:
            notes.at("note.text-lost", index + 1)
    return lines
