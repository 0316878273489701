"""Where a composition is cut into reels."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from dcp.create.job.values import Composition, PictureTrack, Reel
from dcp.create.planning.cutting import reel_lengths
from dcp.errors import UsageError

RATE = Fraction(24)
REEL = Reel(PictureTrack(source=Path("film.mov")))


def cut(
    *reels: int | tuple[int, tuple[int, ...]],
    at: tuple[str, ...] = (),
    minutes: Fraction | None = None,
) -> tuple[list[list[int]], list[str]]:
    """The lengths of each reel's parts, and the ids of what was decided."""
    job = Composition((REEL,) * len(reels), title="T", split_at=at, reel_length=minutes)
    given = [(reel, ()) if isinstance(reel, int) else reel for reel in reels]
    lengths, decisions = reel_lengths(job, given, RATE)
    return lengths, [each.id for each in decisions]


def test_without_a_wish_a_reel_stays_whole() -> None:
    assert cut(240, 48) == ([[240], [48]], [])


def test_places_are_counted_through_the_reels() -> None:
    assert cut(240, 240, at=("00:00:05:00", "360")) == (
        [[120, 120], [120, 120]], ["plan.cut-into-reels", "plan.cut-into-reels"],
    )  # fmt: skip


def test_a_place_where_a_reel_ends_already_cuts_nothing_and_says_nothing() -> None:
    assert cut(240, 240, at=("240",)) == ([[240], [240]], [])


def test_no_cut_makes_a_reel_of_less_than_a_second() -> None:
    assert cut(240, at=("23",)) == ([[240]], ["plan.cut-left-out"])
    assert cut(240, at=("217",)) == ([[240]], ["plan.cut-left-out"])
    assert cut(240, at=("24", "47")) == ([[24, 216]], ["plan.cut-left-out", "plan.cut-into-reels"])
    assert cut(240, at=("24", "216")) == ([[24, 192, 24]], ["plan.cut-into-reels"])


def test_by_length() -> None:
    assert cut(3000, minutes=Fraction(1))[0] == [[1440, 1440, 120]]
    assert cut(1440 + 12, minutes=Fraction(1)) == ([[1452]], ["plan.cut-left-out"])


def test_at_chapters_of_each_source() -> None:
    assert cut((240, (100,)), (240, (50,)), at=("chapters",))[0] == [[100, 140], [50, 190]]
    with pytest.raises(UsageError) as caught:
        cut(240, at=("chapters",))
    assert caught.value.id == "create.no-chapters"


@pytest.mark.parametrize("place", ["0", "240", "00:00:10:00", "99999"])
def test_places_outside(place: str) -> None:
    with pytest.raises(UsageError) as caught:
        cut(240, at=(place,))
    assert caught.value.id == "create.split-outside"
    assert "00:00:09:23" in caught.value.what
