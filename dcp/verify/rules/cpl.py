"""The playlists: their texts, and whether everything they refer to can be found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dcp.documents import namespaces as ns
from dcp.documents.cpl import METADATA_KIND
from dcp.packing.kinds import KINDS
from dcp.packing.registries import agencies
from dcp.patterns import pattern
from dcp.text.language_tags import is_region, wrong_tag
from dcp.verify.facts import PackageFacts, Reference, references_of
from dcp.verify.rule import Outcome, hit, package_rule
from dcp.verify.rules.schema import misdated, owned

STANDARD_KINDS = frozenset(kind.value for kind in KINDS if kind.scope is None)
FURTHER_KINDS = frozenset(kind.value for kind in KINDS)
KNOWN_SCOPES = {
    None: STANDARD_KINDS,
    ns.CONTENT_KIND_SCOPE: STANDARD_KINDS,
    ns.CPL_INTEROP + "#standard-content": STANDARD_KINDS,
}
METADATA_PLACE = f"/CompositionPlaylist/ReelList/Reel/AssetList/{METADATA_KIND}"
_URI = pattern(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+")
_REGIONS = pattern(r"^$|unm49|5646|3166")
"""The scopes of territories that are regions of RFC 5646; nothing is ST 429-16's own."""
_ORIGINAL = pattern(r"_OV(_|$)")


