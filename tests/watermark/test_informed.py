"""A recording against a film's index: walked once, placed, registered, followed, and read by what pilots
choose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.errors import SourceError
from watermark.attack import Camcorder, Clip, camcorder
from watermark.frames import Footage
from watermark.index import FilmIndex, index_of
from watermark.informed import candidates, informed_candidates, read
from watermark.judge import judge
from watermark.observation import Place
from watermark.payload import Payload
from watermark.recorded import Recorded, look_at
from watermark.secret import Secret

Frames = list[NDArray[np.uint8]]
OTHER = Secret(value=b"other operator's secret".ljust(32, b"."))


def looked(frames: Sequence[Any], rate: Fraction = Fraction(24), **how: Any) -> Recorded:
    return look_at(Footage(rate, lambda: iter(frames), **how))


@pytest.fixture(scope="module")
def index(film: Any) -> FilmIndex:
    return index_of(film.reference())


@pytest.fixture(scope="module")
def marked(film: Any, secret: Secret, payload: Payload) -> Frames:
    """The whole film as it is shown, one channel, dithered before it is cut to 8 bits."""
    rng = np.random.default_rng(5)
    marker: Iterator[Any] = film.shown(secret, payload)
    return [np.asarray(np.clip(f[:, :, 1] + rng.random(f.shape[:2]) - 0.5, 0, 255), np.uint8) for f in marker]


def test_a_recording_is_walked_once(marked: Frames) -> None:
    walks = []

    def walk() -> Iterator[NDArray[np.uint8]]:
        walks.append(0)
        for frame in marked[:40]:
            boxed = np.full((400, 600), 3, np.uint8)
            boxed[60:348, 44:556] = frame
            walks[-1] += 1
            yield boxed

    recorded = look_at(Footage(Fraction(24), walk, "luminance"))
    assert sorted(walks) == [1, 40], "one frame for its size, then all"
    assert (recorded.frames, recorded.shape) == (40, (400, 600))
    assert np.allclose(recorded.box, (44 / 600, 60 / 400, 556 / 600, 348 / 400), atol=0.012)
    assert list(recorded.instants) == list(range(0, 40, 4)) and len(recorded.coarse) == 10
    assert list(recorded.keys)[:3] == [0, 3, 6] and recorded.keys[0].shape == (426, 640)
    again = replace(recorded, held=None)
    spans = [(7, 12), (12, 13), (20, 22)]
    for held, decoded in zip(recorded.pictures(spans), again.pictures(spans), strict=True):
        assert np.abs(held - decoded).max() < 4e-5
    assert len(walks) == 3


def test_an_empty_recording_is_refused() -> None:
    with pytest.raises(SourceError, match="no frame"):
        looked([])


def test_cuts_are_seen_and_films_at_rest_have_none(marked: Frames) -> None:
    recorded = looked(marked[30:150], encoding="luminance")
    assert list(recorded.cuts) == [30, 90]  # the film has one at 60 and 120
    assert recorded.box == (0, 0, 1, 1)
    still = looked([marked[3]] * 30, encoding="luminance")
    assert list(still.cuts) == []
    dark = looked([np.zeros((90, 160), np.uint8)] * 10, encoding="luminance")
    assert dark.box == (0, 0, 1, 1)


def changed(frames: Frames, how: str) -> tuple[Frames, Fraction]:
    if how == "mirrored":
        return [np.ascontiguousarray(frame[:, ::-1]) for frame in frames], Fraction(24)
    if how == "cropped":
        return [np.ascontiguousarray(frame[40:210, 90:380]) for frame in frames], Fraction(24)
    if how == "squeezed":  # another aspect, between bars
        small = [cv2.resize(frame, (400, 300), interpolation=cv2.INTER_AREA) for frame in frames]
        return [np.pad(frame, ((60, 40), (30, 10))) for frame in small], Fraction(24)
    if how == "faster":
        return frames, Fraction(26)
    order = [*range(50), *range(53, 80), 80, 80, *range(81, 95)]
    return [frames[n] for n in order], Fraction(24)


@pytest.mark.parametrize("how", ["mirrored", "cropped", "squeezed", "faster", "dropped and doubled"])
def test_what_was_done_to_the_picture_is_found(
    how: str, marked: Frames, index: FilmIndex, secret: Secret, payload: Payload
) -> None:
    frames, rate = changed(marked[70:170], how)
    reading = read(looked(frames, rate, encoding="luminance"), index)
    assert reading.geometry.inliers > 60 and reading.mirrored == (how == "mirrored")
    path = np.concatenate([part.tracks[0].path for part in reading.parts])
    if how not in ("cropped", "dropped and doubled"):  # a pan and a shift of the picture look alike: pilots
        assert np.median(np.abs(path - np.arange(70, 70 + len(path)))) < 1.5
        assert reading.parts[0].piece.speed == pytest.approx(float(rate) / 24, abs=0.04)
    found = judge(candidates(reading, secret), secret)
    assert found.payload == payload
    if how == "mirrored":
        wrong = judge(candidates(reading, OTHER), OTHER)
        assert not wrong.found and wrong.probability is not None and wrong.probability > 1e-4


def test_reordered_scenes_are_placed_each_by_itself(
    marked: Frames, index: FilmIndex, secret: Secret, payload: Payload
) -> None:
    recorded = looked([*marked[120:180], *marked[0:60], *marked[60:110]], encoding="luminance")
    candidates_ = informed_candidates(recorded, index, secret)
    best = candidates_[0]
    assert [(place.first, place.last) for place in best.places] == [(0, 60), (60, 170)]
    film = best.observation.seconds * 24
    assert np.abs(film - [*range(120, 180), *range(110)]).max() < 1
    assert judge(candidates_, secret).payload == payload


def test_the_cameras_view_is_found_to_within_a_pixel(film: Any, index: FilmIndex) -> None:
    camera = Camcorder(width=640, height=360, keystone=0.06, jitter=0.1)
    clip = camcorder(Clip(film.shown(None, start=30, stop=130), film.rate), 1, camera=camera)
    recorded = looked(list(clip.frames))
    reading = read(recorded, index)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float32)
    screen = corners + np.random.default_rng(1).uniform(-0.06, 0.06, (4, 2))
    error = cv2.perspectiveTransform(corners[None].astype(float), reading.geometry.matrix)[0] - screen
    assert reading.geometry.inliers > 100 and not reading.mirrored
    assert np.abs(error * [640, 360]).max() < 3
    track = reading.parts[0].tracks[0]
    assert track.similarity > 0.9 and np.nanmedian(np.abs(track.path - np.arange(30, 130))) <= 1


def test_pilots_choose_the_time_where_the_film_rests(secret: Secret, payload: Payload) -> None:
    """A film of one picture looks the same at any time: as quick as others, read where pilots are."""
    from watermark.embed import Embedder

    rng = np.random.default_rng(2)
    picture = cv2.resize(rng.random((40, 70)), (512, 288), interpolation=cv2.INTER_CUBIC)
    codes = np.repeat((800 + 1500 * np.clip(picture, 0, 1)).astype(np.uint16)[:, :, None], 3, axis=2)
    marker = Embedder(secret, payload, width=512, height=288, rate=Fraction(24))
    light = codes[:, :, 1].astype(np.float32) / np.float32(4095)
    small = np.asarray(cv2.resize(light, (256, 144), interpolation=cv2.INTER_AREA), np.float32)
    still = index_of(Footage(Fraction(24), lambda: iter([small] * 480), "luminance"))
    shown = [marker.apply(codes, n)[:, :, 1].astype(np.float32) / 4095 for n in range(317, 413)]
    seen = [(frame + rng.normal(0, 0.004, frame.shape)).astype(np.float32) for frame in shown]
    recorded = looked(seen, encoding="luminance")
    found = candidates(read(recorded, still), secret)
    assert len(found) <= 6
    assert found[0].observation.seconds[0] == pytest.approx(317 / 24, abs=0.1)
    assert judge(found, secret).payload == payload


def test_a_place_found_without_the_film_is_one_of_those_tried(
    marked: Frames, index: FilmIndex, secret: Secret
) -> None:
    recorded = looked(marked[100:140], encoding="luminance")
    reading = read(recorded, index)
    guess = Place(0, 40, 4.0 + 300, 1.0, np.eye(3), False, 5.0, "pilots")
    found = candidates(reading, secret, [guess])
    assert [each.places[0].by for each in found].count("pilots") == 1
    place = next(each.places[0] for each in found if each.places[0].by == "pilots")
    assert place.start == pytest.approx(4.0) and place.similarity is not None


def test_other_pictures_are_innocent(film: Any, index: FilmIndex, secret: Secret) -> None:
    rng = np.random.default_rng(1)
    frames = [np.zeros((90, 160), dtype=np.uint8)] * 30
    frames += list(rng.integers(0, 255, (30, 90, 160), dtype=np.uint8))
    for part in (frames, frames[:4], frames[:1]):
        found = informed_candidates(looked(part, encoding="luminance"), index, secret)
        assert not judge(found, secret).found


def test_a_film_of_one_frame_has_a_path() -> None:
    from watermark.fitting import Registered, track
    from watermark.frames import Footage, Thumbnails, thumbnail
    from watermark.index import index_of
    from watermark.placing import Piece

    frame = np.random.default_rng(3).integers(0, 255, (72, 128), dtype=np.uint8)
    film = index_of(Footage(rate=Fraction(24), walk=lambda: iter([frame]), encoding="luminance"))
    small = np.stack([thumbnail(frame.astype(np.float32) / 255)] * 2).astype(np.float16)
    seen = Registered(Thumbnails(rate=Fraction(24), luminance=small), np.ones(small.shape[1:], bool))
    path, similarity = track(seen, film, Piece(0, 2, 0.0, 1.0, 0.0))
    assert path[0] == 0 and np.isnan(path[1]) and similarity > 0.9
