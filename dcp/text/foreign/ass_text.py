"""The text of an event of ASS or SSA with its override tags."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from dcp.dataclass import dataclass
from dcp.text.foreign.colours import colour_of_ass
from dcp.text.foreign.found import SIDE_MARGIN, Row, Rows, Spot
from dcp.text.foreign.notes import Notes
from dcp.text.foreign.tags import alignment_of, old_alignment_of
from dcp.text.values import USUAL_SIZE, Halign, Style, Valign

_NAMES = (
    "alpha", "1a", "2a", "3a", "4a", "an", "a", "blur", "bord", "be", "b", "1c", "2c", "3c", "4c", "clip",
    "iclip", "c", "fade", "fad", "fax", "fay", "fe", "fn", "frx", "fry", "frz", "fr", "fscx", "fscy", "fsc",
    "fsp", "fs", "i", "kf", "ko", "kt", "k", "K", "move", "org", "pbo", "pos", "p", "q", "r", "shad", "s",
    "t", "u", "xbord", "ybord", "xshad", "yshad",
)  # fmt: skip
_BY_LENGTH = sorted(_NAMES, key=len, reverse=True)
_FLAGS = {"b": "bold", "i": "italic", "u": "underline"}
_SILENT = frozenset(("k", "K", "kf", "ko", "kt", "q", "fe", "org", "pbo"))
"""What has no bearing on where text stands and how it looks once it is there."""
Alignment = tuple[Halign, Valign]


@dataclass(frozen=True)
class ScriptStyle:
    """style: in our terms. margins: left, right, vertical, in the script's pixels. size: in the script's."""

    style: Style
    alignment: Alignment = ("center", "bottom")
    margins: tuple[int, int, int] = (0, 0, 0)
    size: float = 0.0
    boxed: bool = False


@dataclass(frozen=True)
class Script:
    """width, height: of the pixels that positions count. usual: the size that becomes the usual one."""

    width: float
    height: float
    usual: float
    styles: Mapping[str, ScriptStyle]
    default: ScriptStyle
    old: bool = False


@dataclass(frozen=True)
class EventText:
    """drawing: there was one, which is dropped."""

    rows: tuple[Row, ...]
    spot: Spot
    fade_up: Fraction | None = None
    fade_down: Fraction | None = None
    drawing: bool = False


def event_text(
    signs: str, script: Script, name: str, margins: Sequence[int], line: int, notes: Notes
) -> EventText:
    """name: of the event's style. margins: of the event, 0 for the style's."""
    reading = _Reading(script, name, line, notes)
    place = 0
    for braces in re.finditer(r"\{([^{}]*)\}", signs):
        reading.text(signs[place : braces.start()])
        reading.overrides(braces[1])
        place = braces.end()
    reading.text(signs[place:])
    spot = reading.spot(margins)
    return EventText(reading.rows.all(), spot, reading.fade_up, reading.fade_down, reading.drew)


class _Reading:
    def __init__(self, script: Script, name: str, line: int, notes: Notes) -> None:
        self.script, self.line, self.notes = script, line, notes
        self.of_line = script.styles.get(name, script.default)
        self.style = self.of_line.style
        self.rows = Rows()
        self.alignment: Alignment | None = None
        self.position: tuple[float, float] | None = None
        self.fade_up: Fraction | None = None
        self.fade_down: Fraction | None = None
        self.drawing = self.drew = False

    def text(self, signs: str) -> None:
        """What stands outside braces."""
        if self.drawing:
            self.drew = self.drew or bool(signs.strip())
            return
        plain = signs.replace(r"\N", "\n").replace(r"\n", "\n").replace(r"\h", " ").replace("\xa0", " ")
        self.rows.add(plain, self.style)

    def overrides(self, said: str) -> None:
        """What stands in a pair of braces: tags, or a remark."""
        for part in re.findall(r"\\([^\\]*(?:\([^()]*\)[^\\(]*)*)", _without_nested(said, self)):
            name = next((name for name in _BY_LENGTH if part.startswith(name)), None)
            if name is None:
                self.notes.at("note.text-tag-dropped", self.line, f"{{\\{part[:12]}}}")
            elif not self._take(name, part[len(name) :].strip()) and name not in _SILENT:
                self.notes.at("note.text-tag-dropped", self.line, f"{{\\{name}}}")

    def _take(self, name: str, value: str) -> bool:
        """Whether the tag has a meaning here."""
        if name in _FLAGS:
            on = value not in ("0", "") if value else getattr(self.of_line.style, _FLAGS[name])
            self._change(**{_FLAGS[name]: on})
        elif name in ("c", "1c", "3c"):
            field = "effect_colour" if name == "3c" else "colour"
            colour = colour_of_ass(value) if value else getattr(self.of_line.style, field)
            if colour is None:
                return False
            self._change(**{field: dataclasses.replace(colour, alpha=getattr(self.style, field).alpha)})
        elif name in ("alpha", "1a"):
            alpha = colour_of_ass(value) if value else None
            self._change(
                colour=dataclasses.replace(self.style.colour, alpha=255 - alpha.red if alpha else 255)
            )
        elif name in ("an", "a"):
            found = _whole(value)
            if self.alignment is None and found is not None:
                old = name == "a"
                self.alignment = old_alignment_of(found) if old else alignment_of(found)
        elif name in ("pos", "move"):
            numbers = _numbers(value)
            if self.position is None and len(numbers) >= 2:
                self.position = numbers[0], numbers[1]
            return name == "pos"
        elif name == "fad":
            numbers = _numbers(value)
            if len(numbers) == 2:
                self.fade_up, self.fade_down = (Fraction(max(0, round(n))) / 1000 for n in numbers)
        elif name == "r":
            self.style = self.script.styles.get(value, self.of_line).style
        elif name == "p":
            self.drawing = (_whole(value) or 0) > 0
            return not self.drawing
        elif name == "fs":
            return self._size(value)
        elif name in ("bord", "shad"):
            return self._edge(name, value)
        else:
            return False
        return True

    def _size(self, value: str) -> bool:
        numbers = _numbers(value)
        if value and (not numbers or self.script.usual <= 0 or value[0] in "+-"):
            return False
        size = numbers[0] if value else self.of_line.size
        relative = size / self.script.usual if self.script.usual > 0 and size > 0 else 1.0
        self._change(size=round(USUAL_SIZE * min(3.0, max(0.3, relative)), 1))
        return True

    def _edge(self, name: str, value: str) -> bool:
        numbers = _numbers(value)
        if not numbers:
            return False
        if numbers[0] <= 0 and self.style.effect == ("border" if name == "bord" else "shadow"):
            self._change(effect="none")
        elif numbers[0] > 0 and (name == "bord" or self.style.effect == "none"):
            self._change(effect="border" if name == "bord" else "shadow")
        return True

    def _change(self, **changes: object) -> None:
        self.style = dataclasses.replace(self.style, **changes)  # type: ignore[arg-type]

    def spot(self, margins: Sequence[int]) -> Spot:
        """Where the whole event stands."""
        halign, valign = self.alignment or self.of_line.alignment
        if self.position is not None:
            across = self.position[0] / self.script.width * 100
            down = self.position[1] / self.script.height * 100
            return Spot(halign, valign, _from(halign, across, "left"), _from(valign, down, "top"))
        left, right, above = (own or of for own, of in zip(margins, self.of_line.margins, strict=True))
        aside = {"left": left, "right": right}.get(halign)
        if halign == "center" and left != right:
            aside = (left - right) // 2
        hposition = aside / self.script.width * 100 if aside else None
        # The usual margins of scripts are far less than what a cinema's masking leaves; others are meant.
        if hposition is not None and halign != "center" and hposition < SIDE_MARGIN:
            hposition = None
        vposition = above / self.script.height * 100 if above and margins[2] and valign != "center" else None
        return Spot(halign, valign, hposition, vposition)


def _from(align: str, share: float, near: str) -> float:
    """A place in per cent from the left or top, as counted from the side that the alignment names."""
    share = max(-100.0, min(200.0, share))
    return share if align == near else share - 50 if align == "center" else 100 - share


def _without_nested(said: str, reading: _Reading) -> str:
    """Without `\\t(...)`, which has tags of its own that come into force in time."""
    without = re.sub(r"\\t\((?:[^()]|\([^()]*\))*\)?", "", said)
    if without != said:
        reading.notes.at("note.text-tag-dropped", reading.line, r"{\t}")
    return without


def _numbers(value: str) -> list[float]:
    return [float(found) for found in re.findall(r"[-+]?\d{1,7}(?:\.\d{1,6})?", value)]


def _whole(value: str) -> int | None:
    return int(value) if re.fullmatch(r"\d{1,3}", value) else None
