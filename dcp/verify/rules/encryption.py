"""Encryption: keys that playlist and file agree on, and units that open with them."""

from __future__ import annotations

from collections.abc import Iterable

from dcp.mxf.reader import Unit
from dcp.texts.catalogue import text
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.rule import Hit, Outcome, Skip, UnitCheck, hit, only_faults, package_rule, unit_rule
from dcp.verify.rules.mxf import damage


@package_rule("ENC-001", severity="error", clause="ST 429-7")
def key_id_is_there(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        header = facts.header_of(reference.asset.id)
        if header is not None and header.encrypted and reference.asset.key_id is None:
            yield hit("ENC-001.no-key-id", file=reference.file, place=reference.place, reference=reference)


@package_rule("ENC-002", severity="error", clause="ST 429-6")
def key_id_is_the_files(facts: PackageFacts) -> Outcome:
    for reference in facts.references():
        header, key_id = facts.header_of(reference.asset.id), reference.asset.key_id
        if header is None or key_id is None:
            continue
        if not header.encrypted:
            yield hit(
                "ENC-002.not-encrypted",
                file=reference.file,
                place=f"{reference.place}/KeyId",
                reference=reference,
            )
        elif header.key_id != key_id:
            yield hit(
                "ENC-002.other-key",
                file=reference.file,
                place=f"{reference.place}/KeyId",
                reference=reference,
                listed=key_id,
                found=header.key_id or text("word.none"),
            )


@package_rule("ENC-003", severity="info", clause="ST 430-1")
def keys_needed(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        if cpl.key_ids:
            at_hand = sum(
                facts.keyring is not None and facts.keyring.get(key) is not None for key in cpl.key_ids
            )
            yield hit(
                "ENC-003.keys",
                file=document.name,
                count=len(cpl.key_ids),
                here=at_hand,
                keys=", ".join(map(str, cpl.key_ids)),
            )


@package_rule("ENC-004", severity="error", clause="DCSS 5.4.3.7, RDD 52 8.7")
def playlist_is_signed(facts: PackageFacts) -> Outcome:
    for document, cpl in facts.compositions():
        if cpl.encrypted and not cpl.signed:
            yield hit("ENC-004.unsigned", file=document.name)


@package_rule("ENC-005", severity="error", clause="DCSS 5.5.2.3, RDD 52 8.7")
def list_is_signed(facts: PackageFacts) -> Outcome:
    encrypted = {reference.asset.id for reference in facts.references() if reference.asset.encrypted}
    for document, packing_list in facts.packing_lists():
        if not packing_list.signed and any(asset.id in encrypted for asset in packing_list.asset_list):
            yield hit("ENC-005.unsigned", file=document.name)


@unit_rule("ENC-101", severity="error", clause="ST 429-6")
def check_value(track: TrackFacts) -> UnitCheck | None:
    """A wrong key is one finding; a damaged check value one for each unit."""
    header = track.header
    if header is None or not header.encrypted or not track.readable:
        return None
    damaged = damage(track, "check_value")
    wrong = False

    def check(unit: Unit | None) -> Iterable[Hit | Skip]:
        nonlocal wrong
        if unit is not None and unit.fault is not None and unit.fault.reason == "wrong_key":
            if not wrong:
                wrong = True
                yield Hit(
                    unit.fault.text,
                    file=track.name,
                    place=str(header.key_id),
                    remedy=text("remedy.other-keys"),
                )
            return
        if not wrong:
            yield from damaged(unit)

    return only_faults(check)


@unit_rule("ENC-102", severity="error", clause="ST 429-6")
def order(track: TrackFacts) -> UnitCheck | None:
    return damage(track, "sequence", "track_file_id") if _encrypted(track) else None


@unit_rule("ENC-105", severity="error", clause="ST 429-6")
def frame(track: TrackFacts) -> UnitCheck | None:
    return damage(track, "context_id", "plaintext_offset", "padding") if _encrypted(track) else None


@package_rule("ENC-104", severity="warning", clause="DCSS 9")
def one_key_one_file(facts: PackageFacts) -> Outcome:
    used: dict[object, set[str]] = {}
    for track in facts.tracks.values():
        if track.header is not None and track.header.encrypted and track.header.key_id is not None:
            used.setdefault(track.header.key_id, set()).add(track.name)
    for key_id, names in used.items():
        if len(names) > 1:
            yield hit(
                "ENC-104.shared",
                file=min(names),
                count=len(names),
                key=key_id,
                names=", ".join(sorted(names)),
            )


def _encrypted(track: TrackFacts) -> bool:
    return track.header is not None and track.header.encrypted
