"""The encrypted triplet of ST 429-6 (sheet 2.1): eight items, each behind a BER length.

Value = ContextID, PlaintextOffset, SourceKey, SourceLength, EncryptedSourceValue (ESV), TrackFileID,
SequenceNumber, MIC. ESV = IV | E(check value) | clear bytes | E(rest | pad). Without integrity the last
three are there with length 0.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from dcp.errors import TrackFileError
from dcp.mxf import klv

BLOCK = 16
ESV_OFFSET = 68
ESV_HEAD = 2 * BLOCK  # IV and check value
MIC_SIZE = 20
TAIL_WITH_MIC = 56
TAIL_WITHOUT_MIC = 12
MIC_RUN_TAIL = 36  # what of the tail the MIC covers: all but itself

_HEAD = struct.Struct(">I16sIQI16sIQI")
_TAIL = struct.Struct(">I16sIQI20s")
_BER_8 = 0x83000008
_BER_16 = 0x83000010
_BER_20 = 0x83000014
_FIXED_SIZES = (16, 8, 16, 8)
_INTEGRITY = ((16, "TrackFileID"), (8, "SequenceNumber"), (20, "MIC"))


class Triplet(NamedTuple):
    """A parsed triplet value. esv_offset and mic_run_end bound the bytes under the MIC.

    track_file_id, sequence and mic are None where the item is empty or absent.
    """

    context_id: bytes
    plaintext_offset: int
    source_key: bytes
    source_length: int
    esv_offset: int
    esv_length: int
    track_file_id: bytes | None
    sequence: int | None
    mic: bytes | None
    mic_run_end: int


def esv_size(source_length: int, plaintext_offset: int = 0) -> int:
    """Length of the ESV: the padding is always there, 1 to 16 bytes."""
    return plaintext_offset + BLOCK * ((source_length - plaintext_offset) // BLOCK) + 3 * BLOCK


def triplet_size(source_length: int, *, mic: bool) -> int:
    """Length of the triplet's value, for PlaintextOffset 0."""
    return ESV_OFFSET + esv_size(source_length) + (TAIL_WITH_MIC if mic else TAIL_WITHOUT_MIC)


def write_head(
    buffer: bytearray | memoryview,
    offset: int,
    *,
    context_id: bytes,
    source_key: bytes,
    source_length: int,
) -> None:
    """The 68 bytes before the ESV."""
    _HEAD.pack_into(
        buffer,
        offset,
        _BER_16,
        context_id,
        _BER_8,
        0,
        _BER_16,
        source_key,
        _BER_8,
        source_length,
        0x83000000 | esv_size(source_length),
    )


def write_tail(
    buffer: bytearray | memoryview, offset: int, *, track_file_id: bytes, sequence: int, mic: bytes
) -> None:
    """The 56 bytes behind the ESV of a triplet with integrity."""
    _TAIL.pack_into(buffer, offset, _BER_16, track_file_id, _BER_8, sequence, _BER_20, mic)


EMPTY_TAIL = bytes.fromhex("83000000") * 3


def peek_triplet(start: memoryview) -> tuple[int, memoryview] | None:
    """(PlaintextOffset, IV and check value) from the first bytes of a triplet; None if they do not parse."""
    parsed = _peeked(start)
    if parsed is None:
        return None
    items, _, at = parsed
    head = start[at : at + ESV_HEAD]
    return (int.from_bytes(items[1], "big"), head) if len(head) == ESV_HEAD else None


def peek_source_key(start: memoryview) -> bytes:
    """The key of the plain unit, from the first bytes of a triplet; empty if they do not parse."""
    parsed = _peeked(start)
    return b"" if parsed is None else bytes(parsed[0][2])


def peek_source_length(start: memoryview) -> int | None:
    """Bytes of the essence, from the first bytes of a triplet; None unless the encrypted length agrees."""
    parsed = _peeked(start)
    if parsed is None:
        return None
    items, esv_length, _ = parsed
    offset, source_length = int.from_bytes(items[1], "big"), int.from_bytes(items[3], "big")
    agrees = offset <= source_length and esv_length == esv_size(source_length, offset)
    return source_length if agrees else None


