"""What is seen in a frame: black, clipped, brighter than white, outside P3, and which eye is which."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from synthetic import coc

from dcp.errors import CodestreamError
from dcp.picture.codec import codec_by_name
from dcp.picture.colour import to_xyz12
from dcp.picture.limits import frame_limits
from dcp.picture.looks import Look, alike, look, look_at, nearer_below


def flat(*codes: int, size: tuple[int, int] = (90, 160)) -> Any:
    return np.full((*size, 3), codes, np.uint16)


def patch(codes: tuple[int, int, int], share: float) -> Any:
    picture = flat(1500, 1500, 1500)
    picture[: round(90 * share)] = codes
    return picture


def seen(picture: Any, **more: Any) -> Look:
    """As it is seen of the codestream."""
    return look(codec_by_name().encode(picture, limits=frame_limits(Fraction(24))), **more)


def test_black_is_what_gives_no_light() -> None:
    assert seen(flat(0, 0, 0)).black
    assert seen(flat(120, 120, 120)).black
    assert not seen(flat(300, 300, 300)).black
    assert not seen(patch((900, 900, 900), 0.1)).black


def test_white_is_neither_clipped_nor_too_bright() -> None:
    white = to_xyz12(np.full((90, 160, 3), 255, np.uint8), source="rec709")
    for picture in (white, flat(3794, 3960, 3890), patch((3883, 3960, 4092), 0.5)):
        found = seen(picture)
        assert (found.clipped, found.bright) == (0, 0)
    assert seen(white).beyond == 0


def test_parts_of_the_picture() -> None:
    assert seen(patch((4095, 3960, 3890), 0.5)).clipped == pytest.approx(0.5, abs=0.05)
    assert seen(patch((3900, 4060, 3900), 0.2)).bright == pytest.approx(0.2, abs=0.05)
    assert seen(patch((1000, 3000, 300), 0.3)).beyond == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize("rgb", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 255, 255), (255, 0, 255)])
def test_the_primaries_of_p3_lie_inside(rgb: tuple[int, int, int]) -> None:
    for source in ("p3-d65", "p3-dci", "rec709"):
        picture = to_xyz12(np.full((90, 160, 3), rgb, np.uint8), source=source)
        assert seen(picture).beyond == 0
    beyond = to_xyz12(np.full((90, 160, 3), (0, 255, 0), np.uint8), source="rec2020")
    assert seen(beyond).beyond == 1


def test_hdr_has_another_scale() -> None:
    found = seen(flat(4095, 4095, 4095), hdr=True)
    assert (found.clipped, found.bright, found.beyond) == (None, None, None)


def test_what_moves_is_not_alike() -> None:
    rng = np.random.default_rng(1)
    picture = (1500 + 300 * rng.standard_normal((90, 160, 3))).clip(0, 4095).astype(np.uint16)
    here = look_at(picture).luma
    assert alike(here, here)
    assert alike(here, look_at(picture + 1).luma)
    assert not alike(here, look_at(np.roll(picture, 1, axis=1)).luma)
    assert not alike(here, look_at(picture[:-1]).luma)


def test_which_part_is_nearer() -> None:
    rng = np.random.default_rng(2)
    left = (1500 + 400 * rng.standard_normal((90, 160))).clip(0, 4095).astype(np.int16)
    right = left.copy()
    right[60:] = np.roll(left[60:], -3, axis=1)  # crossed: in front of the screen
    assert nearer_below(left, right) == 1
    assert nearer_below(right, left) == -1
    assert nearer_below(left, left) == 0
    plain = np.full_like(left, 900)
    assert nearer_below(plain, plain) == 0


def test_what_does_not_decode() -> None:
    with pytest.raises(CodestreamError):
        look(b"not a codestream")


def test_what_stays_too_large_is_not_looked_at() -> None:
    """No level of the wavelet, 8192 pixels wide: a decoder would take a gigabyte."""
    from synthetic import codestream as headers

    with pytest.raises(CodestreamError) as caught:
        look(headers(bytes(300), size=(8000, 8000), levels=0))
    assert caught.value.id == "looks.too-large"
    with pytest.raises(CodestreamError) as caught:
        look(headers(bytes(300), size=(8000, 8000), extra=coc(1, levels=0)))
    assert caught.value.id == "looks.too-large"
