"""The spool: frames come back in order, and a job that died goes on behind its last whole frame."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.create.work.spool import INDEX_SUFFIX, Spool
from dcp.errors import DcpError

FRAMES = [b"first", b"", b"the third one", bytes(100_000)]


def filled(path: Path, frames: list[bytes]) -> None:
    with Spool.create(path) as spool:
        for frame in frames:
            spool.append(frame)
        assert list(spool.sizes) == [len(frame) for frame in frames]
        assert [bytes(frame) for frame in spool.frames()] == frames


def test_frames_come_back_in_order(tmp_path: Path) -> None:
    filled(tmp_path / "spool", FRAMES)


def test_a_job_that_died_goes_on_behind_its_last_whole_frame(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    filled(path, FRAMES)
    data, index = path.read_bytes(), Path(f"{path}{INDEX_SUFFIX}").read_bytes()
    for cut, left in ((0, 4), (1, 3), (100_000, 3), (100_001, 2), (len(data), 0)):
        path.write_bytes(data[: len(data) - cut])
        Path(f"{path}{INDEX_SUFFIX}").write_bytes(index)
        with Spool.reopen(path) as spool:
            spool.append(b"more")
            assert [bytes(frame) for frame in spool.frames()] == [*FRAMES[:left], b"more"]
            assert path.stat().st_size == sum(spool.sizes)
    path.write_bytes(data)
    Path(f"{path}{INDEX_SUFFIX}").write_bytes(index[:-3])
    with Spool.reopen(path) as spool:
        assert [bytes(frame) for frame in spool.frames()] == FRAMES[:3]


def test_a_spool_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DcpError, match="cannot go on"):
        Spool.reopen(tmp_path / "none")


def test_nothing_remains_of_a_removed_spool(tmp_path: Path) -> None:
    filled(tmp_path / "spool", FRAMES)
    Spool.reopen(tmp_path / "spool").remove()
    assert list(tmp_path.iterdir()) == []


@given(st.lists(st.binary(max_size=50), max_size=20), st.integers(0, 400))
def test_whatever_is_left_of_it_is_a_beginning(
    tmp_path_factory: pytest.TempPathFactory, frames: list[bytes], keep: int
) -> None:
    path = tmp_path_factory.mktemp("spool") / "spool"
    filled(path, frames)
    path.write_bytes(path.read_bytes()[:keep])
    with Spool.reopen(path) as spool:
        found = [bytes(frame) for frame in spool.frames()]
        assert found == frames[: len(found)]


def test_it_goes_on_or_begins(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    for count in (1, 2, 3):
        with Spool.go_on(path) as spool:
            spool.append(b"frame" * count)
            assert len(spool.sizes) == count
            assert spool.first() == b"frame"
