"""Text that is burnt into the picture, decided: which cues lie where, in which fonts, in which lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from dcp.create.planning.telling import in_file
from dcp.create.planning.text import NO_LANGUAGE, OpenedText, Span, timed_cues
from dcp.create.planning.text_fonts import check_images, images_of
from dcp.dataclass import dataclass
from dcp.errors import SourceError, UsageError
from dcp.extras import need
from dcp.text.editing import within
from dcp.text.layout.burnt import BurntText
from dcp.text.values import Cue, Line
from dcp.texts.catalogue import Text, text

KIND = "burn-in"
_PLACED = ("smpte", "interop", "mxf")
"""Kinds of sources whose lines stand where their author put them."""


@dataclass(frozen=True)
class PlannedBurning:
    """The texts that a composition's pictures have in them, each with its span and its file."""

    texts: tuple[tuple[Span, BurntText, Path], ...]
    rate: Fraction
    decisions: tuple[Text, ...] = ()
    advice: tuple[Text, ...] = ()

    @property
    def language(self) -> str | None:
        """Of the first that has one."""
        return next((held.language for _, held, _ in self.texts if held.language), None)

    def part(self, start: int, count: int, *, coded: bool) -> tuple[BurntText, ...]:
        """Those over frames `start` to before `start + count` of the composition, on the clock of these.

        coded: these are made here. UsageError where they are passed on, and there is text over them.
        """
        found = []
        for span, held, path in self.texts:
            begin = max(start, span.start)
            end = min(start + count, span.start + span.frames)
            if begin >= end:
                continue
            first = (start - span.start) / self.rate
            cues = within(held.cues, first, first + count / self.rate)
            if cues and not coded:
                raise UsageError("text.burn-in-codestreams", where=path)
            if cues:
                found.append(BurntText(tuple(cues), held.fonts, held.images, held.language))
        return tuple(found)


def plan_burning(
    texts: Sequence[OpenedText],
    spans: Mapping[int | None, Span],
    rate: Fraction,
    *,
    size: tuple[int, int],
) -> PlannedBurning:
    """The texts of a composition that are burnt in, each over its span.

    size: (width, height) of the picture. SourceError, naming the cue, for a sign that no font has and for
    what has no room.
    """
    if not texts:
        return PlannedBurning((), rate)
    need("text", where=f"--{KIND}")
    planned, decisions, advice = [], list[Text](), list[Text]()
    for each in texts:
        span = spans[each.reel]
        held, said, advised = _plan(each, span, rate, size)
        planned.append((span, held, each.track.source))
        decisions += [in_file(each.track.source, line) for line in said]
        advice += [in_file(each.track.source, line) for line in advised]
    return PlannedBurning(tuple(planned), rate, tuple(decisions), tuple(advice))


# --- how it is done -----


def _plan(
    opened: OpenedText, span: Span, rate: Fraction, size: tuple[int, int]
) -> tuple[BurntText, list[Text], list[Text]]:
    from dcp.text.fonts import fonts_for
    from dcp.text.layout.breaking import broken

    track, source = opened.track, opened.source
    cues, said = timed_cues(opened, span, rate)
    language = None if opened.language == NO_LANGUAGE else opened.language
    fonts, chosen = fonts_for(
        cues, language=language, font=track.font, loaded=source.fonts, where=track.source
    )
    for cue in cues:
        for line in cue.content:
            if isinstance(line, Line):
                _check(line, cue, track.source)
    decisions = [*said, _drawn(len(cues), language), *chosen]
    if source.kind not in _PLACED:
        whole = tuple(broken(cue, size, fonts=fonts) for cue in cues)
        long = sum(one is not other for one, other in zip(whole, cues, strict=True))
        if long:
            decisions.append(text("plan.burnt-in-broken", n=long))
        cues = whole
    images = images_of(source, cues)
    advice = check_images(images, track.source, size) if images else ()
    return BurntText(cues, fonts, images, language), list(dict.fromkeys(decisions)), list(advice)


def _drawn(count: int, language: str | None) -> Text:
    if language is None:
        return text("plan.burnt-in-untold", n=count)
    return text("plan.burnt-in", n=count, language=language)


def _check(line: Line, cue: Cue, path: Path) -> None:
    from dcp.text.layout.lines import check_line

    try:
        check_line(line)
    except SourceError as error:
        error.where = text("place.in-file", file=path, place=cue.at) if cue.at else path
        raise
