"""What goes onto a drive: of each package what its documents speak of, judged before a byte is written.

A folder of a package often holds more (`.DS_Store`, `._` files, notes), which has hindered ingests; it stays
where it is, and is named. A file stands on the drive under the name that the asset map has for it: ext2 tells
letter cases apart, as the file systems on the way did not always.
"""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from dcp.dataclass import dataclass
from dcp.documents.namespaces import Standard
from dcp.errors import DcpError, UsageError
from dcp.package.package import Package, open_package, survey_package
from dcp.package.paths import below
from dcp.rework.drive.ext import MAX_FILE, MAX_NAME
from dcp.rework.vouch import vouch
from dcp.system import LOST_AND_FOUND, is_link
from dcp.text.beside import files_beside
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why


@dataclass(frozen=True)
class File:
    """A file to write. name: on the drive, from the package's folder on, with `/`. time: of its last change.

    hashes: what its SHA-1 has to be, each with the text that says so when it is another. renamed: its name
    here when that is another one.
    """

    name: str
    path: Path
    size: int
    time: int
    hashes: tuple[tuple[bytes, str], ...]
    renamed: str | None = None

    @property
    def vouched(self) -> bool:
        """Whether a packing list states its hash."""
        return any(id == "rework.hash-of-pkl" for _, id in self.hashes)

    def hold_against(self, found: bytes) -> None:
        """DcpError when the file's SHA-1 is not the one that a document states."""
        for expected, id in self.hashes:
            if expected != found:
                raise DcpError(id, where=self.path)


@dataclass(frozen=True)
class Load:
    """A package for a drive. folder: its name there, empty at the root. left_out: files that stay behind.

    needed: assets that its compositions play and it does not hold.
    """

    root: Path
    folder: str
    standard: Standard
    compositions: tuple[tuple[uuid.UUID, str], ...]
    signed: bool
    files: tuple[File, ...]
    left_out: tuple[str, ...]
    held: frozenset[uuid.UUID]
    needed: frozenset[uuid.UUID]
    notes: tuple[Text, ...]

    def target(self, file: File) -> str:
        """Its path from the drive's root on."""
        return f"{self.folder}/{file.name}" if self.folder else file.name


def loads_of(roots: Sequence[Path], *, at_root: bool = False) -> tuple[Load, ...]:
    """Judge the packages and list their files. at_root: the one package stands at the drive's root.

    DcpError and its kin for a package whose documents are not sound, whose signatures do not hold, that lacks
    a file or has one of another size than listed, or in which a name leads through a link. UsageError when
    two packages would have one folder, or a name cannot stand on a drive. Of files only playlists are hashed.
    """
    if at_root and len(roots) > 1:
        raise UsageError("disk.one-at-root", n=len(roots))
    loads: list[Load] = []
    for root in roots:
        load = _load(root, "" if at_root else _folder_name(root))
        other = next((each for each in loads if each.folder.casefold() == load.folder.casefold()), None)
        if other is not None:
            raise UsageError("disk.same-folder", where=root, name=load.folder, other=other.root)
        loads.append(load)
    return tuple(loads)


def missing_notes(loads: Sequence[Load]) -> Iterator[Text]:
    """A note on each package whose compositions play what no package of the drive holds."""
    held = frozenset().union(*(load.held for load in loads))
    for load in loads:
        absent = load.needed - held
        if absent:
            yield text("disk.original-not-on-it", name=load.root.name or load.root, n=len(absent))


# --- one package -----


def _load(root: Path, folder: str) -> Load:
    package = open_package(root)
    encrypted = any(cpl.encrypted for cpl in package.compositions)
    notes = list(vouch(package, encrypted=encrypted, sign=False))
    files = tuple(_files(package))
    _check_names(root, files)
    taken = {file.path for file in files}
    left_out = tuple(
        entry.name
        for entry in survey_package(root).entries
        if entry.kind != "folder" and package.root / entry.name not in taken
    )
    kinds = ("asset_map", "volume_index", "packing_list")  # no packing list has a hash of these
    known = {document.path for document in package.documents if document.kind in kinds}
    unvouched = [file for file in files if not file.vouched and file.path not in known]
    if unvouched:
        notes.append(text("disk.nobody-hashed", package=root.name, n=len(unvouched), name=unvouched[0].name))
    renamed = [file for file in files if file.renamed is not None]
    if renamed:
        first = renamed[0]
        notes.append(
            text("disk.renamed", package=root.name, n=len(renamed), found=first.renamed, name=first.name)
        )
    if left_out:
        notes.append(text("disk.left-out", package=root.name, n=len(left_out), names=", ".join(left_out[:5])))
    held = frozenset(package.files)
    return Load(
        root=root,
        folder=folder,
        standard=package.standard,
        compositions=tuple((cpl.id, cpl.content_title_text) for cpl in package.compositions),
        signed=all(pkl.signed for pkl in package.packing_lists)
        and all(cpl.signed for cpl in package.compositions),
        files=files,
        left_out=left_out,
        held=held,
        needed=frozenset(asset.id for cpl in package.compositions for asset in cpl.assets) - held,
        notes=tuple(notes),
    )


