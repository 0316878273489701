"""Immersive sound in IMF's track files (ST 2067-201): all frames one behind the other in one piece, which is
walked by what the frames say of their sizes."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

from dcp.auxdata.iab import IA_FRAME, PREAMBLE
from dcp.errors import SourceError, TrackFileError
from dcp.mxf.labels import UL, any_version, same
from dcp.mxf.layout import Layout, read_at, read_head
from dcp.texts.catalogue import text
from dcp.texts.system import why

GC_IAB_CLIP = UL.parse("060e2b34.0401010d.0d010301.021d0101")
ELEMENT_IAB_CLIP = UL.parse("060e2b34.01020101.0d010301.16000d00")
"""The element's key, without its count and its number."""
MAX_FRAME = 0xFFFFFF - 512
"""Bytes: what a four-byte length of a cinema's track file can say, encrypted and with its integrity."""
MAX_FRAMES = 4_000_000
"""Nine hours at 120 frames a second."""
_HEAD = 5


def clip_frames(path: Path, layout: Layout) -> tuple[Sequence[int], Sequence[int]]:
    """Where the frames begin in the file, and their bytes. SourceError where one is cut, or is none."""
    places, sizes = array("Q"), array("Q")
    try:
        with path.open("rb", buffering=0) as file:
            for start, end in _pieces(file.fileno(), layout):
                at = start
                while at < end:
                    size = _frame(file.fileno(), at, end, len(places), path)
                    places.append(at)
                    sizes.append(size)
                    at += size
                    if len(places) > MAX_FRAMES:
                        raise SourceError("aux.too-many", where=path, most=MAX_FRAMES)
    except OSError as error:
        raise SourceError("file.cannot-read", where=path, why=why(error)) from None
    if not places:
        raise SourceError("source.no-frame", where=path)
    return places, sizes


def read_clip(path: Path, places: Sequence[int], sizes: Sequence[int]) -> Iterator[bytes]:
    """Frames by their places."""
    try:
        with path.open("rb", buffering=0) as file:
            for place, size in zip(places, sizes, strict=True):
                yield read_at(file.fileno(), place, size)
    except (OSError, TrackFileError) as error:
        said = why(error) if isinstance(error, OSError) else error.text
        raise SourceError("file.cannot-read", where=path, why=said) from None


# --- how it is done -----


def _pieces(file: int, layout: Layout) -> Iterator[tuple[int, int]]:
    """Where the values of the essence's elements stand."""
    for region in layout.regions:
        at = region.start
        while not region.generic and at < region.end:
            key, start, length = read_head(file, at, region.end)
            bare = any_version(key)
            if same(bare[:13] + b"\0" + bare[14:15] + b"\0", ELEMENT_IAB_CLIP):
                yield start, start + length
            at = start + length


def _frame(file: int, at: int, end: int, number: int, path: Path) -> int:
    """Bytes of the frame that begins here: two subframes, each a tag, a length and a value."""
    size = 0
    for tag in (PREAMBLE, IA_FRAME):
        left = end - at - size
        head = read_at(file, at + size, _HEAD) if left >= _HEAD else b""
        length = int.from_bytes(head[1:], "big")
        if not head or head[0] != tag or length > left - _HEAD:
            raise SourceError("aux.imf-frame", where=text("place.byte-in", file=path, byte=at), number=number)
        size += _HEAD + length
    if size > MAX_FRAME:
        raise SourceError("aux.too-large", where=path, number=number, bytes=size, most=MAX_FRAME)
    return size
