"""What files are called in a package made from another: by their ids as they are now, each name once."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from pathlib import PurePosixPath

from dcp.patterns import pattern

_DASHED = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_UUID = pattern(rf"{_DASHED}|(?<![0-9a-f])[0-9a-f]{{32}}(?![0-9a-f])", re.IGNORECASE)
_DOCUMENTS = ("assetmap", "assetmap.xml", "volindex", "volindex.xml")


def renewed(words: str, ids: Mapping[uuid.UUID, uuid.UUID]) -> str:
    """The words with every id of `ids` replaced by its new one, written as the old one was."""
    return _UUID.sub(lambda found: _like(found[0], ids.get(uuid.UUID(found[0]))), words)


def named_after(name: str, id: uuid.UUID) -> str:
    """The path with the id of its file in place of any id in the file's own name; its folders stay."""
    path = PurePosixPath(name)
    return path.with_name(_UUID.sub(lambda found: _like(found[0], id), path.name)).as_posix()


def id_in(name: str) -> uuid.UUID | None:
    """The id in a file's own name; None without one."""
    found = _UUID.search(PurePosixPath(name).name)
    return uuid.UUID(found[0]) if found else None


def _like(old: str, id: uuid.UUID | None) -> str:
    """`id` with dashes and in capitals where `old` is; `old` itself without one."""
    if id is None or uuid.UUID(old) == id:
        return old
    new = str(id) if "-" in old else id.hex
    return new.upper() if old.upper() == old and old.lower() != old else new


class Names:
    """The names given so far. Two that differ in letter case alone are one on many a disk."""

    def __init__(self) -> None:
        self._files = set(_DOCUMENTS)
        self._folders = set[str]()

    def give(self, wanted: str, id: uuid.UUID) -> str:
        """`wanted` where it is free, else the id with the same suffix, and a number where another file is
        called so already; of one asset once."""
        name, number = wanted, 0
        while not self.free(name):
            name = f"{id}{f'_{number}' if number else ''}{PurePosixPath(wanted).suffix}"
            number += 1
        self._files.add(name.casefold())
        self._folders.update(_above(name))
        return name

    def free(self, name: str) -> bool:
        """No file of this name, no folder of this name, no file where one of its folders has to be."""
        folded = name.casefold()
        return folded not in self._files | self._folders and not self._files.intersection(_above(name))


def _above(name: str) -> list[str]:
    return [folder.as_posix() for folder in PurePosixPath(name.casefold()).parents if folder.name]
