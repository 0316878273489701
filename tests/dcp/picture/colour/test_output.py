"""X'Y'Z' to displays, against twins in float64 that are written from the standards' formulas here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.errors import UsageError
from dcp.picture.colour.displays import NAMES, Display, Grid, Module, display_named
from dcp.picture.colour.output import convert, transform_for
from dcp.picture.colour.output_kernels import rgb_to_planes

Floats = NDArray[np.float64]

# --- the twins -----

P3 = [(0.680, 0.320), (0.265, 0.690), (0.150, 0.060)]
REC709 = [(0.640, 0.330), (0.300, 0.600), (0.150, 0.060)]
REC2020 = [(0.708, 0.292), (0.170, 0.797), (0.131, 0.046)]
D65, DCI = (0.3127, 0.3290), (0.314, 0.351)


def st2084(light: Floats) -> Floats:
    """cd/m2 into 0 to 1."""
    y = (np.asarray(light) / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375


def st2084_light(code: Floats) -> Floats:
    root = np.asarray(code) ** (1 / 78.84375)
    return 10000 * (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)


def srgb(light: Floats) -> Floats:
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)


def srgb_light(code: Floats) -> Floats:
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def primaries(xy: list[tuple[float, float]], white: tuple[float, float]) -> Floats:
    """RGB into XYZ by Cramer's rule."""
    xyz = [np.array([x / y, 1, (1 - x - y) / y]) for x, y in [*xy, white]]
    whole = np.linalg.det(np.stack(xyz[:3], axis=1))
    parts = []
    for k in range(3):
        columns = list(xyz[:3])
        columns[k] = xyz[3]
        parts.append(xyz[k] * (np.linalg.det(np.stack(columns, axis=1)) / whole))
    return np.stack(parts, axis=1)


Curve = Callable[[Floats], Floats]
TWINS: dict[str, tuple[Floats, Curve, Curve, float]] = {
    "rec709": (primaries(REC709, D65), lambda v: v ** (1 / 2.4), lambda c: c**2.4, 48),
    "srgb": (primaries(REC709, D65), srgb, srgb_light, 48),
    "p3-d65": (primaries(P3, D65), lambda v: v ** (1 / 2.6), lambda c: c**2.6, 48),
    "p3-dci": (primaries(P3, DCI), lambda v: v ** (1 / 2.6), lambda c: c**2.6, 48),
    "rec2020": (primaries(REC2020, D65), lambda v: v ** (1 / 2.4), lambda c: c**2.4, 48),
    "pq": (
        primaries(REC2020, D65),
        lambda v: st2084(v * 10000),
        lambda c: st2084_light(c) / 10000,
        10000,
    ),
}


def light_of(xyz: NDArray[np.uint16], hdr: bool = False) -> Floats:
    """cd/m2 of codes: ST 428-1, or DCI's HDR addendum."""
    return st2084_light(xyz / 4095) if hdr else 52.37 * (xyz / 4095) ** 2.6


def twin(xyz: NDArray[np.uint16], name: str, *, top: int = 65535, hdr: bool = False) -> Floats:
    """Codes between whole numbers."""
    matrix, encode, _, peak = TWINS[name]
    linear = light_of(xyz, hdr) @ np.linalg.inv(matrix).T / peak
    return encode(linear.clip(0, 1)) * top


def shown_by(rgb: NDArray[np.generic], name: str, *, top: int = 65535) -> Floats:
    """XYZ in cd/m2 of what a display is sent."""
    matrix, _, decode, peak = TWINS[name]
    return decode(rgb.astype(np.float64) / top) @ matrix.T * peak


def lab(xyz: Floats, white: Floats) -> Floats:
    ratio = xyz / white
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def difference(one: Floats, other: Floats, white: Floats) -> float:
    """The largest dE2000 between lists of XYZ."""
    colour = pytest.importorskip("colour.difference")
    return float(np.max(colour.delta_E_CIE2000(lab(one, white), lab(other, white))))


DCI_WHITE = np.array([0.314 / 0.351, 1, 0.335 / 0.351]) * 48
CORNERS = {  # of P3 with the white of DCI at 48 cd/m2: (x, y, luminance)
    "red": (0.680, 0.320, 10.06),
    "green": (0.265, 0.690, 34.64),
    "blue": (0.150, 0.060, 3.31),
    "cyan": (0.2048, 0.3602, 37.94),
    "magenta": (0.3424, 0.1544, 13.36),
    "yellow": (0.4248, 0.5476, 44.69),
}


def patches() -> NDArray[np.uint16]:
    """(n, 1, 3): the corners of DCI's gamut, ten greys of its white, and colours of things."""
    colours = [[y * a / b, y, y * (1 - a - b) / b] for a, b, y in CORNERS.values()]
    xyz = (np.maximum(colours, 0) / 52.37) ** (1 / 2.6) * 4095
    greys = np.arange(1, 11)[:, None] / 10 * np.array([3794, 3960, 3890])
    things = np.random.default_rng(8).dirichlet([4, 4, 4], 40) @ primaries(REC709, D65).T
    dim = things * np.random.default_rng(9).uniform(0.02, 1, (40, 1)) * 48 / 52.37
    codes = np.concatenate([xyz, greys, dim ** (1 / 2.6) * 4095])
    return np.rint(codes).astype(np.uint16)[:, None, :]


HDR_PATCHES = {  # sheet of the HDR addendum: codes and luminance
    (2234, 1925, 68): 68.13,
    (1988, 2387, 1327): 207.3,
    (1871, 1525, 2565): 23.86,
    (2524, 2546, 2583): 299.6,
}

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
    rgb_to_planes(rgb, np.float32(1 << (depth - 8)), wanted)
    assert transform_for(display, width=111, height=70).ycbcr(xyz, planes, depth=depth) == outside
    assert np.array_equal(planes, wanted)


def test_an_unknown_display_is_refused() -> None:
    with pytest.raises(UsageError, match="rec709"):
        display_named("rec601")
