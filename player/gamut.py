"""How much of a show lay outside the colours of its display, and was cut."""

from __future__ import annotations

from typing import Any

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Text, text

_FEW = 0.01
"""Percent below which no figure is told."""


@dataclass(frozen=True)
class ColourReport:
    """display: its name, None where X'Y'Z' went out. Of the pictures shown: pixels that were converted, and
    those of them that lay outside the display's colours or were brighter than it is."""

    display: str | None = None
    pixels: int = 0
    outside: int = 0

    def with_frame(self, pixels: int, outside: int) -> ColourReport:
        """And one more frame."""
        return ColourReport(self.display, self.pixels + pixels, self.outside + outside)

    @property
    def percent(self) -> float:
        return 100 * self.outside / self.pixels if self.pixels else 0.0

    def document(self) -> dict[str, Any]:
        """As JSON."""
        percent = round(self.percent, 4)
        return {"display": self.display, "outside_pixels": self.outside, "outside_percent": percent}

    def lines(self) -> list[Text]:
        """What was cut, if anything was."""
        if not self.outside:
            return []
        if self.percent < _FEW:
            return [text("play.outside-few", display=self.display or "", least=_FEW)]
        return [text("play.outside", display=self.display or "", percent=round(self.percent, 2))]
