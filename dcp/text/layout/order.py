"""In which order signs stand: the bidirectional algorithm (UAX 9), by python-bidi's steps.

Its levels are what is needed here, as signs are shaped in runs of one direction. It has the rules from before
Unicode 6.3: pairs of brackets are added here (N0), isolates are passed over.
"""

from __future__ import annotations

import unicodedata
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from dcp.dataclass import dataclass

Base = Literal["ltr", "rtl"]
_RIGHT_TO_LEFT = ("R", "AL", "AN", "RLE", "RLO", "RLI")
_MOST_OPEN = 63
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
    _resolve_brackets(storage)
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


def _resolve_brackets(storage: Mapping[str, Any]) -> None:
    """Rule N0: both of a pair have the direction of what they hold, or of what is before them."""
    for run in storage["runs"]:
        signs = storage["chars"][run["start"] : run["start"] + run["length"]]
        for opening, closing in _pairs(signs):
            own = "LR"[signs[opening]["level"] % 2]
            inside = {_strong(sign["type"]) for sign in signs[opening + 1 : closing]} - {None}
            if not inside:
                continue
            if own in inside:
                direction = own
            else:
                before = (_strong(sign["type"]) for sign in reversed(signs[:opening]))
                other = next((kind for kind in before if kind is not None), run["sor"])
                direction = other if other != own else own
            for place in (opening, closing):
                signs[place]["type"] = direction
                for mark in signs[place + 1 :]:
                    if mark["orig"] != "NSM":
                        break
                    mark["type"] = direction


def _pairs(signs: Sequence[Mapping[str, Any]]) -> list[tuple[int, int]]:
    """Places of brackets that belong together (BD16), by the opening one."""
    from bidi.mirror import MIRRORED

    found, opened = [], list[tuple[str, int]]()
    for place, sign in enumerate(signs):
        bracket = unicodedata.normalize("NFC", sign["ch"])
        kind = unicodedata.category(bracket) if sign["type"] == "ON" and len(bracket) == 1 else ""
        if kind == "Ps" and bracket in MIRRORED:
            if len(opened) == _MOST_OPEN:
                break
            opened.append((MIRRORED[bracket], place))
        elif kind == "Pe":
            at = next((at for at in reversed(range(len(opened))) if opened[at][0] == bracket), None)
            if at is not None:
                found.append((opened[at][1], place))
                del opened[at:]
    return sorted(found)


def _strong(kind: str) -> str | None:
    """Numbers count as right to left."""
    return "L" if kind == "L" else "R" if kind in ("R", "AL", "EN", "AN") else None


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
