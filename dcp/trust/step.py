"""One step of an ordered checklist: what was looked at, and how it came out."""

from __future__ import annotations

from typing import Literal

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Language, Text, said

Result = Literal["pass", "fail", "warn", "skipped"]


@dataclass(frozen=True)
class Step:
    """id: that of the table of checks (`SIG-001`, `CER-005`). words: what it found, said when somebody asks.

    clause: the rule's source, or None.
    """

    id: str
    result: Result
    words: Text | str
    clause: str | None = None

    @property
    def message(self) -> str:
        """What it found, in English."""
        return str(self.words)

    def say(self, language: Language = "en") -> str:
        """What it found."""
        return said(self.words, language)


def holds(id: str) -> Text:
    """What the step of that id says when nothing is wrong."""
    return Text(f"{id}.holds")
