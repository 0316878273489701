"""The schemas of the documents.

The schema's own rule names every place at fault. The fields that everything else hangs on (ids, dates, rates)
also have a rule each, so that a report can be searched for them.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcp.documents.grammar import Violation
from dcp.package.survey import DocumentKind
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Hit, Outcome, hit, package_rule


def _violations(facts: PackageFacts, kind: DocumentKind) -> Iterator[tuple[str, Violation]]:
    for document in facts.documents(kind):
        found = document.violations
        if found is None:
            continue
        if not found and document.error is not None:
            place = (document.error.where or "").rsplit(": ", 1)[-1]
            found = (Violation(place, document.error.text),)
        yield from ((document.name, violation) for violation in found)


def _is_namespace(violation: Violation) -> bool:
    return violation.text.id == "xml.namespace-unknown"


def _misses(violation: Violation, element: str) -> bool:
    return violation.text.id == "xml.missing" and violation.text.places["name"] == element


def _schema(facts: PackageFacts, kind: DocumentKind, *, namespace: bool | None = None) -> Outcome:
    for name, violation in _violations(facts, kind):
        if namespace is None or _is_namespace(violation) == namespace:
            yield Hit(violation.text, file=name, place=violation.path)


def _at(facts: PackageFacts, kind: DocumentKind, *endings: str) -> Outcome:
    """Violations at a place that ends so, or that miss an element of that name there."""
    for name, violation in _violations(facts, kind):
        absent = any(
            violation.path.endswith(parent) and _misses(violation, element)
            for parent, _, element in (ending.rpartition("/") for ending in endings)
        )
        if absent or violation.path.endswith(endings):
            yield Hit(violation.text, file=name, place=violation.path)


@package_rule("AM-001", severity="error", clause="ST 429-9")
def asset_map_schema(facts: PackageFacts) -> Outcome:
    yield from _schema(facts, "asset_map")


@package_rule("VOL-001", severity="error", clause="ST 429-9 8")
def volume_index_schema(facts: PackageFacts) -> Outcome:
    yield from _schema(facts, "volume_index")


@package_rule("PKL-001", severity="error", clause="ST 429-8")
def packing_list_schema(facts: PackageFacts) -> Outcome:
    yield from _schema(facts, "packing_list", namespace=False)


@package_rule("PKL-002", severity="error", clause="ST 429-8")
def packing_list_namespace(facts: PackageFacts) -> Outcome:
    yield from _schema(facts, "packing_list", namespace=True)


@package_rule("CPL-001", severity="error", clause="ST 429-7")
def playlist_schema(facts: PackageFacts) -> Outcome:
    yield from _schema(facts, "composition", namespace=False)


@package_rule("CPL-002", severity="error", clause="ST 429-7")
def playlist_namespace(facts: PackageFacts) -> Outcome:
    yield from _schema(facts, "composition", namespace=True)


@package_rule("AM-018", severity="error", clause="ST 429-9 5.1")
def asset_map_id(facts: PackageFacts) -> Outcome:
    yield from _at(facts, "asset_map", "/AssetMap/Id")


@package_rule("CPL-003", severity="error", clause="ST 429-7 6.1")
def playlist_id(facts: PackageFacts) -> Outcome:
    yield from _at(facts, "composition", "/CompositionPlaylist/Id")


@package_rule("CPL-007", severity="error", clause="ST 429-7")
def playlist_title(facts: PackageFacts) -> Outcome:
    yield from _at(facts, "composition", "/CompositionPlaylist/ContentTitleText")
    for document, cpl in facts.compositions():
        if not cpl.content_title_text:
            yield hit(
                "CPL-007.empty",
                file=document.name,
                place="/CompositionPlaylist/ContentTitleText",
                severity="warning",
            )


@package_rule("CPL-009", severity="error", clause="ST 429-7 6.4")
def playlist_date(facts: PackageFacts) -> Outcome:
    yield from _at(facts, "composition", "/CompositionPlaylist/IssueDate")


def _in_assets(facts: PackageFacts, kind: DocumentKind, field: str) -> Outcome:
    """Violations of a field of the assets in a list."""
    for name, violation in _violations(facts, kind):
        last = violation.path.rsplit("/", 1)[-1]
        if "/AssetList/" in violation.path and (last == field or _misses(violation, field)):
            yield Hit(violation.text, file=name, place=violation.path)


@package_rule("AM-007", severity="error", clause="ST 429-9 5.1")
def asset_ids(facts: PackageFacts) -> Outcome:
    yield from _in_assets(facts, "asset_map", "Id")


@package_rule("CPL-004", severity="error", clause="ST 429-7 8.1.1")
def reference_ids(facts: PackageFacts) -> Outcome:
    yield from _in_assets(facts, "composition", "Id")


@package_rule("CPL-021", severity="error", clause="ST 429-7 8.1.3")
def edit_rates(facts: PackageFacts) -> Outcome:
    yield from _in_assets(facts, "composition", "EditRate")


@package_rule("PKL-015", severity="error", clause="ST 429-8 6")
def asset_types(facts: PackageFacts) -> Outcome:
    yield from _in_assets(facts, "packing_list", "Type")
    for document, packing_list in facts.packing_lists():
        for asset in packing_list.asset_list:
            if not asset.type:
                yield hit("PKL-015.empty", file=document.name, name=facts.listed_name(asset.id))


@package_rule("PKL-016", severity="error", clause="ST 429-8 6.3, 6.4")
def asset_hashes(facts: PackageFacts) -> Outcome:
    yield from _in_assets(facts, "packing_list", "Hash")
    yield from _in_assets(facts, "packing_list", "Size")
    for document, packing_list in facts.packing_lists():
        for asset in packing_list.asset_list:
            if asset.hash is None:
                yield hit(
                    "PKL-016.no-hash",
                    file=document.name,
                    place=str(asset.id),
                    severity="warning",
                    name=facts.listed_name(asset.id),
                )
