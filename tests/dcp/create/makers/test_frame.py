"""One frame: every plane where it belongs, turned the right way, over black, blended in light, coded."""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dcp.create.makers.frame import Recipe, blended, code, draw, frame_of, placed_planes
from dcp.create.sources.facts import Pixels
from dcp.errors import SourceError
from dcp.picture.codec import codec_by_name
from dcp.picture.colour.path import ColourPath
from dcp.picture.geometry import Box, Placement, place
from dcp.picture.limits import FrameLimits, frame_limits

pytestmark = pytest.mark.extra("picture")

RATE = Fraction(24)
YCC = ColourPath("ycbcr", full_range=False)
RGB = ColourPath("rgb")


def recipe(placement: Placement, path: ColourPath = YCC) -> Recipe:
    return Recipe(placement.size, frame_limits(RATE), RATE, placement, path)


def ramp(siting: tuple[float, float], across: bool, steps: tuple[int, int] = (2, 2)) -> Pixels:
    """Luma and chroma that both say where they are: 40 + u / 2 at luma column (row) u, 10 bits."""
    luma = np.tile(np.arange(320) * 2.0 + 100, (200, 1))
    wide, high = steps
    columns = np.arange(320 // wide) * wide + (siting[0] if wide > 1 else 0)
    chroma = np.tile(columns * 2.0 + 100, (200 // high, 1))
    if not across:
        luma = np.tile(np.arange(200)[:, None] * 2.0 + 100, (1, 320))
        rows = np.arange(200 // high) * high + (siting[1] if high > 1 else 0)
        chroma = np.tile(rows[:, None] * 2.0 + 100, (1, 320 // wide))
    chroma = chroma.astype(np.uint16)
    return Pixels((luma.astype(np.uint16), chroma, chroma), "ycbcr", 10, False, siting)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("siting", [(0.0, 0.5), (0.5, 0.5), (0.0, 0.0), (0.5, 0.0)])
@pytest.mark.parametrize("size", [(320, 200), (400, 260), (150, 90), (320, 140)])
def test_chroma_lies_on_luma(
    turn: int, flip: bool, siting: tuple[float, float], size: tuple[int, int]
) -> None:
    for across in (True, False):
        placement = place((320, 200), size, rotation=turn, flip=flip, edges=(20, 6, 12, 10))
        luma, *chromas = placed_planes(ramp(siting, across), placement)
        inside = (slice(8, -8), slice(8, -8))
        for chroma in chromas:
            assert chroma.shape == luma.shape == placement.inner.size[::-1]
            # two codes are one luma sample
            factor = max(1, placement.cropped[0] / placement.inner.width)
            assert np.abs(luma.astype(float) - chroma)[inside].max() / 2 < 0.05 * max(1, factor) + 0.01


@pytest.mark.parametrize("steps", [(4, 1), (2, 1), (1, 2), (4, 4)])
def test_other_subsamplings(steps: tuple[int, int]) -> None:
    for across in (True, False):
        placement = place((320, 200), (640, 400), edges=(6, 2, 2, 2))
        luma, chroma, _ = placed_planes(ramp((0.0, 0.0), across, steps), placement)
        assert np.abs(luma.astype(float) - chroma)[16:-16, 16:-16].max() / 2 < 0.05


@given(st.sampled_from([0, 90, 180, 270]), st.booleans(), st.booleans(), st.tuples(*[st.integers(0, 8)] * 4))
@settings(max_examples=40, deadline=None)
def test_turning_first_and_turning_last_are_the_same(
    turn: int, flip: bool, scale: bool, edges: tuple[int, int, int, int]
) -> None:
    stored = np.random.default_rng(2).integers(0, 256, (30, 48)).astype(np.uint8)
    shown = np.rot90(stored[:, ::-1] if flip else stored, -turn // 90)
    size = (160, 160) if scale else (48, 48)
    turned = place((48, 30), size, rotation=turn, flip=flip, edges=edges)
    straight = place(shown.shape[::-1], size, edges=edges)  # type: ignore[arg-type]
    assert turned.inner == straight.inner
    one = placed_planes(Pixels((stored,), "grey", 8, full_range=True), turned)[0]
    other = placed_planes(Pixels((shown,), "grey", 8, full_range=True), straight)[0]
    assert np.allclose(one, other, atol=0.01)


def test_what_needs_no_scaling_is_not_touched() -> None:
    plane = np.arange(48 * 30, dtype=np.uint16).reshape(30, 48)
    (same,) = placed_planes(Pixels((plane,), "grey", 12, full_range=True), place((48, 30), (48, 48)))
    assert same is plane or np.shares_memory(same, plane)
    assert same.dtype == np.uint16


def test_an_edge_of_the_crop_takes_nothing_from_beyond_it() -> None:
    plane = np.full((40, 40), 100, np.uint8)
    plane[:10] = plane[:, :10] = 255
    (cropped,) = placed_planes(
        Pixels((plane,), "grey", 8, full_range=True), place((40, 40), (90, 90), edges=(10, 10, 0, 0))
    )
    assert np.allclose(cropped, 100)


def test_white_is_white_inside_and_black_around() -> None:
    luma, chroma = np.full((54, 96), 235, np.uint8), np.full((27, 48), 128, np.uint8)
    placement = place((96, 54), (200, 108))
    picture = frame_of(Pixels((luma, chroma, chroma), "ycbcr", 8, full_range=False), recipe(placement))
    inner = placement.inner
    assert inner == Box(4, 0, 192, 108)
    assert (picture[:, inner.left : inner.right] == (3883, 3960, 4092)).all()
    assert picture[:, :4].max() == 0 == picture[:, -4:].max()
    assert frame_of(None, recipe(placement)).max() == 0


@pytest.mark.parametrize("size", [(90, 100), (100, 60)])
def test_every_sample_is_written_whatever_the_memory_held(size: tuple[int, int]) -> None:
    grey = Pixels((np.full(size[::-1], 90, np.uint8),), "grey", 8, full_range=True)
    made = recipe(place(size, (200, 216)), ColourPath("grey"))
    for frame in (grey, [(grey, 0.25), (grey, 0.75)], None):
        planes = np.full((3, 216, 200), -7, np.int32)
        draw(frame, made, tuple(planes))
        assert np.array_equal(planes.transpose(1, 2, 0), frame_of(frame, made))
        assert planes.min() == 0


def test_xyz_of_12_bits_comes_through_bit_for_bit() -> None:
    codes = np.random.default_rng(1).integers(0, 4096, (3, 30, 48)).astype(np.uint16)
    pixels = Pixels(tuple(codes), "xyz", 12, full_range=True)
    path = ColourPath("xyz", through="codes", depth=12)
    picture = frame_of(pixels, recipe(place((48, 30), (48, 30)), path))
    assert np.array_equal(picture, np.moveaxis(codes, 0, 2))


@pytest.mark.parametrize(("depth", "full"), [(8, True), (8, False), (10, False), (16, True)])
def test_alpha_lies_over_black_in_the_codes(depth: int, full: bool) -> None:
    top = (1 << depth) - 1
    dtype = np.uint8 if depth == 8 else np.uint16
    black, white = (0, top) if full else (16 << (depth - 8), 235 << (depth - 8))
    plane = np.full((30, 48), white, dtype)
    alpha = np.tile(np.linspace(0, top, 48).astype(dtype), (30, 1))
    pixels = Pixels((plane, plane, plane), "rgb", depth, full, alpha=alpha)
    (mixed, *_) = placed_planes(pixels, place((48, 30), (48, 30)))
    assert np.allclose(
        mixed, black + (white - black) * alpha.astype(float) / top, atol=0.01 * 2 ** (depth - 8)
    )
    path = ColourPath("rgb", depth=depth, full_range=full)
    picture = frame_of(pixels, recipe(place((48, 30), (48, 30)), path))
    assert picture[0, 0].max() == 0 and picture[0, -1, 1] == 3960


def test_alpha_takes_colour_away_with_light() -> None:
    luma, chroma = np.full((32, 48), 120, np.uint8), np.full((16, 24), 200, np.uint8)
    alpha = np.zeros((32, 48), np.uint8)
    alpha[:, 24:] = 255
    pixels = Pixels((luma, chroma, chroma), "ycbcr", 8, False, alpha=alpha)
    y, cb, _ = placed_planes(pixels, place((48, 32), (48, 32)))
    assert np.allclose(y[:, :20], 16) and np.allclose(cb[:, :20], 128, atol=0.5)
    assert np.allclose(y[:, 28:], 120) and np.allclose(cb[:, 28:], 200, atol=0.5)


def test_a_blend_is_of_light() -> None:
    dark, bright = (Pixels((np.full((8, 8), v, np.uint8),) * 3, "rgb", 8, full_range=True) for v in (0, 255))
    half = frame_of([(dark, 0.5), (bright, 0.5)], recipe(place((8, 8), (8, 8)), RGB))
    assert abs(int(half[0, 0, 1]) - round(3960 * 0.5 ** (1 / 2.6))) <= 1
    codes = np.arange(4095, 4095 - 3 * 1365, -1).reshape(105, 13, 3).astype(np.uint16)
    for hdr in (False, True):
        assert np.array_equal(blended([(codes, 0.25), (codes, 0.75)], hdr=hdr), codes)


@given(st.integers(0, 4095), st.integers(0, 4095), st.floats(0, 1))
def test_a_blend_is_within_a_code_of_the_formula(one: int, other: int, weight: float) -> None:
    from dcp.picture.colour.light import light_to_pq, pq_to_light

    parts = [
        (np.full((1, 1, 3), code, np.uint16), part) for code, part in ((one, 1 - weight), (other, weight))
    ]
    light = ((1 - weight) * (one / 4095) ** 2.6 + weight * (other / 4095) ** 2.6) ** (1 / 2.6)
    assert abs(float(blended(parts)[0, 0, 0]) - 4095 * light) <= 0.7
    nits = (1 - weight) * pq_to_light(np.array(one / 4095)) + weight * pq_to_light(np.array(other / 4095))
    assert abs(float(blended(parts, hdr=True)[0, 0, 0]) - 4095 * float(light_to_pq(nits))) <= 0.7


def along(source: int, luma: int, target: int, siting: float) -> NDArray[np.float64]:
    """(target, source): what each point takes of each sample, by the formula; edge on edge."""
    each, factor = round(luma / source), luma / target
    step = factor / each
    wider = max(1.0, step)
    weights = np.zeros((target, source))
    for point in range(target):
        middle = (factor * (point + 0.5) - 0.5 - (siting if each > 1 else 0.0)) / each
        for sample in range(int(middle) - int(2 * wider) - 3, int(middle) + int(2 * wider) + 4):
            d = abs(sample - middle) / wider
            near, far = (1.5 * d - 2.5) * d**2 + 1, ((-0.5 * d + 2.5) * d - 4) * d + 2
            weights[point, min(max(sample, 0), source - 1)] += near if d < 1 else far if d < 2 else 0.0
    return weights / weights.sum(axis=1, keepdims=True)


def slowly(pixels: Pixels, size: tuple[int, int], path: ColourPath) -> NDArray[np.float64]:
    """Unrounded codes of the whole picture at another size, in float64, a step after the other."""
    from dcp.picture.colour.light import GAMMA, PEAK, TO_LIGHT, WHITE, rgb_to_xyz, to_rgb

    rows, columns = pixels.planes[0].shape
    placed = []
    for plane in pixels.planes:
        down = along(plane.shape[0], rows, size[1], pixels.siting[1])
        across = along(plane.shape[1], columns, size[0], pixels.siting[0])
        placed.append(down @ plane.astype(np.float64) @ across.T)
    samples = np.stack([*placed * (3 // len(placed)), np.ones(size[::-1])], axis=-1)
    rgb = samples @ to_rgb(path.model, path.matrix, path.depth, path.full_range).T
    light = TO_LIGHT[path.transfer](rgb.clip(0, 1)) @ rgb_to_xyz(path.primaries).T  # type: ignore[index]
    codes: NDArray[np.float64] = 4095 * (light * WHITE / PEAK).clip(0, 1) ** (1 / GAMMA)
    return codes


SOURCES: dict[str, tuple[ColourPath, int, tuple[int, int]]] = {
    "4:2:0 of 8 bits": (YCC, 3, (2, 2)),
    "4:2:2 of 10 bits": (ColourPath("ycbcr", depth=10, full_range=False), 3, (2, 1)),
    "RGB of 16 bits": (ColourPath("rgb", depth=16, transfer="srgb"), 3, (1, 1)),
    "RGB of 10 bits, limited": (ColourPath("rgb", depth=10, full_range=False), 3, (1, 1)),
    "grey of 8 bits": (ColourPath("grey"), 1, (1, 1)),
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("size", [(192, 108), (384, 216), (96, 54), (288, 162), (180, 102), (206, 116)])
@pytest.mark.parametrize("interleaved", [False, True])
def test_a_frame_is_what_the_formulas_make_of_it(
    source: str, size: tuple[int, int], interleaved: bool
) -> None:
    """Pictures of shapes and grain: every sample within a code, and no more of them off than rounding has."""
    path, count, (wide, high) = SOURCES[source]
    rng = np.random.default_rng(8)
    rows, columns = np.mgrid[0:108, 0:192]
    planes = []
    for number in range(count):
        picture = (
            0.5 + 0.3 * np.sin(columns / 9 + number) * np.cos(rows / 13) + rng.normal(0, 0.02, (108, 192))
        )
        codes = (picture * (1 << path.depth)).clip(0, (1 << path.depth) - 1)
        sub = (slice(None, None, high if number else 1), slice(None, None, wide if number else 1))
        planes.append(codes.astype(np.uint8 if path.depth == 8 else np.uint16)[sub])
    if interleaved and (wide, high) == (1, 1):
        planes = [*np.moveaxis(np.dstack(planes), 2, 0)]
    else:
        planes = [np.ascontiguousarray(plane) for plane in planes]
    pixels = Pixels(tuple(planes), path.model, path.depth, path.full_range, (0.0, 0.5 if high > 1 else 0.0))
    found = frame_of(pixels, recipe(place((192, 108), size), path))
    off = np.abs(found - slowly(pixels, size, path))
    assert off.max() <= 1 and off.mean() < 0.27


def test_a_recipe_travels() -> None:
    made = recipe(place((96, 54), (200, 108), rotation=90))
    assert pickle.loads(pickle.dumps(made)) == made
    assert hash(made) == hash(pickle.loads(pickle.dumps(made)))


def test_codestreams_are_passed_on_checked() -> None:
    codec = codec_by_name()
    made = Recipe((96, 54), frame_limits(RATE), RATE)
    data = codec.encode(np.full((54, 96, 3), 900, np.uint16), limits=made.limits)
    assert code(data, made, None) is data
    for other, message in (
        (Recipe((96, 50), made.limits, RATE), "96x54"),
        (Recipe((96, 54), FrameLimits(len(data) - 1, 9_999), RATE), str(len(data))),
    ):
        with pytest.raises(SourceError, match=message):
            code(data, other, None)
    with pytest.raises(SourceError):
        code(data[: len(data) // 2], made, None)
    # HDR and direct view have limits of their own: the usual ones are not asked as well
    fast = Recipe((96, 54), frame_limits(Fraction(120), mbps=500), Fraction(120))
    assert code(data, fast, None) is data
