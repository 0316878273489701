"""Marks: which frames bear one, which never do, and what the report says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from shows import SECRET, encrypted_units, merge, run, tamper

from dcp.errors import UsageError
from player import marking as marking_module

Make = Callable[..., Any]


class Recording:
    """Stands in for the embedder: notes its calls."""

    made: list[Recording]

    def __init__(self, secret: Any, payload: Any, *, width: int, height: int, rate: Any) -> None:
        self.payload = payload
        self.size = (width, height)
        self.indexes: list[int] = []
        self.codes: dict[int, float] = {}
        Recording.made.append(self)

    def apply(self, frame: Any, frame_index: int, out: Any = None) -> Any:
        self.indexes.append(frame_index)
        self.codes[frame_index] = float(frame.mean())
        return frame


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> type[Recording]:
    Recording.made = []
    monkeypatch.setattr(marking_module, "Embedder", Recording)
    return Recording


def test_the_mark_goes_into_every_frame_of_encrypted_pictures(make: Make, catcher: Any) -> None:
    made = make(lengths=(4, 3))
    report = run(made, catcher, location=77, secret=SECRET)
    plain = type(catcher)()
    run(made, plain)
    assert report.marked
    assert (report.mark.location, report.mark.time_index) == (77, 152 * 96 + 48)
    assert [reel.tracks[0].marked for reel in report.reels] == [True, True]
    for number in range(7):
        difference = np.abs(catcher.images[number].astype(int) - plain.images[number].astype(int))
        assert 1 <= difference.max() <= 20
    assert not report.mark.sound
    assert report.mark.sound_why_not is not None and "no audio mark" in str(report.mark.sound_why_not)


def test_the_mark_counts_frames_over_the_composition(make: Make, recording: type[Recording]) -> None:
    run(make(lengths=(4, 3)), location=1, secret=SECRET, frames=(2, 5), workers=3)
    (embedder,) = recording.made
    assert sorted(embedder.indexes) == [2, 3, 4, 5]
    assert {index: round((mean - 400) / 60) for index, mean in embedder.codes.items()} == {
        index: index for index in (2, 3, 4, 5)
    }


def test_a_clear_track_is_never_marked(make: Make, recording: type[Recording]) -> None:
    report = run(make(lengths=(4,), encrypted=("sound",)), location=1, secret=SECRET)
    assert recording.made == []
    assert not report.marked
    assert report.mark.picture_why_not is not None and "clear" in str(report.mark.picture_why_not)


def test_a_clear_reel_between_encrypted_ones_is_not_marked(
    make: Make, catcher: Any, recording: type[Recording]
) -> None:
    clear = merge(
        make(lengths=(3,), sound=False), make(lengths=(2,), sound=False, encrypted=(), first_code=3)
    )
    report = run(clear, catcher, location=1, secret=SECRET)
    assert sorted(recording.made[0].indexes) == [0, 1, 2]
    assert catcher.codes() == [0, 1, 2, 3, 4]
    assert [reel.tracks[0].marked for reel in report.reels] == [True, False]
    assert report.marked


def test_a_mark_that_is_due_and_cannot_be_made_is_said(make: Make) -> None:
    report = run(make(lengths=(2,)))
    assert not report.marked
    assert report.mark.picture_why_not is not None and "--secret" in str(report.mark.picture_why_not)
    (event,) = [event for event in report.events if event.subtype == "ForensicMark"]
    assert "due" in event.message
    assert report.exit_code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"location": 5}, "both a location and a secret"),
        ({"secret": SECRET}, "both a location and a secret"),
        ({"location": 1 << 19, "secret": SECRET}, "location 524288"),
        ({"location": 5, "secret": SECRET, "reduce": 3}, "cannot be marked"),
    ],
)
def test_marks_that_make_no_sense(make: Make, catcher: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        run(make(lengths=(2,)), catcher, **options)
    assert catcher.signal is None


def test_black_in_place_of_damage_is_not_marked(make: Make, catcher: Any, recording: type[Recording]) -> None:
    made = make(lengths=(3,))
    path = made.files["picture1.mxf"]
    tamper(path, encrypted_units(path, made.keyring.keys[0])[1])
    run(made, catcher, location=1, secret=SECRET)
    assert sorted(recording.made[0].indexes) == [0, 2]
