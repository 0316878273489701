"""The asset map and the volume index."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from pathlib import PurePosixPath

from dcp.documents.cpl import CompositionPlaylist
from dcp.documents.pkl import PackingList
from dcp.documents.volindex import VolumeIndex
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Hit, Outcome, package_rule

MAX_PATH_LENGTH = 100
MAX_PATH_SEGMENTS = 10
_PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]*")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


@package_rule(
    "AM-002",
    severity="error",
    clause="ST 429-9 A.4",
    statement="The asset map's file name is that of its standard",
)
def map_name(facts: PackageFacts) -> Outcome:
    for document, asset_map in facts.asset_maps():
        if document.name != asset_map.file_name:
            yield Hit(f"an asset map of this standard is called {asset_map.file_name}", file=document.name)


@package_rule("AM-003", severity="error", clause="ST 429-9 5.4", statement="VolumeCount is 1")
def one_volume(facts: PackageFacts) -> Outcome:
    for document, asset_map in facts.asset_maps():
        if asset_map.volume_count != 1:
            yield Hit(
                f"the package is spread over {asset_map.volume_count} volumes",
                file=document.name,
                place="/AssetMap/VolumeCount",
            )


@package_rule(
    "AM-004", severity="warning", clause="ST 429-9 7.2", statement="Every chunk lies on the first volume"
)
def first_volume(facts: PackageFacts) -> Outcome:
    for document, asset in facts.mapped():
        for chunk in asset.chunk_list:
            if chunk.volume_index not in (None, 1):
                yield Hit(
                    f"{chunk.path} is said to lie on volume {chunk.volume_index}",
                    file=document.name,
                    place=str(asset.id),
                )


@package_rule(
    "AM-005",
    severity="error",
    clause="ST 429-9 7.3",
    statement="Every asset is one file from its first byte on",
)
def whole_files(facts: PackageFacts) -> Outcome:
    for problem in facts.problems("chunks"):
        yield Hit(problem.error.what, file=problem.file, remedy=problem.error.remedy)


@package_rule(
    "AM-006", severity="error", clause="ST 429-9 7.4", statement="A chunk's length is the size of its file"
)
def lengths(facts: PackageFacts) -> Outcome:
    sizes = {entry.name: entry.size for entry in facts.survey.entries}
    for _, asset in facts.mapped():
        path = facts.survey.files.get(asset.id)
        if path is None or len(asset.chunk_list) != 1:
            continue
        name, length = facts.survey.relative(path), asset.chunk_list[0].length
        if length is not None and name in sizes and sizes[name] != length:
            yield Hit(
                f"the asset map gives {length} bytes, the file has {sizes[name]}",
                file=name,
                place="/AssetMap/AssetList/Asset/ChunkList/Chunk/Length",
            )


@package_rule("AM-008", severity="error", clause="ST 429-9", statement="No asset id stands in the map twice")
def unique_ids(facts: PackageFacts) -> Outcome:
    for document, asset_map in facts.asset_maps():
        counts = Counter(asset.id for asset in asset_map.asset_list)
        for asset_id, count in counts.items():
            if count > 1:
                yield Hit(
                    f"the asset {asset_id} is listed {count} times", file=document.name, place=str(asset_id)
                )


@package_rule(
    "AM-009", severity="warning", clause="ST 429-9 7.1", statement="No path of the asset map is empty"
)
def no_empty_path(facts: PackageFacts) -> Outcome:
    needed = _needed(facts)
    for problem in facts.problems("path"):
        if not (problem.file or "").strip():
            weight = "error" if problem.asset_id in needed else "warning"
            yield Hit(
                f"the path of the asset {problem.asset_id} is empty",
                place=str(problem.asset_id),
                severity=weight,  # type: ignore[arg-type]
            )


@package_rule(
    "AM-010", severity="error", clause="ST 429-9 7.1", statement="Every file of the asset map is there"
)
def files_are_there(facts: PackageFacts) -> Outcome:
    for problem in facts.problems("missing"):
        yield Hit(
            "this file is missing",
            file=problem.file,
            place=str(problem.asset_id),
            remedy="copy the package again from its master",
        )
    for ov in facts.survey.ov:
        for problem in ov.problems:
            if problem.kind == "missing":
                yield Hit(
                    f"this file of the original package is missing: {ov.root.name}/{problem.file}",
                    place=str(problem.asset_id),
                    severity="warning",
                )


@package_rule(
    "AM-011",
    severity="error",
    clause="ST 429-9 A.2",
    statement="Paths are relative and stay inside the package's folder",
)
def paths_stay_inside(facts: PackageFacts) -> Outcome:
    for problem in facts.problems("path"):
        if (problem.file or "").strip():
            yield Hit(problem.error.what, file=problem.file, remedy=problem.error.remedy)


@package_rule(
    "AM-012",
    severity="warning",
    clause="ST 429-9 A.2",
    statement="Paths use letters, digits, dot, underscore, hyphen and slash",
)
def plain_paths(facts: PackageFacts) -> Outcome:
    for _, asset in facts.mapped():
        for chunk in asset.chunk_list:
            if not _PLAIN_PATH.fullmatch(chunk.path):
                yield Hit("the path has characters that some servers do not take", file=chunk.path)


@package_rule(
    "AM-013",
    severity="warning",
    clause="ST 429-9 A.2",
    statement="A path has at most 100 characters and 10 segments",
)
def short_paths(facts: PackageFacts) -> Outcome:
    for _, asset in facts.mapped():
        for chunk in asset.chunk_list:
            if len(chunk.path) > MAX_PATH_LENGTH or chunk.path.count("/") >= MAX_PATH_SEGMENTS:
                yield Hit(
                    f"the path is longer than {MAX_PATH_LENGTH} characters or {MAX_PATH_SEGMENTS} segments",
                    file=chunk.path,
                )


@package_rule(
    "AM-014", severity="error", clause="ST 429-9", statement="The id in the map is the id inside the file"
)
def ids_inside(facts: PackageFacts) -> Outcome:
    for document in facts.survey.documents:
        value = document.value
        if isinstance(value, PackingList | CompositionPlaylist) and document.asset_id not in (None, value.id):
            yield Hit(
                f"the asset map lists it as {document.asset_id}, the document calls itself {value.id}",
                file=document.name,
            )
    for asset_id, track in facts.tracks.items():
        if track.header is not None and track.header.asset_id != asset_id:
            yield Hit(
                f"the asset map lists it as {asset_id}, the file calls itself {track.header.asset_id}",
                file=track.name,
            )


@package_rule("AM-015", severity="info", statement="An id is written in the same letter case everywhere")
def letter_case(facts: PackageFacts) -> Outcome:
    spellings: dict[uuid.UUID, set[str]] = {}
    for document in facts.survey.documents:
        if document.kind in ("asset_map", "packing_list", "composition"):
            for match in _UUID.finditer(document.data.decode("utf-8", "replace")):
                spellings.setdefault(uuid.UUID(match[0]), set()).add(match[0])
    for asset_id, seen in spellings.items():
        if len(seen) > 1:
            yield Hit(f"the id {asset_id} is written in different letter case", place=str(asset_id))


@package_rule(
    "AM-016",
    severity="warning",
    clause="ST 429-9 5.2-5.6",
    statement="Creator, Issuer and AnnotationText of the map are not empty",
)
def map_texts(facts: PackageFacts) -> Outcome:
    for document, asset_map in facts.asset_maps():
        for name, text in (
            ("Creator", asset_map.creator),
            ("Issuer", asset_map.issuer),
            ("AnnotationText", asset_map.annotation_text),
        ):
            if text == "":
                yield Hit(f"{name} is empty", file=document.name, place=f"/AssetMap/{name}")


@package_rule(
    "AM-017",
    severity="error",
    clause="ST 429-9",
    statement="Packing lists are marked as such in the asset map",
)
def marked_lists(facts: PackageFacts) -> Outcome:
    flagged = {asset.id for _, asset in facts.mapped() if asset.packing_list}
    for document in facts.survey.documents:
        if isinstance(document.value, PackingList) and document.asset_id not in flagged:
            yield Hit("the asset map does not mark this file as a packing list", file=document.name)


@package_rule("AM-019", severity="warning", statement="A UUID in a file name is the asset's id")
def named_after_id(facts: PackageFacts) -> Outcome:
    for _, asset in facts.mapped():
        for chunk in asset.chunk_list:
            found = _UUID.search(PurePosixPath(chunk.path).name)
            if found and uuid.UUID(found[0]) != asset.id:
                yield Hit(f"the file name carries another id than the asset's, {asset.id}", file=chunk.path)


@package_rule("AM-020", severity="warning", clause="ST 429-9 A.2", statement="File names have no blanks")
def no_blanks(facts: PackageFacts) -> Outcome:
    for _, asset in facts.mapped():
        for chunk in asset.chunk_list:
            if any(sign.isspace() for sign in chunk.path.replace("%20", " ")):
                yield Hit("the file name has a blank", file=chunk.path)


@package_rule(
    "VOL-002",
    severity="warning",
    clause="ST 429-9 A.4",
    statement="The volume index's file name is that of its standard",
)
def index_name(facts: PackageFacts) -> Outcome:
    for document in facts.documents("volume_index"):
        value = document.value
        if isinstance(value, VolumeIndex) and document.name != value.file_name:
            yield Hit(f"a volume index of this standard is called {value.file_name}", file=document.name)


@package_rule("VOL-003", severity="info", clause="ST 429-9", statement="There is a volume index")
def index_is_there(facts: PackageFacts) -> Outcome:
    if not any(facts.documents("volume_index")):
        yield Hit("there is no volume index")


def _needed(facts: PackageFacts) -> set[uuid.UUID | None]:
    return {reference.asset.id for reference in facts.references()}
