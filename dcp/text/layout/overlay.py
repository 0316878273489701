"""A cue drawn: what lies over the picture, in light, ready to be mixed with it.

Text and images are RGB of P3 primaries, a white of D65 and an exponent of 2.6, at 48 cd/m2 at most
(docs/text-layout.md says why). Mixing is done in light, as a lens would do it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, Literal

from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.text.fonts import Fonts
from dcp.text.layout.boxes import box_of_image, origin_of
from dcp.text.layout.ink import LOCK, Box, blurred, cover, ink_box, painted, union
from dcp.text.layout.lines import Bar, SetLine, set_line
from dcp.text.values import Colour, Cue, Image, Line, Style

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Cover = NDArray[np.uint8]
    Light = NDArray[np.float32]

Eye = Literal["left", "right"]
EFFECT = 0.04
"""Em: of a border or a shadow whose size nobody stated."""
FADE = 2
"""Frames, where a document states no time of fading."""
MAX_IMAGE = 4096 * 2160
"""Pixels of an image: those of the largest picture."""
MAX_DRAWN = 1 << 30
"""Bytes of what a single cue comes to: six images that fill a picture of 4K, and nobody shows two."""
MAX_KEPT = 48 << 20
"""Bytes of cues that are held drawn: several at once, of frames that threads are ahead. One may have more."""

MAX_FAILED = 256
"""Cues that are known not to be drawable, so that not every frame tries anew."""


@dataclass(frozen=True, eq=False)
class Patch:
    """A part of the picture that is covered. left, top: of its arrays, on the picture. alpha: (height,
    width), 0 to 1. light: (3, height, width), X, Y, Z with Y of white 1, times alpha. z: parallax, per cent
    of the picture's width."""

    left: int
    top: int
    alpha: Light
    light: Light
    z: float = 0.0

    @property
    def bytes(self) -> int:
        """What it holds in memory."""
        return self.alpha.nbytes + self.light.nbytes


@dataclass(frozen=True)
class LineBox:
    """Where a line or an image lies, in pixels of the picture. ink: what its signs cover, effects left out;
    None for one of blanks. baseline: of a horizontal line."""

    ink: Box | None
    baseline: float | None = None


@dataclass(frozen=True, eq=False)
class Overlay:
    """size: (width, height) of the picture. patches: in the order in which they lie over it."""

    size: tuple[int, int]
    patches: tuple[Patch, ...]
    boxes: tuple[LineBox, ...] = ()

    @property
    def bytes(self) -> int:
        """What it holds in memory."""
        return sum(patch.bytes for patch in self.patches)


def laid_out(
    cue: Cue,
    size: tuple[int, int],
    *,
    fonts: Fonts,
    images: Mapping[uuid.UUID, bytes] | Sequence[tuple[uuid.UUID, bytes]] = (),
) -> Overlay:
    """The cue on a picture of (width, height), drawn once: the same one again is at hand.

    images: PNG files by the resource that an `Image` names. SourceError for an image that is absent or none.
    """
    held = images.items() if isinstance(images, Mapping) else images
    named = {part.resource for part in cue.content if isinstance(part, Image)}
    own = tuple((id, data) for id, data in held if id in named)
    key = (cue.content, size, fonts, own)
    with LOCK:
        if key in _failed:
            raise _failed[key].with_traceback(None)
        try:
            found = _kept.pop(key, None) or _drawn(*key)
        except SourceError as error:
            _failed[key] = error
            if len(_failed) > MAX_FAILED:
                _failed.pop(next(iter(_failed)))
            raise
        _kept[key] = found  # the last one used stands last
        total = sum(each.bytes for each in _kept.values())
        while total > MAX_KEPT and len(_kept) > 1:
            total -= _kept.pop(next(iter(_kept))).bytes
    return found


def opacity(cue: Cue, at: Fraction, *, frame: Fraction) -> float:
    """How much of a cue is seen in the frame that begins `at` seconds on the cue's clock and lasts `frame`: 0
    before and behind, 1 when it has faded up.

    A frame has the opacity of its middle.
    """
    if not cue.start <= at < cue.end:
        return 0.0
    middle = at + frame / 2
    up = frame * FADE if cue.fade_up is None else cue.fade_up
    down = frame * FADE if cue.fade_down is None else cue.fade_down
    shares = [Fraction(1)]
    if up > 0:
        shares.append((middle - cue.start) / up)
    if down > 0:
        shares.append((cue.end - middle) / down)
    return float(max(Fraction(0), min(shares)))


# --- how it is done -----


_Key = tuple[tuple[Line | Image, ...], tuple[int, int], Fonts, tuple[tuple[uuid.UUID, bytes], ...]]
_kept: dict[_Key, Overlay] = {}
_failed: dict[_Key, SourceError] = {}
"""Under `LOCK`."""


