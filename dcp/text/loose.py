"""Interop's timed text: loose files, the document as XML with fonts and pictures beside it in a folder.

The folder is called by the text's id, since the fonts of all reels may have one name. In the packing list
each file stands under an id of its own: the document under its SubtitleID, a picture under the UUID that it
is called by. Nothing of it is ever encrypted.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.documents.pkl import TYPES
from dcp.errors import SourceError
from dcp.output import cannot_write
from dcp.package.paths import refuse
from dcp.packing.package import FileKind, PackedFile
from dcp.text.limits import MOST_FONT_BYTES
from dcp.text.references import read_loose_references

TEXT_NAME = "text.xml"
"""Of the document in its folder."""


@dataclass(frozen=True)
class LooseFile:
    """A file of an Interop text before it is written. name: from the package's folder on."""

    id: uuid.UUID
    kind: FileKind
    name: str
    data: bytes


def loose_files(
    document: bytes,
    *,
    fonts: Mapping[str, bytes],
    images: Mapping[uuid.UUID, bytes],
    where: str | Path = TEXT_NAME,
) -> tuple[LooseFile, ...]:
    """The files of the Interop `document`, itself first.

    fonts: by the file names that the document loads them by; images: by their ids. What the document does not
    refer to is left out. where: names the document in messages. The same input gives the same ids and names.
    DocumentError when it is no such document. PathError when it loads a font from elsewhere. SourceError when
    a font or a picture is not there, or a font has more than 640 kB.
    """
    found = read_loose_references(document, where=where)
    files = [LooseFile(found.id, "Subtitle", f"{found.id}/{TEXT_NAME}", document)]
    for name in found.fonts:
        refuse(name)
        if name not in fonts:
            raise SourceError("text-track.loose-font-absent", where=where, name=name)
        if len(fonts[name]) > MOST_FONT_BYTES:
            raise SourceError("text.font-too-large", where=name, bytes=len(fonts[name]), most=MOST_FONT_BYTES)
        # One font cut for two texts is two files, so its id goes with the text's.
        id = uuid.uuid5(found.id, name)
        files.append(LooseFile(id, "Font", f"{found.id}/{name}", fonts[name]))
    for image in found.images:
        if image not in images:
            raise SourceError("text-track.image-absent", where=where, resource=image)
        files.append(LooseFile(image, "Image", f"{found.id}/{image}.png", images[image]))
    return tuple(files)


def write_loose_files(folder: Path, files: Sequence[LooseFile]) -> tuple[PackedFile, ...]:
    """Write them below the package's `folder`, for its packing list.

    The caller has the folder under a temporary name and takes it away when this fails. DcpError when the file
    system refuses, a file of that name included.
    """
    packed = []
    for each in files:
        path = folder / each.name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as stream:
                stream.write(each.data)
        except OSError as error:
            raise cannot_write(path, error) from error
        sha1 = hashlib.sha1(each.data).digest()
        packed.append(PackedFile(each.id, each.name, len(each.data), sha1, TYPES["interop"][each.kind]))
    return tuple(packed)
