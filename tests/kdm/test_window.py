"""Windows as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import DcpError, UsageError
from dcp.xml.values import date_time
from kdm.window import place, read_time, read_window

NOW = datetime(2027, 5, 1, 12, 0, 0, 5, tzinfo=UTC)
SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


def texts(begin: str, end: str, zone: ZoneInfo | None = None) -> tuple[str, str]:
    first, last = place(read_window(begin, end, now=NOW), zone)
    return date_time(first), date_time(last)


@pytest.mark.parametrize(
    ("begin", "end", "zone", "expected"),
    [
        ("2027-05-01T09:00:00+08:00", "2027-05-08T09:00:00Z", None,
         ("2027-05-01T09:00:00+08:00", "2027-05-08T09:00:00+00:00")),
        ("2027-05-01 09:00", "2027-05-08 23:59:59", SHANGHAI,
         ("2027-05-01T09:00:00+08:00", "2027-05-08T23:59:59+08:00")),
        ("2027-05-01 09:00", "+14d", SHANGHAI, ("2027-05-01T09:00:00+08:00", "2027-05-15T09:00:00+08:00")),
        ("2027-05-01T09:00+02:00", "+2w", SHANGHAI,
         ("2027-05-01T09:00:00+02:00", "2027-05-15T09:00:00+02:00")),
        ("2027-05-01 09:00", "+36h", SHANGHAI, ("2027-05-01T09:00:00+08:00", "2027-05-02T21:00:00+08:00")),
        # over the change of 31 October 2027: the same hour of the clock, or so many hours
        ("2027-10-30 20:00", "+2d", BERLIN, ("2027-10-30T20:00:00+02:00", "2027-11-01T20:00:00+01:00")),
        ("2027-10-30 20:00", "+48h", BERLIN, ("2027-10-30T20:00:00+02:00", "2027-11-01T19:00:00+01:00")),
        ("2027-05-01 9:00", "20270508T7:30", SHANGHAI,
         ("2027-05-01T09:00:00+08:00", "2027-05-08T07:30:00+08:00")),
        ("now", "+7d", None, ("2027-05-01T12:00:00+00:00", "2027-05-08T12:00:00+00:00")),
        ("now", "2027-05-08 23:59:59", SHANGHAI, ("2027-05-01T20:00:00+08:00", "2027-05-08T23:59:59+08:00")),
    ],
)  # fmt: skip
def test_a_window_is_placed(begin: str, end: str, zone: ZoneInfo | None, expected: tuple[str, str]) -> None:
    assert texts(begin, end, zone) == expected


@pytest.mark.parametrize(
    ("begin", "end", "zone", "words"),
    [
        ("2027-05-01 09:00", "+14d", None, "--from: .* which time zone"),
        ("2027-05-01T09:00Z", "2027-05-08 09:00", None, "--until: .* which time zone"),
        ("2027-05-01", "+14d", SHANGHAI, "at which hour"),
        ("tomorrow", "+14d", SHANGHAI, "--from: 'tomorrow' is no time"),
        ("2027-05-01 9", "+14d", SHANGHAI, "--from: .* is no time"),
        ("now", "+14", SHANGHAI, "--until: .* is no time"),
        ("now", "+d", SHANGHAI, "is no time"),
        ("now", "+10000d", SHANGHAI, "is no time"),
        ("now", "+٣d", SHANGHAI, "is no time"),
        ("2027-03-28 02:30", "+1d", BERLIN, "does not exist .* go forward"),
        ("2027-03-27 02:30", "+1d", BERLIN, "--until: .* does not exist"),
        ("2027-10-31 02:30", "+1d", BERLIN, "comes twice"),
        ("9999-12-31 23:00", "+9999w", SHANGHAI, "out of the calendar"),
        ("0001-01-01 00:00", "+1d", SHANGHAI, "calendar|seconds|time"),
    ],
)
def test_what_is_no_window_is_refused(begin: str, end: str, zone: ZoneInfo | None, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        texts(begin, end, zone)


@pytest.mark.parametrize(
    ("begin", "end", "local"),
    [
        ("2027-05-01T09:00Z", "+1d", False),
        ("now", "+1d", False),
        ("now", "2027-05-08 09:00", True),
        ("2027-05-01 09:00", "2027-05-08T09:00Z", True),
    ],
)
def test_a_zone_decides_over_local_times_only(begin: str, end: str, local: bool) -> None:
    assert read_window(begin, end, now=NOW).is_local is local


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from([None, SHANGHAI, BERLIN]))
def test_any_text_is_a_window_or_refused(begin: str, end: str, zone: ZoneInfo | None) -> None:
    try:
        first, last = place(read_window(begin, end, now=NOW), zone)
    except DcpError:
        return
    assert first.tzinfo is not None and last.tzinfo is not None


@given(
    st.datetimes(),
    st.one_of(st.datetimes(), st.from_regex(re.compile(r"\+[0-9]{1,4}[hdw]", re.ASCII), fullmatch=True)),
    st.sampled_from([SHANGHAI, BERLIN, timezone(timedelta(hours=-12))]),
)
def test_any_time_of_the_calendar_is_placed_or_refused(
    begin: datetime, end: datetime | str, zone: ZoneInfo
) -> None:
    try:
        first, _ = place(
            read_window(begin.isoformat(), end if isinstance(end, str) else end.isoformat(), now=NOW), zone
        )
    except DcpError:
        return
    assert first.replace(tzinfo=None) == begin


@pytest.mark.parametrize(("flag", "hour"), [("--from", "00:00:00"), ("--until", "23:59:59")])
def test_a_day_without_an_hour_is_refused_with_the_hour_that_is_mostly_meant(flag: str, hour: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_time("2026-12-01", flag=flag)
    assert caught.value.remedy == f"write the hour, as in 2026-12-01T{hour}+08:00"
    assert caught.value.say_remedy("zh") == f"请写明时刻，例如 2026-12-01T{hour}+08:00"
