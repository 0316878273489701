"""A package on disk: its documents, and which file holds which asset.

`open_package` is for those who want to use a package: the first thing wrong is raised. `survey_package` is
for those who judge one: whatever can be read is read, and each thing wrong is listed. Either way a path from
an asset map never leaves the package's folder.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.documents.assetmap import AssetMap
from dcp.documents.cpl import CompositionPlaylist
from dcp.documents.describe import describe
from dcp.documents.namespaces import Standard
from dcp.documents.pkl import PackingList
from dcp.documents.volindex import VolumeIndex
from dcp.errors import DcpError, DocumentError, UsageError
from dcp.package.assets import USABLE, missing_file
from dcp.package.paths import safe_path
from dcp.package.survey import Document, Located, Survey, survey_package

__all__ = [
    "Document",
    "Package",
    "Survey",
    "describe_package",
    "open_package",
    "safe_path",
    "survey_package",
]


@dataclass(frozen=True)
class Package(Located):
    """A package whose documents are all sound. Its track files are found by `locate` and `require`."""

    root: Path
    asset_map: AssetMap
    volume_index: VolumeIndex | None
    packing_lists: tuple[PackingList, ...]
    compositions: tuple[CompositionPlaylist, ...]
    files: Mapping[uuid.UUID, Path]
    documents: tuple[Document, ...] = field(repr=False)
    ov: tuple[Package, ...] = ()
    absent: Mapping[uuid.UUID, DcpError] = field(default_factory=dict, repr=False)
    """Why a listed asset has no file."""

    @property
    def standard(self) -> Standard:
        return self.compositions[0].standard

    def require(self, asset_id: uuid.UUID) -> Path:
        """The file of an asset; DcpError when the package and its OVs have none."""
        path = self.locate(asset_id)
        if path is not None:
            return path
        for package in (self, *self.ov):
            if asset_id in package.absent:
                raise package.absent[asset_id]
            listed = package.asset_map.asset(asset_id)
            if listed is not None:
                name = listed.chunk_list[0].path if listed.chunk_list else "?"
                raise missing_file(name, package.root)
        raise DcpError("package.no-file-of-asset", where=self.root, asset=asset_id)

    def composition(self, cpl_id: uuid.UUID | None = None) -> CompositionPlaylist:
        """The composition of that id, or the only one. UsageError when that does not single one out."""
        if cpl_id is None:
            if len(self.compositions) == 1:
                return self.compositions[0]
            choice = ", ".join(str(cpl.id) for cpl in self.compositions)
            raise UsageError(
                "package.several-compositions", where=self.root, n=len(self.compositions), choice=choice
            )
        for cpl in self.compositions:
            if cpl.id == cpl_id:
                return cpl
        raise UsageError("package.no-such-composition", where=self.root, cpl=cpl_id)

    def document(self, value: CompositionPlaylist | PackingList) -> Document:
        """The file a composition or packing list was read from."""
        return next(document for document in self.documents if document.value is value)


def open_package(root: Path, *, ov: Sequence[Path] = ()) -> Package:
    """Read a package for use.

    UsageError when `root` is no folder; DocumentError, PathError or DcpError for the first thing wrong with
    a document or a path. A listed file that is absent is found out by `require`, when it is needed.
    """
    return _package(survey_package(root, ov=ov))


def describe_package(package: Package) -> dict[str, object]:
    """The package as plain values for JSON."""
    return {
        "root": str(package.root),
        "standard": package.standard,
        "asset_map": describe(package.asset_map),
        "volume_index": describe(package.volume_index),
        "packing_lists": describe(package.packing_lists),
        "compositions": describe(package.compositions),
        "files": {str(key): path.relative_to(package.root).as_posix() for key, path in package.files.items()},
        "ov": [str(other.root) for other in package.ov],
    }


def _package(survey: Survey) -> Package:
    for document in survey.documents:
        if document.kind == "asset_map" and document.error is not None:
            raise document.error  # before what its paths lead to
    for problem in survey.problems:
        if problem.kind != "missing" and problem.kind not in USABLE:
            raise problem.error
    absent = {
        problem.asset_id: problem.error
        for problem in survey.problems
        if problem.kind == "missing" and problem.asset_id is not None
    }
    missing = next(iter(absent.values()), None)
    asset_map = survey.asset_map
    assert asset_map is not None
    if not survey.packing_lists:
        raise missing or DocumentError("package.no-pkl", where=survey.root)
    if not survey.compositions:
        raise missing or DocumentError("package.no-cpl", where=survey.root)
    return Package(
        root=survey.root,
        asset_map=asset_map,
        volume_index=next((d.value for d in survey.documents if isinstance(d.value, VolumeIndex)), None),
        packing_lists=survey.packing_lists,
        compositions=survey.compositions,
        files=survey.files,
        documents=survey.documents,
        ov=tuple(_package(other) for other in survey.ov),
        absent=absent,
    )