@package_rule("CPL-005", severity="info", bv21="error", clause="RDD 52 8.1")
def has_annotation(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        if cpl.annotation_text is None and "AnnotationText" not in cpl.unread:
            yield hit("CPL-005.missing", file=document.name, place="/CompositionPlaylist")


@package_rule("CPL-006", severity="warning", bv21="error", clause="RDD 52 8.1")
def annotation_is_title(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        if "ContentTitleText" in cpl.unread:
            continue
        if cpl.annotation_text is not None and cpl.annotation_text != cpl.content_title_text:
            yield hit(
                "CPL-006.differs",
                file=document.name,
                place="/CompositionPlaylist/AnnotationText",
                annotation=cpl.annotation_text,
                title=cpl.content_title_text,
            )


@package_rule("CPL-008", severity="error", clause="ST 429-7")
def content_kind(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        kinds = KNOWN_SCOPES.get(cpl.content_kind_scope)
        if kinds is None or cpl.content_kind in kinds or "ContentKind" in cpl.unread:
            continue
        known_elsewhere = cpl.content_kind.lower() in FURTHER_KINDS
        yield hit(
            "CPL-008.unknown",
            file=document.name,
            place="/CompositionPlaylist/ContentKind",
            severity="warning" if known_elsewhere else None,
            kind=cpl.content_kind,
            known=", ".join(sorted(STANDARD_KINDS)),
        )


@package_rule("CPL-010", severity="warning", clause="ST 429-7 6.4")
def not_from_the_future(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        if (branch := misdated(cpl, facts.now)) is not None:
            id = "CPL-010.future" if branch == "future" else "CPL-010.past"
            yield hit(
                id,
                file=document.name,
                place="/CompositionPlaylist/IssueDate",
                date=cpl.issue_date,
            )


@package_rule("CPL-011", severity="warning")
def texts(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        for name, text in (("Issuer", cpl.issuer), ("Creator", cpl.creator)):
            if text == "":
                yield hit(
                    "CPL-011.empty", file=document.name, place=f"/CompositionPlaylist/{name}", name=name
                )


@package_rule("CPL-012", severity="error", clause="ST 429-7")
def content_version(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "composition", "CPL-012")


@package_rule("CPL-013", severity="info", bv21="error", clause="RDD 52")
def version_label(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        for version in cpl.content_versions:
            if not version.label_text:
                yield hit(
                    "CPL-013.empty", file=document.name, place="/CompositionPlaylist/ContentVersion/LabelText"
                )


@package_rule("CPL-014", severity="error", clause="ST 429-7")
def has_reels(facts: PackageFacts) -> Outcome:
    for found in owned(facts, "composition", "CPL-014"):
        yield hit("CPL-014.none", file=found.file, place=found.place)


@package_rule("CPL-024", severity="info", bv21="warning", clause="ST 429-7")
def ratings(facts: PackageFacts) -> Outcome:
    """Who rates is a URI; what is rated is a label that the agency gives, where the agency is known."""
    for document, cpl in facts.compositions():
        known = {each.uri: each for each in agencies()} if cpl.rating_list else {}
        for number, rating in enumerate(cpl.rating_list, start=1):
            place = f"/CompositionPlaylist/RatingList/Rating[{number}]"
            agency = known.get(rating.agency)
            if _URI.fullmatch(rating.agency) is None:
                yield hit(
                    "CPL-024.agency",
                    file=document.name,
                    place=f"{place}/Agency",
                    agency=rating.agency[:100],
                )
            elif agency is not None and _plain(rating.label) not in {_plain(each) for each in agency.labels}:
                yield hit(
                    "CPL-024.label",
                    file=document.name,
                    place=f"{place}/Label",
                    label=rating.label[:60],
                    agency=agency.system,
                    labels=list(agency.labels),
                )
            elif not rating.label.strip():
                yield hit("CPL-024.empty", file=document.name, place=f"{place}/Label")


def _plain(label: str) -> str:
    """As names write it: PG-13 is PG13."""
    return "".join(sign for sign in label.upper() if sign.isalnum() or sign == "+")


def outside(facts: PackageFacts) -> Iterator[tuple[Reference, bool]]:
    """References that this package does not hold, and whether it looks as if it should.

    A version file takes its main picture or sound from elsewhere. A package that lists the asset, that calls
    itself the original version, or that has all of its picture and sound, is missing something.
    """
    packed = {asset.id for _, packing_list in facts.packing_lists() for asset in packing_list.asset_list}
    for document, cpl in facts.compositions():
        outside = [
            each
            for each in references_of(document, cpl)
            if not facts.may_list(each.asset.id) and "Id" not in each.asset.unread
        ]
        essentials = ("MainPicture", "MainStereoscopicPicture", "MainSound")
        whole = not any(reference.asset.kind in essentials for reference in outside)
        for reference in outside:
            due = whole or reference.asset.id in packed or bool(_ORIGINAL.search(cpl.content_title_text))
            yield reference, due


@package_rule("CPL-015", severity="error", clause="ST 429-7 8")
def references_resolve(facts: PackageFacts) -> Outcome:
    for reference, due in outside(facts):
        if due and not facts.original_lists(reference.asset.id):
            yield hit(
                "CPL-015.unlisted",
                file=reference.file,
                place=reference.place,
                reference=reference,
                asset=reference.asset.id,
            )


@package_rule("CPL-016", severity="info")
def several_are_whole(facts: PackageFacts) -> Outcome:
    if len(facts.survey.compositions) > 1:
        for file in sorted({reference.file for reference, _ in outside(facts)}):
            yield hit("CPL-016.elsewhere", file=file)


@package_rule("CPL-017", severity="warning", bv21="error", clause="ST 429-2 9.11, DCSS 5.4.3.7")
def has_hashes(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        if reference.asset.hash is None and "Hash" not in reference.asset.unread:
            yield hit(
                "CPL-017.no-hash",
                file=reference.file,
                place=reference.place,
                severity=None if reference.asset.encrypted else "info",
                reference=reference,
            )


@package_rule("CPL-018", severity="info", bv21="error", clause="RDD 52 6.2.1")
def languages(facts: PackageFacts) -> Outcome:
    told: set[tuple[str, str]] = set()
    for file, place, language in _languages(facts):
        fault = wrong_tag(language)
        if fault is not None and (file, language) not in told:
            told.add((file, language))
            yield hit("CPL-018.tag", file=file, place=place, language=language[:60], fault=fault)
    for document, cpl in facts.compositions():
        metadata = cpl.metadata
        territory = metadata.release_territory if metadata is not None else None
        scope = (metadata.release_territory_scope if metadata is not None else None) or ""
        if territory is not None and _REGIONS.search(scope.lower()) and not is_region(territory):
            yield hit(
                "CPL-018.territory",
                file=document.name,
                place=f"{METADATA_PLACE}/ReleaseTerritory",
                territory=territory[:60],
            )


def _languages(facts: PackageFacts) -> Iterator[tuple[str, str, str]]:
    """The languages that a playlist names: its file, the place, and what stands there."""
    for reference in facts.references():
        if reference.asset.language is not None:
            yield reference.file, f"{reference.place}/Language", reference.asset.language
    for document, cpl in facts.compositions():
        for language in cpl.metadata.main_subtitle_language_list if cpl.metadata is not None else ():
            yield document.name, f"{METADATA_PLACE}/MainSubtitleLanguageList", language


@package_rule("CPL-019", severity="error", clause="ST 429-7")
def one_of_a_kind(facts: PackageFacts) -> Outcome:
    yield from owned(facts, "composition", "CPL-019")
    own = {"MainMarkers", "MainPicture", "MainSound", "MainSubtitle"}  # the schema has these once
    for document, cpl in facts.compositions():
        for number, reel in enumerate(cpl.reels, start=1):
            counts = Counter(asset.kind for asset in reel.assets if asset.kind.startswith("Main"))
            for kind, count in counts.items():
                if count > 1 and kind not in own:
                    yield hit(
                        "CPL-019.several",
                        file=document.name,
                        place=f"/CompositionPlaylist/ReelList/Reel[{number}]/AssetList",
                        reel=number,
                        count=count,
                        kind=kind,
                    )


@package_rule("CPL-020", severity="warning", clause="ST 429-2")
def picture_and_sound(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        for number, reel in enumerate(cpl.reels, start=1):
            place = f"/CompositionPlaylist/ReelList/Reel[{number}]/AssetList"
            if "AssetList" in reel.unread:
                continue
            if cpl.standard == "smpte" and reel.picture is None:
                yield hit(
                    "CPL-020.no-picture", file=document.name, place=place, severity="error", reel=number
                )
            if cpl.standard == "smpte" and reel.sound is None:
                yield hit("CPL-020.no-sound", file=document.name, place=place, reel=number)


@package_rule("CPL-022", severity="info")
def different_titles(facts: PackageFacts) -> Outcome:
    counts = Counter(
        cpl.content_title_text for _, cpl in facts.compositions() if "ContentTitleText" not in cpl.unread
    )
    for title, count in counts.items():
        if count > 1:
            yield hit("CPL-022.title", count=count, title=title)


@package_rule("CPL-023", severity="error", clause="ST 429-7")
def reel_ids(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        counts = Counter(reel.id for reel in cpl.reels)
        for reel_id, count in counts.items():
            if count > 1:
                yield hit(
                    "CPL-023.same",
                    file=document.name,
                    place="/CompositionPlaylist/ReelList",
                    count=count,
                    reel=reel_id,
                )
