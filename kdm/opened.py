"""The steps of the checklist about the opened blocks, and about the playlist that the message is for."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from dcp.texts.catalogue import text
from dcp.xml.values import parse_date_time
from kdm.block import INTEROP_BYTES, BlockError, BlockField, block_id, block_window, is_mic_block
from kdm.composition import DOLBY_SCOPE, MARK_TYPES, CplFacts
from kdm.evidence import Evidence, Outcome, failed, noted, passed, skipped, stripped_thumbprint, warned
from kdm.message import KEY_TYPE_SCOPE

KNOWN_TYPES = frozenset({"MDIK", "MDAK", "MDSK", "MDX1", "MDX2", "FMIK", "FMAK"})


# --- the blocks -----


def opens(evidence: Evidence) -> Outcome:
    if not evidence.has_key:
        return skipped("no-key")
    try:
        plain = evidence.open_blocks()
    except BlockError as error:
        return failed("blocks-closed", detail=error)
    return passed("holds.opened", opened=len(plain))


def structure_id(evidence: Evidence) -> Outcome:
    if not evidence.has_key:
        return skipped("no-key")
    wrong = _block_fault(evidence, "length", "structure_id")
    if wrong:
        return failed("block-structure", detail=wrong)
    if any(len(plain) == INTEROP_BYTES for plain in evidence.open_blocks()):
        return warned("blocks-interop")
    return passed("holds.structure-id")


def block_thumbprint(evidence: Evidence) -> Outcome:
    if not evidence.has_key:
        return skipped("no-key")
    own = evidence.chain[0].thumbprint()
    if any(plain[16:36] != own for plain in evidence.open_blocks()):
        stripped = stripped_thumbprint(evidence.chain[0])
        if all(plain[16:36] in (own, stripped) for plain in evidence.open_blocks()):
            return failed("block-signer-stripped")
        return failed("block-signer")
    return passed("holds.block-signer")


def block_playlist(evidence: Evidence) -> Outcome:
    if not evidence.has_key:
        return skipped("no-key")
    public = evidence.message.composition_playlist_id
    wanted = public.bytes
    for plain in evidence.open_blocks():
        if plain[36:52] != wanted:
            return failed("block-playlist", found=uuid.UUID(bytes=plain[36:52]), wanted=public)
    return passed("holds.block-playlist")


def block_dates(evidence: Evidence) -> Outcome:
    if not evidence.has_key:
        return skipped("no-key")
    wrong = _block_fault(evidence, "dates")
    if wrong:
        return failed("block-date", detail=wrong)
    windows = dict.fromkeys([block_window(plain) for plain in evidence.open_blocks()])
    for written in windows:
        dates = (_instant(written[:25]), _instant(written[25:]))
        if dates[0] is None or dates[1] is None:
            return failed("block-date", detail=text("block.no-such-date"))
        if dates != evidence.message.window:
            return failed("block-window", start=dates[0], end=dates[1])
    return passed("holds.block-dates")


def _instant(text: bytes) -> datetime | None:
    return parse_date_time(text.decode("ascii", "replace"))


def key_ids(evidence: Evidence) -> Outcome:
    borne = evidence.mic_key_type  # a MIC key has the id of the content key that it goes with
    listed = [(kind == borne, key_id.bytes) for kind, _, key_id in evidence.message.keys]
    distinct = set(listed)
    if len(distinct) != len(listed):
        return failed("key-listed-twice", key=_twice(listed))
    alone = next((key_id for mic, key_id in listed if mic and (False, key_id) not in distinct), None)
    if alone is not None:
        return failed("mic-key-alone", key=uuid.UUID(bytes=alone))
    sealed = len(evidence.message.encrypted_keys)
    if sealed != len(listed):
        return failed("key-counts", listed=len(listed), enclosed=sealed)
    if not evidence.has_key:
        return skipped("no-key")
    enclosed = [(is_mic_block(plain, borne), block_id(plain)) for plain in evidence.open_blocks()]
    if len(set(enclosed)) != len(enclosed):
        return failed("key-enclosed-twice", key=_twice(enclosed))
    stray = next((key_id for mic, key_id in enclosed if (mic, key_id) not in distinct), None)
    if stray is not None:
        return failed("key-not-listed", key=uuid.UUID(bytes=stray))
    return passed("holds.key-ids", listed=len(listed))


def key_types(evidence: Evidence) -> Outcome:
    facts = evidence.own_cpl()
    borne = evidence.mic_key_type
    listed = {key_id.bytes: (key_id, kind) for kind, _, key_id in evidence.message.keys if kind != borne}
    strange: list[Outcome] = []
    for kind, scope, key_id in evidence.message.keys:
        if kind == borne:
            continue
        if scope == KEY_TYPE_SCOPE and kind == "MDEK":
            strange.append(warned("key-type-unscoped", found=kind))
        elif scope == KEY_TYPE_SCOPE and kind not in KNOWN_TYPES:
            strange.append(warned("key-type-unknown", found=kind[:20]))
        elif scope not in (KEY_TYPE_SCOPE, DOLBY_SCOPE):
            strange.append(warned("key-scope-unknown", found=scope[:80]))
        wanted = _wanted(facts, key_id)
        if wanted and kind not in wanted:
            return failed("key-type-unfit", key=key_id, found=kind, wanted="/".join(wanted))
    if evidence.has_key:
        wrong = _block_fault(evidence, "key_type")
        if wrong:
            return failed("block-key-type", detail=wrong)
        for plain in evidence.open_blocks():
            if len(plain) == INTEROP_BYTES or is_mic_block(plain, borne):
                continue
            key_id, said = listed[block_id(plain)]
            kind = plain[52:56].decode("ascii", "replace")
            if kind != said:
                return failed("key-types-differ", key=key_id, listed=said, found=repr(kind))
    elif not strange:
        return skipped("no-key")
    return strange[0] if strange else passed("holds.key-types")


def _wanted(facts: CplFacts | None, key_id: uuid.UUID) -> tuple[str, ...]:
    needed = next((key for key in facts.keys if key.id == key_id), None) if facts else None
    return needed.types if needed else ()


def _block_fault(evidence: Evidence, *fields: BlockField) -> BlockError | None:
    for fault in evidence.block_faults():
        if fault.field in fields:
            return fault
    return None


def _twice(keys: Sequence[tuple[bool, bytes]]) -> uuid.UUID:
    """The id of the first of several keys that is there more than once."""
    return next(uuid.UUID(bytes=key_id) for (_, key_id), times in Counter(keys).items() if times > 1)


# --- the playlist -----


def playlist_id(evidence: Evidence) -> Outcome:
    facts = evidence.cpl
    if facts is None:
        return skipped("no-playlist")
    wanted = evidence.message.composition_playlist_id
    if facts.id != wanted:
        again = facts.content_title_text == evidence.message.content_title_text
        return failed("package-made-again" if again else "other-playlist", wanted=wanted, given=facts.id)
    return passed("holds.playlist-id", wanted=wanted)


def playlist_title(evidence: Evidence) -> Outcome:
    facts = evidence.cpl
    if facts is None:
        return skipped("no-playlist")
    title = evidence.message.content_title_text
    if title != facts.content_title_text:
        return warned("title-differs", message=title[:120], playlist=facts.content_title_text[:120])
    return passed("holds.title")


def playlist_keys(evidence: Evidence) -> Outcome:
    facts = evidence.cpl
    if facts is None:
        return skipped("no-playlist")
    listed = {key_id for _, _, key_id in evidence.message.keys}
    needed = {key.id for key in facts.keys}
    missing = [key.id for key in facts.keys if key.id not in listed]
    if listed and not listed & needed:
        return failed("keys-of-another", carried=len(listed))
    if missing:
        return failed("keys-missing", missing=len(missing), first=missing[0])
    marks = {key_id for kind, _, key_id in evidence.message.keys if kind in MARK_TYPES}
    if listed - needed - marks:  # keys for marks open no track
        return warned("keys-unused", unused=len(listed - needed - marks))
    return passed("holds.playlist-keys", needed=len(needed))


def playlist_authenticator(evidence: Evidence) -> Outcome:
    given = evidence.message.content_authenticator
    if given is None:
        return noted("no-authenticator")
    facts = evidence.cpl
    if facts is None:
        return skipped("no-playlist")
    if not facts.signer_chain:
        return failed("authenticator-unsigned")
    for certificate in facts.signer_chain:
        if certificate.thumbprint() == given:
            if certificate.is_ca or certificate.roles != ("CS",):
                return warned("authenticator-ineligible", certificate=certificate.who)
            return passed("holds.authenticator", certificate=certificate.who)
    if any(stripped_thumbprint(certificate) == given for certificate in facts.signer_chain):
        return failed("authenticator-stripped")
    return failed("authenticator-other")
