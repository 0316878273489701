"""Planes into X'Y'Z': 24 patches an encoding against colour-science, and what all encodings share."""

from __future__ import annotations

import pickle
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from late import colour
from numpy.typing import NDArray

from dcp.errors import UsageError
from dcp.picture.colour import ColourPath, to_dcdm, to_xyz12
from dcp.picture.colour.encodings import LUMA, MATRICES, NAMED, PRIMARIES
from dcp.picture.colour.light import TO_LIGHT, rgb_to_xyz, to_rgb

pytestmark = pytest.mark.extra("picture")

Floats = NDArray[np.float64]

SPACES = {
    "rec709": "ITU-R BT.709",
    "srgb": "sRGB",
    "p3-d65": "P3-D65",
    "p3-dci": "DCI-P3",
    "rec2020": "ITU-R BT.2020",
}
CURVES = {
    "bt1886": lambda v: colour().models.eotf_BT1886(v),
    "srgb": lambda v: colour().models.eotf_sRGB(v),
    "g22": lambda v: colour().gamma_function(v, 2.2),
    "g26": lambda v: colour().gamma_function(v, 2.6),
    "g28": lambda v: colour().gamma_function(v, 2.8),
    "linear": lambda v: v,
    "st428": lambda v: colour().models.eotf_DCDM(v, in_int=False) / 48,
    "pq": lambda v: colour().models.eotf_ST2084(v) / 48,
}


@cache
def patches() -> Floats:
    """R'G'B' of a ColorChecker, black, white and full colours, (n, 3), 0 to 1."""
    chart = colour().CCS_COLOURCHECKERS["ColorChecker24 - After November 2014"]
    xyz = colour().xyY_to_XYZ(np.array(list(chart.data.values())))
    light = colour().XYZ_to_RGB(xyz, colour().RGB_COLOURSPACES["ITU-R BT.709"], chart.illuminant)
    corners = np.array([[r, g, b] for r in (0, 1) for g in (0, 1) for b in (0, 1)], dtype=float)
    found: Floats = np.vstack([light.clip(0, 1) ** (1 / 2.4), corners])
    assert len(found) == 32
    return found


def coded(rgb: Floats, path: ColourPath) -> list[NDArray[Any]]:
    """R'G'B' as planes of the path, rounded to its codes, (1, n) each."""
    affine = to_rgb(path.model, path.matrix, path.depth, path.full_range)
    codes = np.linalg.solve(affine[:, :3], rgb.T - affine[:, 3:])
    top, dtype = (1 << path.depth) - 1, np.uint8 if path.depth == 8 else np.uint16
    return [np.rint(plane).clip(0, top).astype(dtype)[None] for plane in codes]


def converted(planes: list[NDArray[Any]], path: ColourPath) -> NDArray[np.uint16]:
    out = np.zeros((*planes[0].shape, 3), np.uint16)
    to_dcdm(planes, path, out)
    return out[0]


def wanted(planes: list[NDArray[Any]], path: ColourPath) -> Floats:
    """The codes by colour-science, from the samples on."""
    samples = np.stack([plane[0] for plane in planes], axis=-1).astype(np.int64)
    top = (1 << path.depth) - 1
    if path.model == "ycbcr" and path.matrix != "ycgco":
        rgb = colour().YCbCr_to_RGB(
            samples, np.array(LUMA[path.matrix]), path.depth, not path.full_range, True, out_legal=False
        )
    else:
        low, high = (0, top) if path.full_range else colour().CV_range(path.depth, True, True)
        rgb = (samples - low) / (high - low)
        if path.model == "ycbcr":
            span = top if path.full_range else 224 << path.depth - 8
            luma, green, orange = rgb[:, 0], *((samples[:, 1:] - (1 << path.depth - 1)).T / span)
            rgb = colour().YCoCg_to_RGB(np.stack([luma, orange, green], axis=-1))
    primaries = PRIMARIES[path.primaries]
    matrix = colour().normalised_primary_matrix(np.array(primaries[:3]), np.array(primaries[3]))
    light = np.clip(CURVES[path.transfer](np.clip(rgb, 0, 1)), 0, None) @ matrix.T
    codes: Floats = colour().models.eotf_inverse_DCDM(np.clip(light * 48, 0, 52.37), out_int=False) * 4095
    return codes


