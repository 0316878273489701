"""Samples that stand in a file as they are, not coded: read straight into the array that is handed on.

OpenImageIO, which reads all else and has read the header before, takes four times as long for these. What is
taken here keeps in every respect to what its header says; whatever differs is left to OpenImageIO, which
knows what to make of it or what is wrong.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from dcp.create.sources.still_ends import padded_dpx
from dcp.create.sources.still_header import StillHeader

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_CHANNELS = 4
_MOST_STRIPS = 16_384  # one a line
_MOST_ENTRIES = 4_096
_DPX_HEADER, _DPX_RGB, _DPX_UNSAID = 2048, 50, 0xFFFFFFFF
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_WIDTHS = {3: ("H", 2), 4: ("I", 4)}
"""Of TIFF's types: SHORT and LONG."""

_SIZE_X, _SIZE_Y, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER = 256, 257, 258, 259, 262, 266
_STARTS, _CHANNELS, _ROWS, _LENGTHS, _PLANAR, _FORMAT = 273, 277, 278, 279, 284, 339
_SAID = (_SIZE_X, _SIZE_Y, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER)
_WANTED = frozenset((*_SAID, _STARTS, _CHANNELS, _ROWS, _LENGTHS, _PLANAR, _FORMAT))
_BLACK_IS_ZERO, _RGB = 1, 2


def plain_samples(path: Path, header: StillHeader) -> NDArray[Any] | None:
    """(height, width, channels) uint8 or uint16, the file's codes, of all its channels up to those that are
    wanted; None where another has to read it. OSError when the file cannot be read."""
    if header.form == "dpx":
        return _of_words(path, header) if header.depth == 10 else _padded(path, header)
    if header.form == "tiff" and header.depth in (8, 16) and sys.byteorder == "little":
        with path.open("rb", buffering=0) as stream:
            try:
                return _of_tiff(stream, header)
            except (struct.error, KeyError):  # cut off, or something said that a picture cannot be
                return None
    return None


def _padded(path: Path, header: StillHeader) -> NDArray[Any] | None:
    """The samples of a DPX with padded lines, which OpenImageIO takes for one without."""
    if header.depth not in (8, 16) or header.alpha is not None:
        return None
    import numpy as np

    width, height, count = header.width, header.height, len(header.channels)
    line = width * count * header.depth // 8
    lies = padded_dpx(path, line, height)
    if lies is None:
        return None
    start, stride = lies
    with path.open("rb") as stream:
        order = ">" if stream.read(4) == b"SDPX" else "<"
    lines = np.fromfile(path, np.uint8, height * stride, offset=start).reshape(height, stride)[:, :line]
    samples = np.ascontiguousarray(lines).view(f"{order}u{header.depth // 8}")
    return samples.astype(f"u{header.depth // 8}", copy=False).reshape(height, width, count)


def _of_words(path: Path, header: StillHeader) -> NDArray[Any] | None:
    """The samples of a DPX of 10 bits whose pixels are a word of 32 bits each (filled, method A)."""
    import numpy as np

    from dcp.picture.packed import three_in_a_word

    count = header.width * header.height
    with path.open("rb") as stream:
        head = stream.read(_DPX_HEADER)
        order = ">" if head[:4] == b"SDPX" else "<"
        if len(head) < _DPX_HEADER or header.alpha is not None or header.model != "rgb":
            return None
        (said,) = struct.unpack_from(order + "I", head, 4)
        orientation, elements, width, height, signed = struct.unpack_from(order + "HHIII", head, 768)
        packing, coding, start, line_end = struct.unpack_from(order + "HHII", head, 804)
        if (orientation, elements, signed, packing, coding) != (0, 1, 0, 1, 0) or head[800] != _DPX_RGB:
            return None
        if (width, height) != (header.width, header.height) or line_end not in (0, _DPX_UNSAID):
            return None
        if start != said or os.fstat(stream.fileno()).st_size < start + 4 * count:
            return None
        words = np.fromfile(stream, np.uint32, count, offset=start - _DPX_HEADER)
    swapped = (order == "<") != (sys.byteorder == "little")
    return three_in_a_word(words.reshape(height, width), swapped=swapped).transpose(1, 2, 0)


