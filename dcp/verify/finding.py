"""What verification says: findings, what it could not check, and the report that holds both."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.texts.catalogue import Language, Sayable, Text, has, said, say

if TYPE_CHECKING:
    from dcp.package.outline import CompositionOutline
    from dcp.verify.rules.rates import Rates
    from dcp.verify.rules.thumbnails import Thumbnail
    from dcp.verify.servers import ServerNote

Severity = Literal["error", "warning", "info"]
Verdict = Literal["pass", "fail"]
LeftOutBy = Literal["profile", "select", "ignore", "picture", "decode", "thorough", "kdm"]
MicSource = Literal["derived", "kdm", "none"]

SCHEMA = "dcpkit.verify/1"
_REMEDIES = {"MXF": "remedy.wrap-again", "J2K": "remedy.encode-again", "TT": "remedy.text-again"}
"""What to do by area where a text does not say; elsewhere it is for the maker."""
SEVERITIES: Sequence[Severity] = ("error", "warning", "info")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong or worth knowing.

    said: what. file: relative to the package. at: an element path, a frame, or a byte offset. to_do: what to
    do, where that is not the remedy of what is said; an error that has neither is its maker's to mend.
    """

    id: str
    severity: Severity
    said: str | Sayable
    clause: str | None = None
    file: str | None = None
    at: str | Sayable | None = None
    to_do: str | Sayable | None = None

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return self.say()

    @property
    def place(self) -> str | None:
        """Where, in English."""
        return self.say_place()

    @property
    def remedy(self) -> str | None:
        """What to do, in English."""
        return self.say_remedy()

    def say(self, language: Language = "en") -> str:
        """What is wrong."""
        return said(self.said, language)

    def say_place(self, language: Language = "en") -> str | None:
        """Where in the file, when that is known."""
        return said(self.at, language) if self.at is not None else None

    def say_remedy(self, language: Language = "en") -> str | None:
        """What to do, where there is something."""
        if self.to_do is not None:
            return said(self.to_do, language)
        found = None
        if isinstance(self.said, DcpError):
            found = self.said.say_remedy(language)
        elif isinstance(self.said, Text) and self.said.part == "text" and has(self.said.id, "remedy"):
            found = say(self.said.id, self.said.places, language, "remedy")
        if found is None and self.severity != "info":  # nobody is left alone with a fault
            return say(_REMEDIES.get(self.id.partition("-")[0], "remedy.maker"), language=language)
        return found

    def document(self) -> dict[str, str | None]:
        """As it stands in the report's JSON document."""
        return {
            "id": self.id,
            "severity": self.severity,
            "message": self.message,
            "clause": self.clause,
            "file": self.file,
            "place": self.place,
            "remedy": self.remedy,
        }


@dataclass(frozen=True)
class NotChecked:
    """A rule that could not be put to a part of the package, and why. Never a pass."""

    id: str
    said: str | Sayable

    @property
    def why(self) -> str:
        """In English."""
        return self.say()

    def say(self, language: Language = "en") -> str:
        """Why."""
        return said(self.said, language)


@dataclass(frozen=True)
class LeftOut:
    """A rule that was not asked. Never a pass. by: the profile, --select or --ignore, or what the run was not
    asked for that the rule needs (picture, decode, thorough) or not given (kdm)."""

    id: str
    by: LeftOutBy


@dataclass(frozen=True)
class Remembered:
    """A file whose hash was taken from the cache. when: of the run that made it, ISO 8601. read: what of the
    file was read in this run: all its units, for other rules than the hash; their heads alone; or nothing."""

    file: str
    when: str
    read: Literal["units", "heads", "nothing"]


@dataclass(frozen=True)
class PictureSeen:
    """What a picture track file looks like: bytes a frame, and some frames in small where they were decoded.
    file: relative to the package."""

    file: str
    rates: Rates | None = None
    thumbnails: tuple[Thumbnail, ...] = ()

    def document(self) -> dict[str, object]:
        """The bit rates as they stand in the report's JSON document."""
        rates = self.rates
        assert rates is not None
        largest = max(range(len(rates.sizes)), key=lambda number: rates.sizes[number])
        return {
            "file": self.file,
            "frames": len(rates.sizes),
            "mean_mbps": round(rates.mean_mbps, 2),
            "peak_mbps": round(rates.mbps(largest), 2),
            "peak_frame": largest,
            "limit_mbps": rates.most_mbps,
            "exact": rates.exact,
        }


@dataclass(frozen=True)
class SoundHeard:
    """How loud the sound of a composition is, as it plays. file: of its playlist. leqm in dB, integrated in
    LUFS, range in LU, true_peak in dBFS; None: silence, or too short to measure."""

    composition: uuid.UUID
    file: str
    leqm: float | None
    integrated: float | None
    range: float | None
    true_peak: float | None

    def document(self) -> dict[str, object]:
        """As it stands in the report's JSON document."""
        return {
            "composition": str(self.composition),
            "file": self.file,
            "leqm_db": _tenths(self.leqm),
            "integrated_lufs": _tenths(self.integrated),
            "range_lu": _tenths(self.range),
            "true_peak_dbfs": _tenths(self.true_peak),
        }


def _tenths(level: float | None) -> float | None:
    return None if level is None else round(level, 1)


@dataclass(frozen=True)
class VerificationReport:
    """The outcome. `mic`: where the keys of the integrity codes came from, None when none was looked at.
    servers: what public sources say of servers that concerns the package."""

    package: str
    standard: str | None
    profile: str
    mic: MicSource | None
    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]
    checked: tuple[str, ...] = ()
    bytes_read: int = 0
    compositions: tuple[CompositionOutline, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    servers: tuple[ServerNote, ...] = ()
    remembered: tuple[Remembered, ...] = ()
    pictures: tuple[PictureSeen, ...] = ()
    sounds: tuple[SoundHeard, ...] = ()
    profile_title: Sayable | None = None

    @property
    def verdict(self) -> Verdict:
        return "fail" if self.errors else "pass"

    @property
    def errors(self) -> tuple[Finding, ...]:
        return self.of("error")

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == severity)

    def document(self, *, tool: str, version: str) -> dict[str, object]:
        """The report as the JSON document `dcpkit.verify/1`."""
        return {
            "schema": SCHEMA,
            "tool": tool,
            "version": version,
            "package": self.package,
            "standard": self.standard,
            "profile": self.profile,
            "verdict": self.verdict,
            "mic": self.mic,
            "findings": [finding.document() for finding in self.findings],
            "not_checked": [{"id": item.id, "why": item.why} for item in self.not_checked],
            "checked": list(self.checked),
            "left_out": [{"id": item.id, "by": item.by} for item in self.left_out],
            "servers": [note.document() for note in self.servers],
            "remembered": [
                {"file": item.file, "when": item.when, "read": item.read} for item in self.remembered
            ],
            "pictures": [seen.document() for seen in self.pictures if seen.rates and seen.rates.sizes],
            "sounds": [heard.document() for heard in self.sounds],
        }
