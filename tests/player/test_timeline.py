"""Frames of a composition: their reels, units and markers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest

from dcp.documents.cpl import Marker, Reel, ReelAsset
from dcp.errors import UsageError
from dcp.package.package import open_package
from player.plan import plan_show
from player.timeline import Mark, Timeline, timeline_of

Make = Callable[..., Any]


def with_markers(made: Any, *lists: list[tuple[str, int]], rate: Fraction = Fraction(24)) -> None:
    """A MainMarkers asset for each reel."""
    reels: list[Reel] = []
    for reel, marks in zip(made.cpl.reels, lists, strict=True):
        asset = ReelAsset(
            kind="MainMarkers",
            id=uuid4(),
            edit_rate=rate,
            intrinsic_duration=1000,
            marker_list=tuple(Marker(label, offset) for label, offset in marks),
        )
        reels.append(replace(reel, assets=(asset, *reel.assets)))
    made.cpl = replace(made.cpl, reels=tuple(reels))
    made.write()


def timeline(made: Any, **options: Any) -> Timeline:
    package = open_package(made.root)
    cpl = package.composition(None)
    return timeline_of(plan_show(package, cpl, keyring=made.keyring, **options), cpl)


def test_a_frame_is_in_one_reel_and_plays_one_unit_of_each_track(make: Make) -> None:
    line = timeline(make(lengths=(6, 4), entry=3, sound_rate=Fraction(24)))
    assert [line.reel_at(frame).number for frame in range(10)] == [1] * 6 + [2] * 4
    picture, sound = line.reels[1].tracks
    assert [line.unit_of(picture, frame) for frame in (6, 7, 9)] == [3, 4, 6]
    assert line.unit_of(sound, 9) == 6
    for frame in (-1, 10):
        with pytest.raises(UsageError, match="0 to 9"):
            line.reel_at(frame)


def test_a_track_at_another_rate_has_its_own_units(make: Make) -> None:
    line = timeline(make(lengths=(6, 4)))
    track = replace(line.reels[1].tracks[1], edit_rate=Fraction(48), entry_point=2)
    assert [line.unit_of(track, frame) for frame in (6, 7, 9)] == [2, 4, 8]


@pytest.mark.parametrize(
    ("said", "frame"),
    [
        ("7", 7),
        ("00:00:00:08", 8),
        ("0.25s", 6),
        ("FFOC", 1),
        ("lfoc", 9),
        (" FFEC ", 6),
    ],
)
def test_a_frame_by_its_number_time_or_marker(make: Make, said: str, frame: int) -> None:
    made = make(lengths=(6, 4))
    with_markers(made, [("FFOC", 1)], [("LFOC", 3), ("FFEC", 0), ("LFMC", 4)])
    line = timeline(made)
    assert line.markers == (Mark("FFOC", 1), Mark("FFEC", 6), Mark("LFOC", 9))
    assert line.frame_of(said) == frame


@pytest.mark.parametrize(
    ("said", "match"),
    [
        ("FFTC", "it has: FFOC"),
        ("10", "0 to 9"),
        ("00:00:01:00", "0 to 9"),
        ("00:00:00:24", "timecode|frame"),
        ("", "FFOC"),
        ("1/2", "timecode|frame|not"),
    ],
)
def test_what_is_no_frame_names_what_there_is(make: Make, said: str, match: str) -> None:
    made = make(lengths=(6, 4))
    with_markers(made, [("FFOC", 1)], [])
    with pytest.raises(UsageError, match=match):
        timeline(made).frame_of(said)


def test_of_a_part_only_its_frames_count(make: Make) -> None:
    line = timeline(make(lengths=(6, 4)), frames=(5, 7))
    assert (line.frames, line.frame_of("7")) == (3, 7)
    with pytest.raises(UsageError, match="5 to 7"):
        line.frame_of("4")


def test_markers_count_at_their_own_rate(make: Make) -> None:
    made = make(lengths=(6,))
    with_markers(made, [("FFOC", 4)], rate=Fraction(48))
    assert timeline(made).markers == (Mark("FFOC", 2),)
