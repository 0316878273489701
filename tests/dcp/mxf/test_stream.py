"""The bytes of a file, read once: what the walk sees, what the digest is fed, on one thread and on two."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dcp.errors import TrackFileError
from dcp.mxf.reader import TrackFile
from dcp.mxf.stream import Direct, Stream
from dcp.secrets.keys import ContentKey
from dcp.system import pread_into
from dcp.verify.crew import Crew

SMALL = 4096


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcp.mxf.stream.BLOCK", SMALL)
    monkeypatch.setattr("dcp.mxf.stream.HEADROOM", SMALL)


@pytest.fixture(params=[0, 1, 2, 4], ids=["alone", "busy", "two", "four"])
def crew(request: pytest.FixtureRequest) -> Iterator[Crew | None]:
    """None, one whose only thread is held up, and such as help."""
    if request.param == 0:
        yield None
        return
    with Crew(request.param) as crew:
        held = threading.Event()
        if request.param == 1:
            crew.submit(held.wait)
        yield crew
        held.set()


def written(path: Path, size: int, seed: int) -> bytes:
    data = random.Random(seed).randbytes(size)
    path.write_bytes(data)
    return data


@pytest.mark.parametrize("size", [0, 1, SMALL - 1, SMALL, SMALL + 1, 3 * SMALL, 40 * SMALL + 17])
def test_all_of_it_is_hashed_whatever_is_looked_at(tmp_path: Path, crew: Crew | None, size: int) -> None:
    """Units of every size, as a walk asks for them: the head, the whole and the head of the next; gaps."""
    for seed in range(12):
        data = written(tmp_path / "file", size, seed)
        chance = random.Random(seed)
        digest = hashlib.sha1()
        told: list[int] = []
        with (
            (tmp_path / "file").open("rb", buffering=0) as file,
            closing(Stream(file.fileno, size, digest, helper=crew)) as stream,
        ):
            position = 0
            while position < size and chance.random() > 0.02:
                unit = chance.choice((1, 30, 700, SMALL - 25, SMALL, 2 * SMALL + 3, 7 * SMALL))
                for want in (min(25, size - position), min(unit + 25, size - position)):
                    assert stream.view(position, want) == data[position : position + want]
                position += unit if chance.random() < 0.9 else unit + 5 * SMALL
            stream.finish(told.append)
        assert digest.digest() == hashlib.sha1(data).digest()
        assert sum(told) <= size


def test_a_step_back_is_read_anew(tmp_path: Path) -> None:
    data = written(tmp_path / "file", 20 * SMALL, 1)
    digest = hashlib.sha1()
    with (
        (tmp_path / "file").open("rb", buffering=0) as file,
        closing(Stream(file.fileno, len(data), digest)) as stream,
    ):
        assert stream.view(9 * SMALL, 100) == data[9 * SMALL : 9 * SMALL + 100]
        assert stream.view(3, SMALL) == data[3 : 3 + SMALL]
        assert stream.view(9 * SMALL + 50, 2 * SMALL) == data[9 * SMALL + 50 : 11 * SMALL + 50]
        stream.finish()
    assert digest.digest() == hashlib.sha1(data).digest()


def test_each_byte_is_read_from_the_file_once(
    tmp_path: Path, crew: Crew | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = written(tmp_path / "file", 50 * SMALL + 5, 2)
    read: list[tuple[int, int]] = []

    def counted(descriptor: int, buffer: memoryview, offset: int) -> int:
        read.append((offset, len(buffer)))
        return pread_into(descriptor, buffer, offset)

    monkeypatch.setattr("dcp.mxf.stream.pread_into", counted)
    with (
        (tmp_path / "file").open("rb", buffering=0) as file,
        closing(Stream(file.fileno, len(data), hashlib.sha1(), helper=crew)) as stream,
    ):
        for position in range(0, 9 * SMALL, 1000):
            stream.view(position, 1000)
        for position in range(10 * SMALL - 10, 45 * SMALL, 3 * SMALL):
            stream.view(position, 3 * SMALL + 25)  # longer than a block and its headroom, with the next head
        stream.finish()
    assert [offset for offset, _ in read] == list(range(0, len(data), SMALL))
    assert sum(count for _, count in read) == len(data)


def test_a_file_that_becomes_shorter_is_told_to_the_walk(tmp_path: Path, crew: Crew | None) -> None:
    written(tmp_path / "file", 30 * SMALL, 3)
    with (
        (tmp_path / "file").open("rb", buffering=0) as file,
        closing(Stream(file.fileno, 30 * SMALL, hashlib.sha1(), helper=crew)) as stream,
    ):
        stream.view(0, 100)
        written(tmp_path / "file", 20 * SMALL, 3)
        with pytest.raises(TrackFileError):
            stream.finish()
        with pytest.raises(TrackFileError):
            stream.view(25 * SMALL, 100)
    with pytest.raises(TrackFileError), (tmp_path / "file").open("rb", buffering=0) as file:
        Direct(file.fileno).view(20 * SMALL - 5, 10)


def test_what_ran_beside_has_ended_when_it_is_closed(tmp_path: Path) -> None:
    written(tmp_path / "file", 200 * SMALL, 4)
    busy = False

    def slowly(_: memoryview) -> None:
        nonlocal busy
        busy = True
        time.sleep(0.002)
        busy = False

    with Crew(2) as crew:
        for _ in range(20):
            with (tmp_path / "file").open("rb", buffering=0) as file:
                stream = Stream(file.fileno, 200 * SMALL, hashlib.sha1(), helper=crew, each=slowly)
                stream.view(3 * SMALL, 10)
                stream.close()
            assert not busy
            with pytest.raises(ValueError, match="closed"):
                stream.finish()


def test_blocks_are_shown_in_order(tmp_path: Path, crew: Crew | None) -> None:
    data = written(tmp_path / "file", 9 * SMALL + 1, 5)
    shown: list[bytes] = []
    with (
        (tmp_path / "file").open("rb", buffering=0) as file,
        closing(
            Stream(file.fileno, len(data), None, helper=crew, each=lambda block: shown.append(bytes(block)))
        ) as stream,
    ):
        stream.finish()
    assert b"".join(shown) == data and len(shown) == 10


@pytest.mark.parametrize("mode", ["plain", "keyed", "raw"])
def test_every_so_many_bytes_of_a_unit_are_those_of_its_data(maker: Any, key: ContentKey, mode: str) -> None:
    """Units within a block, over its end, longer than a block and its headroom; a stream and none."""
    sizes = (300, SMALL, 3 * SMALL, 900, 3 * SMALL + 5, SMALL - 7, 40)
    data = [random.Random(size).randbytes(size) for size in sizes]
    given: dict[str, Any] = {} if mode == "plain" else {"key": key}
    made = maker.picture(data, **given)
    how: dict[str, Any] = {"raw": True} if mode == "raw" else given
    with TrackFile.open(made.path) as track:
        for streamed in (False, True):
            with closing(track.stream(hashlib.sha1())) as stream:
                units = track.units(**how, stream=stream if streamed else None)
                for unit, original in zip(units, data, strict=True):
                    assert unit.fault is None and (mode == "raw" or unit.data == original)
                    for step, start, end in ((7, 3, len(unit.data) - 1), (256, 254, 10**6), (1, 0, 5)):
                        assert unit.every(step, start, end) == bytes(unit.data)[start:end:step]
