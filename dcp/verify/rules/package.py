"""The package as a whole: its folder, and whether its documents are there and of one family."""

from __future__ import annotations

import uuid
from datetime import datetime

from dcp.documents.namespaces import Standard
from dcp.package.assets import USABLE
from dcp.package.survey import Entry
from dcp.patterns import pattern
from dcp.texts.catalogue import text
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Hit, Outcome, hit, judged, package_rule, skip

MAP_NAMES = ("ASSETMAP", "ASSETMAP.XML")
INDEX_NAMES = ("VOLINDEX", "VOLINDEX.XML")

judged("PKG-013", severity="info")


def _at_root(facts: PackageFacts, names: tuple[str, ...]) -> list[Entry]:
    return [entry for entry in facts.survey.entries if entry.name.upper() in names]


MAX_RANGES = 50
_NO_ID = uuid.UUID(int=0)
_NIL = pattern(rb"\b0{8}-0{4}-0{4}-0{4}-0{12}\b")


@package_rule("PKG-104", severity="info")
def what_changed(facts: PackageFacts) -> Outcome:
    """Where a file differs from what it was in an earlier run; that its hash is wrong is another rule's."""
    for path, changed in facts.changed.items():
        name = facts.survey.relative(path)
        for start, end, units in changed.ranges[:MAX_RANGES]:
            yield hit(
                "PKG-104.range", file=name, place=units, start=start, end=end - 1, when=_instant(changed.when)
            )
        more = changed.ranges[MAX_RANGES:]
        if more:
            yield hit(
                "PKG-104.more", file=name, n=len(more), count=sum(end - start for start, end, _ in more)
            )


def _instant(when: str) -> datetime:
    return datetime.fromisoformat(when)


@package_rule("PKG-001", severity="error", clause="ST 429-9 A.4")
def asset_map_is_there(facts: PackageFacts) -> Outcome:
    for problem in facts.problems("no_asset_map"):
        yield Hit(problem.error)


@package_rule("PKG-002", severity="error")
def one_of_each(facts: PackageFacts) -> Outcome:
    for names, what in ((MAP_NAMES, "asset-map"), (INDEX_NAMES, "volume-index")):
        found = _at_root(facts, names)
        if len(found) > 1:
            listed = ", ".join(entry.name for entry in found)
            yield hit("PKG-002.several", file=found[1].name, what=what, names=listed)


@package_rule("PKG-003", severity="error", clause="ST 429-8, 429-9")
def packing_list_is_there(facts: PackageFacts) -> Outcome:
    """One that is there and cannot be read, or that the map lists and nobody finds, is named elsewhere."""
    flagged = any(asset.packing_list for _, asset in facts.mapped()) or _unread(facts)
    if facts.survey.asset_map is not None and not flagged and not any(facts.documents("packing_list")):
        yield hit("PKG-003.none")


@package_rule("PKG-004", severity="error", clause="ST 429-7")
def composition_is_there(facts: PackageFacts) -> Outcome:
    """One that is there and cannot be read, or that a list has and nobody finds, is named elsewhere."""
    gone = {problem.asset_id for problem in facts.survey.problems if problem.kind not in USABLE}
    listed = any(
        asset.id in gone and asset.type.lower().startswith("text/xml")
        for _, packing_list in facts.packing_lists()
        for asset in packing_list.asset_list
    )
    listed = listed or _unread(facts)
    if facts.survey.asset_map is not None and not listed and not any(facts.documents("composition")):
        yield hit("PKG-004.none")


@package_rule("PKG-005", severity="error")
def readable(facts: PackageFacts) -> Outcome:
    for problem in facts.problems("unreadable"):
        yield Hit(problem.error, file=problem.file)


@package_rule("PKG-006", severity="error", clause="ST 429-2")
def one_standard(facts: PackageFacts) -> Outcome:
    kinds = ("asset_map", "packing_list", "composition")
    found: dict[Standard, list[str]] = {}
    for document in facts.survey.documents:
        if document.kind in kinds and document.value is not None and "xmlns" not in document.value.unread:
            found.setdefault(document.value.standard, []).append(document.name)
    if len(found) > 1:
        parts = tuple(
            text("PKG-006.part", standard=standard, names=", ".join(names))
            for standard, names in sorted(found.items())
        )
        yield hit("PKG-006.mixed", file=min(found.values(), key=len)[0], found=parts)


@package_rule("PKG-007", severity=None, bv21="error", clause="RDD 52 6.1")
def of_the_profiles_standard(facts: PackageFacts) -> Outcome:
    wanted = facts.asked.standard or "smpte"
    if facts.survey.standard == "interop" and wanted == "smpte":
        yield hit("PKG-007.interop")
    elif facts.survey.standard == "smpte" and wanted == "interop":
        yield hit("PKG-007.smpte")


