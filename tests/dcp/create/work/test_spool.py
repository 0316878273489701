"""The spool: frames come back in order, and a job that died goes on behind its last right frame."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.create.work.spool import INDEX_SUFFIX, Spool
from dcp.errors import DcpError

FRAMES = [b"first", b"", b"the third one", bytes(100_000)]
NOTES = [0, 7, 0xFFFF_FFFF, 1]
RECORD = 56


def filled(path: Path, frames: list[bytes], notes: list[int] | None = None) -> None:
    with Spool.create(path) as spool:
        for frame, note in zip(frames, notes or [0] * len(frames), strict=True):
            spool.append(frame, note)
        assert list(spool.sizes) == [len(frame) for frame in frames]
        assert [bytes(frame) for frame in spool.frames()] == frames


def index_of(path: Path) -> Path:
    return Path(f"{path}{INDEX_SUFFIX}")


def test_frames_and_notes_come_back_in_order(tmp_path: Path) -> None:
    filled(tmp_path / "spool", FRAMES, NOTES)
    with Spool.reopen(tmp_path / "spool") as spool:
        assert [bytes(frame) for frame in spool.frames()] == FRAMES
        assert (list(spool.notes), spool.kept) == (NOTES, len(FRAMES))
        spool.append(b"more", 5)
        assert (list(spool.notes)[-1], spool.kept) == (5, len(FRAMES))


def test_a_job_that_died_goes_on_behind_its_last_whole_frame(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    filled(path, FRAMES)
    data, index = path.read_bytes(), index_of(path).read_bytes()
    for cut, left in ((0, 4), (1, 3), (100_000, 3), (100_001, 2), (len(data), 0)):
        path.write_bytes(data[: len(data) - cut])
        index_of(path).write_bytes(index)
        with Spool.reopen(path) as spool:
            spool.append(b"more")
            assert [bytes(frame) for frame in spool.frames()] == [*FRAMES[:left], b"more"]
            assert path.stat().st_size == sum(spool.sizes)
            assert index_of(path).stat().st_size == RECORD * len(spool.sizes)
    path.write_bytes(data)
    index_of(path).write_bytes(index[:-3])
    with Spool.reopen(path) as spool:
        assert [bytes(frame) for frame in spool.frames()] == FRAMES[:3]


@pytest.mark.parametrize("byte", [0, 6, 20, 45, 55], ids=["size", "note", "digest", "check", "last"])
def test_from_a_wrong_byte_on_nothing_counts(tmp_path: Path, byte: int) -> None:
    path = tmp_path / "spool"
    filled(path, FRAMES)
    index = bytearray(index_of(path).read_bytes())
    index[2 * RECORD + byte] ^= 1
    index_of(path).write_bytes(index)
    with Spool.reopen(path) as spool:
        assert [bytes(frame) for frame in spool.frames()] == FRAMES[:2]
    assert index_of(path).stat().st_size == 2 * RECORD
    assert path.stat().st_size == sum(map(len, FRAMES[:2]))


def test_a_frame_that_came_out_otherwise_does_not_count_nor_what_is_behind(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    filled(path, FRAMES)
    data = bytearray(path.read_bytes())
    data[len(FRAMES[0])] ^= 0x80
    path.write_bytes(data)
    with Spool.reopen(path, check=False) as spool:  # the index alone knows nothing of it
        assert len(spool.sizes) == 4
    with Spool.reopen(path) as spool:
        assert [bytes(frame) for frame in spool.frames()] == FRAMES[:2]


def test_records_of_another_spool_or_in_another_order_do_not_count(tmp_path: Path) -> None:
    filled(tmp_path / "a", [b"one", b"two"])
    shutil.copy(tmp_path / "a", tmp_path / "b")
    shutil.copy(index_of(tmp_path / "a"), index_of(tmp_path / "b"))
    with Spool.reopen(tmp_path / "b") as spool:
        assert not spool.sizes
    filled(tmp_path / "c", [b"one", b"two"])
    index = index_of(tmp_path / "c").read_bytes()
    index_of(tmp_path / "c").write_bytes(index[RECORD:] + index[:RECORD])
    (tmp_path / "c").write_bytes(b"twoone")
    with Spool.reopen(tmp_path / "c") as spool:
        assert not spool.sizes


def test_checking_is_told(tmp_path: Path) -> None:
    filled(tmp_path / "spool", [b"12345", b"67"])
    told: list[tuple[int, int]] = []
    with Spool.go_on(tmp_path / "spool", tell=lambda done, total: told.append((done, total))):
        assert told == [(5, 7), (7, 7)]


def test_a_spool_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DcpError, match="cannot go on"):
        Spool.reopen(tmp_path / "none")


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("which", ["", INDEX_SUFFIX], ids=["data", "index"])
@pytest.mark.parametrize("kind", ["link", "second name", "pipe"])
def test_what_is_no_file_of_its_own_is_not_changed(tmp_path: Path, which: str, kind: str) -> None:
    path = tmp_path / "spool"
    filled(path, FRAMES)
    place, other = Path(f"{path}{which}"), tmp_path / "other"
    place.unlink()
    other.write_bytes(b"of somebody")
    if kind == "link":
        place.symlink_to(other)
    elif kind == "second name":
        place.hardlink_to(other)
    else:
        os.mkfifo(place)
    with pytest.raises(DcpError, match="cannot go on"):
        Spool.go_on(path)
    assert other.read_bytes() == b"of somebody"


def test_nothing_remains_of_a_removed_spool(tmp_path: Path) -> None:
    filled(tmp_path / "spool", FRAMES)
    Spool.reopen(tmp_path / "spool").remove()
    assert list(tmp_path.iterdir()) == []


@given(
    st.lists(st.tuples(st.binary(max_size=50), st.integers(0, 0xFFFF_FFFF)), max_size=12),
    st.sampled_from(["data", "index"]),
    st.one_of(
        st.tuples(st.just("keep"), st.integers(0, 700), st.just(0)),
        st.tuples(st.just("flip"), st.integers(0, 700), st.integers(1, 255)),
        st.tuples(st.just("more"), st.integers(0, 700), st.integers(0, 255)),
    ),
)
def test_whatever_becomes_of_it_a_right_beginning_is_left(
    tmp_path_factory: pytest.TempPathFactory,
    made: list[tuple[bytes, int]],
    which: str,
    change: tuple[str, int, int],
) -> None:
    """Cut anywhere, a byte changed anywhere, something put behind it: what counts is a beginning."""
    path = tmp_path_factory.mktemp("spool") / "spool"
    frames, notes = [frame for frame, _ in made], [note for _, note in made]
    filled(path, frames, notes)
    place = path if which == "data" else index_of(path)
    held = bytearray(place.read_bytes())
    how, at, value = change
    if how == "keep":
        del held[at:]
    elif how == "more":
        held += bytes([value]) * at
    elif held:
        held[at % len(held)] ^= value
    place.write_bytes(held)
    with Spool.reopen(path) as spool:
        found = [bytes(frame) for frame in spool.frames()]
        assert found == frames[: len(found)]
        assert list(spool.notes) == notes[: len(found)]
        if how == "flip" and held:
            assert len(found) < len(frames)
        for frame, note in made[len(found) :]:
            spool.append(frame, note)
    with Spool.reopen(path) as spool:
        assert [bytes(frame) for frame in spool.frames()] == frames and list(spool.notes) == notes


def test_it_goes_on_or_begins(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    for count in (1, 2, 3):
        with Spool.go_on(path) as spool:
            spool.append(b"frame" * count)
            assert len(spool.sizes) == count
            assert spool.first() == b"frame"


@pytest.mark.parametrize("lost", ["", INDEX_SUFFIX], ids=["data", "index"])
def test_half_of_a_spool_is_none(tmp_path: Path, lost: str) -> None:
    path = tmp_path / "spool"
    filled(path, FRAMES)
    Path(f"{path}{lost}").unlink()
    with Spool.go_on(path) as spool:
        assert not spool.sizes and not spool.kept
        spool.append(b"new")
    with Spool.reopen(path) as spool:
        assert [bytes(frame) for frame in spool.frames()] == [b"new"]
