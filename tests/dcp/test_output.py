"""Output is finished or absent."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from dcp.errors import DcpError, UsageError
from dcp.output import cannot_write, finished_file, finished_folder, working_folder, write_finished


def test_a_finished_file_stands_alone_under_its_name(tmp_path: Path) -> None:
    write_finished(tmp_path / "new" / "a.txt", b"text")
    assert (tmp_path / "new" / "a.txt").read_bytes() == b"text"
    assert len(list((tmp_path / "new").iterdir())) == 1


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_bytes(b"old")
    with pytest.raises(RuntimeError), finished_file(target) as temporary:
        temporary.write_bytes(b"half")
        raise RuntimeError
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(DcpError, match="disk is full"), finished_folder(tmp_path / "out") as temporary:
        (temporary / "half").write_bytes(b"x")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_what_a_full_disk_left_is_not_said_to_be_nothing() -> None:
    """A batch leaves the messages that were whole."""
    full = cannot_write(Path("a"), OSError(errno.ENOSPC, "No space left on device"), "keys.cannot-write")
    assert full.lines()[-1].endswith("Nothing half-written was left")
    other = cannot_write(Path("a"), OSError(errno.EACCES, "Permission denied"), "keys.cannot-write")
    assert other.what == "cannot write the keys file: Permission denied"


def test_another_refusal_of_the_file_system_is_passed_on(tmp_path: Path) -> None:
    with pytest.raises(DcpError, match="cannot write"), finished_file(tmp_path / "a"):
        raise OSError(errno.EACCES, "Permission denied")


def test_a_folder_in_use_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"")
    with pytest.raises(UsageError, match="not empty"), finished_folder(tmp_path):
        pass
    with pytest.raises(UsageError, match="no folder"), finished_folder(tmp_path / "mine"):
        pass


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    with finished_folder(target) as temporary:
        (temporary / "a").write_bytes(b"x")
    assert [entry.name for entry in target.iterdir()] == ["a"]


def test_a_folder_for_work_goes_whatever_happens(tmp_path: Path) -> None:
    with working_folder(tmp_path / "film.mxf") as folder:
        (folder / "half").write_bytes(b"x")
        assert folder.parent == tmp_path and folder.name.endswith(".part")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(DcpError, match="disk is full"), working_folder(tmp_path / "film.mxf") as folder:
        (folder / "half").write_bytes(b"x")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


class TestFoldersAbove:
    """Made when they are not there; when the output fails, those that were made go, and no other."""

    @pytest.mark.parametrize("write", [finished_file, finished_folder, working_folder])
    def test_a_failure_takes_those_that_it_made(self, write: Any, tmp_path: Path) -> None:
        (tmp_path / "there").mkdir()
        with pytest.raises(KeyboardInterrupt), write(tmp_path / "there" / "a" / "b" / "c"):
            raise KeyboardInterrupt
        assert list(tmp_path.iterdir()) == [tmp_path / "there"] and not list((tmp_path / "there").iterdir())

    def test_what_came_to_lie_in_them_stays(self, tmp_path: Path) -> None:
        with pytest.raises(RuntimeError), finished_folder(tmp_path / "a" / "b" / "c"):
            write_finished(tmp_path / "a" / "keys.json", b"{}")
            raise RuntimeError
        assert [path.name for path in sorted(tmp_path.rglob("*"))] == ["a", "keys.json"]

    def test_success_keeps_them(self, tmp_path: Path) -> None:
        with working_folder(tmp_path / "a" / "b"), finished_folder(tmp_path / "a" / "b") as folder:
            (folder / "x").touch()
        assert [path.name for path in sorted(tmp_path.rglob("*"))] == ["a", "b", "x"]


def test_a_folder_that_a_failing_neighbour_removes_is_made_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`mkdir` finds the folder, and looks whether it is one in the moment after it went."""
    folder = tmp_path / "facility"
    folder.mkdir()
    is_dir = Path.is_dir

    def gone(path: Path) -> bool:
        if path == folder and is_dir(path):
            path.rmdir()
            monkeypatch.undo()
        return is_dir(path)

    monkeypatch.setattr(Path, "is_dir", gone)
    monkeypatch.setattr("dcp.output._absent", lambda folder: [folder])
    with finished_file(folder / "a.xml") as temporary:
        temporary.write_bytes(b"whole")
    assert (folder / "a.xml").read_bytes() == b"whole"


def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "facility").write_bytes(b"")
    with pytest.raises(DcpError, match="cannot write"):
        write_finished(tmp_path / "facility" / "a.xml", b"whole")
