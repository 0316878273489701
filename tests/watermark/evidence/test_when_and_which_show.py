"""When, and which show: what is known is said, what is open stays open, what contradicts is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dcp.texts.catalogue import text
from watermark.evidence.shows import Show, shows_with
from watermark.evidence.when import Bound, time_known, year_bound
from watermark.evidence.where import Screen, screens_at
from watermark.payload import Payload, time_index_of

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
SHOWN = datetime(2026, 11, 27, 19, 40, tzinfo=UTC)
INDEX = time_index_of(SHOWN)
PAYLOAD = Payload(4711, INDEX)
CPL = "11111111-2222-3333-4444-555555555555"


def show(**more: object) -> Show:
    values: dict[str, object] = {
        "journal": "screen3.log",
        "lines": (10, 40),
        "cpl_id": CPL,
        "begin": SHOWN,
        "end": SHOWN + timedelta(hours=2),
        "mark": (4711, INDEX),
        "runs": ((0, 99_999), (100_000, 150_000)),
        "kdms": ("urn",),
        "complete": True,
    }
    return Show(**(values | more))  # type: ignore[arg-type]


def test_without_any_ground_years_stay_open_and_it_is_said() -> None:
    known = time_known(INDEX, (), now=NOW)
    assert [each.begin.year for each in known.quarters if each.possible] == [2026, 2025, 2024, 2023, 2022]
    assert known.open_below and known.fixed is None
    assert known.latest is not None and known.latest.begin == SHOWN.replace(minute=30)


def test_the_future_is_no_answer() -> None:
    later = time_index_of(NOW + timedelta(days=1))
    known = time_known(later, (), now=NOW)
    assert not known.quarters[0].possible and known.latest is not None
    assert known.latest.begin.year == 2025


def test_a_film_that_was_issued_this_year_fixes_it() -> None:
    film = Bound(text("evidence.bound-film", time=NOW), begin=datetime(2026, 3, 1, tzinfo=UTC))
    known = time_known(INDEX, (film,), now=NOW)
    assert known.fixed is not None and known.fixed.begin.year == 2026
    old = Bound(film.why, begin=datetime(2024, 12, 1, tzinfo=UTC))
    known = time_known(INDEX, (old,), now=NOW)
    assert known.fixed is None and [each.begin.year for each in known.quarters if each.possible] == [
        2026,
        2025,
    ]


def test_a_window_that_excludes_every_quarter_leaves_none() -> None:
    window = Bound(
        text("evidence.bound-year", year=1),
        datetime(2026, 5, 1, tzinfo=UTC),
        datetime(2026, 6, 1, tzinfo=UTC),
    )
    known = time_known(INDEX, (window,), now=NOW)
    assert known.fixed is None and known.latest is None


def test_one_year_that_is_left_is_not_fixed_while_earlier_ones_stay_open() -> None:
    sold = Bound(text("evidence.bound-year", year=2022), end=datetime(2022, 12, 31, tzinfo=UTC))
    known = time_known(INDEX, (sold,), now=NOW)
    assert [each.begin.year for each in known.quarters if each.possible] == [2022]
    assert known.open_below and known.fixed is None


def test_a_quarter_that_ends_as_a_window_begins_is_outside_of_it() -> None:
    end = SHOWN.replace(minute=45)
    why = text("evidence.bound-year", year=2026)
    assert time_known(INDEX, (Bound(why, begin=end),), now=NOW).latest is None
    assert time_known(INDEX, (Bound(why, begin=end - timedelta(seconds=1)),), now=NOW).fixed is not None


def test_the_last_day_of_a_leap_year_is_in_leap_years_alone() -> None:
    known = time_known(365 * 96 + 5, (), now=NOW)
    assert [each.begin.year for each in known.quarters] == [2024]
    assert time_known(0, (year_bound(2019),), now=NOW).latest is not None


def test_a_show_with_the_mark_is_named_with_its_frames_and_kdms() -> None:
    found = shows_with([show(mark=(1, INDEX)), show()], PAYLOAD, cpl_id=CPL, excerpt=(99_990, 100_400))
    assert found.named is not None and found.named.kdms == ("urn",)
    assert found.document()["shows"][0]["fits"] is True


def test_what_contradicts_is_said_and_names_no_show() -> None:
    wrong = {
        "evidence.show-other-film": show(cpl_id="99999999-2222-3333-4444-555555555555"),
        "evidence.show-other-frames": show(runs=((0, 99_995), (100_100, 150_000))),
        "evidence.show-other-time": show(begin=SHOWN + timedelta(hours=1)),
        "play.log-line": show(faults=(text("play.log-line", line=12),)),
    }
    for id, each in wrong.items():
        found = shows_with([each], PAYLOAD, cpl_id=CPL, excerpt=(99_990, 100_400))
        assert found.named is None and [one.id for one in found.fits[0].against] == [id]
    two = shows_with([show(), show(lines=(50, 60))], PAYLOAD, cpl_id=CPL, excerpt=None)
    assert two.named is None and len(two.fits) == 2
    unmarked = shows_with([show(mark=None)], PAYLOAD, cpl_id=CPL, excerpt=None)
    assert [each.id for each in unmarked.said] == ["evidence.no-show", "evidence.show-unmarked"]


def test_a_location_that_changed_hands_is_two_screens_at_two_times() -> None:
    change = datetime(2026, 6, 1, tzinfo=UTC)
    rows = (
        Screen(4711, "Old", "1", "UTC", UTC, "", None, change, 2),
        Screen(4711, "New", "1", "UTC", UTC, "", change, None, 3),
    )
    quarter = SHOWN, SHOWN + timedelta(minutes=15)
    assert [each.cinema for each in screens_at(rows, [quarter])] == ["New"]
    last = SHOWN - timedelta(days=365), SHOWN - timedelta(days=365) + timedelta(minutes=15)
    assert [each.cinema for each in screens_at(rows, [last])] == ["Old"]
    assert [each.cinema for each in screens_at(rows, [quarter, last])] == ["Old", "New"]
