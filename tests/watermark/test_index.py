"""The film's index: what goes in comes out, and whatever is done to its bytes ends in one sentence."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcp.errors import SourceError, UsageError
from tests.support.small_films import thumbnails
from watermark import attack
from watermark.features import KEY_WIDTH, matched
from watermark.frames import Footage, video_footage, views
from watermark.index import FilmIndex, Source, build_index, index_of, is_index, open_index, write_index

SOURCE = Source(kind="video", name="film.mov", sha256="00" * 32)


def opened(data: bytes) -> FilmIndex:
    return FilmIndex(lambda offset, length: data[offset : offset + length], len(data), where="film.idx")


@dataclass(frozen=True)
class Whole:
    """An index's bytes, which a failing test is not to print."""

    data: bytes = field(repr=False)


def slow_film(film: Any) -> Footage:
    """26 frames at 2 a second: two chunks, a key frame every 2."""
    frames = [frame.astype(np.float32) / 4095 for frame in film.frames[:26]]
    return Footage(Fraction(2), lambda: iter(frames), "luminance")


@pytest.fixture(scope="module")
def whole(film: Any) -> Whole:
    stream = io.BytesIO()
    assert write_index(stream, slow_film(film), SOURCE) == 26
    return Whole(stream.getvalue())


def test_an_index_gives_the_films_thumbnails(whole: Whole, film: Any) -> None:
    index, small = opened(whole.data), thumbnails(slow_film(film))
    assert (len(index), index.width, index.height) == (26, 512, 288)
    assert index.rate == 2 and index.source == SOURCE
    part = index.thumbnails(15, 24)  # over the edge of two chunks
    assert np.abs(part.luminance - small.luminance[15:24].astype(float)).max() < 6e-4, "1/7 of an 8-bit code"
    assert part.strength is not None and small.strength is not None
    assert np.median(np.abs(part.strength - small.strength[15:24].astype(float))) < 0.05
    coarse = small.luminance.astype(float).reshape(26, 18, 2, 32, 2).mean(axis=(2, 4))
    assert index.coarse.shape == coarse.shape and np.abs(index.coarse - coarse).max() < 6e-4


def test_its_features_are_those_of_the_film(whole: Whole, film: Any) -> None:
    found = opened(whole.data).features(3, 26)
    assert [frame for frame, _ in found] == list(range(4, 26, 2))
    same = matched(found[0][1], found[1][1])  # one shot, and the camera glides
    moved = same[:, 2:] - same[:, :2]
    assert len(same) > 50 and np.abs(moved - np.median(moved, axis=0)).mean() < 0.01
    assert opened(whole.data).features(0, 1)[0][0] == 0 and opened(whole.data).features(1, 2) == []


def test_a_file_is_whole_or_not_there(tmp_path: Path, film: Any) -> None:
    def stop(done: int) -> None:
        raise UsageError("enough")

    with pytest.raises(UsageError):
        build_index(tmp_path / "film.idx", slow_film(film), progress=stop)
    assert list(tmp_path.iterdir()) == []
    assert build_index(tmp_path / "film.idx", slow_film(film), SOURCE) == 26
    assert is_index(tmp_path / "film.idx") and not is_index(tmp_path / "absent")
    here, there = index_of(slow_film(film), SOURCE), open_index(tmp_path / "film.idx")
    assert (
        here.digest == there.digest
        and (here.thumbnails(3, 9).luminance == there.thumbnails(3, 9).luminance).all()
    )
    with pytest.raises(SourceError):
        open_index(tmp_path / "absent")


def test_a_film_without_frames_has_none(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no frame"):
        build_index(tmp_path / "film.idx", Footage(Fraction(24), lambda: iter(())))
    assert list(tmp_path.iterdir()) == []


def look(data: bytes) -> None:
    index = opened(data)
    index.thumbnails(0, len(index))
    index.features(0, len(index))


@settings(max_examples=60, deadline=None)
@given(place=st.floats(0, 1), value=st.integers(1, 255))
def test_one_changed_byte_is_told(whole: Whole, place: float, value: int) -> None:
    data = whole.data
    changed = bytearray(data)
    changed[min(int(place * len(data)), len(data) - 1)] ^= value
    with pytest.raises(SourceError, match="index of"):
        look(bytes(changed))


@settings(max_examples=30, deadline=None)
@given(length=st.floats(0, 0.9999))
def test_a_cut_file_is_told(whole: Whole, length: float) -> None:
    with pytest.raises(SourceError, match="index of"):
        look(whole.data[: int(length * len(whole.data))])


@settings(max_examples=60, deadline=None)
@given(junk=st.binary(max_size=200))
def test_other_bytes_are_no_index(junk: bytes) -> None:
    with pytest.raises(SourceError, match="index of"):
        look(junk)
    with pytest.raises(SourceError, match="index of"):
        look(b"DCPKFIX1" + junk)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=80, deadline=None)
