"""`dcpkit kdm calendar`: what ends when?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcp.errors import CertificateError, DcpError, UsageError
from dcp.patterns import pattern
from dcp.texts.catalogue import text
from dcp.texts.system import why
from dcpkit.console import answer, progress
from dcpkit.options import A_PATH, clock_and_zone, common
from dcpkit.speaking import language
from kdm.phrases import fault_of, phrase

if TYPE_CHECKING:
    from kdm.diagnose.calendar import Calendar, Expiry, Held
    from kdm.diagnose.reading import Kind

_SPAN = pattern(r"(\d{1,4})([dw])", re.ASCII)


@click.command()
@click.argument("paths", metavar="PATH...", type=A_PATH, nargs=-1, required=True)
@click.option("--within", help="Only what ends within this time: 30d, 8w.")
@click.option("--ics", type=A_PATH, help="Write an iCalendar file; importing it again updates its events.")
@click.option("--csv", "table", type=A_PATH, help="Write a table for a spreadsheet.")
@clock_and_zone
@common
def calendar(
    paths: Sequence[Path],
    within: str | None,
    ics: Path | None,
    table: Path | None,
    now: datetime,
    tz: tzinfo | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Say what ends when, by date: KDMs, the certificates that signed them, and devices' certificates. PATHs
    are KDMs, certificates, facility lists (FLM or CSV), and folders of these."""
    from dcp.output import write_finished
    from kdm.diagnose.calendar import expiries
    from kdm.diagnose.calendar_report import CSV_START, calendar_json, to_csv, to_ics
    from kdm.diagnose.reading import find_kdms

    span = _span(within)
    _writable(ics, "--ics", b"BEGIN:VCALENDAR")
    _writable(table, "--csv", CSV_START)
    messages, held, problems = _sort(paths)
    with progress("reading-kdms", "kdms", quiet=quiet) as advance:
        found = expiries(find_kdms(messages), held, now=now, progress=advance)
    _refuse_nothing_read(found, problems)
    entries = found.entries if span is None else found.within(span, now)
    if ics is not None:
        write_finished(ics, to_ics(entries, now=now, zone=tz, language=language()))
    if table is not None:
        write_finished(table, to_csv(entries, now=now))
    document = calendar_json(entries, found, now=now, within=span)
    lines = _lines(entries, found, problems, now=now, zone=tz)
    answer({**document, "not_read": problems}, lines, as_json=as_json)


def _refuse_nothing_read(found: Calendar, problems: Sequence[str]) -> None:
    """A calendar of files that could not be read would look like one in which nothing ends."""
    if found.entries or found.over or not (found.problems or problems):
        return
    whys = [*(phrase("place.colon", place=file, what=why) for file, why in found.problems), *problems]
    raise DcpError("calendar.nothing-read", files=len(whys), why=whys[0])


def _span(text: str | None) -> timedelta | None:
    if text is None:
        return None
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise UsageError("flags.no-span", flag="--within", value=text)
    return timedelta(days=int(match[1]) * (7 if match[2] == "w" else 1))


def _writable(path: Path | None, flag: str, start: bytes) -> None:
    """An older calendar is replaced, nothing else."""
    if path is None or not path.exists():
        return
    from dcp.xml.parse import read_document

    if path.is_dir() or not read_document(path).startswith(start):
        raise UsageError("flags.no-calendar", flag=flag, where=path)


