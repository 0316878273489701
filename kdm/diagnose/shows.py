"""The shows of a programme, from a CSV file: where, what, when, and how long.

The first row names the columns, in any order: screen, composition (its id or its title), start, and as far as
wanted cinema, end or duration. Times without an offset are the cinema's local ones. A row that cannot be read
is listed, never passed over in silence: a show that nobody judged is a hole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import DcpError, DocumentError, UsageError
from dcp.patterns import pattern
from kdm.diagnose.times import later
from kdm.phrases import Phrase, fault_of, phrase
from kdm.tables import decode_table, table_rows
from kdm.window import placed

MAX_BYTES = 16 * 1024 * 1024
MAX_ROWS = 100_000
MAX_CELL = 1024
MAX_PROBLEMS = 1000  # that are told
LONGEST = timedelta(hours=48)  # a marathon; beyond it a duration is a slip

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "cinema": ("影院", "影院名称", "facility", "theatre", "theater"),
    "screen": ("影厅", "auditorium", "hall"),
    "composition": ("影片", "片名", "title", "film", "cpl", "cpl_id"),
    "start": ("开始", "开场", "开场时间", "begin", "begins", "starts"),
    "end": ("结束", "散场时间", "ends"),
    "duration": ("时长", "片长", "length", "minutes"),
}
"""Names of columns, and what else they are called."""

REQUIRED = ("screen", "composition", "start")

_SLASHES = pattern(r"(\d{4})[/年](\d{1,2})[/月](\d{1,2})日?[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_MINUTES = pattern(r"(\d{1,4})\s*(?:min|minutes|m|分|分钟|')?", re.ASCII)
_CLOCK = pattern(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_ISO = pattern(r"PT(?:(\d{1,2})H)?(?:(\d{1,4})M)?(?:(\d{1,5})S)?", re.ASCII)

Zones = Callable[[str], tzinfo | None]


@dataclass(frozen=True)
class Show:
    """`composition`: an id or a title, as written. `end`: None when the composition's own length decides.

    `cinema`: "" when the file has no such column. `line`: where it stands in the file.
    """

    screen: str
    composition: str
    start: datetime
    end: datetime | None = None
    cinema: str = ""
    line: int = 0


@dataclass(frozen=True)
class Programme:
    """`problems`: the rows that could not be read, each with its line and why."""

    shows: tuple[Show, ...]
    problems: tuple[str, ...] = ()


def parse_shows(data: bytes, *, where: str | Path, zones: Zones) -> Programme:
    """Read a programme of at most 16 MiB. `zones`: the time zone of a cinema by its name, None if not known.

    DocumentError when it is no table, or names too few columns.
    """
    if len(data) > MAX_BYTES:
        raise DocumentError("table.too-large", where=where, most=MAX_BYTES)
    text, _ = decode_table(data, where=where)
    shows, problems, count = [], [], 0
    misfits: list[tuple[int, Phrase]] = []
    rows = table_rows(
        text, where=where, columns=COLUMNS, required=REQUIRED, max_rows=MAX_ROWS, misfits=misfits
    )
    for line, cells in rows:
        try:
            shows.append(_show({name: cell[:MAX_CELL] for name, cell in cells.items()}, line, zones))
        except DcpError as error:
            count += 1
            if count <= MAX_PROBLEMS:
                problems.append(phrase("table.at-line", line=line, what=fault_of(error)))
    for line, said in misfits:
        count += 1
        if count <= MAX_PROBLEMS:
            problems.append(phrase("table.at-line", line=line, what=said))
    if count > MAX_PROBLEMS:
        problems.append(phrase("table.more-problems", more=count - MAX_PROBLEMS))
    return Programme(tuple(shows), tuple(problems))


def parse_duration(text: str) -> timedelta:
    """Minutes (`125`, `125 min`), hours and minutes (`2:05`), or `PT2H5M`. UsageError for anything else."""
    text = text.strip()
    iso, minutes, clock = _ISO.fullmatch(text), _MINUTES.fullmatch(text), _CLOCK.fullmatch(text)
    if iso and any(iso.groups()):
        hours, minute, second = (int(part or 0) for part in iso.groups())
        found = timedelta(hours=hours, minutes=minute, seconds=second)
    elif minutes:
        found = timedelta(minutes=int(minutes[1]))
    elif clock:
        found = timedelta(hours=int(clock[1]), minutes=int(clock[2]), seconds=int(clock[3] or 0))
    else:
        raise UsageError("shows.no-duration", text=repr(text[:40]))
    if not timedelta() < found <= LONGEST:
        raise UsageError("shows.no-length", text=repr(text[:40]))
    return found


def _show(cells: Mapping[str, str], line: int, zones: Zones) -> Show:
    for name in REQUIRED:
        if not cells.get(name):
            raise UsageError("shows.column-empty", column=name)
    cinema = cells.get("cinema", "")
    zone = zones(cinema)
    start = _instant(cells["start"], zone)
    end = None
    if cells.get("end"):
        end = _instant(cells["end"], zone)
        if not start < end <= start + LONGEST:
            raise UsageError("shows.end")
    elif cells.get("duration"):
        end = later(start, parse_duration(cells["duration"]))
    return Show(cells["screen"], cells["composition"], start, end, cinema, line)


def _instant(text: str, zone: tzinfo | None) -> datetime:
    slashes = _SLASHES.fullmatch(text)
    try:
        if slashes:
            value = datetime(*(int(part or 0) for part in slashes.groups()))  # type: ignore[arg-type]
        elif re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", text, re.ASCII):
            raise ValueError
        else:
            value = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError("shows.no-time", text=repr(text[:40])) from None
    return placed(value, zone, flag="")
