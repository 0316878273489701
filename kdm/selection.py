"""Which keys a message carries: those that its composition uses, keys for marks, and MIC keys."""

from __future__ import annotations

import uuid

from dcp.errors import DcpError, KeyMissingError, UsageError
from dcp.secrets.keys import ContentKey, Keyring
from kdm.block import is_key_type
from kdm.composition import MARK_TYPES, CplFacts

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
        raise UsageError(
            "the composition has no encrypted track, so there is nothing to send",
            remedy="nobody needs a KDM for it",
        )
    marks = _mark_keys(facts, keyring)
    if len(facts.keys) + len(marks) > MAX_KEYS:
        raise DcpError(
            f"the composition uses {len(facts.keys) + len(marks)} keys; a KDM carries at most {MAX_KEYS}"
        )
    missing = [needed.id for needed in facts.keys if keyring.get(needed.id) is None]
    if missing:
        named = ", ".join(str(key_id) for key_id in missing[:3]) + (", ..." if len(missing) > 3 else "")
        stranger = _stranger(facts, keyring)
        raise KeyMissingError(
            f"{len(missing)} of the {len(facts.keys)} keys of composition {facts.id} are not at hand: {named}"
            + (f"; the keys given say that they are those of composition {stranger}" if stranger else ""),
            remedy="give the keys file that was written when the package was encrypted",
        )
    keys = []
    for needed in facts.keys:
        key = keyring.require(needed.id)
        if needed.types and key.type not in needed.types:
            raise UsageError(
                f"key {key.id} has the type {key.type}, but it opens {' and '.join(needed.kinds)},"
                f" which wants {' or '.join(needed.types)}",
                remedy="correct its type in the keys file",
            )
        if key.mic_key() is not None and mic_key_type is None:
            raise UsageError(
                f"key {key.id} comes with a MIC key of its own, and the key type that a KDM gives such a key"
                " is not established",
                remedy="name the type that the receiving systems expect (--mic-key-type), or encrypt with MIC"
                " keys derived from the content keys, as nearly all packages are",
            )
        keys.append(key)
    return (*keys, *marks)


def _with_mic_keys(keys: tuple[ContentKey, ...], mic_key_type: str | None) -> tuple[ContentKey, ...]:
    if mic_key_type is None:
        return keys
    if not is_key_type(mic_key_type) or mic_key_type in CONTENT_TYPES:
        raise UsageError(
            f"'{mic_key_type[:20]}' is no key type for MIC keys",
            remedy="give four capital letters or digits, and no content key's type",
        )
    sent: list[ContentKey] = []
    for key in keys:
        sent.append(key)
        mic_key = key.mic_key()
        if mic_key is not None:
            sent.append(ContentKey(id=key.id, type=mic_key_type, value=mic_key))
    if len(sent) == len(keys):
        raise UsageError("none of the keys comes with a MIC key", remedy="leave --mic-key-type out")
    if len(sent) > MAX_KEYS:
        raise DcpError(f"with their MIC keys these are {len(sent)} keys; a KDM carries at most {MAX_KEYS}")
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
    return (
        f"the keys given say that they are those of composition {stranger}; all that composition"
        f" {facts.id} needs are among them",
    )
