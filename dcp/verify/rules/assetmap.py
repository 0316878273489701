"""The asset map and the volume index."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from dcp.documents.assetmap import Chunk, MapAsset
from dcp.documents.cpl import CompositionPlaylist
from dcp.documents.pkl import PackingList
from dcp.documents.volindex import VolumeIndex
from dcp.package.assets import Problem, ProblemKind
from dcp.package.paths import is_uri, shown
from dcp.patterns import pattern
from dcp.texts.catalogue import Text
from dcp.verify.facts import PackageFacts
from dcp.verify.finding import Severity
from dcp.verify.rule import Hit, Outcome, hit, package_rule
from dcp.verify.rules.schema import misdated, owned
from dcp.verify.sizes import of_size

MAX_PATH_LENGTH = 100
MAX_PATH_SEGMENTS = 10
_PATH = "/AssetMap/AssetList/Asset[{}]/ChunkList/Chunk{}/Path"
_PLAIN_PATH = pattern(r"[A-Za-z0-9._/-]*")
_ROUNDABOUT = pattern(r"//|(?:^|/)\./")
_UUID = pattern(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


@package_rule("AM-002", severity="error", clause="ST 429-9 A.4")
def map_name(facts: PackageFacts) -> Outcome:
    for document, asset_map in facts.asset_maps():
        if document.name != asset_map.file_name and "xmlns" not in asset_map.unread:
            yield hit("AM-002.name", file=document.name, name=asset_map.file_name)


@package_rule("AM-003", severity="error", clause="ST 429-9 5.4")
def one_volume(facts: PackageFacts) -> Outcome:
    for document, asset_map in facts.asset_maps():
        if asset_map.volume_count != 1:
            yield hit(
                "AM-003.volumes",
                file=document.name,
                place="/AssetMap/VolumeCount",
                count=asset_map.volume_count,
            )


@package_rule("AM-004", severity="warning", clause="ST 429-9 7.2")
def first_volume(facts: PackageFacts) -> Outcome:
    for document, asset in facts.mapped():
        for chunk in asset.chunk_list:
            if chunk.volume_index not in (None, 1):
                yield hit(
                    "AM-004.volume",
                    file=document.name,
                    place=str(asset.id),
                    path=shown(chunk.path),
                    volume=chunk.volume_index,
                )


def _paths(facts: PackageFacts) -> Iterator[tuple[str, str, MapAsset, Chunk]]:
    """Every path of the asset maps: the map's name, the path's place in it, the asset, and the chunk."""
    for document, asset_map in facts.asset_maps():
        for number, asset in enumerate(asset_map.asset_list, start=1):
            for part, chunk in enumerate(asset.chunk_list, start=1):
                which = f"[{part}]" if len(asset.chunk_list) > 1 else ""
                yield document.name, _PATH.format(number, which), asset, chunk


def _problems(facts: PackageFacts, kind: ProblemKind) -> Iterator[tuple[Problem, str | None, str | None]]:
    """Problems with a path: each with its map and its place there."""
    found = {(asset.id, chunk.path): (name, place) for name, place, asset, chunk in _paths(facts)}
    for problem in facts.problems(kind):
        where = found.get((problem.asset_id, problem.file))  # type: ignore[arg-type]
        yield (problem, *(where or (problem.file, None)))


@package_rule("AM-005", severity="error", clause="ST 429-9 7.3")
def whole_files(facts: PackageFacts) -> Outcome:
    for problem, name, place in _problems(facts, "chunks"):
        yield Hit(problem.error, file=name, place=place)


@package_rule("AM-006", severity="error", clause="ST 429-9 7.4")
def lengths(facts: PackageFacts) -> Outcome:
    sizes = {entry.name: entry.size for entry in facts.survey.entries}
    for one in facts.missized.values():
        if not one.packed and one.size:
            yield of_size("AM-006.", one)
    for _, asset in facts.mapped():
        path = facts.survey.files.get(asset.id)
        if path is None or path in facts.missized or len(asset.chunk_list) != 1:
            continue
        name, length = facts.survey.relative(path), asset.chunk_list[0].length
        if length is not None and name in sizes and sizes[name] != length:
            yield hit(
                "AM-006.length",
                file=name,
                place="/AssetMap/AssetList/Asset/ChunkList/Chunk/Length",
                listed=length,
                size=sizes[name],
            )


@package_rule("AM-008", severity="error", clause="ST 429-9")
def unique_ids(facts: PackageFacts) -> Outcome:
    for document, asset_map in facts.asset_maps():
        counts = Counter(asset.id for asset in asset_map.asset_list)
        for asset_id, count in counts.items():
            if count > 1:
                yield hit(
                    "AM-008.twice", file=document.name, place=str(asset_id), asset=asset_id, count=count
                )


@package_rule("AM-009", severity="warning", clause="ST 429-9 7.1")
def no_empty_path(facts: PackageFacts) -> Outcome:
    needed = _needed(facts)
    for problem, name, place in _problems(facts, "path"):
        if not (problem.file or "").strip():
            weight: Severity = "error" if problem.asset_id in needed else "warning"
            yield hit("AM-009.empty", file=name, place=place, severity=weight, asset=problem.asset_id)


@package_rule("AM-010", severity="error", clause="ST 429-9 7.1")
def files_are_there(facts: PackageFacts) -> Outcome:
    """A file of another spelling is read all the same, yet servers look for the one that is listed."""
    for problem in facts.problems("missing"):
        place = str(problem.asset_id)
        if problem.error.id == "path.several-spellings":
            yield Hit(problem.error, file=problem.file, place=place)
        else:
            yield hit("AM-010.missing", file=problem.file, place=place, remedy=_perhaps(problem))
    for problem in facts.problems("spelling"):
        yield Hit(problem.error, file=problem.file, place=str(problem.asset_id))
    played = {reference.asset.id for reference in facts.references()}
    for ov in facts.survey.ov:
        for problem in ov.problems:
            place, path = str(problem.asset_id), f"{ov.root.name}/{problem.file}"
            lacking = problem.asset_id in played and facts.survey.locate(problem.asset_id) is None
            if problem.kind == "spelling" or problem.error.id == "path.several-spellings":
                yield Hit(problem.error, file=path, place=place, severity="warning")
            elif problem.kind == "missing":
                weight: Severity | None = None if lacking else "warning"
                yield hit("AM-010.missing-original", place=place, severity=weight, path=path)


@package_rule("AM-011", severity="error", clause="ST 429-9 A.2")
def paths_stay_inside(facts: PackageFacts) -> Outcome:
    for problem, file, at in _problems(facts, "path"):
        if (problem.file or "").strip():
            yield Hit(problem.error, file=file, place=at, remedy=_perhaps(problem))
    for problem, file, at in _problems(facts, "uri"):
        yield Hit(problem.error, file=file, place=at, severity="warning")
    for name, place, asset, chunk in _paths(facts):
        read = asset.id in facts.survey.files and not is_uri(chunk.path)
        if read and _ROUNDABOUT.search(chunk.path):
            yield hit("AM-011.roundabout", file=name, place=place, severity="warning", path=shown(chunk.path))


@package_rule("AM-012", severity="warning", clause="ST 429-9 A.2")
def plain_paths(facts: PackageFacts) -> Outcome:
    for name, place, _, chunk in _paths(facts):
        if not _PLAIN_PATH.fullmatch(chunk.path):
            yield hit("AM-012.characters", file=name, place=place, path=shown(chunk.path))


@package_rule("AM-013", severity="warning", clause="ST 429-9 A.2")
def short_paths(facts: PackageFacts) -> Outcome:
    for name, place, _, chunk in _paths(facts):
        if len(chunk.path) > MAX_PATH_LENGTH or chunk.path.count("/") >= MAX_PATH_SEGMENTS:
            yield hit(
                "AM-013.long",
                file=name,
                place=place,
                path=shown(chunk.path),
                characters=len(chunk.path),
                segments=chunk.path.count("/") + 1,
                most=MAX_PATH_LENGTH,
                deepest=MAX_PATH_SEGMENTS,
            )


@package_rule("AM-014", severity="error", clause="ST 429-9")
def ids_inside(facts: PackageFacts) -> Outcome:
    for document in facts.survey.documents:
        value = document.value
        if not isinstance(value, PackingList | CompositionPlaylist) or "Id" in value.unread:
            continue
        if document.asset_id not in (None, value.id):
            yield hit("AM-014.document", file=document.name, listed=document.asset_id, own=value.id)
    unread = {asset.id for _, asset in facts.mapped() if "Id" in asset.unread}
    for asset_id, track in facts.tracks.items():
        if track.header is not None and asset_id not in unread and track.header.asset_id != asset_id:
            yield hit("AM-014.track", file=track.name, listed=asset_id, own=track.header.asset_id)
    # a file is read once, under the first of its ids: what plays it under another is judged by nothing else
    read = {track.path: (asset_id, track) for asset_id, track in facts.tracks.items()}
    played = {reference.asset.id for reference in facts.references()}
    for package in (facts.survey, *facts.survey.ov):
        for asset_id, path in package.files.items():
            if path not in read:
                continue
            first, track = read[path]
            concerned = package is facts.survey or asset_id in played
            if asset_id != first and concerned and asset_id not in unread:
                own = track.header.asset_id if track.header is not None else first
                yield hit("AM-014.track", file=track.name, listed=asset_id, own=own)


@package_rule("AM-015", severity="info")
def letter_case(facts: PackageFacts) -> Outcome:
    spellings: dict[uuid.UUID, set[str]] = {}
    for document in facts.survey.documents:
        if document.kind in ("asset_map", "packing_list", "composition"):
            for match in _UUID.finditer(document.data.decode("utf-8", "replace")):
                spellings.setdefault(uuid.UUID(match[0]), set()).add(match[0])
    for asset_id, seen in spellings.items():
        if len(seen) > 1:
            yield hit("AM-015.case", place=str(asset_id), asset=asset_id)


@package_rule("AM-016", severity="warning", clause="ST 429-9 5.2-5.6")
def map_texts(facts: PackageFacts) -> Outcome:
    for document, asset_map in facts.asset_maps():
        for name, text in (
            ("Creator", asset_map.creator),
            ("Issuer", asset_map.issuer),
            ("AnnotationText", asset_map.annotation_text),
        ):
            if text == "" and name not in asset_map.unread:
                yield hit("AM-016.empty", file=document.name, place=f"/AssetMap/{name}", name=name)


@package_rule("AM-017", severity="error", clause="ST 429-9")
def marked_lists(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "asset_map", "AM-017")
    flagged = {asset.id for _, asset in facts.mapped() if asset.packing_list}
    for document in facts.survey.documents:
        if isinstance(document.value, PackingList) and document.asset_id not in flagged:
            yield hit("AM-017.unmarked", file=document.name)


@package_rule("AM-019", severity="warning")
def named_after_id(facts: PackageFacts) -> Outcome:
    for name, place, asset, chunk in _paths(facts):
        found = _UUID.search(PurePosixPath(chunk.path).name)
        if found and uuid.UUID(found[0]) != asset.id and "Id" not in asset.unread:
            yield hit("AM-019.other", file=name, place=place, path=shown(chunk.path), asset=asset.id)


@package_rule("AM-020", severity="warning", clause="ST 429-9 A.2")
def no_blanks(facts: PackageFacts) -> Outcome:
    for name, place, _, chunk in _paths(facts):
        if any(sign.isspace() for sign in chunk.path.replace("%20", " ")):
            yield hit("AM-020.blank", file=name, place=place, path=shown(chunk.path))


@package_rule("VOL-002", severity="warning", clause="ST 429-9 A.4")
def index_name(facts: PackageFacts) -> Outcome:
    for document in facts.documents("volume_index"):
        value = document.value
        if (
            isinstance(value, VolumeIndex)
            and document.name != value.file_name
            and "xmlns" not in value.unread
        ):
            yield hit("VOL-002.name", file=document.name, name=value.file_name)


@package_rule("VOL-003", severity="info", clause="ST 429-9")
def index_is_there(facts: PackageFacts) -> Outcome:
    if not any(facts.documents("volume_index")):
        yield hit("VOL-003.none")


def _perhaps(problem: Problem) -> Text | None:
    """What to do about a path from another machine whose end is a file of the package."""
    return Text("remedy.perhaps-meant", {"found": problem.names[0]}) if problem.names else None


def _needed(facts: PackageFacts) -> set[uuid.UUID | None]:
    return {reference.asset.id for reference in facts.references()}


@package_rule("AM-021", severity="warning")
def issued_at_a_time_that_can_be(facts: PackageFacts) -> Outcome:
    for document, asset_map in facts.asset_maps():
        if (branch := misdated(asset_map, facts.now)) is not None:
            id = "AM-021.future" if branch == "future" else "AM-021.past"
            yield hit(id, file=document.name, place="/AssetMap/IssueDate", date=asset_map.issue_date)
