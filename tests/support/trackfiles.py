"""Track files under a test's eyes: where a unit lies, a bit of damage, and what the reader says of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from dcp.mxf.reader import TrackFile, Unit
from dcp.secrets.keys import ContentKey


def sha1(data: bytes | bytearray | memoryview) -> str:
    return hashlib.sha1(data).hexdigest()


def faults(units: Iterator[Unit]) -> list[tuple[int, str]]:
    """Index and reason of every unit with a fault."""
    return [(unit.index, unit.fault.reason) for unit in units if unit.fault is not None]


def flip(path: Path, offset: int, value: int = 1) -> None:
    """Other bits in one byte: those of `value`."""
    data = bytearray(path.read_bytes())
    data[offset] ^= value
    path.write_bytes(data)


def unit_offset(path: Path, index: int, key: ContentKey | None = None) -> int:
    """Where the key of a unit's KLV begins."""
    with TrackFile.open(path) as track:
        return next(unit.offset for unit in track.units(index, key=key))
