"""What a timed text document of ST 428-7 says of itself and of the resources beside it.

Read without its cues: a track file is written from the bytes of a document as they are, and all that has to
be known for that is here.
"""

from __future__ import annotations

import uuid
from fractions import Fraction
from pathlib import Path

from lxml import etree

from dcp.dataclass import dataclass
from dcp.documents.namespaces import TEXT_SMPTE
from dcp.errors import DocumentError
from dcp.texts.catalogue import Text
from dcp.xml.parse import element_path, elements, local_name, namespace_of, parse_xml, text_of
from dcp.xml.values import parse_rational, parse_uuid_urn

ROOT, INTEROP_ROOT = "SubtitleReel", "DCSubtitle"


@dataclass(frozen=True)
class References:
    """fonts, images: the ids of the resources, each once, in the order in which they are first named.

    language: as the document has it, None without one. edit_rate: None where it states none that is right.
    """

    id: uuid.UUID
    namespace: str
    language: str | None
    edit_rate: Fraction | None
    fonts: tuple[uuid.UUID, ...]
    images: tuple[uuid.UUID, ...]


def read_references(document: bytes, *, where: str | Path) -> References:
    """What the document refers to. where: its name, for messages.

    DocumentError when it is no XML, no document of ST 428-7, has no id, or refers to something that is none.
    """
    root = parse_xml(document, where=where)
    namespace = namespace_of(root)
    if root.tag == INTEROP_ROOT:
        raise DocumentError("text-track.interop", where=where)
    if local_name(root) != ROOT or namespace not in TEXT_SMPTE:
        name = f"{{{namespace}}}{local_name(root)}" if namespace else local_name(root)
        raise DocumentError("text-track.no-text", where=where, name=name)
    head = {local_name(each): each for each in reversed(elements(root))}
    if "Id" not in head:
        raise DocumentError("text-track.no-id", where=where)
    fonts = [each for each in elements(root) if local_name(each) == "LoadFont"]
    images = root.iter(f"{{{namespace}}}Image")
    return References(
        id=_id(head["Id"], where),
        namespace=namespace,
        language=(text_of(head["Language"]) or None) if "Language" in head else None,
        edit_rate=parse_rational(text_of(head["EditRate"]) or "") if "EditRate" in head else None,
        fonts=tuple(dict.fromkeys(_id(each, where) for each in fonts)),
        images=tuple(dict.fromkeys(_id(each, where) for each in images)),
    )


def _id(element: etree._Element, where: str | Path) -> uuid.UUID:
    text = text_of(element) or ""
    found = parse_uuid_urn(text)
    if found is None:
        place = Text("place.in-file", {"file": where, "place": element_path(element)})
        raise DocumentError("text-track.no-uuid", where=place, value=text[:60])
    return found


@dataclass(frozen=True)
class LooseReferences:
    """Of an Interop document. fonts: paths from the document; images: the UUIDs of their files' names."""

    id: uuid.UUID
    fonts: tuple[str, ...]
    images: tuple[uuid.UUID, ...]


def read_loose_references(document: bytes, *, where: str | Path) -> LooseReferences:
    """What an Interop document refers to. where: its name, for messages.

    DocumentError when it is no XML, no such document, has no id, or names a picture by something else.
    """
    root = parse_xml(document, where=where)
    if root.tag != INTEROP_ROOT:
        raise DocumentError("text-track.no-loose-text", where=where, name=local_name(root))
    head = [each for each in elements(root) if each.tag == "SubtitleID"]
    if not head:
        raise DocumentError("text-track.no-id", where=where)
    fonts = (each.get("URI") or "" for each in elements(root) if each.tag == "LoadFont")
    images = (_bare_id(each, where) for each in root.iter("Image"))
    return LooseReferences(
        _bare_id(head[0], where), tuple(dict.fromkeys(fonts)), tuple(dict.fromkeys(images))
    )


def _bare_id(element: etree._Element, where: str | Path) -> uuid.UUID:
    """A UUID without a scheme; of a picture's file, its name."""
    text = text_of(element) or ""
    found = parse_uuid_urn("urn:uuid:" + text.removeprefix("urn:uuid:").removesuffix(".png"))
    if found is None:
        place = Text("place.in-file", {"file": where, "place": element_path(element)})
        raise DocumentError("text-track.no-uuid", where=place, value=text[:60])
    return found
