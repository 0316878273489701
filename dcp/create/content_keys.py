"""A content key for each track file that is encrypted: given ones by type in the order of the tracks, or
fresh ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dcp.auxdata.atmos import KEY_TYPES as AUX_KEY_TYPES
from dcp.create.job.values import Essence
from dcp.create.planning.plan import Plan, ReelPlan
from dcp.errors import UsageError
from dcp.secrets.keys import ContentKey, Keyring

KEY_TYPES: Mapping[Essence, str] = {"picture": "MDIK", "sound": "MDAK", "text": "MDSK"}
"""ST 430-1; that of auxiliary data depends on what it is."""


def content_keys(plan: Plan, keyring: Keyring | None) -> dict[Essence, list[ContentKey]]:
    """A key for each track file of the kinds that are encrypted. UsageError where the keyring has too few."""
    found: dict[Essence, list[ContentKey]] = {}
    given: dict[str, Iterator[ContentKey]] = {}
    for kind in plan.encrypt:
        types = _key_types(plan, kind)
        found[kind] = []
        for number, (type, scope) in enumerate(types):
            if keyring is None:
                reel = _reel(plan, kind, number) + 1
                found[kind].append(ContentKey.generate(type, reel=reel, scope=scope))
                continue
            key = next(given.setdefault(type, keyring.of_type(type)), None)
            if key is None:
                held, needed = len(list(keyring.of_type(type))), [each for each, _ in types].count(type)
                raise UsageError("create.too-few-keys", n=held, kind=type, needed=needed)
            found[kind].append(key)
    return found


def plays(reel: ReelPlan, kind: Essence, number: int) -> bool:
    """Whether a reel plays the plan's track of this kind and number."""
    return number in reel.texts if kind == "text" else getattr(reel, kind) == number


# --- how it is done -----


def _key_types(plan: Plan, kind: Essence) -> list[tuple[str, str | None]]:
    """Type and scope of the key of each track of a kind."""
    if kind == "aux":
        return [AUX_KEY_TYPES[track.facts.kind] for track in plan.auxes]
    tracks: Mapping[Essence, Sequence[object]] = {
        "picture": plan.pictures, "sound": plan.sounds, "text": plan.texts,
    }  # fmt: skip
    return [(KEY_TYPES[kind], None)] * len(tracks.get(kind, ()))


def _reel(plan: Plan, kind: Essence, number: int) -> int:
    """The first reel that plays the track, from 0, counted through all compositions."""
    reels = [reel for each in plan.compositions for reel in each.reels]
    return next(at for at, reel in enumerate(reels) if plays(reel, kind, number))
