from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import UsageError
from dcp.timecode import frame_of, range_of, timecode_of

RATE = Fraction(24)


@pytest.mark.parametrize(
    ("words", "frame"),
    [("0", 0), ("240", 240), ("00:00:10:00", 240), ("01:00:00:12", 86412), ("1:2:3", 89352), ("12.5s", 300),
     ("2 s", 48), ("00:00:00.500", 12), ("00:00:01;02", 26)],
)  # fmt: skip
def test_positions(words: str, frame: int) -> None:
    assert frame_of(words, RATE) == frame


@given(st.integers(0, 99 * 3600 * 24), st.sampled_from([24, 25, 30, 48, 50, 60, 120]))
def test_a_timecode_is_read_as_the_frame_that_it_was_written_for(frame: int, rate: int) -> None:
    assert frame_of(timecode_of(frame, Fraction(rate)), Fraction(rate)) == frame


@pytest.mark.parametrize(
    "words",
    ["", "x", "-1", "00:00:01.12", "1e5", "٣", "00:00:00:00:00", "1:2", "1.5", "00:00:00:0x", "9" * 12],
)
def test_what_is_no_position(words: str) -> None:
    with pytest.raises(UsageError) as caught:
        frame_of(words, RATE, where="--trim")
    assert (caught.value.id, caught.value.where) == ("timecode.form", "--trim")


def test_ranges() -> None:
    assert range_of("24-48", RATE) == (24, 48)
    assert range_of("-48", RATE) == (0, 48)
    assert range_of("00:00:01:00-", RATE) == (24, None)
    for words in ("24", "48-24", "24-24"):
        with pytest.raises(UsageError) as caught:
            range_of(words, RATE)
        assert caught.value.id == "timecode.range"


@pytest.mark.parametrize("words", ["00:60:00:00", "00:00:60:00", "00:00:00:24"])
def test_one_that_the_clock_does_not_show(words: str) -> None:
    with pytest.raises(UsageError) as caught:
        frame_of(words, RATE)
    assert caught.value.id == "timecode.none"


def test_frames_of_three_digits() -> None:
    assert frame_of("00:00:01:100", Fraction(120)) == 220
