"""The packing lists: what was delivered is what was sent."""

from __future__ import annotations

import base64
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping

from dcp.documents.pkl import PklAsset
from dcp.package.survey import Document, DocumentKind
from dcp.patterns import pattern
from dcp.verify.facts import PackageFacts, Reference, TrackFacts, unknown_packed
from dcp.verify.rule import Outcome, hit, package_rule, skip
from dcp.verify.rules.schema import misdated
from dcp.verify.sizes import of_size


@package_rule("PKL-003", severity="error", clause="ST 429-8, 429-9")
def in_the_map(facts: PackageFacts) -> Outcome:
    for document, packing_list in facts.packing_lists():
        for asset in packing_list.asset_list:
            if facts.may_list(asset.id) or "Id" in asset.unread:
                continue
            if not facts.original_lists(asset.id):
                yield hit("PKL-003.unlisted", file=document.name, place=str(asset.id), asset=asset.id)


@package_rule("PKL-004", severity="error", clause="ST 429-8 6.4")
def sizes(facts: PackageFacts) -> Outcome:
    found = {entry.name: entry.size for entry in facts.survey.entries}
    for one in facts.missized.values():
        if one.packed and one.size:  # of an empty file PKG-011 speaks
            yield of_size("PKL-004.", one)
    for document, packing_list in facts.packing_lists():
        for asset in packing_list.asset_list:
            path = facts.survey.files.get(asset.id)
            if path in facts.missized:
                continue
            name = facts.survey.relative(path) if path else None
            if name in found and found[name] != asset.size and "Size" not in asset.unread:
                yield hit("PKL-004.size", file=name, list=document.name, listed=asset.size, size=found[name])


def _hash_hits(facts: PackageFacts, rule: str, kinds: tuple[str, ...]) -> Outcome:
    for document, asset, kind in _kinds(facts):
        if kind not in kinds:
            continue
        path = facts.survey.locate(asset.id)
        if path is None or asset.hash is None:
            if facts.lists(asset.id):
                name = facts.listed_name(asset.id)
                yield (
                    skip(rule + "no-hash", name=name)
                    if asset.hash is None
                    else skip(rule + "unread", name=name)
                )
            continue
        digest = facts.digests.get(path)
        if path in facts.missized and facts.asked.hashes:
            yield skip(rule + "size", name=facts.listed_name(asset.id))
        elif digest is None:
            if not facts.asked.hashes:
                yield skip(rule + "not-asked", name=facts.listed_name(asset.id))
        elif digest != asset.hash:
            yield hit(
                rule + "hash",
                file=facts.survey.relative(path),
                found=_text(digest),
                list=document.name,
                listed=_text(asset.hash),
            )


def _kinds(facts: PackageFacts) -> Iterator[tuple[Document, PklAsset, str]]:
    """Every packed asset with what it is: picture, sound, playlist or other. The own lists only, and of an OV
    what a playlist here plays."""
    used: dict[uuid.UUID, str] = {}
    for reference in facts.references():
        used[reference.asset.id] = reference.asset.kind
    playlists = {document.asset_id for document in facts.documents("composition")}
    ours = {id(document) for document in facts.survey.documents}
    for document, asset in facts.packed():
        own = id(document) in ours
        if not own and asset.id not in used:
            continue
        kind = used.get(asset.id, "")
        if asset.id in playlists:
            yield document, asset, "playlist"
        elif kind in ("MainPicture", "MainStereoscopicPicture") or "asdcpkind=picture" in asset.type.lower():
            yield document, asset, "picture"
        elif kind == "MainSound" or "asdcpkind=sound" in asset.type.lower():
            yield document, asset, "sound"
        else:
            yield document, asset, "other"


@package_rule("PKL-005", severity="error", clause="ST 429-8 6.3")
def picture_hashes(facts: PackageFacts) -> Outcome:
    yield from _hash_hits(facts, "PKL-005.", ("picture",))


@package_rule("PKL-006", severity="error", clause="ST 429-8 6.3")
def sound_hashes(facts: PackageFacts) -> Outcome:
    yield from _hash_hits(facts, "PKL-006.", ("sound",))


@package_rule("PKL-007", severity="error", clause="ST 429-8 6.3")
def playlist_hashes(facts: PackageFacts) -> Outcome:
    yield from _hash_hits(facts, "PKL-007.", ("playlist",))


@package_rule("PKL-008", severity="error", clause="ST 429-8 6.3")
def other_hashes(facts: PackageFacts) -> Outcome:
    yield from _hash_hits(facts, "PKL-008.", ("other",))


