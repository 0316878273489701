"""In which order signs stand: the bidirectional algorithm (UAX 9), by python-bidi's steps.

Its levels are what is needed here, as signs are shaped in runs of one direction; its pairs of brackets take
the direction of what is around them (its rules are those before Unicode 6.3), isolates are passed over.
"""

from __future__ import annotations

import unicodedata
from collections import deque
from typing import Any, Literal

from dcp.dataclass import dataclass

Base = Literal["ltr", "rtl"]
_RIGHT_TO_LEFT = ("R", "AL", "AN", "RLE", "RLO", "RLI")
_ISOLATES = ("LRI", "RLI", "FSI", "PDI")


@dataclass(frozen=True)
class Stretch:
    """Signs `first` to before `end` of the text, all of one level."""

    first: int
    end: int
    level: int

    @property
    def backwards(self) -> bool:
        """Whether they stand from right to left."""
        return self.level % 2 == 1


def base_of(words: str, stated: Base) -> Base:
    """Right to left where that is stated or the first sign with a direction has it: documents leave the
    attribute out, whose default is left to right, and mean what the signs say."""
    if stated == "rtl":
        return "rtl"
    for sign in words:
        kind = unicodedata.bidirectional(sign)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def levels(words: str, base: Base) -> list[int]:
    """The embedding level of each sign; even ones stand from left to right."""
    bottom = 1 if base == "rtl" else 0
    kinds = [unicodedata.bidirectional(sign) for sign in words]
    if not bottom and not any(kind in _RIGHT_TO_LEFT for kind in kinds):
        return [0] * len(words)
    from bidi import algorithm

    storage: dict[str, Any] = {
        "base_level": bottom,
        "base_dir": "LR"[bottom],
        "chars": [],
        "runs": deque(),
    }
    algorithm.get_embedding_levels(words, storage)
    signs = storage["chars"]
    for number, sign in enumerate(signs):
        sign["number"] = number
        if sign["type"] in _ISOLATES:
            sign["type"] = sign["orig"] = "BN"
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    found = {sign["number"]: int(sign["level"]) for sign in storage["chars"]}
    for sign in reversed(storage["chars"]):  # L1: blanks at the end stand as the line does
        if sign["orig"] not in ("B", "S", "WS", "BN"):
            break
        found[sign["number"]] = bottom
    result, last = [], bottom
    for number in range(len(words)):  # those that the algorithm takes away go with the one before
        last = found.get(number, last)
        result.append(last)
    return result


def in_sight(levels: list[int]) -> list[Stretch]:
    """The stretches of one level from left to right, as rule L2 turns them round."""
    stretches = []
    first = 0
    for at in range(1, len(levels) + 1):
        if at == len(levels) or levels[at] != levels[first]:
            stretches.append(Stretch(first, at, levels[first]))
            first = at
    for level in range(max(levels, default=0), 0, -1):
        at = 0
        while at < len(stretches):
            end = at
            while end < len(stretches) and stretches[end].level >= level:
                end += 1
            stretches[at:end] = reversed(stretches[at:end])
            at = max(end, at + 1)
    return stretches
