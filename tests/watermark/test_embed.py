from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dcp.errors import UsageError
from watermark.carrier import COLUMNS, ROWS, chips
from watermark.embed import NODE_COLUMNS, NODE_ROWS, Embedder
from watermark.kernel import GAIN_BITS, places_of, scratch_of, survey
from watermark.kernel import mark as mark_rows
from watermark.payload import Payload
from watermark.secret import Secret
from watermark.visibility import (
    AMPLITUDE,
    CODE_MAX,
    MAX_STRENGTH,
    MAX_TEXTURE,
    MIN_HEIGHT,
    MIN_WIDTH,
    TILE_COLUMNS,
    TILE_ROWS,
    flat_tiles,
    strength,
)

SECRET = Secret(value=bytes(range(32)))
PAYLOAD = Payload(location=300_000, time_index=31_322)
WIDTH, HEIGHT = 512, 288


def embedder(width: int = WIDTH, height: int = HEIGHT, rate: Fraction = Fraction(24)) -> Embedder:
    return Embedder(SECRET, PAYLOAD, width=width, height=height, rate=rate)


def picture(seed: int = 1, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint16]:
    """Soft coloured shapes with some grain, mid-grey on the whole."""
    rng = np.random.default_rng(seed)
    soft = cv2.resize(rng.random((12, 20, 3)), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(800 + 1800 * soft + rng.normal(0, 20, soft.shape), 0, 4000).astype(np.uint16)


def psnr(frame: NDArray[np.uint16], marked: NDArray[np.uint16]) -> float:
    """dB of 12-bit codes, peak 4095, all components."""
    error = (marked.astype(float) - frame) ** 2
    return float(10 * np.log10(4095**2 / error.mean()))


def test_the_change_is_too_small_to_see_and_is_there() -> None:
    frame = picture()
    marked = embedder().apply(frame, 0)
    assert psnr(frame, marked) >= 60
    assert marked.dtype == np.uint16 and (marked != frame).mean() > 0.5


@pytest.mark.parametrize("code", [600, 1434, 2000, 3000, 4000])
def test_a_flat_area_never_changes_by_more_than_the_limit_nor_the_frame_by_more_than_60_db(code: int) -> None:
    frame = np.full((HEIGHT, WIDTH, 3), code, dtype=np.uint16)
    allowed = AMPLITUDE * float(strength(frame[..., 1], white=CODE_MAX).mean()) if code < 1434 else AMPLITUDE
    mark = embedder()
    for index in (1, 5, 9, 14, 18):
        marked = mark.apply(frame, index)
        assert psnr(frame, marked) >= 60
        light = (np.abs(marked - frame.astype(float)) - 1) / code * 2.6  # dithered rounding: one code
        assert light.max() <= allowed * 1.001
        if code < 1900:
            assert light.max() > 0.8 * allowed - 2.6 / code


def test_a_flat_area_changes_by_the_nominal_amplitude_at_the_cells_middle() -> None:
    frame = np.full((HEIGHT, WIDTH, 3), 1900, dtype=np.uint16)
    marked = embedder().apply(frame, 1).astype(float)  # frame 1 of a chip: no cross-fade
    light = (marked / 1900) ** 2.6 - 1
    cells = light.reshape(ROWS, HEIGHT // ROWS, COLUMNS, WIDTH // COLUMNS, 3)[:, 12:20, :, 12:20].mean(
        axis=(1, 3, 4)
    )
    expected = AMPLITUDE * chips(SECRET, PAYLOAD)[0]
    assert np.abs(cells - expected).max() < 0.15 * AMPLITUDE


def test_light_says_what_apply_does_to_codes() -> None:
    frame = np.full((HEIGHT, WIDTH, 3), 2000, dtype=np.uint16)
    marker = embedder()
    marked = marker.apply(frame, 30).astype(float).mean(axis=2)
    done = (cv2.resize(marked, (NODE_COLUMNS, NODE_ROWS), interpolation=cv2.INTER_AREA) / 2000) ** 2.6 - 1
    small = np.full((MIN_HEIGHT, MIN_WIDTH), 2000 / CODE_MAX, np.float32)
    meant = marker.light(small, Fraction(30, 24))
    assert meant.shape == (NODE_ROWS, NODE_COLUMNS)
    assert np.abs(meant).max() > 0.6 * AMPLITUDE
    assert np.abs(done - meant).mean() < 0.04 * AMPLITUDE
    assert not np.array_equal(meant, marker.light(small, Fraction(34, 24)))


def test_texture_carries_more_but_never_more_than_the_factor() -> None:
    rng = np.random.default_rng(2)
    flat = np.full((HEIGHT, WIDTH), 1500, dtype=np.uint16)
    assert (strength(flat, white=CODE_MAX) == 1).all()
    rough = flat.copy()
    rough[:96, :96] = np.kron(rng.integers(600, 2400, (48, 48)), np.ones((2, 2)))
    textured = strength(rough, white=CODE_MAX)
    assert textured[2:10, 2:10].mean() > 0.95 * MAX_TEXTURE and textured.max() <= MAX_TEXTURE
    edge = flat.copy()
    edge[:, WIDTH // 2 + 3 :] = 1200
    assert strength(edge, white=CODE_MAX)[:, :30].max() < 1.1, "a lone edge is no texture"


def test_a_flat_area_beside_texture_keeps_its_limit_to_the_edge() -> None:
    rng = np.random.default_rng(2)
    small = np.full((MIN_HEIGHT, MIN_WIDTH), 0.37, np.float32)
    small[48:96, 64:128] *= 1 + 0.15 * rng.standard_normal((48, 64)).astype(np.float32)
    flat = (
        cv2.resize(flat_tiles(small).astype(np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST) > 0
    )
    assert 0.5 < flat.mean() < 0.95
    mark = embedder()
    for index in range(12):
        light = np.abs(cv2.resize(mark.light(small, Fraction(index, 6) + Fraction(1, 12)), (WIDTH, HEIGHT)))
        assert light[flat].max() <= AMPLITUDE * 1.01
        assert light.max() > 1.5 * AMPLITUDE


def test_in_a_bright_picture_texture_gives_way_before_flat_areas_do() -> None:
    rng = np.random.default_rng(2)
    flat = np.full((HEIGHT, WIDTH), 1700, dtype=np.uint16)
    flat[:, WIDTH // 2 :] = np.kron(rng.integers(900, 2700, (144, 128)), np.ones((2, 2)))
    factor = strength(flat, white=CODE_MAX)
    assert (factor[:, :28] == 1).all() and 1.01 < factor[:, 36:].mean() < 2
    bright = np.full((HEIGHT, WIDTH), 3900, dtype=np.uint16)
    assert 0.45 < strength(bright, white=CODE_MAX).mean() < 0.6


def test_the_dark_carries_more_but_never_more_than_the_factor() -> None:
    factors = [
        float(strength(np.full((HEIGHT, WIDTH), code, dtype=np.uint16), white=CODE_MAX).mean())
        for code in (0, 200, 600, 1000, 1434)
    ]
    assert factors[:2] == [MAX_STRENGTH] * 2 and factors[-1] == pytest.approx(1, abs=1e-3)
    assert 1 < factors[3] < factors[2] < MAX_STRENGTH


def test_strength_is_judged_alike_from_a_smaller_copy() -> None:
    large = picture(width=1024, height=576)
    small = cv2.resize(large, (512, 288), interpolation=cv2.INTER_AREA)
    one, two = (strength(frame[..., 1].copy(), white=CODE_MAX) for frame in (large, small))
    assert np.abs(one - two).mean() < 0.02


def test_black_stays_black_and_white_stays_within_twelve_bits() -> None:
    mark = embedder()
    assert (mark.apply(np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint16), 5) == 0).all()
    for code in (4092, 4095, 65535):
        assert mark.apply(np.full((HEIGHT, WIDTH, 3), code, dtype=np.uint16), 5).max() <= 4095


def test_the_three_components_get_one_gain_even_where_one_is_nearly_full() -> None:
    frame = np.empty((HEIGHT, WIDTH, 3), dtype=np.uint16)
    frame[:] = (3883, 3960, 4092)  # D65 white of 48 cd/m2
    marked = embedder().apply(frame, 1).astype(float)
    ratio = marked / frame
    assert np.abs(ratio - ratio[..., :1]).max() <= 2 / 3883
    assert ratio.min() < 0.999


def test_the_mean_survives_rounding_where_the_change_is_below_one_code() -> None:
    frame = np.full((HEIGHT, WIDTH, 3), 40, dtype=np.uint16)
    change = embedder().apply(frame, 1).astype(float)[..., 1] - 40
    cells = change.reshape(ROWS, 32, COLUMNS, 32)[:, 12:20, :, 12:20].mean(axis=(1, 3))
    expected = 40 * AMPLITUDE / 2.6 * MAX_STRENGTH * chips(SECRET, PAYLOAD)[0]
    assert np.corrcoef(cells.ravel(), expected.ravel())[0, 1] > 0.9


def test_a_frame_depends_on_its_index_alone() -> None:
    mark, frame = embedder(), picture()
    in_order = [mark.apply(frame, index) for index in range(24)]
    with ThreadPoolExecutor(4) as pool:
        backwards = list(pool.map(lambda index: mark.apply(frame, index), reversed(range(24))))
    for one, two in zip(in_order, reversed(backwards), strict=True):
        assert (one == two).all()
    assert any((in_order[0] != other).any() for other in in_order[4:])


def test_it_can_write_into_the_frame_itself_and_otherwise_leaves_it_alone() -> None:
    mark, frame = embedder(), picture()
    before = frame.copy()
    expected = mark.apply(frame, 9)
    assert (frame == before).all()
    assert mark.apply(frame, 9, out=frame) is frame
    assert (frame == expected).all()


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(25), Fraction(48), Fraction(30000, 1001)])
def test_frames_of_one_instant_are_marked_alike_at_every_rate(rate: Fraction) -> None:
    frame = np.full((HEIGHT, WIDTH, 3), 2000, dtype=np.uint16)
    at_24 = embedder().apply(frame, 24 * 5 + 1).astype(float)
    other = embedder(rate=rate).apply(frame, round(rate * Fraction(121, 24))).astype(float)
    assert np.corrcoef(at_24.ravel(), other.ravel())[0, 1] > 0.8


@pytest.mark.parametrize(
    ("width", "height", "rate", "message"),
    [
        (100, 288, 24, "100x288"),
        (512, 10_000, 24, "10000"),
        (512, 288, 0, "0 frames"),
        (512, 288, 1000, "1000"),
    ],
)
def test_sizes_and_rates_that_cannot_be_marked_are_refused(
    width: int, height: int, rate: int, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        embedder(width, height, Fraction(rate))


def test_another_shape_dtype_or_a_negative_index_is_refused() -> None:
    mark, frame = embedder(), picture()
    for wrong in (frame[1:], frame.astype(np.float32), frame[..., 0]):
        with pytest.raises(UsageError, match="announced"):
            mark.apply(wrong, 0)
    with pytest.raises(UsageError, match="announced"):
        mark.apply(frame, 0, out=frame[1:])
    with pytest.raises(UsageError, match="below 0"):
        mark.apply(frame, -1)


def surveyed(frame: NDArray[np.uint16]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The small picture and the mean squares that `survey` finds."""
    height, width = frame.shape[:2]
    small, tiles = (MIN_WIDTH, MIN_HEIGHT), (TILE_COLUMNS, TILE_ROWS)
    places = places_of(width, height, nodes=(NODE_COLUMNS, NODE_ROWS), small=small)
    scratch = scratch_of(width, small=small, tiles=tiles)
    survey(frame.reshape(height, 3 * width), places, scratch)
    return scratch.small, scratch.square


@pytest.mark.parametrize(
    ("width", "height"), [(2048, 1080), (1998, 1080), (1024, 429), (256, 144), (720, 576)]
)
def test_the_look_at_a_frame_is_near_that_of_a_resampler(width: int, height: int) -> None:
    frame = picture(width=width, height=height)
    small, square = surveyed(frame)
    green = np.ascontiguousarray(frame[:, :, 1]) / np.float32(CODE_MAX)
    assert (
        np.abs(small - cv2.resize(green, (MIN_WIDTH, MIN_HEIGHT), interpolation=cv2.INTER_AREA)).max() < 0.03
    )
    squares = ((frame / np.float32(CODE_MAX)) ** 2).mean(axis=2).astype(np.float32)
    whole = cv2.resize(squares, (TILE_COLUMNS, TILE_ROWS), interpolation=cv2.INTER_AREA)
    assert np.abs(square / whole - 1).max() < 0.15 and abs(square.mean() / whole.mean() - 1) < 0.003


@pytest.mark.parametrize("period", [2, 3, 4, 8])
def test_fine_lines_do_not_slip_past_the_look(period: int) -> None:
    frame = np.zeros((1080, 2048, 3), dtype=np.uint16)
    frame[::period] = 4000
    mark = embedder(2048, 1080)
    for index in (1, 5):
        assert psnr(frame, mark.apply(frame, index)) >= 59.3  # not every row is looked at


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 100_000), st.sampled_from([4095, 4080, 3000, 300]))
def test_every_frame_keeps_60_db_its_black_its_white_and_its_hue(seed: int, index: int, top: int) -> None:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(1, 40, 2)
    soft = cv2.resize(rng.random((*coarse, 3)), (WIDTH, HEIGHT), interpolation=int(rng.integers(0, 3)))
    soft = soft + rng.random() * rng.random() * rng.standard_normal(soft.shape) * 0.3
    frame = np.clip(top * soft * rng.uniform(0.5, 1.5), 0, 4095).astype(np.uint16)
    frame[:, : WIDTH // 8] = 0
    marked = embedder().apply(frame, index)
    assert psnr(frame, marked) >= 60
    assert marked.max() <= 4095 and (marked[frame == 0] == 0).all()
    ratio = (marked.astype(float) - frame) / np.maximum(frame, 1)
    # rounding moves each component by less than a code
    slack = 1 / np.maximum(frame, 1)
    low, high = (ratio - slack).max(axis=2), (ratio + slack).min(axis=2)
    assert (low <= high + 1e-4)[(frame > 0).all(axis=2)].all()


def test_the_mean_change_is_the_carrier_s_and_nothing_else() -> None:
    mark = embedder()
    for code in (37, 400, 1900, 3100):
        frame = np.full((HEIGHT, WIDTH, 3), code, dtype=np.uint16)
        row = frame.reshape(HEIGHT, -1)
        for index in (1, 2, 77):
            scratch = scratch_of(WIDTH, small=(MIN_WIDTH, MIN_HEIGHT), tiles=(TILE_COLUMNS, TILE_ROWS))
            gain = mark._gain([row], index, scratch)
            wanted = code * cv2.resize(gain / np.float32(1 << GAIN_BITS), (WIDTH, HEIGHT)).mean()
            assert abs((mark.apply(frame, index).astype(float) - code).mean() - wanted) < 0.01


def test_without_a_gain_nothing_changes() -> None:
    frame = np.tile(np.arange(4096, dtype=np.uint16), 108)[: 144 * 3 * 1024].reshape(144, -1)
    small, tiles = (MIN_WIDTH, MIN_HEIGHT), (TILE_COLUMNS, TILE_ROWS)
    places = places_of(1024, 144, nodes=(NODE_COLUMNS, NODE_ROWS), small=small)
    out = np.empty_like(frame)
    for index in range(3):
        none = np.zeros((NODE_ROWS, NODE_COLUMNS), np.int16)
        mark_rows(frame, out, none, places, scratch_of(1024, small=small, tiles=tiles), np.uint32(index))
        assert (out == frame).all()


def test_both_eyes_get_one_change() -> None:
    left, right = picture(1), picture(2)
    right[:] = np.minimum(right * 1.3, 4000)
    mark = embedder()
    one, two = mark.apply_pair(left, right, 30)
    assert psnr(left, one) >= 60 and psnr(right, two) >= 60
    relative = [
        cv2.blur((marked / frame - 1)[..., 1], (64, 64))[32:-32, 32:-32]
        for marked, frame in ((one, left), (two, right))
    ]
    assert np.abs(relative[0] - relative[1]).max() < 1e-4
    assert np.array_equal(mark.apply_pair(left, left, 30)[1], mark.apply(left, 30))
    assert mark.apply_pair(left, right, 30, (left, right))[1] is right and np.array_equal(right, two)


def test_no_memory_of_a_picture_s_size_is_taken_a_frame() -> None:
    mark, frame = embedder(1024, 540), picture(width=1024, height=540)
    mark.apply(frame, 0, frame)
    tracemalloc.start()
    try:
        mark.apply(frame, 1, frame)
        assert tracemalloc.get_traced_memory()[1] < frame.nbytes / 5
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("rate", [10, 24, 48, 60, 120, 240])
def test_the_pattern_keeps_its_pace_at_every_rate(rate: int) -> None:
    """Six chips a second, each whole for half its time."""
    flat = np.full((MIN_HEIGHT, MIN_WIDTH), 0.4, np.float32)
    mark = embedder(rate=Fraction(rate))
    at_24 = embedder().light(flat, Fraction(1, 12))
    assert np.array_equal(mark.light(flat, Fraction(1, 12)), at_24)
    frame = np.full((HEIGHT, WIDTH, 3), 1638, dtype=np.uint16)
    marked = mark.apply(frame, rate // 10).astype(float).mean(axis=2)  # 0.1 s in, or little less
    done = cv2.resize(marked, (NODE_COLUMNS, NODE_ROWS), interpolation=cv2.INTER_AREA) / 1638 - 1
    assert np.corrcoef(done.ravel(), at_24.ravel())[0, 1] > 0.97


def test_frames_of_any_strides() -> None:
    frame = picture()
    wanted = embedder().apply(frame, 5)
    planes = np.ascontiguousarray(frame.transpose(2, 0, 1)).transpose(1, 2, 0)
    assert np.array_equal(embedder().apply(planes, 5), wanted)
    out = np.empty((3, HEIGHT, WIDTH), np.uint16).transpose(1, 2, 0)
    assert embedder().apply(frame, 5, out) is out
    assert np.array_equal(out, wanted)
    assert embedder().apply(planes, 5, planes) is planes
    assert np.array_equal(planes, wanted)


def test_rounding_is_another_five_minutes_later_where_the_mark_is_the_same() -> None:
    frame = np.full((HEIGHT, WIDTH, 3), 1900, dtype=np.uint16)
    mark = embedder()
    one, again, later = (mark.apply(frame, index) for index in (5, 5, 5 + 300 * 24))
    assert (one == again).all() and (one != later).mean() > 0.1
    soft = [cv2.blur(each.astype(np.float32), (32, 32))[16:-16, 16:-16] for each in (one, later)]
    assert np.abs(soft[0] - soft[1]).max() < 0.2, "in the mean it is the same change"
