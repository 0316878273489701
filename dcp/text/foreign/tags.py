"""Text with HTML's few tags in it, as SRT and WebVTT have it; and ASS's in braces, which SRT borrows."""

from __future__ import annotations

import dataclasses
import html
import re
from functools import lru_cache
from typing import Literal

from dcp.dataclass import dataclass
from dcp.patterns import pattern
from dcp.text.foreign.colours import colour_of, colour_of_ass
from dcp.text.foreign.found import Row, Rows
from dcp.text.foreign.notes import Notes
from dcp.text.values import Colour, Halign, Ruby, Run, Style, Valign

# What follows a name never begins with a sign of it: `<3`, `a < b` and `<->` are text.
_TAG = pattern(r"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)(?P<rest>(?:[\s.][^<>]*|/)?)>")
_BRACES = pattern(r"\{(?P<ass>\\[^{}]*)\}|\{(?P<end>/?)(?P<word>[bius])\}")
_TIMES = pattern(r"<\d[\d:.]*>")
_SIMPLE = {
    "b": "bold", "bold": "bold", "strong": "bold", "i": "italic", "italic": "italic", "em": "italic",
    "cite": "italic", "u": "underline", "underline": "underline",
}  # fmt: skip
_DROPPED = frozenset((
    "a", "big", "body", "c", "center", "code", "div", "html", "lang", "p", "pre", "s", "small", "span",
    "strike", "sub", "sup", "tt", "v",
))  # fmt: skip
"""What shapes text in ways that are not kept; the text stays."""
_ALIGN = pattern(r"\\an?(\d{1,2})")
_OVERRIDES = pattern(r"\\(an?\d+|[bius](?=\d)\d+|1?c&?H?[0-9A-Fa-f]*&?|r(?![A-Za-z])|[^\\]*)")
_ATTRIBUTE = pattern(r"(?<![A-Za-z-])([A-Za-z-]+)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+)")
_TAGS = pattern(f"{_TAG.pattern}|{_BRACES.pattern}|{_TIMES.pattern}")
_DEEPEST = 64
"""Tags inside each other; every piece of text takes time for each of them."""
_PLAIN = Style()
_HALIGNS: tuple[Halign, ...] = ("left", "center", "right")
_VALIGNS: tuple[Valign, ...] = ("bottom", "center", "top")


@dataclass(frozen=True)
class Marked:
    """Rows and, where a tag says so, how they are aligned."""

    rows: tuple[Row, ...]
    alignment: tuple[Halign, Valign] | None = None


def alignment_of(number: int) -> tuple[Halign, Valign] | None:
    """Of ASS's numbers, which lie as on a keypad."""
    if not 1 <= number <= 9:
        return None
    row, column = divmod(number - 1, 3)
    return _HALIGNS[column], _VALIGNS[row]


def old_alignment_of(number: int) -> tuple[Halign, Valign] | None:
    """Of SSA's numbers: 1 to 3 below, 5 to 7 above, 9 to 11 in the middle."""
    base, column = number & 12, number & 3
    if not column or number > 11:
        return None
    valigns: dict[int, Valign] = {0: "bottom", 4: "top", 8: "center"}
    return _HALIGNS[column - 1], valigns[base]


def marked(signs: str, line: int, notes: Notes, dialect: Literal["srt", "vtt"] = "srt") -> Marked:
    """The rows of a cue's text. line: of its time, for notes.

    What shapes text is kept where ST 428-7 has it, and dropped where not; what is no tag stays as text. Both
    are said.
    """
    return _Reading(line, notes, dialect).read(signs)


@lru_cache(maxsize=256)  # thousands of lines look alike
def _styled(changes: tuple[tuple[str, object], ...]) -> Style:
    return dataclasses.replace(_PLAIN, **dict(changes))  # type: ignore[arg-type]


