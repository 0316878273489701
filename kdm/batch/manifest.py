"""The manifest of a batch folder: what was issued to whom, what was not and why. No key is in it.

`manifest.json` is what a later run goes by; `manifest.csv` says the same to a spreadsheet.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from dcp.dataclass import dataclass
from dcp.errors import DcpError, UsageError
from dcp.output import write_finished
from dcp.patterns import pattern
from dcp.system import open_plain, read_at_most
from dcp.texts.system import why
from kdm.tables import plain_cell

SCHEMA = "dcpkit.kdm-batch/1"
JSON_FILE, CSV_FILE = "manifest.json", "manifest.csv"
MAX_MANIFEST = 256 * 1024 * 1024  # a hundred thousand messages
MAX_ENTRIES = 200_000

_FILE = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,119}){2}", re.ASCII)


@dataclass(frozen=True)
class Issued:
    """One message. `order`: the folder of its order. `job`: a digest of all that it was made from.

    `device`: the common name without its roles; `recipient`: the whole subject. `file` is relative to the
    batch folder; `sha256` in hex; `thumbprint` and `devices` in base64, as a KDM has them. `superseded`: its
    screen has another media block by now, so it is in no parcel any more. `withdrawn`: why it is in none, and
    its file deleted: a later run refused its device or screen.
    """

    order: str
    job: str
    cinema_id: str
    cinema: str
    screen: str
    device: str
    recipient: str
    thumbprint: str
    message_id: str
    file: str
    sha256: str
    not_before: str
    not_after: str
    formulation: str
    cpl_id: str
    title: str
    issued: str
    devices: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    superseded: bool = False
    withdrawn: str = ""

    @property
    def why(self) -> str:
        return self.withdrawn

    @property
    def stands(self) -> bool:
        """It is part of its cinema's parcel."""
        return not self.superseded and not self.withdrawn

    @property
    def status(self) -> str:
        return "withdrawn" if self.withdrawn else "superseded" if self.superseded else "issued"

    @property
    def key(self) -> str:
        """What it is found by: a job may be part of several orders."""
        return f"{self.order}/{self.job}"


@dataclass(frozen=True)
class LeftOut:
    """What was asked for and not made. `screen` "": the whole cinema; `cinema_id` "": no single one.

    `thumbprint`: of the device's certificate, where one was refused.
    """

    order: str
    cinema_id: str
    cinema: str
    screen: str
    device: str
    why: str
    remedy: str = ""
    thumbprint: str = ""

    @property
    def status(self) -> str:
        return "left out"


@dataclass(frozen=True)
class Manifest:
    """All that a batch folder holds, by `key`; and what the last run of each order left out."""

    issued: Mapping[str, Issued] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()


_Row = TypeVar("_Row", Issued, LeftOut)


def read_manifest(folder: Path) -> Manifest:
    """DcpError when it is damaged, UsageError when it cannot be read."""
    path = folder / JSON_FILE
    try:
        data = read_regular(path, MAX_MANIFEST + 1)
    except OSError as error:
        raise UsageError("batch.manifest-unreadable", where=path, why=why(error)) from None
    try:
        if len(data) > MAX_MANIFEST:
            raise ValueError
        document = json.loads(data)
        if document["schema"] != SCHEMA:
            raise ValueError
        issued = [_row(Issued, entry) for entry in _entries(document["issued"])]
        left_out = [_row(LeftOut, entry) for entry in _entries(document["left_out"])]
        if any(_FILE.fullmatch(entry.file) is None for entry in issued):
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DcpError("batch.no-manifest", where=path) from None
    return Manifest({entry.key: entry for entry in issued}, tuple(left_out))


def write_manifest(folder: Path, manifest: Manifest, *, table: bool = True) -> None:
    """Each file whole, under a temporary name first, and none that is right already. table: the CSV too."""
    document = {
        "schema": SCHEMA,
        "issued": [vars(entry) for entry in manifest.issued.values()],
        "left_out": [vars(entry) for entry in manifest.left_out],
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # a line an entry, so that two manifests can be compared
    text = text.replace('{"order":', '\n{"order":') + "\n"
    write_changed(folder / JSON_FILE, text.encode("utf-8", "replace"))
    if table:
        write_changed(folder / CSV_FILE, _table(manifest).encode("utf-8-sig", "replace"))


def read_regular(path: Path, size: int) -> bytes:
    """The first so many bytes of a file. OSError also where it is a link, a pipe or a folder."""
    with open_plain(path) as stream:
        return read_at_most(stream, size)


def write_changed(path: Path, data: bytes) -> bool:
    """Write a file whole, unless it has that content; whether it was written."""
    try:
        if path.stat().st_size == len(data) and read_regular(path, len(data) + 1) == data:
            return False
    except OSError:
        pass  # absent, or not readable: written anew, or refused by name
    write_finished(path, data)
    return True


COLUMNS = (
    "status",
    "cinema_id",
    "cinema",
    "screen",
    "device",
    "recipient",
    "thumbprint",
    "message_id",
    "file",
    "sha256",
    "not_before",
    "not_after",
    "formulation",
    "cpl_id",
    "title",
    "issued",
    "why",
    "remedy",
)


def _table(manifest: Manifest) -> str:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    rows: list[Issued | LeftOut] = [*manifest.issued.values(), *manifest.left_out]
    for entry in rows:
        writer.writerow([plain_cell(str(getattr(entry, name, ""))) for name in COLUMNS])
    return stream.getvalue()


def _entries(value: object) -> Iterable[Mapping[str, Any]]:
    if not isinstance(value, list) or len(value) > MAX_ENTRIES:
        raise ValueError
    return value


def _row(kind: type[_Row], entry: Mapping[str, Any]) -> _Row:
    if not isinstance(entry, dict):
        raise ValueError
    hints = _HINTS[kind]
    values: dict[str, Any] = {}
    for name, value in entry.items():
        wanted = hints[name]
        if wanted is str or wanted is bool:
            if type(value) is not wanted:
                raise ValueError
            values[name] = value
        elif not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise ValueError
        else:
            values[name] = tuple(value)
    return kind(**values)


_HINTS: Mapping[type, Mapping[str, Any]] = {kind: get_type_hints(kind) for kind in (Issued, LeftOut)}