@package_rule("PKG-008", severity="warning")
def nothing_unlisted(facts: PackageFacts) -> Outcome:
    if facts.survey.asset_map is None:
        yield skip("PKG-008.no-map")
        return
    if _unread(facts) or any(facts.problems("unread")):
        yield skip("PKG-008.unread")
        return
    listed = {facts.survey.relative(path) for path in facts.survey.files.values()}
    listed |= {chunk.path for _, asset in facts.mapped() for chunk in asset.chunk_list}
    listed |= {name for problem in facts.survey.problems for name in problem.names}
    listed |= {entry.name for entry in _at_root(facts, MAP_NAMES + INDEX_NAMES)}
    for entry in facts.survey.entries:
        if entry.kind != "folder" and entry.name not in listed and not _hidden(entry):
            yield hit("PKG-008.unlisted", file=entry.name)


@package_rule("PKG-009", severity="warning")
def nothing_hidden(facts: PackageFacts) -> Outcome:
    for entry in facts.survey.entries:
        if _hidden(entry):
            yield hit("PKG-009.hidden", file=entry.name)


@package_rule("PKG-010", severity="warning")
def nothing_empty(facts: PackageFacts) -> Outcome:
    for entry in facts.survey.entries:
        if entry.empty:
            yield hit("PKG-010.empty", file=entry.name)


@package_rule("PKG-011", severity="error")
def no_empty_file(facts: PackageFacts) -> Outcome:
    listed = {facts.survey.relative(path) for path in facts.survey.files.values()}
    wrong = {one.name: one for one in facts.missized.values()}
    unread = {each.name for each in facts.survey.documents if each.error is not None}  # XML-001 names these
    for entry in facts.survey.entries:
        if entry.kind == "file" and entry.size == 0 and entry.name in wrong:
            one = wrong[entry.name]
            yield hit("PKG-011.listed", file=entry.name, size=one.listed, lists=list(one.lists))
        elif entry.kind == "file" and entry.size == 0 and entry.name not in unread:
            weight = None if entry.name in listed else "warning"
            yield hit("PKG-011.empty", file=entry.name, severity=weight)  # type: ignore[arg-type]


@package_rule("PKG-012", severity="warning", clause="ST 429-9 A.2")
def ascii_names(facts: PackageFacts) -> Outcome:
    for entry in facts.survey.entries:
        if not entry.name.isascii():
            yield hit("PKG-012.ascii", file=entry.name)


@package_rule("PKG-014", severity="warning", clause="RFC 9562")
def no_id_is_nil(facts: PackageFacts) -> Outcome:
    """The UUID of zeros says that there is none; two things that have it are one to a server."""
    found: dict[str, int] = {}
    for document in facts.survey.documents:
        count = len(_NIL.findall(document.data))
        if count:
            found[document.name] = count
    for track in facts.tracks.values():
        header = track.header
        if track.here and header is not None:
            count = [header.asset_id, header.key_id].count(_NO_ID)
            if count:
                found[track.name] = count
    for each in facts.texts:
        if each.document is not None:
            fonts = [font.resource for font in each.document.fonts]
            count = [each.document.id, *fonts, *each.document.images].count(_NO_ID)
            if count:
                found[each.file] = found.get(each.file, 0) + count
    if found:
        names = list(found)
        yield hit("PKG-014.nil", file=names[0], n=sum(found.values()), names=names[:10])


@package_rule("PKG-102", severity="info")
def nothing_unused(facts: PackageFacts) -> Outcome:
    assets = [reference.asset for reference in facts.references()]
    used = {asset.id for asset in assets}
    unknown = any("Id" in asset.unread and not facts.lists(asset.id) for asset in assets)
    if not used or unknown or any(not cpl.complete for _, cpl in facts.compositions()):
        return
    for document, packing_list in facts.packing_lists():
        for asset in packing_list.asset_list:
            if "mxf" in asset.type.lower() and asset.id not in used:
                yield hit(
                    "PKG-102.unused",
                    file=document.name,
                    place=str(asset.id),
                    name=facts.listed_name(asset.id),
                )


def _unread(facts: PackageFacts) -> bool:
    """Whether the asset map has a list that cannot be read, so that it is open what it lists."""
    return any("AssetList" in asset_map.unread for _, asset_map in facts.asset_maps())


def _hidden(entry: Entry) -> bool:
    name = entry.name.rsplit("/", 1)[-1]
    return name.startswith(".") or name in ("Thumbs.db", "desktop.ini")
