"""What was examined, by whom and with what: the case as values, and as evidence.json.

No secret is in it, nor where one lies: a secret has its fingerprint and its operator's name here.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why
from watermark.evidence.shows import Shows
from watermark.evidence.when import Quarter, Time
from watermark.evidence.where import Locations, Screen, screens_at

SCHEMA = "dcpkit.evidence/1"
LIBRARIES = ("numpy", "opencv-python-headless", "av")
_CHUNK = 1 << 22


@dataclass(frozen=True)
class Digest:
    """A file that was examined: its name without its folder, its length, its SHA-256 in hex digits."""

    name: str
    bytes: int
    sha256: str

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {"name": self.name, "bytes": self.bytes, "sha256": self.sha256}


@dataclass(frozen=True)
class Film:
    """A film that was searched. files: of a package its playlist and picture track files."""

    name: str
    kind: str
    files: tuple[Digest, ...]
    cpl_id: str | None = None
    title: str | None = None
    issued: datetime | None = None

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "name": self.name,
            "kind": self.kind,
            "cpl_id": self.cpl_id,
            "title": self.title,
            "issued_utc": _utc(self.issued),
            "files": [each.document() for each in self.files],
        }


@dataclass(frozen=True)
class Known:
    """A secret that was searched with: who it is of, and which it is."""

    operator: str
    fingerprint: str


@dataclass(frozen=True)
class Case:
    """All about an extraction but its answer. command: what was run, without where secrets lie. operator:
    whose secret read the mark."""

    examiner: str
    number: str
    made: datetime
    version: str
    command: tuple[str, ...]
    parameters: Mapping[str, Any]
    recording: Digest
    films: tuple[Film, ...]
    secrets: tuple[Known, ...]
    time: Time | None = None
    locations: Locations | None = None
    shows: Shows | None = None
    journals: tuple[Digest, ...] = ()
    notes: tuple[Text, ...] = ()
    operator: str = ""

    def screens(self, location: int) -> tuple[Screen, ...]:
        """The screens that had a location when the mark was made; several when the list, or the year, leaves
        it open."""
        if self.locations is None:
            return ()
        rows = self.locations.of(location)
        quarters = [each for each in self.time.quarters if each.possible] if self.time else []
        return screens_at(rows, [(each.begin, each.end) for each in quarters]) if quarters else rows


def digest_of(path: Path, *, progress: Callable[[int], None] | None = None) -> Digest:
    """Read a file for its SHA-256. progress(bytes so far) may raise. UsageError when it cannot be read."""
    running, count = hashlib.sha256(), 0
    try:
        with path.open("rb") as stream:
            while data := stream.read(_CHUNK):
                running.update(data)
                count += len(data)
                if progress is not None:
                    progress(count)
    except OSError as error:
        raise UsageError("file.cannot-read", where=path, why=why(error)) from None
    return Digest(path.name, count, running.hexdigest())


def evidence_document(
    case: Case, result: Mapping[str, Any], *, pictures: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """evidence.json. result: `dcpkit.watermark/1`; pictures: what lies in pairs/."""
    payload = result["payload"]
    location = payload["location"] if payload else None
    return {
        "schema": SCHEMA,
        "tool": {"name": "dcpkit", "version": case.version, **environment()},
        "made_utc": _utc(case.made),
        "case": {"number": case.number, "examiner": case.examiner},
        "command": list(case.command),
        "parameters": dict(case.parameters),
        "recording": case.recording.document(),
        "films": [each.document() for each in case.films],
        "secrets": [{"operator": each.operator, "fingerprint": each.fingerprint} for each in case.secrets],
        "result": dict(result),
        "time": _time(case, location) if case.time is not None else None,
        "location": _location(case, location) if location is not None else None,
        "journals": [each.document() for each in case.journals],
        "shows": case.shows.document() if case.shows is not None else None,
        "pictures": [dict(each) for each in pictures],
        "notes": [str(each) for each in case.notes],
    }


def screen_words(case: Case, location: int) -> tuple[Text, ...]:
    """Where it was, for a terminal."""
    if case.locations is None:
        return ()
    screens = case.screens(location)
    if screens:
        return tuple(text("evidence.screen-is", cinema=each.cinema, screen=each.screen) for each in screens)
    known = bool(case.locations.of(location))
    return (text("evidence.not-then" if known else "evidence.not-listed", location=location),)


def environment() -> dict[str, Any]:
    """What the numbers came out of besides the tool: interpreter, machine, libraries that compute."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {"python": platform.python_version(), "machine": platform.machine(), "libraries": found}


def _time(case: Case, location: int | None) -> dict[str, Any]:
    time = case.time
    assert time is not None
    screens = case.screens(location) if location is not None else ()
    zones = {each.zone_name: each.zone for each in screens if each.zone is not None}
    fixed = time.fixed
    return {
        "index": time.index,
        "fixed": _quarter(fixed, zones) if fixed is not None else None,
        "quarters": [_quarter(each, zones) for each in time.quarters],
        "longer_ago_possible": time.open_below,
        "bounds": [
            {"begin_utc": _utc(each.begin), "end_utc": _utc(each.end), "why": str(each.why)}
            for each in time.bounds
        ],
    }


def _quarter(quarter: Quarter, zones: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "begin_utc": _utc(quarter.begin),
        "end_utc": _utc(quarter.end),
        "local": {
            name: [each.astimezone(zone).isoformat() for each in (quarter.begin, quarter.end)]
            for name, zone in zones.items()
        },
        "possible": quarter.possible,
        "against": [str(each) for each in quarter.against],
    }


def _location(case: Case, location: int) -> dict[str, Any]:
    locations = case.locations
    return {
        "location": location,
        "list": {"name": locations.name, "bytes": locations.bytes, "sha256": locations.sha256}
        if locations
        else None,
        "screens": [
            {
                "cinema": each.cinema,
                "screen": each.screen,
                "time_zone": each.zone_name or None,
                "certificate": each.certificate or None,
                "from": _utc(each.begin),
                "until": _utc(each.end),
                "line": each.line,
            }
            for each in case.screens(location)
        ],
        "problems": [str(each) for each in locations.problems] if locations else [],
    }


def _utc(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat() if instant is not None else None
