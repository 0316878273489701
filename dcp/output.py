"""Finished output or none: written under a temporary name beside its target, renamed when complete.

Folders above the target that are not there are made, and go again when the output fails. What runs that were
killed left on the way to the same target goes first (`dcp.leftovers`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dcp.errors import DcpError, UsageError
from dcp.leftovers import ROOM, clear_dead, remove, temporary_beside
from dcp.system import disk_is_full, long_path, move, new_file, write_all
from dcp.texts.system import why

_BELOW = 200  # characters: of names below a folder, a temporary one's ends included


def cannot_write(path: Path, error: OSError, id: str = "output.cannot-write") -> DcpError:
    """The error for what the file system refused; a full disk is named as such. id: of a text that says
    what was written and has a place for `why`."""
    if disk_is_full(error):
        return DcpError("output.disk-full", where=path)
    return DcpError(id, where=path, why=why(error))


@contextmanager
def finished_file(path: Path) -> Iterator[Path]:
    """Yields a temporary path to write to; renames it to `path` at the end, removes it on any failure.

    DcpError when the file system refuses (a full disk is named as such).
    """
    path = long_path(path, room=ROOM)
    temporary = temporary_beside(path)
    finished = False
    absent: list[Path] = []
    try:
        absent = _absent(path.parent)
        if absent:
            _make(path.parent)
        else:
            clear_dead(path)
        yield temporary
        move(temporary, path)
        finished = True
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        if not finished:
            remove(temporary)  # whatever hinders that, the first error is the one to tell
            _unmake(absent)


def check_new_folder(path: Path) -> None:
    """UsageError when `path` exists and is not an empty folder; DcpError when nobody may look."""
    try:
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            raise UsageError("output.no-folder", where=path)
        if path.is_dir() and any(path.iterdir()):
            raise UsageError("output.not-empty", where=path)
    except OSError as error:
        raise cannot_write(path, error) from error


@contextmanager
def finished_folder(path: Path) -> Iterator[Path]:
    """The same for a folder. UsageError when `path` exists and is not an empty folder."""
    check_new_folder(path)
    path = long_path(path, room=_BELOW)
    whole = path.absolute()
    temporary = temporary_beside(whole)
    absent: list[Path] = []
    try:
        absent = _absent(temporary.parent)
        clear_dead(whole)
        temporary.mkdir(parents=True)
        yield temporary
        move(temporary, path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        if temporary.exists():
            remove(temporary)
        _unmake(absent)


@contextmanager
def working_folder(path: Path) -> Iterator[Path]:
    """A temporary folder beside `path` for work on the way to it, gone at the end."""
    whole = long_path(path, room=_BELOW).absolute()
    temporary = temporary_beside(whole)
    absent: list[Path] = []
    try:
        absent = _absent(temporary.parent)
        clear_dead(whole)
        temporary.mkdir(parents=True)
        yield temporary
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        remove(temporary)
        _unmake(absent)


def write_finished(path: Path, data: bytes) -> None:
    """Write a small file whole: the same as with `finished_file`, in the fewest calls of the system."""
    path = long_path(path, room=ROOM)
    temporary = temporary_beside(path)
    try:
        descriptor = new_file(temporary)
    except OSError:  # its folder is not there yet, or the reason is told there
        with finished_file(path) as other:
            other.write_bytes(data)
        return
    finished = False
    try:
        try:
            write_all(descriptor, (data,))
        finally:
            os.close(descriptor)
        move(temporary, path)
        finished = True
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        if not finished:
            remove(temporary)  # whatever hinders that, the first error is the one to tell


def _absent(folder: Path) -> list[Path]:
    """The folder and those above it that are not there, the deepest first."""
    absent = []
    while folder != folder.parent and not folder.exists():
        absent.append(folder)
        folder = folder.parent
    return absent


def _make(folder: Path) -> None:
    """The folder and those above it. A neighbour that fails removes what it made and found empty: where one
    goes in the moment that it is looked at, it is made once more."""
    for last in (False, False, True):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return
        except FileExistsError:
            if last or folder.exists():  # a file stands there
                raise


def _unmake(folders: list[Path]) -> None:
    """Remove folders that were made for an output, as far as nothing came to lie in them."""
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return
