"""A picture that says what became of it: numbered, with marked corners, patches of known codes, a moving bar.

It is made in a codec's own samples, so that nothing is converted on the way into a file, and what the
package should show of it is computed here from those samples, with matrices and curves written down anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

COLUMNS, ROWS = 16, 9
BITS = 8
GREY = 0.4
PATCHES = (
    *((level, level, level) for level in (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)),
    (0.75, 0.1, 0.1), (0.1, 0.6, 0.15), (0.15, 0.15, 0.7), (0.7, 0.65, 0.1), (0.6, 0.1, 0.6), (0.1, 0.6, 0.6),
)  # fmt: skip
CORNERS = ((0.8, 0.1, 0.1), (0.1, 0.7, 0.1), (0.1, 0.1, 0.8), (0.9, 0.9, 0.9))
"""Left top, right top, left bottom, right bottom."""
_KR_KB = {
    "bt709": (0.2126, 0.0722),
    "bt601": (0.299, 0.114),
    "bt2020": (0.2627, 0.0593),
    "240m": (0.212, 0.087),
}
_TO_XYZ = {
    "rec709": (
        (0.4123908, 0.3575843, 0.1804808),
        (0.2126390, 0.7151687, 0.0721923),
        (0.0193308, 0.1191948, 0.9505322),
    ),
    "rec2020": (
        (0.6369580, 0.1446169, 0.1688810),
        (0.2627002, 0.6779981, 0.0593017),
        (0.0, 0.0280727, 1.0609851),
    ),
    "p3": (
        (0.4865709, 0.2656677, 0.1982173),
        (0.2289746, 0.6917385, 0.0792869),
        (0.0, 0.0451134, 1.0439444),
    ),
}
_FORM = re.compile(r"(yuva|yuvj|yuv|gbrap|gbrp|gray)(420|422|444|440|411|410)?p?(9|10|12|14|16)?(le)?")


@dataclass(frozen=True)
class Look:
    """How the scene is coded: a planar pixel format of FFmpeg, its range and matrix."""

    form: str = "yuv420p"
    full: bool = False
    matrix: str = "bt709"

    @property
    def kind(self) -> str:
        return _match(self.form)[1]

    @property
    def depth(self) -> int:
        return int(_match(self.form)[3] or 8)

    @property
    def ratio(self) -> tuple[int, int]:
        ratios = {"420": (2, 2), "422": (2, 1), "444": (1, 1), "440": (1, 2), "411": (4, 1), "410": (4, 4)}
        return ratios[_match(self.form)[2] or "444"]


def _match(form: str) -> re.Match[str]:
    match = _FORM.fullmatch(form)
    assert match is not None, form
    return match


def codes(rgb: NDArray[Any], look: Look) -> NDArray[Any]:
    """R'G'B', 0 to 1, in the last axis, as whole samples of its own components; R G B for those of RGB."""
    top, scale = (1 << look.depth) - 1, 2.0 ** (look.depth - 8)
    if look.kind.startswith("gbr"):
        return np.rint(rgb * top if look.full else (16 + rgb * 219) * scale)
    kr, kb = _KR_KB[look.matrix]
    y = kr * rgb[..., 0] + (1 - kr - kb) * rgb[..., 1] + kb * rgb[..., 2]
    cb, cr = (rgb[..., 2] - y) / (2 - 2 * kb), (rgb[..., 0] - y) / (2 - 2 * kr)
    middle = 1 << (look.depth - 1)
    if look.full:
        return np.rint(np.stack([y * top, cb * top + middle, cr * top + middle], -1)).clip(0, top)
    return np.rint(
        np.stack([(16 + y * 219) * scale, cb * 224 * scale + middle, cr * 224 * scale + middle], -1)
    )


def meant(whole: NDArray[Any], look: Look) -> NDArray[Any]:
    """R'G'B' of such samples."""
    top, scale = (1 << look.depth) - 1, 2.0 ** (look.depth - 8)
    if look.kind.startswith("gbr"):
        return whole / top if look.full else (whole / scale - 16) / 219
    middle = 1 << (look.depth - 1)
    y, cb, cr = whole[..., 0], whole[..., 1] - middle, whole[..., 2] - middle
    y, cb, cr = (
        (y / top, cb / top, cr / top)
        if look.full
        else ((y / scale - 16) / 219, cb / scale / 224, cr / scale / 224)
    )
    if look.kind == "gray":
        return np.stack([y, y, y], -1)
    kr, kb = _KR_KB[look.matrix]
    red, blue = y + cr * (2 - 2 * kr), y + cb * (2 - 2 * kb)
    return np.stack([red, (y - kr * red - kb * blue) / (1 - kr - kb), blue], -1)


