"""A CSV file of screens, as a distributor keeps it in a spreadsheet, in whatever form that wrote it.

The first row names the columns, in any order: cinema, screen and certificate, and as far as wanted cinema_id,
devices, email, time_zone, country, language, circuit. A row is a media block; two rows of one screen are two
media blocks in it. Certificates are files, named relative to the CSV file or absolutely; several devices are
parted by semicolons (in a file parted by semicolons: inside quotes), several addresses by anything.

A path may lead out of the CSV file's folder: the file is its user's own, like the command line, and what it
names is only ever read as certificates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import DcpError, DocumentError, UsageError
from dcp.patterns import pattern
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why
from dcp.trust.certificate import Certificate, read_certificates
from dcp.xml.parse import read_document
from kdm.facility.addresses import read_addresses
from kdm.facility.sorting import Sorted, make_screen, sort_certificates
from kdm.facility.values import MAX_PROBLEMS, Facility, FacilityList
from kdm.facility.zones import zone_name
from kdm.phrases import Listed, Phrase, fault_of, phrase
from kdm.tables import decode_table, table_rows

MAX_BYTES = 16 * 1024 * 1024
MAX_ROWS = 100_000
MAX_FILES = 300_000
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
_NOTHING = Sorted()
_SEPARATORS = pattern(r"[;；\n]")


def read_screens(path: Path) -> FacilityList:
    """The cinemas of a CSV file. A row that cannot be used is a problem that names line and column.

    UsageError when the file cannot be read, DocumentError when it is no table of screens.
    """
    table_text, encoding = decode_table(read_document(path, max_bytes=MAX_BYTES), where=path)
    table = _Table(path)
    unknown: list[str] = []
    misfits: list[tuple[int, Phrase]] = []
    rows = table_rows(
        table_text,
        where=path,
        columns=COLUMNS,
        required=REQUIRED,
        max_rows=MAX_ROWS,
        unknown=unknown,
        misfits=misfits,
    )
    for line, cells in rows:
        table.add(line, cells)
    for line, said in misfits:
        table.tell(table.problems, phrase("table.at-line", line=line, what=said))
    if unknown:
        titles = Listed([title[:40] for title in unknown[:10]])
        table.notes.append(phrase("table.unused-columns", titles=titles))
    if encoding not in ("UTF-8", "UTF-16"):
        table.notes.append(phrase("table.encoding", encoding=encoding))
    if table.count > MAX_PROBLEMS:
        table.problems.append(phrase("table.more-problems", more=table.count - MAX_PROBLEMS))
    if not table.cinemas and not table.problems:
        raise DocumentError("table.no-rows", where=path)
    return FacilityList(
        facilities=tuple(cinema.finish() for cinema in table.cinemas.values()),
        source=str(path),
        problems=tuple(table.problems),
        notes=tuple(table.notes),
    )


# --- from rows to cinemas -----


@dataclass
class _Cinema:
    id: str
    about: dict[str, str] = field(default_factory=dict)
    emails: dict[str, None] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    screens: dict[str, tuple[dict[tuple[str, str], Sorted], list[str]]] = field(default_factory=dict)

    def finish(self) -> Facility:
        return Facility(
            id=self.id,
            name=self.about.get("cinema") or self.id,
            screens=tuple(
                make_screen(name, parts.values(), problems=problems)
                for name, (parts, problems) in self.screens.items()
            ),
            time_zone=self.about.get("time_zone"),
            emails=tuple(self.emails),
            circuit=self.about.get("circuit", ""),
            country=self.about.get("country", ""),
            language=self.about.get("language", ""),
            problems=tuple(self.problems),
            notes=tuple(self.notes),
        )

    def note(self, text: str) -> None:
        """One more note, of which a few are told."""
        if len(self.notes) < MAX_PARTS:
            self.notes.append(text)


@dataclass
class _Table:
    path: Path
    cinemas: dict[str, _Cinema] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    read: dict[str, tuple[Certificate, ...] | str] = field(default_factory=dict)
    count: int = 0

    def tell(self, problems: list[str], text: str) -> None:
        """One more problem, of which the first `MAX_PROBLEMS` of the table are told."""
        self.count += 1
        if self.count <= MAX_PROBLEMS:
            problems.append(text)

    def add(self, line: int, cells: Mapping[str, str]) -> None:
        long = next((name for name, cell in cells.items() if len(cell) > MAX_CELL), None)
        if long is not None:
            self.tell(self.problems, _at(line, long, text("table.cell-too-long", most=MAX_CELL)))
            return
        id = cells.get("cinema_id") or cells.get("cinema") or ""
        if not id:
            self.tell(self.problems, _at(line, "cinema", _empty()))
            return
        cinema = self.cinemas.setdefault(id, _Cinema(id))
        for name in _ABOUT_CINEMA:
            value = cells.get(name)
            if value and name == "time_zone":
                try:
                    value = zone_name(value)
                except UsageError as error:
                    self.tell(cinema.problems, _at(line, "time_zone", fault_of(error)))
                    continue
            if value and cinema.about.setdefault(name, value) != value:
                other = text("table.differs", value=value, before=cinema.about[name])
                self.tell(cinema.problems, _at(line, name, other))
        addresses, others = read_addresses(cells.get("email", ""), most=MAX_PARTS)
        cinema.emails.update(dict.fromkeys(addresses))
        for each in others:
            cinema.note(phrase("table.no-address", address=each[:80], line=line))
        screen = cells.get("screen")
        if not screen:
            self.tell(cinema.problems, _at(line, "screen", _empty()))
            return
        parts, problems = cinema.screens.setdefault(screen, ({}, []))
        if cells.get("certificate"):
            self._certificates(cells["certificate"], line, "certificate", parts, problems)
        elif not cells.get("devices"):
            self.tell(problems, _at(line, "certificate", text("table.certificate-empty")))
        for name in _parts(cells.get("devices", "")):
            self._certificates(name, line, "devices", parts, problems)

    def _certificates(
        self,
        name: str,
        line: int,
        column: str,
        parts: dict[tuple[str, str], Sorted],
        problems: list[str],
    ) -> None:
        """Those of a file; one that the screen has already is not told of twice."""
        if (column, name) in parts:
            return
        found = self._file(name)
        if isinstance(found, str):
            parts[column, name] = _NOTHING
            self.tell(problems, _at(line, column, text("place.colon", place=name[:120], what=found)))
            return
        part = sort_certificates(found)
        if column == "devices" and part.recipients:
            part = replace(part, recipients=(), devices=(*part.recipients, *part.devices))
        for problem in part.problems:
            self.tell(problems, _at(line, column, problem))
        parts[column, name] = replace(part, problems=())

    def _file(self, name: str) -> tuple[Certificate, ...] | str:
        """The certificates of a file, or why it cannot be read; each file is read once."""
        if name not in self.read:
            if len(self.read) == MAX_FILES:
                raise DocumentError("table.too-many-files", where=self.path, most=MAX_FILES)
            try:
                path = self.path.parent / name
                if not path.exists() and "\\" in name:  # the table was made on Windows
                    path = self.path.parent / name.replace("\\", "/")
                if not path.is_file():
                    folder = path.is_dir()
                    self.read[name] = phrase("table.a-folder") if folder else phrase("table.no-such-file")
                else:
                    self.read[name] = read_certificates(path)
            except DcpError as error:
                self.read[name] = fault_of(error)
            except (OSError, ValueError) as error:
                self.read[name] = phrase("table.unreadable", why=why(error))
        return self.read[name]


def _at(line: int, column: str, what: object) -> Phrase:
    return phrase("table.at-cell", line=line, column=column, what=what)


def _empty() -> Text:
    return text("table.cell-empty")


def _parts(cell: str) -> list[str]:
    found = [part.strip() for part in _SEPARATORS.split(cell)[:MAX_PARTS]]
    return [part for part in found if part]
