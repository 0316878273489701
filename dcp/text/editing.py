"""Cues moved, cut and brought to a grid of frames. Nothing here changes what a cue shows; times are exact."""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from dcp.text.limits import FIRST_TEXT, SHORTEST
from dcp.text.values import Cue, Depth, Image, Line, Place, Run, VariableZ

_STILL = Fraction(1)
"""Seconds into a reel at which a placeholder begins that is not the composition's first text."""


def shifted(
    cues: Iterable[Cue], *, offset: Fraction = Fraction(0), speed: Fraction = Fraction(1)
) -> tuple[Cue, ...]:
    """Cues on another clock: what stood at t seconds stands at t / speed + offset.

    speed: how fast the film runs now, 1001/1000 for one of 23.976 frames a second shown at 24, 24/25 for one
    of 25. Times may come out below 0: `within` cuts there. ValueError for a speed that is not above 0.
    """
    if speed <= 0:
        raise ValueError("a film runs forwards")
    if speed == 1 and not offset:
        return tuple(cues)

    def lasts(time: Fraction | None) -> Fraction | None:
        return None if time is None else time / speed

    return tuple(
        replace(
            cue,
            start=cue.start / speed + offset,
            end=cue.end / speed + offset,
            fade_up=lasts(cue.fade_up),
            fade_down=lasts(cue.fade_down),
            variable_z=tuple(
                VariableZ(each.id, tuple(Depth(depth.z, depth.lasts / speed) for depth in each.depths))
                for each in cue.variable_z
            ),
        )
        for cue in cues
    )


def within(cues: Iterable[Cue], start: Fraction, end: Fraction) -> tuple[Cue, ...]:
    """What is shown from `start` to before `end`, in seconds from `start`.

    A cue over an edge is cut there: its other part belongs to the neighbour, and does not fade at the cut.
    `crossing` names these cues.
    """
    return tuple(_part(cue, start, end) for cue in cues if cue.start < end and cue.end > start)


def crossing(cues: Iterable[Cue], edges: Sequence[Fraction]) -> tuple[Cue, ...]:
    """The cues that are cut when the film is cut at these times, which ascend."""
    inside = sorted(edges)
    return tuple(cue for cue in cues if any(cue.start < edge < cue.end for edge in inside))


def on_grid(cues: Iterable[Cue], rate: Fraction) -> tuple[Cue, ...]:
    """Cues in the order of their times, on whole frames, `rate` a second.

    Each lasts a frame at least. Cues that did not stand together do not stand together now: where rounding
    would have them do so the later one begins later. Fades are shortened to what a cue lasts.
    """
    moved: list[Cue] = []
    showing: list[tuple[Fraction, int]] = []  # ends as they were, and the frames that they became
    over: int | None = None  # the latest frame at which something ended that had ended before
    for cue in sorted(cues, key=lambda cue: (cue.start, cue.end)):
        while showing and showing[0][0] <= cue.start:
            ended = heapq.heappop(showing)[1]
            over = ended if over is None else max(over, ended)
        first = round(cue.start * rate) if over is None else max(round(cue.start * rate), over)
        last = max(round(cue.end * rate), first + 1)
        heapq.heappush(showing, (cue.end, last))
        moved.append(_fading(replace(cue, start=first / rate, end=last / rate), rate))
    return tuple(moved)


def numbered(cues: Iterable[Cue]) -> tuple[Cue, ...]:
    """The cues counted from 1."""
    return tuple(replace(cue, number=str(number)) for number, cue in enumerate(cues, 1))


def placeholder(
    length: Fraction,
    *,
    rate: Fraction = Fraction(24),
    first: bool = False,
    image: uuid.UUID | None = None,
) -> Cue:
    """The one cue of a reel that has no text where other reels have: it shows nothing.

    length: of the reel, seconds; rate: frames a second. As the public draft of RP 428-22 has it, it lasts 15
    frames from the first second, in the reel of the composition's first text (`first`) from the fourth, all
    with the documents' defaults; in a shorter reel it comes as late as it can. The draft's Text is empty.
    Checkers call that an error, so a blank stands there, as DCP-o-matic writes it. image: instead of text,
    for a track of pictures alone, a transparent one of 128 x 128 at most.
    """
    lasts = min(Fraction(SHORTEST) / rate, length)
    start = min(round((FIRST_TEXT if first else _STILL) * rate) / rate, length - lasts)
    shown = Line((Run(" "),), Place()) if image is None else Image(image, Place())
    return Cue(start, start + lasts, (shown,))


# --- how it is done -----


def _part(cue: Cue, start: Fraction, end: Fraction) -> Cue:
    if not start and cue.start >= 0 and cue.end <= end:  # as it is: a film has thousands
        return cue
    cut = max(Fraction(0), start - cue.start)
    moved = replace(cue, start=cue.start - start, end=cue.end - start)
    if cut:
        moved = replace(
            moved,
            start=Fraction(0),
            fade_up=Fraction(0),
            variable_z=tuple(VariableZ(each.id, _later(each.depths, cut)) for each in cue.variable_z),
        )
    if cue.end > end:
        moved = replace(moved, end=end - start, fade_down=Fraction(0))
    return moved if moved.end - moved.start == cue.end - cue.start else _short_fades(moved)


def _later(depths: Iterable[Depth], cut: Fraction) -> tuple[Depth, ...]:
    """What is left of depths behind the first `cut` seconds; the last one, where nothing is."""
    left = []
    last = None
    for depth in depths:
        last = depth
        if depth.lasts > cut:
            left.append(Depth(depth.z, depth.lasts - cut))
        cut = max(Fraction(0), cut - depth.lasts)
    return tuple(left) or ((last,) if last is not None else ())


def _fading(cue: Cue, rate: Fraction) -> Cue:
    """Its fades on whole frames."""

    def rounded(fade: Fraction | None) -> Fraction | None:
        return None if fade is None else round(fade * rate) / rate

    return _short_fades(replace(cue, fade_up=rounded(cue.fade_up), fade_down=rounded(cue.fade_down)))


def _short_fades(cue: Cue) -> Cue:
    """Fades that end within the cue: the second one gives way to the first."""
    lasts = cue.end - cue.start
    up = cue.fade_up if cue.fade_up is None else min(cue.fade_up, lasts)
    down = cue.fade_down if cue.fade_down is None else min(cue.fade_down, lasts - (up or 0))
    return cue if (up, down) == (cue.fade_up, cue.fade_down) else replace(cue, fade_up=up, fade_down=down)
