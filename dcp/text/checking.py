"""Cues judged by what cinemas had better not get. What cannot be meant is refused where cues are read."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction

from dcp.text.limits import (
    APART,
    FIRST_TEXT,
    MOST_CAPTION_BYTES,
    MOST_CAPTION_SIGNS,
    MOST_LINES,
    MOST_SIGNS,
    MOST_SIGNS_EVER,
    SHORTEST,
)
from dcp.text.values import Cue, Image, Line, Place
from dcp.texts.catalogue import Text, text
from dcp.timecode import timecode_of

_PROFILE = {
    "advice.text-early": "profile.text-early",
    "advice.text-short": "profile.text-short",
    "advice.text-close": "profile.text-close",
    "advice.text-lines": "profile.text-lines",
    "advice.text-too-wide": "profile.text-wide",
}
"""What is advised by RDD 52, and how it is named where it keeps a composition out of that."""
_ORDERED = {"top": 1, "center": 1, "bottom": -1}
"""Which way VPosition runs from the upper line to the lower."""


def is_blank(cue: Cue) -> bool:
    """Whether it shows nothing, as the cue of a reel without text does."""
    return all(isinstance(each, Line) and not each.text.strip() for each in cue.content)


def about_cues(
    cues: Sequence[Cue], rate: Fraction, *, captions: bool = False, first: bool = True
) -> tuple[Text, ...]:
    """What is advised of the cues of a reel, each thing once, with the number of cues and the first of them.

    rate: frames a second, of the times that are told. captions: closed captions, whose devices have room for
    less. first: whether the reel is the composition's first. Blank cues are not judged.
    """
    shown = sorted((cue for cue in cues if not is_blank(cue)), key=lambda cue: (cue.start, cue.end))
    told: list[Text] = []

    def advise(id: str, found: Iterable[Cue], **places: object) -> None:
        listed = list(found)
        if listed:
            at = timecode_of(round(min(cue.start for cue in listed) * rate), rate)
            told.append(text(id, n=len(listed), at=at, **places))

    if first:
        advise("advice.text-early", (cue for cue in shown if cue.start < FIRST_TEXT), seconds=FIRST_TEXT)
    advise(
        "advice.text-short", (cue for cue in shown if (cue.end - cue.start) * rate < SHORTEST), least=SHORTEST
    )
    advise("advice.text-close", _close(shown, rate), least=APART)
    advise("advice.text-doubled", _doubled(shown))
    over, many = _together(shown)
    advise("advice.text-over-another", over)
    advise("advice.text-lines", many, most=MOST_LINES)
    most = MOST_CAPTION_SIGNS if captions else MOST_SIGNS_EVER
    advise("advice.text-too-wide", _with_longer_lines(shown, most), most=most)
    if not captions:
        advise(
            "advice.text-wide",
            _with_longer_lines(shown, MOST_SIGNS, MOST_SIGNS_EVER),
            most=MOST_SIGNS,
        )
    if captions:
        advise("advice.caption-order", (cue for cue in shown if not _in_order(cue)))
        advise("advice.caption-picture", (cue for cue in shown if any(map(_is_image, cue.content))))
    return tuple(told)


def about_size(document: bytes, *, captions: bool) -> tuple[Text, ...]:
    """What is advised of a document's size: devices for captions take little."""
    if not captions or len(document) <= MOST_CAPTION_BYTES:
        return ()
    return (text("advice.caption-size", n=len(document), most=MOST_CAPTION_BYTES),)


def outside_profile(cues: Sequence[Cue], rate: Fraction, *, captions: bool, first: bool) -> tuple[Text, ...]:
    """What of a reel's text RDD 52 does not have; arguments as of `about_cues`."""
    told = about_cues(cues, rate, captions=captions, first=first)
    return tuple(Text(_PROFILE[each.id], each.places) for each in told if each.id in _PROFILE)


# --- how it is done -----


def _is_image(each: Line | Image) -> bool:
    return isinstance(each, Image)


def _close(cues: Sequence[Cue], rate: Fraction) -> Iterator[Cue]:
    """Cues that begin too soon behind another's end; where two stand together nothing ends."""
    ended = None
    for cue in cues:
        if ended is not None and 0 <= (cue.start - ended) * rate < APART:
            yield cue
        ended = cue.end if ended is None else max(ended, cue.end)


def _doubled(cues: Sequence[Cue]) -> Iterator[Cue]:
    seen: set[object] = set()
    for cue in cues:
        said = (cue.start, cue.end, cue.content)
        if said in seen:
            yield cue
        seen.add(said)


def _together(cues: Sequence[Cue]) -> tuple[list[Cue], list[Cue]]:
    """Cues in the place of another that still stands, and cues with which too many lines stand together."""
    over: list[Cue] = []
    many: list[Cue] = []
    standing: list[tuple[Cue, frozenset[Place], int]] = []
    for cue in cues:
        standing = [each for each in standing if each[0].end > cue.start]
        places = frozenset(each.place for each in cue.content)
        lines = sum(isinstance(each, Line) for each in cue.content)
        if any(not places.isdisjoint(others) and other != cue for other, others, _ in standing):
            over.append(cue)
        if lines + sum(others for _, _, others in standing) > MOST_LINES:
            many.append(cue)
        if len(standing) < 100:  # a hostile document has thousands
            standing.append((cue, places, lines))
    return over, many


def _with_longer_lines(cues: Iterable[Cue], more: int, most: int | None = None) -> Iterator[Cue]:
    wide: Callable[[int], bool] = lambda n: n > more and (most is None or n <= most)  # noqa: E731
    for cue in cues:
        if any(isinstance(each, Line) and wide(len(each.text)) for each in cue.content):
            yield cue


def _in_order(cue: Cue) -> bool:
    """Whether the lines stand in the document as on the screen, from the same edge."""
    places = [each.place for each in cue.content if isinstance(each, Line)]
    if len({place.valign for place in places}) > 1:
        return False
    return all(
        (below.vposition - above.vposition) * _ORDERED[above.valign] >= 0
        for above, below in itertools.pairwise(places)
    )
