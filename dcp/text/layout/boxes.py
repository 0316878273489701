"""Where a line or an image lies on the picture: this project's reading of ST 428-7 (docs/text-layout.md)."""

from __future__ import annotations

from dcp.text.layout.ink import Box
from dcp.text.layout.lines import SetLine
from dcp.text.values import Line, Place


def origin_of(line: Line, laid: SetLine, ink: Box | None, size: tuple[int, int]) -> tuple[float, float]:
    """Where the line's origin lies, in pixels of a picture of (width, height).

    A horizontal line: its baseline is at the position, on a whole row; its ink, from the first sign to the
    last, is aligned to the sides. A column: its em box is, above and below too.
    """
    width, height = size
    place = line.place
    if laid.vertical:
        half = laid.em / 2
        x = _along(place.halign, place.hposition, width, -half, half, near="left", far="right")
        y = _along(place.valign, place.vposition, height, 0.0, laid.length, near="top", far="bottom")
        return x, y
    left, right = (ink.left, ink.right) if ink is not None else (0.0, laid.length)
    x = _along(place.halign, place.hposition, width, left, right, near="left", far="right")
    return x, float(round(baseline(place, height)))


def baseline(place: Place, height: int) -> float:
    """The row that a horizontal line stands on, from the picture's upper edge."""
    share = place.vposition / 100 * height
    return {"top": share, "center": height / 2 + share, "bottom": height - share}[place.valign]


def box_of_image(place: Place, image: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """(left, top) of an image of (width, height): its edges, or its middle, are at the position."""
    x = _along(place.halign, place.hposition, size[0], 0.0, image[0], near="left", far="right")
    y = _along(place.valign, place.vposition, size[1], 0.0, image[1], near="top", far="bottom")
    return round(x), round(y)


def _along(
    align: str, per_cent: float, whole: int, begin: float, end: float, *, near: str, far: str
) -> float:
    """Where the origin lies of what reaches from `begin` to `end` around it."""
    share = per_cent / 100 * whole
    if align == near:
        return share - begin
    if align == far:
        return whole - share - end
    return whole / 2 + share - (begin + end) / 2