# --- TIFF 6.0: one strip after another, pixel by pixel -----


def _of_tiff(stream: BinaryIO, header: StillHeader) -> NDArray[Any] | None:
    import numpy as np

    order = _ORDERS.get(stream.read(4))
    if order is None:
        return None
    tags = _tags(stream, order)
    count = _only(tags, _CHANNELS, 1)
    if not _plain(tags, count, header):
        return None
    size = header.depth // 8
    line, each = header.width * count * size, _only(tags, _ROWS, header.height)
    lengths = [line * min(each, header.height - first) for first in range(0, header.height, max(1, each))]
    if list(tags[_LENGTHS]) != lengths or len(tags[_STARTS]) != len(lengths):
        return None
    if os.fstat(stream.fileno()).st_size < line * header.height:
        return None
    samples = np.empty((header.height, header.width, count), f"u{size}")
    into, at = samples.data.cast("B"), 0
    for start, length in _runs(tags[_STARTS], lengths):
        stream.seek(start)
        end = at + length
        while at < end:
            read = stream.readinto(into[at:end])  # type: ignore[attr-defined]
            if not read:
                return None
            at += read
    if order == ">" and size > 1:
        samples.byteswap(inplace=True)
    return samples


def _plain(tags: Mapping[int, Sequence[int]], count: int, header: StillHeader) -> bool:
    """Whether the samples stand in the file as they are handed on."""
    wanted = (*header.channels, *(() if header.alpha is None else (header.alpha,)))
    photometric = _RGB if header.model == "rgb" else _BLACK_IS_ZERO
    return (
        max(wanted) < count <= MOST_CHANNELS
        and (_only(tags, _SIZE_X), _only(tags, _SIZE_Y)) == (header.width, header.height)
        and set(tags[_BITS]) == {header.depth}
        and set(tags.get(_FORMAT, (1,))) == {1}
        and _only(tags, _COMPRESSION, 1) == _only(tags, _FILL_ORDER, 1) == _only(tags, _PLANAR, 1) == 1
        and _only(tags, _PHOTOMETRIC) == photometric
    )


def _only(tags: Mapping[int, Sequence[int]], tag: int, default: int | None = None) -> int:
    """The value of a tag that has one. KeyError where it is not there, or has several."""
    values = tags.get(tag, () if default is None else (default,))
    if len(values) != 1:
        raise KeyError(tag)
    return values[0]


def _tags(stream: BinaryIO, order: str) -> dict[int, Sequence[int]]:
    """Whole numbers of the first directory, by tag. KeyError for what is too long to be one of a picture."""
    (at,) = struct.unpack(order + "I", stream.read(4))
    stream.seek(at)
    (entries,) = struct.unpack(order + "H", stream.read(2))
    if entries > _MOST_ENTRIES:
        raise KeyError(entries)
    directory = stream.read(12 * entries)
    tags: dict[int, Sequence[int]] = {}
    for number in range(entries):
        tag, kind, count, field = struct.unpack_from(order + "HHI4s", directory, 12 * number)
        if tag not in _WANTED:
            continue
        code, width = _WIDTHS[kind]
        if not 0 < count <= _MOST_STRIPS:
            raise KeyError(tag)
        data = field
        if count * width > 4:
            stream.seek(struct.unpack(order + "I", field)[0])
            data = stream.read(count * width)
        tags[tag] = struct.unpack_from(f"{order}{count}{code}", data)
    return tags


def _runs(starts: Sequence[int], lengths: Sequence[int]) -> list[tuple[int, int]]:
    """(first byte, bytes) of what is read in one go: strips mostly follow each other."""
    runs: list[tuple[int, int]] = []
    for start, length in zip(starts, lengths, strict=True):
        if runs and sum(runs[-1]) == start:
            runs[-1] = runs[-1][0], runs[-1][1] + length
        else:
            runs.append((start, length))
    return runs
