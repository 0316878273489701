"""Ids that are as good as random ones, and the same again for who knows the seed.

A run that goes on with another's work gives everything the ids that the first one would have given: a package
that was interrupted is the same, byte for byte, as one that was not.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from uuid import UUID

SEED_BYTES = 32


def new_seed() -> bytes:
    """From the operating system."""
    return os.urandom(SEED_BYTES)


def id_of(seed: bytes, *parts: object) -> UUID:
    """The id of what is named so: in the form of a random one (RFC 4122, version 4)."""
    name = "/".join(map(str, parts))
    return UUID(bytes=hashlib.sha256(seed + name.encode()).digest()[:16], version=4)


def ids_of(seed: bytes, *parts: object) -> Callable[[], UUID]:
    """Gives one id after the other, always in the same order. One thread at a time."""
    count = 0

    def fresh() -> UUID:
        nonlocal count
        count += 1
        return id_of(seed, *parts, count)

    return fresh
