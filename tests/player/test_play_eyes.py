"""Both eyes of a pair: which are shown, how, and what damage of one does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from shows import SECRET, encrypted_units, run, tamper, track_of

from dcp.picture.colour import from_xyz12
from player.screen.screen import Encoding

Make = Callable[..., Any]


def grey_of(image: Any) -> int:
    """The number of the grey; the right eye's are 30 more."""
    return round((float(image.mean()) - 400) / 60)


@pytest.mark.parametrize(("view", "first", "hidden"), [("left", 0, "right eye"), ("right", 30, "left eye")])
def test_one_eye(make: Make, catcher: Any, view: Any, first: int, hidden: str) -> None:
    report = run(make(lengths=(4,), stereo=True), catcher, view=view)
    assert [grey_of(catcher.images[n]) for n in range(4)] == [first + n for n in range(4)]
    assert track_of(report, "Picture").units_read == 8
    assert [str(what) for what in report.not_rendered if "eye" in str(what)] == [
        f"the {hidden}: checked, not shown"
    ]


def test_side_by_side(make: Make, catcher: Any) -> None:
    report = run(make(lengths=(3,), stereo=True), catcher, view="side-by-side", reduce=1)
    assert catcher.signal is not None
    assert report.size == (catcher.signal.width, catcher.signal.height) == (256, 72)
    for number in range(3):
        left, right = np.split(catcher.images[number], 2, axis=1)
        assert (grey_of(left), grey_of(right)) == (number, 30 + number)
    assert not any("eye" in str(what) for what in report.not_rendered)


def test_anaglyph_has_the_left_eye_in_red_and_the_right_in_cyan(make: Make, catcher: Any) -> None:
    catcher.encoding = Encoding("rec709", 16)
    run(make(lengths=(2,), stereo=True), catcher, view="anaglyph")
    for number in range(2):
        shown = catcher.images[number].reshape(-1, 3).mean(axis=0)
        eyes = [
            from_xyz12(np.full((1, 1, 3), 400 + 60 * n, np.uint16), display="rec709", dtype=np.uint16)[0, 0]
            for n in (number, 30 + number)
        ]
        expected = (eyes[0][0], eyes[1][1], eyes[1][2])
        assert np.allclose(shown, expected, atol=200)


def test_flat_pictures_are_the_same_in_every_view(make: Make, catcher: Any) -> None:
    report = run(make(lengths=(2,)), catcher, view="side-by-side")
    assert catcher.codes() == [0, 1]
    assert report.size == (256, 144)


def test_the_mark_goes_into_both_eyes(make: Make, catcher: Any) -> None:
    made = make(lengths=(2,), stereo=True, size=(1024, 540))
    report = run(made, catcher, view="side-by-side", location=5, secret=SECRET)
    assert report.marked
    for number in range(2):
        for eye in np.split(catcher.images[number].astype(int), 2, axis=1):
            assert eye.std() > 0
    left, right = (eye.astype(float) for eye in np.split(catcher.images[1], 2, axis=1))
    assert np.corrcoef((left - left.mean()).ravel(), (right - right.mean()).ravel())[0, 1] > 0.8


def test_damage_of_an_eye_that_is_shown_is_black(make: Make, catcher: Any) -> None:
    made = make(lengths=(4,), stereo=True)
    path = made.files["picture1.mxf"]
    tamper(path, encrypted_units(path, made.keyring.keys[0])[5])  # the right eye of frame 2
    report = run(made, catcher, view="side-by-side")
    left, right = np.split(catcher.images[2], 2, axis=1)
    assert (grey_of(left), float(right.mean())) == (2, 0.0)
    (damage,) = track_of(report, "Picture").damaged
    assert (damage.eye, damage.first_frame, damage.shown_as) == ("right", 2, "black")
    assert (report.verdict, report.reels[0].frames_black) == ("damaged", 1)