def _files(package: Package) -> Iterator[File]:
    """Documents first, then assets in the order of the map, then what subtitles name and no map does."""
    stated = _stated(package)
    for asset_id in stated:
        package.require(asset_id)  # an absent one is the package's fault, which is told before others
    read = {document.path: hashlib.sha1(document.data).digest() for document in package.documents}
    ids: dict[Path, list[uuid.UUID]] = {}
    for asset in package.asset_map.asset_list:
        ids.setdefault(package.files[asset.id], []).append(asset.id)
    order = [*read, *ids]
    order += [
        found
        for path in order
        if path.suffix.lower() == ".xml"
        for found in files_beside(path)
        if found.resolve().is_relative_to(package.root.resolve())
    ]
    for path in dict.fromkeys(order):
        said = [stated[asset_id] for asset_id in ids.get(path, ())]
        yield _file(package.root, path, said, read.get(path))


@dataclass(frozen=True)
class _Stated:
    """What the documents say of an asset: its paths in the map, its sizes and hashes in the lists."""

    paths: list[str]
    sizes: list[int]
    hashes: list[tuple[bytes, str]]


def _stated(package: Package) -> dict[uuid.UUID, _Stated]:
    """Of every asset of the map and the packing lists, in this order."""
    found: dict[uuid.UUID, _Stated] = {}
    for asset in package.asset_map.asset_list:
        paths = [chunk.path for chunk in asset.chunk_list[:1]]
        found.setdefault(asset.id, _Stated([], [], [])).paths.extend(paths)
    for pkl in package.packing_lists:
        for entry in pkl.asset_list:
            said = found.setdefault(entry.id, _Stated([], [], []))
            said.sizes.append(entry.size)
            said.hashes.extend([(entry.hash, "rework.hash-of-pkl")] if entry.hash is not None else [])
    for cpl in package.compositions:
        for played in cpl.assets:
            if played.id in found and played.hash is not None:
                found[played.id].hashes.append((played.hash, "rework.hash-of-cpl"))
    return found


def _file(root: Path, path: Path, said: Sequence[_Stated], read: bytes | None) -> File:
    """said: of the assets that it is. read: the hash of what was read and judged, if it is a document."""
    found = _plain(root, path)
    here = path.relative_to(root).as_posix()
    name = _listed_name([path for each in said for path in each.paths], here)
    for size in (size for each in said for size in each.sizes):
        if size != found.st_size:
            raise DcpError("disk.other-size", where=path, listed=size, size=found.st_size)
    hashes = [hash for each in said for hash in each.hashes]
    hashes += [(read, "disk.file-changed")] if read is not None else []
    if found.st_size > MAX_FILE:
        raise DcpError("disk.file-too-large", where=path, most=MAX_FILE / 1e12)
    return File(
        name=name,
        path=path,
        size=found.st_size,
        time=int(found.st_mtime),
        hashes=tuple(dict.fromkeys(hashes)),
        renamed=here if name != here else None,
    )


def _plain(root: Path, path: Path) -> os.stat_result:
    """What the system says of a file that no link leads to. DcpError of any other."""
    place = root
    try:
        for part in path.relative_to(root).parts:
            place /= part
            if is_link(place):
                raise DcpError("disk.link", where=place)
        found = path.stat()
    except OSError as error:
        raise DcpError("file.cannot-read", where=path, why=why(error)) from None
    if not stat.S_ISREG(found.st_mode):
        raise DcpError("disk.link", where=path)
    return found


def _listed_name(listed: Sequence[str], here: str) -> str:
    """The name that the map has, where the file differs from it in letter case or Unicode form alone."""
    names = [PurePosixPath(name).as_posix() for path in listed for name in below(path)]
    if here in names:
        return here
    return next((name for name in names if _folded(name) == _folded(here)), here)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


# --- names -----


def _folder_name(root: Path) -> str:
    """The package's folder on the drive: called as it is here. UsageError when that cannot stand there."""
    name = root.name or root.resolve().name
    if root.name in ("..", "."):
        name = root.resolve().name
    if not name or name.startswith(".") or name == LOST_AND_FOUND or not _can_stand(name):
        raise UsageError("disk.folder-name", where=root, name=ascii(name))
    return name


def _check_names(root: Path, files: Sequence[File]) -> None:
    """UsageError for a name that ext2 does not take; DcpError when two files would have one."""
    names: dict[str, File] = {}
    folders: set[str] = set()
    for file in files:
        if any(not _can_stand(part) or part in (".", "..", "") for part in file.name.split("/")):
            raise UsageError("disk.name", where=root, name=ascii(file.name))
        if names.setdefault(file.name, file) is not file:
            raise DcpError("disk.same-name", where=root, name=file.name)
        folders.update(parent.as_posix() for parent in PurePosixPath(file.name).parents)
        if file.name.split("/")[0] == LOST_AND_FOUND:
            raise UsageError("disk.name", where=root, name=ascii(file.name))
    for name in folders & names.keys():
        raise DcpError("disk.same-name", where=root, name=name)


def _can_stand(name: str) -> bool:
    """At most 255 bytes of UTF-8, without signs that control a terminal or end a line."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return False
    return size <= MAX_NAME and not any(unicodedata.category(sign) in ("Cc", "Zl", "Zp") for sign in name)
