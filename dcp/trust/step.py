"""One step of an ordered checklist: what was looked at, and how it came out."""

from __future__ import annotations

from typing import Literal

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Language, aside, known, say

Result = Literal["pass", "fail", "warn", "skipped"]


@dataclass(frozen=True)
class Step:
    """id: that of the table of checks (`SIG-001`, `CER-005`). clause: the rule's source, or None."""

    id: str
    result: Result
    message: str
    clause: str | None = None

    def say(self, language: Language = "en") -> str:
        """What it says: its own words in English; otherwise the rule's, and its own as the detail."""
        if language == "en" or not known(f"{self.id}.holds"):
            return self.message
        if self.result == "pass":
            return say(f"{self.id}.holds", language=language)
        if self.result == "skipped":
            title = say(self.id, language=language, part="title")
            return title + aside(f"技术细节：{self.message}", language)
        return say(self.id, {"detail": self.message}, language)
