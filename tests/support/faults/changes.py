"""The changes: each takes the package's copy and changes one thing of it."""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from dcp.mxf.reader import TrackFile
from dcp.mxf.text_writer import Resource, write_timed_text_file
from dcp.mxf.writer import write_track_file
from faults.bases import MADE, RATE, Base, resources_of, text_id
from faults.repair import replace_file


@dataclass(frozen=True)
class Copy:
    """A copy of a base, to be changed. Its files are links: replace them (`write`), never write into them."""

    base: Base
    root: Path

    def path(self, role: str) -> Path:
        """Of what the base calls picture1, sound1, text1, cpl, pkl, map, ..."""
        return self.root / self.base.files[role]

    def read(self, role: str) -> bytes:
        return self.path(role).read_bytes()

    def write(self, role: str, data: bytes) -> None:
        replace_file(self.path(role), data)


Change = Callable[[Copy], object]


def both(*changes: Change) -> Change:
    return lambda copy: [change(copy) for change in changes]


def edit(role: str, old: bytes | str, new: bytes | str, *, count: int = 1) -> Change:
    """Other bytes for some in a document (or any file). The old ones have to be there."""
    old, new = (each.encode() if isinstance(each, str) else each for each in (old, new))

    def change(copy: Copy) -> None:
        data = copy.read(role)
        assert old in data, (role, old)
        copy.write(role, data.replace(old, new, count))

    return change


def rewrite(role: str, pattern: str, new: str, *, count: int = 1) -> Change:
    """The same by a regular expression, over the text of a document; `.` matches line ends."""

    def change(copy: Copy) -> None:
        text, found = re.subn(pattern, new, copy.read(role).decode(), count=count, flags=re.DOTALL)
        assert found, (role, pattern)
        copy.write(role, text.encode())

    return change


def tree(role: str, do: Callable[[etree._Element], object]) -> Change:
    """A document changed as a tree. Its namespace prefixes and blanks stay."""

    def change(copy: Copy) -> None:
        root = etree.fromstring(copy.read(role))
        do(root)
        copy.write(role, etree.tostring(root, xml_declaration=True, encoding="UTF-8"))

    return change


def named(root: etree._Element, name: str, number: int = 0) -> etree._Element:
    """The element of that local name, counted from 0."""
    return [each for each in root.iter(etree.Element) if etree.QName(each).localname == name][number]


def without(role: str, name: str, number: int = 0) -> Change:
    """A document without an element."""

    def do(root: etree._Element) -> None:
        element = named(root, name, number)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return tree(role, do)


def valued(role: str, name: str, value: str, number: int = 0) -> Change:
    """Another text in an element of a document."""
    return tree(role, lambda root: setattr(named(root, name, number), "text", value))


def bytes_at(role: str, at: int | Callable[[bytes], int], new: bytes) -> Change:
    """Other bytes at a place of a file, which may be counted out."""

    def change(copy: Copy) -> None:
        data = bytearray(copy.read(role))
        place = at if isinstance(at, int) else at(bytes(data))
        data[place : place + len(new)] = new
        copy.write(role, bytes(data))

    return change


def text_edit(role: str, old: bytes | str, new: bytes | str, *, count: int = 1) -> Change:
    """Other words in the document of a timed text track file, or in a loose one; the file is made anew."""
    old, new = (each.encode() if isinstance(each, str) else each for each in (old, new))
    return text_of(role, lambda data: _replaced(data, old, new, count))


def text_of(role: str, do: Callable[[bytes], bytes], **more: Any) -> Change:
    """A timed text's document made another. more: arguments of `write_timed_text_file` that differ."""

    def change(copy: Copy) -> None:
        if not copy.base.files[role].endswith(".mxf"):
            copy.write(role, do(copy.read(role)))
            return
        (document,) = copy.base.units[role]
        wanted = do(document)
        with TrackFile.open(copy.path(role)) as track:
            header = track.header
        key = copy.base.keyring.get(header.key_id) if copy.base.keyring and header.key_id else None
        resources: Sequence[Resource] = resources_of(document)
        arguments: dict[str, Any] = {
            "resource_id": text_id(document),
            "namespace_uri": "http://www.smpte-ra.org/schemas/428-7/2014/DCST",
            "language": "en",
            "edit_rate": RATE,
            "duration": header.container_duration,
            "asset_id": header.asset_id,
            "key": key,
            "now": MADE,
            "as_found": True,
        }
        arguments |= more
        resources = arguments.pop("resources", resources)
        path = copy.path(role)
        path.unlink()
        write_timed_text_file(path, wanted, resources, **arguments)

    return change


def units_of(role: str, do: Callable[[list[bytes]], Sequence[bytes]], **more: Any) -> Change:
    """Other units in a track of pictures, sound or data; the file is made anew with the same id and key.

    more: arguments of `write_track_file` that differ, `descriptor` among them.
    """

    def change(copy: Copy) -> None:
        wanted = list(do(list(copy.base.units[role])))
        with TrackFile.open(copy.path(role)) as track:
            header = track.header
        key = copy.base.keyring.get(header.key_id) if copy.base.keyring and header.key_id else None
        arguments: dict[str, Any] = {
            "descriptor": header.descriptor,
            "edit_rate": header.edit_rate,
            "asset_id": header.asset_id,
            "label_set": header.label_set,
            "key": key,
            "now": MADE,
        }
        arguments |= more
        path = copy.path(role)
        path.unlink()
        write_track_file(path, wanted, sizes=[len(each) for each in wanted], **arguments)

    return change


def gone(role: str) -> Change:
    return lambda copy: copy.path(role).unlink()


def added(name: str, data: bytes = b"") -> Change:
    """A file that is in no list."""
    return lambda copy: replace_file(copy.root / name, data)


def renamed(role: str, name: str) -> Change:
    """A file under another name, as the map says it too."""

    def change(copy: Copy) -> None:
        target = copy.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(copy.path(role), target)
        old = copy.base.files[role].encode()
        copy.write("map", copy.read("map").replace(old, name.encode()))

    return change


def _replaced(data: bytes, old: bytes, new: bytes, count: int) -> bytes:
    assert old in data, old
    return data.replace(old, new, count)


def another_id() -> str:
    return f"urn:uuid:{uuid.uuid4()}"
