"""Screens crossed with compositions and shows: every state of a cell, every verdict of a show."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from screening import device_certificate, kdm_file, kdm_for

from dcp.documents.cpl_reading import parse_cpl
from kdm.diagnose import coverage as module
from kdm.diagnose import programme
from kdm.diagnose.coverage import Coverage, Row, cover, read_column, rows_of
from kdm.diagnose.coverage_report import CoverageReport, coverage_json
from kdm.diagnose.programme import PLAYABLE, judge_shows
from kdm.diagnose.reading import read_kdm_file
from kdm.diagnose.shows import Show
from kdm.facility.values import Device, Facility, FacilityList, Screen
from kdm.message import AuthorizedDeviceInfo

NOW = datetime(2027, 5, 1, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OTHER = uuid.UUID(int=0xC0FFEE)


def window(begin: timedelta, end: timedelta) -> tuple[datetime, datetime]:
    return NOW + begin, NOW + end


def one_hall(world: Any, *files: Any, **changes: Any) -> Coverage:
    row = Row("Rex", "1", changes.pop("certificate", world.hall.leaf), changes.pop("devices", ()))
    return cover([row], [read_column(world.cpl, where="cpl.xml")], files, **{"now": NOW, **changes})


def ours(world: Any, **changes: Any) -> Any:
    return kdm_file(world, world.hall.leaf, **changes)


def test_a_cell_knows_its_state(world: Any) -> None:
    early = {"window": window(2 * DAY, 4 * DAY), "issued": NOW - DAY}
    states = {
        "ok": [ours(world)],
        "begins": [ours(world, **early)],
        "ended": [ours(world, window=window(-9 * DAY, -DAY))],
        "refused": [ours(world, window=window(-DAY, 40 * 366 * DAY))],
        "none": [kdm_file(world, world.other.leaf)],
    }
    for state, files in states.items():
        found = one_hall(world, *files)
        assert found.cell(0, 0).state(NOW) == state
        report = CoverageReport(found, NOW)
        assert report.good is (state in ("ok", "begins"))
        assert (report.why_cell(0, 0) is None) is report.good
    assert one_hall(world, kdm_file(world, world.other.leaf)).unused == 1


def test_windows_that_meet_are_one_and_those_that_do_not_leave_a_gap(world: Any) -> None:
    spans = [(-0.5, 1), (1, 3), (2, 4), (6, 8)]
    files = [
        ours(world, window=window(begin * DAY, end * DAY), issued=NOW - DAY) for begin, end in reversed(spans)
    ]
    cell = one_hall(world, *files).cell(0, 0)
    assert cell.spans == (window(-DAY / 2, 4 * DAY), window(6 * DAY, 8 * DAY))
    assert cell.gaps == (window(4 * DAY, 6 * DAY),) and cell.overlaps
    report = CoverageReport(one_hall(world, *files), NOW)
    assert [hole.why for hole in report.holes] == [
        "no KDM holds from 2027-05-05 12:00 UTC to 2027-05-07 12:00 UTC"
    ]
    assert report.in_short(0, 0) == "ok until 2027-05-05 12:00 (gap, overlap)"


def test_a_gap_in_the_past_is_no_hole(world: Any) -> None:
    found = one_hall(world, ours(world, window=window(-20 * HOUR, -18 * HOUR)), ours(world))
    assert len(found.cell(0, 0).gaps) == 1 and CoverageReport(found, NOW).good


def test_a_certificate_that_ends_first_cuts_the_window(world: Any) -> None:
    short = device_certificate(world, "SM.IMB-227577.X", window=(NOW - 9 * DAY, NOW + DAY))
    found = one_hall(world, kdm_file(world, short), certificate=short)
    assert found.cell(0, 0).windows[0].until == NOW + DAY and found.cell(0, 0).windows[0].cut
    assert "cut by certificate" in CoverageReport(found, NOW).in_short(0, 0)


def test_what_was_meant_for_it_is_hinted_at(world: Any) -> None:
    own = device_certificate(world, "SM.IMB-227577.X", serial=2)
    old = device_certificate(world, "SM.IMB-227577.X", serial=1, key=1)
    files = [
        kdm_file(world, old, name="old.xml"),
        kdm_file(world, own, name="again.xml", cpl=OTHER),
    ]
    found = one_hall(world, *files, certificate=own)
    assert found.cell(0, 0).hints == (("old.xml", "other-certificate"), ("again.xml", "re-export"))
    report = CoverageReport(found, NOW)
    assert "another certificate of this device: old.xml" in str(report.why_cell(0, 0))
    assert report.in_short(0, 0) == "none (see hint)" and found.unused == 2


def test_a_projector_that_is_not_listed_refuses(world: Any) -> None:
    fields = {"authorized_device_info": AuthorizedDeviceInfo(uuid.UUID(int=7), (b"1" * 20,), "Hall 1")}
    files = [ours(world, fields=fields)]
    found = one_hall(world, *files, devices=(world.projector.leaf,))
    assert found.cell(0, 0).refused[0][1].step == "KDM-130"
    known = Row("Rex", "1", world.hall.leaf, (world.projector.leaf,), thumbprints=(b"1" * 20,))
    assert cover([known], found.columns, files, now=NOW).cell(0, 0).state(NOW) == "ok"


def test_each_kdm_is_judged_once_and_one_that_is_over_not_at_all(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = []
    real = module.check_kdm

    def spy(data: bytes, **arguments: Any) -> Any:
        judged.append(arguments["where"])
        return real(data, **arguments)

    monkeypatch.setattr(module, "check_kdm", spy)
    rows = [Row("Rex", "1", world.hall.leaf), Row("Rex", "2", world.other.leaf)]
    columns = [read_column(world.cpl, where="a"), read_column(world.playlist(id=OTHER), where="b")]
    files = [
        kdm_file(world, row.certificate, name=f"{row.screen}{place}", cpl=column.id, title=f"Film {place}")
        for row in rows
        for place, column in enumerate(columns)
    ]
    files.append(ours(world, name="over", window=window(-9 * DAY, -DAY)))
    progress: list[tuple[int, int]] = []
    found = cover(rows, columns, files, now=NOW, progress=lambda done, total: progress.append((done, total)))
    assert sorted(judged) == ["10", "11", "20", "21"]
    assert {found.cell(row, column).state(NOW) for row in (0, 1) for column in (0, 1)} == {"ok"}
    assert progress[-1] == (5, 0) and found.read == 5
    judged.clear()
    cover(rows, columns, files, now=NOW, since=NOW - 5 * DAY)
    assert "over" in judged


def test_files_that_are_no_kdm_are_named(world: Any) -> None:
    found = one_hall(world, read_kdm_file("cut.xml", kdm_for(world, world.hall.leaf)[:900]))
    assert [file for file, _ in found.unreadable] == ["cut.xml"]


def test_every_media_block_of_a_list_is_a_row(world: Any) -> None:
    blocks = (Device((world.hall.leaf,)), Device((world.other.leaf,)))
    screens = (Screen("1", blocks, (Device((world.projector.leaf,)),)), Screen("2"))
    rows = rows_of(FacilityList((Facility("f", "Rex", screens, time_zone="Asia/Shanghai"),)))
    assert [(row.cinema, row.screen, row.zone) for row in rows] == [("Rex", "1", "Asia/Shanghai")] * 2
    assert {row.devices for row in rows} == {(world.projector.leaf,)}


def test_a_composition_is_as_long_as_its_reels(world: Any) -> None:
    assert read_column(world.cpl, where="cpl.xml").length == timedelta(seconds=1)
    reels = parse_cpl(world.cpl, where="cpl.xml").reels
    longer = tuple(
        replace(reel, id=uuid.UUID(int=place), assets=tuple(
            replace(asset, intrinsic_duration=24 * 3600, duration=24 * 1800) for asset in reel.assets))
        for place, reel in enumerate(reels * 3)
    )  # fmt: skip
    assert read_column(world.playlist(reels=longer), where="cpl.xml").length == timedelta(minutes=90)


# --- shows -----


def show(**changes: Any) -> Show:
    usual = {"screen": "1", "composition": "Titel & Söhne_FTR", "start": NOW, "end": NOW + 2 * HOUR}
    return Show(**{**usual, **changes})


SHOWS = {
    "covered": show(),
    "overruns": show(start=NOW + 7 * DAY - HOUR, end=NOW + 7 * DAY + 5 * HOUR),
    "too-long": show(start=NOW + 7 * DAY - HOUR, end=NOW + 7 * DAY + 7 * HOUR),
    "before": show(start=NOW - 2 * DAY, end=NOW - DAY),
    "after": show(start=NOW + 20 * DAY, end=NOW + 20 * DAY + HOUR),
    "gap": show(start=NOW + 8 * DAY, end=NOW + 8 * DAY + HOUR),
    "unknown-screen": show(screen="9"),
    "unknown-composition": show(composition="Nobody knows"),
}


@pytest.mark.parametrize("verdict", SHOWS)
def test_each_show_has_its_verdict(world: Any, verdict: str) -> None:
    files = [ours(world), ours(world, window=window(9 * DAY, 12 * DAY), issued=NOW - DAY)]
    found = one_hall(world, *files)
    judged = judge_shows(found, [SHOWS[verdict]])
    assert [one.verdict for one in judged] == [verdict]
    report = CoverageReport(found, NOW, shows=judged)
    assert report.good is (verdict in PLAYABLE) and report.why_show(judged[0])
    document: Any = coverage_json(report)
    assert document["shows"][0]["verdict"] == verdict
    assert bool(document["holes"]) is (verdict not in PLAYABLE)


def test_a_show_is_found_by_id_title_or_film_and_in_its_cinema(world: Any) -> None:
    found = one_hall(world, ours(world))
    for wanted in (
        str(uuid.UUID(int=1)),
        f"urn:uuid:{uuid.UUID(int=1)}",
        "titel &  söhne_ftr",
        "Titel & Söhne",
    ):
        assert judge_shows(found, [show(composition=wanted)])[0].verdict == "covered", wanted
    assert judge_shows(found, [show(cinema="rex")])[0].verdict == "covered"
    assert judge_shows(found, [show(cinema="Roxy")])[0].verdict == "unknown-screen"
    assert judge_shows(found, [show(composition=str(uuid.UUID(int=2)))])[0].verdict == "unknown-composition"


def test_a_title_of_two_compositions_is_not_guessed(world: Any) -> None:
    columns = [read_column(world.cpl, where="a"), read_column(world.playlist(id=OTHER), where="b")]
    found = cover([Row("Rex", "1", world.hall.leaf)], columns, [ours(world)], now=NOW)
    assert judge_shows(found, [show()])[0].verdict == "several-compositions"
    assert judge_shows(found, [show(composition=str(columns[0].id))])[0].verdict == "covered"


def test_the_same_screen_name_in_two_cinemas_is_not_guessed(world: Any) -> None:
    rows = [Row("Rex", "1", world.hall.leaf), Row("Roxy", "1", world.other.leaf)]
    found = cover(rows, [read_column(world.cpl, where="a")], [ours(world)], now=NOW)
    assert [one.verdict for one in judge_shows(found, [show(), show(cinema="Rex"), show(cinema="Roxy")])] == [
        "unknown-screen", "covered", "none"
    ]  # fmt: skip


def test_a_screen_of_no_cinema_may_be_any_cinemas(world: Any) -> None:
    bare = Row("", "1", world.hall.leaf)
    columns = [read_column(world.cpl, where="a")]
    found = cover([bare], columns, [ours(world)], now=NOW)
    assert judge_shows(found, [show(cinema="Rex")])[0].verdict == "covered"
    both = cover([bare, Row("Rex", "1", world.other.leaf)], columns, [ours(world)], now=NOW)
    assert [one.verdict for one in judge_shows(both, [show(), show(cinema="Rex"), show(cinema="Roxy")])] == [
        "unknown-screen", "unknown-screen", "covered"
    ]  # fmt: skip


def test_a_show_does_not_look_at_every_cinema(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred thousand shows in a thousand cinemas took hours."""
    rows = [Row(f"Cinema {number}", "1", world.hall.leaf) for number in range(100)]
    found = cover(rows, [read_column(world.cpl, where="a")], [], now=NOW)
    keys: list[str] = []
    key = programme._key

    def counted(text: str) -> str:
        keys.append(text)
        return key(text)

    monkeypatch.setattr(programme, "_key", counted)
    judged = judge_shows(found, [show(cinema=row.cinema) for row in rows])
    assert [one.row for one in judged] == list(range(100)) and len(keys) < 10 * len(rows)


