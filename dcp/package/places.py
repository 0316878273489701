"""Where packages are: behind what somebody names, on a drive, beside one another.

Nothing here judges a package: a folder with an asset map counts as one. Links are not followed, and what is
looked at is bounded, so that a drive of anything else is soon done with.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.documents.assetmap import FILE_NAMES
from dcp.errors import DocumentError, UsageError
from dcp.patterns import pattern
from dcp.system import LOST_AND_FOUND, is_link
from dcp.texts.system import why

MAX_DEPTH = 4  # folders below a drive's root
MAX_FOLDERS = 5_000
MAX_XML = 4 << 20  # bytes of a document that is looked through for ids
_SYSTEM = frozenset({LOST_AND_FOUND, "system volume information", "$recycle.bin"})
_MAPS = frozenset(name.lower() for name in FILE_NAMES)
_UUID = pattern(rb"urn:uuid:([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")


@dataclass(frozen=True)
class Place:
    """A package's folder; and the composition that was named, when somebody named one."""

    root: Path
    cpl_id: uuid.UUID | None = None


def places_at(path: Path) -> tuple[Place, ...]:
    """The packages that a path means: of a folder with an asset map itself, else all below it, sorted; of an
    asset map, a packing list or a playlist the package that it belongs to.

    A path that means none is handed back as it is, for whoever opens it to say what is wrong. UsageError when
    a folder cannot be looked into, or has too many folders below it.
    """
    if not path.is_dir():
        return (_of_document(path),)
    if has_asset_map(path):
        return (Place(path),)
    return tuple(Place(root) for root in sorted(_below(path))) or (Place(path),)


def has_asset_map(folder: Path) -> bool:
    """Whether a file in it is called as an asset map is."""
    return _asset_map(folder) is not None


def originals_beside(root: Path) -> tuple[Path, ...]:
    """The packages beside this one that hold what its playlists name and its own asset map does not.

    It goes by ids alone, and so costs little; none when the package has all that it plays.
    """
    if not root.is_dir() or not has_asset_map(root):
        return ()
    try:
        beside = sorted(
            folder
            for folder in root.absolute().parent.iterdir()
            if folder.name != root.absolute().name and _is_folder(folder) and has_asset_map(folder)
        )[:MAX_FOLDERS]
    except OSError:
        return ()
    if not beside:
        return ()
    wanted = _named_in_playlists(root) - _mapped(root)
    found = []
    for folder in beside:
        held = _mapped(folder) & wanted
        if held:
            found.append(folder)
            wanted -= held
    return tuple(found)


def _asset_map(folder: Path) -> Path | None:
    try:
        return next((each for each in folder.iterdir() if each.name.lower() in _MAPS), None)
    except OSError:
        return None


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not is_link(path)


def _below(root: Path) -> Iterator[Path]:
    pending, seen = [(root, 0)], 0
    while pending:
        folder, depth = pending.pop()
        try:
            children = [child for child in folder.iterdir() if _is_folder(child)]
        except OSError as error:
            if folder == root:
                raise UsageError("package.cannot-look-into", where=root, why=why(error)) from None
            continue
        for child in children:
            seen += 1
            if seen > MAX_FOLDERS:
                raise UsageError("places.too-many-folders", where=root, most=MAX_FOLDERS)
            if child.name.startswith(".") or child.name.lower() in _SYSTEM:
                continue
            if has_asset_map(child):
                yield child
            elif depth + 1 < MAX_DEPTH:
                pending.append((child, depth + 1))


def _of_document(path: Path) -> Place:
    """A document's package is in its folder, or in one above it."""
    if path.name.lower() in _MAPS:
        return Place(path.parent)
    from dcp.xml.parse import local_name, parse_xml, read_document

    if path.suffix.lower() != ".xml" or not path.is_file():
        return Place(path)
    try:
        data = read_document(path)
        name = local_name(parse_xml(data, where=path))
    except DocumentError:
        return Place(path)
    folder = next((each for each in list(path.absolute().parents)[:MAX_DEPTH] if has_asset_map(each)), None)
    if folder is None or name not in ("AssetMap", "PackingList", "VolumeIndex", "CompositionPlaylist"):
        return Place(path)
    if path.absolute().parent == folder:
        folder = path.parent  # as it was written
    if name != "CompositionPlaylist":
        return Place(folder)
    from dcp.documents.cpl_reading import parse_cpl
    from dcp.xml.node import Faults

    try:
        cpl = parse_cpl(data, where=path, faults=Faults())
        return Place(folder, cpl.id if "Id" not in cpl.unread else None)
    except DocumentError:
        return Place(folder)


def _mapped(root: Path) -> set[bytes]:
    path = _asset_map(root)
    return set() if path is None else _ids(path)


def _named_in_playlists(root: Path) -> set[bytes]:
    return {
        id
        for path in root.rglob("*")
        if path.suffix.lower() == ".xml" and path.is_file() and not is_link(path)
        for id in _ids(path, inside=b"CompositionPlaylist")
    }


def _ids(path: Path, *, inside: bytes = b"") -> set[bytes]:
    try:
        if not path.is_file():  # opening a pipe would wait for whoever writes to it
            return set()
        with path.open("rb") as stream:
            data = stream.read(MAX_XML)
    except OSError:
        return set()
    return {id.lower() for id in _UUID.findall(data)} if inside in data else set()


def named(places: Sequence[Place]) -> str:
    """The folders' names, for people: the first few."""
    names = [place.root.name for place in places]
    return ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
