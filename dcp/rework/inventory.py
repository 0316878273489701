"""What lies in a package's folder, whatever its lists say: each file by what it holds and its own id."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Literal

from lxml import etree

from dcp.dataclass import dataclass
from dcp.documents.assetmap import AssetMap, parse_asset_map
from dcp.documents.cpl import CompositionPlaylist
from dcp.documents.cpl_reading import parse_cpl
from dcp.documents.grammar import violations
from dcp.documents.pkl import PackingList, parse_pkl
from dcp.documents.volindex import VolumeIndex, parse_volume_index
from dcp.errors import DcpError, DocumentError
from dcp.mxf.labels import UL_PREFIX
from dcp.mxf.reader import TrackFile
from dcp.package.survey import Survey
from dcp.patterns import pattern
from dcp.text.beside import ROOT as INTEROP_TEXT
from dcp.text.references import read_loose_references
from dcp.texts.catalogue import Text, text
from dcp.xml.node import Faults
from dcp.xml.parse import local_name, parse_xml, read_document

Kind = Literal["track", "cpl", "pkl", "map", "index", "text", "other", "hidden"]
Value = CompositionPlaylist | PackingList | AssetMap | VolumeIndex

_READERS: Mapping[str, tuple[Kind, Callable[..., Value]]] = {
    "CompositionPlaylist": ("cpl", parse_cpl),
    "PackingList": ("pkl", parse_pkl),
    "AssetMap": ("map", parse_asset_map),
    "VolumeIndex": ("index", parse_volume_index),
}
_SYSTEM = ("thumbs.db", "desktop.ini")
_DECLARATION = pattern(r"\s*<\?xml\s([^>]{0,200}?)\?>\s*")
_MARKS = (b"\xff\xfe", b"\xfe\xff")
_HEAD = 64


@dataclass(frozen=True)
class Found:
    """A file of the folder. id: the one inside it. value: a document as it was read, leniently where it is
    not as it should be; error: why not strictly, or why it cannot be read at all. data: a document's bytes;
    plain: the same in the form of ST 429-17. essence: of a track file."""

    name: str
    path: Path
    size: int
    kind: Kind
    id: uuid.UUID | None = None
    value: Value | None = None
    error: DcpError | None = None
    data: bytes = field(default=b"", repr=False)
    plain: bytes = field(default=b"", repr=False)
    essence: str | None = None


def look_through(survey: Survey) -> list[Found]:
    """Each file of the folder, in the order of names. A link is followed where it stays in the folder."""
    found = []
    root = survey.root.resolve()
    for entry in survey.entries:
        path = survey.root / entry.name
        if entry.kind == "folder" or entry.kind == "special":
            continue
        if entry.kind == "link" and not (path.is_file() and path.resolve().is_relative_to(root)):
            continue
        found.append(_look_at(entry.name, path))
    return found


def plain_form(data: bytes) -> bytes:
    """The document in UTF-8, without a mark, declared as XML 1.0, its lines ended in one way (ST 429-17).

    The same bytes where nothing of this is wrong, and where they are no text. What the document says, and
    what a signature in it covers, stay: XML reads all of these forms alike.
    """
    try:
        words = data.decode("utf-16" if data.startswith(_MARKS) else "utf-8-sig")
    except UnicodeDecodeError:
        return data
    declared = _DECLARATION.match(words)
    said = declared[1] if declared else ""
    ends = {"\r\n": words.count("\r\n")}
    ends |= {"\r": words.count("\r") - ends["\r\n"], "\n": words.count("\n") - ends["\r\n"]}
    wrong = (
        words.encode() != data
        or re.search(r"version\s*=\s*[\"'](?!1\.0[\"'])", said)
        or re.search(r"encoding\s*=\s*[\"'](?!(?i:utf-8)[\"'])", said)
        or re.search(r"standalone\s*=\s*[\"']yes", said)
        or ends["\r"]
        or (ends["\r\n"] and ends["\n"])
    )
    if not wrong:
        return data
    body = words[declared.end() :] if declared else words.lstrip()
    body = body.replace("\r\n", "\n").replace("\r", "\n")
    plain = ('<?xml version="1.0" encoding="UTF-8"?>\n' + body).encode()
    return plain if _alike(data, plain) else data


# --- how it is done -----


def _alike(data: bytes, plain: bytes) -> bool:
    """Whether both are one document, as far as the old form can be read at all."""
    try:
        now = parse_xml(plain, where="")
    except DocumentError:
        return False
    try:
        was = parse_xml(data, where="")
    except DocumentError:
        return True
    return etree.tostring(was, method="c14n") == etree.tostring(now, method="c14n")


def _look_at(name: str, path: Path) -> Found:
    size = path.stat().st_size
    if any(part.startswith(".") for part in name.split("/")) or path.name.lower() in _SYSTEM:
        return Found(name, path, size, "hidden")
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if head.startswith(UL_PREFIX):
        return _track(name, path, size)
    if head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<"):
        return _document(name, path, size)
    return Found(name, path, size, "other")


def _track(name: str, path: Path, size: int) -> Found:
    try:
        with TrackFile.open(path) as track:
            return Found(name, path, size, "track", id=track.header.asset_id, essence=track.header.essence)
    except DcpError as error:
        return Found(name, path, size, "track", error=error)


def _document(name: str, path: Path, size: int) -> Found:
    try:
        data = read_document(path)
    except DcpError as error:
        return Found(name, path, size, "other", error=error)
    plain = plain_form(data)
    try:
        element = local_name(parse_xml(plain, where=name))
    except DocumentError as error:
        return Found(name, path, size, "other", error=error, data=data, plain=plain)
    if element == INTEROP_TEXT:
        return _text(name, path, data)
    if element not in _READERS:
        return Found(name, path, size, "other", data=data, plain=data)
    kind, read = _READERS[element]
    refused: DcpError | None = None
    try:
        value = read(plain, where=path)
    except DocumentError as error:
        refused, value = error, read(plain, where=path, faults=Faults())
    id = None if "Id" in value.unread else getattr(value, "id", None)
    return Found(name, path, size, kind, id, value, refused, data, plain)


def _text(name: str, path: Path, data: bytes) -> Found:
    """An Interop text: what its document is called by playlists."""
    found = Found(name, path, len(data), "text", data=data, plain=data)
    try:
        return replace(found, id=read_loose_references(data, where=name).id)
    except DocumentError as error:
        return replace(found, error=error)


def fault_of(found: Found) -> Text | None:
    """Why a document is not as its schema has it; None where it is."""
    if found.error is not None:
        return text("repair.because", why=found.error)
    try:
        wrong = next(iter(violations(parse_xml(found.plain, where=found.name))), None)
    except DocumentError as error:
        return text("repair.because", why=error)
    return wrong.text if wrong is not None else None


def of_kind(found: Sequence[Found], kind: Kind) -> list[Found]:
    return [each for each in found if each.kind == kind]
