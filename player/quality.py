"""How the frames of a show were decoded, for its report: what was asked, and what was used of each frame."""

from __future__ import annotations

import math
from dataclasses import field
from typing import Any

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Text, text
from player.setting import Quality, Setting

MOST_RUNS = 10_000
MOST_REASONS = 20


@dataclass(frozen=True)
class SettingRun:
    """Frames that were decoded alike, one behind the other. passes: left out of the lightest band."""

    first: int
    last: int
    reduce: int
    passes: int


@dataclass(frozen=True)
class QualityReport:
    """asked: `exact`, `smooth` or dB. thinned: frames of which passes were left out; least_db: how near the
    furthest of them is to the whole decode, None where there is none. measured: how many of them were decoded
    whole to measure that, and what the furthest came to. estimated: whether `least_db` is not of these.

    whole: frames that could not be thinned though it was asked; reasons: why. runs: in the order shown;
    runs_left_out: how many there was no room for."""

    asked: Quality = "exact"
    thinned: int = 0
    least_db: float | None = None
    estimated: bool = False
    measured: int = 0
    measured_db: float | None = None
    whole: int = 0
    reasons: tuple[Text, ...] = ()
    runs: tuple[SettingRun, ...] = ()
    runs_left_out: int = 0

    def document(self) -> dict[str, Any]:
        """As JSON of CLI.md, and more."""
        return {
            "asked": self.asked if isinstance(self.asked, str) else f"{self.asked:g}",
            "thinned_frames": self.thinned,
            "least_db": rounded_db(self.least_db),
            "least_db_is": None if self.least_db is None else "estimated" if self.estimated else "measured",
            "measured_frames": self.measured,
            "measured_db": rounded_db(self.measured_db),
            "whole_frames": self.whole,
            "not_thinned": [str(reason) for reason in self.reasons],
            "settings": [
                {"first": run.first, "last": run.last, "reduce": run.reduce, "passes": run.passes}
                for run in self.runs
            ],
            "settings_left_out": self.runs_left_out,
        }

    def lines(self) -> list[Text]:
        """For people; nothing where nothing was asked to be left out."""
        if self.asked == "exact":
            return []
        said = []
        if self.thinned and self.least_db is not None:
            how = text("play.quality-measured", n=self.measured, db=self.measured_db or 0.0)
            said.append(
                text(
                    "play.quality-thinned",
                    n=self.thinned,
                    db=self.least_db,
                    how=how if self.measured else text("play.quality-estimated"),
                )
            )
        elif not self.whole:
            said.append(text("play.quality-nothing"))
        if self.whole:
            said.append(text("play.quality-whole", n=self.whole, why=self.reasons))
        return said


@dataclass
class QualityBook:
    """Takes what was shown, in its order. short: dB by which a measured frame was further off than estimated;
    the others are then taken to be so too."""

    asked: Quality = "exact"
    thinned: int = 0
    least_db: float = math.inf
    measured: int = 0
    measured_db: float = math.inf
    short: float = 0.0
    whole: int = 0
    reasons: list[Text] = field(default_factory=list)
    runs: list[SettingRun] = field(default_factory=list)
    runs_left_out: int = 0

    def add(
        self, frame: int, used: Setting, least_db: float, measured_db: float | None, reason: Text | None
    ) -> bool:
        """One frame more; whether its reason for being whole is a new one."""
        self._run(frame, used)
        if used.passes:
            self.thinned += 1
            self.least_db = min(self.least_db, least_db)
        if measured_db is not None:
            self.measured += 1
            self.measured_db = min(self.measured_db, measured_db)
            self.short = max(self.short, least_db - measured_db)
        if reason is None:
            return False
        self.whole += 1
        new = reason not in self.reasons and len(self.reasons) < MOST_REASONS
        if new:
            self.reasons.append(reason)
        return new

    def _run(self, frame: int, used: Setting) -> None:
        last = self.runs[-1] if self.runs else None
        alike = last is not None and (last.reduce, last.passes) == (used.reduce, used.passes)
        if last is not None and alike and last.last == frame - 1 and not self.runs_left_out:
            self.runs[-1] = SettingRun(last.first, frame, used.reduce, used.passes)
        elif len(self.runs) < MOST_RUNS:
            self.runs.append(SettingRun(frame, frame, used.reduce, used.passes))
        else:
            self.runs_left_out += 1

    def report(self) -> QualityReport:
        estimated = self.least_db - self.short
        least = min(estimated, self.measured_db)
        return QualityReport(
            asked=self.asked,
            thinned=self.thinned,
            least_db=least if self.thinned else None,
            estimated=estimated < self.measured_db,
            measured=self.measured,
            measured_db=self.measured_db if self.measured else None,
            whole=self.whole,
            reasons=tuple(self.reasons),
            runs=tuple(self.runs),
            runs_left_out=self.runs_left_out,
        )


def rounded_db(decibels: float | None) -> float | None:
    """Down to a tenth: it is a least value. None for infinity, which JSON has not."""
    if decibels is None or math.isinf(decibels):
        return None
    return math.floor(decibels * 10) / 10
