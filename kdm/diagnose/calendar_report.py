"""An expiry calendar as iCalendar (RFC 5545), as CSV, and as the document `dcpkit.kdm-calendar/1`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

import icalendar

from dcp.texts.catalogue import Language, say
from kdm.diagnose.calendar import Calendar, Expiry
from kdm.diagnose.times import BothTimes
from kdm.tables import plain_cell

SCHEMA = "dcpkit.kdm-calendar/1"

_REMINDERS = {"kdm": timedelta(days=2)}  # DCSS 7.5.2: 48 hours before
_REMINDER = timedelta(days=30)  # a new certificate takes its time
_MARK = b"\xef\xbb\xbf"  # spreadsheets take UTF-8 for what it is by this mark alone
_COLUMNS = ("last", "days", "kind", "what", "whose", "begins", "ends", "cut_by", "file", "uid")

CSV_START = _MARK + ",".join(_COLUMNS).encode()
"""How a table begins, by which an older one is known."""


def calendar_json(
    entries: Sequence[Expiry], calendar: Calendar, *, now: datetime, within: timedelta | None
) -> dict[str, object]:
    """The document."""
    return {
        "schema": SCHEMA,
        "now": now.isoformat(),
        "within_days": within.days if within is not None else None,
        "over": calendar.over,
        "entries": [
            {
                "kind": entry.kind,
                "uid": entry.uid,
                "what": entry.what,
                "whose": entry.whose,
                "begins": entry.begins.isoformat() if entry.begins else None,
                "ends": entry.ends.isoformat(),
                "last": entry.last.isoformat(),
                "days": entry.days(now),
                "cut_at": entry.cut_at.isoformat() if entry.cut_at else None,
                "cut_by": entry.cut_by or None,
                "file": entry.file or None,
            }
            for entry in entries
        ],
        "problems": [{"file": file, "why": why} for file, why in calendar.problems],
    }


def kind_name(entry: Expiry, language: Language = "en") -> str:
    """What ends: a KDM, or whose certificate."""
    return say(f"ends.{entry.kind}", language=language)


def to_ics(
    entries: Sequence[Expiry], *, now: datetime, zone: tzinfo | None = None, language: Language = "en"
) -> bytes:
    """One event for each thing that ends, when it does. The same thing has the same UID each time, so that
    importing again updates it; `now` is the stamp by which the newer is told."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//dcpkit//kdm calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for entry in entries:
        event = icalendar.Event()
        event.add("uid", entry.uid)
        event.add("dtstamp", now.astimezone(UTC))
        event.add("dtstart", entry.last.astimezone(UTC))
        event.add("summary", _line(_event(entry, language)))
        event.add("description", "\n".join(map(_line, _details(entry, zone, language))))
        event.add("categories", [kind_name(entry, language)])
        event.add("transp", "TRANSPARENT")
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", _line(say("ends.alarm", {"what": entry.what}, language)))
        alarm.add("trigger", -_REMINDERS.get(entry.kind, _REMINDER))
        event.add_component(alarm)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def to_csv(entries: Sequence[Expiry], *, now: datetime) -> bytes:
    """A table for spreadsheets, times in UTC; what a spreadsheet would take for a formula is defused."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(_COLUMNS)
    for entry in entries:
        begins = _utc(entry.begins) if entry.begins is not None else ""
        words = [plain_cell(_line(word)) for word in (entry.what, entry.whose)]
        rest = [plain_cell(_line(word)) for word in (entry.cut_by, entry.file, entry.uid)]
        last, ends = _utc(entry.last), _utc(entry.ends)
        table.writerow((last, entry.days(now), kind_name(entry), *words, begins, ends, *rest))
    return _MARK + text.getvalue().encode("utf-8")


def note_of(entry: Expiry, zone: tzinfo | None = None, language: Language = "en") -> str:
    """What else is to be said of an entry."""
    if entry.cut_at is None:
        return ""
    return say("ends.cut-short", {"by": entry.cut_by, "own": BothTimes(entry.ends, zone)}, language)


def _event(entry: Expiry, language: Language) -> str:
    told = {"kind": kind_name(entry, language), "what": entry.what, "whose": entry.whose}
    return say("ends.event", told, language)


def _details(entry: Expiry, zone: tzinfo | None, language: Language) -> list[str]:
    note = note_of(entry, zone, language)
    begins = entry.begins and say("ends.begins", {"begins": BothTimes(entry.begins, zone)}, language)
    lines = [
        begins,
        say("ends.ends", {"ends": BothTimes(entry.ends, zone)}, language),
        note[:1].upper() + note[1:],
        entry.file and say("ends.file", {"file": entry.file}, language),
    ]
    return [line for line in lines if line]


def _line(text: str) -> str:
    """A text without what steers a terminal or a calendar program."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
