"""Scenes through ACES, against OpenColorIO itself: 24 patches, 6 stops under to 6 over, and any samples."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from late import colour
from numpy.typing import NDArray

from dcp.errors import UsageError
from dcp.picture.colour import ColourPath, to_dcdm
from dcp.picture.colour.light import to_rgb

pytest.importorskip("PyOpenColorIO", reason="OpenColorIO is not installed")

from dcp.picture.colour.aces import HDR, HDR_CODES, SDR, run, scenes

pytestmark = pytest.mark.extra("create")

OUTPUT = {"dcdm": (SDR, "DISPLAY - CIE-XYZ-D65_to_DCDM-D65"), "hdr": (HDR, HDR_CODES)}
LINEAR = ("ACES2065-1", "ACEScg")
CAMERAS = (
    "ACEScct", "ACEScc", "ACESproxy10i", "APPLE_LOG", "ARRI_ALEXA-LOGC-EI800-AWG", "ARRI_LOGC4",
    "CANON_CLOG2-CGAMUT", "CANON_CLOG3-CGAMUT", "PANASONIC_VLOG-VGAMUT", "RED_REDLOGFILM-RWG",
    "RED_LOG3G10-RWG", "SONY_SLOG3-SGAMUT3", "SONY_SLOG3-SGAMUT3.CINE", "SONY_SLOG3-SGAMUT3-VENICE",
)  # fmt: skip


@cache
def patches() -> NDArray[np.float64]:
    """ACES2065-1 of a ColorChecker, 6 stops under to 6 over, black and full colours: (n, 3)."""
    chart = colour().CCS_COLOURCHECKERS["ColorChecker24 - After November 2014"]
    xyz = colour().xyY_to_XYZ(np.array(list(chart.data.values())))
    light = colour().XYZ_to_RGB(xyz, colour().RGB_COLOURSPACES["ACES2065-1"], chart.illuminant)
    found: NDArray[np.float64] = np.vstack(
        [*(light * 2.0**stops for stops in range(-6, 7)), np.zeros((1, 3)), np.eye(3)]
    )
    return found


def by_opencolorio(rgb: NDArray[Any], camera: str, target: str) -> NDArray[np.float64]:
    before = () if camera == "ACES2065-1" else (f"{camera}_to_ACES2065-1",)
    codes: NDArray[np.float64] = np.rint((run((*before, *OUTPUT[target]), rgb) * 4095).clip(0, 4095))
    return codes


def converted(planes: Any, path: ColourPath) -> NDArray[np.int64]:
    out = np.zeros((1, len(planes[0]), 3), np.uint16)
    to_dcdm([np.ascontiguousarray(plane)[None] for plane in planes], path, out)
    return out[0].astype(np.int64)


@pytest.mark.parametrize("target", ["dcdm", "hdr"])
@pytest.mark.parametrize("camera", LINEAR)
def test_linear_patches_are_within_two_codes_of_opencolorio(
    camera: str, target: Any, record_property: Any
) -> None:
    rgb = patches() if camera == "ACES2065-1" else patches() @ np.linalg.inv(matrix_of(camera)).T
    path = ColourPath("rgb", through="aces", camera=camera, depth=32, target=target)
    found = converted(rgb.T.astype(np.float32), path)
    error = np.abs(found - by_opencolorio(rgb, camera, target)).max()
    record_property("codes", float(error))
    assert error <= (2 if target == "hdr" else 1)


def matrix_of(camera: str) -> NDArray[np.float64]:
    return run((f"{camera}_to_ACES2065-1",), np.eye(3)).T.astype(np.float64)


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("depth", [10, 16])
def test_any_samples_of_any_camera_are_within_a_code_of_opencolorio(camera: str, depth: int) -> None:
    assert camera in scenes()
    codes = np.random.default_rng(7).integers(0, 1 << depth, (3, 4000)).astype(np.uint16)
    found = converted(codes, ColourPath("rgb", through="aces", camera=camera, depth=depth))
    assert np.abs(found - by_opencolorio(codes.T / ((1 << depth) - 1), camera, "dcdm")).max() <= 1


def test_light_of_any_kind_is_within_a_code_of_opencolorio_in_sdr() -> None:
    random = np.random.default_rng(3)
    light = np.exp2(random.uniform(-14, 8, (20000, 3))) - random.choice([0, 0.02], (20000, 1))
    path = ColourPath("rgb", through="aces", camera="ACES2065-1", depth=32)
    found = converted(light.T.astype(np.float32), path)
    assert np.abs(found - by_opencolorio(light, "ACES2065-1", "dcdm")).max() <= 1


def test_limited_y_cb_cr_of_a_camera_is_its_r_g_b() -> None:
    rgb = np.random.default_rng(5).uniform(0.1, 0.7, (3, 500))
    path = ColourPath("ycbcr", through="aces", camera="ARRI_LOGC4", depth=10, full_range=False)
    affine = to_rgb("ycbcr", "bt709", 10, False)
    planes = np.linalg.solve(affine[:, :3], rgb - affine[:, 3:]).astype(np.float32)
    assert np.abs(converted(planes, path) - by_opencolorio(rgb.T, "ARRI_LOGC4", "dcdm")).max() <= 1


@pytest.mark.parametrize("target", ["dcdm", "hdr"])
def test_what_is_no_number_does_no_harm(target: Any) -> None:
    path = ColourPath("rgb", through="aces", camera="ACEScg", depth=32, target=target)
    light = np.array([[np.nan, np.inf, -np.inf, 1e38, -1e38, 1e-40]] * 3, np.float32)
    found = converted(light, path)
    assert found[[0, 2, 4, 5]].max() <= 1 and found[1].tolist() == found[3].tolist() and found[1].min() > 2400


def test_a_camera_that_opencolorio_does_not_know_is_refused() -> None:
    path = ColourPath("rgb", through="aces", camera="CINEON")
    with pytest.raises(UsageError, match="CINEON") as caught:
        to_dcdm([np.zeros((1, 1), np.uint8)] * 3, path, np.zeros((1, 1, 3), np.uint16))
    assert "ARRI_LOGC4" in str(caught.value.remedy) and "ADX10" not in str(caught.value.remedy)
