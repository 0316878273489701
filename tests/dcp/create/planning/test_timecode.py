from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.create.planning.timecode import frames_of, range_of, timecode
from dcp.errors import UsageError

RATE = Fraction(24)


@pytest.mark.parametrize(
    ("words", "frame"),
    [("0", 0), ("240", 240), ("00:00:10:00", 240), ("01:00:00:12", 86412), ("1:2:3", 89352), ("12.5s", 300),
     ("2 s", 48), ("00:00:00.500", 12)],
)  # fmt: skip
def test_positions(words: str, frame: int) -> None:
    assert frames_of(words, RATE, flag="--trim") == frame


@given(st.integers(0, 99 * 3600 * 24), st.sampled_from([24, 25, 30, 48, 50, 60, 120]))
def test_a_timecode_is_read_as_the_frame_that_it_was_written_for(frame: int, rate: int) -> None:
    assert frames_of(timecode(frame, Fraction(rate)), Fraction(rate), flag="--trim") == frame


@pytest.mark.parametrize("words", ["", "x", "-1", "00:00:00:24", "00:61:00:00", "1e5", "٣", "00:00:00:00:00"])
def test_what_is_no_position(words: str) -> None:
    with pytest.raises(UsageError) as caught:
        frames_of(words, RATE, flag="--trim")
    assert caught.value.id == "job.no-position"


def test_ranges() -> None:
    assert range_of("24-48", RATE, flag="--trim") == (24, 48)
    assert range_of("-48", RATE, flag="--trim") == (0, 48)
    assert range_of("00:00:01:00-", RATE, flag="--trim") == (24, None)
    for words in ("24", "48-24", "24-24"):
        with pytest.raises(UsageError) as caught:
            range_of(words, RATE, flag="--trim")
        assert caught.value.id == "job.no-range"
