"""Text that is burnt into a picture, as plain values: which cues, how much of each, in which frame."""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from dcp.dataclass import dataclass
from dcp.text.values import Cue

if TYPE_CHECKING:  # a plan has these values, and draws nothing
    from numpy.typing import NDArray

    from dcp.text.fonts import Fonts
    from dcp.text.layout.overlay import Eye


@dataclass(frozen=True)
class BurntText:
    """A text for a whole track. cues: on the track's clock, seconds, from its first frame. images: PNG files
    by the resource that an `Image` names. language: RFC 5646."""

    cues: tuple[Cue, ...]
    fonts: Fonts
    images: tuple[tuple[uuid.UUID, bytes], ...] = ()
    language: str | None = None


@dataclass(frozen=True)
class BurntCue:
    """A cue in one frame. alpha: how much of it is seen. eye: None where both see the same."""

    cue: Cue
    fonts: Fonts
    images: tuple[tuple[uuid.UUID, bytes], ...] = ()
    alpha: float = 1.0
    eye: Eye | None = None


def shown_in(text: BurntText, rate: Fraction) -> Callable[[int], tuple[BurntCue, ...]]:
    """Tells the cues of a frame of the track, by its number; the same objects for frames that show the same.

    rate: frames a second.
    """
    from dcp.text.layout.overlay import opacity

    cues = sorted(text.cues, key=lambda cue: cue.start)
    starts = [cue.start for cue in cues]
    ends = list(accumulate((cue.end for cue in cues), max))  # of this cue and all before it
    frame = 1 / rate
    kept: dict[tuple[int, float], BurntCue] = {}

    def shown(number: int) -> tuple[BurntCue, ...]:
        at = number * frame
        found = []
        place = bisect_right(starts, at) - 1
        while place >= 0 and ends[place] > at:
            alpha = opacity(cues[place], at, frame=frame)
            if alpha > 0:
                found.append((place, alpha))
            place -= 1
        current = {
            key: kept.get(key) or BurntCue(_timeless(cues[key[0]]), text.fonts, text.images, key[1])
            for key in reversed(found)
        }
        kept.clear()
        kept.update(current)
        return tuple(current.values())

    return shown


def burn_cues(planes: Sequence[NDArray[Any]], cues: Sequence[BurntCue], *, hdr: bool = False) -> None:
    """All cues of a frame over three planes of 12-bit codes, in their order."""
    from dcp.text.layout.burning import burn
    from dcp.text.layout.overlay import laid_out

    height, width = planes[0].shape
    for each in cues:
        overlay = laid_out(each.cue, (width, height), fonts=each.fonts, images=each.images)
        burn(planes, overlay, each.alpha, eye=each.eye, hdr=hdr)


def for_eye(cues: Sequence[BurntCue], eye: Eye) -> tuple[BurntCue, ...]:
    """The cues as one eye sees them, of those that stand before or behind the screen."""
    return tuple(
        replace(each, eye=eye) if any(part.place.z for part in each.cue.content) else each for each in cues
    )


def _timeless(cue: Cue) -> Cue:
    """What is seen of it alone: equal for two cues that say the same."""
    return Cue(Fraction(0), Fraction(0), cue.content)