def error(path: ColourPath) -> float:
    """The largest distance of a patch from colour-science, in codes, the rounding counted."""
    planes = coded(patches(), path)
    return float(np.abs(converted(planes, path) - wanted(planes, path)).max())


@pytest.mark.parametrize("name", [name for name, (_, transfer) in NAMED.items() if transfer != "pq"])
@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("depth", [8, 10, 12, 16])
@pytest.mark.parametrize("model", ["rgb", "ycbcr"])
def test_patches_are_within_one_code_of_colour_science(
    name: str, full: bool, depth: int, model: Any, record_property: Any
) -> None:
    primaries, transfer = NAMED[name]
    matrix = "bt2020" if name == "rec2020" else "bt709"
    path = ColourPath(
        model, depth=depth, full_range=full, matrix=matrix, primaries=primaries, transfer=transfer
    )
    found = error(path)
    record_property("codes", float(found))
    assert found <= 1


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("full", [True, False])
def test_every_matrix_is_within_one_code_of_colour_science(matrix: str, full: bool) -> None:
    assert error(ColourPath("ycbcr", depth=10, full_range=full, matrix=matrix)) <= 1


@pytest.mark.parametrize("transfer", [name for name in TO_LIGHT if name not in ("pq", "st428")])
@pytest.mark.parametrize("depth", [8, 10, 16])
def test_every_transfer_is_within_one_code_of_colour_science(transfer: str, depth: int) -> None:
    assert error(ColourPath("rgb", depth=depth, transfer=transfer)) <= 1


def test_codes_of_st_428_come_back_as_themselves() -> None:
    codes = np.arange(4096, dtype=np.uint16)[None]
    path = ColourPath("rgb", depth=12, primaries="xyz", transfer="st428")
    assert np.abs(converted([codes] * 3, path).astype(int) - codes.T).max() <= 1


BY_OTHERS = {
    "rec709": "ITU-R BT.709",
    "470m": "NTSC (1953)",
    "470bg": "ITU-R BT.470 - 625",
    "170m": "SMPTE C",
    "film": "ITU-T H.273 - Generic Film",
    "rec2020": "ITU-R BT.2020",
    "p3-dci": "DCI-P3",
    "p3-d65": "P3-D65",
    "ebu3213": "ITU-T H.273 - 22 Unspecified",
}


@pytest.mark.parametrize("name", BY_OTHERS)
def test_primaries_are_those_of_colour_science(name: str) -> None:
    space = colour().RGB_COLOURSPACES[BY_OTHERS[name]]
    assert np.allclose(PRIMARIES[name][:3], space.primaries, rtol=0, atol=1e-9)
    assert np.allclose(PRIMARIES[name][3], space.whitepoint, rtol=0, atol=2e-4)  # C has four digits elsewhere


def test_the_weights_of_luma_are_those_of_the_standards() -> None:
    others = colour().WEIGHTS_YCBCR
    for name, space in (("bt601", "ITU-R BT.601"), ("bt709", "ITU-R BT.709"), ("bt2020", "ITU-R BT.2020")):
        assert np.allclose(LUMA[name], others[space], rtol=0, atol=1e-12)
    # three digits of it in video files, four in colour-science
    assert np.allclose(LUMA["240m"], others["SMPTE-240M"], rtol=0, atol=1e-3)
    assert LUMA["fcc"] == (0.30, 0.11)


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("depth", [8, 10, 12, 16])
@pytest.mark.parametrize("full", [True, False])
def test_white_is_white_and_black_is_black(matrix: str, depth: int, full: bool) -> None:
    path = ColourPath("ycbcr", depth=depth, full_range=full, matrix=matrix)
    white, black, grey = (255, 0, 128) if full else (235, 16, 128)
    step = 1 << depth - 8
    high = (1 << depth) - 1 if full else white * step
    planes = [np.array([[value]], np.uint16) for value in (high, grey * step, grey * step)]
    assert converted(planes, path).tolist() == [[3883, 3960, 4092]]
    planes[0][:] = black * step
    assert converted(planes, path).tolist() == [[0, 0, 0]]


