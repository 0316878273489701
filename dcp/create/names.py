"""Names of files out of titles."""

from __future__ import annotations

import re
import unicodedata


def file_stem(title: str) -> str:
    """A title as the beginning of a file name that every file system takes."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-._")
    return stem[:80] or "DCP"
