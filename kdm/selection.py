"""Which keys a message carries: those that its composition uses, keys for marks, and MIC keys."""

from __future__ import annotations

import uuid
from typing import Any

from dcp.errors import DcpError, KeyMissingError, UsageError
from dcp.secrets.keys import ContentKey, Keyring
from kdm.block import is_key_type
from kdm.composition import MARK_TYPES, CplFacts
from kdm.phrases import Listed, phrase

MAX_KEYS = 256  # DCSS 9.7.7
CONTENT_TYPES = frozenset(("MDIK", "MDAK", "MDSK", "MDX1", "MDX2", "MDEK", *MARK_TYPES))


def sent_keys(
    facts: CplFacts, keyring: Keyring, *, mic_key_type: str | None = None
) -> tuple[ContentKey, ...]:
    """The keys of a message in its order, each MIC key behind the key that it goes with.

    A MIC key has the id of its content key, since a track file names one id for both, and `mic_key_type` as
    its type. UsageError, KeyMissingError, DcpError: see `select_keys`.
    """
    return _with_mic_keys(select_keys(facts, keyring, mic_key_type=mic_key_type), mic_key_type)


def select_keys(
    facts: CplFacts, keyring: Keyring, *, mic_key_type: str | None = None
) -> tuple[ContentKey, ...]:
    """The keys of the composition, in its order; each has a type that fits what it opens.

    Keys for forensic marks open no track, so no composition names them: those of a keyring that says that it
    is this composition's come after the others.
    """
    if not facts.keys:
        raise UsageError("kdm-keys.nothing-encrypted")
    marks = _mark_keys(facts, keyring)
    if len(facts.keys) + len(marks) > MAX_KEYS:
        raise DcpError("kdm-keys.too-many", found=len(facts.keys) + len(marks), most=MAX_KEYS)
    missing = [needed.id for needed in facts.keys if keyring.get(needed.id) is None]
    if missing:
        stranger = _stranger(facts, keyring)
        places: dict[str, Any] = {
            "missing": len(missing),
            "all": len(facts.keys),
            "cpl": facts.id,
            "named": Listed(missing, most=3),
        }
        if stranger:
            raise KeyMissingError("kdm-keys.of-another", stranger=stranger, **places)
        raise KeyMissingError("kdm-keys.missing", **places)
    keys = []
    for needed in facts.keys:
        key = keyring.require(needed.id)
        if needed.types and key.type not in needed.types:
            raise UsageError(
                "kdm-keys.type-unfit",
                key=key.id,
                type=key.type,
                opens=needed.kinds,
                wanted="/".join(needed.types),
            )
        if key.mic_key() is not None and mic_key_type is None:
            raise UsageError("kdm-keys.mic-type-unknown", key=key.id)
        keys.append(key)
    return (*keys, *marks)


def _with_mic_keys(keys: tuple[ContentKey, ...], mic_key_type: str | None) -> tuple[ContentKey, ...]:
    if mic_key_type is None:
        return keys
    if not is_key_type(mic_key_type) or mic_key_type in CONTENT_TYPES:
        raise UsageError("kdm-keys.no-mic-type", type=mic_key_type[:20])
    sent: list[ContentKey] = []
    for key in keys:
        sent.append(key)
        mic_key = key.mic_key()
        if mic_key is not None:
            sent.append(ContentKey(id=key.id, type=mic_key_type, value=mic_key))
    if len(sent) == len(keys):
        raise UsageError("kdm-keys.no-mic-keys")
    if len(sent) > MAX_KEYS:
        raise DcpError("kdm-keys.too-many-with-mic", found=len(sent), most=MAX_KEYS)
    return tuple(sent)


def _mark_keys(facts: CplFacts, keyring: Keyring) -> tuple[ContentKey, ...]:
    if keyring.cpl_id != facts.id:
        return ()
    needed = {key.id for key in facts.keys}
    return tuple(key for key in keyring.keys if key.type in MARK_TYPES and key.id not in needed)


def _stranger(facts: CplFacts, keyring: Keyring) -> uuid.UUID | None:
    """The composition that a keyring says it is of, where that is another one."""
    return keyring.cpl_id if keyring.cpl_id != facts.id else None


def keyring_notes(facts: CplFacts, keyring: Keyring) -> tuple[str, ...]:
    """What is worth saying about keys that will do: that they call themselves another composition's."""
    stranger = _stranger(facts, keyring)
    if stranger is None:
        return ()
    return (phrase("kdm-keys.stranger-noted", stranger=stranger, cpl=facts.id),)