def test_what_lies_beyond_black_and_white_is_cut() -> None:
    path = ColourPath("ycbcr", full_range=False)
    luma = np.array([[0, 15, 236, 255]], np.uint8)
    grey = np.full_like(luma, 128)
    assert converted([luma, grey, grey], path).tolist() == [[0] * 3] * 2 + [[3883, 3960, 4092]] * 2


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([8, 10, 12, 16]),
    st.sampled_from(MATRICES),
    st.lists(st.floats(0, 1), min_size=3, max_size=3),
)
def test_full_and_limited_range_agree(depth: int, matrix: str, rgb: list[float]) -> None:
    """Unrounded codes of both ranges, as scaling makes them, are the same colour."""
    found = []
    for full in (True, False):
        path = ColourPath("ycbcr", depth=depth, full_range=full, matrix=matrix)
        affine = to_rgb("ycbcr", matrix, depth, full)
        codes = np.linalg.solve(affine[:, :3], np.array(rgb) - affine[:, 3])
        planes = [np.array([[value]], np.float32) for value in codes]
        found.append(converted(planes, path).astype(int))
    assert np.abs(found[0] - found[1]).max() <= 1


@pytest.mark.parametrize(("depth", "shift"), [(12, 0), (16, 4)])
def test_x_y_z_codes_come_through_bit_for_bit(depth: int, shift: int) -> None:
    codes = np.arange(4096, dtype=np.uint16)[None]
    path = ColourPath("rgb", through="codes", depth=depth)
    planes = [codes << shift, codes[:, ::-1] << shift, codes << shift | (codes >> 8 if shift else 0)]
    out = np.zeros((1, 4096, 3), np.uint16)
    to_dcdm(planes, path, out)
    assert (out[..., 0] == codes).all() and (out[..., 1] == codes[:, ::-1]).all()
    assert (out[..., 2] == codes).all()  # whatever stands in the four bits below


def test_x_y_z_codes_that_were_scaled_are_rounded() -> None:
    wide = ColourPath("xyz", through="codes", depth=16)
    assert converted([np.array([[4095 * 16, 100.4 * 16]], np.float32)] * 3, wide)[:, 0].tolist() == [
        4095,
        100,
    ]
    path = ColourPath("xyz", through="codes", depth=12)
    planes = [np.array([[100.4, 100.6, 5000, -3, np.nan]], np.float32)] * 3
    assert converted(planes, path)[:, 0].tolist() == [100, 101, 4095, 0, 0]


def test_a_picture_inside_a_container_is_written_in_place() -> None:
    whole = np.zeros((6, 8, 3), np.uint16)
    planes = [np.full((2, 4), 255, np.uint8)] * 3
    to_dcdm(planes, ColourPath("rgb"), whole[2:4, 2:6])
    assert (whole[2:4, 2:6] == [3883, 3960, 4092]).all() and whole.astype(int).sum() == 8 * (
        3883 + 3960 + 4092
    )


def test_a_grey_picture_is_one_plane() -> None:
    codes = np.arange(256, dtype=np.uint8)[None]
    one, three = (np.zeros((1, 256, 3), np.uint16) for _ in range(2))
    to_dcdm([codes], ColourPath("grey"), one)
    to_dcdm([codes] * 3, ColourPath("rgb"), three)
    assert (one == three).all() and one[0, 255].tolist() == [3883, 3960, 4092]


def test_limited_codes_and_codes_of_8_bits_are_stretched() -> None:
    path = ColourPath("xyz", through="codes", depth=12, full_range=False)
    assert converted([np.array([[255, 256, 3760, 4095]], np.uint16)] * 3, path)[:, 1].tolist() == [
        0,
        0,
        4095,
        4095,
    ]
    path = ColourPath("xyz", through="codes")
    assert converted([np.array([[0, 255]], np.uint8)] * 3, path)[:, 1].tolist() == [0, 4095]


def test_rgb_is_as_it_was() -> None:
    rgb = np.random.default_rng(4).integers(0, 65536, (50, 60, 3)).astype(np.uint16)
    out = np.empty_like(rgb)
    to_dcdm([rgb[..., k] for k in range(3)], ColourPath("rgb", depth=16), out)
    assert np.abs(out.astype(int) - to_xyz12(rgb, source="rec709")).max() <= 1


def test_linear_floats_keep_colours_of_a_wider_gamut_and_lose_what_is_no_number() -> None:
    path = ColourPath("rgb", depth=32, transfer="linear")
    p3_green = np.linalg.solve(rgb_to_xyz("rec709"), rgb_to_xyz("p3-d65") @ [0, 1, 0])
    assert p3_green.min() < 0
    planes = [np.array([[value, np.nan, np.inf, -np.inf, 1e30]], np.float32) for value in p3_green]
    codes = converted(planes, path)
    wide = np.where(p3_green > 1, 1, p3_green) @ rgb_to_xyz("rec709").T * 48 / 52.37
    assert np.abs(codes[0] - 4095 * wide.clip(0, 1) ** (1 / 2.6)).max() <= 1
    assert codes[1:].tolist() == [[0] * 3, [3883, 3960, 4092], [0] * 3, [3883, 3960, 4092]]


