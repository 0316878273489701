"""What ends when: entries, cuts, and the iCalendar and CSV files read back."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import icalendar
from screening import device_certificate, kdm_file, kdm_for

from kdm.diagnose.calendar import Calendar, Held, expiries
from kdm.diagnose.calendar_report import calendar_json, note_of, to_csv, to_ics
from kdm.diagnose.reading import read_kdm_file

NOW = datetime(2027, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ID = uuid.UUID(int=0xABCDEF)


def ours(world: Any, **changes: Any) -> Any:
    return kdm_file(world, world.hall.leaf, **changes)


def calendar_of(world: Any, *files: Any, held: Any = ()) -> Calendar:
    return expiries(files, held, now=NOW)


def test_a_kdm_brings_its_signer_and_its_authorities(world: Any) -> None:
    found = calendar_of(world, ours(world, name="a.xml"), ours(world, name="b.xml"))
    assert [entry.kind for entry in found.entries] == ["kdm", "kdm", "signer", "authority", "authority"]
    assert found.entries[0].ends == NOW + 7 * DAY and found.entries[0].days(NOW) == 7
    assert found.entries[2].what == "CS.Lab" and found.entries[2].whose == "2 KDMs rest on it"
    assert [entry.last for entry in found.entries] == sorted(entry.last for entry in found.entries)


def test_the_same_message_twice_is_one_entry(world: Any) -> None:
    data = kdm_for(world, world.hall.leaf)
    found = calendar_of(world, read_kdm_file("a.xml", data), read_kdm_file("copy.xml", data))
    assert [entry.file for entry in found.entries if entry.kind == "kdm"] == ["a.xml"]
    assert found.entries[1].whose == "1 KDM rests on it"


def test_what_is_over_is_counted_and_a_devices_certificate_is_listed_even_so(world: Any) -> None:
    dead = device_certificate(world, "SM.IMB-1234.X", window=(NOW - 9 * DAY, NOW - DAY / 2))
    over = ours(world, window=(NOW - 9 * DAY, NOW - DAY))
    found = calendar_of(world, over, held=[Held(dead, "Rex, 1")])
    assert found.over == 1 and [entry.kind for entry in found.entries] == ["device"]
    assert found.entries[0].days(NOW) == -1 and found.entries[0].whose == "Rex, 1"


def test_a_certificate_that_ends_first_cuts_the_kdm(world: Any) -> None:
    short = device_certificate(world, "SM.IMB-1234.X", window=(NOW - 9 * DAY, NOW + 3 * DAY))
    found = calendar_of(world, kdm_file(world, short), held=[Held(short, "Rex, 1")])
    kdm = next(entry for entry in found.entries if entry.kind == "kdm")
    assert (kdm.last, kdm.cut_by, kdm.days(NOW)) == (NOW + 3 * DAY, "SM.IMB-1234.X", 3)
    assert kdm.whose == "SM.IMB-1234.X (Rex, 1)"
    assert "cut short by the certificate of SM.IMB-1234.X" in note_of(kdm)
    signer = calendar_of(world, ours(world, window=(NOW, NOW + 30 * 366 * DAY))).entries
    assert next(entry for entry in signer if entry.kind == "kdm").cut_by == "CS.Lab"


def test_within_leaves_out_what_ends_later(world: Any) -> None:
    found = calendar_of(world, ours(world), ours(world, window=(NOW, NOW + 40 * DAY)))
    assert [entry.days(NOW) for entry in found.within(30 * DAY, NOW)] == [7]
    assert len(found.within(50 * DAY, NOW)) == 2


def test_a_message_that_cannot_be_trusted_is_in_doubt(world: Any) -> None:
    data = kdm_for(world, world.hall.leaf)
    changed = read_kdm_file("changed.xml", data.replace(b"Hall 1", b"Hall 9"))
    found = calendar_of(world, changed, read_kdm_file("cut.xml", data[:700]))
    assert [file for file, _ in found.problems] == ["changed.xml", "cut.xml"]
    assert [entry.kind for entry in found.entries] == ["kdm"]


def test_the_icalendar_file_is_read_back_with_the_library(world: Any) -> None:
    short = device_certificate(world, "SM.IMB-1234.X", window=(NOW - 9 * DAY, NOW + 3 * DAY))
    files = [kdm_file(world, short, message_id=ID, title="Ünder; the, \\ line\r\nBEGIN:VEVENT 星光")]
    found = expiries(files, [Held(short, "Rex")], now=NOW)
    data = to_ics(found.entries, now=NOW, zone=timezone(8 * DAY / 24))
    calendar = icalendar.Calendar.from_ical(data)
    events = list(calendar.walk("VEVENT"))
    assert len(events) == len(found.entries) == data.count(b"BEGIN:VEVENT\r\n")
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    kdm = next(event for event in events if event["UID"] == f"kdm-{ID}@dcpkit")
    assert kdm["DTSTART"].dt == NOW + 3 * DAY and kdm["DTSTAMP"].dt == NOW
    assert str(kdm["SUMMARY"]).startswith("KDM ends: Ünder; the, \\ line")
    assert "星光" in str(kdm["SUMMARY"]) and "\n" not in str(kdm["SUMMARY"])
    assert "(+08:00)" in str(kdm["DESCRIPTION"]) and "Cut short by" in str(kdm["DESCRIPTION"])
    alarms = {alarm["TRIGGER"].dt for event in events for alarm in event.walk("VALARM")}
    assert alarms == {-2 * DAY, -30 * DAY}


def test_importing_again_updates(world: Any) -> None:
    files = [ours(world, message_id=ID)]
    first, later = (
        icalendar.Calendar.from_ical(to_ics(expiries(files, now=now).entries, now=now))
        for now in (NOW, NOW + DAY)
    )
    uids = [[event["UID"] for event in calendar.walk("VEVENT")] for calendar in (first, later)]
    assert uids[0] == uids[1] and len(set(uids[0])) == len(uids[0])
    assert first.walk("VEVENT")[0]["DTSTAMP"].dt < later.walk("VEVENT")[0]["DTSTAMP"].dt


def test_a_table_holds_no_formula(world: Any) -> None:
    titles = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", " =1", "Plain"]
    files = [ours(world, title=title) for title in titles]
    data = to_csv(expiries(files, now=NOW).entries, now=NOW)
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    whats = {row["what"] for row in rows if row["kind"] == "KDM"}
    assert whats == {f"'{title}" if title != "Plain" else title for title in map(str.strip, titles)}
    assert all(row["days"] == "7" for row in rows if row["kind"] == "KDM")


def test_the_document_has_every_entry(world: Any) -> None:
    found = calendar_of(world, ours(world, message_id=ID))
    document: Any = calendar_json(found.entries, found, now=NOW, within=None)
    assert document["schema"] == "dcpkit.kdm-calendar/1" and len(document["entries"]) == 4
    assert document["entries"][0]["uid"] == f"kdm-{ID}@dcpkit"
    assert document["entries"][0]["last"] == (NOW + 7 * DAY).isoformat()
