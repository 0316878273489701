"""The package as a whole: its folder, and whether its documents are there and of one family."""

from __future__ import annotations

from dcp.documents.namespaces import Standard
from dcp.package.survey import Entry
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Hit, Outcome, Skip, judged, package_rule

MAP_NAMES = ("ASSETMAP", "ASSETMAP.XML")
INDEX_NAMES = ("VOLINDEX", "VOLINDEX.XML")

judged(
    "PKG-013",
    severity="info",
    statement="What could not be checked is said, and never counts as passed",
)


def _at_root(facts: PackageFacts, names: tuple[str, ...]) -> list[Entry]:
    return [entry for entry in facts.survey.entries if entry.name.upper() in names]


@package_rule(
    "PKG-001",
    severity="error",
    clause="ST 429-9 A.4",
    statement="The asset map lies at the root of the package",
)
def asset_map_is_there(facts: PackageFacts) -> Outcome:
    for problem in facts.problems("no_asset_map"):
        yield Hit(problem.error.what, remedy=problem.error.remedy)


@package_rule("PKG-002", severity="error", statement="There are no two asset maps and no two volume indexes")
def one_of_each(facts: PackageFacts) -> Outcome:
    for names, what in ((MAP_NAMES, "asset map"), (INDEX_NAMES, "volume index")):
        found = _at_root(facts, names)
        if len(found) > 1:
            listed = ", ".join(entry.name for entry in found)
            yield Hit(f"there is more than one {what}: {listed}", file=found[1].name)


@package_rule(
    "PKG-003", severity="error", clause="ST 429-8, 429-9", statement="A packing list is there and can be read"
)
def packing_list_is_there(facts: PackageFacts) -> Outcome:
    if facts.survey.asset_map is not None and not facts.survey.packing_lists:
        yield Hit("no packing list of this package could be read")


@package_rule(
    "PKG-004",
    severity="error",
    clause="ST 429-7",
    statement="A composition playlist is there and can be read",
)
def composition_is_there(facts: PackageFacts) -> Outcome:
    if facts.survey.asset_map is not None and not facts.survey.compositions:
        yield Hit("no composition playlist of this package could be read")


@package_rule("PKG-005", severity="error", statement="What the package lists can be read from the disk")
def readable(facts: PackageFacts) -> Outcome:
    for problem in facts.problems("unreadable"):
        yield Hit(problem.error.what, file=problem.file, remedy=problem.error.remedy)


@package_rule(
    "PKG-006",
    severity="error",
    clause="ST 429-2",
    statement="All documents follow one standard, not SMPTE and Interop",
)
def one_standard(facts: PackageFacts) -> Outcome:
    kinds = ("asset_map", "packing_list", "composition")
    found: dict[Standard, list[str]] = {}
    for document in facts.survey.documents:
        if document.kind in kinds and document.value is not None:
            found.setdefault(document.value.standard, []).append(document.name)
    if len(found) > 1:
        said = "; ".join(f"{standard}: {', '.join(names)}" for standard, names in sorted(found.items()))
        yield Hit(
            f"the documents mix standards ({said})",
            file=min(found.values(), key=len)[0],
            remedy="write all documents by one standard",
        )


@package_rule(
    "PKG-007",
    severity=None,
    bv21="error",
    clause="RDD 52 6.1",
    statement="Bv2.1 is a profile of SMPTE packages",
)
def bv21_is_smpte(facts: PackageFacts) -> Outcome:
    if facts.survey.standard == "interop":
        yield Hit("this is an Interop package; Bv2.1 is a profile of SMPTE packages")


@package_rule("PKG-008", severity="warning", statement="Every file in the folder is in the asset map")
def nothing_unlisted(facts: PackageFacts) -> Outcome:
    if facts.survey.asset_map is None:
        yield Skip("there is no asset map to hold the files against")
        return
    listed = {facts.survey.relative(path) for path in facts.survey.files.values()}
    listed |= {chunk.path for _, asset in facts.mapped() for chunk in asset.chunk_list}
    listed |= {entry.name for entry in _at_root(facts, MAP_NAMES + INDEX_NAMES)}
    for entry in facts.survey.entries:
        if entry.kind != "folder" and entry.name not in listed and not _hidden(entry):
            yield Hit("this file is not in the asset map", file=entry.name)


@package_rule("PKG-009", severity="warning", statement="No hidden files were left in the folder")
def nothing_hidden(facts: PackageFacts) -> Outcome:
    for entry in facts.survey.entries:
        if _hidden(entry):
            yield Hit("this is a hidden file", file=entry.name, remedy="remove it before delivery")


@package_rule("PKG-010", severity="warning", statement="No folder is empty")
def nothing_empty(facts: PackageFacts) -> Outcome:
    for entry in facts.survey.entries:
        if entry.empty:
            yield Hit("this folder is empty", file=entry.name)


@package_rule("PKG-011", severity="error", statement="No file of the package is empty")
def no_empty_file(facts: PackageFacts) -> Outcome:
    listed = {facts.survey.relative(path) for path in facts.survey.files.values()}
    for entry in facts.survey.entries:
        if entry.kind == "file" and entry.size == 0:
            weight = None if entry.name in listed else "warning"
            yield Hit("this file is empty (0 bytes)", file=entry.name, severity=weight)  # type: ignore[arg-type]


@package_rule(
    "PKG-012", severity="warning", clause="ST 429-9 A.2", statement="Names of files and folders are ASCII"
)
def ascii_names(facts: PackageFacts) -> Outcome:
    for entry in facts.survey.entries:
        if not entry.name.isascii():
            yield Hit("the name has characters outside ASCII", file=entry.name)


@package_rule("PKG-102", severity="info", statement="Every track file of a packing list plays in a playlist")
def nothing_unused(facts: PackageFacts) -> Outcome:
    used = {reference.asset.id for reference in facts.references()}
    if not used:
        return
    for document, packing_list in facts.packing_lists():
        for asset in packing_list.asset_list:
            if "mxf" in asset.type.lower() and asset.id not in used:
                yield Hit(
                    f"no playlist of this package plays {facts.listed_name(asset.id)}",
                    file=document.name,
                    place=str(asset.id),
                )


def _hidden(entry: Entry) -> bool:
    name = entry.name.rsplit("/", 1)[-1]
    return name.startswith(".") or name in ("Thumbs.db", "desktop.ini")
