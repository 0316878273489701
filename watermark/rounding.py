"""What a plain rounding to 8 bits at the film's own size would leave of a mark.

Whoever made the copy may have rounded it so before anything else happened to it. A picture with grain or
texture dithers itself; smooth and clean ones, and those that were whole codes of 8 bits before, lose the
mark without a trace. So silence counts only where this could not have happened.
"""

from __future__ import annotations

import cv2
import numpy as np

from dcp.dataclass import dataclass
from watermark.carrier import COLUMNS, ROWS
from watermark.frames import Floats
from watermark.visibility import AMPLITUDE, CODE_GAMMA, strength

_DISPLAY_GAMMA = 2.4
_TYPICAL = 0.75
"""Of the carrier's peak."""


@dataclass(frozen=True)
class Rounded:
    """gain: share of the mark that is left. likeness: correlation, cell by cell, of what is left with it."""

    gain: float
    likeness: float

    def least(self, other: Rounded) -> Rounded:
        """The worse of both in each."""
        return Rounded(min(self.gain, other.gain), min(self.likeness, other.likeness))


def rounded_plainly(luminance: Floats, *, xyz: bool) -> Rounded:
    """Of one picture. luminance: whole size, 0 to 1, gamma-coded. xyz: codes of X'Y'Z', not of a display."""
    height, width = luminance.shape
    mask = cv2.resize(strength(luminance, white=1.0), (width, height), interpolation=cv2.INTER_LINEAR)
    share = np.float32(_TYPICAL * AMPLITUDE / _DISPLAY_GAMMA) * mask
    codes = np.clip(luminance, 0, 1) ** (CODE_GAMMA / _DISPLAY_GAMMA if xyz else 1.0) * np.float32(255)
    brighter, darker = np.rint(codes * (1 + share)), np.rint(codes * (1 - share))
    left, whole = (
        cv2.resize(np.asarray(each, dtype=np.float32), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
        for each in ((brighter - darker) / 2, codes * share)
    )
    energy, common = float((whole**2).sum()), float((left * whole).sum())
    if energy <= 0 or common <= 0:
        return Rounded(0.0, 0.0)
    return Rounded(min(common / energy, 1.0), common / float(np.sqrt((left**2).sum() * energy)))
