"""A text document of either standard as it stands, right or wrong: what the rules about timed text look at.

Times are seconds, None where none can be read. A value that cannot be read is its default here and a fault
beside; the rest of the document is judged all the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from dcp.dataclass import dataclass
from dcp.documents.namespaces import Standard
from dcp.errors import DcpError
from dcp.texts.catalogue import Language, Text, text
from dcp.verify.finding import Severity

if TYPE_CHECKING:
    from dcp.text.pictures import PngFacts

SHOWN = 5
"""Places that a finding names, of however many."""


@dataclass
class Spots:
    """Places in a document as they come: the first few are kept, all are counted."""

    first: list[Text] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, number: str | None = None) -> None:
        self.count += 1
        if len(self.first) < SHOWN:
            id = "place.line-only" if number is None else "place.spot-line"
            self.first.append(text(id, line=line, number=(number or "")[:20]))

    def __bool__(self) -> bool:
        return bool(self.count)

    def say(self, language: Language = "en") -> str:
        if self.count > len(self.first):
            return text("place.text-more", places=self.first, more=self.count - len(self.first)).say(language)
        return text("place.text-all", places=self.first).say(language)


@dataclass(frozen=True)
class Fault:
    """What is against the grammar: the id it belongs under, and how often and where it is so."""

    rule: str
    said: Text
    severity: Severity | None
    spots: Spots


@dataclass(frozen=True, slots=True)
class Piece:
    """A Text or an Image element. length: signs, without those that take no room. size: points. empty:
    nothing at all in it; blank: nothing that shows. key: pieces of one key are one line of the screen."""

    line: int
    image: bool
    resource: uuid.UUID | None
    length: int
    size: int
    empty: bool
    blank: bool
    halign: str
    h: float
    valign: str
    v: float
    vertical: bool
    depths: str | None

    @property
    def key(self) -> tuple[str, float]:
        return (self.halign, self.h) if self.vertical else (self.valign, self.v)


@dataclass(frozen=True, slots=True)
class Event:
    """A Subtitle element."""

    line: int
    number: str | None
    start: Fraction | None
    end: Fraction | None
    fade_up: Fraction | None
    fade_down: Fraction | None
    pieces: tuple[Piece, ...]
    depths: tuple[str, ...]

    @property
    def shows(self) -> bool:
        """Whether there is something to see; a placeholder shows nothing."""
        return any(piece.image or not piece.blank for piece in self.pieces)

    @property
    def lines(self) -> Iterator[Piece]:
        return (piece for piece in self.pieces if not piece.image)


@dataclass(frozen=True)
class LoadedFont:
    """id: as fonts are named by, None for none. resource: a UUID, or in Interop a path; None for neither."""

    id: str | None
    said: str
    resource: uuid.UUID | str | None
    line: int


@dataclass(frozen=True)
class TextDocument:
    """declared: the namespaces that the root declares. start: what times are counted from. signs: by the ids
    of fonts (None for the one that is taken without an id) what is shown in them. used: where each id of
    a font stands. images: by their ids, the line that first shows each. digest: of its bytes. cut:
    there are more events than are kept. form: `standalone`, `mark` (before the XML), `mixed` line ends."""

    standard: Standard
    root: str
    namespace: str
    declared: int
    size: int
    id: uuid.UUID | None
    language: str | None
    reel: str | None
    issue_date: str | None
    edit_rate: Fraction | None
    time_code_rate: int | None
    start: Fraction | None
    states_start: bool
    display: str | None
    fonts: tuple[LoadedFont, ...]
    events: tuple[Event, ...]
    signs: Mapping[str | None, frozenset[str]]
    used: Mapping[str, Spots]
    images: Mapping[uuid.UUID, int]
    faults: tuple[Fault, ...]
    id_said: str | None = None
    digest: bytes = b""
    cut: bool = False
    form: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether it is a text document at all, of a vocabulary that can be judged."""
        return self.root in ("SubtitleReel", "DCSubtitle")

    @property
    def has_text(self) -> bool:
        return any(not piece.image and not piece.blank for event in self.events for piece in event.pieces)

    def signs_of(self, loaded: LoadedFont) -> frozenset[str]:
        """What is shown in a font; the first one is taken where none is named."""
        found = self.signs.get(loaded.id, frozenset()) if loaded.id is not None else frozenset()
        if self.fonts and loaded is self.fonts[0]:
            found |= self.signs.get(None, frozenset())
        return found


@dataclass(frozen=True)
class Part:
    """A font or picture of a text. name: its file, or its id in a track file. presence: `absent` is named and
    not there, `unlisted` is there and in no asset map, `outside` has a path that leaves the package. error:
    what is wrong with what it holds. lacking: signs of the text that the font has no glyph for. altered: its
    tables that do not have the checksum that it states."""

    kind: Literal["font", "picture", "other"]
    name: str
    resource: uuid.UUID | None = None
    presence: Literal["here", "absent", "unlisted", "outside"] = "here"
    size: int = 0
    error: DcpError | None = None
    lacking: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    picture: PngFacts | None = None
    read: bool = False
    other_case: bool = False


@dataclass(frozen=True)
class FoundText:
    """A timed text of the package: in a track file, or as a file of its own. error: why it is no document."""

    file: str
    asset_id: uuid.UUID | None
    wrapped: bool
    document: TextDocument | None
    error: DcpError | None = None
    parts: tuple[Part, ...] = ()
    types: Mapping[uuid.UUID, str] = field(default_factory=dict)