@package_rule("PKL-009", severity="error", clause="ST 429-7, 429-8")
def one_hash(facts: PackageFacts) -> Outcome:
    listed = {asset.id: (document, asset.hash) for document, asset in facts.packed()}
    for reference in facts.references():
        document, packed = listed.get(reference.asset.id, (None, None))
        if document is None or packed is None or reference.asset.hash is None:
            continue
        if packed != reference.asset.hash:
            yield hit(
                "PKL-009.differ",
                file=reference.file,
                place=f"{reference.place}/Hash",
                own=_text(reference.asset.hash),
                reference=reference,
                list=document.name,
                listed=_text(packed),
            )


@package_rule("PKL-010", severity="error", clause="ST 429-8")
def unique_ids(facts: PackageFacts) -> Outcome:
    for document, packing_list in facts.packing_lists():
        counts = Counter(asset.id for asset in packing_list.asset_list)
        for asset_id, count in counts.items():
            if count > 1:
                yield hit(
                    "PKL-010.twice", file=document.name, place=str(asset_id), asset=asset_id, count=count
                )


@package_rule("PKL-011", severity="warning", clause="ST 429-8")
def texts(facts: PackageFacts) -> Outcome:
    for document, packing_list in facts.packing_lists():
        for name, text in (
            ("AnnotationText", packing_list.annotation_text),
            ("Issuer", packing_list.issuer),
            ("Creator", packing_list.creator),
        ):
            if text == "" and name not in packing_list.unread:
                yield hit("PKL-011.empty", file=document.name, place=f"/PackingList/{name}", name=name)


@package_rule("PKL-012", severity="warning")
def not_from_the_future(facts: PackageFacts) -> Outcome:
    for document, packing_list in facts.packing_lists():
        if (branch := misdated(packing_list, facts.now)) is not None:
            id = "PKL-012.future" if branch == "future" else "PKL-012.past"
            yield hit(
                id,
                file=document.name,
                place="/PackingList/IssueDate",
                date=packing_list.issue_date,
            )


@package_rule("PKL-013", severity="info", bv21="error", clause="RDD 52")
def annotation_is_the_title(facts: PackageFacts) -> Outcome:
    titles = {
        document.asset_id: cpl.content_title_text
        for document, cpl in facts.compositions()
        if "ContentTitleText" not in cpl.unread
    }
    for document, packing_list in facts.packing_lists():
        inside = [titles[asset.id] for asset in packing_list.asset_list if asset.id in titles]
        if "AnnotationText" in packing_list.unread:
            continue
        if len(inside) == 1 and packing_list.annotation_text != inside[0]:
            yield hit(
                "PKL-013.annotation", file=document.name, place="/PackingList/AnnotationText", title=inside[0]
            )


@package_rule("PKL-014", severity="warning", clause="RDD 52")
def file_name(facts: PackageFacts) -> Outcome:
    for document in facts.documents("packing_list"):
        if not document.name.endswith(".xml"):
            yield hit("PKL-014.name", file=document.name)


@package_rule("PKL-017", severity="error")
def playlists_are_packed(facts: PackageFacts) -> Outcome:
    packed = {asset.id for _, packing_list in facts.packing_lists() for asset in packing_list.asset_list}
    if not facts.survey.packing_lists or facts.unknown_packed():
        return
    for document in facts.documents("composition"):
        if document.asset_id not in packed:
            yield hit("PKL-017.unlisted", file=document.name)


_ESSENCE_KINDS: Mapping[str, frozenset[str]] = {
    "picture": frozenset({"picture"}),
    "stereo_picture": frozenset({"picture"}),
    "sound": frozenset({"sound"}),
    "timed_text": frozenset({"subtitle", "caption"}),
    "atmos": frozenset({"auxdata"}),
}
"""What a track file may call itself behind `asdcpKind=`, by what is in it."""
_BY_SUFFIX = {
    "png": ("image/png",),
    "ttf": ("font", "ttf", "opentype", "truetype", "sfnt", "octet-stream"),
    "otf": ("font", "ttf", "opentype", "truetype", "sfnt", "octet-stream"),
}