def test_a_screen_of_two_media_blocks_needs_both(world: Any) -> None:
    rows = [Row("Rex", "1", world.hall.leaf), Row("Rex", "1", world.other.leaf)]
    found = cover(rows, [read_column(world.cpl, where="a")], [ours(world)], now=NOW)
    assert judge_shows(found, [show()])[0].verdict == "none"
    both = cover(rows, found.columns, [ours(world), kdm_file(world, world.other.leaf)], now=NOW)
    assert judge_shows(both, [show()])[0].verdict == "covered"


def test_without_an_end_the_composition_says_how_long(world: Any) -> None:
    found = one_hall(world, ours(world))
    last = NOW + 7 * DAY
    judged = judge_shows(found, [show(start=last, end=None), show(start=last - HOUR, end=None)])
    assert [one.verdict for one in judged] == ["overruns", "covered"]
    assert judged[0].end == last + timedelta(seconds=1)


def test_a_refused_kdm_says_why_in_the_show(world: Any) -> None:
    found = one_hall(world, ours(world, name="bad.xml", window=window(-DAY, 40 * 366 * DAY)))
    judged = judge_shows(found, [show()])
    assert judged[0].verdict == "refused"
    assert "bad.xml is refused (KDM-103)" in CoverageReport(found, NOW, shows=judged).why_show(judged[0])


