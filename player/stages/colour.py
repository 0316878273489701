"""A picture as the screen asked for it: its display's colour, its samples, both eyes as the view has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.picture.colour.displays import display_named
from dcp.picture.colour.output import Singles, convert, planes_of, transform_for
from player.screen.screen import XYZ, Encoding, Samples
from player.views import View

Picture = NDArray[np.uint16]


@dataclass(frozen=True)
class Coloured:
    """samples: one picture, or two where the eyes alternate. outside: how many of the `pixels` lay outside
    the display's colours and were cut; pixels: 0 where nothing was converted."""

    samples: tuple[Samples, ...]
    outside: int = 0
    pixels: int = 0


def coloured(
    pictures: Sequence[Picture],
    encoding: Encoding,
    view: View,
    *,
    hdr: bool = False,
    noise: Singles | None = None,
) -> Coloured:
    """X'Y'Z' codes, (height, width, 3), of one eye or both, as a screen wants them. A picture without a
    second eye is both. hdr: the codes are of ST 2084. noise: what dithers 8 and 10 bits."""
    anaglyph = view == "anaglyph" and len(pictures) == 2
    first = _as_rgb(encoding) if anaglyph else encoding
    done = [_converted(picture, first, hdr, noise) for picture in pictures]
    samples: tuple[Samples, ...] = tuple(each for each, _ in done)
    outside = sum(count for _, count in done)
    if anaglyph:
        samples = (_in_red_and_cyan(samples[0], samples[1], encoding, noise),)
    elif view == "side-by-side" and len(samples) == 2:
        samples = (np.concatenate(samples, axis=2 if encoding.form == "ycbcr" else 1),)
    elif view == "alternate" and len(samples) == 1:
        samples = samples * 2
    pixels = 0 if encoding == XYZ else sum(picture.shape[0] * picture.shape[1] for picture in pictures)
    return Coloured(samples, outside, pixels)


def to_ycbcr(rgb: Picture, *, depth: int, noise: Singles | None = None) -> Samples:
    """R'G'B' uint16 (H, W, 3), full range, to planes Y', Cb, Cr (3, H, W), limited range of `depth` bits.

    8 bits give uint8, 10 bits little-endian uint16. Samples are rounded to the nearest code (BT.709 item 4),
    or dithered by the noise.
    """
    planes = _planes(rgb.shape[0], rgb.shape[1], depth)
    planes_of(rgb, planes, depth=depth, noise=noise)
    return planes


def is_coarse(encoding: Encoding) -> bool:
    """Whether a mark would be rounded away: pictures of 8 or 10 bits."""
    return encoding.bits < _FINE


def check_view(encoding: Encoding, view: View) -> None:
    """UsageError where a wall has modules of their own and two pictures would lie on it."""
    if view == "side-by-side" and encoding.display is not None and encoding.display.grid.modules:
        raise UsageError("display.two-pictures", where=encoding.colour)


# --- how it is done -----

_FINE = 12


def _converted(picture: Picture, encoding: Encoding, hdr: bool, noise: Singles | None) -> tuple[Samples, int]:
    if encoding == XYZ:
        return picture, 0
    display = encoding.display or display_named(encoding.colour)
    if encoding.form == "rgb":
        return convert(picture, display, bits=encoding.bits, hdr=hdr, noise=_of_use(noise, encoding))
    height, width, _ = picture.shape
    planes = _planes(height, width, encoding.bits)
    transform = transform_for(display, width=width, height=height, hdr=hdr)
    return planes, transform.ycbcr(picture, planes, depth=encoding.bits, noise=noise)


def _of_use(noise: Singles | None, encoding: Encoding) -> Singles | None:
    return noise if is_coarse(encoding) else None


def _as_rgb(encoding: Encoding) -> Encoding:
    return encoding if encoding.form == "rgb" else replace(encoding, bits=16, form="rgb")


def _in_red_and_cyan(left: Samples, right: Samples, encoding: Encoding, noise: Singles | None) -> Samples:
    """The display's codes themselves: red of the left eye, green and blue of the right one."""
    mixed = np.concatenate([left[..., :1], right[..., 1:]], axis=2)
    return mixed if encoding.form == "rgb" else to_ycbcr(mixed, depth=encoding.bits, noise=noise)


def _planes(height: int, width: int, depth: int) -> Samples:
    return np.empty((3, height, width), np.uint8 if depth == 8 else np.dtype("<u2"))