class _Reading:
    def __init__(self, line: int, notes: Notes, dialect: str) -> None:
        self.line, self.notes, self.dialect = line, notes, dialect
        self.rows = Rows()
        self.open: list[tuple[str, dict[str, object]]] = []
        self.inside: dict[str, object] = {}  # by braces: until they say otherwise
        self.alignment: tuple[Halign, Valign] | None = None
        self.ruby: list[str] | None = None  # base, reading
        self.left: set[str] = set()

    def read(self, signs: str) -> Marked:
        place = 0
        for found in _TAGS.finditer(signs):
            if (found["ass"] or found["word"]) and self.dialect == "vtt":
                continue
            self._text(signs[place : found.start()])
            place = found.end()
            if found["name"]:
                self._tag(found)
            elif found["word"]:
                self._simple(_SIMPLE.get(found["word"]), f"{{{found['word']}}}", not found["end"])
            elif found["ass"]:
                self._override(found["ass"])
            else:
                self._drop(found[0])
        self._text(signs[place:])
        if self.ruby is not None:
            self._ruby_done()
        if self.open:
            self.notes.at("note.text-tag-open", self.line)
        return Marked(self.rows.all(), self.alignment)

    def _style(self) -> Style:
        if not self.open and not self.inside:
            return _PLAIN
        changes = {**self.inside}
        for _, change in self.open:
            changes |= change
        return _styled(tuple(changes.items()))

    def _text(self, signs: str) -> None:
        if not signs:
            return
        if odd := re.search(r"</?[A-Za-z][^<>\n]{0,40}>", signs):
            self.notes.at("note.text-tag-kept", self.line, odd[0])
        plain = html.unescape(signs) if "&" in signs else signs
        plain = plain.replace("\xa0", " ").replace("\u200b", "").replace("\0", "")
        if plain != signs and self.dialect == "srt" and "&" in signs:
            self.notes.at("note.text-entity", self.line)
        if self.ruby is not None:
            self.ruby[-1] += plain
        else:
            self.rows.add(plain, self._style())

    def _tag(self, found: re.Match[str]) -> None:
        name, opens = found["name"].lower(), not found["close"]
        attribute = found["rest"].rstrip("/")
        if name == "br":
            self._text("\n")
        elif name in _SIMPLE:
            self._simple(_SIMPLE[name], name, opens)
        elif name == "font":
            self._font(attribute, opens)
        elif name in ("ruby", "rt", "rp", "rb") and self.dialect == "vtt":
            self._ruby(name, opens)
        elif name == "c" and self.dialect == "vtt":
            self._classes(attribute, opens)
        elif name in _DROPPED or self.dialect == "vtt":
            if name not in ("v", "lang"):  # who speaks and in which language is not meant to be seen
                self._drop(found[0])
        else:
            self.notes.at("note.text-tag-kept", self.line, found[0])
            self.rows.add(found[0], self._style())

    def _simple(self, field: str | None, name: str, opens: bool) -> None:
        if field is None:
            self._drop(name)
        elif opens:
            self._open(field, {field: True})
        else:
            self._close(field, name)

    def _open(self, kind: str, change: dict[str, object]) -> None:
        if len(self.open) < _DEEPEST:
            self.open.append((kind, change))
        else:
            self._drop(kind)

    def _close(self, kind: str, name: str) -> None:
        for index in range(len(self.open) - 1, -1, -1):
            if self.open[index][0] == kind:
                del self.open[index]
                return
        self.notes.at("note.text-tag-unopened", self.line, f"</{name}>")

    def _font(self, attributes: str, opens: bool) -> None:
        if not opens:
            self._close("font", "font")
            return
        change: dict[str, object] = {}
        for name, value in _ATTRIBUTE.findall(attributes):
            if name.lower() == "color" and (colour := colour_of(value)) is not None:
                change["colour"] = colour
            else:
                self._drop(f"{name}={value}")
        self._open("font", change)

    def _classes(self, classes: str, opens: bool) -> None:
        if not opens:
            self._close("c", "c")
            return
        change: dict[str, object] = {}
        for each in classes.split(".")[1:]:
            colour: Colour | None = colour_of(each) if each in _VTT_COLOURS else None
            if colour is not None:
                change["colour"] = colour
            else:
                self._drop(f".{each.strip()}")
        self._open("c", change)

    def _ruby(self, name: str, opens: bool) -> None:
        if name == "ruby":
            if self.ruby is not None:
                self._ruby_done()
            self.ruby = [""] if opens else None
        elif name == "rt" and self.ruby is not None:
            if opens:
                self.ruby.append("")
            else:
                self._ruby_done()
                self.ruby = [""]

    def _ruby_done(self) -> None:
        base, reading = [*(self.ruby or ()), "", ""][:2]
        self.ruby = None
        if base and reading and "\n" not in base:
            self.rows.piece(Ruby(Run(base, self._style()), reading.replace("\n", " ")))
        else:
            self._text(base + reading)

    def _override(self, said: str) -> None:
        if (align := _ALIGN.search(said)) and self.alignment is None:
            number = int(align[1])
            self.alignment = alignment_of(number) if align[0].startswith(r"\an") else old_alignment_of(number)
        for tag in _OVERRIDES.findall(said):
            if re.fullmatch(r"an?\d+", tag):
                continue
            if re.fullmatch(r"[biu]\d+", tag):
                self.inside[_SIMPLE[tag[0]]] = tag[1:] != "0"
            elif re.fullmatch(r"1?c(&?H?[0-9A-Fa-f]+&?)?", tag):
                colour = colour_of_ass(tag.lstrip("1")[1:])
                self.inside["colour"] = dataclasses.replace(colour, alpha=255) if colour else Colour()
            elif tag == "r":
                self.inside = {}
            elif tag:
                self._drop(f"{{\\{tag[:20]}}}")

    def _drop(self, what: str) -> None:
        kind = _kind(what)
        if kind not in self.left:
            self.left.add(kind)
            self.notes.at("note.text-tag-dropped", self.line, kind)


_VTT_COLOURS = frozenset(("white", "lime", "cyan", "red", "yellow", "magenta", "blue", "black"))


def _kind(what: str) -> str:
    """What is dropped, without its values, so that a note counts all of a kind."""
    if _TIMES.fullmatch(what):
        return "<00:00.000>"
    if what.startswith("."):
        return what[:40]
    if what.startswith("{\\"):
        found = re.match(r"\{\\([1-4]?[A-Za-z]{1,5})", what)
        return f"{{\\{found[1]}}}" if found else what[:12]
    return re.split(r"[\s=./]", what.strip("</>"))[0][:20] or what[:20]
