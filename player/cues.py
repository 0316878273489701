"""What of a text can be drawn: a show draws what it can and tells of the rest once, where `create` refuses.

A sign that no font has is left out of its line; of cues without end at one time the first ones are drawn.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from dcp.errors import SourceError
from dcp.text.fonts import Fonts, fonts_for, loaded_font, without_glyph
from dcp.text.values import Cue, Group, Image, Inline, Ruby, Run, Turned
from dcp.texts.catalogue import Text, text

MOST_AT_ONCE = 100
"""Lines and images that are drawn over one frame; of more nobody could read any."""
MOST_NAMED = 10
"""Signs that are named."""


def with_fonts(
    cues: Sequence[Cue], loaded: Mapping[str, bytes], *, language: str | None, where: Path
) -> tuple[tuple[Cue, ...], Fonts, tuple[Text, ...]]:
    """The cues with the fonts that draw them, and what is not drawn as it was meant. loaded: the document's
    fonts by the ids that styles name; one that is none is left aside."""
    notes: list[Text] = []
    own: dict[str, bytes] = {}
    for id, data in loaded.items():
        try:
            loaded_font(id, data)
        except SourceError as error:
            notes.append(text("play.font-left-aside", font=id[:80], why=error))
        else:
            own[id] = data
    lacking = without_glyph(cues, language=language, loaded=own)
    if lacking:
        cues = _changed(cues, lambda signs: "".join(sign for sign in signs if sign not in lacking))
        named = [f"U+{ord(sign):04X}" for sign in sorted(lacking)]
        more = len(named) - MOST_NAMED
        notes.append(
            text("play.signs-left-out", n=len(named), signs=named[:MOST_NAMED] + ["..."] * (more > 0))
        )
    fonts, _ = fonts_for(cues, language=language, loaded=own, where=where)
    return tuple(cues), fonts, tuple(notes)


def outside(cues: Sequence[Cue], end: Fraction) -> tuple[Text, ...]:
    """What is said of cues beyond the track, which lasts to `end`, in seconds: they are never seen."""
    beyond = [cue for cue in cues if cue.start >= end or cue.end <= 0]
    return (text("play.cues-outside", n=len(beyond)),) if beyond else ()


def at_once(cues: Iterable[Cue], most: int = MOST_AT_ONCE) -> tuple[tuple[Cue, ...], tuple[Text, ...]]:
    """The cues of which no more than `most` lines and images stand at one time, the first ones, in the order
    of their times."""
    kept: list[Cue] = []
    standing: list[tuple[Fraction, int]] = []  # ends, and how many parts end then
    count = dropped = 0
    for cue in sorted(cues, key=lambda cue: cue.start):
        while standing and standing[0][0] <= cue.start:
            count -= heapq.heappop(standing)[1]
        room = most - count
        part = cue if len(cue.content) <= room else replace(cue, content=cue.content[:room])
        dropped += len(cue.content) - len(part.content)
        if part.content:
            kept.append(part)
            count += len(part.content)
            heapq.heappush(standing, (part.end, len(part.content)))
    return tuple(kept), (text("play.too-many-cues", n=dropped, most=most),) if dropped else ()


# --- how it is done -----


def _changed(cues: Iterable[Cue], change: Callable[[str], str]) -> tuple[Cue, ...]:
    """The cues with other signs, without what is then blank."""
    found = []
    for cue in cues:
        content = tuple(
            part if isinstance(part, Image) else replace(part, content=_inlines(part.content, change))
            for part in cue.content
        )
        content = tuple(part for part in content if isinstance(part, Image) or part.text.strip())
        if content:
            found.append(replace(cue, content=content))
    return tuple(found)


def _inlines(parts: Iterable[Inline], change: Callable[[str], str]) -> tuple[Inline, ...]:
    found: list[Inline] = []
    for part in parts:
        match part:
            case Run(signs):
                part = replace(part, text=change(signs))
                found += [part] if part.text else []
            case Ruby(base, reading):
                base, reading = replace(base, text=change(base.text)), change(reading)
                if base.text:
                    found.append(replace(part, base=base, reading=reading) if reading else base)
            case Group(run) | Turned(run):
                run = replace(run, text=change(run.text))
                found += [replace(part, run=run)] if run.text else []
            case _:
                found.append(part)
    return tuple(found)
