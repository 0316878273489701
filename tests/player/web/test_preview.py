"""Pictures as they go to the page."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from dcp.picture.colour.displays import display_named
from dcp.picture.colour.output import convert
from player.screen.screen import PLAIN, About
from player.web.preview import Picture, picture_of
from watermark.dither import noise


def ramp(height: int, width: int) -> np.ndarray:  # type: ignore[type-arg]
    dice = np.random.default_rng(7)
    rows = np.linspace(0, 3000, width)[None, :, None] + dice.integers(0, 900, (height, 1, 3))
    return np.ascontiguousarray(rows.astype(np.uint16))


def codes(picture: Picture) -> np.ndarray:  # type: ignore[type-arg]
    return picture.codes


@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((1280, 540), (1280, 540)),
        ((2048, 858), (1024, 429)),
        ((1998, 1080), (999, 540)),
        ((4096, 2160), (1024, 540)),
    ],
)
def test_a_wide_picture_is_halved(size: tuple[int, int], small: tuple[int, int]) -> None:
    image = ramp(size[1], size[0])
    made = picture_of(image, PLAIN)
    assert (made.width, made.height) == small and made.codes.nbytes == small[0] * small[1] * 6
    factor = size[0] // small[0]
    means = image.reshape(small[1], factor, small[0], factor, 3).mean(axis=(1, 3))
    assert np.abs(codes(made) - means).max() <= 1


def test_a_small_picture_is_as_it_is() -> None:
    image = ramp(144, 256)
    assert (codes(picture_of(image, PLAIN)) == image).all()


def test_views_are_halved_each_on_its_own() -> None:
    """Their border stays where it is, though a half of it would lie within a sample."""
    left, right = np.full((100, 1301, 3), 100, np.uint16), np.full((100, 1301, 3), 4000, np.uint16)
    made = picture_of(np.concatenate([left, right], axis=1), About(views=2))
    assert made.width == 2 * 651
    assert (codes(made)[:, :651] == 100).all() and (codes(made)[:, 651:] == 4000).all()


def test_a_jpeg_is_the_engines_colour() -> None:
    image = cv2.GaussianBlur(ramp(144, 256), (0, 0), 3)
    made = picture_of(image, PLAIN)
    assert not made.has_jpeg
    rgb, _ = convert(image, display_named("rec709"), bits=8)
    read = cv2.imdecode(np.frombuffer(made.jpeg, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert made.has_jpeg and np.abs(read.astype(int) - rgb).mean() < 2


def test_a_marked_one_is_dithered() -> None:
    flat = np.full((128, 128, 3), 2001, np.uint16)
    rounded, dithered = (picture_of(flat, About(noise=added)) for added in (None, noise(3)))
    levels = [
        len(np.unique(cv2.imdecode(np.frombuffer(p.jpeg, np.uint8), 1)[..., 1])) for p in (rounded, dithered)
    ]
    assert levels[0] == 1 and levels[1] > 1
