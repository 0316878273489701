"""Index tables: segments of at most 5000 entries, sizes known beforehand, the way back after damage."""

from __future__ import annotations

import struct
from array import array
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import TrackFileError
from dcp.mxf.index import IndexTable, index_segments, index_size, read_index
from dcp.mxf.metadata import assign_tags, write_set
from dcp.mxf.sets import IndexTableSegment

SEED = UUID(int=5)
RATE = Fraction(24)


def _segments(
    offsets: list[int], *, unit_size: int = 0, duration: int | None = None
) -> list[IndexTableSegment]:
    return list(
        index_segments(
            seed=SEED,
            edit_rate=RATE,
            offsets=array("Q", offsets),
            unit_size=unit_size,
            duration=len(offsets) if duration is None else duration,
        )
    )


@pytest.mark.parametrize("count", [1, 4999, 5000, 5001, 12345])
def test_segments_have_the_size_that_was_reckoned_and_are_read_back(count: int) -> None:
    offsets = [number * 1000 for number in range(count)]
    segments = _segments(offsets)
    assert len(segments) == -(-count // 5000)
    assert [each.index_start_position for each in segments] == list(range(0, count, 5000))
    written = b"".join(write_set(each, assign_tags([each])) for each in segments)
    assert len(written) == index_size(duration=count, constant=False)
    table = read_index(reversed(segments))
    assert table is not None
    assert list(table.offsets) == offsets
    assert table.edit_rate == RATE


def test_entries_carry_the_random_access_flag() -> None:
    entries = _segments([0, 77])[0].index_entry_array
    assert entries is not None
    assert entries.hex() == "000000020000000b" + "000080" + "0" * 16 + "000080" + "000000000000004d"


def test_constant_units_need_no_entries() -> None:
    (segment,) = _segments([], unit_size=36020, duration=12)
    assert len(write_set(segment, assign_tags([segment]))) == index_size(duration=12, constant=True)
    table = read_index([segment])
    assert table is not None
    assert table.offset(3) == 3 * 36020
    assert table.offset(12) is None
    assert table.next_after(36020) == (2, 72040)
    assert table.next_after(11 * 36020 + 5) is None


def test_a_constant_table_of_duration_0_is_unbounded() -> None:
    table = IndexTable(100, (), 0)
    assert table.offset(10**6) == 10**8


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=50), st.integers(0, 10**7))
def test_the_next_unit_after_a_place_is_found(sizes: list[int], place: int) -> None:
    offsets = [sum(sizes[:number]) for number in range(len(sizes))]
    table = IndexTable(0, array("Q", offsets), len(offsets))
    later = [(number, offset) for number, offset in enumerate(offsets) if offset > place]
    assert table.next_after(place) == (later[0] if later else None)


def test_no_segments_make_no_table() -> None:
    assert read_index([]) is None
    assert read_index([IndexTableSegment(instance_uid=SEED)]) is None


def test_a_gap_between_segments_is_refused() -> None:
    segments = _segments(list(range(0, 6000 * 10, 10)))
    with pytest.raises(TrackFileError, match="lacks the entries 0 to 4999"):
        read_index(segments[1:])


def test_offsets_that_do_not_ascend_are_refused() -> None:
    with pytest.raises(TrackFileError, match="ascend"):
        read_index(_segments([0, 50, 20]))


@pytest.mark.parametrize(
    "array_bytes", [b"\0", struct.pack(">II", 2, 11) + bytes(11), struct.pack(">II", 1, 5) + bytes(5)]
)
def test_a_broken_entry_list_is_refused(array_bytes: bytes) -> None:
    segment = IndexTableSegment(instance_uid=SEED, index_entry_array=array_bytes)
    with pytest.raises(TrackFileError, match="index segment"):
        read_index([segment])


def test_entries_with_slice_offsets_behind_them_are_read() -> None:
    entry = struct.pack(">bbBQI", 0, 0, 0, 4096, 7)
    segment = IndexTableSegment(instance_uid=SEED, index_entry_array=struct.pack(">II", 1, 15) + entry)
    table = read_index([segment])
    assert table is not None
    assert list(table.offsets) == [4096]
