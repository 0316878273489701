"""The film's index: all that a reader of marks needs of a film, small, so that the next recording costs no
decoding.

One file of our own layout: a magic; blobs; the head, which is JSON and says what lies where; a trailer that
finds the head. Every blob has a length and a digest, and is inflated to the size that its head announces and
no further, so that a damaged file ends in one sentence. In memory are the coarse pictures of six instants a
second; thumbnails are read where a recording may lie.
"""

from __future__ import annotations

import functools
import hashlib
import json
import struct
import tempfile
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import SourceError, UsageError
from dcp.output import finished_file
from dcp.texts.catalogue import text
from dcp.texts.system import why
from watermark.embed import MIN_HEIGHT, MIN_WIDTH, TILE_COLUMNS, TILE_ROWS, strength
from watermark.features import KEY_WIDTH, MAX_FEATURES, Features, features_of
from watermark.frames import MAX_FRAMES, Floats, Footage, Thumbnails, views
from watermark.rounding import Rounded, rounded_plainly

MAGIC = b"DCPKFIX1"
_TRAILER = struct.Struct("<QQ32s8s")  # offset and length of the head, its SHA-256, the magic once more
LAW = 2
"""Which law the strengths in it follow (that of `watermark.embed.strength`)."""
MAX_HEAD = 8 << 20
_CHUNK_SECONDS = 10
_MAX_CHUNK = 10 * 1000  # frames
_COARSE_RATE = 6  # a second
_KEY_SECONDS = 1
COARSE_COLUMNS, COARSE_ROWS = TILE_COLUMNS // 2, TILE_ROWS // 2
_STRENGTH_STEP = 4  # frames: texture and darkness change slowly, and a cut brings its own chunk no sooner
_LEVELS, _BELOW = 8192, 0.25  # steps a unit of luminance, and how far below 0 it may lie
_STRENGTHS = 40.0
_KEPT = 12  # chunks that are held unpacked
_MAX_TEXT = 1000
_TILES = TILE_ROWS * TILE_COLUMNS


@dataclass(frozen=True)
class Source:
    """What an index was made of. What is not known is empty.

    kind: "video", "package" or "frames"; name: the file's, or the composition's title; sha256: of a video's
    bytes; cpl_id: of a composition, issued: when it was (ISO 8601).
    """

    kind: str = "frames"
    name: str = ""
    sha256: str = ""
    cpl_id: str = ""
    issued: str = ""


@dataclass(frozen=True)
class _Chunk:
    """frames of the film, and where their blobs lie: (offset, length, digest) of thumbnails, coarse pictures
    and features; rows of the latter two."""

    frames: int
    coarse: int
    keys: int
    blobs: tuple[tuple[int, int, str], ...]


