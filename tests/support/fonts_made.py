"""The smallest TrueType font that players take for one: a triangle for each sign, made without a library."""

from __future__ import annotations

import functools
import itertools
import struct
from collections.abc import Iterable, Sequence

ASCII = "".join(map(chr, range(32, 127)))


@functools.cache
def small_font(signs: str = ASCII, *, leave_out: str = "", padding: int = 0) -> bytes:
    """leave_out: a table that the font lacks. padding: bytes that make it larger."""
    points = sorted({ord(sign) for sign in signs})
    glyph = struct.pack(">hhhhhHH", 1, 0, 0, 500, 700, 2, 0) + bytes((1, 1, 1))
    glyph += struct.pack(">3h3h", 0, 0, 500, 0, 700, -700)
    glyph += bytes(-len(glyph) % 4)
    count = len(points) + 1
    loca = [0, 0, *itertools.accumulate([len(glyph)] * len(points))]
    tables = {
        "cmap": _cmap(points),
        "glyf": glyph * len(points) + bytes(padding),
        "head": struct.pack(
            ">IIIIHHQQ4hHHhhh", 0x10000, 0x10000, 0, 0x5F0F3CF5, 3, 1000, 0, 0, 0, 0, 500, 700, 0, 8, 2, 1, 0
        ),
        "hhea": struct.pack(">I3hH11hH", 0x10000, 800, -200, 0, 600, *[0] * 11, count),
        "hmtx": struct.pack(">Hh", 600, 0) * count,
        "loca": struct.pack(f">{len(loca)}I", *loca),
        "maxp": struct.pack(">IH13H", 0x10000, count, 3, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0),
    }
    tables.pop(leave_out, None)
    return pack(tables)


def pack(tables: dict[str, bytes], head: bytes = b"\0\1\0\0") -> bytes:
    """A font file of these tables, its checksums right."""
    at = 12 + 16 * len(tables)
    directory, bodies, adjusted = b"", b"", None
    for name, body in sorted(tables.items()):
        body += bytes(-len(body) % 4)
        if name == "head":
            adjusted = at + len(bodies) + 8
        directory += struct.pack(">4sIII", name.encode(), _sum(body), at + len(bodies), len(tables[name]))
        bodies += body
    font = head + struct.pack(">HHHH", len(tables), 0, 0, 0) + directory + bodies
    if adjusted is None or len(font) < adjusted + 4:
        return font
    return font[:adjusted] + struct.pack(">I", (0xB1B0AFBA - _sum(font)) % 2**32) + font[adjusted + 4 :]


def _sum(data: bytes) -> int:
    return sum(struct.unpack(f">{len(data) // 4}I", data)) % 2**32


def _cmap(points: Sequence[int]) -> bytes:
    """A format 4 for what fits there, a format 12 for all."""
    low = [each for each in points if each < 0xFFFF]
    runs = [*_runs(low), (0xFFFF, 0xFFFF)]
    place = {point: number for number, point in enumerate(points, start=1)}
    deltas = [((place.get(first, 0) - first) if first != 0xFFFF else 1) & 0xFFFF for first, _ in runs]
    n = len(runs)
    four = struct.pack(">HHHHHHH", 4, 16 + 8 * n, 0, 2 * n, 0, 0, 0)
    four += struct.pack(f">{n}H", *(last for _, last in runs)) + b"\0\0"
    four += struct.pack(f">{n}H", *(first for first, _ in runs))
    four += struct.pack(f">{n}H", *deltas) + bytes(2 * n)
    groups = [struct.pack(">III", first, last, place[first]) for first, last in _runs(points)]
    twelve = struct.pack(">HHIII", 12, 0, 16 + 12 * len(groups), 0, len(groups)) + b"".join(groups)
    head = struct.pack(">HHHHI", 0, 2, 3, 1, 20) + struct.pack(">HHI", 3, 10, 20 + len(four))
    return head + four + twelve


def _runs(points: Iterable[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for point in points:
        if runs and runs[-1][1] == point - 1:
            runs[-1] = (runs[-1][0], point)
        else:
            runs.append((point, point))
    return runs
