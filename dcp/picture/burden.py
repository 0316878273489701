"""What a codestream's headers would have a decoder keep in memory, before it decodes the first bit.

A few bytes of header ask for millions of tiles, precincts or code-blocks, each with structures of its own.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from dcp.picture.codestream import Codestream

PRECINCT_BYTES, CODE_BLOCK_BYTES = 1700, 400
"""Measured on libopenjp2 2.5: with precincts of 2x2, and with code-blocks of 4x4."""

COD, COC, SOD = 0xFF52, 0xFF53, 0xFF93
_LARGEST = 15  # the exponent of the default precinct


class Style(NamedTuple):
    """levels: of decomposition. code_block, precincts: exponents, lowest resolution first; () the default."""

    levels: int
    code_block: tuple[int, int]
    precincts: tuple[tuple[int, int], ...]


def tile_count(headers: Codestream) -> int:
    return -(-(headers.xsiz - headers.xtosiz) // headers.xtsiz) * -(
        -(headers.ysiz - headers.ytosiz) // headers.ytsiz
    )


def decoder_bytes(data: bytes | bytearray | memoryview, headers: Codestream) -> int:
    """Bytes for tiles, precincts and code-blocks, by the most demanding of the styles in any header."""
    width = min(headers.xtsiz, headers.width)
    height = min(headers.ytsiz, headers.height)
    found = styles(memoryview(data), headers)
    each = max((_tile_bytes(style, width, height) for style in found), default=0)
    return tile_count(headers) * len(headers.components) * each


def styles(data: memoryview, headers: Codestream) -> Iterator[Style]:
    """Those of every COD and COC in the main header and the tile parts' headers."""
    wide = 2 if len(headers.components) > 256 else 1
    spans = [(2, headers.main_header_size)]
    spans += [(part.offset + 12, part.offset + part.length) for part in headers.tile_parts]
    for at, end in spans:
        while at + 4 <= min(end, len(data)):
            marker, length = struct.unpack_from(">HH", data, at)
            if marker == SOD or length < 2:
                break
            if marker in (COD, COC):
                body = data[at + 4 : at + 2 + length]
                flags = body[:1] if marker == COD else body[wide : wide + 1]
                rest = body[5:] if marker == COD else body[wide + 1 :]
                if flags and len(rest) >= 5:
                    sizes = rest[5:] if flags[0] & 1 else b""
                    yield Style(
                        rest[0],
                        ((rest[1] & 15) + 2, (rest[2] & 15) + 2),
                        tuple((size & 15, size >> 4) for size in sizes),
                    )
            at += 2 + length


def _tile_bytes(style: Style, width: int, height: int) -> int:
    """For one component of one tile."""
    total = 0
    for resolution in range(min(style.levels, 32) + 1):
        halved = min(style.levels, 32) - resolution
        across, down = max(-(-width // (1 << halved)), 1), max(-(-height // (1 << halved)), 1)
        exponents = style.precincts[resolution : resolution + 1]
        px, py = exponents[0] if exponents else (_LARGEST, _LARGEST)
        total += PRECINCT_BYTES * -(-across // (1 << px)) * -(-down // (1 << py))
        bands, shrink = (3, 1) if resolution else (1, 0)
        cx = min(style.code_block[0], max(px - shrink, 0))
        cy = min(style.code_block[1], max(py - shrink, 0))
        blocks = -(-across // (1 << cx + shrink)) * -(-down // (1 << cy + shrink))
        total += CODE_BLOCK_BYTES * bands * blocks
    return total
