"""In which way each frame of an eye is coded, one after another: a rule that every executor, and a run that
goes on, follows alike; and what of it stands beside each frame in the spool.

A frame that is the one before again keeps its codestream. An anchor is measured: with how many bits its
samples are coded, that is found out, and the frames up to the next anchor are coded so. Anchors are the first
frame, the first of a shot, and one in `ANCHOR_EVERY`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from dcp.create.makers.alike import Look, is_cut, is_same
from dcp.create.makers.frame import Recipe
from dcp.dataclass import dataclass
from dcp.picture.coding import ANCHOR_EVERY, Coding, decibels, expected_error, psnr

Kind = Literal["coded", "anchor", "same", "black", "passed"]
"""same: as the one before. passed: a codestream as it stands."""
_KINDS: tuple[Kind, ...] = ("coded", "anchor", "same", "black", "passed")

_HUNDREDTHS = 100
_MOST_LOSS, _MOST_PSNR = (1 << 12) - 1, (1 << 13) - 1


class Seen(NamedTuple):
    """A frame before it is coded. look: None where it could not be looked at. recipe: its text in it."""

    look: Look | None
    recipe: Recipe


@dataclass(frozen=True)
class Chain:
    """What the next frame of an eye depends on. before: None where it was black or passed on, or there is
    none. anchored: the number of the last anchor's edit unit."""

    before: Seen | None = None
    anchored: int | None = None


def decided(chain: Chain, frame: Seen, at: int, *, coding: Coding, unlike: bool) -> tuple[Kind, Chain]:
    """What becomes of a frame that is coded, and the chain behind it. at: its edit unit. unlike: no frame is
    like another, as all are marked."""
    before = chain.before
    if not unlike and before is not None and _is_same(before, frame):
        return "same", Chain(before, chain.anchored)
    if coding == "exact":
        return "coded", Chain(frame, chain.anchored)
    if (
        before is None
        or chain.anchored is None
        or at - chain.anchored >= ANCHOR_EVERY
        or _is_cut(before, frame)
    ):
        return "anchor", Chain(frame, at)
    return "coded", Chain(frame, chain.anchored)


def _is_same(before: Seen, frame: Seen) -> bool:
    if before.look is None or frame.look is None or before.recipe != frame.recipe:
        return False
    return is_same(before.look, frame.look)


def _is_cut(before: Seen, frame: Seen) -> bool:
    one, other = before.recipe, frame.recipe
    if (one.size, one.placement, one.path) != (other.size, other.placement, other.path):
        return True
    return before.look is None or frame.look is None or is_cut(before.look, frame.look)


# --- what is noted -----


class Note(NamedTuple):
    """What stands beside a frame in the spool. planes: how many of the lowest bits were left out. loss, psnr:
    of an anchor, in dB: against coding with all 12 bits, and to the picture as drawn, as measured."""

    kind: Kind = "coded"
    planes: int = 0
    loss: float = 0.0
    psnr: float = math.inf

    def packed(self) -> int:
        """In 32 bits; dB in hundredths."""
        loss = min(_MOST_LOSS, max(0, round(self.loss * _HUNDREDTHS)))
        psnr = _MOST_PSNR if math.isinf(self.psnr) else min(_MOST_PSNR - 1, round(self.psnr * _HUNDREDTHS))
        return _KINDS.index(self.kind) | self.planes << 3 | loss << 6 | max(0, psnr) << 18


def unpacked(note: int) -> Note:
    """ValueError for a number that is no note."""
    kind, psnr = note & 7, note >> 18 & _MOST_PSNR
    if kind >= len(_KINDS):
        raise ValueError(note)
    return Note(
        _KINDS[kind],
        note >> 3 & 7,
        (note >> 6 & _MOST_LOSS) / _HUNDREDTHS,
        math.inf if psnr == _MOST_PSNR else psnr / _HUNDREDTHS,
    )


def measured_note(planes: int, errors: Mapping[int, float]) -> Note:
    """Of an anchor. errors: mean square errors by the planes that were left out, in codes squared; of planes
    that were not tried it is the one to be expected."""
    error = errors[planes] if planes in errors else expected_error(errors, planes)
    return Note("anchor", planes, decibels(error, errors[0]), psnr(error))


def last_anchor(notes: Sequence[int], eye: int, eyes: int) -> tuple[int, int] | None:
    """Of an eye's frames among those that lie in turns: the last anchor's edit unit, and its planes."""
    for at in reversed(range(eye, len(notes), eyes)):
        note = unpacked(notes[at])
        if note.kind == "anchor":
            return at // eyes, note.planes
    return None
