"""Scaling: every sample where it belongs to a twentieth of a pixel, nothing aliases, nothing is cut off."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from dcp.picture.scaling import scaled

pytestmark = pytest.mark.extra("picture")


def aligned(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Edge on edge."""
    step = plane.shape[1] / size[0], plane.shape[0] / size[1]
    return scaled(plane, size, start=(step[0] / 2 - 0.5, step[1] / 2 - 0.5), step=step)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("step", [0.31, 0.5, 0.9375, 1.0, 1.3, 1.875, 2.0, 3.7])
@pytest.mark.parametrize("start", [-0.25, 0.0, 0.375])
def test_a_ramp_is_where_it_was(dtype: type, step: float, start: float) -> None:
    ramp = np.tile(np.arange(200, dtype=dtype), (60, 1))
    size = int(180 / step), int(50 / step)
    out = scaled(ramp, size, start=(start + 9, 3.0), step=(step, step))
    expected = start + 9 + step * np.arange(size[0])
    inside = (expected > 8) & (expected < 191)
    assert np.abs(out - expected)[:, inside].max() < (0.01 if step <= 1 else 0.05)  # px
    across = scaled(np.ascontiguousarray(ramp.T), size[::-1], start=(3.0, start + 9), step=(step, step))
    assert np.array_equal(across.T[:, inside], out[:, inside]) or np.allclose(across.T, out, atol=0.01)


@pytest.mark.parametrize("step", [0.5, 1.0, 1.5, 1.875, 2.0, 2.4])
def test_an_edge_is_where_it_was(step: float) -> None:
    """By the area under it, which blur and overshoot leave as it is."""
    plane = np.zeros((40, 240), np.uint8)
    plane[:, 120:] = 200
    out = aligned(plane, (round(240 / step), round(40 / step)))
    place = out.shape[1] - out.sum(axis=1) / 200
    assert np.abs(place * step - 120).max() < 0.05


def zone_plate(side: int) -> np.ndarray:
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float64)
    square = (columns - side / 2) ** 2 + (rows - side / 2) ** 2
    return (32768 + 24000 * np.cos(np.pi * square / (side / 2))).astype(np.float32)


@pytest.mark.parametrize("factor", [1.2, 1.5, 1.875, 2.0, 2.4])
def test_a_smaller_picture_does_not_alias(factor: float) -> None:
    """Against a Lanczos of three lobes: a box of the area is two to three times as far off."""
    plate = zone_plate(600)
    side = round(600 / factor)
    best = np.asarray(Image.fromarray(plate, mode="F").resize((side, side), Image.Resampling.LANCZOS))
    error = np.sqrt(np.mean((aligned(plate, (side, side)) - best)[8:-8, 8:-8] ** 2))
    assert error < 0.2 * best.std()


def test_overshoot_and_precision_are_kept() -> None:
    edge = np.zeros((20, 40), np.uint8)
    edge[:, 20:] = 255
    out = aligned(edge, (160, 80))
    assert out.min() < -5 and out.max() > 260
    shallow = np.tile(np.array([10] * 20 + [11] * 20, np.uint8), (20, 1))
    assert len(np.unique(aligned(shallow, (160, 80)).round(3))) > 4


@pytest.mark.parametrize("side", [1, 2, 3, 5])
def test_tiny_planes(side: int) -> None:
    for size in ((1, 1), (7, 4), (40, 30)):
        assert np.allclose(aligned(np.full((side, side), 7, np.uint16), size), 7)


@pytest.mark.parametrize("step", [1 / 3, 0.5, 2 / 3, 1.0, 0.75, 2.0])
@pytest.mark.parametrize("start", [-0.25, 0.0, 0.375, 0.5])
@pytest.mark.parametrize("points", [9, 40, 77])
def test_noise_becomes_what_the_formula_makes_of_it(step: float, start: float, points: int) -> None:
    plane = np.random.default_rng(3).integers(0, 1024, (7, max(12, round(points * step)))).astype(np.uint16)
    found = scaled(plane, (points, 7), start=(start, 0.0), step=(step, 1.0))
    wider = max(1.0, step)
    wide = np.pad(plane.astype(np.float64), ((0, 0), (50, 50)), mode="edge")
    for x in range(points):
        distance = np.abs(np.arange(wide.shape[1]) - 50 - (start + step * x)) / wider
        near = (1.5 * distance - 2.5) * distance**2 + 1
        far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
        weights = np.where(distance < 1, near, np.where(distance < 2, far, 0))
        assert np.allclose(found[:, x], wide @ weights / weights.sum(), atol=0.01)
