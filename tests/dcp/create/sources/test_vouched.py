"""Hashes held against files while something else is done."""

from __future__ import annotations

import hashlib
from pathlib import Path
from threading import Event

import pytest

from dcp.create.sources import vouched
from dcp.create.sources.vouched import Vouched, holding
from dcp.errors import DcpError, SourceError


def stated(path: Path, data: bytes, algorithm: str = "sha1") -> Vouched:
    path.write_bytes(data)
    return Vouched(path, algorithm, hashlib.new(algorithm, data).digest())


def test_what_holds_lets_the_work_end(tmp_path: Path) -> None:
    files = [stated(tmp_path / "a", b"a" * 5_000_000), stated(tmp_path / "b", b"b", "sha256")]
    told: list[tuple[int, int]] = []
    with holding([*files, files[0]], progress=lambda done, of: told.append((done, of))) as cancel:
        assert cancel is not None and not cancel()
    assert not told or told[-1] == (5_000_001, 5_000_001)


def test_without_hashes_nothing_is_done() -> None:
    def asked() -> bool:
        return False

    with holding([], cancel=asked) as cancel:
        assert cancel is asked
    with holding([]) as cancel:
        assert cancel is None


def test_a_wrong_file_ends_the_work_early(tmp_path: Path) -> None:
    good, bad = stated(tmp_path / "a", b"a"), stated(tmp_path / "b", b"b")
    bad.path.write_bytes(b"c")
    with pytest.raises(SourceError) as caught, holding([good, bad]) as cancel:
        assert cancel is not None
        while not cancel():
            Event().wait(0.001)
        raise DcpError("create.stopped")  # as whoever was asked does
    assert (caught.value.id, caught.value.where) == ("imf.hash", str(bad.path))


def test_a_wrong_file_is_said_when_the_work_is_done(tmp_path: Path) -> None:
    bad = stated(tmp_path / "b", b"b")
    bad.path.write_bytes(b"c")
    with pytest.raises(SourceError) as caught, holding([bad]):
        pass
    assert caught.value.id == "imf.hash"


def test_all_that_is_stated_of_a_file_has_to_hold(tmp_path: Path) -> None:
    good = stated(tmp_path / "a", b"a")
    with holding([good, stated(tmp_path / "a", b"a", "sha256")]):
        pass
    for wrong in (Vouched(good.path, "sha1", bytes(20)), Vouched(good.path, "sha256", bytes(32))):
        for files in ([wrong, good], [good, wrong]):
            with pytest.raises(SourceError) as caught, holding(files):
                pass
            assert caught.value.id == "imf.hash"


def test_a_file_that_is_gone_is_said(tmp_path: Path) -> None:
    lost = Vouched(tmp_path / "lost", "sha1", bytes(20))
    with pytest.raises(SourceError) as caught, holding([lost]):
        pass
    assert caught.value.id == "file.cannot-read" and str(caught.value.where).endswith("lost")


def test_another_fault_of_the_work_is_its_own(tmp_path: Path) -> None:
    bad = stated(tmp_path / "b", b"b")
    bad.path.write_bytes(b"c")
    with pytest.raises(DcpError) as caught, holding([bad]):
        raise DcpError("create.no-room")
    assert caught.value.id == "create.no-room"


def test_the_wait_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hash is given up at the next block."""
    monkeypatch.setattr(vouched, "_BLOCK", 1)
    file = stated(tmp_path / "a", b"a" * 3_000_000)
    with pytest.raises(DcpError) as caught, holding([file], cancel=lambda: True):
        pass
    assert caught.value.id == "create.stopped"
