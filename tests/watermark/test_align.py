from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from watermark.align import SPEEDS, find_geometry, find_positions, registered, settle, track
from watermark.attack import Camcorder, Clip, blend_to_rate, camcorder, crop, gamma
from watermark.frames import Footage, Thumbnails, thumbnails


def footage(clip: Clip) -> Footage:
    frames = list(clip.frames)
    return Footage(rate=clip.rate, walk=lambda: iter(frames), encoding="rgb")


def test_the_place_is_found_whatever_the_tone_curve_and_rate(film) -> None:  # type: ignore[no-untyped-def]
    small = thumbnails(film.reference())
    clip = gamma(Clip(film.shown(None, start=70, stop=150), film.rate), 1, power=1.5)
    for rate in (Fraction(24), Fraction(25), Fraction(30)):
        shown = Clip(film.shown(None, start=70, stop=150), film.rate)
        clip = blend_to_rate(gamma(shown, 1, power=1.5), rate)
        best = find_positions(thumbnails(footage(clip)), small)[0]
        assert best.start == pytest.approx(70 / 24, abs=0.3) and best.speed == 1.0
        assert best.overlap == pytest.approx(80 / 24, abs=0.5)


def test_every_showing_of_the_same_content_is_a_candidate(film) -> None:  # type: ignore[no-untyped-def]
    clip = Clip(film.shown(None, start=60, stop=170), film.rate)
    found = find_positions(thumbnails(footage(clip)), thumbnails(film.reference(times=3)))
    starts = sorted(round(each.start * 24) for each in found if each.similarity > 0.98 and each.overlap > 4)
    for wanted in (60, 60 + 192, 60 + 384):
        assert any(abs(start - wanted) <= 6 for start in starts), starts


def test_a_recording_that_begins_before_the_film_has_a_negative_start(film) -> None:  # type: ignore[no-untyped-def]
    black = [np.full((288, 512, 3), 16, dtype=np.uint8)] * 48
    clip = Clip(iter([*black, *film.shown(None, stop=120)]), film.rate)
    best = find_positions(thumbnails(footage(clip)), thumbnails(film.reference()))[0]
    assert best.start == pytest.approx(-2, abs=0.3)


def test_a_film_played_faster_is_followed(film) -> None:  # type: ignore[no-untyped-def]
    clip = Clip(film.shown(None), Fraction(25))
    best = find_positions(thumbnails(footage(clip)), thumbnails(film.reference()))[0]
    assert best.speed == pytest.approx(25 / 24) and best.start == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.soak)])
def test_the_cameras_view_is_found_to_within_a_pixel(film, seed: int) -> None:  # type: ignore[no-untyped-def]
    camera = Camcorder(width=640, height=360, keystone=0.06, jitter=0.1)
    clip = camcorder(Clip(film.shown(None, start=30, stop=130), film.rate), seed, camera=camera)
    recording, reference = footage(clip), film.reference()
    small = thumbnails(recording), thumbnails(reference)
    position = find_positions(*small)[0]
    found = find_geometry(recording, reference, small=small, position=position)
    seen, shown = registered(recording, found.matrix)
    position = settle(seen, shown, small[1], position, speeds=SPEEDS)
    path, likeness = track(seen, shown, small[1], position)
    found = find_geometry(recording, reference, small=small, position=position, path=path)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float32)
    screen = corners + np.random.default_rng(seed).uniform(-0.06, 0.06, (4, 2))
    error = cv2.perspectiveTransform(corners[None].astype(float), found.matrix)[0] - screen
    assert found.inliers > 100 and likeness > 0.9
    assert np.abs(error * [640, 360]).max() < 2
    assert np.nanmax(np.abs(path - np.arange(30, 130))) <= 0.6


def test_a_cropped_picture_shows_fewer_tiles(film) -> None:  # type: ignore[no-untyped-def]
    recording = footage(crop(Clip(film.shown(None, stop=72), film.rate), 3, share=0.15))
    reference = film.reference()
    small = thumbnails(recording), thumbnails(reference)
    found = find_geometry(recording, reference, small=small, position=find_positions(*small)[0])
    _, shown = registered(recording, found.matrix)
    left, right, top, bottom = np.random.default_rng(3).uniform(0.3, 1, 4) * 0.15
    assert shown.mean() == pytest.approx((1 - left - right) * (1 - top - bottom), abs=0.08)
    assert not shown[0].any() and shown[18, 32]


def test_dropped_and_doubled_frames_bend_the_path(film) -> None:  # type: ignore[no-untyped-def]
    small = thumbnails(film.reference())
    order = [*range(50), *range(53, 100), 100, 100, *range(100, 190)]
    recording = replace(small, luminance=small.luminance[order])
    shown = np.ones((36, 64), dtype=bool)
    position = settle(recording, shown, small, find_positions(recording, small)[0], speeds=SPEEDS)
    path, likeness = track(recording, shown, small, position)
    assert np.abs(path - order).mean() < 0.2 and likeness > 0.99


def test_unrelated_and_empty_pictures_have_some_answer(make_film: Callable) -> None:  # type: ignore[type-arg]
    film, other = make_film(4), make_film(3, seed=9)
    small = thumbnails(film.reference())
    for recording in (
        other.reference(),
        Footage(Fraction(24), lambda: iter([np.zeros((90, 160), np.uint8)] * 50), "luminance"),
    ):
        seen = thumbnails(recording)
        position = find_positions(seen, small)[0]
        geometry = find_geometry(recording, film.reference(), small=(seen, small), position=position)
        assert geometry.matrix.shape == (3, 3)
        assert position.similarity < 0.9


def test_one_frame_is_enough_to_look_for() -> None:
    rng = np.random.default_rng(1)
    luminance = rng.random((30, 36, 64)).astype(np.float16)
    film = Thumbnails(rate=Fraction(24), luminance=luminance)
    one = Thumbnails(rate=Fraction(24), luminance=luminance[11:12])
    assert find_positions(one, film)[0].start == pytest.approx(11 / 24)