@given(draw=st.data())
def test_a_head_that_lies_is_told(whole: Whole, draw: st.DataObject) -> None:
    """A head with its digest right, and a value in it that is not: sizes beyond the file, other types."""
    import hashlib
    import json

    from watermark.index import _TRAILER, MAGIC

    data = whole.data
    offset, length, _, _ = _TRAILER.unpack(data[-_TRAILER.size :])
    head = json.loads(data[offset : offset + length])
    value = draw.draw(_JSON | st.integers(2**31, 2**70))
    where = draw.draw(
        st.sampled_from([*head, "chunks.0", "chunks.0.blobs", "chunks.0.frames", "chunks.1.keys"])
    )
    at: Any = head
    *way, last = where.split(".")
    for step in way:
        at = at[int(step)] if step.isdigit() else at[step]
    last_key = int(last) if last.isdigit() else last
    if at[last_key] == value:
        return
    at[last_key] = value
    changed = json.dumps(head).encode()
    trailer = _TRAILER.pack(offset, len(changed), hashlib.sha256(changed).digest(), MAGIC)
    try:
        look(data[:offset] + changed + trailer)
    except SourceError:
        return
    assert where in ("law", "width", "height", "rate", "depth", "rounded", "source"), (
        "what nothing else depends on may be anything sane"
    )


def with_head(data: bytes, change: Any, *, blob: bytes | None = None) -> bytes:
    """With another head, and `blob` in the place of the coarse pictures of the first ten seconds."""
    import hashlib
    import json

    from watermark.index import _TRAILER, MAGIC

    offset, length, _, _ = _TRAILER.unpack(data[-_TRAILER.size :])
    head = json.loads(data[offset : offset + length])
    body = data[:offset] + (blob or b"")
    if blob is not None:
        head["chunks"][0]["blobs"][1] = [offset, len(blob), hashlib.sha256(blob).hexdigest()[:32]]
    change(head)
    changed = json.dumps(head).encode()
    return body + changed + _TRAILER.pack(len(body), len(changed), hashlib.sha256(changed).digest(), MAGIC)


def test_what_was_put_into_it_is_told_however_well_it_is_formed(whole: Whole) -> None:
    """The sums of deflate find chance, not intent: the digests are what binds."""
    import json
    import zlib

    from watermark.index import _TRAILER

    data = whole.data
    offset, length, _, _ = _TRAILER.unpack(data[-_TRAILER.size :])
    head = json.loads(data[offset : offset + length])
    place, size, _ = head["chunks"][0]["blobs"][1]
    grey = zlib.compress(bytes(head["chunks"][0]["coarse"] * 18 * 32 * 2))
    assert len(grey) < size
    with pytest.raises(SourceError, match="index of"):
        opened(data[:place] + grey.ljust(size, b"\0") + data[place + size :])
    name = data.rindex(b'"name":"') + 8
    with pytest.raises(SourceError, match="index of"):
        opened(data[:name] + bytes([data[name] ^ 1]) + data[name + 1 :])
    opened(with_head(data, lambda head: None))


def test_what_unfolds_and_what_is_long_is_bounded_before_it_is_held(whole: Whole) -> None:
    import tracemalloc
    import zlib

    from watermark.index import _TRAILER, MAGIC, MAX_HEAD

    bomb = with_head(whole.data, lambda head: None, blob=zlib.compress(bytes(48 << 20), 1))
    tracemalloc.start()
    try:
        with pytest.raises(SourceError, match="index of"):
            opened(bomb)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
    length = MAX_HEAD + 1
    size = len(MAGIC) + length + _TRAILER.size

    def read(offset: int, count: int) -> bytes:
        assert count <= MAX_HEAD
        return MAGIC if not offset else _TRAILER.pack(len(MAGIC), length, bytes(32), MAGIC)

    with pytest.raises(SourceError, match="index of"):
        FilmIndex(read, size, where="film.idx")


def test_the_worst_rounding_of_what_was_recorded_counts_and_unknown_depth_is_eight_bits(whole: Whole) -> None:
    def deep(head: Any) -> None:
        head["depth"], head["rounded"] = 12, [[0.9, 0.3], [0.2, 0.95]]

    index = opened(with_head(whole.data, deep))
    assert index.depth == 12
    assert (index.rounded(0, 5).gain, index.rounded(0, 26).gain) == (0.9, 0.2)
    assert index.rounded(0, 26).likeness == 0.3 and index.rounded(21, 26).likeness == 0.95
    old = opened(with_head(whole.data, lambda head: (head.pop("depth"), head.pop("rounded"))))
    assert old.depth == 8 and old.rounded(0, 5).gain == 0


def test_a_video_is_reduced_as_it_is_decoded(tmp_path: Path, film: Any) -> None:
    """libswscale's area means are those of the whole picture, at sizes that divide it and at others."""
    attack.write_video(tmp_path / "film.mkv", film.shown(None, stop=3), rate=film.rate, crf=10)
    footage = video_footage(tmp_path / "film.mkv")

    def wanted(frame: int) -> list[tuple[int, int]]:
        return [(256, 144), (320, 180), (KEY_WIDTH, 0)] if frame else [(0, 0)]

    def slowly() -> Iterator[np.ndarray]:
        return footage.luminance()

    plain = Footage(footage.rate, slowly, "luminance")
    for fast, slow in zip(views(footage, wanted), views(plain, wanted), strict=True):
        assert [each.shape for each in fast] == [each.shape for each in slow]
        for one, other in zip(fast, slow, strict=True):
            assert np.abs(one - other).max() < 0.01 and abs(float((one - other).mean())) < 1e-4
