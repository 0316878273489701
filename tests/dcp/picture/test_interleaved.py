"""Planes and pixels: the same samples, however they lay."""

from __future__ import annotations

import numpy as np
import pytest

from dcp.picture.interleaved import contiguous, picture_into_planes, picture_of_planes

pytestmark = pytest.mark.extra("picture")


def test_planes_come_one_by_one_however_they_lay() -> None:
    pixels = np.random.default_rng(7).integers(0, 65536, (30, 20, 4)).astype(np.uint16)
    whole = [pixels[:, :, number] for number in range(4)]
    apart = [np.ascontiguousarray(plane) for plane in whole]
    for planes in (
        whole[:3], whole[:1], apart[:3], [apart[0], whole[1], whole[2]],
        [plane[::-1, ::-1] for plane in whole[:3]],
        [np.rot90(plane) for plane in apart[:3]], [plane[4:9, 3:7] for plane in apart[:3]],
        [apart[0], apart[1][::2, ::2], whole[2][::2, ::2]],
    ):  # fmt: skip
        found = contiguous(planes)
        assert all(plane.flags.c_contiguous for plane in found)
        assert all(np.array_equal(one, other) for one, other in zip(found, planes, strict=True))
    assert contiguous(apart[:3])[0] is apart[0]


def test_a_picture_goes_into_planes_and_comes_back() -> None:
    picture = np.random.default_rng(9).integers(0, 4096, (12, 20, 3)).astype(np.uint16)
    whole = np.full((3, 14, 30), -1, np.int32)
    for planes in (whole[:, :12, :20], whole[:, 2:, 10:]):
        picture_into_planes(picture, tuple(planes))
        assert np.array_equal(planes.transpose(1, 2, 0), picture)
        assert np.array_equal(picture_of_planes(tuple(planes)), picture)
    picture_into_planes(picture[::-1, ::-1], tuple(whole[:, 2:, 10:]))
    assert np.array_equal(whole[:, 2:, 10:].transpose(1, 2, 0), picture[::-1, ::-1])
