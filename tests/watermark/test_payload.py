from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import UsageError
from watermark.payload import LOCATIONS, TIME_STEPS, Payload, time_index_of, time_of


def test_the_numbering_counts_quarter_hours_from_new_year() -> None:
    assert time_index_of(datetime(2026, 1, 1, tzinfo=UTC)) == 0
    assert time_index_of(datetime(2026, 11, 23, 6, 37, tzinfo=UTC)) == 31322
    assert time_index_of(datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC)) == TIME_STEPS - 1


def test_an_instant_elsewhere_counts_in_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert time_index_of(datetime(2027, 1, 1, 8, 59, tzinfo=tokyo)) == 365 * 96 - 1
    assert time_index_of(datetime(2027, 1, 1, 9, 0, tzinfo=tokyo)) == 0


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(UsageError, match="without an offset"):
        time_index_of(datetime(2026, 1, 1))


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_a_step_contains_the_instant_it_was_made_from(instant: datetime) -> None:
    begin = time_of(time_index_of(instant), instant.year)
    assert begin <= instant < begin + timedelta(minutes=15)


@pytest.mark.parametrize(("index", "year"), [(-1, 2026), (365 * 96, 2026), (366 * 96, 2024)])
def test_a_step_outside_of_the_year_is_refused(index: int, year: int) -> None:
    with pytest.raises(UsageError, match="no 15-minute step"):
        time_of(index, year)


@pytest.mark.parametrize(("location", "time_index"), [(-1, 0), (LOCATIONS, 0), (0, -1), (0, TIME_STEPS)])
def test_a_payload_outside_of_its_bits_is_refused(location: int, time_index: int) -> None:
    with pytest.raises(UsageError, match="is not within"):
        Payload(location=location, time_index=time_index)
