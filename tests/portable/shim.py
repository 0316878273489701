"""Linux with what another system lacks taken away, so that the other ways of `dcp.system` are taken.

DCPKIT_SHIM=macos or windows, and `tests/portable/boot` on PYTHONPATH. It stands for a system as far as Python
shows it: calls, signals, flags and modules that are not there, what may not be done with an open file or a
folder, names that are refused, paths that are too long, `\\` between the parts of relative names. It is no
other kernel, and nothing of ctypes, drivers or consoles is tried by it.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import stat
import subprocess  # takes a module `msvcrt` for Windows itself, so before there is one
import sys
import tempfile
import zoneinfo
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath, PureWindowsPath
from types import ModuleType, TracebackType
from typing import Any

ROOT = Path(__file__).parents[2]
ROOMS = tuple(str(ROOT / name) + "/" for name in ("dcp", "kdm", "watermark", "player", "dcpkit"))

NOT_ON_MACOS = {
    os: ("sched_getaffinity", "preadv", "pwritev", "posix_fadvise", "posix_fallocate", "fork", "forkpty"),
}
NOT_ON_WINDOWS = {
    os: (
        *NOT_ON_MACOS[os],
        "pread", "pwrite", "readv", "writev", "sendfile", "fchmod", "chown", "fchown", "lchown", "mkfifo",
        "killpg", "getpgid", "setsid", "nice", "openpty", "sync",
        "O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY", "O_CLOEXEC",
    ),
    signal: ("SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGALRM", "alarm", "setitimer", "pthread_sigmask"),
}  # fmt: skip
NO_MODULES = ("fcntl", "resource", "termios", "tty", "pty", "pwd", "grp")
MISSING: set[str] = set()

LONGEST = 259  # characters of a path that Windows takes as it is
DEEP = 150  # characters; folders of tests are shorter, and tests compare what is below them by its path
LONG = "/proc/self/root"  # stands for \\\\?\\ before a path: the same place, and as long as it likes

_O_BINARY = 1 << 29
_REFUSED = re.compile(r'[<>:"|?*\\\x00-\x1f]|[. ]$|^(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)')
_TEXT: set[int] = set()  # descriptors that the C library would write line ends into


class Refused(PermissionError):
    """What the system that is stood for would not do."""

    def __init__(self, why: str, path: object, winerror: int = 5) -> None:
        super().__init__(errno.EACCES, why, str(path))
        self.winerror = winerror


def apply(system: str) -> None:
    """Stand for macOS or Windows from here on, in this process."""
    windows = system == "windows"
    killed = signal.SIGKILL
    # Windows ends a process without a signal; xdist does so with a worker that is slow to go
    subprocess.Popen.kill = lambda self: self.send_signal(killed)  # type: ignore[method-assign]
    for module, names in (NOT_ON_WINDOWS if windows else NOT_ON_MACOS).items():
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
                MISSING.add(name)
    if not windows:
        return
    import fcntl

    sys.modules["msvcrt"] = _locks(fcntl)
    for name in NO_MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    shutil._USE_CP_SENDFILE = shutil._use_fd_functions = False  # type: ignore[attr-defined]
    zoneinfo.reset_tzpath(to=())
    _open_files()
    _text_mode()
    _separators()
    _long_paths()
    sys.addaudithook(_names)


def _locks(fcntl: Any) -> ModuleType:
    def locking(descriptor: int, mode: int, size: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    module = ModuleType("msvcrt")
    vars(module).update(locking=locking, LK_NBLCK=2)
    return module


# --- open files -----


def _open_below(path: object, *, itself: bool = True) -> bool:
    """Whether this process has the file open, or one in the folder."""
    real = os.path.realpath(os.fspath(path))  # type: ignore[call-overload]
    for number in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue
        if (itself and target == real) or target.startswith(real + "/"):
            return True
    return False


def _open_files() -> None:
    replace, rename, unlink = os.replace, os.rename, os.unlink

    def moving(real: Callable[..., None]) -> Callable[..., None]:
        def move(source: Any, target: Any, **more: Any) -> None:
            if os.path.isdir(target) and not os.path.samefile(source, target):
                raise Refused("a folder is in the place", target)
            if real is rename and os.path.lexists(target):
                raise FileExistsError(errno.EEXIST, "it exists", str(target))
            for path in (source, target):
                if os.path.lexists(path) and _open_below(path):
                    raise Refused("it is open", path, 32)
            real(source, target, **more)

        return move

    def remove(path: Any, **more: Any) -> None:
        own = sys._getframe(1).f_code.co_filename == tempfile.__file__  # it has another way on Windows
        if not own and "dir_fd" not in more and os.path.lexists(path) and _open_below(path):
            raise Refused("it is open", path, 32)
        unlink(path, **more)

    os.replace, os.rename = moving(replace), moving(rename)
    os.unlink = os.remove = remove


def _text_mode() -> None:
    """What is opened without O_BINARY is text to os.write, and a folder is not opened at all."""
    opened, write, close, fdopen = os.open, os.write, os.close, os.fdopen

    def open_(path: Any, flags: int, mode: int = 0o777, **more: Any) -> int:
        if not flags & os.O_CREAT and os.path.isdir(path):
            raise Refused("it is a folder", path)
        descriptor = opened(path, flags & ~_O_BINARY, mode, **more)
        (_TEXT.discard if flags & _O_BINARY else _TEXT.add)(descriptor)
        return descriptor

    def write_(descriptor: int, data: Any) -> int:
        if descriptor in _TEXT and _from_the_product():
            raise Refused("bytes are written in text mode", descriptor)
        return write(descriptor, data)

    def close_(descriptor: int) -> None:
        _TEXT.discard(descriptor)
        close(descriptor)

    def fdopen_(descriptor: int, *more: Any, **named: Any) -> Any:
        _TEXT.discard(descriptor)
        return fdopen(descriptor, *more, **named)

    os.O_BINARY = _O_BINARY  # type: ignore[attr-defined]
    os.open, os.write, os.close, os.fdopen = open_, write_, close_, fdopen_  # type: ignore[assignment]


# --- names -----

_OF_PATHS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.listdir", "os.scandir", "os.link"}


def _long_paths() -> None:
    """What goes beyond Windows' longest path has to be written as `long_path` of `dcp.system` writes it."""
    from dcp import system

    def long_path(path: Path, *, room: int = 0, windows: bool = True) -> Path:
        whole = os.path.abspath(path)
        short = len(whole) + room < LONGEST or len(whole) < DEEP or whole.startswith(LONG + "/")
        return path if short or not windows else Path(LONG + whole)

    told = system.long_path
    system.long_path = lambda path, *, room=0, windows=None: (  # type: ignore[assignment]
        long_path(path, room=room) if windows is None else told(path, room=room, windows=windows)
    )
    plain = system.plain_names
    system.plain_names = lambda text: plain(text).replace(LONG + "/", "/")


