"""A pattern's package played and judged: what comes out of our own way must be what was drawn and written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import Literal
from uuid import UUID

import numpy as np

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.package.package import open_package
from player.patterns.pattern import Check, Measure, Pattern
from player.patterns.registry import pattern_of
from player.report import PlayReport
from player.screen.screen import XYZ, Encoding, Frame, Image, Showing, Signal
from player.sound.blocks import to_numbers

SCHEMA = "dcpkit.check/1"


@dataclass(frozen=True)
class Checked:
    """pattern: its name. report: of the show that was judged."""

    pattern: str
    measures: tuple[Measure, ...]
    report: PlayReport

    @property
    def verdict(self) -> Literal["pass", "fail"]:
        good = self.report.verdict == "complete" and all(each.result == "pass" for each in self.measures)
        return "pass" if good and self.measures else "fail"

    def document(self) -> dict[str, object]:
        return {
            "schema": SCHEMA,
            "verdict": self.verdict,
            "pattern": self.pattern,
            "show": self.report.verdict,
            "measures": [each.document() for each in self.measures],
        }


def screen_for_check(root: Path, *, ov: Sequence[Path] = (), cpl_id: UUID | None = None) -> CheckScreen:
    """The screen that judges the pattern in `root`. UsageError when its composition is none of ours."""
    cpl = open_package(root, ov=ov).composition(cpl_id)
    pattern = pattern_of([version.id for version in cpl.content_versions])
    if pattern is None:
        raise UsageError("pattern.no-pattern", where=root)
    return CheckScreen(pattern)


@dataclass
class CheckScreen:
    """A screen that looks: every frame and its sound go to the pattern's check."""

    pattern: Pattern
    name: str = field(default="check", init=False)
    encoding: Encoding = field(default=XYZ, init=False)
    target: str | None = field(default=None, init=False)
    sees: bool = field(default=True, init=False)
    hears: bool = field(default=True, init=False)
    lead: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.check: Check = self.pattern.check(self.pattern.size)

    @contextmanager
    def showing(self, signal: Signal) -> Iterator[Showing]:
        yield _Looking(self.check, signal)


@dataclass
class _Looking:
    check: Check
    signal: Signal

    def prepare(self, image: Image) -> bytes:
        return image.tobytes()

    def show(self, frame: Frame) -> None:
        codes = samples = None
        if frame.prepared is not None:
            codes = np.frombuffer(frame.prepared, np.uint16).reshape(self.signal.height, self.signal.width, 3)
        if frame.sound is not None and self.signal.sound is not None:
            samples = to_numbers(frame.sound, self.signal.sound.channels)
        self.check.take(frame.number, codes, samples)
        self.signal.presented(frame)

    def changed(self, signal: Signal) -> None:
        self.signal = signal
