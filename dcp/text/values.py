"""Timed text as values, in the terms of ST 428-7: what stands on the screen, from when to when.

Every foreign format is read into these, both standards' documents are read into these and written from these,
and the layout engine draws these. Times are seconds on the text's own clock, exact; a document's writer
rounds them to its time code. Styles are resolved: a piece of text carries all that holds for it.
"""

from __future__ import annotations

import uuid
from dataclasses import field
from datetime import datetime
from fractions import Fraction
from typing import Literal

from dcp.dataclass import dataclass
from dcp.documents.namespaces import Standard
from dcp.texts.catalogue import Text, text

Halign = Literal["left", "center", "right"]
Valign = Literal["top", "center", "bottom"]
Direction = Literal["ltr", "rtl", "ttb", "btt"]
Effect = Literal["none", "border", "shadow"]
Script = Literal["normal", "super", "sub"]
DisplayType = Literal["MainSubtitle", "ClosedCaption", "ClosedSubtitle", "MainCaption"]

USUAL_SIZE = 42.0
"""Points: 1/792 of the screen's height each."""


@dataclass(frozen=True)
class Colour:
    """8 bits each, alpha 255 is opaque; of the screen's encoding, as the documents' AARRGGBB."""

    red: int = 255
    green: int = 255
    blue: int = 255
    alpha: int = 255


WHITE, BLACK = Colour(), Colour(0, 0, 0)


@dataclass(frozen=True)
class Style:
    """All of a Font element that holds for a piece of text, defaults filled in.

    font: the id of a LoadFont, None for none. size in points; aspect: width against the font's own; spacing:
    between signs, in em. effect_size: the width of a border as
    the document states it, None for its default.
    """

    font: str | None = None
    size: float = USUAL_SIZE
    colour: Colour = WHITE
    effect: Effect = "shadow"
    effect_colour: Colour = BLACK
    effect_size: float | None = None
    bold: bool = False
    italic: bool = False
    underline: bool = False
    script: Script = "normal"
    aspect: float = 1.0
    spacing: float = 0.0
    feather: bool = False


DOCUMENT_STYLE = Style()
"""What holds where no Font says otherwise: the defaults of the schemas."""


@dataclass(frozen=True)
class Place:
    """Where a line or an image stands: positions in per cent of the picture, from the side that the alignment
    names (from the middle for `center`). z: per cent of the width between the eyes; variable_z: the id of one
    of the cue's `depths`, for which z stands in where a device does not know it.
    """

    halign: Halign = "center"
    hposition: float = 0.0
    valign: Valign = "center"
    vposition: float = 0.0
    z: float = 0.0
    variable_z: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one style."""

    text: str
    style: Style = Style()


@dataclass(frozen=True)
class Ruby:
    """A base with its reading beside it. size: of the reading against the base; offset, spacing in em."""

    base: Run
    reading: str
    size: float = 0.5
    before: bool = True
    offset: float = 0.0
    spacing: float = 0.0
    aspect: float = 1.0


@dataclass(frozen=True)
class Space:
    """A gap, in em."""

    size: float = 0.5
    style: Style = Style()


@dataclass(frozen=True)
class Group:
    """Signs that stand side by side in vertical text (HGroup)."""

    run: Run


@dataclass(frozen=True)
class Turned:
    """Signs turned in vertical text (Rotate)."""

    run: Run
    turn: Literal["none", "left", "right"] = "none"


Inline = Run | Ruby | Space | Group | Turned


@dataclass(frozen=True, slots=True)
class Line:
    """A Text element: one line on the screen."""

    content: tuple[Inline, ...]
    place: Place = Place(valign="bottom", vposition=8.0)
    direction: Direction = "ltr"

    @property
    def text(self) -> str:
        """All its signs, readings left out."""
        return "".join(
            "" if isinstance(each, Space) else each.text if isinstance(each, Run)
            else each.base.text if isinstance(each, Ruby) else each.run.text
            for each in self.content
        )  # fmt: skip


@dataclass(frozen=True)
class Image:
    """A PNG on the screen, shown pixel for pixel. resource: its key among the document's images."""

    resource: uuid.UUID
    place: Place = Place(valign="bottom", vposition=8.0)


@dataclass(frozen=True)
class Depth:
    """How deep a thing stands for a time. z: as of `Place`; lasts: seconds."""

    z: float
    lasts: Fraction


@dataclass(frozen=True)
class VariableZ:
    """A LoadVariableZ element: depths one after the other, from the beginning of the cue."""

    id: str
    depths: tuple[Depth, ...]


@dataclass(frozen=True, slots=True)
class Cue:
    """A Subtitle element. start, end: seconds; fade_up, fade_down: seconds, None for what the standard takes.

    number: as the source counts it, for people. at: where it stands in the source (`line 12`), for messages;
    cues that say the same are equal wherever they stood.
    """

    start: Fraction
    end: Fraction
    content: tuple[Line | Image, ...]
    fade_up: Fraction | None = None
    fade_down: Fraction | None = None
    number: str | None = None
    at: str | None = field(default=None, compare=False)
    variable_z: tuple[VariableZ, ...] = ()


def cue_place(cue: Cue, index: int | None = None) -> Text | None:
    """Where a cue stands, for people: its line, else its number, else which it is of its list, from 0."""
    if cue.at is not None:
        line = cue.at.removeprefix("line ")
        return text("place.line-only", line=line) if line != cue.at else text("place.said", place=cue.at)
    number = cue.number if cue.number is not None or index is None else index + 1
    return None if number is None else text("place.cue", number=number)


@dataclass(frozen=True)
class LoadedFont:
    """id: as styles name it, empty for one without. resource: the UUID of an OpenType resource, or in Interop
    the file's path from the document.
    """

    id: str
    resource: uuid.UUID | str


@dataclass(frozen=True)
class TimedText:
    """A document: SubtitleReel, or Interop's DCSubtitle. time_code_rate: counts a second of its times.

    reel: from 1. display: which element of a playlist it is for. start: of the document, seconds; None where
    it states none. namespace: of the document that was read, None for what was made here. notes: what the
    document has and these values do not.
    """

    id: uuid.UUID
    title: str
    cues: tuple[Cue, ...]
    edit_rate: Fraction
    time_code_rate: int
    issue_date: datetime | None = None
    language: str | None = None
    reel: int | None = None
    display: DisplayType = "MainSubtitle"
    annotation: str | None = None
    start: Fraction | None = Fraction(0)
    fonts: tuple[LoadedFont, ...] = ()
    standard: Standard = "smpte"
    namespace: str | None = field(default=None, compare=False)
    notes: tuple[Text, ...] = field(default=(), compare=False)

    @property
    def end(self) -> Fraction:
        """When the last cue ends; 0 without any."""
        return max((cue.end for cue in self.cues), default=Fraction(0))