def test_a_composition_without_keys_needs_no_kdm(world: Any) -> None:
    reels = tuple(
        replace(reel, assets=tuple(replace(asset, key_id=None) for asset in reel.assets))
        for reel in parse_cpl(world.cpl, where="cpl.xml").reels
    )
    found = cover(
        [Row("", "1", world.hall.leaf)], [read_column(world.playlist(reels=reels), where="a")], [], now=NOW
    )
    assert found.cell(0, 0).state(NOW) == "clear" and CoverageReport(found, NOW).good
    assert judge_shows(found, [show()])[0].verdict == "clear"


def test_times_are_told_in_the_cinemas_zone(world: Any) -> None:
    row = Row("Rex", "1", world.hall.leaf, zone="Asia/Shanghai")
    found = cover([row], [read_column(world.cpl, where="a")], [ours(world)], now=NOW)
    assert CoverageReport(found, NOW).in_short(0, 0) == "ok until 2027-05-08 20:00"
    lost = replace(row, zone="Middle/Earth")
    found = cover([lost], [read_column(world.cpl, where="a")], [ours(world)], now=NOW)
    assert CoverageReport(found, NOW, timezone(HOUR)).in_short(0, 0) == "ok until 2027-05-08 13:00"


def test_an_end_at_local_midnight_is_marked(world: Any) -> None:
    found = one_hall(world, ours(world, window=(NOW - HOUR, datetime(2027, 5, 3, 16, tzinfo=UTC))))
    assert CoverageReport(found, NOW, timezone(8 * HOUR)).in_short(0, 0).endswith("00:00 (ends at midnight)")
    assert CoverageReport(found, NOW, UTC).in_short(0, 0) == "ok until 2027-05-03 16:00"


def test_what_could_not_be_judged_is_not_good(world: Any) -> None:
    assert not CoverageReport(one_hall(world, ours(world)), NOW, problems=("line 3: no time",)).good
