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
        raise PathError(f"the path {shown(listed)} is no file name here", where=root) from None
    if not inside:
        raise PathError(f"the path {shown(listed)} leaves the package's folder through a link", where=root)
    return path


def _refuse_path(text: str) -> None:
    reason = None
    if not text.strip():
        reason = "is empty"
    elif len(text) > MAX_PATH:
        reason = f"is longer than {MAX_PATH} characters"
    elif any(ord(sign) < 32 or ord(sign) == 127 for sign in text):
        reason = "holds a control sign"
    elif "\\" in text:
        reason = "holds a backslash"
    elif text.startswith("/"):
        reason = "is absolute"
    elif _DRIVE_OR_SCHEME.match(text):
        reason = "names a drive or a scheme"
    elif ".." in text.split("/"):
        reason = "climbs out of its folder"
    elif WINDOWS and refused_by_windows(text):
        reason = "names something else than a file on Windows"
    if reason is not None:
        raise PathError(
            f"the path {shown(text)} {reason}",
            remedy="a path in an asset map is relative and stays below the map; do not trust this package",
        )


def shown(text: str) -> str:
    """A path from a document, short and without signs that a terminal would obey."""
    return ascii(text if len(text) <= 120 else text[:117] + "...")
