"""Whether a frame is the one before again, whether a shot begins: by content, the same on every machine."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from shots import copied, picture

from dcp.create.makers.alike import Looking, digest, is_cut, is_same, look_at, seen
from dcp.create.sources.facts import Pixels
from dcp.picture.codec import codec_by_name
from dcp.picture.limits import frame_limits


def with_one_sample_more(frame: Pixels) -> Pixels:
    planes = [plane.copy() for plane in frame.planes]
    planes[2][53, 95] ^= 1
    return replace(frame, planes=tuple(planes))


@pytest.mark.parametrize("elsewhere", [False, True], ids=["samples", "digests"])
def test_what_is_equal_in_all_its_samples_is_the_same(elsewhere: bool) -> None:
    look = seen if elsewhere else look_at
    frame = picture(1, 0)
    alpha = np.full((54, 96), 255, np.uint8)
    assert is_same(look(frame), look(frame))
    assert is_same(look(frame), look(copied(frame)))
    assert is_same(look_at(frame), seen(copied(frame)))
    others = [
        with_one_sample_more(frame),
        replace(frame, full_range=False),
        replace(frame, siting=(0.5, 0.5)),
        replace(frame, model="xyz"),
        replace(frame, alpha=alpha),
        replace(frame, planes=tuple(plane.astype(np.uint16) for plane in frame.planes)),
        replace(frame, planes=frame.planes[:1], model="grey"),
    ]
    for other in others:
        assert not is_same(look(frame), look(other))
        assert not is_same(look(other), look(frame))
    assert is_same(look(replace(frame, alpha=alpha)), look(replace(frame, alpha=alpha.copy())))
    assert not is_same(look(replace(frame, alpha=alpha)), look(replace(frame, alpha=alpha - 1)))


def test_mixed_frames_are_the_same_by_both_and_their_weights() -> None:
    one, other = picture(1, 0), picture(1, 1)
    mixed = [(one, 0.25), (other, 0.75)]
    assert is_same(look_at(mixed), look_at([(copied(one), 0.25), (copied(other), 0.75)]))
    assert not is_same(look_at(mixed), look_at([(one, 0.5), (other, 0.5)]))
    assert not is_same(look_at(mixed), look_at([(one, 0.25), (with_one_sample_more(other), 0.75)]))
    assert not is_same(look_at(mixed), look_at(one))
    assert digest(mixed) != digest(mixed[::-1])


def test_what_is_no_number_is_equal_to_itself() -> None:
    plane = np.full((54, 96), np.nan, np.float32)
    frame = Pixels((plane, plane, plane), "rgb", 32, full_range=True)
    assert is_same(look_at(frame), look_at(copied(frame)))


def test_a_cut_is_seen_and_what_moves_is_none() -> None:
    for grain in (0.0, 6.0, 20.0):
        looks = [look_at(picture(1, at, grain=grain)) for at in range(8)]
        assert not any(is_cut(one, other) for one, other in pairwise(looks))
        assert is_cut(looks[0], look_at(picture(2, 0, grain=grain)))
        assert is_cut(look_at(picture(2, 0, grain=grain)), looks[0])


def test_a_cut_is_seen_in_the_dark_and_by_the_light_alone() -> None:
    def dim(frame: Pixels, by: float) -> Pixels:
        return replace(frame, planes=tuple((plane * by).astype(np.uint8) for plane in frame.planes))

    assert is_cut(look_at(dim(picture(1, 0), 0.2)), look_at(dim(picture(2, 0), 0.2)))
    assert is_cut(look_at(dim(picture(1, 0), 0.3)), look_at(picture(1, 0)))
    steps = [look_at(dim(picture(1, 0), 0.6 + at / 48)) for at in range(19)]  # a fade is no cut
    assert not any(is_cut(one, other) for one, other in pairwise(steps))


@pytest.mark.parametrize("depth", [8, 10, 12, 16, 32])
def test_a_look_is_of_one_scale_whatever_the_depth(depth: int) -> None:
    frame = picture(1, 0)
    whole = [plane.astype(np.float64) / 255 for plane in frame.planes]
    if depth == 32:
        planes = [plane.astype(np.float32) for plane in whole]
    else:
        kind = np.uint8 if depth == 8 else np.uint16
        planes = [(plane * ((1 << depth) - 1)).round().astype(kind) for plane in whole]
    look = look_at(replace(frame, planes=tuple(planes), depth=depth))
    assert look.thumbnail.shape == (9, 16) and look.thumbnail.dtype == np.int64
    assert np.abs(look.thumbnail - look_at(frame).thumbnail).max() < 700
    assert not is_cut(look, look_at(frame))


def test_frames_of_few_samples_and_of_other_sizes_are_looked_at() -> None:
    def flat(width: int, height: int) -> Pixels:
        return Pixels((np.full((height, width), 7, np.uint8),), "grey", 8, full_range=True)

    assert look_at(flat(3, 2)).thumbnail.shape == (2, 3)
    assert is_cut(look_at(flat(3, 2)), look_at(flat(64, 36)))
    assert not is_same(look_at(flat(64, 36)), look_at(flat(64, 37)))
    assert look_at(flat(2049, 1081)).thumbnail.tolist() == [[7 << 8] * 16] * 9


def test_the_right_plane_is_looked_at() -> None:
    planes = tuple(np.full((54, 96), value, np.uint8) for value in (10, 20, 30))
    assert {int(each) for each in look_at(Pixels(planes, "rgb", 8, True)).thumbnail.ravel()} == {20 << 8}
    assert {int(each) for each in look_at(Pixels(planes, "ycbcr", 8, True)).thumbnail.ravel()} == {10 << 8}


def test_codestreams_are_looked_at_small_and_a_broken_one_is_not() -> None:
    codec = codec_by_name()

    def codestream(value: int) -> bytes:
        return codec.encode(np.full((216, 384, 3), value, np.uint16), limits=frame_limits(24))  # type: ignore[arg-type]

    looking = Looking(codec)
    one, other = looking.at(codestream(500)), looking.at(codestream(3000))
    assert one is not None and other is not None
    assert {int(each) // 160 for each in one.thumbnail.ravel()} == {500 * 16 // 160}
    assert is_cut(one, other)
    assert looking.at(codestream(500)[:200]) is None
    assert looking.at(b"none at all") is None


def test_a_frame_that_comes_again_is_looked_at_once() -> None:
    looking, frame = Looking(None), picture(1, 0)
    first = looking.at(frame)
    assert looking.at(frame) is first
    assert looking.at(copied(frame)) is not first
    black = looking.at(None)
    assert black is not None and not black.thumbnail.any()
