"""Whether timed text can be shown: its document is one, and what it refers to is there. Nothing is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dcp.errors import DcpError
from dcp.mxf.descriptors import TimedTextDescriptor
from dcp.mxf.reader import TrackHeader, Unit
from dcp.package.paths import shown
from dcp.text.beside import ROOT, file_beside, names_in
from dcp.texts.catalogue import Text, text
from dcp.xml.parse import local_name, parse_xml, read_document

_ROOTS = {"smpte": "SubtitleReel", "interop": ROOT}
DOCUMENT, RESOURCE = "document", "resource"
"""Reasons of damage: the document is none, or lacks what it needs."""
_MOST = 20  # absent files that are named one by one


class TextFile:
    """What was seen of a timed text track file, unit by unit. document: what is wrong with it, or None."""

    def __init__(self, header: TrackHeader) -> None:
        descriptor = header.descriptor
        self._awaited = descriptor.resources if isinstance(descriptor, TimedTextDescriptor) else ()
        self._seen: set[object] = set()

    def document(self, unit: Unit, path: Path) -> Text | None:
        """The fault of a unit that is right as bytes: only the document has one to look for."""
        self._seen.add(unit.resource_id)
        return document_fault(bytes(unit.data), path, "smpte") if unit.index == 0 else None

    def damaged(self, unit: Unit) -> None:
        """The unit is there and has been told of."""
        self._seen.add(unit.resource_id)

    def missing(self) -> Iterator[tuple[str, Text]]:
        """What the header lists and the file lacks, each with its reason."""
        if None not in self._seen:
            yield DOCUMENT, text("play.no-document")
        for resource in self._awaited:
            if resource.id not in self._seen:
                yield RESOURCE, text("play.resource-absent", name=str(resource.id))


def document_fault(data: bytes, where: Path, standard: str) -> Text | None:
    """Why the document is no timed text of the standard, in one sentence."""
    try:
        found = local_name(parse_xml(data, where=where))
    except DcpError as error:
        return text("play.text-unreadable", why=error)
    if found != _ROOTS[standard]:
        return text("play.text-of-other-kind", found=found, expected=_ROOTS[standard])
    return None


def loose_faults(path: Path) -> tuple[list[tuple[str, Text]], int]:
    """What is wrong with an Interop subtitle on disk, each with its reason; and how many files were there,
    itself among them.

    Fonts and pictures are looked for beside it, as they are named, and not outside its folder.
    """
    try:
        root = parse_xml(read_document(path), where=path)
    except DcpError as error:
        return [(DOCUMENT, text("play.text-unreadable", why=error))], 0
    if local_name(root) != ROOT:
        return [(DOCUMENT, text("play.text-of-other-kind", found=local_name(root), expected=ROOT))], 1
    names = names_in(root)
    absent = [name for name in names if file_beside(path, name) is None]
    faults = [(RESOURCE, text("play.resource-absent", name=shown(name))) for name in absent[:_MOST]]
    return faults, 1 + len(names) - len(absent)
