"""X'Y'Z' to displays, against twins in float64 that are written from the standards' formulas here."""

from __future__ import annotations

import numpy as np
import pytest
from display_twins import (
    DCI_WHITE,
    HDR_PATCHES,
    TWINS,
    Floats,
    difference,
    light_of,
    patches,
    shown_by,
    st2084,
    st2084_light,
    twin,
)
from numpy.typing import NDArray

from dcp.errors import UsageError
from dcp.picture.colour.displays import NAMES, Display, Grid, Module, display_named
from dcp.picture.colour.output import convert, planes_of, transform_for

# --- what is so -----


def test_the_known_codes_of_the_corners() -> None:
    codes = patches()[:6, 0].tolist()
    assert codes[0] == [2901, 2171, 0]
    assert codes[1] == [2417, 3493, 1222]
    assert codes[2] == [2014, 1416, 3816]


def test_the_vectors_of_the_hdr_addendum_are_those_of_the_twin() -> None:
    vectors = {
        (284.8, 299.6, 326.2): (2524, 2546, 2583),
        (0.4748, 0.5, 0.5441): (472, 481, 496),
        (0.0047, 0.0050, 0.0055): (60, 62, 65),
    }
    for light, codes in vectors.items():
        assert np.floor(0.5 + 4095 * st2084(np.array(light))).tolist() == list(codes)
    for codes, luminance in HDR_PATCHES.items():
        assert st2084_light(np.array(codes) / 4095)[1] == pytest.approx(luminance, rel=0.004)


@pytest.mark.parametrize("name", list(NAMES))
@pytest.mark.parametrize("hdr", [False, True], ids=["sdr", "hdr"])
def test_codes_are_the_twins(name: str, hdr: bool) -> None:
    """Within a code of 16 bits; where a channel is dark beside bright ones, a millionth of their light."""
    xyz = np.random.default_rng(4).integers(0, 4096, (64, 97, 3)).astype(np.uint16)
    xyz[0, :4] = [[0, 0, 0], [1, 1, 1], [4095, 4095, 4095], [3794, 3960, 3890]]
    found, _ = convert(xyz, display_named(name), hdr=hdr)
    wanted = twin(xyz, name, hdr=hdr)
    brightest = light_of(xyz, hdr).max(axis=-1, keepdims=True) / TWINS[name][3]
    decode = TWINS[name][2]
    off = np.abs(decode(found / 65535) - decode(wanted / 65535))
    assert ((np.abs(found - wanted) <= 1) | (off <= 1e-6 * brightest)).all()
    assert found[0, 0].tolist() == [0, 0, 0]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "pq"])
def test_eight_bits_are_the_nearest_code(name: str) -> None:
    found, _ = convert(patches(), display_named(name), bits=8)
    assert found.dtype == np.uint8
    assert np.abs(found - twin(patches(), name, top=255)).max() < 0.51


@pytest.mark.parametrize("name", list(NAMES))
def test_known_patches_look_the_same(name: str) -> None:
    found, _ = convert(patches(), display_named(name))
    wanted = shown_by(twin(patches(), name), name)
    assert difference(shown_by(found, name), wanted, DCI_WHITE) < 0.02


def test_what_a_display_has_comes_through_whole() -> None:
    """DCI's gamut on a projector of DCI, and in PQ: only rounding is left (P3's red Rec.2020 lacks)."""
    for name, codes in (("p3-dci", patches()[:16]), ("pq", patches()[1:16])):
        found, outside = convert(codes, display_named(name))
        assert outside == 0
        assert difference(shown_by(found, name), light_of(codes), DCI_WHITE) < 0.2


def test_hdr_patches_in_pq() -> None:
    codes = np.array(list(HDR_PATCHES), np.uint16)[:, None, :]
    found, outside = convert(codes, display_named("pq"), hdr=True)
    assert outside == 0
    luminance = shown_by(found, "pq")[:, 0, 1]
    assert luminance == pytest.approx(list(HDR_PATCHES.values()), rel=0.004)


# --- outside -----


def encoded(rgb: Floats, name: str) -> NDArray[np.uint16]:
    """X'Y'Z' of linear light of a display, 1.0 being its white at 48 cd/m2."""
    light = np.maximum(rgb @ TWINS[name][0].T * 48, 0)
    return np.rint((light / 52.37) ** (1 / 2.6) * 4095).astype(np.uint16)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "pq"])
def test_colours_of_the_display_itself_are_not_outside(name: str) -> None:
    rgb = np.random.default_rng(6).random((200, 100, 3))
    rgb[:50] = rgb[:50].round()  # corners
    rgb[50:100, :, 0] = 0
    rgb[100:120] *= 0.001
    _, outside = convert(encoded(rgb, name), display_named(name))
    assert outside == 0


