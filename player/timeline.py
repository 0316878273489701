"""The composition as frames: which reel a frame is in, which unit of a track it plays, where its markers are.

Frames count from 0 over the whole composition. Pure values: nothing is opened here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction

from dcp.dataclass import dataclass
from dcp.documents.cpl import MARKER_KIND, CompositionPlaylist
from dcp.errors import UsageError
from dcp.texts.catalogue import text
from dcp.timecode import frame_of
from player.plan import ReelPlan, ShowPlan, Track

MOST_NAMED = 20
"""Markers that an error names."""


@dataclass(frozen=True)
class Mark:
    """A marker of the playlist. frame: of the composition."""

    label: str
    frame: int


@dataclass(frozen=True)
class Timeline:
    """Frames of a plan. first, last: those that are asked for, both included. markers: by frame."""

    rate: Fraction
    first: int
    last: int
    reels: tuple[ReelPlan, ...]
    markers: tuple[Mark, ...] = ()

    @property
    def frames(self) -> int:
        """How many frames are asked for."""
        return self.last - self.first + 1

    @property
    def labels(self) -> dict[str, int]:
        """The frames of the markers inside what is played; of several with a label the first."""
        inside = [mark for mark in reversed(self.markers) if self.first <= mark.frame <= self.last]
        return {mark.label: mark.frame for mark in inside}

    def reel_at(self, frame: int) -> ReelPlan:
        """The reel that a frame is in. UsageError for a frame that no reel has."""
        place = bisect_right(self.reels, frame, key=lambda reel: reel.first) - 1
        # of reels without a frame the next one begins where they do: the last of them holds it
        if place < 0 or frame >= self.reels[place].first + self.reels[place].duration:
            end = self.reels[-1].first + self.reels[-1].duration - 1 if self.reels else -1
            raise UsageError("play.no-such-frame", value=str(frame), first=0, last=end)
        return self.reels[place]

    def unit_of(self, track: Track, frame: int) -> int:
        """The edit unit of the track's file that plays in a frame of its reel, at the track's own rate."""
        reel = self.reel_at(frame)
        inside = frame - reel.first
        if track.edit_rate != reel.rate:
            inside = int(inside / reel.rate * track.edit_rate)
        return track.entry_point + inside

    def frame_of(self, said: str, *, where: str | None = None) -> int:
        """The frame that is meant by a number, a time or timecode from the start of the composition, or by
        the label of a marker, the first one with it.

        UsageError, with `where` (the flag), for what is none of these or not among the frames asked for, and
        for a time where the reels differ in their rate.
        """
        said = said.strip()
        if said[:1].isdigit():
            if not said.isdecimal() and len({reel.rate for reel in self.reels}) > 1:
                raise UsageError("play.no-time-at-several-rates", where=where, value=said[:40])
            frame = frame_of(said, self.rate, where=where)
        else:
            frame = self.marker(said, where=where)
        if not self.first <= frame <= self.last:
            raise UsageError(
                "play.no-such-frame", where=where, value=said[:40], first=self.first, last=self.last
            )
        return frame

    def marker(self, label: str, *, where: str | None = None) -> int:
        """The frame of the first marker with this label. UsageError names the labels there are."""
        found = [mark.frame for mark in self.markers if mark.label.lower() == label.lower()]
        if not found:
            labels = list(dict.fromkeys(mark.label for mark in self.markers))
            known = ", ".join(labels[:MOST_NAMED]) or text("word.none")
            raise UsageError("play.no-such-marker", where=where, label=label[:40], known=known)
        return found[0]


def timeline_of(plan: ShowPlan, cpl: CompositionPlaylist | None = None) -> Timeline:
    """The timeline of a plan. cpl: the playlist, for its markers."""
    markers = tuple(_markers(plan.reels, cpl)) if cpl is not None else ()
    return Timeline(plan.rate, plan.first, plan.last, plan.reels, markers)


def _markers(reels: Sequence[ReelPlan], cpl: CompositionPlaylist) -> list[Mark]:
    """Every marker inside its reel, in the order of the frames."""
    marks = []
    for planned, reel in zip(reels, cpl.reels, strict=True):
        for asset in reel.assets:
            if asset.kind != MARKER_KIND or not asset.edit_rate:
                continue
            for marker in asset.marker_list:
                inside = int((marker.offset - asset.entry_point) / asset.edit_rate * planned.rate)
                if 0 <= inside < planned.duration:
                    marks.append(Mark(marker.label, planned.first + inside))
    return sorted(marks, key=lambda mark: mark.frame)
