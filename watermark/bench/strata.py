"""Which kinds of picture an excerpt is of: some are measured on it, others a table of the footage tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from watermark.bench.films import Rgb16, Scene

MEASURED = ("bright", "dark", "static", "motion", "clean")
TOLD = ("animation", "titles", "water", "foliage")
STRATA = (*MEASURED, *TOLD)
_SIZE = (160, 90)
_REC709 = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


@dataclass(frozen=True)
class Look:
    """What was measured. mean: of the luminance, in codes of 8 bits; motion: median of the mean change
    from frame to frame, in codes; grain: rms of what is finest in the flattest tenth of it, in codes."""

    mean: float
    motion: float
    grain: float


class Looking:
    """Gathers a look from frames that pass; every second pair of neighbours is looked at."""

    def __init__(self) -> None:
        self._means, self._moves, self._grains = list[float](), list[float](), list[float]()
        self._pair: list[NDArray[np.float32]] = []
        self._count = 0

    def see(self, frame: Rgb16) -> None:
        if self._count % 6 < 2:
            luminance = (frame.astype(np.float32) @ _REC709) / np.float32(257)
            self._pair.append(cv2.resize(luminance, _SIZE, interpolation=cv2.INTER_AREA).astype(np.float32))
            if len(self._pair) == 2:
                one, two = self._pair
                self._means.append(float(two.mean()))
                self._moves.append(float(np.abs(two - one).mean()))
                self._grains.append(_grain(luminance))
                self._pair.clear()
        self._count += 1

    def look(self) -> Look:
        def middle(values: Sequence[float]) -> float:
            return round(float(np.median(values)), 3) if values else 0.0

        return Look(middle(self._means), middle(self._moves), middle(self._grains))


def strata_of(look: Look, shown: Iterable[tuple[Scene, int, int]]) -> tuple[str, ...]:
    """The strata of an excerpt. shown: its clips and which of their frames; a kind that a table tells counts
    when more than half of the excerpt is of it."""
    found = []
    if look.mean >= 120:
        found.append("bright")
    if look.mean < 60:
        found.append("dark")
    if look.motion < 1:
        found.append("static")
    if look.motion >= 4:
        found.append("motion")
    if look.grain < 0.4:
        found.append("clean")
    clips = list(shown)
    whole = sum(last - first for _, first, last in clips)
    for kind in TOLD:
        common = sum(
            max(0, min(last, end) - max(first, begin))
            for scene, first, last in clips
            for name, begin, end in scene.kinds
            if name == kind
        )
        if 2 * common > whole:
            found.append(kind)
    return tuple(found)


def _grain(luminance: NDArray[np.float32]) -> float:
    fine = luminance - cv2.GaussianBlur(luminance, (0, 0), 1.2)
    height, width = (side // 8 * 8 for side in luminance.shape)
    tiles = fine[:height, :width].reshape(height // 8, 8, width // 8, 8).std(axis=(1, 3))
    return float(np.quantile(tiles, 0.1))


def overlap(pieces: Iterable[tuple[int, int]]) -> int:
    """How many frames lie in at least one of these stretches (first, last)."""
    edges = sorted(pieces)
    if not edges:
        return 0
    covered, end = 0, edges[0][0]
    for first, last in edges:
        covered += max(0, last - max(first, end))
        end = max(end, last)
    return covered
