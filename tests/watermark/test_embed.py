from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.errors import UsageError
from watermark.carrier import COLUMNS, ROWS, chips
from watermark.embed import NODE_COLUMNS, NODE_ROWS, Embedder, _shrink
from watermark.payload import Payload
from watermark.secret import Secret
from watermark.visibility import (
    AMPLITUDE,
    CODE_MAX,
    MAX_STRENGTH,
    MAX_TEXTURE,
    MIN_HEIGHT,
    MIN_WIDTH,
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


@pytest.mark.parametrize(("width", "height"), [(2048, 1080), (1998, 1080), (1024, 429), (256, 144)])
def test_the_small_picture_is_that_of_an_independent_resampler(width: int, height: int) -> None:
    frame = np.random.default_rng(3).integers(0, 4096, (height, width, 3)).astype(np.uint16)
    small = np.empty((MIN_HEIGHT, MIN_WIDTH), np.float32)
    _shrink(frame, small)
    green = np.ascontiguousarray(frame[:, :, 1])
    assert np.abs(small - cv2.resize(green, (MIN_WIDTH, MIN_HEIGHT), interpolation=cv2.INTER_AREA)).max() <= 1


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
