"""Display colours both ways, against a float64 reference written from the formula."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.errors import UsageError
from dcp.picture.colour import ENCODINGS, from_xyz12, to_xyz12

MATRIX_709 = np.array(
    [[0.4123908, 0.3575843, 0.1804808], [0.2126390, 0.7151687, 0.0721923], [0.0193308, 0.1191948, 0.9505322]]
)


def random_picture(top: int, dtype: type, seed: int = 3) -> NDArray[np.uint16]:
    return np.random.default_rng(seed).integers(0, top + 1, (60, 80, 3)).astype(dtype)


def reference(rgb: NDArray[np.uint16], top: int) -> NDArray[np.float64]:
    xyz = (rgb / top) ** 2.4 @ MATRIX_709.T
    return np.rint(4095 * (48 * xyz / 52.37) ** (1 / 2.6))


@pytest.mark.parametrize(("dtype", "top"), [(np.uint8, 255), (np.uint16, 65535)])
def test_rec709_is_within_one_code_of_the_formula(dtype: type, top: int) -> None:
    rgb = random_picture(top, dtype)
    rgb[0, :4] = [[0, 0, 0], [top] * 3, [1, 1, 1], [top, 0, 0]]
    difference = to_xyz12(rgb, source="rec709") - reference(rgb, top)
    assert np.abs(difference).max() <= 1
    assert np.abs(difference).mean() < 0.1


def test_the_whites_are_the_known_codes() -> None:
    white = np.full((1, 1, 3), 255, np.uint8)
    assert to_xyz12(white, source="p3-dci")[0, 0].tolist() == [3794, 3960, 3890]  # 48 cd/m2 of .314 .351
    assert to_xyz12(white, source="rec709")[0, 0].tolist() == [3883, 3960, 4092]  # D65 stays D65
    assert to_xyz12(np.zeros((1, 1, 3), np.uint8), source="srgb")[0, 0].tolist() == [0, 0, 0]


@pytest.mark.parametrize("name", list(ENCODINGS))
def test_going_there_and_back_changes_next_to_nothing(name: str) -> None:
    rgb = random_picture(255, np.uint8)
    again = from_xyz12(to_xyz12(rgb, source=name), display=name)
    error = np.abs(again.astype(int) - rgb.astype(int))
    # half a code of X'Y'Z' is more than a code of a channel that is dark beside a bright one
    assert np.percentile(error, 95) <= 2 and error.mean() < 0.5
    grey = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2)
    assert np.abs(from_xyz12(to_xyz12(grey, source=name), display=name).astype(int) - grey).max() <= 1


def test_sixteen_bits_follow_the_formula_backwards() -> None:
    xyz = np.random.default_rng(5).integers(0, 4096, (40, 40, 3)).astype(np.uint16)
    light = (xyz / 4095) ** 2.6 * 52.37 / 48 @ np.linalg.inv(MATRIX_709).T
    wanted = np.clip(light, 0, 1) ** (1 / 2.4) * 65535
    found = from_xyz12(xyz, display="rec709", dtype=np.uint16)
    assert np.abs(found - wanted).max() < 400  # near black the table's steps show
    bright = wanted > 6000
    assert np.abs(found[bright] - wanted[bright]).max() < 16


def test_codes_above_12_bits_do_not_reach_beyond_the_tables() -> None:
    assert from_xyz12(np.full((2, 2, 3), 65535, np.uint16), display="rec709").max() == 255


@pytest.mark.parametrize(
    "picture", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3), np.float32)]
)
def test_what_is_no_picture_is_refused(picture: NDArray[np.uint8]) -> None:
    with pytest.raises(UsageError, match="cannot be converted"):
        to_xyz12(picture, source="rec709")


def test_an_unknown_encoding_is_refused_by_its_name() -> None:
    with pytest.raises(UsageError, match="rec709"):
        to_xyz12(np.zeros((1, 1, 3), np.uint8), source="cineon")
