"""The list of locations: rows that can be used, and those that cannot, by their line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dcp.errors import DcpError
from dcpkit.locating import read_locations


def test_rows_are_read_with_their_zones_and_days(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "location,cinema,screen,time_zone,certificate,from,until\n"
        "4711,Roxy,3,Asia/Shanghai,abc=,2026-01-01,2026-06-30\n"
        "4711,Roxy,4,Asia/Shanghai,,2026-07-01T00:00,\n"
        "0,Palace,1,+02:00,,2026-01-01T00:00:00Z,\n"
    )
    found = read_locations(path)
    assert not found.problems and len(found.screens) == 3
    first = found.screens[0]
    assert first.begin is not None and first.begin.astimezone(UTC) == datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert first.end is not None and first.end.astimezone(UTC).hour == 15  # the day counts whole
    assert [each.screen for each in found.of(4711)] == ["3", "4"]


def test_bad_rows_are_named_by_their_line_and_the_others_count(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(
        "位置编号;影院;影厅;时区;起;止\n"
        "600000;甲;1;;;\n"
        "-1;甲;1;;;\n"
        "1x;甲;1;;;\n"
        "7;;1;;;\n"
        "7;甲;1;Mars/Olympus;;\n"
        "7;甲;1;;2026-01-01;\n"
        "7;甲;1;UTC;gestern;\n"
        "7;甲;1;UTC;2026-02-01;2026-01-01\n"
        "7;甲;2;UTC;;\n".encode("gb18030")
    )
    found = read_locations(path)
    assert [each.screen for each in found.screens] == ["2"]
    said = [str(each) for each in found.problems]
    assert [f"line {number}" in words for number, words in enumerate(said, 2)] == [True] * 8


@pytest.mark.parametrize(
    "data",
    [b"", b"a,b,c\n1,2,3\n", b"\x00" * 100, b"location,cinema,screen\n", b'location,cinema,screen\n"1,a,b'],
)
def test_what_is_no_such_list_is_one_error(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    with pytest.raises(DcpError):
        read_locations(path)
    with pytest.raises(DcpError):
        read_locations(tmp_path / "absent.csv")
