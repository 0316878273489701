"""The playlists: their texts, and whether everything they refer to can be found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from dcp.documents import namespaces as ns
from dcp.verify.facts import PackageFacts, Reference, references_of
from dcp.verify.rule import Hit, Outcome, Skip, package_rule

STANDARD_KINDS = frozenset(
    "feature trailer teaser test rating advertisement short transitional psa policy".split()  # noqa: SIM905
)
FURTHER_KINDS = STANDARD_KINDS | {"episode", "highlights", "event", "clip", "promo", "stereocard"}
KNOWN_SCOPES = {
    None: STANDARD_KINDS,
    ns.CONTENT_KIND_SCOPE: STANDARD_KINDS,
    ns.CPL_INTEROP + "#standard-content": STANDARD_KINDS,
}
_LANGUAGE = re.compile(
    r"[A-Za-z]{2,3}(-[A-Za-z]{3}){0,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\d{3}))?(-[A-Za-z0-9]{1,8})*"
)
_ORIGINAL = re.compile(r"_OV(_|$)")


@package_rule(
    "CPL-005",
    severity="info",
    bv21="error",
    clause="RDD 52 8.1",
    statement="The playlist has an AnnotationText",
)
def has_annotation(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        if cpl.annotation_text is None:
            yield Hit("AnnotationText is missing", file=document.name, place="/CompositionPlaylist")


@package_rule(
    "CPL-006",
    severity="warning",
    bv21="error",
    clause="RDD 52 8.1",
    statement="The playlist's AnnotationText is its title",
)
def annotation_is_title(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        if cpl.annotation_text is not None and cpl.annotation_text != cpl.content_title_text:
            yield Hit(
                f"AnnotationText '{cpl.annotation_text}' is not the title '{cpl.content_title_text}'",
                file=document.name,
                place="/CompositionPlaylist/AnnotationText",
            )


@package_rule("CPL-008", severity="error", clause="ST 429-7", statement="ContentKind is one of its scope's")
def content_kind(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        kinds = KNOWN_SCOPES.get(cpl.content_kind_scope)
        if kinds is None or cpl.content_kind in kinds:
            continue
        known_elsewhere = cpl.content_kind.lower() in FURTHER_KINDS
        yield Hit(
            f"'{cpl.content_kind}' is no content kind of the standard scope",
            file=document.name,
            place="/CompositionPlaylist/ContentKind",
            remedy=f"one of {', '.join(sorted(STANDARD_KINDS))}, or another scope",
            severity="warning" if known_elsewhere else None,
        )


@package_rule(
    "CPL-010", severity="warning", clause="ST 429-7 6.4", statement="A playlist was not issued in the future"
)
def not_from_the_future(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        if cpl.issue_date > facts.now:
            yield Hit(
                f"the playlist is dated {cpl.issue_date.isoformat()}, which is yet to come",
                file=document.name,
                place="/CompositionPlaylist/IssueDate",
            )


@package_rule("CPL-011", severity="warning", statement="Issuer and Creator of a playlist are not empty")
def texts(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        for name, text in (("Issuer", cpl.issuer), ("Creator", cpl.creator)):
            if text == "":
                yield Hit(f"{name} is empty", file=document.name, place=f"/CompositionPlaylist/{name}")


@package_rule(
    "CPL-012", severity="error", clause="ST 429-7", statement="A SMPTE playlist has a ContentVersion"
)
def content_version(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        if cpl.standard == "smpte" and not cpl.content_versions:
            yield Hit("ContentVersion is missing", file=document.name, place="/CompositionPlaylist")


@package_rule(
    "CPL-013",
    severity="info",
    bv21="error",
    clause="RDD 52",
    statement="The label of a ContentVersion is not empty",
)
def version_label(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        for version in cpl.content_versions:
            if not version.label_text:
                yield Hit(
                    "the label of the ContentVersion is empty",
                    file=document.name,
                    place="/CompositionPlaylist/ContentVersion/LabelText",
                )


@package_rule("CPL-014", severity="error", clause="ST 429-7", statement="A playlist has a reel at least")
def has_reels(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        if not cpl.reels:
            yield Hit("the playlist has no reel", file=document.name, place="/CompositionPlaylist/ReelList")


def _outside(facts: PackageFacts) -> Iterator[tuple[Reference, bool]]:
    """References that this package does not hold, and whether it looks as if it should.

    A version file takes its main picture or sound from elsewhere. A package that lists the asset, that calls
    itself the original version, or that has all of its picture and sound, is missing something.
    """
    packed = {asset.id for _, packing_list in facts.packing_lists() for asset in packing_list.asset_list}
    for document, cpl in facts.compositions():
        outside = [each for each in references_of(document, cpl) if not facts.lists(each.asset.id)]
        essentials = ("MainPicture", "MainStereoscopicPicture", "MainSound")
        whole = not any(reference.asset.kind in essentials for reference in outside)
        for reference in outside:
            due = whole or reference.asset.id in packed or bool(_ORIGINAL.search(cpl.content_title_text))
            yield reference, due


@package_rule(
    "CPL-015",
    severity="error",
    clause="ST 429-7 8",
    statement="Every asset of a playlist is in this package or its original",
)
def references_resolve(facts: PackageFacts) -> Outcome:
    for reference, due in _outside(facts):
        if due and not facts.original_lists(reference.asset.id):
            yield Hit(
                f"the {reference}, {reference.asset.id}, is not in the asset map",
                file=reference.file,
                place=reference.place,
            )


@package_rule(
    "VF-001",
    severity="error",
    clause="ST 429-7",
    statement="What a version file takes from elsewhere is in the original given",
)
def original_has_it(facts: PackageFacts) -> Outcome:
    for reference, due in _outside(facts):
        if due or facts.original_lists(reference.asset.id):
            continue
        if facts.survey.ov:
            yield Hit(
                f"the {reference}, {reference.asset.id}, is neither here nor in the original given",
                file=reference.file,
                place=reference.place,
                remedy="give the original version that this one was made for: --ov DIR",
            )
        else:
            yield Skip(
                f"the {reference}, {reference.asset.id}, is in the original version, which was not given"
            )


@package_rule(
    "VF-003", severity="warning", statement="A version file is checked together with its original version"
)
def original_is_given(facts: PackageFacts) -> Outcome:
    if facts.survey.ov:
        return
    counts = Counter(reference.file for reference, due in _outside(facts) if not due)
    for file, count in counts.items():
        yield Hit(
            f"{count} assets of this playlist are in an original version that was not given",
            file=file,
            remedy="give it: --ov DIR",
        )


@package_rule("VF-002", severity="warning", statement="A version file and its original follow one standard")
def same_standard(facts: PackageFacts) -> Outcome:
    for ov in facts.survey.ov:
        if ov.standard is not None and facts.survey.standard not in (None, ov.standard):
            yield Hit(
                f"this package is {facts.survey.standard}, its original {ov.root.name} is {ov.standard}"
            )


@package_rule("CPL-016", severity="info", statement="A package of several playlists holds all that they play")
def several_are_whole(facts: PackageFacts) -> Outcome:
    if len(facts.survey.compositions) > 1:
        for file in sorted({reference.file for reference, _ in _outside(facts)}):
            yield Hit(
                "the package has several playlists, and this one plays assets from elsewhere", file=file
            )


@package_rule(
    "CPL-017",
    severity="warning",
    bv21="error",
    clause="ST 429-2 9.11, DCSS 5.4.3.7",
    statement="A playlist has the hash of every asset, of encrypted ones above all",
)
def has_hashes(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        if reference.asset.hash is None:
            yield Hit(
                f"the playlist has no hash for the {reference}",
                file=reference.file,
                place=reference.place,
                severity=None if reference.asset.encrypted else "info",
            )


@package_rule(
    "CPL-018", severity="info", bv21="error", clause="RDD 52 6.2.1", statement="Languages are RFC 5646 tags"
)
def languages(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        language = reference.asset.language
        if language is not None and not _LANGUAGE.fullmatch(language):
            yield Hit(
                f"'{language}' is no language tag", file=reference.file, place=f"{reference.place}/Language"
            )


@package_rule(
    "CPL-019", severity="error", clause="ST 429-7", statement="A reel has one asset of each main kind"
)
def one_of_a_kind(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        for number, reel in enumerate(cpl.reels, start=1):
            counts = Counter(asset.kind for asset in reel.assets if asset.kind.startswith("Main"))
            for kind, count in counts.items():
                if count > 1:
                    yield Hit(
                        f"reel {number} has {count} assets of the kind {kind}",
                        file=document.name,
                        place=f"/CompositionPlaylist/ReelList/Reel[{number}]/AssetList",
                    )


@package_rule(
    "CPL-020", severity="warning", clause="ST 429-2", statement="A SMPTE reel has a picture and a sound track"
)
def picture_and_sound(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        for number, reel in enumerate(cpl.reels, start=1):
            place = f"/CompositionPlaylist/ReelList/Reel[{number}]/AssetList"
            if cpl.standard == "smpte" and reel.picture is None:
                yield Hit(f"reel {number} has no picture", file=document.name, place=place, severity="error")
            if cpl.standard == "smpte" and reel.sound is None:
                yield Hit(f"reel {number} has no sound", file=document.name, place=place)


@package_rule("CPL-022", severity="info", statement="Different playlists have different titles")
def different_titles(facts: PackageFacts) -> Outcome:
    counts = Counter(cpl.content_title_text for _, cpl in facts.compositions())
    for title, count in counts.items():
        if count > 1:
            yield Hit(f"{count} playlists have the title '{title}'")


@package_rule(
    "CPL-023", severity="error", clause="ST 429-7", statement="Every reel of a playlist has its own id"
)
def reel_ids(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        counts = Counter(reel.id for reel in cpl.reels)
        for reel_id, count in counts.items():
            if count > 1:
                yield Hit(
                    f"{count} reels have the id {reel_id}",
                    file=document.name,
                    place="/CompositionPlaylist/ReelList",
                )
