"""The schemas of the documents, and what else a document has that cannot be read.

Every fault is named once, where it stands. The fields that everything else hangs on (ids, dates, rates) have
a rule each, so that a report can be searched for them, and it is that rule which says what is wrong with
them; all else is said by the schema's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from dcp.documents import namespaces as ns
from dcp.documents.assetmap import AssetMap
from dcp.documents.cpl import ASSET_NAMESPACES, OWN_KINDS, CompositionPlaylist
from dcp.documents.grammar import Violation
from dcp.documents.pkl import PackingList
from dcp.package.survey import Document, DocumentKind
from dcp.patterns import pattern
from dcp.texts.catalogue import Text
from dcp.verify.facts import PackageFacts
from dcp.verify.finding import Severity
from dcp.verify.rule import Hit, Outcome, hit, package_rule, skip

_NUMBER = pattern(r"\[\d+\]")
_REEL_ASSETS = frozenset({*OWN_KINDS, *ASSET_NAMESPACES})


def _all(document: Document) -> tuple[Violation, ...]:
    """What breaks the schema, and what else could not be read."""
    found = document.violations
    if found is None:
        return ()
    named = {violation.path for violation in found}
    faults = document.faults
    if not faults and document.value is None and document.error is not None and not found:
        return (Violation((document.error.where or "").rsplit(": ", 1)[-1], document.error.text),)
    if any(violation.more for violation in found):
        return found  # the places of the others are not known, and the reading stops at as many
    further = []
    for fault in faults:
        path = (fault.where or "").rsplit(": ", 1)[-1]
        within = f"{path}/{fault.text.places.get('name')}" if fault.id == "xml.missing" else path
        if path not in named and within not in named:
            further.append(Violation(path, fault.text))
    return (*found, *further)


def owner(kind: DocumentKind, violation: Violation) -> str:
    """The rule that says what is wrong there."""
    path, what = _NUMBER.sub("", violation.path), violation.text
    if what.id == "xml.namespace-unknown":
        return {"packing_list": "PKL-002", "composition": "CPL-002"}.get(kind, _SCHEMA[kind])
    if what.id not in ("xml.value", "xml.missing", "xml.more-than-once", "xml.wrong-namespace"):
        return _SCHEMA[kind]
    if what.id == "xml.missing":
        path = f"{path}/{what.places['name']}"
    last = path.rpartition("/")[2]
    if kind == "asset_map":
        if path == "/AssetMap/Id":
            return "AM-018"
        if "/AssetList/" in path:
            return {"Id": "AM-007", "PackingList": "AM-017"}.get(last, "AM-001")
    elif kind == "packing_list":
        if "/AssetList/" in path:
            return {"Type": "PKL-015", "Hash": "PKL-016", "Size": "PKL-016"}.get(last, "PKL-001")
    elif kind == "composition":
        return _in_playlist(path, last, what)
    return _SCHEMA[kind]


def _in_playlist(path: str, last: str, what: Text) -> str:
    if path.count("/") == 2:
        found = {"Id": "CPL-003", "ContentTitleText": "CPL-007", "IssueDate": "CPL-009"}.get(last)
        if what.id == "xml.missing":
            found = found or {"ContentVersion": "CPL-012", "ReelList": "CPL-014"}.get(last)
        return found or "CPL-001"
    if path == "/CompositionPlaylist/ReelList/Reel" and what.id == "xml.missing":
        return "CPL-014"
    if "/AssetList/" in path:
        if last in _REEL_ASSETS and what.id == "xml.more-than-once":
            return "CPL-019"
        if path.endswith("/Marker/Offset"):
            return "MARK-009"
        if last == "MainSoundConfiguration" and what.id == "xml.missing":
            return "META-008"
        if path.count("/") == 6:
            return {"Id": "CPL-004", "EditRate": "CPL-021"}.get(last, "CPL-001")
    return "CPL-001"


_SCHEMA: dict[DocumentKind, str] = {
    "asset_map": "AM-001",
    "volume_index": "VOL-001",
    "packing_list": "PKL-001",
    "composition": "CPL-001",
}


def owned(
    facts: PackageFacts, kind: DocumentKind, rule: str, *, severity: Severity | None = None
) -> Iterator[Hit]:
    """What is wrong in the documents of a kind and is for this rule to say."""
    for document in facts.documents(kind):
        for violation in _all(document):
            if owner(kind, violation) == rule:
                place = Text("place.and-more", {"place": violation.path, "n": violation.more})
                yield Hit(
                    violation.text,
                    file=document.name,
                    place=place if violation.more else violation.path,
                    severity=severity,
                )


@package_rule("AM-001", severity="error", clause="ST 429-9")
def asset_map_schema(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "asset_map", "AM-001")


@package_rule("VOL-001", severity="error", clause="ST 429-9 8")
def volume_index_schema(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "volume_index", "VOL-001")


@package_rule("PKL-001", severity="error", clause="ST 429-8")
def packing_list_schema(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "packing_list", "PKL-001")


@package_rule("PKL-002", severity="error", clause="ST 429-8")
def packing_list_namespace(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "packing_list", "PKL-002")


@package_rule("CPL-001", severity="error", clause="ST 429-7")
def playlist_schema(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "composition", "CPL-001")
    for document, cpl in facts.compositions():
        for number, reel in enumerate(cpl.reels, start=1):
            for other in reel.others:
                if other.namespace not in ns.PLAYLIST:
                    yield skip(
                        "CPL-001.foreign",
                        name=other.name,
                        namespace=other.namespace,
                        reel=number,
                        file=document.name,
                    )


@package_rule("CPL-002", severity="error", clause="ST 429-7")
def playlist_namespace(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "composition", "CPL-002")


@package_rule("AM-018", severity="error", clause="ST 429-9 5.1")
def asset_map_id(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "asset_map", "AM-018")


@package_rule("CPL-003", severity="error", clause="ST 429-7 6.1")
def playlist_id(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "composition", "CPL-003")


@package_rule("CPL-007", severity="error", clause="ST 429-7")
def playlist_title(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "composition", "CPL-007")
    for document, cpl in facts.compositions():
        if not cpl.content_title_text and "ContentTitleText" not in cpl.unread:
            yield hit(
                "CPL-007.empty",
                file=document.name,
                place="/CompositionPlaylist/ContentTitleText",
                severity="warning",
            )


@package_rule("CPL-009", severity="error", clause="ST 429-7 6.4")
def playlist_date(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "composition", "CPL-009")


@package_rule("AM-007", severity="error", clause="ST 429-9 5.1")
def asset_ids(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "asset_map", "AM-007")


@package_rule("CPL-004", severity="error", clause="ST 429-7 8.1.1")
def reference_ids(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "composition", "CPL-004")


@package_rule("CPL-021", severity="error", clause="ST 429-7 8.1.3")
def edit_rates(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "composition", "CPL-021")


@package_rule("PKL-015", severity="error", clause="ST 429-8 6")
def asset_types(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "packing_list", "PKL-015")
    for document, packing_list in facts.packing_lists():
        for asset in packing_list.asset_list:
            if not asset.type and "Type" not in asset.unread:
                yield hit("PKL-015.empty", file=document.name, name=facts.listed_name(asset.id))


@package_rule("PKL-016", severity="error", clause="ST 429-8 6.3, 6.4")
def asset_hashes(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "packing_list", "PKL-016")
    for document, packing_list in facts.packing_lists():
        for asset in packing_list.asset_list:
            if asset.hash is None and "Hash" not in asset.unread:
                yield hit(
                    "PKL-016.no-hash",
                    file=document.name,
                    place=str(asset.id),
                    severity="warning",
                    name=facts.listed_name(asset.id),
                )


EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No package is older: the first of digital cinema's documents are of 2005."""


def misdated(value: AssetMap | PackingList | CompositionPlaylist, now: datetime) -> str | None:
    """`future` or `past` where a document was not issued at a time at which one can have been."""
    if "IssueDate" in value.unread or EARLIEST <= value.issue_date <= now:
        return None
    return "future" if value.issue_date > now else "past"
