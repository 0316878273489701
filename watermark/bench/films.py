"""Footage as films: the clips of a folder, those of one rate joined, all of one size."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import DcpError, SourceError, UsageError
from dcp.output import write_finished
from watermark.video import rgb_video

Rgb16 = NDArray[np.uint16]

SUFFIXES = (".avi", ".m2v", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".webm")
LEAST_RATE = 20
"""Clips of fewer frames a second are played at 24: no cinema shows them as they are."""
LEAST_SECONDS = 2
MAX_CLIPS = 1000
MAX_TABLE = 1 << 20
_ALL = 10**6  # seconds


@dataclass(frozen=True)
class Scene:
    """A clip of a film. name: of its file. frames: how many. kinds: what a table says that it shows, and from
    which frame to before which."""

    path: Path
    name: str
    frames: int
    kinds: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True)
class Film:
    """Clips of one rate, one after the other, cut to the form of the picture and scaled to its size."""

    name: str
    rate: Fraction
    width: int
    height: int
    scenes: tuple[Scene, ...]

    @property
    def frames(self) -> int:
        return sum(scene.frames for scene in self.scenes)

    @property
    def seconds(self) -> float:
        return float(self.frames / self.rate)

    def walk(self, first: int = 0, last: int | None = None) -> Iterator[Rgb16]:
        """Frames first to last - 1, uint16 RGB."""
        place, end = 0, self.frames if last is None else min(last, self.frames)
        for scene in self.scenes:
            begin, stop = max(first - place, 0), min(end - place, scene.frames)
            if begin < stop:
                yield from self._scene(scene, begin, stop)
            place += scene.frames

    def shown(self, first: int, last: int) -> list[tuple[Scene, int, int]]:
        """The clips that these frames are of, and which of their own frames those are."""
        found, place = [], 0
        for scene in self.scenes:
            begin, end = max(first - place, 0), min(last - place, scene.frames)
            if begin < end:
                found.append((scene, begin, end))
            place += scene.frames
        return found

    def _scene(self, scene: Scene, first: int, last: int) -> Iterator[Rgb16]:
        with rgb_video(scene.path, deep=True) as (frames, _, _):
            for index, frame in enumerate(frames):
                if index >= last:
                    return
                if index >= first:
                    yield self._fitted(frame)

    def _fitted(self, frame: NDArray[Any]) -> Rgb16:
        """Its middle, of this film's form, in this film's size."""
        height, width = frame.shape[:2]
        across = min(width, round(height * self.width / self.height))
        up = min(height, round(width * self.height / self.width))
        left, top = (width - across) // 2, (height - up) // 2
        part = frame[top : top + up, left : left + across]
        fine = np.float32(1 if part.dtype == np.uint16 else 257)
        way = cv2.INTER_AREA if across > self.width else cv2.INTER_CUBIC
        small = cv2.resize(part.astype(np.float32) * fine, (self.width, self.height), interpolation=way)
        return np.asarray(np.clip(small + 0.5, 0, 65535), dtype=np.uint16)


def films_in(
    folder: Path, *, width: int, height: int, table: Path | None = None, known: Path | None = None
) -> list[Film]:
    """The films of a folder's clips, the longest first. table: CSV of `file,kinds`, kinds parted by
    spaces, and `from,to` in seconds, where only a part is so.
    known: a file where the clips' frames, which are counted by decoding, are kept for the next time.

    UsageError when the folder has no video that can be read, or the table is none.
    """
    try:
        paths = sorted(each for each in folder.iterdir() if each.suffix.lower() in SUFFIXES)[:MAX_CLIPS]
    except OSError:
        raise UsageError("bench.no-footage", where=folder) from None
    kinds = _table(table) if table else {}
    counted: dict[str, list[int]] = _json(known)
    by_rate: dict[Fraction, list[Scene]] = {}
    for path in paths:
        key = f"{path.name} {path.stat().st_size}"
        try:
            if key not in counted:
                counted[key] = _counted(path)
        except DcpError:
            continue
        frames, up, down = counted[key]
        rate = Fraction(up, down)
        rate = rate if rate >= LEAST_RATE else Fraction(24)
        if frames >= LEAST_SECONDS * rate:
            told = [
                (kind, round(low * rate), min(round(high * rate), frames))
                for kind, low, high in kinds.get(path.name, ())
            ]
            by_rate.setdefault(rate, []).append(Scene(path, path.name, frames, tuple(told)))
    if known is not None:
        write_finished(known, json.dumps(counted, indent=1).encode())
    if not by_rate:
        raise UsageError("bench.no-footage", where=folder)
    films = [
        Film(f"film-{float(rate):.3f}", rate, width, height, tuple(scenes))
        for rate, scenes in by_rate.items()
    ]
    return sorted(films, key=lambda film: (-film.frames, film.name))


def _counted(path: Path) -> list[int]:
    with rgb_video(path) as (frames, rate, _):
        return [sum(1 for _ in frames), rate.numerator, rate.denominator]


def _json(path: Path | None) -> dict[str, list[int]]:
    try:
        return dict(json.loads(path.read_text())) if path is not None and path.exists() else {}
    except (OSError, ValueError):
        return {}


def _table(path: Path) -> dict[str, list[tuple[str, Fraction, Fraction]]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream.read(MAX_TABLE).splitlines()))
        found: dict[str, list[tuple[str, Fraction, Fraction]]] = {}
        for row in rows:
            low, high = Fraction(row.get("from") or 0), Fraction(row.get("to") or _ALL)
            found.setdefault(row["file"], []).extend((kind, low, high) for kind in row["kinds"].split())
        return found
    except (OSError, ValueError, ZeroDivisionError, KeyError, TypeError, AttributeError, csv.Error):
        raise SourceError("bench.no-table", where=path) from None
