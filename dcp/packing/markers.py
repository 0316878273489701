"""Markers of a composition (ST 429-7): where they lie, in which reel, at which offset.

Without a word, the first and the last frame of content: frame 1 and the last frame, as RDD 52 has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from dcp.documents.cpl import MARKER_LABELS as LABELS
from dcp.documents.cpl import Marker
from dcp.errors import UsageError
from dcp.timecode import frame_of, timecode_of

_OUTSIDE = ("FFOB", "LFOB")  # a ratings band stands before the content


def read_markers(
    said: Iterable[tuple[str, str]], rate: Fraction, *, where: str | None = None
) -> tuple[tuple[str, int], ...]:
    """Labels and their frames, of labels and timecodes or frames as people write them.

    UsageError for a label that ST 429-7 does not have, one told twice, and for what is no timecode.
    """
    found: dict[str, int] = {}
    for label, place in said:
        label = label.strip().upper()
        if label not in LABELS:
            from difflib import get_close_matches

            near = get_close_matches(label, LABELS, 3, 0.7)
            if near:
                raise UsageError(
                    "marker.unknown-near", where=where, label=label[:40], near=near, known=LABELS
                )
            raise UsageError("marker.unknown", where=where, label=label[:40], known=LABELS)
        if label in found:
            raise UsageError("marker.twice", where=where, label=label)
        found[label] = frame_of(place, rate, where=where)
    return tuple(found.items())


def markers_of(told: Sequence[tuple[str, int]], lengths: Sequence[int]) -> dict[str, int]:
    """All markers by label: those told, and FFOC and LFOC. lengths: edit units of each reel."""
    total = sum(lengths)
    return {"FFOC": min(1, total - 1), "LFOC": total - 1, **dict(told)}


def check_markers(
    markers: Mapping[str, int], total: int, rate: Fraction, *, where: str | None = None
) -> None:
    """UsageError for a marker behind the end, and for two of them in the wrong order.

    total: edit units of the composition.
    """
    for label, frame in markers.items():
        if not 0 <= frame < total:
            last = timecode_of(total - 1, rate)
            raise UsageError("marker.beyond", where=where, label=label, frame=frame, last=last, n=total)
    for first, last in _ordered(markers):
        if markers[first] > markers[last]:
            raise UsageError("marker.order", where=where, first=first, last=last)


def by_reel(markers: Mapping[str, int], lengths: Sequence[int]) -> tuple[tuple[Marker, ...], ...]:
    """The markers of each reel, by their place in it."""
    reels: list[tuple[Marker, ...]] = []
    start = 0
    for length in lengths:
        inside = sorted(
            (frame - start, label) for label, frame in markers.items() if start <= frame < start + length
        )
        reels.append(tuple(Marker(label, offset) for offset, label in inside))
        start += length
    return tuple(reels)


def _ordered(markers: Mapping[str, int]) -> list[tuple[str, str]]:
    """Pairs of labels that are there, the first of which must not lie behind the second."""
    pairs = [(label, "L" + label[1:]) for label in LABELS if label.startswith("F")]
    for label in LABELS:
        if label not in _OUTSIDE:
            pairs += [("FFOC", label), (label, "LFOC")]
    for label in ("FFMC", "LFMC"):
        pairs += [("FFEC", label), (label, "LFEC")]
    return [(first, last) for first, last in pairs if first in markers and last in markers]
