"""Glyphs into coverage, by FreeType: unhinted outlines, placed to a quarter of a pixel, drawn with 256 steps.

FreeType's faces belong to one thread at a time: whoever draws holds `LOCK`.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterable
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.text.fonts import FontFile
from dcp.text.layout.lines import EMBOLDENED, SLANT, Placed, Turn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Cover = NDArray[np.uint8]

LOCK = Lock()
_ONE = 1 << 16
_LOAD = 0x2 | 0x8  # FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP
_ROUND = 0
"""Caps and joins of a border."""
_GREY = 2
_STEPS = 4
"""Of a pixel, that glyphs are placed to."""
_KEPT_SIDE = 256.0
"""Pixels; larger glyphs are drawn anew each time."""
MAX_PIXELS = 1 << 27
"""Of one glyph; a picture of 4K has 9 million."""


@dataclass(frozen=True)
class Box:
    """Edges in pixels, to fractions; y goes downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def moved(self, x: float, y: float) -> Box:
        return Box(self.left + x, self.top + y, self.right + x, self.bottom + y)

    def grown(self, by: float) -> Box:
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)


def union(boxes: Iterable[Box]) -> Box | None:
    """The smallest box around all of them; None of none."""
    held = list(boxes)
    if not held:
        return None
    return Box(
        min(box.left for box in held), min(box.top for box in held),
        max(box.right for box in held), max(box.bottom for box in held),
    )  # fmt: skip


def ink_box(glyph: Placed) -> Box | None:
    """What the glyph's outline covers, around the line's origin; None for a blank."""
    box = _box(_form(glyph))
    return None if box is None else box.moved(glyph.x, glyph.y)


def cover(
    glyph: Placed, x: float, y: float, *, border: float = 0.0, within: Box | None = None
) -> tuple[int, int, Cover] | None:
    """(left, top, coverage) of a glyph whose line's origin lies at x, y of the picture; None for a blank. The
    coverage is shared: nobody writes in it.

    border: pixels that it is drawn wider to all sides. within: what lies beside it is left out, since fonts
    have glyphs of any size.
    """
    across, down = round((x + glyph.x) * _STEPS), round((y + glyph.y) * _STEPS)
    form = _form(glyph)
    box = _box(form)
    if box is None:
        return None
    at = across // _STEPS, down // _STEPS
    drawn = form, across % _STEPS, down % _STEPS, round(border * 64)
    if max(box.width, box.height) + 2 * border <= _KEPT_SIDE:
        found = _kept_cover(*drawn)
    else:
        found = _cover(*drawn, within.moved(-at[0], -at[1]) if within is not None else None)
    if found is None:
        return None
    left, top, covered = found
    return left + at[0], top + at[1], covered


# --- how it is done -----


@dataclass(frozen=True)
class _Form:
    """What makes a glyph's outline, wherever it lies."""

    face: FontFile
    id: int
    em: float
    aspect: float
    turn: Turn
    bolder: bool
    slanted: bool


def _form(glyph: Placed) -> _Form:
    return _Form(glyph.face, glyph.id, glyph.em, glyph.aspect, glyph.turn, glyph.bolder, glyph.slanted)


@lru_cache(maxsize=4096)
def _box(form: _Form) -> Box | None:
    import freetype

    loaded = _outline(form)
    if loaded is None:
        return None
    _, outline = loaded
    box = freetype.FT_BBox()
    freetype.FT_Outline_Get_BBox(ctypes.byref(outline), ctypes.byref(box))
    if box.xMin >= box.xMax or box.yMin >= box.yMax:
        return None
    return Box(box.xMin / 64, -box.yMax / 64, box.xMax / 64, -box.yMin / 64)


def _cover(
    form: _Form, across: int, down: int, border: int, within: Box | None = None
) -> tuple[int, int, Cover] | None:
    """The glyph with its origin so many steps right of a pixel's edge and below it. border: 64ths."""
    import freetype

    loaded = _outline(form)
    if loaded is None:
        return None
    face, outline = loaded
    step = 64 // _STEPS
    freetype.FT_Outline_Translate(ctypes.byref(outline), across * step, -down * step)
    if border > 0:
        return _bordered(face, border, within)
    return _filled(outline, within)


def _filled(outline: Any, within: Box | None) -> tuple[int, int, Cover] | None:
    """What an outline covers of `within`."""
    import freetype
    import numpy as np

    box = freetype.FT_BBox()
    freetype.FT_Outline_Get_CBox(ctypes.byref(outline), ctypes.byref(box))
    left, bottom = box.xMin >> 6, box.yMin >> 6
    right, top = -(-box.xMax >> 6), -(-box.yMax >> 6)
    if within is not None:
        left, bottom = max(left, math.floor(within.left)), max(bottom, math.floor(-within.bottom))
        right, top = min(right, math.ceil(within.right)), min(top, math.ceil(-within.top))
    width, height = right - left, top - bottom
    if width <= 0 or height <= 0 or width * height > MAX_PIXELS:
        return None
    found = np.zeros((height, width), np.uint8)
    freetype.FT_Outline_Translate(ctypes.byref(outline), -left * 64, -bottom * 64)
    bitmap = freetype.FT_Bitmap()
    bitmap.rows, bitmap.width, bitmap.pitch = height, width, width
    bitmap.buffer = found.ctypes.data_as(type(bitmap.buffer))
    bitmap.num_grays, bitmap.pixel_mode = 256, _GREY
    freetype.FT_Outline_Get_Bitmap(freetype.get_handle(), ctypes.byref(outline), ctypes.byref(bitmap))
    return left, -(bottom + height), found


