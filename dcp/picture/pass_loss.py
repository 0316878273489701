"""How far a picture comes to be from the whole decode when coding passes are left out, estimated.

Nothing is decoded. How many bytes a code block has for its samples tells how wide its coefficients spread;
taken for a Laplace distribution, they give what each bit plane that is left out adds (ISO 15444-1 E.1: where
one ends, half a step is added). Beside decoded film with grain it promises up to `MARGIN_DB` too much, which
is taken off; of white noise, which film is not, one or two dB more.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from dcp.dataclass import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARGIN_DB = 1.0
MOST_CUT = 36
"""Passes; beyond, blocks are taken to lose no more."""


@dataclass(frozen=True)
class Loss:
    """Of one codestream. had, full: passes of each contribution, and those of a block with all its planes.
    lighter: by how many passes it outweighs the band that matters least. row: of the table of distortions.
    scale: what that is in the picture, by samples and weight. samples: of the picture."""

    had: NDArray[np.int64]
    full: NDArray[np.int64]
    lighter: NDArray[np.int64]
    row: NDArray[np.int64]
    scale: NDArray[np.float64]
    samples: int

    def kept(self, passes: int) -> NDArray[np.int64]:
        """The passes that stay of each contribution when so many are left out of the lightest band."""
        cut = np.maximum(passes - self.lighter, 0)
        kept: NDArray[np.int64] = np.minimum(self.had, np.maximum(self.full - cut, 1))
        return kept

    def least_db(self, passes: int) -> float:
        """PSNR to the whole decode, at least; infinite where nothing is left out that tells anything."""
        cut = np.minimum(self.had - self.kept(passes), MOST_CUT)
        error = float(_distortion().ravel().take(self.row + cut) @ self.scale) / self.samples
        return -10 * math.log10(error) - MARGIN_DB if error > 0 else math.inf

    def passes_for(self, least_db: float, most: int) -> int:
        """How many may be left out for the picture not to be further off than that; 0 to `most`."""
        low, high = 0, most
        while low < high:
            middle = (low + high + 1) // 2
            if self.least_db(middle) >= least_db:
                low = middle
            else:
                high = middle - 1
        return low


def loss_of(
    had: Any,
    planes: Any,
    sizes: Any,
    lighter: NDArray[np.int64],
    areas: NDArray[np.float64],
    weights: NDArray[np.float64],
    samples: int,
) -> Loss:
    """Of contributions: passes, bit planes, bytes, and what `dcp.picture.band_weights` says of their blocks.
    samples: of the picture that is decoded, of all components."""
    full = 3 * planes - 2
    row = np.searchsorted(_rates(), 8 * sizes / areas).clip(0, _SPREADS - 1) * (MOST_CUT + 1)
    scale = areas * (weights * np.exp2((full - had) / 3)) ** 2
    return Loss(had, full, lighter, row, scale, samples)


# --- the model -----

_SPREADS = 128
_NARROW, _WIDE = -4.0, 12.0  # powers of two
_TAIL = 40  # spreads, beyond which there is nothing
_ONE_LESS, _TWO_LESS = 0.4, 0.75
"""What the last pass of a plane tells of it, and the last two: measured."""


def _decays() -> NDArray[np.float64]:
    """How much rarer each next magnitude is, by the standard deviation of the coefficients in steps."""
    spreads: NDArray[np.float64] = np.exp2(np.linspace(_NARROW, _WIDE, _SPREADS))
    return np.exp(-math.sqrt(2) / spreads)


@cache
def _rates() -> NDArray[np.float64]:
    """Bits a coefficient by spread: the entropy of magnitudes, and a sign where there is one."""
    decay = _decays()
    rest = 1 - decay
    rates: NDArray[np.float64] = -(np.log2(rest) + decay / rest * np.log2(decay)) + decay
    return rates


@cache
def _distortion() -> NDArray[np.float64]:
    """The mean square, in steps, between what all passes give and fewer: by spread and passes less."""
    planes = np.zeros((_SPREADS, MOST_CUT // 3 + 2))
    for number, decay in enumerate(_decays()):
        for plane in range(1, planes.shape[1]):
            planes[number, plane] = _planes_less(float(decay), plane)
    table = np.empty((_SPREADS, MOST_CUT + 1))
    for cut in range(MOST_CUT + 1):
        share = (0.0, _ONE_LESS, _TWO_LESS)[cut % 3]
        table[:, cut] = planes[:, cut // 3] * (1 - share) + planes[:, cut // 3 + 1] * share
    return table


def _planes_less(decay: float, planes: int) -> float:
    """The same for whole bit planes: magnitudes below 2 ** planes become 0, others the middle of theirs."""
    wide = 1 << planes
    tail = min(wide, int(-_TAIL / math.log(decay)) + 2)
    magnitude = np.arange(tail)
    chance = (1 - decay) * decay**magnitude
    lost = float(chance[1:] @ (magnitude[1:] + 0.5) ** 2)
    moved = float(chance @ (magnitude + 0.5 - wide / 2) ** 2) / (1 - decay**wide)
    return lost + moved * decay**wide
