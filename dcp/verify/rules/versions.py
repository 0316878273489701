"""Version files (VF): what they take from an original version (OV), and whether that is there.

What a playlist plays and a given original lacks is an error. Without an original, each asset that was not
looked at stands under what was not checked.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator

from dcp.documents.cpl import CompositionPlaylist
from dcp.documents.pkl import PackingList, PklAsset
from dcp.package.survey import Survey
from dcp.packing.name_reading import parse_name
from dcp.packing.titles import films_akin
from dcp.patterns import pattern
from dcp.verify.facts import PackageFacts, Reference
from dcp.verify.rule import Outcome, Skip, hit, package_rule, skip
from dcp.verify.rules.cpl import outside

_ORIGINAL_LIST = pattern(
    rb"<(?:[\w.-]{1,64}:)?(OPL|OriginalPack(?:ag)?ingList)(?:\s[^<>]{0,200})?>([^<]{0,200})<"
)
_UUID = pattern(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@package_rule("VF-001", severity="error", clause="ST 429-7")
def original_has_it(facts: PackageFacts) -> Outcome:
    taken = _taken(facts)
    if not facts.survey.ov:
        for reference in taken:
            yield skip("VF-001.no-original", reference=reference, asset=reference.asset.id)
        return
    unread = [ov for ov in facts.survey.ov if ov.asset_map is None]
    absent = [each for each in taken if not facts.original_lists(each.asset.id)]
    if not absent:
        return
    for ov in unread:
        why = next((each.error for each in ov.problems if each.kind in ("no_asset_map", "document")), None)
        yield hit("VF-001.no-map", name=ov.root.name, why=why or ov.root.name)
    for each in absent if unread else ():
        yield skip("VF-001.unread", reference=each, asset=each.asset.id)
    if len(absent) < len(taken):
        for each in absent:
            yield hit("VF-001.nowhere", file=each.file, place=each.place, reference=each, asset=each.asset.id)
    elif len(unread) < len(facts.survey.ov):
        names = ", ".join(ov.root.name for ov in facts.survey.ov)
        for file, count in Counter(each.file for each in absent).items():
            yield hit("VF-001.nothing", file=file, names=names, count=count)


@package_rule("VF-002", severity="warning")
def original_is_alike(facts: PackageFacts) -> Outcome:
    """Titles by the naming convention that are of another film; other titles are free."""
    for ov in facts.survey.ov:
        if ov.standard is not None and facts.survey.standard not in (None, ov.standard):
            yield hit("VF-002.standards", own=facts.survey.standard, name=ov.root.name, other=ov.standard)
        for document, cpl in facts.compositions():
            other = _other_film(cpl, ov)
            if other is not None:
                yield hit(
                    "VF-002.titles",
                    file=document.name,
                    place="/CompositionPlaylist/ContentTitleText",
                    own=cpl.content_title_text,
                    name=ov.root.name,
                    other=other,
                )


@package_rule("VF-003", severity="warning")
def original_is_given(facts: PackageFacts) -> Outcome:
    if facts.survey.ov:
        return
    for file, count in Counter(reference.file for reference in _taken(facts)).items():
        yield hit("VF-003.no-original", file=file, count=count)


@package_rule("VF-004", severity="info")
def original_list_is_named(facts: PackageFacts) -> Outcome:
    """No standard has a place for it; where a playlist names one all the same, it is that of the original."""
    lists = {str(pkl.id) for ov in facts.survey.ov for pkl in ov.packing_lists}
    for document, _ in facts.compositions():
        found = _ORIGINAL_LIST.search(document.data)
        if found is None:
            continue
        element, words = found[1].decode(), found[2].decode("utf-8", "replace").strip()
        named = _UUID.search(words.lower())
        if named is not None and lists and named[0] not in lists:
            found_lists = ", ".join(sorted(lists))
            yield hit("VF-004.other", file=document.name, place=element, named=named[0], found=found_lists)
        else:
            shown = named[0] if named else words
            yield hit("VF-004.named", file=document.name, place=element, named=shown)


@package_rule("VF-005", severity="error")
def one_file_an_id(facts: PackageFacts) -> Outcome:
    """A server has one file for an id, whichever package brought it first."""
    own = {
        asset.id: asset for packing_list in facts.survey.packing_lists for asset in packing_list.asset_list
    }
    for ov in facts.survey.ov:
        for list_name, packed in _packed(ov):
            mine = own.get(packed.id)
            if mine is not None and (mine.hash, mine.size) != (packed.hash, packed.size):
                yield hit(
                    "VF-005.other",
                    file=facts.listed_name(packed.id),
                    place=str(packed.id),
                    name=ov.root.name,
                    list=list_name,
                )
    yield from _hashes_of_originals(facts)


# --- how it is done -----


def _taken(facts: PackageFacts) -> list[Reference]:
    """What the playlists take from an original version."""
    return [reference for reference, due in outside(facts) if not due]


def _packed(ov: Survey) -> Iterator[tuple[str, PklAsset]]:
    for document in ov.documents:
        if isinstance(document.value, PackingList):
            for asset in document.value.asset_list:
                yield document.name, asset


def _hashes_of_originals(facts: PackageFacts) -> Outcome:
    """Of files of an original that no packing list tells the hash of: by the playlist's, or not at all."""
    if not facts.asked.hashes:
        return
    packed = {asset.id for _, asset in facts.packed()}
    seen: set[uuid.UUID] = set()
    for reference in _taken(facts):
        asset = reference.asset
        path = facts.survey.locate(asset.id)
        digest = facts.digests.get(path) if path is not None else None
        if asset.id in packed or asset.id in seen or digest is None or path is None:
            continue
        seen.add(asset.id)
        name = facts.survey.relative(path)
        if asset.hash is None:
            yield Skip(skip("VF-005.no-hash", name=name).said, rule="PKL-005")
        elif asset.hash != digest:
            yield hit("VF-005.hash", file=name, reference=reference, playlist=reference.file)


def _other_film(cpl: CompositionPlaylist, ov: Survey) -> str | None:
    """The title of the original's composition that assets are taken from, where it is of another film."""
    own = parse_name(cpl.content_title_text)
    ids = {asset.id for asset in cpl.assets}
    others = [each for each in ov.compositions if ids & {asset.id for asset in each.assets}]
    films = [(each.content_title_text, parse_name(each.content_title_text)) for each in others]
    if own is None or not films or any(parts is None for _, parts in films):
        return None
    if any(parts is not None and films_akin(parts.film, own.film) for _, parts in films):
        return None
    return films[0][0]
