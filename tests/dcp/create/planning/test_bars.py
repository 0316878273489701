"""Black bars: found when they are there, whatever the scenes; never cut into the picture."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcp.create.planning.bars import find_bars, sampled
from dcp.create.sources.facts import Pixels
from dcp.picture.geometry import Box

pytestmark = pytest.mark.extra("picture")

WIDTH, HEIGHT = 192, 108
Film = list[np.ndarray]


def film(bar: int = 14, side: int = 0, count: int = 12, seed: int = 1) -> Film:
    """Scenes of limited range, 8 bits: bright, dim, dark at the top, and a fade, between bars with noise."""
    rng = np.random.default_rng(seed)
    frames = []
    for number in range(count):
        scene = rng.uniform(40, 220) + rng.normal(0, 20, (HEIGHT - 2 * bar, WIDTH - 2 * side))
        if number % 4 == 1:
            scene[: scene.shape[0] // 2] = 16  # night sky
        if number % 4 == 2:
            scene = 16 + (scene - 16) * 0.1  # dim
        if number % 6 == 5:
            scene[:] = 16  # faded out
        frame = 16 + rng.normal(0, 0.4, (HEIGHT, WIDTH))
        frame[bar : HEIGHT - bar, side : WIDTH - side] = scene
        frames.append(frame.round().clip(0, 255).astype(np.uint8))
    return frames


def pixels(frames: Film) -> Iterator[tuple[int, Pixels]]:
    for number, frame in enumerate(frames):
        chroma = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
        yield number * 100, Pixels((frame, chroma, chroma), "ycbcr", 8, full_range=False)


@given(st.integers(0, 25), st.integers(0, 40), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_bars_are_found_to_the_even_sample_and_no_picture_is_cut(bar: int, side: int, seed: int) -> None:
    found = find_bars(pixels(film(bar, side, seed=seed)))
    assert found.edges == (side - side % 2, bar - bar % 2, side - side % 2, bar - bar % 2)
    assert found.titles == ()


def test_titles_in_a_bar_do_not_hide_it_and_are_said() -> None:
    frames = film()
    for number in (0, 4, 8):
        frames[number][HEIGHT - 11 : HEIGHT - 5, 60:130:2] = 230
    found = find_bars(pixels(frames))
    assert found.edges == (0, 14, 0, 14)
    assert found.titles == (0, 400, 800)


def test_what_stands_in_a_bar_all_the_time_is_never_cut() -> None:
    frames = film()
    for frame in frames:
        frame[HEIGHT - 11 : HEIGHT - 5, 60:130:2] = 230
    assert find_bars(pixels(frames)).edges[1] <= 4


def test_titles_in_both_bars_are_kept() -> None:
    frames = film()
    for number in (0, 4):
        frames[number][4:8, 60:130:2] = 230
        frames[number + 1][HEIGHT - 9 : HEIGHT - 5, 60:130:2] = 230
    assert find_bars(pixels(frames)).edges[1] <= 4


@pytest.mark.parametrize("scene", ["fireworks", "cards", "logo", "dark"])
def test_a_picture_on_black_has_no_bars(scene: str) -> None:
    rng = np.random.default_rng(3)
    frames = []
    for number in range(16):
        frame = np.full((HEIGHT, WIDTH), 16, np.uint8)
        if scene == "fireworks":
            for _ in range(60):
                x, y = rng.integers(10, WIDTH - 10), rng.integers(8, HEIGHT - 8)
                frame[y - 2 : y + 3, x - 2 : x + 3] = 235
        elif scene == "cards":
            top = 20 + int(rng.integers(0, 30))
            frame[top : top + int(rng.integers(8, 40)), 30 + number : 150 : 2] = 235
        elif scene == "logo":
            rows, columns = np.ogrid[:HEIGHT, :WIDTH]
            frame[(rows - 54) ** 2 + (columns - 96) ** 2 < 900] = 235
        frames.append(frame)
    assert find_bars(pixels(frames)).edges == (0, 0, 0, 0)


def test_unequal_black_takes_the_smaller() -> None:
    """A dark sky in every frame above a picture without bars."""
    frames = film(bar=0)
    for frame in frames:
        frame[:20] = 16
    assert find_bars(pixels(frames)).edges == (0, 0, 0, 0)


def test_all_dark_says_so() -> None:
    found = find_bars(pixels([np.full((HEIGHT, WIDTH), 16, np.uint8)] * 5))
    assert (found.frames, found.informative, found.edges) == (5, 0, (0, 0, 0, 0))


def test_an_eye_of_its_own() -> None:
    both = [np.hstack([np.full_like(left, 200), left]) for left in film(side=10)]
    found = find_bars(
        ((n, Pixels((frame,), "grey", 8, full_range=False)) for n, frame in enumerate(both)),
        box=Box(WIDTH, 0, WIDTH, HEIGHT),
    )
    assert found.edges == (10, 14, 10, 14)


def test_deep_and_float_and_rgb_pictures() -> None:
    for depth, dtype in ((10, np.uint16), (16, np.uint16), (32, np.float32)):
        frames = [(frame.astype(float) - 16).clip(0) / 219 for frame in film(side=6)]
        top = 1.0 if depth == 32 else (1 << depth) - 1
        planes = [(frame * top).astype(dtype) for frame in frames]
        found = find_bars(
            (
                n,
                Pixels(
                    (plane // 2 if depth < 32 else plane / 2, plane, plane), "rgb", depth, full_range=True
                ),
            )
            for n, plane in enumerate(planes)
        )
        assert found.edges == (6, 14, 6, 14)


@given(st.integers(1, 200_000), st.integers(1, 64))
def test_samples_are_spread_over_the_whole(count: int, samples: int) -> None:
    chosen = sampled(count, samples)
    assert len(set(chosen)) == min(count, samples)
    assert all(0 <= one < count for one in chosen)
    if count >= 4 * samples:
        assert chosen[0] > 0 and chosen[-1] < count - 1
        assert all(b - a <= count // samples + 1 for a, b in itertools.pairwise(chosen))


def test_the_edges_are_turned_with_the_picture() -> None:
    from dcp.create.planning.bars import Bars

    bars = Bars((1, 2, 3, 4), 1, 1)
    assert bars.shown(90, flip=False) == (4, 1, 2, 3)
    assert bars.shown(180, flip=False) == (3, 4, 1, 2)
    assert bars.shown(0, flip=True) == (3, 2, 1, 4)


def test_both_eyes_are_cropped_alike() -> None:
    from dcp.create.planning.bars import Bars, common

    left, right = Bars((0, 14, 0, 14), 8, 8, (100,)), Bars((4, 12, 4, 12), 8, 7)
    assert common(left, right) == Bars((0, 12, 0, 12), 16, 15, (100,))
    dark = Bars((0, 0, 0, 0), 8, 0)
    assert common(left, dark) == common(dark, left) == left