_kept_cover = lru_cache(maxsize=1024)(_cover)
"""Letters come again: some 20 MB, of the largest ones 64."""


def _outline(glyph: _Form) -> tuple[Any, Any] | None:
    """A face, and the outline in its slot, of the glyph's size and form, its origin at 0, 0; None for a
    blank. It holds until the next one is asked for."""
    import freetype

    face = _face(glyph.face)
    handle = face._FT_Face
    if freetype.FT_Set_Char_Size(handle, round(glyph.em * 64), 0, 72, 72):
        return None
    if freetype.FT_Load_Glyph(handle, glyph.id, _LOAD):
        return None
    slot = handle.contents.glyph.contents
    if slot.format != freetype.FT_GLYPH_FORMAT_OUTLINE or not slot.outline.n_points:
        return None
    outline = slot.outline
    if glyph.bolder:  # to both sides of where the strokes are
        wider = round(EMBOLDENED * glyph.em * 64)
        freetype.FT_Outline_Embolden(ctypes.byref(outline), wider)
        freetype.FT_Outline_Translate(ctypes.byref(outline), -wider // 2, -wider // 2)
    xx, xy, yx, yy = glyph.aspect, SLANT if glyph.slanted else 0.0, 0.0, 1.0
    if glyph.turn == "right":
        xx, xy, yx, yy = yx, yy, -xx, -xy
    elif glyph.turn == "left":
        xx, xy, yx, yy = -yx, -yy, xx, xy
    if (xx, xy, yx, yy) != (1.0, 0.0, 0.0, 1.0):
        matrix = freetype.FT_Matrix(*(round(each * _ONE) for each in (xx, xy, yx, yy)))
        freetype.FT_Outline_Transform(ctypes.byref(outline), ctypes.byref(matrix))
    return face, outline


@lru_cache(maxsize=32)
def _face(font: FontFile) -> Any:
    import freetype

    try:
        if font.data is not None:
            from io import BytesIO

            return freetype.Face(BytesIO(font.data), font.index)
        return freetype.Face(str(font.path), font.index)
    except freetype.FT_Exception:
        raise SourceError("text.font-unreadable", where=font.path) from None


def _bordered(face: Any, radius: int, within: Box | None) -> tuple[int, int, Cover] | None:
    """The outline at hand, its border, and what is inside."""
    import freetype

    stroker = freetype.Stroker()  # not kept: it cannot be freed when the interpreter is half gone
    stroker.set(radius, _ROUND, _ROUND, 0)
    glyph = freetype.FT_Glyph()
    if freetype.FT_Get_Glyph(face._FT_Face.contents.glyph, ctypes.byref(glyph)):
        return None
    try:
        if freetype.FT_Glyph_StrokeBorder(ctypes.byref(glyph), stroker._FT_Stroker, False, True):
            return None
        return _filled(ctypes.cast(glyph, _outline_glyph()).contents.outline, within)
    finally:
        freetype.FT_Done_Glyph(glyph)


@lru_cache(maxsize=1)
def _outline_glyph() -> Any:
    """A pointer to FT_OutlineGlyphRec, which freetype-py leaves out."""
    import freetype

    fields = [("root", freetype.FT_GlyphRec), ("outline", freetype.FT_Outline)]
    return ctypes.POINTER(type("FT_OutlineGlyphRec", (ctypes.Structure,), {"_fields_": fields}))


def blurred(cover: Cover, radius: float) -> Cover:
    """Softened by a Gaussian of this standard deviation, in pixels; grown by three of them to each side."""
    import numpy as np

    reach = max(1, math.ceil(3 * radius))
    steps = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (steps / radius) ** 2)
    weights /= weights.sum()
    wide = np.pad(cover.astype(np.float32), reach)
    for axis in (0, 1):
        out = np.zeros_like(wide)
        for step, weight in zip(steps, weights, strict=True):
            out += np.roll(wide, step, axis) * np.float32(weight)
        wide = out
    return np.rint(wide).astype(np.uint8)


def painted(parts: Iterable[tuple[int, int, Cover] | None]) -> tuple[int, int, Cover] | None:
    """Several coverages as one: where they overlap, the greater one. They are taken one by one, and none is
    held."""
    import numpy as np

    whole, left, top = None, 0, 0
    for part in parts:
        if part is None:
            continue
        x, y, cover = part
        height, width = cover.shape
        if whole is None:
            whole, left, top = cover.copy(), x, y
            continue
        beyond = (
            (max(0, top - y), max(0, y + height - top - whole.shape[0])),
            (max(0, left - x), max(0, x + width - left - whole.shape[1])),
        )
        if any(map(any, beyond)):
            whole, left, top = np.pad(whole, beyond), min(left, x), min(top, y)
        place = whole[y - top : y - top + height, x - left : x - left + width]
        np.maximum(place, cover, out=place)
    return None if whole is None else (left, top, whole)
