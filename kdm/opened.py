"""The steps of the checklist about the opened blocks, and about the playlist that the message is for."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from dcp.xml import parse_date_time
from kdm.block import INTEROP_BYTES, BlockError, BlockField, parse_block
from kdm.composition import DOLBY_SCOPE, CplFacts
from kdm.evidence import Evidence, Outcome, count, failed, passed, skipped, warned, when
from kdm.message import KEY_TYPE_SCOPE
from kdm.signed import NO_CPL

KNOWN_TYPES = frozenset({"MDIK", "MDAK", "MDSK", "MDX1", "MDX2", "FMIK", "FMAK"})

NO_KEY = "no private key was given, so the blocks stay closed"


# --- the blocks -----


def opens(evidence: Evidence) -> Outcome:
    if not evidence.has_key:
        return skipped(NO_KEY)
    try:
        plain = evidence.open_blocks()
    except BlockError as error:
        return failed(f"{error.what}: the KDM was made for another certificate, or is damaged")
    return passed(f"{count(len(plain), 'block')} opened")


def structure_id(evidence: Evidence) -> Outcome:
    if not evidence.has_key:
        return skipped(NO_KEY)
    wrong = _block_fault(evidence, "length", "structure_id")
    if wrong:
        return failed(wrong)
    if any(len(plain) == INTEROP_BYTES for plain in evidence.open_blocks()):
        return warned("the blocks are of the old Interop form, without a key type")
    return passed("138 bytes, and the SMPTE structure id")


def block_thumbprint(evidence: Evidence) -> Outcome:
    if not evidence.has_key:
        return skipped(NO_KEY)
    own = evidence.chain[0].thumbprint()
    if any(plain[16:36] != own for plain in evidence.open_blocks()):
        return failed("a block names another signer than the one who signed the message")
    return passed("each block names the signer's certificate")


def block_playlist(evidence: Evidence) -> Outcome:
    if not evidence.has_key:
        return skipped(NO_KEY)
    public = evidence.message.composition_playlist_id
    for plain in evidence.open_blocks():
        if plain[36:52] != public.bytes:
            return failed(
                f"a block is for composition {uuid.UUID(bytes=plain[36:52])}, the message for {public}"
            )
    return passed("each block is for the composition of the message")


def block_dates(evidence: Evidence) -> Outcome:
    if not evidence.has_key:
        return skipped(NO_KEY)
    wrong = _block_fault(evidence, "dates")
    if wrong:
        return failed(wrong)
    for plain in evidence.open_blocks():
        rest = plain[72:122] if len(plain) != INTEROP_BYTES else plain[68:118]
        dates = (_instant(rest[:25]), _instant(rest[25:]))
        if dates[0] is None or dates[1] is None:
            return failed("a date in a cipher block is not in the calendar")
        if dates != evidence.message.window:
            return failed(
                f"a block is valid from {when(dates[0])} to {when(dates[1])}, which is not what the"
                " message says"
            )
    return passed("the window in each block is that of the message")


def _instant(text: bytes) -> datetime | None:
    return parse_date_time(text.decode("ascii", "replace"))


def key_ids(evidence: Evidence) -> Outcome:
    listed = [key_id for _, _, key_id in evidence.message.keys]
    twice = _twice(listed)
    if twice:
        return failed(f"key id {twice} is listed more than once")
    sealed = len(evidence.message.encrypted_keys)
    if sealed != len(listed):
        return failed(f"{len(listed)} key ids are listed, and {sealed} keys are enclosed")
    if not evidence.has_key:
        return skipped(NO_KEY)
    enclosed = [_key_id(plain) for plain in evidence.open_blocks()]
    twice = _twice(enclosed)
    if twice:
        return failed(f"key {twice} is enclosed more than once")
    stray = next((key_id for key_id in enclosed if key_id not in set(listed)), None)
    if stray is not None:
        return failed(f"key {stray} is enclosed, but not listed")
    return passed(f"{count(len(listed), 'id')}, each with its key")


def key_types(evidence: Evidence) -> Outcome:
    facts = evidence.own_cpl()
    listed = {key_id: (kind, scope) for kind, scope, key_id in evidence.message.keys}
    strange = []
    for key_id, (kind, scope) in listed.items():
        if scope == KEY_TYPE_SCOPE and kind == "MDEK":
            strange.append("MDEK without the scope of its maker")
        elif scope == KEY_TYPE_SCOPE and kind not in KNOWN_TYPES:
            strange.append(f"the type {kind[:20]} is not a known one")
        elif scope not in (KEY_TYPE_SCOPE, DOLBY_SCOPE):
            strange.append(f"the scope {scope[:80]} is not a known one")
        wanted = _wanted(facts, key_id)
        if wanted and kind not in wanted:
            return failed(f"key {key_id} has the type {kind}; what it opens wants {' or '.join(wanted)}")
    if evidence.has_key:
        wrong = _block_fault(evidence, "key_type")
        if wrong:
            return failed(wrong)
        for plain in evidence.open_blocks():
            if len(plain) == INTEROP_BYTES:
                continue
            kind = plain[52:56].decode("ascii", "replace")
            if kind != listed[_key_id(plain)][0]:
                return failed(
                    f"key {_key_id(plain)} is of type {listed[_key_id(plain)][0]} in the list and of type"
                    f" {kind!r} in its block"
                )
    elif not strange:
        return skipped(NO_KEY)
    return warned(strange[0]) if strange else passed("the types are known ones, and fit")


def _wanted(facts: CplFacts | None, key_id: uuid.UUID) -> tuple[str, ...]:
    needed = next((key for key in facts.keys if key.id == key_id), None) if facts else None
    return needed.types if needed else ()


def _key_id(plain: bytes) -> uuid.UUID:
    place = 52 if len(plain) == INTEROP_BYTES else 56
    return uuid.UUID(bytes=plain[place : place + 16])


def _block_fault(evidence: Evidence, *fields: BlockField) -> str | None:
    for plain in evidence.open_blocks():
        try:
            parse_block(plain)
        except BlockError as error:
            if error.field in fields:
                return error.what
    return None


def _twice(values: Iterable[uuid.UUID]) -> uuid.UUID | None:
    return next((value for value, times in Counter(values).items() if times > 1), None)


# --- the playlist -----


def playlist_id(evidence: Evidence) -> Outcome:
    facts = evidence.cpl
    if facts is None:
        return skipped(NO_CPL)
    wanted = evidence.message.composition_playlist_id
    if facts.id != wanted:
        again = (
            ": it has the same title, so the package was made again after this KDM"
            if facts.content_title_text == evidence.message.content_title_text
            else ""
        )
        return failed(f"the KDM is for composition {wanted}, not for {facts.id}{again}")
    return passed(f"the KDM is for composition {wanted}")


def playlist_title(evidence: Evidence) -> Outcome:
    facts = evidence.cpl
    if facts is None:
        return skipped(NO_CPL)
    title = evidence.message.content_title_text
    if title != facts.content_title_text:
        return warned(f"the KDM calls it '{title[:120]}', the playlist '{facts.content_title_text[:120]}'")
    return passed("the title is that of the playlist")


def playlist_keys(evidence: Evidence) -> Outcome:
    facts = evidence.cpl
    if facts is None:
        return skipped(NO_CPL)
    listed = {key_id for _, _, key_id in evidence.message.keys}
    needed = {key.id for key in facts.keys}
    missing = [key.id for key in facts.keys if key.id not in listed]
    if missing:
        return failed(f"the KDM lacks {count(len(missing), 'key')} that the playlist uses: {missing[0]}")
    if listed and not listed & needed:
        return failed(f"the playlist uses none of the {count(len(listed), 'key')} that the KDM carries")
    if listed - needed:
        return warned(f"the KDM carries {count(len(listed - needed), 'key')} that the playlist does not use")
    return passed(f"all {len(needed)} keys that the playlist uses are there")


def playlist_authenticator(evidence: Evidence) -> Outcome:
    given = evidence.message.content_authenticator
    if given is None:
        return passed("the KDM names none")
    facts = evidence.cpl
    if facts is None:
        return skipped(NO_CPL)
    if not facts.signer_chain:
        return failed("the KDM names a content authenticator, and the playlist is not signed")
    for certificate in facts.signer_chain:
        if certificate.thumbprint() == given:
            return passed(f"it is {certificate.subject}")
    return failed("the content authenticator is no certificate of the chain that signed the playlist")
