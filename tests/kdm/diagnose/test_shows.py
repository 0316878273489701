"""The CSV file of a programme: forms of times and durations, mistakes with their lines, any bytes at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import DcpError, DocumentError, UsageError
from kdm.diagnose import shows
from kdm.diagnose.shows import LONGEST, Programme, parse_duration, parse_shows

HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")


def parse(text: str | bytes, zone: tzinfo | None = UTC) -> Programme:
    data = text.encode() if isinstance(text, str) else text
    return parse_shows(data, where="shows.csv", zones=lambda cinema: zone)


def starts(text: str, zone: tzinfo | None = UTC) -> list[datetime]:
    return [show.start for show in parse(text, zone).shows]


def test_a_row_is_a_show() -> None:
    found = parse("cinema,screen,composition,start,duration\nRex,3,Film_FTR,2027-05-01T19:30:00+02:00,125\n")
    assert found.problems == ()
    show = found.shows[0]
    assert (show.cinema, show.screen, show.composition, show.line) == ("Rex", "3", "Film_FTR", 2)
    assert show.start == datetime(2027, 5, 1, 17, 30, tzinfo=UTC)
    assert show.end == show.start + timedelta(minutes=125)


@pytest.mark.parametrize(
    "text",
    [
        "2027-05-01 19:30", "2027-05-01T19:30", "2027/5/1 19:30", "2027/05/01 19:30:00", "2027年5月1日 19:30",
        "2027-05-01T17:30Z", "20270501T193000+0200",
    ],
)  # fmt: skip
def test_times_as_people_and_spreadsheets_write_them(text: str) -> None:
    assert starts(f"screen,composition,start\n1,A,{text}\n", BERLIN) == [
        datetime(2027, 5, 1, 17, 30, tzinfo=UTC)
    ]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("125", 125),
        ("125 min", 125),
        ("125分钟", 125),
        ("2:05", 125),
        ("2:05:00", 125),
        ("PT2H5M", 125),
        ("PT90M", 90),
    ],
)  # fmt: skip
def test_durations(text: str, minutes: int) -> None:
    assert parse_duration(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "0", "x", "-5", "PT", "99:99", "9999", "2 h"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(UsageError):
        parse_duration(text)


@pytest.mark.parametrize("header", ["影院;影厅;影片;开场时间;时长", "Cinema\tHall\tTitle\tStarts\tMinutes"])
def test_columns_in_other_words_and_other_separators(header: str) -> None:
    mark = ";" if ";" in header else "\t"
    row = mark.join(("星光", "1", "流浪地球", "2027-05-01 19:30", "120"))
    for codec in ("utf-8-sig", "utf-16", "gb18030"):
        found = parse(f"{header}\n{row}\n".encode(codec))
        assert [(show.cinema, show.composition) for show in found.shows] == [("星光", "流浪地球")], codec


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("1,A,,", "the column start is empty"),
        (",A,2027-05-01 19:30,", "the column screen is empty"),
        ("1,A,tomorrow,", "no date with a time"),
        ("1,A,2027-05-01,", "no date with a time"),
        ("1,A,2027-05-01 19:30,2027-05-01 19:00", "does not end after it starts"),
        ("1,A,2027-05-01 19:30,2027-06-01 19:00", "does not end after it starts"),
        ("1,A,2027-03-28 02:30,", "does not exist in Europe/Berlin"),
        ("1,A,2027-10-31 02:30,", "comes twice in Europe/Berlin"),
    ],
)
def test_a_row_that_cannot_be_read_is_listed_with_its_line(row: str, why: str) -> None:
    text = f"screen,composition,start,end\n2,B,2027-05-01 09:00,\n{row}\n"
    found = parse(text, BERLIN)
    assert len(found.shows) == 1 and len(found.problems) == 1
    assert found.problems[0].startswith("line 3: ") and why in found.problems[0]


def test_a_local_time_needs_a_zone() -> None:
    found = parse("screen,composition,start\n1,A,2027-05-01 19:30\n", None)
    assert "time zone" in found.problems[0]


def test_problems_are_told_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shows, "MAX_PROBLEMS", 3)
    found = parse("screen,composition,start\n" + "1,A,never\n" * 5)
    assert len(found.problems) == 4 and found.problems[-1] == "and 2 more problems in this table"


def test_each_cinema_has_its_zone() -> None:
    zones = {"Rex": timezone(8 * HOUR), "Roxy": UTC}
    text = "cinema,screen,composition,start\nRex,1,A,2027-05-01 19:30\nRoxy,1,A,2027-05-01 19:30\n"
    found = parse_shows(text.encode(), where="shows.csv", zones=zones.get)
    assert [show.start.utcoffset() for show in found.shows] == [8 * HOUR, timedelta()]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("screen,start\n1,2027-05-01 19:30\n", "does not name the column composition"),
        ("screen,hall,composition,start\n", "names the column screen twice"),
        ('screen,composition,start\n1,"A,2027', "no CSV"),
        (b"\x00\x01\x02", "no text"),
    ],
)
def test_what_is_no_programme(text: str | bytes, why: str) -> None:
    with pytest.raises(DocumentError, match=why):
        parse(text)


def test_a_table_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(DocumentError, match="larger"):
        parse(b"x" * (16 * 1024 * 1024 + 1))


GOOD = (
    "cinema,screen,composition,start,end,duration\n"
    "Rex,1,Film,2027-05-01 19:30,,125\nRex,2,B,2027/5/1 9:00,2027-05-01 11:00,\n"
)
EDIT = st.tuples(st.integers(0, len(GOOD)), st.integers(0, 4), st.text(max_size=4))


@given(st.lists(EDIT, max_size=4))
def test_an_edited_programme_is_read_or_refused(edits: list[tuple[int, int, str]]) -> None:
    text = GOOD
    for place, length, put in edits:
        text = text[:place] + put + text[place + length :]
    hold(text.encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    hold(data)
    hold(b"screen,composition,start,duration\n1,A," + data)


CELL = st.text(st.sampled_from("0123456789-/: .TZ+PHM年月日"), max_size=22)


@given(CELL, CELL, CELL)
def test_any_times_are_read_or_listed(start: str, end: str, duration: str) -> None:
    hold(f"screen,composition,start,end,duration\n1,A,{start},{end},{duration}\n".encode())


def hold(data: bytes) -> None:
    """Read or refused; and what is read is a show that can be judged."""
    try:
        found = parse(data, BERLIN)
    except DcpError:
        return
    for show in found.shows:
        assert show.screen and show.composition and show.start.utcoffset() is not None
        assert show.end is None or timedelta() <= show.end - show.start <= LONGEST


def test_a_row_with_more_cells_than_the_header_is_listed() -> None:
    data = b"screen;composition;start\n1;Film; the;2027-05-01T19:30Z\n1;Film;2027-05-01T19:30Z\n"
    found = parse_shows(data, where="x", zones=lambda cinema: None)
    assert len(found.shows) == 1
    assert found.problems[0].startswith("line 2: it has 4 cells, the header names 3")
