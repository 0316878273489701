"""Which show it was: the shows of players' journals held against what the mark says.

A journal is checked before it is handed in here; a show whose lines had a fault carries it, and is named as
what it is: not to be relied on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Text, text
from watermark.evidence.when import same_step
from watermark.payload import Payload

MAX_SHOWS = 50
"""So many shows are named."""


@dataclass(frozen=True)
class Show:
    """One show as its journal has it.

    lines: first and last in the journal's file. mark: location and step, None where no picture was marked.
    runs: frames of the composition that were shown without a break, first and last. kdms: ids of the messages
    whose keys were accepted. faults: what is wrong with its lines.
    """

    journal: str
    lines: tuple[int, int]
    cpl_id: str | None
    begin: datetime
    end: datetime
    mark: tuple[int, int] | None
    runs: tuple[tuple[int, int], ...]
    kdms: tuple[str, ...]
    complete: bool
    faults: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Fit:
    """A show held against the mark: what agrees, what does not."""

    show: Show
    agrees: tuple[Text, ...]
    against: tuple[Text, ...]

    @property
    def fits(self) -> bool:
        return not self.against


@dataclass(frozen=True)
class Shows:
    """What journals say of the mark. fits: the shows with this mark, those that fit first. said: what else
    they say: that there is no such show, or that what there is speaks against it."""

    fits: tuple[Fit, ...]
    said: tuple[Text, ...]

    @property
    def named(self) -> Show | None:
        """The show, when one fits and no other."""
        fitting = [each.show for each in self.fits if each.fits]
        return fitting[0] if len(fitting) == 1 else None

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "shows": [
                {
                    "journal": each.show.journal,
                    "lines": list(each.show.lines),
                    "cpl_id": each.show.cpl_id,
                    "begin_utc": each.show.begin.isoformat(),
                    "end_utc": each.show.end.isoformat(),
                    "runs": [list(run) for run in each.show.runs],
                    "kdms": list(each.show.kdms),
                    "complete": each.show.complete,
                    "fits": each.fits,
                    "agrees": [str(one) for one in each.agrees],
                    "against": [str(one) for one in each.against],
                }
                for each in self.fits
            ],
            "said": [str(each) for each in self.said],
        }


def shows_with(
    shows: Sequence[Show], payload: Payload, *, cpl_id: str | None, excerpt: tuple[int, int] | None
) -> Shows:
    """The shows that made this mark. cpl_id: of the film that was searched, None when it is not known.
    excerpt: first and last frame of the composition that the recording shows."""
    mark = payload.location, payload.time_index
    marked = [each for each in shows if each.mark == mark]
    fits = sorted((_held(each, payload, cpl_id, excerpt) for each in marked), key=lambda fit: not fit.fits)
    said: list[Text] = []
    if len(fits) > MAX_SHOWS:
        said.append(text("evidence.shows-more", n=len(fits) - MAX_SHOWS))
    if not marked:
        said.append(text("evidence.no-show", n=len(shows)))
        said += [
            text("evidence.show-unmarked", time=each.begin, journal=each.journal, line=each.lines[0])
            for each in shows
            if each.mark is None and each.cpl_id == cpl_id and same_step(payload.time_index, each.begin)
        ][:MAX_SHOWS]
    return Shows(tuple(fits[:MAX_SHOWS]), tuple(said))


def _held(show: Show, payload: Payload, cpl_id: str | None, excerpt: tuple[int, int] | None) -> Fit:
    agrees = [text("evidence.show-mark", location=payload.location, index=payload.time_index)]
    against = list(show.faults)
    if same_step(payload.time_index, show.begin):
        agrees.append(text("evidence.show-time", time=show.begin))
    else:
        against.append(text("evidence.show-other-time", time=show.begin, index=payload.time_index))
    if cpl_id is not None:
        same = show.cpl_id == cpl_id
        (agrees if same else against).append(
            text("evidence.show-film" if same else "evidence.show-other-film", cpl=show.cpl_id or "-")
        )
    if excerpt is not None:
        first, last = excerpt
        covered = _covered(show.runs, first, last)
        (agrees if covered else against).append(
            text("evidence.show-frames" if covered else "evidence.show-other-frames", first=first, last=last)
        )
    return Fit(show, tuple(agrees), tuple(against))


def _covered(runs: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    """Whether every frame from first to last was shown, in whatever order."""
    at = first
    for begin, end in sorted(runs):
        if begin <= at <= end:
            at = end + 1
    return at > last
