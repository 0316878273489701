"""What is said of a text file that was read: each matter once, with its lines."""

from __future__ import annotations

from pathlib import Path

from dcp.texts.catalogue import Text, text

_NAMED = 3
"""Lines that are named; the others are counted."""
_MOST = 100
"""Different matters that are told apart."""


def at_line(where: Path, line: int) -> Text:
    """A place in a file of text, for an error. line: from 1."""
    return text("place.line-in", file=where, line=line)


class Notes:
    """Collects what readers assume, mend and drop.

    blocks: places are blocks of a binary file, not lines.
    """

    def __init__(self, *, blocks: bool = False) -> None:
        self.blocks = blocks
        self._said: dict[Text, None] = {}
        self._found: dict[tuple[str, object], list[Text]] = {}

    def say(self, said: Text) -> None:
        """Something that holds for the whole file."""
        self._said[said] = None

    def at(self, id: str, place: Text | int, what: object = None) -> None:
        """Something found at a line; the note counts them (`n`), names the first (`at`) and `what` it is."""
        key = (id, what)
        if key not in self._found and len(self._found) >= _MOST:  # a hostile file has a new one in each line
            key = (id, "…")
        self._found.setdefault(key, []).append(self.one(place) if isinstance(place, int) else place)

    def one(self, number: int) -> Text:
        """A line, or a block, from 1."""
        return text("place.block", block=number) if self.blocks else text("place.line-only", line=number)

    def said(self, number: int) -> str:
        """The same in English, for `Cue.at`."""
        return f"block {number}" if self.blocks else f"line {number}"

    def inside(self, where: Path, number: int) -> Text:
        """The same as a place in the file, for an error."""
        if self.blocks:
            return text("place.in-file", file=where, place=self.one(number))
        return at_line(where, number)

    def all(self) -> tuple[Text, ...]:
        """The notes in the order in which they came up first."""
        counted = [
            Text(id, {"n": len(places), "at": _first(places), "what": what})
            for (id, what), places in self._found.items()
        ]
        return (*self._said, *counted)


def _first(places: list[Text]) -> tuple[Text | str, ...]:
    different = tuple(dict.fromkeys(places))
    return (*different[:_NAMED], "…") if len(different) > _NAMED else different
