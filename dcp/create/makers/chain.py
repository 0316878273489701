"""In which way each frame of an eye is coded, one after another: a rule that every executor, and a run that
goes on, follows alike; and what of it stands beside each frame in the spool.

A frame that is the one before again keeps its codestream. An anchor is measured: with how many bits its
samples are coded, that is found out, and the frames up to the next anchor are coded so. Anchors are the first
frame, the first of a shot, one in `ANCHOR_EVERY`, and one that has become much lighter or darker than the
last of them: in a fade, what is seen of grain and with it what a coding may lose changes with the light.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from dcp.create.makers.alike import Look, is_cut, is_same, light_of
from dcp.create.makers.frame import Recipe
from dcp.dataclass import dataclass
from dcp.picture.coding import ANCHOR_EVERY, Coding, decibels, expected_error, psnr

Kind = Literal["coded", "anchor", "same", "black", "passed"]
"""same: as the one before. passed: a codestream as it stands."""
_KINDS: tuple[Kind, ...] = ("coded", "anchor", "same", "black", "passed")

_LIGHTER = 2
"""Steps of `light_of`."""
_MOST = (1 << 10) - 1


class Seen(NamedTuple):
    """A frame before it is coded. look: None where it could not be looked at. recipe: its text in it."""

    look: Look | None
    recipe: Recipe


@dataclass(frozen=True)
class Chain:
    """What the next frame of an eye depends on. before: None where it was black or passed on, or there is
    none. anchored: the number of the last anchor's edit unit; light: how light it was (`light_of`)."""

    before: Seen | None = None
    anchored: int | None = None
    light: int = 0

    def behind(self, frame: Seen | None) -> Chain:
        """With another frame before the next."""
        return Chain(frame, self.anchored, self.light)


def decided(chain: Chain, frame: Seen, at: int, *, coding: Coding, unlike: bool) -> tuple[Kind, Chain]:
    """What becomes of a frame that is coded, and the chain behind it. at: its edit unit. unlike: no frame is
    like another, as all are marked."""
    before = chain.before
    if not unlike and before is not None and _is_same(before, frame):
        return "same", chain
    if coding == "exact":
        return "coded", chain.behind(frame)
    light = light_of(frame.look) if frame.look is not None else 0
    if (
        before is None
        or chain.anchored is None
        or at - chain.anchored >= ANCHOR_EVERY
        or abs(light - chain.light) >= _LIGHTER
        or _is_cut(before, frame)
    ):
        return "anchor", Chain(frame, at, light)
    return "coded", chain.behind(frame)


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
    """What stands beside a frame in the spool. planes: how many of the lowest bits were left out. Of an
    anchor: loss, against coding with all 12 bits, and psnr, to the picture as drawn, in dB, as measured;
    light: as `light_of` has it."""

    kind: Kind = "coded"
    planes: int = 0
    loss: float = 0.0
    psnr: float = math.inf
    light: int = 0

    def packed(self) -> int:
        """In 32 bits: hundredths of a dB of loss, whole tenths of the other."""
        loss = min(_MOST, max(0, round(self.loss * 100)))
        psnr = _MOST if math.isinf(self.psnr) else min(_MOST - 1, max(0, math.floor(self.psnr * 10)))
        return _KINDS.index(self.kind) | self.planes << 3 | loss << 6 | psnr << 16 | self.light << 26


def unpacked(note: int) -> Note:
    """ValueError for a number that is no note."""
    kind, psnr = note & 7, note >> 16 & _MOST
    if kind >= len(_KINDS):
        raise ValueError(note)
    return Note(
        _KINDS[kind],
        note >> 3 & 7,
        (note >> 6 & _MOST) / 100,
        math.inf if psnr == _MOST else psnr / 10,
        note >> 26,
    )


def measured_note(planes: int, errors: Mapping[int, float], light: int) -> Note:
    """Of an anchor. errors: mean square errors by the planes that were left out, in codes squared; of planes
    that were not tried it is the one to be expected."""
    error = errors[planes] if planes in errors else expected_error(errors, planes)
    return Note("anchor", planes, decibels(error, errors[0]), psnr(error), light)


def last_anchor(notes: Sequence[int], eye: int, eyes: int) -> tuple[int, Note] | None:
    """Of an eye's frames among those that lie in turns: the last anchor's edit unit, and its note."""
    for at in reversed(range(eye, len(notes), eyes)):
        note = unpacked(notes[at])
        if note.kind == "anchor":
            return at // eyes, note
    return None
