"""The list of whoever gives locations out, `--locations FILE.csv`: which screen had which, and since when.

The first row names the columns, in any order: location, cinema, screen, and as far as wanted time_zone,
certificate, from, until. A row is one screen for one stretch of time; times without an offset are of the
screen's zone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, time, tzinfo
from pathlib import Path

from dcp.errors import DocumentError, UsageError
from dcp.texts.catalogue import Text, text
from dcp.xml.parse import read_document
from watermark.evidence.where import Locations, Screen
from watermark.payload import LOCATIONS

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = LOCATIONS * 2
MAX_CELL = 1024
MAX_PROBLEMS = 100

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "location": ("位置编号", "位置", "location_id"),
    "cinema": ("影院", "影院名称", "facility", "theatre", "theater"),
    "screen": ("影厅", "auditorium", "hall"),
    "time_zone": ("时区", "tz", "timezone"),
    "certificate": ("证书", "thumbprint"),
    "from": ("起", "开始", "since"),
    "until": ("止", "结束", "to"),
}
REQUIRED = ("location", "cinema", "screen")


def read_locations(path: Path) -> Locations:
    """The list. A row that cannot be used is a problem that names its line.

    UsageError when the file cannot be read, DocumentError when it is no such table.
    """
    from kdm.phrases import Phrase
    from kdm.tables import decode_table, table_rows

    data = read_document(path, max_bytes=MAX_BYTES)
    words, _ = decode_table(data, where=path)
    screens: list[Screen] = []
    problems: list[Text] = []
    more = 0
    misfits: list[tuple[int, Phrase]] = []
    rows = table_rows(
        words, where=path, columns=COLUMNS, required=REQUIRED, max_rows=MAX_ROWS, misfits=misfits
    )
    for line, cells in rows:
        try:
            screens.append(_screen(line, cells))
        except UsageError as error:
            if len(problems) < MAX_PROBLEMS:
                problems.append(text("table.at-line", line=line, what=error))
            else:
                more += 1
    problems += [text("table.at-line", line=line, what=what) for line, what in misfits[:MAX_PROBLEMS]]
    more += max(0, len(misfits) - MAX_PROBLEMS)
    if more:
        problems.append(text("table.more-problems", more=more))
    if not screens and not problems:
        raise DocumentError("table.no-rows", where=path)
    return Locations(path.name, len(data), hashlib.sha256(data).hexdigest(), tuple(screens), tuple(problems))


def _screen(line: int, cells: Mapping[str, str]) -> Screen:
    """A row. UsageError for what cannot be used."""
    from kdm.facility.zones import zone_of

    if any(len(cell) > MAX_CELL for cell in cells.values()):
        raise UsageError("table.cell-too-long", most=MAX_CELL)
    number = cells.get("location", "")
    if not (number.isascii() and number.isdigit() and len(number) <= 6 and int(number) < LOCATIONS):
        raise UsageError("locations.no-location", value=number[:20], most=LOCATIONS - 1)
    if not cells.get("cinema") or not cells.get("screen"):
        raise UsageError("locations.no-screen")
    name = cells.get("time_zone", "")
    zone = zone_of(name) if name else None
    begin = _instant(cells.get("from", ""), zone, "from", time.min)
    end = _instant(cells.get("until", ""), zone, "until", time.max)
    if begin is not None and end is not None and end <= begin:
        raise UsageError("locations.backwards")
    return Screen(
        location=int(number),
        cinema=cells["cinema"],
        screen=cells["screen"],
        zone_name=name,
        zone=zone,
        certificate=cells.get("certificate", ""),
        begin=begin,
        end=end,
        line=line,
    )


def _instant(words: str, zone: tzinfo | None, column: str, hour: time) -> datetime | None:
    """A day, which counts whole, or a time; of the screen's zone when it has no offset."""
    from kdm.window import placed

    if not words:
        return None
    try:
        value = datetime.fromisoformat(words)
    except ValueError:
        raise UsageError("locations.no-time", column=column, value=words[:40]) from None
    if len(words) <= 10 and value.time() == time.min:
        value = datetime.combine(value.date(), hour)
    return placed(value, zone, flag="")
