"""Boxes of MP4 and QuickTime files that FFmpeg reads and uses but does not hand out."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from dcp.dataclass import dataclass

_CTTS = (b"mdia", b"minf", b"stbl", b"ctts")
_ELST = (b"edts", b"elst")
_NORMAL = 0x10000
"""16.16: as fast as it was recorded."""
MAX_EDITS = 10_000


@dataclass(frozen=True)
class Edit:
    """An entry of an edit list. media: where it begins, in units of the track; -1 for nothing shown. speed: 1
    as recorded, 0 a frame held.
    """

    media: int
    speed: Fraction


def unfinished(path: Path) -> bool:
    """Whether it begins as MP4 or QuickTime and has no index: a recording or a copy that was broken off."""
    with path.open("rb") as file:
        kinds = [kind for kind, _, _ in _boxes(file, 0, path.stat().st_size)]
        file.seek(4)
        return file.read(4) in (b"ftyp", b"mdat", b"wide") and b"moov" not in kinds


def edits(path: Path, track: int) -> tuple[Edit, ...]:
    """The edit list of a track; none where it has none."""
    with path.open("rb") as file:
        found = _within(file, _track(file, path.stat().st_size, track), _ELST)
        if found is None:
            return ()
        start, stop = found
        file.seek(start)
        form, wide = (">Qqi", 20) if file.read(1) == b"\1" else (">Iii", 12)
        file.seek(start + 4)
        count = min(int.from_bytes(file.read(4), "big"), (stop - start - 8) // wide, MAX_EDITS)
        entries = struct.iter_unpack(form, file.read(count * wide))
        return tuple(Edit(media, Fraction(speed, _NORMAL)) for _, media, speed in entries)


def composition_offsets(path: Path, track: int, count: int) -> array[int] | None:
    """How much later than decoded each of a track's `count` samples is presented, in its own units (ctts).

    None where there is none to be found, or one of another number of samples.
    """
    with path.open("rb") as file:
        samples = _within(file, _track(file, path.stat().st_size, track), _CTTS[:-1])
        if samples is None:
            return None
        found = _within(file, samples, _CTTS[-1:])
        if found is None:
            return array("q", bytes(8 * count))  # no box: no offsets
        start, stop = found
        file.seek(start + 4)
        runs = int.from_bytes(file.read(4), "big")
        if runs > min(count, (stop - start - 8) // 8):
            return None
        offsets = array("q")
        for several, offset in struct.iter_unpack(">Ii", file.read(8 * runs)):
            if several > count - len(offsets):
                return None
            offsets.extend([offset] * several)
        return offsets if len(offsets) == count else None


def first_place(path: Path, track: int) -> int | None:
    """Where in the file a track's first sample lies."""
    with path.open("rb") as file:
        samples = _within(file, _track(file, path.stat().st_size, track), _CTTS[:-1])
        for kind, wide in ((b"stco", 4), (b"co64", 8)):
            found = _within(file, samples, (kind,))
            if found is not None and found[0] + 8 + wide <= found[1]:
                file.seek(found[0] + 8)
                return int.from_bytes(file.read(wide), "big")
    return None


def _boxes(file: BinaryIO, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes between two places: kind, begin and end of what is inside."""
    while start + 8 <= stop:
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8).ljust(8, b"\0"))
        inside = start + 8
        if size == 1:
            size = int.from_bytes(file.read(8), "big")
            inside += 8
        elif size == 0:
            size = stop - start
        if size < inside - start or start + size > stop:
            return
        yield kind, inside, start + size
        start += size


def _track_id(file: BinaryIO, start: int, stop: int) -> int | None:
    for kind, begin, _ in _boxes(file, start, stop):
        if kind == b"tkhd":
            file.seek(begin)
            wide = file.read(1) == b"\1"
            file.seek(begin + 4 + (16 if wide else 8))
            return int.from_bytes(file.read(4), "big")
    return None


def _track(file: BinaryIO, size: int, track: int) -> tuple[int, int] | None:
    """Where the inside of a track's box begins and ends."""
    for kind, start, stop in _boxes(file, 0, size):
        if kind == b"moov":
            for inner, begin, end in _boxes(file, start, stop):
                if inner == b"trak" and _track_id(file, begin, end) == track:
                    return begin, end
    return None


def _within(file: BinaryIO, box: tuple[int, int] | None, names: tuple[bytes, ...]) -> tuple[int, int] | None:
    """The inside of the box that these names lead to, one in the other."""
    for name in names:
        if box is None:
            return None
        box = next(((start, stop) for kind, start, stop in _boxes(file, *box) if kind == name), None)
    return box
