"""Which file an asset of the map means: the one it names, or the one that can only be meant.

Copies change names: file systems fold letter case, others decompose accents (NFD), tools write backslashes or
`file:` URIs. What is meant is found below the package's folder or not at all, and every detour is a problem
that says so.
"""

from __future__ import annotations

import re
import stat
import unicodedata
import uuid
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Literal

from dcp.dataclass import dataclass
from dcp.documents.assetmap import MapAsset
from dcp.errors import DcpError, DocumentError, PathError
from dcp.package.paths import below, is_uri, refuse, safe_path, shown
from dcp.texts.catalogue import text
from dcp.texts.system import why

ProblemKind = Literal[
    "no_asset_map", "document", "path", "missing", "unreadable", "chunks", "spelling", "uri", "unread"
]
USABLE: frozenset[ProblemKind] = frozenset({"spelling", "uri"})
"""Problems of files that were found all the same."""
_MOST_ALIKE = 6  # files of one name but for its spelling: two are too many already
_MOST_PARTS = 32  # of a name that is looked for behind folders of elsewhere
_LONGEST = 300  # characters of a file's own name; to put more in order would take their square in time
_OF_OTHER_PLACES = frozenset({"path.absolute", "path.drive", "path.backslash"})


@dataclass(frozen=True)
class Problem:
    """Something that kept a part of the package from being read, or that was read past.

    `file` is relative, or as it was listed; `names`: files of the folder that may be meant.
    """

    kind: ProblemKind
    error: DcpError
    file: str | None = None
    asset_id: uuid.UUID | None = None
    names: tuple[str, ...] = ()


class FileNames:
    """The names of a package's files, and which of them differ from a listed one in spelling alone.

    A file that the map lists by its very name is never taken for another asset's.
    """

    def __init__(self, names: Iterable[str], listed: Iterable[str] = ()) -> None:
        self._names = frozenset(names)
        self._listed = tuple(listed)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def like(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """The first few files that any of the wanted ones means, but for letter case and Unicode form."""
        found = {name for want in wanted for name in self._folded.get(_folded(want), ())}
        return tuple(sorted(found))

    def ending(self, listed: str) -> tuple[str, ...]:
        """The file that a path from elsewhere ends in: the longest end that is one's whole name."""
        for name in below(listed):
            parts = [part for part in re.split(r"[\\/]", name) if part]
            if ".." in parts:
                continue
            for start in range(max(0, len(parts) - self._depth), len(parts)):
                end = "/".join(parts[start:])
                if end in self._names and end not in self._claimed:
                    return (end,)
        return ()

    @cached_property
    def _depth(self) -> int:
        """How many parts a name has at most."""
        return min(max((name.count("/") + 1 for name in self._names), default=0), _MOST_PARTS)

    @cached_property
    def _claimed(self) -> frozenset[str]:
        return frozenset(name for listed in self._listed for name in _spellings(listed))

    @cached_property
    def _folded(self) -> dict[str, list[str]]:
        folded: dict[str, list[str]] = {}
        for name in sorted(self._names - self._claimed):
            alike = folded.setdefault(_folded(name), [])
            if len(alike) < _MOST_ALIKE:
                alike.append(name)
        return folded


def find_asset(root: Path, asset: MapAsset, names: FileNames) -> tuple[Path | None, list[Problem]]:
    """The file of an asset of the map below `root`, and what is wrong with it or with its path."""
    listed = asset.chunk_list[0].path if asset.chunk_list else ""

    def problem(kind: ProblemKind, error: DcpError, names: tuple[str, ...] = ()) -> list[Problem]:
        return [Problem(kind, error, listed, asset.id, names)]

    if asset.unread & {"ChunkList", "Path"} or not asset.chunk_list:
        return None, problem("unread", DocumentError("package.path-unread", where=root, asset=asset.id))
    if len(asset.chunk_list) != 1 or asset.chunk_list[0].offset not in (None, 0):
        for chunk in asset.chunk_list:
            try:
                safe_path(root, chunk.path)
            except PathError as error:
                return None, problem("path", error)
        return None, problem(
            "chunks",
            DocumentError("package.split-asset", where=root, asset=asset.id, n=len(asset.chunk_list)),
        )
    spellings = _spellings(listed)
    try:
        path = safe_path(root, listed)
        mode = path.stat().st_mode
    except PathError as error:
        turned = _turned(listed) if error.id == "path.backslash" else ()
        meant = tuple(name for name in turned if name in names) or names.like(turned)
        if len(meant) != 1:
            return None, problem("path", error, names.ending(listed) if error.id in _OF_OTHER_PLACES else ())
        told = PathError("path.backslashes", where=root, path=shown(listed), found=meant[0])
        return root / meant[0], problem("spelling", told, meant)
    except FileNotFoundError:
        meant = names.like(spellings)
        if not meant:
            meant = names.ending(listed) if is_uri(listed) else ()
            return None, problem("missing", missing_file(listed, root), meant)
        if len(meant) > 1:
            several = DcpError("path.several-spellings", where=root, path=listed, names=", ".join(meant))
            return None, problem("missing", several, meant)
        return root / meant[0], problem("spelling", _other_spelling(listed, meant[0], root), meant)
    except (OSError, ValueError) as error:
        reason = why(error) if isinstance(error, OSError) else text("package.not-file-name")
        unreadable = DcpError("package.file-unreadable", where=root, path=shown(listed), why=reason)
        return None, problem("unreadable", unreadable)
    if not stat.S_ISREG(mode):
        return None, problem("path", PathError("path.no-file", where=root, path=shown(listed)))
    found = problem("uri", PathError("path.uri", where=root, path=shown(listed))) if is_uri(listed) else []
    if not any(name in names for name in spellings):  # the file system takes other spellings for the same
        meant = names.like(spellings)
        if len(meant) == 1:
            path = root / meant[0]
            found += problem("spelling", _other_spelling(listed, meant[0], root), meant)
    return path, found


def missing_file(name: str, root: Path) -> DcpError:
    """The error for a file of the asset map that the package's folder does not hold."""
    return DcpError("package.file-missing", where=root, name=name)


# --- how it is done -----


def _spellings(listed: str) -> tuple[str, ...]:
    """The names that a path means: as it stands and percent-decoded, without `./` and doubled slashes."""
    return tuple(dict.fromkeys(PurePosixPath(name).as_posix() for name in below(listed)))


def _turned(listed: str) -> tuple[str, ...]:
    """The spellings of a path with its backslashes turned, where they stay inside the folder."""
    turned = []
    for name in below(listed):
        try:
            refuse(name.replace("\\", "/"))
        except PathError:
            return ()
        turned.append(PurePosixPath(name.replace("\\", "/")).as_posix())
    return tuple(dict.fromkeys(turned))


def _folded(name: str) -> str:
    if len(name) > _LONGEST and max(map(len, name.split("/"))) > _LONGEST:
        return name
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def _other_spelling(listed: str, found: str, root: Path) -> PathError:
    meant = next(name for name in _spellings(listed) if _folded(name) == _folded(found))
    if unicodedata.normalize("NFC", meant) == unicodedata.normalize("NFC", found):
        id = "path.unicode-form"
    elif meant.casefold() == found.casefold():
        id = "path.letter-case"
    else:
        id = "path.letter-case-and-unicode-form"
    return PathError(id, where=root, path=meant, found=found)