def test_what_the_display_lacks_is_counted_and_cut() -> None:
    rgb = np.full((10, 20, 3), 0.5)
    rgb[:4, :5] = [0.9, 0.0, 0.0]  # a red of P3
    xyz = encoded(rgb, "p3-d65")
    found, outside = convert(xyz, display_named("rec709"))
    assert outside == 20
    assert (found[:4, :5, 1:] == 0).all()
    brighter = np.full((2, 3, 3), 4095, np.uint16)
    assert convert(brighter, display_named("p3-dci"))[1] == 6
    assert convert(brighter, display_named("pq"))[1] == 0


# --- walls -----


def wall(**changes: object) -> Display:
    return Display(**{"name": "wall", "matrix": display_named("p3-d65").matrix, "transfer": "g26"} | changes)  # type: ignore[arg-type]


def test_a_brighter_wall_shows_the_same_light() -> None:
    found, _ = convert(patches(), wall(peak=300.0))
    rgb = (found / 65535.0) ** 2.6 * 300
    wanted = (light_of(patches()) @ np.linalg.inv(TWINS["p3-d65"][0]).T).clip(0)
    assert np.abs(rgb - wanted).max() < 0.01


def test_a_wall_in_pq_is_cut_at_its_peak() -> None:
    """Some white of 1000 cd/m2 in HDR, on a wall of 300."""
    code = round(4095 * float(st2084(np.float64(1000.0))))
    xyz = np.array([[[round(code * 0.99), code, code]]], np.uint16)
    found, outside = convert(xyz, wall(peak=300.0, transfer="pq"), hdr=True)
    assert outside == 1
    assert found[0, 0, 1] == round(65535 * float(st2084(np.float64(300.0))))


def scaled(gain: float) -> Module:
    rows = display_named("p3-d65").matrix
    matrix = tuple(tuple(value * gain for value in row) for row in rows)
    return Module(2, 1, matrix)  # type: ignore[arg-type]


def test_a_module_gets_what_makes_it_like_the_others() -> None:
    xyz = np.full((90, 160, 3), [2500, 2600, 2550], np.uint16)
    found, outside = convert(xyz, wall(grid=Grid(4, 3, (scaled(0.8),))))
    weak = np.zeros((90, 160), bool)
    weak[30:60, 80:120] = True
    assert outside == 0
    assert len(np.unique(found[~weak], axis=0)) == len(np.unique(found[weak], axis=0)) == 1
    light = (found / 65535.0) ** 2.6
    assert light[45, 100] * 0.8 == pytest.approx(light[0, 0], rel=2e-4)


def test_a_module_that_cannot_is_counted() -> None:
    xyz = np.full((90, 160, 3), [3883, 3960, 4092], np.uint16)
    assert convert(xyz, wall(grid=Grid(4, 3, (scaled(0.8),))))[1] == 30 * 40


@pytest.mark.parametrize(
    ("width", "height", "columns", "rows"), [(97, 41, 8, 5), (3, 2, 8, 5), (256, 9, 7, 9)]
)
def test_modules_cover_a_picture_of_any_size(width: int, height: int, columns: int, rows: int) -> None:
    transform = transform_for(wall(grid=Grid(columns, rows)), width=width, height=height)
    assert (transform.edges[0], transform.edges[-1]) == (0, width)
    assert (np.diff(transform.edges) >= 0).all() and transform.rows.max() < rows
    xyz = np.random.default_rng(1).integers(0, 4096, (height, width, 3)).astype(np.uint16)
    assert np.array_equal(convert(xyz, wall(grid=Grid(columns, rows)))[0], convert(xyz, wall())[0])


# --- packed -----


@pytest.mark.parametrize("depth", [8, 10])
def test_planes_in_one_pass_are_those_of_two(depth: int) -> None:
    xyz = np.random.default_rng(2).integers(0, 4096, (70, 111, 3)).astype(np.uint16)
    display = wall(transfer="bt1886", grid=Grid(4, 3, (scaled(0.8),)))
    rgb, outside = convert(xyz, display)
    dtype = np.uint8 if depth == 8 else np.uint16
    wanted, planes = np.empty((3, 70, 111), dtype), np.empty((3, 70, 111), dtype)
    planes_of(rgb, wanted, depth=depth)
    assert transform_for(display, width=111, height=70).ycbcr(xyz, planes, depth=depth) == outside
    assert np.array_equal(planes, wanted)


def test_an_unknown_display_is_refused() -> None:
    with pytest.raises(UsageError, match="rec709"):
        display_named("rec601")
