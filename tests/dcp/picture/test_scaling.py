"""Scaling: every sample where it belongs to a twentieth of a pixel, nothing aliases, nothing is cut off."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from dcp.picture.scaling import axis, scaled, scaled_rows

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


def by_the_formula(plane: np.ndarray, size: tuple[int, int], start: float, step: float) -> np.ndarray:
    """In float64, a matrix a side; start and step of both sides alike."""

    def matrix(source: int, target: int) -> np.ndarray:
        wider = max(1.0, step)
        at = start + step * np.arange(target)
        reach = int(4 * wider) + 2
        rows = np.zeros((target, source))
        for point, middle in enumerate(at):
            places = np.arange(int(middle) - reach, int(middle) + reach + 1)
            d = np.abs(places - middle) / wider
            near, far = (1.5 * d - 2.5) * d**2 + 1, ((-0.5 * d + 2.5) * d - 4) * d + 2
            weights = np.where(d < 1, near, np.where(d < 2, far, 0))
            np.add.at(rows[point], places.clip(0, source - 1), weights / weights.sum())
        return rows

    height, width = plane.shape
    return matrix(height, size[1]) @ plane.astype(np.float64) @ matrix(width, size[0]).T


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize(
    ("step", "start"),
    [
        *((1.0, start) for start in (0.0, 0.25, -0.5)),
        *((0.5, start) for start in (0.0, -0.25, 0.25)),
        *((2.0, start) for start in (0.5, 0.25)),
        *((step, step / 2 - 0.5) for step in (1 / 3, 2 / 3, 0.9375, 1.5, 1.92, 2.05, 3.0)),
    ],
)
def test_every_loop_gives_what_the_formula_does(dtype: type, step: float, start: float) -> None:
    source = (np.random.default_rng(5).random((90, 150)) * 250).astype(dtype)
    size = int(149 / step), int(89 / step)
    found = scaled(source, size, start=(start, start), step=(step, step))
    assert np.abs(found - by_the_formula(source, size, start, step)).max() < 2e-4


def test_the_ratios_of_film_and_video_have_loops_of_their_own() -> None:
    """Else they would take three times as long, and nobody would see it."""
    ratios = [(3840, 1920, 2.0, 0.5), (1920, 1920, 1.0, 0.25), (960, 1920, 0.5, 0.0)]
    ratios += [(1280, 1920, 2 / 3, -1 / 6), (640, 1920, 1 / 3, -1 / 6)]
    found = [axis(source, target, start, step).steady[0] for source, target, step, start in ratios]
    assert found == [2, 1, 3, 5, 4]
    assert axis(1920, 1920, 0.0, 1.0).weights.shape == (1920, 1)


@pytest.mark.parametrize("step", [0.5, 2 / 3, 0.9375, 1.0, 2.0, 2.05])
def test_bands_are_the_whole_cut_up(step: float) -> None:
    plane = np.random.default_rng(6).integers(0, 1024, (120, 200)).astype(np.uint16)
    across, down = (axis(side, int(side / step), step / 2 - 0.5, step) for side in (200, 120))
    height = down.first.size
    whole = scaled_rows(plane, 0, across, down, 0, height)
    for band in (1, 7, 30):
        for first in range(0, height, band):
            end = min(first + band, height)
            above, below = down.needed(first, end)
            rows = np.ascontiguousarray(plane[above:below])
            assert np.array_equal(scaled_rows(rows, above, across, down, first, end), whole[first:end])
