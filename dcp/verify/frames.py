"""Places in a track file: single units, and many of them as ranges."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Language, Text

if TYPE_CHECKING:
    from dcp.mxf.reader import Eye, Unit

MAX_RANGES = 50
_PLACES = {None: "place.frame", "left": "place.frame-left", "right": "place.frame-right"}


def frame_place(unit: Unit) -> Text:
    """`frame 5`, `frame 5, right eye`: edit units count from 0."""
    return place_of(unit.index, unit.eye)


def place_of(index: int, eye: Eye | None) -> Text:
    """The same of an edit unit and an eye of it."""
    return Text(_PLACES[eye], {"frame": index})


@dataclass(frozen=True)
class Units:
    """Edit units from `first` to `last`; eye: where all that is meant is one eye of one edit unit."""

    first: int
    last: int
    eye: Eye | None = None

    def say(self, language: Language = "en") -> str:
        frame = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        id = _PLACES[self.eye] if self.first == self.last else "place.frames"
        return Text(id, {"frame": frame}).say(language)


@dataclass
class Frames:
    """Frame numbers as they come, in order, kept as ranges."""

    ranges: list[list[int]] = field(default_factory=list)

    def add(self, index: int) -> None:
        if self.ranges and self.ranges[-1][1] in (index, index - 1):
            self.ranges[-1][1] = index
        else:
            self.ranges.append([index, index])

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self.ranges)

    def say(self, language: Language = "en") -> str:
        said = [
            str(first) if first == last else f"{first}-{last}" for first, last in self.ranges[:MAX_RANGES]
        ]
        id = "place.frame" if len(self) == 1 else "place.frames"
        if len(self.ranges) > MAX_RANGES:
            id = "place.frames-more"
        places = {"frame": ", ".join(said), "more": len(self.ranges) - MAX_RANGES}
        return Text(id, places).say(language)
