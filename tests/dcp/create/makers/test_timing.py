"""How long the work will take, by a clock of which is known how long reading and coding take."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate, cycle
from pathlib import Path

import pytest
from building import plan
from material import codestreams, video

from dcp.create.makers.timing import seconds_of


def clock(reading: float, coding: float) -> Callable[[], float]:
    times = accumulate(cycle((0.0, reading, coding)))
    return lambda: next(times)


def test_codestreams_take_what_writing_them_takes(tmp_path: Path) -> None:
    made = plan(codestreams(tmp_path / "film"))
    written = made.pictures[0].bytes_at_most + made.sounds[0].bytes_at_most
    assert seconds_of(made, clock=clock(1000, 1000)) == pytest.approx(written / 100e6)


@pytest.mark.extra("picture")
@pytest.mark.parametrize(("workers", "of_frame"), [(1, 8), (4, 2), (16, 1)])
def test_workers_share_the_coding_and_wait_for_the_reader(
    tmp_path: Path, workers: int, of_frame: int
) -> None:
    made = plan(video(tmp_path / "a.mkv", frames=5))
    assert made.frames == 5
    assert seconds_of(made, workers=workers, clock=clock(1, 8)) == pytest.approx(5 * of_frame, abs=0.5)


@pytest.mark.extra("create")
def test_a_still_is_made_once(tmp_path: Path) -> None:
    import cv2
    import numpy as np

    cv2.imwrite(str(tmp_path / "a.png"), np.full((36, 64, 3), 90, np.uint8))
    made = plan(tmp_path / "a.png", still="5s")
    assert made.frames == 120
    assert seconds_of(made, workers=1, clock=clock(0, 8)) == pytest.approx(8, abs=0.5)
