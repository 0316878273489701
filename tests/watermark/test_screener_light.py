"""The mark is a change of light: the same share in each component, whatever the curve and the form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from watermark.orientation import Orientation
from watermark.screener.coding import form_of
from watermark.screener.planes import mark_components, mark_differences, node_places, tables_of
from watermark.transfer import DCDM, HLG, LINEAR, PQ, SRGB, cinema_code, slope

GAIN = 0.005
WEIGHTS = {1: (0.2126, 0.7152, 0.0722), 9: (0.2627, 0.6780, 0.0593)}
COLOURS = [(0.5, 0.5, 0.5), (0.7, 0.3, 0.25), (0.25, 0.6, 0.4), (0.3, 0.3, 0.55), (0.9, 0.85, 0.8)]
DEPTH = 16
NODES = np.full((72, 128), GAIN, np.float32)
HALF = np.full((1, 1), 0.5, np.float32)


def light(rgb: NDArray[np.float64], transfer: int, weights: tuple[float, ...]) -> NDArray[np.float64]:
    """What a display makes of R'G'B', by the curves' own formulas."""
    if transfer != HLG:
        flat = cinema_code(rgb.ravel().astype(np.float64), transfer).astype(float)  # type: ignore[arg-type]
        return (flat**2.6).reshape(rgb.shape)
    scene = np.where(rgb <= 0.5, rgb**2 / 3, (np.exp((rgb - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    return scene * (scene @ np.array(weights)) ** 0.2


def coded(rgb: NDArray[np.float64], weights: tuple[float, ...]) -> tuple[float, float, float]:
    luma = float(rgb @ np.array(weights))
    return luma, (rgb[2] - luma) / (2 * (1 - weights[2])), (rgb[0] - luma) / (2 * (1 - weights[0]))


def decoded(y: float, b: float, r: float, weights: tuple[float, ...]) -> NDArray[np.float64]:
    red, blue = y + 2 * (1 - weights[0]) * r, y + 2 * (1 - weights[2]) * b
    return np.array([red, (y - weights[0] * red - weights[2] * blue) / weights[1], blue])


def places(width: int, height: int) -> Any:
    return *node_places(width, 128), *node_places(height, 72)


@pytest.mark.parametrize(
    ("transfer", "matrix"), [(1, 1), (SRGB, 1), (4, 1), (LINEAR, 1), (PQ, 9), (HLG, 9), (DCDM, 1)]
)
@pytest.mark.parametrize("colour", COLOURS)
def test_colour_differences_keep_the_colour(transfer: int, matrix: int, colour: tuple[float, ...]) -> None:
    weights = WEIGHTS[matrix]
    tables = tables_of(depth=DEPTH, full=False, transfer=transfer, matrix=matrix)
    unit = 1 << (DEPTH - 8)
    y, b, r = coded(np.array(colour), weights)
    planes = [
        np.full((4, 8), round((16 + 219 * y) * unit), np.uint16),
        *(np.full((2, 4), round((128 + 224 * c) * unit), np.uint16) for c in (b, r)),
    ]
    outs = [np.empty_like(plane) for plane in planes]
    levels = (
        np.float32(tables.white),
        np.float32(tables.middle),
        tables.stretch,
        np.float32(1),
        np.float32(65535),
    )
    mark_differences(
        *planes, *outs, NODES, places(8, 4), places(4, 2), tables.step, levels, tables.matrix, tables.weights,
        HALF,
    )  # fmt: skip

    def shown(of: list[NDArray[np.uint16]]) -> NDArray[np.float64]:
        codes = [plane.astype(float).mean() / unit for plane in of]
        rgb = decoded((codes[0] - 16) / 219, (codes[1] - 128) / 224, (codes[2] - 128) / 224, weights)
        return light(rgb, transfer, weights)

    change = shown(outs) / shown(planes) - 1
    luminance = (shown(outs) @ np.array(weights)) / (shown(planes) @ np.array(weights)) - 1
    assert luminance == pytest.approx(GAIN, rel=0.03)
    assert np.abs(change / GAIN - 1).max() < 0.06


@pytest.mark.parametrize("transfer", [1, SRGB, 5, PQ, HLG, 9, 10])
def test_the_slope_is_that_of_the_curve(transfer: int) -> None:
    code = np.linspace(0.05, 0.95, 40)
    fine = 1e-4
    above, below = (cinema_code(code + step, transfer).astype(float) ** 2.6 for step in (fine, -fine))  # type: ignore[arg-type]
    steep = (np.log(above) - np.log(below)) / (2 * fine)
    assert np.abs(slope(code, transfer) * steep - 1).max() < 0.02
    assert slope(np.array([0.0]), transfer)[0] < 1e-3


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_components_move_together_and_never_past_white(kind: Any) -> None:
    depth = 8 if kind == np.uint8 else 12
    full = (1 << depth) - 1
    tables = tables_of(depth=depth, full=True, transfer=1, matrix=0)
    wide = [np.full((90, 128), round(full * share), kind) for share in (0.8, 0.4, 1.0)]
    outs = [np.empty_like(plane) for plane in wide]
    gain = 40 * NODES
    noise = np.random.default_rng(1).random((64, 64)).astype(np.float32) * 0.99 + 0.005
    args = (places(128, 90), tables.step, np.float32(full), np.float32(1), np.float32(full), noise)
    mark_components(tuple(wide), tuple(outs), gain, *args)
    assert all(np.array_equal(a, b) for a, b in zip(wide, outs, strict=True)), (
        "white has no room: nothing moves"
    )
    wide[2][:] = round(full * 0.5)
    mark_components(tuple(wide), tuple(outs), gain / 10, *args)
    moved = [out.astype(float).mean() / plane[0, 0] - 1 for out, plane in zip(outs, wide, strict=True)]
    assert moved == pytest.approx([4 * GAIN / 2.4] * 3, rel=0.05)


def test_black_stays_black_and_dither_changes_no_whole_code() -> None:
    tables = tables_of(depth=8, full=False, transfer=1, matrix=1)
    planes = [np.full((8, 8), 16, np.uint8), np.full((4, 4), 128, np.uint8), np.full((4, 4), 128, np.uint8)]
    outs = [np.empty_like(plane) for plane in planes]
    levels = (np.float32(235), np.float32(128), tables.stretch, np.float32(1), np.float32(255))
    for tile in (0.002, 0.998):
        noise = np.full((64, 64), tile, np.float32)
        mark_differences(
            *planes, *outs, NODES, places(8, 8), places(4, 4), tables.step, levels, tables.matrix,
            tables.weights, noise,
        )  # fmt: skip
        assert all(np.array_equal(a, b) for a, b in zip(planes, outs, strict=True))


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("flip", [False, True])
def test_a_turn_and_its_way_back(turn: int, flip: bool) -> None:
    place = Orientation(turn=turn, flip=flip)
    stored = np.arange(12).reshape(3, 4)
    shown = place.shown(stored)
    assert shown.shape == ((4, 3) if place.sideways else (3, 4))
    assert np.array_equal(place.stored(shown), stored)
    if turn == 90 and not flip:
        assert shown[0].tolist() == [8, 4, 0], "clockwise: what was left is above"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("yuvj422p", "yuv422p"), ("nv12", "yuv420p"), ("p010le", "yuv420p10le"),
        ("yuv420p10be", "yuv420p10le"), ("rgb24", "gbrp"), ("rgba64be", "gbrap16le"),
        ("gray12le", "gray12le"), ("yuva444p12le", "yuva444p12le"),
        ("uyvy422", "yuv422p"), ("xyz12le", None), ("monob", None), ("gbrpf32le", None), ("yuv", None),
    ],
)  # fmt: skip
def test_forms_of_samples_and_their_planes(name: str, said: str | None) -> None:
    form = form_of(name)
    assert (form.name if form else None) == said
