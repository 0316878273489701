"""An overlay mixed into a picture's X'Y'Z' codes, in light."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dcp.text.layout.overlay import Eye, Overlay, Patch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Plane = NDArray[Any]


def burn(
    planes: Sequence[Plane],
    overlay: Overlay,
    alpha: float = 1.0,
    *,
    eye: Eye | None = None,
    hdr: bool = False,
) -> None:
    """Put an overlay over three planes of 12-bit codes, of the overlay's size and any integer type.

    alpha: how much of it is seen, 0 to 1. eye: whose picture it is: with a position in depth both see it half
    of the parallax apart, the right one to the right where that is positive: behind the screen. hdr: codes of
    ST 2084; text's white is 48 cd/m2 in both. ValueError for planes of another size.
    """
    if any(plane.shape != overlay.size[::-1] for plane in planes):
        raise ValueError(f"planes of {[plane.shape for plane in planes]} under an overlay of {overlay.size}")
    if alpha <= 0:
        return
    for patch in overlay.patches:
        _burn(planes, patch, min(alpha, 1.0), _shift(patch, overlay.size[0], eye), hdr)


def _shift(patch: Patch, width: int, eye: Eye | None) -> int:
    if eye is None or not patch.z:
        return 0
    half = patch.z / 100 * width / 2
    return round(half if eye == "right" else -half)


def _burn(planes: Sequence[Plane], patch: Patch, alpha: float, shift: int, hdr: bool) -> None:
    import numpy as np

    from dcp.picture.colour.mixing import codes_of_light, light_of_codes, light_of_white

    left, width = patch.left + shift, planes[0].shape[1]
    first, end = max(0, -left), min(patch.alpha.shape[1], width - left)
    if first >= end:
        return
    covered = patch.alpha[:, first:end]
    rows = slice(patch.top, patch.top + covered.shape[0])
    columns = slice(left + first, left + end)
    where = covered > 0
    keep = 1 - covered[where] * np.float32(alpha)
    table, white = light_of_codes(hdr), np.float32(alpha * light_of_white(hdr))
    for plane, light in zip(planes, patch.light, strict=True):
        under = plane[rows, columns]
        under[where] = codes_of_light(table[under[where]] * keep + light[:, first:end][where] * white, hdr)
