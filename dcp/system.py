"""What operating systems do differently, each in one place, so that no other module asks which one it is.

Where a system has the fast call (positioned reads, gathered writes, locks) it is used as it is, where it has
none there is another way to the same end. `make test-shim` runs the suite with those calls taken away.
"""

from __future__ import annotations

import errno
import importlib
import os
import re
import signal
import stat
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from dcp.patterns import pattern

if TYPE_CHECKING:
    from pathlib import Path

WINDOWS = os.name == "nt"
LOST_AND_FOUND = "lost+found"
"""The folder that every ext2, ext3 and ext4 has at its root, and that none but root may look into."""

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # glibc's mallopt
_ARENA_SHARE = 4  # cores that share one: each holds what it once needed
_DONTNEED = 4  # Linux's madvise
_LARGE_PAGE = 2 * 1024 * 1024
_MAPPING = pattern(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+\s*(.*)")

_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)
_PLAIN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_SMALL = 64 * 1024  # bytes
_HELD = (5, 32)  # Windows: access denied, sharing violation; a virus scanner lets go of a new file soon
_TRIES, _PAUSE = 10, 0.05  # seconds


def cores() -> int:
    """How many this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def give_large_blocks_back() -> None:
    """Have blocks of a megabyte and more go back to the system when they are freed, from now on.

    glibc would keep ever larger ones, of frames above all, for later. It holds for the whole process, so it
    is the command's to ask for; elsewhere nothing is done.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    with suppress(AttributeError, OSError):
        library = ctypes.CDLL(None)
        for option in (_MMAP_THRESHOLD, _TRIM_THRESHOLD):
            library.mallopt(option, 1 << 20)
        library.mallopt(_ARENA_MAX, max(1, cores() // _ARENA_SHARE))


def give_memory_back(library: str) -> None:
    """Hand to the system what is free, and the pages of a shared library (by a part of its file's name) that
    are only read: what is needed of it again is read again. Linux alone; elsewhere nothing is done.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    with suppress(AttributeError, OSError, ValueError):
        calls = ctypes.CDLL(None)
        calls.malloc_trim(0)
        calls.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        with open("/proc/self/smaps", encoding="utf-8", errors="replace") as maps:  # noqa: PTH123
            for begin, end in list(_unchanged(maps, library)):
                calls.madvise(begin, end - begin, _DONTNEED)


def large_buffer(size: int) -> memoryview:
    """So many bytes of zeros at page boundaries, in pages as large as the system has for who asks: the caches
    of addresses then hold all of it. Given back with its last view.
    """
    import mmap

    if not hasattr(mmap, "MAP_PRIVATE") or not hasattr(mmap, "MAP_ANONYMOUS"):
        return memoryview(mmap.mmap(-1, max(size, 1)))[:size]
    large = size > _LARGE_PAGE // 2 and hasattr(mmap, "MADV_HUGEPAGE")
    room = -(-size // _LARGE_PAGE) * _LARGE_PAGE if large else max(size, 1)
    memory = mmap.mmap(-1, room, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if large:
        with suppress(OSError):
            memory.madvise(mmap.MADV_HUGEPAGE)
    return memoryview(memory)[:size]


def _unchanged(maps: Iterable[str], library: str) -> Iterator[tuple[int, int]]:
    """The mappings of a file that cannot be written to, and no page of which is other than in the file."""
    place: tuple[int, int] | None = None
    for line in maps:
        found = _MAPPING.match(line)
        if found:
            mine = library in found[4].rpartition("/")[2] and "w" not in found[3]
            place = (int(found[1], 16), int(found[2], 16)) if mine else None
        elif place is not None and line.split() == ["Anonymous:", "0", "kB"]:
            yield place


def can_fork() -> bool:
    """Whether a process can be forked off and go on with what it inherits. On macOS the system's own
    libraries may not be used after it."""
    return hasattr(os, "fork") and sys.platform != "darwin"


def stopping_signals() -> tuple[signal.Signals, ...]:
    """What ends a process from outside and can be caught: terminated, hung up; on Windows Ctrl-Break, or
    the window closed."""
    names = ("SIGTERM", "SIGHUP", "SIGBREAK")
    return tuple(getattr(signal, name) for name in names if hasattr(signal, name))


def disk_is_full(error: OSError) -> bool:
    """No room, or none that this user may have."""
    return error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


# --- reading and writing -----

_LOCKS = tuple(threading.Lock() for _ in range(64))


def _seek_and_read(descriptor: int, size: int, offset: int) -> bytes:
    with _LOCKS[descriptor % len(_LOCKS)]:  # the position is the file's own, and several threads may read
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, size)


def _read_over(descriptor: int, buffer: memoryview, offset: int) -> int:
    data = pread(descriptor, len(buffer), offset)
    buffer[: len(data)] = data
    return len(data)


def _read_into(descriptor: int, buffer: memoryview, offset: int) -> int:
    return os.preadv(descriptor, [buffer], offset)


pread = os.pread if hasattr(os, "pread") else _seek_and_read
"""(descriptor, size, offset) -> bytes: up to `size` of them, fewer at the end of the file. Any thread."""

pread_into = _read_into if hasattr(os, "preadv") else _read_over
"""(descriptor, buffer, offset) -> int: the buffer filled from the file; how many bytes came. Any thread."""


def _write_gathered(descriptor: int, parts: Sequence[bytes | memoryview]) -> None:
    left = [memoryview(part) for part in parts if len(part)]
    while left:
        count = os.writev(descriptor, left)
        while left and count >= len(left[0]):
            count -= len(left[0])
            del left[0]
        if left and count:
            left[0] = left[0][count:]


def _write_in_turn(descriptor: int, parts: Sequence[bytes | memoryview]) -> None:
    for part in parts:
        left = memoryview(part)
        while left:
            left = left[os.write(descriptor, left) :]


write_all = _write_gathered if hasattr(os, "writev") else _write_in_turn
"""(descriptor, parts) -> None: every byte of the parts, one after the other. OSError as the system has it."""


def read_at_most(stream: BinaryIO, size: int) -> bytes:
    """The first so many bytes, fewer at the end of the file. A small file costs no memory for a large one."""
    first = stream.read(min(size, _SMALL))
    return first if len(first) < min(size, _SMALL) else first + stream.read(size - len(first))


def new_file(path: Path, mode: int = 0o666) -> int:
    """The descriptor of a new file, for bytes. FileExistsError when there is one of this name.

    mode: who may read it. Windows knows no such modes: there a file can be read by whom its folder lets.
    """
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)


def others_may_write(folder: Path) -> bool:
    """Whether a folder belongs to somebody else, or everybody may write to it. Windows has no such modes, and
    its folders are taken for one's own."""
    if WINDOWS:
        return False
    found = folder.stat()
    return found.st_uid != os.getuid() or bool(found.st_mode & stat.S_IWOTH)


def private_file(path: Path) -> BinaryIO:
    """A new file for secrets, that none but its owner may read."""
    return os.fdopen(new_file(path, 0o600), "wb")


def others_may_read(path: Path) -> bool:
    """Whether a file's mode lets other users of this machine read it. On Windows the mode does not tell."""
    if WINDOWS:
        return False
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) and bool(mode & 0o077)


def open_plain(path: Path) -> BinaryIO:
    """A regular file to read. OSError also where it is a link, a pipe or a folder; nothing waits for it."""
    if not hasattr(os, "O_NOFOLLOW") and is_link(path):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    stream = os.fdopen(os.open(path, os.O_RDONLY | _PLAIN | _BINARY), "rb")
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError(errno.EINVAL, "this is no file", str(path))
    return stream


def change_plain(path: Path) -> BinaryIO:
    """A regular file to read and change, unbuffered. OSError also where it is a link, a pipe or a folder, or
    has another name beside this one: what is changed here would change there."""
    if not hasattr(os, "O_NOFOLLOW") and is_link(path):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    stream = os.fdopen(os.open(path, os.O_RDWR | _PLAIN | _BINARY), "r+b", buffering=0)
    found = os.fstat(stream.fileno())
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        stream.close()
        raise OSError(errno.EINVAL, "this is no file of its own", str(path))
    return stream


# --- names and places -----


def move(source: Path, target: Path) -> None:
    """A finished file in the place of whatever file is there, a finished folder in that of an empty one."""
    for left in reversed(range(_TRIES)):
        try:
            source.replace(target)
            return
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _HELD or not left:
                raise
        if source.is_dir() and target.is_dir():
            target.rmdir()  # Windows does not rename over a folder
        else:
            time.sleep(_PAUSE)


def put_new(source: Path, target: Path) -> None:
    """A finished file under a name that must be free. FileExistsError when it is taken; `source` may stay."""
    try:
        target.hardlink_to(source)  # a link, unlike a rename, refuses an existing target
    except FileExistsError:
        raise
    except OSError:  # a file system without links: the name is taken first
        os.close(new_file(target, 0o600))
        try:
            move(source, target)
        except OSError:
            target.unlink(missing_ok=True)
            raise


def is_link(path: Path) -> bool:
    """Whether the name leads somewhere else: a symbolic link, or a junction of Windows."""
    try:
        return leads_elsewhere(path.lstat())
    except (OSError, ValueError):
        return False


def leads_elsewhere(found: os.stat_result) -> bool:
    """The same of what `lstat` said of a name."""
    junction = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", 0)
    return stat.S_ISLNK(found.st_mode) or (0 != junction == getattr(found, "st_reparse_tag", None))


def relative_name(path: Path, root: Path) -> str:
    """The path as seen from the folder, with `/` on every system; whole where they are on two drives."""
    try:
        relative = os.path.relpath(path, root)
    except ValueError:
        return path.as_posix()
    return relative.replace(os.sep, "/")


def long_path(path: Path, *, room: int = 0, windows: bool = WINDOWS) -> Path:
    r"""The same place written so that Windows takes it beyond 259 characters (`\\?\C:\...`).

    room: characters that will be added below it. A path that stays shorter is given back as it is.
    """
    if not windows:
        return path
    import ntpath

    text = ntpath.abspath(path)
    if len(text) + room < 259 or text.startswith("\\\\?\\"):
        return path
    return type(path)("\\\\?\\UNC" + text[1:] if text.startswith("\\\\") else "\\\\?\\" + text)


def plain_names(text: str) -> str:
    r"""A text for people without the `\\?\` that `long_path` put before a place."""
    return text.replace("\\\\?\\UNC\\", "\\\\").replace("\\\\?\\", "")


_DEVICE = r"(?i:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]) *(?:\..*)?"


def refused_by_windows(path: str) -> bool:
    """Whether a relative path, written with `/`, has a part that Windows takes for something else than a
    file of that name: a device, a stream of a file, a name that loses its last sign."""
    return any(
        bool(re.search(r'[<>:"|?*\\\x00-\x1f]', part))
        or (part not in (".", "..") and part.endswith((".", " ")))
        or re.fullmatch(_DEVICE, part) is not None
        for part in path.split("/")
    )


# --- one run at a time -----


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Holds the folder for this process. BlockingIOError when another one does.

    Where there are locks of folders the folder itself is locked, and on Windows the file `LOCK_FILE` in it.
    A file system without locks holds nobody back.
    """
    with _lock_of(folder) if _has("fcntl") else _lock_file(folder / LOCK_FILE):
        yield


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """The same for a file that is there; on Windows a file of its name with `LOCK_FILE` behind is locked."""
    with _lock_of(path) if _has("fcntl") else _lock_file(path.with_name(path.name + LOCK_FILE)):
        yield


LOCK_FILE = ".lock"


def _has(module: str) -> bool:
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


@contextmanager
def _lock_of(path: Path) -> Iterator[None]:
    import fcntl

    descriptor = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _lock_file(path: Path) -> Iterator[None]:
    msvcrt = importlib.import_module("msvcrt")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _BINARY, 0o600)
    except PermissionError:  # whoever held it is just removing it
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN), str(path)) from None
    try:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN), str(path)) from None
        yield
    finally:
        os.close(descriptor)
        with suppress(OSError):  # an open file is not removed there, so it stays while another run holds it
            path.unlink()
