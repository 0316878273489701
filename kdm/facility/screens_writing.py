"""Facility lists written as a CSV table of screens, with the certificates as files in a folder beside it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from dcp.errors import UsageError
from dcp.output import finished_folder, write_finished
from dcp.patterns import pattern
from dcp.texts.catalogue import text
from kdm.facility.screens import COLUMNS
from kdm.facility.values import Device, Facility
from kdm.tables import plain_cell

_UNSAFE = pattern(r"[^\w.-]+")
MAX_STEM = 50  # characters, of at most four bytes; file systems take names of 255 bytes
_MARK = b"\xef\xbb\xbf"  # spreadsheets take UTF-8 for what it is by this mark alone


def write_screens(facilities: Sequence[Facility], path: Path) -> Path:
    """Write the table to `path` and the certificates to a folder `NAME-certificates` beside it, which is
    returned. A row for each media block, and one for each screen without any.

    UsageError when that folder exists and holds something, or a name is no text; DcpError when the disk
    refuses.
    """
    folder = path.with_name(f"{path.stem}-certificates")
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    with finished_folder(folder) as directory:
        names = _Names()
        for facility in facilities:
            for row in _rows(facility, directory, folder.name, names):
                table.writerow([_cell(word) for word in row])
    write_finished(path, _MARK + text.getvalue().encode("utf-8"))
    return folder


class _Names:
    """File names in words that every file system takes, none of them given twice, whatever the case."""

    def __init__(self) -> None:
        self.given: set[str] = set()
        self.counts: dict[str, int] = {}

    def new(self, *words: str) -> str:
        stem = _UNSAFE.sub("-", "_".join(word for word in words if word)).strip("-._")[:MAX_STEM] or "device"
        while True:
            count = self.counts[stem] = self.counts.get(stem, 0) + 1
            name = f"{stem}.pem" if count == 1 else f"{stem}_{count}.pem"
            if name.casefold() not in self.given:
                self.given.add(name.casefold())
                return name


def _cell(word: str) -> str:
    shown = word.encode("utf-8", "replace").decode("utf-8")
    if shown != word:
        raise UsageError("table.name-not-utf8", where=shown[:200])
    return plain_cell(word)


def _rows(facility: Facility, directory: Path, folder: str, names: _Names) -> Iterator[list[str]]:
    def file(device: Device, screen: str, part: str) -> str:
        name = names.new(facility.name, screen, part)
        chain = "".join(certificate.pem() for certificate in device.certificates)
        (directory / name).write_bytes(chain.encode("ascii"))
        return f"{folder}/{name}"

    for screen in facility.screens:
        if screen.bare_thumbprints:
            where = text("place.colon", place=facility.name, what=screen.name)
            raise UsageError("table.thumbprint-alone", where=where)
        attached = ";".join(file(device, screen.name, "device") for device in screen.devices)
        for certificate in [file(device, screen.name, "") for device in screen.recipients] or [""]:
            yield [
                facility.name,
                facility.id,
                screen.name,
                certificate,
                attached,
                ";".join(facility.emails),
                facility.time_zone or "",
                facility.country,
                facility.language,
                facility.circuit,
            ]
