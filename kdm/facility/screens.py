"""A CSV file of screens, as a distributor keeps it in a spreadsheet, in whatever form that wrote it.

The first row names the columns, in any order: cinema, screen and certificate, and as far as wanted cinema_id,
devices, email, time_zone, country, language, circuit. A row is a media block; two rows of one screen are two
media blocks in it. Certificates are files, named relative to the CSV file or absolutely; several devices and
several addresses are parted by semicolons (in a file parted by semicolons: inside quotes).

A path may lead out of the CSV file's folder: the file is its user's own, like the command line, and what it
names is only ever read as certificates.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dcp.errors import DcpError, DocumentError, UsageError
from dcp.trust.certificate import Certificate, read_certificates
from dcp.xml import read_document
from kdm.facility.sorting import Sorted, make_screen, sort_certificates
from kdm.facility.values import Facility, FacilityList
from kdm.facility.zones import zone_name

MAX_BYTES = 16 * 1024 * 1024
MAX_ROWS = 100_000
MAX_CELL = 4096
MAX_PARTS = 64  # devices or addresses in one cell

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "cinema": ("影院", "影院名称", "facility", "theatre", "theater"),
    "cinema_id": ("影院编码", "facility_id"),
    "screen": ("影厅", "auditorium", "hall"),
    "certificate": ("证书", "recipient"),
    "devices": ("设备", "device"),
    "email": ("邮箱", "emails", "e_mail"),
    "time_zone": ("时区", "tz", "timezone"),
    "country": ("国家",),
    "language": ("语言",),
    "circuit": ("院线",),
}
"""Names of columns, and what else they are called."""

REQUIRED = ("cinema", "screen", "certificate")
_ABOUT_CINEMA = ("cinema", "time_zone", "country", "language", "circuit")
_COLUMN_OF = {other: name for name, others in COLUMNS.items() for other in (name, *others)}
_SEPARATORS = re.compile(r"[;；\n]")


def read_screens(path: Path) -> FacilityList:
    """The cinemas of a CSV file. A row that cannot be used is a problem that names line and column.

    UsageError when the file cannot be read, DocumentError when it is no table of screens.
    """
    text, encoding = decode_table(read_document(path, max_bytes=MAX_BYTES), where=path)
    table = _Table(path)
    for line, cells in _rows(text, path, table.notes):
        table.add(line, cells)
    if encoding not in ("UTF-8", "UTF-16"):
        table.notes.append(f"the file was read as {encoding}; save it as UTF-8 where its names look wrong")
    if not table.cinemas and not table.problems:
        raise DocumentError("the table has no rows below its header", where=path)
    return FacilityList(
        facilities=tuple(cinema.finish() for cinema in table.cinemas.values()),
        source=str(path),
        problems=tuple(table.problems),
        notes=tuple(table.notes),
    )


def decode_table(data: bytes, *, where: Path | str) -> tuple[str, str]:
    """The text of a table and the encoding it was in: UTF-8 or UTF-16 with or without a mark, the GB18030 of
    Chinese spreadsheets, or the Windows-1252 of western ones. DocumentError for anything else."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        tries = [("utf-16", "UTF-16")]
    elif _looks_chinese(data):
        tries = [("utf-8-sig", "UTF-8"), ("gb18030", "GB18030"), ("cp1252", "Windows-1252")]
    else:
        tries = [("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252"), ("gb18030", "GB18030")]
    for codec, name in tries:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text, name
    raise DocumentError(
        "this is no text",
        where=where,
        remedy="give a table of screens saved as CSV in UTF-8, or a facility list",
    )


def _looks_chinese(data: bytes) -> bool:
    """Whether most bytes above ASCII come in the pairs of GB 2312, which western words do not form."""
    runs = re.findall(rb"[\x80-\xff]+", data)
    paired = sum(len(run) for run in runs if len(run) % 2 == 0 and min(run) >= 0xA1)
    return paired * 2 > sum(map(len, runs))