@package_rule("PKL-018", severity="error", clause="ST 429-8")
def media_types(facts: PackageFacts) -> Outcome:
    documents = {document.asset_id: document.kind for document in facts.survey.documents}
    for document, packing_list in facts.packing_lists():
        for number, asset in enumerate(packing_list.asset_list, start=1):
            if not asset.type:
                continue
            place = f"/PackingList/AssetList/Asset[{number}]/Type"
            name = facts.listed_name(asset.id)
            media, kind, further = _media_type(asset.type)
            track = facts.tracks.get(asset.id)
            fits, kinds = _expected(asset.id, name, track, documents.get(asset.id))
            if (fits and not any(part in media for part in fits)) or (
                kind and kinds is not None and kind not in kinds
            ):
                yield hit("PKL-018.type", file=document.name, place=place, name=name, type=asset.type)
            elif further or (fits and not _known(media)):
                yield hit(
                    "PKL-018.form",
                    file=document.name,
                    place=place,
                    severity="warning",
                    name=name,
                    type=asset.type,
                )
            elif asset.type != asset.type.strip() or media != asset.type.partition(";")[0].strip():
                yield hit(
                    "PKL-018.case",
                    file=document.name,
                    place=place,
                    severity="info",
                    name=name,
                    type=asset.type,
                )
            elif packing_list.standard == "smpte" and kind:
                yield hit("PKL-018.interop", file=document.name, place=place, severity="info", name=name)


_TYPES = frozenset({"application/mxf", "application/x-smpte-mxf", "text/xml", "application/xml", "image/png"})
_FONT_TYPES = pattern(
    r"(?:application|font)/(?:x-|vnd\.ms-)?(?:octet-stream|fontobject"
    r"|(?:font-)?(?:ttf|otf|truetype|opentype|sfnt|collection|woff2?)(?:-font|-ttf|-otf)?|font)"
)


def _known(media: str) -> bool:
    """Whether anybody writes a media type so; of fonts there are many names."""
    return media in _TYPES or _FONT_TYPES.fullmatch(media) is not None


def _media_type(stated: str) -> tuple[str, str, tuple[str, ...]]:
    """The media type and the value of asdcpKind, both in lower case; and what else stands behind it."""
    media, *parameters = stated.lower().split(";")
    kind, further = "", []
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "asdcpkind":
            kind = value.strip().strip('"')
        elif name.strip() != "charset":
            further.append(parameter)
    return media.strip(), kind, tuple(further)


def _expected(
    asset_id: uuid.UUID, name: str, track: TrackFacts | None, document: DocumentKind | None
) -> tuple[tuple[str, ...], frozenset[str] | None]:
    """What the media type of a file has to hold, one of several, and the kinds it may call itself."""
    if track is not None:
        kinds = _ESSENCE_KINDS.get(track.header.essence) if track.header is not None else None
        return ("mxf",), kinds
    if document == "composition":
        return ("text/xml",), frozenset({"cpl"})
    if document == "packing_list":
        return ("text/xml",), frozenset({"pkl", "packinglist"})
    if document is not None:
        return ("xml",), None
    fits = _BY_SUFFIX.get(name.rpartition(".")[2].lower(), ())
    return fits, frozenset({"font", "image", "picture"}) if fits else None


@package_rule("PKL-019", severity="error", clause="ST 429-8")
def all_that_plays_is_packed(facts: PackageFacts) -> Outcome:
    """A server ingests what a packing list names, so a file beside it is not there when the show begins."""
    for survey in (facts.survey, *facts.survey.ov):
        lists = [each for each in survey.documents if each.kind == "packing_list"]
        if not lists or any(each.value is None for each in lists) or unknown_packed(survey):
            continue  # what a list has that cannot be read is not known
        own = survey is facts.survey
        packed = {asset.id for each in survey.packing_lists for asset in each.asset_list}
        names = ", ".join(each.name for each in lists)
        played: dict[uuid.UUID, Reference] = {}
        for reference in facts.references():
            played.setdefault(reference.asset.id, reference)
        for asset_id, reference in played.items():
            if asset_id in survey.listed and asset_id not in packed:
                yield hit(
                    "PKL-019.played" if own else "PKL-019.original",
                    file=lists[0].name if own else None,
                    place=str(asset_id),
                    severity=None if own else "warning",
                    name=survey.listed[asset_id] or str(asset_id),
                    reference=reference,
                    playlist=reference.file,
                    lists=names if own else f"{survey.root.name}/{names}",
                )
        if own:
            known = {document.asset_id for document in survey.documents if document.kind != "other"}
            for asset_id, name in survey.listed.items():
                if asset_id not in packed and asset_id not in played and asset_id not in known:
                    yield hit(
                        "PKL-019.listed",
                        file=lists[0].name,
                        place=str(asset_id),
                        severity="warning",
                        name=name or str(asset_id),
                        lists=names,
                    )


def _text(digest: bytes) -> str:
    return base64.b64encode(digest).decode() or "none that can be read"
