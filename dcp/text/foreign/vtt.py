"""WebVTT: a signature, then blocks of times, settings and text; notes, styles and regions between."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from dcp.errors import SourceError
from dcp.patterns import pattern
from dcp.text.foreign.found import MARGIN, FoundCue, Spot, step_of
from dcp.text.foreign.notes import Notes, at_line
from dcp.text.foreign.tags import marked
from dcp.text.foreign.times import clock_time
from dcp.text.values import Halign, Valign
from dcp.texts.catalogue import text

SIGNATURE = pattern(r"WEBVTT(?:[ \t].*)?")
_TIME = pattern(r"(?:\d{2,}:)?\d\d:\d\d\.\d{3}", re.ASCII)
_MAP = pattern(r"X-TIMESTAMP-MAP=.*")
_PART = pattern(r"(-?\d{1,4}(?:\.\d{1,6})?)(%?)")
_LINE = 16 / 3
"""Per cent of the height that a numbered line takes."""
_SIDES: Mapping[str, Halign] = {
    "start": "left", "left": "left", "end": "right", "right": "right", "center": "center", "middle": "center",
}  # fmt: skip


def read_vtt(lines: Sequence[str], where: Path, notes: Notes) -> list[FoundCue]:
    """The cues as they stand. SourceError, naming the line."""
    if not lines or not SIGNATURE.fullmatch(lines[0]):
        raise SourceError("text.vtt-signature", where=at_line(where, 1))
    cues = []
    index = 1
    while index < len(lines):
        first = index
        while index < len(lines) and lines[index].strip():
            index += 1
        if block := lines[first:index]:
            cue = _block(block, first, where, notes)
            cues += [cue] if cue is not None else []
        index += 1
    return cues


def _block(block: Sequence[str], first: int, where: Path, notes: Notes) -> FoundCue | None:
    """first: the index of its first line."""
    times = next((number for number, line in enumerate(block) if "-->" in line), None)
    if times is None:
        word = block[0].split()[0] if block[0].split() else ""
        if word in ("STYLE", "REGION"):
            notes.at("note.text-vtt-style", first + 1)
        elif any(_MAP.match(line) for line in block):
            notes.say(text("note.text-vtt-map"))
        elif word != "NOTE" and first > 1:
            raise SourceError("text.vtt-no-times", where=at_line(where, first + 1), line=block[0][:60])
        return None
    if times > 1 or (times == 1 and block[0].startswith("NOTE")):
        if block[0].startswith("NOTE"):
            return None
        raise SourceError("text.vtt-no-times", where=at_line(where, first + 1), line=block[0][:60])
    line = first + times + 1
    start, end, settings = _times(block[times], line, where, notes)
    rows = marked("\n".join(block[times + 1 :]), line, notes, "vtt").rows
    height = sum(step_of(row) for row in rows)
    return FoundCue(
        start, end, rows, line, _spot(settings, height, line, notes), block[0].strip()[:40] if times else None
    )


def _times(said: str, line: int, where: Path, notes: Notes) -> tuple[Fraction, Fraction, Mapping[str, str]]:
    before, _, after = said.partition("-->")
    parts = after.split()
    begin, end = before.strip(), parts[0] if parts else ""
    times = clock_time(begin), clock_time(end)
    if begin.startswith("-") or end.startswith("-"):
        raise SourceError("text.before-zero", where=at_line(where, line))
    if times[0] is None or times[1] is None:
        raise SourceError("text.vtt-times", where=at_line(where, line), line=said.strip()[:60])
    if not (_TIME.fullmatch(begin) and _TIME.fullmatch(end)):
        notes.at("note.text-time-form", line)
    settings = {}
    for part in parts[1:]:
        name, colon, value = part.partition(":")
        if not colon or not value or name not in ("vertical", "line", "position", "size", "align", "region"):
            notes.at("note.text-vtt-setting", line, part[:40])
        else:
            settings[name] = value
    return times[0], times[1], settings


def _spot(settings: Mapping[str, str], height: float, line: int, notes: Notes) -> Spot:
    """height: of the block in per cent."""
    halign = _SIDES.get(settings.get("align", "center"), "center")
    for name in ("size", "region"):
        if name in settings:
            notes.at("note.text-vtt-setting", line, name)
    if "vertical" in settings:
        notes.at("note.text-vtt-vertical", line)
        side: Halign = "right" if settings["vertical"] == "rl" else "left"
        return Spot(side, "top", direction="ttb")
    hposition = _aside(settings.get("position"), halign, line, notes)
    valign, vposition = _below(settings.get("line"), height, line, notes)
    return Spot(halign, valign, hposition, vposition)


def _aside(said: str | None, halign: Halign, line: int, notes: Notes) -> float | None:
    if said is None:
        return None
    found = _PART.fullmatch(said.partition(",")[0])
    if found is None or not found[2] or not 0 <= float(found[1]) <= 100:
        notes.at("note.text-vtt-setting", line, f"position:{said[:30]}")
        return None
    position = float(found[1])
    return position if halign == "left" else 100 - position if halign == "right" else position - 50


def _below(said: str | None, height: float, line: int, notes: Notes) -> tuple[Valign, float | None]:
    if said is None or said == "auto":
        return "bottom", None
    number, _, align = said.partition(",")
    found = _PART.fullmatch(number)
    if found is None or (found[2] and not 0 <= float(found[1]) <= 100):
        notes.at("note.text-vtt-setting", line, f"line:{said[:30]}")
        return "bottom", None
    position = float(found[1])
    if not found[2]:
        if position < 0:  # -1: the last line
            raised = (-position - 1) * _LINE
            return "bottom", None if raised == 0 else max(MARGIN, MARGIN + raised + _LINE - height)
        return "top", None if position == 0 else min(MARGIN + position * _LINE, 100 - MARGIN - height)
    if align == "end":
        return "bottom", 100 - position
    if align == "center":
        return "center", position - 50
    if position + height > 100 - MARGIN:
        return "bottom", None
    return "top", position