def _drawn(
    content: tuple[Line | Image, ...],
    size: tuple[int, int],
    fonts: Fonts,
    images: tuple[tuple[uuid.UUID, bytes], ...],
) -> Overlay:
    patches, boxes = list[Patch](), list[LineBox]()
    for part in content:
        if isinstance(part, Image):
            patch = _image(part, size, dict(images))
            height, width = patch.alpha.shape
            boxes.append(LineBox(Box(patch.left, patch.top, patch.left + width, patch.top + height)))
            patches += _within(patch, size)
            _check_bytes(sum(patch.bytes for patch in patches))
            continue
        laid = set_line(part, size[1], fonts)
        ink = union([box for box in map(ink_box, laid.glyphs) if box is not None])
        x, y = origin_of(part, laid, ink, size)
        boxes.append(LineBox(ink.moved(x, y) if ink is not None else None, None if laid.vertical else y))
        patch_of_line = _line(_seen(laid, x, y, part.place.z, size), x, y, part.place.z, size)
        if patch_of_line is not None:
            patches += _within(patch_of_line, size)
        _check_bytes(sum(patch.bytes for patch in patches))
    return Overlay(size, tuple(patches), tuple(boxes))


def _seen(laid: SetLine, x: float, y: float, z: float, size: tuple[int, int]) -> SetLine:
    """The line without what lies beside the picture: an endless one costs no more than the picture."""
    room = abs(z) / 100 * size[0] + laid.em
    picture = Box(-room, -room, size[0] + room, size[1] + room)

    def near(box: Box) -> bool:
        return (
            box.right > picture.left and box.left < picture.right
            and box.bottom > picture.top and box.top < picture.bottom
        )  # fmt: skip

    em = laid.em * 4  # the widest aspect
    return replace(
        laid,
        glyphs=tuple(
            each
            for each in laid.glyphs
            if near(Box(each.x + x - em, each.y + y - em, each.x + x + em, each.y + y + em))
        ),
        bars=tuple(
            replace(
                bar,
                left=max(bar.left, picture.left - x),
                right=min(bar.right, picture.right - x),
                top=max(bar.top, picture.top - y),
                bottom=min(bar.bottom, picture.bottom - y),
            )
            for bar in laid.bars
            if near(Box(bar.left, bar.top, bar.right, bar.bottom).moved(x, y))
        ),
    )


def _check_bytes(held: int) -> None:
    if held > MAX_DRAWN:
        raise SourceError("text.too-much-drawn", most=MAX_DRAWN >> 20)


def _line(laid: SetLine, x: float, y: float, z: float, size: tuple[int, int]) -> Patch | None:
    """Effects of all signs below all signs."""
    room = abs(z) / 100 * size[0] + laid.em  # what is soft reaches in from beside the picture
    picture = Box(-room, -room, size[0] + room, size[1] + room)
    layers: list[tuple[int, int, Cover, Colour]] = []
    styles = list(dict.fromkeys([glyph.style for glyph in laid.glyphs] + [bar.style for bar in laid.bars]))
    for style in styles:
        if style.effect != "none" and style.effect_colour.alpha:
            layers += _effect(laid, style, x, y, picture)
            _check_bytes(sum(each[2].nbytes for each in layers) * 4)
    for style in styles:
        glyphs = (cover(glyph, x, y, within=picture) for glyph in laid.glyphs if glyph.style == style)
        bars = (_bar(bar, x, y, 0) for bar in laid.bars if bar.style == style)
        whole = painted(chain(glyphs, bars))
        if whole is not None:
            layers.append((*whole, style.colour))
            _check_bytes(sum(each[2].nbytes for each in layers) * 4)
    return _together(layers, z)


def _effect(
    laid: SetLine, style: Style, x: float, y: float, picture: Box
) -> list[tuple[int, int, Cover, Colour]]:
    glyphs = [glyph for glyph in laid.glyphs if glyph.style == style]
    em = max((glyph.em for glyph in glyphs), default=laid.em)
    reach = (EFFECT if style.effect_size is None else style.effect_size) * em
    if reach <= 0:
        return []
    if style.effect == "border":
        signs = (cover(glyph, x, y, border=reach, within=picture) for glyph in glyphs)
        bars = (_bar(bar, x, y, reach) for bar in laid.bars if bar.style == style)
    else:
        signs = (cover(glyph, x + reach, y + reach, within=picture) for glyph in glyphs)
        bars = (_bar(bar, x + reach, y + reach, 0) for bar in laid.bars if bar.style == style)
    whole = painted(chain(signs, bars))
    if whole is None:
        return []
    left, top, found = whole
    if style.feather:
        soft = blurred(found, reach / 2)
        grown = (soft.shape[0] - found.shape[0]) // 2
        left, top, found = left - grown, top - grown, soft
    return [(left, top, found, style.effect_colour)]


