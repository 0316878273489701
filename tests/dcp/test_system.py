"""What systems do differently: each way gives what the other does."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp import system
from dcp.system import (
    alone_in,
    disk_is_full,
    give_large_blocks_back,
    give_memory_back,
    is_link,
    long_path,
    move,
    new_file,
    open_plain,
    plain_names,
    private_file,
    put_new,
    refused_by_windows,
    relative_name,
)

DATA = bytes(range(256)) * 40


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(DATA)
    return path


class TestReading:
    @pytest.mark.parametrize("read", [system.pread, system._seek_and_read])
    def test_bytes_come_from_their_place(self, file: Path, read: Callable[[int, int, int], bytes]) -> None:
        with file.open("rb") as stream:
            assert read(stream.fileno(), 7, 1000) == DATA[1000:1007]
            assert read(stream.fileno(), 7, len(DATA) - 3) == DATA[-3:]
            assert read(stream.fileno(), 7, len(DATA)) == b""

    @pytest.mark.parametrize("read", [system.pread_into, system._read_over])
    def test_a_buffer_is_filled(self, file: Path, read: Callable[[int, memoryview, int], int]) -> None:
        buffer = memoryview(bytearray(b"." * 10))
        with file.open("rb") as stream:
            assert read(stream.fileno(), buffer[2:6], 300) == 4
            assert bytes(buffer) == b".." + DATA[300:304] + b"...."
            assert read(stream.fileno(), buffer, len(DATA) - 2) == 2

    def test_threads_do_not_take_each_other_s_place(self, file: Path) -> None:
        wrong: list[int] = []

        def look(start: int) -> None:
            for place in range(start, start + 2000):
                if system._seek_and_read(stream.fileno(), 16, place) != DATA[place : place + 16]:
                    wrong.append(place)

        with file.open("rb") as stream:
            threads = [threading.Thread(target=look, args=(700 * number,)) for number in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert not wrong


class TestWriting:
    @pytest.mark.parametrize("write", [system._write_gathered, system._write_in_turn])
    def test_every_byte_is_written_though_the_system_takes_a_few_at_a_time(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[..., None]
    ) -> None:
        single, gathered = os.write, os.writev
        monkeypatch.setattr(os, "write", lambda fd, data: single(fd, data[:3]))
        monkeypatch.setattr(os, "writev", lambda fd, parts: gathered(fd, [parts[0][:5]]))
        descriptor = new_file(tmp_path / "file")
        write(descriptor, [b"abcdefgh", b"", memoryview(b"0123456789"), b"z"])
        os.close(descriptor)
        assert (tmp_path / "file").read_bytes() == b"abcdefgh0123456789z"

    def test_a_private_file_is_its_owner_s_and_new(self, tmp_path: Path) -> None:
        with private_file(tmp_path / "key") as stream:
            stream.write(b"\n")
        assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
        assert system.others_may_read(tmp_path / "key") is False
        with pytest.raises(FileExistsError):
            private_file(tmp_path / "key")

    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
    def test_a_full_disk(self, number: int) -> None:
        assert disk_is_full(OSError(number, "")) and not disk_is_full(OSError(errno.EIO, ""))


class TestMoving:
    def test_a_folder_takes_the_place_of_an_empty_one_also_where_the_system_refuses(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source, target = tmp_path / "a", tmp_path / "b"
        source.mkdir(), target.mkdir()
        (source / "file").touch()
        windows_refuses(monkeypatch, lambda a, b: Path(b).is_dir(), winerror=5)
        move(source, target)
        assert [path.name for path in target.iterdir()] == ["file"] and not source.exists()

    def test_what_a_scanner_holds_is_tried_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "a").touch()
        held = iter([True, True, False])
        windows_refuses(monkeypatch, lambda a, b: next(held), winerror=32)
        monkeypatch.setattr(system, "_PAUSE", 0)
        move(tmp_path / "a", tmp_path / "b")
        assert (tmp_path / "b").exists()

    def test_what_stays_held_is_an_error(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "a").touch()
        windows_refuses(monkeypatch, lambda a, b: True, winerror=32)
        monkeypatch.setattr(system, "_PAUSE", 0)
        with pytest.raises(PermissionError):
            move(tmp_path / "a", tmp_path / "b")

    @pytest.mark.parametrize("links", [True, False])
    def test_a_taken_name_is_never_replaced(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
    ) -> None:
        (tmp_path / "a").write_text("new")
        (tmp_path / "b").write_text("old")
        if not links:
            monkeypatch.setattr(os, "link", refuse(errno.EPERM))
        with pytest.raises(FileExistsError):
            put_new(tmp_path / "a", tmp_path / "b")
        assert (tmp_path / "b").read_text() == "old"
        put_new(tmp_path / "a", tmp_path / "c")
        assert (tmp_path / "c").read_text() == "new"


def refuse(number: int, **more: object) -> Callable[..., None]:
    def call(*_: object, **__: object) -> None:
        error = PermissionError(number, "refused")
        vars(error).update(more)
        raise error

    return call


def windows_refuses(
    monkeypatch: pytest.MonkeyPatch, when: Callable[[object, object], bool], *, winerror: int
) -> None:
    replace = os.replace

    def call(source: object, target: object) -> None:
        if when(source, target):
            refuse(errno.EACCES, winerror=winerror)()
        replace(source, target)  # type: ignore[type-var]

    monkeypatch.setattr(os, "replace", call)


class TestNames:
    @pytest.mark.parametrize(
        "name",
        ["con", "NUL.mxf", "a/Com1.xml", "aux .txt", "lpt².x", "a.", "a /b",
         "1:b", "a?", 'a"', "a|b", "x<", "a\\b"],
    )  # fmt: skip
    def test_names_that_windows_takes_for_something_else(self, name: str) -> None:
        assert refused_by_windows(name)

    @pytest.mark.parametrize(
        "name", ["a/b.mxf", "./a", "../a", "console", "com10", "影片.mxf", ".lock", "nul_1"]
    )
    def test_names_that_it_takes(self, name: str) -> None:
        assert not refused_by_windows(name)

    @pytest.mark.parametrize(
        ("path", "room", "long"),
        [
            ("C:\\a\\b", 0, "C:\\a\\b"),
            ("C:\\a\\b", 253, "\\\\?\\C:\\a\\b"),
            ("C:/a/../c", 256, "\\\\?\\C:\\c"),
            ("\\\\server\\share\\a", 250, "\\\\?\\UNC\\server\\share\\a"),
            ("\\\\?\\C:\\a", 250, "\\\\?\\C:\\a"),
        ],
    )
    def test_long_paths_of_windows(self, path: str, room: int, long: str) -> None:
        assert str(long_path(Path(path), room=room, windows=True)) == long
        assert long_path(Path(path), room=1000, windows=False) == Path(path)

    def test_people_read_them_without_their_mark(self) -> None:
        assert plain_names("in \\\\?\\C:\\a and \\\\?\\UNC\\s\\b") == "in C:\\a and \\\\s\\b"

    def test_names_in_documents_have_slashes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert relative_name(tmp_path / "a/b", tmp_path) == "a/b"
        monkeypatch.setattr(os, "sep", "\\")
        monkeypatch.setattr(os.path, "relpath", lambda path, start: "..\\ov\\b")
        assert relative_name(tmp_path / "a/b", tmp_path) == "../ov/b"

        def other_drive(path: object, start: object) -> str:
            raise ValueError("path is on mount 'D:', start on mount 'C:'")

        monkeypatch.setattr(os.path, "relpath", other_drive)
        assert relative_name(tmp_path / "a", tmp_path) == (tmp_path / "a").as_posix()

    def test_links_and_junctions(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "link").symlink_to(tmp_path)
        assert is_link(tmp_path / "link") and not is_link(tmp_path) and not is_link(tmp_path / "none")
        monkeypatch.setattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", 0xA0000003, raising=False)
        found = SimpleNamespace(st_mode=stat.S_IFDIR, st_reparse_tag=0xA0000003)
        monkeypatch.setattr(Path, "lstat", lambda self: found)
        assert is_link(tmp_path)

    def test_a_link_or_a_pipe_is_not_opened(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        link, pipe = file.with_name("link"), file.with_name("pipe")
        link.symlink_to(file)
        os.mkfifo(pipe)
        for path in (link, pipe, file.parent):
            with pytest.raises(OSError):
                open_plain(path)
        with open_plain(file) as stream:
            assert stream.read() == DATA
        monkeypatch.delattr(os, "O_NOFOLLOW")
        with pytest.raises(OSError):
            open_plain(link)


class TestOneRunAtATime:
    def test_a_second_one_is_refused(self, tmp_path: Path) -> None:
        with alone_in(tmp_path), pytest.raises(BlockingIOError), alone_in(tmp_path):
            pass
        with alone_in(tmp_path):
            pass

    def test_with_the_locks_of_windows(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        held: dict[int, int] = {}

        def locking(descriptor: int, mode: int, size: int) -> None:
            inode = os.fstat(descriptor).st_ino
            if inode in held:
                raise OSError(errno.EACCES, "held")
            held[inode] = descriptor

        fake: Any = SimpleNamespace(LK_NBLCK=2, locking=locking)
        monkeypatch.setitem(sys.modules, "fcntl", None)
        monkeypatch.setitem(sys.modules, "msvcrt", fake)
        with alone_in(tmp_path):
            assert [path.name for path in tmp_path.iterdir()] == [system.LOCK_FILE]
            with pytest.raises(BlockingIOError), alone_in(tmp_path):
                pass
        assert not list(tmp_path.iterdir())

    def test_an_error_inside_stays_what_it_is(self, tmp_path: Path) -> None:
        with pytest.raises(ImportError, match="mine"), alone_in(tmp_path):
            raise ImportError("mine")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_names_that_batches_make_are_names_everywhere(text: str) -> None:
    from kdm.batch.names import cinema_name, short

    assert not refused_by_windows(cinema_name(text, text))
    assert not refused_by_windows(f"k_{short(text, 40)}_x.xml")


def test_only_what_is_as_in_the_file_is_let_go_of_a_library() -> None:
    def mapping(place: str, rights: str, name: str, own: int) -> list[str]:
        return [f"{place} {rights} 00000000 08:01 42    {name}", "Rss: 8 kB", f"Anonymous:   {own} kB"]

    maps = [
        *mapping("1000-3000", "r-xp", "/lib/libllvmlite.so", 0),
        *mapping("3000-4000", "r--p", "/lib/libllvmlite.so", 4),  # relocated: not as in the file
        *mapping("4000-5000", "rw-p", "/lib/libllvmlite.so", 0),
        *mapping("5000-6000", "r-xp", "/lib/llvmlite/other.so", 0),
        *mapping("6000-7000", "r--p", "/lib/libllvmlite.so", 0),
    ]
    assert list(system._unchanged(maps, "llvmlite")) == [(0x1000, 0x3000), (0x6000, 0x7000)]


def test_memory_that_is_given_back_is_read_again() -> None:
    give_memory_back("libpython")
    give_memory_back("_ctypes")
    give_large_blocks_back()
    one, other = (hashlib.sha256(bytes(3_000_000)).digest() for _ in range(2))
    assert one == other
