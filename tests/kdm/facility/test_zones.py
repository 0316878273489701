"""Time zones as lists write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import UsageError
from kdm.facility.zones import zone_name, zone_of


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Asia/Shanghai", "Asia/Shanghai"),
        (" asia/shanghai ", "Asia/Shanghai"),
        ("America/New York", "America/New_York"),
        ("+08:00", "+08:00"),
        ("+8", "+08:00"),
        ("+0800", "+08:00"),
        ("-03:30", "-03:30"),
        ("−5", "-05:00"),
        ("-05:00:00", "-05:00"),
        ("UTC+8", "+08:00"),
        ("GMT -3:30", "-03:30"),
        ("gmt+0545", "+05:45"),
        ("PT8H", "+08:00"),
        ("-PT5H30M", "-05:30"),
        ("PT330M", "+05:30"),
        ("+14:00", "+14:00"),
        ("Z", "UTC"),
        ("gmt", "UTC"),
    ],
)
def test_every_form_met_is_known(text: str, name: str) -> None:
    assert zone_name(text) == name
    assert zone_name(name) == name


@pytest.mark.parametrize(
    "text",
    ["", "Mars/Olympus", "China Standard Time", "+25:00", "+14:01", "8", "+08:60", "PT", "P1D", "../UTC",
     "/etc/passwd", "Asia", "x" * 5000, "Asia/Shanghai\x00", "+08:00 Asia/Shanghai"],
)  # fmt: skip
def test_what_is_none_is_said_to_be_none(text: str) -> None:
    with pytest.raises(UsageError, match="is no time zone"):
        zone_of(text)


def test_a_zone_knows_summer_and_an_offset_does_not() -> None:
    summer, winter = datetime(2027, 7, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    berlin, fixed = zone_of("Europe/Berlin"), zone_of("UTC+1")
    assert [each.astimezone(berlin).utcoffset() for each in (summer, winter)] == [
        timedelta(hours=2),
        timedelta(hours=1),
    ]
    assert {each.astimezone(fixed).utcoffset() for each in (summer, winter)} == {timedelta(hours=1)}


@given(st.text(max_size=40))
def test_any_text_is_a_zone_or_refused(text: str) -> None:
    try:
        name = zone_name(text)
    except UsageError:
        return
    assert zone_name(name) == name and zone_of(name) is not None


@given(st.integers(-14 * 60, 14 * 60))
def test_every_offset_of_the_earth_is_one(minutes: int) -> None:
    sign = "-" if minutes < 0 else "+"
    zone = zone_of(f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}")
    assert datetime(2027, 1, 1, tzinfo=zone).utcoffset() == timedelta(minutes=minutes)
