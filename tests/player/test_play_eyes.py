"""Both eyes of a pair: which are shown, how, and what damage of one does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from shows import SECRET, encrypted_units, run, tamper, track_of

from dcp.picture.colour import from_xyz12
from player.screen.registry import screen_for
from player.screen.screen import XYZ, Ack, Encoding, Frame, Outcome, Signal

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


class Turns:
    """A screen that keeps what it is handed, picture by picture, and says of each what it is told to."""

    name, target, sees, hears = "turns", None, True, True
    encoding, lead = XYZ, None

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.outcomes: dict[tuple[int, str | None], Outcome] = {}

    def showing(self, signal: Signal) -> Turns:
        self.signal = signal
        return self

    def __enter__(self) -> Turns:
        return self

    def __exit__(self, *_: object) -> None: ...

    def prepare(self, image: Any) -> bytes:
        return bytes(image.tobytes())

    def show(self, frame: Frame) -> None:
        self.frames.append(frame)
        outcome = self.outcomes.get((frame.number, frame.eye), "presented")
        self.signal.acknowledge(Ack(frame.serial, outcome, 0.0))

    def changed(self, signal: Signal) -> None: ...


def test_the_eyes_in_turn_at_twice_the_rate(make: Make) -> None:
    screen = Turns()
    report = run(make(lengths=(3, 2), stereo=True), screen, view="alternate")
    assert (screen.signal.rate, screen.signal.frames) == (48, 5)
    assert [(frame.number, frame.eye) for frame in screen.frames] == [
        (number, eye) for number in range(5) for eye in ("left", "right")
    ]
    greys = [grey_of(np.frombuffer(frame.prepared or b"", np.uint16)) for frame in screen.frames]
    assert greys == [number + more for number in range(5) for more in (0, 30)]
    serials = [frame.serial for frame in screen.frames]
    assert serials == sorted(set(serials))
    assert all(len(frame.sound or b"") > 0 for frame in screen.frames[::2])
    assert all(frame.sound == b"" for frame in screen.frames[1::2])
    assert (report.verdict, report.frames_shown, report.frames_dropped) == ("complete", 5, 0)
    assert not any("eye" in str(what) for what in report.not_rendered)


@pytest.mark.parametrize("eye", ["left", "right"])
def test_a_frame_is_late_when_either_eye_is(make: Make, eye: str) -> None:
    screen = Turns()
    screen.outcomes[1, eye] = "late"
    report = run(make(lengths=(3,), stereo=True), screen, view="alternate")
    assert (report.frames_shown, report.frames_dropped) == (2, 1)


def test_a_flat_film_in_turn_is_the_same_to_both_eyes(make: Make) -> None:
    screen = Turns()
    run(make(lengths=(2,)), screen, view="alternate")
    assert [grey_of(np.frombuffer(frame.prepared or b"", np.uint16)) for frame in screen.frames] == [
        0,
        0,
        1,
        1,
    ]


def test_files_of_both_eyes_say_whose_they_are(make: Make, tmp_path: Path) -> None:
    report = run(
        make(lengths=(2,), stereo=True), screen_for(f"tiff:{tmp_path / 'out'}"), view="alternate", reduce=1
    )
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["000000_l.tif", "000000_r.tif", "000001_l.tif", "000001_r.tif"]
    assert report.size == (128, 72)


@pytest.mark.parametrize("view", ["left", "right", "alternate", "side-by-side", "anaglyph"])
@pytest.mark.parametrize("output", ["tiff", "y4m"])
def test_every_view_goes_to_every_output(make: Make, tmp_path: Path, view: Any, output: str) -> None:
    screen = screen_for(f"{output}:{tmp_path / 'out'}")
    report = run(make(lengths=(1,), stereo=True), screen, view=view)
    assert report.verdict == "complete"
    if output == "y4m":
        with av.open(str(tmp_path / "out"), format="yuv4mpegpipe") as container:
            (stream,) = container.streams.video
            assert stream.average_rate == (48 if view == "alternate" else 24)
            shapes = [(frame.width, frame.height) for frame in container.decode(stream)]
        wide = 512 if view == "side-by-side" else 256
        assert shapes == [(wide, 144)] * (2 if view == "alternate" else 1)
