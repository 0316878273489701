"""What patterns are drawn with: rectangles, words, and the codes of grey and of light."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from player.patterns.light import WHITE, codes_of
from player.patterns.pattern import Codes, Size

FLAT, SCOPE = (1998, 1080), (2048, 858)
"""Of a 2K container (ST 428-1); in 4K twice as much."""


def black(size: Size) -> Codes:
    return np.zeros((size[1], size[0], 3), np.uint16)


def grey(share: float) -> tuple[int, int, int]:
    """Codes of so much of the white's light, 0 to 1."""
    x, y, z = (int(each) for each in np.rint(codes_of(WHITE * share)))
    return x, y, z


def rectangle(
    image: Codes, box: tuple[int, int, int, int], codes: tuple[int, int, int], width: int = 1
) -> None:
    """An outline inside of (left, top, right, bottom), the last two outside."""
    left, top, right, bottom = box
    image[top : top + width, left:right] = image[bottom - width : bottom, left:right] = codes
    image[top:bottom, left : left + width] = image[top:bottom, right - width : right] = codes


def centred(inner: Size, size: Size) -> tuple[int, int, int, int]:
    """Where an inner picture of 2K lies in a container, scaled with it."""
    scale = 2 if size[0] > 2048 else 1
    width, height = min(inner[0] * scale, size[0]), min(inner[1] * scale, size[1])
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return left, top, left + width, top + height


def words(
    image: Codes, said: str, at: tuple[int, int], codes: tuple[int, int, int], scale: float = 1.0
) -> None:
    """A line of plain letters; at: its lower left corner."""
    mask = _letters(said, scale)
    left, bottom = at
    top = max(bottom - mask.shape[0], 0)
    part = image[top:bottom, left : left + mask.shape[1]]
    part[mask[: part.shape[0], : part.shape[1]] > 0] = codes


@lru_cache(maxsize=256)
def _letters(said: str, scale: float) -> Codes:
    face, thick = cv2.FONT_HERSHEY_SIMPLEX, max(1, round(2 * scale))
    (width, height), below = cv2.getTextSize(said, face, scale, thick)
    mask = np.zeros((height + below + 2, width + 2), np.uint8)
    cv2.putText(mask, said, (1, height + 1), face, scale, 255, thick, cv2.LINE_8)
    return mask.astype(np.uint16)
