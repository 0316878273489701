"""What can be read of a package on disk, and what cannot: for those who judge one."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from dcp.dataclass import dataclass
from dcp.documents import assetmap, volindex
from dcp.documents.assetmap import AssetMap, parse_asset_map
from dcp.documents.cpl import CompositionPlaylist
from dcp.documents.cpl_reading import parse_cpl
from dcp.documents.grammar import Violation, violations
from dcp.documents.namespaces import Standard
from dcp.documents.pkl import PackingList, parse_pkl
from dcp.documents.volindex import VolumeIndex, parse_volume_index
from dcp.errors import DcpError, DocumentError, PathError, UsageError
from dcp.package.assets import FileNames, Problem, find_asset
from dcp.package.holes import with_ids_of_files, with_known_ids
from dcp.package.paths import shown
from dcp.system import LOST_AND_FOUND, is_link, long_path, relative_name
from dcp.texts.system import why
from dcp.xml.node import Faults
from dcp.xml.parse import MAX_DOCUMENT_BYTES, local_name, parse_xml, read_document

MAX_ENTRIES = 200_000
_BELOW = 200  # characters of the names in a package

DocumentKind = Literal["asset_map", "volume_index", "packing_list", "composition", "other"]


@dataclass(frozen=True)
class Document:
    """An XML file of the package. `error`: the first thing for which a strict reading refuses it. `value` is
    then what could be read of it all the same, or None, and `faults` are all that could not."""

    kind: DocumentKind
    path: Path
    name: str
    data: bytes = field(repr=False)
    value: AssetMap | VolumeIndex | PackingList | CompositionPlaylist | None
    error: DcpError | None = None
    asset_id: uuid.UUID | None = None
    faults: tuple[DocumentError, ...] = ()

    @cached_property
    def violations(self) -> tuple[Violation, ...] | None:
        """Where the document departs from its schema, found once; None when it is not even XML."""
        try:
            return tuple(violations(parse_xml(self.data, where=self.name)))
        except DocumentError:
            return None


@dataclass(frozen=True)
class Entry:
    """A file or folder below the package's root. `size` is 0 for a folder; of a link it is that of the file
    that it leads to, in the package."""

    name: str
    kind: Literal["file", "folder", "link", "special"]
    size: int
    empty: bool = False


class Located:
    """What holds the files of assets, with the original packages (OV) that it builds upon."""

    files: Mapping[uuid.UUID, Path]
    ov: tuple[Located, ...]

    def locate(self, asset_id: uuid.UUID) -> Path | None:
        """The file of an asset, here or in an OV; None when there is none."""
        for package in (self, *self.ov):
            if asset_id in package.files:
                return package.files[asset_id]
        return None


@dataclass(frozen=True)
class Survey(Located):
    """All that could be read of a package, and what could not."""

    root: Path
    documents: tuple[Document, ...]
    files: Mapping[uuid.UUID, Path]
    problems: tuple[Problem, ...]
    entries: tuple[Entry, ...]
    ov: tuple[Survey, ...] = ()

    @property
    def asset_map(self) -> AssetMap | None:
        return next((d.value for d in self.documents if isinstance(d.value, AssetMap)), None)

    @property
    def packing_lists(self) -> tuple[PackingList, ...]:
        return tuple(d.value for d in self.documents if isinstance(d.value, PackingList))

    @property
    def compositions(self) -> tuple[CompositionPlaylist, ...]:
        return tuple(d.value for d in self.documents if isinstance(d.value, CompositionPlaylist))

    @property
    def standard(self) -> Standard | None:
        """What the documents say, the first that says it: composition, packing list, asset map."""
        return next(
            (
                document.value.standard
                for kind in ("composition", "packing_list", "asset_map", "volume_index")
                for document in self.documents
                if document.kind == kind and document.value is not None
            ),
            None,
        )

    @cached_property
    def listed(self) -> Mapping[uuid.UUID, str]:
        """Every asset of this package's own asset map, file or no file, with its path as it is written."""
        assets = self.asset_map.asset_list if self.asset_map is not None else ()
        return {asset.id: asset.chunk_list[0].path if asset.chunk_list else "" for asset in assets}

    def relative(self, path: Path) -> str:
        """The path as seen from the package's folder; a file of an OV begins with `..`."""
        return relative_name(path, self.root)