def _rows(text: str, where: Path, notes: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells by column of each row below the header."""
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str | None] = []
    count = 0
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if not names:
                names = _header(cells, where, notes)
                continue
            count += 1
            if count > MAX_ROWS:
                raise DocumentError(f"the table has more than {MAX_ROWS} rows", where=where)
            pairs = zip(names, cells, strict=False)
            yield reader.line_num, {name: cell for name, cell in pairs if name is not None}
    except csv.Error as error:
        place = f"{where}: line {reader.line_num}"
        raise DocumentError(f"this is no CSV: {error}", where=place, remedy="save the table anew") from None
    if not names:
        raise DocumentError("the file is empty", where=where)


def _delimiter(text: str) -> str:
    """The one that finds most columns in the header."""
    header = next((line for line in text.splitlines()[:100] if line.strip()), "")

    def found(delimiter: str) -> int:
        return sum(_column(part.strip().strip('"')) is not None for part in header.split(delimiter))

    return max(",;\t", key=found)


def _column(title: str) -> str | None:
    return _COLUMN_OF.get(re.sub(r"[\s-]+", "_", title.strip().casefold()))


def _header(cells: Sequence[str], where: Path, notes: list[str]) -> list[str | None]:
    names = [_column(cell) for cell in cells]
    known = [name for name in names if name is not None]
    twice = sorted({name for name in known if known.count(name) > 1})
    if twice:
        raise DocumentError(f"the header names the column {twice[0]} twice", where=f"{where}: line 1")
    missing = [name for name in REQUIRED if name not in known]
    if missing:
        raise DocumentError(
            f"the header does not name the column {missing[0]}",
            where=f"{where}: line 1",
            remedy=f"the first row names the columns {', '.join(REQUIRED)}, and what else there is",
        )
    unknown = [cell[:40] for cell, name in zip(cells, names, strict=True) if name is None and cell]
    if unknown:
        notes.append(f"columns that are not used: {', '.join(unknown[:10])}")
    return names


# --- from rows to cinemas -----


@dataclass
class _Cinema:
    id: str
    about: dict[str, str] = field(default_factory=dict)
    emails: dict[str, None] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    screens: dict[str, tuple[list[Sorted], list[str]]] = field(default_factory=dict)

    def finish(self) -> Facility:
        return Facility(
            id=self.id,
            name=self.about.get("cinema") or self.id,
            screens=tuple(
                make_screen(name, parts, problems=problems)
                for name, (parts, problems) in self.screens.items()
            ),
            time_zone=self.about.get("time_zone"),
            emails=tuple(self.emails),
            circuit=self.about.get("circuit", ""),
            country=self.about.get("country", ""),
            language=self.about.get("language", ""),
            problems=tuple(self.problems),
        )


@dataclass
class _Table:
    path: Path
    cinemas: dict[str, _Cinema] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    read: dict[str, tuple[Certificate, ...] | str] = field(default_factory=dict)

    def add(self, line: int, cells: Mapping[str, str]) -> None:
        long = next((name for name, cell in cells.items() if len(cell) > MAX_CELL), None)
        if long is not None:
            self.problems.append(f"line {line}, column {long}: more than {MAX_CELL} characters")
            return
        id = cells.get("cinema_id") or cells.get("cinema") or ""
        if not id:
            self.problems.append(f"line {line}, column cinema: it is empty")
            return
        cinema = self.cinemas.setdefault(id, _Cinema(id))
        for name in _ABOUT_CINEMA:
            value = cells.get(name)
            if value and name == "time_zone":
                try:
                    value = zone_name(value)
                except UsageError as error:
                    cinema.problems.append(f"line {line}, column time_zone: {error.what}")
                    continue
            if value and cinema.about.setdefault(name, value) != value:
                cinema.problems.append(
                    f"line {line}, column {name}: '{value}' differs from '{cinema.about[name]}' further up"
                )
        cinema.emails.update(dict.fromkeys(_parts(cells.get("email", ""))))
        screen = cells.get("screen")
        if not screen:
            cinema.problems.append(f"line {line}, column screen: it is empty")
            return
        parts, problems = cinema.screens.setdefault(screen, ([], []))
        if cells.get("certificate"):
            self._certificates(cells["certificate"], f"line {line}, column certificate", parts, problems)
        elif not cells.get("devices"):
            problems.append(f"line {line}, column certificate: it is empty")
        for name in _parts(cells.get("devices", "")):
            self._certificates(name, f"line {line}, column devices", parts, problems)

    def _certificates(self, name: str, place: str, parts: list[Sorted], problems: list[str]) -> None:
        found = self._file(name)
        if isinstance(found, str):
            problems.append(f"{place}: {name[:120]}: {found}")
            return
        part = sort_certificates(found)
        if place.endswith("devices") and part.recipients:
            part = replace(part, recipients=(), devices=(*part.recipients, *part.devices))
        problems += [f"{place}: {text}" for text in part.problems]
        parts.append(replace(part, problems=()))

    def _file(self, name: str) -> tuple[Certificate, ...] | str:
        """The certificates of a file, or why it cannot be read; each file is read once."""
        if name not in self.read:
            try:
                path = self.path.parent / name
                if not path.exists() and "\\" in name:  # the table was made on Windows
                    path = self.path.parent / name.replace("\\", "/")
                if not path.is_file():
                    self.read[name] = (
                        "it is a folder, not a file" if path.is_dir() else "there is no such file"
                    )
                else:
                    self.read[name] = read_certificates(path)
            except DcpError as error:
                self.read[name] = error.what
            except (OSError, ValueError) as error:
                self.read[name] = f"it cannot be read: {getattr(error, 'strerror', None) or error}"
        return self.read[name]


def _parts(cell: str) -> list[str]:
    found = [part.strip() for part in _SEPARATORS.split(cell)[:MAX_PARTS]]
    return [part for part in found if part]