def _names(event: str, arguments: tuple[Any, ...]) -> None:
    """Names that Windows refuses are not made."""
    if event == "open":
        path, _, flags = arguments
        made = isinstance(flags, int) and flags & os.O_CREAT
    elif event == "os.rename":
        path, made = arguments[1], True
    else:
        path, made = arguments[0] if arguments else "", event == "os.mkdir"
    if isinstance(path, str | PurePath) and event in _OF_PATHS:
        whole = os.path.abspath(path)
        if len(whole) > LONGEST and not whole.startswith(LONG + "/"):
            raise Refused("the path is too long", path, 206)
    if made and isinstance(path, str | PurePath):
        for part in str(path).split("/"):
            if part not in (".", "..") and _REFUSED.search(part):
                raise Refused("the name is none", path, 123)


def _separators() -> None:
    """Relative names have `\\` between their parts where the product asks for them."""
    relative_to, relpath = Path.relative_to, os.path.relpath

    def relative_to_(self: Path, *other: Any, **named: Any) -> PurePath:
        found = relative_to(self, *other, **named)
        return PureWindowsPath(found) if _from_the_product() else found

    def relpath_(*arguments: Any, **named: Any) -> str:
        found = relpath(*arguments, **named)
        return found.replace("/", "\\") if _from_the_product() else found

    Path.relative_to = relative_to_  # type: ignore[assignment, method-assign]
    os.path.relpath = relpath_  # type: ignore[assignment]
    os.sep = "\\"


def _from_the_product() -> bool:
    """Whether the call came from the product itself, not through a library."""
    return sys._getframe(2).f_code.co_filename.startswith(ROOMS)


# --- which tests are about something else -----


def lacks_what_the_test_needs(error: BaseException, traceback: TracebackType | None) -> str | None:
    """What the test itself wanted of Linux, in its own code; None when the product failed, or something else.

    What the product does with what is not there is a failure of the product.
    """
    frames = [frame.f_code.co_filename for frame in _frames(traceback)]
    if any(frame.startswith(ROOMS) for frame in frames):
        return None
    if isinstance(error, AttributeError) and error.name in MISSING:
        return f"os or signal without {error.name}"
    if isinstance(error, ImportError) and error.name in NO_MODULES:
        return f"no module {error.name}"
    return "a name or an open file" if isinstance(error, Refused) else None


def _frames(traceback: TracebackType | None) -> Iterator[Any]:
    while traceback is not None:
        yield traceback.tb_frame
        traceback = traceback.tb_next


assert subprocess and stat