VECTORS = [
    ((284.8, 299.6, 326.2), (2524, 2546, 2583)),
    ((0.4748, 0.5, 0.5441), (472, 481, 496)),
    ((0.0047, 0.0050, 0.0055), (60, 62, 65)),
]


@pytest.mark.parametrize(("light", "codes"), VECTORS)
def test_hdr_has_the_test_vectors_of_the_addendum(light: tuple[float, ...], codes: tuple[int, ...]) -> None:
    path = ColourPath("rgb", depth=32, primaries="xyz", transfer="linear", target="hdr")
    planes = [np.array([[value / 48]], np.float32) for value in light]
    assert converted(planes, path).tolist() == [list(codes)]


PATCHES = {
    (1, 0, 0): (2234, 1925, 68), (0, 1, 0): (1988, 2387, 1327), (0, 0, 1): (1871, 1525, 2565),
    (0, 1, 1): (2218, 2434, 2583), (1, 0, 1): (2383, 2049, 2565), (1, 1, 0): (2423, 2510, 1327),
    (1, 1, 1): (2524, 2546, 2583),
}  # fmt: skip


def test_hdr_has_the_patches_of_the_reference_display() -> None:
    path = ColourPath("rgb", depth=32, primaries="p3-d65", transfer="linear", target="hdr")
    level = np.array(list(PATCHES), np.float32) * np.float32(299.6 / 48)
    found = converted([np.ascontiguousarray(plane)[None] for plane in level.T], path).astype(int)
    wanted = np.array(list(PATCHES.values()))
    bright = wanted > 100  # Z of red is none: the table's 68 is the display's black
    # the addendum gives red a Y of 68.13, where its primaries and 299.6 cd/m2 give 68.60
    assert np.abs(found - wanted)[bright].max() <= 3
    assert found[-1].tolist() == [2524, 2546, 2583]


def test_pq_sources_are_cut_at_the_peak_of_hdr_and_agree_with_colour_science_below() -> None:
    path = ColourPath("rgb", depth=10, primaries="rec2020", transfer="pq", target="hdr")
    codes = np.arange(1024, dtype=np.uint16)[None]
    found = converted([codes] * 3, path)
    light = colour().models.eotf_ST2084(codes[0] / 1023)
    inside = light < 300
    white = rgb_to_xyz("rec2020") @ np.ones(3)
    wanted = 4095 * colour().models.eotf_inverse_ST2084(light[inside, None] * white)
    assert np.abs(found[inside] - wanted).max() <= 1
    peak = 4095 * colour().models.eotf_inverse_ST2084(300.0 * white)
    assert np.abs(found[~inside] - peak).max() <= 1


def test_sdr_keeps_its_48_candela_in_hdr() -> None:
    white = [np.full((1, 1), 255, np.uint8)] * 3
    found = converted(white, ColourPath("rgb", target="hdr"))
    wanted = 4095 * colour().models.eotf_inverse_ST2084(48 * (rgb_to_xyz("rec709") @ np.ones(3)))
    assert np.abs(found - wanted).max() <= 1


@pytest.mark.parametrize(
    "planes",
    [
        [np.zeros((2, 2), np.uint8)] * 2,
        [np.zeros((2, 3), np.uint8)] * 3,
        [np.zeros((2, 2), np.float64)] * 3,
        [np.zeros((2, 2), np.uint8)] * 2 + [np.zeros((1, 1), np.uint8)],
        [np.zeros((2, 2, 1), np.uint8)] * 3,
    ],
)
def test_other_planes_are_refused(planes: list[NDArray[Any]]) -> None:
    with pytest.raises(UsageError, match="cannot be converted"):
        to_dcdm(planes, ColourPath("rgb"), np.zeros((2, 2, 3), np.uint16))


def test_a_path_is_plain_data() -> None:
    path = ColourPath("ycbcr", cube=Path("a.cube"), through="cube")
    again = pickle.loads(pickle.dumps(path))
    assert again == path and hash(again) == hash(path)
