"""How a picture's frames were coded, counted from the notes in its spool, and said."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

from dcp.create.makers.chain import unpacked
from dcp.dataclass import dataclass
from dcp.picture.codec import BIT_DEPTH
from dcp.picture.coding import ALLOWED, Coding
from dcp.texts.catalogue import Text, text


@dataclass(frozen=True)
class Coded:
    """frames: by the bits of a sample that were coded, most first; same: that have the codestream of the one
    before; black: coded once for all; passed: that were codestreams. anchors: frames that were measured.

    loss: the largest that was measured, in dB, where no picture was clean enough for more; None without one.
    clean: of those where more was lost the least that is kept, in dB to the picture as drawn.
    """

    coding: Coding
    frames: tuple[tuple[int, int], ...] = ()
    same: int = 0
    black: int = 0
    passed: int = 0
    anchors: int = 0
    loss: float | None = None
    clean: float | None = None

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "coding": self.coding,
            "frames_by_bits": {str(bits): count for bits, count in self.frames},
            "same_as_before": self.same,
            "black": self.black,
            "passed_on": self.passed,
            "measured": self.anchors,
            "largest_loss_db": 0.0 if self.loss is None and self.anchors else self.loss,
            "least_clean_db": self.clean,
        }

    def lines(self) -> list[Text]:
        """For a person; none where nothing was coded."""
        if not self.frames:
            return []
        bits = [text("coded.frames", n=count, bits=bits) for bits, count in self.frames]
        lines = [text("coded.bits", frames=bits)]
        if self.same:
            lines.append(text("coded.same", n=self.same))
        if self.loss is None and self.clean is not None:
            lines.append(text("coded.clean-alone", n=self.anchors, psnr=self.clean))
        elif self.anchors:
            lines.append(text("coded.loss", n=self.anchors, loss=self.loss or 0.0))
            lines += [text("coded.clean", psnr=self.clean)] if self.clean is not None else []
        return lines


def coded_of(notes: Iterable[int], coding: Coding) -> Coded:
    """Of a whole track, an earlier run's frames among them."""
    kinds: Counter[str] = Counter()
    bits: Counter[int] = Counter()
    losses: list[float] = []
    kept: list[float] = []
    allowed = ALLOWED.get(coding)
    for number in notes:
        note = unpacked(number)
        kinds[note.kind] += 1
        if note.kind in ("coded", "anchor"):
            bits[BIT_DEPTH - note.planes] += 1
        if note.kind == "anchor":
            clean = allowed is not None and note.loss > allowed.loss and note.psnr >= allowed.psnr
            if not clean:
                losses.append(note.loss)
            elif math.isfinite(note.psnr):
                kept.append(note.psnr)
    return Coded(
        coding,
        tuple(sorted(bits.items(), reverse=True)),
        kinds["same"],
        kinds["black"],
        kinds["passed"],
        kinds["anchor"],
        max(losses, default=None),
        min(kept, default=None),
    )