def _peeked(start: memoryview) -> tuple[list[memoryview], int, int] | None:
    """The items of fixed size, the stated length of the ESV and its place; None if they do not parse."""
    at = 0
    items: list[memoryview] = []
    try:
        for expected in _FIXED_SIZES:
            length, size = klv.decode_ber(start, at)
            if length != expected:
                return None
            items.append(start[at + size : at + size + length])
            at += size + length
        esv_length, size = klv.decode_ber(start, at)
    except TrackFileError:
        return None
    return items, esv_length, at + size


def holds_integrity(start: memoryview, length: int) -> bool:
    """Whether a triplet of `length` bytes that begins with `start` has room for a MIC behind its ESV."""
    at = 0
    try:
        for _ in range(len(_FIXED_SIZES) + 1):
            item, size = klv.decode_ber(start, at)
            at += size + item
    except TrackFileError:
        return False
    return length - at > MIC_SIZE


def parse_triplet(value: memoryview) -> Triplet:
    """TrackFileError (structure) unless the items fill `value` and the ESV is as long as it must be."""
    triplet = _parse_usual(value) or _parse_any(value)
    if triplet.plaintext_offset > triplet.source_length:
        raise TrackFileError(
            "mxf.plaintext-past-source", offset=triplet.plaintext_offset, bytes=triplet.source_length
        )
    expected = esv_size(triplet.source_length, triplet.plaintext_offset)
    if triplet.esv_length != expected:
        raise TrackFileError("mxf.encrypted-length", bytes=triplet.esv_length, expected=expected)
    return triplet


def _parse_usual(value: memoryview) -> Triplet | None:
    """The form every known writer uses, four-byte lengths throughout; None for any other."""
    if len(value) < ESV_OFFSET:
        return None
    (b1, context_id, b2, plaintext_offset, b3, source_key, b4, source_length, b5) = _HEAD.unpack_from(value)
    if (b1, b2, b3, b4) != (_BER_16, _BER_8, _BER_16, _BER_8) or b5 >> 24 != 0x83:
        return None
    esv_length = b5 & 0xFFFFFF
    tail = ESV_OFFSET + esv_length
    if tail + TAIL_WITH_MIC == len(value):
        b6, track_file_id, b7, sequence, b8, mic = _TAIL.unpack_from(value, tail)
        if (b6, b7, b8) != (_BER_16, _BER_8, _BER_20):
            return None
        return Triplet(
            context_id,
            plaintext_offset,
            source_key,
            source_length,
            ESV_OFFSET,
            esv_length,
            track_file_id,
            sequence,
            mic,
            tail + MIC_RUN_TAIL,
        )
    return None


def _parse_any(value: memoryview) -> Triplet:
    """Any BER form, integrity items empty or absent."""
    at = 0

    def item() -> tuple[int, int]:
        nonlocal at
        length, size = klv.decode_ber(value, at)
        start = at + size
        if length > len(value) - start:
            raise TrackFileError("mxf.triplet-past-end")
        at = start + length
        return start, length

    heads = []
    for expected in _FIXED_SIZES:
        start, length = item()
        if length != expected:
            raise TrackFileError("mxf.triplet-item", n=length, expected=expected)
        heads.append(bytes(value[start : start + length]))
    esv_offset, esv_length = item()
    tails: list[bytes | None] = []
    run_end = at
    for expected, name in _INTEGRITY:
        if at == len(value):
            tails.append(None)
            continue
        start, length = item()
        run_end = start
        if length not in (0, expected):
            raise TrackFileError("mxf.triplet-named-item", name=name, n=length, expected=expected)
        tails.append(bytes(value[start : start + length]) if length else None)
    if at != len(value):
        raise TrackFileError("mxf.triplet-more", n=len(value) - at)
    track_file_id, sequence, mic = tails
    return Triplet(
        heads[0],
        int.from_bytes(heads[1], "big"),
        heads[2],
        int.from_bytes(heads[3], "big"),
        esv_offset,
        esv_length,
        track_file_id,
        int.from_bytes(sequence, "big") if sequence is not None else None,
        mic,
        run_end,
    )
