"""What the operating system says of a file, in words of the catalogue."""

from __future__ import annotations

import errno
from collections.abc import Mapping

from dcp.texts.catalogue import Text

_REASONS: Mapping[int, str] = {
    errno.ENOENT: "system.no-such-file",
    errno.EACCES: "system.no-permission",
    errno.EPERM: "system.not-permitted",
    errno.EISDIR: "system.is-a-folder",
    errno.ENOTDIR: "system.not-a-folder",
    errno.EEXIST: "system.exists",
    errno.ENOSPC: "system.disk-full",
    errno.EROFS: "system.read-only",
    errno.ENAMETOOLONG: "system.name-too-long",
    errno.ELOOP: "system.too-many-links",
    errno.EIO: "system.read-error",
    errno.EMFILE: "system.too-many-open",
}


def why(error: Exception) -> Text | str:
    """Why a file could not be read or written; the system's own words where the catalogue has none."""
    found = _REASONS.get(getattr(error, "errno", None) or 0)
    if found is not None:
        return Text(found)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