def survey_package(root: Path, *, ov: Sequence[Path] = ()) -> Survey:
    """Read what can be read of a package. UsageError when a folder cannot be looked into at all."""
    root = long_path(root, room=_BELOW)
    entries = tuple(_walk(root))
    documents: list[Document] = []
    problems: list[Problem] = []
    files: dict[uuid.UUID, Path] = {}

    asset_map_name = _named(entries, assetmap.FILE_NAMES)
    volume_name = _named(entries, volindex.FILE_NAMES)
    if asset_map_name is None:
        error = DocumentError("package.no-asset-map", where=root)
        problems.append(Problem("no_asset_map", error))
    for name, kind in ((asset_map_name, "asset_map"), (volume_name, "volume_index")):
        if name is not None:
            _read(
                root,
                name,
                None,
                documents,
                problems,
                kind="asset_map" if kind == "asset_map" else "volume_index",
            )

    found = next((d.value for d in documents if isinstance(d.value, AssetMap)), None)
    assets = found.asset_list if found else ()
    names = FileNames(
        (entry.name for entry in entries if entry.kind == "file"),
        (chunk.path for asset in assets for chunk in asset.chunk_list),
    )
    if found is not None:
        known = with_ids_of_files(found, lambda asset: find_asset(root, asset, names)[0])
        documents = [replace(each, value=known) if each.value is found else each for each in documents]
        assets = known.asset_list
    for asset in assets:
        path, wrong = find_asset(root, asset, names)
        problems.extend(wrong)
        if path is not None and asset.id not in files:
            files[asset.id] = path
    flagged = {asset.id for asset in assets if asset.packing_list}
    for asset_id, path in files.items():
        if path.suffix.lower() == ".xml" or asset_id in flagged:
            guess: DocumentKind = "packing_list" if asset_id in flagged else "other"
            _read(root, path.relative_to(root).as_posix(), asset_id, documents, problems, kind=guess)
    documents = _settle_kinds(documents)
    if any(document.faults for document in documents):
        sizes = {entry.name: entry.size for entry in entries}
        named = {each: path.relative_to(root).as_posix() for each, path in files.items()}
        documents = with_known_ids(
            documents, {each: sizes[name] for each, name in named.items() if name in sizes}
        )
    problems.extend(
        Problem("document", document.error, document.name, document.asset_id)
        for document in documents
        if document.error is not None and document.kind != "other"
    )
    return Survey(
        root=root,
        documents=tuple(documents),
        files=files,
        problems=tuple(problems),
        entries=entries,
        ov=tuple(survey_package(folder) for folder in ov),
    )


# --- how it is done -----


def _walk(root: Path) -> Iterator[Entry]:
    """Everything below the root, sorted, links not followed; but for the file system's own folder where the
    root is a drive's."""
    try:
        if not root.is_dir():
            id = "package.no-folder" if root.exists() else "package.absent"
            raise UsageError(id, where=root)
        pending = [(root, "")]
        count = 0
        while pending:
            folder, prefix = pending.pop()
            with os.scandir(folder) as listing:
                children = sorted(listing, key=lambda child: child.name)
            for child in children:
                count += 1
                if count > MAX_ENTRIES:
                    raise UsageError("package.too-many-files", where=root, most=MAX_ENTRIES)
                name = prefix + child.name
                if is_link(Path(child.path)):
                    yield Entry(name, "link", _size_behind(Path(child.path), root))
                elif child.is_dir(follow_symlinks=False):
                    if name == LOST_AND_FOUND:  # which none but root may look into
                        continue
                    with os.scandir(child.path) as inner:
                        yield Entry(name, "folder", 0, empty=next(inner, None) is None)
                    pending.append((Path(child.path), name + "/"))
                elif child.is_file(follow_symlinks=False):
                    yield Entry(name, "file", child.stat(follow_symlinks=False).st_size)
                else:
                    yield Entry(name, "special", 0)
    except OSError as error:
        raise UsageError("package.cannot-look-into", where=root, why=why(error)) from None


