"""The main header of a codestream whose samples were coded with fewer bits, made one of cinema.

Coded so, the library knows 12 - k bits and another profile. The steps in QCD are relative to the bits of a
sample: with 12 bits in SIZ the same packets are samples 2^k times as large, coded in steps 2^k times as
coarse. Where the library has no profile that fits (4K), it writes the change of progression into the first
tile part; cinema wants it in the main header.
"""

from __future__ import annotations

import struct

from dcp.errors import CodestreamError
from dcp.picture.codec import BIT_DEPTH
from dcp.picture.codestream import POC, TLM, Codestream, parse_codestream
from dcp.picture.rules import CINEMA_2K, CINEMA_4K

_RSIZ, _SSIZ, _STEP = 6, 42, 3
"""Offsets in a codestream, SIZ being its first segment: Rsiz, the first Ssiz, and from one to the next."""
_LOWEST = {5: 18, 6: 19}
"""The exponent of the lowest band's step at 12 bits, by the levels, as the library has it (one guard bit or
two do not matter)."""


def in_cinema_form(codestream: bytes | bytearray, *, rsiz: int, four_k: bool) -> bytes:
    """The codestream with 12 bits and cinema's profile in SIZ, its POC, in 4K, in the main header.

    rsiz: the profile that it must have been coded under. CodestreamError where the library did otherwise.
    """
    headers = parse_codestream(codestream)
    parts = headers.tile_parts
    poc = POC in parts[0].markers if parts else False
    if headers.rsiz != rsiz or len(headers.components) != 3 or poc != four_k:
        raise CodestreamError("codec.cannot-encode")
    data = bytearray(codestream)
    struct.pack_into(">H", data, _RSIZ, CINEMA_4K if four_k else CINEMA_2K)
    for component in range(3):
        data[_SSIZ + _STEP * component] = BIT_DEPTH - 1
    return _moved(data, headers) if four_k else bytes(data)


def sample_bits(headers: Codestream) -> int | None:
    """With how many bits the samples of one of our codestreams were coded: 12, or fewer; None of others'."""
    lowest = _LOWEST.get(headers.levels)
    if lowest is None or len(headers.qcd) < 3:
        return None
    fewer = lowest - (headers.qcd[1] >> 3)
    return BIT_DEPTH - fewer if 0 <= fewer < BIT_DEPTH else None


def _moved(data: bytearray, headers: Codestream) -> bytes:
    """The POC of the first tile part taken into the main header, behind TLM, where the library has it in
    cinema's profile; the lengths in SOT and TLM say so."""
    first = headers.tile_parts[0]
    if first.markers != (POC,) or TLM not in headers.markers:
        raise CodestreamError("codec.cannot-encode")
    start = first.offset + 12
    size = first.data - 2 - start
    poc = bytes(data[start : start + size])
    del data[start : start + size]
    struct.pack_into(">I", data, first.offset + 6, first.length - size)
    tlm = _segment_at(data, TLM)
    sizes = data[tlm + 5]  # Stlm: how long the entries' fields are
    entry = tlm + 6 + (sizes >> 4 & 3)
    form = ">I" if sizes & 0x40 else ">H"
    struct.pack_into(form, data, entry, first.length - size)
    behind = tlm + 2 + struct.unpack_from(">H", data, tlm + 2)[0]
    data[behind:behind] = poc
    return bytes(data)


def _segment_at(data: bytearray, wanted: int) -> int:
    """Where a marker stands that the main header has."""
    position = 2
    while True:
        marker, length = struct.unpack_from(">HH", data, position)
        if marker == wanted:
            return position
        position += 2 + int(length)
