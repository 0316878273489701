"""Where a stored picture lies in a container: crop, turn, fit or fill, as plain data.

The shown picture is the stored one, mirrored when `flip` is set, then turned clockwise by `rotation`. Crops
are named in shown samples; a `Placement` holds them in stored ones, so that whoever scales needs no more.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from dcp.dataclass import dataclass

Size = tuple[int, int]
"""(width, height)."""
Edges = tuple[int, int, int, int]
"""Samples cut off left, top, right, bottom."""
Half = Literal["left", "right", "top", "bottom"]


@dataclass(frozen=True)
class Box:
    """A rectangle of whole samples."""

    left: int
    top: int
    width: int
    height: int

    @property
    def size(self) -> Size:
        return self.width, self.height

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    def without(self, edges: Edges) -> Box:
        left, top, right, bottom = edges
        return Box(self.left + left, self.top + top, self.width - left - right, self.height - top - bottom)


@dataclass(frozen=True)
class Placement:
    """size: of the container. crop: what is taken, in stored samples. inner: where it lies in the container;
    black around it. rotation: degrees clockwise; flip: left to right, before it.
    """

    size: Size
    crop: Box
    inner: Box
    rotation: int = 0
    flip: bool = False

    @property
    def active_area(self) -> Size:
        """(width, height) of the picture inside its black borders; even."""
        return self.inner.size

    @property
    def cropped(self) -> Size:
        """(width, height) of what is taken, as shown."""
        return turned_size(self.crop.size, self.rotation)


def turned_size(size: Size, rotation: int) -> Size:
    return (size[1], size[0]) if rotation in (90, 270) else size


def place(
    stored: Size,
    size: Size,
    *,
    pixel_aspect: Fraction = Fraction(1),
    rotation: int = 0,
    flip: bool = False,
    edges: Edges = (0, 0, 0, 0),
    fill: bool = False,
    half: Half | None = None,
    squeezed: bool = False,
) -> Placement:
    """How a picture of `stored` samples comes into a container of `size`.

    pixel_aspect: width of a stored pixel by its height. edges: cut off what is shown, of the half where one
    is taken. fill: crop until the container is full, rather than leave black. half: one eye's part;
    squeezed: it was made narrower (lower) to share the frame. The crop is even in place and size where the
    picture is not too small for that, so that it never cuts through a chroma sample, and never takes more
    than asked. ValueError when nothing would be left.
    """
    shown = turned_size(stored, rotation)
    aspect = 1 / pixel_aspect if rotation in (90, 270) else pixel_aspect
    box = _half(Box(0, 0, *shown), half)
    if squeezed:
        aspect = aspect * 2 if half in ("left", "right") else aspect / 2
    box = box.without(edges)
    if min(box.size) < 1:
        raise ValueError("nothing is left")
    if fill:
        box = _filling(box, aspect, size)
    taken = even(_stored(box, stored, rotation, flip))
    width, height = turned_size(taken.size, rotation)
    inner = size if fill else fitted((width, height), size, aspect)
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    return Placement(size, taken, Box(left, top, *inner), rotation, flip)


def fitted(picture: Size, size: Size, pixel_aspect: Fraction = Fraction(1)) -> Size:
    """(width, height), even, of the largest picture of that shape inside `size`."""
    width, height = picture[0] * pixel_aspect, Fraction(picture[1])
    scale = min(size[0] / width, size[1] / height)
    return _near_even(width * scale, size[0]), _near_even(height * scale, size[1])


def eye_is_squeezed(shown: Size, halves: Literal["side-by-side", "top-bottom"], aspect: Fraction) -> bool:
    """Whether two eyes share a frame of the usual shape, each at half its width (height).

    A frame with both eyes at full size is far wider (taller) than any picture. aspect: of a shown pixel.
    """
    shape = shown[0] * aspect / shown[1]
    return shape < Fraction(13, 5) if halves == "side-by-side" else shape > Fraction(5, 4)


def even(box: Box) -> Box:
    """The largest part of it whose edges are even; itself along a side that is shorter than 4."""
    left, right = _even_span(box.left, box.right)
    top, bottom = _even_span(box.top, box.bottom)
    return Box(left, top, right - left, bottom - top)


def _even_span(first: int, end: int) -> tuple[int, int]:
    return (first, end) if end - first < 4 else (first + first % 2, end - end % 2)


def _near_even(exact: Fraction, most: int) -> int:
    return max(2, min(most - most % 2, 2 * round(exact / 2)))


def _half(box: Box, half: Half | None) -> Box:
    width, height = box.width // 2, box.height // 2
    match half:
        case "left":
            return Box(0, 0, width, box.height)
        case "right":
            return Box(box.width - width, 0, width, box.height)
        case "top":
            return Box(0, 0, box.width, height)
        case "bottom":
            return Box(0, box.height - height, box.width, height)
        case None:
            return box


def _filling(box: Box, aspect: Fraction, size: Size) -> Box:
    """The largest centred part that has the container's shape, to the nearest even sample."""
    shape = Fraction(*size)
    if box.width * aspect / box.height > shape:
        width = _near_even(box.height * shape / aspect, box.width)
        return Box(box.left + (box.width - width) // 4 * 2, box.top, width, box.height)
    height = _near_even(box.width * aspect / shape, box.height)
    return Box(box.left, box.top + (box.height - height) // 4 * 2, box.width, height)


def _stored(box: Box, stored: Size, rotation: int, flip: bool) -> Box:
    """A box of the shown picture, in stored samples."""
    width, height = stored
    match rotation:
        case 90:
            box = Box(box.top, height - box.right, box.height, box.width)
        case 180:
            box = Box(width - box.right, height - box.bottom, box.width, box.height)
        case 270:
            box = Box(width - box.bottom, box.left, box.height, box.width)
    if flip:
        box = Box(width - box.right, box.top, box.width, box.height)
    return box
