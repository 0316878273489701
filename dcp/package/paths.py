"""Where a path of an asset map leads: somewhere below the package's folder, or nowhere."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from dcp.errors import PathError
from dcp.system import WINDOWS, refused_by_windows

MAX_PATH = 1024
_DRIVE_OR_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def safe_path(root: Path, listed: str) -> Path:
    """The place below `root` that a path of an asset map means: as it stands, or percent-decoded.

    PathError when it is empty, absolute, has a drive, scheme, backslash, control sign or `..`, or leads out
    of the folder through a symbolic link.
    """
    decoded = unquote(listed, errors="replace")
    for text in (listed, decoded):
        _refuse_path(text)
    as_written, as_decoded = root / listed, root / decoded
    try:
        path = as_written if as_written.exists() else as_decoded
        inside = path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):
        raise PathError("path.no-file-name", where=root, path=shown(listed)) from None
    if not inside:
        raise PathError("path.link-out", where=root, path=shown(listed))
    return path


def _refuse_path(text: str) -> None:
    id = None
    if not text.strip():
        id = "path.empty"
    elif len(text) > MAX_PATH:
        id = "path.too-long"
    elif any(ord(sign) < 32 or ord(sign) == 127 for sign in text):
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