def dcdm(rgb: NDArray[Any], *, primaries: str = "rec709", gamma: float | str = 2.4) -> NDArray[Any]:
    """X'Y'Z' codes of 12 bits, not rounded, of R'G'B' on a display with this curve, white at 48 cd/m2."""
    rgb = rgb.clip(0, 1)
    light = (
        np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        if gamma == "srgb"
        else rgb ** float(gamma)
    )
    xyz = light @ np.array(_TO_XYZ[primaries]).T
    return 4095 * (xyz.clip(0) * 48 / 52.37) ** (1 / 2.6)


def cell(
    column: float, row: float, size: tuple[int, int], width: float = 1, height: float = 1
) -> tuple[slice, slice]:
    x0, x1 = (round(size[0] * each / COLUMNS) for each in (column, column + width))
    y0, y1 = (round(size[1] * each / ROWS) for each in (row, row + height))
    return slice(y0, y1), slice(x0, x1)


def places() -> list[tuple[tuple[float, float], tuple[float, float, float]]]:
    """The middles of corners and patches, in parts of width and height, and their R'G'B'."""
    corners = zip(((0, 0), (15, 0), (0, 8), (15, 8)), CORNERS, strict=True)
    patches = (((2 + n, 3), each) for n, each in enumerate(PATCHES))
    found = [(((c + 0.5) / COLUMNS, (r + 0.5) / ROWS), rgb) for (c, r), rgb in corners]
    return found + [(((c + 0.5) / COLUMNS, (r + 1) / ROWS), rgb) for (c, r), rgb in patches]


def scene(number: int, size: tuple[int, int], bar: float | None = None) -> NDArray[Any]:
    """R'G'B', (height, width, 3): frame `number`; bar: where the moving bar stands, in parts of the width."""
    out = np.full((size[1], size[0], 3), GREY)
    for (column, row), rgb in zip(((0, 0), (15, 0), (0, 8), (15, 8)), CORNERS, strict=True):
        out[cell(column, row, size)] = rgb
    for bit in range(BITS):
        out[cell(4 + bit, 0, size)] = 0.9 if number >> bit & 1 else 0.05
    for n, rgb in enumerate(PATCHES):
        out[cell(2 + n, 3, size, 1, 2)] = rgb
    if bar is not None:
        left = round(bar * size[0])
        out[cell(0, 6, size, 16, 2)[0], left : left + size[0] // COLUMNS] = 0.9
    return out


def number_of(luma: NDArray[Any]) -> int:
    """The number of a frame, upright, of a plane of any range."""
    size = luma.shape[1], luma.shape[0]
    middle = [float(luma[_middle(4 + bit, 0, size)].mean()) for bit in range(BITS)]
    level = float(luma[_middle(1, 1, size)].mean())
    return sum(1 << bit for bit, each in enumerate(middle) if each > level)


def _middle(column: float, row: float, size: tuple[int, int]) -> tuple[slice, slice]:
    return cell(column + 0.3, row + 0.3, size, 0.4, 0.4)


def planes(rgb: NDArray[Any], look: Look, alpha: float = 1.0) -> list[NDArray[Any]]:
    """The planes as FFmpeg's planar format has them; patches are flat, so chroma is taken where it lies."""
    whole = codes(rgb, look)
    kind = "<u1" if look.depth == 8 else "<u2"
    across, down = look.ratio
    if look.kind == "gray":
        return [whole[..., 0].astype(kind)]
    if look.kind.startswith("gbr"):
        found = [whole[..., n] for n in (1, 2, 0)]
    else:
        found = [whole[..., 0], whole[::down, ::across, 1], whole[::down, ::across, 2]]
    if look.kind in ("yuva", "gbrap"):
        found.append(np.full(rgb.shape[:2], np.rint(alpha * ((1 << look.depth) - 1))))
    return [np.ascontiguousarray(each).astype(kind) for each in found]
