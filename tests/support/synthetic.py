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
    extra: bytes = b"",
    in_tile: bytes = b"",
    quantization: bytes | None = None,
    numbers: Sequence[int] | None = None,
    count: int | None = None,
    tiles: Sequence[int] | None = None,
    tlm_tiles: Sequence[int] | None = None,
    shares: Sequence[int] | None = None,
) -> bytes:
    """A codestream with every field of its headers at will; each tile part holds a share of the payload,
    or the last all of it.

    extra, in_tile: marker segments at the end of the main header, of the first tile part's. quantization:
    from Sqcd on. shares: zeros of each tile part. numbers, count, tiles: what the SOT of each part says.
    tlm_tiles: which TLM names.
    """

    width, height = size
    tile = tile or size
    siz = struct.pack(">H8IH", rsiz, width, height, *origin, *tile, *origin, len(components))
    siz += b"".join(bytes(component) for component in components)
    grid = b"\x77" + b"\x88" * levels if precincts is None else precincts
    cod = struct.pack(">BBHB", 1, progression, layers, mct)
    cod += bytes((levels, *code_block, style, wavelet)) + grid
    qcd = bytes([guard << 5 | 2]) + b"\x77\x20" * (3 * levels + 1)
    qcd = qcd if quantization is None else quantization
    share = 0 if uneven else len(payload) // parts
    pieces = [payload[n * share : (n + 1) * share if n < parts - 1 else len(payload)] for n in range(parts)]
    if shares is not None:
        pieces = [bytes(each) for each in shares]
    bodies = []
    for number, piece in enumerate(pieces):
        header = segment(0xFF5F, poc_in_tile) if poc_in_tile and number == 0 else b""
        body = header + (in_tile if number == 0 else b"") + b"\xff\x93" + piece
        sot = (tiles or [0] * parts)[number], len(body) + 12, (numbers or range(parts))[number]
        bodies.append(struct.pack(">HHHIBB", 0xFF90, 10, *sot, parts if count is None else count) + body)
    lengths = [len(body) for body in bodies] if tlm is True else list(tlm or ())
    entries = b"".join(struct.pack(">I", length) for length in lengths)
    main = b"\xff\x4f" + segment(0xFF51, siz) + segment(0xFF52, cod) + segment(0xFF5C, qcd)
    if poc:
        main += segment(0xFF5F, poc)
    if tlm is not False:
        if tlm_tiles is None:
            main += segment(0xFF55, b"\x00\x40" + entries)
        else:
            named = zip(tlm_tiles, lengths, strict=True)
            main += segment(0xFF55, b"\x00\x50" + b"".join(struct.pack(">BI", *each) for each in named))
    return main + extra + b"".join(bodies) + eoc


def segment(marker: int, body: bytes) -> bytes:
    """A marker segment with its length."""
    return struct.pack(">HH", marker, len(body) + 2) + body


def coc(component: int, *, levels: int = 5, code_block: tuple[int, int] = (3, 3), style: int = 0,
        wavelet: int = 0, precincts: bytes | None = None) -> bytes:  # fmt: skip
    """A COC with its marker, right for cinema unless said otherwise."""
    grid = b"\x77" + b"\x88" * levels if precincts is None else precincts
    return segment(0xFF53, bytes((component, 1, levels, *code_block, style, wavelet)) + grid)


def qcc(component: int, *, levels: int = 5, guard: int = 1) -> bytes:
    """A QCC with its marker."""
    return segment(0xFF5D, bytes((component, guard << 5 | 2)) + b"\x77\x20" * (3 * levels + 1))