def _sort(paths: Sequence[Path]) -> tuple[list[Path], list[Held], list[str]]:
    """Where KDMs are to be looked for; the certificates of devices; what could not be read."""
    from kdm.diagnose.reading import find_certificates, find_kdms

    messages: list[Path] = []
    held: list[Held] = []
    of_screens: list[Held] = []
    problems: list[str] = []
    for path in paths:
        if path.is_dir():
            messages.append(path)
            for file in find_certificates(path):
                try:
                    held += _certificates(file)
                except DcpError as error:
                    problems.append(phrase("place.colon", place=file, what=fault_of(error)))
            continue
        kind = _kind(path)
        if kind == "facility-list" or path.suffix.lower() == ".csv":
            of_screens += _screens(path, problems)
        elif kind == "certificate":
            held += _certificates(path)
        elif kind in ("kdm", "interop-kdm"):
            messages.append(path)
        elif kind in ("archive", "mail"):
            enclosed = _enclosed(path)
            held += enclosed
            if not enclosed or any(file.message for file in find_kdms([path])):
                messages.append(path)
        else:
            raise UsageError("calendar.unknown", where=path)
    return messages, [*of_screens, *held], problems  # the first name of a certificate counts: the screen's


def _kind(path: Path) -> Kind:
    from kdm.diagnose.reading import SNIFFED, kind_of

    try:
        with path.open("rb") as stream:
            return kind_of(stream.read(SNIFFED))
    except OSError as error:
        raise UsageError("flags.unreadable", where=path, why=why(error)) from None


def _certificates(path: Path) -> Iterator[Held]:
    from dcp.trust.certificate import read_certificates
    from kdm.diagnose.calendar import Held

    if _kind(path) == "private-key":
        return iter(())
    return iter([Held(one, path.name) for one in read_certificates(path)])


def _enclosed(path: Path) -> list[Held]:
    """The certificates in an archive or an e-mail; of one that has none, or too much, nothing."""
    from dcp.trust.certificate import read_enclosed
    from kdm.diagnose.calendar import Held

    try:
        parts = read_enclosed(path)
    except CertificateError:
        return []
    return [Held(one, f"{path.name}/{part.name}") for part in parts for one in part.certificates]


def _screens(path: Path, problems: list[str]) -> Iterator[Held]:
    """Every certificate of a facility list, with its screen."""
    from kdm.diagnose.calendar import Held
    from kdm.facility.reading import read_facilities

    found = read_facilities(path)
    problems += [phrase("place.colon", place=path, what=each) for each in found.problems]
    for facility in found.facilities:
        problems += [phrase("place.colon", place=facility.name, what=each) for each in facility.problems]
        for screen in facility.screens:
            place = f"{facility.name}, {screen.name}"
            problems += [phrase("place.colon", place=place, what=each) for each in screen.problems]
            for device in (*screen.recipients, *screen.devices):
                yield from (Held(one, place) for one in device.certificates)


def _lines(
    entries: Sequence[Expiry],
    found: Calendar,
    problems: Sequence[str],
    *,
    now: datetime,
    zone: tzinfo | None,
) -> list[str]:
    from dcp.texts.catalogue import said, say
    from dcpkit.tables import table_lines
    from kdm.diagnose.calendar_report import kind_name, note_of
    from kdm.diagnose.times import local_time, with_offset
    from kdm.phrases import Listed

    spoken = language()

    def heading(name: str) -> str:
        return say(f"ends.heading-{name}", language=spoken)

    rows = [
        (
            with_offset(local_time(entry.last, zone), spoken),
            str(entry.days(now)),
            kind_name(entry, spoken),
            entry.what,
            said(entry.whose, spoken),
            note_of(entry, zone, spoken),
        )
        for entry in entries
    ]
    head = (heading("ends"), heading("days"), "", heading("what"), heading("whose"), "")
    lines = table_lines(head, rows) if rows else []
    lines += [say("ends.not-read", {"what": each}, spoken) for each in problems]
    lines += [say("ends.doubt", {"file": file, "why": why}, spoken) for file, why in found.problems]
    later = len(found.entries) - len(entries)
    told = [text("ends.listed", entries=len(entries))]
    if later:
        told.append(text("ends.later" if later == 1 else "ends.later-many", more=later))
    if found.over:
        told.append(text("ends.over" if found.over == 1 else "ends.over-many", over=found.over))
    if spoken == "zh":  # each is a clause of its own, which 、 does not part
        return [*lines, "，".join(each.say(spoken) for each in told)]
    return [*lines, Listed(told).say(spoken)]
