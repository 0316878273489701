"""The pictures of the evidence are those that the detector saw, whatever the recording's file is like."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from watermark.evidence.pairs import Moment, moments_of, pairs_document, pairs_of
from watermark.frames import video_footage
from watermark.video import rgb_frames, rgb_video

pytestmark = pytest.mark.extra("watermark")

UNEVEN = [0, 1, 2, 5, 6, 7, 10, 11, 14, 15, 16, 17]
"""A phone's frames, in 24ths of a second: some stand for three."""


def recording(
    path: Path, *, times: list[int], turned: float | None = None, cover: bool = False, size: int = 72
) -> Path:
    """Frames that are told apart by their grey, brighter to the right as they are stored."""
    with av.open(str(path), "w") as container:
        art: Any = None
        if cover:
            art = container.add_stream("mjpeg", rate=1)
            art.width, art.height, art.pix_fmt, art.disposition = 96, 96, "yuvj420p", 1024
        film: Any = container.add_stream("libx264", rate=24, options={"crf": "2", "preset": "ultrafast"})
        film.width, film.height, film.pix_fmt = 128, size, "yuv420p"
        film.codec_context.time_base = Fraction(1, 24)
        if turned is not None:
            film.set_display_rotation(turned)
        if art is not None:
            container.mux(art.encode(av.VideoFrame(96, 96, "yuvj420p")))
        for index, time in enumerate(times):
            row = np.linspace(30, 60, 128) + 12 * index
            picture = np.broadcast_to(row[None, :, None], (size, 128, 3)).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame = frame.reformat(format="yuv420p", threads=1)
            frame.pts, frame.time_base = time, Fraction(1, 24)
            container.mux(film.encode(frame))
        container.mux(film.encode(None))
    return path


@pytest.mark.parametrize("turned", [None, 90, 180, 270])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_frame_has_the_number_that_the_detector_gave_it(
    tmp_path: Path, name: str, turned: float | None
) -> None:
    cover = name == "a.mp4"
    path = recording(tmp_path / name, times=UNEVEN, turned=turned, cover=cover)
    footage = video_footage(path)
    seen = [np.asarray(each, float) for each in footage.walk()]
    with rgb_video(path) as (frames, rate, _):
        shown = [frame.astype(float) / 255 for frame in frames]
    assert len(seen) == len(shown) == 18 and rate == footage.rate
    for mine, its in zip(shown, seen, strict=True):
        assert mine.shape[:2] == its.shape and np.abs(mine.mean(axis=2) - its).max() < 0.03
    few = rgb_frames(path, [9, 4, 200])
    assert sorted(few) == [4, 9], "what is behind the end is left out"
    assert all(np.array_equal(few[n] / 255, shown[n]) for n in few)


def test_a_pair_shows_the_frames_of_its_time_codes(tmp_path: Path) -> None:
    """A phone held upright, with uneven frames, of a film that is an uneven file itself."""
    phone = recording(tmp_path / "phone.mp4", times=UNEVEN, turned=90, cover=True)
    film = recording(tmp_path / "film.mkv", times=[0, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
    footage, reference = video_footage(phone), video_footage(film)
    seen = [float(np.mean(each)) for each in footage.walk()]
    there = [float(np.mean(each)) for each in reference.walk()]
    path = np.full(len(seen), np.nan)
    path[2:14] = np.arange(12)
    moments = moments_of(path)
    pairs = pairs_of(
        (*moments, Moment(500, 3), Moment(3, 500)),
        recording=partial(rgb_frames, phone),
        recording_rate=footage.rate,
        film=partial(rgb_frames, film),
        film_rate=reference.rate,
        matrix=np.eye(3),
    )
    assert len(pairs) == len(moments) + 1 >= 5, "a moment that the recording has not is left out"
    for pair, said in zip(pairs[:-1], pairs_document(pairs), strict=False):
        assert pair.film is not None and pair.recording.shape[:2] == (128, 72)
        assert abs(pair.recording.mean() / 255 - seen[pair.moment.recorded]) < 0.01
        assert abs(pair.film.mean() / 255 - there[pair.moment.film]) < 0.01
        minutes, seconds = said["recording_time"].rsplit(":", 1)
        assert minutes == "0:00" and abs(float(seconds) - pair.moment.recorded / 24) < 0.001
        assert said["film_timecode"] == f"00:00:00:{pair.moment.film:02}"
    assert pairs[-1].film is None and pairs[-1].registered is None
