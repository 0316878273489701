"""In which order decisions are told: first what is not as the source has it, then what was assumed."""

from __future__ import annotations

from collections.abc import Iterable

from dcp.create.planning.telling import innermost
from dcp.texts.catalogue import Text

_ASSUMED = frozenset((
    "note.no-time-stamps", "plan.colour-assumed", "plan.dpx-says", "plan.edl-rate", "plan.exr-primaries",
    "plan.sound-unnamed",
))  # fmt: skip
_AS_IT_IS = frozenset((
    "plan.aces", "plan.aces-hdr", "plan.aux-atmos", "plan.aux-data", "plan.aux-iab", "plan.aux-not-judged",
    "plan.codestreams-untouched", "plan.colour-codes", "plan.colour-codes-hdr",
    "plan.colour-tagged", "plan.colour-told", "plan.cube", "plan.cube-codes", "plan.cube-codes-hdr",
    "plan.hdr-of-sdr", "plan.placed", "plan.range-told", "plan.sound-language", "plan.sound-mono",
    "plan.sound-mono-streams", "plan.sound-placed", "plan.sound-stereo", "plan.sound-untouched",
    "plan.stereo-pairs", "plan.still-held", "plan.still-profile", "plan.text-language", "plan.text-own-font",
))  # fmt: skip
_OF_THE_PACKAGE = frozenset((
    "plan.coding", "plan.coding-exact", "plan.coding-marked", "plan.cut-into-reels",
    "plan.limit", "plan.limit-encrypted",
    "plan.limit-told", "plan.loudness", "plan.loudness-short", "plan.loudness-silent",
    "plan.loudness-unmeasured", "plan.marked", "plan.name", "plan.name-film-cut", "plan.name-left-out",
    "plan.no-profile", "plan.profile", "plan.sync-channels", "plan.sync-renewed", "plan.sync-signal",
    "plan.text-not-encrypted", "plan.text-over-cut", "plan.text-placeholder", "plan.text-versions",
))  # fmt: skip
_GROUPS = (_ASSUMED, _AS_IT_IS, _OF_THE_PACKAGE)


def in_order(decisions: Iterable[Text]) -> tuple[Text, ...]:
    """Each once: what becomes of the sources otherwise than they have it, what is assumed of them, what is
    taken as they say, and what holds for the package. What no group names stands with the first."""
    return tuple(sorted(dict.fromkeys(decisions), key=_place))


def _place(said: Text) -> int:
    id = innermost(said).id
    return next((number for number, group in enumerate(_GROUPS, start=1) if id in group), 0)
