"""Playing: what is shown, in which order, from where to where, in which size."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from shows import run, track_of

from dcp.errors import UsageError
from dcp.picture.codec import codec_by_name

Make = Callable[..., Any]


def test_every_frame_of_every_reel_in_order(make: Make, catcher: Any) -> None:
    made = make(lengths=(6, 4, 5))
    report = run(made, catcher, workers=4)
    assert catcher.order == list(range(15))
    assert catcher.codes() == list(range(15))
    assert catcher.complete
    assert (report.verdict, report.exit_code, report.frames_shown, report.frames_dropped) == (
        "complete",
        0,
        15,
        0,
    )
    assert [(reel.first_frame, reel.frames_shown) for reel in report.reels] == [(0, 6), (6, 4), (10, 5)]
    tracks = report.reels[1].tracks
    assert [(track.kind, track.units_read, track.mic) for track in tracks] == [
        ("MainPicture", 4, "ok"),
        ("MainSound", 4, "ok"),
    ]
    assert tracks[0].key_id == str(made.keyring.keys[0].id)


class Shuffling:
    """A codec that takes the longer the earlier a frame is within its group."""

    name = "shuffling"

    def __init__(self) -> None:
        self.inner = codec_by_name()
        self.calls = 0
        self.now = self.most = 0
        self.lock = threading.Lock()

    def encode(self, image: Any, *, limits: Any, bits: int = 12) -> bytes:
        return self.inner.encode(image, limits=limits, bits=bits)

    def decode(self, codestream: bytes, *, reduce: int = 0) -> Any:
        with self.lock:
            self.calls += 1
            self.now += 1
            self.most = max(self.most, self.now)
            nap = 0.02 if self.calls % 4 == 1 else 0.0
        time.sleep(nap)
        image = self.inner.decode(codestream, reduce=reduce)
        with self.lock:
            self.now -= 1
        return image


def test_order_holds_when_workers_overtake_each_other(make: Make, catcher: Any) -> None:
    codec = Shuffling()
    run(make(lengths=(24,), sound=False), catcher, workers=4, codec=codec)
    assert codec.most > 1, "frames were decoded side by side"
    assert catcher.codes() == list(range(24))


def test_no_more_than_a_window_of_frames_is_read_ahead(make: Make) -> None:
    made = make(lengths=(40,), sound=False)
    shown: list[int] = []
    ahead: list[int] = []

    class Watching(Shuffling):
        def decode(self, codestream: bytes, *, reduce: int = 0) -> Any:
            image = super().decode(codestream, reduce=reduce)
            ahead.append(self.calls - len(shown))
            return image

    run(made, workers=3, codec=Watching(), progress=lambda done, total: shown.append(total))
    assert shown == [40] * 40
    assert max(ahead) <= 7


def test_entry_point_and_duration_are_honoured(make: Make, catcher: Any) -> None:
    report = run(make(lengths=(5,), entry=3), catcher)
    assert catcher.codes() == list(range(5))
    assert (report.reels[0].tracks[0].entry_point, report.reels[0].tracks[0].duration) == (3, 5)


def test_reels_on_the_same_track_files(make: Make, catcher: Any) -> None:
    report = run(make(lengths=(4, 4, 4), shared=True), catcher)
    assert catcher.codes() == [0, 1, 2, 3] * 3
    assert catcher.order == list(range(12))
    assert len({reel.tracks[0].asset_id for reel in report.reels}) == 1


@pytest.mark.parametrize(("first", "last"), [(0, 0), (4, 7), (6, 9), (9, 9)])
def test_a_part_of_the_composition(make: Make, catcher: Any, first: int, last: int) -> None:
    report = run(make(lengths=(6, 4)), catcher, frames=(first, last))
    assert catcher.order == list(range(first, last + 1))
    assert catcher.codes() == catcher.order
    assert report.first_frame == first
    assert report.frames_shown == last - first + 1
    assert report.exit_code == 0


@pytest.mark.parametrize("frames", [(0, 10), (5, 4), (-1, 3), (10, 10)])
def test_frames_that_are_not_there(make: Make, frames: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="not in this composition of 10 frames"):
        run(make(lengths=(6, 4)), frames=frames)


def test_a_reel_without_picture_is_black(make: Make, catcher: Any) -> None:
    report = run(make(lengths=(3, 3, 3), blind=(1,)), catcher)
    assert catcher.codes() == [0, 1, 2, -1, -1, -1, 6, 7, 8]
    assert [reel.frames_black for reel in report.reels] == [0, 3, 0]
    assert report.exit_code == 0


def test_sound_alone_is_black_in_the_2k_container(make: Make, catcher: Any) -> None:
    run(make(lengths=(2,), blind=(0,)), catcher)
    assert (catcher.signal.width, catcher.signal.height) == (2048, 1080)
    assert catcher.codes() == [-1, -1]


def test_reduced_resolution(make: Make, catcher: Any) -> None:
    report = run(make(lengths=(3,)), catcher, reduce=2)
    assert report.size == (64, 36)
    assert catcher.images[0].shape == (36, 64, 3)
    assert catcher.codes() == [0, 1, 2]


@pytest.mark.parametrize("reduce", [6, 7, -1])
def test_reduced_too_far(make: Make, reduce: int) -> None:
    with pytest.raises(UsageError, match=r"halved|reduced"):
        run(make(lengths=(2,)), reduce=reduce)


def test_both_eyes_are_checked_and_the_left_is_shown(make: Make, catcher: Any) -> None:
    made = make(lengths=(4,), stereo=True)
    report = run(made, catcher)
    assert catcher.codes() == [0, 1, 2, 3]
    assert track_of(report, "Picture").units_read == 8
    assert any("right eye" in str(what) for what in report.not_rendered)
