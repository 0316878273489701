"""The patterns by name, and those that belong together."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

from dcp.errors import UsageError
from player.patterns.pattern import Pattern

NAMES = ("framing", "focus", "levels", "colours", "sync", "channels")
SETS: Mapping[str, Sequence[str]] = {"projection": NAMES}


def pattern_named(name: str) -> Pattern:
    """UsageError, which lists the names, when there is no such pattern."""
    if name not in NAMES:
        raise UsageError("pattern.unknown", name=name[:40], names=", ".join(NAMES))
    make: Callable[[], Pattern] = import_module(f"player.patterns.{name}").pattern
    return make()


def patterns() -> tuple[Pattern, ...]:
    return tuple(map(pattern_named, NAMES))


def pattern_of(ids: Sequence[str]) -> Pattern | None:
    """The pattern that a composition says it is, by the ids of its content versions."""
    known = {each.id: each for each in patterns()}
    for id in ids:
        try:
            found = known.get(uuid.UUID(id.removeprefix("urn:uuid:")))
        except ValueError:
            continue
        if found is not None:
            return found
    return None
