"""Where a composition is cut into reels: by length, at places, at chapters."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from dcp.create.job.flags import MAX_REELS
from dcp.create.job.values import Composition
from dcp.errors import UsageError
from dcp.texts.catalogue import Text, text
from dcp.timecode import frame_of, timecode_of

CHAPTERS = "chapters"


def reel_lengths(
    composition: Composition, reels: Sequence[tuple[int, tuple[int, ...]]], rate: Fraction
) -> tuple[list[list[int]], list[Text]]:
    """For each reel, in frames, the lengths of those that it is cut into, and what was decided.

    reels: frames of each, and where chapters begin in it. No reel is shorter than a second (DCSS 5.3.1.3)
    unless it was before: a cut that would make one is left out, and said. UsageError for a place outside the
    composition.
    """
    total = sum(frames for frames, _ in reels)
    wanted, decisions = _places(composition, reels, rate, total), []
    lengths = []
    start = 0
    for frames, _ in reels:
        cuts = [at - start for at in sorted(wanted) if start < at < start + frames]
        if composition.reel_length is not None:
            step = max(1, round(composition.reel_length * 60 * rate))
            _bounded(-(-frames // step))
            cuts = sorted({*cuts, *range(step, frames, step)})
        kept, last = [], 0
        for at in cuts:
            if at - last < rate or frames - at < rate:
                place = timecode_of(start + at, rate)
                decisions.append(text("plan.cut-left-out", place=place))
            else:
                kept.append(at)
                last = at
        ends = [*kept, frames]
        pieces = [end - begin for begin, end in zip([0, *kept], ends, strict=True)]
        if kept:
            places = [timecode_of(start + at, rate) for at in kept]
            decisions.append(text("plan.cut-into-reels", n=len(pieces), places=places[:20]))
        lengths.append(pieces)
        start += frames
    _bounded(sum(map(len, lengths)))
    return lengths, decisions


def _bounded(reels: int) -> None:
    if reels > MAX_REELS:
        raise UsageError("create.too-many-reels", where="--reel-length, --split-at", n=reels, most=MAX_REELS)


def _places(
    composition: Composition, reels: Sequence[tuple[int, tuple[int, ...]]], rate: Fraction, total: int
) -> set[int]:
    found = set[int]()
    for word in composition.split_at:
        if word == CHAPTERS:
            start = 0
            chapters = set[int]()
            for frames, begins in reels:
                chapters |= {start + at for at in begins}
                start += frames
            if not chapters:
                raise UsageError("create.no-chapters", where="--split-at")
            found |= chapters
            continue
        at = frame_of(word, rate, where="--split-at")
        if not 0 < at < total:
            raise UsageError(
                "create.split-outside", where="--split-at", place=word, last=timecode_of(total - 1, rate)
            )
        found.add(at)
    return found
