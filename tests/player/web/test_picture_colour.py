"""The page's shader against float64: every sample of unmarked frames, for every display, read back."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from browser import Chromium, chromium_path
from display_twins import DCI_WHITE, TWINS, difference, shown_by, twin
from numpy.typing import NDArray
from picture_page import PicturePage, codes, page

pytestmark = [pytest.mark.skipif(chromium_path() is None, reason="chromium is not installed")]

MOST_OFF = 0.51
"""In codes of 8 bits; half a one is what rounding does."""
MOST_SEEN = 0.5
"""dE2000, to the best that 8 bits can show; of dark colours their steps alone are up to one."""


@pytest.fixture(scope="module")
def gpu(chromium: Chromium) -> Iterator[PicturePage]:
    with page(chromium) as found:
        assert found.tab.evaluate("picture.capabilities.webgl2") is True
        yield found


@pytest.fixture(scope="module")
def flat(chromium: Chromium) -> Iterator[PicturePage]:
    """As the page converts where there is no WebGL2."""
    with page(chromium, flat=True) as found:
        assert found.tab.evaluate("picture.capabilities.webgl2") is False
        yield found


@pytest.fixture(params=["gpu", "flat"])
def shown(request: pytest.FixtureRequest) -> PicturePage:
    found: PicturePage = request.getfixturevalue(request.param)
    return found


@cache
def formula_of(name: str, hdr: bool) -> tuple[NDArray[np.uint16], NDArray[np.float64]]:
    """Codes, and what they are for a display in float64."""
    xyz = codes()
    return xyz, twin(xyz, name, top=255, hdr=hdr)


def is_nearest(shown: PicturePage, xyz: NDArray[np.uint16], formula: NDArray[np.float64], name: str) -> None:
    assert shown.show(xyz)
    seen = shown.seen()
    assert seen.shape == xyz.shape
    assert np.abs(seen - formula).max() <= MOST_OFF
    best = np.floor(formula + 0.5)
    off = (seen != best).any(axis=-1)  # of the others there is no difference
    if off.any():
        one, other = (shown_by(each[off], name, top=255) for each in (seen, best))
        assert difference(one, other, DCI_WHITE) <= MOST_SEEN


@pytest.mark.parametrize("hdr", [False, True], ids=["sdr", "hdr"])
@pytest.mark.parametrize("name", TWINS)
def test_every_sample_is_the_nearest_code(gpu: PicturePage, name: str, hdr: bool) -> None:
    gpu.set(name, hdr=hdr)
    is_nearest(gpu, *formula_of(name, hdr), name)


@pytest.mark.parametrize(("name", "hdr"), [("rec709", False), ("srgb", True), ("pq", True)])
def test_without_webgl_it_is_the_nearest_code_too(flat: PicturePage, name: str, hdr: bool) -> None:
    flat.set(name, hdr=hdr)
    is_nearest(flat, *formula_of(name, hdr), name)


@pytest.mark.soak
@pytest.mark.parametrize("hdr", [False, True], ids=["sdr", "hdr"])
@pytest.mark.parametrize("name", TWINS)
def test_every_sample_of_a_frame_of_2k_is_the_nearest_code(gpu: PicturePage, name: str, hdr: bool) -> None:
    xyz = codes(1080, 2048, seed=77)
    gpu.set(name, hdr=hdr)
    is_nearest(gpu, xyz, twin(xyz, name, top=255, hdr=hdr), name)


def test_where_a_driver_refuses_the_shaders_the_page_converts(chromium: Chromium) -> None:
    with page(chromium, without=["link"]) as found:
        assert found.tab.evaluate("picture.capabilities.webgl2") is False
        found.set("rec709")
        is_nearest(found, *formula_of("rec709", False), "rec709")


def test_codes_beyond_twelve_bits_are_the_highest(shown: PicturePage) -> None:
    shown.set("srgb", hdr=False)
    shown.show(np.array([[[65535, 4096, 4095], [4095, 4095, 4095]]], np.uint16))
    seen = shown.seen()
    assert (seen[0, 0] == seen[0, 1]).all()


def test_odd_sizes_keep_their_rows(shown: PicturePage) -> None:
    """Rows of codes that end anywhere in a word."""
    shown.set("p3-dci", hdr=False)
    for height, width in ((3, 1), (1, 5), (17, 13), (9, 257)):
        xyz = np.random.default_rng(width).integers(0, 4096, (height, width, 3), dtype=np.uint16)
        shown.show(xyz)
        assert (shown.seen() == np.floor(twin(xyz, "p3-dci", top=255) + 0.5)).all()
