"""Which files an Interop subtitle needs beside it: fonts and pictures, by the names in its document."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from dcp.errors import DcpError, PathError
from dcp.package.paths import safe_path
from dcp.xml.parse import local_name, parse_xml, read_document

ROOT = "DCSubtitle"


def names_in(root: etree._Element) -> tuple[str, ...]:
    """The files that the document names, each once, in their order."""
    return tuple(
        dict.fromkeys(
            name
            for element in root.iter("{*}LoadFont", "{*}Image")
            if (name := (element.get("URI") or element.text or "").strip())
        )
    )


def file_beside(path: Path, name: str) -> Path | None:
    """The file that the document at `path` means by `name`; None when none is in or below its folder."""
    try:
        found = safe_path(path.parent, name)
        return found if found.is_file() else None
    except (PathError, OSError):
        return None


def files_beside(path: Path) -> tuple[Path, ...]:
    """Those of its files that are there; none of what is no Interop subtitle."""
    try:
        root = parse_xml(read_document(path), where=path)
    except DcpError:
        return ()
    if local_name(root) != ROOT:
        return ()
    return tuple(found for name in names_in(root) if (found := file_beside(path, name)) is not None)