class FilmIndex:
    """A film, indexed. rate, frames, width, height, source: of the film. `thumbnails` reads a part of it.

    coarse: (n, 18, 32) float16 pictures, `coarse_step` frames apart, the first of frame 0. Made by
    `open_index`, `build_index` or `index_of`; usable by several threads.
    """

    def __init__(self, read: Callable[[int, int], bytes], size: int, *, where: str | Path) -> None:
        """read(offset, length): those bytes, or fewer at the end. SourceError when it is no whole index."""
        self._read, self._where = read, where
        head, chunks = _head(read, size, where)
        self.rate = Fraction(head["rate"][0], head["rate"][1])
        self.frames: int = head["frames"]
        self.width: int = head["width"]
        self.height: int = head["height"]
        self.coarse_step: int = head["coarse_step"]
        self.depth: int = head.get("depth", 8)
        """Bits that the film's samples are known to have."""
        self._rounded: list[list[float]] = head.get("rounded", [])
        self.law: int = head["law"]
        self.source = Source(**head["source"])
        self._chunk_frames: int = head["chunk_frames"]
        self._chunks = chunks
        self._held: OrderedDict[int, tuple[NDArray[np.float16], NDArray[np.float16]]] = OrderedDict()
        parts = [self._coarse(chunk) for chunk in chunks]
        self.coarse: NDArray[np.float16] = np.concatenate(parts)
        self.digest = hashlib.sha256(json.dumps(head, sort_keys=True).encode()).hexdigest()
        """Of the head, and so of every blob's digest: the index itself, whatever its file is called."""

    def __len__(self) -> int:
        return self.frames

    def rounded(self, first: int, last: int) -> Rounded:
        """What a plain rounding to 8 bits leaves of a mark in frames first to last - 1, at the worst; nothing
        where that was not looked at."""
        places = range(max(0, first) // self._chunk_frames, -(-max(1, last) // self._chunk_frames))
        seen = [Rounded(*self._rounded[n]) for n in places if n < len(self._rounded)]
        return functools.reduce(Rounded.least, seen) if seen else Rounded(0.0, 0.0)

    def thumbnails(self, first: int, last: int) -> Thumbnails:
        """Frames first to last - 1, with their strength. SourceError when the file is damaged there."""
        first, last = max(0, first), min(self.frames, last)
        parts = []
        for number in range(first // self._chunk_frames, max(last - 1, first) // self._chunk_frames + 1):
            begin = number * self._chunk_frames
            luminance, masks = self._unpacked(number)
            inside = slice(max(0, first - begin), last - begin)
            parts.append((luminance[inside], masks[inside]))
        return Thumbnails(
            rate=self.rate,
            luminance=np.concatenate([part[0] for part in parts]),
            strength=np.concatenate([part[1] for part in parts]),
        )

    def features(self, first: int, last: int) -> list[tuple[int, Features]]:
        """The frames from first to last - 1 that have features: (frame, features)."""
        found = []
        for number in range(
            max(0, first) // self._chunk_frames, min(len(self._chunks), -(-last // self._chunk_frames))
        ):
            if not self._chunks[number].keys:
                continue
            data = self._blob(number, 2, self._chunks[number].keys * (4 + 8 + MAX_FEATURES * 132))
            for frame, features in _unpack_features(data, self._chunks[number].keys, self._damaged):
                place = number * self._chunk_frames + frame
                if first <= place < last:
                    found.append((place, features))
        return found

    def _unpacked(self, number: int) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
        held = self._held.get(number)
        if held is None:
            count = self._chunks[number].frames
            rows = -(-count // _STRENGTH_STEP)
            size = count * _TILES * 2
            data = self._blob(number, 0, size + rows * _TILES)
            if len(data) != size + rows * _TILES:
                raise self._damaged()
            codes = _undelta(data[:size], (count, TILE_ROWS, TILE_COLUMNS))
            luminance = (codes.astype(np.float32) / _LEVELS - _BELOW).astype(np.float16)
            masks = np.cumsum(
                np.frombuffer(data[size:], np.uint8).reshape(rows, TILE_ROWS, TILE_COLUMNS),
                axis=0,
                dtype=np.uint8,
            )
            each = (masks.astype(np.float32) / _STRENGTHS).astype(np.float16)
            held = luminance, np.repeat(each, _STRENGTH_STEP, axis=0)[:count]
            with suppress(KeyError):  # another thread was quicker
                while len(self._held) >= _KEPT:
                    self._held.popitem(last=False)
            self._held[number] = held
        return held

    def _coarse(self, chunk: _Chunk) -> NDArray[np.float16]:
        shape = chunk.coarse, COARSE_ROWS, COARSE_COLUMNS
        size = chunk.coarse * COARSE_ROWS * COARSE_COLUMNS * 2
        data = self._inflated(chunk.blobs[1], size)
        if len(data) != size:
            raise self._damaged()
        codes = _undelta(data, shape)
        return (codes.astype(np.float32) / _LEVELS - _BELOW).astype(np.float16)

    def _blob(self, number: int, which: int, most: int) -> bytes:
        return self._inflated(self._chunks[number].blobs[which], most)

    def _inflated(self, blob: tuple[int, int, str], most: int) -> bytes:
        offset, length, digest = blob
        packed = self._read(offset, length)
        if len(packed) != length or hashlib.sha256(packed).hexdigest()[:32] != digest:
            raise self._damaged()
        engine = zlib.decompressobj()
        try:
            data = engine.decompress(packed, most + 1)
        except zlib.error:
            raise self._damaged() from None
        if len(data) > most:
            raise self._damaged()
        return data

    def _damaged(self) -> SourceError:
        return SourceError("mark.index-damaged", where=self._where)


def is_index(path: Path) -> bool:
    """Does the file begin as an index does?"""
    try:
        with path.open("rb") as stream:
            return stream.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def open_index(path: Path) -> FilmIndex:
    """The index in a file. SourceError when it cannot be read, is no index, is cut short or damaged."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise SourceError("file.cannot-read", where=path, why=why(error)) from None

    def read(offset: int, length: int) -> bytes:
        try:
            with path.open("rb") as stream:
                stream.seek(offset)
                return stream.read(length)
        except OSError as error:
            raise SourceError("file.cannot-read", where=path, why=why(error)) from None

    return FilmIndex(read, size, where=path)


def index_of(
    footage: Footage, source: Source | None = None, *, progress: Callable[[int], None] | None = None
) -> FilmIndex:
    """A film's index without a file of one's own: it lies in a temporary file, which goes with it."""
    stream = tempfile.TemporaryFile()  # noqa: SIM115  # it is closed when the index is let go
    write_index(stream, footage, source, progress=progress)
    size = stream.tell()

    def read(offset: int, length: int) -> bytes:
        stream.seek(offset)
        return stream.read(length)

    return FilmIndex(read, size, where=text("mark.index-temporary").say("en"))


def build_index(
    path: Path,
    footage: Footage,
    source: Source | None = None,
    *,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Walk a film once and write its index to `path`, whole or not at all; the number of frames.

    progress(frames done); it may raise to cancel. SourceError for the film, DcpError when it cannot be
    written.
    """
    with finished_file(path) as temporary, temporary.open("wb") as stream:
        return write_index(stream, footage, source, progress=progress)


def write_index(
    stream: BinaryIO,
    footage: Footage,
    source: Source | None = None,
    *,
    progress: Callable[[int], None] | None = None,
) -> int:
    """As `build_index`, to an open stream that is at its beginning."""
    rate = Fraction(footage.rate)
    if not 1 <= rate <= _MAX_CHUNK // _CHUNK_SECONDS // 2:
        raise UsageError("mark.rate", rate=str(rate))
    coarse_step, key_step = max(1, round(rate / _COARSE_RATE)), max(1, round(rate * _KEY_SECONDS))
    chunk_frames = round(rate * _CHUNK_SECONDS / coarse_step) * coarse_step
    size = (MIN_WIDTH, MIN_HEIGHT)

    deep, rounded = footage.depth > 8, list[list[float]]()

    def wanted(frame: int) -> Sequence[tuple[int, int]]:
        if (frame % chunk_frames) % key_step:
            return (size,)
        return (size, (KEY_WIDTH, 0)) if frame and not deep else (size, (KEY_WIDTH, 0), (0, 0))

    stream.write(MAGIC)
    place, table, frames, shape = len(MAGIC), list[dict[str, Any]](), 0, tuple[int, ...]()
    with ThreadPoolExecutor(max_workers=2) as threads:
        pending: list[Future[tuple[int, int, int, tuple[bytes, ...]]]] = []

        def put(done: tuple[int, int, int, tuple[bytes, ...]]) -> None:
            nonlocal place
            blobs = []
            for data in done[3]:
                stream.write(data)
                blobs.append([place, len(data), hashlib.sha256(data).hexdigest()[:32]])
                place += len(data)
            table.append({"frames": done[0], "coarse": done[1], "keys": done[2], "blobs": blobs})

        for chunk in _chunks(views(footage, wanted), chunk_frames):
            wholes = [each.pop() for each in chunk if len(each) > 2]
            if not frames:
                shape = wholes[0].shape
            if deep:
                least = [rounded_plainly(each, xyz=footage.encoding == "xyz") for each in wholes]
                rounded.append(
                    [round(min(of), 4) for of in zip(*((r.gain, r.likeness) for r in least), strict=True)]
                )
            frames += len(chunk)
            pending.append(threads.submit(_packed, chunk, coarse_step))
            if len(pending) > 2:
                put(pending.pop(0).result())
            if progress is not None:
                progress(frames)
        for each in pending:
            put(each.result())
    if not frames:
        raise SourceError("mark.no-frame")
    head = {
        "version": 1,
        "law": LAW,
        "rate": [rate.numerator, rate.denominator],
        "frames": frames,
        "width": shape[1],
        "height": shape[0],
        "depth": footage.depth,
        "rounded": rounded,
        "chunk_frames": chunk_frames,
        "coarse_step": coarse_step,
        "source": {name: value[:_MAX_TEXT] for name, value in asdict(source or Source()).items()},
        "chunks": table,
    }
    data = json.dumps(head, separators=(",", ":")).encode()
    stream.write(data)
    stream.write(_TRAILER.pack(place, len(data), hashlib.sha256(data).digest(), MAGIC))
    return frames


def _chunks(walk: Iterator[list[Floats]], length: int) -> Iterator[list[list[Floats]]]:
    chunk: list[list[Floats]] = []
    for each in walk:
        chunk.append(each)
        if len(chunk) == length:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _packed(chunk: list[list[Floats]], coarse_step: int) -> tuple[int, int, int, tuple[bytes, ...]]:
    """Frames, coarse pictures and key frames in it, and its three blobs."""
    size = TILE_COLUMNS, TILE_ROWS
    small: Floats = np.stack(
        [cv2.resize(each[0], size, interpolation=cv2.INTER_AREA) for each in chunk], dtype=np.float32
    )
    masks = np.stack([strength(each[0], white=1.0) for each in chunk[::_STRENGTH_STEP]])
    coarse = small[::coarse_step].reshape(-1, COARSE_ROWS, 2, COARSE_COLUMNS, 2).mean(axis=(2, 4))
    steps = np.clip(np.rint(masks * _STRENGTHS), 0, 255).astype(np.uint8)
    steps[1:] -= steps[:-1].copy()
    keys = [(index, features_of(each[1])) for index, each in enumerate(chunk) if len(each) > 1]
    packed = bytearray()
    for index, features in keys:
        packed += struct.pack("<II", index, len(features.points))
        packed += np.clip(np.rint(features.points * 65535), 0, 65535).astype("<u2").tobytes()
        packed += features.descriptors.tobytes()
    blobs = (_delta(small) + steps.tobytes(), _delta(coarse), bytes(packed))
    return len(chunk), len(coarse), len(keys), tuple(zlib.compress(blob, 3) for blob in blobs)


def _delta(pictures: Floats) -> bytes:
    """Codes as differences from picture to picture, high bytes before low ones: short, once deflated."""
    codes = np.clip(np.rint((pictures + _BELOW) * _LEVELS), 0, 65535).astype(np.uint16)
    codes[1:] -= codes[:-1].copy()
    turned = (codes.astype(np.int16) << 1) ^ (codes.astype(np.int16) >> 15)  # small numbers of either sign
    parts = turned.view(np.uint8).reshape(-1, 2)
    return np.ascontiguousarray(parts[:, 1]).tobytes() + np.ascontiguousarray(parts[:, 0]).tobytes()


def _undelta(data: bytes, shape: tuple[int, ...]) -> NDArray[np.uint16]:
    high, low = np.frombuffer(data, np.uint8).reshape(2, -1).astype(np.uint16)
    turned = (high << 8) | low
    steps = (turned >> 1) ^ (-(turned & 1).astype(np.int16)).view(np.uint16)
    return np.cumsum(steps.reshape(shape), axis=0, dtype=np.uint16)


def _unpack_features(
    data: bytes, count: int, damaged: Callable[[], SourceError]
) -> Iterator[tuple[int, Features]]:
    place = 0
    for _ in range(count):
        if len(data) - place < 8:
            raise damaged()
        index, points = struct.unpack_from("<II", data, place)
        place += 8
        if index >= _MAX_CHUNK or points > MAX_FEATURES or len(data) - place < points * 132:
            raise damaged()
        positions = np.frombuffer(data, "<u2", points * 2, place).reshape(-1, 2) / 65535
        place += points * 4
        descriptors = np.frombuffer(data, np.uint8, points * 128, place).reshape(-1, 128)
        place += points * 128
        yield index, Features(points=positions, descriptors=descriptors)


def _head(
    read: Callable[[int, int], bytes], size: int, where: str | Path
) -> tuple[dict[str, Any], list[_Chunk]]:
    if read(0, len(MAGIC)) != MAGIC:
        raise SourceError("mark.index-none", where=where)
    cut = SourceError("mark.index-cut", where=where)
    if size < len(MAGIC) + _TRAILER.size:
        raise cut
    offset, length, digest, magic = _TRAILER.unpack(read(size - _TRAILER.size, _TRAILER.size))
    if magic != MAGIC or offset + length + _TRAILER.size != size:
        raise cut
    data = read(offset, length) if length <= MAX_HEAD else b""
    if len(data) != length or hashlib.sha256(data).digest() != digest:
        raise SourceError("mark.index-damaged", where=where)
    try:
        head = json.loads(data)
        chunks = _judged(head, offset)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise SourceError("mark.index-damaged", where=where) from None
    return head, chunks


def _judged(head: dict[str, Any], end: int) -> list[_Chunk]:
    """The head's table, once all that is said there is possible. ValueError and the like when it is not."""
    if head["version"] != 1 or any(not isinstance(value, str) for value in head["source"].values()):
        raise ValueError
    for name in ("frames", "width", "height", "chunk_frames", "coarse_step", "law"):
        _whole(head[name], 0 if name in ("width", "height", "law") else 1, MAX_FRAMES)
    _whole(head.get("depth", 8), 8, 16)
    rounded = head.get("rounded", [])
    if not isinstance(rounded, list) or len(rounded) not in (0, len(head["chunks"])):
        raise ValueError
    for pair in rounded:
        if len(pair) != 2 or not all(type(each) in (int, float) and 0 <= each <= 1 for each in pair):
            raise ValueError
    rate = Fraction(_whole(head["rate"][0], 1, 10**7), _whole(head["rate"][1], 1, 10**6))
    if not 1 <= rate <= 1000 or head["chunk_frames"] > _MAX_CHUNK:
        raise ValueError
    length, step = head["chunk_frames"], head["coarse_step"]
    chunks, left = [], head["frames"]
    for each in head["chunks"]:
        frames = min(left, length)
        chunk = _Chunk(
            frames=_whole(each["frames"], frames, frames),
            coarse=_whole(each["coarse"], -(-frames // step), -(-frames // step)),
            keys=_whole(each["keys"], 0, frames),
            blobs=tuple((_whole(o, 0, end), _whole(n, 0, end - o), str(d)) for o, n, d in each["blobs"]),
        )
        if frames < 1 or len(chunk.blobs) != 3:
            raise ValueError
        chunks.append(chunk)
        left -= frames
    if left or length % step:
        raise ValueError
    return chunks


def _whole(value: Any, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError
    return value
