"""The packing lists: what was delivered is what was sent."""

from __future__ import annotations

import base64
import uuid
from collections import Counter
from collections.abc import Iterator

from dcp.documents.pkl import PklAsset
from dcp.package.survey import Document
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Outcome, hit, package_rule, skip


@package_rule("PKL-003", severity="error", clause="ST 429-8, 429-9")
def in_the_map(facts: PackageFacts) -> Outcome:
    for document, packing_list in facts.packing_lists():
        for asset in packing_list.asset_list:
            if not facts.lists(asset.id) and not facts.original_lists(asset.id):
                yield hit("PKL-003.unlisted", file=document.name, place=str(asset.id), asset=asset.id)


@package_rule("PKL-004", severity="error", clause="ST 429-8 6.4")
def sizes(facts: PackageFacts) -> Outcome:
    found = {entry.name: entry.size for entry in facts.survey.entries}
    for document, packing_list in facts.packing_lists():
        for asset in packing_list.asset_list:
            path = facts.survey.files.get(asset.id)
            name = facts.survey.relative(path) if path else None
            if name in found and found[name] != asset.size:
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
        if digest is None:
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
            if text == "":
                yield hit("PKL-011.empty", file=document.name, place=f"/PackingList/{name}", name=name)


@package_rule("PKL-012", severity="warning")
def not_from_the_future(facts: PackageFacts) -> Outcome:
    for document, packing_list in facts.packing_lists():
        if packing_list.issue_date > facts.now:
            yield hit(
                "PKL-012.future",
                file=document.name,
                place="/PackingList/IssueDate",
                date=packing_list.issue_date,
            )


@package_rule("PKL-013", severity="info", bv21="error", clause="RDD 52")
def annotation_is_the_title(facts: PackageFacts) -> Outcome:
    titles = {document.asset_id: cpl.content_title_text for document, cpl in facts.compositions()}
    for document, packing_list in facts.packing_lists():
        inside = [titles[asset.id] for asset in packing_list.asset_list if asset.id in titles]
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
    if not facts.survey.packing_lists:
        return
    for document in facts.documents("composition"):
        if document.asset_id not in packed:
            yield hit("PKL-017.unlisted", file=document.name)


@package_rule("PKL-018", severity="warning", clause="ST 429-8")
def media_types(facts: PackageFacts) -> Outcome:
    playlists = {document.asset_id for document in facts.documents("composition")}
    for document, packing_list in facts.packing_lists():
        for asset in packing_list.asset_list:
            stated = asset.type.lower()
            name = facts.listed_name(asset.id)
            wrong = (asset.id in facts.tracks and "mxf" not in stated) or (
                asset.id in playlists and not stated.startswith("text/xml")
            )
            if wrong:
                yield hit("PKL-018.type", file=document.name, place=str(asset.id), name=name, type=asset.type)
            elif packing_list.standard == "smpte" and "asdcpkind" in stated:
                yield hit(
                    "PKL-018.interop", file=document.name, place=str(asset.id), severity="info", name=name
                )


def _text(digest: bytes) -> str:
    return base64.b64encode(digest).decode() or "none that can be read"