def _size_behind(link: Path, root: Path) -> int:
    """0 for what is no file of the package."""
    try:
        target = link.resolve()
        inside = target.is_relative_to(root.resolve()) and target.is_file()
        return target.stat().st_size if inside else 0
    except (OSError, RuntimeError):  # links in a circle
        return 0


def _named(entries: Sequence[Entry], names: Sequence[str]) -> str | None:
    """The root file that has one of the names; letter case counts only when there is a choice."""
    here = [entry.name for entry in entries if entry.kind != "folder" and "/" not in entry.name]
    for name in names:
        if name in here:
            return name
    lower = {name.lower() for name in names}
    return next((name for name in here if name.lower() in lower), None)


_Value = AssetMap | VolumeIndex | PackingList | CompositionPlaylist
_PARSERS: Mapping[str, tuple[DocumentKind, Callable[..., _Value]]] = {
    "AssetMap": ("asset_map", parse_asset_map),
    "VolumeIndex": ("volume_index", parse_volume_index),
    "PackingList": ("packing_list", parse_pkl),
    "CompositionPlaylist": ("composition", parse_cpl),
}
_EXPECTED = {"asset_map": "AssetMap", "volume_index": "VolumeIndex", "packing_list": "PackingList"}


def _read(
    root: Path,
    name: str,
    asset_id: uuid.UUID | None,
    documents: list[Document],
    problems: list[Problem],
    *,
    kind: DocumentKind,
) -> None:
    """Read one XML file and append what it is. Its root element decides; `kind` is what it should be."""
    path = root / name
    try:
        try:
            inside = path.resolve().is_relative_to(root.resolve())
        except (OSError, RuntimeError):  # links in a circle
            raise PathError("path.no-file", where=root, path=shown(name)) from None
        if not inside:
            raise PathError("path.link-out", where=root, path=shown(name))
        if not path.is_file():
            raise PathError("path.no-file", where=root, path=shown(name))
        data = read_document(path, max_bytes=MAX_DOCUMENT_BYTES)
    except PathError as error:
        problems.append(Problem("path", error, name, asset_id))
        return
    except DcpError as error:
        if kind == "other" and isinstance(error, DocumentError):
            return  # a large XML file that nothing says is one of ours
        problems.append(Problem("unreadable", error, name, asset_id))
        return
    value: _Value | None = None
    error_found: DcpError | None = None
    faults = Faults()
    try:
        element = local_name(parse_xml(data, where=name))
        expected = _EXPECTED.get(kind)
        if expected is not None and element != expected:
            raise DocumentError("xml.other-document", where=name, found=element, expected=expected)
        if element in _PARSERS:
            kind, parse = _PARSERS[element]
            try:
                value = parse(data, where=name)
            except DocumentError as error:
                error_found = error
                value = parse(data, where=name, faults=faults)
    except DocumentError as error:
        error_found = error_found or error
    documents.append(
        Document(
            kind=kind,
            path=path,
            name=name,
            data=data,
            value=value,
            error=error_found,
            asset_id=asset_id,
            faults=tuple(faults.found),
        )
    )


def _settle_kinds(documents: Sequence[Document]) -> list[Document]:
    """A document that is no XML is what the packing lists take it for; their text/xml is a playlist."""
    types: dict[uuid.UUID | None, str] = {}
    for document in documents:
        if isinstance(document.value, PackingList):
            types.update((asset.id, asset.type.strip().lower()) for asset in document.value.asset_list)
    settled = []
    for document in documents:
        if document.kind == "other" and document.error is not None:
            listed = types.get(document.asset_id, "")
            guessed = not listed and "cpl" in document.name.lower()
            if listed == "text/xml" or "asdcpkind=cpl" in listed or guessed:
                document = replace(document, kind="composition")
        settled.append(document)
    return settled
