"""A composition as a reference: its frames at a reduced resolution, and nothing on a file's word."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from dcp.errors import CodestreamError, KeyMissingError
from dcp.package.package import open_package
from dcp.picture.codec import codec_by_name
from dcp.picture.limits import frame_limits
from dcp.secrets.keys import Keyring
from player.reference import Reference


def reference(made: Any) -> Reference:
    package = open_package(made.root)
    return Reference(package, package.composition(), keyring=made.keyring, codec=codec_by_name(), reduce=1)


def test_all_frames_come_in_order_and_again(make: Any) -> None:
    film = reference(make(lengths=(2, 1)))
    assert (film.rate, film.frames) == (Fraction(24), 3)
    for _ in range(2):
        pictures = list(film.walk())
        assert {picture.shape for picture in pictures} == {(72, 128, 3)}
        assert [int(picture[36, 64, 1]) for picture in pictures] == pytest.approx([400, 460, 520], abs=2)


def test_a_picture_of_another_size_is_refused_before_it_is_decoded(make: Any) -> None:
    other = codec_by_name().encode(np.zeros((64, 96, 3), np.uint16), limits=frame_limits(Fraction(24)))
    made = make(lengths=(3,), damage=lambda number, data: other if number == 1 else data)
    with pytest.raises(CodestreamError, match="the picture is 96x64 with 3 components, not 256x144"):
        list(reference(made).walk())


def test_a_missing_key_is_told_at_once(make: Any) -> None:
    made = make(lengths=(1,))
    made.keyring = Keyring()
    with pytest.raises(KeyMissingError):
        reference(made)
