"""Titles that are names by the Digital Cinema Naming Convention: their form, whatever the package is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from dcp.packing.name_reading import NOBODY, nearly_a_name, parse_name
from dcp.packing.naming import NameParts
from dcp.packing.registries import NOTHING, CompanyKind, known_company, known_territory
from dcp.packing.titles import films_akin
from dcp.texts.catalogue import Text, text
from dcp.verify.facts import PackageFacts
from dcp.verify.named import PLACE, TITLE_LENGTH, Named, named
from dcp.verify.rule import Outcome, hit, package_rule

_PREVIEWS = ("TLR", "TSR")
_AHEAD = timedelta(hours=14)
"""How far the day of a place is ahead of UTC at most."""


@package_rule("NAM-001", severity="info")
def all_parts_are_legal(facts: PackageFacts) -> Outcome:
    """One finding a title, whatever is wrong with its form."""
    for document, cpl in facts.compositions():
        title = cpl.content_title_text
        parts = parse_name(title)
        if parts is not None:
            faults = [*parts.faults, *_unknown_codes(parts)]
            if faults:
                yield hit("NAM-001.faults", file=document.name, place=PLACE, faults=tuple(faults))
        elif nearly_a_name(title):
            yield hit("NAM-001.nearly", file=document.name, place=PLACE, title=title[:TITLE_LENGTH])


@package_rule("NAM-002", severity="info")
def red_band_is_a_trailers(facts: PackageFacts) -> Outcome:
    for each in named(facts):
        if each.parts.red_band and each.parts.kind not in _PREVIEWS:
            yield hit("NAM-002.other", file=each.file, place=PLACE, kind=each.parts.kind)


@package_rule("NAM-003", severity="info")
def says_its_dimension(facts: PackageFacts) -> Outcome:
    """Of 3D, both in the part of the kind and in that of the standard. Where neither has it: NAM-008."""
    for each in named(facts):
        parts = each.parts
        if parts.standard_3d and parts.dimension is None:
            yield hit("NAM-003.kind", file=each.file, place=PLACE, kind=parts.kind, standard=parts.standard)
        elif parts.dimension == "3D" and parts.standard is not None and not parts.standard_3d:
            yield hit("NAM-003.standard", file=each.file, place=PLACE, standard=parts.standard)


@package_rule("NAM-004", severity="info")
def trailers_have_no_ratio(facts: PackageFacts) -> Outcome:
    for each in named(facts):
        parts = each.parts
        if parts.kind == "TLR" and parts.ratio is not None:
            stated = f"{parts.container}-{parts.ratio}"
            yield hit("NAM-004.ratio", file=each.file, place=PLACE, stated=stated, container=parts.container)


@package_rule("NAM-005", severity="info")
def date_is_one(facts: PackageFacts) -> Outcome:
    for each in named(facts):
        date = each.parts.date
        if date is None:
            continue
        try:
            day = datetime.fromisoformat(date).replace(tzinfo=facts.now.tzinfo)
        except ValueError:
            yield hit("NAM-005.no-day", file=each.file, place=PLACE, date=date)
            continue
        if day > facts.now + _AHEAD:
            yield hit("NAM-005.future", file=each.file, place=PLACE, date=date)


@package_rule("NAM-006", severity="info")
def originals_are_not_numbered(facts: PackageFacts) -> Outcome:
    for each in named(facts):
        parts = each.parts
        if parts.package == "OV" and parts.package_number is not None:
            yield hit("NAM-006.numbered", file=each.file, place=PLACE, number=parts.package_number)


@package_rule("NAM-018", severity="info")
def kind_of_package(facts: PackageFacts) -> Outcome:
    all_named = list(named(facts))
    for each in all_named:
        outside = [asset for asset in each.cpl.assets if not facts.lists(asset.id)]
        if each.parts.package == "OV" and any(facts.original_lists(asset.id) for asset in outside):
            # what no original has either is a missing asset: CPL-015
            yield hit("NAM-018.incomplete", file=each.file, place=PLACE, count=len(outside))
        elif each.parts.package == "VF" and _is_whole(each, all_named):
            yield hit("NAM-018.complete", file=each.file, place=PLACE)


@package_rule("PKG-101", severity="info")
def titles_agree(facts: PackageFacts) -> Outcome:
    """Texts that are names by the convention, or a film's: the folder's, the asset map's, the packing lists'.

    Anything else that stands in their place ("made by ...") is no title. Of several compositions a package
    may go by what their titles begin with, or by any one of them.
    """
    titles = [cpl.content_title_text.strip() for _, cpl in facts.compositions()]
    films = [parts.film for title in titles if (parts := parse_name(title)) is not None]
    if not films:
        return
    for file, place, said in _package_titles(facts):
        other = parse_name(said)
        if other is None or said.strip() in titles:
            continue
        akin = any(films_akin(other.film, film) for film in films)
        if akin and len(titles) > 1:
            continue
        yield hit(
            "PKG-101.differs" if akin else "PKG-101.film",
            file=file,
            place=place,
            said=said[:TITLE_LENGTH],
            title=titles[0][:TITLE_LENGTH],
        )


# --- how it is done -----


def _unknown_codes(parts: NameParts) -> Iterator[Text]:
    """Codes that have the right form, and that no registry has. Those given up are right in old titles."""
    codes: tuple[tuple[CompanyKind, str | None], ...] = (
        ("studio", parts.studio),
        ("facility", parts.facility),
    )
    for kind, code in codes:
        if code is None or code in NOBODY:
            continue
        if not known_company(code, kind):
            yield text("advice.code-unknown", what=kind, code=code)
    if parts.rating == NOTHING:
        yield text("advice.rating-nothing", code=NOTHING)
    territory = parts.territory
    if territory not in (None, "OV") and not known_territory(str(territory)):
        yield text("advice.territory-unknown", code=territory)


def _is_whole(version: Named, all_named: list[Named]) -> bool:
    """Whether a version file has all that it plays, and not because its original came in the same package."""
    assets = version.cpl.assets
    if not assets or not all(version.facts.lists(asset.id) for asset in assets):
        return False
    return not any(_is_original_of(other, version) for other in all_named)


def _is_original_of(other: Named, version: Named) -> bool:
    """Whether another composition of the package is the original that a version file shares assets with."""
    if other.cpl.id == version.cpl.id or other.parts.package == "VF":
        return False
    return bool({asset.id for asset in other.cpl.assets} & {asset.id for asset in version.cpl.assets})


def _package_titles(facts: PackageFacts) -> Iterator[tuple[str | None, Text | str, str]]:
    """What calls the package by a title: file, place, and the words."""
    yield None, text("place.folder"), facts.survey.root.resolve().name
    for document, asset_map in facts.asset_maps():
        yield document.name, "/AssetMap/AnnotationText", asset_map.annotation_text or ""
    if len(facts.survey.compositions) == 1:
        return  # PKL-013 says it
    for document, packing_list in facts.packing_lists():
        yield document.name, "/PackingList/AnnotationText", packing_list.annotation_text or ""