def _bar(bar: Bar, x: float, y: float, border: float) -> tuple[int, int, Cover]:
    """A rectangle, its edges to 1/255 of a pixel."""
    import numpy as np

    def along(first: float, end: float) -> tuple[int, NDArray[np.float64]]:
        start = int(np.floor(first))
        cells = np.arange(start, int(np.ceil(end)))
        return start, (np.minimum(cells + 1, end) - np.maximum(cells, first)).clip(0, 1)

    left, across = along(bar.left + x - border, bar.right + x + border)
    top, down = along(bar.top + y - border, bar.bottom + y + border)
    return left, top, np.rint(np.outer(down, across) * 255).astype(np.uint8)


def _together(layers: Sequence[tuple[int, int, Cover, Colour]], z: float) -> Patch | None:
    """The layers over each other, in light."""
    import numpy as np

    if not layers:
        return None
    left, top = min(each[0] for each in layers), min(each[1] for each in layers)
    right = max(each[0] + each[2].shape[1] for each in layers)
    bottom = max(each[1] + each[2].shape[0] for each in layers)
    alpha = np.zeros((bottom - top, right - left), np.float32)
    light = np.zeros((3, bottom - top, right - left), np.float32)
    lit = False  # black, which borders are, needs no light
    for x, y, found, colour in layers:
        rows = slice(y - top, y - top + found.shape[0])
        columns = slice(x - left, x - left + found.shape[1])
        own = found * np.float32(colour.alpha / 255 / 255)
        rest = 1 - own
        alpha[rows, columns] = alpha[rows, columns] * rest + own
        for channel, value in enumerate(xyz(colour)):
            plane = light[channel, rows, columns]
            if lit:
                plane *= rest
            if value:
                plane += own * np.float32(value)
        lit = lit or any(xyz(colour))
    return Patch(left, top, alpha, light, z)


@lru_cache(maxsize=256)
def xyz(colour: Colour) -> tuple[float, float, float]:
    """X, Y, Z of a colour's red, green and blue, Y of white being 1."""
    import numpy as np

    from dcp.picture.colour.light import GAMMA, rgb_to_xyz

    codes = np.array([colour.red, colour.green, colour.blue]) / 255
    x, y, z = rgb_to_xyz("p3-d65") @ codes**GAMMA
    return float(x), float(y), float(z)


def _image(part: Image, size: tuple[int, int], images: Mapping[uuid.UUID, bytes]) -> Patch:
    """A PNG, pixel for pixel."""
    import numpy as np
    from PIL import Image as Pillow

    from dcp.picture.colour.light import GAMMA, rgb_to_xyz

    data = images.get(part.resource)
    if data is None:
        raise SourceError("text.image-absent", where=str(part.resource))
    try:
        with Pillow.open(BytesIO(data), formats=("PNG",)) as picture:
            if picture.width * picture.height > MAX_IMAGE:
                raise SourceError(
                    "text.image-large", where=str(part.resource), width=picture.width, height=picture.height
                )
            codes = np.asarray(picture.convert("RGBA"), np.float32) / 255
    except (OSError, ValueError, SyntaxError, Pillow.DecompressionBombError):
        raise SourceError("text.image-unreadable", where=str(part.resource)) from None
    left, top = box_of_image(part.place, (codes.shape[1], codes.shape[0]), size)
    down, across = (np.asarray(codes[..., 3].any(axis=axis)) for axis in (1, 0))
    if not down.any():
        return Patch(left, top, np.zeros((0, 0), np.float32), np.zeros((3, 0, 0), np.float32))
    y0, y1 = int(down.argmax()), len(down) - int(down[::-1].argmax())
    x0, x1 = int(across.argmax()), len(across) - int(across[::-1].argmax())
    codes = codes[y0:y1, x0:x1]  # many are as large as the picture, with a line of text in them
    alpha: Light = np.ascontiguousarray(codes[..., 3], np.float32)
    matrix = rgb_to_xyz("p3-d65").astype(np.float32)
    colours = np.tensordot(matrix, codes[..., :3] ** np.float32(GAMMA), axes=(1, 2))
    light: Light = np.asarray(colours * alpha, np.float32)
    return Patch(left + x0, top + y0, alpha, light, part.place.z)


def _within(patch: Patch, size: tuple[int, int]) -> list[Patch]:
    """What of it can come to lie on the picture: with a parallax, to its sides as well."""
    room = round(abs(patch.z) / 100 * size[0]) + 1 if patch.z else 0
    height, width = patch.alpha.shape
    x0, x1 = max(0, -room - patch.left), min(width, size[0] + room - patch.left)
    y0, y1 = max(0, -patch.top), min(height, size[1] - patch.top)
    if x0 >= x1 or y0 >= y1:
        return []
    return [
        Patch(
            patch.left + x0, patch.top + y0, patch.alpha[y0:y1, x0:x1], patch.light[:, y0:y1, x0:x1], patch.z
        )
    ]
