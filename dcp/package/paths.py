"""Where a path of an asset map leads: somewhere below the package's folder, or nowhere."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from dcp.errors import PathError
from dcp.patterns import pattern
from dcp.system import WINDOWS, refused_by_windows

MAX_PATH = 1024
_FILE_URI = pattern(r"file:(?://(?:localhost(?=/|$))?)?/?", re.IGNORECASE)
_CONTROL = pattern(r"[\x00-\x1f\x7f]")
_DRIVE_OR_SCHEME = pattern(r"[A-Za-z][A-Za-z0-9+.-]*:")


def safe_path(root: Path, listed: str) -> Path:
    """The place below `root` that a path of an asset map means: as it stands, or percent-decoded.

    A `file:` URI is taken for a path from `root` on, whatever it was on the machine that wrote it. PathError
    when the path is empty, absolute, has a drive, another scheme, backslash, control sign or `..`, or leads
    out of the folder through a symbolic link.
    """
    written, decoded = below(listed)
    for text in (written, decoded):
        refuse(text)
    as_written, as_decoded = root / written, root / decoded
    try:
        path = as_written if as_written.exists() else as_decoded
        if path is as_decoded and not os.path.lexists(root / PurePosixPath(decoded).parts[0]):
            return path  # no link is followed where nothing is; a thousand parts are not asked for
        inside = path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):
        raise PathError("path.no-file-name", where=root, path=shown(listed)) from None
    if not inside:
        raise PathError("path.link-out", where=root, path=shown(listed))
    return path


def is_uri(listed: str) -> bool:
    """Whether an asset map writes a path as a `file:` URI."""
    return _FILE_URI.match(listed) is not None


def below(listed: str) -> tuple[str, str]:
    """A path of an asset map as it stands and percent-decoded, without what makes it a `file:` URI.

    `file:///a/b`, `file://localhost/a/b`, `file:/a/b` and `file:a/b` are `a/b`; two slashes and a name, as
    some tools write, begin with the name. More slashes stay, so that it is refused as absolute.
    """
    uri = _FILE_URI.match(listed)
    written = listed[uri.end() :] if uri is not None else listed
    return written, unquote(written, errors="replace")


def refuse(text: str) -> None:
    """PathError for a path that does not stay below its folder on every system, or that names no file."""
    id = None
    if not text.strip():
        id = "path.empty"
    elif len(text) > MAX_PATH:
        id = "path.too-long"
    elif _CONTROL.search(text):
        id = "path.control"
    elif "\\" in text:
        id = "path.backslash"
    elif text.startswith("/"):
        id = "path.absolute"
    elif _DRIVE_OR_SCHEME.match(text):
        id = "path.drive"
    elif ".." in text.split("/"):
        id = "path.climbs-out"
    elif WINDOWS and refused_by_windows(text):
        id = "path.windows"
    if id is not None:
        raise PathError(id, path=shown(text), most=MAX_PATH)


def shown(text: str) -> str:
    """A path from a document, short and without signs that a terminal would obey."""
    return ascii(text if len(text) <= 120 else text[:117] + "...")
