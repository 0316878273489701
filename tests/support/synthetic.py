"""Codestreams made of headers alone: what reads, wraps, encrypts or verifies them never decodes."""

from __future__ import annotations

import struct
from collections.abc import Sequence


def codestream(
    payload: bytes = b"",
    *,
    rsiz: int = 3,
    size: tuple[int, int] = (1998, 1080),
    tile: tuple[int, int] | None = None,
    origin: tuple[int, int] = (0, 0),
    components: Sequence[tuple[int, int, int]] = ((11, 1, 1),) * 3,
    progression: int = 4,
    layers: int = 1,
    mct: int = 1,
    levels: int = 5,
    code_block: tuple[int, int] = (3, 3),
    style: int = 0,
    wavelet: int = 0,
    precincts: bytes | None = None,
    guard: int = 1,
    parts: int = 3,
    uneven: bool = False,
    tlm: Sequence[int] | bool = True,
    poc: bytes = b"",
    poc_in_tile: bytes = b"",
    eoc: bytes = b"\xff\xd9",
) -> bytes:
    """A codestream with every field of its headers at will; each tile part holds a share of the payload,
    or the last all of it."""

    def segment(marker: int, body: bytes) -> bytes:
        return struct.pack(">HH", marker, len(body) + 2) + body

    width, height = size
    tile = tile or size
    siz = struct.pack(">H8IH", rsiz, width, height, *origin, *tile, *origin, len(components))
    siz += b"".join(bytes(component) for component in components)
    grid = b"\x77" + b"\x88" * levels if precincts is None else precincts
    cod = struct.pack(">BBHB", 1, progression, layers, mct)
    cod += bytes((levels, *code_block, style, wavelet)) + grid
    qcd = bytes([guard << 5 | 2]) + b"\x77\x20" * (3 * levels + 1)
    share = 0 if uneven else len(payload) // parts
    pieces = [payload[n * share : (n + 1) * share if n < parts - 1 else len(payload)] for n in range(parts)]
    bodies = []
    for number, piece in enumerate(pieces):
        header = segment(0xFF5F, poc_in_tile) if poc_in_tile and number == 0 else b""
        body = header + b"\xff\x93" + piece
        bodies.append(struct.pack(">HHHIBB", 0xFF90, 10, 0, len(body) + 12, number, parts) + body)
    lengths = [len(body) for body in bodies] if tlm is True else list(tlm or ())
    entries = b"".join(struct.pack(">I", length) for length in lengths)
    main = b"\xff\x4f" + segment(0xFF51, siz) + segment(0xFF52, cod) + segment(0xFF5C, qcd)
    if poc:
        main += segment(0xFF5F, poc)
    if tlm is not False:
        main += segment(0xFF55, b"\x00\x40" + entries)
    return main + b"".join(bodies) + eoc
