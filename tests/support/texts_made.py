"""Small sources of text: SRT of (start, end, words) in seconds, a document with pictures."""

from __future__ import annotations

import struct
import uuid
import zlib
from fractions import Fraction
from pathlib import Path

from material import NOW

from dcp.text.smpte import write_smpte
from dcp.text.values import Cue, Image, TimedText


def srt(path: Path, *cues: tuple[float, float, str]) -> Path:
    blocks = [
        f"{number}\n{_time(start)} --> {_time(end)}\n{words}\n"
        for number, (start, end, words) in enumerate(cues, start=1)
    ]
    path.write_text("\n".join(blocks), "utf-8")
    return path


def png(
    width: int = 40, height: int = 8, *, grey: int = 200, depth: int = 8, interlaced: bool = False
) -> bytes:
    """Of one colour with half of it let through."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" + bytes((grey, grey, grey, 128)) * (width * depth // 8)
    header = struct.pack(">IIBBBBB", width, height, depth, 6, 0, 0, interlaced)
    return (
        b"\x89PNG\r\n\x1a\n"
        + part(b"IHDR", header)
        + part(b"IDAT", zlib.compress(row * height))
        + part(b"IEND", b"")
    )


def pictures_document(
    folder: Path, *shown: bytes, start: Fraction = Fraction(4)
) -> tuple[Path, dict[uuid.UUID, bytes]]:
    """A document of ST 428-7 with its PNG beside it, and these by their ids."""
    folder.mkdir()
    images = {uuid.UUID(int=1 + number): data for number, data in enumerate(shown or (png(), png(grey=90)))}
    for id, data in images.items():
        (folder / f"{id}.png").write_bytes(data)
    cues = tuple(
        Cue(start + number, start + number + Fraction(1, 2), (Image(id),)) for number, id in enumerate(images)
    )
    document = TimedText(uuid.UUID(int=99), "Pictures", cues, Fraction(24), 24, language="fr", issue_date=NOW)
    (folder / "text.xml").write_bytes(write_smpte(document))
    return folder / "text.xml", images


def _time(seconds: float) -> str:
    thousandths = round(seconds * 1000)
    return (
        f"{thousandths // 3_600_000:02}:{thousandths // 60_000 % 60:02}:"
        f"{thousandths // 1000 % 60:02},{thousandths % 1000:03}"
    )
