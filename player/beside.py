"""Text that is not drawn into the picture, as words beside it: captions, subtitles of another language."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.secrets.keys import Keyring

if TYPE_CHECKING:
    from dcp.text.values import Cue, Inline
    from player.plan import ReelPlan, Track

MOST_LINES = 20
"""Of one track in one frame."""

MOST_SIGNS = 500
"""Of one line."""


@dataclass(frozen=True)
class Line:
    """A line of a text: which kind of track it is of, in which language, its words."""

    kind: str
    language: str | None
    text: str


Beside = Callable[[int], tuple[Line, ...]]
"""The lines of a frame of the reel, which counts from 0."""


def nothing(frame: int) -> tuple[Line, ...]:
    """No lines."""
    return ()


def beside(track: Track, reel: ReelPlan) -> Beside:
    """The words of a text track on its reel's clock; none where it cannot be read, which others tell."""
    from dcp.text.editing import within
    from dcp.text.opening import open_text

    keyring = Keyring((track.key,)) if track.key is not None else None
    try:
        source = open_text(track.path, rate=reel.rate, keyring=keyring, lenient=True)
    except DcpError:
        return nothing
    first = track.entry_point / track.edit_rate
    cues = within(source.cues, first, first + reel.duration / reel.rate)
    return _lines(cues, track, reel)


# --- how it is done -----


def _lines(cues: Sequence[Cue], track: Track, reel: ReelPlan) -> Beside:
    ordered = sorted(cues, key=lambda cue: cue.start)
    starts = [cue.start for cue in ordered]
    ends = list(accumulate((cue.end for cue in ordered), max))  # of this cue and all before it
    words = [tuple(_words(cue, track)) for cue in ordered]

    def shown(frame: int) -> tuple[Line, ...]:
        at = frame / reel.rate
        found: list[tuple[Line, ...]] = []
        place = bisect_right(starts, at) - 1
        while place >= 0 and ends[place] > at and len(found) < MOST_LINES:
            if ordered[place].end > at:
                found.append(words[place])
            place -= 1
        return tuple(line for lines in reversed(found) for line in lines)[:MOST_LINES]

    return shown


def _words(cue: Cue, track: Track) -> Iterator[Line]:
    from dcp.text.values import Line as Set

    for part in cue.content[:MOST_LINES]:
        if isinstance(part, Set):
            said = "".join(map(_said, part.content)).strip()[:MOST_SIGNS]
            if said:
                yield Line(track.kind, track.language, said)


def _said(part: Inline) -> str:
    from dcp.text.values import Group, Ruby, Run, Turned

    if isinstance(part, Run):
        return part.text
    if isinstance(part, Ruby):
        return part.base.text
    return part.run.text if isinstance(part, Group | Turned) else " "
