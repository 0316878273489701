"""What a report's page holds, as values: any report fills one, and none of them writes HTML.

Words are strings, or what can be put into a language (`Text`, an error); `render` asks for the language.
"""

from __future__ import annotations

from dataclasses import field
from fractions import Fraction
from typing import ClassVar, Literal

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Sayable

Words = str | int | Sayable | tuple[str | Sayable, ...]
Tone = Literal["good", "error", "warning", "info", "plain"]


@dataclass(frozen=True)
class Fact:
    """One line of the heading. code: an id or a name, set in a type that tells its signs apart."""

    label: Words
    value: Words
    code: bool = False


@dataclass(frozen=True)
class Facts:
    """Lines of a heading that stand further down."""

    facts: tuple[Fact, ...]

    kind: ClassVar[str] = "facts"


@dataclass(frozen=True)
class Verdict:
    """The answer: a few words, how much of what was found, and sentences that say what it means."""

    tone: Tone
    headline: Words
    counts: tuple[tuple[Tone, Words], ...] = ()
    sentences: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Place:
    """One case of a finding: what was found, where. file is relative to the package."""

    said: Words
    file: str | None = None
    place: Words | None = None
    remedy: Words | None = None


@dataclass(frozen=True)
class Group:
    """The findings of one rule. label: the word on its badge; title: what the rule asks.
    anchor: what pins refer to, where the id alone would stand twice on the page.
    """

    tone: Tone
    label: Words
    id: str
    title: Words | None
    places: tuple[Place, ...]
    clause: str | None = None
    anchor: str | None = None

    kind: ClassVar[str] = "group"

    @property
    def common(self) -> Words | None:
        """What every place says, when they all say the same."""
        first = self.places[0].said
        return first if all(place.said == first for place in self.places) else None

    @property
    def remedy(self) -> Words | None:
        """What to do, when it is the same everywhere."""
        first = self.places[0].remedy
        return first if all(place.remedy == first for place in self.places) else None

    @property
    def differs(self) -> bool:
        """Whether each place has words of its own."""
        return self.common is None or any(place.remedy != self.places[0].remedy for place in self.places)

    def by_file(self, most: int) -> tuple[tuple[str | None, tuple[Place, ...]], ...]:
        """The first `most` places, those of a file together."""
        files: dict[str | None, list[Place]] = {}
        for place in self.places[:most]:
            files.setdefault(place.file, []).append(place)
        return tuple((file, tuple(places)) for file, places in files.items())


@dataclass(frozen=True)
class Bar:
    """A stretch of a timeline's row, in seconds. label: shown where there is room; hint: on hovering."""

    start: Fraction
    end: Fraction
    label: Words = ""
    hint: Words = ""
    tone: Tone = "plain"


@dataclass(frozen=True)
class Pin:
    """Something found at a stretch of a row, in seconds. href: the id of the group that tells more."""

    start: Fraction
    end: Fraction
    tone: Tone
    hint: Words
    href: str | None = None


@dataclass(frozen=True)
class Row:
    """One row of a timeline: the reels, or the tracks of a kind."""

    label: Words
    bars: tuple[Bar, ...]
    pins: tuple[Pin, ...] = ()


@dataclass(frozen=True)
class Step:
    """A height over a stretch of time, in seconds."""

    start: Fraction
    end: Fraction
    value: float


@dataclass(frozen=True)
class Curve:
    """A row of a timeline that has heights, in the order of time, and the limits that they are held against.
    alt: what it shows, for who cannot see it."""

    label: Words
    steps: tuple[Step, ...]
    limits: tuple[Step, ...] = ()
    alt: Words = ""


@dataclass(frozen=True)
class Timeline:
    """Rows over the same time. length: seconds, above 0. legend: what the tones of the pins mean. curves:
    below the rows. notes: what is to be said of them."""

    length: Fraction
    rows: tuple[Row, ...]
    legend: tuple[tuple[Tone, Words], ...] = ()
    curves: tuple[Curve, ...] = ()
    notes: tuple[Words, ...] = ()

    kind: ClassVar[str] = "timeline"


@dataclass(frozen=True)
class Cell:
    """A cell that is more than plain words."""

    said: Words
    tone: Tone = "plain"
    code: bool = False


@dataclass(frozen=True)
class Column:
    """numeric: figures stand under each other. whole: its words are never wrapped."""

    label: Words
    numeric: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells under columns; on a narrow screen each row becomes a card of its own."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Words | Cell, ...], ...]

    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Notes:
    """Sentences, each a point of a list."""

    items: tuple[Words, ...]

    kind: ClassVar[str] = "notes"


@dataclass(frozen=True)
class Figure:
    """A drawing. svg: complete and trusted, its words escaped. alt: what it shows, for who cannot see it."""

    svg: str = field(repr=False)
    alt: Words
    caption: Words = ""


@dataclass(frozen=True)
class Figures:
    """Drawings side by side where there is room. narrow: two of them find room on a telephone, too.
    wide: two find room on a desk, and no more."""

    figures: tuple[Figure, ...]
    narrow: bool = False
    wide: bool = False

    kind: ClassVar[str] = "figures"


@dataclass(frozen=True)
class Shot:
    """A picture of a film in small. jpeg: a file's bytes. caption: when it is shown."""

    jpeg: bytes = field(repr=False)
    width: int
    height: int
    caption: Words


@dataclass(frozen=True)
class Shots:
    """Pictures side by side, in the order of time."""

    shots: tuple[Shot, ...]

    kind: ClassVar[str] = "shots"


Part = Facts | Group | Timeline | Table | Notes | Figures | Shots


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it. folded: closed at first (open in print); count: in the heading."""

    heading: Words
    parts: tuple[Part, ...]
    note: Words = ""
    count: int | None = None
    folded: bool = False


@dataclass(frozen=True)
class Page:
    """A whole report. report: which kind of report; title: of what; name: the folder's or the file's name."""

    report: Words
    title: Words
    verdict: Verdict
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]
    name: str | None = None
    footer: tuple[Words, ...] = ()
