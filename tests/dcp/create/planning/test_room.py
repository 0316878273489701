"""Bits a second, decided, said, and counted afterwards."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.create.planning.histogram import frame_sizes
from dcp.create.planning.room import plan_limits
from dcp.errors import UsageError
from dcp.picture.limits import encrypted_size, frame_limits

RATE = Fraction(24)


def test_the_default_is_225_and_says_why() -> None:
    plan = plan_limits(None, RATE)
    assert (plan.mbps, plan.limits) == (225, frame_limits(RATE, mbps=225))
    assert "1,171,875 bytes" in plan.decisions[0].say() and "230" in plan.decisions[0].say()


def test_what_was_asked_for_is_taken_with_room_for_encryption() -> None:
    plan = plan_limits(250, RATE, encrypted=True)
    assert encrypted_size(plan.limits.total) <= 1_302_083 < encrypted_size(plan.limits.total) + 16
    assert [one.id for one in plan.decisions] == ["plan.limit-told", "plan.limit-encrypted"]
    assert str(1_302_083 - plan.limits.total) in plan.decisions[1].say()
    with pytest.raises(UsageError, match="300 Mbit/s are not for 24 frames"):
        plan_limits(300, RATE)
    assert plan_limits(300, Fraction(120)).mbps == plan_limits(300, RATE, hdr=True).mbps == 300


@given(st.lists(st.integers(1, 1_302_083), min_size=1, max_size=60), st.sampled_from([24, 25, 60]))
def test_the_histogram_counts_every_frame_once(sizes: list[int], rate: int) -> None:
    found = frame_sizes(sizes, Fraction(rate))
    assert sum(found.bins) == found.count == len(sizes)
    assert found.largest == max(sizes) == sizes[found.largest_at]
    assert found.mean_mbps == pytest.approx(sum(sizes) * 8 * rate / len(sizes) / 1e6)
    assert found.bins[-1] > 0
    low, high = 25e6 / 8 / rate * (len(found.bins) - 1), 25e6 / 8 / rate * len(found.bins)
    assert low <= max(sizes) < high
    assert len(found.lines()) == len(found.bins) + 1


def test_a_pair_of_stereo_counts_once() -> None:
    found = frame_sizes([100_000, 200_000, 300_000, 400_000], RATE, stereo=True)
    assert (found.count, found.largest, found.largest_at) == (2, 700_000, 1)
    assert found.bins == (0, 0, 1, 0, 0, 1)
    english = [line.say() for line in found.lines()]
    assert english[0] == (
        "2 frames: 96.0 Mbit/s on average; the largest is frame 1 with 700,000 bytes, 134.4 Mbit/s"
    )
    assert english[3].endswith("#" * 40)


def test_no_frames() -> None:
    with pytest.raises(ValueError, match="no frames"):
        frame_sizes([], RATE)
