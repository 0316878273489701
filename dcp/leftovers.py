"""What runs that were killed left behind: temporary outputs whose maker is no longer at work.

A temporary name tells who made it: the machine as this process sees it, and the process. The next run that
writes the same target takes away what dead ones left. Of another machine nothing is known, so nothing of it
is touched.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from dcp.patterns import pattern
from dcp.system import WINDOWS, is_link

ROOM = 36
"""Characters that a temporary name has beyond its target's."""

_MADE = pattern(r"([0-9a-f]{8})-([0-9a-f]{1,8})-[0-9a-f]{8}\.part")


def temporary_beside(path: Path) -> Path:
    """A name beside `path` that no other run takes and that tells its maker."""
    return path.with_name(f".{path.name}.{_machine()}-{os.getpid():x}-{os.urandom(4).hex()}.part")


def clear_dead(path: Path) -> tuple[Path, ...]:
    """Remove what dead runs of this machine left on the way to `path`; what was removed.

    What may not be looked at or removed is left: it hinders nobody.
    """
    before = f".{path.name}."
    try:
        with os.scandir(path.parent) as found:
            names = [each.name for each in found if each.name.startswith(before)]
    except OSError:
        return ()
    removed = []
    for name in names:
        made = _MADE.fullmatch(name, len(before))
        if made is not None and made[1] == _machine() and not _at_work(int(made[2], 16)):
            left = path.with_name(name)
            if remove(left):
                removed.append(left)
    return tuple(removed)


def remove(path: Path) -> bool:
    """Remove a file or a folder, never what a link leads to. Whether it is gone."""
    from shutil import rmtree  # who only reads does not pay for it

    try:
        if path.is_dir() and not is_link(path):
            rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    except OSError:
        return False
    return not os.path.lexists(path)


@cache
def _machine() -> str:
    """This machine, and where in it process numbers count from (a container has its own): 8 hex digits. It
    stays the same over a restart, so that what a power cut left is known again."""
    import platform
    from zlib import crc32

    parts = [
        platform.node(),
        _said(Path.read_text, "/etc/machine-id"),
        _said(os.readlink, "/proc/self/ns/pid"),
    ]
    return f"{crc32('|'.join(parts).encode()):08x}"


def _said(read: Callable[[Path], str], place: str) -> str:
    try:
        return read(Path(place))
    except OSError:
        return ""


def _at_work(process: int) -> bool:
    """Whether a process of this machine lives; where that cannot be asked without harm, it does."""
    if WINDOWS or process <= 0:
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
